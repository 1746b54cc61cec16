"""Territories are counted and followed in machine words: a set of up to 62 pieces is one number, bit i for piece i."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled

Whole = NDArray[np.int64]

MOST_PIECES = 62  # bits of a 64-bit number that are surely above zero when one of them is set alone
PRIME = 67  # the remainders of 1, 2, 4, … 2**62 by it are all different
PLACE_OF_BIT = np.zeros(PRIME, dtype=np.int64)
PLACE_OF_BIT[[(1 << place) % PRIME for place in range(MOST_PIECES + 1)]] = range(MOST_PIECES + 1)


@compiled
def size_of(these: int) -> int:
    """Count the members of a set."""
    count = 0
    while these:
        these &= these - 1
        count += 1
    return count


@compiled
def reach(held: int, allowed: int, touching: Whole) -> tuple[int, int]:
    """Follow borders from `held` through `allowed`, which contains it: into how many territories, and which pieces."""
    count, reached = 0, 0
    while held:
        wave = held & -held
        part = wave
        while wave:
            piece = wave & -wave
            found = touching[PLACE_OF_BIT[piece % PRIME]] & allowed & ~part
            part |= found
            wave = (wave ^ piece) | found
        held &= ~part
        reached |= part
        count += 1
    return count, reached
