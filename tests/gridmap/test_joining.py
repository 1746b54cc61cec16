"""A sliver answers through its longest border whoever measures it, and cells that fit edge to edge are known to."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.borders import SHORTEST_METRES, TOUCH_METRES, shared_metres
from gridmap.crossing import Outlines
from gridmap.joining import answers_through
from gridmap.seams import overlaps
from gridmap.tessellation import fits_edge_to_edge
from gridmap.tessellation_kernels import run_together

seeds = st.integers(0, 2**32 - 1)
several = settings(max_examples=15)
WEST, SOUTH, SPAN = 113.0, 22.5, 0.2


def voronoi(chance: np.random.Generator, count: int) -> np.ndarray:
    sites = shapely.multipoints(chance.uniform((WEST, SOUTH), (WEST + SPAN, SOUTH + SPAN), (count, 2)))
    return np.asarray(shapely.get_parts(shapely.voronoi_polygons(sites)), dtype=object)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


@several
@given(seeds, st.booleans())
def test_compiled_code_measures_borders_as_geos_does(seed: int, densified: bool) -> None:
    chance = np.random.default_rng(seed)
    cells = voronoi(chance, 30)
    others = np.asarray(shapely.segmentize(cells, 0.013), dtype=object) if densified else cells
    one, other = (numbers.ravel() for numbers in np.indices((len(cells), len(others))))
    one, other = one[one != other], other[one != other]
    every = np.concatenate((cells, others))
    rings = Outlines.of(every, turned=False)
    found = run_together(rings.x, rings.y, rings.first, one, len(cells) + other, TOUCH_METRES, SHORTEST_METRES)
    expected = shared_metres(cells[one], others[other])
    assert found == pytest.approx(expected, rel=1e-2, abs=10 * SHORTEST_METRES)


@several
@given(seeds)
def test_slivers_join_the_same_pieces_whoever_measures(seed: int) -> None:
    chance = np.random.default_rng(seed)
    shapes = voronoi(chance, 60)
    district = np.sort(chance.integers(0, 8, len(shapes)))
    unit = np.arange(len(shapes))
    small = chance.random(len(shapes)) < 0.4
    lone = np.zeros(len(shapes), dtype=bool)
    assert (
        answers_through(unit, district, shapes, small, lone, few=0)
        == answers_through(unit, district, shapes, small, lone)
    ).all()


@several
@given(seeds)
def test_cells_that_fit_edge_to_edge_are_known_to_share_nothing(seed: int) -> None:
    cells = voronoi(np.random.default_rng(seed), 40)
    assert fits_edge_to_edge(cells, few=0)
    assert fits_edge_to_edge(np.asarray(shapely.reverse(cells), dtype=object), few=0)
    assert not len(overlaps(cells)[0])


@several
@given(seeds, st.integers(1, 3))
def test_ground_of_two_cells_is_never_taken_for_a_fit(seed: int, copies: int) -> None:
    chance = np.random.default_rng(seed)
    cells = voronoi(chance, 40)
    middle = shapely.centroid(cells[chance.integers(0, len(cells), copies)])
    over = np.asarray(shapely.buffer(middle, 0.004), dtype=object)
    assert not fits_edge_to_edge(np.concatenate((cells, over)), few=0)
    assert not fits_edge_to_edge(np.concatenate((cells, cells[:copies])), few=0)


def test_a_ring_round_ground_within_another_is_an_overlap_and_an_island_in_a_hole_is_none() -> None:
    around = [box(0, 0, 3, 1), box(0, 2, 3, 3), box(0, 1, 1, 2), box(2, 1, 3, 2)]
    around = [shapely.segmentize(shape, 1.0) for shape in around]
    island, over = box(1.2, 1.2, 1.8, 1.8), box(0.2, 0.2, 0.8, 0.8)
    assert fits_edge_to_edge(np.array([*around, island], dtype=object), few=0)
    assert not fits_edge_to_edge(np.array([*around, over], dtype=object), few=0)
    assert not fits_edge_to_edge(np.array([box(0, 0, 3, 3), box(1, 1, 2, 2)], dtype=object), few=0)


def test_a_corner_that_only_one_neighbour_has_leaves_the_fit_open() -> None:
    assert not fits_edge_to_edge(np.array([box(0, 0, 1, 2), box(1, 0, 2, 1), box(1, 1, 2, 2)], dtype=object), few=0)


def test_cells_with_holes_leave_the_fit_open() -> None:
    holed = shapely.difference(box(0, 0, 3, 3), box(1, 1, 2, 2))
    assert not fits_edge_to_edge(np.array([holed], dtype=object), few=0)
