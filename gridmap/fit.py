"""Fit: whether a layer lies where it should, and which mistake about its datum would explain that it does not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.datum import bd09_to_gcj02, gcj02_to_wgs84, wgs84_to_gcj02
from gridmap.metres import METRES_PER_DEGREE, Numbers

TOLERANCE_METRES = 30.0  # a border drawn twice differs by this much without anybody being wrong
MOST = 0.5  # of the vertices outside: the layer lies elsewhere
NOTICEABLE = 0.01  # of the vertices outside: worth asking whether a shift explains it
EXPLAINED = 0.25  # a shift explains the misfit when no more than this part of it is left

Way = Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How much of a layer lies inside the area that covers it, from 0 to 1: as declared, and under each mistake.

    `looks_like` names the mistake that explains a misfit: gcj02 or bd09 (the numbers are of that datum), wgs84 (the
    numbers already were WGS84 and have been shifted once too often), swapped (latitude first), or "" for none.
    """

    inside: float
    under: dict[str, float]
    looks_like: str

    @property
    def elsewhere(self) -> bool:
        """Tell whether most of the layer lies outside."""
        return self.inside < 1.0 - MOST

    @property
    def fits(self) -> bool:
        """Tell whether there is nothing to say: the layer lies inside and no mistake explains what does not."""
        return not self.elsewhere and self.looks_like == ""


def fit(lon: Numbers, lat: Numbers, covering: shapely.Geometry) -> Fit:
    """Compare vertices in WGS84 lon/lat with the area that ought to hold them; non-finite vertices do not count."""
    finite = np.isfinite(lon) & np.isfinite(lat)
    x, y = lon[finite], lat[finite]
    area = shapely.buffer(covering, TOLERANCE_METRES / METRES_PER_DEGREE)
    shapely.prepare(area)
    inside = _share_inside(area, x, y)
    under = {name: _share_inside(area, *way(x, y)) for name, way in _MISTAKES.items()}
    best = max(under, key=lambda name: under[name])
    misfit = 1.0 - inside
    explained = misfit > NOTICEABLE and 1.0 - under[best] <= EXPLAINED * misfit
    return Fit(inside=inside, under=under, looks_like=best if explained else "")


def _share_inside(area: shapely.Geometry, x: Numbers, y: Numbers) -> float:
    return float(np.mean(shapely.intersects_xy(area, x, y))) if len(x) else 1.0


def _swapped(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return y, x


def _from_bd09(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return gcj02_to_wgs84(*bd09_to_gcj02(x, y))


_MISTAKES: dict[str, Way] = {
    "gcj02": gcj02_to_wgs84,
    "bd09": _from_bd09,
    "wgs84": wgs84_to_gcj02,
    "swapped": _swapped,
}
