"""Locating points: our index beside a spatial join and a plain tree, every answer compared."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.ground import grids, points, size_of
from benchmarks.stopwatch import REPEATS, row, timed
from gridmap.locate import CellIndex

POINTS = 1_000_000
SINGLES = 2_000

Rows = NDArray[np.int64]


def run(size: str, *, count: int = POINTS, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Locate `count` random points in the grids of a county, province or nation; one row per peer.

    Every peer gets its points and its tree ready made, and only the question is timed. Of several cells that have a
    point the lower code answers, for the peers too. Two rows stand apart: what the raster takes to be drawn beside
    one such join, tree and all (its ratio is below 1), and points that are asked one at a time.
    """
    cells = grids(size_of(size).grids)
    lon, lat = points(cells, count)
    index = CellIndex(cells)
    index.warm()
    ours, rows = timed(lambda: index.locate(lon, lat), repeats)
    spots = np.asarray(shapely.points(lon, lat), dtype=object)
    frame = gpd.GeoDataFrame(geometry=spots, crs=cells.crs)
    shapes = np.asarray(cells.geometry.array, dtype=object)
    shapely.prepare(shapes)
    tree, tree_of_points = shapely.STRtree(shapes), shapely.STRtree(spots)
    peers: dict[str, Callable[[], Rows]] = {
        "geopandas.sjoin": lambda: _joined(frame, cells),
        "shapely STRtree": lambda: _found(tree, spots),
        "shapely STRtree of points": lambda: _gathered(tree_of_points, shapes, count),
    }
    table = []
    for peer, ask in peers.items():
        seconds, answer = timed(ask, repeats)
        wrong = int((answer != rows).sum())
        work = f"locate {count:,} points in {len(cells):,} grids"
        table.append(row(work, peer, ours=ours, theirs=seconds, mismatches=wrong, repeats=repeats))
    return [*table, _drawing(cells, shapes, spots, rows, repeats), _singly(index, tree, lon, lat, repeats)]


def _drawing(
    cells: gpd.GeoDataFrame, shapes: NDArray[np.object_], spots: NDArray[np.object_], rows: Rows, repeats: int
) -> dict[str, Any]:
    seconds, _ = timed(lambda: CellIndex(cells).warm(), repeats)
    join, found = timed(lambda: _gathered(shapely.STRtree(spots), shapes, len(spots)), repeats)
    wrong = int((found != rows).sum())
    work, peer = f"draw the raster of {len(cells):,} grids", f"STRtree join of {len(spots):,} points"
    return row(work, peer, ours=seconds, theirs=join, mismatches=wrong, repeats=repeats)


def _singly(
    index: CellIndex,
    tree: shapely.STRtree,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    repeats: int,
) -> dict[str, Any]:
    """Ask one point at a time; the seconds are those of one point."""
    singles = list(zip(lon[-SINGLES:].tolist(), lat[-SINGLES:].tolist(), strict=True))
    ours, found = timed(lambda: [int(index.locate(x, y)[0]) for x, y in singles], repeats)
    theirs, expected = timed(lambda: [_lowest_at(tree, x, y) for x, y in singles], repeats)
    return row(
        "locate one point",
        "shapely STRtree",
        ours=ours / len(singles),
        theirs=theirs / len(singles),
        mismatches=sum(one != other for one, other in zip(found, expected, strict=True)),
        repeats=repeats,
    )


def _lowest_at(tree: shapely.STRtree, x: float, y: float) -> int:
    return int(min(tree.query(shapely.Point(x, y), predicate="intersects"), default=-1))


def _gathered(tree_of_points: shapely.STRtree, shapes: NDArray[np.object_], count: int) -> Rows:
    cell, point = tree_of_points.query(shapes, predicate="intersects")
    return _lowest(count, point, cell)


def _joined(spots: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> Rows:
    pairs = gpd.sjoin(spots, cells, predicate="intersects")
    return _lowest(len(spots), pairs.index.to_numpy(), pairs["index_right"].to_numpy())


def _found(tree: shapely.STRtree, spots: NDArray[np.object_]) -> Rows:
    point, cell = tree.query(spots, predicate="intersects")
    return _lowest(len(spots), point, cell)


def _lowest(count: int, point: NDArray[np.int64], cell: NDArray[np.int64]) -> Rows:
    """Keep the lowest row of each point, -1 where there is none; rows stand in code order."""
    rows = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(rows, point, cell)
    rows[rows == np.iinfo(np.int64).max] = -1
    return rows
