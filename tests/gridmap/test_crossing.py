"""What cells share is what GEOS says they share, drawn or only measured, however their borders meet."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.crossing import SharedGround, share_ground, whole_ground
from gridmap.metres import areas, widths

seeds = st.integers(0, 2**32 - 1)
several = settings(max_examples=20)
WEST, SOUTH, SPAN = 113.0, 22.5, 0.2


def voronoi(chance: np.random.Generator, count: int, *, around: float = 0.0) -> np.ndarray:
    sites = shapely.multipoints(chance.uniform((WEST, SOUTH), (WEST + SPAN, SOUTH + SPAN), (count, 2)))
    frame = shapely.box(WEST - around, SOUTH - around, WEST + SPAN + around, SOUTH + SPAN + around)
    return np.asarray(shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=frame)), dtype=object)


def stars(chance: np.random.Generator, count: int) -> np.ndarray:
    """Draw rings that go in and out around a centre, half of them clockwise."""
    shapes = []
    for number in range(count):
        turns = np.sort(chance.uniform(0.0, 2.0 * np.pi, 12)) + 0.001 * np.arange(12)
        reach = chance.uniform(0.002, 0.06, 12)
        corners = np.column_stack((np.cos(turns), np.sin(turns))) * reach[:, None]
        corners += chance.uniform((WEST, SOUTH), (WEST + SPAN, SOUTH + SPAN))
        shapes.append(shapely.Polygon(corners[:: 1 if number % 2 else -1]))
    drawn = np.array(shapes, dtype=object)
    return drawn[shapely.is_valid(drawn)]


def all_pairs(ones: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    one, other = (numbers.ravel() for numbers in np.indices((len(ones), len(others))))
    return one, other


def as_geos(ones: np.ndarray, others: np.ndarray) -> SharedGround:
    """Compare with GEOS and with the measures of metres; give what was drawn."""
    one, other = all_pairs(ones, others)
    drawn = share_ground(ones, others, one, other, few=0)
    measured = share_ground(ones, others, one, other, drawn=False, few=0)
    by_geos_alone = share_ground(ones, others, one, other)
    assert shapely.area(by_geos_alone.shape) == pytest.approx(shapely.area(drawn.shape), abs=1e-14)
    expected = shapely.intersection(ones[one], others[other])
    assert shapely.is_valid(drawn.shape).all()
    assert set(shapely.get_type_id(drawn.shape)) <= {3, 6}
    whole = areas(ones)[one]
    assert shapely.area(shapely.symmetric_difference(drawn.shape, expected)) == pytest.approx(0.0, abs=1e-14)
    assert drawn.area / whole == pytest.approx(areas(drawn.shape) / whole, abs=1e-11)
    assert drawn.width == pytest.approx(widths(drawn.shape), rel=1e-6, abs=1e-5)
    assert measured.area / whole == pytest.approx(drawn.area / whole, abs=1e-11)
    assert measured.width == pytest.approx(drawn.width, rel=1e-6, abs=1e-5)
    return drawn


@several
@given(seeds)
def test_crooked_rings_are_cut_by_cells_as_geos_cuts_them(seed: int) -> None:
    chance = np.random.default_rng(seed)
    as_geos(stars(chance, 30), voronoi(chance, 20))


@several
@given(seeds)
def test_a_crooked_ring_that_gives_several_parts_gives_all_of_them(seed: int) -> None:
    chance = np.random.default_rng(seed)
    stripes = np.array(
        [shapely.box(WEST + at / 100 - 0.001, SOUTH - 1, WEST + at / 100 + 0.001, SOUTH + 1) for at in range(25)]
    )
    found = as_geos(stars(chance, 30), stripes)
    assert (shapely.get_type_id(found.shape) == 6).any()


@several
@given(seeds, st.sampled_from([8, 64, 1024]))
def test_borders_that_run_together_and_corners_on_edges_are_cut_as_geos_cuts_them(seed: int, steps: int) -> None:
    chance = np.random.default_rng(seed)

    def snap(corners: np.ndarray) -> np.ndarray:
        return np.round(corners * steps) / steps

    stars_on_a_grid = shapely.transform(stars(chance, 40), snap)
    boxes = [
        shapely.box(WEST + x / 8, SOUTH + y / 8, WEST + (x + 1) / 8, SOUTH + (y + 1) / 8)
        for x in range(-2, 4)
        for y in range(-2, 4)
    ]
    valid = stars_on_a_grid[shapely.is_valid(stars_on_a_grid) & (shapely.area(stars_on_a_grid) > 0)]
    as_geos(np.append(valid, boxes), np.array(boxes, dtype=object))


@several
@given(seeds)
def test_holes_and_several_parts_are_cut_as_geos_cuts_them(seed: int) -> None:
    chance = np.random.default_rng(seed)
    bodies = stars(chance, 30)
    holed = shapely.difference(bodies, shapely.buffer(shapely.centroid(bodies), 0.001))
    paired = shapely.union(holed[::2][: len(holed) // 2], holed[1::2])
    as_geos(np.concatenate((holed, paired)), voronoi(chance, 20))


@several
@given(seeds)
def test_the_parts_of_a_cell_meet_without_gap_or_overlap(seed: int) -> None:
    chance = np.random.default_rng(seed)
    ones, others = voronoi(chance, 15), voronoi(chance, 25, around=2.0)
    one, other = all_pairs(ones, others)
    found = share_ground(ones, others, one, other, few=0)
    parts = np.bincount(one, found.area)
    assert parts / areas(ones) == pytest.approx(1.0, abs=1e-9)
    for number in range(len(ones)):
        pieces = found.shape[(one == number) & (found.area > 0.0)]
        assert shapely.coverage_is_valid(pieces)


def test_a_cell_within_another_is_shared_whole_whichever_is_asked_first() -> None:
    chance = np.random.default_rng(5)
    small = np.array([shapely.box(x, SOUTH, x + 0.001, SOUTH + 0.001) for x in WEST + chance.uniform(0.0, 1.0, 300)])
    large = np.array([shapely.box(WEST - 1, SOUTH - 1, WEST + 2, SOUTH + 2)])
    number, zero = np.arange(300), np.zeros(300, dtype=np.intp)
    assert share_ground(small, large, number, zero, few=0).area == pytest.approx(areas(small))
    assert share_ground(large, small, zero, number, few=0).area == pytest.approx(areas(small))


@given(seeds)
@settings(max_examples=5)
def test_whole_ground_is_what_areas_measure(seed: int) -> None:
    chance = np.random.default_rng(seed)
    bodies = stars(chance, 400)
    holed = shapely.difference(bodies[:20], shapely.buffer(shapely.centroid(bodies[:20]), 0.001))
    every = np.concatenate((bodies[:5], holed, bodies[20:], [shapely.Polygon()]))
    assert whole_ground(every, few=0) == pytest.approx(areas(every), rel=1e-11)
