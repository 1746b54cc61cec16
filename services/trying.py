"""Trying: a rule book is checked and replayed over a past period, who moves and why, before anybody adopts it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames import each
from data.tables import LedgerEntry, Person, Seat, Term
from scoring import Activity, Entry, award
from scoring.awards import base_points
from scoring.periods import Period
from scoring.ranking import rank
from scoring.reckoning import reckonings
from scoring.rulebook import Outcome, RuleBook, RuleBookError, RuleFlaw, parse, run_examples
from scoring.trial import Shift, as_if_in_force, by_seat_and_rule, reaches_back, shifts
from services.act import Act, record
from services.errors import BadRequestError, ConflictError
from services.instance import the_term
from services.points import adopt, all_tenures, books, period_of, verified_activities

LARGEST = 1_000_000  # characters of a rule book that is handed in
WHY = 3  # rules named for each seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a text is worth as a rule book: the book or every flaw, and what became of its worked examples."""

    name: str
    text: str
    book: RuleBook | None
    flaws: tuple[RuleFlaw, ...]
    examples: tuple[Outcome, ...]

    @property
    def wrong(self) -> tuple[Outcome, ...]:
        """The examples that do not hold."""
        return tuple(one for one in self.examples if not one.holds)

    @property
    def sound(self) -> bool:
        """Whether it may be adopted: no flaw, and every example holds."""
        return self.book is not None and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How one seat would fare: points in tenths, ranks inside its level, and the rules that make the difference."""

    seat: str
    person: str
    name: str
    level: str
    town: str
    before: int
    after: int
    rank_before: int
    rank_after: int
    of: int
    why: tuple[Shift, ...]

    @property
    def by(self) -> int:
        """The difference in tenths."""
        return self.after - self.before

    @property
    def places(self) -> int:
        """How many places it would move up (below zero: down)."""
        return self.rank_before - self.rank_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule book would have made of a period, beside what the ledger made of it; the ledger is not touched.

    reached_back: the book is not in force on those days by itself and was tried as if it had been.
    titles: of every rule named, in both languages.
    """

    book: str
    version: str
    period: str
    starts: date
    ends: date
    activities: int
    reached_back: bool
    lines: tuple[Moved, ...]
    titles: dict[str, dict[str, str]]

    @property
    def changed(self) -> int:
        """How many seats would have other points."""
        return sum(1 for line in self.lines if line.by)

    @property
    def shifted(self) -> int:
        """How many seats would have another rank."""
        return sum(1 for line in self.lines if line.places)

    def histogram(self) -> tuple[tuple[str, int], ...]:
        """Count seats by how many places they would move, in steps that widen, the largest fall first."""
        counted = Counter(step_of(line.places) for line in self.lines)
        return tuple((STEPS[step], counted[step]) for step in range(len(STEPS)))


STEPS = ("−50…", "−49…−10", "−9…−1", "0", "+1…+9", "+10…+49", "+50…")


def step_of(places: int) -> int:
    """Give the position in STEPS of a movement."""
    size = next((size for size, least in ((3, 50), (2, 10), (1, 1)) if abs(places) >= least), 0)
    return 3 + (size if places > 0 else -size)


def examine(text: str, name: str) -> Examined:
    """Check a rule book: every flaw with its line, or every worked example with what came of it."""
    if len(text) > LARGEST:
        raise BadRequestError("error.rule_book_large", most=LARGEST)
    try:
        book = parse(text, name=name)
    except RuleBookError as wrong:
        return Examined(name=name, text=text, book=None, flaws=tuple(wrong.flaws), examples=())
    return Examined(name=name, text=text, book=book, flaws=(), examples=tuple(run_examples(book)))


def try_book(unit: Session, *, book: RuleBook, period: str, today: date, term: str | None = None) -> Trial:
    """Replay a past period under a book and set it beside the ledger. Raises BadRequestError for a period to come."""
    the = the_term(unit, term, on=today)
    span = period_of(the, period)
    if span.start > today:
        raise BadRequestError("error.period_to_come", period=span.name)
    tried = as_if_in_force(book, span)
    acts = [one for one in verified_activities(unit, the, min(span.last_day, today)) if one.on.year >= span.start.year]
    before = ledger_sums(unit, the, span)
    after = by_seat_and_rule(entries_under(unit, the, tried, acts, span), span)
    return Trial(
        book=book.name, version=book.version, period=span.name, starts=span.start, ends=span.end,
        activities=sum(one.on in span for one in acts), reached_back=reaches_back(book, span),
        lines=lines_of(unit, the, span, before, after), titles=titles_of(unit, book),
    )  # fmt: skip


