"""Cuts: the pieces of a plan that are larger than a mean load, where one could cut them, and what it would gain."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYERS
from data.frames import each
from data.messages import say
from data.tables import District, Generation, Grid, LinkRow, PlanRow, Seat
from gridmap.cutting import propose_cuts
from gridmap.plan import Plan
from services.errors import BadRequestError
from services.exporting import export_table
from services.ground import standing_pieces
from services.instance import setting

HELD = 4  # plans whose proposals are held
FORMS = ("geojson", "gpkg", "xlsx", "csv")
NAMES = ["layer", "grid_name", "district_name"]


class CutShelf:
    """Holds the proposals of the plans looked at last: a kept plan never changes, so neither do they."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, float], gpd.GeoDataFrame] = {}
        self._lock = Lock()

    def take(self, unit: Session, plan: PlanRow) -> gpd.GeoDataFrame:
        """Give the proposals of a plan, worked out at most once while they are held."""
        key = (plan.id, float(setting(unit, "placement.tolerance")))
        with self._lock:
            if key not in self._found:
                self._found[key] = cut_proposals(unit, plan)
                for oldest in list(self._found)[:-HELD]:
                    del self._found[oldest]
            return self._found[key]


def cut_proposals(unit: Session, plan: PlanRow) -> gpd.GeoDataFrame:
    """Propose a cut for every oversize piece of a plan; nothing is applied anywhere.

    GeoDataFrame of `gridmap.cutting.propose_cuts` with layer, grid_name and district_name; the largest gain first.
    """
    generation = unit.get_one(Generation, plan.generation_id)
    pieces = standing_pieces(unit, generation)
    tolerance = float(setting(unit, "placement.tolerance"))
    found = [
        propose_cuts(pieces[layer], plan_of(unit, plan, layer), tolerance=tolerance).assign(layer=layer)
        for layer in LAYERS
        if layer in pieces
    ]
    kept = [frame for frame in found if len(frame)]
    if not kept:
        empty = found[0] if found else propose_cuts(no_pieces(), no_plan())
        return empty.reindex(columns=[*empty.columns, *(name for name in NAMES if name not in empty.columns)])
    frame = gpd.GeoDataFrame(pd.concat(kept, ignore_index=True), geometry="geometry", crs="EPSG:4326")
    grids = dict(unit.execute(select(Grid.code, Grid.name).where(Grid.generation_id == generation.id)).all())
    districts = {
        (layer, code): name
        for layer, code, name in unit.execute(
            select(District.layer, District.code, District.name).where(District.generation_id == generation.id)
        )
    }
    frame = frame.assign(
        grid_name=[grids.get(code, "") for code in frame["grid"]],
        district_name=[
            districts.get((row.layer, row.district), "") for row in each(frame[["layer", "district"]])
        ],
        gain=frame["ratio"] - frame["ratio_after"],
    )  # fmt: skip
    order = ["gain", "layer", "district", "grid"]
    return frame.sort_values(order, ascending=[False, True, True, True]).drop(columns="gain").reset_index(drop=True)


def no_pieces() -> gpd.GeoDataFrame:
    """Give a frame of no pieces."""
    return gpd.GeoDataFrame({"grid": [], "district": [], "households": []}, geometry=[], crs="EPSG:4326")


def no_plan() -> Plan:
    """Give a plan of nothing."""
    return Plan(links=pd.DataFrame(), leads=pd.DataFrame(), districts=pd.DataFrame(), unmet=())


def plan_of(unit: Session, plan: PlanRow, layer: str) -> Plan:
    """Read one layer of a kept plan back as the planner gave it: its links and its districts."""
    query = (
        select(Seat.code, LinkRow.grid_code, LinkRow.district_code, LinkRow.households, LinkRow.position)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan.id, LinkRow.layer == layer, LinkRow.basis == "district")
        .order_by(LinkRow.district_code, LinkRow.grid_code, LinkRow.position)
    )
    links = [tuple(row) for row in unit.execute(query)]
    districts = [row for row in plan.summary.get("districts", ()) if row["layer"] == layer]
    return Plan(
        links=pd.DataFrame(links, columns=["seat", "grid", "district", "households", "position"]),
        leads=pd.DataFrame(),
        districts=pd.DataFrame(districts),
        unmet=(),
    )


