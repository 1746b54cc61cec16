"""The benchmarks compare answers, not only times: both sides of every row agree."""

import pytest

from benchmarks import locate, maps, overlay, place, tiles
from benchmarks.ground import grids, size_of


def test_a_county_is_located_as_its_peers_locate_it() -> None:
    rows = locate.run("county", count=3_000, repeats=1)
    assert [row["peer"] for row in rows[:3]] == ["geopandas.sjoin", "shapely STRtree", "shapely STRtree of points"]
    assert [row["work"] for row in rows[3:]] == ["draw the raster of 1,500 grids", "locate one point"]
    assert all(row["same"] for row in rows)


def test_a_county_is_cut_as_geopandas_cuts_it() -> None:
    rows = overlay.run("county", repeats=1)
    assert [(row["peer"], row["mismatches"]) for row in rows] == [("geopandas.overlay", 0)] * 2


def test_a_county_is_divided_as_trying_everything_and_as_cp_sat_divide_it() -> None:
    rows = place.run("county", repeats=1, sample=5)
    peers = [("enumeration", 0), ("CP-SAT in stages", 0), ("none", 0), ("none", 0)]
    assert [(row["peer"], row["mismatches"]) for row in rows] == peers


def test_the_ground_is_the_same_every_time_and_leaves_no_gap() -> None:
    once, again = grids(60), grids(60)
    assert once.equals(again)
    west, south, east, north = once.total_bounds
    assert once.geometry.union_all().area == pytest.approx((east - west) * (north - south), rel=1e-9)


def test_a_size_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="county, province, nation"):
        size_of("village")


def test_tiles_carry_the_cells_that_another_library_encodes() -> None:
    rows = tiles.run("county", compared=12, repeats=1)
    assert [row["peer"].split(" ")[0] for row in rows[:2]] == ["GDAL", "mapbox-vector-tile"]
    assert all(row["same"] for row in rows)


def test_every_grid_of_a_county_stands_on_its_map() -> None:
    rows = maps.run("county", repeats=1)
    assert [row["peer"].split(" ")[0] for row in rows] == ["folium.GeoJson"] * 3
    assert [row["mismatches"] for row in rows] == [0, 0, 0]
