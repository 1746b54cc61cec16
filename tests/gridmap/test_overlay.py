"""Overlay: shares on the ground, pieces that add up, slivers that answer through a neighbour."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.locate import CellIndex
from gridmap.metres import areas
from gridmap.overlay import assign_units, pieces, shares, uncovered

City = Callable[..., gpd.GeoDataFrame]
SIDE = 1 / 128


def table(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def crooked(seed: int, count: int, prefix: str) -> gpd.GeoDataFrame:
    """Draw a layer that covers a county without gap or overlap: Voronoi cells clipped to its square."""
    chance = np.random.default_rng(seed)
    county = shapely.box(113.0, 22.5, 113.1, 22.6)
    centres = shapely.multipoints(chance.uniform((113.0, 22.5), (113.1, 22.6), (count, 2)))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=county)), county)
    codes = [f"{prefix}{number:02d}" for number in range(count)]
    return gpd.GeoDataFrame({"code": codes, "households": chance.integers(0, 900, count)}, geometry=cells, crs=4326)


def test_shares_are_those_of_the_ground(city: City) -> None:
    found = shares(city("a a b b"), city("X Y Y Y"))
    assert table(found, "unit", "district") == [("a", "X"), ("a", "Y"), ("b", "Y")]
    assert found["share"].to_numpy() == pytest.approx([0.5, 0.5, 1.0], rel=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_shares_equal_those_of_geopandas_overlay(seed: int) -> None:
    grids, districts = crooked(seed, 12, "g"), crooked(seed + 1, 5, "d")
    cut = gpd.overlay(grids, districts, keep_geom_type=True)
    area = pd.Series(areas(np.asarray(grids.geometry.array, dtype=object)), index=grids["code"])
    cut["share"] = areas(np.asarray(cut.geometry.array, dtype=object)) / area[cut["code_1"]].to_numpy()
    expected = cut[cut["share"] > 1e-7].set_index(["code_1", "code_2"])["share"].sort_index()
    found = shares(grids, districts).set_index(["unit", "district"])["share"]
    found = found[found > 1e-7]
    assert list(found.index) == list(expected.index)
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_where_districts_overlap_the_lower_code_has_the_ground(city: City) -> None:
    districts = pd.concat([city("Y Y Y"), city(". X")], ignore_index=True)
    assert table(shares(city("a a a"), districts).round(9), "district", "share") == [
        ("X", 0.333333333),
        ("Y", 0.666666667),
    ]
    assert table(pieces(city("a b c"), districts), "grid", "district") == [("b", "X"), ("a", "Y"), ("c", "Y")]


def test_a_district_that_lies_wholly_under_a_lower_one_gets_nothing(city: City) -> None:
    districts = pd.concat([city("Y Y"), city("X X")], ignore_index=True)
    assert set(pieces(city("a b"), districts)["district"]) == {"X"}


def test_equal_halves_go_to_the_lower_code_wherever_they_lie(city: City) -> None:
    for drawing in ("X X Y Y", "Y Y X X"):
        for west in (111.0, 113.0, 116.75):
            assert dict(assign_units(city(". a a", west=west), city(drawing, west=west))) == {"a": "X"}


def test_a_little_more_ground_beats_the_lower_code(city: City) -> None:
    districts = city("X Y")
    inch = shapely.box(113.0, 22.5, 113.0 + SIDE - 1e-7, 22.5 + SIDE)
    rest = shapely.difference(shapely.union_all(districts.geometry.array), inch)
    districts.geometry = [inch, rest]
    assert dict(assign_units(city("a a"), districts)) == {"a": "Y"}


def test_units_are_assigned_by_code_and_none_outside(city: City) -> None:
    found = assign_units(city("c b a"), city("X . Y"))
    assert list(found.items()) == [("a", "Y"), ("b", None), ("c", "X")]


def test_pieces_of_a_grid_sum_to_its_households(city: City) -> None:
    found = pieces(city("a a a b", {"a": 10, "b": 5}), city("X Y Z Z"))
    assert table(found, "grid", "district", "households") == [
        ("a", "X", 4),
        ("a", "Y", 3),
        ("a", "Z", 3),
        ("b", "Z", 5),
    ]
    assert set(found["weight"]) == {"households"}
    assert found["share"].groupby(found["grid"]).sum().to_numpy() == pytest.approx([1.0, 1.0], rel=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.3]))
@settings(max_examples=20, deadline=None)
def test_nobody_is_lost_and_nobody_changes_district(seed: int, sliver: float) -> None:
    grids, districts = crooked(seed, 12, "g"), crooked(seed + 1, 5, "d")
    apart = pieces(grids, districts, sliver=0.0)
    found = pieces(grids, districts, sliver=sliver)
    assert dict(apart.groupby("grid")["households"].sum()) == dict(zip(grids["code"], grids["households"], strict=True))
    pd.testing.assert_series_equal(
        found.groupby("district")["households"].sum(), apart.groupby("district")["households"].sum()
    )
    joined = found[found["joined"].notna()]
    assert (joined["households"] == 0).all()
    assert (joined["share"] < sliver).all()
    full = found[found["joined"].isna()].set_index(["grid", "district"])
    for row in joined.itertuples():
        assert (row.joined, row.district) in full.index
        assert full.loc[(row.joined, row.district), "share"] >= sliver


@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_pieces_do_not_depend_on_the_order_of_the_rows(seed: int, chance: object) -> None:
    grids, districts = crooked(seed, 10, "g"), crooked(seed + 1, 4, "d")
    shuffled = pieces(grids.sample(frac=1, random_state=seed), districts.iloc[::-1], sliver=0.1)
    pd.testing.assert_frame_equal(
        pd.DataFrame(shuffled.to_wkb()), pd.DataFrame(pieces(grids, districts, sliver=0.1).to_wkb())
    )


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_every_point_lies_in_the_piece_of_its_grid_and_its_district(seed: int) -> None:
    grids, districts = crooked(seed, 12, "g"), crooked(seed + 1, 5, "d")
    found = pieces(grids, districts)
    lon, lat = np.random.default_rng(seed).uniform((113.0, 22.5), (113.1, 22.6), (200, 2)).T
    grid = grids["code"].to_numpy()[CellIndex(grids).locate(lon, lat)]
    district = districts["code"].to_numpy()[CellIndex(districts).locate(lon, lat)]
    named = found.assign(code=found["grid"] + "/" + found["district"])
    piece = named["code"].to_numpy()[CellIndex(named).locate(lon, lat)]
    assert list(piece) == [f"{g}/{d}" for g, d in zip(grid, district, strict=True)]


def test_a_province_is_cut_on_every_core_to_the_same_pieces() -> None:
    grids, districts = crooked(7, 3000, "g"), crooked(8, 1000, "d")
    area = areas(np.asarray(grids.geometry.array, dtype=object))
    found = shares(grids, districts)
    assert len(found) > 8192
    whole = found.groupby("unit")["share"].sum()
    assert whole.to_numpy() == pytest.approx(np.ones(len(grids)), rel=1e-9)
    assert uncovered(grids, districts).empty
    assert pieces(grids, districts)["households"].sum() == grids["households"].sum()
    assert areas(np.asarray(pieces(grids, districts).geometry.array, dtype=object)).sum() == pytest.approx(
        area.sum(), rel=1e-9
    )


def test_equal_remainders_go_to_the_lower_district(city: City) -> None:
    found = pieces(city("a a", {"a": 1}), city("Y X"))
    assert table(found, "district", "households") == [("X", 1), ("Y", 0)]


def test_without_households_the_load_is_the_area_in_ares(city: City) -> None:
    found = pieces(city("a a"), city("X Y"))
    whole = areas(np.asarray(city("a a").geometry.array, dtype=object))[0] / 100.0
    assert set(found["weight"]) == {"area"}
    assert found["households"].sum() == round(whole) == 13909
    assert table(found, "district", "households") == [("X", 6955), ("Y", 6954)]


def test_one_grid_without_households_turns_the_whole_layer_to_area(city: City) -> None:
    grids = city("a b").assign(households=[3, None])
    assert set(pieces(grids, city("X X"))["weight"]) == {"area"}
    with pytest.raises(ValueError, match="missing or negative for b"):
        pieces(grids, city("X X"), weight="households")


def test_another_column_weighs_when_it_is_asked_for(city: City) -> None:
    grids = city("a a b", {"a": 10, "b": 5}).assign(voters=[20, 9])
    found = pieces(grids, city("X Y Y"), weight="voters")
    assert table(found, "grid", "district", "households", "weight") == [
        ("a", "X", 10, "voters"),
        ("a", "Y", 10, "voters"),
        ("b", "Y", 9, "voters"),
    ]


@pytest.mark.parametrize("bad", [-1, 2.5, "viele", float("inf")])
def test_households_that_are_no_counts_are_refused(city: City, bad: object) -> None:
    grids = city("a b").assign(households=pd.Series([3, bad], dtype=object))
    with pytest.raises(ValueError, match="households"):
        pieces(grids, city("X X"))


def test_a_sliver_answers_through_its_longest_border_in_the_same_district(city: City) -> None:
    grids = city("b b b b b c c c c c\na a a a a c c c c c", {"a": 100, "b": 100, "c": 100})
    districts = city("Y Y Y Y Y Y Y Y Y Y\nX X X X X Y Y Y Y Y")
    strip = shapely.box(113.0, 22.5 + SIDE * 0.9, 113.0 + SIDE * 5, 22.5 + SIDE)
    lower, upper = districts.set_index("code").geometry[["X", "Y"]]
    districts = gpd.GeoDataFrame({"code": ["X", "Y"]}, geometry=[lower.difference(strip), upper.union(strip)], crs=4326)
    found = pieces(grids, districts, sliver=0.15)
    assert table(found, "grid", "district", "households", "joined") == [
        ("a", "X", 90, None),
        ("a", "Y", 0, "b"),
        ("b", "Y", 110, None),
        ("c", "Y", 100, None),
    ]


def test_equal_borders_take_the_lower_grid(city: City) -> None:
    grids = city("c s s s s b", {"b": 10, "c": 10, "s": 100})
    districts = city("Y X X X X Y")
    north = shapely.box(113.0, 22.5 + SIDE * 0.95, 113.0 + SIDE * 6, 22.5 + SIDE)
    districts.geometry = [
        shapely.union(districts.geometry[0], north),
        shapely.difference(districts.geometry[1], north),
    ]
    found = pieces(grids, districts, sliver=0.1)
    assert ("s", "Y", 0, "b") in table(found, "grid", "district", "households", "joined")


def test_a_sliver_beyond_another_answers_through_it(city: City) -> None:
    grids = city("a b c", {"a": 100, "b": 100, "c": 100})
    strip = shapely.box(113.0, 22.5, 113.0 + SIDE * 2, 22.5 + SIDE * 0.01)
    own = shapely.union(strip, city(". . c").geometry[0])
    districts = gpd.GeoDataFrame(
        {"code": ["X", "Y"]}, geometry=[shapely.difference(shapely.union_all(grids.geometry.array), own), own], crs=4326
    )
    found = pieces(grids, districts)
    assert table(found, "grid", "district", "households", "joined") == [
        ("a", "X", 99, None),
        ("b", "X", 99, None),
        ("a", "Y", 0, "c"),
        ("b", "Y", 0, "c"),
        ("c", "Y", 102, None),
    ]


def test_a_sliver_with_no_full_neighbour_of_its_district_stays_a_piece(city: City) -> None:
    grids = city("a b", {"a": 100, "b": 100})
    tiny = shapely.box(113.0 + SIDE * 0.99, 22.5, 113.0 + SIDE * 1.01, 22.5 + SIDE)
    districts = city("Y Y")
    districts = gpd.GeoDataFrame(
        {"code": ["X", "Y"]}, geometry=[tiny, districts.geometry[0].difference(tiny)], crs=4326
    )
    found = pieces(grids, districts)
    assert table(found, "grid", "district", "households", "joined") == [
        ("a", "X", 1, None),
        ("b", "X", 1, None),
        ("a", "Y", 99, None),
        ("b", "Y", 99, None),
    ]


def test_a_corner_is_no_border_to_answer_through(city: City) -> None:
    grids = city("a b", {"a": 100, "b": 100})
    corner = shapely.box(113.0 + SIDE * 0.9, 22.5 + SIDE * 0.9, 113.0 + SIDE, 22.5 + SIDE)
    beyond = shapely.box(113.0 + SIDE, 22.5, 113.0 + SIDE * 2, 22.5 + SIDE * 0.9)
    own = shapely.union_all([corner, beyond])
    rest = shapely.difference(shapely.union_all(grids.geometry.array), own)
    districts = gpd.GeoDataFrame({"code": ["X", "Y"]}, geometry=[own, rest], crs=4326)
    found = pieces(grids, districts)
    assert ("a", "X", 1, None) in table(found, "grid", "district", "households", "joined")


def test_ground_outside_every_district_is_listed_and_its_households_stay_in_the_grid(city: City) -> None:
    grids, districts = city("a a b c", {"a": 10, "b": 5, "c": 7}), city("X . X .")
    assert table(uncovered(grids, districts).round(9), "grid", "share") == [("a", 0.5), ("c", 1.0)]
    found = pieces(grids, districts)
    assert table(found, "grid", "households", "share") == [("a", 10, 1.0), ("b", 5, 1.0)]
    assert shares(grids, districts)["share"].to_numpy() == pytest.approx([0.5, 1.0])


def test_overlapping_grids_are_cut_and_a_buried_one_keeps_its_households(city: City) -> None:
    grids = pd.concat([city("b b", {"b": 8}), city(". a a", {"a": 9})], ignore_index=True)
    found = pieces(grids, city("X X X"))
    assert not found.geometry[0].overlaps(found.geometry[1])
    buried = pd.concat([city("b b", {"b": 8}), city("a a", {"a": 9})], ignore_index=True)
    assert table(pieces(buried, city("X X")), "grid", "households") == [("a", 9), ("b", 8)]


def test_a_strip_that_only_rounding_drew_is_no_piece(city: City) -> None:
    districts = city("X Y")
    districts.geometry = [
        shapely.box(113.0, 22.5, 113.0 + SIDE + 1e-12, 22.5 + SIDE),
        shapely.box(113.0 + SIDE + 1e-12, 22.5, 113.0 + 2 * SIDE, 22.5 + SIDE),
    ]
    assert table(pieces(city("a b"), districts), "grid", "district") == [("a", "X"), ("b", "Y")]


def test_work_unit_districts_have_no_territory(city: City) -> None:
    districts = city("X X")
    districts.loc[1] = ["W", shapely.Point(113.001, 22.501)]
    assert set(pieces(city("a b"), districts)["district"]) == {"X"}


def test_frames_that_are_no_cells_are_refused_by_name(city: City) -> None:
    bow = gpd.GeoDataFrame({"code": ["bow"]}, geometry=[shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], crs=4326)
    with pytest.raises(ValueError, match="invalid, check the layer first: bow"):
        shares(bow, city("X"))
    with pytest.raises(ValueError, match="twice: a"):
        pieces(pd.concat([city("a"), city(". a")]), city("X X"))
    with pytest.raises(ValueError, match="no column `voters`"):
        shares(city("a"), city("X"), weight="voters")
    with pytest.raises(ValueError, match="longitude and latitude"):
        pieces(city("a").to_crs(32649), city("X"))


def test_nothing_cut_by_nothing_is_nothing(city: City) -> None:
    nothing = gpd.GeoDataFrame({"code": [], "households": []}, geometry=[], crs=4326)
    assert pieces(nothing, nothing).empty
    assert pieces(city("a", {"a": 3}), nothing).empty
    assert assign_units(city("a"), nothing)["a"] is None
    assert table(uncovered(city("a"), nothing), "grid", "share") == [("a", 1.0)]
