"""The raster answers as the exact predicate does: gaps, heaps, holes, broken rings, borders to the last bit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from types import FunctionType

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gridmap.compiled import compiled
from gridmap.locate import MANY, CellIndex
from gridmap.raster import Raster
from gridmap.raster_kernels import ASK
from gridmap.side import LEFT, ON, RIGHT, UNSURE, side

City = Callable[..., gpd.GeoDataFrame]
Points = tuple[np.ndarray, np.ndarray]


def frame_of(shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [f"{number:04d}" for number in range(len(shapes))]}, geometry=shapes, crs=4326)


def voronoi(sites: np.ndarray) -> list[shapely.Polygon]:
    return list(shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites))))


def telling_points(shapes: list[shapely.Geometry], chance: np.random.Generator) -> Points:
    """Choose points at random, on vertices, on the middles of edges and their quarters, and a last bit beside them."""
    corners = shapely.get_coordinates(shapes)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rim = (high - low) * 0.1
    anywhere = chance.uniform(low - rim, high + rim, (500, 2))
    middles = corners[:-1] / 2 + corners[1:] / 2
    quarters = corners[:-1] / 2 + middles / 2
    crossed = np.column_stack((chance.permutation(corners[:, 0]), chance.permutation(corners[:, 1])))
    special = np.concatenate((corners, middles, quarters, crossed))
    beside = np.nextafter(special, chance.choice([-np.inf, np.inf], special.shape))
    level = np.column_stack(
        (np.nextafter(special[:, 0], chance.choice([-np.inf, np.inf], len(special))), special[:, 1])
    )
    every = np.concatenate((anywhere, special, beside, level, [[np.nan, 22.5], [np.inf, 0.0], [0.0, -np.inf], [0, 0]]))
    return every[:, 0], every[:, 1]


def judged(shapes: list[shapely.Geometry], points: Points) -> np.ndarray:
    """Ask GEOS about every pair; the first shape that has the point answers, -1 for none."""
    prepared = np.array(shapes, dtype=object)
    shapely.prepare(prepared)
    with np.errstate(invalid="ignore"):
        has = shapely.intersects_xy(prepared[:, None], points[0][None, :], points[1][None, :])
    return np.where(has.any(axis=0), has.argmax(axis=0), -1)


def agree(shapes: list[shapely.Geometry], seed: int, *, most_open: float = 0.05) -> None:
    """Compare rasters of several finenesses and the index with GEOS; few points may be left open by a fine one."""
    chance = np.random.default_rng(seed)
    points = telling_points(shapes, chance)
    expected = judged(shapes, points)
    for most_squares in (1, 30, 1 << 12, 1 << 16):
        raster = Raster.of(np.array(shapes, dtype=object), np.arange(len(shapes)), most_squares=most_squares)
        if raster is None:
            continue
        rows, is_open = raster.find(*points)
        closed = rows != ASK
        assert is_open == (not closed.all())
        assert (rows[closed] == expected[closed]).all()
        assert most_squares < 1 << 12 or (~closed).mean() <= most_open
        one_by_one = [raster.at(x, y) for x, y in zip(*points, strict=True)]
        assert one_by_one == list(rows)
    index = CellIndex(frame_of(shapes))
    index.warm()
    assert (index.locate(*points) == expected).all()


seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25)


@few
@given(seeds, st.integers(2, 40))
def test_a_gap_free_layer_is_told_apart_to_the_last_bit(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    agree(voronoi(chance.uniform((113.0, 22.5), (113.4, 22.9), (count, 2))), seed)


@few
@given(seeds, st.integers(1, 12))
def test_heaps_of_cells_with_gaps_holes_and_several_parts_are_told_apart(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        centre = chance.uniform((113.0, 22.5), (113.1, 22.6))
        body = shapely.MultiPoint(centre + chance.normal(0, 0.02, (8, 2))).convex_hull
        hole = shapely.MultiPoint(centre + chance.normal(0, 0.005, (5, 2))).convex_hull
        island = shapely.box(*(centre + 0.05), *(centre + 0.05 + chance.uniform(0.001, 0.02, 2)))
        shapes.append(shapely.union(shapely.difference(body, hole), island))
    agree([shape for shape in shapes if shape.geom_type in ("Polygon", "MultiPolygon")] or [island], seed)


@few
@given(seeds)
def test_a_layer_with_cells_left_out_given_twice_or_pushed_over_others_is_told_apart(seed: int) -> None:
    chance = np.random.default_rng(seed)
    cells = voronoi(chance.uniform((113.0, 22.5), (113.2, 22.7), (20, 2)))
    pushed = [shapely.transform(cell, lambda xy: xy + chance.normal(0, 0.01, 2)) for cell in cells[:5]]
    agree([*cells[3:12], *pushed, *cells[8:15], *cells[9:11], *reversed(cells[:4])], seed)


@few
@given(seeds, st.integers(3, 12))
def test_rings_that_cross_themselves_are_read_as_geos_reads_them(seed: int, corners: int) -> None:
    chance = np.random.default_rng(seed)
    grid = np.array([113.0, 22.5]) + chance.integers(0, 5, (6, corners, 2)) / 64  # corners often coincide
    tangles = [shapely.Polygon(each) for each in grid]
    agree([*tangles, shapely.MultiPolygon(tangles[:3])], seed)


@few
@given(seeds, st.sampled_from([1e-160, 1e-30, 1e-9, 1.0, 1e6, 1e30, 1e99]), st.sampled_from([0.0, 1.0, 1e3, 1e9]))
def test_tiny_and_huge_coordinates_are_told_apart_or_left_to_the_exact_predicate(
    seed: int, scale: float, away: float
) -> None:
    chance = np.random.default_rng(seed)
    cells = voronoi(chance.uniform(-1.0, 1.0, (8, 2)))
    agree([shapely.transform(cell, lambda xy: (xy + away) * scale) for cell in cells], seed, most_open=1.0)


@few
@given(seeds, st.integers(1, 9), st.integers(1, 9))
def test_squares_whose_borders_run_along_the_raster_leave_nothing_open(seed: int, wide: int, high: int) -> None:
    boxes = [shapely.box(x, y, x + 1, y + 1) for x in range(wide) for y in range(high)]
    agree([shapely.transform(box, lambda xy: xy / 64 + (113.0, 22.5)) for box in boxes], seed, most_open=0.0)


def test_more_cells_than_a_square_can_name_are_left_to_the_exact_predicate() -> None:
    turns = np.linspace(0.0, 2.0 * np.pi, 31)[:-1]
    rim = np.column_stack((np.cos(turns), np.sin(turns)))
    wedges = [shapely.Polygon([(0, 0), one, other]) for one, other in zip(rim, np.roll(rim, 1, axis=0), strict=True)]
    agree(wedges, 1, most_open=1.0)
    assert Raster.of(np.array(wedges, dtype=object), np.arange(30)).at(0.0, 0.0) == ASK


def test_an_outline_that_is_nowhere_finite_has_no_raster_and_is_found_by_the_exact_predicate() -> None:
    good = shapely.box(113.0, 22.5, 113.1, 22.6)
    endless = shapely.Polygon([(113.0, 22.0), (np.inf, 22.0), (113.1, 22.1)])
    assert Raster.of(np.array([good, endless], dtype=object), np.arange(2)) is None
    index = CellIndex(frame_of([good, endless]))
    index.warm()
    assert list(index.locate([113.05, 113.0], [22.55, 22.5])) == [0, 0]


@pytest.mark.parametrize("flat", [(113.0, 22.5, 113.0, 22.6), (113.0, 22.5, 113.0, 22.5), (113.0, 22.5, 113.1, 22.5)])
def test_a_cell_without_breadth_has_no_raster_and_is_found_by_the_exact_predicate(flat: tuple[float, ...]) -> None:
    line = shapely.box(*flat)
    assert Raster.of(np.array([line], dtype=object), np.arange(1)) is None
    index = CellIndex(frame_of([line]))
    index.warm()
    points = np.array([flat[:2], flat[2:], (113.05, 22.55), (113.2, 22.55)])
    assert list(index.locate(*points.T)) == list(judged([line], (points[:, 0], points[:, 1])))


def test_nothing_has_no_raster() -> None:
    assert Raster.of(np.empty(0, dtype=object), np.empty(0, dtype=np.intp)) is None


def test_many_points_are_answered_as_few_are_whatever_threads_ask(city: City) -> None:
    cells = city("b d d\na . c\na e c")
    chance = np.random.default_rng(7)
    lon, lat = chance.uniform(112.99, 113.04, MANY), chance.uniform(22.49, 22.54, MANY)
    lon[::7], lat[::5] = 113.0 + chance.integers(0, 4, len(lon[::7])) / 128, 22.5 + 1 / 128
    few_at_once, many_at_once = CellIndex(cells), CellIndex(cells)
    expected = np.concatenate(
        [few_at_once.locate(lon[at : at + 9999], lat[at : at + 9999]) for at in range(0, len(lon), 9999)]
    )
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: many_at_once.locate(lon, lat), range(8)):
            assert (found == expected).all()


def test_points_in_columns_that_are_read_only_or_spaced_out_are_found_too(city: City) -> None:
    index = CellIndex(city("a b"))
    index.warm()
    table = np.array([[113.001, 22.501], [113.01, 22.501], [114.0, 22.501]])
    table.setflags(write=False)
    assert list(index.locate(table[:, 0], table[:, 1])) == [0, 1, -1]
    assert list(index.locate(list(table[:, 0]), list(table[:, 1]))) == [0, 1, -1]


def test_rows_are_positions_in_the_frame_that_was_given(city: City) -> None:
    index = CellIndex(city("c b a").iloc[[1, 2, 0]])
    index.warm()
    lon, lat = [113.001, 113.01, 113.02, 113.0 + 1 / 128], [22.501] * 4
    rows = list(index.locate(lon, lat))
    assert list(index.codes[rows]) == ["c", "b", "a", "b"]
    assert rows == [int(index.locate(x, y)[0]) for x, y in zip(lon, lat, strict=True)]


def truly(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    ax, ay, bx, by, px, py = map(Fraction, (ax, ay, bx, by, px, py))
    turn = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return LEFT if turn > 0 else RIGHT if turn < 0 else ON


numbers = st.floats(-1e100, 1e100)


@given(numbers, numbers, numbers, numbers, numbers, numbers)
@example(0.0, 0.0, 1e-200, 1e-200, 1e-300, 1e-300)
@example(0.0, 0.0, 5e-324, 5e-324, 0.0, 5e-324)
@example(1e100, -1e100, -1e100, 1e100, 1e100, 1e100)
def test_a_side_that_is_told_is_the_true_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> None:
    assert side(ax, ay, bx, by, px, py) in (UNSURE, truly(ax, ay, bx, by, px, py))


steps = st.integers(-3, 3)


@given(st.floats(113.0, 114.0), st.floats(22.0, 23.0), st.floats(113.0, 114.0), st.floats(22.0, 23.0), steps, steps)
def test_near_an_edge_of_a_map_the_side_is_never_left_open(
    ax: float, ay: float, bx: float, by: float, east: int, north: int
) -> None:
    px = (ax + bx) / 2 + east * np.spacing(113.5)
    py = (ay + by) / 2 + north * np.spacing(22.5)
    assert side(ax, ay, bx, by, px, py) == truly(ax, ay, bx, by, px, py)


@given(st.integers(1, 2**26), st.integers(1, 2**26), st.integers(1, 2**26), st.integers(-2, 2))
def test_products_that_differ_in_their_last_bits_are_told_apart(x: int, y: int, times: int, bits: int) -> None:
    assume(x * times < 2**53 and y * times < 2**53)
    found = side(0.0, 0.0, float(x * times + bits), float(y * times), float(x), float(y))
    assert found in (UNSURE, truly(0, 0, x * times + bits, y * times, x, y))


def test_a_kernel_that_no_folder_can_keep_is_compiled_all_the_same() -> None:
    def double(number: int) -> int:
        return 2 * number

    homeless = FunctionType(double.__code__.replace(co_filename="<nowhere>"), {"__name__": "nowhere"})
    assert compiled(homeless)(21) == 42
