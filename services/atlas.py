"""The atlas: the generation and plan in force as one immutable snapshot that everything locates and draws from."""

import hashlib
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYERS
from data.frames import each
from data.pulse import Pulse
from data.store import Store
from data.tables import (
    AtlasVersion,
    Generation,
    GridWorker,
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
from services.errors import NotFoundError
from services.ground import Layers, frame_of, load_layers
from services.instance import setting
from services.seats import away_on

DAYS_KNOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A seat as the atlas knows it: who holds it, at which level, for whom."""

    seat: str
    seat_id: str
    person_id: str
    person_code: str
    name: str
    level: str
    district: str
    town: str
    village: str
    role: str
    group: str
    electing_unit: str
    starts_on: date
    ends_on: date | None
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the plan in force."""

    layer: str
    seat: str
    grid: str
    district: str
    households: int
    position: int
    basis: str
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """What is in force on one day. Never changed; replaced whole."""

    version: str
    generation: str
    generation_id: int
    plan: int | None
    term: str
    term_id: int
    term_starts: date
    term_ends: date | None
    valid_from: date
    synthetic: bool
    layers: Layers
    grid_index: CellIndex
    district_index: dict[str, CellIndex]
    joined: dict[tuple[str, str, str], str]  # (layer, grid, district) -> grid of the piece it answers through
    pieces: pd.DataFrame  # layer, grid, district, households, share, weight, joined
    holders: dict[str, Holder]  # by seat code
    links: tuple[Link, ...]
    by_piece: dict[tuple[str, str, str], tuple[Link, ...]]  # (layer, grid, district) -> in order, maybe none
    by_grid: dict[str, tuple[Link, ...]]
    by_seat: dict[str, tuple[Link, ...]]
    leads: dict[tuple[str, str], tuple[str, dict[str, Any]]]  # (layer, grid) -> seat, reason
    stations: gpd.GeoDataFrame  # code, name, kind, town, village, address, hours
    station_points: np.ndarray[Any, Any]  # metres, one row a station
    workers: dict[str, tuple[tuple[str, str], ...]]  # grid -> (name, role), chief first
    names: dict[str, str]  # area code -> name
    columns: dict[str, dict[str, np.ndarray[Any, Any]]]  # "grids", a layer or "stations" -> column -> values, by row
    reach_m: float
    near_m: float
    first_contact: tuple[str, ...]
    unmet: tuple[dict[str, Any], ...]

    def grid_row(self, code: str) -> int:
        """Give a grid's row in `layers.grids`. Raises NotFoundError."""
        codes = self.layers.grids["code"].to_numpy()
        row = int(np.searchsorted(codes, code))
        if row >= len(codes) or codes[row] != code:
            raise NotFoundError("error.no_such_grid", grid=code)
        return row


class Atlases:
    """The snapshots of one process: asked for a day, they give the atlas whose version the store has now."""

    def __init__(self, store: Store, *, keep: int = 4) -> None:
        self._store = store
        self._keep = keep
        self._lock = Lock()
        self._held: OrderedDict[tuple[int, int, frozenset[str]], Atlas] = OrderedDict()
        self._pulse = Pulse(store.engine)
        self._known: tuple[int | None, dict[date, Atlas]] = (None, {})  # the days asked since the store last changed

    def on(self, day: date) -> Atlas:
        """Give the atlas of a day. Raises NotFoundError when nothing is in force on it."""
        beat = self._pulse.beat()
        with self._lock:
            if beat is not None and self._known[0] == beat and day in self._known[1]:
                return self._known[1][day]
        atlas = self._asked(day)
        with self._lock:
            days = self._known[1] if self._known[0] == beat else {}
            others = {id(one) for one in days.values()} - {id(atlas)}
            if len(days) > DAYS_KNOWN or len(others) >= self._keep:  # days that differ would hold one atlas each
                days = {}
            days[day] = atlas
            self._known = (beat, days)
        return atlas

    def at_hand(self, day: date) -> Atlas | None:
        """Give the atlas of a day if it was asked for since anybody has written, without a question to the store."""
        beat = self._pulse.beat()
        with self._lock:
            return self._known[1].get(day) if beat is not None and self._known[0] == beat else None

    def _asked(self, day: date) -> Atlas:
        """Ask the store which atlas is in force on a day, and build it unless it is held."""
        with self._store.reading() as unit:
            version = atlas_version(unit)
            row = in_force_on(unit, day)
            generation = unit.get_one(Generation, row.generation_id)
            away = away_on(unit, generation.term_id, day)
            key = (version, row.id, away)
            with self._lock:
                if key in self._held:
                    self._held.move_to_end(key)
                    return self._held[key]
            atlas = build(unit, row, version, away)
        with self._lock:
            self._held[key] = atlas
            while len(self._held) > self._keep:
                self._held.popitem(last=False)
        return atlas


def atlas_within(unit: Session, day: date) -> Atlas | None:
    """Build the atlas of a day inside an act, with what the act has changed so far; None where nothing is in force."""
    unit.flush()
    try:
        row = in_force_on(unit, day)
    except NotFoundError:
        return None
    away = away_on(unit, unit.get_one(Generation, row.generation_id).term_id, day)
    return build(unit, row, atlas_version(unit), away)


def atlas_version(unit: Session) -> int:
    """Read the version that every change of the ground, the people or the plan increases."""
    row = unit.get(AtlasVersion, 1)
    return row.version if row else 0


def in_force_on(unit: Session, day: date) -> InForce:
    """Find what is in force on a day."""
    query = (
        select(InForce)
        .where(InForce.valid_from <= day, (InForce.valid_to.is_(None)) | (InForce.valid_to > day))
        .order_by(InForce.id.desc())
    )
    row = unit.scalars(query).first()
    if row is None:
        raise NotFoundError("error.nothing_in_force", day=day.isoformat())
    return row


def build(unit: Session, row: InForce, version: int, away: frozenset[str] = frozenset()) -> Atlas:
    """Read everything in force into one snapshot; seats that do not count that day (`away`) answer for nothing."""
    generation = unit.get_one(Generation, row.generation_id)
    term = unit.get_one(Term, generation.term_id)
    plan = unit.get(PlanRow, row.plan_id) if row.plan_id is not None else None
    layers = load_layers(unit, generation)
    pieces = read_pieces(unit, generation)
    links = counting(read_links(unit, plan), away)
    by_piece: dict[tuple[str, str, str], list[Link]] = {  # a piece that nobody answers for stands here too
        (piece.layer, piece.grid, piece.district): [] for piece in each(pieces[pieces["joined"].isna()])
    }
    by_grid: dict[str, list[Link]] = {}
    by_seat: dict[str, list[Link]] = {}
    for link in links:
        by_piece.setdefault((link.layer, link.grid, link.district), []).append(link)
        by_grid.setdefault(link.grid, []).append(link)
        by_seat.setdefault(link.seat, []).append(link)
    stations = read_stations(unit, generation)
    metric = metric_crs(layers.grids)
    points = stations.geometry.to_crs(metric) if len(stations) else stations.geometry
    holders = {seat: holder for seat, holder in read_holders(unit, term, plan).items() if seat not in away}
    seats_by_id = {holder.seat_id: holder.seat for holder in holders.values()}
    leads = {
        (lead.layer, lead.grid_code): (seats_by_id[lead.seat_id], dict(lead.reason))
        for lead in unit.scalars(select(LeadRow).where(LeadRow.plan_id == (plan.id if plan else -1)))
        if lead.seat_id in seats_by_id
    }
    names = {
        code: name
        for frame in (layers.county, layers.towns, layers.villages)
        for code, name in zip(frame["code"], frame["name"], strict=True)
    }
    known = f"{version}/{row.id}/{row.recorded_at.isoformat()}/{' '.join(sorted(away))}"
    digest = hashlib.sha256(known.encode()).hexdigest()
    return Atlas(
        version=f"{version}-{digest[:8]}",
        generation=generation.name,
        generation_id=generation.id,
        plan=plan.id if plan else None,
        term=term.name,
        term_id=term.id,
        term_starts=term.starts_on,
        term_ends=term.ends_on,
        valid_from=row.valid_from,
        synthetic=generation.synthetic,
        layers=layers,
        grid_index=CellIndex(layers.grids),
        district_index={layer: CellIndex(frame) for layer, frame in layers.districts.items() if len(frame)},
        joined={
            (piece.layer, piece.grid, piece.district): piece.joined for piece in each(pieces[pieces["joined"].notna()])
        },
        pieces=pieces,
        holders=holders,
        links=links,
        by_piece={
            key: tuple(sorted(group, key=lambda link: (link.position, link.seat))) for key, group in by_piece.items()
        },
        by_grid={key: tuple(group) for key, group in by_grid.items()},
        by_seat={key: tuple(group) for key, group in by_seat.items()},
        leads=leads,
        stations=stations,
        station_points=np.column_stack([points.x.to_numpy(), points.y.to_numpy()]),
        workers=read_workers(unit, generation),
        names=names,
        columns={
            "grids": columns_of(layers.grids),
            "stations": columns_of(stations),
            **{layer: columns_of(frame) for layer, frame in layers.districts.items()},
        },
        reach_m=float(setting(unit, "locate.reach_m")),
        near_m=float(setting(unit, "locate.near_m")),
        first_contact=tuple(setting(unit, "locate.first_contact")),
        unmet=tuple(plan.summary.get("unmet", ())) if plan else (),
    )


def columns_of(frame: gpd.GeoDataFrame) -> dict[str, np.ndarray[Any, Any]]:
    """Give a frame's columns as arrays: one row of them costs little."""
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def counting(links: tuple[Link, ...], away: frozenset[str]) -> tuple[Link, ...]:
    """Leave out the links of seats that do not count; who shared a piece with one of them moves up."""
    kept = []
    positions: Counter[tuple[str, str, str]] = Counter()
    for link in links:
        if link.seat not in away:
            place = (link.layer, link.grid, link.district)
            positions[place] += 1
            kept.append(replace(link, position=positions[place]) if link.district and away else link)
    return tuple(kept)


def read_pieces(unit: Session, generation: Generation) -> pd.DataFrame:
    """Read the pieces of a generation, without their shapes."""
    query = (
        select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.households, Piece.share, Piece.weight,
               Piece.joined_grid_code)
        .where(Piece.generation_id == generation.id, Piece.layer.in_(LAYERS))
        .order_by(Piece.layer, Piece.grid_code, Piece.district_code)
    )  # fmt: skip
    columns = ["layer", "grid", "district", "households", "share", "weight", "joined"]
    rows = [tuple(row) for row in unit.execute(query)]
    joined = pd.Series([row[-1] for row in rows], dtype=object)
    return pd.DataFrame([row[:-1] for row in rows], columns=columns[:-1]).assign(joined=joined)


