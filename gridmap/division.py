"""Pieces are divided among the deputies of a district: branch and bound in whole numbers, with its proof."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, cycle
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from gridmap.contiguity_kernels import MOST_PIECES
from gridmap.district import (
    District,
    Holders,
    Score,
    district_bound,
    loads,
    raised,
    score,
    territories,
)
from gridmap.division_kernels import Book, Outcome, divide_range
from gridmap.parting import parted
from gridmap.search_kernels import ENDLESS

NODE_LIMIT = 20_000_000  # steps of one district's search, some seconds; only one far above usual size reaches it
SETTLING = 5_000  # hand-overs that are tried where no search has proven the best
PARTED_SETTLING = 600  # of a parted district, which has little left to better
FEW = 150  # districts that one thread divides sooner than two could be started
SHARES = 4  # of the work for each thread, so that none waits long for the last one

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A district divided: who holds each piece, how it compares, under which cap, and whether that is proven best.

    `kept` says that it is the plan in force as it stands, which needs no proof.
    """

    holders: Holders
    score: Score
    bound: int
    cap: int
    within_tolerance: bool
    proven: bool
    steps: int
    kept: bool = False


def standing(district: District, *, tolerance: float, keeping: float) -> Division | None:
    """Give the plan in force as the division, where it still stands; None where it does not.

    It stands when everybody who has a piece in it is still there, everybody who is there has an inhabited piece in it,
    no lock says otherwise, and its largest load is within the bound raised by `keeping`. No search is made: whether
    other divisions compare better is not asked.
    """
    holders = district.kept
    whole = all(held and held.bit_count() == before for held, before in zip(holders, district.before, strict=True))
    if not whole or not all(pieces & district.inhabited for pieces in territories(district, holders)):
        return None
    if any(locked and locked != held for locked, held in zip(district.locked, holders, strict=True)):
        return None
    bound, measured = district_bound(district), score(district, holders)
    cap = raised(bound, max(tolerance, keeping))
    if measured.largest > cap:
        return None
    return Division(
        holders=holders,
        score=measured,
        bound=bound,
        cap=cap,
        within_tolerance=True,
        proven=True,
        steps=0,
        kept=True,
    )


def divide(district: District, *, tolerance: float, node_limit: int = NODE_LIMIT) -> Division:
    """Divide one district, as `divide_all` does."""
    return divide_all([district], tolerance=tolerance, node_limit=node_limit)[0]


def divide_all(districts: Sequence[District], *, tolerance: float, node_limit: int = NODE_LIMIT) -> list[Division]:
    """Divide districts that have a free inhabited piece for every deputy whom no lock has placed, each by itself.

    The largest load stays within the bound raised by the tolerance; where nothing fits, the smallest largest load that
    exists takes its place. Among the divisions within that cap the lowest `Score` wins; equal scores are decided piece
    by piece from the heaviest down, for the lower seat. Ends after `node_limit` steps with the best found so far, not
    proven; a district of more than 62 pieces is levelled and settled, not searched. Raises ValueError when there are
    fewer free pieces than deputies waiting for one.
    """
    if any(district.joining() for district in districts):
        raise ValueError("more deputies than pieces: they share")
    raising = 1 + Fraction(str(tolerance))
    searched = [place for place, district in enumerate(districts) if _fits(district, raising)]
    outcome = solve(written(districts[place] for place in searched), raising=raising, node_limit=node_limit)
    holders, starts = outcome.holders.tolist(), np.cumsum([0, *(len(districts[at].weights) for at in searched)])
    found: dict[int, Division] = {}
    for row, at in enumerate(searched):
        proven, cap = bool(outcome.proven[row]), int(outcome.cap[row])
        held = tuple(holders[starts[row] : starts[row + 1]])
        held = held if proven else _settled(districts[at], held, cap)
        found[at] = Division(
            holders=held,
            score=score(districts[at], held),
            bound=int(outcome.bound[row]),
            cap=cap,
            within_tolerance=cap == outcome.wanted[row],
            proven=proven,
            steps=int(outcome.steps[row]),
        )
    return [
        found[at] if at in found else _levelled(district, raised(district_bound(district), tolerance))
        for at, district in enumerate(districts)
    ]


