"""Placement beside CP-SAT: another solver, asked part by part of the objective, finds nothing better."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely

from benchmarks.staged import best_in_stages, borders
from gridmap.contiguity import Territory
from gridmap.district import District, district_bound, raised, score
from gridmap.division import Division, divide_all

TOLERANCE = 0.10


def drawn(count: int, seats: int, chance: np.random.Generator, *, rivers: int = 0) -> District:
    """Draw a district of cells that border each other at random, parted by rivers, its deputies somewhere in it."""
    ground = shapely.box(0.0, 0.0, 3000.0, 3000.0)
    cells = shapely.voronoi_polygons(shapely.multipoints(chance.random((count, 2)) * 3000.0), extend_to=ground)
    shapes = shapely.intersection(shapely.get_parts(cells), ground)
    weights = np.sort(np.maximum(20, chance.lognormal(5.5, 0.7, count)).astype(int))[::-1]
    shared = shapely.length(shapely.intersection(shapes[:, None], shapes[None, :])) > 1.0
    middles, places = shapely.get_coordinates(shapely.centroid(shapes)), chance.random((seats, 2)) * 3000.0
    bank = np.floor(middles[:, 0] / 3000.0 * (rivers + 1))
    shared &= bank[:, None] == bank[None, :]
    metres = np.rint(np.hypot(*(middles[:, None] - places[None]).transpose(2, 0, 1))).astype(int)
    return District(
        weights=tuple(weights.tolist()),
        scale=1,
        territory=Territory(
            [sum(1 << other for other in range(count) if row[other] and other != at) for at, row in enumerate(shared)]
        ),
        seats=seats,
        locked=(0,) * count,
        kept=(0,) * count,
        before=(0,) * count,
        metres=tuple(map(tuple, metres.tolist())),
    )


def breaks(district: District, division: Division) -> int:
    """Count with networkx the territories beyond one per seat and beyond what the district's shape forces."""
    graph = borders(district)
    forced = max(0, nx.number_connected_components(graph) - district.seats)
    parts = 0
    for seat in range(district.seats):
        held = [piece for piece, holder in enumerate(division.holders) if holder == 1 << seat]
        parts += nx.number_connected_components(graph.subgraph(held)) - 1
    return max(0, parts - forced)


def expected(district: District) -> tuple[int, ...]:
    return tuple(best_in_stages(district, raised(district_bound(district), TOLERANCE)))


def of_everybody_but(district: District, division: Division, gone: int) -> District:
    """Ask again after one deputy has left, with the plan in force."""
    stay = [seat for seat in range(district.seats) if seat != gone]
    kept = [sum(1 << at for at, seat in enumerate(stay) if held == 1 << seat) for held in division.holders]
    return replace(
        district,
        seats=len(stay),
        kept=tuple(kept),
        before=(1,) * len(kept),
        metres=tuple(tuple(row[seat] for seat in stay) for row in district.metres),
    )


@pytest.fixture(scope="module")
def first_plans() -> list[tuple[District, Division]]:
    chance = np.random.default_rng(20261123)
    sizes = [(6, 2), (7, 3), (8, 2), (8, 3), (9, 3), (10, 2), (10, 3), (11, 3), (12, 2), (12, 3)]
    districts = [drawn(count, seats, chance) for count, seats in [*sizes, *sizes[:6], (14, 2), (14, 3)]]
    districts += [drawn(count, seats, chance, rivers=1 + count % 3) for count, seats in [*sizes, *sizes]]
    return list(zip(districts, divide_all(districts, tolerance=TOLERANCE), strict=True))


def test_cp_sat_finds_no_better_first_plan(first_plans: list[tuple[District, Division]]) -> None:
    for district, division in first_plans:
        assert division.proven
        assert tuple(division.score) == expected(district)


def test_cp_sat_finds_no_better_plan_after_a_deputy_has_left(first_plans: list[tuple[District, Division]]) -> None:
    left = [of_everybody_but(district, division, 0) for district, division in first_plans if district.seats == 3]
    for district, division in zip(left, divide_all(left, tolerance=TOLERANCE), strict=True):
        assert division.proven
        assert tuple(division.score) == expected(district)


def test_networkx_counts_the_same_breaks(first_plans: list[tuple[District, Division]]) -> None:
    chance = np.random.default_rng(7)
    for district, division in first_plans:
        assert division.score.broken == breaks(district, division)
        anyhow = replace(
            division, holders=tuple((1 << chance.integers(0, district.seats, len(district.weights))).tolist())
        )
        if len(set(anyhow.holders)) == district.seats:
            assert score(district, anyhow.holders).broken == breaks(district, anyhow)


def many_at(count: int, seats: int) -> list[District]:
    chance = np.random.default_rng(count * 10 + seats)
    return [drawn(count, seats, chance) for _ in range(6)]


@pytest.mark.parametrize("seats", [1, 2, 3])
@pytest.mark.parametrize("count", [14, 16, 18])
def test_a_first_plan_of_up_to_18_pieces_is_proven(count: int, seats: int) -> None:
    assert all(division.proven for division in divide_all(many_at(count, seats), tolerance=TOLERANCE))


@pytest.mark.parametrize("seats", [2, 3])
@pytest.mark.parametrize("count", [20, 22, 24])
def test_with_a_plan_in_force_up_to_24_pieces_are_proven(count: int, seats: int) -> None:
    chance = np.random.default_rng(count)
    districts = [
        replace(
            district,
            kept=tuple((1 << chance.integers(0, seats, count)).tolist()),
            before=(1,) * count,
        )
        for district in many_at(count, seats)
    ]
    assert all(division.proven for division in divide_all(districts, tolerance=TOLERANCE))
