"""Activities: entered once, confirmed by the deputy, verified by town and congress; every step is an audited act."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.activities import COUNTING, FIRST_STATE, MOVES, OWN, ROLL_CALL, MoveError, entry_way
from congress.activities import after as state_after
from congress.permissions import Viewer
from data.tables import ActivityMove, ActivityPerson, ActivityRow, RuleBookRow, Term
from services.act import Act, once, record
from services.drafts import Grounded
from services.errors import ActError, ConflictError
from services.evidence import Sound, attach
from services.instance import refuse_frozen, setting
from services.keeping import stable_id
from services.points import score
from services.register import Registered, by_code, generation_on

LONGEST_REASON = 400


def enter(
    unit: Session, act: Act, *, viewer: Viewer, found: Grounded, files: tuple[Sound, ...] = (), home: Path | None = None
) -> dict[str, str]:
    """Enter an activity once per request id; give its code and state.

    By a deputy for themselves it is reported, by staff for a deputy it waits for the deputy, by an organiser's
    roll-call it is reported for everybody at once. Raises ConflictError for a role that has no way in.
    """
    refuse_frozen(found.term, act.today)
    asked = [asdict(found.draft), sorted(sound.sha256 for sound in files)]
    return dict(once(unit, act, "activity.enter", asked, lambda: entered(unit, act, viewer, found, files, home)))


def entered(
    unit: Session, act: Act, viewer: Viewer, found: Grounded, files: tuple[Sound, ...], home: Path | None
) -> dict[str, str]:
    """Write the rows of a new activity."""
    draft = found.draft
    way = way_of(viewer, found)
    generation = generation_on(unit, draft.on)
    row = ActivityRow(
        code=stable_id("r", act.actor, act.request_id or act.at.isoformat(), draft.kind, *draft.people),
        term_id=found.term.id, generation_id=generation.id if generation else None, kind=draft.kind, mode=draft.mode,
        on=draft.on, title=draft.title.strip(), grid_code=draft.grid, station_code=draft.station,
        hours_tenths=draft.hours_tenths, half_days=draft.half_days, served=draft.served,
        starts_minute=draft.starts_minute, witnesses=draft.witnesses.strip() or None, state=FIRST_STATE[way],
        source="roll_call" if way == ROLL_CALL else "form", entered_by=act.actor, recorded_at=act.at,
        synthetic=False,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    for position, seat in enumerate(found.seats):
        role = "present" if way == ROLL_CALL else "member" if position else "lead"
        own = way == OWN and seat.person_id == viewer.person
        unit.add(
            ActivityPerson(activity_id=row.id, person_id=seat.person_id, seat_id=seat.id, role=role,
                           confirmed_at=act.at if own else None)
        )  # fmt: skip
    unit.flush()
    note(unit, act, viewer, row, move="enter", before="draft", reason="")
    record(unit, act, "activity.enter", activity=row.code, kind=row.kind, day=row.on.isoformat(), way=way,
           people=[seat.person_id for seat in found.seats], state=row.state)  # fmt: skip
    if files and home is not None:
        attach(unit, act, home, row, files)
    return {"code": row.code, "state": row.state}


def way_of(viewer: Viewer, found: Grounded) -> str:
    """Say how the activity comes in. Raises ConflictError where the role has no way."""
    own = bool(viewer.person) and viewer.person == found.seats[0].person_id
    try:
        return entry_way(viewer.role, own=own, roll_call=found.draft.roll_call)
    except MoveError as wrong:
        raise ConflictError(wrong.key, **wrong.facts) from wrong


def town_first(unit: Session, activity: Registered) -> bool:
    """Say whether the lead's town verifies before the congress."""
    lead = activity.people[0] if activity.people else None
    return lead is not None and bool(lead.town) and lead.level in setting(unit, "activities.town_first")


def move(
    unit: Session, act: Act, *, viewer: Viewer, code: str, name: str, reason: str = "", version: int | None = None
) -> str:
    """Take an activity one step further and give its new state; the ledger follows at once.

    Raises NotFoundError, and ConflictError when state or role forbid it or somebody else was faster (version).
    """
    found = by_code(unit, code)
    changed = step(unit, act, viewer, found, name, reason, version)
    bring_in_line(unit, act, [found], {changed})
    return changed


def move_many(
    unit: Session, act: Act, *, viewer: Viewer, acts: Sequence[Registered], name: str, reason: str = ""
) -> tuple[tuple[str, ...], tuple[tuple[str, ActError], ...]]:
    """Take several activities one step further; give the codes that went and, each with its reason, the others."""
    done: list[Registered] = []
    refused: list[tuple[str, ActError]] = []
    states = set()
    for found in acts:
        try:
            states.add(step(unit, act, viewer, found, name, reason, None))
            done.append(found)
        except ConflictError as wrong:
            refused.append((found.code, wrong))
    if done:
        bring_in_line(unit, act, done, states)
        record(unit, act, "activity.batch", move=name, activities=[one.code for one in done], reason=reason)
    return tuple(one.code for one in done), tuple(refused)


