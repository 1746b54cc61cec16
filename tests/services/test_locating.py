"""Locating: the middle, the border, the corner and far away; one by one and many at once are the same answer."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.messages import say
from gridmap.datum import Datum, wgs84_to_gcj02
from services.activation import activate_generation
from services.atlas import Atlas, Atlases
from services.errors import BadRequestError, NotFoundError
from services.instance import change_setting
from services.locating import BATCH_COLUMNS, Located, batches, coordinate_columns, locate, locate_many

County = Any
WGS84, GCJ02 = Datum.parse("wgs84"), Datum.parse("gcj02")


def atlas_of(county: County, day: str = "2026-03-01") -> Atlas:
    return Atlases(county.store).on(dt.date.fromisoformat(day))


def found(county: County, x: float, y: float) -> Located:
    """Locate a spot counted in cells."""
    return locate(atlas_of(county), *county.at(x, y), WGS84)


def districts(answer: Located) -> dict[str, str]:
    return {piece.layer: piece.district.code for piece in answer.pieces}


def test_the_middle_of_a_grid_has_one_deputy_per_level_and_the_station_of_the_first(county: County) -> None:
    answer = found(county, 2, 1)
    assert (answer.grid.code, answer.village.code, answer.town.code) == ("G1", "440784001001", "440784001")
    assert districts(answer) == {"county": "X1", "town": "A1"}
    assert (answer.outside, answer.on_border, answer.near) == (False, False, ())
    assert 380 < answer.border_m < 450
    first = answer.responsible[0]
    assert (first.level, first.seat, first.lead, first.first) == ("town", "T1", True, True)
    assert {deputy.level for deputy in answer.responsible} == {"town", "county"}
    assert answer.gridworkers == (("乙一", "chief"), ("乙二", "worker"))
    assert (answer.station.code, answer.station.hours) == ("S1", "周四")
    assert answer.reason["key"] == "locate.inside"


def test_every_linked_deputy_is_of_the_district_under_the_point(county: County) -> None:
    for x in np.arange(0.5, 16):
        for y in np.arange(0.5, 8):
            answer = found(county, x, y)
            here = districts(answer)
            linked = [deputy for deputy in answer.responsible if deputy.basis == "district"]
            assert {deputy.level for deputy in linked} == {"county", "town"}
            assert all(deputy.district == here[deputy.layer] for deputy in linked)


def test_on_a_shared_border_the_lower_code_answers_and_the_answer_says_so(county: County) -> None:
    answer = found(county, 4, 2)
    assert (answer.grid.code, answer.on_border, answer.border_m, answer.outside) == ("G1", True, 0.0, False)
    assert [(near.code, near.metres) for near in answer.near] == [("G2", 0.0)]
    assert answer.reason["key"] == "locate.on_border"


def test_on_a_corner_of_four_grids_the_lowest_answers_and_the_others_are_near(county: County) -> None:
    answer = found(county, 8, 4)
    assert (answer.grid.code, answer.on_border) == ("G2", True)
    assert [near.code for near in answer.near] == ["G3", "G6", "G7"]
    assert districts(answer) == {"county": "X2", "town": "A2"}


def test_on_a_border_of_districts_each_layer_answers_by_its_own_lower_code(county: County) -> None:
    assert districts(found(county, 5, 2)) == {"county": "X1", "town": "A1"}
    assert districts(found(county, 2, 3)) == {"county": "X1", "town": "A1"}
    assert districts(found(county, 5, 3)) == {"county": "X1", "town": "A1"}


def test_the_outer_border_of_the_county_is_inside_and_on_the_border(county: County) -> None:
    answer = found(county, 0, 1)
    assert (answer.grid.code, answer.outside, answer.on_border) == ("G1", False, True)


def test_a_sliver_is_answered_for_through_its_neighbour(county: County) -> None:
    answer = found(county, 12.03, 2)
    piece = next(piece for piece in answer.pieces if piece.layer == "town")
    assert (answer.grid.code, piece.district.code, piece.answers_through) == ("G4", "B1", "G3")
    assert [deputy.seat for deputy in answer.responsible if deputy.layer == "town"] == ["T4"]


def test_a_border_whose_lower_grid_does_not_reach_the_district_is_answered_by_the_one_that_does(county: County) -> None:
    answer = found(county, 8, 2)
    assert (answer.grid.code, districts(answer)) == ("G2", {"county": "X2", "town": "A1"})
    assert [deputy.seat for deputy in answer.responsible if deputy.layer == "county"] == ["C3"]


def test_outside_but_near_the_nearest_grid_answers_with_its_distance(county: County) -> None:
    answer = found(county, -1, 1)
    assert (answer.outside, answer.grid.code, answer.on_border) == (True, "G1", False)
    assert 380 < answer.outside_m < 420
    assert districts(answer) == {"county": "X1", "town": "A1"}
    assert answer.responsible[0].seat == "T1"
    assert "米" in say(answer.reason["key"], "zh", **answer.reason["facts"])


def test_a_millimetre_outside_is_outside(county: County) -> None:
    answer = found(county, -2e-8, 1)
    assert (answer.outside, answer.on_border, answer.outside_m) == (True, False, 0.0)


def test_far_outside_is_not_found_and_the_reach_is_a_setting(county: County) -> None:
    with pytest.raises(NotFoundError, match="outside_reach"):
        found(county, -10, 1)
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "locate.reach_m", 5000)
    assert found(county, -10, 1).grid.code == "G1"


def test_how_near_a_border_neighbours_are_named_is_a_setting(county: County) -> None:
    assert [near.code for near in found(county, 3.95, 2).near] == ["G2"]
    assert found(county, 3.8, 2).near == ()
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "locate.near_m", 100)
    near = found(county, 3.8, 2).near
    assert [grid.code for grid in near] == ["G2"]
    assert 75 < near[0].metres < 85


def test_whom_to_call_first_is_a_setting(county: County) -> None:
    assert found(county, 2, 1).responsible[0].level == "town"
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "locate.first_contact", ["county", "town"])
    assert found(county, 2, 1).responsible[0].level == "county"


@pytest.mark.parametrize(
    ("lon", "lat", "why"),
    [
        (float("nan"), 22.5, "not_a_number"),
        (113.0, float("inf"), "not_a_number"),
        (1000.0, 22.5, "out_of_range"),
        (113.0, 91.0, "out_of_range"),
        (12579000.0, 2575000.0, "out_of_range"),
    ],
)
def test_what_cannot_be_a_coordinate_is_refused(swift: County, lon: float, lat: float, why: str) -> None:
    with pytest.raises(BadRequestError, match=why):
        locate(atlas_of(swift), lon, lat, WGS84)


@pytest.mark.parametrize("spot", [(-67.0, -22.5), (0.0, 0.0), (180.0, 90.0), (-180.0, -90.0), (113.0, -22.5)])
def test_the_other_side_of_the_earth_is_near_nobody(swift: County, spot: tuple[float, float]) -> None:
    with pytest.raises(NotFoundError):
        locate(atlas_of(swift), *spot, WGS84)


def test_a_coordinate_in_gcj02_is_the_same_spot(county: County) -> None:
    atlas = atlas_of(county)
    for x, y in ((2, 1), (6.5, 5.5), (15.5, 0.5), (-1, 1)):
        lon, lat = county.at(x, y)
        there = locate(atlas, lon, lat, WGS84)
        gcj = locate(atlas, *(float(number) for number in wgs84_to_gcj02(lon, lat)), GCJ02)
        assert (gcj.grid, gcj.pieces, gcj.outside) == (there.grid, there.pieces, there.outside)
        assert (abs(gcj.lon - there.lon) < 1e-7, abs(gcj.lat - there.lat) < 1e-7) == (True, True)
    assert locate(atlas, *county.at(0.5, 7.5), GCJ02).outside


# --- many at once ---------------------------------------------------------------------------------------------------


def expected(atlas: Atlas, lon: Any, lat: Any, datum: Datum) -> dict[str, Any]:
    """Say what a row of the batch must be, from the answer for the one point."""
    empty = {**dict.fromkeys(BATCH_COLUMNS, ""), "outside": "false", "on_border": "false", "error": True}
    try:
        answer = locate(atlas, float(lon), float(lat), datum)
    except (ValueError, TypeError, BadRequestError, NotFoundError):
        return empty
    by_layer = {piece.layer: piece.district.code for piece in answer.pieces}

    def first(layer: str) -> str:
        names = [d.deputy.name for d in answer.responsible if d.layer == layer and d.district == by_layer.get(layer)]
        return names[0] if names else ""

    return {
        "grid": answer.grid.code, "grid_name": answer.grid.name,
        "village": answer.village.code if answer.village else "",
        "town": answer.town.code if answer.town else "", "county_district": by_layer.get("county", ""),
        "town_district": by_layer.get("town", ""), "town_deputy": first("town"), "county_deputy": first("county"),
        "outside": str(answer.outside).lower(), "metres_outside": answer.outside_m,
        "on_border": str(answer.on_border).lower(), "error": False,
    }  # fmt: skip


def assert_same(atlas: Atlas, rows: pd.DataFrame, datum: Datum = WGS84) -> pd.DataFrame:
    answers = locate_many(atlas, rows, datum)
    assert list(answers.columns) == [*rows.columns, *BATCH_COLUMNS]
    pd.testing.assert_frame_equal(answers[list(rows.columns)], rows)
    for (_, row), (_, answer) in zip(rows.iterrows(), answers.iterrows(), strict=True):
        wanted = expected(atlas, row["lon"], row["lat"], datum)
        given_back = {name: answer[name] for name in BATCH_COLUMNS} | {"error": answer["error"] != ""}
        if wanted["error"]:
            given_back["metres_outside"] = ""
        assert given_back == wanted, (row["lon"], row["lat"])
    return answers


GARBAGE = ("", " ", "abc", "nan", "inf", "-inf", "113,5", "１１３.０", "12579000", "1e400", "0x71", "None", "113.0.1")


def telling_points(county: County) -> list[tuple[str, str]]:
    """Draw 300 points of every sort: inside, on borders and corners, in the sliver, outside near and far, garbage."""
    chance = np.random.default_rng(7)
    spots = [county.at(*spot) for spot in chance.uniform((-7, -7), (23, 15), (130, 2))]
    spots += [county.at(x, y) for x in range(-1, 18) for y in (-1, 0, 3, 4, 8)]
    spots += [county.at(12.03, y) for y in chance.uniform(0, 8, 10)] + [
        county.at(x, 3) for x in chance.uniform(0, 16, 10)
    ]
    spots += [(float("nan"), 22.5), (113.0, 91.0), (181.0, 22.5), (-67.0, -22.5), (0.0, 0.0), (1e9, 22.5)]
    rows = [(repr(float(x)), repr(float(y))) for x, y in spots]
    rows += [(bad, "22.51") for bad in GARBAGE] + [("113.01", bad) for bad in GARBAGE]
    rows += [(f"  {113.01}", f"{22.51}  ")] * (300 - len(rows))
    return [rows[i] for i in chance.permutation(len(rows))][:300]


def test_many_at_once_equal_one_by_one_row_by_row(county: County) -> None:
    points = telling_points(county)
    rows = pd.DataFrame(points, columns=["lon", "lat"]).assign(id=[f"r{n}" for n in range(len(points))])
    answers = assert_same(atlas_of(county), rows)
    assert len(answers) == 300
    assert {"true", "false"} == set(answers["outside"]) == set(answers["on_border"])
    assert answers["error"].str.split(" / ").str[-1].nunique() == 4


def test_many_at_once_equal_one_by_one_in_gcj02(swift: County) -> None:
    chance = np.random.default_rng(8)
    spots = np.array([swift.at(*spot) for spot in chance.uniform((-5, -5), (21, 13), (200, 2))])
    lon, lat = wgs84_to_gcj02(spots[:, 0], spots[:, 1])
    assert_same(atlas_of(swift), pd.DataFrame({"lon": lon, "lat": lat}), GCJ02)


def test_an_overlap_a_gap_and_ground_without_a_district_are_answered_alike(empty: County) -> None:
    empty.load("areas")
    grids = empty.layer(
        {
            "G1": (empty.box(0, 0, 5, 8), {"name": "一", "households": 10}),
            "G2": (empty.box(4, 0, 9, 8), {"name": "二", "households": 10}),
            "G3": (empty.box(10, 0, 16, 8), {"name": "三", "households": 10}),
        }
    )
    two = empty.layer(
        {
            "X1": (empty.box(0, 0, 7, 8), {"name": "甲", "seats": 1}),
            "X3": (empty.box(6, 0, 12, 4), {"name": "乙", "seats": 1}),
        }
    )
    empty.bring("grids", grids)
    empty.bring("county", two)
    empty.load("people")
    seats = empty.files["seats"][2]
    empty.bring("seats", seats[seats["code"].isin(["C1"])])
    empty.place()
    atlas = atlas_of(empty)
    spots = [empty.at(x, y) for x in np.arange(-1, 18, 0.5) for y in (2, 4, 6)]
    answers = assert_same(atlas, pd.DataFrame(spots, columns=["lon", "lat"]))
    inside = answers[answers["outside"] == "false"]
    assert set(inside["county_district"]) == {"X1", "X3", ""}
    assert set(inside["county_deputy"]) == {"甲01", ""}
    overlap = locate(atlas, *empty.at(4.5, 2), WGS84)
    assert (overlap.grid.code, overlap.on_border, [near.code for near in overlap.near]) == ("G1", False, ["G2"])


def test_a_generation_without_a_plan_locates_many_without_deputies(empty: County) -> None:
    empty.load()
    with empty.store.unit() as unit:
        activate_generation(unit, empty.act(), name=empty.generation, unplaced=True)
    spots = [empty.at(x, y) for x in np.arange(-1, 18) for y in (2, 4, 6)]
    answers = assert_same(atlas_of(empty), pd.DataFrame(spots, columns=["lon", "lat"]))
    assert set(answers["county_deputy"]) == {""}
    assert set(answers["county_district"]) == {"X1", "X2", "X3"}


def test_rows_keep_their_order_their_index_and_their_columns(swift: County) -> None:
    rows = pd.DataFrame(
        {"备注": ["甲", "乙", "丙"], "经度": ["113.05", "x", "113.01"], "纬度": ["22.51"] * 3}, index=[7, 3, 5]
    )
    answers = locate_many(atlas_of(swift), rows, WGS84)
    assert list(answers.index) == [7, 3, 5]
    assert list(answers.columns) == ["备注", "经度", "纬度", *BATCH_COLUMNS]
    assert list(answers["grid"]) == ["G4", "", "G1"]


def test_an_answered_table_can_be_handed_in_again(swift: County) -> None:
    atlas = atlas_of(swift)
    rows = pd.DataFrame({"lon": ["113.05", "1"], "lat": ["22.51", "1"]})
    once = locate_many(atlas, rows, WGS84)
    pd.testing.assert_frame_equal(locate_many(atlas, once, WGS84), once)


def test_cells_that_are_no_text_and_no_number_are_errors_of_their_row(swift: County) -> None:
    rows = pd.DataFrame({"lon": [113.01, None, [113.0], True, {"x": 1}], "lat": [22.51] * 5})
    assert list(locate_many(atlas_of(swift), rows, WGS84)["grid"]) == ["G1", "", "", "", ""]


def test_no_rows_give_no_answers(swift: County) -> None:
    answers = locate_many(atlas_of(swift), pd.DataFrame({"lon": [], "lat": []}), WGS84)
    assert (len(answers), list(answers.columns)) == (0, ["lon", "lat", *BATCH_COLUMNS])


def test_a_table_without_coordinates_is_refused_with_the_headers_it_has() -> None:
    with pytest.raises(BadRequestError) as refused:
        coordinate_columns(pd.DataFrame({"名称": [], "地址": []}))
    assert "地址" in refused.value.facts["headers"]


@given(size=st.integers(1, 7), rows=st.integers(0, 20))
def test_batches_are_the_table_in_order(size: int, rows: int) -> None:
    table = pd.DataFrame({"n": range(rows)})
    parts = list(batches(table, size))
    assert [n for part in parts for n in part["n"]] == list(range(rows))
    assert all(len(part) <= size for part in parts)