def written(districts: Iterable[District]) -> Book:
    """Write districts of at most 62 pieces into columns, for the compiled search."""
    listed = list(districts)
    pieces = np.array([len(district.weights) for district in listed], dtype=np.int64)
    seats = np.array([district.seats for district in listed], dtype=np.int64)
    return Book(
        first=np.concatenate(([0], np.cumsum(pieces))),
        first_way=np.concatenate(([0], np.cumsum(pieces * seats))),
        seats=seats,
        weights=_column(district.weights for district in listed),
        touching=_column(district.territory.touching for district in listed),
        locked=_column(district.locked for district in listed),
        kept=_column(district.kept for district in listed),
        before=_column(district.before for district in listed),
        metres=_column(chain.from_iterable(district.metres) for district in listed),
    )


def solve(book: Book, *, raising: Fraction, node_limit: int = NODE_LIMIT) -> Outcome:
    """Divide all districts of a book, many of them on all processors; their number changes nothing in the answer."""
    count = len(book.seats)
    out = Outcome(np.zeros(len(book.weights), dtype=np.int64), *(np.zeros(count, dtype=np.int64) for _ in range(5)))
    workers = min(cpu_count() or 1, 1 + count // FEW)

    def part(start: int, stop: int) -> None:
        divide_range(book, raising.numerator, raising.denominator, node_limit, start, stop, out)

    if workers == 1:
        part(0, count)
        return out
    ends = [count * share // (SHARES * workers) for share in range(SHARES * workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(part, ends[:-1], ends[1:]))
    return out


def _column(numbers: Iterable[Iterable[int]]) -> Whole:
    return np.fromiter(chain.from_iterable(numbers), dtype=np.int64)


def _fits(district: District, raising: Fraction) -> bool:
    """Say whether a district and all its sums fit into machine words."""
    farthest = max(chain([raising.numerator], chain.from_iterable(district.metres)))
    small = max(len(district.weights), district.seats) <= MOST_PIECES
    return small and sum(district.weights) * farthest * 2 < ENDLESS


def _levelled(district: District, wanted: int) -> Division:
    """Give each piece, from the heaviest down, to the deputy with the least so far, or part the ground; settle that."""
    carried, counts = loads(district, district.locked), [0] * district.seats
    holders = list(district.locked)
    for piece in district.free():
        seat = min(range(district.seats), key=lambda seat: (carried[seat], counts[seat], seat))
        carried[seat] += district.weights[piece]
        counts[seat] += 1
        holders[piece] = 1 << seat
    cap = max(wanted, *carried)
    connected = parted(district, cap)
    starts = [tuple(holders), *([connected] if connected is not None else [])]
    best = min(starts, key=lambda start: score(district, start))
    settled = _settled(district, best, cap, SETTLING if best != connected else PARTED_SETTLING)
    return Division(
        holders=settled,
        score=score(district, settled),
        bound=district_bound(district),
        cap=cap,
        within_tolerance=cap == wanted,
        proven=district.seats == 1,
        steps=0,
    )


def _settled(district: District, holders: Holders, cap: int, most: int = SETTLING) -> Holders:
    """Hand over single pieces as long as that lowers the score: what a search that was cut short can still better."""
    best = score(district, holders)
    free = district.free()
    unchanged = tried = 0
    for piece, seat in cycle((piece, seat) for piece in free for seat in range(district.seats)):
        if unchanged == len(free) * district.seats or tried == most:
            return holders
        unchanged, tried = unchanged + 1, tried + 1
        other = (*holders[:piece], 1 << seat, *holders[piece + 1 :])
        if all(pieces & district.inhabited for pieces in territories(district, other)):
            found = score(district, other)
            if found.largest <= cap and found < best:
                holders, best, unchanged = other, found, 0
    return holders
