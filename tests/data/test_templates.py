"""A template as it is handed out can be read back at once, and its cells are what their columns say."""

from pathlib import Path

import openpyxl
import pytest

from data.readers import read
from data.sheets import SHEETS
from data.templates import write_template


@pytest.mark.parametrize("kind", SHEETS)
def test_a_template_read_back_has_no_flaw(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.xlsx"
    write_template(kind, path)
    reading = read(kind, path, datum="wgs84")
    assert reading.flaws == ()
    assert reading.rows == 1
    assert reading.usable
    assert bool(reading.frame["synthetic"].all())


@pytest.mark.parametrize("kind", SHEETS)
def test_a_template_has_every_header_in_both_languages(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.xlsx"
    write_template(kind, path)
    page = openpyxl.load_workbook(path)[kind]
    chinese, english = ([cell.value for cell in row] for row in page.iter_rows(max_row=2))
    assert chinese == [column.zh + "*" * column.required for column in SHEETS[kind].columns]
    assert english == [column.name for column in SHEETS[kind].columns]


@pytest.mark.parametrize("kind", SHEETS)
def test_every_column_of_choices_offers_them_as_a_list(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.xlsx"
    write_template(kind, path)
    page = openpyxl.load_workbook(path)[kind]
    offered = {validation.formula1 for validation in page.data_validations.dataValidation}
    wanted = {
        '"' + ",".join(choice.zh for choice in column.choices) + '"'
        for column in SHEETS[kind].columns
        if column.choices
    }
    assert offered == wanted


@pytest.mark.parametrize("kind", SHEETS)
def test_no_cell_of_a_template_is_a_formula(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.xlsx"
    write_template(kind, path)
    book = openpyxl.load_workbook(path)
    assert all(cell.data_type != "f" for page in book for row in page.iter_rows() for cell in row)


def test_a_template_of_an_unknown_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_template("horses", tmp_path / "x.xlsx")
