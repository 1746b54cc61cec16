"""Recounting: every seat's points worked out afresh from its acts by a second way, beside what the ledger says."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session

from data.tables import ActivityPerson, ActivityRow, LedgerEntry, Seat, SeatEvent, Term
from scoring.activities import LEVELS
from scoring.awards import base_points
from scoring.periods import Period
from scoring.rulebook import RuleBook
from scoring.standings import Ranks, ranks
from scoring.tally import Columns, Lexicon, TallyError, tally
from services.errors import ConflictError
from services.instance import the_term
from services.points import all_tenures, book_of, books, period_of
from services.seats import SUSPENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A seat whose points the ledger and the recount do not agree on; tenths of a point."""

    seat: str
    ledger: int
    recounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What a period's acts come to. seats: codes in order; tenths, and ranks inside each level: one for each seat."""

    period: Period
    book: str
    acts: int
    seats: tuple[str, ...]
    tenths: NDArray[np.int64]
    ranks: Ranks
    differing: tuple[Differing, ...]


def recount(unit: Session, *, period: str, today: date, term: str | None = None) -> Recount:
    """Tally every verified act of the term and compare each seat's sum of the period with the ledger's.

    The ledger is written act by act by `scoring.award`, this is one pass of `scoring.tally`: two ways to one answer.
    Raises ConflictError without a rule book, for a book that only the ledger's way can award, where the days of the
    period's years have several books (the ledger then shares caps between them, a tally does not), and where a
    closed period has moved acts to later days.
    """
    the = the_term(unit, term, on=today)
    span = period_of(the, period)
    book = _the_book(unit, the, span)
    lexicon = _lexicon(book)
    seats = unit.execute(
        select(Seat.id, Seat.code, Seat.level, Seat.starts_on, Seat.ends_on)
        .where(Seat.term_id == the.id)
        .order_by(Seat.code)
    ).all()
    number = {seat.id: at for at, seat in enumerate(seats)}
    levels = np.array([LEVELS.index(seat.level) for seat in seats], dtype=np.int8)
    counting = np.array(
        [[_day(seat.starts_on), _day(seat.ends_on) if seat.ends_on else NEVER] for seat in seats], dtype=np.int32
    ).reshape((len(seats), 2))
    acts = _acts(unit, the, number, lexicon, today)
    kept = (acts.day >= counting[acts.seat, 0]) & (acts.day < counting[acts.seat, 1]) if len(acts.seat) else acts.seat
    kept = _not_suspended(unit, the, number, acts, kept.astype(bool))
    acts = _rows(acts, np.flatnonzero(kept)[np.argsort(acts.day[kept], kind="stable")])
    found = tally(acts, levels, lexicon, span)
    tenths = found.tenths + _bases(unit, the, book, span, number, {seat.code: seat.id for seat in seats}, today)
    ledger = _ledger(unit, the, span, number)
    return Recount(
        period=span, book=f"{book.name} {book.version}", acts=len(acts.seat),
        seats=tuple(seat.code for seat in seats), tenths=tenths, ranks=ranks(tenths, levels.astype(np.int64)),
        differing=tuple(
            Differing(seat=str(seats[int(at)].code), ledger=int(ledger[at]), recounted=int(tenths[at]))
            for at in np.flatnonzero(ledger != tenths)
        ),
    )  # fmt: skip


NEVER = 1 << 30


def _lexicon(book: RuleBook) -> Lexicon:
    try:
        if book.rates or any(quota.missed_each or quota.missed_once for quota in book.quotas.values()):
            raise TallyError("points for shares and for missed duties are not acts")
        return Lexicon(book)
    except TallyError as beyond:
        raise ConflictError("error.recount_beyond", book=book.title["zh"]) from beyond


def _the_book(unit: Session, the: Term, span: Period) -> RuleBook:
    adopted = books(unit)
    if not adopted:
        raise ConflictError("error.no_rule_book")
    first, last = date(span.start.year, 1, 1), date.fromordinal(span.end.toordinal() - 1)
    days = [first, *(row.adopted_from for row, _ in adopted if first < row.adopted_from <= last)]
    ruling = {pair[0].id: pair[1] for day in days if (pair := book_of(adopted, day))}
    moved = unit.scalar(
        select(func.count())
        .select_from(LedgerEntry)
        .join(ActivityRow, ActivityRow.code == LedgerEntry.activity_code)
        .where(LedgerEntry.term_id == the.id, LedgerEntry.reverses_id.is_(None), LedgerEntry.on != ActivityRow.on)
    )
    if moved:
        raise ConflictError("error.recount_late", acts=moved)
    if len(ruling) != 1:
        raise ConflictError("error.recount_books", books=len(ruling))
    return next(iter(ruling.values()))


