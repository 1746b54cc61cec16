"""Exports: writes a table for people to open, in CSV or XLSX, in which no cell can act as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd
import shapely
import xlsxwriter

Target = str | Path | BinaryIO
Format = Literal["csv", "xlsx"]

SAMPLE_NOTE = "示例数据 · synthetic"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
WIDEST_CELL = 32_767  # characters that an XLSX cell can hold
MOST_ROWS = 1_048_576
WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - the same table gives the same bytes; a workbook's dates have no zone
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SAFE_WORKBOOK = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class TableTooLargeError(ValueError):
    """The table does not fit into an XLSX sheet: too many rows, or a cell that is too long."""


def write_table(
    frame: pd.DataFrame,
    target: Target,
    fmt: Format,
    *,
    title: str = "",
    synthetic: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Write a frame with its column names as headers; above them the title, the mark of sample data and the notes.

    CSV is UTF-8 with BOM, and text that a spreadsheet would compute gets an apostrophe in front; XLSX keeps text as
    text. Days are dates, yes/no is 是/否, shapes are WKT. Raises TableTooLargeError for what XLSX cannot hold.
    """
    above = [line for line in (title, SAMPLE_NOTE if synthetic else "", *notes) if line]
    rows = zip(*([_cell(value) for value in frame[name]] for name in frame.columns), strict=True)
    headers = [str(name) for name in frame.columns]
    if fmt == "csv":
        _deliver(target, _csv(above, headers, rows))
    else:
        _deliver(target, _xlsx(above, headers, rows, title))


def tame(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula; numbers stay as they are."""
    if text.lstrip().startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def safe_workbook(buffer: io.BytesIO) -> xlsxwriter.Workbook:
    """Open a workbook for writing in which text is only text; its bytes do not depend on when it is written."""
    book = xlsxwriter.Workbook(buffer, SAFE_WORKBOOK)
    book.set_properties({"created": WRITTEN})
    return book


def text_for_xlsx(text: str) -> str:
    """Give text that an XLSX cell can hold. Raises TableTooLargeError for one that is too long."""
    if len(text) > WIDEST_CELL:
        raise TableTooLargeError(f"a cell of {len(text)} characters; {WIDEST_CELL} is the limit")
    return NOT_IN_XML.sub("\ufffd", text)


def _cell(value: Any) -> Any:
    """Give a value as text, number, day or None."""
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=-1)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second or value.tzinfo)
        return value.date() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (int, float, Decimal, date)):
        return value
    return ";".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _csv(above: Iterable[str], headers: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """Write CSV with BOM and CRLF, as spreadsheet programs expect it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([tame(line)] for line in above)
    writer.writerow([tame(header) for header in headers])
    writer.writerows([tame(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _xlsx(above: Sequence[str], headers: Sequence[str], rows: Iterable[tuple[Any, ...]], title: str) -> bytes:
    """Write one sheet: lines above, a header that stays in view, the rows."""
    buffer = io.BytesIO()
    with safe_workbook(buffer) as book:
        sheet = book.add_worksheet("数据")
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        text = book.add_format({"num_format": "@"})
        for line, words in enumerate(above):
            sheet.write_string(line, 0, text_for_xlsx(words), bold if words == title else None)
        top = len(above)
        widths = [_width(header) for header in headers]
        for column, header in enumerate(headers):
            sheet.write_string(top, column, text_for_xlsx(header), head)
        for line, row in enumerate(rows, start=top + 1):
            if line >= MOST_ROWS:
                raise TableTooLargeError(f"more than {MOST_ROWS} rows")
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, column, text_for_xlsx(cell), text)
                elif isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, day)
                elif cell is not None:
                    sheet.write_number(line, column, cell)
                widths[column] = max(widths[column], min(40, _width(str(cell or ""))))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width + 2)
        sheet.freeze_panes(top + 1, 0)
    return buffer.getvalue()


def _width(text: str) -> int:
    """Count how wide a text is: a Han character takes two places."""
    return sum(1 if letter.isascii() else 2 for letter in text)


def _deliver(target: Target, content: bytes) -> None:
    """Write to a file or to an open buffer."""
    with Path(target).open("wb") if isinstance(target, (str, Path)) else nullcontext(target) as stream:
        stream.write(content)
