"""Pieces are divided among the deputies of a district: branch and bound in whole numbers, with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from gridmap.district import (
    District,
    Holders,
    Score,
    broken,
    district_bound,
    loads,
    members,
    raised,
    score,
    territories,
)

NODE_LIMIT = 200_000  # steps of one district's search, a second or two; only one far above usual size reaches it
DEEPEST = 300  # free pieces; a larger district is levelled and settled, not searched
SETTLING = 5_000  # hand-overs that are tried where no search has proven the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A district divided: who holds each piece, how it compares, under which cap, and whether that is proven best."""

    holders: Holders
    score: Score
    bound: int
    cap: int
    within_tolerance: bool
    proven: bool
    steps: int


def divide(district: District, *, tolerance: float, node_limit: int = NODE_LIMIT) -> Division:
    """Divide a district that has a free inhabited piece for every deputy whom no lock has placed.

    The largest load stays within the bound raised by the tolerance; where nothing fits, the smallest largest load that
    exists takes its place. Among the divisions within that cap the lowest `Score` wins; equal scores are decided piece
    by piece from the heaviest down, for the lower seat. Ends after `node_limit` steps with the best found so far, not
    proven. Raises ValueError when there are fewer free pieces than deputies waiting for one.
    """
    if district.joining():
        raise ValueError("more deputies than pieces: they share")
    bound = district_bound(district)
    wanted = raised(bound, tolerance)
    levelling = _Levelling(district, wanted, node_limit)
    levelling.run()
    cap = max(wanted, levelling.largest)
    search = _Search(district, bound, cap, node_limit - levelling.steps)
    search.begin_with(levelling.holders())
    search.run()
    proven = levelling.proven and search.proven
    holders = search.best_holders if proven else _settled(district, search.best_holders, cap)
    return Division(
        holders=holders,
        score=score(district, holders),
        bound=bound,
        cap=cap,
        within_tolerance=cap == wanted,
        proven=proven,
        steps=levelling.steps + search.steps,
    )


class _Levelling:
    """The search for any division whose largest load is within a wanted one, or else for the smallest that exists."""

    def __init__(self, district: District, wanted: int, node_limit: int) -> None:
        self._district = district
        self._wanted = max(wanted, *loads(district, district.locked))
        self._limit = node_limit
        self._free = district.free()
        self._left = [sum(district.weights[piece] for piece in self._free[depth:]) for depth in range(len(self._free))]
        self._loads = loads(district, district.locked)
        self._choice = [0] * len(self._free)
        self.steps = 0
        self.proven = True
        self._seats = self._heaviest_to_lightest_load()
        self.largest = max(self._loads_of(self._seats))

    def run(self) -> None:
        """Search until a largest load within the wanted one is found, or none smaller than the best exists."""
        if self.largest > self._wanted:
            self.proven = len(self._free) <= DEEPEST
            if self.proven:
                self._descend(0)

    def holders(self) -> Holders:
        """Give the best division found, with an inhabited piece for everybody."""
        holders = list(self._district.locked)
        for piece, seat in zip(self._free, self._seats, strict=True):
            holders[piece] = 1 << seat
        return _everybody_placed(self._district, holders)

    def _heaviest_to_lightest_load(self) -> list[int]:
        carried, seats = list(self._loads), []
        for piece in self._free:
            seat = min(range(len(carried)), key=lambda seat: (carried[seat], seat))
            carried[seat] += self._district.weights[piece]
            seats.append(seat)
        return seats

    def _loads_of(self, seats: Sequence[int]) -> list[int]:
        carried = list(self._loads)
        for piece, seat in zip(self._free, seats, strict=True):
            carried[seat] += self._district.weights[piece]
        return carried

    def _descend(self, depth: int) -> None:
        if depth == len(self._free):
            self.largest, self._seats = max(self._loads), list(self._choice)
            return
        weight, tried = self._district.weights[self._free[depth]], set()
        for seat, load in sorted(enumerate(self._loads), key=lambda pair: pair[1]):
            goal = self.largest - 1
            if load in tried or load + weight > goal:
                continue
            if sum(goal - other for other in self._loads) < self._left[depth]:
                return
            if self.steps >= self._limit:
                self.proven = False
                return
            tried.add(load)
            self.steps += 1
            self._loads[seat] += weight
            self._choice[depth] = seat
            self._descend(depth + 1)
            self._loads[seat] -= weight
            if self.largest <= self._wanted:
                return


def _everybody_placed(district: District, holders: list[int]) -> Holders:
    """Give each deputy who is still waiting the lightest inhabited piece that its holder can spare."""
    free = [piece for piece in district.free() if district.inhabited >> piece & 1]
    for seat in members(district.waiting()):
        held = territories(district, holders)
        if held[seat] & district.inhabited:
            continue
        spare = next(
            piece
            for piece in reversed(free)
            for holder in members(holders[piece])
            if not district.waiting() >> holder & 1 or (held[holder] & district.inhabited).bit_count() > 1
        )
        holders[spare] = 1 << seat
    return tuple(holders)


def _settled(district: District, holders: Holders, cap: int) -> Holders:
    """Hand over single pieces as long as that lowers the score: what a search that was cut short can still better."""
    best = score(district, holders)
    free = district.free()
    unchanged = tried = 0
    for piece, seat in cycle((piece, seat) for piece in free for seat in range(district.seats)):
        if unchanged == len(free) * district.seats or tried == SETTLING:
            return holders
        unchanged, tried = unchanged + 1, tried + 1
        other = (*holders[:piece], 1 << seat, *holders[piece + 1 :])
        if all(pieces & district.inhabited for pieces in territories(district, other)):
            found = score(district, other)
            if found.largest <= cap and found < best:
                holders, best, unchanged = other, found, 0
    return holders


