"""Points: verified activities pass through the rule book of their day into a ledger that only grows."""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, aliased

from data.frames import each
from data.journal import head
from data.rules import kinds
from data.tables import (
    ActivityPerson,
    ActivityRow,
    Evidence,
    LedgerEntry,
    Person,
    RuleBookRow,
    Seat,
    SeatEvent,
    Term,
)
from scoring import Activity, Entry, award
from scoring.awards import base_points
from scoring.caps import rooms
from scoring.lateness import closed_by, explained, moved, without_points
from scoring.periods import Period
from scoring.quota import progress
from scoring.ranking import rank
from scoring.reckoning import reckonings
from scoring.rulebook import RuleBook, parse
from scoring.tenure import Tenure
from services.act import Act, record
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import refuse_frozen, setting, the_term
from services.past import Past, closed_periods, correction_row, fallen_away, in_days, late_base, past_of
from services.seats import SUSPENDED, counting_on

BESIDE = aliased(ActivityPerson)
MEMBERS = select(func.count()).where(BESIDE.activity_id == ActivityRow.id).scalar_subquery()
FILES = select(func.count()).where(Evidence.activity_id == ActivityRow.id).scalar_subquery()
LEVELS_RANKED = ("national", "province", "prefecture", "county", "town")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a scoring run did to the ledger."""

    activities: int
    added: int
    reversed: int
    kept: int
    tenths: int


def adopt(unit: Session, act: Act, *, text: str, name: str, adopted_from: date, decision: str = "") -> RuleBookRow:
    """Adopt a rule book from a day, by a decision; the same text is adopted once.

    Raises RuleBookError with every flaw, ConflictError when the day lies in a period that is closed.
    """
    book = parse(text, name=name)
    refuse_closed(unit, the_term(unit), adopted_from)
    digest = hashlib.sha256(text.encode()).hexdigest()
    standing = unit.scalar(select(RuleBookRow).where(RuleBookRow.sha256 == digest))
    if standing is not None:
        return standing
    row = RuleBookRow(
        name=book.name, version=book.version, text=text, sha256=digest, adopted_from=adopted_from, adopted_at=act.at,
        decision=decision or None,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    record(unit, act, "rules.adopt", book=book.name, version=book.version, sha256=digest,
           adopted_from=adopted_from.isoformat(), decision=decision)  # fmt: skip
    return row


def refuse_closed(unit: Session, term: Term, adopted_from: date) -> None:
    """Refuse a rule book from a day that a closed period has, or that lies before one. Raises ConflictError."""
    last = max((period.end for period in closed_periods(unit, term)), default=None)
    if last is not None and adopted_from < last:
        raise ConflictError("error.adopt_over_closed", starts=adopted_from.isoformat(), open_from=last.isoformat())


def books(unit: Session) -> list[tuple[RuleBookRow, RuleBook]]:
    """Give every adopted rule book, the latest adoption first."""
    rows = unit.scalars(select(RuleBookRow).order_by(RuleBookRow.adopted_from.desc(), RuleBookRow.id.desc()))
    return [(row, _parsed(row.text, row.name)) for row in rows]


@lru_cache(maxsize=32)
def _parsed(text: str, name: str) -> RuleBook:
    """Parse a rule book once in a process: the same text is the same book, and nobody changes one."""
    return parse(text, name=name)


def book_of(adopted: list[tuple[RuleBookRow, RuleBook]], day: date) -> tuple[RuleBookRow, RuleBook] | None:
    """Choose the rule book that is in force on a day: the latest adopted on or before it."""
    return next((pair for pair in adopted if pair[0].adopted_from <= day), None)


def verified_activities(
    unit: Session, term: Term, until: date | None, seats: frozenset[str] | None = None
) -> list[Activity]:
    """Read the verified activities of a term, one value for each person who took part; only of `seats` (ids)."""
    query = (
        select(
            ActivityRow.code, ActivityRow.kind, ActivityRow.on, Person.code, Seat.code, Seat.level,
            ActivityPerson.role, ActivityRow.mode, ActivityRow.hours_tenths, ActivityRow.half_days,
            ActivityRow.served, MEMBERS, FILES,
        )
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .join(Person, Person.id == ActivityPerson.person_id)
        .join(Seat, Seat.id == ActivityPerson.seat_id)
        .where(
            ActivityRow.term_id == term.id,
            ActivityRow.state == "verified",
            *counting_on(ActivityRow.on),
        )
        .order_by(ActivityRow.on, ActivityRow.code, Person.code)
    )  # fmt: skip
    if until is not None:
        query = query.where(ActivityRow.on <= until)
    if seats is not None:
        query = query.where(Seat.id.in_(seats))
    return [
        Activity(
            code=row[0], kind=row[1], on=row[2], person=row[3], seat=row[4], level=row[5], role=row[6], mode=row[7],
            hours_tenths=row[8], half_days=row[9], served=row[10], members=row[11],
            evidence=row[12],
        )
        for row in unit.execute(query)
    ]  # fmt: skip


def score(
    unit: Session,
    act: Act,
    *,
    term: str | None = None,
    until: date | None = None,
    seats: frozenset[str] | None = None,
    counting: "Counting | None" = None,
) -> Scored:
    """Bring the ledger in line with the verified activities: new entries are added, wrong ones reversed.

    seats: ids; only theirs are brought in line, for no cap and no entry reaches from one seat to another. Nothing is
    written into a closed period: what comes late counts on the first open day, what fell away is taken back there.
    counting: does what `entries_due` does, somewhere else (`services.parts_of_seats`).
    """
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    adopted = books(unit)
    if not adopted:
        raise ConflictError("error.no_rule_book")
    last = until or act.today
    activities = verified_activities(unit, the, until, seats)
    past = past_of(unit, the, seats)
    tenures = all_tenures(unit, the, seats)
    bases = bases_due(adopted, tenures, last)
    due = (counting or entries_due)(adopted, activities, bases, past, last)
    due += reckonings_due(adopted, activities, tenures, the, past, last)
    people, ids = _numbers_of(unit, the, seats)
    standing = standing_entries(unit, the, until, past, seats)
    added, kept = [], 0
    for book, entry in due:
        key = identity(book, entry, people, ids)
        if standing.pop(key, None) is not None:
            kept += 1
        else:
            added.append(ledger_row(act, the, book, entry, people, ids))
    undone = [reversal_row(act, row) for row in standing.values()]
    undone += [
        row
        for fallen in fallen_away(past, activities, [base for _, base in bases])
        if (row := correction_row(act, fallen, past))["on"] <= last and (until is None or fallen.on <= until)
    ]
    for rows in (undone, added):
        if rows:
            unit.execute(insert(LedgerEntry), rows)
    result = Scored(
        activities=len(activities), added=len(added), reversed=len(undone), kept=kept,
        tenths=sum(entry.tenths for _, entry in due),
    )  # fmt: skip
    record(unit, act, "score.run", term=the.name, activities=result.activities, added=result.added,
           reversed=result.reversed, kept=result.kept, tenths=result.tenths, journal=list(head(unit)))  # fmt: skip
    return result


def _numbers_of(unit: Session, term: Term, seats: frozenset[str] | None) -> tuple[dict[str, str], dict[str, str]]:
    """Give the ids of people and of seats by their codes; of `seats` (ids) only, if given."""
    query = (
        select(Person.code, Person.id, Seat.code, Seat.id)
        .join(Seat, Seat.person_id == Person.id)
        .where(Seat.term_id == term.id)
    )
    rows = unit.execute(query if seats is None else query.where(Seat.id.in_(seats))).all()
    return {row[0]: row[1] for row in rows}, {row[2]: row[3] for row in rows}


Book = tuple[RuleBookRow, RuleBook]
Counting = Callable[[list[Book], list[Activity], list[tuple[int, Entry]], Past, date], list[tuple[int, Entry]]]


def entries_due(
    adopted: list[Book], activities: list[Activity], bases: list[tuple[int, Entry]], past: Past, until: date
) -> list[tuple[int, Entry]]:
    """Give every entry that should stand in the open days, with its rule book: each day under the book of that day.

    Books share the caps of a year: what an older one gave, and what closed periods hold, counts as used. A late act
    counts on the first open day, under the book of that day, or not at all where that book says so.
    """
    late = {(one.code, one.seat): one.on for one in activities if past.is_late(one)}
    on_time = [one for one in activities if past.is_on_time(one)]
    coming = moved((one for one in activities if past.is_late(one)), past.closed)
    due: list[tuple[int, Entry]] = []
    by_book: dict[int, list[Activity]] = defaultdict(list)
    for activity in [*on_time, *(one for one in coming if one.on <= until)]:
        pair = book_of(adopted, activity.on)
        if pair is not None and pair[1].late == "nothing" and (activity.code, activity.seat) in late:
            due.append((pair[0].id, without_points(activity)))
        elif pair is not None:
            by_book[pair[0].id].append(activity)
    for row, book in reversed(adopted):
        earlier = [*past.entries, *(entry for _, entry in due)]
        due += [(row.id, entry) for entry in award(by_book[row.id], book, earlier=earlier)]
    due = [
        (book, explained(entry, late[entry.activity, entry.seat], past.closed))
        if (entry.activity, entry.seat) in late
        else (book, entry)
        for book, entry in due
    ]
    on_their_day = [(book, base) for book, base in bases if closed_by(past.closed, base.on) is None]
    missed = [(book, base) for book, base in bases if closed_by(past.closed, base.on) and not past.has(base)]
    moved_bases = [(book, explained(late_base(base, past), base.on, past.closed)) for book, base in missed]
    return due + on_their_day + [(book, base) for book, base in moved_bases if base.on <= until]


def bases_due(adopted: list[Book], tenures: list[Tenure], until: date) -> list[tuple[int, Entry]]:
    """Give the base points of every year, entered by the book in force on the year's first day."""
    due: list[tuple[int, Entry]] = []
    first_year = min((tenure.start.year for tenure in tenures), default=until.year)
    for year in range(first_year, until.year + 1):
        pair = book_of(adopted, date(year, 1, 1))
        if pair is not None and pair[1].total.base:
            due += [(pair[0].id, entry) for entry in base_points(tenures, pair[1], year) if entry.on <= until]
    return due


