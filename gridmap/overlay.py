"""Overlay: what of each grid lies in which electoral district, by shares and by pieces."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.cells import Cells, UnusableCells
from gridmap.crossing import share_ground, whole_ground
from gridmap.datum import LONLAT
from gridmap.dwellings import count_dwellings
from gridmap.joining import answers_through
from gridmap.metres import ROUNDING_METRES, Indices, Numbers, Shapes, areas
from gridmap.seams import without_overlaps

Counts = NDArray[np.int64]

SLIVER = 0.02  # of the grid: a smaller piece answers through a neighbour of its district
EQUAL = 1e-9  # shares closer than this, relatively, are equal
ARE = 100.0  # square metres; the load of a grid whose households are not known is counted in ares
SQUARE_KILOMETRE = 1e6  # square metres; counted instead where a grid has more than a thousand million ares
MOST_ARES = 10**9  # what a database keeps as a whole number is not much more
AREA = "area"
HOUSEHOLDS = "households"
ADDRESSES = "addresses"


def shares(units: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, weight: str | None = None) -> pd.DataFrame:
    """Tell which share of each unit lies in each district: DataFrame[unit, district, share], by unit, then district.

    A share is of the unit's whole area, so a unit that sticks out of all districts sums to less than 1. With `weight`
    (a column of `units`, checked to be numbers of at least 0) the share is of that weight, which is taken to lie evenly
    over the unit: the shares are the same, what they are shares of is checked. Where districts overlap the lower code
    has the ground; units may overlap, each is shared out whole. Raises UnusableCells for frames that are no cells.
    """
    if weight not in (None, AREA):
        _loads_of(units, str(weight))
    unit_cells, district_cells = _both(units, districts)
    crossing = _cross(unit_cells.shapes, without_overlaps(district_cells.shapes), drawn=False)
    part = crossing.area / whole_ground(unit_cells.shapes)[crossing.unit]
    frame = pd.DataFrame(
        {
            "unit": unit_cells.codes[crossing.unit],
            "district": district_cells.codes[crossing.district],
            "share": np.minimum(part, 1.0),
        }
    )
    return frame[crossing.is_ground].reset_index(drop=True)


def assign_units(units: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> "pd.Series[Any]":
    """Give each unit to the district with its largest share; equal shares (within 1e-9) go to the lower code.

    Returns unit code → district code in the order of the unit codes, None for a unit outside every district.
    """
    found = shares(units, districts)
    largest = found.groupby("unit")["share"].transform("max")
    winners = found[found["share"] >= largest * (1.0 - EQUAL)].groupby("unit")["district"].min()
    codes = sorted({str(code) for code in units["code"]})
    district_of = winners.to_dict()
    return pd.Series(
        [district_of.get(code) for code in codes], index=pd.Index(codes, name="unit"), name="district", dtype=object
    )


def uncovered(grids: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the grids that stick out of all districts, with the share of their area outside: DataFrame[grid, share]."""
    grid_cells, district_cells = _both(grids, districts)
    crossing = _cross(grid_cells.shapes, without_overlaps(district_cells.shapes), drawn=False)
    covered = np.bincount(crossing.unit, crossing.area, minlength=len(grid_cells))
    outside = 1.0 - covered / whole_ground(grid_cells.shapes)
    frame = pd.DataFrame({"grid": grid_cells.codes, "share": outside})
    return frame[outside > EQUAL].reset_index(drop=True)


