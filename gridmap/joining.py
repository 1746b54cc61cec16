"""Joining: through which full piece of its own district a sliver answers, by the longest border they share."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.borders import SHORTEST_METRES, TOUCH_METRES, shared_metres
from gridmap.crossing import FEW, PAIRS_PER_STRAND, Outlines
from gridmap.metres import Indices, Numbers, Shapes
from gridmap.tessellation_kernels import run_together

Flags = NDArray[np.bool_]

CROWDED = 64  # times as many pairs within districts as there are pieces: a tree then finds who is near


def answers_through(
    unit: Indices, district: Indices, shape: Shapes, small: Flags, heaped: Flags, *, few: int = FEW
) -> Indices:
    """Find for each sliver the full piece it answers through, -1 where it stays a piece (as every full piece does).

    Pieces stand by unit, then district; `small` marks the slivers and `heaped` pieces that may lie over others.
    Slivers that touch a full piece of their district join first; then those that touch a joined one answer through
    the same piece, and so on until nothing changes.
    """
    sliver, other, metres = _touching(district, shape, small, heaped, few)
    through = np.full(len(small), -1, dtype=np.intp)
    answer = np.where(small, -1, np.arange(len(small)))
    order = np.lexsort((unit[other], -metres, sliver))
    sliver, other = sliver[order], other[order]
    while True:
        reachable = (through[sliver] < 0) & (answer[other] >= 0)
        if not reachable.any():
            return through
        joining, first = np.unique(sliver[reachable], return_index=True)
        through[joining] = answer[other[reachable][first]]
        answer[joining] = through[joining]


def _touching(
    district: Indices, shape: Shapes, small: Flags, heaped: Flags, few: int
) -> tuple[Indices, Indices, Numbers]:
    """Pair each sliver with the pieces of its district in other grids that it touches along a line, with the metres."""
    is_many = len(shape) > few
    sliver, other = _within_districts(district, shape, small) if is_many else _nearby(district, shape, small)
    metres = np.zeros(len(sliver))
    plain = np.zeros(len(shape), dtype=bool)
    if is_many:
        outlines = Outlines.of(shape, turned=False)
        plain = (np.diff(outlines.first) > 0) & ~heaped
    compiled = plain[sliver] & plain[other]
    if compiled.any():
        metres[compiled] = _by_compiled_code(outlines, sliver[compiled], other[compiled])
    left = np.flatnonzero(~compiled)
    metres[left] = _by_geos(shape, sliver[left], other[left])
    metres = np.round(metres, 2)
    return sliver[metres > 0.0], other[metres > 0.0], metres[metres > 0.0]


def _within_districts(district: Indices, shape: Shapes, small: Flags) -> tuple[Indices, Indices]:
    """Pair each sliver with every other piece of its district, or where districts have very many pieces, the near."""
    pieces_of = np.bincount(district)
    if int((pieces_of[district[small]]).sum()) > CROWDED * len(district):
        return _nearby(district, shape, small)
    by_district = np.argsort(district, kind="stable")
    begins = np.cumsum(pieces_of) - pieces_of
    slivers = np.flatnonzero(small)
    counts = pieces_of[district[slivers]]
    sliver = np.repeat(slivers, counts)
    place = np.arange(len(sliver)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = by_district[begins[district[sliver]] + place]
    apart = sliver != other
    return sliver[apart], other[apart]


def _nearby(district: Indices, shape: Shapes, small: Flags) -> tuple[Indices, Indices]:
    """Pair each sliver with the pieces of its district that lie next to it."""
    slivers = np.flatnonzero(small)
    position, other = shapely.STRtree(shape).query(shape[slivers], predicate="dwithin", distance=1e-6)
    sliver = slivers[position]
    same = (district[sliver] == district[other]) & (sliver != other)
    return sliver[same], other[same]


def _by_compiled_code(outlines: Outlines, ones: Indices, others: Indices) -> Numbers:
    def strand(part: slice) -> Numbers:
        return run_together(
            outlines.x, outlines.y, outlines.first, ones[part], others[part], TOUCH_METRES, SHORTEST_METRES
        )

    strands = min(os.cpu_count() or 1, len(ones) // PAIRS_PER_STRAND + 1)
    cuts = np.linspace(0, len(ones), strands + 1).astype(np.intp)
    with ThreadPoolExecutor(strands) as pool:
        return np.concatenate(list(pool.map(strand, [slice(start, stop) for start, stop in pairwise(cuts)])))


def _by_geos(shape: Shapes, ones: Indices, others: Indices) -> Numbers:
    strands = min(os.cpu_count() or 1, len(ones) // PAIRS_PER_STRAND + 1)
    left, right = np.array_split(shape[ones], strands), np.array_split(shape[others], strands)
    with ThreadPoolExecutor(strands) as pool:
        return np.concatenate(list(pool.map(shared_metres, left, right)))
