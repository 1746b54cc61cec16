"""Correcting: whoever entered an activity that was sent back changes the same record, and its history says what."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.tables import ActivityMove, ActivityPerson, ActivityRow
from services.act import Act, record
from services.activities import refuse_others, step
from services.drafts import Draft, Grounded
from services.errors import ConflictError
from services.instance import refuse_frozen
from services.register import Registered, by_code, generation_on

FIELDS = {
    "kind": "kind", "mode": "mode", "on": "on", "title": "title", "grid": "grid_code", "station": "station_code",
    "hours_tenths": "hours_tenths", "half_days": "half_days", "served": "served", "starts_minute": "starts_minute",
    "witnesses": "witnesses",
}  # fmt: skip


def draft_again(found: Registered) -> Draft:
    """Give an activity as the draft that it was entered from."""
    return Draft(
        kind=found.kind, on=found.on, people=tuple(one.person for one in found.people), grid=found.grid,
        station=found.station, title=found.title, mode=found.mode, hours_tenths=found.hours_tenths,
        half_days=found.half_days, served=found.served, starts_minute=found.starts_minute,
        witnesses=found.witnesses, roll_call=found.source == "roll_call",
    )  # fmt: skip


def correct(
    unit: Session, act: Act, *, viewer: Viewer, code: str, found: Grounded, version: int | None = None
) -> dict[str, list[Any]]:
    """Change an activity that was sent back and report it again; give what each field was and what it became.

    Raises ConflictError when it was not sent back, when the viewer did not enter it, and when somebody was faster.
    """
    refuse_frozen(found.term, act.today)
    standing = by_code(unit, code)
    refuse_others(act, viewer, standing)
    row = unit.get_one(ActivityRow, standing.id, with_for_update=True)
    if row.state != "returned":
        raise ConflictError("activity.refused.not_returned", activity=code)
    step(unit, act, viewer, standing, "resubmit", "", version)
    changes = changed_fields(row, found.draft) | changed_people(unit, act, viewer, row, found)
    generation = generation_on(unit, row.on)
    row.generation_id = generation.id if generation else None
    unit.flush()
    last = select(ActivityMove).where(ActivityMove.activity_id == row.id).order_by(ActivityMove.id.desc()).limit(1)
    unit.scalars(last).one().changes = changes or None
    unit.flush()
    record(unit, act, "activity.correct", activity=code, changes=changes)
    return changes


def changed_fields(row: ActivityRow, draft: Draft) -> dict[str, list[Any]]:
    """Write what the draft says into the row, and say what became of what."""
    changes: dict[str, list[Any]] = {}
    for name, column in FIELDS.items():
        before, after = getattr(row, column), getattr(draft, name)
        after = after.strip() if isinstance(after, str) else after
        if name == "witnesses":
            after = after or None
        if before != after:
            setattr(row, column, after)
            changes[name] = [plain(before), plain(after)]
    return changes


def plain(value: Any) -> Any:
    """Write a value as the history keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def changed_people(unit: Session, act: Act, viewer: Viewer, row: ActivityRow, found: Grounded) -> dict[str, list[Any]]:
    """Let those take part whom the draft names, each at the one seat it counts for; who stays keeps their answer."""
    parts = {
        part.person_id: part
        for part in unit.scalars(select(ActivityPerson).where(ActivityPerson.activity_id == row.id))
    }
    before = [(part.person_id, part.seat_id) for part in sorted(parts.values(), key=lambda one: one.role != "lead")]
    wanted = {seat.person_id: seat for seat in found.seats}
    for person, part in parts.items():
        if person not in wanted:
            unit.delete(part)
    unit.flush()
    for position, (person, seat) in enumerate(wanted.items()):
        role = "present" if row.source == "roll_call" else "member" if position else "lead"
        mine = parts.get(person)
        if mine is not None:
            mine.seat_id, mine.role = seat.id, role
        else:
            own = act.at if person == viewer.person else None
            unit.add(ActivityPerson(activity_id=row.id, person_id=person, seat_id=seat.id, role=role, confirmed_at=own))
    unit.flush()
    after = [(person, seat.id) for person, seat in wanted.items()]
    return (
        {} if sorted(before) == sorted(after) else {"people": [[one for one, _ in before], [one for one, _ in after]]}
    )
