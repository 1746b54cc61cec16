"""A deputy's file (履职档案) for a period: seats, acts, points with reasons, duties, matters, presence; one reading."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF
from data.tables import (
    ActivityPerson,
    ActivityRow,
    Area,
    District,
    Generation,
    Grid,
    LedgerEntry,
    Person,
    Seat,
    SeatEvent,
    Station,
    Term,
)
from scoring.rules import Words
from services.closings import PeriodState, state_of
from services.errors import NotFoundError
from services.instance import setting, the_term
from services.points import Statement, books, period_of, statement
from services.rankings import band_at, bands_in
from services.seats import SUSPENDED

CALLED = ("roll_call", "meeting")  # sources of acts at which presence was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatHeld:
    """A seat that a person holds or held in the term; `away`: the days of its suspensions, half-open."""

    code: str
    level: str
    district: str
    town: str
    group: str
    role: str
    starts_on: date
    ends_on: date | None
    away: tuple[tuple[date, date | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActDone:
    """A verified act of the period; `seat` is the one it is credited to, `tenths` all that the ledger gave for it."""

    code: str
    on: date
    kind: str
    title: str
    place: str
    mode: str
    seat: str
    level: str
    role: str
    served: int
    called: bool
    tenths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterHandled:
    """A resident's matter that came to the deputy, and how it ended; kind and state in both languages.

    what: the resident's words, cut; they stay inside the file.  kind: what a paper for everybody says instead.
    """

    code: str
    on: date
    what: str
    kind: dict[str, str]
    place: str
    state: dict[str, str]
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A rule book that was adopted: title in both languages, version, from which day, by which decision."""

    title: dict[str, str]
    version: str
    since: date
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The grade band (等次) of a seat's year: the rule book's words and the tenths from which it begins.

    band, start: None for a total below the lowest band.
    """

    seat: str
    tenths: int
    band: Words | None
    start: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceFile:
    """Everything of one deputy in one period; of one seat when `seat` is named: its points, and all acts beside.

    state: how the period stands.  digest: SHA-256 of the ledger's rows that the points are the sum of.
    decisions: by which the rule books of the period were adopted.  grades: one a seat, where there are any.
    """

    term: str
    term_starts: date
    person: str
    name: str
    seat: str
    seats: tuple[SeatHeld, ...]
    statement: Statement
    acts: tuple[ActDone, ...]
    matters: tuple[MatterHandled, ...]
    places: dict[str, str]
    state: PeriodState
    digest: str
    decisions: tuple[Adopted, ...]
    grades: tuple[Grade, ...]
    synthetic: bool

    @property
    def elsewhere(self) -> tuple[ActDone, ...]:
        """The acts that another seat of the same person is credited with."""
        return tuple(act for act in self.acts if self.seat and act.seat != self.seat)

    @property
    def called(self) -> tuple[ActDone, ...]:
        """The acts at which somebody took the roll."""
        return tuple(act for act in self.acts if act.called)


def performance_file(
    unit: Session,
    *,
    person: str,
    period: str,
    today: date,
    term: str | None = None,
    seat: str = "",
    matters: Sequence[MatterHandled] = (),
) -> PerformanceFile:
    """Gather a deputy's file. Raises NotFoundError for an unknown deputy or a seat that is not theirs."""
    the = the_term(unit, term)
    found = statement(unit, person=person, period=period, term=the.name, seat=seat)
    seats = seats_held(unit, the, found.person)
    if seat and seat not in {held.code for held in seats}:
        raise NotFoundError("error.no_such_seat", seat=seat, term=the.name)
    acts = acts_done(unit, the, found)
    named = unit.get_one(Person, found.person)
    state = state_of(unit, the, period_of(the, found.period), today)
    filed = [held for held in seats if not seat or held.code == seat]
    return PerformanceFile(
        term=the.name, term_starts=the.starts_on, person=found.person, name=found.name, seat=seat, seats=seats,
        statement=found, acts=acts, matters=tuple(matters),
        places=place_names(unit, the, {line.place for line in found.lines if line.place}),
        state=state, digest=digest_of_lines(found), decisions=decisions(unit, found),
        grades=grades(unit, the, found, filed) if state.over else (),
        synthetic=named.synthetic,
    )  # fmt: skip


def grades(unit: Session, term: Term, found: Statement, seats: Sequence[SeatHeld]) -> tuple[Grade, ...]:
    """Give the band of every seat held in a year that is over, by the book in force at its end.

    Internal as a ranking is: nothing while rankings are off, and nothing where the book has no bands.
    """
    bands = bands_in(unit, term, found.period) if setting(unit, "rankings") != "off" else ()
    held = [one for one in seats if one.starts_on < found.ends and (one.ends_on is None or one.ends_on > found.starts)]
    return tuple(
        Grade(seat=one.code, tenths=tenths, band=band.title if band else None, start=band.start if band else None)
        for one in held
        if bands
        for tenths in [found.by_seat.get(one.code, 0)]
        for band in [band_at(bands, tenths)]
    )


