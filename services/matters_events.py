"""The events of matters: one is added at a time, the book checks it, and the matter's row is brought in line."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import Workdays
from congress.process.book import ProcessBook
from congress.process.engine import ClockStanding, Event, MoveRefusedError, Standing, replay
from data.messages import LANGUAGES, say
from data.tables import MatterEvent, MatterRow
from services.act import FIRST_LINK, Act, record
from services.calendar import workdays
from services.errors import ConflictError
from services.matters_books import book_of

COMMAS = (("zh", "、"), ("en", ", "))
WORD_FACTS = (("who", "process.role"), ("missing", "process.need"), ("what", "process.need"))


def events_of(unit: Session, ids: Iterable[int]) -> dict[int, list[Event]]:
    """Give the events of some matters in their order."""
    found: dict[int, list[Event]] = defaultdict(list)
    rows = unit.scalars(
        select(MatterEvent).where(MatterEvent.matter_id.in_(list(ids))).order_by(MatterEvent.matter_id, MatterEvent.seq)
    )
    for row in rows:
        found[row.matter_id].append(
            Event(seq=row.seq, move=row.move, at=row.at, actor=row.actor, role=row.role, facts=dict(row.facts))
        )
    return found


def add_event(
    unit: Session, act: Act, row: MatterRow, *, move: str, role: str, facts: Mapping[str, Any],
    calendar: Workdays | None = None,
) -> Standing:  # fmt: skip
    """Add one event and bring the row in line with it. Raises ConflictError where the book forbids it.

    An event is never earlier than the one before: where two machines' clocks differ, it takes the later instant.
    """
    book = book_of(unit, row.book_id)
    events = events_of(unit, [row.id])[row.id]
    at = max(act.at, events[-1].at) if events else act.at
    event = Event(seq=len(events) + 1, move=move, at=at, actor=act.actor, role=role, facts=dict(facts))
    try:
        standing = replay(book, [*events, event], calendar or workdays(unit))
    except MoveRefusedError as wrong:
        raise refusal(book, wrong) from wrong
    before, previous = row.state, row.head or FIRST_LINK
    row.head = event_hash(row.code, previous, event)
    row.seal = standing.seal
    row.events = standing.events
    row.last_at = at
    follow_facts(row, facts)
    bring_in_line(row, book, standing)
    row.row_version += 1
    unit.add(
        MatterEvent(
            matter_id=row.id, seq=event.seq, move=move, at=at, actor=act.actor, role=role, facts=dict(facts),
            before=before, after=standing.state, previous=previous, hash=row.head,
        )
    )  # fmt: skip
    record(unit, act, f"matter.{move}", matter=row.code, seq=event.seq, role=role, after=standing.state, hash=row.head)
    return standing


def follow_facts(row: MatterRow, facts: Mapping[str, Any]) -> None:
    """Let the row take over what an event says about the handling unit, the class and the rating."""
    row.unit = str(facts.get("unit") or row.unit)
    row.kind = str(facts.get("class") or row.kind)
    row.rating = str(facts.get("rating") or row.rating)


def bring_in_line(row: MatterRow, book: ProcessBook, standing: Standing) -> None:
    """Let the row say where the matter stands, and which running clock ends first."""
    state = book.states[standing.state]
    row.state, row.holder = standing.state, standing.holder or ""
    row.ended_at = (row.ended_at or row.last_at) if state.end else None
    first = first_due(standing.clocks)
    row.due_at = first.due if first else None
    row.due_clock = first.clock if first else ""
    row.due_against = first.counts_against if first else ""


def first_due(clocks: Sequence[ClockStanding]) -> ClockStanding | None:
    """Give the running clock that ends first; of two the one whose name is lower."""
    running = [clock for clock in clocks if clock.stopped is None and clock.due is not None]
    return min(running, key=lambda clock: (clock.due or clock.started, clock.clock), default=None)


def event_hash(code: str, previous: str, event: Event) -> str:
    """Give the SHA-256 of an event bound to the one before it, as 64 hex digits."""
    at: datetime = event.at.astimezone(UTC)
    text = json.dumps(
        [code, previous, event.seq, event.move, at.isoformat(), event.actor, event.role, dict(event.facts)],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def refusal(book: ProcessBook, wrong: MoveRefusedError) -> ConflictError:
    """Turn a refused move into an answer whose facts are words in both languages."""
    facts = dict(wrong.facts)
    move = book.moves.get(str(facts.get("move", "")))
    if move is not None:
        facts["move"] = {"zh": move.title.zh, "en": move.title.en}
    for name, prefix in WORD_FACTS:
        if name in facts:
            named = facts[name] if isinstance(facts[name], (list, tuple)) else [facts[name]]
            facts[name] = in_words(prefix, named)
    if "known" in facts:
        facts["known"] = " ".join(map(str, facts["known"]))
    return ConflictError(wrong.key, **facts)


def in_words(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Say several names in both languages."""
    listed = list(names)
    known = {lang: comma for lang, comma in COMMAS if lang in LANGUAGES}
    return {lang: comma.join(say(f"{prefix}.{name}", lang) for name in listed) for lang, comma in known.items()}
