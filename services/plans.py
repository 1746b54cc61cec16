"""Reading plans, generations and terms: lists, comparisons, and the table that is signed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.messages import say
from data.tables import Area, District, Generation, Grid, InForce, LinkRow, Person, Piece, PlanRow, Seat, Station, Term
from services.activation import the_plan
from services.errors import NotFoundError
from services.instance import is_frozen
from services.naming import named_facts


def list_generations(unit: Session) -> list[dict[str, Any]]:
    """List the generations with the size of each layer."""

    def sizes(model: Any, *conditions: Any) -> dict[int, int]:
        query = select(model.generation_id, func.count()).where(*conditions).group_by(model.generation_id)
        return {key: size for key, size in unit.execute(query)}  # noqa: C416

    areas, grids, stations = sizes(Area), sizes(Grid), sizes(Station)
    county, town = sizes(District, District.layer == "county"), sizes(District, District.layer == "town")
    rows = unit.execute(select(Generation, Term.name).join(Term).order_by(Generation.id)).all()
    return [
        {"name": row.name, "term": term, "state": row.state, "areas": areas.get(row.id, 0),
         "county": county.get(row.id, 0), "town": town.get(row.id, 0), "grids": grids.get(row.id, 0),
         "stations": stations.get(row.id, 0), "synthetic": row.synthetic}
        for row, term in rows
    ]  # fmt: skip


def compare_generations(unit: Session, before: str, after: str) -> list[dict[str, Any]]:
    """Compare two generations layer by layer: how many codes came, went, or changed shape or name."""
    ids = {}
    for name in (before, after):
        found = unit.scalar(select(Generation.id).where(Generation.name == name))
        if found is None:
            raise NotFoundError("error.no_such_generation", generation=name)
        ids[name] = found
    layers: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("areas", Area, ()),
        ("districts county", District, (District.layer == "county",)),
        ("districts town", District, (District.layer == "town",)),
        ("grids", Grid, ()),
    ]
    rows = []
    for label, model, conditions in layers:
        old, new = (
            {
                row.code: row
                for row in unit.execute(
                    select(model.code, model.name, model.geometry).where(model.generation_id == ids[name], *conditions)
                )
            }
            for name in (before, after)
        )
        both = old.keys() & new.keys()
        reshaped = {code for code in both if not same_shape(old[code].geometry, new[code].geometry)}
        renamed = {code for code in both if old[code].name != new[code].name}
        rows.append(
            {"layer": label, "came": len(new.keys() - old.keys()), "went": len(old.keys() - new.keys()),
             "reshaped": len(reshaped), "renamed": len(renamed), "same": len(both - reshaped - renamed)}
        )  # fmt: skip
    return rows


def same_shape(one: Any | None, other: Any | None) -> bool:
    """Tell whether two shapes are the same ground, whatever their first vertex."""
    if one is None or other is None:
        return one is other
    return bool(shapely.equals(one, other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A plan in the list: what it is, when it answered, and what it could not do."""

    plan: int
    state: str  # proposed | approved | in_force | retired, or frozen with its term
    term: str
    generation: str
    proposed_at: datetime
    approved_by: str
    approval_reason: str
    spans: tuple[tuple[date, date | None], ...]  # half-open
    seats: int
    links: int
    unmet: int


def list_plans(unit: Session, on: date) -> tuple[Listed, ...]:
    """List every plan, the newest first, with the days on which it answers."""
    counts = {
        plan: (seats, links)
        for plan, seats, links in unit.execute(
            select(LinkRow.plan_id, func.count(LinkRow.seat_id.distinct()), func.count()).group_by(LinkRow.plan_id)
        )
    }
    spans: dict[int, list[tuple[date, date | None]]] = {}
    for row in unit.scalars(select(InForce).order_by(InForce.valid_from, InForce.id)):
        if row.plan_id is not None and row.valid_from != row.valid_to:
            spans.setdefault(row.plan_id, []).append((row.valid_from, row.valid_to))
    query = (
        select(PlanRow, Generation.name, Term)
        .join(Generation, Generation.id == PlanRow.generation_id)
        .join(Term, Term.id == PlanRow.term_id)
        .order_by(PlanRow.id.desc())
    )
    return tuple(
        Listed(
            plan=row.id, state="frozen" if is_frozen(term, on) else row.state, term=term.name, generation=generation,
            proposed_at=row.proposed_at, approved_by=row.approved_by, approval_reason=row.approval_reason,
            spans=tuple(spans.get(row.id, ())), seats=counts.get(row.id, (0, 0))[0],
            links=counts.get(row.id, (0, 0))[1], unmet=len(row.summary.get("unmet", ())),
        )
        for row, generation, term in unit.execute(query)
    )  # fmt: skip


