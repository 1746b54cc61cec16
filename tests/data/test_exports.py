"""What is written for people opens in a spreadsheet, computes nothing, and says when it is sample data."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from data.exports import FORMULA_STARTS, SAMPLE_NOTE, TableTooLargeError, tame, write_table
from data.readers import read

ATTACKS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "＝1+1", '=HYPERLINK("http://example.org")']


def as_csv(frame: pd.DataFrame, **how: Any) -> list[list[str]]:
    buffer = io.BytesIO()
    write_table(frame, buffer, "csv", **how)
    assert buffer.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(buffer.getvalue().decode("utf-8-sig"), newline="")))


def as_xlsx(frame: pd.DataFrame, **how: Any) -> list[tuple[Any, ...]]:
    buffer = io.BytesIO()
    write_table(frame, buffer, "xlsx", **how)
    return list(openpyxl.load_workbook(buffer)["数据"].iter_rows(values_only=True))


def test_a_table_keeps_its_codes_days_and_numbers_in_xlsx() -> None:
    frame = pd.DataFrame(
        {"代码": ["0012"], "日期": [date(2026, 11, 23)], "户数": pd.array([215], dtype="Int64"),
         "小时": [Decimal("1.5")], "示例": [True], "空": pd.array([None], dtype="Int64")}
    )  # fmt: skip
    assert as_xlsx(frame)[1] == ("0012", datetime(2026, 11, 23), 215, 1.5, "是", None)  # noqa: DTZ001


def test_a_table_is_readable_csv_with_bom() -> None:
    frame = pd.DataFrame({"代码": ["0012"], "日期": [date(2026, 11, 23)], "户数": [215], "小时": [Decimal("1.5")]})
    assert as_csv(frame) == [["代码", "日期", "户数", "小时"], ["0012", "2026-11-23", "215", "1.5"]]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_a_formula(attack: str) -> None:
    frame = pd.DataFrame({attack: [attack]})
    assert all(
        not cell.startswith(FORMULA_STARTS) for row in as_csv(frame, title=attack, notes=[attack]) for cell in row
    )
    buffer = io.BytesIO()
    write_table(frame, buffer, "xlsx", title=attack)
    cells = [cell for row in openpyxl.load_workbook(buffer)["数据"].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_a_negative_number_stays_a_number() -> None:
    assert as_csv(pd.DataFrame({"分": [-5, 3], "文": ["-5", "+3.5"]}))[1:] == [["-5", "-5"], ["3", "+3.5"]]


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_sample_data_says_so_above_the_header(write: Any) -> None:
    rows = write(pd.DataFrame({"代码": ["1"]}), title="网格", synthetic=True, notes=["2026 年"])
    assert [row[0] for row in rows] == ["网格", SAMPLE_NOTE, "2026 年", "代码", "1"]


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_real_data_does_not_say_that_it_is_sample_data(write: Any) -> None:
    assert SAMPLE_NOTE not in str(write(pd.DataFrame({"代码": ["1"]}), title="网格"))


def test_the_same_table_gives_the_same_workbook() -> None:
    one, other = io.BytesIO(), io.BytesIO()
    for buffer in (one, other):
        write_table(pd.DataFrame({"代码": ["1"]}), buffer, "xlsx", title="网格")
    assert one.getvalue() == other.getvalue()


def test_shapes_lists_and_instants_are_written_out() -> None:
    frame = gpd.GeoDataFrame(
        {"人": [["D1", "D2"]], "时": [datetime(2026, 11, 23, 1, 30, tzinfo=UTC)]}, geometry=[Point(112.9, 22.7)]
    )
    assert as_csv(frame)[1] == ["D1;D2", "2026-11-23 01:30:00+00:00", "POINT (112.9 22.7)"]


def test_a_cell_too_long_for_a_workbook_is_refused_not_dropped() -> None:
    with pytest.raises(TableTooLargeError):
        write_table(pd.DataFrame({"文": ["长" * 40_000]}), io.BytesIO(), "xlsx")


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_an_exported_table_can_be_imported_again(tmp_path: Path, fmt: Any) -> None:
    path = tmp_path / f"人员.{fmt}"
    frame = pd.DataFrame(
        {"代表编号": ["007", "008"], "姓名": ["示例甲", "𠮷示例"], "出生年": [1980, None], "示例": [True, True]}
    )
    write_table(frame, path, fmt, title="代表名册", synthetic=True, notes=["说明, 一行"])
    reading = read("people", path, datum=None)
    assert reading.flaws == ()
    assert reading.frame["code"].tolist() == ["007", "008"]
    assert reading.frame["name"].tolist() == ["示例甲", "𠮷示例"]


@given(text=st.text(max_size=40))
def test_tamed_text_never_starts_like_a_formula_unless_it_is_a_number(text: str) -> None:
    tamed = tame(text)
    assert tamed.removeprefix("'").endswith(text.removeprefix("'"))
    if tamed.lstrip().startswith(FORMULA_STARTS):
        float(tamed)


@given(text=st.text(max_size=40))
def test_any_text_can_be_exported(text: str) -> None:
    frame = pd.DataFrame({"文": [text]})
    assert len(as_xlsx(frame)) >= 1
    assert len(as_csv(frame)) == 2
