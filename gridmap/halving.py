"""A shape is halved across its longer axis: two parts of equal area, the western first."""

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import only_polygons
from gridmap.metres import Shapes

STEPS = 50  # each brings the two halves twice as near to each other


def halves(shape: shapely.Geometry) -> Shapes:
    """Cut a lon/lat polygon into two of equal area by a straight line across its longer axis.

    The axis is that of the smallest rectangle around it, measured in metres of its own latitude; of equal sides the
    one that runs nearer to east and west is the longer. The part that lies farther west comes first, or farther south
    where the axis runs from south to north.
    """
    west, south, _, north = shapely.bounds(shape)
    shrink = float(np.cos(np.radians((south + north) / 2.0)))
    local = shapely.transform(shape, lambda xy: (xy - (west, south)) * (shrink, 1.0))
    axis = _longer_axis(local)
    along = shapely.get_coordinates(local) @ axis
    low, high = float(along.min()), float(along.max())
    reach = high - low + float(np.ptp(shapely.get_coordinates(local) @ _across(axis)))
    middle = shapely.get_coordinates(shapely.centroid(local))[0]
    half = shapely.area(local) / 2.0
    for _ in range(STEPS):
        at = (low + high) / 2.0
        if shapely.area(shapely.intersection(local, _below(axis, at, middle, reach))) < half:
            low = at
        else:
            high = at
    side = shapely.transform(
        _below(axis, (low + high) / 2.0, middle, reach), lambda xy: xy / (shrink, 1.0) + (west, south)
    )
    return only_polygons(np.array([shapely.intersection(shape, side), shapely.difference(shape, side)], dtype=object))


def _across(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([-axis[1], axis[0]])


def _longer_axis(shape: shapely.Geometry) -> NDArray[np.float64]:
    """Give the direction of the longer side of the smallest rectangle around a shape, eastwards or due north."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shape))
    sides = [corners[1] - corners[0], corners[2] - corners[1]]
    lengths = [float(np.hypot(*side)) for side in sides]
    best = max((0, 1), key=lambda side: (round(lengths[side] / max(lengths), 6), abs(sides[side][0]) / lengths[side]))
    axis = sides[best] / lengths[best]
    if round(float(axis[0]), 9) == 0.0:
        return np.array([0.0, 1.0])
    return np.asarray(axis if axis[0] > 0 else -axis, dtype=np.float64)


def _below(axis: NDArray[np.float64], at: float, middle: NDArray[np.float64], reach: float) -> shapely.Polygon:
    """Draw the ground that lies on the near side of a line across the axis, wide enough for the whole shape."""
    foot = middle + axis * (at - float(middle @ axis))
    wide = _across(axis) * 2.0 * reach
    deep = axis * 4.0 * reach
    return shapely.Polygon([foot - wide, foot + wide, foot + wide - deep, foot - wide - deep])
