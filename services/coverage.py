"""Coverage: who is placed and who is not, which grids have a linked deputy and which have none, by name."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.levels import LAYERS
from data.tables import ActivityRow, Piece
from services.atlas import Atlas
from services.ground import Layers
from services.locating import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCoverage:
    """How one layer of districts is covered, and how evenly."""

    layer: str
    districts: int
    work_units: int
    grids: int
    grids_linked: int
    grids_led: int
    households: int
    households_linked: int
    largest_load: int
    mean_load: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of the plan in force: all deputies placed is one thing, every grid linked another."""

    people: int
    people_placed: int
    seats: int
    seats_placed: int
    dual: int
    by_level: dict[str, int]
    grids: int
    grids_linked: int
    stations: int
    towns: int
    villages: int
    units_without_congress: tuple[Named, ...]
    layers: tuple[LayerCoverage, ...]
    uncovered: tuple[dict[str, Any], ...]  # grid, name, layer, why
    unplaced: tuple[dict[str, Any], ...]  # person, name, seat, why
    unmet: tuple[dict[str, Any], ...]
    slivers: int
    versions: dict[str, Any]
    synthetic: bool


def coverage(atlas: Atlas) -> Coverage:
    """Count what is covered, and name what is not."""
    holders = atlas.holders.values()
    placed = {link.seat for link in atlas.links}
    people = {holder.person_id for holder in holders}
    people_placed = {holder.person_id for holder in holders if holder.seat in placed}
    held = Counter(holder.person_id for holder in holders)
    grids = list(atlas.layers.grids["code"])
    names = dict(zip(grids, atlas.layers.grids["name"], strict=True))
    linked = set(atlas.by_grid) & set(grids)
    uncovered: list[dict[str, Any]] = [
        {"grid": code, "name": names[code], "layer": "", "why": "coverage.no_link"}
        for code in grids
        if code not in linked
    ]
    layers = []
    for layer in LAYERS:
        if layer not in atlas.district_index:
            continue
        meant = grids_meant(atlas.layers, layer)
        led = {code for (name, code) in atlas.leads if name == layer}
        uncovered += [
            {"grid": code, "name": names[code], "layer": layer, "why": "coverage.no_lead"}
            for code in meant
            if code not in led and code in linked
        ]
        layers.append(layer_coverage(atlas, layer, meant, led))
    unplaced = tuple(
        {"person": holder.person_id, "name": holder.name, "seat": holder.seat, "why": "coverage.seat_without_link"}
        for holder in sorted(holders, key=lambda holder: holder.seat)
        if holder.seat not in placed
    )
    return Coverage(
        people=len(people), people_placed=len(people_placed), seats=len(atlas.holders), seats_placed=len(placed),
        dual=sum(count > 1 for count in held.values()),
        by_level=dict(sorted(Counter(holder.level for holder in holders).items())),
        grids=len(grids), grids_linked=len(linked), stations=len(atlas.stations),
        towns=len(atlas.layers.towns), villages=len(atlas.layers.villages),
        units_without_congress=tuple(Named(code=code, name=name) for code, name in atlas.layers.units),
        layers=tuple(layers), uncovered=tuple(uncovered), unplaced=unplaced, unmet=atlas.unmet,
        slivers=int(atlas.pieces["joined"].notna().sum()),
        versions={"atlas": atlas.version, "generation": atlas.generation, "plan": atlas.plan, "term": atlas.term},
        synthetic=atlas.synthetic,
    )  # fmt: skip


def grids_meant(layers: Layers, layer: str) -> list[str]:
    """List the grids that a layer is meant to cover, as `has_layer` tells of one: not those of towns without it."""
    codes = list(layers.grids["code"])
    covered = set(layers.districts[layer]["town"]) - {""} if layer != "county" else set()
    if not covered:
        return codes
    return [code for code, town in zip(codes, layers.grids["town"], strict=True) if town in covered]


