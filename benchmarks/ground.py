"""Synthetic ground for the benchmarks: tessellations drawn from a fixed seed, no place on earth in particular."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

SEED = 20240601
WEST, SOUTH = 112.6, 22.4  # a county of some 40 km by 40 km at this latitude; larger sizes spread from here
DEGREES_PER_GRID = 0.0103  # the side of an average grid
EVENINGS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large an instance is."""

    grids: int
    districts: int
    seats: int


SIZES = {
    "county": Size(grids=1_500, districts=300, seats=806),
    "province": Size(grids=150_000, districts=50_000, seats=100_000),
    "nation": Size(grids=1_500_000, districts=1_000_000, seats=2_770_000),
}


def size_of(name: str) -> Size:
    """Look a size up by its name. Raises ValueError with the names there are."""
    if name not in SIZES:
        raise ValueError(f"no size {name}; there are {', '.join(SIZES)}")
    return SIZES[name]


def grids(count: int, *, seed: int = SEED) -> gpd.GeoDataFrame:
    """Draw a gap-free tessellation: code, households and lon/lat geometry."""
    chance = np.random.default_rng(seed)
    households = np.maximum(20, chance.lognormal(6.0, 0.7, count)).astype(np.int64)
    cells = _voronoi(chance.random((count, 2)), count)
    return gpd.GeoDataFrame({"code": _codes("g", count), "households": households}, geometry=cells, crs="EPSG:4326")


def districts(count: int, grid_count: int, *, seed: int = SEED + 1) -> gpd.GeoDataFrame:
    """Draw another tessellation of the same ground, which crosses that of the grids: code and lon/lat geometry."""
    chance = np.random.default_rng(seed)
    cells = _voronoi(chance.random((count, 2)), grid_count)
    return gpd.GeoDataFrame({"code": _codes("d", count)}, geometry=cells, crs="EPSG:4326")


def seats(pieces: gpd.GeoDataFrame, *, total: int, seed: int = SEED + 2) -> pd.DataFrame:
    """Give each district one to three seats by its households, each with a place in a piece of its own district."""
    chance = np.random.default_rng(seed)
    own = pieces[pieces["joined"].isna()] if "joined" in pieces.columns else pieces
    households = own.groupby("district")["households"].sum().sort_index()
    share = np.rint(households.to_numpy() * total / max(1, households.sum())).clip(1, 3).astype(int)
    district = np.repeat(households.index.to_numpy(), share)
    middles = own.geometry.representative_point()
    of_district = {code: own.index[places] for code, places in own.groupby("district").indices.items()}
    chosen = [chance.choice(of_district[code]) for code in district]
    return pd.DataFrame(
        {
            "seat": _codes("s", len(district)),
            "district": district,
            "lon": middles.loc[chosen].x.to_numpy(),
            "lat": middles.loc[chosen].y.to_numpy(),
        }
    )


def points(cells: gpd.GeoDataFrame, count: int, *, seed: int = SEED + 3) -> tuple[NDArray[np.float64], ...]:
    """Scatter lon/lat points over the cells and a rim around them; one in a hundred is a corner or lies on an edge."""
    chance = np.random.default_rng(seed)
    west, south, east, north = cells.total_bounds
    rim = 0.02 * (east - west)
    lon = chance.uniform(west - rim, east + rim, count)
    lat = chance.uniform(south - rim, north + rim, count)
    corners = shapely.get_coordinates(cells.geometry.array)
    at = chance.integers(0, len(corners) - 1, count // 100)
    exact = np.where(chance.random((len(at), 1)) < 0.5, corners[at], (corners[at] + corners[at + 1]) / 2.0)
    lon[: len(at)], lat[: len(at)] = exact[:, 0], exact[:, 1]
    return lon, lat


def _voronoi(centres: NDArray[np.float64], grid_count: int) -> NDArray[np.object_]:
    """Draw the cells of these centres (0 to 1), evened out by moving each centre to the middle of its cell twice."""
    side = DEGREES_PER_GRID * np.sqrt(grid_count)
    frame = shapely.box(WEST, SOUTH, WEST + side, SOUTH + side)
    cells = _cells(centres * side + (WEST, SOUTH), frame)
    for _ in range(EVENINGS):
        cells = _cells(shapely.get_coordinates(shapely.centroid(cells)), frame)
    return cells


def _cells(centres: NDArray[np.float64], frame: shapely.Polygon) -> NDArray[np.object_]:
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=frame))
    return np.asarray(shapely.intersection(cells, frame), dtype=object)


def _codes(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:07d}" for number in range(count)]
