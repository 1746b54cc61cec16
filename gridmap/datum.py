"""Datums: what a pair of numbers means on the ground, and its longitude and latitude in WGS84."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError, ProjError

from gridmap.metres import moved

Numbers = NDArray[np.float64]
Pair = tuple[Numbers, Numbers]

LONLAT = "EPSG:4326"
ACCEPTED = ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:n")

KRASOVSKY_AXIS = 6378245.0  # metres
KRASOVSKY_ECCENTRICITY_SQUARED = 0.00669342162296594323
BAIDU_TURN = np.pi * 3000.0 / 180.0
MAINLAND = (72.004, 0.8293, 137.8347, 55.8271)  # the rectangle (west, south, east, north) that GCJ-02 is applied in

INVERSE_STEP = 1e-10  # degrees: ten micrometres, below the 1e-9 that is promised
INVERSE_ROUNDS = 30


class UnknownDatum(ValueError):  # noqa: N818
    """A datum that nothing here can turn into WGS84; `why` is unknown, not_flat or no_transformation."""

    def __init__(self, given: str, why: str) -> None:
        self.given = given
        self.why = why
        self.accepted = ACCEPTED
        super().__init__(f"{given!r} is not a datum that can be read here ({why}); accepted are {', '.join(ACCEPTED)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """A declared datum; `name` is wgs84, cgcs2000, gcj02, bd09 or EPSG:n.

    CGCS2000 is read as WGS84: the two differ by no more than a few decimetres anywhere in China, and no
    transformation between them is published. Coordinates always come as x, y: longitude or easting first.
    """

    name: str

    @classmethod
    def parse(cls, text: str) -> "Datum":
        """Read a declaration such as `gcj02` or `EPSG:4546`, whatever its case; raise UnknownDatum otherwise."""
        word = text.strip().lower()
        if word in _TO_LONLAT:
            return cls(name=word)
        authority, _, number = word.partition(":")
        if authority != "epsg" or not number.isascii() or not number.isdigit():
            raise UnknownDatum(text, "unknown")
        synonym = {4326: "wgs84", 4490: "cgcs2000"}.get(int(number))
        if synonym is not None:
            return cls(name=synonym)
        _transformer(int(number))
        return cls(name=f"EPSG:{int(number)}")

    def to_lonlat(self, xs: ArrayLike, ys: ArrayLike) -> Pair:
        """Turn coordinates of this datum into WGS84 longitude and latitude in degrees; what has no place is NaN."""
        x, y = _numbers(xs), _numbers(ys)
        known = _TO_LONLAT.get(self.name)
        if known is not None:
            return known(x, y)
        lon, lat = _transformer(int(self.name.partition(":")[2])).transform(x, y)
        found = np.isfinite(lon) & np.isfinite(lat)
        return np.where(found, lon, np.nan), np.where(found, lat, np.nan)

    def frame_to_lonlat(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Give a copy of the frame in WGS84 lon/lat (EPSG:4326), heights dropped.

        The declaration decides, not the frame's own reference system: ask `conflict` about that one. Vertices are
        moved and edges stay straight between them, so cells that share vertices go on sharing their borders.
        """
        geometry = frame.geometry.array
        shapes = np.asarray(geometry, dtype=object)
        there = moved(shapes, self.to_lonlat)
        return frame.set_geometry(gpd.GeoSeries(there, index=frame.index, crs=LONLAT, name=frame.geometry.name))


