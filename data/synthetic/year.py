"""Invents one year of activities whose totals are the published ones of 2024, unevenly spread as real ones are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator

from data.synthetic.customs import CUSTOMS, Custom
from data.synthetic.ground import portions
from data.synthetic.plane import Floats
from data.synthetic.roster import grids_of_districts

FIRST_DAY = date(2025, 11, 1)
LAST_DAY = date(2026, 10, 31)
VISITS = 7_258  # person-times of entering a grid or a station
RECEIVED = 8_532  # electors received at stations and met in meetings
RECEPTION_SHARE = 0.36  # of the person-times
MEETING_SHARE = 0.28  # of the electors received
COLUMNS = (
    *("code", "kind", "on", "people", "mode", "level", "title", "grid", "station"),
    *("hours", "half_days", "served", "state"),
)
IDLE = 0.03  # of the people, who do nothing all year
REPORTED = 0.02  # of the acts, not yet verified


def live_a_year(
    people: pd.DataFrame,
    seats: pd.DataFrame,
    districts: Mapping[str, gpd.GeoDataFrame],
    grids: gpd.GeoDataFrame,
    rng: Generator,
) -> pd.DataFrame:
    """The year's acts in the columns of the file, by day. The published totals hold exactly."""
    deputies = _deputies(people, seats, districts, grids)
    energy = _energy(len(deputies), rng)
    parts = [_held(kind, custom, _rows(kind, custom, rng), deputies, energy, rng) for kind, custom in CUSTOMS.items()]
    year = pd.concat(parts, ignore_index=True)
    year["half_days"] = year["half_days"].astype("Int64")
    year["served"] = _served(year, rng)
    year["state"] = _states(len(year), rng)
    year = year.sort_values(["on", "order", "kind"], ignore_index=True)
    year.insert(0, "code", [f"A-{n:05d}" for n in range(1, len(year) + 1)])
    return year[list(COLUMNS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deputy:
    """Where one person acts: the grids and stations of the seats held; level is set for those who hold two."""

    code: str
    town: str
    grids: tuple[str, ...]
    stations: tuple[str, ...]
    levels: tuple[str, ...]


def _deputies(
    people: pd.DataFrame, seats: pd.DataFrame, districts: Mapping[str, gpd.GeoDataFrame], grids: gpd.GeoDataFrame
) -> list[_Deputy]:
    own = pd.concat([grids_of_districts(frame, grids) for frame in districts.values()])
    by_district = {str(code): part["grid"].tolist() for code, part in own.groupby("district")}
    by_town = {str(code): part["code"].tolist() for code, part in grids.groupby("town")}
    held = dict(list(seats.groupby("person")))
    return [_deputy(person, held[person], by_district, by_town) for person in people["code"]]


def _deputy(
    person: str, seats: pd.DataFrame, by_district: Mapping[str, list[str]], by_town: Mapping[str, list[str]]
) -> _Deputy:
    places: list[str] = []
    for seat in seats.to_dict("records"):
        places += by_district.get(seat["district"], []) or ([seat["grid"]] if seat["grid"] else by_town[seat["town"]])
    return _Deputy(
        code=person,
        town=str(seats["town"].iloc[0]),
        grids=tuple(dict.fromkeys(places)),
        stations=tuple(dict.fromkeys(seats["station"])),
        levels=tuple(seats["level"]),
    )


def _energy(count: int, rng: Generator) -> Floats:
    """How likely each person is to be the one who acts: a long tail of busy ones, and a few who never are."""
    energy: Floats = rng.lognormal(0.0, 0.55, size=count)
    energy[rng.choice(count, size=round(IDLE * count), replace=False)] = 0.0
    energy /= energy.sum()
    return energy


def _rows(kind: str, custom: Custom, rng: Generator) -> list[int]:
    """How many people take part in each act of a kind."""
    if kind == "station.reception":
        return _groups_of(round(VISITS * RECEPTION_SHARE), custom, rng)
    if kind == "grid.visit":
        return _groups_of(VISITS - round(VISITS * RECEPTION_SHARE), custom, rng)
    return [_group_size(custom, rng) for _ in range(custom.acts)]


def _groups_of(person_times: int, custom: Custom, rng: Generator) -> list[int]:
    """Group sizes that add up to these person-times exactly."""
    sizes: list[int] = []
    while (left := person_times - sum(sizes)) > 0:
        sizes.append(min(left, _group_size(custom, rng)))
    return sizes


def _group_size(custom: Custom, rng: Generator) -> int:
    if float(rng.random()) >= custom.joint:
        return 1
    return int(rng.integers(max(2, custom.most // 3), custom.most + 1))


def _held(
    kind: str,
    custom: Custom,
    sizes: Sequence[int],
    deputies: list[_Deputy],
    energy: Floats,
    rng: Generator,
) -> pd.DataFrame:
    """The acts of one kind: who leads, who joins, when, where and how."""
    leads = rng.choice(len(deputies), size=len(sizes), p=energy)
    days = _days(kind, len(sizes), rng)
    low, high = custom.hours
    rows = []
    for lead, size, on in zip(leads.tolist(), sizes, days, strict=True):
        deputy = deputies[lead]
        company = _company(lead, size - 1, deputies, energy, rng)
        tenths = int(rng.integers(low // 5, high // 5 + 1)) * 5
        rows.append(
            {
                "kind": kind,
                "on": on,
                "people": ";".join([deputy.code, *(deputies[other].code for other in company)]),
                "mode": custom.modes[int(rng.integers(len(custom.modes)))],
                "level": _level(deputy, rng),
                "title": f"{custom.titles[int(rng.integers(len(custom.titles)))]}（示例）",
                "grid": deputy.grids[int(rng.integers(len(deputy.grids)))] if custom.at == "grid" else "",
                "station": deputy.stations[int(rng.integers(len(deputy.stations)))] if custom.at == "station" else "",
                "hours": f"{tenths // 10}.{tenths % 10}" if tenths else "",
                "half_days": int(rng.integers(1, custom.half_days + 1)) if custom.half_days else None,
                "order": float(rng.random()),
            }
        )
    return pd.DataFrame(rows)


def _company(
    lead: int,
    count: int,
    deputies: list[_Deputy],
    energy: Floats,
    rng: Generator,
) -> list[int]:
    """Others of the lead's town who are not idle, each once."""
    if count <= 0:
        return []
    town = deputies[lead].town
    others = [row for row, one in enumerate(deputies) if one.town == town and row != lead and energy[row] > 0]
    return sorted(rng.choice(others, size=min(count, len(others)), replace=False).tolist())


def _level(deputy: _Deputy, rng: Generator) -> str:
    """Who holds two seats says for two acts in three which one it counts for; the rest is for the declared rule."""
    if len(deputy.levels) == 1 or float(rng.random()) < 1 / 3:
        return ""
    return deputy.levels[int(rng.integers(len(deputy.levels)))]


def _days(kind: str, count: int, rng: Generator) -> list[date]:
    """Days of the year: receptions on the stations' days, other acts rather on weekdays, few on long holidays."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    weight = np.array([_liking(kind, day) for day in days])
    return [days[row] for row in rng.choice(len(days), size=count, p=weight / weight.sum()).tolist()]


def _liking(kind: str, day: date) -> float:
    festival = date(2026, 2, 14) <= day <= date(2026, 2, 24) or date(2026, 10, 1) <= day <= date(2026, 10, 7)
    calm = 0.1 if festival else 1.0
    if kind == "station.reception":
        return calm * (6.0 if day.day == 15 else 2.0 if day.weekday() == 2 else 0.15)
    return calm * (0.4 if day.weekday() >= 5 else 1.0)


def _served(year: pd.DataFrame, rng: Generator) -> "pd.Series[int]":
    """How many people were received or helped; those of receptions and meetings add up to RECEIVED."""
    served = pd.Series(pd.NA, index=year.index, dtype="Int64")
    meetings = year.index[year["kind"] == "electors.meeting"]
    receptions = year.index[year["kind"] == "station.reception"]
    met = round(RECEIVED * MEETING_SHARE)
    served[meetings] = 5 + portions(met - 5 * len(meetings), rng.gamma(3.0, 1.0, size=len(meetings)))
    served[receptions] = portions(RECEIVED - met, rng.gamma(1.5, 1.0, size=len(receptions)))
    helping = year.index[year["kind"].isin([kind for kind, custom in CUSTOMS.items() if custom.helps])]
    served[helping] = 1 + rng.poisson(2.5, size=len(helping))
    return served


def _states(count: int, rng: Generator) -> list[str]:
    states = np.full(count, "verified", dtype=object)
    states[rng.choice(count, size=round(REPORTED * count), replace=False)] = "reported"
    return [str(state) for state in states]
