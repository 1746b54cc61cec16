"""Cuts are proposed for the pieces of a kept plan, written for the office that would draw them, and change nothing."""

import json
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from services.activation import the_plan
from services.cuts import CutShelf, cut_line, cut_proposals, cut_table, write_cuts
from services.errors import BadRequestError


@pytest.fixture
def found(county: Any) -> gpd.GeoDataFrame:
    with county.store.reading() as unit:
        return cut_proposals(unit, the_plan(unit, 1))


def test_every_piece_above_its_mean_load_is_listed_and_no_other(county: Any, found: gpd.GeoDataFrame) -> None:
    assert len(found)
    for row in found.to_dict("records"):
        assert row["households"] * row["seats"] > row["mean"] * row["seats"]
        assert sum(row["parts"]) == row["households"]
    assert set(found["layer"]) <= {"county", "town"}
    gains = list(found["ratio"] - found["ratio_after"])
    assert gains == sorted(gains, reverse=True)


def test_looking_changes_nothing(county: Any) -> None:
    before = county.everything()
    with county.store.reading() as unit:
        write_cuts(cut_proposals(unit, the_plan(unit, 1)), "csv", "zh", title="t", synthetic=False)
    assert county.everything() == before


def test_the_line_parts_the_piece(found: gpd.GeoDataFrame) -> None:
    for shape in found.geometry:
        line = cut_line(shape)
        assert line.length > 0
        whole = shapely.union_all(shapely.get_parts(shape))
        assert whole.buffer(1e-9).covers(line)


def test_the_files_hold_lines_and_parts_marked_as_proposals(found: gpd.GeoDataFrame, tmp_path: Any) -> None:
    rows = json.loads(write_cuts(found, "geojson", "zh", title="t", synthetic=True))["features"]
    assert sum(row["properties"]["kind"] == "line" for row in rows) == len(found)
    assert sum(row["properties"]["kind"] == "part" for row in rows) == sum(map(len, found["parts"]))
    assert all(row["properties"]["proposal"] and row["properties"]["synthetic"] for row in rows)
    path = tmp_path / "cuts.gpkg"
    path.write_bytes(write_cuts(found, "gpkg", "zh", title="t", synthetic=False))
    assert set(gpd.list_layers(path)["name"]) == {"cut_lines", "cut_parts"}
    assert len(gpd.read_file(path, layer="cut_parts")) == sum(map(len, found["parts"]))


def test_the_table_says_the_gain_in_words(found: gpd.GeoDataFrame) -> None:
    table: pd.DataFrame = cut_table(found, "zh")
    assert list(table["percent_after"]) == [round(100 * float(value)) for value in found["ratio_after"]]
    assert all("切" in reason for reason in table["reason"])
    with pytest.raises(BadRequestError):
        write_cuts(found, "dwg", "zh", title="t", synthetic=False)


def test_a_shelf_works_a_plan_out_once(swift: Any) -> None:
    shelf = CutShelf()
    with swift.store.reading() as unit:
        assert shelf.take(unit, the_plan(unit, 1)) is shelf.take(unit, the_plan(unit, 1))
