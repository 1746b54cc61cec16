"""Differences: the ground on which two plans name other deputies, piece by piece, for the map beside the table."""

from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames import each
from data.tables import Grid, Piece, PlanRow
from services.activation import the_plan
from services.plans import seats_by_piece

CAME, WENT, HANDED = "came", "went", "handed"
Place = tuple[str, str, str]  # layer, grid, district


def difference(unit: Session, plan: PlanRow, against: PlanRow | None) -> pd.DataFrame:
    """List the pieces whose deputies differ: DataFrame[layer, grid, grid_name, district, change, before, after].

    A change is `came` (nobody answered before), `went` (nobody answers now) or `handed` (to other deputies). Names are
    tuples in order. Without `against` everything came.
    """
    after = seats_by_piece(unit, plan.id)
    before = seats_by_piece(unit, against.id) if against is not None else {}
    generations = [plan.generation_id, *([against.generation_id] if against is not None else [])]
    rows = unit.execute(
        select(Grid.code, Grid.name).where(Grid.generation_id.in_(generations)).order_by(Grid.generation_id)
    )
    names = {code: name for code, name in rows}  # noqa: C416
    columns = ["layer", "grid", "grid_name", "district", "change", "before", "after"]
    return pd.DataFrame(
        [
            (layer, grid, names.get(grid, ""), district, change_of(old, new), old, new)
            for layer, grid, district in sorted(before.keys() | after.keys())
            for old, new in [(before.get((layer, grid, district), ()), after.get((layer, grid, district), ()))]
            if old != new
        ],
        columns=columns,
    )


def change_of(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Say what happened to a piece."""
    if not before:
        return CAME
    return HANDED if after else WENT


def changed_ground(
    unit: Session, plan: PlanRow, against: PlanRow | None, found: pd.DataFrame, layer: str
) -> gpd.GeoDataFrame:
    """Give the shapes of one layer's differing pieces: GeoDataFrame[code, name, layer (the change), geometry].

    A piece that went is drawn as the older map has it; slivers are drawn with the piece they joined.
    """
    here = found[found["layer"] == layer]
    parts: list[tuple[str, str, str, Any]] = []
    for row, wanted in ((plan, here[here["change"] != WENT]), (against, here[here["change"] == WENT])):
        if row is None or not len(wanted):
            continue
        changes = {(one.grid, one.district): one for one in each(wanted)}
        query = select(Piece.grid_code, Piece.district_code, Piece.joined_grid_code, Piece.geometry).where(
            Piece.generation_id == row.generation_id, Piece.layer == layer
        )
        parts += [
            (one.grid, one.grid_name, one.change, piece.geometry)
            for piece in unit.execute(query)
            for one in [changes.get((piece.joined_grid_code or piece.grid_code, piece.district_code))]
            if one is not None
        ]
    return gpd.GeoDataFrame(
        {
            "code": [part[0] for part in parts],
            "name": [part[1] for part in parts],
            "layer": [part[2] for part in parts],
        },
        geometry=[part[3] for part in parts],
        crs="EPSG:4326",
    )


def plan_before(unit: Session, plan: PlanRow, number: int | None = None) -> PlanRow | None:
    """Choose what a plan is compared with: the named one, else the one in force; None where that is itself."""
    if number is not None:
        return the_plan(unit, number)
    query = select(PlanRow).where(PlanRow.state == "in_force", PlanRow.id != plan.id).order_by(PlanRow.id.desc())
    return unit.scalars(query).first()
