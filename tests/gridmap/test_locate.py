"""Locate: every point against geopandas' own join, borders to the lower code, and distances on the ground."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.locate import CellIndex

City = Callable[..., gpd.GeoDataFrame]
SIDE = 1 / 128
WEST, SOUTH = 113.0, 22.5


def at(east: float, north: float) -> tuple[float, float]:
    """Give the lon/lat of a place counted in squares from the south-west corner."""
    return WEST + east * SIDE, SOUTH + north * SIDE


def by_join(cells: gpd.GeoDataFrame, lon: np.ndarray, lat: np.ndarray) -> list[int]:
    """Locate with geopandas.sjoin: of all the cells that intersect a point, the row with the lower code."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    rows = cells.reset_index(drop=True).reset_index(names="row")[["row", "code", "geometry"]]
    joined = gpd.sjoin(points, rows, predicate="intersects")
    joined = joined.sort_values(["code", "row"]).groupby(level=0)["row"].first()
    return [int(row) for row in joined.reindex(range(len(points)), fill_value=-1)]


def telling_points(cells: gpd.GeoDataFrame, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose points at random, on vertices, on the middles of edges, a last bit beside both, and far away."""
    chance = np.random.default_rng(seed)
    west, south, east, north = cells.total_bounds
    anywhere = chance.uniform((west - 0.01, south - 0.01), (east + 0.01, north + 0.01), (400, 2))
    vertices = shapely.get_coordinates(cells.geometry.array)
    middles = (vertices[:-1] + vertices[1:]) / 2
    special = np.concatenate((vertices, middles))
    beside = np.nextafter(special, chance.choice([-np.inf, np.inf], special.shape))
    every = np.concatenate((anywhere, special, beside, [[0.0, 0.0], [-179.0, 89.0]]))
    return every[:, 0], every[:, 1]


def test_corners_and_borders_belong_to_the_lower_code(city: City) -> None:
    index = CellIndex(city("b d\na c"))
    lon, lat = np.transpose([at(1, 1), at(1, 0.5), at(0.5, 1), at(1, 1.5), at(1.5, 1), at(0, 0), at(2, 2)])
    assert [index.codes[row] for row in index.locate(lon, lat)] == ["a", "a", "a", "b", "c", "a", "d"]


def test_the_lower_code_is_lower_as_text_whatever_the_order_of_the_rows(city: City) -> None:
    cells = city("9 10")
    for order in ([0, 1], [1, 0]):
        index = CellIndex(cells.iloc[order])
        assert index.codes[index.locate(*at(1, 0.5))[0]] == "10"


def test_outside_is_nowhere_and_so_is_what_is_not_finite(city: City) -> None:
    index = CellIndex(city("a . c"))
    lon, lat = np.transpose([at(1.5, 0.5), at(-0.001, 0.5), (np.nan, 22.5), (113.0, np.inf), (-np.inf, np.nan)])
    assert list(index.locate(lon, lat)) == [-1] * 5
    assert list(index.nearest(lon, lat)[0]) == [0, 0, -1, -1, -1]
    assert np.isnan(index.nearest(lon, lat)[1][2:]).all()
    assert np.isnan(index.border_metres(lon, lat, [0, -1, 0, 0, 0])[1:]).all()
    assert len(index.near(lon[2:], lat[2:], 1e6)[0]) == 0


def test_in_an_overlap_the_lower_code_answers_and_both_are_told(city: City) -> None:
    cells = gpd.pd.concat([city("b b"), city(". a a")], ignore_index=True)
    index = CellIndex(cells)
    assert index.codes[index.locate(*at(1.5, 0.5))[0]] == "a"
    point, row = index.containing(*np.transpose([at(1.5, 0.5), at(0.5, 0.5), at(9, 9)]))
    assert list(zip(point, index.codes[row], strict=True)) == [(0, "a"), (0, "b"), (1, "b")]


@pytest.mark.parametrize("drawing", ["b d\na c", "b . d\na a c\ne f f", "a a a\na . a\na a a", "c b a"])
def test_every_telling_point_is_where_geopandas_finds_it(city: City, drawing: str) -> None:
    cells = city(drawing)
    lon, lat = telling_points(cells, seed=1)
    assert list(CellIndex(cells).locate(lon, lat)) == by_join(cells, lon, lat)


@given(st.integers(0, 10_000))
def test_crooked_overlapping_cells_with_gaps_agree_with_geopandas(seed: int) -> None:
    chance = np.random.default_rng(seed)
    centres = chance.uniform((113.0, 22.5), (113.05, 22.55), (6, 2))
    clouds = [shapely.MultiPoint(centre + chance.normal(0, 0.01, (5, 2))).convex_hull for centre in centres]
    holes = shapely.difference(clouds[0], shapely.buffer(shapely.centroid(clouds[0]), 0.002))
    cells = gpd.GeoDataFrame({"code": list("fbcade")}, geometry=[holes, *clouds[1:]], crs=4326)
    lon, lat = telling_points(cells, seed)
    assert list(CellIndex(cells).locate(lon, lat)) == by_join(cells, lon, lat)


def test_the_nearest_cell_is_the_nearest_on_the_ground_not_in_degrees(city: City) -> None:
    north = city("n", south=60.0 + SIDE, west=10.0)
    east = city("e", south=60.0 - SIDE / 2, west=10.0 + SIDE * 1.5)
    index = CellIndex(gpd.pd.concat([north, east], ignore_index=True))
    lon, lat = (
        10.0 + SIDE / 4,
        60.0,
    )  # one square below `n`, five quarters beside `e`: at 60° a degree of longitude is half
    row, metres = index.nearest(lon, lat)
    assert index.codes[row[0]] == "e"
    _, _, expected = pyproj.Geod(ellps="WGS84").inv(lon, lat, 10.0 + SIDE * 1.5, lat)
    assert metres[0] == pytest.approx(expected, rel=1e-3)


def test_equally_near_cells_answer_by_the_lower_code(city: City) -> None:
    for drawing in ("a b", "b a"):
        index = CellIndex(city(drawing))
        row, metres = index.nearest(*at(1, 2))
        assert index.codes[row[0]] == "a"
        assert metres[0] == pytest.approx(865, rel=0.01)


def test_inside_the_nearest_cell_is_ones_own_at_no_distance(city: City) -> None:
    row, metres = CellIndex(city("b a")).nearest(*at(1, 0.5))
    assert (row[0], metres[0]) == (1, 0.0)


def test_the_border_is_at_zero_metres_only_on_the_border(city: City) -> None:
    index = CellIndex(city("a b", side=1 / 8))  # edges of 13 km, whose middles would stray in a projection
    lon, lat = np.transpose(
        [(113.0625, 22.5), (113.0625, np.nextafter(22.5, 23)), (113.0625, 22.5625), (113.125, 22.6)]
    )
    metres = index.border_metres(lon, lat, [0, 0, 0, 1])
    assert metres[0] == 0.0
    assert 0.0 < metres[1] < 0.05
    assert metres[2] == pytest.approx(6430, rel=0.01)
    assert metres[3] == 0.0


def test_on_the_border_is_where_the_border_is_at_no_distance(city: City) -> None:
    index = CellIndex(city("a b\nc c"))
    x, y = (
        grid.ravel() for grid in np.meshgrid(WEST + np.arange(-1, 6) * SIDE / 2, SOUTH + np.arange(-1, 6) * SIDE / 2)
    )
    rows = index.locate(x, y)
    assert index.on_border(x, y, rows).tolist() == (index.border_metres(x, y, rows) == 0.0).tolist()
    assert index.on_border([np.nan], [SOUTH], [0]).tolist() == [False]
    assert index.on_border([WEST - SIDE], [SOUTH], [0]).tolist() == [False]


def test_points_and_rows_come_in_equal_numbers(city: City) -> None:
    index = CellIndex(city("a b"))
    with pytest.raises(ValueError, match="2 points need as many rows, not 1"):
        index.border_metres([113.0, 113.0], [22.5, 22.5], [0])
    with pytest.raises(ValueError, match="come in pairs"):
        index.locate([113.0, 113.0], [22.5])


def test_near_names_the_others_within_reach_nearest_first(city: City) -> None:
    index = CellIndex(city("b d\na c"))
    lon, lat = np.transpose([at(0.99, 0.98), at(0.5, 0.5), at(1, 0.5)])
    point, row, metres = index.near(lon, lat, within=30.0)
    assert list(zip(point, index.codes[row], strict=True)) == [(0, "c"), (0, "b"), (0, "d"), (2, "c")]
    assert metres[0] == pytest.approx(8.0, rel=0.01)
    assert metres[1] == pytest.approx(17.3, rel=0.01)
    assert metres[2] == pytest.approx(np.hypot(8.0, 17.3), rel=0.01)
    assert metres[3] == 0.0


def test_around_a_single_point_is_what_border_and_near_give_for_many(city: City) -> None:
    cells = city("a a b\nc d d\nc . e")
    index = CellIndex(cells)
    lon, lat = telling_points(cells, 5)
    rows = index.locate(lon, lat)
    borders = index.border_metres(lon, lat, rows)
    point, near, metres = index.near(lon, lat, 300.0)
    for number in np.flatnonzero(rows >= 0)[:120]:
        border, found, far = index.around(float(lon[number]), float(lat[number]), int(rows[number]), 300.0)
        assert border == pytest.approx(borders[number], abs=1e-6)
        assert (border == 0.0) == (borders[number] == 0.0)
        assert found.tolist() == near[point == number].tolist()
        assert far == pytest.approx(metres[point == number], abs=1e-6)


def test_a_point_asked_singly_is_answered_alike_however_often_one_asks(city: City) -> None:
    cells = city("a a b\nc d d\nc . e")
    lon, lat = telling_points(cells, 8)
    rows = CellIndex(cells).locate(lon, lat)
    often = CellIndex(cells)
    for _ in range(1 + 1_000 // len(rows)):
        assert [int(often.locate(x, y)[0]) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)] == rows.tolist()


def test_neighbours_touch_along_a_line_and_not_in_a_corner(city: City) -> None:
    index = CellIndex(city("b d\na c\na e"))
    rows, metres = index.neighbours(list(index.codes).index("a"))
    assert list(index.codes[rows]) == ["b", "c", "e"]
    assert metres == pytest.approx([803, 865, 865], rel=0.01)


def test_a_vertex_that_only_one_side_has_does_not_part_neighbours(city: City) -> None:
    cells = city("a b")
    bent = shapely.segmentize(cells.geometry.iloc[1], SIDE / 3)
    bent = shapely.set_precision(bent, 1e-7)
    cells.geometry = [cells.geometry.iloc[0], bent]
    _, metres = CellIndex(cells).neighbours(0)
    assert metres == pytest.approx([865], rel=0.01)


def test_rows_without_a_polygon_are_never_found_but_keep_their_number(city: City) -> None:
    cells = city("b a")
    cells.loc[2] = ["0", shapely.Point(*at(0.5, 0.5))]
    cells.loc[3] = ["1", None]
    index = CellIndex(cells.iloc[[3, 2, 0, 1]])
    assert list(index.locate(*np.transpose([at(0.5, 0.5), at(1.5, 0.5)]))) == [2, 3]
    assert len(index.neighbours(0)[0]) == 0
    assert list(index.codes) == ["1", "0", "b", "a"]


def test_an_index_of_nothing_finds_nothing() -> None:
    index = CellIndex(gpd.GeoDataFrame({"code": []}, geometry=[], crs=4326))
    assert list(index.locate(113.0, 22.5)) == [-1]
    assert list(index.nearest(113.0, 22.5)[0]) == [-1]
    assert len(index.near(113.0, 22.5, 10.0)[0]) == 0
    assert np.isnan(index.border_metres([113.0], [22.5], [-1])).all()


def test_places_that_no_projection_reaches_are_nowhere_near(city: City) -> None:
    index = CellIndex(city("a b"))
    lon = np.array([23.0, 1e6, 113.0, 113.0])
    lat = np.array([0.0, 1e6, 95.0, 1e300])
    rows, metres = index.nearest(lon, lat)
    assert list(rows) == [-1] * 4
    assert np.isnan(metres).all()
    assert np.isnan(index.border_metres(lon, lat, [0, 0, 0, 0])).all()
    assert len(index.near(lon, lat, 1e9)[0]) == 0


def test_no_points_give_no_rows(city: City) -> None:
    index = CellIndex(city("a"))
    assert len(index.locate([], [])) == 0
    assert len(index.nearest([], [])[0]) == 0
    assert len(index.border_metres([], [], [])) == 0


def test_cells_in_metres_are_refused(city: City) -> None:
    with pytest.raises(ValueError, match="longitude and latitude"):
        CellIndex(city("a").to_crs(32649))
    with pytest.raises(ValueError, match="column `code`"):
        CellIndex(city("a").drop(columns="code"))
