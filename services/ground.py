"""The ground: one generation as frames, and the pieces that its grids and electoral districts cut each other into."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from congress.levels import LAYERS
from data.frames import each
from data.tables import Address, Area, District, Generation, Grid, Piece, Term
from gridmap.overlay import pieces as cut_pieces
from services.errors import NotFoundError
from services.instance import setting


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


def dwellings_of(unit: Session, generation: Generation) -> gpd.GeoDataFrame | None:
    """Give the address points that households are counted by: DataFrame[grid, households, geometry].

    None where the generation has no addresses, where one of them does not say its households, or where the setting
    `placement.households` says that the grids' own numbers are to be used.
    """
    if setting(unit, "placement.households") == "grids":
        return None
    here = Address.generation_id == generation.id
    every, known = unit.execute(select(func.count(), func.count(Address.households)).where(here)).one()
    if not every or known < every:
        return None
    query = select(Address.grid_code, Address.households, Address.geometry).where(here).order_by(Address.code)
    return frame_of(unit.execute(query), ("grid", "households"))


def pieces_for(unit: Session, generation: Generation, layers: Layers) -> tuple[dict[str, gpd.GeoDataFrame], bool]:
    """Give the pieces of every layer, and whether they are cut anew; those of a generation in use stay as they were."""
    if generation.state != "loading":
        standing = standing_pieces(unit, generation)
        if standing:
            return standing, False
    sliver = float(setting(unit, "placement.sliver"))
    grids = grid_weights(layers.grids)
    dwellings = dwellings_of(unit, generation)
    return {
        layer: cut_pieces(grids, districts, sliver=sliver, dwellings=dwellings)
        for layer, districts in layers.districts.items()
        if len(districts) and len(grids)
    }, True


def keep_pieces(unit: Session, generation: Generation, frames: dict[str, gpd.GeoDataFrame]) -> None:
    """Remember the pieces of a generation in place of those it had."""
    unit.execute(delete(Piece).where(Piece.generation_id == generation.id))
    for layer, frame in frames.items():
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


def has_layer(layers: Layers, layer: str, grid: str) -> bool:
    """Tell whether a layer is meant to cover a grid: the town layer leaves out towns that have no town district."""
    if layer == "county":
        return True
    covered = set(layers.districts[layer]["town"]) - {""}
    towns = dict(zip(layers.grids["code"], layers.grids["town"], strict=True))
    return not covered or towns.get(grid, "") in covered


def latest_generation(unit: Session, term: Term, name: str | None) -> Generation:
    """Find the generation to place: the named one, else the newest of the term."""
    query = select(Generation).where(Generation.term_id == term.id).order_by(Generation.id.desc())
    if name:
        query = query.where(Generation.name == name)
    found = unit.scalars(query).first()
    if found is None:
        raise NotFoundError("error.no_generation", term=term.name)
    return found
