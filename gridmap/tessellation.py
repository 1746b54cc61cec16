"""Tessellation: whether cells fit edge to edge, which shows without a single intersection that they share no ground."""

import numpy as np
import shapely

from gridmap.crossing_kernels import wind
from gridmap.metres import Shapes
from gridmap.tessellation_kernels import lone_edges

FEW = 1 << 12  # cells that are not worth the loading of compiled code


def fits_edge_to_edge(shapes: Shapes, *, few: int = FEW) -> bool:
    """Tell beyond doubt that valid polygons share no ground; False says nothing.

    Walk every ring with its ground to the left. How many cells lie over a point changes only across edges that no
    other cell walks the other way. Where those lone edges form rings that neither touch nor cross, and every ring
    round ground lies in as many rings round ground as in rings round holes, no point lies in two cells.
    Cells with holes or several parts are left in doubt, and so are up to `few` cells.
    """
    single = (shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0)
    if len(shapes) <= few or not single.all():
        return False
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    x, y = corners[:, 0].copy(), corners[:, 1].copy()
    wind(x, y, np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64))
    begins = np.flatnonzero(owner[1:] == owner[:-1]).astype(np.int64)
    lone, is_paired = lone_edges(x, y, begins)
    if not is_paired:
        return False
    ends = np.column_stack((x[lone], y[lone], x[lone + 1], y[lone + 1])).reshape(-1, 2, 2)
    return _covers_once(np.asarray(shapely.linestrings(ends), dtype=object))


def _covers_once(edges: Shapes) -> bool:
    """Tell whether directed edges form rings apart from each other, none round ground that another is round already."""
    rings = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(edges), directed=True))
    if not shapely.is_ring(rings).all() or not shapely.is_simple(shapely.multilinestrings(rings)):
        return False
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    inside = np.asarray(shapely.polygons(shapely.linearrings(corners, indices=ring)), dtype=object)
    around = np.where(shapely.is_ccw(rings), 1, -1)
    ring, other = shapely.STRtree(inside).query(inside, predicate="within")
    times = np.bincount(ring, np.where(ring == other, 0, around[other]), minlength=len(rings))
    return bool((times[around == 1] == 0).all())