def _acts(unit: Session, the: Term, number: dict[str, int], lexicon: Lexicon, today: date) -> Columns:
    """Read the verified acts and who took part as columns, not as objects; in no order yet."""
    ids, days, kinds, modes, hours, half_days, served = _columns(
        unit,
        select(
            ActivityRow.id, ActivityRow.on, ActivityRow.kind, ActivityRow.mode,
            func.coalesce(ActivityRow.hours_tenths, -1), func.coalesce(ActivityRow.half_days, -1),
            func.coalesce(ActivityRow.served, -1),
        ).where(ActivityRow.term_id == the.id, ActivityRow.state == "verified", ActivityRow.on <= today),
        7,
    )  # fmt: skip
    parts, seats, roles = _columns(
        unit, select(ActivityPerson.activity_id, ActivityPerson.seat_id, ActivityPerson.role), 3
    )
    act, part = np.array(ids, dtype=np.int64), np.array(parts, dtype=np.int64)
    row = np.full(max(act.max(initial=0), part.max(initial=0)) + 1, -1, dtype=np.int64)
    row[act] = np.arange(len(act))
    members = np.bincount(part, minlength=len(row))
    seat, at = _numbers(seats, number, np.int32), row[part]
    known = (at >= 0) & (seat >= 0)
    at = at[known]
    return Columns(
        seat=seat[known],
        day=_numbers(days, {day: _day(day) for day in set(days)}, np.int32)[at],
        kind=_numbers(kinds, lexicon.kinds, np.int16)[at],
        role=_numbers(roles, lexicon.roles, np.int16)[known],
        mode=_numbers(modes, lexicon.modes, np.int16)[at],
        hours_tenths=np.array(hours, dtype=np.int16)[at],
        half_days=np.array(half_days, dtype=np.int16)[at],
        served=np.array(served, dtype=np.int32)[at],
        members=members[part[known]].astype(np.int16),
    )


def _columns(unit: Session, query: Executable, many: int) -> list[tuple[Any, ...]]:
    """Read a query's columns as the driver gives them: no row is wrapped, no value converted."""
    cursor = unit.connection().execute(query).cursor
    rows = cursor.fetchall() if cursor is not None else []
    return list(zip(*rows, strict=True)) if rows else [()] * many


def _numbers(values: tuple[Any, ...], number: dict[Any, int], kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Look values up; -1 for one that is not there."""
    known = {value: number.get(value, -1) for value in set(values)}
    return np.fromiter(map(known.__getitem__, values), dtype=kind, count=len(values))


def _not_suspended(
    unit: Session, the: Term, number: dict[str, int], acts: Columns, kept: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Leave out the acts on days on which their seat was suspended."""
    query = (
        select(SeatEvent.seat_id, SeatEvent.starts_on, SeatEvent.ends_on)
        .join(Seat, Seat.id == SeatEvent.seat_id)
        .where(Seat.term_id == the.id, SeatEvent.kind == SUSPENDED)
    )
    for seat, start, end in unit.execute(query):
        last = _day(end) if end else NEVER
        kept &= ~((acts.seat == number[seat]) & (acts.day >= _day(start)) & (acts.day < last))
    return kept


def _rows(acts: Columns, rows: NDArray[np.int64]) -> Columns:
    return Columns(**{name: getattr(acts, name)[rows] for name in Columns.__slots__})


def _bases(
    unit: Session, the: Term, book: RuleBook, span: Period, number: dict[str, int], ids: dict[str, str], today: date
) -> NDArray[np.int64]:
    """Add up the base points that fall into the period."""
    sums = np.zeros(len(number), dtype=np.int64)
    if book.total.base:
        tenures = all_tenures(unit, the)
        for year in range(span.start.year, span.end.year + 1):
            for entry in base_points(tenures, book, year):
                if entry.on in span and entry.on <= today:
                    sums[number[ids[entry.seat]]] += entry.tenths
    return sums


def _ledger(unit: Session, the: Term, span: Period, number: dict[str, int]) -> NDArray[np.int64]:
    sums = np.zeros(len(number), dtype=np.int64)
    query = (
        select(LedgerEntry.seat_id, func.sum(LedgerEntry.tenths))
        .where(LedgerEntry.term_id == the.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
        .group_by(LedgerEntry.seat_id)
    )
    for seat, tenths in unit.execute(query):
        sums[number[seat]] = tenths
    return sums


def _day(day: date | str) -> int:
    """Number a day from 1970; SQLite hands dates over as text."""
    return (date.fromisoformat(day) if isinstance(day, str) else day).toordinal() - EPOCH


EPOCH = date(1970, 1, 1).toordinal()
