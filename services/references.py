"""What a file says about things in other files: every reference that leads nowhere is a flaw."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF, LAYERS
from data.flaws import Flaw
from data.readers import Reading
from data.tables import (
    ActivityMove,
    ActivityRow,
    Area,
    District,
    Generation,
    Grid,
    Person,
    PersonMatch,
    Seat,
    Station,
    Term,
)
from gridmap.datum import Datum
from gridmap.layers import LayerFlaw, check_cells
from services.codes import gathered, lies_elsewhere, outside_parent
from services.instance import setting

COUNTY_KINDS = ("county",)
TOWN_KINDS = ("town", "street", "unit")
VILLAGE_KINDS = ("village", "community")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands already, against which a file is checked."""

    unit: Session
    term: Term
    generation: Generation

    def codes(self, model: Any, *conditions: Any) -> set[str]:
        """Give all codes of a table of this generation."""
        query = select(model.code).where(model.generation_id == self.generation.id, *conditions)
        return set(self.unit.scalars(query))

    def areas(self, kinds: Iterable[str]) -> gpd.GeoDataFrame:
        """Give the areas of these kinds that have a polygon, as a frame of cells."""
        query = select(Area.code, Area.name, Area.geometry).where(
            Area.generation_id == self.generation.id, Area.kind.in_(list(kinds)), Area.geometry.is_not(None)
        )
        rows = self.unit.execute(query).all()
        return gpd.GeoDataFrame(
            {"code": [row.code for row in rows], "name": [row.name for row in rows]},
            geometry=[row.geometry for row in rows],
            crs="EPSG:4326",
        )

    def covering(self) -> Any | None:
        """Give the county's polygon: the county itself if it is loaded, else all towns together."""
        for kinds in (COUNTY_KINDS, TOWN_KINDS):
            frame = self.areas(kinds)
            if len(frame):
                return frame.geometry.union_all()
        return None


def row_flaw(
    reading: Reading, row: int, field: str, kind: str, *, fatal: bool, facts: dict[str, Any] | None = None
) -> Flaw:
    """Name one row's flaw the way the user sees the file: its line in a sheet, its feature in a layer."""
    place = reading.place(row)
    frame = reading.frame
    code = str(frame["code"].iloc[row]) if "code" in frame.columns else ""
    return Flaw(
        file=reading.file,
        line=place.line,
        feature=place.feature,
        field=field,
        code=code,
        kind=kind,
        facts={"value": str(frame[field].iloc[row]) if field in frame.columns else "", **(facts or {})},
        fatal=fatal,
    )


def layer_flaws(reading: Reading, found: Iterable[LayerFlaw]) -> list[Flaw]:
    """Give a layer's geometric flaws the file and feature that the user sees."""
    flaws = []
    for flaw in found:
        place = reading.place(flaw.feature) if flaw.feature is not None else None
        flaws.append(
            Flaw(
                file=reading.file,
                line=place.line if place else None,
                feature=place.feature if place else None,
                field=flaw.field,
                code=flaw.code,
                kind=flaw.kind,
                facts=dict(flaw.facts),
                fatal=flaw.fatal,
            )
        )
    return flaws


def declared_datum(reading: Reading) -> str:
    """Give the name of the datum that a file was read under; WGS84 for one without coordinates."""
    return Datum.parse(reading.datum).name if reading.datum else "wgs84"


def unknown(
    reading: Reading, field: str, known: set[str], *, of: str, fatal: bool = True, empty: bool = True
) -> list[Flaw]:
    """List the rows whose `field` names a code that is not known; an empty one passes when `empty`."""
    if field not in reading.frame.columns:
        return []
    values = reading.frame[field].fillna("").astype(str)
    wrong = ~values.isin(known) & ~((values == "") & empty)
    flaws = [
        row_flaw(reading, int(row), field, "unknown_reference", fatal=fatal, facts={"of": of})
        for row in wrong.to_numpy().nonzero()[0]
    ]
    return gathered(reading, flaws, field=field, known=known, of=of, kinds=("unknown_reference",))


RANK = {**dict.fromkeys(COUNTY_KINDS, "county"), **dict.fromkeys(TOWN_KINDS, "town"),
        **dict.fromkeys(VILLAGE_KINDS, "village")}  # fmt: skip


