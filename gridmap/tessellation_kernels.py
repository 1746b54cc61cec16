"""Kernels over the edges of a whole layer: which edges no neighbour walks, and how long pairs of rings run together."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.metres import METRES_PER_DEGREE

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

MIX = -7046029254386353131  # 2**64 divided by the golden ratio: spreads neighbouring numbers
NO_EDGE = -1
MOST_STRETCHES = 64  # of one edge that lie along another ring; more are counted as they come


@compiled
def lone_edges(x: Doubles, y: Doubles, begins: Longs) -> tuple[Longs, bool]:
    """Give the edges, by where they begin, that no other runs against; False where one is met a second time.

    An edge runs from each of `begins` to the next corner. Edges of no length are passed over.
    """
    size = 16
    while size < 2 * len(begins):
        size *= 2
    table = np.full(size, NO_EDGE, np.int64)
    is_met = np.zeros(len(begins), np.bool_)
    for edge in range(len(begins)):
        at = begins[edge]
        ax, ay, bx, by = x[at], y[at], x[at + 1], y[at + 1]
        if ax == bx and ay == by:
            is_met[edge] = True
            continue
        slot = ((hash((ax + bx) + 3.7 * (ay + by)) * MIX) >> 20) & (size - 1)
        while table[slot] != NO_EDGE:
            known = begins[table[slot]]
            cx, cy, dx, dy = x[known], y[known], x[known + 1], y[known + 1]
            if cx == ax and cy == ay and dx == bx and dy == by:
                return begins[:0].copy(), False
            if cx == bx and cy == by and dx == ax and dy == ay:
                if is_met[table[slot]]:
                    return begins[:0].copy(), False
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] == NO_EDGE:
            table[slot] = edge
        else:
            is_met[table[slot]] = is_met[edge] = True
    return begins[~is_met], True


@compiled
def run_together(
    x: Doubles, y: Doubles, first: Longs, ones: Longs, others: Longs, reach: float, shortest: float
) -> Doubles:
    """Measure for pairs of rings the metres that the outline of one runs within `reach` metres along the other.

    Rings are closed and stand one after the other; a stretch counts where its foot falls on an edge of the other.
    Less than `shortest` metres together are none.
    """
    metres = np.zeros(len(ones))
    stretches = np.empty((MOST_STRETCHES, 2))
    for pair in range(len(ones)):
        a_start, a_stop = first[ones[pair]], first[ones[pair] + 1] - 1
        b_start, b_stop = first[others[pair]], first[others[pair] + 1] - 1
        if a_stop <= a_start or b_stop <= b_start:
            continue
        up = METRES_PER_DEGREE
        along = np.cos(np.radians((y[a_start:a_stop].min() + y[a_start:a_stop].max()) / 2.0)) * up
        wide, high = reach / along, reach / up
        west, east = x[b_start:b_stop].min() - wide, x[b_start:b_stop].max() + wide
        south, north = y[b_start:b_stop].min() - high, y[b_start:b_stop].max() + high
        total = 0.0
        for i in range(a_start, a_stop):
            if max(x[i], x[i + 1]) < west or min(x[i], x[i + 1]) > east:
                continue
            if max(y[i], y[i + 1]) < south or min(y[i], y[i + 1]) > north:
                continue
            length = np.hypot((x[i + 1] - x[i]) * along, (y[i + 1] - y[i]) * up)
            if length == 0.0:
                continue
            count = 0
            left, right = min(x[i], x[i + 1]) - wide, max(x[i], x[i + 1]) + wide
            low, top = min(y[i], y[i + 1]) - high, max(y[i], y[i + 1]) + high
            for j in range(b_start, b_stop):
                if max(x[j], x[j + 1]) < left or min(x[j], x[j + 1]) > right:
                    continue
                if max(y[j], y[j + 1]) < low or min(y[j], y[j + 1]) > top:
                    continue
                begin, end = stretch(
                    (x[j] - x[i]) * along,
                    (y[j] - y[i]) * up,
                    (x[j + 1] - x[i]) * along,
                    (y[j + 1] - y[i]) * up,
                    (x[i + 1] - x[i]) * along,
                    (y[i + 1] - y[i]) * up,
                    reach,
                )
                if end > begin and count < MOST_STRETCHES:
                    stretches[count, 0], stretches[count, 1] = begin, end
                    count += 1
            total += length * together(stretches, count)
        metres[pair] = total if total >= shortest else 0.0
    return metres


@compiled
def stretch(ax: float, ay: float, bx: float, by: float, east: float, north: float, reach: float) -> tuple[float, float]:
    """Give from where to where, 0 to 1 on the way from the origin to (east, north), edge a-b is beside and in reach."""
    length = np.hypot(bx - ax, by - ay)
    if length == 0.0:
        return 0.0, 0.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    begin, end = 0.0, 1.0
    for step in range(2):
        if step == 0:  # how far along a-b the way is, from 0 to its length
            here, there, least, most = -ax * ux - ay * uy, east * ux + north * uy, 0.0, length
        else:  # how far beside it
            here, there, least, most = ay * ux - ax * uy, east * uy - north * ux, -reach, reach
        if there == 0.0:
            if here < least or here > most:
                return 0.0, 0.0
            continue
        one, other = (least - here) / there, (most - here) / there
        begin, end = max(begin, min(one, other)), min(end, max(one, other))
    return begin, end


@compiled
def together(stretches: Doubles, count: int) -> float:
    """Give the length of stretches of one line together, what several have counted once."""
    for new in range(1, count):
        begin, end = stretches[new, 0], stretches[new, 1]
        at = new
        while at > 0 and stretches[at - 1, 0] > begin:
            stretches[at, 0], stretches[at, 1] = stretches[at - 1, 0], stretches[at - 1, 1]
            at -= 1
        stretches[at, 0], stretches[at, 1] = begin, end
    total, reached = 0.0, 0.0
    for at in range(count):
        begin, end = max(stretches[at, 0], reached), stretches[at, 1]
        if end > begin:
            total += end - begin
            reached = end
    return total
