"""The peer of placement: every division of a district is written down and the best one kept."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from gridmap.district import District, Score

Table = NDArray[np.int64]

MOST_PIECES = 10


def best_of_all(district: District, wanted: int) -> Score:
    """Measure all divisions of up to ten pieces and give the lowest score within the cap.

    The cap is `wanted`, or the smallest largest load where nothing fits. No locks and no plan in force.
    """
    count, seats = len(district.weights), district.seats
    choices = np.array(list(product(range(seats), repeat=count)), dtype=np.int64)
    weights = np.array(district.weights, dtype=np.int64)
    metres = np.array(district.metres, dtype=np.int64)
    bits = np.int64(1) << np.arange(count, dtype=np.int64)
    held = np.stack([((choices == seat) * bits).sum(axis=1) for seat in range(seats)])
    everybody = ((held & district.inhabited) > 0).all(axis=0)
    choices, held = choices[everybody], held[:, everybody]
    loads = np.stack([((choices == seat) * weights).sum(axis=1) for seat in range(seats)])
    largest = loads.max(axis=0)
    fits = largest <= max(wanted, int(largest.min()))
    choices, held, largest = choices[fits], held[:, fits], largest[fits]
    breaks = (_parts(district)[held] - 1).sum(axis=0) - district.territory.forced_breaks(seats)
    distance = (weights * metres[np.arange(count), choices]).sum(axis=1)
    best = np.lexsort((distance, largest, np.maximum(breaks, 0)))[0]
    return Score(int(max(breaks[best], 0)), 0, int(largest[best]), int(distance[best]))


def _parts(district: District) -> Table:
    """Count the territories of every set of pieces."""
    territory = district.territory
    return np.array([len(territory.parts(held)) for held in range(1 << len(district.weights))], dtype=np.int64)
