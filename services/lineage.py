"""Lineage: which cells of an older generation became which of a newer one, by their shared ground."""

from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Area, District, Generation, Grid
from gridmap.overlay import shares
from services.errors import BadRequestError, NotFoundError
from services.ground import frame_of

OF = ("grids", "county", "town", "villages")
LEAST = 0.005  # of either cell: less than this in common is the noise of two drawings


def lineage(unit: Session, *, before: str, after: str, of: str = "grids", least: float = LEAST) -> pd.DataFrame:
    """Give DataFrame[old, new, of_old, of_new]: predecessors and successors with the share of either that they share.

    A cell without a successor (or predecessor) stands in a row of its own with an empty `new` (or `old`). By old code,
    then the largest share first.
    """
    old, new = cells(unit, before, of), cells(unit, after, of)
    forward = shares(old, new).rename(columns={"unit": "old", "district": "new", "share": "of_old"})
    backward = shares(new, old).rename(columns={"unit": "new", "district": "old", "share": "of_new"})
    both = forward.merge(backward, on=["old", "new"], how="outer").fillna({"of_old": 0.0, "of_new": 0.0})
    both = both[(both["of_old"] >= least) | (both["of_new"] >= least)]
    ended = pd.DataFrame({"old": sorted(set(old["code"]) - set(both["old"])), "new": "", "of_old": 0.0, "of_new": 0.0})
    begun = pd.DataFrame({"old": "", "new": sorted(set(new["code"]) - set(both["new"])), "of_old": 0.0, "of_new": 0.0})
    rows = [part for part in (both, ended, begun) if len(part)]
    found = pd.concat(rows) if rows else both
    return (
        found[["old", "new", "of_old", "of_new"]]
        .sort_values(["old", "of_old", "new"], ascending=[True, False, True])
        .reset_index(drop=True)
    )


def changed_only(found: pd.DataFrame) -> pd.DataFrame:
    """Leave out the cells that are the same ground under the same code."""
    same = (found["old"] == found["new"]) & (found["of_old"] > 1 - LEAST) & (found["of_new"] > 1 - LEAST)
    return found[~same].reset_index(drop=True)


def cells(unit: Session, generation: str, of: str) -> gpd.GeoDataFrame:
    """Read one layer of a generation as cells. Raises NotFoundError, or BadRequestError for an unknown layer."""
    row = unit.scalar(select(Generation.id).where(Generation.name == generation))
    if row is None:
        raise NotFoundError("error.no_such_generation", generation=generation)
    models: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "grids": (Grid, ()),
        "county": (District, (District.layer == "county", District.basis == "residence")),
        "town": (District, (District.layer == "town", District.basis == "residence")),
        "villages": (Area, (Area.kind.in_(["village", "community"]),)),
    }
    if of not in models:
        raise BadRequestError("error.no_such_layer", layer=of, known=" ".join(OF))
    model, conditions = models[of]
    query = select(model.code, model.geometry).where(
        model.generation_id == row, model.geometry.is_not(None), *conditions
    )
    return frame_of(unit.execute(query.order_by(model.code)), ("code",))
