"""The search for a district's best division goes depth first, and turns back where nothing better can follow."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.contiguity_kernels import reach, size_of

Whole = NDArray[np.int64]

ENDLESS = 1 << 62
MOST_ALIKE = 3  # seats that nothing but distance tells apart are named at the end of a search, in each of 6 orders


class Search(NamedTuple):
    """A district as the search looks things up; seats without lock or piece in force are alike but for distance."""

    free: Whole  # by depth: the pieces to be given, in the order of the search
    in_order: bool  # whether that is from the heaviest down, so that the first difference decides between equals
    unplaced: Whole  # by depth: the set of the pieces from here on
    left: Whole  # by depth: households, least moves, least ways and inhabited pieces from here on
    order: Whole  # by piece: the seats as they are tried
    weights: Whole  # by piece
    touching: Whole
    moves: Whole  # by piece and seat: households moved
    ways: Whole  # by piece and seat: household-metres
    twins: Whole  # by seat: the seat that must have something before, since the two are alike, or -1
    names: Whole  # by naming and seat: the ways to name seats that are alike
    parts: Whole  # the parts into which the district itself falls, where there is more than one
    forced: int
    inhabited: int
    total: int


@compiled
def held_by(locked: Whole, seats: int) -> Whole:
    """Give for each seat the set of the pieces that are locked to it."""
    held = np.zeros(seats, dtype=np.int64)
    for piece in range(len(locked)):
        for seat in range(seats):
            held[seat] |= (locked[piece] >> seat & 1) << piece
    return held


@compiled
def parts_beyond(held: Whole, touching: Whole) -> int:
    """Count the territories beyond one for each seat that has any."""
    extra = 0
    for mine in held:
        if mine:
            count, _ = reach(mine, mine, touching)
            extra += count - 1
    return extra


@compiled
def prepared(weights: Whole, touching: Whole, locked: Whole, kept: Whole, before: Whole, metres: Whole) -> Search:
    """Look up beforehand what the search asks at every step."""
    count, seats = metres.shape
    moves, ways = np.zeros((count, seats), np.int64), np.zeros((count, seats), np.int64)
    order = np.zeros((count, seats), np.int64)
    inhabited, known, total = 0, 0, 0
    for piece in range(count):
        weight = weights[piece]
        total += weight
        known |= locked[piece] | kept[piece]
        inhabited |= (1 if weight else 0) << piece
        for seat in range(seats):
            if before[piece]:
                moves[piece, seat] = weight - (kept[piece] >> seat & 1) * (weight // before[piece])
            ways[piece, seat] = weight * metres[piece, seat]
            rank = seat
            while rank > 0 and _sooner(moves, ways, piece, seat, order[piece, rank - 1]):
                order[piece, rank] = order[piece, rank - 1]
                rank -= 1
            order[piece, rank] = seat
    if not inhabited:
        inhabited = (1 << count) - 1
    parts = np.zeros(count, np.int64)
    found, ahead = 0, (1 << count) - 1
    while ahead:
        _, parts[found] = reach(ahead & -ahead, ahead, touching)
        ahead &= ~parts[found]
        found += 1
    twins, names = _alike(((1 << seats) - 1) & ~known, metres)
    in_order = len(names) == 1 or _same_for_all(metres)
    free = np.flatnonzero(locked == 0)
    if not in_order:
        free = _along_borders(free, touching)
    unplaced, left = np.zeros(len(free) + 1, np.int64), np.zeros((len(free) + 1, 4), np.int64)
    for depth in range(len(free) - 1, -1, -1):
        piece = free[depth]
        unplaced[depth] = unplaced[depth + 1] | 1 << piece
        left[depth, 0] = left[depth + 1, 0] + weights[piece]
        left[depth, 1] = left[depth + 1, 1] + moves[piece].min()
        left[depth, 2] = left[depth + 1, 2] + ways[piece].min()
        left[depth, 3] = left[depth + 1, 3] + (inhabited >> piece & 1)
    forced = max(0, found - seats)
    parts = parts[: found if found > 1 else 0]
    return Search(
        free, in_order, unplaced, left, order, weights, touching, moves, ways, twins, names, parts, forced, inhabited,
        total,
    )  # fmt: skip


@compiled
def _sooner(moves: Whole, ways: Whole, piece: int, one: int, other: int) -> bool:
    if moves[piece, one] != moves[piece, other]:
        return bool(moves[piece, one] < moves[piece, other])
    return bool(ways[piece, one] < ways[piece, other])


@compiled
def _same_for_all(metres: Whole) -> bool:
    same = True
    for seat in range(1, metres.shape[1]):
        same = same and (metres[:, seat] == metres[:, 0]).all()
    return bool(same)


@compiled
def _alike(unknown: int, metres: Whole) -> tuple[Whole, Whole]:
    """Chain the seats that can be told apart by distance at most, and list the ways to name them.

    Where they are too many, only those whose distances are the same too are chained, and there is one naming.
    """
    seats = metres.shape[1]
    twins, names = np.full(seats, -1, np.int64), np.zeros((6, seats), np.int64)
    names[:] = np.arange(seats)
    many = size_of(unknown)
    alike = np.zeros(many, np.int64)
    count = 0
    for seat in range(seats):
        if unknown >> seat & 1:
            alike[count] = seat
            for lower in alike[:count]:
                if many <= MOST_ALIKE or (metres[:, seat] == metres[:, lower]).all():
                    twins[seat] = lower
            count += 1
    if many < 2 or many > MOST_ALIKE:
        return twins, names[:1]
    names[1, alike[0]], names[1, alike[1]] = alike[1], alike[0]
    if many == 2:
        return twins, names[:2]
    a, b, c = alike
    names[2, a], names[2, b], names[2, c] = a, c, b
    names[3, a], names[3, b], names[3, c] = b, c, a
    names[4, a], names[4, b], names[4, c] = c, a, b
    names[5, a], names[5, b], names[5, c] = c, b, a
    return twins, names


@compiled
def _along_borders(free: Whole, touching: Whole) -> Whole:
    """Order free pieces so that each borders as many before it as can be, beginning where fewest meet."""
    start, fewest = 0, 64
    for at in range(len(free)):
        if size_of(touching[free[at]]) < fewest:
            start, fewest = at, size_of(touching[free[at]])
    ordered, seen = np.zeros(len(free), np.int64), 0
    for depth in range(len(free)):
        chosen, most = start, -1
        for piece in free if depth else free[start : start + 1]:
            met = size_of(touching[piece] & seen)
            if not seen >> piece & 1 and met > most:
                chosen, most = piece, met
        ordered[depth] = chosen
        seen |= 1 << chosen
    return ordered


@compiled
def searched(
    search: Search,
    locked: Whole,
    loads: Whole,
    bound: int,
    cap: int,
    allowed: int,
    limit: int,
    best: Whole,
    taken: Whole,
) -> tuple[int, bool]:
    """Go through all divisions with at most `allowed` breaks that could come before the best.

    `best` is households moved, largest load and household-metres (locked pieces left aside) of the division in `taken`,
    or ENDLESS; both become those of the best division. Gives the steps taken and whether nothing was left out.
    """
    free, unplaced, left, order, weights = search.free, search.unplaced, search.left, search.order, search.weights
    moves, ways, twins, touching, parts = search.moves, search.ways, search.twins, search.touching, search.parts
    inhabited, forced, total, names = search.inhabited, search.forced, search.total, search.names
    depths, seats = len(free), len(loads)
    carried, held = loads.copy(), held_by(locked, seats)
    choice, rank = np.full(depths + 1, -1, np.int64), np.full(depths + 1, -1, np.int64)
    moved, largest = np.zeros(depths + 1, np.int64), np.full(depths + 1, bound, np.int64)
    far = np.zeros((seats, seats), np.int64)  # the household-metres of each holding, by the seat that it is named
    reached, counts = np.zeros((depths + 1, seats), np.int64), np.zeros((depths + 1, seats), np.int64)
    tied = np.zeros(depths + 1, np.bool_)
    given = np.zeros(len(weights), np.int64)
    by_weight, moving = np.sort(free), left[0, 0] > 0 and moves.max() > 0
    steps, depth = 0, 0
    if not depths:
        return 0, True
    while depth >= 0:
        piece = free[depth]
        weight = weights[piece]
        seat = choice[depth]
        if seat >= 0:
            carried[seat] -= weight
            held[seat] ^= 1 << piece
            for name in range(seats):
                far[seat, name] -= ways[piece, name]
            choice[depth] = -1
        rank[depth] += 1
        if rank[depth] == seats:
            depth -= 1
            continue
        seat = order[piece, rank[depth]]
        load = carried[seat] + weight
        if load > cap or (tied[depth] and not reached[depth, seat] >> piece & 1):
            continue
        if twins[seat] >= 0 and not held[twins[seat]]:
            continue
        hope = moved[depth] + moves[piece, seat] + left[depth + 1, 1]
        most = max(largest[depth], load)
        if hope > best[0] or (hope == best[0] and most > best[1]):
            continue
        if steps >= limit:
            return steps, False
        steps += 1
        carried[seat] = load
        held[seat] |= 1 << piece
        for name in range(seats):
            far[seat, name] += ways[piece, name]
        choice[depth] = seat
        given[piece] = seat
        ceiling = min(cap, best[1]) if hope == best[0] else cap
        least = total - (seats - 1) * ceiling
        empty, short = 0, 0
        for other in range(seats):
            if not held[other] & inhabited:
                empty += 1
            if carried[other] < least:
                short += least - carried[other]
        if empty > left[depth + 1, 3] or short > left[depth + 1, 0]:
            continue
        extra = _followed(held, seat, piece, touching, unplaced[depth + 1], tied[depth], reached, counts, depth)
        empty, untouched = 0, 0
        for part in parts:
            untouched += part & unplaced[depth + 1] == part
        for mine in held:
            empty += mine == 0
        extra += max(0, untouched - empty) - forced
        if extra > allowed:
            continue
        tied[depth + 1] = extra == allowed and untouched <= empty
        if tied[depth + 1]:
            ahead, certain = _ahead(free, weights, moves, moving, carried, reached, depth + 1, least)
            hope, most = moved[depth] + moves[piece, seat] + ahead, max(most, certain)
            if ahead < 0 or most > ceiling or hope > best[0] or (hope == best[0] and most > best[1]):
                continue
        if hope == best[0] and most == best[1]:
            nearest = _nearest(far, names) + left[depth + 1, 2]
            if nearest > best[2]:
                continue
            rest = best[2] - left[depth + 1, 2]
            placed = by_weight[: depth + 1]
            if search.in_order and nearest == best[2] and not _in_front(far, names, given, taken, placed, rest):
                continue
        if depth + 1 < depths:
            depth += 1
            moved[depth], largest[depth] = moved[depth - 1] + moves[piece, seat], max(largest[depth - 1], load)
            rank[depth], choice[depth] = -1, -1
        else:
            _keep(far, names, given, by_weight, hope, most, best, taken)
    return steps, True


@compiled
def _followed(
    held: Whole,
    seat: int,
    piece: int,
    touching: Whole,
    unplaced: int,
    tied: bool,
    reached: Whole,
    counts: Whole,
    depth: int,
) -> int:
    """Note what each seat can still join to what it holds, now that one more piece is placed; count parts beyond one.

    Where a seat was tied to what it reached, most of this is as it was one step before.
    """
    extra = 0
    for other in range(len(held)):
        mine, before = held[other], reached[depth, other]
        if not mine:
            reached[depth + 1, other], counts[depth + 1, other] = unplaced, 1
            continue
        ways_on = touching[piece] & before
        if tied and (mine != 1 << piece if other == seat else not before >> piece & 1):
            reached[depth + 1, other], counts[depth + 1, other] = before, counts[depth, other]
        elif tied and other != seat and not ways_on & (ways_on - 1):
            reached[depth + 1, other], counts[depth + 1, other] = before ^ (1 << piece), counts[depth, other]
        else:
            counts[depth + 1, other], reached[depth + 1, other] = reach(mine, mine | unplaced, touching)
        extra += counts[depth + 1, other] - 1
    return extra


@compiled
def _ahead(
    free: Whole,
    weights: Whole,
    moves: Whole,
    moving: bool,
    carried: Whole,
    reached: Whole,
    depth: int,
    least: int,
) -> tuple[int, int]:
    """Give the least moves ahead when each seat is kept to what it reaches, and a load that is certain to come.

    A piece that only one seat reaches is as good as its own. The moves are -1 where a piece is out of everybody's
    reach, or a seat reaches too little to relieve the others.
    """
    ahead, certain = 0, 0
    covered, twice = 0, 0
    for other in range(len(carried)):
        twice |= covered & reached[depth, other]
        covered |= reached[depth, other]
    for other in range(len(carried)):
        own, possible = carried[other], carried[other]
        for at in range(depth, len(free)):
            if reached[depth, other] >> free[at] & 1:
                possible += weights[free[at]]
                if not twice >> free[at] & 1:
                    own += weights[free[at]]
        if possible < least:
            return -1, 0
        certain = max(certain, own)
    for at in range(depth, len(free)):
        if not covered >> free[at] & 1:
            return -1, 0
        if moving:
            fewest = ENDLESS
            for other in range(len(carried)):
                if reached[depth, other] >> free[at] & 1:
                    fewest = min(fewest, moves[free[at], other])
            ahead += fewest
    return ahead, certain


@compiled
def _named(far: Whole, names: Whole, naming: int) -> int:
    total = 0
    for seat in range(len(far)):
        total += far[seat, names[naming, seat]]
    return total


@compiled
def _nearest(far: Whole, names: Whole) -> int:
    """Give the least household-metres of what is placed, under any naming."""
    least = _named(far, names, 0)
    for naming in range(1, len(names)):
        least = min(least, _named(far, names, naming))
    return least


@compiled
def _in_front(far: Whole, names: Whole, given: Whole, taken: Whole, pieces: Whole, distance: int) -> bool:
    """Say whether some naming with this distance stands before the division known, or may still come to."""
    for naming in range(len(names)):
        if _named(far, names, naming) == distance and _before(names, naming, given, taken, pieces) <= 0:
            return True
    return False


@compiled
def _before(names: Whole, naming: int, given: Whole, taken: Whole, pieces: Whole) -> int:
    """Compare seat by seat, over pieces from the heaviest down: below 0 where the named one comes first."""
    for piece in pieces:
        name = names[naming, given[piece]]
        if name != taken[piece]:
            return int(name - taken[piece])
    return 0


@compiled
def _keep(
    far: Whole, names: Whole, given: Whole, pieces: Whole, moved: int, largest: int, best: Whole, taken: Whole
) -> None:
    """Keep a complete division under its best naming, where that comes before the best one known."""
    for naming in range(len(names)):
        distance = _named(far, names, naming)
        better = moved < best[0] or (moved == best[0] and largest < best[1])
        if not better and distance == best[2]:
            better = _before(names, naming, given, taken, pieces) < 0
        if better or distance < best[2]:
            best[0], best[1], best[2] = moved, largest, distance
            for piece in pieces:
                taken[piece] = names[naming, given[piece]]
