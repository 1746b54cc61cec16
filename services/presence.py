"""Presence: where deputies were and when, month by month and station by station, for the maps of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import ActivityRow, GridWorker
from gridmap.reach import reach_bands, station_metres
from services.atlas import Atlas
from services.errors import NotFoundError
from services.instance import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of distance: from `low` to `high` metres (None: and farther), its grids and their households."""

    low: int
    high: int | None
    grids: int
    households: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The stations' reach, and which of them nobody has used."""

    bands: tuple[Band, ...]
    shapes: gpd.GeoDataFrame  # low, high, geometry
    stations: gpd.GeoDataFrame  # of the atlas, with acts (of the last months) and quiet
    since: date
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Activities by grid and month: the months of the term so far, and for each grid its counts in their order."""

    months: tuple[str, ...]
    counts: dict[str, tuple[int, ...]]  # only grids that have any
    totals: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerGrids:
    """A grid worker and the grids they look after."""

    code: str
    name: str
    role: str
    grids: gpd.GeoDataFrame  # code, name, layer, geometry


def months_before(day: date, months: int) -> date:
    """Go back whole months; the 31st of a shorter month is its last day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


def station_reach(unit: Session, atlas: Atlas, today: date) -> Reach:
    """Measure how far everybody has to a station, and count what each station has seen in the last months."""
    ends = sorted(float(end) for end in setting(unit, "map.reach_bands_m"))
    since = months_before(today, int(setting(unit, "map.unused_months")))
    rows = unit.execute(
        select(ActivityRow.station_code, func.count())
        .where(ActivityRow.on > since, ActivityRow.on <= today, ActivityRow.state != "refused")
        .group_by(ActivityRow.station_code)
    ).all()
    acts = dict(rows)
    grids, stations = atlas.layers.grids, atlas.stations
    ground = atlas.layers.county if len(atlas.layers.county) else grids
    shapes = reach_bands(stations, ground, ends)
    metres = station_metres(grids, stations)
    households = grids["households"].fillna(0).astype("int64").to_numpy()
    bands = []
    for low, high in zip(shapes["low"], shapes["high"], strict=True):
        inside = (metres >= low) & ((metres < high) | np.isinf(high))
        bands.append(
            Band(low=round(low), high=None if np.isinf(high) else round(high), grids=int(inside.sum()),
                 households=int(households[inside].sum()))
        )  # fmt: skip
    counts = [int(acts.get(code, 0)) for code in stations["code"]]
    dressed = stations.assign(acts=counts, quiet=[count == 0 for count in counts])
    return Reach(bands=tuple(bands), shapes=shapes, stations=dressed, since=since, assumed=True)


def activity_months(unit: Session, atlas: Atlas, today: date) -> Months:
    """Count the term's activities in each grid, month by month up to this one; refused ones do not count."""
    rows = unit.execute(
        select(ActivityRow.grid_code, ActivityRow.on).where(
            ActivityRow.term_id == atlas.term_id, ActivityRow.grid_code != "", ActivityRow.state != "refused",
            ActivityRow.on <= today,
        )
    ).all()  # fmt: skip
    cells = Counter((grid, f"{on.year}-{on.month:02d}") for grid, on in rows)
    if not cells:
        return Months(months=(), counts={}, totals=())
    first, last = min(month for _, month in cells), max(month for _, month in cells)
    months = tuple(_months(first, last))
    known = set(atlas.layers.grids["code"])
    grids = sorted({grid for grid, _ in cells} & known)
    counts = {grid: tuple(cells.get((grid, month), 0) for month in months) for grid in grids}
    totals = tuple(sum(row[position] for row in counts.values()) for position in range(len(months)))
    return Months(months=months, counts=counts, totals=totals)


def worker_grids(unit: Session, atlas: Atlas, code: str) -> WorkerGrids:
    """Find a grid worker's grids by the worker's code. Raises NotFoundError."""
    rows = unit.scalars(
        select(GridWorker)
        .where(GridWorker.generation_id == atlas.generation_id, GridWorker.code == code)
        .order_by(GridWorker.grid_code)
    ).all()
    if not rows:
        raise NotFoundError("error.no_grid_worker", code=code)
    grids = atlas.layers.grids
    own = grids[grids["code"].isin({row.grid_code for row in rows})].reset_index(drop=True)
    return WorkerGrids(code=code, name=rows[0].name, role=rows[0].role, grids=own.assign(layer="worker"))


def _months(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{count // 12}-{count % 12 + 1:02d}" for count in range(start, end + 1)]
