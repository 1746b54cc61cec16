"""Simplifying: shared borders stay shared, nothing vanishes, and a tangled layer is left as it is."""

import numpy as np
import pytest
import shapely

from gridmap.simplifying import simplified


def wound(west: float) -> shapely.Polygon:
    """Draw a square whose eastern and western borders wind in the same way."""
    steps = np.linspace(0, 1, 200)
    wave = 0.01 * np.sin(steps * 60)
    east = np.column_stack((west + 1 + wave, steps))
    return shapely.Polygon([*np.column_stack((west + wave, steps)), *east[::-1]])


def test_neighbours_that_share_a_border_share_the_simpler_one() -> None:
    before = np.array([wound(0.0), wound(1.0)], dtype=object)
    after = simplified(before, 0.05)
    assert shapely.get_num_coordinates(after).sum() < 0.5 * shapely.get_num_coordinates(before).sum()
    assert shapely.area(shapely.union_all(after)) == pytest.approx(shapely.area(after).sum())
    assert len(shapely.get_parts(shapely.union_all(after))) == 1


def test_a_cell_smaller_than_the_tolerance_stays() -> None:
    shapes = np.array([shapely.box(0, 0, 0.001, 0.001), shapely.Point(3, 3)], dtype=object)
    after = simplified(shapes, 10.0)
    assert not shapely.is_empty(after).any()
    assert shapely.equals(after[1], shapely.Point(3, 3))


def test_points_alone_are_given_back() -> None:
    shapes = np.array([shapely.Point(1, 2)], dtype=object)
    assert simplified(shapes, 1.0) is shapes
