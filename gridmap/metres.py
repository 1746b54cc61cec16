"""Metres and square metres of shapes that are drawn in longitude and latitude."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]

WGS84_AXIS = 6378137.0  # metres
WGS84_ECCENTRICITY = 0.0818191908426215
METRES_PER_DEGREE = 111_320.0  # of longitude at the equator; degrees that stand for a tolerance need no more
ROUNDING_METRES = 0.001  # a strip thinner than this is the rounding of numbers, not ground


def moved(shapes: Shapes, way: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]) -> Shapes:
    """Move every vertex of an array of shapes along `way` (x and y in, x and y out), heights dropped.

    A vertex that `way` finds no place for becomes infinite: rings still close, and the layer check finds it.
    """
    coordinates = shapely.get_coordinates(shapes)
    there = np.column_stack(way(coordinates[:, 0], coordinates[:, 1]))
    there[np.isnan(there)] = np.inf
    with np.errstate(invalid="ignore"):
        return np.asarray(shapely.set_coordinates(shapely.force_2d(shapes), there), dtype=object)


def areas(shapes: Shapes) -> Numbers:
    """Measure lon/lat polygons on the WGS84 ellipsoid, in square metres; what is no polygon has no area.

    The edges measured are the straight lines in lon/lat that `locate` and `overlay` see: the height of Lambert's
    equal-area cylinder is integrated along each by two Gauss points, exact to the last digits for edges below a degree.
    So the parts of a cut cell sum to the cell, whatever else is in its frame, and halves cut along a meridian are
    equal; in a conformal plane such as UTM the half farther from its middle meridian would be larger by some 1e-6.
    """
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1])) if len(ring) else ring
    ground = np.abs(np.bincount(ring, _below_edges(coordinates, ring, first), minlength=len(rings)))
    is_hole = np.append(False, polygon[1:] == polygon[:-1])[: len(rings)]
    return np.bincount(owner[polygon], np.where(is_hole, -ground, ground), minlength=len(shapes)).astype(np.float64)


def _below_edges(coordinates: Numbers, ring: Indices, first: Indices) -> Numbers:
    """Integrate under the edge that ends in each vertex, counted from the height of its ring's first vertex."""
    lon, lat = np.radians(coordinates[:, 0]), coordinates[:, 1]
    floor = _equal_area_height(lat[first])[ring]
    middle, reach = (lat + np.roll(lat, 1)) / 2.0, (lat - np.roll(lat, 1)) / (2.0 * np.sqrt(3.0))
    height = (_equal_area_height(middle - reach) + _equal_area_height(middle + reach)) / 2.0 - floor
    below = WGS84_AXIS * (lon - np.roll(lon, 1)) * height
    below[first] = 0.0  # no edge ends in the first vertex of a ring
    return below


def _equal_area_height(lat: Numbers) -> Numbers:
    """Give the height of a latitude in Lambert's equal-area cylinder, in metres.

    Source: Snyder, Map Projections: A Working Manual, USGS Professional Paper 1395 (1987), 3-12 and 10-15.
    """
    e = WGS84_ECCENTRICITY
    sine = np.sin(np.radians(lat))
    return WGS84_AXIS * 0.5 * (1.0 - e * e) * (sine / (1.0 - (e * sine) ** 2) + np.arctanh(e * sine) / e)


def projected(shapes: Shapes, crs: pyproj.CRS) -> Shapes:
    """Project lon/lat shapes into a metric system; a missing shape stays missing."""
    return np.asarray(gpd.GeoSeries(shapes, crs="EPSG:4326").to_crs(crs).array, dtype=object)


def lengths(lines: Shapes) -> Numbers:
    """Measure lon/lat shapes in metres along their lines, at the scale of their own latitude."""
    return np.nan_to_num(shapely.length(_locally_metric(lines)))


def widths(shapes: Shapes) -> Numbers:
    """Give the breadth in metres of lon/lat areas: of the rectangle that has the same area and outline.

    A strip of 1 m by 200 m is 1 m wide, and so is one that winds; a shape as round as a square is as wide as the
    side of the square of its area. A shape of several parts is as wide as its parts together.
    """
    local = _locally_metric(shapes)
    area, outline = np.nan_to_num(shapely.area(local)), np.nan_to_num(shapely.length(local))
    spread = np.sqrt(np.maximum(outline * outline - 16.0 * area, 0.0))
    narrow = np.where(outline + spread > 0.0, 4.0 * area / np.where(outline + spread > 0.0, outline + spread, 1.0), 0.0)
    return np.where(outline * outline <= 16.0 * area, np.sqrt(area), narrow)


def _locally_metric(shapes: Shapes) -> Shapes:
    """Scale degrees to metres by each shape's own middle latitude: right to 1 in 200 for shapes of a county's size."""
    bounds = shapely.bounds(shapes)
    shrink = np.cos(np.radians((bounds[..., 1] + bounds[..., 3]) / 2.0))
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    scaled = np.column_stack((coordinates[:, 0] * shrink[owner], coordinates[:, 1])) * METRES_PER_DEGREE
    return np.asarray(shapely.set_coordinates(shapely.force_2d(shapes), scaled), dtype=object)
