"""County placing: one county's partitions read, cut, placed and written; the same proposal as in an instance."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from congress.levels import LAYERS
from data.counties import (
    ADDRESSES,
    AREAS,
    DISTRICTS,
    FOR_PLACING,
    GRIDS,
    IN_FORCE,
    LOCKS,
    SEATS,
    STATIONS,
    CountyTableError,
    counties_in,
    read_table,
)
from data.frames import each
from data.tables import Generation, Term
from gridmap.overlay import pieces as cut_pieces
from gridmap.plan import Lock
from services.county_work import Counted, Done, Made, Running, Tell, counted, keep_summary, sweep, worked
from services.ground import Layers, grid_weights
from services.linking import nearest_stations
from services.placing import Draft, Survey, lay_out, with_places

NAME = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class HowPlaced:
    """How every county is placed: the shares that an instance has as settings, and the day on which seats count."""

    sliver: float
    tolerance: float
    keeping: float
    repair: bool
    on: date


def place_counties(
    source: Path, target: Path, how: HowPlaced, *, running: Running, tell: Tell, only: Sequence[str] = ()
) -> Counted:
    """Place the counties of a folder, all or `only` some, into another one; what is done and unchanged stays."""
    sweep(target)
    work = partial(place_county, source=source, target=target, how=how)
    found = counted(running(work, only or counties_in(source, GRIDS), tell))
    keep_summary(target, NAME, found)
    return found


def place_county(county: str, *, source: Path, target: Path, how: HowPlaced) -> Done:
    """Place one county, unless its input is as it was when it was placed."""
    return worked(
        county, name=NAME, source=source, target=target, tables=FOR_PLACING, how=asdict(how),
        make=lambda: placed(county, source, how),
    )  # fmt: skip


def placed(county: str, source: Path, how: HowPlaced) -> Made:
    """Give a county's pieces, links, leads, districts, stations and what is unmet, as frames with their counts."""
    survey = survey_of(county, source, how)
    draft = lay_out(survey)
    stations = nearest_stations(_shapes(source, STATIONS.name, county), survey.layers, survey.seats, draft.links)
    return framed(county, survey, draft, stations)


def survey_of(county: str, source: Path, how: HowPlaced) -> Survey:
    """Read what a county's proposal is made from, and cut its pieces."""
    layers = _layers(source, county)
    if not len(layers.grids):
        raise CountyTableError("no_rows", {"table": GRIDS.name})
    in_force = read_table(source, IN_FORCE, county)
    reasons = [{"key": row.reason_key, "facts": json.loads(row.reason_facts or "{}")} for row in each(in_force)]
    in_force = in_force.assign(reason=pd.Series(reasons, index=in_force.index, dtype=object))
    proposals = in_force[in_force["basis"] == "proposal"]
    grids, dwellings = grid_weights(layers.grids), _dwellings(source, county)
    return Survey(
        term=Term(name=county, starts_on=how.on),
        generation=Generation(name=county, state="loading"),
        layers=layers,
        pieces={
            layer: cut_pieces(grids, districts, sliver=how.sliver, dwellings=dwellings)
            for layer, districts in layers.districts.items()
            if len(districts)
        },
        fresh=True,
        seats=with_places(_seats(source, county, how.on), layers),
        standing=in_force[["seat", "layer", "grid", "district", "basis", "reason"]],
        proposals={row.seat: (row.grid, dict(row.reason)) for row in each(proposals)} if how.repair else {},
        locks=tuple(
            (row.layer, Lock(seat=row.seat, grid=row.grid, district=row.district, reason=row.reason))
            for row in each(read_table(source, LOCKS, county))
        ),
        repair=how.repair,
        tolerance=how.tolerance,
        keeping=how.keeping,
        sliver=how.sliver,
        version=0,
    )


def _layers(source: Path, county: str) -> Layers:
    """Read a county's layers, sorted by code; a grid's town is its own or that of its village."""
    areas = _shapes(source, AREAS.name, county)
    grids = _shapes(source, GRIDS.name, county)
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    grids["town"] = [
        town or parents.get(village, "") for town, village in zip(grids["town"], grids["village"], strict=True)
    ]
    districts = _shapes(source, DISTRICTS.name, county)
    work = districts["basis"] == "work_unit"

    def of(*kinds: str) -> gpd.GeoDataFrame:
        return areas[areas["kind"].isin(kinds)].reset_index(drop=True)

    return Layers(
        grids=grids,
        districts={layer: _layer(districts[~work], layer) for layer in LAYERS},
        work_units={layer: _layer(districts[work], layer) for layer in LAYERS},
        villages=of("village", "community"),
        towns=of("town", "street"),
        county=of("county"),
        units=(),
    )


def _dwellings(source: Path, county: str) -> gpd.GeoDataFrame | None:
    """Read the address points by which households are counted; None without them, or where one has no number."""
    points = gpd.GeoDataFrame(read_table(source, ADDRESSES, county))
    if not len(points) or points["households"].isna().any():
        return None
    return points.astype({"households": "int64"})


