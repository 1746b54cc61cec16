"""Reach: bands cover the ground once, and every distance is to the nearest station."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.metres import areas
from gridmap.reach import reach_bands, station_metres

City = Callable[..., gpd.GeoDataFrame]
GROUND = gpd.GeoDataFrame({"code": ["g"]}, geometry=[shapely.box(113.0, 22.5, 113.1, 22.6)], crs="EPSG:4326")


def stations(*spots: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(spot) for spot in spots], crs="EPSG:4326")


@given(
    spots=st.lists(st.tuples(st.floats(113.0, 113.1), st.floats(22.5, 22.6)), min_size=1, max_size=5),
    ends=st.lists(st.sampled_from([500, 1_000, 2_000, 5_000]), unique=True).map(sorted),
)
def test_bands_cover_the_ground_and_never_overlap(spots: list[tuple[float, float]], ends: list[int]) -> None:
    bands = reach_bands(stations(*spots), GROUND, ends)
    shapes = np.asarray(bands.geometry.array, dtype=object)
    assert areas(shapes).sum() == pytest.approx(areas(np.asarray(GROUND.geometry.array, dtype=object)).sum(), rel=1e-4)
    assert list(bands["low"]) == sorted(bands["low"])


def test_a_point_lies_in_the_band_of_its_distance() -> None:
    bands = reach_bands(stations((113.05, 22.55)), GROUND, [1_000, 2_000])
    spot = shapely.Point(113.05 + 1_500 / 102_800, 22.55)
    assert bands.loc[bands.contains(spot), ["low", "high"]].to_numpy().tolist() == [[1_000.0, 2_000.0]]


def test_a_band_without_ground_is_left_out() -> None:
    assert list(reach_bands(stations((113.05, 22.55)), GROUND, [50_000])["high"]) == [50_000.0]


def test_cells_are_measured_to_the_nearest_station(city: City) -> None:
    cells = city("a b c d")
    metres = station_metres(cells, stations((113.0 + 1 / 256, 22.5 + 1 / 256), (113.0 + 5 / 256, 22.5 + 1 / 256)))
    assert metres == pytest.approx([0.0, 803.0, 0.0, 803.0], abs=2.0)


def test_without_a_station_everything_is_infinitely_far(city: City) -> None:
    cells = city("a b")
    assert np.isinf(station_metres(cells, stations())).all()
    bands = reach_bands(stations(), cells, [1_000])
    assert bands["high"].tolist() == [np.inf]
