"""Two generations are compared cell by cell; a file that waits is found again by its digest alone."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from services.activation import activate_generation
from services.errors import BadRequestError, NotFoundError
from services.remapping import around_changes, changed_cells, chapters, counted_changes, history
from services.uploads import KEPT, find_upload, take_in

SECOND = "第一届·图层二"


def second(county: Any) -> None:
    """Load a map in which G1 and G2 are one grid, G3 is smaller, and G9 is new."""
    grids = county.files["grids"][2].set_index("code", drop=False)
    joined = grids.loc[["G1"]].assign(geometry=[grids.geometry["G1"].union(grids.geometry["G2"])])
    west, south, east, north = grids.geometry["G3"].bounds
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    parts = grids.loc[["G3", "G3"]].assign(code=["G3", "G9"], geometry=halves)
    rest = grids.drop(index=["G1", "G2", "G3"])
    frame = gpd.GeoDataFrame(pd.concat([joined, parts, rest], ignore_index=True), geometry="geometry", crs="EPSG:4326")
    for name in ("areas", "county", "town", "stations"):
        county.bring(name, generation=SECOND)
    county.bring("grids", frame, generation=SECOND)


def test_what_came_went_and_changed_is_told_from_either_side(county: Any) -> None:
    second(county)
    with county.store.reading() as unit:
        new = changed_cells(unit, before="第一届·图层", after=SECOND, of="grids", side="new")
        old = changed_cells(unit, before="第一届·图层", after=SECOND, of="grids", side="old")
    assert counted_changes(new) == {"came": 1, "reshaped": 2, "same": 5}
    assert counted_changes(old) == {"went": 1, "reshaped": 2, "same": 5}
    assert dict(zip(new["code"], new["layer"], strict=True))["G9"] == "came"


def test_a_generation_put_in_force_by_mistake_is_switched_back_the_same_day(county: Any) -> None:
    second(county)
    day = dt.date(2026, 3, 1)
    plan = county.place(generation=SECOND)
    with county.store.unit() as unit:
        activate_generation(unit, county.act(), name="第一届·图层", plan=1, valid_from=day)
    with county.store.reading() as unit:
        rows = history(unit)
        assert [(row.plan, row.starts == row.ends) for row in rows] == [(1, False), (plan, True), (1, False)]
        assert {row.name: row.state for row in chapters(unit)} == {"第一届·图层": "active", SECOND: "retired"}
        assert next(row for row in chapters(unit) if row.name == SECOND).spans == ()


def test_an_upload_waits_under_its_digest_and_is_thrown_away_in_the_end(tmp_path: Path) -> None:
    at = dt.datetime.now(dt.UTC)
    upload = take_in(tmp_path, BytesIO(b"code,name\n"), "../../x/people.csv", at)
    assert upload.name == "people.csv"
    assert find_upload(tmp_path, upload.sha256) == upload
    assert upload.path.is_relative_to(tmp_path / "uploads")
    take_in(tmp_path, BytesIO(b"code\n"), "grids.csv", at + KEPT + dt.timedelta(days=1))
    with pytest.raises(NotFoundError):
        find_upload(tmp_path, upload.sha256)


@pytest.mark.parametrize("digest", ["", "..", "0" * 63, "../" + "0" * 61, "G" * 64])
def test_a_digest_that_is_none_finds_nothing(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFoundError):
        find_upload(tmp_path, digest)


def test_a_program_is_not_taken_in(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError):
        take_in(tmp_path, BytesIO(b"MZ"), "setup.exe", dt.datetime.now(dt.UTC))


def test_the_map_of_a_comparison_is_drawn_round_what_changed(county: Any) -> None:
    second(county)
    with county.store.reading() as unit:
        cells = changed_cells(unit, before="第一届·图层", after=SECOND, of="grids", side="new")
    near = around_changes(cells)
    assert set(cells.loc[cells["layer"] != "same", "code"]) <= set(near["code"])
    assert len(around_changes(cells.assign(layer="same"))) == len(cells)
