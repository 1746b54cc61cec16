"""Placement: pieces are cut, a plan is proposed, approved and put in force, each as one act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF, LAYERS
from data.frames import each
from data.tables import (
    Area,
    District,
    Generation,
    Grid,
    InForce,
    LeadRow,
    LinkRow,
    Person,
    Piece,
    PlanRow,
    Seat,
    Station,
    StationLinkRow,
    Term,
)
from gridmap.datum import metric_crs
from gridmap.locate import CellIndex
from gridmap.overlay import pieces as cut_pieces
from gridmap.overlay import uncovered
from gridmap.placement import place
from gridmap.plan import Lock, Plan
from gridmap.proposal import propose
from services.act import Act, record, touch_atlas
from services.errors import ConflictError, NotFoundError
from services.instance import refuse_frozen, setting, the_term
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """One generation as frames in lon/lat, sorted by code."""

    grids: gpd.GeoDataFrame  # code, name, village, town, households, geometry
    districts: dict[str, gpd.GeoDataFrame]  # residence districts of each layer
    work_units: dict[str, gpd.GeoDataFrame]  # work-unit districts of each layer, geometry a point
    villages: gpd.GeoDataFrame
    towns: gpd.GeoDataFrame
    county: gpd.GeoDataFrame
    units: tuple[tuple[str, str], ...]  # areas without a congress and without a polygon: (code, name)


def frame_of(rows: Any, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Turn selected rows, geometry last, into a frame of cells."""
    rows = list(rows)
    data = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    return gpd.GeoDataFrame(data, geometry=[row[len(columns)] for row in rows], crs="EPSG:4326")


def load_layers(unit: Session, generation: Generation) -> Layers:
    """Read all layers of a generation."""
    here = generation.id
    areas = frame_of(
        unit.execute(
            select(Area.code, Area.name, Area.kind, Area.parent_code, Area.geometry)
            .where(Area.generation_id == here)
            .order_by(Area.code)
        ),
        ("code", "name", "kind", "parent"),
    )
    grids = frame_of(
        unit.execute(
            select(Grid.code, Grid.name, Grid.village_code, Grid.kind, Grid.households, Grid.geometry)
            .where(Grid.generation_id == here)
            .order_by(Grid.code)
        ),
        ("code", "name", "village", "kind", "households"),
    )
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    grids["town"] = [parents.get(village, "") for village in grids["village"]]
    by_layer: dict[str, gpd.GeoDataFrame] = {}
    units_by_layer: dict[str, gpd.GeoDataFrame] = {}
    for layer in LAYERS:
        frame = frame_of(
            unit.execute(
                select(
                    District.code, District.name, District.town_code, District.seats, District.population,
                    District.basis, District.unit_name, District.geometry,
                )
                .where(District.generation_id == here, District.layer == layer)
                .order_by(District.code)
            ),
            ("code", "name", "town", "seats", "population", "basis", "unit_name"),
        )  # fmt: skip
        work = frame["basis"] == "work_unit"
        by_layer[layer] = frame[~work].reset_index(drop=True)
        units_by_layer[layer] = frame[work].reset_index(drop=True)

    def of(*kinds: str) -> gpd.GeoDataFrame:
        return areas[areas["kind"].isin(kinds) & areas.geometry.notna()].reset_index(drop=True)

    plain = areas[areas.geometry.isna()]
    return Layers(
        grids=grids,
        districts=by_layer,
        work_units=units_by_layer,
        villages=of("village", "community"),
        towns=of("town", "street"),
        county=of("county"),
        units=tuple(zip(plain["code"], plain["name"], strict=True)),
    )


