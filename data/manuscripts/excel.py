"""The workbook of a paper: facts first, each table on a sheet of its own, charts that Excel draws; text stays text."""

import io
from collections.abc import Generator, Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from data.exports import MOST_ROWS, WRITTEN, TableTooLargeError, safe_workbook, text_for_xlsx
from data.manuscripts.content import (
    Cell,
    Chart,
    Facts,
    Manuscript,
    Points,
    Table,
    Text,
    cell_text,
    charts,
    tables,
)
from data.manuscripts.typefaces import document_title

WIDEST = 60  # characters of a column
FIRST_SHEET = {"zh": "概要", "en": "Summary"}
NO_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "·"))
LONGEST_NAME = 31
GREYS = ("#3C3C3C", "#AFAFAF")


def write_excel(paper: Manuscript) -> bytes:
    """Write a paper as XLSX. Raises TableTooLargeError for what a sheet cannot hold."""
    buffer = io.BytesIO()
    with safe_workbook(buffer) as book:
        book.set_properties({"title": document_title(paper.title), "created": WRITTEN})
        forms = _forms(book)
        names = _sheet_names(FIRST_SHEET[paper.lang])
        _summary(book, paper, forms, next(names))
        for table in tables(paper):
            _table(book, paper, table, forms, names.send(table.name))
        for chart in charts(paper):
            _chart(book, paper, chart, forms, names.send(chart.name))
    return buffer.getvalue()


def _sheet_names(first: str) -> Generator[str, str, None]:
    """Give sheet names that Excel takes, each once; the wanted one is sent in."""
    taken: set[str] = set()
    wanted = first
    while True:
        plain = wanted.translate(NO_SHEET_NAME)[: LONGEST_NAME - 3] or "·"
        name = next(one for one in (plain, *(f"{plain}·{n}" for n in range(2, 99))) if one.casefold() not in taken)
        taken.add(name.casefold())
        wanted = yield name


def _forms(book: xlsxwriter.Workbook) -> dict[str, Any]:
    face = {"font_name": "宋体", "font_size": 11, "valign": "top"}
    left = {**face, "align": "left"}
    return {
        "title": book.add_format({**face, "bold": True, "font_size": 16}),
        "head": book.add_format({**face, "bold": True, "bg_color": "#E6E6E6", "border": 1, "text_wrap": True}),
        "text": book.add_format({**face, "num_format": "@", "text_wrap": True}),
        "strong": book.add_format({**face, "num_format": "@", "bold": True, "text_wrap": True}),
        "day": book.add_format({**face, "num_format": "yyyy-mm-dd", "align": "left"}),
        "points": book.add_format({**face, "num_format": "0.0"}),
        "count": book.add_format({**face, "num_format": "0"}),
        "points_left": book.add_format({**left, "num_format": "0.0"}),
        "count_left": book.add_format({**left, "num_format": "0"}),
        "points_strong": book.add_format({**face, "num_format": "0.0", "bold": True, "top": 1}),
        "count_strong": book.add_format({**face, "num_format": "0", "bold": True, "top": 1}),
    }


def _summary(book: xlsxwriter.Workbook, paper: Manuscript, forms: dict[str, Any], name: str) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    row = 0
    for line, form in ((paper.title, "title"), (paper.subtitle, "text"), (paper.ribbon, "strong"),
                       (paper.stamp, "text")):  # fmt: skip
        if line:
            sheet.write_string(row, 0, text_for_xlsx(line), forms["title"] if form == "title" else None)
            if form == "title":
                sheet.set_row(row, 26)
            row += 1
    for section in paper.sections:
        blocks = [block for block in section.blocks if isinstance(block, (Facts, Text))]
        if not blocks:
            continue
        sheet.write_string(row + 1, 0, text_for_xlsx(section.title), forms["strong"])
        row += 2
        for block in blocks:
            pairs = block.rows if isinstance(block, Facts) else (("", block.text),)
            for label, cell in pairs:
                sheet.write_string(row, 0, text_for_xlsx(label), forms["text"])
                _write(sheet, row, 1, cell, forms, look="_left")
                row += 1
    _page(sheet, paper, landscape=False)


