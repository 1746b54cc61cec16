"""Seats in the middle of a term: by-election, suspension and end, each counting from its day, and what is vacant."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF
from data.tables import District, Generation, InForce, Person, Seat, SeatEvent, Term
from services.act import Act, record, touch_atlas
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import refuse_frozen, the_term
from services.keeping import stable_id

ENDS = ("resigned", "recalled", "died", "moved_away", "absent", "disqualified")  # Deputies Law, article 62, and death
SUSPENDED, BY_ELECTION = "suspended", "by_election"


def counting_on(day: Any) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions under which a seat counts on a day (a date, or a column of dates)."""
    return (Seat.starts_on <= day, (Seat.ends_on.is_(None)) | (Seat.ends_on > day), ~suspended_on(day))


def suspended_on(day: Any) -> ColumnElement[bool]:
    """Give the condition under which a seat is suspended on a day; the day it resumes counts again."""
    return (
        select(SeatEvent.id)
        .where(
            SeatEvent.seat_id == Seat.id,
            SeatEvent.kind == SUSPENDED,
            SeatEvent.starts_on <= day,
            (SeatEvent.ends_on.is_(None)) | (SeatEvent.ends_on > day),
        )
        .exists()
    )


def away_on(unit: Session, term: int, day: date) -> frozenset[str]:
    """Name the seats of a term that do not count on a day: not begun, ended, or suspended."""
    counting = select(Seat.id).where(Seat.term_id == term, *counting_on(day))
    return frozenset(unit.scalars(select(Seat.code).where(Seat.term_id == term, Seat.id.not_in(counting))))


def the_seat(unit: Session, term: Term, code: str) -> Seat:
    """Find a seat of a term by its code. Raises NotFoundError."""
    found = unit.scalar(select(Seat).where(Seat.term_id == term.id, Seat.code == code))
    if found is None:
        raise NotFoundError("error.no_such_seat", seat=code, term=term.name)
    return found


def ready(unit: Session, act: Act, term: str | None, decision: str) -> Term:
    """Find the term of a seat's event. Raises ConflictError when it is frozen, BadRequestError without a decision."""
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    if not decision.strip():
        raise BadRequestError("error.decision_missing")
    return the


def within(term: Term, on: date) -> None:
    """Refuse a day outside the term."""
    if on < term.starts_on or (term.ends_on is not None and on >= term.ends_on):
        raise BadRequestError("error.day_outside_term", day=on.isoformat(), term=term.name)


def end_seat(
    unit: Session, act: Act, *, seat: str, kind: str, on: date, decision: str, term: str | None = None
) -> SeatEvent:
    """End a seat: from `on` it no longer counts. The seat is vacant until a by-election fills it."""
    the = ready(unit, act, term, decision)
    if kind not in ENDS:
        raise BadRequestError("error.seat_end_kind", kind=kind, known=" ".join(ENDS))
    row = the_seat(unit, the, seat)
    within(the, on)
    if row.ends_on is not None and not (the.ends_on is not None and row.ends_on >= the.ends_on):
        raise ConflictError("error.seat_ended", seat=seat, on=row.ends_on.isoformat())
    if on < row.starts_on:
        raise BadRequestError("error.seat_not_begun", seat=seat, on=row.starts_on.isoformat())
    row.ends_on = on
    row.row_version += 1
    return note(unit, act, row, kind=kind, starts_on=on, decision=decision)


def suspend_seat(
    unit: Session, act: Act, *, seat: str, on: date, until: date | None = None, decision: str, term: str | None = None
) -> SeatEvent:
    """Suspend a seat from `on`, up to but without `until`: it neither answers for a place nor scores meanwhile."""
    the = ready(unit, act, term, decision)
    row = the_seat(unit, the, seat)
    within(the, on)
    if until is not None and until <= on:
        raise BadRequestError("error.empty_span", starts=on.isoformat(), ends=until.isoformat())
    if row.ends_on is not None and row.ends_on <= on:
        raise ConflictError("error.seat_ended", seat=seat, on=row.ends_on.isoformat())
    if on < row.starts_on:
        raise BadRequestError("error.seat_not_begun", seat=seat, on=row.starts_on.isoformat())
    for other in unit.scalars(select(SeatEvent).where(SeatEvent.seat_id == row.id, SeatEvent.kind == SUSPENDED)):
        if (other.ends_on is None or on < other.ends_on) and (until is None or other.starts_on < until):
            raise ConflictError("error.seat_suspended", seat=seat, on=other.starts_on.isoformat())
    row.row_version += 1
    return note(unit, act, row, kind=SUSPENDED, starts_on=on, ends_on=until, decision=decision)


