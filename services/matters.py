"""Matters as they are read: one with its clocks, why each deadline is, its history, and what may happen to it next."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.calendar import Workdays
from congress.permissions import Subject
from congress.process.book import ProcessBook, Words
from congress.process.engine import NOTES, ClockStanding, Event, Standing, replay
from congress.process.engine import options as engine_options
from data.messages import LANGUAGES, say
from data.practices import names as shipped_books
from data.practices import text as shipped_text
from data.tables import (
    Area,
    Generation,
    Grid,
    MatterEvent,
    MatterFollower,
    MatterRow,
    Person,
    ProcessBookRow,
    Seat,
    Station,
    Term,
)
from services.calendar import workdays
from services.errors import NotFoundError
from services.instance import setting
from services.matters_books import read_book
from services.matters_events import events_of, in_words

Both = Mapping[str, str]  # a text in zh and en
RESIDENT = "resident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running of one clock: against whom it counts, until when, and how that was computed.

    who: the name of the handling unit. reason, counted: message keys with facts; counted names the days left out.
    """

    clock: str
    title: Both
    against: str
    who: str
    started: datetime
    due: datetime | None
    stopped: datetime | None
    paused: bool
    late: bool
    provisional: bool
    assumed: bool
    basis: Both
    reason: Mapping[str, Any]
    counted: Mapping[str, Any] | None

    def left(self, now: datetime) -> timedelta | None:
        """How much time is left (negative: how long it is overdue); None when it has stopped or is paused."""
        return None if self.stopped is not None or self.due is None else self.due - now


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A code with the name that people know; both empty where there is none."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter as it stands at an instant. clocks: the newest running of each, the running ones first."""

    id: int
    code: str
    book: str
    book_title: Both
    text: str
    channel: str
    place: str
    lon: float | None
    lat: float | None
    grid: Named
    village: Named
    town: Named
    station: Named
    deputy: Named  # the code is the person's id
    seat: str
    level: str
    district: str
    unit: str
    kind: str
    kind_title: Both | None
    state: str
    state_title: Both
    holder: str
    ended: bool
    received_at: datetime
    last_at: datetime
    ended_at: datetime | None
    events: int
    followers: int
    clocks: tuple[Clock, ...]
    due: datetime | None
    late: bool
    provisional: bool
    rating: str
    rating_title: Both | None
    activity: str
    reason: Mapping[str, Any]
    merged_into: str
    merged: tuple[str, ...]
    via: str  # the code of the merged matter whose ticket was shown
    seal: str
    generation: str
    plan: int | None
    term: str
    entered_by: str
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event of a matter's history; note: it changed no state."""

    seq: int
    move: str
    title: Both
    at: datetime
    actor: str
    role: str
    facts: Mapping[str, Any]
    before: str
    after: str
    after_title: Both
    note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What must be said with a move; choices (by their codes) where it is not free text."""

    name: str
    title: Both
    choices: Mapping[str, Both] = field(default_factory=dict)
    offered: tuple[str, ...] = ()  # texts to choose from, others are taken too


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A move out of the present state for one role: allowed or why not, and what it needs."""

    move: str
    title: Both
    allowed: bool
    why: Mapping[str, Any]
    needs: tuple[Need, ...]


def by_code(unit: Session, code: str, *, now: datetime) -> Matter:
    """Give one matter by its number. Raises NotFoundError."""
    return read(unit, [row_by_code(unit, code)], now=now)[0]


def row_by_code(unit: Session, code: str) -> MatterRow:
    """Give the row of a matter. Raises NotFoundError."""
    row = unit.scalar(select(MatterRow).where(MatterRow.code == code))
    if row is None:
        raise NotFoundError("error.no_such_matter", matter=code[:40])
    return row


def plain_ticket(ticket: str) -> str:
    """Write a ticket as it is kept: capitals, without the dashes and blanks that people type."""
    return "".join(letter for letter in ticket.upper() if letter.isalnum())[:16]


def row_by_ticket(unit: Session, ticket: str) -> MatterRow:
    """Give the matter that a ticket was given for. Raises NotFoundError, the same for every wrong one."""
    query = (
        select(MatterRow)
        .join(MatterFollower, MatterFollower.matter_id == MatterRow.id)
        .where(MatterFollower.ticket == plain_ticket(ticket))
    )
    row = unit.scalar(query)
    if row is None:
        raise NotFoundError("error.no_such_ticket")
    return row