def _table(book: xlsxwriter.Workbook, paper: Manuscript, table: Table, forms: dict[str, Any], name: str) -> None:
    sheet = book.add_worksheet(name)
    if len(table.rows) + 2 > MOST_ROWS:
        raise TableTooLargeError(f"more than {MOST_ROWS} rows")
    for column, head in enumerate(table.columns):
        sheet.write_string(0, column, text_for_xlsx(head.title), forms["head"])
        texts = [head.title, *(cell_text(row[column]) for row in table.rows)]
        sheet.set_column(column, column, min(WIDEST, max(map(_width, texts)) + 2))
    for line, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            _write(sheet, line, column, cell, forms)
    if not table.rows:
        sheet.write_string(1, 0, text_for_xlsx(table.empty))
    elif table.total is not None:
        for column, cell in enumerate(table.total):
            _write(sheet, len(table.rows) + 1, column, cell, forms, look="_strong")
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    _page(sheet, paper, landscape=True)


def _chart(book: xlsxwriter.Workbook, paper: Manuscript, chart: Chart, forms: dict[str, Any], name: str) -> None:
    """Write a chart's numbers and let Excel draw them; two greys, so that a black printer tells them apart."""
    sheet = book.add_worksheet(name)
    for at, label in enumerate(chart.labels, start=1):
        sheet.write_string(at, 0, text_for_xlsx(label), forms["text"])
    drawn = book.add_chart({"type": "column"})
    labels = "0.0;-0.0;" if chart.tenths else "0;-0;"  # nothing is written above what is nothing
    for column, one in enumerate(chart.series, start=1):
        sheet.write_string(0, column, text_for_xlsx(one.name), forms["head"])
        for at, value in enumerate(one.values, start=1):
            sheet.write_number(
                at, column, value / 10 if chart.tenths else value, forms["points" if chart.tenths else "count"]
            )
        last = len(chart.labels)
        drawn.add_series({
            "name": [name, 0, column], "categories": [name, 1, 0, last, 0], "values": [name, 1, column, last, column],
            "fill": {"color": GREYS[(column - 1) % 2]}, "border": {"color": "#222222"},
            "data_labels": {"value": True, "num_format": labels},
        })  # fmt: skip
    drawn.set_title({"name": text_for_xlsx(chart.title), "name_font": {"size": 12}})
    if all(value >= 0 for one in chart.series for value in one.values):
        drawn.set_y_axis({"min": 0})  # a column is as long as its number
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    drawn.set_size({"width": 880, "height": 380})
    if chart.labels:
        sheet.insert_chart(0, len(chart.series) + 2, drawn, {"description": chart.title})
    sheet.set_column(0, 0, 14)
    _page(sheet, paper, landscape=True)


def _write(sheet: Any, row: int, column: int, cell: Cell, forms: dict[str, Any], *, look: str = "") -> None:
    """Write one cell as what it is: a number, a day, or text that no program computes."""
    if isinstance(cell, Points):
        sheet.write_number(row, column, cell.tenths / 10, forms["points" + look])
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, forms["count" + look])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, forms["day"])
    elif cell is not None:
        sheet.write_string(row, column, text_for_xlsx(cell), forms["strong" if look == "_strong" else "text"])


def _page(sheet: Any, paper: Manuscript, *, landscape: bool) -> None:
    """Set a sheet up for A4, with the paper's mark and the number of the page on every page."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    words = paper.page_words.replace("{page}", "&P").replace("{pages}", "&N")
    sheet.set_header("&L&9" + _in_header(paper.title) + "&R&9" + _in_header(paper.ribbon))
    sheet.set_footer("&L&8" + _in_header(paper.stamp) + "&R" + words)


def _in_header(text: str) -> str:
    """Give text that a header takes as text: its sign for a command is doubled, its length bounded."""
    return text_for_xlsx(text)[:90].replace("&", "&&")


def _width(text: str) -> int:
    return max((sum(1 if letter.isascii() else 2 for letter in line) for line in text.splitlines()), default=0)


def sheet_titles(paper: Manuscript) -> Sequence[str]:
    """Name the sheets that a paper's workbook has, in order."""
    names = _sheet_names(FIRST_SHEET[paper.lang])
    return [next(names), *(names.send(name) for name in (*_names(tables(paper)), *_names(charts(paper))))]


def _names(blocks: Iterable[Table | Chart]) -> list[str]:
    return [block.name for block in blocks]
