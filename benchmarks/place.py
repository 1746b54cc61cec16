"""Placing deputies: branch and bound beside trying every division and beside CP-SAT, scores compared one by one."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from benchmarks.enumeration import MOST_PIECES, best_of_all
from benchmarks.ground import districts, grids, seats, size_of
from benchmarks.staged import best_in_stages
from benchmarks.stopwatch import REPEATS, row, timed
from gridmap.answer import Question
from gridmap.district import District, Score, district_bound, raised
from gridmap.division import divide_all, solve, written
from gridmap.overlay import pieces
from gridmap.placement import TOLERANCE, place
from gridmap.roster import Seat, read_seats
from gridmap.survey import survey

RAISING = 1 + Fraction(str(TOLERANCE))
SAMPLE = 25  # districts that the slow peers are asked, spread evenly over the layer


def run(size: str, *, repeats: int = REPEATS, sample: int = SAMPLE) -> list[dict[str, Any]]:
    """Place the deputies of a county, province or nation.

    Two rows divide a sample of the districts beside a peer that proves the same scores: all divisions written down
    (districts of up to ten pieces), and CP-SAT asked for one part of the objective after the other. The third divides
    every district at once, ready in columns; the last is the whole of `place`, borders and reasons included. These two
    have no peer: their rows count the districts that are not proven as mismatches. Each peer is asked once.
    """
    scale = size_of(size)
    layer = pieces(grids(scale.grids), districts(scale.districts, scale.grids))
    layer = layer[layer["joined"].isna()].reset_index(drop=True)
    roster = seats(layer, total=scale.seats)
    asked = _asked(layer, roster)
    book = written(asked)
    seconds, outcome = timed(lambda: solve(book, raising=RAISING), repeats)
    rows = [
        _beside(
            "enumeration", best_of_all, _spread([d for d in asked if len(d.weights) <= MOST_PIECES], sample), repeats
        ),
        _beside("CP-SAT in stages", best_in_stages, _spread(asked, sample), repeats),
        row(
            f"divide all {len(asked):,} districts, the largest of {max(len(d.weights) for d in asked)} pieces",
            "none",
            ours=seconds,
            theirs=None,
            mismatches=int((outcome.proven == 0).sum()),
            repeats=repeats,
        ),
    ]
    whole, plan = timed(lambda: place(layer, roster), min(repeats, 1 if size != "county" else repeats))
    work = f"place {len(roster):,} deputies in {len(layer):,} pieces of {len(plan.districts):,} districts"
    unproven = int((~plan.districts["proven"]).sum())
    return [*rows, row(work, "none", ours=whole, theirs=None, mismatches=unproven, repeats=repeats)]


def _asked(layer: Any, roster: Any) -> list[District]:
    """Write the districts in whole numbers, those with more deputies than pieces left out."""
    ground = survey(layer)
    seats_of: dict[str, list[Seat]] = {}
    for seat in read_seats(roster).values():
        seats_of.setdefault(seat.district, []).append(seat)
    asked = [
        Question(ground=ground, code=code, rows=rows, seats=tuple(seats_of[code]), locks={}, before={}).district()
        for code, rows in ground.districts.items()
    ]
    return [district for district in asked if not district.joining()]


def _spread(asked: Sequence[District], sample: int) -> list[District]:
    """Take districts from all over the layer, only those that have something to divide."""
    several = [district for district in asked if district.seats > 1]
    return several[:: max(1, len(several) // sample)][:sample]


def _beside(peer: str, best: Callable[[District, int], Score], sample: list[District], repeats: int) -> dict[str, Any]:
    book = written(sample)
    ours, _ = timed(lambda: solve(book, raising=RAISING), repeats)
    found = [division.score for division in divide_all(sample, tolerance=TOLERANCE)]
    caps = [raised(district_bound(district), TOLERANCE) for district in sample]
    theirs, expected = timed(lambda: [best(district, cap) for district, cap in zip(sample, caps, strict=True)], 1)
    return row(
        f"divide {len(sample)} districts of several deputies",
        peer,
        ours=ours,
        theirs=theirs,
        mismatches=sum(one != other for one, other in zip(found, expected, strict=True)),
        repeats=repeats,
    )
