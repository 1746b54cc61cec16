"""Dwellings: address points with their households, counted in the pieces of grids and districts."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.cells import Cells
from gridmap.datum import LONLAT
from gridmap.locate import CellIndex
from gridmap.metres import Indices, Shapes

Counts = NDArray[np.int64]
NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The households of address points: how many each piece has, and how many belong to no piece at all."""

    households: Counts  # one number a piece
    homeless: int  # households of points that lie in no grid and name none, or whose grid lies outside every district


def count_dwellings(
    points: gpd.GeoDataFrame, grids: Cells, districts: Cells, *, unit: Indices, district: Indices, shapes: Shapes
) -> Counted:
    """Count the households of address points by piece; a piece is a pair of positions (`unit`, `district`).

    points: `households` (whole numbers of at least 0) and lon/lat points; where a point lies in no grid, the code in
    its column `grid` (if there is one) says whose it is. Pieces stand by unit, then district. A point lies in one grid
    and one district, on a border in those with the lower code, as `locate` answers. Where that pair is no piece (the
    point sticks out of all districts), the nearest piece of its grid counts it; equally near: the lower district.
    """
    lon, lat = shapely.get_x(points.geometry.to_numpy()), shapely.get_y(points.geometry.to_numpy())
    households = points["households"].to_numpy(dtype=np.int64)
    of_grid = _named(points, grids, _index(grids).locate(lon, lat))
    of_district = _index(districts).locate(lon, lat)
    key = unit.astype(np.int64) * (len(districts) + 1) + district
    asked = of_grid.astype(np.int64) * (len(districts) + 1) + of_district
    place = np.minimum(np.searchsorted(key, asked), max(len(key) - 1, 0))
    met = (of_grid >= 0) & (of_district >= 0) & (len(key) > 0)
    met[met] = key[place[met]] == asked[met]
    piece = np.where(met, place, NOWHERE)
    loose = np.flatnonzero((piece == NOWHERE) & (of_grid >= 0))
    piece[loose] = _nearest_piece(points.geometry.to_numpy()[loose], of_grid[loose], unit, shapes)
    found = piece >= 0
    counted = np.bincount(piece[found], households[found], minlength=len(unit)).astype(np.int64)
    return Counted(households=counted, homeless=int(households[~found].sum()))


def _index(cells: Cells) -> CellIndex:
    return CellIndex(gpd.GeoDataFrame({"code": cells.codes}, geometry=cells.shapes, crs=LONLAT))


def _named(points: gpd.GeoDataFrame, grids: Cells, found: Indices) -> Indices:
    """Let a point outside every grid belong to the grid that it names."""
    if "grid" not in points.columns:
        return found
    position = {code: number for number, code in enumerate(grids.codes)}
    named = pd.Series(points["grid"]).map(position).fillna(NOWHERE).to_numpy(dtype=np.intp)
    return np.where(found >= 0, found, named)


def _nearest_piece(points: Shapes, of_grid: Indices, unit: Indices, shapes: Shapes) -> Indices:
    """Give the nearest piece of each point's own grid, -1 for a grid without any."""
    first, last = np.searchsorted(unit, of_grid), np.searchsorted(unit, of_grid, side="right")
    nearest = np.full(len(points), NOWHERE, dtype=np.intp)
    for number in np.flatnonzero(last > first):
        nearest[number] = first[number] + np.argmin(
            shapely.distance(points[number], shapes[first[number] : last[number]])
        )
    return nearest