def grid_weights(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep `households` only where every grid has it; else pieces are weighed by area."""
    if len(grids) and grids["households"].notna().all():
        return grids.assign(households=grids["households"].astype("int64"))
    return grids.drop(columns="households")


def cut(unit: Session, generation: Generation, layers: Layers) -> dict[str, gpd.GeoDataFrame]:
    """Cut the pieces of every layer and remember them; those of a generation in use stay as they were cut."""
    if generation.state != "loading":
        standing = standing_pieces(unit, generation)
        if standing:
            return standing
    cut_now: dict[str, gpd.GeoDataFrame] = {}
    unit.execute(delete(Piece).where(Piece.generation_id == generation.id))
    sliver = float(setting(unit, "placement.sliver"))
    for layer, districts in layers.districts.items():
        if not len(districts) or not len(layers.grids):
            continue
        frame = cut_pieces(grid_weights(layers.grids), districts, sliver=sliver)
        cut_now[layer] = frame
        unit.execute(
            insert(Piece),
            [
                {
                    "generation_id": generation.id, "layer": layer, "grid_code": row.grid,
                    "district_code": row.district, "households": int(row.households), "weight": row.weight,
                    "share": float(row.share), "joined_grid_code": row.joined or None, "geometry": row.geometry,
                }
                for row in each(frame)
            ],
        )  # fmt: skip
    return cut_now


def standing_pieces(unit: Session, generation: Generation) -> dict[str, gpd.GeoDataFrame]:
    """Read the pieces of every layer as they were cut."""
    query = (
        select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.households, Piece.share, Piece.weight,
               Piece.joined_grid_code, Piece.geometry)
        .where(Piece.generation_id == generation.id)
        .order_by(Piece.district_code, Piece.grid_code)
    )  # fmt: skip
    frame = frame_of(unit.execute(query), ("layer", "grid", "district", "households", "share", "weight", "joined"))
    return {
        layer: frame[frame["layer"] == layer].drop(columns="layer").reset_index(drop=True)
        for layer in LAYERS
        if (frame["layer"] == layer).any()
    }


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


def latest_generation(unit: Session, term: Term, name: str | None) -> Generation:
    """Find the generation to place: the named one, else the newest of the term."""
    query = select(Generation).where(Generation.term_id == term.id).order_by(Generation.id.desc())
    if name:
        query = query.where(Generation.name == name)
    found = unit.scalars(query).first()
    if found is None:
        raise NotFoundError("error.no_generation", term=term.name)
    return found


def propose_plan(
    unit: Session, act: Act, *, term: str | None = None, generation: str | None = None, repair: bool = False
) -> Placed:
    """Place every seat of the term in the grids of a generation and keep the result as a proposed plan.

    With `repair`, every link in force that still holds is locked, so that only what a change forces is moved.
    """
    the = the_term(unit, term, on=act.today)
    refuse_frozen(the, act.today)
    day = max(act.today, the.starts_on)
    ground = latest_generation(unit, the, generation)
    layers = load_layers(unit, ground)
    if not len(layers.grids):
        raise ConflictError("error.no_grids", generation=ground.name)
    seats = with_places(seats_of(unit, the, day), layers)
    standing = links_in_force(unit, ground, day)
    in_force = standing[standing["basis"] == "district"]
    pieces = cut(unit, ground, layers)

    holders = dict(zip(seats["seat"], seats["name"], strict=True))
    links: list[dict[str, Any]] = []
    leads: list[dict[str, Any]] = []
    unmet: list[dict[str, Any]] = []
    districts: list[dict[str, Any]] = []
    for layer in LAYERS:
        if layer not in pieces:
            continue
        here = seats[seats["level"].map(LAYER_OF) == layer]
        units = set(layers.work_units[layer]["code"])
        residents = here[~here["district"].isin(units)]
        whole = pieces[layer][pieces[layer]["joined"].isna()].reset_index(drop=True)
        now = in_force[in_force["layer"] == layer]
        plan = place(
            whole,
            residents[["seat", "district", "lon", "lat"]],
            current=now[["seat", "grid", "district"]] if len(now) else None,
            locks=standing_locks(now, whole, residents) if repair else (),
            tolerance=float(setting(unit, "placement.tolerance")),
            keeping=float(setting(unit, "placement.keeping")),
        )
        keep_layer(plan, layer, holders, links, leads, districts)
        unmet += [
            {"layer": layer, "kind": u.kind, "district": u.district, **u.facts}
            for u in plan.unmet
            if not (repair and u.kind == "lock_conflict")  # the plan in force shares that piece already
        ]
        unmet += [
            {"layer": layer, "kind": "grid_outside_districts", "grid": row.grid, "share": round(float(row.share), 4)}
            for row in each(uncovered(layers.grids, layers.districts[layer]))
            if has_layer(layers, layer, row.grid)
        ]
    index = CellIndex(layers.grids)
    links += work_unit_links(layers, seats, index, unmet)
    links += decided_links(layers, seats, unmet, proposals_in_force(unit, ground) if repair else {})

    ids = dict(zip(seats["seat"], seats["id"], strict=True))
    plan_row = PlanRow(
        generation_id=ground.id,
        term_id=the.id,
        state="proposed",
        settings={"repair": repair, "tolerance": setting(unit, "placement.tolerance"),
                  "keeping": setting(unit, "placement.keeping"), "sliver": setting(unit, "placement.sliver")},
        summary={"districts": districts, "unmet": unmet},
        proposed_at=act.at,
    )  # fmt: skip
    unit.add(plan_row)
    unit.flush()
    for rows, model in ((links, LinkRow), (leads, LeadRow)):
        filled = [
            {**{key: value for key, value in row.items() if key != "seat"},
             "plan_id": plan_row.id, "seat_id": ids[row["seat"]]}
            for row in rows
        ]  # fmt: skip
        if filled:
            unit.execute(insert(model), filled)
    stations = station_links(unit, ground, layers, seats, links)
    if stations:
        unit.execute(
            insert(StationLinkRow),
            [{"plan_id": plan_row.id, "seat_id": ids[seat], "station_code": station, "reason": reason}
             for seat, station, reason in stations],
        )  # fmt: skip
    placed = {row["seat"] for row in links}
    linked = {row["grid_code"] for row in links}
    result = Placed(
        plan=plan_row.id,
        generation=ground.name,
        people=int(seats["person"].nunique()),
        people_placed=int(seats[seats["seat"].isin(placed)]["person"].nunique()),
        seats=len(seats),
        seats_placed=len(placed),
        grids=len(layers.grids),
        grids_linked=len(linked & set(layers.grids["code"])),
        districts=len(districts),
        districts_proven=sum(bool(row["proven"]) for row in districts),
        unmet=tuple(unmet),
    )
    record(
        unit, act, "plan.propose", plan=result.plan, generation=ground.name, repair=repair,
        people=result.people, people_placed=result.people_placed, seats=result.seats,
        seats_placed=result.seats_placed, unmet=len(unmet),
    )  # fmt: skip
    return result


def has_layer(layers: Layers, layer: str, grid: str) -> bool:
    """Tell whether a layer is meant to cover a grid: the town layer leaves out towns that have no town district."""
    if layer == "county":
        return True
    covered = set(layers.districts[layer]["town"]) - {""}
    towns = dict(zip(layers.grids["code"], layers.grids["town"], strict=True))
    return not covered or towns.get(grid, "") in covered


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


def standing_locks(now: pd.DataFrame, pieces: gpd.GeoDataFrame, seats: pd.DataFrame) -> list[Lock]:
    """Lock every link in force whose piece and seat are both still there.

    Where a deputy has come and nobody has left a piece for them, their district is not locked: it is divided anew, with
    the fewest moves.
    """
    there = set(zip(pieces["grid"], pieces["district"], strict=True))
    of_district = set(zip(seats["seat"], seats["district"], strict=True))
    held = [row for row in each(now) if (row.grid, row.district) in there and (row.seat, row.district) in of_district]
    newcomers = {district for seat, district in of_district - {(row.seat, row.district) for row in held}}
    free = {district for _, district in there - {(row.grid, row.district) for row in held}}
    return [
        Lock(seat=row.seat, grid=row.grid, district=row.district, reason="现行安排 in force")
        for row in held
        if row.district not in newcomers - free
    ]


def work_unit_links(
    layers: Layers, seats: pd.DataFrame, index: CellIndex, unmet: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Link the deputies of work-unit districts to the grid in which their unit stands."""
    links = []
    for layer, units in layers.work_units.items():
        if not len(units):
            continue
        points = units.geometry.representative_point()
        rows = index.locate(points.x.to_numpy(), points.y.to_numpy())
        for unit_row, row in zip(each(units), rows, strict=True):
            here = seats[(seats["district"] == unit_row.code) & (seats["level"].map(LAYER_OF) == layer)]
            if row < 0:
                unmet.append({"layer": layer, "kind": "work_unit_outside_grids", "district": unit_row.code})
                continue
            for position, seat in enumerate(here["seat"], start=1):
                links.append(
                    {
                        "layer": layer, "seat": seat, "grid_code": str(layers.grids["code"].iloc[row]),
                        "district_code": unit_row.code, "households": 0, "position": position, "basis": "work_unit",
                        "reason": {
                            "key": "placement.work_unit",
                            "facts": {"unit": unit_row.unit_name or unit_row.name, "district": unit_row.code},
                        },
                    }
                )  # fmt: skip
    return links


def decided_links(
    layers: Layers,
    seats: pd.DataFrame,
    unmet: list[dict[str, Any]],
    standing: Mapping[str, tuple[str, dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Link deputies elected by a congress: by recorded decision, else by a proposal that says it is one.

    `standing` holds the proposals that stay as they are: the grid and the reason of each seat.
    """
    grids = set(layers.grids["code"])
    elected = seats[~seats["level"].isin(LAYER_OF)]
    decided = elected[elected["decided_grid"].isin(grids)]
    for row in each(elected[~elected["decided_grid"].isin(grids | {""})]):
        unmet.append({"layer": row.level, "kind": "decided_grid_unknown", "seat": row.seat, "grid": row.decided_grid})
    links = [
        {
            "layer": row.level, "seat": row.seat, "grid_code": row.decided_grid, "district_code": "", "households": 0,
            "position": 1, "basis": "decision",
            "reason": {
                "key": "placement.decided",
                "facts": {"decision": row.decision, "on": str(row.decided_on or ""), "grid": row.decided_grid},
            },
        }
        for row in each(decided)
    ]  # fmt: skip
    kept = elected[elected["seat"].isin(standing) & ~elected["seat"].isin(decided["seat"])]
    links += [
        {
            "layer": row.level, "seat": row.seat, "grid_code": standing[row.seat][0], "district_code": "",
            "households": 0, "position": 1, "basis": "proposal", "reason": standing[row.seat][1],
        }
        for row in each(kept)
    ]  # fmt: skip
    open_seats = elected[~elected["seat"].isin(decided["seat"]) & ~elected["seat"].isin(standing)]
    loads = pd.Series([link["grid_code"] for link in links], dtype=object).value_counts()
    weighed = grid_weights(layers.grids)
    frame = pd.DataFrame(
        {
            "grid": layers.grids["code"], "town": layers.grids["town"],
            "households": weighed["households"] if "households" in weighed.columns else 0,
        }
    )  # fmt: skip
    for row in each(propose(frame, loads, open_seats[["seat", "town"]])):
        level = open_seats.loc[open_seats["seat"] == row.seat, "level"].iloc[0]
        links.append(
            {
                "layer": level, "seat": row.seat, "grid_code": row.grid, "district_code": "", "households": 0,
                "position": 1, "basis": "proposal",
                "reason": {"key": row.reason_key, "facts": dict(row.reason_facts)},
            }
        )  # fmt: skip
    return links


def station_links(
    unit: Session, generation: Generation, layers: Layers, seats: pd.DataFrame, links: list[dict[str, Any]]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Give every placed seat a station: the roster's, else the town's central one, else the nearest."""
    stations = frame_of(
        unit.execute(
            select(Station.code, Station.kind, Station.town_code, Station.geometry)
            .where(Station.generation_id == generation.id)
            .order_by(Station.code)
        ),
        ("code", "kind", "town"),
    )
    if not len(stations):
        return []
    known = set(stations["code"])
    central = {row.town: row.code for row in each(stations[stations["kind"] == "central"])}
    first_grid: dict[str, str] = {}
    for link in links:
        first_grid.setdefault(link["seat"], link["grid_code"])
    metres = metric_crs(layers.grids)
    centres = dict(zip(layers.grids["code"], layers.grids.geometry.representative_point().to_crs(metres), strict=True))
    points = stations.geometry.to_crs(metres)
    given = []
    for row in each(seats):
        if row.seat not in first_grid:
            continue
        if row.station in known:
            given.append((row.seat, row.station, {"key": "station.of_roster", "facts": {}}))
        elif row.town in central:
            given.append((row.seat, central[row.town], {"key": "station.of_town", "facts": {"town": row.town}}))
        else:
            away = points.distance(centres[first_grid[row.seat]]).to_numpy()
            nearest = int(away.argmin())
            facts = {"metres": round(float(away[nearest]))}
            given.append((row.seat, str(stations["code"].iloc[nearest]), {"key": "station.nearest", "facts": facts}))
    return given


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
    """Switch (generation, plan) together from a day; what was in force answers for the days before."""
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
