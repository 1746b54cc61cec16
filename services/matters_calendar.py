"""A holiday notice that comes late moves the deadlines of open matters, and each of them says so."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import CIVIL, Workdays
from congress.process.engine import replay
from data.tables import MatterRow
from services.act import Act
from services.matters_books import book_of
from services.matters_events import add_event, events_of, first_due


def reconsider(unit: Session, act: Act, before: Workdays, after: Workdays) -> tuple[str, ...]:
    """Compute the deadlines of open matters anew after a notice; give the codes of those that moved or were confirmed.

    A matter whose clocks run in hours, or whose days the notice does not touch, gets no note.
    """
    rows = list(unit.scalars(select(MatterRow).where(MatterRow.ended_at.is_(None)).order_by(MatterRow.id)))
    events = events_of(unit, [row.id for row in rows])
    moved = []
    for row in rows:
        book = book_of(unit, row.book_id)
        old = first_due(replay(book, events[row.id], before).clocks)
        new = first_due(replay(book, events[row.id], after).clocks)
        if old is None or new is None or (old.due, old.provisional) == (new.due, new.provisional):
            continue
        facts = {"clock": new.clock, "before": day(old.due), "after": day(new.due), "provisional": new.provisional}
        add_event(unit, act, row, move="holiday", role="calendar", facts=facts, calendar=after)
        moved.append(row.code)
    return tuple(moved)


def day(at: object) -> str:
    """Write the civil day of an instant."""
    return at.astimezone(CIVIL).date().isoformat() if hasattr(at, "astimezone") else ""
