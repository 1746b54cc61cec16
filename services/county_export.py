"""County export: an instance's ground, seats and verified activities as the partitions that county work reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF
from data.counties import write_table
from data.tables import Person, Seat, Station, Term
from gridmap.locate import CellIndex
from scoring.activities import NAMES
from services.act import Act
from services.county_placing import written
from services.ground import dwellings_of, frame_of
from services.parts import counties_of, parts_of
from services.placing import Survey, survey
from services.points import suspensions, verified_activities

WHOLE = "county"  # the name of the one partition of an instance that names no county


def write_counties(
    unit: Session, act: Act, folder: Path, *, term: str | None = None, generation: str | None = None
) -> tuple[str, ...]:
    """Write an instance as a folder of counties: one partition a county, or a group of them that a piece joins.

    Gives the partitions' names, lowest first. Placing and scoring the folder gives what the instance gives.
    """
    found = survey(unit, act, term=term, generation=generation)
    parts = parts_of(found)
    names = {name: name or WHOLE for name, _ in parts}
    of_grid = {grid: names[name] for name, part in parts for grid in part.layers.grids["code"]}
    first = min(names.values())
    of_town = _of_town(found, of_grid, first)
    of_district = {
        (layer, code): names[name]
        for name, part in parts
        for layer, frame in part.layers.districts.items()
        for code in frame["code"]
    }
    seats = _seats(unit, found.term, set(found.seats["seat"]), max(act.today, found.term.starts_on))
    of_seat = _of_seats(seats, of_district, of_town)
    for table, frame, owner in (
        ("grids", found.layers.grids, found.layers.grids["code"].map(of_grid)),
        *_districts(found, of_grid, of_district, first),
        ("areas", *_areas(found, of_town)),
        ("stations", *_stations(unit, found, of_town)),
        ("addresses", *_addresses(unit, found, of_grid, first)),
        ("seats", seats, of_seat),
        ("in_force", *_in_force(found, dict(zip(seats["code"], of_seat, strict=True)), first)),
        ("locks", *_locks(found, of_district, first)),
        ("activities", *_activities(unit, found.term, dict(zip(seats["code"], of_seat, strict=True)), first)),
    ):
        _write(folder, table, frame, owner)
    return tuple(sorted(set(names.values())))


def _write(folder: Path, table: str, frame: pd.DataFrame, owner: Iterable[str]) -> None:
    for county, rows in frame.groupby(pd.Series(list(owner), index=frame.index, dtype=object)):
        write_table(folder, table, str(county), rows.reset_index(drop=True))


def _of_town(found: Survey, of_grid: Mapping[str, str], first: str) -> Callable[[str], str]:
    """Give the partition of a town: that of its first grid, else of its county, else the first of all."""
    by_town = dict(zip(reversed(found.layers.grids["town"]), reversed([*of_grid.values()]), strict=True))
    by_county = {county: of_grid[grid] for grid, county in counties_of(found.layers).items()}
    county_of = dict(zip(found.layers.towns["code"], found.layers.towns["parent"], strict=True))
    return lambda town: by_town.get(town) or by_county.get(county_of.get(town, ""), first)


def _districts(
    found: Survey, of_grid: Mapping[str, str], of_district: Mapping[tuple[str, str], str], first: str
) -> list[tuple[str, gpd.GeoDataFrame, list[str]]]:
    """Give the districts of all layers in one table; one of a work unit goes with the grid in which its unit stands."""
    layers = found.layers
    codes = list(layers.grids["code"])
    index = CellIndex(layers.grids)
    frames, owners = [], []
    for kinds in (layers.districts, layers.work_units):
        for layer, frame in kinds.items():
            frames.append(frame.assign(layer=layer))
            points = frame.geometry.representative_point()
            rows = index.locate(points.x.to_numpy(), points.y.to_numpy())
            owners += [
                of_district.get((layer, code)) or (of_grid[codes[row]] if row >= 0 else first)
                for code, row in zip(frame["code"], rows, strict=True)
            ]
    whole = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs="EPSG:4326")
    return [("districts", whole, owners)]


def _areas(found: Survey, of_town: Callable[[str], str]) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Give towns and villages; the county's own outline is not needed."""
    towns, villages = found.layers.towns, found.layers.villages
    whole = gpd.GeoDataFrame(pd.concat([towns, villages], ignore_index=True), geometry="geometry", crs="EPSG:4326")
    return whole, [*map(of_town, towns["code"]), *map(of_town, villages["parent"])]


