"""Placing: what a plan is proposed from, the proposal itself, and the rows in which it is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF, LAYERS
from data.frames import each
from data.tables import AtlasVersion, Generation, InForce, LeadRow, LinkRow, Person, PlanRow, Seat, StationLinkRow, Term
from gridmap.locate import CellIndex
from gridmap.overlay import uncovered
from gridmap.placement import place
from gridmap.plan import Lock, Plan
from services.act import Act, record
from services.errors import ConflictError
from services.ground import Layers, has_layer, keep_pieces, latest_generation, load_layers, pieces_for
from services.instance import refuse_frozen, setting, the_term
from services.linking import decided_links, station_links, work_unit_links
from services.locks import locks_of
from services.seats import counting_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a proposed plan places, counted in people and in seats, and what it could not do."""

    plan: int
    generation: str
    people: int
    people_placed: int
    seats: int
    seats_placed: int
    grids: int
    grids_linked: int
    districts: int
    districts_proven: int
    unmet: tuple[dict[str, Any], ...]


def seats_of(unit: Session, term: Term, on: date) -> pd.DataFrame:
    """Read the seats that count on a day, with their person's code and name, sorted by code."""
    query = (
        select(
            Seat.id, Seat.code, Seat.level, Seat.district_code, Seat.town_code, Seat.village_code, Seat.station_code,
            Seat.decided_grid_code, Seat.decided_on, Seat.decision, Seat.person_id, Person.name,
        )
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, *counting_on(on))
        .order_by(Seat.code)
    )  # fmt: skip
    columns = ["id", "seat", "level", "district", "town", "village", "station", "decided_grid", "decided_on",
               "decision", "person", "name"]  # fmt: skip
    return pd.DataFrame([tuple(row) for row in unit.execute(query)], columns=columns)


def with_places(seats: pd.DataFrame, layers: Layers) -> pd.DataFrame:
    """Add the lon/lat of each seat's village, by which nearness is judged; empty where it has none."""
    points = {
        code: point
        for frame in (layers.towns, layers.villages)
        for code, point in zip(frame["code"], frame.geometry.representative_point(), strict=True)
    }
    known = [points.get(village) for village in seats["village"]]
    return seats.assign(
        lon=[point.x if point is not None else np.nan for point in known],
        lat=[point.y if point is not None else np.nan for point in known],
    )


def links_in_force(unit: Session, generation: Generation, on: date) -> pd.DataFrame:
    """Read the links of the plan in force on a day, if it belongs to this generation.

    Gives DataFrame[seat, layer, grid, district, basis, reason].
    """
    plan = unit.scalars(
        select(InForce.plan_id)
        .where(InForce.generation_id == generation.id, InForce.valid_from <= on,
               (InForce.valid_to.is_(None)) | (InForce.valid_to > on))
        .order_by(InForce.id.desc())
    ).first()  # fmt: skip
    query = (
        select(Seat.code, LinkRow.layer, LinkRow.grid_code, LinkRow.district_code, LinkRow.basis, LinkRow.reason)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan)
        .order_by(Seat.code, LinkRow.id)
    )
    rows = [tuple(row) for row in unit.execute(query)] if plan is not None else []
    return pd.DataFrame(rows, columns=["seat", "layer", "grid", "district", "basis", "reason"])


