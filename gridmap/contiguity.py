"""Which pieces share a border, and into how many separate territories a set of pieces falls."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.metres import lengths

Shapes = NDArray[np.object_]
Rows = NDArray[np.int64]

SHARED_BORDER_METRES = 1.0  # two pieces that meet in a shorter line, or in a corner, are not neighbours
DRAWING_DEGREES = 1e-7  # about a centimetre: borders cut by different lines agree only to the rounding of numbers


def bordering(shapes: Shapes, group: Rows) -> Rows:
    """Find the pairs of lon/lat shapes of one group that share a border line longer than one metre.

    `group` holds one number per shape; shapes of different groups are never paired. All shapes go through one tree.
    Lines that differ by less than a centimetre count as the same line. Returns an (m, 2) array of row numbers, the
    lower first, in ascending order.
    """
    known = _sharing_edges(shapes, group)
    open_pairs = _open_pairs(shapes, group, known)
    outline = shapely.boundary(shapes)
    border = shapely.intersection(outline[open_pairs[:, 0]], outline[open_pairs[:, 1]], grid_size=DRAWING_DEGREES)
    long = np.flatnonzero(lengths(border) > SHARED_BORDER_METRES) if border.size else np.empty(0, np.int64)
    pairs = np.concatenate((known, open_pairs[long]))
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _sharing_edges(shapes: Shapes, group: Rows) -> Rows:
    """Find the pairs of one group that have edges in common, corner for corner, long enough to be neighbours.

    Corners count as the same when they round to the same centimetre. Most borders of a layer that was cut from
    gap-free layers are of this kind, and sorting finds them a hundred times sooner than intersecting does.
    """
    parts, shape = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(corners / DRAWING_DEGREES).astype(np.int64)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    start, end, owner = whole[edge], whole[edge + 1], shape[part[ring[edge]]]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.where(turned[:, None], np.hstack((end, start)), np.hstack((start, end)))
    order = np.lexsort((owner, group[owner], *ends.T))
    ends, owner = ends[order], owner[order]
    same = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1) & (group[owner[1:]] == group[owner[:-1]]))
    same = same[owner[same] != owner[same + 1]]
    line = shapely.linestrings(ends[same].reshape(-1, 2, 2) * DRAWING_DEGREES)
    pairs, pair = np.unique(np.column_stack((owner[same], owner[same + 1])), axis=0, return_inverse=True)
    metres = np.bincount(pair.ravel(), lengths(line), minlength=len(pairs))
    return pairs[metres > SHARED_BORDER_METRES].astype(np.int64)


def _open_pairs(shapes: Shapes, group: Rows, known: Rows) -> Rows:
    """Find the other pairs of one group that come within a centimetre of each other."""
    west, south, east, north = shapely.bounds(shapes).T
    frames = shapely.box(
        west - DRAWING_DEGREES, south - DRAWING_DEGREES, east + DRAWING_DEGREES, north + DRAWING_DEGREES
    )
    one, other = shapely.STRtree(shapes).query(frames)
    apart = (one < other) & (group[one] == group[other])
    one, other = one[apart].astype(np.int64), other[apart].astype(np.int64)
    unknown = ~np.isin(one * len(shapes) + other, known[:, 0] * len(shapes) + known[:, 1])
    one, other = one[unknown], other[unknown]
    near = shapely.dwithin(shapes[one], shapes[other], DRAWING_DEGREES)
    return np.column_stack((one[near], other[near]))


class Territory:
    """The pieces of one district as a graph; a set of pieces is an integer whose bit i stands for piece i."""

    __slots__ = ("_counted", "everything", "natural", "touching")

    def __init__(self, touching: Sequence[int]) -> None:
        """Take, for each piece, the set of the pieces that it touches."""
        self.touching = tuple(touching)
        self._counted: dict[tuple[int, int], int] = {}
        self.everything = (1 << len(self.touching)) - 1
        self.natural = self.parts(self.everything)

    def reach(self, start: int, allowed: int) -> int:
        """Collect every piece that can be reached from the set `start` through the set `allowed`."""
        reached = frontier = start & allowed
        while frontier:
            piece = frontier & -frontier
            found = self.touching[piece.bit_length() - 1] & allowed & ~reached
            reached |= found
            frontier = (frontier ^ piece) | found
        return reached

    def parts(self, held: int) -> tuple[int, ...]:
        """Split a set of pieces into its connected territories, the one with the lowest piece first."""
        found = []
        while held:
            part = self.reach(held & -held, held)
            found.append(part)
            held &= ~part
        return tuple(found)

    def count(self, held: int, allowed: int) -> int:
        """Count the territories into which `held` falls at least, if all of `allowed` may still be added to it."""
        key = (held, allowed)
        if key not in self._counted:
            total = 0
            while held:
                held &= ~self.reach(held & -held, allowed)
                total += 1
            self._counted[key] = total
        return self._counted[key]

    def forced_breaks(self, seats: int) -> int:
        """Count the breaks that no division among this many seats can avoid: the district's own parts beyond them."""
        return max(0, len(self.natural) - seats)