def check_areas(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check areas rank by rank: each rank tiles the county, each area names a parent that holds it."""
    frame = reading.frame
    is_county = frame["kind"].isin(COUNTY_KINDS)
    county = frame[is_county & frame.geometry.notna()]
    covering = county.geometry.union_all() if len(county) and bool(county.geometry.is_valid.all()) else None
    found = check_cells(
        frame.assign(rank=frame["kind"].map(RANK), parent=frame["parent"].mask(is_county, "")),  # its own lies above
        covering=covering,
        parents=frame,
        parent_field="parent",
        group_field="rank",
        declared=declared_datum(reading),
        needs_polygon=list(frame["kind"] != "unit"),
    )
    flaws = layer_flaws(reading, found)
    flaws = gathered(reading, flaws, field="parent", known=set(frame["code"]), of="areas", kinds=("orphan_code",))
    return flaws + outside_parent(reading, "parent")


def check_districts(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:
    """Check electoral districts: rings, overlaps, gaps, towns that are known, one to three seats."""
    frame = reading.frame
    flaws: list[Flaw] = []
    towns = ground.areas(("town", "street"))
    if len(towns):
        flaws += unknown(reading, "town", ground.codes(Area, Area.kind.in_(TOWN_KINDS)), of="areas")
        flaws += lies_elsewhere(reading, "town", towns)
    residence = frame["basis"].fillna("residence").ne("work_unit")
    covering = ground.covering()
    if layer == "town" and len(towns) and "town" in frame.columns:
        named = towns[towns["code"].isin(set(frame["town"].dropna()))]
        covering = named.geometry.union_all() if len(named) else covering
    found = check_cells(
        frame,
        covering=covering,
        declared=declared_datum(reading),
        needs_polygon=list(residence),
    )
    flaws += layer_flaws(reading, found)
    for place in (~residence).to_numpy().nonzero()[0]:
        shape = frame.geometry.iloc[place]
        if shape is None or shape.is_empty:
            flaws.append(row_flaw(reading, int(place), "lon", "work_unit_without_place", fatal=True))
    most = int(setting(ground.unit, "law.seats_most"))
    for row, seats in enumerate(frame["seats"]):
        if pd.notna(seats) and most and int(seats) > most:
            flaws.append(row_flaw(reading, row, "seats", "seats_outside_law", fatal=False, facts={"most": most}))
    if layer not in LAYERS:
        flaws.append(Flaw(file=reading.file, field="layer", kind="layer_missing", facts={}, fatal=True))
    return flaws


def check_grids(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check grids: rings, overlaps, gaps, and villages that are known and hold them."""
    villages = ground.areas(VILLAGE_KINDS)
    found = check_cells(
        reading.frame,
        covering=ground.covering(),
        parents=villages if len(villages) else None,
        parent_field="village",
        declared=declared_datum(reading),
    )
    flaws = layer_flaws(reading, found)
    if len(villages):
        known = set(villages["code"])
        flaws = gathered(reading, flaws, field="village", known=known, of="areas", kinds=("orphan_code",))
        flaws += lies_elsewhere(reading, "village", villages)
    return flaws + outside_parent(reading, "village")


def check_stations(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check stations: towns and villages that are known."""
    towns = ground.codes(Area, Area.kind.in_(TOWN_KINDS))
    villages = ground.codes(Area, Area.kind.in_(VILLAGE_KINDS))
    flaws = unknown(reading, "town", towns, of="areas") if towns else []
    if villages:
        flaws += unknown(reading, "village", villages, of="areas")
    covering = ground.covering()
    if covering is not None:
        reach = covering.buffer(0.05)
        for row, point in enumerate(reading.frame.geometry):
            if point is not None and not point.is_empty and not reach.contains(point):
                flaws.append(row_flaw(reading, row, "lon", "station_far_away", fatal=False))
    return flaws


def check_people(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """People refer to nobody else."""
    return []


def check_seats(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check seats: people, districts, towns, stations and grids that are known; dates inside the term."""
    frame = reading.frame
    people = set(ground.unit.scalars(select(Person.code)))
    flaws = unknown(reading, "person", people, of="people", empty=False)
    for model, field, of in (
        (Area, "town", "areas"),
        (Area, "village", "areas"),
        (Station, "station", "stations"),
        (Grid, "grid", "grids"),
    ):
        known = ground.codes(model)
        if known:
            flaws += unknown(reading, field, known, of=of)
    by_layer = {name: ground.codes(District, District.layer == name) for name in ("county", "town")}
    levels = frame["level"].fillna("").astype(str)
    districts = frame["district"].fillna("").astype(str) if "district" in frame.columns else levels * 0
    for row, (level, district) in enumerate(zip(levels, districts, strict=True)):
        layer_of = LAYER_OF.get(level)
        if layer_of and not district:
            flaws.append(row_flaw(reading, row, "district", "seat_without_district", fatal=True))
        elif layer_of and district not in by_layer[layer_of]:
            flaws.append(row_flaw(reading, row, "district", "unknown_reference", fatal=True, facts={"of": "districts"}))
        elif not layer_of and district:
            flaws.append(row_flaw(reading, row, "district", "district_not_expected", fatal=False))
    for row, (start, end) in enumerate(zip(frame["from"], frame["to"], strict=True)):
        for field, day in (("from", start), ("to", end)):
            is_last = field == "to" and day == ground.term.ends_on
            if pd.notna(day) and not is_last and not in_term(as_date(day), ground.term):
                flaws.append(row_flaw(reading, row, field, "outside_term", fatal=False, facts=span_of(ground.term)))
        first = as_date(start) if pd.notna(start) else ground.term.starts_on
        if pd.notna(end) and as_date(end) <= first:
            facts = {"starts_on": first.isoformat()}
            flaws.append(row_flaw(reading, row, "to", "ends_before_it_begins", fatal=True, facts=facts))
    return flaws


def check_gridworkers(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check grid workers: grids that are known."""
    return unknown(reading, "grid", ground.codes(Grid), of="grids", empty=False)


def check_activities(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check activities: people who hold a seat, places that are known, days inside the term."""
    frame = reading.frame
    query = select(Person.code, Seat).join(Seat, Seat.person_id == Person.id).where(Seat.term_id == ground.term.id)
    held: dict[str, list[Seat]] = {}
    renumbered = (
        select(PersonMatch.code, Seat)
        .join(Seat, Seat.person_id == PersonMatch.person_id)
        .where(Seat.term_id == ground.term.id, PersonMatch.same)
    )
    for person, seat in (*ground.unit.execute(query), *ground.unit.execute(renumbered)):
        held.setdefault(person, []).append(seat)
    flaws = unknown(reading, "grid", ground.codes(Grid), of="grids")
    flaws += unknown(reading, "station", ground.codes(Station), of="stations")
    moved = moved_since(ground.unit, ground.term)
    for row, code in enumerate(frame["code"].astype(str)):
        if code in moved:
            flaws.append(row_flaw(reading, row, "code", "activity_moved", fatal=False))
    for row, (people, day) in enumerate(zip(frame["people"].fillna("").astype(str), frame["on"], strict=True)):
        if pd.notna(day) and not in_term(as_date(day), ground.term):
            flaws.append(row_flaw(reading, row, "on", "outside_term", fatal=True, facts=span_of(ground.term)))
            continue
        for person in split_codes(people):
            if person not in held:
                facts = {"of": "seats", "value": person}
                flaws.append(row_flaw(reading, row, "people", "unknown_reference", fatal=True, facts=facts))
            elif pd.notna(day) and not any(is_held(seat, as_date(day)) for seat in held[person]):
                facts = {"value": person, "on": as_date(day).isoformat()}
                flaws.append(row_flaw(reading, row, "people", "no_seat_that_day", fatal=True, facts=facts))
    return flaws


def moved_since(unit: Session, term: Term) -> frozenset[str]:
    """Name the activities that a file can no longer change: entered elsewhere, or moved by somebody since."""
    moves = select(ActivityMove.activity_id)
    query = select(ActivityRow.code).where(
        ActivityRow.term_id == term.id, (ActivityRow.source != "file") | ActivityRow.id.in_(moves)
    )
    return frozenset(unit.scalars(query))


def is_held(seat: Seat, day: date) -> bool:
    """Tell whether a seat counts on a day (half-open)."""
    return seat.starts_on <= day and (seat.ends_on is None or day < seat.ends_on)


def span_of(term: Term) -> dict[str, str]:
    """Give a term's name and first day for a sentence."""
    return {"term": term.name, "starts_on": term.starts_on.isoformat()}


def split_codes(text: str) -> list[str]:
    """Split a cell of several codes at `;` (full-width and comma forms too)."""
    return [part.strip() for part in text.replace("；", ";").replace("、", ";").split(";") if part.strip()]


def as_date(value: Any) -> date:
    """Give the civil date of a cell."""
    day: date = value.date() if isinstance(value, pd.Timestamp) else value
    return day


def in_term(day: date, term: Term) -> bool:
    """Tell whether a day lies in a term (half-open)."""
    return term.starts_on <= day and (term.ends_on is None or day < term.ends_on)