def pieces(
    grids: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    *,
    sliver: float = SLIVER,
    weight: str | None = None,
    dwellings: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Cut the grids along the districts of one layer.

    Returns GeoDataFrame[grid, district, households, share, weight, joined, geometry], by district, then grid,
    whatever the order of the rows that came in:

    - `share` is the piece's part of its grid's weight: by area, among the pieces of the grid, so that it sums to 1;
    - `households` are whole: shared out by largest remainder (equal remainders: lower district code), so that the
      pieces of a grid sum to the grid's households;
    - `weight` says what was counted: `households`, another column asked for by name, or `area`. None takes
      `households` where every grid has them, else the area in ares (100 m²), of countries in square kilometres;
    - `dwellings` (address points with `households`, maybe `grid`: see `gridmap.dwellings`) are counted where they
      stand: `weight` is then `addresses`, and `share` is of the grid's counted households. A grid without any such
      household keeps its own number, shared out by area, or is empty (0) where grids' households are not known;
    - `joined` is None, or for a piece below `sliver` of its grid the grid whose piece of the same district it answers
      through: the one with the longest shared border (to the centimetre; equal: lower grid code). Its households
      are then counted there and are 0 here. A sliver without such a neighbour stays a piece, and so do slivers that
      have only each other.

    Inside overlaps, of districts as of grids, the lower code has the ground; a grid that lies wholly under others
    keeps its own. Grids outside every district have no piece, see `uncovered`. The cut is made in lon/lat as given,
    where `locate` looks too; areas are taken on the ground. Raises UnusableCells for frames that are no cells.
    """
    grid_cells, district_cells = _both(grids, districts)
    counted, loads = _loads(grids, grid_cells, weight)
    with ThreadPoolExecutor(2) as pool:
        own_ground = pool.submit(_own_ground, grid_cells.shapes)
        districts_apart = without_overlaps(district_cells.shapes)
    grounds, heaped = own_ground.result()
    crossing = _cross(grounds, districts_apart, drawn=True).ground()
    part = _parts_of_one(crossing.unit, crossing.area, len(grid_cells))
    households = _largest_remainder(crossing.unit, part, loads)
    weights = np.full(len(part), counted, dtype=object)
    if dwellings is not None and len(dwellings):
        part, households, weights = _by_dwellings(
            dwellings, grid_cells, district_cells, crossing, part, households, counted
        )
    through = answers_through(crossing.unit, crossing.district, crossing.shape, part < sliver, heaped[crossing.unit])
    answering = np.where(through < 0, np.arange(len(through)), through)
    frame = gpd.GeoDataFrame(
        {
            "grid": grid_cells.codes[crossing.unit],
            "district": district_cells.codes[crossing.district],
            "households": np.bincount(answering, households, minlength=len(through)).astype(np.int64),
            "share": part,
            "weight": weights,
            "joined": _where_joined(through, grid_cells.codes[crossing.unit]),
        },
        geometry=crossing.shape,
        crs=LONLAT,
    )
    return frame.iloc[np.lexsort((crossing.unit, crossing.district))].reset_index(drop=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossing:
    """Every non-empty intersection of a unit and a district, by unit, then district; areas in square metres.

    Shapes are only there when they were asked for.
    """

    unit: Indices
    district: Indices
    shape: Shapes
    area: Numbers
    is_ground: NDArray[np.bool_]  # False for strips that only the rounding of numbers has drawn

    def ground(self) -> "_Crossing":
        """Leave the strips of rounding out."""
        kept = self.is_ground
        return _Crossing(
            unit=self.unit[kept],
            district=self.district[kept],
            shape=self.shape[kept],
            area=self.area[kept],
            is_ground=self.is_ground[kept],
        )


def _both(units: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> tuple[Cells, Cells]:
    return Cells.of(units, unique=True, sound=True), Cells.of(districts, unique=True, sound=True)


def _own_ground(shapes: Shapes) -> tuple[Shapes, NDArray[np.bool_]]:
    """Cut overlapping grids, but leave, and mark, a grid that would vanish: its households live somewhere."""
    cut = without_overlaps(shapes)
    gone = shapely.is_empty(cut)
    cut[gone] = shapes[gone]
    return cut, gone


def _cross(units: Shapes, districts: Shapes, *, drawn: bool) -> _Crossing:
    """Intersect units with districts that share no ground among themselves."""
    unit, district = shapely.STRtree(districts).query(units)
    order = np.lexsort((district, unit))
    unit, district = unit[order], district[order]
    found = share_ground(units, districts, unit, district, drawn=drawn)
    kept = found.area > 0.0
    return _Crossing(
        unit=unit[kept],
        district=district[kept],
        shape=found.shape[kept],
        area=found.area[kept],
        is_ground=found.width[kept] >= ROUNDING_METRES,
    )


def _loads(grids: gpd.GeoDataFrame, cells: Cells, weight: str | None) -> tuple[str, Counts]:
    """Choose what is counted and give each grid's whole load, in the order of the cells."""
    if weight is None:
        known = HOUSEHOLDS in grids.columns and bool(grids[HOUSEHOLDS].notna().all())
        weight = HOUSEHOLDS if known else AREA
    if weight == AREA:
        ground = areas(cells.shapes)
        measure = ARE if ground.max(initial=0.0) <= MOST_ARES * ARE else SQUARE_KILOMETRE
        return AREA, np.rint(ground / measure).astype(np.int64)
    loads = _loads_of(grids, weight)[cells.row]
    whole = np.rint(loads)
    if (whole != loads).any():
        raise UnusableCells(f"`{weight}` are counted one by one, but {loads[whole != loads][0]} is no whole number")
    return weight, whole.astype(np.int64)


def _loads_of(units: gpd.GeoDataFrame, weight: str) -> Numbers:
    """Read a column of weights; raise UnusableCells unless every one is a number of at least 0."""
    if weight not in units.columns:
        raise UnusableCells(f"there is no column `{weight}` to weigh by")
    numbers: Numbers = pd.to_numeric(units[weight], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(numbers) & (numbers >= 0.0))
    if bad.any():
        raise UnusableCells(f"`{weight}` is missing or negative for {', '.join(map(str, units['code'][bad][:5]))}")
    return numbers


def _by_dwellings(
    dwellings: gpd.GeoDataFrame, grids: Cells, districts: Cells, crossing: _Crossing, part: Numbers,
    households: Counts, counted: str,
) -> tuple[Numbers, Counts, NDArray[np.object_]]:  # fmt: skip
    """Count address points instead of sharing out, grid by grid; give parts, households and what was counted."""
    found = count_dwellings(
        dwellings, grids, districts, unit=crossing.unit, district=crossing.district, shapes=crossing.shape
    ).households
    whole = np.bincount(crossing.unit, found, minlength=len(grids))[crossing.unit]
    lived_in = whole > 0
    own = households if counted != AREA else np.zeros_like(households)
    return (
        np.where(lived_in, found / np.maximum(whole, 1), part),
        np.where(lived_in, found, own),
        np.where(lived_in | (counted == AREA), ADDRESSES, counted).astype(object),
    )


def _parts_of_one(unit: Indices, area: Numbers, count: int) -> Numbers:
    """Give each crossing's part of what its unit has in all crossings; the parts of a unit sum to 1."""
    whole = np.bincount(unit, area, minlength=count)
    return np.asarray(area / whole[unit], dtype=np.float64)


def _largest_remainder(unit: Indices, part: Numbers, loads: Counts) -> Counts:
    """Share each unit's load out in whole numbers; what is left goes to the largest remainders, equal: lower district.

    Crossings stand by unit, then district. Quotas are rounded to nine decimals, so that 2.9999999999 is three.
    """
    quota = np.round(part * loads[unit], 9)
    given = np.floor(quota).astype(np.int64)
    left = loads - np.bincount(unit, given, minlength=len(loads)).astype(np.int64)
    order = np.lexsort((np.arange(len(unit)), -np.round(quota - given, 9), unit))
    place = np.empty(len(unit), dtype=np.int64)
    place[order] = np.arange(len(unit)) - np.searchsorted(unit, unit[order])
    return np.asarray(given + (place < left[unit]), dtype=np.int64)


def _where_joined(through: Indices, grids: NDArray[np.object_]) -> list[str | None]:
    """Name the grid of the piece that each piece answers through, None for itself."""
    return [None if target < 0 else str(grids[target]) for target in through]
