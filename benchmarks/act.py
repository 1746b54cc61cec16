"""One more act: written durably, scored and in the ranking, in a store of a county or of the whole nation."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.stopwatch import REPEATS
from data.rules import text
from data.store import Store
from data.tables import ActivityPerson, ActivityRow, LedgerEntry, Person, RuleBookRow, Seat, Term
from scoring.activities import LEVELS
from scoring.periods import Period
from services.act import Act
from services.instance import open_term
from services.live_standings import LiveStandings
from services.points import adopt, score

SEATS = {"county": 806, "province": 100_000, "nation": 2_770_000}
AT_ONCE = 50_000
NOW = datetime(2026, 6, 30, 1, tzinfo=UTC)


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Enter verified acts one by one; medians in seconds of scoring, of the commit, and of the seat's new rank.

    There is no peer: the row says how long each part takes, and whether rank and points are those of a new count.
    """
    folder = Path(tempfile.mkdtemp(prefix="sanlian-bench-"))
    try:
        store = Store.open(folder / "one.db")
        fill(store, SEATS[size])
        return [measured(store, size, max(repeats, 20))]
    finally:
        shutil.rmtree(folder)


def measured(store: Store, size: str, repeats: int) -> dict[str, Any]:
    """Measure the parts of one act again and again."""
    period = Period.parse("2026")
    with store.reading() as unit:
        term = unit.scalars(select(Term)).one()
        start = perf_counter()
        standings = LiveStandings(unit, term, period)
        built = perf_counter() - start
        seats = unit.execute(select(Seat.id, Seat.person_id).limit(repeats).offset(SEATS[size] // 3)).all()
    parts: dict[str, list[float]] = {"enter": [], "score": [], "commit": [], "rank": []}
    for number, (seat, person) in enumerate(seats):
        times = [perf_counter()]
        with store.unit() as unit:
            enter(unit, term, number, seat, person)
            times.append(perf_counter())
            score(unit, Act(actor="bench", at=NOW), seats=frozenset({seat}))
            times.append(perf_counter())
        times.append(perf_counter())
        with store.reading() as unit:
            found = standings.rank(unit, seat)
        times.append(perf_counter())
        for name, before, after in zip(parts, times, times[1:], strict=False):
            parts[name].append(after - before)
    with store.reading() as unit:
        same = LiveStandings(unit, term, period).rank(unit, seat) == found
    middle = {name: sorted(values)[len(values) // 2] for name, values in parts.items()}
    return {
        "work": f"one act among {SEATS[size]:,} seats", "without_commit": middle["score"] + middle["rank"], **middle,
        "first_reading": built, "repeats": repeats, "same": same,
    }  # fmt: skip


def enter(unit: Session, term: Term, number: int, seat: str, person: str) -> None:
    """Write one verified act of one seat."""
    row = ActivityRow(code=f"bench{number}", term_id=term.id, kind="grid.visit", on=date(2026, 6, 29), state="verified",
                      recorded_at=NOW, synthetic=True)  # fmt: skip
    unit.add(row)
    unit.flush()
    unit.add(ActivityPerson(activity_id=row.id, person_id=person, seat_id=seat, role="lead"))
    unit.flush()


def fill(store: Store, seats: int) -> None:
    """Write a term of so many seats, each with one act that has been scored."""
    with store.unit() as unit:
        act = Act(actor="bench", at=NOW)
        term = open_term(unit, act, name="bench", starts_on=date(2021, 11, 1), ends_on=None)
        book = adopt(unit, act, text=text("heshan-631"), name="heshan-631", adopted_from=date(2021, 11, 1))
        for table, rows in (
            (Person, people(seats)), (Seat, seats_of(seats, term)), (LedgerEntry, entries(seats, term, book)),
        ):  # fmt: skip
            while batch := list(islice(rows, AT_ONCE)):
                unit.execute(insert(table), batch)


def people(many: int) -> Iterator[dict[str, Any]]:
    """Give people without names."""
    return ({"id": f"p{at}", "code": f"P{at}", "name": f"示例{at}", "synthetic": True} for at in range(many))


def seats_of(many: int, term: Term) -> Iterator[dict[str, Any]]:
    """Give a seat for everybody."""
    return (
        {"id": f"s{at}", "code": f"S{at}", "term_id": term.id, "person_id": f"p{at}", "level": LEVELS[at % len(LEVELS)],
         "starts_on": date(2021, 11, 1), "synthetic": True}
        for at in range(many)
    )  # fmt: skip


def entries(many: int, term: Term, book: RuleBookRow) -> Iterator[dict[str, Any]]:
    """Give one entry of the ledger for each seat."""
    return (
        {"term_id": term.id, "person_id": f"p{at}", "seat_id": f"s{at}", "activity_code": f"old{at}",
         "rule_book_id": book.id, "rule": "inspection", "on": date(2026, 3, 1), "tenths": 5 * (at * 7919 % 200),
         "reason": {"key": "points.reversed", "facts": {"entry": 0}}, "recorded_at": NOW}
        for at in range(many)
    )  # fmt: skip
