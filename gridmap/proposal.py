"""Deputies elected by a congress: a grid of their town is proposed for each, the least loaded one first."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

COLUMNS = ["seat", "grid", "reason_key", "reason_facts"]


def propose(grids: pd.DataFrame, loads: "pd.Series[int]", seats: pd.DataFrame) -> pd.DataFrame:
    """Propose a grid for each seat that no electoral district places: the least loaded grid of its town.

    `grids` has the columns grid, town, households; `loads` counts, by grid, the decisions and proposals that stand
    there already (a grid that it does not name has none); `seats` has seat and town. Seats are taken in code order and
    each proposal counts for the next one. Equal loads go to the grid with most households, then to the lower code. A
    seat without a town, or of a town without grids, takes the least loaded grid of the whole county; the reason says
    which. Returns one row per seat: seat, grid, reason_key, reason_facts (town, grid, load before, households, grids
    to choose from). Raises ValueError for missing columns and for seats without any grid to go to.
    """
    _require(grids, "grids", ("grid", "town", "households"))
    _require(seats, "seats", ("seat", "town"))
    if len(seats) and not len(grids):
        raise ValueError("there is no grid to propose")
    households = {str(grid): int(count) for grid, count in zip(grids["grid"], grids["households"], strict=True)}
    town_of = dict(zip(map(str, grids["grid"]), _words(grids["town"]), strict=True))
    load = dict.fromkeys(households, 0) | {str(grid): int(count) for grid, count in loads.items()}
    rows = []
    for seat, town in sorted(zip(map(str, seats["seat"]), _words(seats["town"]), strict=True)):
        there = [grid for grid, place in town_of.items() if town and place == town]
        grid = min(there or households, key=lambda code: (load[code], -households[code], code))
        rows.append(_row(seat, town, grid, load, households, there))
        load[grid] += 1
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    seat: str, town: str, grid: str, load: Mapping[str, int], households: Mapping[str, int], there: list[str]
) -> dict[str, Any]:
    key = "placement.proposed_town" if there else "placement.proposed_county"
    if town and not there:
        key = "placement.proposed_town_without_grid"
    facts = {
        "seat": seat,
        "town": town,
        "grid": grid,
        "load": load[grid],
        "households": households[grid],
        "grids": len(there or households),
    }
    return {"seat": seat, "grid": grid, "reason_key": key, "reason_facts": facts}


def _words(column: "pd.Series[Any]") -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in column]


def _require(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"{name} lack the columns {', '.join(missing)}")
