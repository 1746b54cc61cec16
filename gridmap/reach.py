"""Reach: how far it is to the nearest station, as bands on the ground and for each cell."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gridmap.cells import only_polygons
from gridmap.datum import metric_crs
from gridmap.metres import Numbers, projected

ROUND: Final = 24  # segments of a quarter circle


def reach_bands(stations: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, metres: Sequence[float]) -> gpd.GeoDataFrame:
    """Cut the ground (lon/lat) into bands by the distance to the nearest station.

    `metres` are the bands' outer ends, ascending. Returns low, high (infinite: and farther), geometry, nearest first;
    a band that has no ground is left out. The bands cover the ground and do not overlap.
    """
    crs = metric_crs(ground)
    whole = shapely.union_all(projected(np.asarray(ground.geometry.array, dtype=object), crs))
    spots = shapely.union_all(projected(np.asarray(stations.geometry.array, dtype=object), crs))
    lows = [0.0, *(float(end) for end in metres)]
    highs = [*lows[1:], np.inf]
    taken: shapely.Geometry = shapely.Polygon()
    shapes = []
    for high in highs:
        within = whole if np.isinf(high) else shapely.intersection(whole, shapely.buffer(spots, high, quad_segs=ROUND))
        shapes.append(shapely.difference(within, taken))
        taken = within
    areal = only_polygons(np.asarray(shapes, dtype=object))
    frame = gpd.GeoDataFrame({"low": lows, "high": highs}, geometry=list(areal), crs=crs)
    return frame[~shapely.is_empty(areal)].to_crs("EPSG:4326").reset_index(drop=True)


def station_metres(cells: gpd.GeoDataFrame, stations: gpd.GeoDataFrame) -> Numbers:
    """Measure from a point inside each cell to the nearest station, in metres; infinite where there is no station."""
    if not len(stations) or not len(cells):
        return np.full(len(cells), np.inf)
    crs = metric_crs(cells)
    inside = shapely.point_on_surface(projected(np.asarray(cells.geometry.array, dtype=object), crs))
    spots = projected(np.asarray(stations.geometry.array, dtype=object), crs)
    nearest = shapely.STRtree(spots).nearest(inside)
    return np.asarray(shapely.distance(inside, spots[nearest]), dtype=np.float64)