def show_plan(unit: Session, plan: int | None) -> dict[str, Any]:
    """Give a plan with each district's objective and bound."""
    row = the_plan(unit, plan, "proposed", "approved", "in_force", "retired")
    generation = unit.get_one(Generation, row.generation_id)
    links, seats = unit.execute(
        select(func.count(), func.count(LinkRow.seat_id.distinct())).where(LinkRow.plan_id == row.id)
    ).one()
    return {
        "plan": row.id, "state": row.state, "generation": generation.name, "links": links, "seats": seats,
        "proposed_at": row.proposed_at, "approved_at": row.approved_at, "approved_by": row.approved_by,
        "reason": row.approval_reason, "settings": row.settings, "weights": weights_of(unit, generation.id),
        **row.summary,
    }  # fmt: skip


def weights_of(unit: Session, generation: int) -> dict[str, int]:
    """Count the pieces of a generation by how their households are known: addresses, households (shared out), area."""
    query = select(Piece.weight, func.count()).where(Piece.generation_id == generation).group_by(Piece.weight)
    found = {weight: number for weight, number in unit.execute(query)}  # noqa: C416
    return {weight: found[weight] for weight in ("addresses", "households", "area") if weight in found}


def seats_by_piece(unit: Session, plan: int) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Map each piece of a plan to the names of its deputies in order."""
    query = (
        select(LinkRow.layer, LinkRow.grid_code, LinkRow.district_code, Person.name)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .join(Person, Person.id == Seat.person_id)
        .where(LinkRow.plan_id == plan)
        .order_by(LinkRow.layer, LinkRow.grid_code, LinkRow.district_code, LinkRow.position, Seat.code)
    )
    found: dict[tuple[str, str, str], list[str]] = {}
    for layer, grid, district, name in unit.execute(query):
        found.setdefault((layer, grid, district), []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def plan_difference(unit: Session, plan: int | None, against: int | None) -> pd.DataFrame:
    """List the pieces whose deputies differ: layer, grid, district, before, after."""
    new = the_plan(unit, plan, "proposed", "approved")
    old = the_plan(unit, against, "in_force")
    after, before = seats_by_piece(unit, new.id), seats_by_piece(unit, old.id)
    rows = [
        (*key, "、".join(before.get(key, ())), "、".join(after.get(key, ())))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return pd.DataFrame(rows, columns=["layer", "grid", "district", "before", "after"])


def plan_table(unit: Session, plan: int | None, lang: str) -> tuple[pd.DataFrame, bool]:
    """Give a plan as the table a congress signs, one link a row with its reason, and whether it is synthetic."""
    row = the_plan(unit, plan, "in_force", "approved", "proposed")
    generation = unit.get_one(Generation, row.generation_id)
    grids = dict(unit.execute(select(Grid.code, Grid.name).where(Grid.generation_id == generation.id)).all())
    towns = dict(unit.execute(select(Area.code, Area.name).where(Area.generation_id == generation.id)).all())
    counted = {
        (layer, grid, district): say(f"plan.counted.{weight}", lang)
        for layer, grid, district, weight in unit.execute(
            select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.weight).where(
                Piece.generation_id == generation.id
            )
        )
    }
    query = (
        select(LinkRow, Seat.code, Seat.level, Person.name)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .join(Person, Person.id == Seat.person_id)
        .where(LinkRow.plan_id == row.id)
        .order_by(LinkRow.layer, LinkRow.grid_code, LinkRow.district_code, LinkRow.position, Seat.code)
    )
    rows = [
        (link.layer, link.grid_code, grids.get(link.grid_code, ""), link.district_code, seat, level, name,
         link.position, link.households, counted.get((link.layer, link.grid_code, link.district_code), ""), link.basis,
         say(link.reason["key"], lang, **named_facts(link.reason["facts"], towns | grids)))
        for link, seat, level, name in unit.execute(query)
    ]  # fmt: skip
    columns = ["layer", "grid", "grid_name", "district", "seat", "level", "deputy", "position", "households",
               "counted", "basis", "reason"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), generation.synthetic
