"""Every header means one column, whatever office wrote it, and the tables can hold what the sheets let in."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data
from data.cells import parse
from data.headers import cut_names, header_key
from data.sheets import SHEETS, Column, Sheet, document
from data.tables import (
    ActivityRow,
    Address,
    Area,
    Base,
    CalendarDay,
    District,
    Grid,
    GridWorker,
    MatterRow,
    Person,
    Seat,
    Station,
)

TABLES: dict[str, type[Base]] = {
    "areas": Area, "districts": District, "grids": Grid, "addresses": Address, "stations": Station,
    "people": Person, "seats": Seat,
    "gridworkers": GridWorker, "activities": ActivityRow, "workdays": CalendarDay,
    "matters": MatterRow,
}  # fmt: skip
KEPT_AS = {"parent": "parent_code", "town": "town_code", "village": "village_code", "district": "district_code",
           "station": "station_code", "grid": "grid_code", "group": "group_name"}  # fmt: skip
EVERY_COLUMN = [(sheet, column) for sheet in SHEETS.values() for column in sheet.columns]


def names_of(case: tuple[Sheet, Column]) -> str:
    return f"{case[0].kind}.{case[1].name}"


def test_the_house_names_these_kinds() -> None:
    assert list(SHEETS) == [
        "areas", "districts", "grids", "addresses", "stations", "people", "seats", "gridworkers", "activities",
        "workdays", "matters",
    ]  # fmt: skip


@pytest.mark.parametrize("case", EVERY_COLUMN, ids=map(names_of, EVERY_COLUMN))
def test_every_name_of_a_column_finds_that_column(case: tuple[Sheet, Column]) -> None:
    sheet, column = case
    for name in column.names:
        for written in (name, f"{name}*", f" {name} ", f"* {name.upper()}", name.replace("(", "（").replace(")", "）")):
            assert sheet.column_for(written) is column, written


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_no_header_means_two_columns(sheet: Sheet) -> None:
    keys = Counter((header_key(name), column.name) for column in sheet.columns for name in column.names)
    owners = Counter(key for key, _ in keys)
    assert {key for key, count in owners.items() if count > 1} == set()


@pytest.mark.parametrize("case", EVERY_COLUMN, ids=map(names_of, EVERY_COLUMN))
def test_a_choice_is_read_in_both_languages_and_means_one_value(case: tuple[Sheet, Column]) -> None:
    _, column = case
    for choice in column.choices:
        for written in (choice.value, choice.zh, choice.value.upper(), f" {choice.zh} ", *choice.also):
            expected = choice.value == "true" if column.type == "bool" else choice.value
            assert parse(column, written) == (expected, None)


@pytest.mark.parametrize("case", EVERY_COLUMN, ids=map(names_of, EVERY_COLUMN))
def test_every_example_can_be_read(case: tuple[Sheet, Column]) -> None:
    _, column = case
    if column.example:
        assert parse(column, column.example)[1] is None
    else:
        assert not column.required


@pytest.mark.parametrize("case", EVERY_COLUMN, ids=map(names_of, EVERY_COLUMN))
def test_a_cell_that_passes_fits_into_its_table(case: tuple[Sheet, Column]) -> None:
    sheet, column = case
    table = TABLES[sheet.kind].__table__.columns
    kept = table.get(KEPT_AS.get(column.name, column.name))
    room = getattr(getattr(kept, "type", None), "length", None)
    if room is None or column.type == "bool":
        return
    if column.type == "choice":
        assert max(len(choice.value) for choice in column.choices) <= room
    else:
        assert 0 < column.longest <= room


@pytest.mark.parametrize(
    ("kind", "header", "name"),
    [
        ("grids", "GEOID", "code"), ("grids", "ＣＯＤＥ", "code"), ("grids", "网格编码*", "code"),
        ("areas", "行政区划代码", "code"), ("areas", "NAME", "name"), ("people", "姓 名", "name"),
        ("areas", "户数(户)", "households"), ("seats", "代表编号\nperson", "person"),
        ("people", "birth-year", "birth_year"),
    ],
)  # fmt: skip
def test_headers_as_offices_write_them_are_known(kind: str, header: str, name: str) -> None:
    column = SHEETS[kind].column_for(header)
    assert column is not None
    assert column.name == name


@pytest.mark.parametrize(
    ("kind", "header", "name"),
    [("seats", "electing_u", "electing_unit"), ("grids", "village_co", "village"), ("stations", "opening_ho", "hours")],
)
def test_names_that_a_shapefile_cut_off_are_known(kind: str, header: str, name: str) -> None:
    column = SHEETS[kind].column_for(header)
    assert column is not None
    assert column.name == name


def test_a_cut_name_that_could_be_two_columns_is_nobodys() -> None:
    first = Column(name="household_rooms", zh="房间", meaning_zh="", meaning_en="")
    second = Column(name="household_rows", zh="排", meaning_zh="", meaning_en="")
    sheet = Sheet(kind="x", zh="x", columns=(first, second), meaning_zh="", meaning_en="")
    assert sheet.column_for("household_") is None
    assert sheet.column_for("household_rows") is second


@given(name=st.text(min_size=1, max_size=30))
def test_a_cut_name_is_never_longer_than_a_shapefile_allows(name: str) -> None:
    for short in cut_names(name):
        assert name.startswith(short)
        assert len(short) <= 10


@given(header=st.text(max_size=60))
def test_any_text_may_be_a_header(header: str) -> None:
    for sheet in SHEETS.values():
        column = sheet.column_for(header)
        assert column is None or column in sheet.columns


def test_the_page_of_headers_is_up_to_date() -> None:
    page = Path(data.__file__).parents[1] / "docs" / "files.md"
    assert page.read_text(encoding="utf-8") == document()


def test_the_page_of_headers_names_every_column() -> None:
    page = document()
    assert all(f"`{column.name}`" in page and column.zh in page for _, column in EVERY_COLUMN)