def layer_coverage(atlas: Atlas, layer: str, meant: list[str], led: set[str]) -> LayerCoverage:
    """Count one layer."""
    links = [link for link in atlas.links if link.layer == layer and link.basis == "district"]
    loads: Counter[str] = Counter()
    for link in links:
        loads[link.seat] += link.households
    pieces = atlas.pieces[atlas.pieces["layer"] == layer]
    answered = {(link.grid, link.district) for link in links}
    of_piece = [
        households
        for grid, district, households in zip(pieces["grid"], pieces["district"], pieces["households"], strict=True)
        if (grid, district) in answered
    ]
    linked = {link.grid for link in links}
    return LayerCoverage(
        layer=layer, districts=len(atlas.layers.districts[layer]), work_units=len(atlas.layers.work_units[layer]),
        grids=len(meant), grids_linked=len(linked & set(meant)), grids_led=len(led & set(meant)),
        households=int(pieces["households"].sum()), households_linked=int(sum(of_piece)),
        largest_load=max(loads.values(), default=0),
        mean_load=round(sum(loads.values()) / len(loads), 1) if loads else 0.0,
    )  # fmt: skip


def grid_frame(unit: Session, atlas: Atlas) -> gpd.GeoDataFrame:
    """Give every grid with what the map shows: who leads it, the load of its linked deputies, its activities."""
    return with_activities(unit, atlas, linked_frame(atlas))


def with_activities(unit: Session, atlas: Atlas, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the grids with how many activities of the term each has had."""
    acts = dict(
        unit.execute(
            select(ActivityRow.grid_code, func.count())
            .where(ActivityRow.term_id == atlas.term_id, ActivityRow.grid_code != "")
            .group_by(ActivityRow.grid_code)
        ).all()
    )
    return grids.assign(acts=[int(acts.get(code, 0)) for code in grids["code"]])


def linked_frame(atlas: Atlas) -> gpd.GeoDataFrame:
    """Give every grid with who leads it, how many deputies are linked and the households that each of them has."""
    loads: Counter[str] = Counter()
    for link in atlas.links:
        if link.basis == "district":
            loads[link.seat] += link.households
    frame = atlas.layers.grids
    codes = frame["code"].tolist()
    names = {seat: holder.name for seat, holder in atlas.holders.items()}
    people = {seat: holder.person_id for seat, holder in atlas.holders.items()}
    load, deputies = [], []
    for code in codes:
        links = atlas.by_grid.get(code, ())
        seats = {link.seat for link in links if link.basis == "district"}
        load.append(round(sum(loads[seat] for seat in seats) / len(seats)) if seats else 0)
        deputies.append(len({people[link.seat] for link in links}))
    nobody: tuple[str, dict[str, Any]] = ("", {})
    leads = {layer: [names.get(atlas.leads.get((layer, code), nobody)[0], "") for code in codes] for layer in LAYERS}
    return frame.assign(
        village_name=[atlas.names.get(code, code) for code in frame["village"]],
        town_name=[atlas.names.get(code, code) for code in frame["town"]],
        lead_county=leads["county"],
        lead_town=leads["town"],
        load=load,
        deputies=deputies,
        linked=[code in atlas.by_grid for code in codes],
    )


def piece_frame(unit: Session, atlas: Atlas, seats: list[str]) -> gpd.GeoDataFrame:
    """Give the pieces that some seats answer for, slivers with the piece they joined; grids for links by decision."""
    wanted = {
        (link.layer, link.grid, link.district)
        for seat in seats
        for link in atlas.by_seat.get(seat, ())
        if link.district
    }
    districts = {district for _, _, district in wanted}
    query = select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.joined_grid_code, Piece.geometry).where(
        Piece.generation_id == atlas.generation_id, Piece.district_code.in_(districts)
    )
    shapes = [
        (row.grid_code, row.layer, row.geometry)
        for row in unit.execute(query)
        if (row.layer, row.joined_grid_code or row.grid_code, row.district_code) in wanted
    ]
    grids = dict(zip(atlas.layers.grids["code"], atlas.layers.grids.geometry, strict=True))
    cut = {(code, layer) for code, layer, _ in shapes}
    shapes += [
        (link.grid, link.layer, grids[link.grid])
        for seat in seats
        for link in atlas.by_seat.get(seat, ())
        if link.basis != "district" and link.grid in grids and (link.grid, link.layer) not in cut
    ]
    names = dict(zip(atlas.layers.grids["code"], atlas.layers.grids["name"], strict=True))
    return gpd.GeoDataFrame(
        {
            "code": [code for code, _, _ in shapes],
            "name": [names.get(code, code) for code, _, _ in shapes],
            "layer": [layer for _, layer, _ in shapes],
        },
        geometry=[shape for _, _, shape in shapes],
        crs="EPSG:4326",
    )
