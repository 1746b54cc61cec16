"""Locate: the cell that a point lies in, the cells near it, and how far its border is."""

from functools import cached_property

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gridmap.borders import shared_metres
from gridmap.cells import Cells
from gridmap.datum import LONLAT, metric_crs
from gridmap.metres import Indices, Numbers, Shapes, projected
from gridmap.raster import Raster
from gridmap.raster_kernels import ASK

CHUNK = 1 << 17  # points that are looked up together
LONGEST_EDGE = 0.002  # degrees; longer edges get vertices before they are projected, to stay straight in lon/lat
EQUALLY_NEAR = 0.01  # metres
MANY = 200_000  # points at once that are worth loading compiled code and drawing a raster
OFTEN = 500  # questions for one point that are worth it too
NOWHERE = -1


class CellIndex:
    """An immutable index of cells that answers for points in WGS84 lon/lat degrees.

    Cells are straight-edged in lon/lat and closed: a point on a border lies in every cell of that border, and of
    several cells the one with the lower code answers (plain string order; equal codes: the earlier row). Rows are
    positions in the frame that was given. A coordinate that is not finite lies nowhere: row -1, NaN metres.
    Safe to share between threads once built.
    """

    def __init__(self, cells: gpd.GeoDataFrame) -> None:
        """Build the index of a frame with `code` and lon/lat polygons; rows without a polygon are never found."""
        self._cells = Cells.of(cells)
        self._shapes = self._cells.shapes
        self._tree = shapely.STRtree(self._shapes)
        self._rank_of_row = np.full(len(cells), NOWHERE, dtype=np.intp)
        self._rank_of_row[self._cells.row] = np.arange(len(self._cells))
        self._asked_singly = 0
        self.codes: NDArray[np.object_] = np.array([str(code) for code in cells["code"]], dtype=object)
        self._prepare(self._shapes)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Indices:
        """Give each point's row, -1 outside every cell; exact, borders and corners included."""
        place = _single(lon, lat)
        if place is not None and not self.is_warm:
            self._asked_singly += 1  # two threads that count at once lose one question, no more
            if self._asked_singly > OFTEN:
                self.warm()
        if place is not None and self.is_warm and self._raster is not None:
            row = self._raster.at(*place)
            if row != ASK:
                return np.array([row], dtype=np.intp)
        xs, ys = _points(lon, lat)
        if not (self.is_warm or len(xs) >= MANY) or self._raster is None:
            return self._judged(xs, ys)
        rows, is_open = self._raster.find(xs, ys)
        if is_open:
            left = np.flatnonzero(rows == ASK)
            rows[left] = self._judged(xs[left], ys[left])
        return rows

    def warm(self) -> None:
        """Draw the raster that answers many points at once now, not at the first question that has many."""
        _ = self._raster

    def _judged(self, xs: Numbers, ys: Numbers) -> Indices:
        """Locate by GEOS' exact predicate alone."""
        ranks = np.full(len(xs), len(self._cells), dtype=np.intp)
        for start in range(0, len(xs), CHUNK):
            stop = start + CHUNK
            point, rank = self._hits(xs[start:stop], ys[start:stop])
            np.minimum.at(ranks[start:stop], point, rank)
        return self._rows(ranks)

    def containing(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Indices, Indices]:
        """Give every cell that has the point, border included, as (point, row): by point, then by code."""
        xs, ys = _points(lon, lat)
        point, rank = self._hits(xs, ys)
        order = np.lexsort((rank, point))
        return point[order], self._rows(rank[order])

    def nearest(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Indices, Numbers]:
        """Give each point's nearest cell and its distance in metres: 0 inside; of equally near ones the lower code.

        Equally near is within EQUALLY_NEAR, the centimetre that a projection may stray. Distances are right to 1 in
        1,000 around the cells' own zone and grow too long beyond it; from the far side of the Earth there is none (-1).
        """
        xs, ys = _points(lon, lat)
        rows, metres = self.locate(xs, ys), np.full(len(xs), np.nan)
        metres[rows != NOWHERE] = 0.0
        astray, places = self._on_the_ground(xs, ys, rows == NOWHERE)
        if len(astray) == 0:
            return rows, metres
        _, far = self._metric_tree.query_nearest(places, return_distance=True, all_matches=False)
        metres[astray] = far
        point, rank = self._metric_tree.query(places, predicate="dwithin", distance=far + EQUALLY_NEAR)
        order = np.lexsort((rank, point))
        point, first = np.unique(point[order], return_index=True)
        rows[astray[point]] = self._rows(rank[order][first])
        return rows, metres

    def border_metres(self, lon: ArrayLike, lat: ArrayLike, rows: ArrayLike) -> Numbers:
        """Measure from each point to the border of the cell in its row, in metres, whichever side it lies on.

        Exactly 0 on the border and only there; NaN where the row is -1 or the point is nowhere.
        """
        xs, ys = _points(lon, lat)
        ranks = self._ranks(rows)
        if len(ranks) != len(xs):
            raise ValueError(f"{len(xs)} points need as many rows, not {len(ranks)}")
        metres = np.full(len(xs), np.nan)
        known, places = self._on_the_ground(xs, ys, ranks != NOWHERE)
        rank = ranks[known]
        metres[known] = shapely.distance(places, shapely.boundary(self._metric_shapes[rank]))
        on_it = shapely.intersects_xy(shapely.boundary(self._shapes[rank]), xs[known], ys[known])
        metres[known[on_it]] = 0.0
        return metres

    def on_border(self, lon: ArrayLike, lat: ArrayLike, rows: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points lie exactly on the border of the cell in their row; none does where the row is -1."""
        xs, ys = _points(lon, lat)
        ranks = self._ranks(rows)
        known = np.flatnonzero(ranks != NOWHERE)
        shapes, x, y = self._shapes[ranks[known]], xs[known], ys[known]
        found = np.zeros(len(xs), dtype=bool)
        found[known] = shapely.intersects_xy(shapes, x, y) & ~shapely.contains_xy(shapes, x, y)
        return found

    def near(self, lon: ArrayLike, lat: ArrayLike, within: float) -> tuple[Indices, Indices, Numbers]:
        """Give the cells within so many metres of each point, its own left out, as (point, row, metres).

        Ordered by point, then nearest first, then by code; a cell that has the point too is at 0 metres.
        """
        xs, ys = _points(lon, lat)
        own = self._ranks(self.locate(xs, ys))
        known, places = self._on_the_ground(xs, ys, np.ones(len(xs), dtype=bool))
        position, rank = self._metric_tree.query(places, predicate="dwithin", distance=within)
        point = known[position]
        metres = np.asarray(shapely.distance(places[position], self._metric_shapes[rank]), dtype=np.float64)
        metres[shapely.intersects_xy(self._shapes[rank], xs[point], ys[point])] = 0.0
        order = np.lexsort((rank, metres, point))
        order = order[rank[order] != own[point[order]]]
        return point[order], self._rows(rank[order]), metres[order]

    def around(self, lon: float, lat: float, row: int, within: float) -> tuple[float, Indices, Numbers]:
        """Give for one point what `border_metres` and `near` give: metres to the border of the cell in `row`, and the
        other cells within so many metres as rows and metres, the cell in `row` left out.
        """
        east, north = self.on_the_ground(lon, lat)
        if not (np.isfinite(east) and np.isfinite(north)):
            return float("nan"), np.empty(0, dtype=np.intp), np.empty(0)
        place, own = shapely.Point(east, north), int(self._rank_of_row[row])
        rank = self._metric_tree.query(place, predicate="dwithin", distance=within)
        rank = rank[rank != own]
        metres = np.empty(0)
        if len(rank):  # for most points there is no other cell
            metres = np.asarray(shapely.distance(place, self._metric_shapes[rank]), dtype=np.float64)
            close = np.flatnonzero(metres < EQUALLY_NEAR)  # only there can the exact predicate say otherwise
            metres[close[shapely.intersects_xy(self._shapes[rank[close]], lon, lat)]] = 0.0
        order = np.lexsort((rank, metres))
        border = float(shapely.distance(place, self._metric_outlines[own]))
        if border < EQUALLY_NEAR and shapely.intersects_xy(shapely.boundary(self._shapes[own]), lon, lat):
            border = 0.0
        return border, self._rows(rank[order]), metres[order]

    def on_the_ground(self, lon: float, lat: float) -> tuple[float, float]:
        """Give a point's metres east and north in the cells' own metric system (`metric_crs` of their frame)."""
        east, north = self._to_metres.transform(lon, lat)
        return float(east), float(north)

    def neighbours(self, row: int) -> tuple[Indices, Numbers]:
        """Give the rows of the cells that touch this one along a line, by code, and the shared border in metres."""
        rank = int(self._ranks([row])[0])
        if rank == NOWHERE:
            return np.empty(0, dtype=np.intp), np.empty(0)
        around = np.sort(self._tree.query(self._shapes[rank], predicate="dwithin", distance=1e-6))
        around = around[around != rank]
        metres = shared_metres(np.full(len(around), self._shapes[rank], dtype=object), self._shapes[around])
        return self._rows(around[metres > 0.0]), metres[metres > 0.0]

    @cached_property
    def _raster(self) -> Raster | None:
        return Raster.of(self._shapes, self._cells.row)

    @property
    def is_warm(self) -> bool:
        """Tell whether the raster is drawn."""
        return "_raster" in self.__dict__

    @cached_property
    def _metric_shapes(self) -> Shapes:
        """The cells in metres, with vertices added so that edges keep the course they have in lon/lat."""
        if len(self._cells) == 0:
            return self._shapes
        return projected(np.asarray(shapely.segmentize(self._shapes, LONGEST_EDGE), dtype=object), self._metric_crs)

    @cached_property
    def _metric_outlines(self) -> Shapes:
        return np.asarray(shapely.boundary(self._metric_shapes), dtype=object)

    @cached_property
    def _metric_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._metric_shapes)

    @cached_property
    def _metric_crs(self) -> pyproj.CRS:
        return metric_crs(gpd.GeoSeries(self._shapes))

    @cached_property
    def _to_metres(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(LONLAT, self._metric_crs, always_xy=True)

    def _on_the_ground(self, xs: Numbers, ys: Numbers, asked: NDArray[np.bool_]) -> tuple[Indices, Shapes]:
        """Give the asked points that have a place in the cells' metric system, and those places."""
        known = np.flatnonzero(asked & (np.abs(xs) <= 360.0) & (np.abs(ys) <= 90.0))
        if len(known) == 0 or len(self._cells) == 0:
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=object)
        east, north = self._to_metres.transform(xs[known], ys[known])
        there = np.isfinite(east) & np.isfinite(north)
        return known[there], np.asarray(shapely.points(east[there], north[there]), dtype=object)

    def _hits(self, xs: Numbers, ys: Numbers) -> tuple[Indices, Indices]:
        """Find every (point, rank) whose cell has the point: boxes first, then the exact predicate."""
        finite = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        position, rank = self._tree.query(shapely.points(xs[finite], ys[finite]))
        point = finite[position]
        inside = shapely.intersects_xy(self._shapes[rank], xs[point], ys[point])
        return point[inside], rank[inside]

    def _rows(self, ranks: Indices) -> Indices:
        return np.append(self._cells.row, NOWHERE)[ranks]

    def _ranks(self, rows: ArrayLike) -> Indices:
        return np.append(self._rank_of_row, NOWHERE)[np.atleast_1d(np.asarray(rows, dtype=np.intp))]

    @staticmethod
    def _prepare(shapes: Shapes) -> None:
        """Prepare every shape and ask each once, so that no later reader finds a half-built one."""
        shapely.prepare(shapes)
        corners = shapely.bounds(shapes)
        shapely.intersects_xy(shapes, corners[:, 0], corners[:, 1])


def _single(lon: object, lat: object) -> tuple[float, float] | None:
    """Read two plain numbers as one point; None for anything else."""
    return (float(lon), float(lat)) if isinstance(lon, float) and isinstance(lat, float) else None


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[Numbers, Numbers]:
    xs = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    ys = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if xs.shape != ys.shape or xs.ndim != 1:
        raise ValueError(f"longitudes and latitudes come in pairs, not as {xs.shape} and {ys.shape}")
    return xs, ys
