"""What can be checked of matters: every row stands where its events lead, every event is as it was written."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import Workdays
from congress.process.engine import Event, MoveRefusedError, Standing, replay, seal
from data.tables import AuditRow, MatterEvent, MatterRow
from services.act import FIRST_LINK
from services.calendar import workdays
from services.matters_books import book_of
from services.matters_events import event_hash, events_of, first_due

CHUNK = 500

Broken = tuple[str, dict[str, Any]]  # kind and facts


def check_matters(unit: Session) -> tuple[int, list[Broken]]:
    """Replay every matter; give how many there are and what does not fit."""
    calendar, audited = workdays(unit), audited_events(unit)
    ids = list(unit.scalars(select(MatterRow.id).order_by(MatterRow.id)))
    broken: list[Broken] = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        events = events_of(unit, some)
        hashes = hashes_of(unit, some)
        for row in unit.scalars(select(MatterRow).where(MatterRow.id.in_(some)).order_by(MatterRow.id)):
            broken += of_events(row, events[row.id], hashes.get(row.id, []), audited.get(row.code, {}))
            broken += of_standing(unit, row, events[row.id], calendar)
    return len(ids), broken


def audited_events(unit: Session) -> dict[str, dict[int, str]]:
    """Give the hash that the audit chain keeps of each event, by matter and number."""
    found: dict[str, dict[int, str]] = {}
    rows = unit.scalars(select(AuditRow.facts).where(AuditRow.act.startswith("matter.")))
    for facts in rows:
        if "hash" in facts and "seq" in facts:
            found.setdefault(facts["matter"], {})[facts["seq"]] = facts["hash"]
    return found


def hashes_of(unit: Session, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Give (previous, hash) of the events of some matters in their order."""
    found: dict[int, list[tuple[str, str]]] = {}
    query = select(MatterEvent.matter_id, MatterEvent.previous, MatterEvent.hash).where(MatterEvent.matter_id.in_(ids))
    for matter, previous, own in unit.execute(query.order_by(MatterEvent.matter_id, MatterEvent.seq)):
        found.setdefault(matter, []).append((previous, own))
    return found


def of_events(
    row: MatterRow, events: Sequence[Event], hashes: Sequence[tuple[str, str]], audited: dict[int, str]
) -> list[Broken]:
    """Look at the chain of one matter's events, and at what the audit chain keeps of it."""
    broken: list[Broken] = []
    if row.events != len(events) or len(audited) != len(events):
        facts = {"matter": row.code, "expected": max(row.events, len(audited)), "found": len(events)}
        broken.append(("matter_events_missing", facts))
    previous = FIRST_LINK
    for event, (kept_previous, kept) in zip(events, hashes, strict=True):
        if kept_previous != previous or event_hash(row.code, previous, event) != kept:
            broken.append(("matter_event_altered", {"matter": row.code, "seq": event.seq}))
            break
        if audited.get(event.seq) != kept:
            broken.append(("matter_not_audited", {"matter": row.code, "seq": event.seq}))
            break
        previous = kept
    return broken


def of_standing(unit: Session, row: MatterRow, events: Sequence[Event], calendar: Workdays) -> list[Broken]:
    """Compare where a row stands with where its events lead."""
    book = book_of(unit, row.book_id)
    try:
        standing = replay(book, events, calendar)
    except (MoveRefusedError, ValueError):
        return [("matter_replay_failed", {"matter": row.code})]
    broken: list[Broken] = [
        ("matter_state_wrong", {"matter": row.code, "field": name})
        for name, kept, true in compared(row, standing, events)
        if kept != true
    ]
    if row.seal and row.seal != seal(events):
        broken.append(("matter_seal_broken", {"matter": row.code}))
    return broken


def compared(row: MatterRow, standing: Standing, events: Sequence[Event]) -> list[tuple[str, Any, Any]]:
    """Give what the row says beside what the replay says."""
    first = first_due(standing.clocks)
    said = {"unit": "", "class": "", "rating": ""}
    for event in events:
        said |= {name: str(event.facts[name]) for name in said if event.facts.get(name)}
    return [
        ("state", row.state, standing.state),
        ("holder", row.holder, standing.holder or ""),
        ("seal", row.seal, standing.seal),
        ("due", row.due_at, first.due if first else None),
        ("unit", row.unit, said["unit"]),
        ("class", row.kind, said["class"]),
        ("rating", row.rating, said["rating"]),
        ("merged", row.merged_into_id is not None, standing.merged),
        ("last", row.last_at, events[-1].at if events else None),
    ]