def cut_line(parts: shapely.Geometry) -> shapely.Geometry:
    """Give the line along which the parts of a piece would be cut from each other."""
    shapes = list(shapely.get_parts(parts))
    shared = [
        shapely.intersection(shapely.boundary(one), shapely.boundary(other))
        for position, one in enumerate(shapes)
        for other in shapes[position + 1 :]
    ]
    lines = [line for line in shapely.get_parts(shared) if shapely.get_dimensions(line) == 1]
    return shapely.line_merge(shapely.union_all(lines))


def cut_table(found: gpd.GeoDataFrame, lang: str) -> pd.DataFrame:
    """Give the proposals as a table, one row per piece with its reason in words."""
    return pd.DataFrame(
        {
            **{name: list(found[name]) for name in ("layer", "district", "district_name", "grid", "grid_name")},
            **{name: list(found[name]) for name in ("seats", "households")},
            "mean": [round(float(value)) for value in found["mean"]],
            "parts": [" ".join(map(str, parts)) for parts in found["parts"]],
            **{name: list(found[name]) for name in ("way", "largest", "largest_after")},
            "percent": [round(100 * float(value)) for value in found["ratio"]],
            "percent_after": [round(100 * float(value)) for value in found["ratio_after"]],
            "reason": [cut_reason(row, lang) for row in each(found)],
        }
    )


def cut_reason(row: Any, lang: str) -> str:
    """Say what a cut would gain, naming the district and the grid; what has no name keeps its code."""
    names = {"district": row.district_name or row.district, "grid": row.grid_name or row.grid}
    return say(row.reason_key, lang, **{**row.reason_facts, **names})


def write_cuts(found: gpd.GeoDataFrame, form: str, lang: str, *, title: str, synthetic: bool) -> bytes:
    """Write the proposals as GeoJSON or GeoPackage (parts and lines), XLSX or CSV. Raises BadRequestError."""
    if form not in FORMS:
        raise BadRequestError("error.export_format", format=form, known=" ".join(FORMS))
    table = cut_table(found, lang)
    target = BytesIO()
    if form in ("xlsx", "csv"):
        export_table(table, target, form, title=title, synthetic=synthetic)
        return target.getvalue()
    facts = table[["layer", "district", "grid", "way", "largest", "largest_after", "reason"]].assign(
        proposal=True, synthetic=synthetic
    )
    lines = gpd.GeoDataFrame(
        facts.assign(kind="line", part=0, households=table["households"]),
        geometry=[cut_line(shape) for shape in found.geometry], crs="EPSG:4326",
    )  # fmt: skip
    parts = gpd.GeoDataFrame(
        pd.DataFrame(
            [
                {**row, "kind": "part", "part": number, "households": households}
                for row, households_of in zip(facts.to_dict("records"), found["parts"], strict=True)
                for number, households in enumerate(households_of, start=1)
            ],
            columns=[*facts.columns, "kind", "part", "households"],
        ),
        geometry=[shape for whole in found.geometry for shape in shapely.get_parts(whole)], crs="EPSG:4326",
    )  # fmt: skip
    if form == "geojson":
        both = gpd.GeoDataFrame(pd.concat([lines, parts], ignore_index=True), geometry="geometry", crs="EPSG:4326")
        text: str = both.to_json(drop_id=True)
        return text.encode()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cuts.gpkg"
        lines.to_file(path, driver="GPKG", layer="cut_lines")
        parts.to_file(path, driver="GPKG", layer="cut_parts", mode="a")
        return path.read_bytes()