def by_ticket(unit: Session, ticket: str, *, now: datetime) -> Matter:
    """Give the matter that a ticket follows: where its own was merged, the one that is being worked on."""
    row = row_by_ticket(unit, ticket)
    root = root_of(unit, row)
    return read(unit, [root], now=now, via=row.code if root is not row else "")[0]


def root_of(unit: Session, row: MatterRow) -> MatterRow:
    """Follow merged matters to the one that is worked on."""
    while row.merged_into_id is not None:
        row = unit.get_one(MatterRow, row.merged_into_id)
    return row


def subject_of(matter: Matter) -> Subject:
    """Say whose matter it is and where, for the permission question."""
    return Subject(
        person=matter.deputy.code, town=matter.town.code, station=matter.station.code, grid=matter.grid.code,
        unit=matter.unit,
    )  # fmt: skip


def history(unit: Session, matter: Matter) -> tuple[Happened, ...]:
    """Give the events of a matter, the first one first."""
    book = book_by_matter(unit, matter.id)
    rows = unit.scalars(select(MatterEvent).where(MatterEvent.matter_id == matter.id).order_by(MatterEvent.seq))
    return tuple(
        Happened(
            seq=row.seq, move=row.move, title=move_title(book, row.move), at=row.at, actor=row.actor, role=row.role,
            facts=dict(row.facts), before=row.before, after=row.after, after_title=both(book.states[row.after].title),
            note=row.move in NOTES,
        )
        for row in rows
    )  # fmt: skip


def options(unit: Session, matter: Matter, role: str = RESIDENT) -> tuple[Next, ...]:
    """List what a role may do with a matter now, and what only others may, each with its reason."""
    book = book_by_matter(unit, matter.id)
    standing = replay(book, events_of(unit, [matter.id])[matter.id], workdays(unit))
    units = tuple(str(one) for one in setting(unit, "matters.units"))
    return tuple(
        Next(
            move=option.move, title=move_title(book, option.move), allowed=option.allowed,
            why={"key": option.why_key, "facts": option_facts(book, option.facts)},
            needs=tuple(need_of(book, need, units) for need in book.moves[option.move].needs),
        )
        for option in engine_options(book, standing, role)
    )  # fmt: skip