def resume_seat(unit: Session, act: Act, *, seat: str, on: date, decision: str, term: str | None = None) -> SeatEvent:
    """Let a suspended seat count again from `on`."""
    the = ready(unit, act, term, decision)
    row = the_seat(unit, the, seat)
    within(the, on)
    query = (
        select(SeatEvent)
        .where(SeatEvent.seat_id == row.id, SeatEvent.kind == SUSPENDED, SeatEvent.starts_on < on,
               (SeatEvent.ends_on.is_(None)) | (SeatEvent.ends_on > on))
    )  # fmt: skip
    standing = unit.scalar(query)
    if standing is None:
        raise ConflictError("error.seat_not_suspended", seat=seat, on=on.isoformat())
    standing.ends_on = on
    standing.decision = f"{standing.decision}；{decision}"[:200]
    standing.row_version += 1
    row.row_version += 1
    record(unit, act, "seat.resume", seat=row.code, on=on.isoformat())
    touch_atlas(unit)
    return standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Elected:
    """Who was elected: a person already on record (by code alone), or a new one with a name."""

    code: str
    name: str = ""
    sex: str = ""
    birth_year: int | None = None


def by_election(
    unit: Session, act: Act, *, vacancy: str, elected: Elected, on: date, decision: str, seat: str = "",
    term: str | None = None,
) -> Seat:  # fmt: skip
    """Fill a vacancy from `on` by the electors (or the electing unit) that elected the one before."""
    the = ready(unit, act, term, decision)
    before = the_seat(unit, the, vacancy)
    within(the, on)
    if before.ends_on is None or before.ends_on > on:
        raise ConflictError("error.seat_not_vacant", seat=vacancy, on=on.isoformat())
    filled = unit.scalar(
        select(Seat.code).join(SeatEvent, SeatEvent.seat_id == Seat.id).where(SeatEvent.fills_seat_id == before.id)
    )
    if filled is not None:
        raise ConflictError("error.seat_filled", seat=vacancy, by=filled)
    person = person_elected(unit, elected)
    held = unit.scalar(
        select(Seat.code).where(
            Seat.term_id == the.id, Seat.person_id == person.id, Seat.level == before.level, *counting_on(on)
        )
    )
    if held is not None:
        raise ConflictError("error.holds_a_seat", name=person.name, seat=held)
    code = seat or free_code(unit, the, vacancy)
    if unit.scalar(select(Seat.id).where(Seat.term_id == the.id, Seat.code == code)) is not None:
        raise ConflictError("error.seat_exists", seat=code, term=the.name)
    row = Seat(
        id=stable_id("s", the.name, code), code=code, term_id=the.id, person_id=person.id, level=before.level,
        district_code=before.district_code, electing_unit=before.electing_unit, town_code=before.town_code,
        station_code=before.station_code, group_name=before.group_name, starts_on=on, ends_on=the.ends_on,
        synthetic=before.synthetic,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    note(unit, act, row, kind=BY_ELECTION, starts_on=on, decision=decision, fills=before.id)
    return row


def person_elected(unit: Session, elected: Elected) -> Person:
    """Find the elected person, or take them into the register."""
    known = unit.scalar(select(Person).where(Person.code == elected.code))
    if known is not None:
        if elected.name and elected.name != known.name:
            raise ConflictError("error.person_differs", code=elected.code, known=known.name, name=elected.name)
        return known
    if not elected.name:
        raise NotFoundError("error.no_such_person", code=elected.code)
    person = Person(
        id=stable_id("p", elected.code), code=elected.code, name=elected.name, sex=elected.sex,
        birth_year=elected.birth_year,
    )  # fmt: skip
    unit.add(person)
    unit.flush()
    return person


def free_code(unit: Session, term: Term, vacancy: str) -> str:
    """Give the first free number after a seat's own: S1-2, S1-3 …"""
    taken = set(unit.scalars(select(Seat.code).where(Seat.term_id == term.id, Seat.code.startswith(vacancy))))
    number = 2
    while f"{vacancy}-{number}" in taken:
        number += 1
    return f"{vacancy}-{number}"


def note(
    unit: Session, act: Act, seat: Seat, *, kind: str, starts_on: date, decision: str, ends_on: date | None = None,
    fills: str | None = None,
) -> SeatEvent:  # fmt: skip
    """Write down an event; the audit row says what happened, the decision stays with the event."""
    event = SeatEvent(
        seat_id=seat.id, kind=kind, starts_on=starts_on, ends_on=ends_on, decision=decision.strip()[:200],
        fills_seat_id=fills, recorded_by=act.actor, recorded_at=act.at,
    )  # fmt: skip
    unit.add(event)
    record(
        unit, act, f"seat.{kind}", seat=seat.code, starts_on=starts_on.isoformat(),
        ends_on=ends_on.isoformat() if ends_on else None,
    )  # fmt: skip
    touch_atlas(unit)
    return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event of a seat as the congress reads it."""

    kind: str
    starts_on: date
    ends_on: date | None
    decision: str
    fills: str
    number: int  # of the event, by which it can be taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A seat with its holder and what it is on a day: counting, suspended, ended, or not begun."""

    seat: str
    person: str
    name: str
    level: str
    district: str
    town: str
    starts_on: date
    ends_on: date | None
    state: str  # counting | suspended | ended | not_begun
    events: tuple[Happened, ...]


def list_seats(unit: Session, term: Term, day: date) -> tuple[Sitting, ...]:
    """List every seat of a term as it stands on a day, by code, with all its events."""
    codes = {seat_id: code for seat_id, code in unit.execute(select(Seat.id, Seat.code))}  # noqa: C416
    events: dict[str, list[Happened]] = {}
    query = select(SeatEvent).join(Seat, Seat.id == SeatEvent.seat_id).where(Seat.term_id == term.id)
    for row in unit.scalars(query.order_by(SeatEvent.starts_on, SeatEvent.id)):
        events.setdefault(row.seat_id, []).append(
            Happened(
                kind=row.kind, starts_on=row.starts_on, ends_on=row.ends_on, decision=row.decision,
                fills=codes.get(row.fills_seat_id or "", ""), number=row.id,
            )
        )  # fmt: skip
    rows = unit.execute(
        select(Seat, Person.id, Person.name)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id)
        .order_by(Seat.code)
    )
    return tuple(
        Sitting(
            seat=seat.code, person=person, name=name, level=seat.level, district=seat.district_code,
            town=seat.town_code, starts_on=seat.starts_on, ends_on=seat.ends_on,
            state=state_on(seat, events.get(seat.id, []), day), events=tuple(events.get(seat.id, ())),
        )
        for seat, person, name in rows
    )  # fmt: skip


