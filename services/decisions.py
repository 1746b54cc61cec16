"""Decisions: a deputy elected by a congress is placed by a recorded decision, with its number, day and paper."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF, LEVELS
from data.tables import Grid, InForce, LinkRow, Person, Seat, SeatDecision, Term
from services.act import Act, record, touch_atlas
from services.errors import BadRequestError, NotFoundError
from services.evidence import Sound, lay_down, place_of
from services.ground import latest_generation
from services.instance import refuse_frozen, the_term
from services.seats import counting_on, the_seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One recorded decision about a seat; `grid` is empty where it withdraws the one before."""

    number: int
    grid: str
    decided_on: date
    decision: str
    file: str  # name of the paper, empty without one
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Elected:
    """A seat of a deputy whom a congress elected: where a decision places it, or what is only proposed."""

    seat: str
    person: str
    name: str
    level: str
    electing_unit: str
    town: str
    grid: str  # decided, empty without a decision
    decided_on: date | None
    decision: str
    proposed: str  # the grid the plan in force proposes, empty where it is decided
    papers: tuple[Paper, ...]  # the newest first


def decide_place(
    unit: Session, act: Act, *, seat: str, grid: str, on: date, decision: str, paper: Sound | None = None,
    home: Path | None = None, term: str | None = None,
) -> SeatDecision:  # fmt: skip
    """Record the decision that places a seat in a grid, or with an empty `grid` withdraws it; the next plan follows it.

    Raises BadRequestError for a directly elected seat (its own district places it), a day to come, or no decision;
    NotFoundError for a grid that the newest map of the term does not have.
    """
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    row = the_seat(unit, the, seat)
    if row.level in LAYER_OF:
        raise BadRequestError("error.decision_direct", seat=seat)
    if not decision.strip():
        raise BadRequestError("error.decision_number")
    if on > act.today:
        raise BadRequestError("error.decision_day", day=on.isoformat())
    ground = latest_generation(unit, the, None)
    known = select(Grid.id).where(Grid.generation_id == ground.id, Grid.code == grid)
    if grid and unit.scalar(known) is None:
        raise NotFoundError("error.no_such_grid", grid=grid)
    if paper is not None and home is not None:
        lay_down(home, paper)
    row.decided_grid_code, row.decided_on, row.decision = grid, on if grid else None, decision.strip()[:200]
    row.row_version += 1
    kept = SeatDecision(
        seat_id=row.id, grid_code=grid, decided_on=on, number=decision.strip()[:200],
        sha256=paper.sha256 if paper else "", media=paper.media if paper else "", name=paper.name if paper else "",
        recorded_by=act.actor, recorded_at=act.at,
    )  # fmt: skip
    unit.add(kept)
    unit.flush()
    record(unit, act, "seat.decide", seat=seat, grid=grid, on=on.isoformat(), decision=kept.number, paper=kept.sha256)
    touch_atlas(unit)
    return kept


def list_elected(unit: Session, term: Term, day: date) -> tuple[Elected, ...]:
    """List the seats of a term whom a congress elected, the highest level first, with every decision about them."""
    papers: dict[str, list[Paper]] = {}
    query = select(SeatDecision).join(Seat, Seat.id == SeatDecision.seat_id).where(Seat.term_id == term.id)
    for row in unit.scalars(query.order_by(SeatDecision.id.desc())):
        papers.setdefault(row.seat_id, []).append(
            Paper(number=row.id, grid=row.grid_code, decided_on=row.decided_on, decision=row.number, file=row.name,
                  recorded_by=row.recorded_by, recorded_at=row.recorded_at)
        )  # fmt: skip
    in_force = unit.scalars(
        select(InForce.plan_id)
        .where(InForce.valid_from <= day, (InForce.valid_to.is_(None)) | (InForce.valid_to > day))
        .order_by(InForce.id.desc())
    ).first()
    proposals = dict(
        unit.execute(
            select(LinkRow.seat_id, LinkRow.grid_code).where(LinkRow.plan_id == in_force, LinkRow.basis == "proposal")
        ).all()
    )
    rows = unit.execute(
        select(Seat, Person)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, Seat.level.not_in(list(LAYER_OF)), *counting_on(day))
        .order_by(Seat.code)
    )
    found = [
        Elected(
            seat=seat.code, person=person.id, name=person.name, level=seat.level, electing_unit=seat.electing_unit,
            town=seat.town_code, grid=seat.decided_grid_code, decided_on=seat.decided_on, decision=seat.decision,
            proposed="" if seat.decided_grid_code else proposals.get(seat.id, ""),
            papers=tuple(papers.get(seat.id, ())),
        )
        for seat, person in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (bool(row.grid), LEVELS.index(row.level), row.seat)))


def paper_of(unit: Session, home: Path, number: int) -> tuple[SeatDecision, bytes]:
    """Give a decision's paper and its bytes. Raises NotFoundError when there is none or it was altered."""
    row = unit.get(SeatDecision, number)
    if row is None or not row.sha256:
        raise NotFoundError("error.no_page")
    path = place_of(home, row.sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise NotFoundError("error.evidence_gone", name=row.name)
    return row, content
