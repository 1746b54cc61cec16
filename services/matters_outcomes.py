"""What comes out of a matter for the deputy who answered: one activity, reported by itself and never typed again."""

from typing import Any

from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.messages import say
from data.tables import ActivityMove, ActivityPerson, ActivityRow, MatterRow, Seat
from services.act import Act, record
from services.activities import bring_in_line
from services.drafts import Draft, DraftError, Grounded, ground
from services.keeping import stable_id
from services.matters_events import add_event
from services.register import by_code, generation_on

GONE = ("withdrawn", "refused")
SOURCE = "matter"


def report(unit: Session, act: Act, *, viewer: Viewer, row: MatterRow, kind: str) -> str:
    """Report an activity for the deputy who has just answered a matter; give its code, empty where there is none.

    A matter has one activity that counts at a time. Where none can be made (the deputy holds no seat that day) the
    matter keeps the reason.
    """
    if row.activity_code and by_code(unit, row.activity_code).state not in GONE:
        return row.activity_code
    draft = Draft(
        kind=kind, on=act.today, people=(viewer.person,), grid=row.grid_code, level=seat_level(unit, row),
        title=say("matter.activity", "zh", matter=row.code), served=1,
    )  # fmt: skip
    found = grounded(unit, draft, act)
    if isinstance(found, str):
        add_event(unit, act, row, move="activity", role="deputy", facts={"none": found})
        return ""
    activity = keep(unit, act, found, row)
    row.activity_code = activity
    add_event(unit, act, row, move="activity", role="deputy", facts={"activity": activity, "kind": kind})
    return activity


def seat_level(unit: Session, row: MatterRow) -> str:
    """Give the level of the seat that a matter was routed to."""
    return "" if row.seat_id is None else unit.get_one(Seat, row.seat_id).level


def grounded(unit: Session, draft: Draft, act: Act) -> Grounded | str:
    """Ground a draft; without its grid where that is of another map. Gives the message key of what is in the way."""
    try:
        return ground(unit, draft, act.today)
    except DraftError as wrong:
        fields = {flaw.field for flaw in wrong.flaws}
        if fields == {"place"}:
            return grounded(unit, placeless(draft), act)
        return wrong.flaws[0].key


def placeless(draft: Draft) -> Draft:
    """Give the draft without its place."""
    return Draft(
        kind=draft.kind, on=draft.on, people=draft.people, level=draft.level, title=draft.title, served=draft.served
    )


def keep(unit: Session, act: Act, found: Grounded, row: MatterRow) -> str:
    """Write the activity's rows: reported by the deputy, waiting to be verified like any other."""
    generation = generation_on(unit, found.draft.on)
    activity = ActivityRow(
        code=stable_id("r", SOURCE, row.code, str(row.events)), term_id=found.term.id,
        generation_id=generation.id if generation else None, kind=found.draft.kind, on=found.draft.on,
        title=found.draft.title, grid_code=found.draft.grid, station_code="", served=found.draft.served,
        state="reported", source=SOURCE, entered_by=act.actor, recorded_at=act.at, synthetic=row.synthetic,
    )  # fmt: skip
    unit.add(activity)
    unit.flush()
    seat = found.seats[0]
    unit.add(
        ActivityPerson(activity_id=activity.id, person_id=seat.person_id, seat_id=seat.id, role="lead",
                       confirmed_at=act.at)
    )  # fmt: skip
    note(unit, act, activity, move="enter", before="draft", role="deputy", reason=row.code)
    record(unit, act, "activity.enter", activity=activity.code, kind=activity.kind, day=activity.on.isoformat(),
           way=SOURCE, people=[seat.person_id], state=activity.state)  # fmt: skip
    return activity.code


def take_back(unit: Session, act: Act, *, row: MatterRow, role: str) -> None:
    """Take back what came out of a matter that is handled again; the ledger follows, and both say why."""
    if not row.activity_code:
        return
    found = by_code(unit, row.activity_code)
    if found.state in GONE:
        return
    activity = unit.get_one(ActivityRow, found.id, with_for_update=True)
    activity.state, activity.row_version = "withdrawn", activity.row_version + 1
    why = say("matter.activity_back", "zh", matter=row.code)
    note(unit, act, activity, move="withdraw", before=found.state, role=role, reason=why)
    record(unit, act, "activity.withdraw", activity=found.code, before=found.state, after="withdrawn", reason=why)
    unit.flush()
    bring_in_line(unit, act, [found], {"withdrawn"})
    facts: dict[str, Any] = {"activity": found.code, "before": found.state}
    add_event(unit, act, row, move="activity_back", role=role, facts=facts)


def note(unit: Session, act: Act, row: ActivityRow, *, move: str, before: str, role: str, reason: str) -> None:
    """Add a step to an activity's history."""
    unit.add(
        ActivityMove(activity_id=row.id, move=move, before=before, after=row.state, actor=act.actor, role=role,
                     reason=reason, at=act.at)
    )  # fmt: skip
    unit.flush()
