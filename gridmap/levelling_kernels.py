"""The largest load of a district is bounded from below and brought as low as it can be, in compiled whole numbers."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.contiguity_kernels import size_of

Whole = NDArray[np.int64]


@compiled
def bound_of(weights: Whole, locked: Whole, seats: int) -> int:
    """Give the bound of `gridmap.district.district_bound` where nobody has to join a piece that another has."""
    parts = np.zeros(len(weights) * seats, dtype=np.int64)
    count, total, step = 0, 0, 0
    for piece in range(len(weights)):
        sharers = max(1, size_of(locked[piece]))
        share = weights[piece] // sharers
        if share == 0:
            continue
        for _ in range(sharers):
            parts[count] = share
            count += 1
        total += share * sharers
        while share:
            step, share = share, step % share
    if count == 0:
        return 0
    falling = np.sort(parts[:count])[::-1]
    bound = max(step * -(-total // (step * seats)), falling[0])
    if count > seats:
        bound = max(bound, falling[seats - 1] + falling[seats])
    return int(bound)


@compiled
def loads_of_locked(weights: Whole, locked: Whole, seats: int) -> Whole:
    """Give each seat's households of the pieces that locks have given away."""
    loads = np.zeros(seats, dtype=np.int64)
    for piece in range(len(weights)):
        if locked[piece]:
            share = weights[piece] // size_of(locked[piece])
            for seat in range(seats):
                if locked[piece] >> seat & 1:
                    loads[seat] += share
    return loads


@compiled
def level(weights: Whole, free: Whole, loads: Whole, wanted: int, limit: int, taken: Whole) -> tuple[int, int, bool]:
    """Divide the free pieces, from the heaviest down, on top of `loads`: any way within `wanted`, else the most even.

    Writes the seat of each piece into `taken`; gives the largest load, the steps taken and whether it is proven.
    """
    count, seats = len(free), len(loads)
    carried = loads.copy()
    for piece in free:
        taken[piece] = np.argmin(carried)
        carried[taken[piece]] += weights[piece]
    largest, steps = carried.max(), 0
    if largest <= wanted or count == 0:
        return int(largest), steps, True
    carried[:] = loads
    left = np.zeros(count + 1, dtype=np.int64)
    for depth in range(count - 1, -1, -1):
        left[depth] = left[depth + 1] + weights[free[depth]]
    choice, tried = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    depth = 0
    while depth >= 0:
        if choice[depth] >= 0:
            carried[choice[depth]] -= weights[free[depth]]
            choice[depth] = -1
            if largest <= wanted:
                break
        goal, room, seat = largest - 1, 0, -1
        for other in range(seats):
            room += goal - carried[other]
            if not tried[depth] >> other & 1 and (seat < 0 or carried[other] < carried[seat]):
                seat = other
        if seat < 0 or carried[seat] + weights[free[depth]] > goal or room < left[depth]:
            depth -= 1
            continue
        if steps >= limit:
            return int(largest), steps, False
        steps += 1
        for other in range(seats):
            if carried[other] == carried[seat]:
                tried[depth] |= 1 << other
        carried[seat] += weights[free[depth]]
        choice[depth] = seat
        if depth == count - 1:
            largest = carried.max()
            for at in range(count):
                taken[free[at]] = choice[at]
        else:
            depth += 1
            tried[depth] = 0
    return int(largest), steps, True