def seats_held(unit: Session, term: Term, person: str) -> tuple[SeatHeld, ...]:
    """Give the seats of a person in a term, the lower code first."""
    rows = unit.scalars(select(Seat).where(Seat.term_id == term.id, Seat.person_id == person).order_by(Seat.code)).all()
    away: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    events = select(SeatEvent).where(SeatEvent.seat_id.in_([row.id for row in rows]), SeatEvent.kind == SUSPENDED)
    for event in unit.scalars(events.order_by(SeatEvent.starts_on)):
        away[event.seat_id].append((event.starts_on, event.ends_on))
    towns = dict(area_names(unit, term, {row.town_code for row in rows}))
    return tuple(
        SeatHeld(
            code=row.code, level=row.level, district=district_of(unit, term, row), town=towns.get(row.town_code, ""),
            group=row.group_name, role=row.role, starts_on=row.starts_on, ends_on=row.ends_on, away=tuple(away[row.id]),
        )
        for row in rows
    )  # fmt: skip


def district_of(unit: Session, term: Term, seat: Seat) -> str:
    """Name the electoral district of a seat in the newest map of the term, or the unit that elected it."""
    if not seat.district_code:
        return seat.electing_unit
    query = (
        select(District.name)
        .join(Generation, Generation.id == District.generation_id)
        .where(Generation.term_id == term.id, District.layer == LAYER_OF.get(seat.level, seat.level),
               District.code == seat.district_code)
        .order_by(District.generation_id.desc())
        .limit(1)
    )  # fmt: skip
    return unit.scalar(query) or seat.district_code


def area_names(unit: Session, term: Term, codes: Iterable[str]) -> Sequence[tuple[str, str]]:
    """Name areas by the newest map of the term that has them."""
    query = (
        select(Area.code, Area.name)
        .join(Generation, Generation.id == Area.generation_id)
        .where(Generation.term_id == term.id, Area.code.in_(sorted(codes)))
        .order_by(Area.generation_id)
    )
    return [(code, name) for code, name in unit.execute(query)]


def place_names(unit: Session, term: Term, codes: Iterable[str]) -> dict[str, str]:
    """Name grids and stations by the newest map of the term that has them."""
    wanted = sorted(codes)
    found: dict[str, str] = {}
    for sort in (Station, Grid):
        query = (
            select(sort.code, sort.name)
            .join(Generation, Generation.id == sort.generation_id)
            .where(Generation.term_id == term.id, sort.code.in_(wanted))
            .order_by(sort.generation_id)
        )
        found |= dict(unit.execute(query).all())
    return found


def acts_done(unit: Session, term: Term, found: Statement) -> tuple[ActDone, ...]:
    """Give the verified acts of a person in a period, with what the ledger gave for each, whenever it was counted."""
    query = (
        select(ActivityRow, ActivityPerson.role, Seat.code, Seat.level)
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .join(Seat, Seat.id == ActivityPerson.seat_id)
        .where(ActivityRow.term_id == term.id, ActivityPerson.person_id == found.person,
               ActivityRow.state == "verified", ActivityRow.on >= found.starts, ActivityRow.on < found.ends)
        .order_by(ActivityRow.on, ActivityRow.code)
    )  # fmt: skip
    rows = [(act, role, seat, level) for act, role, seat, level in unit.execute(query)]
    given: dict[str, int] = defaultdict(int)
    entries = select(LedgerEntry.activity_code, LedgerEntry.tenths).where(
        LedgerEntry.term_id == term.id, LedgerEntry.person_id == found.person
    )
    for code, tenths in unit.execute(entries):
        given[code] += tenths
    places = place_names(unit, term, {act.grid_code or act.station_code for act, *_ in rows})
    return tuple(
        ActDone(
            code=act.code, on=act.on, kind=act.kind, title=act.title, mode=act.mode,
            place=places.get(act.grid_code or act.station_code, ""), seat=seat, level=level, role=role,
            served=act.served or 0, called=act.source in CALLED or role == "present", tenths=given[act.code],
        )
        for act, role, seat, level in rows
    )  # fmt: skip


def digest_of_lines(found: Statement) -> str:
    """Give the SHA-256 of the ledger's rows under a statement, as 64 hex digits."""
    rows = [
        [line.entry, line.seat, line.activity, line.rule, line.on.isoformat(), line.tenths, line.reverses]
        for line in found.lines
    ]
    text = json.dumps([found.person, found.period, rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def decisions(unit: Session, found: Statement) -> tuple[Adopted, ...]:
    """Name the rule books in force in a period, the latest first."""
    named: list[Adopted] = []
    for row, book in books(unit):
        if row.adopted_from < found.ends:
            named.append(
                Adopted(title=dict(book.title), version=row.version, since=row.adopted_from,
                        decision=row.decision or "")
            )  # fmt: skip
            if row.adopted_from <= found.starts:
                break
    return tuple(named)