class _Search:
    """The depth-first search for the lowest score: pieces from the heaviest down, each to one seat after the other."""

    def __init__(self, district: District, bound: int, cap: int, node_limit: int) -> None:
        self._district = district
        self._bound, self._cap, self._limit = bound, cap, node_limit
        self._free = district.free()
        count, seats = len(self._free), district.seats
        self._moves = [[district.moved(piece, 1 << seat) for seat in range(seats)] for piece in self._free]
        self._ways = [[district.weights[piece] * metres for metres in district.metres[piece]] for piece in self._free]
        self._order = [
            sorted(range(seats), key=lambda seat: (self._moves[at][seat], self._ways[at][seat], seat))
            for at in range(count)
        ]
        self._left = _sums_from_the_end([district.weights[piece] for piece in self._free])
        self._moves_left = _sums_from_the_end([min(row) for row in self._moves])
        self._ways_left = _sums_from_the_end([min(row) for row in self._ways])
        self._inhabited_left = _sums_from_the_end([district.inhabited >> piece & 1 for piece in self._free])
        self._unplaced = [sum(1 << piece for piece in self._free[at:]) for at in range(count + 1)]
        self._rank = [seats ** (count - 1 - at) for at in range(count)]
        self._least = sum(district.weights) - (seats - 1) * cap
        self._twins = district.twins()
        self._loads = loads(district, district.locked)
        self._held = territories(district, district.locked)
        self._choice = [0] * count
        self._base = score(district, district.locked)
        self.best = self._base
        self.best_holders: Holders = ()
        self._best_key: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
        self.steps = 0
        self.proven = True

    def begin_with(self, holders: Holders) -> None:
        """Take a complete division as the one to beat."""
        self._choice = [next(members(holders[piece])) for piece in self._free]
        self._keep(score(self._district, holders), sum(r * s for r, s in zip(self._rank, self._choice, strict=True)))

    def run(self) -> None:
        """Search until the division kept is proven the best, or the steps are used up."""
        if self._district.seats == 1:
            return
        if len(self._free) > DEEPEST:
            self.proven = False
            return
        fixed = [piece for piece, seats in enumerate(self._district.locked) if seats]
        moved = sum(self._district.moved(piece, self._district.locked[piece]) for piece in fixed)
        self._descend(0, moved, max(self._bound, *self._loads), self._base.distance, 0)

    def _keep(self, found: Score, rank: int) -> None:
        holders = list(self._district.locked)
        for piece, seat in zip(self._free, self._choice, strict=True):
            holders[piece] = 1 << seat
        self.best, self.best_holders = found, tuple(holders)
        self._best_key = (*found, rank)

    def _descend(self, depth: int, moved: int, largest: int, distance: int, rank: int) -> None:
        if depth == len(self._free):
            held = broken(self._district, self._held)
            self._keep(Score(held, moved, max(self._loads), distance), rank)
            return
        piece = self._free[depth]
        weight, bit = self._district.weights[piece], 1 << piece
        for seat in self._order[depth]:
            if self._loads[seat] + weight > self._cap:
                continue
            twin = self._twins[seat]
            if twin >= 0 and not self._held[twin]:
                continue
            hopes = (
                moved + self._moves[depth][seat] + self._moves_left[depth + 1],
                max(largest, self._loads[seat] + weight),
                distance + self._ways[depth][seat] + self._ways_left[depth + 1],
                rank + seat * self._rank[depth],
            )
            if (0, *hopes) >= self._best_key:
                continue
            if self.steps >= self._limit:
                self.proven = False
                return
            self.steps += 1
            self._loads[seat] += weight
            self._held[seat] |= bit
            self._choice[depth] = seat
            if self._can_be_finished(depth + 1) and (self._breaks(depth + 1), *hopes) < self._best_key:
                self._descend(
                    depth + 1,
                    moved + self._moves[depth][seat],
                    hopes[1],
                    distance + self._ways[depth][seat],
                    hopes[3],
                )
            self._loads[seat] -= weight
            self._held[seat] ^= bit

    def _can_be_finished(self, depth: int) -> bool:
        """Say whether what is left suffices to give everybody a piece and to bring nobody above the cap."""
        inhabited = self._district.inhabited
        empty = sum(1 for held in self._held if not held & inhabited)
        short = sum(self._least - load for load in self._loads if load < self._least)
        return empty <= self._inhabited_left[depth] and short <= self._left[depth]

    def _breaks(self, depth: int) -> int:
        """Count the breaks that no continuation can mend."""
        territory, unplaced = self._district.territory, self._unplaced[depth]
        parts = sum(territory.count(held, held | unplaced) - 1 for held in self._held if held)
        if len(territory.natural) > 1:
            empty = sum(1 for held in self._held if not held)
            untouched = sum(1 for part in territory.natural if part & unplaced == part)
            parts += max(0, untouched - empty)
        return max(0, parts - territory.forced_breaks(self._district.seats))


def _sums_from_the_end(numbers: Sequence[int]) -> list[int]:
    sums = [0]
    for number in reversed(numbers):
        sums.append(sums[-1] + number)
    return sums[::-1]
