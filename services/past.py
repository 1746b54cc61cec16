"""The past: what closed periods hold and nothing rewrites, and what a late act or a correction becomes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from data.tables import Closing, LedgerEntry, Person, Seat, Term
from scoring import Activity, Entry
from scoring.entries import BASE_RULE
from scoring.lateness import closed_by, open_day
from scoring.periods import Period
from scoring.reckoning import RECKONED
from services.act import Act

Part = tuple[str, str]  # activity code and seat code
LATE_BASE = "base:"  # base points that come after their year was closed carry this and the year for an activity


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the closed periods of a term hold.

    entries: of the closed days, and what was later taken back of them, in the ledger's order.
    standing: the rows of the closed days that nothing takes back, each with its seat's code.
    settled: what had its entry when its period was closed.  recounted: what an upheld objection counts anew.
    """

    closed: tuple[Period, ...] = ()
    entries: tuple[Entry, ...] = ()
    standing: tuple[tuple[LedgerEntry, str], ...] = ()
    settled: frozenset[Part] = frozenset()
    recounted: frozenset[Part] = frozenset()

    def is_late(self, activity: Activity) -> bool:
        """Say whether an activity lies in a closed period and was not counted in it."""
        part = (activity.code, activity.seat)
        return closed_by(self.closed, activity.on) is not None and (part not in self.settled or part in self.recounted)

    def is_on_time(self, activity: Activity) -> bool:
        """Say whether an activity lies in the open days."""
        return closed_by(self.closed, activity.on) is None

    def has(self, base: Entry) -> bool:
        """Say whether base points stand in a closed period as they should."""
        return any(
            (row.rule, row.tenths, row.on.year, seat) == (BASE_RULE, base.tenths, base.on.year, base.seat)
            for row, seat in self.standing
        )


def closed_periods(unit: Session, term: Term) -> tuple[Period, ...]:
    """Give the closed periods of a term, the earliest first."""
    query = select(Closing).where(Closing.term_id == term.id).order_by(Closing.starts_on, Closing.ends_on)
    return tuple(Period(name=row.period, start=row.starts_on, end=row.ends_on) for row in unit.scalars(query))


def past_of(unit: Session, term: Term, seats: frozenset[str] | None = None) -> Past:
    """Read what the closed periods of a term hold; only of `seats` (ids) if given."""
    closed = closed_periods(unit, term)
    if not closed:
        return Past()
    original = aliased(LedgerEntry)
    query = (
        select(LedgerEntry, Seat.code, Person.code, original)
        .join(Seat, Seat.id == LedgerEntry.seat_id)
        .join(Person, Person.id == LedgerEntry.person_id)
        .outerjoin(original, original.id == LedgerEntry.reverses_id)
        .where(LedgerEntry.term_id == term.id, or_(in_days(LedgerEntry, closed), in_days(original, closed)))
        .order_by(LedgerEntry.id)
    )
    if seats is not None:
        query = query.where(LedgerEntry.seat_id.in_(seats))
    rows: Sequence[tuple[LedgerEntry, str, str, LedgerEntry | None]] = unit.execute(query).all()
    undone = {row.reverses_id for row, *_ in rows}
    made = [(row, seat) for row, seat, *_ in rows if row.reverses_id is None and closed_by(closed, row.on)]
    return Past(
        closed=closed,
        entries=tuple(as_entry(row, seat, person, of) for row, seat, person, of in rows),
        standing=tuple((row, seat) for row, seat in made if row.id not in undone),
        settled=frozenset((row.activity_code, seat) for row, seat in made if row.activity_code),
        recounted=frozenset(
            (row.activity_code, seat) for row, seat, *_ in rows if row.reason.get("facts", {}).get("recount")
        ),
    )


def in_days(rows: Any, periods: Iterable[Period]) -> Any:
    """Give the condition that a ledger entry counts in one of several periods."""
    return or_(*(and_(rows.on >= period.start, rows.on < period.end) for period in periods))


def as_entry(row: LedgerEntry, seat: str, person: str, original: LedgerEntry | None) -> Entry:
    """Give a row of the ledger as the pure entry that caps and replays read."""
    facts: Mapping[str, Any] = row.reason.get("facts", {})
    if original is not None:
        kept = original.reason.get("facts", {})
        facts = {**facts, "reversed_on": original.on.isoformat(), "category": kept.get("category", "")}
        facts |= {"award": kept["award"]} if "award" in kept else {}
    return Entry(
        activity=row.activity_code, person=person, seat=seat, rule=row.rule, on=row.on, tenths=row.tenths,
        reason_key=row.reason["key"], reason_facts=facts, reverses=row.reverses_id is not None,
    )  # fmt: skip


def late_base(base: Entry, past: Past) -> Entry:
    """Let base points whose year is closed count on the first open day; they name the year they are for."""
    return replace(base, activity=f"{LATE_BASE}{base.on.year}", on=open_day(past.closed, base.on))


def fallen_away(past: Past, activities: Iterable[Activity], bases: Iterable[Entry]) -> list[LedgerEntry]:
    """Name the entries of closed days that lost their ground: the act is no longer verified, the base is another."""
    verified = {(activity.code, activity.seat) for activity in activities}
    due = {(base.seat, base.on.year, base.tenths) for base in bases}
    return [
        row
        for row, seat in past.standing
        if not (
            (seat, row.on.year, row.tenths) in due
            if row.rule == BASE_RULE and not row.activity_code
            else (row.activity_code, seat) in verified or row.activity_code.startswith((LATE_BASE, *RECKONED))
        )
    ]


def correction_row(act: Act, row: LedgerEntry, past: Past, *, recount: bool = False, why: str = "") -> dict[str, Any]:
    """Give the row that takes an entry of a closed period back on the first open day, and says of which period.

    recount: the act is awarded anew as it stands now, among the late ones.
    """
    period = closed_by(past.closed, row.on)
    return {
        "term_id": row.term_id, "person_id": row.person_id, "seat_id": row.seat_id,
        "activity_code": row.activity_code, "rule_book_id": row.rule_book_id, "rule": row.rule,
        "on": open_day(past.closed, row.on), "tenths": -row.tenths,
        "reason": {"key": "points.corrected", "facts": {
            "entry": row.id, "day": row.on.isoformat(), "period": period.name if period else "", "why": why,
            "recount": recount}},
        "reverses_id": row.id, "recorded_at": act.at,
    }  # fmt: skip
