"""Codes: a pattern is told once with its mapping, and a cell that lies elsewhere than its code says is named."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from data.flaws import Flaw, render
from data.readers import read
from services.errors import FlawedError

County = Any


def flaws_of(empty: County, name: str, frame: Any) -> tuple[Flaw, ...]:
    try:
        flaws = empty.bring(name, frame).flaws
    except FlawedError as refused:
        flaws = refused.flaws
    for flaw in flaws:
        assert all(part for lang in ("zh", "en") for part in render(flaw, lang))
    return tuple(flaws)


def of_kind(flaws: tuple[Flaw, ...], kind: str) -> list[Flaw]:
    return [flaw for flaw in flaws if flaw.kind == kind]


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        (lambda code: code[6:], "prefix_missing"),
        (lambda code: f"{code}001", "suffix_behind"),
        (lambda code: f"{code[:6]}-{code[6:]}", "marks"),
        (lambda _: "4.40784E+11", ""),  # one code for all villages: no rule of codes
    ],
)
def test_grids_that_write_their_villages_otherwise_are_told_once_with_the_mapping(
    empty: County, written: Any, pattern: str
) -> None:
    empty.bring("areas")
    _, _, grids = empty.files["grids"]
    flaws = flaws_of(empty, "grids", grids.assign(village=[written(code) for code in grids["village"]]))
    told = [flaw for flaw in flaws if flaw.kind.startswith("code_mismatch")]
    assert [flaw.kind.removeprefix("code_mismatch_") for flaw in told] == ([pattern] if pattern else [])
    assert of_kind(flaws, "orphan_code") == [] or not pattern
    if pattern:
        assert told[0].fatal
        assert told[0].facts["matched"] == 4
        assert told[0].facts["rows"] == 8
        assert len(told[0].facts["mapping"]) == 4


def test_one_wrong_code_is_no_pattern_and_its_row_is_named(empty: County) -> None:
    empty.bring("areas")
    _, _, grids = empty.files["grids"]
    flaws = flaws_of(empty, "grids", grids.assign(village=["440784999001", *grids["village"][1:]]))
    assert [(flaw.kind, flaw.code) for flaw in flaws if flaw.fatal] == [("orphan_code", "G1")]


def test_a_grid_that_names_another_village_than_the_one_it_lies_in_is_told_both(empty: County) -> None:
    empty.bring("areas")
    _, _, grids = empty.files["grids"]
    flaws = of_kind(
        flaws_of(empty, "grids", grids.assign(village=["440784002002", *grids["village"][1:]])), "lies_in_other_parent"
    )
    assert [(flaw.code, flaw.facts["value"], flaw.facts["other"], flaw.fatal) for flaw in flaws] == [
        ("G1", "440784002002", "440784001001", False)
    ]


def test_an_area_whose_code_is_not_under_its_parents_is_pointed_out(empty: County) -> None:
    _, _, areas = empty.files["areas"]
    renamed = areas.assign(code=areas["code"].replace({"440784002002": "440785002002"}))
    flaws = of_kind(flaws_of(empty, "areas", renamed), "code_outside_parent")
    assert [(flaw.code, flaw.facts["value"], flaw.fatal) for flaw in flaws] == [("440785002002", "440784002", False)]


def test_a_district_that_lies_in_another_town_than_it_says_is_pointed_out(empty: County) -> None:
    empty.load("areas", "grids")
    _, _, districts = empty.files["town"]
    moved = districts.assign(town=["440784002", *districts["town"][1:]])
    assert [flaw.code for flaw in of_kind(flaws_of(empty, "town", moved), "lies_in_other_parent")] == ["A1"]


def stations(folder: Path, *places: tuple[float, float]) -> Path:
    path = folder / "stations.csv"
    rows = [(f"S{number}", f"站{number}", lon, lat) for number, (lon, lat) in enumerate(places)]
    pd.DataFrame(rows, columns=["code", "name", "lon", "lat"]).to_csv(path, index=False)
    return path


SVALBARD = ((15.6, 78.2), (16.2, 78.1), (14.1, 78.0))
KASHGAR = ((39.5, 75.9), (39.4, 76.0), (39.6, 76.1))  # latitude first
HESHAN = ((22.7, 112.9), (22.6, 112.8), (22.5, 112.7))  # latitude first: no place on Earth


def kinds(path: Path, ground: tuple[float, float, float, float] | None) -> list[tuple[str, bool]]:
    return [(flaw.kind, flaw.fatal) for flaw in read("stations", path, datum="wgs84", ground=ground).flaws]


@pytest.mark.parametrize(
    ("places", "ground", "expected"),
    [
        (SVALBARD, (10.0, 76.0, 34.0, 81.0), []),
        (SVALBARD, None, [("maybe_swapped_coordinates", False)]),
        (KASHGAR, (75.0, 39.0, 77.0, 40.0), [("swapped_coordinates", True)]),
        (KASHGAR, None, [("maybe_swapped_coordinates", False)]),
        (HESHAN, (112.5, 22.4, 113.2, 23.0), [("swapped_coordinates", True)]),
        (HESHAN, None, [("swapped_coordinates", True)]),
        (tuple((lat, lon) for lon, lat in SVALBARD), (10.0, 76.0, 34.0, 81.0), [("swapped_coordinates", True)]),
    ],
)
def test_the_countys_own_ground_decides_whether_latitude_stands_first(
    tmp_path: Path,
    places: tuple[tuple[float, float], ...],
    ground: tuple[float, float, float, float] | None,
    expected: list[tuple[str, bool]],
) -> None:
    assert kinds(stations(tmp_path, *places), ground) == expected


def test_a_county_in_the_arctic_takes_its_stations(empty: County) -> None:
    land = shapely.box(14.0, 77.9, 17.0, 78.5)
    areas = empty.layer({"2111": (land, {"name": "Longyearbyen", "kind": "county", "parent": ""})})
    empty.bring("areas", areas)
    assert empty.bring("stations", stations(empty.folder, *SVALBARD)).new == 3
