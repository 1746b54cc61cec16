"""The brief: who is placed, what is linked, what was done this year and how matters went, gathered for one sheet."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from scoring.periods import Period
from services.act import CIVIL
from services.atlas import Atlas
from services.circulars import Circular, circular
from services.coverage import Coverage, coverage
from services.matters_measures import Measured, measures


@dataclass(frozen=True, slots=True, kw_only=True)
class TownLine:
    """One town's placement: its grids, those with a linked deputy, households, stations, and deputies (people)."""

    code: str
    name: str
    grids: int
    linked: int
    households: int
    stations: int
    deputies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The brief of a county: its coverage, its towns in code order, and this year's verified acts and matters."""

    coverage: Coverage
    towns: tuple[TownLine, ...]
    year: Circular
    matters: Measured
    generation: str
    plan: int | None
    on: date


def brief(unit: Session, atlas: Atlas, now: datetime) -> Brief:
    """Gather the brief of a day."""
    today = now.astimezone(CIVIL).date()
    return Brief(
        coverage=coverage(atlas), towns=town_lines(atlas),
        year=circular(unit, period=str(today.year), today=today, term=atlas.term),
        matters=measures(unit, Period.parse(str(now.astimezone(CIVIL).year)), now=now),
        generation=atlas.generation, plan=atlas.plan, on=today,
    )  # fmt: skip


def town_lines(atlas: Atlas) -> tuple[TownLine, ...]:
    """Count every town, in code order."""
    grids = atlas.layers.grids
    linked = grids[grids["code"].isin(set(atlas.by_grid))]
    whole, reached = Counter(grids["town"]), Counter(linked["town"])
    households = grids.groupby("town")["households"].sum() if "households" in grids else {}
    stations = Counter(atlas.stations["town"])
    people = Counter(town for _, town in {(holder.person_id, holder.town) for holder in atlas.holders.values()})
    return tuple(
        TownLine(
            code=code, name=atlas.names.get(code, code), grids=whole[code], linked=reached[code],
            households=int(households.get(code, 0)), stations=stations[code], deputies=people[code],
        )
        for code in sorted(atlas.layers.towns["code"])
    )  # fmt: skip
