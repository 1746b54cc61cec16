"""Crossing: the ground that pairs of cells share, by compiled code where outlines cross plainly, else by GEOS."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import shared_ground
from gridmap.crossing_kernels import Doubles, Longs, cut, measure, wind
from gridmap.metres import Indices, Numbers, Shapes, areas, widths

PAIRS_PER_STRAND = 4096  # fewer are not worth a thread
FEW = 1 << 14  # pairs, or cells, that are not worth the loading of compiled code


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGround:
    """For each pair of cells what they share: its square metres, its breadth in metres and, if drawn, its shape."""

    area: Numbers
    width: Numbers
    shape: Shapes


def share_ground(
    ones: Shapes, others: Shapes, one: Indices, other: Indices, *, drawn: bool = True, few: int = FEW
) -> SharedGround:
    """Intersect ones[one] with others[other], valid polygons, pair by pair; `others` share no ground among themselves.

    Where outlines cross plainly the pieces are drawn by compiled code; where corners lie on edges, borders run
    together, there are holes or several parts, GEOS covers or cuts. Long arrays are cut on every core, in order.
    Up to `few` pairs are GEOS' alone. Nothing shared is an empty polygon of no area. Not `drawn`, the shapes are
    whatever was at hand.
    """
    found = SharedGround(
        area=np.zeros(len(one)),
        width=np.zeros(len(one)),
        shape=np.full(len(one), shapely.Polygon(), dtype=object),
    )
    left = np.arange(len(one))
    if len(one) > few:
        left = _cross_plainly(Outlines.of(ones), Outlines.of(others), one, other, found, drawn=drawn)
    found.shape[left] = _cut_by_geos(ones, others, one[left], other[left])
    found.area[left], found.width[left] = areas(found.shape[left]), widths(found.shape[left])
    return found


def whole_ground(shapes: Shapes, *, few: int = FEW) -> Numbers:
    """Measure polygons in square metres as `areas` of metres does, sooner where there are many."""
    if len(shapes) <= few:
        return areas(shapes)
    rings = Outlines.of(shapes)
    alone = np.flatnonzero(np.diff(rings.first) > 0)
    begins = np.append(rings.first[alone], len(rings.x))
    ground, _ = measure(rings.x, rings.y, begins, alone, len(shapes))
    left = np.setdiff1d(np.arange(len(shapes)), alone)
    ground[left] = areas(shapes[left])
    return ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """The outlines of polygons that are a single ring, one after the other; other shapes have no corners here."""

    x: Doubles
    y: Doubles
    first: Longs

    @classmethod
    def of(cls, shapes: Shapes, *, turned: bool = True) -> "Outlines":
        """Take the outlines of an array of polygons, each closed; `turned` has them run counter-clockwise."""
        single = np.flatnonzero((shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0))
        corners, owner = shapely.get_coordinates(shapes[single], return_index=True)
        first = np.searchsorted(single[owner], np.arange(len(shapes) + 1)).astype(np.int64)
        rings = cls(x=corners[:, 0].copy(), y=corners[:, 1].copy(), first=first)
        if turned:
            wind(rings.x, rings.y, rings.first)
        return rings


def _cross_plainly(
    ones: Outlines, others: Outlines, one: Indices, other: Indices, found: SharedGround, *, drawn: bool
) -> Indices:
    """Fill in the pairs that cross plainly; give the others."""
    is_plain = np.ones(len(one), dtype=bool)

    def strand(part: slice) -> None:
        x, y, begins, pair = cut(
            ones.x, ones.y, ones.first, others.x, others.y, others.first, one[part], other[part], is_plain[part]
        )
        found.area[part], found.width[part] = measure(x, y, begins, pair, len(is_plain[part]))
        if drawn:
            _draw(x, y, begins, pair, found.shape[part], is_plain[part])

    strands = min(os.cpu_count() or 1, len(one) // PAIRS_PER_STRAND + 1)
    cuts = np.linspace(0, len(one), strands + 1).astype(np.intp)
    with ThreadPoolExecutor(strands) as pool:
        list(pool.map(strand, [slice(start, stop) for start, stop in pairwise(cuts)]))
    return np.flatnonzero(~is_plain)


def _draw(x: Doubles, y: Doubles, begins: Longs, pair: Longs, shape: Shapes, is_plain: NDArray[np.bool_]) -> None:
    """Make the rings polygons; a pair with a corner so near to a crossing that rounding broke its ring is not plain."""
    ring = np.repeat(np.arange(len(pair)), np.diff(begins))
    outlines = np.asarray(shapely.polygons(shapely.linearrings(np.column_stack((x, y)), indices=ring)), dtype=object)
    is_plain[pair[~shapely.is_valid(outlines)]] = False
    alone = np.bincount(pair, minlength=len(shape))[pair] == 1
    shape[pair[alone]] = outlines[alone]
    several, at = np.unique(pair[~alone], return_inverse=True)
    if len(several) > 0:
        shape[several] = shapely.multipolygons(outlines[~alone], indices=at)


def _cut_by_geos(ones: Shapes, others: Shapes, one: Indices, other: Indices) -> Shapes:
    """Cover first, then cut only what none of the others covers whole."""
    shapely.prepare(others[other])
    found = np.full(len(one), shapely.Polygon(), dtype=object)
    whole = shapely.covers(others[other], ones[one])
    found[whole] = ones[one[whole]]
    settled = np.zeros(len(ones), dtype=bool)
    settled[one[whole]] = True
    unsettled = np.flatnonzero(~settled[one])
    unsettled = unsettled[shapely.intersects(others[other[unsettled]], ones[one[unsettled]])]
    found[unsettled] = shared_ground(ones[one[unsettled]], others[other[unsettled]])
    return found