def proposals_in_force(unit: Session, generation: Generation) -> dict[str, tuple[str, dict[str, Any]]]:
    """Read the grid and the reason of every seat that the plan in force places by proposal."""
    query = (
        select(Seat.code, LinkRow.grid_code, LinkRow.reason)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .join(PlanRow, PlanRow.id == LinkRow.plan_id)
        .where(PlanRow.state == "in_force", PlanRow.generation_id == generation.id, LinkRow.basis == "proposal")
    )
    return {seat: (grid, dict(reason)) for seat, grid, reason in unit.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that a proposal is made from, as it stood at one moment."""

    term: Term
    generation: Generation
    layers: Layers
    pieces: dict[str, gpd.GeoDataFrame]  # by layer
    fresh: bool  # cut anew just now, and not yet kept
    seats: pd.DataFrame
    standing: pd.DataFrame  # the links in force
    proposals: dict[str, tuple[str, dict[str, Any]]]  # in force: seat -> grid and reason
    locks: tuple[tuple[str, Lock], ...]  # recorded: (layer, lock)
    repair: bool
    tolerance: float
    keeping: float
    sliver: float
    version: int  # of what the atlas shows


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a proposal says, as the rows that keep it; seats are named by their codes."""

    links: list[dict[str, Any]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    districts: list[dict[str, Any]] = field(default_factory=list)
    unmet: list[dict[str, Any]] = field(default_factory=list)


Tell = Callable[[str], None]
STEPS = ("survey", *(f"place_{layer}" for layer in LAYERS), "keep")


def in_silence(_step: str) -> None:
    """Tell nobody."""


def propose_plan(
    unit: Session, act: Act, *, term: str | None = None, generation: str | None = None, repair: bool = False
) -> Placed:
    """Place every seat of the term in the grids of a generation and keep the result as a proposed plan.

    With `repair`, every link in force that still holds is locked, so that only what a change forces is moved.
    """
    found = survey(unit, act, term=term, generation=generation, repair=repair)
    return keep_plan(unit, act, found, lay_out(found))


def survey(
    unit: Session, act: Act, *, term: str | None = None, generation: str | None = None, repair: bool = False
) -> Survey:
    """Read everything that a proposal is made from; nothing is written."""
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    day = max(act.today, the.starts_on)
    ground = latest_generation(unit, the, generation)
    layers = load_layers(unit, ground)
    if not len(layers.grids):
        raise ConflictError("error.no_grids", generation=ground.name)
    pieces, fresh = pieces_for(unit, ground, layers)
    return Survey(
        term=the, generation=ground, layers=layers, pieces=pieces, fresh=fresh,
        seats=with_places(seats_of(unit, the, day), layers), standing=links_in_force(unit, ground, day),
        proposals=proposals_in_force(unit, ground) if repair else {}, locks=locks_of(unit, the), repair=repair,
        tolerance=float(setting(unit, "placement.tolerance")), keeping=float(setting(unit, "placement.keeping")),
        sliver=float(setting(unit, "placement.sliver")), version=atlas_version(unit),
    )  # fmt: skip


def lay_out(found: Survey, *, tell: Tell = in_silence) -> Draft:
    """Place the seats of a survey; `tell` hears which step begins. No store is open meanwhile."""
    draft = Draft()
    layers, seats = found.layers, found.seats
    holders = dict(zip(seats["seat"], seats["name"], strict=True))
    in_force = found.standing[found.standing["basis"] == "district"]
    for layer in LAYERS:
        if layer not in found.pieces:
            continue
        tell(f"place_{layer}")
        here = seats[seats["level"].map(LAYER_OF) == layer]
        residents = here[~here["district"].isin(set(layers.work_units[layer]["code"]))]
        pieces = found.pieces[layer]
        whole = pieces[pieces["joined"].isna()].reset_index(drop=True)
        now = in_force[in_force["layer"] == layer]
        recorded = [lock for of, lock in found.locks if of == layer]
        plan = place(
            whole,
            residents[["seat", "district", "lon", "lat"]],
            current=now[["seat", "grid", "district"]] if len(now) else None,
            locks=[*recorded, *(standing_locks(now, whole, residents, recorded) if found.repair else ())],
            tolerance=found.tolerance,
            keeping=found.keeping,
        )
        keep_layer(plan, layer, holders, draft.links, draft.leads, draft.districts)
        own = {(lock.grid, lock.district) for lock in recorded}
        draft.unmet += [
            {"layer": layer, "kind": u.kind, "district": u.district, **u.facts}
            for u in plan.unmet
            # the plan in force shares that piece already
            if not (found.repair and u.kind == "lock_conflict" and (u.facts.get("grid"), u.district) not in own)
        ]
        draft.unmet += [
            {"layer": layer, "kind": "grid_outside_districts", "grid": row.grid, "share": round(float(row.share), 4)}
            for row in each(uncovered(layers.grids, layers.districts[layer]))
            if has_layer(layers, layer, row.grid)
        ]
    draft.links += work_unit_links(layers, seats, CellIndex(layers.grids), draft.unmet)
    draft.links += decided_links(layers, seats, draft.unmet, found.proposals)
    return draft


def keep_plan(unit: Session, act: Act, found: Survey, draft: Draft) -> Placed:
    """Keep a proposal as a plan. Raises ConflictError when layers, rosters or plans have changed since its survey."""
    if atlas_version(unit) != found.version:
        raise ConflictError("error.ground_moved", generation=found.generation.name)
    ground, layers, seats = found.generation, found.layers, found.seats
    if found.fresh:
        keep_pieces(unit, ground, found.pieces)
    ids = dict(zip(seats["seat"], seats["id"], strict=True))
    plan_row = PlanRow(
        generation_id=ground.id,
        term_id=found.term.id,
        state="proposed",
        settings={"repair": found.repair, "tolerance": found.tolerance, "keeping": found.keeping,
                  "sliver": found.sliver, "locks": len(found.locks)},
        summary={"districts": draft.districts, "unmet": draft.unmet},
        proposed_at=act.at,
    )  # fmt: skip
    unit.add(plan_row)
    unit.flush()
    for rows, model in ((draft.links, LinkRow), (draft.leads, LeadRow)):
        filled = [
            {**{key: value for key, value in row.items() if key != "seat"},
             "plan_id": plan_row.id, "seat_id": ids[row["seat"]]}
            for row in rows
        ]  # fmt: skip
        if filled:
            unit.execute(insert(model), filled)
    stations = station_links(unit, ground, layers, seats, draft.links)
    if stations:
        unit.execute(
            insert(StationLinkRow),
            [{"plan_id": plan_row.id, "seat_id": ids[seat], "station_code": station, "reason": reason}
             for seat, station, reason in stations],
        )  # fmt: skip
    result = counted(plan_row.id, found, draft)
    record(
        unit, act, "plan.propose", plan=result.plan, generation=ground.name, repair=found.repair,
        people=result.people, people_placed=result.people_placed, seats=result.seats,
        seats_placed=result.seats_placed, unmet=len(result.unmet),
    )  # fmt: skip
    return result


def counted(plan: int, found: Survey, draft: Draft) -> Placed:
    """Count what a proposal places, in people and in seats."""
    seats, grids = found.seats, found.layers.grids
    placed = {row["seat"] for row in draft.links}
    linked = {row["grid_code"] for row in draft.links}
    return Placed(
        plan=plan,
        generation=found.generation.name,
        people=int(seats["person"].nunique()),
        people_placed=int(seats[seats["seat"].isin(placed)]["person"].nunique()),
        seats=len(seats),
        seats_placed=len(placed),
        grids=len(grids),
        grids_linked=len(linked & set(grids["code"])),
        districts=len(draft.districts),
        districts_proven=sum(bool(row["proven"]) for row in draft.districts),
        unmet=tuple(draft.unmet),
    )


def atlas_version(unit: Session) -> int:
    """Give the number that grows whenever layers, rosters or what is in force change."""
    return unit.scalar(select(AtlasVersion.version).where(AtlasVersion.id == 1)) or 0


def keep_layer(
    plan: Plan,
    layer: str,
    holders: dict[str, str],
    links: list[dict[str, Any]],
    leads: list[dict[str, Any]],
    districts: list[dict[str, Any]],
) -> None:
    """Collect what one layer's plan says."""
    for row in each(plan.links):
        links.append(
            {
                "layer": layer, "seat": row.seat, "grid_code": row.grid, "district_code": row.district,
                "households": int(row.households), "position": int(row.position), "basis": "district",
                "reason": {"key": row.reason_key, "facts": named_facts(row.reason_facts, holders)},
            }
        )  # fmt: skip
    for row in each(plan.leads):
        leads.append(
            {
                "layer": layer, "seat": row.seat, "grid_code": row.grid, "households": int(row.households),
                "reason": {"key": row.reason_key, "facts": named_facts(row.reason_facts, holders)},
            }
        )  # fmt: skip
    for row in plan.districts.to_dict("records"):
        districts.append({"layer": layer, **{str(key): plain(value) for key, value in row.items()}})


def named_facts(facts: Mapping[str, Any], holders: dict[str, str]) -> dict[str, Any]:
    """Say people's names where a reason names seats."""
    return {name: holders.get(value, value) if isinstance(value, str) else value for name, value in facts.items()}


def plain(value: Any) -> Any:
    """Give numpy scalars as Python values."""
    return value.item() if isinstance(value, np.generic) else value


def standing_locks(
    now: pd.DataFrame, pieces: gpd.GeoDataFrame, seats: pd.DataFrame, recorded: Sequence[Lock] = ()
) -> list[Lock]:
    """Lock every link in force whose piece and seat are both still there.

    Where a deputy has come and nobody has left a piece for them, and where a recorded lock says otherwise than what
    stands, the district is not locked: it is divided anew, with the fewest moves.
    """
    there = set(zip(pieces["grid"], pieces["district"], strict=True))
    of_district = set(zip(seats["seat"], seats["district"], strict=True))
    held = [row for row in each(now) if (row.grid, row.district) in there and (row.seat, row.district) in of_district]
    newcomers = {district for seat, district in of_district - {(row.seat, row.district) for row in held}}
    free = {district for _, district in there - {(row.grid, row.district) for row in held}}
    stands = {(row.seat, row.grid, row.district) for row in held}
    otherwise = {lock.district for lock in recorded if (lock.seat, lock.grid, lock.district) not in stands}
    own = {(lock.grid, lock.district) for lock in recorded}
    return [
        Lock(seat=row.seat, grid=row.grid, district=row.district, reason="现行安排 in force")
        for row in held
        if row.district not in (newcomers - free) | otherwise and (row.grid, row.district) not in own
    ]
