"""More deputies than pieces: who shares which piece with whom, its households divided equally among them."""

from collections.abc import Sequence

from gridmap.district import (
    District,
    Holders,
    Score,
    district_bound,
    max_share,
    members,
    raised,
    score,
    territories,
)
from gridmap.division import Division

NODE_LIMIT = 200_000  # steps of one district's search, a second or two; only one far above usual size reaches it
LARGEST_FIRST = (2, 0, 1, 3)
AS_DECLARED = (0, 1, 2, 3)


def share(district: District, *, tolerance: float, node_limit: int = NODE_LIMIT) -> Division:
    """Divide a district in which some deputies must join a piece that another has.

    Each deputy whom no lock has placed takes one inhabited piece, every free one finds somebody, and a piece without
    households goes to one deputy. The cap on the largest load and the order of comparison are those of
    `gridmap.division.divide`; equal scores are decided seat by seat in code order, for the heavier piece. Ends after
    `node_limit` steps with the best found so far, not proven.
    """
    bound = district_bound(district)
    wanted = raised(bound, tolerance)
    search = _Sharing(district, cap=wanted, order=AS_DECLARED, node_limit=node_limit)
    search.run()
    steps = search.steps
    if not search.best_holders:
        level = _Sharing(district, cap=None, order=LARGEST_FIRST, node_limit=node_limit)
        level.run()
        steps += level.steps
        level.proven = level.proven and search.proven
        search = level
    return Division(
        holders=search.best_holders,
        score=search.best,
        bound=bound,
        cap=max(wanted, search.best.largest),
        within_tolerance=search.best.largest <= wanted,
        proven=search.proven,
        steps=steps,
    )


class _Sharing:
    """The depth-first search over what each waiting deputy takes, then over who takes the pieces without households."""

    def __init__(self, district: District, *, cap: int | None, order: tuple[int, ...], node_limit: int) -> None:
        self._district, self._order, self._limit = district, order, node_limit
        self._cap = sum(district.weights) if cap is None else cap
        self._must_answer = cap is None
        self._takers = tuple(members(district.waiting()))
        self._pieces = tuple(members(district.inhabited))
        self._bare = tuple(piece for piece in district.free() if not district.inhabited >> piece & 1)
        self._uncovered = sum(1 << piece for piece in district.free() if district.inhabited >> piece & 1)
        self._holders = list(district.locked)
        self._ranks: list[int] = []
        self._taken = [-1] * district.seats
        self._twins = district.twins()
        self._nearest_left = self._least_distances()
        self._best_key: tuple[int, ...] = ()
        self._best_ranks: list[int] = []
        self.best = Score(0, 0, 0, 0)
        self.best_holders: Holders = ()
        self.steps = 0
        self.proven = True

    def run(self) -> None:
        """Search until the division kept is proven the best, or the steps are used up."""
        self._take(0, self._uncovered)

    def _least_distances(self) -> list[int]:
        """Give, for the takers from each one on, the least household-metres that they can add together."""
        weights, metres = self._district.weights, self._district.metres
        sharers = self._district.seats
        least = [0]
        for seat in reversed(self._takers):
            least.append(least[-1] + min(weights[piece] // sharers * metres[piece][seat] for piece in self._pieces))
        return least[::-1]

    def _take(self, at: int, uncovered: int) -> None:
        if at == len(self._takers):
            self._clothe(0)
            return
        seat = self._takers[at]
        twin = self._twins[seat]
        for piece in self._choices(seat):
            rank = self._pieces.index(piece)
            if twin >= 0 and self._taken[twin] > rank:
                continue
            still = uncovered & ~(1 << piece)
            if still.bit_count() > len(self._takers) - at - 1:
                continue
            if not self._step():
                return
            self._holders[piece] |= 1 << seat
            self._taken[seat] = rank
            self._ranks.append(rank)
            if self._promising(at + 1):
                self._take(at + 1, still)
            self._ranks.pop()
            self._taken[seat] = -1
            self._holders[piece] ^= 1 << seat

    def _choices(self, seat: int) -> list[int]:
        """Order the pieces for a deputy: those kept from the plan in force, then the nearest, then the heaviest."""
        kept, metres = self._district.kept, self._district.metres
        return sorted(self._pieces, key=lambda piece: (not kept[piece] >> seat & 1, metres[piece][seat], piece))

    def _clothe(self, at: int) -> None:
        """Give the pieces without households, which weigh nothing, one by one to a deputy each."""
        if self._beaten(self._bare[at:]):
            return
        if at == len(self._bare):
            self._keep()
            return
        piece = self._bare[at]
        for seat in range(self._district.seats):
            if not self._step():
                return
            self._holders[piece] = 1 << seat
            self._ranks.append(seat)
            self._clothe(at + 1)
            self._ranks.pop()
            self._holders[piece] = 0

    def _step(self) -> bool:
        """Count a step; once they are used up, go on only where any answer will do and none is found yet."""
        self.steps += 1
        if self.steps > self._limit:
            self.proven = False
        return self.proven or (self._must_answer and not self.best_holders)

    def _promising(self, at: int) -> bool:
        """Say whether the largest load can still stay within the cap and the score below the best."""
        waiting = len(self._takers) - at
        sharers = [max(1, seats.bit_count()) for seats in self._holders]
        filling = sum(1 for piece in members(self._uncovered) if not self._holders[piece])
        largest = -(-max_share(self._district.weights, sharers, max(0, waiting - filling)) // 1)
        if largest > self._cap:
            return False
        if not self.best_holders:
            return True
        distance = self._nearest_left[at] + self._least_so_far(waiting)
        return self._arranged(Score(0, 0, largest, distance)) <= self._best_key

    def _least_so_far(self, waiting: int) -> int:
        """Give the household-metres of those who have a piece, if everybody still waiting joined each of them."""
        weights, metres = self._district.weights, self._district.metres
        return sum(
            weights[piece] // min(self._district.seats, seats.bit_count() + waiting) * metres[piece][seat]
            for piece, seats in enumerate(self._holders)
            for seat in members(seats)
        )

    def _beaten(self, open_pieces: Sequence[int]) -> bool:
        """Say whether no way to give the open pieces, which weigh nothing, can come before the best."""
        found = score(self._district, self._holders)
        if found.largest > self._cap:
            return True
        if not self.best_holders:
            return False
        territory, still = self._district.territory, sum(1 << piece for piece in open_pieces)
        held = territories(self._district, self._holders)
        parts = sum(territory.count(pieces, pieces | still) - 1 for pieces in held)
        breaks = max(0, parts - territory.forced_breaks(self._district.seats))
        key = self._arranged(found._replace(broken=breaks))
        here, there = (key, self._ranks), (self._best_key, self._best_ranks[: len(self._ranks)])
        return here > there if open_pieces else here >= there

    def _keep(self) -> None:
        self.best, self.best_holders = score(self._district, self._holders), tuple(self._holders)
        self._best_key, self._best_ranks = self._arranged(self.best), list(self._ranks)

    def _arranged(self, found: Score) -> tuple[int, ...]:
        return tuple(found[part] for part in self._order)
