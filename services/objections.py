"""Objections: a deputy calls an entry wrong (错), double (重) or missing (漏); the congress answers with a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from congress.activities import COUNTING
from congress.permissions import Viewer
from data.tables import (
    ActivityMove,
    ActivityPerson,
    ActivityRow,
    Closing,
    LedgerEntry,
    Objection,
    Person,
    Term,
)
from services.act import Act, once, record
from services.closings import the_closing
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.past import correction_row, past_of
from services.points import score

KINDS = ("wrong", "double", "missing")
LONGEST = 400
MEASURES = ("hours_tenths", "half_days", "served")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An objection as it is shown: what is meant, how it stands, and what was answered."""

    number: int
    period: str
    person: str
    name: str
    kind: str
    text: str
    state: str
    raised_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by: str
    entry: int | None
    rule: str
    tenths: int
    on: date | None
    reason: dict[str, Any]
    activity: str
    version: int
    frozen: bool


def raise_objection(
    unit: Session,
    act: Act,
    *,
    person: str,
    period: str,
    kind: str,
    text: str,
    entry: int | None = None,
    activity: str = "",
    term: str | None = None,
) -> int:
    """Raise an objection to a closed period, once per request id; give its number.

    person: whose entries.  entry: for wrong and double.  activity: for missing, when it is entered already.
    Raises BadRequestError for a kind, entry or activity that does not fit, ConflictError outside the window.
    """
    asked = [person, period, kind, text, entry, activity]
    return int(
        once(unit, act, "objection.raise", asked,
             lambda: raised(unit, act, the_term(unit, term, on=act.today), person, period, kind, text, entry, activity))
    )  # fmt: skip


def raised(
    unit: Session,
    act: Act,
    term: Term,
    person: str,
    period: str,
    kind: str,
    text: str,
    entry: int | None,
    activity: str,
) -> int:
    """Write the row of an objection that fits."""
    closing = the_closing(unit, term, period)
    if closing.state == "frozen" or act.today > closing.objections_until:
        raise ConflictError("error.window_over", period=period, until=closing.objections_until.isoformat())
    if kind not in KINDS:
        raise BadRequestError("error.objection_kind", kind=kind, known=" ".join(KINDS))
    if not text.strip():
        raise BadRequestError("error.objection_text")
    if kind == "missing":
        if activity:
            missing_act(unit, closing, person, activity)
        entry = None
    else:
        check_entry(unit, closing, person, entry)
        activity = ""
    row = Objection(
        closing_id=closing.id, person_id=person, kind=kind, entry_id=entry, activity_code=activity,
        text=text.strip()[:LONGEST], raised_at=act.at, raised_by=act.actor,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    record(unit, act, "objection.raise", objection=row.id, period=period, kind=kind, entry=entry, activity=activity)
    return row.id


def check_entry(unit: Session, closing: Closing, person: str, entry: int | None) -> LedgerEntry:
    """Find the entry that is meant: the person's own, in the closed period, standing, and not objected to already."""
    found = unit.get(LedgerEntry, entry) if entry is not None else None
    inside = found is not None and closing.starts_on <= found.on < closing.ends_on and found.reverses_id is None
    if found is None or not inside or found.person_id != person:
        raise BadRequestError("error.objection_entry")
    if unit.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses_id == found.id)) is not None:
        raise ConflictError("error.objection_taken_back")
    same = select(Objection.id).where(Objection.entry_id == found.id, Objection.state != "rejected")
    if unit.scalar(same) is not None:
        raise ConflictError("error.objection_again")
    return found


def missing_act(unit: Session, closing: Closing, person: str, activity: str) -> ActivityRow:
    """Find the activity that is missing: the person's own, in the closed period, and not counted in it."""
    found = unit.scalar(
        select(ActivityRow)
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .where(ActivityRow.code == activity, ActivityPerson.person_id == person)
    )
    if found is None or not closing.starts_on <= found.on < closing.ends_on:
        raise BadRequestError("error.objection_activity", activity=activity)
    counted = select(LedgerEntry.id).where(
        LedgerEntry.activity_code == activity, LedgerEntry.person_id == person, LedgerEntry.reverses_id.is_(None)
    )
    if unit.scalar(counted.limit(1)) is not None:
        raise ConflictError("error.objection_counted", activity=activity)
    return found


def answer_objection(
    unit: Session,
    act: Act,
    *,
    viewer: Viewer,
    number: int,
    upheld: bool,
    answer: str,
    activity: str = "",
    measures: dict[str, int] | None = None,
    version: int | None = None,
) -> str:
    """Answer an objection with a reason; one that is upheld goes through the ledger, in the open days.

    double: the entry is taken back.  wrong: likewise, and with `measures` (hours_tenths, half_days, served) the act is
    corrected and awarded anew.  missing: the activity is verified and counts late. Gives the new state.
    """
    row = unit.get(Objection, number, with_for_update=True)
    if row is None:
        raise NotFoundError("error.no_such_objection", number=number)
    closing = unit.get_one(Closing, row.closing_id)
    if row.state != "raised" or (version is not None and version != row.row_version):
        raise ConflictError("error.objection_answered", number=number)
    if closing.state == "frozen":
        raise ConflictError("error.period_frozen", period=closing.period)
    if not answer.strip():
        raise BadRequestError("error.objection_answer")
    row.state = "upheld" if upheld else "rejected"
    row.answer, row.answered_at, row.answered_by = answer.strip()[:LONGEST], act.at, act.actor
    row.row_version += 1
    if upheld and row.kind == "missing":
        row.activity_code = row.activity_code or activity
        put_right_missing(unit, act, viewer, closing, row)
    elif upheld:
        put_right_entry(unit, act, viewer, closing, row, measures or {})
    unit.flush()
    record(unit, act, "objection.answer", objection=row.id, period=closing.period, state=row.state, answer=row.answer,
           activity=row.activity_code, measures=measures or {})  # fmt: skip
    return row.state


