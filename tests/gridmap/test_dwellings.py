"""Dwellings: every household of every address is counted once, where it stands, whatever else is drawn."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.locate import CellIndex
from gridmap.overlay import pieces


def cells(**boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(boxes)}, geometry=[shapely.box(*box) for box in boxes.values()], crs=4326)


GRIDS = cells(G1=(0, 0, 4, 4), G2=(4, 0, 8, 4), G3=(8, 0, 12, 4)).assign(households=[100, 100, 100])
DISTRICTS = cells(A=(0, 0, 5, 4), B=(5, 0, 10, 4))


def dwellings(*points: tuple[float, float, int]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"households": [number for _, _, number in points]},
        geometry=[shapely.Point(x, y) for x, y, _ in points],
        crs=4326,
    )


def counted(points: gpd.GeoDataFrame, **options: object) -> dict[tuple[str, str], tuple[int, str]]:
    frame = pieces(GRIDS, DISTRICTS, sliver=0.0, dwellings=points, **options)  # type: ignore[arg-type]
    return {
        (grid, district): (int(number), weight)
        for grid, district, number, weight in zip(
            frame["grid"], frame["district"], frame["households"], frame["weight"], strict=True
        )
    }


def test_a_tower_in_a_corner_outweighs_the_empty_rest_of_its_grid() -> None:
    found = counted(dwellings((4.1, 1, 90), (7, 1, 10)))
    assert found["G2", "A"] == (90, "addresses")
    assert found["G2", "B"] == (10, "addresses")


def test_a_grid_without_addresses_keeps_its_own_households_by_area() -> None:
    assert counted(dwellings((1, 1, 7)))["G2", "A"] == (25, "households")


def test_where_grids_have_no_households_a_grid_without_addresses_is_empty() -> None:
    frame = pieces(GRIDS.drop(columns="households"), DISTRICTS, dwellings=dwellings((1, 1, 7)))
    assert set(frame["weight"]) == {"addresses"}
    assert frame["households"].sum() == 7


def test_a_point_of_a_grid_beyond_every_district_counts_in_the_nearest_piece_of_that_grid() -> None:
    assert counted(dwellings((11, 1, 8)))["G3", "B"] == (8, "addresses")


@pytest.mark.parametrize(("grid", "expected"), [("G1", 6), ("", 100)])
def test_a_point_outside_every_grid_counts_where_it_says(grid: str, expected: int) -> None:
    points = dwellings((-1, 1, 6)).assign(grid=grid)
    assert counted(points)["G1", "A"][0] == expected


def test_a_small_part_with_most_of_the_households_is_no_sliver_and_a_large_empty_one_is() -> None:
    grids = cells(G1=(0, 0, 10, 4), G2=(0, 4, 10, 8)).assign(households=[100, 100])
    districts = cells(A=(0, 0, 0.1, 8), B=(0.1, 0, 10, 8))
    frame = pieces(grids, districts, dwellings=dwellings((0.05, 1, 99), (5, 5, 50), (0.05, 5, 50)))
    joined = {
        (grid, district): through
        for grid, district, through in zip(frame["grid"], frame["district"], frame["joined"], strict=True)
    }
    assert joined["G1", "A"] is None
    weights = frame.set_index(["grid", "district"])["households"]
    assert weights["G1", "A"] == 99


POINTS = st.lists(st.tuples(st.integers(0, 48), st.integers(0, 16), st.integers(0, 30)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(POINTS)
def test_households_are_counted_once_each_and_where_locate_answers(spots: list[tuple[int, int, int]]) -> None:
    points = dwellings(*((x / 4, y / 4, number) for x, y, number in spots))
    found = counted(points)
    lon, lat = shapely.get_x(points.geometry.to_numpy()), shapely.get_y(points.geometry.to_numpy())
    grid = GRIDS["code"].to_numpy()[CellIndex(GRIDS).locate(lon, lat)]
    for code in GRIDS["code"]:
        whole = int(points["households"].to_numpy()[grid == code].sum())
        here = sum(number for (own, _), (number, weight) in found.items() if own == code and weight == "addresses")
        assert here == whole or (whole == 0 and here == 0)
    row = CellIndex(DISTRICTS).locate(lon, lat)
    inside = row >= 0
    district = np.append(DISTRICTS["code"].to_numpy(), "")[row]
    pair = [(g, d) for g, d, ok in zip(grid, district, inside, strict=True) if ok]
    for key in set(pair) & {("G1", "A"), ("G2", "A"), ("G2", "B")}:  # G3's piece counts the rest of its grid too
        whole = sum(number for (_, _, number), g, d in zip(spots, grid, district, strict=True) if (g, d) == key)
        assert found[key][0] == whole or found[key][1] == "households"