def conflict(datum: Datum, crs: object) -> str | None:
    """Name the reference system that a file carries where it contradicts the declared datum; None where both agree.

    Files have no way to say GCJ-02 or BD-09, their makers write WGS84 on them: any longitude-latitude system agrees
    with those two. WGS84 and CGCS2000 agree with each other. A file without a system contradicts nothing.
    """
    if crs is None:
        return None
    own = pyproj.CRS.from_user_input(crs)
    if datum.name in _TO_LONLAT:
        agrees = own.is_geographic and (datum.name in ("gcj02", "bd09") or _is_world(own))
    else:
        agrees = _same_system(own, pyproj.CRS.from_user_input(datum.name))
    return None if agrees else _system_name(own)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS84 degrees to GCJ-02, the datum of Chinese phone maps; outside `MAINLAND` nothing moves."""
    x, y = _numbers(lon), _numbers(lat)
    inside = _in_mainland(x, y)
    east, north = _gcj02_offset(np.where(inside, x, np.nan), np.where(inside, y, np.nan))
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo GCJ-02 by fixed point, to less than 1e-9 degrees; outside `MAINLAND` nothing moves."""
    x, y = _numbers(lon), _numbers(lat)
    inside = _in_mainland(x, y)
    back_x, back_y = _fixed_point(_gcj02_shifted, np.where(inside, x, np.nan), np.where(inside, y, np.nan))
    return np.where(inside, back_x, x), np.where(inside, back_y, y)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Turn GCJ-02 degrees into BD-09, the datum of Baidu's maps; what is not finite has no place there and is NaN."""
    x, y = _finite(_numbers(lon)), _finite(_numbers(lat))
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BAIDU_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo BD-09 by fixed point, to less than 1e-9 degrees."""
    return _fixed_point(gcj02_to_bd09, _numbers(lon), _numbers(lat))


def metric_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Choose the projected system in which this lon/lat frame's distances are metres: the UTM zone of its centre.

    The zone is computed, not looked up, so it needs neither network nor the database of areas; beyond 84° it is the
    polar system of that end. Distances are right to 1 in 1,000 inside the zone. Areas are not taken here but on
    the ellipsoid (`gridmap.metres.areas`). Raises ValueError when the frame holds no finite coordinate.
    """
    west, south, east, north = frame.total_bounds
    lon, lat = (west + east) / 2.0, (south + north) / 2.0
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise ValueError("a frame without coordinates has no centre to choose a projected system from")
    if abs(lat) > 84.0:
        return pyproj.CRS.from_epsg(32661 if lat > 0 else 32761)
    zone = int(np.clip((lon + 180.0) // 6.0 + 1.0, 1, 60))
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _numbers(values: ArrayLike) -> Numbers:
    return np.asarray(values, dtype=np.float64)


def _finite(values: Numbers) -> Numbers:
    return np.where(np.isfinite(values), values, np.nan)


def _in_mainland(lon: Numbers, lat: Numbers) -> NDArray[np.bool_]:
    west, south, east, north = MAINLAND
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _gcj02_offset(lon: Numbers, lat: Numbers) -> Pair:
    """Compute the published offset in degrees: two polynomials with waves, in metres, on the Krasovsky ellipsoid."""
    x, y = lon - 105.0, lat - 35.0
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2.0 / 3.0 * (ripple + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0))
    north += 2.0 / 3.0 * (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2.0 / 3.0 * (ripple + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0))
    east += 2.0 / 3.0 * (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0))
    phi = np.radians(lat)
    flattening = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    normal = KRASOVSKY_AXIS / np.sqrt(flattening)
    meridian = normal * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / flattening
    return np.degrees(east / (normal * np.cos(phi))), np.degrees(north / meridian)


def _gcj02_shifted(lon: Numbers, lat: Numbers) -> Pair:
    east, north = _gcj02_offset(lon, lat)
    return lon + east, lat + north


def _fixed_point(forward: Callable[[Numbers, Numbers], Pair], x: Numbers, y: Numbers) -> Pair:
    """Find what `forward` maps to (x, y): correct the guess by what it misses until that is nothing."""
    guess_x, guess_y = x, y
    for _ in range(INVERSE_ROUNDS):
        there_x, there_y = forward(guess_x, guess_y)
        miss_x, miss_y = x - there_x, y - there_y
        guess_x, guess_y = guess_x + miss_x, guess_y + miss_y
        if not np.any((np.abs(miss_x) > INVERSE_STEP) | (np.abs(miss_y) > INVERSE_STEP)):
            break
    return guess_x, guess_y


def _unchanged(x: Numbers, y: Numbers) -> Pair:
    return x, y


def _bd09_to_lonlat(x: Numbers, y: Numbers) -> Pair:
    return gcj02_to_wgs84(*bd09_to_gcj02(x, y))


_TO_LONLAT: dict[str, Callable[[Numbers, Numbers], Pair]] = {
    "wgs84": _unchanged,
    "cgcs2000": _unchanged,
    "gcj02": gcj02_to_wgs84,
    "bd09": _bd09_to_lonlat,
}


@lru_cache(maxsize=64)
def _transformer(number: int) -> pyproj.Transformer:
    """Open the way from EPSG:number to WGS84; a CGCS2000 zone ends at CGCS2000, which is read as WGS84.

    Refuses systems that only a guess connects with WGS84, such as Xi'an 1980: they would be off by 100 m in silence.
    """
    name = f"EPSG:{number}"
    try:
        system = pyproj.CRS.from_epsg(number)
    except CRSError as error:
        raise UnknownDatum(name, "unknown") from error
    if not (system.is_projected or system.is_geographic) or len(system.axis_info) != 2:
        raise UnknownDatum(name, "not_flat")
    target = 4490 if _is_cgcs2000(system) else 4326
    try:
        return pyproj.Transformer.from_crs(system, target, always_xy=True, allow_ballpark=False)
    except ProjError as error:
        raise UnknownDatum(name, "no_transformation") from error


def _geodetic_name(system: pyproj.CRS) -> str:
    geodetic = system.geodetic_crs
    name = geodetic.datum.name if geodetic is not None and geodetic.datum is not None else ""
    return name.lower().replace("_", " ")


def _is_cgcs2000(system: pyproj.CRS) -> bool:
    return _geodetic_name(system) in ("china 2000", "china geodetic coordinate system 2000", "d china 2000")


def _is_world(system: pyproj.CRS) -> bool:
    return _is_cgcs2000(system) or _geodetic_name(system).startswith(
        ("world geodetic system 1984", "wgs 84", "wgs 1984")
    )


def _same_system(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    if one.equals(other, ignore_axis_order=True):
        return True
    authority = one.to_authority(min_confidence=70)
    return authority is not None and authority == other.to_authority()


def _system_name(system: pyproj.CRS) -> str:
    authority = system.to_authority(min_confidence=70)
    return ":".join(authority) if authority else system.name