def _layer(districts: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    return districts[districts["layer"] == layer].drop(columns="layer").reset_index(drop=True)


def _shapes(source: Path, table: str, county: str) -> gpd.GeoDataFrame:
    kind = next(one for one in FOR_PLACING if one.name == table)
    frame = gpd.GeoDataFrame(read_table(source, kind, county))
    frame["code"] = frame["code"].astype(str).astype(object)
    return frame.sort_values("code", kind="stable", ignore_index=True)


def _seats(source: Path, county: str, on: date) -> pd.DataFrame:
    """Read the seats that count on a day, as an instance gives them; a seat without a name is named by its code."""
    seats = read_table(source, SEATS, county).rename(columns={"code": "seat", "grid": "decided_grid"})
    begins, ends = ([day_of(value) for value in seats[name]] for name in ("from", "to"))
    counts = [
        (start is None or start <= on) and (end is None or on < end) and not away
        for start, end, away in zip(begins, ends, seats["suspended"], strict=True)
    ]
    seats = seats[np.array(counts, dtype=bool)].drop(columns=["from", "to", "suspended", "away", "term"])
    seats = seats.sort_values("seat", kind="stable", ignore_index=True)
    twice = seats["seat"][seats["seat"].duplicated()]
    if len(twice):
        raise CountyTableError("twice", {"table": SEATS.name, "code": str(twice.iloc[0])})
    names = seats["name"].where(seats["name"] != "", seats["seat"])
    decided = pd.Series([day_of(value) for value in seats["decided_on"]], index=seats.index, dtype=object)
    return seats.assign(id=seats["seat"], name=names, decided_on=decided)


def day_of(value: Any) -> date | None:
    """Read a day of a partition: a date, an instant or ISO text; None where there is none. Raises CountyTableError."""
    if value is None or value is pd.NaT or value == "" or value != value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as wrong:
        raise CountyTableError("no_day", {"value": str(value)}) from wrong


def days_of(value: str) -> tuple[tuple[date, date | None], ...]:
    """Read stretches of days, half-open, such as `2026-03-01/2026-04-01 2026-06-01/`; an open one lasts on."""
    pairs = (stretch.partition("/") for stretch in str(value).split())
    return tuple((start, day_of(end)) for first, _, end in pairs if (start := day_of(first)) is not None)


Stations = list[tuple[str, str, dict[str, Any]]]

LINKS = ("layer", "seat", "grid", "district", "households", "position", "basis", "reason_key", "reason_facts")
LEADS = ("layer", "grid", "seat", "households", "reason_key", "reason_facts")


def framed(county: str, survey: Survey, draft: Draft, stations: Stations) -> Made:
    """Give a proposal as frames, the county's code in front of every row, and its counts."""
    links = _rows(draft.links, LINKS)
    lines = pd.DataFrame(draft.districts)
    cut = [frame.assign(layer=layer) for layer, frame in survey.pieces.items()]
    unmet = pd.DataFrame(
        {
            "layer": [row.get("layer", "") for row in draft.unmet],
            "kind": [row["kind"] for row in draft.unmet],
            "district": [row.get("district", "") for row in draft.unmet],
            "facts": [written(row) for row in draft.unmet],
        }
    )
    frames: dict[str, pd.DataFrame] = {
        "links": links,
        "leads": _rows(draft.leads, LEADS),
        "districts": lines,
        "unmet": unmet,
        "stations": _rows(
            [{"seat": seat, "station": station, "reason": reason} for seat, station, reason in stations],
            ("seat", "station", "reason_key", "reason_facts"),
        ),
    }
    if cut:
        frames["pieces"] = gpd.GeoDataFrame(pd.concat(cut, ignore_index=True), geometry="geometry")
    for frame in frames.values():
        frame.insert(0, "county", county)
    seats = survey.seats
    counts = {
        "grids": len(survey.layers.grids),
        "grids_linked": int(survey.layers.grids["code"].isin(links["grid"]).sum()),
        "people": int(seats["person"].nunique()),
        "people_placed": int(seats.loc[seats["seat"].isin(links["seat"]), "person"].nunique()),
        "seats": len(seats),
        "seats_placed": int(seats["seat"].isin(links["seat"]).sum()),
        "pieces": sum(map(len, cut)),
        "links": len(links),
        "districts": len(lines),
        "districts_proven": int(lines["proven"].sum()) if len(lines) else 0,
        "gap_most": int(lines["gap"].max()) if len(lines) else 0,
        "broken": int(lines["broken"].sum()) if len(lines) else 0,
        "unmet": len(unmet),
    }
    return frames, counts


def _rows(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Give rows of a plan as columns, the reason's facts as JSON text."""
    listed = [
        {
            **row,
            "grid": row.get("grid_code", ""),
            "district": row.get("district_code", ""),
            "reason_key": row["reason"]["key"],
            "reason_facts": written(row["reason"]["facts"]),
        }
        for row in rows
    ]
    return pd.DataFrame(listed, columns=list(columns))


def written(facts: Mapping[str, Any]) -> str:
    """Write facts as JSON text, the same facts always the same text."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
