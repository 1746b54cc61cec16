"""Enrolling: one more seat in the middle of a term, of somebody known or new, with the decision that gave it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF, LEVELS
from data.tables import Person, Seat, Term
from services.act import Act
from services.errors import BadRequestError, ConflictError
from services.keeping import stable_id
from services.seats import Elected, counting_on, note, person_elected, ready, seats_due, within

ENROLLED = "enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The seat to enrol: its code, its level, and the district (county, town) or the electing unit (above) of it."""

    code: str
    level: str
    district: str = ""
    electing_unit: str = ""
    town: str = ""


def enrol(
    unit: Session, act: Act, *, wanted: Wanted, elected: Elected, on: date, decision: str, term: str | None = None
) -> Seat:
    """Give somebody a seat from a day on: a second seat at another level, or one that the roster lacks.

    Raises BadRequestError for what does not fit together, ConflictError for a code that exists, for a person who has
    a seat at this level already, and for an electoral district whose seats are all held.
    """
    the = ready(unit, act, term, decision)
    within(the, on)
    if not wanted.code or not elected.code:
        raise BadRequestError("error.enrol_code")
    if wanted.level not in LEVELS:
        raise BadRequestError("error.enrol_level", level=wanted.level, known=" ".join(LEVELS))
    if unit.scalar(select(Seat.id).where(Seat.term_id == the.id, Seat.code == wanted.code)) is not None:
        raise ConflictError("error.seat_exists", seat=wanted.code, term=the.name)
    town = town_of(unit, the, wanted, on)
    person = person_elected(unit, elected)
    query = select(Seat.code).where(
        Seat.term_id == the.id, Seat.person_id == person.id, Seat.level == wanted.level, *counting_on(on)
    )
    if (held := unit.scalar(query)) is not None:
        raise ConflictError("error.holds_a_seat", name=person.name, seat=held)
    row = Seat(
        id=stable_id("s", the.name, wanted.code), code=wanted.code, term_id=the.id, person_id=person.id,
        level=wanted.level, district_code=wanted.district, electing_unit=wanted.electing_unit, town_code=town,
        starts_on=on, ends_on=the.ends_on,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    note(unit, act, row, kind=ENROLLED, starts_on=on, decision=decision)
    return row


def town_of(unit: Session, term: Term, wanted: Wanted, on: date) -> str:
    """Give the town of a seat, once its district has room or its electing unit is named."""
    layer = LAYER_OF.get(wanted.level)
    if layer is None:
        if not wanted.electing_unit or wanted.district:
            raise BadRequestError("error.enrol_unit")
        return wanted.town
    due = seats_due(unit, term, on)
    if (layer, wanted.district) not in due:
        raise BadRequestError("error.enrol_district", district=wanted.district)
    seats, town = due[layer, wanted.district]
    query = select(Seat.code).where(
        Seat.term_id == term.id, Seat.level == wanted.level, Seat.district_code == wanted.district,
        Seat.starts_on <= on, (Seat.ends_on.is_(None)) | (Seat.ends_on > on),
    )  # fmt: skip
    held = list(unit.scalars(query))
    if len(held) >= seats:
        raise ConflictError("error.enrol_full", district=wanted.district, seats=seats, held=" ".join(sorted(held)))
    return town or wanted.town


@dataclass(frozen=True, slots=True, kw_only=True)
class Dual:
    """A person who holds seats at more than one level on a day; an act counts for one of them only."""

    person: str
    name: str
    seats: tuple[tuple[str, str], ...]  # level and code, the lowest level first: the one that counts by default


def dual_seats(unit: Session, term: Term, day: date) -> tuple[Dual, ...]:
    """List who holds seats at more than one level on a day, by name."""
    held: dict[str, list[tuple[str, str]]] = {}
    names: dict[str, str] = {}
    query = (
        select(Seat.person_id, Person.name, Seat.level, Seat.code)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, *counting_on(day))
    )
    for person, name, level, code in unit.execute(query):
        held.setdefault(person, []).append((level, code))
        names[person] = name
    found = [
        Dual(
            person=person, name=names[person],
            seats=tuple(sorted(seats, key=lambda seat: (-LEVELS.index(seat[0]), seat[1]))),
        )
        for person, seats in held.items()
        if len(seats) > 1
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.name, row.person)))