def _stations(unit: Session, found: Survey, of_town: Callable[[str], str]) -> tuple[gpd.GeoDataFrame, list[str]]:
    rows = unit.execute(
        select(Station.code, Station.kind, Station.town_code, Station.geometry)
        .where(Station.generation_id == found.generation.id)
        .order_by(Station.code)
    )
    frame = frame_of(rows, ("code", "kind", "town"))
    return frame, list(map(of_town, frame["town"]))


def _addresses(
    unit: Session, found: Survey, of_grid: Mapping[str, str], first: str
) -> tuple[gpd.GeoDataFrame, list[str]]:
    points = dwellings_of(unit, found.generation)
    if points is None:
        return frame_of([], ("grid", "households")), []
    rows = CellIndex(found.layers.grids).locate(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    codes = list(found.layers.grids["code"])
    return points, [
        of_grid[codes[row]] if row >= 0 else of_grid.get(grid, first)
        for row, grid in zip(rows, points["grid"], strict=True)
    ]


def _seats(unit: Session, term: Term, counting: set[str], day: date) -> pd.DataFrame:
    """Read all seats of a term with their days; one that is suspended on the survey's day says so."""
    query = (
        select(
            Seat.id, Seat.code, Person.code, Person.name, Seat.level, Seat.district_code, Seat.town_code,
            Seat.village_code, Seat.station_code, Seat.decided_grid_code, Seat.decided_on, Seat.decision,
            Seat.starts_on, Seat.ends_on,
        )
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id)
        .order_by(Seat.code)
    )  # fmt: skip
    columns = ["id", "code", "person", "name", "level", "district", "town", "village", "station", "grid", "decided_on",
               "decision", "from", "to"]  # fmt: skip
    frame = pd.DataFrame([tuple(row) for row in unit.execute(query)], columns=columns)
    held = [start <= day and (end is None or day < end) for start, end in zip(frame["from"], frame["to"], strict=True)]
    away = [here and code not in counting for here, code in zip(held, frame["code"], strict=True)]
    paused = suspensions(unit, term)
    frame["away"] = [" ".join(stretch(*days) for days in paused.get(seat, ())) for seat in frame["id"]]
    return frame.assign(suspended=away, term=stretch(term.starts_on, term.ends_on)).drop(columns="id")


def stretch(start: date, end: date | None) -> str:
    """Write days, half-open, as `2026-03-01/2026-04-01`; an open end is left out."""
    return f"{start.isoformat()}/{end.isoformat() if end else ''}"


def _of_seats(
    seats: pd.DataFrame, of_district: Mapping[tuple[str, str], str], of_town: Callable[[str], str]
) -> list[str]:
    return [
        of_district.get((LAYER_OF.get(level, ""), district)) or of_town(town)
        for level, district, town in zip(seats["level"], seats["district"], seats["town"], strict=True)
    ]


def _in_force(found: Survey, of_seat: Mapping[str, str], first: str) -> tuple[pd.DataFrame, list[str]]:
    frame = found.standing
    kept = frame[["seat", "layer", "grid", "district", "basis"]].assign(
        reason_key=[reason["key"] for reason in frame["reason"]],
        reason_facts=[written(reason["facts"]) for reason in frame["reason"]],
    )
    return kept, [of_seat.get(seat, first) for seat in kept["seat"]]


def _locks(found: Survey, of_district: Mapping[tuple[str, str], str], first: str) -> tuple[pd.DataFrame, list[str]]:
    rows: list[dict[str, Any]] = [
        {"layer": layer, "seat": lock.seat, "grid": lock.grid, "district": lock.district, "reason": lock.reason}
        for layer, lock in found.locks
    ]
    frame = pd.DataFrame(rows, columns=["layer", "seat", "grid", "district", "reason"])
    return frame, [of_district.get(pair, first) for pair in zip(frame["layer"], frame["district"], strict=True)]


def _activities(unit: Session, term: Term, of_seat: Mapping[str, str], first: str) -> tuple[pd.DataFrame, list[str]]:
    acts = verified_activities(unit, term, None)
    frame = pd.DataFrame([asdict(act) for act in acts], columns=list(NAMES))
    for name in ("hours_tenths", "half_days", "served", "members"):
        frame[name] = frame[name].astype("Int64")
    return frame, [of_seat.get(act.seat, first) for act in acts]
