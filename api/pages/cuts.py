"""Cut proposals of a plan: which pieces are too large, where to cut them, and what it would gain; none applied."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.door import ACaller, AHouse, AReading
from api.pages.desk import desk
from api.pages.furniture import Export
from data.frames import each
from data.messages import say
from data.tables import Generation
from gridmap.coverage import draw_small
from services.activation import the_plan
from services.cuts import FORMS, cut_reason, write_cuts
from services.ground import load_layers

router = APIRouter(prefix="/congress/plans")
COLOURS = {"1": "#f3e9b5", "2": "#73767a", "3": "#d6c78b", "4": "#3f5072"}  # parts of one piece side by side
SHOWN = 40
MEDIA = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLine:
    """A proposed cut as the page writes it."""

    grid: str
    district: str
    code: str
    households: int
    parts: str
    way: str
    before: int  # percent of the mean load
    after: int
    reason: str
    gains: bool
    current: bool
    href: str


@router.get("/{plan}/cuts")
def cuts_page(
    request: Request, who: ACaller, house: AHouse, unit: AReading, plan: int, grid: str = "", every: bool = False
) -> Response:
    """List the oversize pieces with the proposed cut; the one chosen by `grid` (else the best) is on the map."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    generation = unit.get_one(Generation, row.generation_id)
    found = house.cuts.take(unit, row)
    chosen = next((one for one in each(found) if one.grid == grid), None) or next(iter(each(found)), None)
    lines = [cut_line_of(one, plan, who.lang, chosen) for one in each(found)]
    helpful = [line for line in lines if line.gains]
    return desk(
        request, "cuts.html", who=who, house=house, tab="plans", plan=plan, generation=generation.name,
        lines=lines if every else (helpful or lines)[:SHOWN], cuts_all=len(lines), helpful=len(helpful), chosen=chosen,
        every=every, chosen_reason=cut_reason(chosen, who.lang) if chosen else "",
        figure=None if chosen is None else cut_map(chosen, load_layers(unit, generation).towns, generation, who.lang),
        colours=list(COLOURS.items())[: 0 if chosen is None else len(chosen.parts)],
        exports=[
            Export(label=say(f"cuts.export.{form}", who.lang), href=f"/congress/plans/{plan}/cuts.{form}")
            for form in FORMS
        ],
    )  # fmt: skip


def cut_line_of(one: Any, plan: int, lang: str, chosen: Any) -> CutLine:
    """Write one proposal."""
    return CutLine(
        grid=one.grid_name or one.grid, district=one.district_name or one.district, code=one.grid,
        households=int(one.households), parts=" + ".join(map(str, one.parts)), way=say(f"cuts.way.{one.way}", lang),
        before=round(100 * float(one.ratio)), after=round(100 * float(one.ratio_after)),
        reason=cut_reason(one, lang), gains=one.largest_after < one.largest,
        current=chosen is not None and (one.grid, one.district) == (chosen.grid, chosen.district),
        href=f"/congress/plans/{plan}/cuts?grid={one.grid}#map",
    )  # fmt: skip


def cut_map(chosen: Any, towns: gpd.GeoDataFrame, generation: Generation, lang: str) -> Any:
    """Draw the parts of one piece side by side on its towns."""
    parts = list(shapely.get_parts(chosen.geometry))
    frame = gpd.GeoDataFrame(
        {
            "code": [str(number) for number in range(1, len(parts) + 1)],
            "name": [say("cuts.part", lang, households=households) for households in chosen.parts],
            "layer": [str((number - 1) % len(COLOURS) + 1) for number in range(1, len(parts) + 1)],
        },
        geometry=parts, crs="EPSG:4326",
    )  # fmt: skip
    credit = say("map.credit.synthetic" if generation.synthetic else "map.credit", lang, generation=generation.name)
    no_stations = gpd.GeoDataFrame({"code": [], "name": [], "kind": []}, geometry=[], crs="EPSG:4326")
    return draw_small(frame, towns=towns, stations=no_stations, credit=credit, name="pieces", colours=COLOURS)


@router.get("/{plan}/cuts.{fmt}")
def cuts_file(who: ACaller, house: AHouse, unit: AReading, plan: int, fmt: str) -> Response:
    """Export the proposals for the office that would draw them: lines and parts, or a table."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    generation = unit.get_one(Generation, row.generation_id)
    title = say("cuts.title", who.lang, plan=plan)
    content = write_cuts(house.cuts.take(unit, row), fmt, who.lang, title=title, synthetic=generation.synthetic)
    return Response(
        content, media_type=MEDIA[fmt],
        headers={"Content-Disposition": f'attachment; filename="plan-{plan}-cuts.{fmt}"'},
    )  # fmt: skip
