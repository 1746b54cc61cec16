"""Simplifying: vertices that nobody can see are dropped, and neighbours go on sharing their border."""

import numpy as np
import shapely

from gridmap.cells import POLYGONS
from gridmap.metres import Shapes


def simplified(shapes: Shapes, tolerance: float) -> Shapes:
    """Simplify polygons as one coverage; what would vanish is kept as it was, and so are lines and points.

    A layer whose borders are too tangled for it (rings that cross, borders that nearly meet) is given back unchanged.
    """
    areal = np.isin(shapely.get_type_id(shapes), POLYGONS)
    if not areal.any():
        return shapes
    simpler = shapes.copy()
    try:
        simpler[areal] = shapely.coverage_simplify(shapes[areal], tolerance)
    except shapely.errors.GEOSException:
        return shapes
    return np.where(shapely.is_empty(simpler), shapes, simpler)
