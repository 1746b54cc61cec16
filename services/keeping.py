"""Keeping: the rows that a sound file becomes, a layer replaced whole, a register brought up to date."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.readers import Reading
from data.tables import (
    ActivityPerson,
    ActivityRow,
    Address,
    Area,
    District,
    Generation,
    Grid,
    GridWorker,
    Person,
    PersonMatch,
    Piece,
    PlanRow,
    Seat,
    SeatDecision,
    SeatEvent,
    Station,
    Term,
)
from services.act import Act
from services.references import as_date, moved_since, split_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A sound reading and where it goes."""

    act: Act
    reading: Reading
    term: Term
    generation: Generation
    layer: str


def stable_id(prefix: str, *parts: str) -> str:
    """Derive an opaque id that is the same whenever the same roster is loaded."""
    return prefix + hashlib.blake2s("\n".join(parts).encode(), digest_size=7).hexdigest()


def flag(frame: pd.DataFrame, name: str) -> pd.Series:
    """Give a yes/no column, no where it is missing."""
    if name not in frame.columns:
        return pd.Series(False, index=frame.index)
    return frame[name].map(lambda value: bool(value) if pd.notna(value) else False)


def text(frame: pd.DataFrame, name: str) -> list[str]:
    """Give a text column, empty where it is missing."""
    if name not in frame.columns:
        return [""] * len(frame)
    return ["" if pd.isna(value) else str(value) for value in frame[name]]


def number(frame: pd.DataFrame, name: str) -> list[int | None]:
    """Give a whole-number column, None where it is missing."""
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if pd.isna(value) else int(value) for value in frame[name]]


def dates(frame: pd.DataFrame, name: str) -> list[Any]:
    """Give a date column, None where it is missing."""
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if pd.isna(value) else as_date(value) for value in frame[name]]


def rows_of(columns: dict[str, Iterable[Any]]) -> list[dict[str, Any]]:
    """Turn columns into the rows that a bulk insert takes."""
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def geometries(frame: pd.DataFrame) -> list[Any]:
    """Give the geometry column with None for what is empty."""
    return [None if shape is None or shape.is_empty else shape for shape in frame.geometry]


def set_plans_aside(unit: Session, generation: Generation) -> None:
    """Set aside the plans that were made for pieces which are no longer there; they cannot be put in force."""
    waiting = PlanRow.state.in_(["proposed", "approved"])
    unit.execute(update(PlanRow).where(PlanRow.generation_id == generation.id, waiting).values(state="set_aside"))


