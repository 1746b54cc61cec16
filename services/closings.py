"""Closings: a period is closed with what every seat has, takes objections for some days, and is then frozen."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from congress.activities import OPEN_STATES
from data.journal import head
from data.tables import ActivityRow, AuditRow, Closing, ClosingBalance, LedgerEntry, Objection, Person, Seat, Term
from scoring import Entry
from scoring.ledger import Closing as Asserted
from scoring.ledger import LedgerError, balance, check_closing, close, replay
from scoring.periods import Period
from services.act import Act, record
from services.errors import ConflictError, NotFoundError
from services.instance import refuse_frozen, setting, the_term
from services.past import as_entry, closed_periods
from services.points import period_of, score


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodState:
    """How a period stands: open, closed (objections until a day) or frozen, with what is in it.

    waiting: activities that nobody has verified yet.  objections: how many in each state.  seats: with a balance.
    """

    period: str
    starts: date
    ends: date
    state: str
    over: bool
    closed_at: datetime | None = None
    closed_by: str = ""
    objections_until: date | None = None
    frozen_at: datetime | None = None
    seats: int = 0
    entries: int = 0
    tenths: int = 0
    digest: str = ""
    waiting: int = 0
    objections: Mapping[str, int] | None = None
    version: int = 0

    def takes_objections(self, today: date) -> bool:
        """Say whether an objection is taken today."""
        return self.state == "closed" and self.objections_until is not None and today <= self.objections_until


def close_period(unit: Session, act: Act, *, period: str, term: str | None = None) -> PeriodState:
    """Close a period: bring the ledger in line, replay it, and keep what every seat has as an assertion.

    Raises ConflictError while the period lasts, when it is closed already, and when the ledger contradicts itself.
    """
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    span = period_of(the, period)
    if span.end > act.today:
        raise ConflictError("error.period_not_over", period=span.name, last_day=span.last_day.isoformat())
    for other in closed_periods(unit, the):
        if other.start <= span.start and span.end <= other.end:
            raise ConflictError("error.period_closed", period=span.name, by=other.name)
    scored = score(unit, act, term=the.name)
    entries = ledger_of(unit, the)
    try:
        replay(entries)
    except LedgerError as wrong:
        raise ConflictError("error.ledger_contradicts", problem=str(wrong)) from wrong
    inside = [entry for entry in entries if entry.on in span]
    balances = close(entries, span).balances
    row = Closing(
        term_id=the.id, period=span.name, starts_on=span.start, ends_on=span.end, closed_at=act.at,
        closed_by=act.actor, objections_until=act.today + timedelta(days=int(setting(unit, "points.objection_days"))),
        entries=len(inside), last_entry=last_entry(unit, the, span), digest=digest_of(span, balances),
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    ids = dict(unit.execute(select(Seat.code, Seat.id).where(Seat.term_id == the.id)).all())
    unit.add_all(
        ClosingBalance(closing_id=row.id, seat_id=ids[seat], tenths=tenths) for seat, tenths in balances.items()
    )
    unit.flush()
    record(unit, act, "period.close", term=the.name, period=span.name, seats=len(balances), entries=row.entries,
           tenths=sum(balances.values()), digest=row.digest, added=scored.added,
           objections_until=row.objections_until.isoformat(), journal=list(head(unit)))  # fmt: skip
    return state_of(unit, the, span, act.today)


def freeze_period(unit: Session, act: Act, *, period: str, term: str | None = None) -> PeriodState:
    """Freeze a closed period: no objection is raised or answered any more.

    Raises ConflictError while objections are still taken or one has no answer.
    """
    the = the_term(unit, term, on=act.today)
    row = the_closing(unit, the, period)
    if row.state == "frozen":
        raise ConflictError("error.period_frozen", period=row.period)
    if act.today <= row.objections_until:
        raise ConflictError("error.window_open", period=row.period, until=row.objections_until.isoformat())
    unanswered = select(func.count()).where(Objection.closing_id == row.id, Objection.state == "raised")
    open_ones = int(unit.scalar(unanswered) or 0)
    if open_ones:
        raise ConflictError("error.objections_open", period=row.period, number=open_ones)
    row.state, row.frozen_at, row.frozen_by, row.row_version = "frozen", act.at, act.actor, row.row_version + 1
    unit.flush()
    record(unit, act, "period.freeze", term=the.name, period=row.period, digest=row.digest)
    return state_of(unit, the, period_of(the, period), act.today)


def the_closing(unit: Session, term: Term, period: str) -> Closing:
    """Find the closing of a period. Raises NotFoundError."""
    found = unit.scalar(select(Closing).where(Closing.term_id == term.id, Closing.period == period))
    if found is None:
        raise NotFoundError("error.not_closed", period=period)
    return found


def ledger_of(unit: Session, term: Term) -> list[Entry]:
    """Read the ledger of a term in the order in which it was written."""
    original = aliased(LedgerEntry)
    query = (
        select(LedgerEntry, Seat.code, Person.code, original)
        .join(Seat, Seat.id == LedgerEntry.seat_id)
        .join(Person, Person.id == LedgerEntry.person_id)
        .outerjoin(original, original.id == LedgerEntry.reverses_id)
        .where(LedgerEntry.term_id == term.id)
        .order_by(LedgerEntry.id)
    )
    return [as_entry(row, seat, person, of) for row, seat, person, of in unit.execute(query)]


def last_entry(unit: Session, term: Term, span: Period) -> int:
    """Give the number of the newest entry of a period, 0 for none."""
    query = select(func.max(LedgerEntry.id)).where(
        LedgerEntry.term_id == term.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end
    )
    return int(unit.scalar(query) or 0)


def digest_of(span: Period, balances: Mapping[str, int]) -> str:
    """Give the SHA-256 of a period's balances by seat code."""
    text = json.dumps([span.name, sorted(balances.items())], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def state_of(unit: Session, term: Term, span: Period, today: date) -> PeriodState:
    """Say how one period stands."""
    waiting = select(func.count()).where(
        ActivityRow.term_id == term.id, ActivityRow.state.in_(OPEN_STATES), ActivityRow.on >= span.start,
        ActivityRow.on < span.end,
    )  # fmt: skip
    outstanding = int(unit.scalar(waiting) or 0)
    row = unit.scalar(select(Closing).where(Closing.term_id == term.id, Closing.period == span.name))
    if row is None:
        sums = select(
            func.count(func.distinct(LedgerEntry.seat_id)), func.count(), func.coalesce(func.sum(LedgerEntry.tenths), 0)
        ).where(LedgerEntry.term_id == term.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
        seats, entries, tenths = unit.execute(sums).one()
        covered = any(one.start <= span.start and span.end <= one.end for one in closed_periods(unit, term))
        return PeriodState(
            period=span.name, starts=span.start, ends=span.end, state="covered" if covered else "open",
            over=span.end <= today, seats=seats, entries=entries, tenths=int(tenths), waiting=outstanding,
        )  # fmt: skip
    kept = select(func.count(), func.coalesce(func.sum(ClosingBalance.tenths), 0)).where(
        ClosingBalance.closing_id == row.id
    )
    seats, tenths = unit.execute(kept).one()
    states = unit.scalars(select(Objection.state).where(Objection.closing_id == row.id))
    return PeriodState(
        period=row.period, starts=row.starts_on, ends=row.ends_on, state=row.state, over=True, closed_at=row.closed_at,
        closed_by=row.closed_by, objections_until=row.objections_until, frozen_at=row.frozen_at, seats=seats,
        entries=row.entries, tenths=int(tenths), digest=row.digest, waiting=outstanding, objections=Counter(states),
        version=row.row_version,
    )  # fmt: skip


def periods_of(unit: Session, term: Term, today: date) -> tuple[PeriodState, ...]:
    """Give the years and quarters of a term up to today and whatever else was closed, the latest first."""
    names: dict[str, Period] = {}
    for year in Period(name="term", start=term.starts_on, end=max(today, term.starts_on) + timedelta(days=1)).windows(
        "year"
    ):
        for span in (year, *year.windows("quarter")):
            if span.start <= today and term.starts_on < span.end:
                names[span.name] = span
    names |= {span.name: span for span in closed_periods(unit, term)}
    spans = sorted(names.values(), key=lambda span: (span.start, span.days), reverse=True)
    found = (state_of(unit, term, span, today) for span in spans)
    return tuple(
        one for one in found if one.entries or one.waiting or not one.over or one.state in ("closed", "frozen")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A closing that no longer holds: kind and facts, as `sanlian verify` tells them."""

    kind: str
    facts: dict[str, str | int]


def check_closings(unit: Session) -> tuple[int, list[Broken]]:
    """Replay every closing: the ledger and the kept balances still say what was closed, and so does the audit chain."""
    broken: list[Broken] = []
    audited = {
        (facts.get("term"), facts.get("period"), facts.get("digest"))
        for facts in unit.scalars(select(AuditRow.facts).where(AuditRow.act == "period.close"))
    }
    closings = list(unit.scalars(select(Closing).order_by(Closing.id)))
    ledgers: dict[int, list[Entry]] = {}
    for row in closings:
        term = unit.get_one(Term, row.term_id)
        if term.id not in ledgers:
            ledgers[term.id] = ledger_of(unit, term)
        span = Period(name=row.period, start=row.starts_on, end=row.ends_on)
        kept = select(Seat.code, ClosingBalance.tenths).join(Seat, Seat.id == ClosingBalance.seat_id)
        balances = dict(unit.execute(kept.where(ClosingBalance.closing_id == row.id)).all())
        broken += [
            Broken(kind="closing_differs", facts={
                "period": row.period, "seat": one.seat, "closed": one.closed, "found": one.found})
            for one in check_closing(ledgers[term.id], Asserted(period=span, balances=balances))
        ]  # fmt: skip
        if digest_of(span, balances) != row.digest or (term.name, row.period, row.digest) not in audited:
            broken.append(Broken(kind="closing_altered", facts={"period": row.period}))
    for term_id, entries in ledgers.items():
        broken += replay_faults(unit.get_one(Term, term_id), entries)
    return len(closings), broken


def replay_faults(term: Term, entries: list[Entry]) -> list[Broken]:
    """Walk a ledger that has closings from its first entry; it must not contradict itself."""
    try:
        if replay(entries) == balance(entries):
            return []
        problem = ""
    except LedgerError as wrong:
        problem = str(wrong)
    return [Broken(kind="ledger_contradicts", facts={"term": term.name, "problem": problem})]