def reckonings_due(
    adopted: list[Book], activities: list[Activity], tenures: list[Tenure], term: Term, past: Past, until: date
) -> list[tuple[int, Entry]]:
    """Give what the books reckon at the end of windows that are over: missed duties and rates, in the open days.

    What a closed period has not settled stays unsettled; a window belongs to the book in force on its last day.
    """
    whole = period_of(term, "term")
    due: list[tuple[int, Entry]] = []
    for row, book in adopted:
        if not book.rates and not any(one.missed_each or one.missed_once for one in book.quotas.values()):
            continue
        start = max(term.starts_on, date(row.adopted_from.year, 1, 1))
        if start > until:
            continue
        days = Period(name="days", start=start, end=max(until, start) + timedelta(days=1))
        found = reckonings(activities, book, tenures, days, until=until, term=whole)
        due += [
            (row.id, entry)
            for entry in found
            if closed_by(past.closed, entry.on) is None
            and (pair := book_of(adopted, entry.on)) is not None
            and pair[0].id == row.id
        ]
    return due


def all_tenures(unit: Session, term: Term, seats: frozenset[str] | None = None) -> list[Tenure]:
    """Give the seats of a term with the days they count; only `seats` (ids) if given."""
    query = select(Seat, Person.code).join(Person, Person.id == Seat.person_id).where(Seat.term_id == term.id)
    if seats is not None:
        query = query.where(Seat.id.in_(seats))
    paused = suspensions(unit, term)
    return [
        Tenure(seat=seat.code, person=person, level=seat.level, start=seat.starts_on, end=seat.ends_on,
               paused=paused.get(seat.id, ()))
        for seat, person in unit.execute(query.order_by(Seat.code))
    ]  # fmt: skip


