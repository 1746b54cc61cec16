"""Borders: which shapes touch along a line, and for how many metres."""

import numpy as np
import shapely

from gridmap.metres import METRES_PER_DEGREE, Numbers, Shapes, lengths

TOUCH_METRES = 0.02  # two borders this close are one: files are rounded to seven decimals, a centimetre
SHORTEST_METRES = 0.10  # a shorter contact is a corner, not a line


def shared_metres(one: Shapes, other: Shapes) -> Numbers:
    """Measure pair by pair the border that lon/lat shapes share, in metres; 0 where they only meet in a corner.

    Borders count as shared when they are within TOUCH_METRES, so a vertex that only one side has does no harm.
    """
    reach = TOUCH_METRES / METRES_PER_DEGREE
    widened = shapely.buffer(other, reach, quad_segs=1, join_style="mitre")
    metres = lengths(np.asarray(shapely.intersection(shapely.boundary(one), widened), dtype=object))
    return np.where(metres >= SHORTEST_METRES, metres, 0.0)