def state_on(seat: Seat, events: list[Happened], day: date) -> str:
    """Say what a seat is on a day."""
    if day < seat.starts_on:
        return "not_begun"
    if seat.ends_on is not None and seat.ends_on <= day:
        return "ended"
    suspended = any(
        event.kind == SUSPENDED and event.starts_on <= day and (event.ends_on is None or day < event.ends_on)
        for event in events
    )
    return "suspended" if suspended else "counting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A seat that nobody holds: whose it was and since when, or that it was never filled (`seat` empty)."""

    level: str
    district: str
    town: str
    seat: str
    name: str
    since: date
    kind: str


def vacancies(unit: Session, term: Term, day: date) -> tuple[Vacancy, ...]:
    """List what is vacant on a day. A suspended seat is held, not vacant.

    In a directly elected congress as many are vacant as the district lacks holders; elsewhere every ended seat that no
    by-election has filled.
    """
    sitting = list_seats(unit, term, day)
    filled = {event.fills for row in sitting if row.state != "not_begun" for event in row.events}
    held = Counter((row.level, row.district) for row in sitting if row.state in ("counting", "suspended"))
    due = seats_due(unit, term, day)
    ended: dict[tuple[str, str], list[Vacancy]] = {}
    for row in sitting:
        if row.state == "ended" and row.seat not in filled and row.ends_on is not None:
            kind = next((event.kind for event in reversed(row.events) if event.kind in ENDS), "")
            ended.setdefault((row.level, row.district), []).append(
                Vacancy(level=row.level, district=row.district, town=row.town, seat=row.seat, name=row.name,
                        since=row.ends_on, kind=kind)
            )  # fmt: skip
    found: list[Vacancy] = []
    for (level, district), (seats, town) in due.items():
        short = max(0, seats - held[level, district])
        known = sorted(ended.pop((level, district), []), key=lambda row: (row.since, row.seat), reverse=True)[:short]
        found += known
        found += [
            Vacancy(level=level, district=district, town=town, seat="", name="", since=term.starts_on, kind="")
        ] * (short - len(known))
    for (level, _), rows in ended.items():
        found += rows if level not in LAYER_OF or not due else []
    return tuple(sorted(found, key=lambda row: (row.level, row.district, row.seat)))


def seats_due(unit: Session, term: Term, day: date) -> dict[tuple[str, str], tuple[int, str]]:
    """Say how many seats each electoral district elects, with its town, by the map that answers for the day."""
    query = (
        select(Generation.id)
        .join(InForce, InForce.generation_id == Generation.id)
        .where(Generation.term_id == term.id, InForce.valid_from <= day,
               (InForce.valid_to.is_(None)) | (InForce.valid_to > day))
        .order_by(InForce.id.desc())
    )  # fmt: skip
    newest = select(Generation.id).where(Generation.term_id == term.id).order_by(Generation.id.desc())
    generation = unit.scalars(query).first() or unit.scalars(newest).first()
    rows = unit.execute(
        select(District.layer, District.code, District.seats, District.town_code).where(
            District.generation_id == (generation or -1)
        )
    )
    return {(layer, code): (seats, town) for layer, code, seats, town in rows}
