"""Every piece of a district gets a deputy of that district, and every deputy a piece, each with its reason."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.answer import Question, answer_all
from gridmap.district import lower_bound
from gridmap.division import NODE_LIMIT
from gridmap.plan import Lock, Plan, Unmet
from gridmap.proposal import propose
from gridmap.roster import Seat, read_current, read_locks, read_seats, seats_without_place
from gridmap.survey import Ground, survey

__all__ = ["KEEPING", "TOLERANCE", "Lock", "Plan", "Unmet", "lower_bound", "place", "propose"]

TOLERANCE = 0.10  # assumed: the largest load may exceed the lower bound by a tenth
KEEPING = 0.15  # a plan in force is kept, or re-cut with as few moves as can be, up to this much above the bound

LINKS = ("seat", "grid", "district", "households", "position", "reason_key", "reason_facts")
LEADS = ("grid", "seat", "households", "reason_key", "reason_facts")
DISTRICTS = (
    *("district", "seats", "pieces", "households", "largest", "bound", "gap", "cap"),
    *("broken", "forced_broken", "moved", "distance", "objective", "kept", "proven"),
)
WHOLE = set(DISTRICTS) - {"district", "objective", "kept", "proven"} | {"position"}


def place(
    pieces: gpd.GeoDataFrame,
    seats: pd.DataFrame,
    *,
    current: pd.DataFrame | None = None,
    locks: Iterable[Lock] = (),
    tolerance: float = TOLERANCE,
    keeping: float | None = KEEPING,
    links: Iterable[tuple[str, str]] = (),
    node_limit: int = NODE_LIMIT,
) -> Plan:
    """Divide the pieces of each district among its seats.

    `pieces` is one layer's frame of grid, district, households and lon/lat geometry (with `joined` for slivers);
    `seats` has seat, district and, where known, lon and lat of the place the deputy works or lives at; `current` has
    seat, grid, district of the plan in force; `links` are pairs of grids joined by a bridge or a ferry.

    In every district, by itself: locks hold; no piece is without a deputy and no deputy without an inhabited piece.
    The largest load stays within `lower_bound` raised by `tolerance`, rounded down; where nothing fits, the smallest
    largest load takes its place and the district is named. Then, compared one after the other and never added up:
    territories broken beyond what the district's shape forces; households that change deputy; the largest load;
    household-metres; last, pieces from the heaviest down (equal: lower grid) go to the lower seat code. With more
    deputies than pieces they share, each piece divided equally, the odd households to the first.

    Where a plan is in force, its district is left as it stands while everybody in it is still there, nobody new waits
    for a piece, its locks agree and its largest load is within the bound raised by `keeping`; otherwise it is divided
    anew within that cap or the tolerance, the larger of them. With `keeping` None the plan in force counts only in the
    households moved.

    The order of rows and of locks changes nothing, and nor does doubling all households. A district whose search
    takes more than `node_limit` steps keeps the best answer found and says `proven` False beside its bound. Raises
    ValueError for frames that break this contract; what the papers cannot give is returned in `Plan.unmet`.
    """
    for slack in (tolerance, keeping or 0.0):
        if not (slack >= 0 and np.isfinite(slack)):
            raise ValueError("the tolerance must be a number from 0 up")
    ground = survey(pieces, links)
    seats_by_code = read_seats(seats)
    held, unmet = read_locks(ground, seats_by_code, locks)
    before = read_current(current)
    seats_of = _by_district(seats_by_code.values())
    questions = [
        Question(
            ground=ground,
            code=code,
            rows=rows,
            seats=tuple(seats_of.get(code, ())),
            locks=held.get(code, {}),
            before=before,
        )
        for code, rows in ground.districts.items()
    ]
    answers = answer_all(questions, tolerance=tolerance, keeping=keeping, node_limit=node_limit)
    unmet += seats_without_place(ground, seats_by_code)
    unmet += [short for found in answers for short in found.unmet]
    rows_of_links = [row for found in answers for row in found.links]
    return Plan(
        links=_frame(rows_of_links, LINKS),
        leads=_frame(_leads(ground, rows_of_links), LEADS),
        districts=_frame([found.line for found in answers], DISTRICTS).astype({"kept": bool, "proven": bool}),
        unmet=tuple(sorted(unmet, key=lambda short: (short.district, short.kind, str(sorted(short.facts.items()))))),
    )


def _by_district(seats: Iterable[Seat]) -> dict[str, list[Seat]]:
    sorted_by: dict[str, list[Seat]] = {}
    for seat in seats:
        sorted_by.setdefault(seat.district, []).append(seat)
    return sorted_by


def _leads(ground: Ground, links: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Find for each grid the seat that answers for most of its households; equal numbers go to the lower code.

    A grid that is nothing but slivers is led by the first deputy of the piece that takes most of it.
    """
    answered: dict[str, dict[str, int]] = {}
    first: dict[tuple[str, str], str] = {}
    for link in links:
        here = answered.setdefault(link["grid"], {})
        here[link["seat"]] = here.get(link["seat"], 0) + link["households"]
        if link["position"] == 1:
            first[link["grid"], link["district"]] = link["seat"]
    places = {row: piece for piece, row in ground.at.items() if piece[0] == ground.grids[row]}
    taken = sorted((grid, -part, first[places[row]]) for grid, row, part in ground.slivers if places[row] in first)
    for grid, _, seat in taken:
        if grid not in answered:
            answered[grid] = {seat: 0}
    return [_lead(grid, answered[grid]) for grid in sorted(answered)]


def _lead(grid: str, answered: Mapping[str, int]) -> dict[str, Any]:
    seat = min(answered, key=lambda code: (-answered[code], code))
    equal = sum(1 for count in answered.values() if count == answered[seat])
    key = "placement.lead_only" if len(answered) == 1 else "placement.lead_most"
    facts = {
        "grid": grid,
        "seat": seat,
        "households": answered[seat],
        "total": sum(answered.values()),
        "seats": len(answered),
        "others": ", ".join(sorted(code for code in answered if code != seat)),
    }
    key = "placement.lead_equal" if equal > 1 else key
    return {"grid": grid, "seat": seat, "households": answered[seat], "reason_key": key, "reason_facts": facts}


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.astype({name: np.int64 for name in columns if name in WHOLE})
