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
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=DRAWING_DEGREES)
    one, other = near[:, (near[0] < near[1]) & (group[near[0]] == group[near[1]])]
    outline = shapely.boundary(shapes)
    border = shapely.intersection(outline[one], outline[other], grid_size=DRAWING_DEGREES)
    long = np.flatnonzero(lengths(border) > SHARED_BORDER_METRES) if border.size else np.empty(0, np.int64)
    pairs = np.column_stack((one[long], other[long])).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


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
