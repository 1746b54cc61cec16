"""Locks: a seat that keeps a piece in every proposal, who decided it and why, until somebody lifts it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF
from data.tables import Generation, Grid, LockRow, Person, Piece, Seat, Term
from gridmap.plan import Lock
from services.act import Act, record
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import refuse_frozen, the_term
from services.seats import the_seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A lock as the congress reads it; `lifted_by` is empty while it holds."""

    number: int
    layer: str
    seat: str
    name: str
    grid: str
    grid_name: str
    district: str
    reason: str
    decided_by: str
    recorded_at: datetime
    lifted_by: str
    lift_reason: str


def locks_of(unit: Session, term: Term) -> tuple[tuple[str, Lock], ...]:
    """Give the locks that hold in a term, each with its layer, as the planner takes them."""
    query = (
        select(LockRow, Seat.code)
        .join(Seat, Seat.id == LockRow.seat_id)
        .where(LockRow.term_id == term.id, LockRow.lifted_at.is_(None))
        .order_by(LockRow.id)
    )
    return tuple(
        (row.layer, Lock(seat=seat, grid=row.grid_code, district=row.district_code, reason=row.reason))
        for row, seat in unit.execute(query)
    )


def list_locks(unit: Session, term: Term) -> tuple[Locked, ...]:
    """List every lock of a term, those that hold first, then the lifted ones, the newest first."""
    names = dict(
        unit.execute(
            select(Grid.code, Grid.name)
            .join(Generation, Generation.id == Grid.generation_id)
            .where(Generation.term_id == term.id)
            .order_by(Grid.generation_id)
        ).all()
    )
    query = (
        select(LockRow, Seat.code, Person.name)
        .join(Seat, Seat.id == LockRow.seat_id)
        .join(Person, Person.id == Seat.person_id)
        .where(LockRow.term_id == term.id)
        .order_by(LockRow.id.desc())
    )
    rows = [
        Locked(
            number=row.id, layer=row.layer, seat=seat, name=name, grid=row.grid_code,
            grid_name=names.get(row.grid_code, ""), district=row.district_code, reason=row.reason,
            decided_by=row.decided_by, recorded_at=row.recorded_at, lifted_by=row.lifted_by,
            lift_reason=row.lift_reason,
        )
        for row, seat, name in unit.execute(query)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: bool(row.lifted_by)))


def add_lock(unit: Session, act: Act, *, seat: str, grid: str, reason: str, term: str | None = None) -> LockRow:
    """Lock a seat to the piece of a grid in its own electoral district, from the next proposal on.

    Raises BadRequestError for a seat that no district elected, for a grid without a piece there and without a reason,
    ConflictError when the same lock holds already.
    """
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    if not reason.strip():
        raise BadRequestError("error.lock_reason")
    held = the_seat(unit, the, seat)
    layer = LAYER_OF.get(held.level)
    if layer is None or not held.district_code:
        raise BadRequestError("error.lock_not_district", seat=seat)
    piece = unit.scalars(
        select(Piece.id)
        .join(Generation, Generation.id == Piece.generation_id)
        .where(
            Generation.term_id == the.id, Piece.layer == layer, Piece.grid_code == grid,
            Piece.district_code == held.district_code, Piece.joined_grid_code.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    if piece is None:
        raise BadRequestError("error.lock_no_piece", grid=grid, district=held.district_code, seat=seat)
    query = select(LockRow).where(
        LockRow.term_id == the.id, LockRow.seat_id == held.id, LockRow.grid_code == grid,
        LockRow.lifted_at.is_(None),
    )  # fmt: skip
    if unit.scalar(query) is not None:
        raise ConflictError("error.lock_exists", seat=seat, grid=grid)
    row = LockRow(
        term_id=the.id, layer=layer, seat_id=held.id, grid_code=grid, district_code=held.district_code,
        reason=reason.strip()[:200], decided_by=act.actor, recorded_at=act.at,
    )  # fmt: skip
    unit.add(row)
    unit.flush()
    record(unit, act, "lock.add", lock=row.id, seat=seat, grid=grid, district=row.district_code, reason=row.reason)
    return row


def lift_lock(unit: Session, act: Act, *, number: int, reason: str) -> LockRow:
    """Lift a lock: the next proposal is free again. Raises NotFoundError, or ConflictError for one lifted before."""
    row = unit.get(LockRow, number)
    if row is None:
        raise NotFoundError("error.no_such_lock", lock=number)
    refuse_frozen(unit.get_one(Term, row.term_id), act.today)
    if not reason.strip():
        raise BadRequestError("error.lock_reason")
    if row.lifted_at is not None:
        raise ConflictError("error.lock_lifted", lock=number, by=row.lifted_by)
    row.lifted_at, row.lifted_by, row.lift_reason = act.at, act.actor, reason.strip()[:200]
    record(unit, act, "lock.lift", lock=row.id, grid=row.grid_code, reason=row.lift_reason)
    return row