def suspensions(unit: Session, term: Term) -> dict[str, tuple[tuple[date, date | None], ...]]:
    """Map the seats (ids) of a term that were suspended to the days of it, half-open."""
    query = (
        select(SeatEvent.seat_id, SeatEvent.starts_on, SeatEvent.ends_on)
        .join(Seat, Seat.id == SeatEvent.seat_id)
        .where(Seat.term_id == term.id, SeatEvent.kind == SUSPENDED)
        .order_by(SeatEvent.starts_on)
    )
    found: dict[str, tuple[tuple[date, date | None], ...]] = {}
    for seat, start, end in unit.execute(query):
        found[seat] = (*found.get(seat, ()), (start, end))
    return found


Identity = tuple[int, str, str, str, str, date, int]


def identity(book: int, entry: Entry, people: dict[str, str], seats: dict[str, str]) -> Identity:
    """Say what makes two entries the same: book, act, person, seat, rule, day and points."""
    return (book, entry.activity or "", people[entry.person], seats[entry.seat], entry.rule, entry.on, entry.tenths)


def standing_entries(
    unit: Session, term: Term, until: date | None, past: Past, seats: frozenset[str] | None = None
) -> dict[Identity, LedgerEntry]:
    """Read the entries of the open days that no other entry reverses."""
    taken_back = select(LedgerEntry.reverses_id).where(LedgerEntry.reverses_id.is_not(None))
    query = select(LedgerEntry).where(LedgerEntry.term_id == term.id, LedgerEntry.reverses_id.is_(None))
    if until is not None:
        query = query.where(LedgerEntry.on <= until)
    if seats is not None:
        query = query.where(LedgerEntry.seat_id.in_(seats))
        taken_back = taken_back.where(LedgerEntry.seat_id.in_(seats))
    if past.closed:
        query = query.where(~in_days(LedgerEntry, past.closed))
    reversed_ids = set(unit.scalars(taken_back))
    return {
        (row.rule_book_id, row.activity_code, row.person_id, row.seat_id, row.rule, row.on, row.tenths): row
        for row in unit.scalars(query)
        if row.id not in reversed_ids
    }