def read_links(unit: Session, plan: PlanRow | None) -> tuple[Link, ...]:
    """Read the links of a plan in a stable order."""
    if plan is None:
        return ()
    query = (
        select(LinkRow.layer, Seat.code, LinkRow.grid_code, LinkRow.district_code, LinkRow.households,
               LinkRow.position, LinkRow.basis, LinkRow.reason)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan.id)
        .order_by(LinkRow.layer, LinkRow.grid_code, LinkRow.district_code, LinkRow.position, Seat.code)
    )  # fmt: skip
    return tuple(
        Link(
            layer=row[0], seat=row[1], grid=row[2], district=row[3], households=row[4],
            position=row[5], basis=row[6], reason=dict(row[7]),
        )
        for row in unit.execute(query)
    )  # fmt: skip


def read_holders(unit: Session, term: Term, plan: PlanRow | None) -> dict[str, Holder]:
    """Read all seats of a term with the person who holds them and the station where they receive."""
    stations: dict[str, str] = {}
    if plan is not None:
        query = select(StationLinkRow.seat_id, StationLinkRow.station_code).where(StationLinkRow.plan_id == plan.id)
        stations = {seat: station for seat, station in unit.execute(query)}  # noqa: C416
    rows = unit.execute(select(Seat, Person).join(Person, Person.id == Seat.person_id).where(Seat.term_id == term.id))
    return {
        seat.code: Holder(
            seat=seat.code, seat_id=seat.id, person_id=person.id, person_code=person.code, name=person.name,
            level=seat.level, district=seat.district_code, town=seat.town_code, village=seat.village_code,
            role=seat.role, group=seat.group_name, electing_unit=seat.electing_unit, starts_on=seat.starts_on,
            ends_on=seat.ends_on, station=stations.get(seat.id, seat.station_code),
        )
        for seat, person in rows
    }  # fmt: skip


def read_stations(unit: Session, generation: Generation) -> gpd.GeoDataFrame:
    """Read the stations of a generation."""
    return frame_of(
        unit.execute(
            select(Station.code, Station.name, Station.kind, Station.town_code, Station.village_code,
                   Station.address, Station.hours, Station.geometry)
            .where(Station.generation_id == generation.id)
            .order_by(Station.code)
        ),
        ("code", "name", "kind", "town", "village", "address", "hours"),
    )  # fmt: skip


def read_workers(unit: Session, generation: Generation) -> dict[str, tuple[tuple[str, str], ...]]:
    """Read the grid workers of each grid, the chief first."""
    found: dict[str, list[tuple[str, str]]] = {}
    query = (
        select(GridWorker.grid_code, GridWorker.name, GridWorker.role)
        .where(GridWorker.generation_id == generation.id)
        .order_by(GridWorker.grid_code, GridWorker.role, GridWorker.code)
    )
    for grid, name, role in unit.execute(query):
        found.setdefault(grid, []).append((name, role))
    return {grid: tuple(workers) for grid, workers in found.items()}
