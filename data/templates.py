"""Templates: an empty sheet of one kind, with headers in two languages, notes, choices and one example row."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from data.cells import parse
from data.exports import SAMPLE_NOTE, safe_workbook, text_for_xlsx
from data.sheet import TYPE_NAMES, Column, Sheet
from data.sheets import SHEETS

HEADER_ROWS = 2
ROWS_WITH_CHOICES = 5_000
NOTE_HEADERS = ("表头 Header", "English", "必填 Required", "类型 Type", "含义 Meaning", "Meaning", "例 Example")


def write_template(kind: str, path: str | Path | io.BytesIO) -> None:
    """Write the XLSX template of a kind: the sheet to fill in, and a sheet of notes. Raises KeyError for no kind.

    The example row is marked as sample data; read with a declared datum, the template has no flaw.
    """
    sheet = SHEETS[kind]
    buffer = io.BytesIO()
    with safe_workbook(buffer) as book:
        _fill_in(book, sheet)
        _notes(book, sheet)
    if isinstance(path, io.BytesIO):
        path.write(buffer.getvalue())
    else:
        Path(path).write_bytes(buffer.getvalue())


def _fill_in(book: Any, sheet: Sheet) -> None:
    """Write the page to fill in, named after the kind."""
    page = book.add_worksheet(sheet.kind)
    must = book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1})
    may = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1})
    english = book.add_format({"italic": True, "font_color": "#666666", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for position, column in enumerate(sheet.columns):
        star = "*" if column.required else ""
        page.write_string(0, position, column.zh + star, must if column.required else may)
        page.write_string(1, position, column.name, english)
        page.write_comment(0, position, f"{column.meaning_zh}\n{column.meaning_en}", {"x_scale": 2})
        page.set_column(position, position, 16, {"date": day, "int": None, "tenths": None, "number": None}.get(
            column.type, text))  # fmt: skip
        _write_example(page, HEADER_ROWS, position, column, text, day)
        if column.choices:
            page.data_validation(
                HEADER_ROWS, position, HEADER_ROWS + ROWS_WITH_CHOICES, position,
                {
                    "validate": "list", "source": [choice.zh for choice in column.choices],
                    "error_title": "不在可选范围内", "error_message": "请从列表中选择。Choose from the list.",
                },
            )  # fmt: skip
    page.freeze_panes(HEADER_ROWS, 0)


def _write_example(page: Any, row: int, position: int, column: Column, text: Any, day: Any) -> None:
    """Write a column's example as what it is: a day, a number or text."""
    if not column.example:
        return
    value, _ = parse(column, column.example)
    if isinstance(value, date):
        page.write_datetime(row, position, value, day)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        page.write_number(row, position, value)
    else:
        page.write_string(row, position, column.example, text)


def _notes(book: Any, sheet: Sheet) -> None:
    """Write the page that explains every column."""
    page = book.add_worksheet("说明 notes")
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    lines = (
        f"{sheet.zh} {sheet.kind}: {sheet.meaning_zh} · {sheet.meaning_en}",
        "在第一页填写; 第 3 行是示例, 填写前请删去。Fill in the first page; row 3 is an example to delete.",
        "示例行: " + SAMPLE_NOTE,
        "带 * 的必填; 表头可用中文或英文, 列的次序不限。* is required; headers in either language, in any order.",
        "代码一律按文本填写。Codes are text.",
    )
    for row, line in enumerate(lines):
        page.write_string(row, 0, line, bold if row == 0 else None)
    top = len(lines) + 1
    for position, header in enumerate(NOTE_HEADERS):
        page.write_string(top, position, header, bold)
    for row, column in enumerate(sheet.columns, start=top + 1):
        kind = " ".join(TYPE_NAMES[column.type])
        if column.choices:
            kind += ": " + ", ".join(choice.zh for choice in column.choices)
        cells = (column.zh, column.name, "*" if column.required else "", kind, column.meaning_zh, column.meaning_en,
                 column.example)  # fmt: skip
        for position, cell in enumerate(cells):
            page.write_string(row, position, text_for_xlsx(cell), wrap)
    page.set_column(0, 2, 16)
    page.set_column(3, 5, 40, wrap)
    page.set_column(6, 6, 30, wrap)