def ledger_row(
    act: Act, term: Term, book: int, entry: Entry, people: dict[str, str], seats: dict[str, str]
) -> dict[str, Any]:
    """Give the row that an entry becomes."""
    return {
        "term_id": term.id, "person_id": people[entry.person], "seat_id": seats[entry.seat],
        "activity_code": entry.activity or "", "rule_book_id": book, "rule": entry.rule, "on": entry.on,
        "tenths": entry.tenths, "reason": {"key": entry.reason_key, "facts": dict(entry.reason_facts)},
        "reverses_id": None, "recorded_at": act.at,
    }  # fmt: skip


def reversal_row(act: Act, row: LedgerEntry) -> dict[str, Any]:
    """Give the row that takes an entry back, naming the one it reverses."""
    return {
        "term_id": row.term_id, "person_id": row.person_id, "seat_id": row.seat_id,
        "activity_code": row.activity_code, "rule_book_id": row.rule_book_id, "rule": row.rule, "on": row.on,
        "tenths": -row.tenths, "reason": {"key": "points.reversed", "facts": {"entry": row.id}},
        "reverses_id": row.id, "recorded_at": act.at,
    }  # fmt: skip


def period_of(term: Term, text: str) -> Period:
    """Read a period such as 2026, 2026Q3, 2026-11 or term. Raises BadRequestError."""
    try:
        return Period.parse(text, term=(term.starts_on, term.ends_on or date(term.starts_on.year + 5, 12, 31)))
    except ValueError as wrong:
        raise BadRequestError("error.period", period=text) from wrong