def keep_areas(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Replace the areas of a loading generation."""
    frame = incoming.reading.frame
    unit.execute(delete(Area).where(Area.generation_id == incoming.generation.id))
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "code": text(frame, "code"),
            "name": text(frame, "name"),
            "kind": text(frame, "kind"),
            "parent_code": text(frame, "parent"),
            "households": number(frame, "households"),
            "population": number(frame, "population"),
            "geometry": geometries(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    unit.execute(insert(Area), rows)
    return len(rows), 0


def keep_districts(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Replace one layer of electoral districts of a loading generation; its pieces go with it."""
    frame = incoming.reading.frame
    unit.execute(
        delete(District).where(District.generation_id == incoming.generation.id, District.layer == incoming.layer)
    )
    unit.execute(delete(Piece).where(Piece.generation_id == incoming.generation.id, Piece.layer == incoming.layer))
    set_plans_aside(unit, incoming.generation)
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "layer": [incoming.layer] * len(frame),
            "code": text(frame, "code"),
            "name": text(frame, "name"),
            "town_code": text(frame, "town"),
            "seats": number(frame, "seats"),
            "population": number(frame, "population"),
            "basis": [basis or "residence" for basis in text(frame, "basis")],
            "unit_name": text(frame, "unit_name"),
            "geometry": geometries(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    unit.execute(insert(District), rows)
    return len(rows), 0


def keep_grids(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Replace the grids of a loading generation; their pieces go with them."""
    frame = incoming.reading.frame
    unit.execute(delete(Grid).where(Grid.generation_id == incoming.generation.id))
    unit.execute(delete(Piece).where(Piece.generation_id == incoming.generation.id))
    set_plans_aside(unit, incoming.generation)
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "code": text(frame, "code"),
            "name": [name or code for name, code in zip(text(frame, "name"), text(frame, "code"), strict=True)],
            "village_code": text(frame, "village"),
            "kind": [kind or "base" for kind in text(frame, "kind")],
            "households": number(frame, "households"),
            "population": number(frame, "population"),
            "geometry": geometries(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    unit.execute(insert(Grid), rows)
    return len(rows), 0


def keep_addresses(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Replace the addresses of a generation; one that is still loading is cut anew, for its households may differ."""
    frame = incoming.reading.frame
    unit.execute(delete(Address).where(Address.generation_id == incoming.generation.id))
    if incoming.generation.state == "loading":
        unit.execute(delete(Piece).where(Piece.generation_id == incoming.generation.id))
        set_plans_aside(unit, incoming.generation)
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "code": text(frame, "code"),
            "address": text(frame, "address"),
            "group_name": text(frame, "group"),
            "estate": text(frame, "estate"),
            "grid_code": text(frame, "grid"),
            "village_code": text(frame, "village"),
            "households": number(frame, "households"),
            "geometry": geometries(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    unit.execute(insert(Address), rows)
    return len(rows), 0


def merge(
    unit: Session, model: Any, rows: list[dict[str, Any]], *, key: tuple[str, ...], within: tuple[Any, ...] = ()
) -> tuple[int, int]:
    """Insert new rows and change those whose key is known; give (new, changed)."""
    standing = {tuple(getattr(row, name) for name in key): row for row in unit.scalars(select(model).where(*within))}
    new = []
    changed = 0
    for values in rows:
        row = standing.get(tuple(values[name] for name in key))
        if row is None:
            new.append(values)
            continue
        differing = {
            name: value
            for name, value in values.items()
            if name not in ("id", "recorded_at") and getattr(row, name) != value
        }
        if differing:
            changed += 1
            for name, value in differing.items():
                setattr(row, name, value)
            if hasattr(row, "row_version"):
                row.row_version += 1
    if new:
        unit.execute(insert(model), new)
    unit.flush()
    return len(new), changed


def keep_stations(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Bring the stations of a generation up to date."""
    frame = incoming.reading.frame
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "code": text(frame, "code"),
            "name": text(frame, "name"),
            "kind": [kind or "station" for kind in text(frame, "kind")],
            "town_code": text(frame, "town"),
            "village_code": text(frame, "village"),
            "address": text(frame, "address"),
            "hours": text(frame, "hours"),
            "geometry": geometries(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    return merge(unit, Station, rows, key=("code",), within=(Station.generation_id == incoming.generation.id,))


def keep_people(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Bring the register of people up to date."""
    frame = incoming.reading.frame
    codes = text(frame, "code")
    rows = rows_of(
        {
            "id": [stable_id("p", code) for code in codes],
            "code": codes,
            "name": text(frame, "name"),
            "name_en": text(frame, "name_en"),
            "sex": text(frame, "sex"),
            "birth_year": number(frame, "birth_year"),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    return merge(unit, Person, rows, key=("code",))


def keep_seats(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Bring the seats of a term up to date."""
    frame = incoming.reading.frame
    codes = text(frame, "code")
    ids = people_by_code(unit)
    ended = ended_by_decision(unit, incoming.term)
    placed = placed_by_decision(unit, incoming.term)
    decided = [
        placed.get(code, own)
        for code, *own in zip(
            codes, text(frame, "grid"), dates(frame, "decided_on"), text(frame, "decision"), strict=True
        )
    ]
    rows = rows_of(
        {
            "id": [stable_id("s", incoming.term.name, code) for code in codes],
            "code": codes,
            "term_id": [incoming.term.id] * len(frame),
            "person_id": [ids[code] for code in text(frame, "person")],
            "level": text(frame, "level"),
            "district_code": text(frame, "district"),
            "electing_unit": text(frame, "electing_unit"),
            "town_code": text(frame, "town"),
            "village_code": text(frame, "village"),
            "station_code": text(frame, "station"),
            "role": text(frame, "role"),
            "group_name": text(frame, "group"),
            "starts_on": [day or incoming.term.starts_on for day in dates(frame, "from")],
            "ends_on": [ended.get(code, day) for code, day in zip(codes, dates(frame, "to"), strict=True)],
            "decided_grid_code": [grid for grid, _, _ in decided],
            "decided_on": [day for _, day, _ in decided],
            "decision": [number for _, _, number in decided],
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    return merge(unit, Seat, rows, key=("code",), within=(Seat.term_id == incoming.term.id,))


def people_by_code(unit: Session) -> dict[str, str]:
    """Map every roster number to the id of its person; a continuing deputy answers to the old and the new number."""
    ids = dict(unit.execute(select(Person.code, Person.id)).all())
    return ids | dict(unit.execute(select(PersonMatch.code, PersonMatch.person_id).where(PersonMatch.same)).all())


def ended_by_decision(unit: Session, term: Term) -> dict[str, Any]:
    """Map the seats that a recorded decision ended to that day: a roster file does not bring them back."""
    query = (
        select(Seat.code, Seat.ends_on)
        .join(SeatEvent, SeatEvent.seat_id == Seat.id)
        .where(Seat.term_id == term.id, SeatEvent.kind.not_in(["suspended", "by_election", "enrolled"]))
    )
    return dict(unit.execute(query).all())


def placed_by_decision(unit: Session, term: Term) -> dict[str, list[Any]]:
    """Map the seats that a recorded decision placed to grid, day and decision: a roster file does not undo it."""
    query = (
        select(Seat.code, Seat.decided_grid_code, Seat.decided_on, Seat.decision)
        .join(SeatDecision, SeatDecision.seat_id == Seat.id)
        .where(Seat.term_id == term.id)
        .distinct()
    )
    return {code: [grid, day, number] for code, grid, day, number in unit.execute(query)}


def keep_gridworkers(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Bring the grid workers of a generation up to date."""
    frame = incoming.reading.frame
    rows = rows_of(
        {
            "generation_id": [incoming.generation.id] * len(frame),
            "code": text(frame, "code"),
            "name": text(frame, "name"),
            "grid_code": text(frame, "grid"),
            "role": [role or "worker" for role in text(frame, "role")],
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    return merge(
        unit, GridWorker, rows, key=("code", "grid_code"), within=(GridWorker.generation_id == incoming.generation.id,)
    )


def keep_activities(unit: Session, incoming: Incoming) -> tuple[int, int]:
    """Bring the activities of a term up to date, each person credited at one seat.

    One that has gone from hand to hand since it was imported stays as it is; the import names its row.
    """
    frame = incoming.reading.frame
    frame = frame[~frame["code"].astype(str).isin(moved_since(unit, incoming.term))]
    halves = (
        [None if pd.isna(value) else round(float(value) * 10) for value in frame["hours"]]
        if "hours" in frame.columns
        else [None] * len(frame)
    )
    rows = rows_of(
        {
            "code": text(frame, "code"),
            "term_id": [incoming.term.id] * len(frame),
            "generation_id": [incoming.generation.id] * len(frame),
            "kind": text(frame, "kind"),
            "mode": text(frame, "mode"),
            "on": dates(frame, "on"),
            "title": text(frame, "title"),
            "grid_code": text(frame, "grid"),
            "station_code": text(frame, "station"),
            "hours_tenths": halves,
            "half_days": number(frame, "half_days"),
            "served": number(frame, "served"),
            "state": [state or "reported" for state in text(frame, "state")],
            "source": ["file"] * len(frame),
            "entered_by": [incoming.act.actor] * len(frame),
            "recorded_at": [incoming.act.at] * len(frame),
            "synthetic": list(flag(frame, "synthetic")),
        }
    )
    counts = merge(unit, ActivityRow, rows, key=("code",), within=(ActivityRow.term_id == incoming.term.id,))
    ids = dict(
        unit.execute(select(ActivityRow.code, ActivityRow.id).where(ActivityRow.term_id == incoming.term.id)).all()
    )
    mine = [ids[row["code"]] for row in rows]
    for start in range(0, len(mine), 500):
        unit.execute(delete(ActivityPerson).where(ActivityPerson.activity_id.in_(mine[start : start + 500])))
    if mine:
        unit.execute(insert(ActivityPerson), participants(unit, frame, rows, ids, incoming.term, incoming.generation))
    return counts


def participants(
    unit: Session,
    frame: pd.DataFrame,
    rows: list[dict[str, Any]],
    ids: dict[str, int],
    term: Term,
    generation: Generation,
) -> list[dict[str, Any]]:
    """List who took part in which activity, each at the one seat it counts for."""
    away = suspensions(unit, term)
    seats: dict[str, list[Seat]] = {}
    codes: dict[str, list[str]] = {}
    for code, person in people_by_code(unit).items():
        codes.setdefault(person, []).append(code)
    for seat in unit.scalars(select(Seat).where(Seat.term_id == term.id).order_by(Seat.code)):
        for code in codes[seat.person_id]:
            seats.setdefault(code, []).append(seat)
    towns = town_of_place(unit, generation)
    people = []
    for row, names, level in zip(rows, text(frame, "people"), text(frame, "level"), strict=True):
        town = towns.get(row["grid_code"] or row["station_code"], "")
        for position, person in enumerate(split_codes(names)):
            seat = credited_seat(seats[person], level=level, town=town, on=row["on"], away=away)
            people.append(
                {
                    "activity_id": ids[row["code"]],
                    "person_id": seat.person_id,
                    "seat_id": seat.id,
                    "role": "member" if position else "lead",
                }
            )
    return people


Suspensions = Mapping[str, Sequence[tuple[Any, Any]]]  # seat id -> (from, until or None), half-open


def credited_seat(
    seats: list[Seat], *, level: str, town: str, on: Any, away: Suspensions = MappingProxyType({})
) -> Seat:
    """Choose the one seat an act counts for: the level named in the file; else, of the seats that count that day, the
    lowest level whose town is the act's town; else the lowest level; equal: the lower code.

    A seat suspended that day is chosen only where the person has no other; it earns nothing then, and says so.
    """
    held = [seat for seat in seats if seat.starts_on <= on and (seat.ends_on is None or on < seat.ends_on)] or seats
    free = [
        seat
        for seat in held
        if not any(starts <= on and (until is None or on < until) for starts, until in away.get(seat.id, ()))
    ]
    return min(
        free or held,
        key=lambda seat: (
            seat.level != level if level else False,
            bool(town) and seat.town_code != town,
            -LEVELS.index(seat.level),
            seat.code,
        ),
    )


def suspensions(unit: Session, term: Term) -> dict[str, list[tuple[Any, Any]]]:
    """Give the spans in which seats of a term are suspended."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    query = (
        select(SeatEvent.seat_id, SeatEvent.starts_on, SeatEvent.ends_on)
        .join(Seat, Seat.id == SeatEvent.seat_id)
        .where(Seat.term_id == term.id, SeatEvent.kind == "suspended")
    )
    for seat, starts, ends in unit.execute(query):
        found.setdefault(seat, []).append((starts, ends))
    return found


def town_of_place(unit: Session, generation: Generation) -> dict[str, str]:
    """Map grid and station codes to their town's code."""
    parents = dict(unit.execute(select(Area.code, Area.parent_code).where(Area.generation_id == generation.id)).all())
    grids = unit.execute(select(Grid.code, Grid.village_code).where(Grid.generation_id == generation.id))
    towns = {code: parents.get(village, "") for code, village in grids}
    towns |= dict(
        unit.execute(select(Station.code, Station.town_code).where(Station.generation_id == generation.id)).all()
    )
    return towns


Keep = Callable[[Session, Incoming], tuple[int, int]]
KEEP: dict[str, Keep] = {
    "areas": keep_areas,
    "districts": keep_districts,
    "grids": keep_grids,
    "addresses": keep_addresses,
    "stations": keep_stations,
    "people": keep_people,
    "seats": keep_seats,
    "gridworkers": keep_gridworkers,
    "activities": keep_activities,
}