def put_right_entry(
    unit: Session, act: Act, viewer: Viewer, closing: Closing, row: Objection, measures: dict[str, int]
) -> None:
    """Take the entry back in the open days; with corrected measures let its act be awarded anew."""
    entry = unit.get_one(LedgerEntry, row.entry_id)
    term = unit.get_one(Term, closing.term_id)
    if unit.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry.id)) is not None:
        raise ConflictError("error.objection_taken_back")
    recount = row.kind == "wrong" and bool(measures)
    past = past_of(unit, term, frozenset({entry.seat_id}))
    unit.execute(insert(LedgerEntry), [correction_row(act, entry, past, recount=recount, why=row.answer)])
    if recount:
        correct_measures(unit, act, viewer, entry, row, measures)
        score(unit, act, term=term.name, seats=frozenset({entry.seat_id}))


def correct_measures(
    unit: Session, act: Act, viewer: Viewer, entry: LedgerEntry, row: Objection, measures: dict[str, int]
) -> None:
    """Correct what an act was measured with, and note it in its history. Raises BadRequestError."""
    found = unit.scalar(select(ActivityRow).where(ActivityRow.code == entry.activity_code))
    if found is None or any(name not in MEASURES or value < 0 for name, value in measures.items()):
        raise BadRequestError("error.objection_measures")
    for name, value in measures.items():
        setattr(found, name, value)
    found.row_version += 1
    noted(unit, act, viewer, found, move="correct", before=found.state, reason=row.answer)


def put_right_missing(unit: Session, act: Act, viewer: Viewer, closing: Closing, row: Objection) -> None:
    """Verify the missing act by this decision; scored now, it counts on the first open day."""
    if not row.activity_code:
        raise BadRequestError("error.objection_needs_activity")
    found = missing_act(unit, closing, row.person_id, row.activity_code)
    if found.state in ("refused", "withdrawn"):
        raise ConflictError("error.objection_activity_over", activity=found.code)
    if found.state != COUNTING:
        before, found.state, found.verified_by = found.state, COUNTING, act.actor
        found.row_version += 1
        noted(unit, act, viewer, found, move="verify", before=before, reason=row.answer)
        record(unit, act, "activity.verify", activity=found.code, before=before, after=COUNTING, objection=row.id)
    unit.flush()
    seats = unit.scalars(select(ActivityPerson.seat_id).where(ActivityPerson.activity_id == found.id))
    score(unit, act, term=unit.get_one(Term, closing.term_id).name, seats=frozenset(seats))


def noted(unit: Session, act: Act, viewer: Viewer, found: ActivityRow, *, move: str, before: str, reason: str) -> None:
    """Add a step that an objection caused to an activity's history."""
    unit.add(
        ActivityMove(activity_id=found.id, move=move, before=before, after=found.state, actor=act.actor,
                     role=viewer.role, reason=reason, at=act.at)
    )  # fmt: skip


def objections(unit: Session, term: Term, *, person: str = "", period: str = "", state: str = "") -> tuple[Raised, ...]:
    """List objections, those without an answer first, then the newest."""
    query = (
        select(Objection, Closing, Person.name, LedgerEntry)
        .join(Closing, Closing.id == Objection.closing_id)
        .join(Person, Person.id == Objection.person_id)
        .outerjoin(LedgerEntry, LedgerEntry.id == Objection.entry_id)
        .where(Closing.term_id == term.id)
        .order_by(Objection.state != "raised", Objection.id.desc())
    )
    if person:
        query = query.where(Objection.person_id == person)
    if period:
        query = query.where(Closing.period == period)
    if state:
        query = query.where(Objection.state == state)
    return tuple(
        Raised(
            number=row.id, period=closing.period, person=row.person_id, name=name, kind=row.kind, text=row.text,
            state=row.state, raised_at=row.raised_at, answer=row.answer, answered_at=row.answered_at,
            answered_by=row.answered_by, entry=row.entry_id, rule=entry.rule if entry else "",
            tenths=entry.tenths if entry else 0, on=entry.on if entry else None,
            reason=dict(entry.reason) if entry else {},
            activity=row.activity_code or (entry.activity_code if entry else ""), version=row.row_version,
            frozen=closing.state == "frozen",
        )
        for row, closing, name, entry in unit.execute(query)
    )  # fmt: skip