def step(
    unit: Session, act: Act, viewer: Viewer, found: Registered, name: str, reason: str, version: int | None
) -> str:
    """Write one step of one activity and give the state it leads to."""
    row = unit.get_one(ActivityRow, found.id, with_for_update=True)
    if version is not None and version != row.row_version:
        raise ConflictError("error.activity_changed", activity=found.code)
    refuse_frozen(unit.get_one(Term, row.term_id), act.today)
    before = row.state
    try:
        state = state_after(
            before, name, role=viewer.role, town_first=town_first(unit, found), reason=reason[:LONGEST_REASON]
        )
    except MoveError as wrong:
        raise ConflictError(wrong.key, **wrong.facts) from wrong
    except LookupError as wrong:
        raise ConflictError("activity.refused.move", move=name) from wrong
    if name == "disown":
        state = disowned(unit, viewer, row)
    elif MOVES[name].act == "activity.confirm":
        state = answered(unit, act, viewer, row, state)
    elif name == "resubmit":
        refuse_others(act, viewer, found)
    if name == "verify":
        row.verified_by = act.actor
    row.state, row.row_version = state, row.row_version + 1
    note(unit, act, viewer, row, move=name, before=before, reason=reason[:LONGEST_REASON].strip())
    record(unit, act, f"activity.{name}", activity=row.code, before=before, after=state,
           reason=reason[: LONGEST_REASON].strip())  # fmt: skip
    unit.flush()
    return state


def answered(unit: Session, act: Act, viewer: Viewer, row: ActivityRow, state: str) -> str:
    """Keep one person's confirmation, or take them out; it goes on when nobody's answer is missing any more."""
    parts = list(
        unit.scalars(select(ActivityPerson).where(ActivityPerson.activity_id == row.id).order_by(ActivityPerson.id))
    )
    mine = next((part for part in parts if part.person_id == viewer.person), None)
    if mine is None or mine.confirmed_at is not None:
        raise ConflictError("activity.refused.not_asked")
    others = [part for part in parts if part is not mine]
    if state == "withdrawn" and others:
        unit.delete(mine)
        if mine.role == "lead":
            others[0].role = "lead"
    elif state == "reported":
        mine.confirmed_at = act.at
    if state == "withdrawn" and not others:
        return state
    return "reported" if all(part.confirmed_at is not None for part in others) else "entered"


def disowned(unit: Session, viewer: Viewer, row: ActivityRow) -> str:
    """Take somebody out who says that they were not there; give the state, withdrawn when nobody is left.

    Raises ConflictError for who did not take part, and for who entered it themselves: they withdraw it.
    """
    parts = list(
        unit.scalars(select(ActivityPerson).where(ActivityPerson.activity_id == row.id).order_by(ActivityPerson.id))
    )
    mine = next((part for part in parts if part.person_id == viewer.person), None)
    if mine is None:
        raise ConflictError("activity.refused.not_asked")
    if row.entered_by == viewer.user:
        raise ConflictError("activity.refused.own_entry")
    others = [part for part in parts if part is not mine]
    if not others:
        return "withdrawn"
    unit.delete(mine)
    if mine.role == "lead":
        others[0].role = "lead"
    return row.state


def refuse_others(act: Act, viewer: Viewer, found: Registered) -> None:
    """Let only whoever entered an activity, or leads in it, correct it. Raises ConflictError."""
    leads = bool(viewer.person) and bool(found.people) and found.people[0].person == viewer.person
    if found.entered_by != act.actor and not leads:
        raise ConflictError("activity.refused.not_enterer")


def note(
    unit: Session, act: Act, viewer: Viewer, row: ActivityRow, *, move: str, before: str, reason: str,
    changes: Mapping[str, list[Any]] | None = None,
) -> None:  # fmt: skip
    """Add a step to an activity's history; changes: of a correction, what each field was and what it became."""
    unit.add(
        ActivityMove(activity_id=row.id, move=move, before=before, after=row.state, actor=act.actor, role=viewer.role,
                     reason=reason, changes=changes or None, at=act.at)
    )  # fmt: skip


def bring_in_line(unit: Session, act: Act, acts: Sequence[Registered], states: set[str]) -> None:
    """Let the ledger of the seats concerned follow, when something began to count or stopped counting."""
    if COUNTING not in states and all(found.state != COUNTING for found in acts):
        return
    if unit.scalar(select(RuleBookRow.id).limit(1)) is not None:
        term = unit.get_one(Term, unit.get_one(ActivityRow, acts[0].id).term_id)
        score(unit, act, term=term.name, seats=frozenset(one.seat_id for found in acts for one in found.people))
