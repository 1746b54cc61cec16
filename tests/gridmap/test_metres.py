"""Metres: areas and lengths of lon/lat shapes against PROJ's own."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.metres import areas, lengths, widths

CYLINDER = pyproj.Transformer.from_crs("EPSG:4326", "+proj=cea +ellps=WGS84", always_xy=True)
WORLD = pyproj.Geod(ellps="WGS84")


def crooked(seed: int) -> shapely.Polygon:
    """Draw a star of straight lon/lat edges somewhere between 60° south and 60° north."""
    chance = np.random.default_rng(seed)
    angle, reach = np.sort(chance.uniform(0, 2 * np.pi, 9)), chance.uniform(0.001, 0.05, 9)
    middle = chance.uniform((-170, -60), (170, 60))
    return shapely.Polygon(middle + np.column_stack((np.cos(angle) * reach, np.sin(angle) * reach))).buffer(0)


@given(st.integers(0, 100_000))
def test_areas_are_those_of_the_equal_area_cylinder_with_many_vertices(seed: int) -> None:
    shape = crooked(seed)
    dense = shapely.transform(shapely.segmentize(shape, 1e-5), CYLINDER.transform, interleaved=False)
    assert areas(np.array([shape], dtype=object))[0] == pytest.approx(dense.area, rel=1e-7)


@given(st.integers(0, 100_000), st.floats(0.1, 0.9))
def test_the_parts_of_a_cut_shape_sum_to_the_shape(seed: int, where: float) -> None:
    shape = crooked(seed)
    west, south, east, north = shape.bounds
    knife = shapely.Polygon(
        [(west - 1, south - 1), (west + where * (east - west), south - 1), (east, north), (west - 1, north)]
    )
    parts = areas(np.array([shape & knife, shape - knife], dtype=object))
    assert parts.sum() == pytest.approx(areas(np.array([shape], dtype=object))[0], rel=1e-10)


def test_holes_parts_and_missing_shapes_count_as_they_should() -> None:
    outer, inner, apart = (
        shapely.box(113, 22, 113.3, 22.3),
        shapely.box(113.1, 22.1, 113.2, 22.2),
        shapely.box(114, 22, 115, 23),
    )
    both = shapely.MultiPolygon([outer - inner, apart])
    shapes = np.array([outer, inner, apart, None, both, shapely.Polygon(), shapely.Point(1, 1)], dtype=object)
    found = areas(shapes)
    assert found[4] == pytest.approx(found[0] - found[1] + found[2], rel=1e-12)
    assert list(found[[3, 5, 6]]) == [0.0, 0.0, 0.0]
    assert len(areas(np.empty(0, dtype=object))) == 0


def test_the_earth_is_as_large_as_it_is() -> None:
    bands = np.array([shapely.box(0, lat, 90, lat + 1) for lat in range(-90, 90)], dtype=object)
    assert 4 * areas(bands).sum() == pytest.approx(510_065_621_724_089, rel=1e-9)


@given(st.floats(-70.0, 70.0), st.floats(0.0, 6.28), st.floats(1e-5, 0.05))
def test_lengths_are_right_to_one_in_a_hundred(lat: float, angle: float, reach: float) -> None:
    line = shapely.LineString([(10.0, lat), (10.0 + reach * np.cos(angle), lat + reach * np.sin(angle))])
    assert lengths(np.array([line], dtype=object))[0] == pytest.approx(WORLD.geometry_length(line), rel=0.01)


def test_the_width_of_a_square_is_its_side_and_of_nothing_nothing() -> None:
    shapes = np.array([shapely.box(0, 0, 0.001, 0.001), shapely.Polygon(), None], dtype=object)
    assert widths(shapes) == pytest.approx([111.3, 0.0, 0.0], rel=0.01)
