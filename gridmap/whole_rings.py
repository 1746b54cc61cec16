"""Rings on whole units: polygons are rounded, taken apart and turned the right way, and what folds is mended."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import only_polygons
from gridmap.metres import Indices, Numbers, Shapes
from gridmap.tile_kernels import GONE, PLAIN, settle
from gridmap.vectortile import Rings, Whole, changes

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRings:
    """The rings of an array of polygons, closed, in the order of their polygons, in any measure."""

    xy: Numbers
    first: Whole  # where each ring's corners begin; the last is their number
    owner: Whole  # the position of each ring's polygon
    single: Flags  # for each ring: its polygon has no other

    @classmethod
    def of(cls, shapes: Shapes) -> "ClosedRings":
        """Take polygons apart."""
        polygons, shape = shapely.get_parts(shapes, return_index=True)
        if len(polygons) == len(shapes) and not shapely.get_num_interior_rings(polygons).any():
            owner = shape  # every polygon is one ring: no need to make rings of them
            xy, ring = shapely.get_coordinates(polygons, return_index=True)
        else:
            rings, polygon = shapely.get_rings(polygons, return_index=True)
            owner = shape[polygon]
            xy, ring = shapely.get_coordinates(rings, return_index=True)
        first = np.searchsorted(ring, np.arange(len(owner) + 1)).astype(np.int64)
        return cls(xy=xy, first=first, owner=owner, single=np.bincount(owner, minlength=len(shapes))[owner] == 1)

    def rounded(self, units: float, shapes: Shapes) -> Rings:
        """Give the rings on whole units, so many to 1; GEOS mends what compiled code finds in doubt."""
        x, y = (np.rint(self.xy[:, axis] * units).astype(np.int64) for axis in (0, 1))
        state = np.empty(len(self.owner), dtype=np.int64)
        xs, ys, sizes = settle(x, y, self.first, state)
        settled = (state == PLAIN) & self.single
        is_gone = (state == GONE) & self.single
        plain = Rings(
            xy=np.column_stack((xs, ys))[np.repeat(settled, sizes)], sizes=sizes[settled], owner=self.owner[settled]
        )
        left = np.unique(self.owner[~settled & ~is_gone])
        if not len(left):
            return plain
        return merged(plain, rings_of(unfolded(rounded(shapes[left], units)), left))


def rounded(shapes: Shapes, units: float) -> Shapes:
    """Put shapes on whole units, so many to 1."""
    return np.asarray(shapely.transform(shapes, lambda xy: np.rint(xy * units)), dtype=object)


def unfolded(whole: Shapes) -> Shapes:
    """Mend the few rings that fold over themselves on whole units; none of their borders moves by more than one."""
    folded = ~shapely.is_valid(whole)
    if folded.any():
        mended = only_polygons(np.asarray(shapely.make_valid(whole[folded]), dtype=object))
        whole[folded] = only_polygons(np.asarray(shapely.set_precision(mended, 1.0), dtype=object))
    return whole


def rings_of(shapes: Shapes, owner: Indices) -> Rings:
    """Take polygons apart: rings on whole units, turned the right way, without repeated vertices or empty rings."""
    polygons, shape = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(polygons) == 3
    if not areal.all():
        polygons, shape = polygons[areal], shape[areal]
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(xy).astype(np.int64)
    new = np.ones(len(whole), dtype=bool)
    new[1:] = (whole[1:] != whole[:-1]).any(axis=1) | (ring[1:] != ring[:-1])
    closing = np.flatnonzero(changes(ring))[1:] - 1
    new[closing] = new[-1:] = False  # the closing vertex; the run that ends in it is kept by its first
    whole, ring = whole[new], ring[new]
    sizes = np.bincount(ring, minlength=len(rings))
    first = np.cumsum(sizes) - sizes
    area = _areas(whole, ring, first, sizes)
    outer = changes(polygon)
    sound = (sizes >= 3) & (area != 0)
    sound &= sound[np.flatnonzero(outer)][np.cumsum(outer) - 1]  # a hole goes with its outer ring
    wrong = (area > 0) != outer
    step = np.arange(len(whole)) - first[ring]
    turned = np.where(
        wrong[ring], first[ring] + (sizes[ring] - step) % np.maximum(sizes[ring], 1), np.arange(len(whole))
    )
    kept = sound[ring]
    return Rings(xy=whole[turned][kept], sizes=sizes[sound], owner=np.asarray(owner)[shape[polygon]][sound])


def _areas(xy: Whole, ring: Whole, first: Whole, sizes: Whole) -> NDArray[np.int64]:
    """Sum each ring's shoelace, twice its area: positive when it turns clockwise on a screen. Whole numbers, exact."""
    local = xy - xy[first.clip(max=max(len(xy) - 1, 0))][ring] if len(xy) else xy
    ahead = np.arange(1, len(xy) + 1)
    full = sizes > 0
    ahead[(first + sizes - 1)[full]] = first[full]
    cross = local[:, 0] * local[ahead, 1] - local[ahead, 0] * local[:, 1] if len(xy) else np.empty(0, dtype=np.int64)
    total = np.concatenate(([0], np.cumsum(cross)))
    area: Whole = total[first + sizes] - total[first]
    return area


def merged(one: Rings, other: Rings) -> Rings:
    """Put two lots of rings together in the order of their features; each lot is in order and keeps it."""
    owner = np.concatenate((one.owner, other.owner))
    sizes = np.concatenate((one.sizes, other.sizes))
    order = np.argsort(owner, kind="stable")
    xy = np.concatenate((one.xy, other.xy))
    first = np.cumsum(sizes) - sizes
    return Rings(xy=xy[runs(first[order], sizes[order])], sizes=sizes[order], owner=owner[order])


def runs(first: Whole, lengths: Whole) -> Whole:
    """List the members of runs that start at `first` and are `lengths` long."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(first - (ends - lengths), lengths) + np.arange(total)