def default_period(unit: Session, term: Term, today: date) -> str:
    """Give the year a page opens with: this year, or the last one that has an entry."""
    last = unit.scalar(select(func.max(LedgerEntry.on)).where(LedgerEntry.term_id == term.id, LedgerEntry.on <= today))
    return str((last or today).year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One line of a ranking."""

    rank: int
    tied: int
    percentile: float
    seat: str
    person: str
    name: str
    town: str
    town_name: str
    tenths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A ranking inside one level: internal, a reference, never a sanction."""

    level: str
    period: str
    starts: date
    ends: date
    within: str
    lines: tuple[Ranked, ...]
    rule: str = "ranking.competition"


def ranking(
    unit: Session, *, level: str, period: str, names: dict[str, str], term: str | None = None, within: str = "",
    group: str = "",
) -> Ranking:  # fmt: skip
    """Rank the seats of one level by their points in a period; ties share a rank and are listed by seat code.

    within, group: rank inside one town, inside one deputy group.

    Raises ConflictError while the congress has not turned rankings on.
    """
    if setting(unit, "rankings") == "off":
        raise ConflictError("error.rankings_off")
    if level not in LEVELS_RANKED:
        raise BadRequestError("error.level", level=level, known=" ".join(LEVELS_RANKED))
    the = the_term(unit, term)
    span = period_of(the, period)
    sums = (
        select(LedgerEntry.seat_id, func.sum(LedgerEntry.tenths).label("tenths"))
        .where(LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
        .group_by(LedgerEntry.seat_id)
        .subquery()
    )
    query = (
        select(Seat.code, Seat.level, Seat.town_code, Person.id, Person.name, func.coalesce(sums.c.tenths, 0))
        .join(Person, Person.id == Seat.person_id)
        .outerjoin(sums, sums.c.seat_id == Seat.id)
        .where(Seat.term_id == the.id, Seat.level == level, Seat.starts_on < span.end,
               (Seat.ends_on.is_(None)) | (Seat.ends_on > span.start))
        .order_by(Seat.code)
    )  # fmt: skip
    if within:
        query = query.where(Seat.town_code == within)
    if group:
        query = query.where(Seat.group_name == group)
    columns = ["seat", "group", "town", "person", "name", "tenths"]
    totals = pd.DataFrame([tuple(row) for row in unit.execute(query)], columns=columns).astype({"tenths": "int64"})
    ranked = rank(totals)
    return Ranking(
        level=level, period=span.name, starts=span.start, ends=span.end, within=within,
        lines=tuple(
            Ranked(
                rank=int(row.rank), tied=int(row.tied), percentile=round(float(row.percentile), 1), seat=row.seat,
                person=row.person, name=row.name, town=row.town, town_name=names.get(row.town, row.town),
                tenths=int(row.tenths),
            )
            for row in each(ranked)
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLine:
    """One entry of a deputy's points with the act it stands for."""

    entry: int
    on: date
    seat: str
    activity: str
    kind: str
    title: str
    place: str
    rule: str
    tenths: int
    reason: dict[str, Any]
    reverses: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A deputy's points in a period, every one explained."""

    person: str
    name: str
    period: str
    starts: date
    ends: date
    tenths: int
    by_seat: dict[str, int]
    by_month: tuple[tuple[str, int], ...]
    lines: tuple[PointLine, ...]
    caps: tuple[dict[str, Any], ...]
    quotas: tuple[dict[str, Any], ...]
    waiting: int  # activities not yet verified
    book: dict[str, Any]
    synthetic: bool


def statement(unit: Session, *, person: str, period: str, term: str | None = None, seat: str = "") -> Statement:
    """Explain a person's points line by line."""
    the = the_term(unit, term)
    found = person_of(unit, person)
    span = period_of(the, period)
    query = (
        select(LedgerEntry, Seat.code, ActivityRow)
        .join(Seat, Seat.id == LedgerEntry.seat_id)
        .outerjoin(ActivityRow, ActivityRow.code == LedgerEntry.activity_code)
        .where(LedgerEntry.person_id == found.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
        .order_by(LedgerEntry.on, LedgerEntry.id)
    )
    if seat:
        query = query.where(Seat.code == seat)
    lines = tuple(
        PointLine(
            entry=entry.id, on=entry.on, seat=code, activity=entry.activity_code,
            kind=activity.kind if activity else "", title=activity.title if activity else "",
            place=(activity.grid_code or activity.station_code) if activity else "",
            rule=entry.rule, tenths=entry.tenths, reason=dict(entry.reason), reverses=entry.reverses_id,
        )
        for entry, code, activity in unit.execute(query)
    )  # fmt: skip
    by_seat: dict[str, int] = defaultdict(int)
    by_month: dict[str, int] = defaultdict(int)
    for line in lines:
        by_seat[line.seat] += line.tenths
        by_month[f"{line.on:%Y-%m}"] += line.tenths
    waiting = unit.scalar(
        select(func.count())
        .select_from(ActivityPerson)
        .join(ActivityRow, ActivityRow.id == ActivityPerson.activity_id)
        .where(ActivityPerson.person_id == found.id, ActivityRow.state.in_(("reported", "town_verified")),
               ActivityRow.on >= span.start, ActivityRow.on < span.end)
    )  # fmt: skip
    pair = book_of(books(unit), span.last_day)
    tenures = tenures_of(unit, the, found, seat)
    theirs = frozenset(unit.scalars(select(Seat.id).where(Seat.term_id == the.id, Seat.person_id == found.id)))
    acts = verified_activities(unit, the, None, theirs)
    return Statement(
        person=found.id, name=found.name, period=span.name, starts=span.start, ends=span.end,
        tenths=sum(line.tenths for line in lines), by_seat=dict(by_seat),
        by_month=tuple((month, by_month.get(month, 0)) for month in span.months()),
        lines=lines,
        caps=cap_lines(pair[1], lines, tenures, span) if pair else (),
        quotas=quota_lines(pair[1], acts, tenures, the, span) if pair else (),
        waiting=int(waiting or 0),
        book={"name": pair[1].name, "version": pair[1].version, "title": dict(pair[1].title),
              "assumed": pair[1].assumed} if pair else {},
        synthetic=found.synthetic,
    )  # fmt: skip


def person_of(unit: Session, person: str) -> Person:
    """Find a person by id or by the roster's number. Raises NotFoundError."""
    found = unit.get(Person, person) or unit.scalar(select(Person).where(Person.code == person))
    if found is None:
        raise NotFoundError("error.no_such_deputy", deputy=person)
    return found


def tenures_of(unit: Session, term: Term, person: Person, seat: str) -> list[Tenure]:
    """Give a person's seats of a term with the days they count; only `seat` when it is named."""
    query = select(Seat).where(Seat.term_id == term.id, Seat.person_id == person.id).order_by(Seat.code)
    paused = suspensions(unit, term)
    return [
        Tenure(
            seat=row.code,
            person=person.code,
            level=row.level,
            start=row.starts_on,
            end=row.ends_on,
            paused=paused.get(row.id, ()),
        )
        for row in unit.scalars(query)
        if not seat or row.code == seat
    ]


YEARLY = ("rule_year", "category_year", "total_year")  # bounds that a statement tells the distance to


def cap_lines(
    book: RuleBook, lines: tuple[PointLine, ...], tenures: list[Tenure], span: Period
) -> tuple[dict[str, Any], ...]:
    """Say how far each yearly cap still is, for what the seat has earned something under; the nearest first."""
    entries = [
        Entry(activity=line.activity, person="", seat=line.seat, rule=line.rule, on=line.on, tenths=line.tenths,
              reason_key=line.reason["key"], reason_facts=line.reason["facts"], reverses=line.reverses is not None)
        for line in lines
    ]  # fmt: skip
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for tenure in tenures:
        earned = {line.rule for line in lines if line.seat == tenure.seat}
        for rule, bounds in rooms(book, entries, tenure.seat, tenure.level, span.last_day).items():
            for room in bounds:
                if rule in earned and room.bound in YEARLY:
                    found[tenure.seat, room.bound, room.of] = {
                        "seat": tenure.seat, "bound": room.bound, "of": room.of, "title": dict(room.title),
                        "cap": room.limit, "used": room.used, "left": room.left,
                    }  # fmt: skip
    return tuple(sorted(found.values(), key=lambda cap: (cap["seat"], cap["left"], cap["bound"], cap["of"])))


def quota_lines(
    book: RuleBook, acts: list[Activity], tenures: list[Tenure], term: Term, span: Period
) -> tuple[dict[str, Any], ...]:
    """Say what each duty still asks for in the windows that a period touches."""
    whole = period_of(term, "term")
    return tuple(
        {"seat": line.seat, "quota": line.quota, "title": dict(line.title), "window": line.window, "due": line.due,
         "done": line.done, "missing": line.missing, "by": line.by, "assumed": line.assumed}
        for line in progress(acts, book, span, tenures, term=whole)
    )  # fmt: skip


def kind_titles() -> dict[str, dict[str, str]]:
    """Give the titles of the activity kinds in both languages."""
    return {kind.code: kind.title for kind in kinds()}
