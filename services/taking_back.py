"""Taking back: an event of a seat recorded by mistake, or a match of two rosters, while nothing stands on it."""

from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.tables import (
    Account,
    ActivityPerson,
    Closing,
    InForce,
    LeadRow,
    LedgerEntry,
    LinkRow,
    Person,
    PersonMatch,
    PlanRow,
    Seat,
    SeatEvent,
    StationLinkRow,
    Term,
)
from services.act import CIVIL, Act, record, touch_atlas
from services.enrolling import ENROLLED
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import refuse_frozen, the_term
from services.seats import BY_ELECTION, SUSPENDED

SET_ASIDE = "set_aside"


def undo_event(unit: Session, act: Act, *, event: int, reason: str) -> str:
    """Take back an event of a seat; give the seat's code. The audit keeps both that it was and that it was taken back.

    Raises ConflictError where a later act stands on it: a later event of the seat, a by-election that filled the
    vacancy, a closed period, an activity of the seat that would not exist, or a plan that answered with it.
    """
    row = unit.get(SeatEvent, event)
    if row is None:
        raise NotFoundError("error.no_such_event", event=event)
    seat = unit.get_one(Seat, row.seat_id)
    term = unit.get_one(Term, seat.term_id)
    refuse_frozen(term, act.today)
    if not reason.strip():
        raise BadRequestError("error.undo_reason")
    refuse_later(unit, row, seat)
    refuse_closed(unit, term, row)
    facts: dict[str, Any] = {
        "seat": seat.code, "kind": row.kind, "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None, "recorded_by": row.recorded_by,
        "reason": reason.strip()[:200],
    }  # fmt: skip
    unit.delete(row)
    unit.flush()
    if row.kind in (BY_ELECTION, ENROLLED):
        facts["set_aside"] = remove_seat(unit, seat)
    elif row.kind != SUSPENDED:
        seat.ends_on = term.ends_on if term.state == "frozen" else None  # frozen: its hand-over is arranged
        seat.row_version += 1
    record(unit, act, "seat.undo", **facts)
    touch_atlas(unit)
    return seat.code


def refuse_later(unit: Session, row: SeatEvent, seat: Seat) -> None:
    """Refuse where another event stands on this one."""
    later = unit.scalar(
        select(SeatEvent.kind).where(SeatEvent.seat_id == seat.id, SeatEvent.id > row.id).order_by(SeatEvent.id.desc())
    )
    if later is not None:
        raise ConflictError("error.undo_later", seat=seat.code, kind_key=f"seat.kind.{later}")
    if row.kind in (SUSPENDED, BY_ELECTION, ENROLLED):
        return
    filled = unit.scalar(
        select(Seat.code).join(SeatEvent, SeatEvent.seat_id == Seat.id).where(SeatEvent.fills_seat_id == seat.id)
    )
    if filled is not None:
        raise ConflictError("error.undo_filled", seat=seat.code, by=filled)


def refuse_closed(unit: Session, term: Term, row: SeatEvent) -> None:
    """Refuse where a period was closed after the event was recorded and holds days that it decides."""
    closed = unit.scalar(
        select(Closing.period).where(
            Closing.term_id == term.id, Closing.ends_on > row.starts_on, Closing.closed_at > row.recorded_at
        )
    )
    if closed is not None:
        raise ConflictError("error.undo_closed", period=closed)


def remove_seat(unit: Session, seat: Seat) -> list[int]:
    """Remove the seat of an election that was none, and set aside the plans that only proposed it; give them."""
    acts = unit.scalar(select(ActivityPerson.id).where(ActivityPerson.seat_id == seat.id).limit(1))
    if acts is not None:
        raise ConflictError("error.undo_acts", seat=seat.code)
    plans = list(unit.scalars(select(LinkRow.plan_id).where(LinkRow.seat_id == seat.id).distinct()))
    answered = unit.scalar(select(InForce.plan_id).where(InForce.plan_id.in_(plans)).limit(1))
    if answered is not None:
        raise ConflictError("error.undo_plan", seat=seat.code, plan=answered)
    for model in (LinkRow, LeadRow, StationLinkRow):
        unit.execute(delete(model).where(model.seat_id == seat.id))
    unit.execute(update(PlanRow).where(PlanRow.id.in_(plans)).values(state=SET_ASIDE))
    try:
        with unit.begin_nested():
            unit.delete(seat)
            unit.flush()
    except IntegrityError as wrong:
        raise ConflictError("error.undo_acts", seat=seat.code) from wrong
    return sorted(plans)


def undo_match(unit: Session, act: Act, *, new: str, code: str, reason: str) -> bool:
    """Take back what was decided about a number of the new roster; give whether its seats were parted again.

    Raises NotFoundError for a number that was not decided, ConflictError once the new term is frozen or the seats of
    the match have points.
    """
    after = the_term(unit, new)
    refuse_frozen(after, act.today)
    if not reason.strip():
        raise BadRequestError("error.undo_reason")
    row = unit.scalar(select(PersonMatch).where(PersonMatch.code == code))
    if row is None:
        raise NotFoundError("error.no_such_match", code=code)
    seats = list(row.reason.get("seats", ())) if row.same else []
    if unit.scalar(select(LedgerEntry.id).where(LedgerEntry.seat_id.in_(seats)).limit(1)) is not None:
        raise ConflictError("error.undo_match_points", code=code)
    if seats:
        own = unit.scalars(select(Person.id).where(Person.code == code)).one()
        part_person(unit, own, row, seats)
    unit.delete(row)
    record(unit, act, "term.match_undo", term=after.name, code=code, same=row.same, reason=reason.strip()[:200])
    touch_atlas(unit)
    return bool(seats)


def part_person(unit: Session, own: str, match: PersonMatch, seats: list[str]) -> None:
    """Hang what a match had moved back on the person of the new roster's number."""
    moved: tuple[tuple[Any, Any], ...] = (
        (Seat, Seat.id.in_(seats)),
        (ActivityPerson, ActivityPerson.seat_id.in_(seats)),
        (Account, Account.id.in_(match.reason.get("accounts", ()))),
    )
    for model, condition in moved:
        unit.execute(update(model).where(condition, model.person_id == match.person_id).values(person_id=own))


def decided_matches(unit: Session, new: Term) -> tuple[tuple[str, str, str, bool, str, date], ...]:
    """List what was decided about the new roster's numbers: (code, name, old code, same, by, day), by code."""
    own = select(Person.code, Person.name).subquery()
    query = (
        select(PersonMatch, own.c.name, Person.code)
        .join(own, own.c.code == PersonMatch.code)
        .join(Person, Person.id == PersonMatch.person_id)
        .order_by(PersonMatch.code)
    )
    seated = set(unit.scalars(select(Seat.person_id).where(Seat.term_id == new.id)))
    ids = dict(unit.execute(select(Person.code, Person.id)).all())
    return tuple(
        (row.code, name, old, row.same, row.decided_by, row.recorded_at.astimezone(CIVIL).date())
        for row, name, old in unit.execute(query)
        if row.person_id in seated or ids.get(row.code) in seated
    )
