"""One district's question in whole numbers, and the scale on which its answers are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heapreplace
from math import gcd, lcm
from typing import NamedTuple

from gridmap.contiguity import Territory

Holders = tuple[int, ...]  # for each piece, the set of its seats: bit j stands for seat j


class Score(NamedTuple):
    """How good a division is: compared from left to right, the smaller the better; never added up.

    `broken` counts territories beyond one per seat and beyond what the district's own shape forces; `moved` and
    `largest` are households and `distance` household-metres, all times the district's scale.
    """

    broken: int
    moved: int
    largest: int
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """The pieces and seats of one district: pieces from the heaviest down (equal: lower grid), seats in code order.

    `weights` are households times `scale`, a number that every possible count of sharers divides, so that every load
    is whole. `locked` and `kept` hold, for each piece, the set of seats that must have it and that have it in the
    plan in force; `before` counts all who have it there, those who left too. `metres[piece][seat]` is a distance.
    """

    weights: tuple[int, ...]
    scale: int
    territory: Territory
    seats: int
    locked: Holders
    kept: Holders
    before: tuple[int, ...]
    metres: tuple[tuple[int, ...], ...]
    inhabited: int = field(init=False)

    def __post_init__(self) -> None:
        """Note which pieces count as somebody's piece: those with households, or all when none has any."""
        lived_in = sum(1 << piece for piece, weight in enumerate(self.weights) if weight)
        object.__setattr__(self, "inhabited", lived_in or (1 << len(self.weights)) - 1)

    def moved(self, piece: int, holders: int) -> int:
        """Give the scaled households of a piece that would change deputy if these seats held it."""
        before = self.before[piece]
        if not before:
            return 0
        weight = self.weights[piece]
        return weight - (holders & self.kept[piece]).bit_count() * (weight // max(before, holders.bit_count()))

    def waiting(self) -> int:
        """Give the set of seats that no lock has given an inhabited piece."""
        placed = 0
        for piece in members(self.inhabited):
            placed |= self.locked[piece]
        return ((1 << self.seats) - 1) & ~placed

    def free(self) -> tuple[int, ...]:
        """List the pieces that no lock has given to anybody."""
        return tuple(piece for piece, seats in enumerate(self.locked) if not seats)

    def joining(self) -> int:
        """Count the seats for whom no free inhabited piece is left: they must join a piece that somebody has."""
        left = sum(1 for piece in self.free() if self.inhabited >> piece & 1)
        return max(0, self.waiting().bit_count() - left)

    def twins(self) -> tuple[int, ...]:
        """Give for each seat the nearest seat before it that differs from it in nothing but its code, or -1.

        Of two such seats the lower takes the earlier piece: the other way round is the same division.
        """
        return tuple(
            max((lower for lower in range(seat) if self._alike(lower, seat)), default=-1) for seat in range(self.seats)
        )

    def _alike(self, one: int, other: int) -> bool:
        known = (1 << one) | (1 << other)
        return not any(seats & known for seats in (*self.locked, *self.kept)) and all(
            row[one] == row[other] for row in self.metres
        )


def sharing_scale(seats: int, before: Sequence[int]) -> int:
    """Give the smallest number that every count of sharers divides, now and in the plan in force."""
    return lcm(*range(1, max(seats, *before, 1) + 1))


def members(these: int) -> Iterator[int]:
    """Walk through a set that is written as an integer, from the lowest member up."""
    while these:
        low = these & -these
        yield low.bit_length() - 1
        these ^= low


def territories(district: District, holders: Sequence[int]) -> list[int]:
    """Give for each seat the set of its pieces."""
    held = [0] * district.seats
    for piece, seats in enumerate(holders):
        for seat in members(seats):
            held[seat] |= 1 << piece
    return held


def loads(district: District, holders: Sequence[int]) -> list[int]:
    """Give each seat's scaled households; those of a shared piece are divided equally."""
    carried = [0] * district.seats
    for piece, seats in enumerate(holders):
        for seat in members(seats):
            carried[seat] += district.weights[piece] // seats.bit_count()
    return carried


def score(district: District, holders: Sequence[int]) -> Score:
    """Measure a complete division of a district."""
    distance = sum(
        district.weights[piece] // seats.bit_count() * district.metres[piece][seat]
        for piece, seats in enumerate(holders)
        for seat in members(seats)
    )
    return Score(
        broken=broken(district, territories(district, holders)),
        moved=sum(district.moved(piece, seats) for piece, seats in enumerate(holders)),
        largest=max(loads(district, holders)),
        distance=distance,
    )


def broken(district: District, held: Sequence[int]) -> int:
    """Count the territories beyond one per seat, less those that the district's own shape forces."""
    territory = district.territory
    parts = sum(territory.count(pieces, pieces) - 1 for pieces in held if pieces)
    return max(0, parts - territory.forced_breaks(district.seats))


def lower_bound(households: Sequence[int], k: int) -> int:
    """Give a number of households below which no division among `k` deputies can bring the largest load.

    `households` are those of the pieces. With as many pieces as deputies or more, no piece is shared, and the bound is
    the greatest of: the mean load, rounded up to a multiple of what divides every piece; the largest piece; the k-th
    and the (k+1)-th largest together, since two of the k+1 largest pieces must meet. With fewer pieces than deputies
    each deputy shares one piece, and the bound is the best that sharing equally can reach, rounded up; it is then
    exact. Pieces without households are left aside. Raises ValueError for fewer than one deputy or negative households.
    """
    if k < 1:
        raise ValueError("a load needs at least one deputy to carry it")
    if any(count < 0 for count in households):
        raise ValueError("households cannot be negative")
    sizes = sorted((int(count) for count in households if count), reverse=True)
    if not sizes:
        return 0
    if len(sizes) < k:
        return -(-max_share(sizes, [1] * len(sizes), k - len(sizes)) // 1)
    step = gcd(*sizes)
    bound = max(step * -(-sum(sizes) // (step * k)), sizes[0])
    return max(bound, sizes[k - 1] + sizes[k]) if len(sizes) > k else bound


def max_share(sizes: Sequence[int], sharers: Sequence[int], more: int) -> Fraction:
    """Give the smallest possible largest share per sharer, when `more` sharers may still join where it helps most."""
    queue = [(Fraction(-size, count), size, count) for size, count in zip(sizes, sharers, strict=True)]
    heapify(queue)
    for _ in range(more):
        _, size, count = queue[0]
        heapreplace(queue, (Fraction(-size, count + 1), size, count + 1))
    return -queue[0][0]


def raised(bound: int, tolerance: float) -> int:
    """Raise a bound by a tolerance, rounded down; the tolerance is taken as the decimal that was written."""
    return int(bound * (1 + Fraction(str(tolerance))))


def district_bound(district: District) -> int:
    """Give the scaled lower bound on the largest load, with the locks that share a piece taken into account."""
    sharers = [max(1, seats.bit_count()) for seats in district.locked]
    if joining := district.joining():
        mean = -(-sum(district.weights) // district.seats)
        return max(mean, -(-max_share(district.weights, sharers, joining) // 1))
    parts = [weight // count for weight, count in zip(district.weights, sharers, strict=True) for _ in range(count)]
    return lower_bound(parts, district.seats)