def option_facts(book: ProcessBook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give an option's facts in words."""
    named = {"move": move_title(book, str(facts["move"])), "who": in_words("process.role", facts["who"])}
    return {**facts, **named}


def need_of(book: ProcessBook, need: str, units: tuple[str, ...]) -> Need:
    """Say what a move needs, with what can be chosen."""
    choices = {
        "class": book.classes, "elsewhere": book.elsewhere, "reply_kind": book.reply_kinds, "rating": book.ratings,
    }.get(need, {})  # fmt: skip
    return Need(
        name=need, title=in_words("process.need", [need]),
        choices={code: both(words) for code, words in choices.items()},
        offered=units if need == "unit" else (),
    )  # fmt: skip


def both(words: Words) -> Both:
    """Give a book's text as a mapping of languages."""
    return {"zh": words.zh, "en": words.en}


def move_title(book: ProcessBook, move: str) -> Both:
    """Give the words for a move or a note."""
    if move in book.moves:
        return both(book.moves[move].title)
    return {lang: say(f"matter.note.{move}", lang) for lang in LANGUAGES}


def book_by_matter(unit: Session, matter_id: int) -> ProcessBook:
    """Give the book of one matter."""
    query = select(ProcessBookRow).join(MatterRow, MatterRow.book_id == ProcessBookRow.id)
    row = unit.scalars(query.where(MatterRow.id == matter_id)).one()
    return read_book(row.text, row.name)


def kinds(unit: Session) -> dict[str, Both]:
    """Give the classes of the book in use and of every book that a matter came in under, the book in use first."""
    texts = [(shipped_text(name), name) for name in (str(setting(unit, "matters.book")),) if name in shipped_books()]
    texts += [(row.text, row.name) for row in unit.scalars(select(ProcessBookRow).order_by(ProcessBookRow.id))]
    found: dict[str, Both] = {}
    for text, name in texts:
        for code, words in read_book(text, name).classes.items():
            found.setdefault(code, both(words))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The names that many matters share, read once for all of them."""

    people: Mapping[str, str]
    seats: Mapping[str, tuple[str, str, str]]  # code, level, district
    stations: Mapping[tuple[int | None, str], str]
    areas: Mapping[tuple[int | None, str], str]
    grids: Mapping[tuple[int | None, str], str]
    generations: Mapping[int, str]
    terms: Mapping[int, str]
    books: Mapping[int, ProcessBook]
    codes: Mapping[int, str]
    merged: Mapping[int, tuple[str, ...]]
    followers: Mapping[int, int]
    instance: str


def read(unit: Session, rows: Sequence[MatterRow], *, now: datetime, via: str = "") -> tuple[Matter, ...]:
    """Read matters as they stand at an instant, in the order of the rows."""
    calendar = workdays(unit)
    events = events_of(unit, [row.id for row in rows])
    around = surroundings(unit, rows)
    return tuple(matter_of(row, events[row.id], around, calendar, now, via) for row in rows)


def surroundings(unit: Session, rows: Sequence[MatterRow]) -> Surroundings:
    """Read the names around some matters."""
    ids = [row.id for row in rows]
    generations = {row.generation_id for row in rows if row.generation_id is not None}
    of_station = select(Station.generation_id, Station.code, Station.name).where(
        Station.generation_id.in_(generations), Station.code.in_({row.station_code for row in rows})
    )
    of_area = select(Area.generation_id, Area.code, Area.name).where(
        Area.generation_id.in_(generations),
        Area.code.in_({row.town_code for row in rows} | {row.village_code for row in rows}),
    )
    of_grid = select(Grid.generation_id, Grid.code, Grid.name).where(
        Grid.generation_id.in_(generations), Grid.code.in_({row.grid_code for row in rows})
    )
    of_seat = select(Seat.id, Seat.code, Seat.level, Seat.district_code).where(
        Seat.id.in_({row.seat_id for row in rows if row.seat_id})
    )
    of_person = select(Person.id, Person.name).where(Person.id.in_({row.person_id for row in rows if row.person_id}))
    books = unit.scalars(select(ProcessBookRow).where(ProcessBookRow.id.in_({row.book_id for row in rows})))
    children, merged = merged_below(unit, ids)
    tickets = select(MatterFollower.matter_id, func.count()).where(MatterFollower.matter_id.in_([*ids, *children]))
    counted: dict[int, int] = defaultdict(int)
    for matter, number in unit.execute(tickets.group_by(MatterFollower.matter_id)):
        counted[children.get(matter, matter)] += number
    into = {row.merged_into_id for row in rows if row.merged_into_id is not None}
    return Surroundings(
        people=dict(unit.execute(of_person).all()),
        seats={seat: (code, level, district) for seat, code, level, district in unit.execute(of_seat)},
        stations={(of, code): name for of, code, name in unit.execute(of_station)},
        areas={(of, code): name for of, code, name in unit.execute(of_area)},
        grids={(of, code): name for of, code, name in unit.execute(of_grid)},
        generations=pairs(unit, select(Generation.id, Generation.name).where(Generation.id.in_(generations))),
        terms=pairs(unit, select(Term.id, Term.name).where(Term.id.in_({row.term_id for row in rows}))),
        books={row.id: read_book(row.text, row.name) for row in books},
        codes=pairs(unit, select(MatterRow.id, MatterRow.code).where(MatterRow.id.in_(into))),
        merged=merged, followers=counted, instance=str(setting(unit, "instance.name")),
    )  # fmt: skip


def pairs(unit: Session, query: Any) -> dict[int, str]:
    """Read names by their ids."""
    return {row[0]: row[1] for row in unit.execute(query)}


def merged_below(unit: Session, ids: Sequence[int]) -> tuple[dict[int, int], dict[int, tuple[str, ...]]]:
    """Give every matter that lies in one of these (id → the one it lies in), and their codes by that one."""
    inside: dict[int, int] = {}
    codes: dict[int, list[str]] = defaultdict(list)
    layer = {one: one for one in ids}
    while layer:
        query = select(MatterRow.id, MatterRow.merged_into_id, MatterRow.code)
        found = unit.execute(query.where(MatterRow.merged_into_id.in_(layer)).order_by(MatterRow.code)).all()
        layer = {row.id: layer[row.merged_into_id or 0] for row in found if row.id not in inside}
        for row in found:
            if row.id in layer:
                codes[layer[row.id]].append(row.code)
        inside |= layer
    return inside, {one: tuple(sorted(named)) for one, named in codes.items()}


def matter_of(
    row: MatterRow, events: Sequence[Event], around: Surroundings, calendar: Workdays, now: datetime, via: str
) -> Matter:
    """Dress one row with its names and clocks."""
    book = around.books[row.book_id]
    standing = replay(book, events, calendar, until=max(now, row.last_at))
    of = row.generation_id
    seat, level, district = around.seats.get(row.seat_id or "", ("", "", ""))
    station = Named(code=row.station_code, name=around.stations.get((of, row.station_code), row.station_code))
    town = Named(code=row.town_code, name=around.areas.get((of, row.town_code), row.town_code))
    whose = {"station": station.name, "town": town.name, "department": row.unit, "congress": around.instance}
    clocks = tuple(clock_of(book, clock, whose, calendar) for clock in newest(standing))
    state = book.states[row.state]
    running = [clock for clock in clocks if clock.stopped is None and clock.due is not None]
    return Matter(
        id=row.id, code=row.code, book=book.name, book_title=both(book.title), text=row.text, channel=row.channel,
        place=row.place, lon=row.lon, lat=row.lat,
        grid=Named(code=row.grid_code, name=around.grids.get((of, row.grid_code), row.grid_code)),
        village=Named(code=row.village_code, name=around.areas.get((of, row.village_code), row.village_code)),
        town=town, station=station,
        deputy=Named(code=row.person_id or "", name=around.people.get(row.person_id or "", "")),
        seat=seat, level=level, district=district, unit=row.unit, kind=row.kind,
        kind_title=both(book.classes[row.kind]) if row.kind in book.classes else None,
        state=row.state, state_title=both(state.title), holder=row.holder, ended=state.end,
        received_at=row.received_at, last_at=row.last_at, ended_at=row.ended_at, events=row.events,
        followers=around.followers.get(row.id, 0), clocks=clocks,
        due=min((clock.due for clock in running if clock.due), default=None),
        late=any(clock.late for clock in running), provisional=any(clock.provisional for clock in running),
        rating=row.rating, rating_title=both(book.ratings[row.rating]) if row.rating in book.ratings else None,
        activity=row.activity_code, reason=dict(row.reason),
        merged_into=around.codes.get(row.merged_into_id or 0, ""), merged=around.merged.get(row.id, ()), via=via,
        seal=row.seal, generation=around.generations.get(of or 0, ""), plan=row.plan_id,
        term=around.terms.get(row.term_id, ""), entered_by=row.entered_by, synthetic=row.synthetic,
    )  # fmt: skip


def newest(standing: Standing) -> list[ClockStanding]:
    """Give the last running of each clock, those that still run first."""
    last = {clock.clock: clock for clock in standing.clocks}
    return sorted(last.values(), key=lambda clock: (clock.stopped is not None, clock.started, clock.clock))


def clock_of(book: ProcessBook, clock: ClockStanding, whose: Mapping[str, str], calendar: Workdays) -> Clock:
    """Dress one clock with the words of its book and the days that were left out."""
    the = book.clocks[clock.clock]
    facts = dict(clock.reason_facts)
    counted = None
    if "begins" in facts:
        reason = calendar.deadline(date.fromisoformat(facts["begins"]), int(facts["working_days"])).reason
        counted = {"key": reason.key, "facts": dict(reason.facts)}
    return Clock(
        clock=clock.clock, title=both(the.title), against=clock.counts_against,
        who=whose.get(clock.counts_against, ""), started=clock.started, due=clock.due, stopped=clock.stopped,
        paused=clock.stopped is None and clock.due is None, late=clock.late, provisional=clock.provisional,
        assumed=the.assumed, basis=both(the.basis), reason={"key": clock.reason_key, "facts": facts}, counted=counted,
    )  # fmt: skip