def entries_under(unit: Session, term: Term, book: RuleBook, acts: list[Activity], span: Period) -> list[Entry]:
    """Award the years of a period, from their first day, with their base points and what is reckoned at the end."""
    entries = award(acts, book)
    if book.total.base:
        tenures = all_tenures(unit, term)
        for year in range(span.start.year, span.last_day.year + 1):
            entries += base_points(tenures, book, year)
    if book.rates or any(one.missed_each or one.missed_once for one in book.quotas.values()):
        years = replace(span, start=date(span.start.year, 1, 1))
        entries += reckonings(acts, book, all_tenures(unit, term), years, until=years.end,
                              term=period_of(term, "term"))  # fmt: skip
    return entries


def ledger_sums(unit: Session, term: Term, span: Period) -> dict[str, dict[str, int]]:
    """Add up what the ledger has in a period, for each seat and rule."""
    query = (
        select(Seat.code, LedgerEntry.rule, LedgerEntry.tenths)
        .join(Seat, Seat.id == LedgerEntry.seat_id)
        .where(LedgerEntry.term_id == term.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
    )
    sums: dict[str, dict[str, int]] = {}
    for seat, rule, tenths in unit.execute(query):
        of_seat = sums.setdefault(seat, {})
        of_seat[rule] = of_seat.get(rule, 0) + tenths
    return sums


def lines_of(
    unit: Session, term: Term, span: Period, before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]
) -> tuple[Moved, ...]:
    """Set both rankings side by side, inside each level; whoever moves most comes first, equal ones by seat code."""
    query = (
        select(Seat.code, Seat.level, Seat.town_code, Person.id, Person.name)
        .join(Person, Person.id == Seat.person_id)
        .where(
            Seat.term_id == term.id, Seat.starts_on < span.end, (Seat.ends_on.is_(None)) | (Seat.ends_on > span.start)
        )
        .order_by(Seat.code)
    )
    seats = pd.DataFrame(
        [tuple(row) for row in unit.execute(query)], columns=["seat", "group", "town", "person", "name"]
    )
    if seats.empty:
        return ()
    old, new = (ranks_of(seats, sums) for sums in (before, after))
    sizes = seats["group"].value_counts()
    lines = [
        Moved(
            seat=row.seat, person=row.person, name=row.name, level=row.group, town=row.town,
            before=old[row.seat][0], after=new[row.seat][0],
            rank_before=old[row.seat][1], rank_after=new[row.seat][1],
            of=int(sizes[row.group]),
            why=shifts(before.get(row.seat, {}), after.get(row.seat, {}))[:WHY],
        )
        for row in each(seats)
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (-abs(line.places), -abs(line.by), line.seat)))


def ranks_of(seats: pd.DataFrame, sums: dict[str, dict[str, int]]) -> dict[str, tuple[int, int]]:
    """Give every seat's tenths and its rank inside its level."""
    totals = seats.assign(tenths=[sum(sums.get(seat, {}).values()) for seat in seats["seat"]])
    return {row.seat: (int(row.tenths), int(row.rank)) for row in each(rank(totals))}


def titles_of(unit: Session, book: RuleBook) -> dict[str, dict[str, str]]:
    """Name every rule of the book that is tried and of those that are adopted."""
    known = [*(adopted for _, adopted in reversed(books(unit))), book]
    return {rule.id: dict(rule.title) for one in known for rule in one.rules.values()}


def adopt_examined(
    unit: Session, act: Act, *, examined: Examined, adopted_from: date, decision: str
) -> tuple[str, str]:
    """Adopt a book that has no flaw and whose examples hold, by a decision; give its name and version."""
    if examined.book is None:
        raise ConflictError("error.rule_book", flaws=len(examined.flaws))
    if examined.wrong:
        raise ConflictError("error.examples_wrong", wrong=len(examined.wrong), all=len(examined.examples))
    if not decision.strip():
        raise BadRequestError("error.decision_missing")
    row = adopt(unit, act, text=examined.text, name=examined.name, adopted_from=adopted_from, decision=decision.strip())
    if row.adopted_from != adopted_from:
        raise ConflictError("error.adopted_already", book=row.name, starts=row.adopted_from.isoformat())
    return row.name, row.version


def note_trial(unit: Session, act: Act, trial: Trial) -> None:
    """Write down that a book was tried; nothing else is kept of a trial."""
    record(unit, act, "rules.try", book=trial.book, version=trial.version, period=trial.period, changed=trial.changed)
