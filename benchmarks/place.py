"""Placing deputies: branch and bound beside trying every division, scores compared district by district."""

from typing import Any

from benchmarks.enumeration import MOST_PIECES, best_of_all
from benchmarks.ground import districts, grids, seats, size_of
from benchmarks.stopwatch import REPEATS, row, timed
from gridmap.answer import Question
from gridmap.district import District, district_bound, raised
from gridmap.division import divide
from gridmap.overlay import pieces
from gridmap.placement import TOLERANCE, place
from gridmap.roster import read_seats
from gridmap.survey import survey


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Place the deputies of a county, province or nation.

    The first row divides every district of up to ten pieces, beside the enumeration of all its divisions; the second
    is the whole of `place`, borders and reasons included, which has no peer: its row counts the districts that are
    not proven as mismatches.
    """
    scale = size_of(size)
    layer = pieces(grids(scale.grids), districts(scale.districts, scale.grids))
    roster = seats(layer, total=scale.seats)
    ground, everybody = survey(layer), read_seats(roster)
    small = [
        Question(
            ground=ground,
            code=code,
            rows=rows,
            seats=tuple(seat for seat in everybody.values() if seat.district == code),
            locks={},
            before={},
        ).district()
        for code, rows in ground.districts.items()
        if len(rows) <= MOST_PIECES
    ]
    small = [district for district in small if not district.joining()]
    ours, found = timed(lambda: [_divided(district) for district in small], repeats)
    theirs, best = timed(lambda: [_tried(district) for district in small], repeats)
    seconds, plan = timed(lambda: place(layer, roster), repeats)
    unproven = int((~plan.districts["proven"]).sum())
    return [
        row(
            f"divide {len(small):,} districts of up to {MOST_PIECES} pieces",
            "enumeration",
            ours=ours,
            theirs=theirs,
            mismatches=sum(one != other for one, other in zip(found, best, strict=True)),
            repeats=repeats,
        ),
        row(
            f"place {len(roster):,} deputies in {len(ground.grids):,} pieces of {len(ground.districts):,} districts",
            "none",
            ours=seconds,
            theirs=None,
            mismatches=unproven,
            repeats=repeats,
        ),
    ]


def _divided(district: District) -> object:
    return divide(district, tolerance=TOLERANCE).score


def _tried(district: District) -> object:
    return best_of_all(district, raised(district_bound(district), TOLERANCE))
