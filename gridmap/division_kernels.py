"""Many districts are divided at once in whole numbers: the branch and bound behind `gridmap.division`, compiled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.contiguity_kernels import size_of
from gridmap.levelling_kernels import bound_of, level, loads_of_locked
from gridmap.search_kernels import ENDLESS, Search, held_by, parts_beyond, prepared, searched

Whole = NDArray[np.int64]


class Book(NamedTuple):
    """Many districts in columns: each has a run of pieces from the heaviest down, and one of pieces times seats."""

    first: Whole  # the first piece of each district; one more at the end
    first_way: Whole  # its first number in `metres`
    seats: Whole
    weights: Whole
    touching: Whole  # sets of pieces, counted from the first of the district
    locked: Whole  # sets of seats
    kept: Whole
    before: Whole
    metres: Whole


class Outcome(NamedTuple):
    """What was found: `holders` by piece, the other columns by district."""

    holders: Whole
    bound: Whole
    wanted: Whole
    cap: Whole
    steps: Whole
    proven: Whole


@compiled
def divide_range(book: Book, up: int, down: int, limit: int, start: int, stop: int, out: Outcome) -> None:
    """Divide the districts from `start` to `stop`, a bound being raised to `bound * up // down`, into `out`.

    Every district has at most 62 pieces and seats, and a free inhabited piece for everybody who waits for one.
    """
    for at in range(start, stop):
        pieces = slice(book.first[at], book.first[at + 1])
        seats = book.seats[at]
        metres = book.metres[book.first_way[at] : book.first_way[at + 1]].reshape((-1, seats))
        weights, locked = book.weights[pieces], book.locked[pieces]
        holders = out.holders[pieces]
        free = np.flatnonzero(locked == 0)
        loads = loads_of_locked(weights, locked, seats)
        bound = bound_of(weights, locked, seats)
        wanted = bound * up // down
        taken = np.zeros(len(weights), dtype=np.int64)
        largest, steps, levelled = level(weights, free, loads, max(wanted, loads.max()), limit, taken)
        search = prepared(weights, book.touching[pieces], locked, book.kept[pieces], book.before[pieces], metres)
        _place_everybody(search, locked, free, taken)
        cap = max(wanted, largest)
        more, proven = _fewest_breaks(search, locked, free, loads, max(bound, loads.max()), cap, limit - steps, taken)
        for piece in range(len(weights)):
            holders[piece] = locked[piece] if locked[piece] else 1 << taken[piece]
        out.bound[at], out.wanted[at], out.cap[at] = bound, wanted, cap
        out.steps[at], out.proven[at] = steps + more, levelled and proven


@compiled
def _place_everybody(search: Search, locked: Whole, free: Whole, taken: Whole) -> None:
    """Give each deputy who still waits the lightest inhabited piece that its holder can spare."""
    seats, inhabited = len(search.twins), search.inhabited
    placed, held = held_by(locked, seats), held_by(locked, seats)
    for piece in free:
        held[taken[piece]] |= 1 << piece
    for seat in range(seats):
        if held[seat] & inhabited:
            continue
        for piece in free[::-1]:
            bit, holder = 1 << piece, taken[piece]
            spare = (placed[holder] & inhabited) != 0 or size_of(held[holder] & inhabited) > 1
            if spare and bit & inhabited:
                held[holder] ^= bit
                held[seat] |= bit
                taken[piece] = seat
                break


@compiled
def _fewest_breaks(
    search: Search, locked: Whole, free: Whole, loads: Whole, bound: int, cap: int, limit: int, taken: Whole
) -> tuple[int, bool]:
    """Find the best division within the cap; `taken` holds one to begin with, and the best one afterwards.

    First only divisions without a break are looked for, then with one, and so on up to those of the division given:
    a break too many cuts a branch off from the first step on. Gives the steps taken and whether it is proven.
    """
    seats = len(loads)
    held, carried = held_by(locked, seats), loads.copy()
    given = np.zeros(3, dtype=np.int64)
    for piece in free:
        held[taken[piece]] |= 1 << piece
        carried[taken[piece]] += search.weights[piece]
        given[0] += search.moves[piece, taken[piece]]
        given[2] += search.ways[piece, taken[piece]]
    given[1] = carried.max()
    known, steps = max(0, parts_beyond(held, search.touching) - search.forced), 0
    for allowed in range(known + 1):
        best = given if allowed == known else np.full(3, ENDLESS, dtype=np.int64)
        used, proven = searched(search, locked, loads, bound, cap, allowed, limit - steps, best, taken)
        steps += used
        if best[1] < ENDLESS or not proven:
            return steps, proven
    return steps, True
