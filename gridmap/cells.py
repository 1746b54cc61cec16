"""Cells: a frame's codes and shapes as arrays in the order of their codes: the lower index is the lower code."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.codes import ranks
from gridmap.metres import Indices, Shapes

POLYGONS = (3, 6)  # shapely's type numbers of Polygon and MultiPolygon
NAMED_AT_MOST = 5
PAIRS_PER_STRAND = 4096  # fewer are not worth a thread


class UnusableCells(ValueError):  # noqa: N818
    """A frame that is no frame of cells; the message names what is wrong and, where it can, the codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The territories of a frame, lowest code first; `row` is each one's position in the frame it came from."""

    codes: NDArray[np.object_]
    shapes: Shapes
    row: Indices

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame, *, unique: bool = False, sound: bool = False) -> "Cells":
        """Read a frame with `code` and lon/lat geometry; rows without a polygon have no territory and are left out.

        `unique` refuses a code that stands twice, `sound` refuses rings that cross themselves: UnusableCells.
        """
        _refuse_foreign_frames(frame)
        codes = np.array([str(code) for code in frame["code"]], dtype=object)
        shapes = np.asarray(frame.geometry.array, dtype=object)
        order = np.argsort(ranks(codes), kind="stable")
        order = order[np.isin(shapely.get_type_id(shapes[order]), POLYGONS) & ~shapely.is_empty(shapes[order])]
        flat = shapely.force_2d(shapes[order]) if shapely.has_z(shapes[order]).any() else shapes[order]
        cells = cls(codes=codes[order], shapes=flat, row=order)
        if unique:
            cells._refuse_repeated_codes()
        if sound:
            cells._refuse_broken_rings()
        return cells

    def __len__(self) -> int:
        """Count the territories."""
        return len(self.codes)

    def _refuse_repeated_codes(self) -> None:
        again = self.codes[1:] == self.codes[:-1]
        if again.any():
            raise UnusableCells(f"codes stand twice: {_named(self.codes[1:][again])}")

    def _refuse_broken_rings(self) -> None:
        broken = ~shapely.is_valid(self.shapes)
        if broken.any():
            raise UnusableCells(f"rings are invalid, check the layer first: {_named(self.codes[broken])}")


def shared_ground(one: Shapes, other: Shapes) -> Shapes:
    """Intersect pair by pair and keep what is areal; long arrays are cut on every core, in order all the same."""
    strands = min(os.cpu_count() or 1, len(one) // PAIRS_PER_STRAND + 1)
    if strands == 1:
        return only_polygons(np.asarray(shapely.intersection(one, other), dtype=object))
    with ThreadPoolExecutor(strands) as pool:
        cut = list(pool.map(shapely.intersection, np.array_split(one, strands), np.array_split(other, strands)))
    return only_polygons(np.concatenate([np.asarray(strand, dtype=object) for strand in cut]))


def only_polygons(shapes: Shapes) -> Shapes:
    """Keep the areal part of each shape: lines and points that an intersection leaves behind fall away."""
    kinds = shapely.get_type_id(shapes)
    kept = shapes.copy()
    for position in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(shapes[position])
        areal = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), POLYGONS)])
        kept[position] = areal[0] if len(areal) == 1 else shapely.multipolygons(areal)
    kept[~np.isin(shapely.get_type_id(kept), POLYGONS)] = shapely.Polygon()
    return kept


def _refuse_foreign_frames(frame: gpd.GeoDataFrame) -> None:
    if "code" not in frame.columns:
        raise UnusableCells("a frame of cells has a column `code`")
    if frame.crs is not None and not frame.crs.is_geographic:
        raise UnusableCells(f"a frame of cells is in longitude and latitude, this one is in {frame.crs.name}")


def _named(codes: NDArray[np.object_]) -> str:
    more = f" and {len(codes) - NAMED_AT_MOST} more" if len(codes) > NAMED_AT_MOST else ""
    return ", ".join(codes[:NAMED_AT_MOST]) + more
