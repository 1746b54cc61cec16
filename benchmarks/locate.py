"""Locating points: our index beside a spatial join and a plain tree, every answer compared."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.ground import grids, points, size_of
from benchmarks.stopwatch import REPEATS, row, timed
from gridmap.locate import CellIndex

POINTS = 1_000_000

Rows = NDArray[np.int64]


def run(size: str, *, count: int = POINTS, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Locate `count` random points in the grids of a county, province or nation; one row per peer.

    Every peer gets its points and its tree ready made, and only the question is timed. Of several cells that have a
    point the lower code answers, for the peers too.
    """
    cells = grids(size_of(size).grids)
    lon, lat = points(cells, count)
    index = CellIndex(cells)
    ours, rows = timed(lambda: index.locate(lon, lat), repeats)
    work = f"locate {count:,} points in {len(cells):,} grids"

    spots = np.asarray(shapely.points(lon, lat), dtype=object)
    frame = gpd.GeoDataFrame(geometry=spots, crs=cells.crs)
    tree = shapely.STRtree(cells.geometry.array)
    joined_seconds, joined = timed(lambda: _joined(frame, cells), repeats)
    found_seconds, found = timed(lambda: _found(tree, spots), repeats)
    return [
        row(
            work,
            "geopandas.sjoin",
            ours=ours,
            theirs=joined_seconds,
            mismatches=int((joined != rows).sum()),
            repeats=repeats,
        ),
        row(
            work,
            "shapely STRtree",
            ours=ours,
            theirs=found_seconds,
            mismatches=int((found != rows).sum()),
            repeats=repeats,
        ),
    ]


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
