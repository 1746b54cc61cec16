"""A flat metric sheet under the county, so that cells are drawn in metres and stored in degrees."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
METRES_PER_DEGREE = 111_195.0
DECIMALS = 7  # of a degree: about a centimetre


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """An equirectangular sheet: straight lines stay straight, metres are true to about a part in a thousand."""

    lon: float
    lat: float

    def metres(self, lonlat: Floats) -> Floats:
        """(n, 2) degrees → (n, 2) metres from the middle of the sheet."""
        return (np.asarray(lonlat, dtype=float) - (self.lon, self.lat)) * self._scale()

    def degrees(self, metres: Floats) -> Floats:
        """(n, 2) metres → (n, 2) degrees, not yet rounded."""
        return np.asarray(metres, dtype=float) / self._scale() + (self.lon, self.lat)

    def flat(self, shapes: Any) -> Any:
        """One shape or an array of shapes in degrees → in metres."""
        return shapely.transform(shapes, self.metres)

    def _scale(self) -> Floats:
        return np.array([METRES_PER_DEGREE * np.cos(np.radians(self.lat)), METRES_PER_DEGREE])


def rounded(lonlat: Floats) -> Floats:
    """Coordinates on the common 1e-7° lattice: whoever computes a corner twice gets the same corner."""
    return np.round(np.asarray(lonlat, dtype=float), DECIMALS)


def squared_distances(a: Floats, b: Floats) -> Floats:
    """(n, 2) and (m, 2) metres → (n, m) square metres."""
    return (a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2


def voronoi_ridges(sites: Floats, around: shapely.Polygon) -> NDArray[np.object_]:
    """The borders between Voronoi cells, one two-point line each, reaching past the shape around."""
    edges = shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=around, only_edges=True)
    lines: NDArray[np.object_] = shapely.get_parts(edges)
    ends = [shapely.get_coordinates(line) for line in lines]
    pieces = [shapely.LineString(pair) for line in ends for pair in pairwise(line)]
    return np.array(pieces, dtype=object)
