"""Packing: frames become a drawing's compact data, columns of names and borders in whole units, safe in a script."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import POLYGONS
from gridmap.metres import Shapes
from gridmap.simplifying import simplified

UNITS: Final = 100_000  # of a degree: about a metre each
SIMPLIFY: Final = 0.00004  # of a degree: about four metres; shared borders stay shared
FEW_CORNERS: Final = 12  # of a cell on average: with fewer there is nothing to simplify
REPEATED: Final = 0.5  # different values of all: below that share a column names each value once

Packed = dict[str, Any]
Columns = Mapping[str, Sequence[Any] | Packed]


def packed(frame: gpd.GeoDataFrame, fields: Mapping[str, str]) -> Packed:
    """Pack a frame of polygons or points for a drawing: key -> column; rows without geometry are left out.

    Gives `columns` (see `column`), `xy` (the steps from corner to corner, x and y by turns, in UNITS of a degree) and,
    for polygons, `rings` (the corners of each, its last one left out), `parts` (rings of each polygon) and `shapes`
    (polygons of each feature); these two are None where all are 1. Values are text, numbers, truths or lists of text.
    Other kinds of shapes have their `geometry` in GeoJSON.
    """
    geometry = frame.geometry.to_numpy()
    drawn = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    return packed_columns(geometry[drawn], {key: frame[name][drawn].tolist() for key, name in fields.items()})


def packed_columns(geometry: Shapes, columns: Columns) -> Packed:
    """Pack shapes, none of them missing, with columns, some of them written already, as `packed` packs a frame."""
    written = {key: values if isinstance(values, dict) else column(values) for key, values in columns.items()}
    return {"count": len(geometry), "columns": written, **_borders(np.asarray(geometry, dtype=object))}


def column(values: Sequence[Any]) -> Any:
    """Write a column: as a list, or where values repeat as `d`, each once, and `i`, which of them each row has."""
    known: dict[Any, int] = {}
    if len(values) and isinstance(values[0], list | tuple):
        return {"i": [[known.setdefault(str(one), len(known)) for one in value] for value in values], "d": list(known)}
    which = [known.setdefault(value, len(known)) for value in values]
    if len(known) < REPEATED * len(values) and all(value is None or isinstance(value, str) for value in known):
        return {"i": which, "d": list(known)}
    return list(values)


def stacked(*columns: Sequence[Any]) -> Packed:
    """Write columns that each row has one value of in a list."""
    return {"z": [list(values) for values in columns]}


def places(lonlat: NDArray[np.float64]) -> Packed:
    """Write points (rows of lon and lat) as the steps from one to the next, in UNITS of a degree, x and y by turns."""
    return {"xy": _steps(np.rint(lonlat * UNITS).astype(np.int64))}


def inside(geometry: Shapes) -> NDArray[np.float64]:
    """Give a point inside each shape: its centre where that lies inside, as rows of lon and lat."""
    lonlat = shapely.get_coordinates(shapely.centroid(geometry))
    astray = ~shapely.contains_xy(geometry, lonlat[:, 0], lonlat[:, 1])
    lonlat[astray] = shapely.get_coordinates(shapely.point_on_surface(geometry[astray]))
    return lonlat


def script_data(value: object) -> str:
    """Write JSON that can neither end a script nor look like a link: `<`, `>`, `&`, `/` and line separators escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    for character, written in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("/", "\\/")):
        text = text.replace(character, written)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _borders(geometry: Shapes) -> Packed:
    """Write the borders of polygons and the places of points; features of other kinds, or mixed, as GeoJSON."""
    kinds = shapely.get_type_id(geometry)
    if not len(kinds) or (kinds == 0).all():
        return places(shapely.get_coordinates(geometry))
    if not np.isin(kinds, POLYGONS).all():
        rounded = shapely.transform(geometry, lambda lonlat: np.rint(lonlat * UNITS) / UNITS)
        return {"geometry": [json.loads(shape) for shape in shapely.to_geojson(rounded)]}
    if shapely.get_num_coordinates(geometry).sum() > FEW_CORNERS * len(geometry):
        geometry = simplified(geometry, SIMPLIFY)
    polygons, shape = shapely.get_parts(geometry, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    kept = np.append(ring[1:] == ring[:-1], False)  # the closing corner is the first again
    whole = np.rint(corners[kept] * UNITS).astype(np.int64)
    return {
        "xy": _steps(whole),
        "rings": (np.bincount(ring, minlength=len(rings)) - 1).tolist(),
        "parts": _unless_ones(np.bincount(polygon, minlength=len(polygons))),
        "shapes": _unless_ones(np.bincount(shape, minlength=len(geometry))),
    }


def _steps(whole: NDArray[np.int64]) -> list[int]:
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    written: list[int] = steps.ravel().tolist()
    return written


def _unless_ones(counts: NDArray[np.int64]) -> list[int] | None:
    return None if (counts == 1).all() else list(map(int, counts))


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot stand on a map")
