"""Spreadsheets: reads CSV and XLSX into a paper, the header below its titles, lines numbered as users see them."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from data.archives import Archive, opened
from data.encodings import decode
from data.headers import header_key
from data.paper import Limits, Paper, Place, Report
from data.sheet import Sheet

DELIMITERS = (",", ";", "\t")
TITLE_ROWS = 10  # the header is looked for in so many rows
TOTALS = frozenset(map(header_key, ("合计", "总计", "小计", "共计", "total", "sum", "subtotal")))
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"))
FORMULA = (b"<f>", b"<f ", b"<f/")
ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")
WORKBOOK_FAULTS = (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError,
                   AttributeError, OSError)  # fmt: skip

Row = tuple[int, Sequence[Any]]  # the line the user sees, and its cells


def read_csv(path: Path, sheet: Sheet, mapping: Mapping[str, str], limits: Limits, report: Report) -> Paper:
    """Read a CSV of UTF-8, UTF-16 or GB18030 with commas, semicolons or tabs between its cells."""
    decoded = decode(path.read_bytes())
    if decoded.mixed_at is not None:
        report.fatal("mixed_encoding", place=Place(line=decoded.mixed_at), encoding=decoded.encoding)
    if decoded.broken_at is not None:
        report.fatal("unknown_encoding", place=Place(line=decoded.broken_at))
    if "\x00" in decoded.text:
        raise report.stop("not_text")
    text = decoded.text.removeprefix("\ufeff")
    if text.startswith("sep="):
        text = "\n" + text.partition("\n")[2]
    delimiter = _delimiter(text, sheet, mapping)
    return _paper(_csv_rows(text, delimiter, limits, report), sheet, mapping, limits, report)


def read_xlsx(path: Path, sheet: Sheet, mapping: Mapping[str, str], limits: Limits, report: Report) -> Paper:
    """Read the sheet named after the kind, or else the first visible one; formulas count by their last value."""
    with path.open("rb") as stream:
        if stream.read(8) == OLD_EXCEL:
            raise report.stop("old_or_locked_excel")
    with opened(path, limits, report) as archive:
        has_formulas = _look_through(archive, report)
    try:
        rows = _xlsx_rows(path, sheet, limits, report, formulas=False)
        if has_formulas:
            _miss_values(rows, _xlsx_rows(path, sheet, limits, report, formulas=True), report)
    except WORKBOOK_FAULTS as error:
        raise report.stop("not_xlsx") from error
    return _paper(rows, sheet, mapping, limits, report)


def _delimiter(text: str, sheet: Sheet, mapping: Mapping[str, str]) -> str:
    """Choose the delimiter under which most headers are known; equal: most cells; equal: the comma."""
    start = text[:20_000]

    def score(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter))[:TITLE_ROWS]
        known = max((_known(row, sheet, mapping) for row in rows), default=0)
        return known, max(map(len, rows), default=0)

    return max(DELIMITERS, key=lambda delimiter: (*score(delimiter), -DELIMITERS.index(delimiter)))


def _csv_rows(text: str, delimiter: str, limits: Limits, report: Report) -> list[Row]:
    """Split into rows, each with the line on which it begins; a quote that never closes is fatal."""
    try:
        return _split(text, delimiter, limits, strict=True)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            report.fatal("open_quote", place=Place(line=_last_row(text, delimiter, limits)))
    try:
        return _split(text, delimiter, limits, strict=False)
    except csv.Error as error:
        raise report.stop("cell_too_large") from error


def _split(text: str, delimiter: str, limits: Limits, *, strict: bool) -> list[Row]:
    """Split text into rows, at most one more than the limit (and its titles) allows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows: list[Row] = []
    line = 1
    for row in reader:
        rows.append((line, row))
        line = reader.line_num + 1
        if len(rows) > limits.rows + 2 * TITLE_ROWS:
            break
    return rows


def _last_row(text: str, delimiter: str, limits: Limits) -> int:
    """Give the line on which the last row begins, the one whose quote stays open."""
    try:
        return _split(text, delimiter, limits, strict=False)[-1][0]
    except csv.Error:
        return 1


def _look_through(archive: Archive, report: Report) -> bool:
    """Refuse a workbook that is none or that defines entities; tell whether it has formulas."""
    names = {info.filename for info in archive.infos}
    if "[Content_Types].xml" not in names or not any(name.endswith("workbook.xml") for name in names):
        raise report.stop("not_xlsx")
    has_formulas = False
    for info in archive.infos:
        if info.filename.endswith((".xml", ".rels", ".vml")):
            content = archive.content(info).replace(b"\x00", b"")
            if any(mark in content for mark in ENTITIES):
                raise report.stop("xml_entities")
            in_sheet = info.filename.startswith("xl/worksheets/")
            has_formulas |= in_sheet and any(mark in content for mark in FORMULA)
    return has_formulas


