"""Seams: where cells of one layer overlap and where they leave gaps between them."""

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import only_polygons, shared_ground
from gridmap.metres import ROUNDING_METRES, Indices, Shapes, widths
from gridmap.tessellation import fits_edge_to_edge


def overlaps(shapes: Shapes) -> tuple[Indices, Indices, Shapes]:
    """Find the pairs of valid polygons that share ground, as (lower, higher, the shared ground), by position.

    Many cells that fit edge to edge are known to share nothing. Else one sweep over all edges finds the shapes that
    have anything unusual about their borders; only those are intersected. Ground thinner than ROUNDING_METRES is the
    rounding of numbers and is no overlap.
    """
    if fits_edge_to_edge(shapes):
        nobody = np.empty(0, dtype=np.intp)
        return nobody, nobody, np.empty(0, dtype=object)
    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    left, right = shapely.STRtree(shapes).query(shapes[suspects], predicate="intersects")
    left = suspects[left]
    pairs = np.unique(np.column_stack((np.minimum(left, right), np.maximum(left, right)))[left != right], axis=0)
    pairs = pairs[~shapely.touches(shapes[pairs[:, 0]], shapes[pairs[:, 1]])]
    lower, higher = pairs[:, 0], pairs[:, 1]
    shared = shared_ground(shapes[lower], shapes[higher])
    real = widths(shared) >= ROUNDING_METRES
    return lower[real], higher[real], shared[real]


def without_overlaps(shapes: Shapes) -> Shapes:
    """Cut valid polygons so that they share no ground: the lower position keeps it, the higher one gives it up.

    A shape that lies wholly under lower ones is left empty.
    """
    _, higher, shared = overlaps(shapes)
    cut = shapes.copy()
    if not len(higher):
        return cut
    for position in np.unique(higher):
        lost = shapely.union_all(shared[higher == position])
        cut[position] = shapely.difference(shapes[position], lost)
    return only_polygons(cut)


def gaps(shapes: Shapes, covering: shapely.Geometry | None) -> Shapes:
    """Find the ground that valid polygons leave open, as single polygons from west to east.

    With a covering area that is all of it that no shape covers; without one only what shapes enclose on every side.
    Ground thinner than ROUNDING_METRES is no gap.
    """
    together = shapely.union_all(shapes)
    if covering is not None:
        found = shapely.get_parts(shapely.difference(covering, together))
        found = found[shapely.get_type_id(found) == 3]
    else:
        parts = shapely.get_parts(together)
        found = np.asarray(shapely.polygons(shapely.get_rings(parts)[_inner(parts)]), dtype=object)
    found = found[widths(found) >= ROUNDING_METRES]
    corners = shapely.bounds(found)
    return found[np.lexsort(corners.T[::-1])]


def _inner(polygons: Shapes) -> NDArray[np.bool_]:
    """Mark, among all rings of the polygons in order, those that are holes."""
    _, owner = shapely.get_rings(polygons, return_index=True)
    return np.concatenate((np.zeros(min(1, len(owner)), dtype=bool), owner[1:] == owner[:-1]))
