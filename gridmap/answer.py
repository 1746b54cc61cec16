"""One district's question put in whole numbers, and its answer written out as rows, reasons and what falls short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridmap.contiguity import Territory
from gridmap.district import District, members, sharing_scale, territories
from gridmap.division import Division, divide_all, standing
from gridmap.explanation import Explaining
from gridmap.plan import Unmet
from gridmap.roster import Seat
from gridmap.sharing import NODE_LIMIT as SHARING_LIMIT
from gridmap.sharing import share
from gridmap.survey import Ground, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One district as it is asked: its rows of the ground, its seats in code order, its locks and the plan in force."""

    ground: Ground
    code: str
    rows: range
    seats: tuple[Seat, ...]
    locks: Mapping[int, Mapping[str, str]]  # row -> seat -> reason
    before: Mapping[Key, frozenset[str]]  # who has each piece

    def district(self) -> District:
        """Write the question in whole numbers."""
        at = {seat.code: index for index, seat in enumerate(self.seats)}
        before = [self.before.get((self.ground.grids[row], self.code), frozenset()) for row in self.rows]
        locked = tuple(sum(1 << at[seat] for seat in self.locks.get(row, ())) for row in self.rows)
        inhabited = sum(1 for row in self.rows if self.ground.households[row]) or len(self.rows)
        sharing = any(locked) or inhabited < len(at) or any(len(seats) > 1 for seats in before)
        scale = sharing_scale(len(at), [len(seats) for seats in before]) if sharing else 1
        return District(
            weights=tuple(self.ground.households[row] * scale for row in self.rows),
            scale=scale,
            territory=Territory([self.ground.touching[row] for row in self.rows]),
            seats=len(at),
            locked=locked,
            kept=tuple(sum(1 << at[seat] for seat in seats if seat in at) for seats in before),
            before=tuple(len(seats) for seats in before),
            metres=self.ground.metres(
                self.rows,
                np.array([seat.lon for seat in self.seats], dtype=np.float64),
                np.array([seat.lat for seat in self.seats], dtype=np.float64),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One district's rows of links, its line in the table of districts, and what falls short."""

    links: list[dict[str, Any]]
    line: dict[str, Any]
    unmet: list[Unmet]


def answer_all(
    questions: Sequence[Question], *, tolerance: float, keeping: float | None, node_limit: int
) -> list[Answer]:
    """Divide districts, all those that share nothing at once, and write each answer down.

    With `keeping`, a plan in force that still stands is kept, and a district that has one is re-cut within the larger
    of the two tolerances.
    """
    districts = {at: question.district() for at, question in enumerate(questions) if question.seats}
    divisions: dict[int, Division] = {}
    open_districts: dict[tuple[bool, float], list[int]] = {}
    for at, district in districts.items():
        in_force = keeping is not None and any(district.before)
        slack = max(tolerance, keeping) if keeping is not None and in_force else tolerance
        kept = standing(district, tolerance=tolerance, keeping=slack) if in_force else None
        if kept is not None:
            divisions[at] = kept
        else:
            open_districts.setdefault((district.joining() > 0, slack), []).append(at)
    for (sharing, slack), places in open_districts.items():
        solve = _share_all if sharing else divide_all
        found = solve([districts[at] for at in places], tolerance=slack, node_limit=node_limit)
        divisions.update(zip(places, found, strict=True))
    return [
        _answered(question, districts[at], divisions[at]) if at in divisions else _nobody(question)
        for at, question in enumerate(questions)
    ]


def _share_all(districts: Sequence[District], *, tolerance: float, node_limit: int) -> list[Division]:
    limit = min(node_limit, SHARING_LIMIT)
    return [share(district, tolerance=tolerance, node_limit=limit) for district in districts]


def _nobody(question: Question) -> Answer:
    """Name a district that has pieces and no seat."""
    households = sum(question.ground.households[row] for row in question.rows)
    numbers = ("largest", "bound", "gap", "cap", "broken", "forced_broken", "moved", "distance")
    line: dict[str, Any] = {
        "district": question.code,
        "seats": 0,
        "pieces": len(question.rows),
        "households": households,
        **dict.fromkeys(numbers, 0),
        "objective": "",
        "kept": False,
        "proven": True,
    }
    facts = {"pieces": len(question.rows), "households": households}
    unmet = Unmet(kind="district_without_seat", district=question.code, facts=facts)
    return Answer(links=[], line=line, unmet=[unmet])


def _answered(question: Question, district: District, division: Division) -> Answer:
    """Write down who has what, why, how well it is balanced and what cannot be met."""
    links = _links(question, division)
    carried = dict.fromkeys((seat.code for seat in question.seats), 0)
    for row in links:
        carried[row["seat"]] += row["households"]
    largest, scale = max(carried.values()), district.scale
    bound, moved, distance = -(-division.bound // scale), -(-division.score.moved // scale), division.score.distance
    line: dict[str, Any] = {
        "district": question.code,
        "seats": len(question.seats),
        "pieces": len(question.rows),
        "households": sum(question.ground.households[row] for row in question.rows),
        "largest": largest,
        "bound": bound,
        "gap": _percent_above(largest, bound),
        "cap": max(largest, division.cap // scale),
        "broken": division.score.broken,
        "forced_broken": district.territory.forced_breaks(district.seats),
        "moved": moved,
        "distance": distance // scale,
        "objective": str((division.score.broken, moved, largest, distance // scale)),
        "kept": division.kept,
        "proven": division.proven,
    }
    _explain_links(question, district, division, links, line)
    return Answer(links=links, line=line, unmet=_short_of(question, district, division, line, carried))


def _links(question: Question, division: Division) -> list[dict[str, Any]]:
    """Write one row per piece and seat; sharers stand in code order, the odd households go to the first of them."""
    links = []
    for piece, row in enumerate(question.rows):
        sharers = list(members(division.holders[piece]))
        each, odd = divmod(question.ground.households[row], len(sharers))
        links += [
            {
                "seat": question.seats[seat].code,
                "grid": question.ground.grids[row],
                "district": question.code,
                "households": each + (position <= odd),
                "position": position,
                "sharers": len(sharers),
                "piece": piece,
                "index": seat,
            }
            for position, seat in enumerate(sharers, start=1)
        ]
    return sorted(links, key=lambda link: (link["grid"], link["position"]))


def _explain_links(
    question: Question,
    district: District,
    division: Division,
    links: list[dict[str, Any]],
    line: Mapping[str, Any],
) -> None:
    """Give each link its reason, with numbers to read aloud; pieces are numbered in the order of their grids."""
    by_grid = sorted(range(len(question.rows)), key=lambda piece: question.ground.grids[question.rows[piece]])
    number = {piece: count for count, piece in enumerate(by_grid, start=1)}
    explaining = Explaining(district, division)
    held = explaining.held
    carried: dict[str, int] = {}
    for link in links:
        carried[link["seat"]] = carried.get(link["seat"], 0) + link["households"]
    for link in links:
        piece, seat = link.pop("piece"), link.pop("index")
        why = explaining.why(piece, seat)
        reasons = question.locks.get(question.rows[piece], {})
        link["reason_key"] = why.key
        link["reason_facts"] = {
            "district": question.code,
            "seats": district.seats,
            "pieces": len(district.weights),
            "households": link["households"],
            "largest": line["largest"],
            "bound": line["bound"],
            "gap": line["gap"],
            "piece": number[piece],
            "own": ", ".join(str(count) for count in sorted(number[one] for one in members(held[seat]))),
            "parts": district.territory.count(held[seat], held[seat]),
            "load": carried[link["seat"]],
            "position": link["position"],
            "sharers": link.pop("sharers"),
            "instead": question.seats[why.instead].code if why.instead >= 0 else "",
            "cost": why.cost,
            "reason": reasons.get(link["seat"], ""),
        }


def _short_of(
    question: Question, district: District, division: Division, line: Mapping[str, Any], carried: Mapping[str, int]
) -> list[Unmet]:
    """Name what this district cannot have, with its numbers; `carried` are the whole households of each seat."""
    found = []
    numbers = {name: line[name] for name in ("seats", "pieces", "largest", "bound")}
    if not division.within_tolerance:
        found.append(("load_above_tolerance", numbers | {"gap": line["gap"]}))
    if not division.proven:
        found.append(("not_proven", numbers | {"steps": division.steps}))
    held = territories(district, division.holders)
    for seat, pieces in zip(question.seats, held, strict=True):
        if not carried[seat.code]:
            found.append(("zero_households", {"seat": seat.code, "pieces": pieces.bit_count(), "households": 0}))
    if not district.joining():
        for piece, seats in enumerate(district.locked):
            if seats.bit_count() > 1:
                names = ", ".join(question.seats[seat].code for seat in members(seats))
                grid = question.ground.grids[question.rows[piece]]
                found.append(("lock_conflict", {"grid": grid, "names": names, **numbers}))
    return [Unmet(kind=kind, district=question.code, facts=facts) for kind, facts in found]


def _percent_above(largest: int, bound: int) -> int:
    return -(-(largest - bound) * 100 // bound) if bound else 0