def _xlsx_rows(path: Path, sheet: Sheet, limits: Limits, report: Report, *, formulas: bool) -> list[Row]:
    """Give the rows of the right sheet: last values, or the formulas themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and on drop-down lists, which are not read
        book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas, keep_links=False)
    try:
        visible = [page for page in book.worksheets if page.sheet_state == "visible"]
        if not visible:
            raise report.stop("no_rows")
        wanted = {header_key(sheet.kind), header_key(sheet.zh)}
        page = next((page for page in visible if header_key(page.title) in wanted), visible[0])
        page.reset_dimensions()
        rows: list[Row] = []
        cells = 0
        for line, row in enumerate(page.iter_rows(max_col=limits.columns + 1, values_only=True), start=1):
            width = next((width for width in range(len(row), 0, -1) if row[width - 1] is not None), 0)
            if width:
                rows.append((line, row[:width]))
                cells += width
            if cells > limits.cells:
                raise report.stop("too_large", most=limits.file_bytes // 1_000_000)
            if len(rows) > limits.rows + 2 * TITLE_ROWS:
                break
        return rows
    finally:
        book.close()


def _miss_values(rows: list[Row], formulas: list[Row], report: Report) -> None:
    """Note every formula that was never computed: its file holds no value to read."""
    values = dict(rows)
    for line, cells in formulas:
        found = values.get(line, ())
        for position, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("=") and (position >= len(found) or found[position] is None):
                report.fatal("formula_without_value", place=Place(line=line), formula=cell[:60])


def _known(row: Iterable[Any], sheet: Sheet, mapping: Mapping[str, str]) -> int:
    """Count the cells that are headers of this kind."""
    named = {header_key(header) for header in mapping.values()}
    return sum(
        1 for cell in row if isinstance(cell, str) and (header_key(cell) in named or sheet.column_for(cell) is not None)
    )


def _paper(rows: list[Row], sheet: Sheet, mapping: Mapping[str, str], limits: Limits, report: Report) -> Paper:
    """Find the header, leave out blank rows, totals and a second header, and turn rows into columns."""
    filled = [(line, row) for line, row in rows if any(not _blank(cell) for cell in row)]
    if not filled:
        raise report.stop("no_rows")
    head = max(range(min(TITLE_ROWS, len(filled))), key=lambda n: (_known(filled[n][1], sheet, mapping), -n))
    if not _known(filled[head][1], sheet, mapping):
        head = 0
    headers = _headers(filled[head][1])
    if len(headers) > limits.columns:
        raise report.stop("too_many_columns", count=len(headers), most=limits.columns)
    below = filled[head + 1 :]
    if below and _is_second_header(below[0][1], headers, sheet):
        below = below[1:]
    body = list(_without_totals(below, report))
    width = len(headers)
    for line, row in body:
        if len(row) > width and any(not _blank(cell) for cell in row[width:]):
            report.fatal("too_many_cells", place=Place(line=line), count=len(row), most=width)
    table = [tuple(row[:width]) + (None,) * (width - len(row)) for _, row in body]
    return Paper(
        headers=headers,
        columns=tuple(zip(*table, strict=True)) if table else ((),) * width,
        numbers=[line for line, _ in body],
        unit="line",
    )


def _headers(row: Sequence[Any]) -> tuple[str, ...]:
    """Give the headers without the empty ones at the end."""
    names = ["" if cell is None else str(cell).strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _is_second_header(row: Sequence[Any], headers: tuple[str, ...], sheet: Sheet) -> bool:
    """Tell the row under a header that says the same in the other language."""
    words = [(headers[position : position + 1], cell) for position, cell in enumerate(row) if not _blank(cell)]
    pairs = [
        (sheet.column_for(above[0]), sheet.column_for(cell)) for above, cell in words if above and isinstance(cell, str)
    ]
    return 1 < len(pairs) == len(words) and all(above is not None and above is below for above, below in pairs)


def _is_total(row: Sequence[Any]) -> bool:
    """Tell a row of sums by its first words."""
    words = [cell for cell in row if isinstance(cell, str) and cell and not cell.isspace()][:2]
    return any(len(word) <= 12 and header_key(word) in TOTALS for word in words)


def _without_totals(rows: Iterable[Row], report: Report) -> Iterator[Row]:
    """Leave out sums, and name each."""
    for line, row in rows:
        if _is_total(row):
            report.warn("total_row", place=Place(line=line))
        else:
            yield line, row


def _blank(cell: Any) -> bool:
    """Tell a cell that holds nothing to read."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
