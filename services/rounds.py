"""Rounds: which grids somebody looks after, for the list they take along."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import GridWorker
from services.atlas import Atlas
from services.errors import BadRequestError, NotFoundError


def grids_of(unit: Session, atlas: Atlas, *, role: str, scope: str, grid: str = "") -> list[str]:
    """List the grids of a viewer, by code: a grid worker's own, a town's, a station's town's; else a grid's village.

    Raises NotFoundError for a grid that is not here, BadRequestError where neither scope nor grid says which.
    """
    frame = atlas.layers.grids
    if role == "grid_worker" and scope and not grid:
        return worker_grids(unit, atlas, scope)
    if role == "town" and not grid:
        found = frame["town"] == scope
    elif role == "station" and not grid:
        towns = atlas.stations.loc[atlas.stations["code"] == scope, "town"]
        found = frame["town"].isin(set(towns))
    elif grid:
        found = frame["village"] == frame["village"].iloc[atlas.grid_row(grid)]
    else:
        raise BadRequestError("error.which_grids")
    codes = sorted(str(code) for code in frame.loc[found, "code"])
    if not codes:
        raise NotFoundError("error.no_such_grid", grid=grid or scope)
    return codes


def worker_grids(unit: Session, atlas: Atlas, grid: str) -> list[str]:
    """List every grid that the people of one grid look after, that grid among them. Raises NotFoundError."""
    atlas.grid_row(grid)
    here = GridWorker.generation_id == atlas.generation_id
    people = select(GridWorker.code).where(here, GridWorker.grid_code == grid)
    others = unit.scalars(select(GridWorker.grid_code).where(here, GridWorker.code.in_(people)))
    known = set(atlas.layers.grids["code"])
    return sorted({grid, *others} & known)
