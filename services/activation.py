"""Activation: a proposed plan is approved, and put in force together with its generation, each as one act."""

from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from data.tables import Generation, Grid, InForce, PlanRow, Term
from services.act import Act, record, touch_atlas
from services.errors import ConflictError, NotFoundError
from services.instance import refuse_frozen
from services.matters_handing import follow_now


def the_plan(unit: Session, plan: int | None, *states: str) -> PlanRow:
    """Find a plan by number, else the newest in one of these states."""
    if plan is not None:
        found = unit.get(PlanRow, plan)
        if found is None:
            raise NotFoundError("error.no_such_plan", plan=plan)
        return found
    newest = unit.scalars(select(PlanRow).where(PlanRow.state.in_(states)).order_by(PlanRow.id.desc())).first()
    if newest is None:
        raise NotFoundError("error.no_plan", states=" ".join(states))
    return newest


def approve_plan(unit: Session, act: Act, *, plan: int | None, reason: str) -> PlanRow:
    """Approve a proposed plan: who, when, why."""
    row = the_plan(unit, plan, "proposed")
    refuse_frozen(unit.get_one(Term, row.term_id), act.today)
    if row.state != "proposed":
        raise ConflictError("error.plan_not_proposed", plan=row.id, state=row.state)
    row.state, row.approved_at, row.approved_by, row.approval_reason = "approved", act.at, act.actor, reason
    row.row_version += 1
    record(unit, act, "plan.approve", plan=row.id, reason=reason)
    return row


def activate_plan(unit: Session, act: Act, *, plan: int | None, valid_from: date | None = None) -> InForce:
    """Put an approved plan in force together with its generation."""
    row = the_plan(unit, plan, "approved")
    if row.state not in ("approved", "retired"):
        raise ConflictError("error.plan_not_approved", plan=row.id, state=row.state)
    generation = unit.get_one(Generation, row.generation_id)
    return put_in_force(unit, act, generation, row, valid_from)


def activate_generation(
    unit: Session, act: Act, *, name: str, plan: int | None = None, unplaced: bool = False,
    valid_from: date | None = None,
) -> InForce:  # fmt: skip
    """Put a generation in force with its plan; without one only when `unplaced` is said."""
    generation = unit.scalar(select(Generation).where(Generation.name == name))
    if generation is None:
        raise NotFoundError("error.no_such_generation", generation=name)
    query = select(PlanRow).where(PlanRow.generation_id == generation.id).order_by(PlanRow.id.desc())
    if plan is not None:
        row = unit.scalars(query.where(PlanRow.id == plan)).first()
        if row is None:
            raise NotFoundError("error.no_such_plan", plan=plan)
    else:
        row = unit.scalars(query.where(PlanRow.state.in_(["approved", "in_force", "retired"]))).first()
    if row is None and not unplaced:
        raise ConflictError("error.generation_without_plan", generation=name)
    if row is not None and row.state == "proposed":
        raise ConflictError("error.plan_not_approved", plan=row.id, state=row.state)
    return put_in_force(unit, act, generation, None if unplaced else row, valid_from)


def put_in_force(
    unit: Session, act: Act, generation: Generation, plan: PlanRow | None, valid_from: date | None
) -> InForce:
    """Switch (generation, plan) together from a day; what was in force answers for the days before.

    Open matters follow: those of deputies who do not count any more go to whoever answers there now.
    """
    starts = valid_from or act.today
    term = unit.get_one(Term, generation.term_id)
    refuse_frozen(term, act.today)
    if starts < term.starts_on or (term.ends_on is not None and starts >= term.ends_on):
        raise ConflictError(
            "error.plan_outside_term", day=starts.isoformat(), term=term.name, starts=term.starts_on.isoformat()
        )
    if not unit.scalar(select(func.count()).select_from(Grid).where(Grid.generation_id == generation.id)):
        raise ConflictError("error.no_grids", generation=generation.name)
    ends = make_room(unit, term, starts)
    unit.execute(update(PlanRow).where(PlanRow.state == "in_force").values(state="retired"))
    unit.execute(update(Generation).where(Generation.state == "active").values(state="retired"))
    generation.state = "active"
    if plan is not None:
        plan.state = "in_force"
        plan.row_version += 1
    row = InForce(
        generation_id=generation.id, plan_id=plan.id if plan else None, valid_from=starts, valid_to=ends,
        recorded_at=act.at,
    )  # fmt: skip
    unit.add(row)
    record(
        unit, act, "plan.activate", generation=generation.name, plan=plan.id if plan else None,
        valid_from=starts.isoformat(),
    )  # fmt: skip
    touch_atlas(unit)
    if starts <= act.today:
        follow_now(unit, act)
    return row


def make_room(unit: Session, term: Term, starts: date) -> date | None:
    """End on a day what is in force then; give the day on which the next term, where it is arranged already, begins.

    Raises ConflictError when something else of this term, or of the one before it, comes in force later.
    """
    ends: date | None = None
    for standing in unit.scalars(select(InForce).where((InForce.valid_to.is_(None)) | (InForce.valid_to > starts))):
        if standing.valid_from > starts:
            later = unit.get_one(Term, unit.get_one(Generation, standing.generation_id).term_id)
            if later.starts_on <= term.starts_on:
                raise ConflictError(
                    "error.in_force_later", starts=starts.isoformat(), since=standing.valid_from.isoformat()
                )
            ends = standing.valid_from if ends is None else min(ends, standing.valid_from)
            continue
        standing.valid_to = starts
    return ends
