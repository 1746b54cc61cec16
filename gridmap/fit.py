"""Fit: whether a layer lies where it should, and which mistake about its datum would explain that it does not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.datum import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02
from gridmap.metres import METRES_PER_DEGREE, Numbers

TOLERANCE_METRES = 30.0  # a border drawn twice differs by this much without anybody being wrong
MOST = 0.5  # of the vertices outside: the layer lies elsewhere
NOTICEABLE = 0.01  # of the vertices outside: worth asking whether a shift explains it
SPANNING = 0.9  # of the area's width and height: the layer reaches every side, and a wrong shift would push it out
EXPLAINED = 0.25  # a shift explains the misfit when no more than this part of it is left

Way = Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How much of a layer lies inside the area that covers it, from 0 to 1: as declared, and under each mistake.

    `looks_like` names the mistake that explains a misfit: wgs84, gcj02 or bd09 (the numbers are of that datum), twice
    (the numbers were WGS84 and have been shifted once too often before), swapped (latitude first), or "" for none.
    """

    inside: float
    under: dict[str, float]
    looks_like: str
    spanning: bool  # whether the layer reaches every side of the area, so that an explanation leaves no doubt

    @property
    def elsewhere(self) -> bool:
        """Tell whether most of the layer lies outside."""
        return self.inside < 1.0 - MOST

    @property
    def of_another_datum(self) -> bool:
        """Tell whether declaring another datum, the one in `looks_like`, puts the layer where it belongs."""
        return self.looks_like in _READINGS

    @property
    def fits(self) -> bool:
        """Tell whether there is nothing to say: the layer lies inside and no mistake explains what does not."""
        return not self.elsewhere and self.looks_like == ""


def fit(lon: Numbers, lat: Numbers, covering: shapely.Geometry, *, declared: str = "wgs84") -> Fit:
    """Compare vertices in WGS84 lon/lat with the area that ought to hold them; non-finite vertices do not count.

    `declared` is the datum that the vertices were converted from: only then are the numbers of the file known, and
    with them the datum that should have been declared. What is neither gcj02 nor bd09 was converted without a shift.
    """
    finite = np.isfinite(lon) & np.isfinite(lat)
    x, y = lon[finite], lat[finite]
    area = shapely.buffer(covering, TOLERANCE_METRES / METRES_PER_DEGREE)
    shapely.prepare(area)
    inside = _share_inside(area, x, y)
    given = _AS_GIVEN[declared](x, y) if declared in _AS_GIVEN else (x, y)
    read = {name: _share_inside(area, *way(*given)) for name, way in _READINGS.items()}
    under = read | {name: _share_inside(area, *way(x, y)) for name, way in _MISTAKES.items()}
    own = declared if declared in _AS_GIVEN else "wgs84"
    best = max((name for name in under if name != own), key=lambda name: under[name])
    misfit = 1.0 - inside
    explained = misfit > NOTICEABLE and 1.0 - under[best] <= EXPLAINED * misfit
    return Fit(inside=inside, under=under, looks_like=best if explained else "", spanning=_spans(x, y, covering))


def _share_inside(area: shapely.Geometry, x: Numbers, y: Numbers) -> float:
    return float(np.mean(shapely.intersects_xy(area, x, y))) if len(x) else 1.0


def _spans(x: Numbers, y: Numbers, covering: shapely.Geometry) -> bool:
    west, south, east, north = shapely.bounds(covering)
    return len(x) > 0 and bool(np.ptp(x) >= SPANNING * (east - west) and np.ptp(y) >= SPANNING * (north - south))


def _swapped(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return y, x


def _from_bd09(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return gcj02_to_wgs84(*bd09_to_gcj02(x, y))


def _to_bd09(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return gcj02_to_bd09(*wgs84_to_gcj02(x, y))


def _as_they_are(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    return x, y


_AS_GIVEN: dict[str, Way] = {"gcj02": wgs84_to_gcj02, "bd09": _to_bd09}
_READINGS: dict[str, Way] = {"wgs84": _as_they_are, "gcj02": gcj02_to_wgs84, "bd09": _from_bd09}
_MISTAKES: dict[str, Way] = {"twice": wgs84_to_gcj02, "swapped": _swapped}
