"""The slides of a paper for a meeting: one thought a slide, tables cut to what can be read, charts drawn natively."""

import io
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Mm, Pt

from data.exports import WRITTEN
from data.manuscripts.content import Cell, Chart, Column, Facts, Manuscript, Section, Table, Text, cell_text
from data.manuscripts.typefaces import LATIN, SCREEN, document_title, held, runs

WIDTH, HEIGHT = Mm(338.7), Mm(190.5)
LEFT, TOP, ROOM, DEEP = Mm(16), Mm(34), Mm(306.7), Mm(134)  # in EMU
INK, GREY, PALE = RGBColor(0x20, 0x20, 0x20), RGBColor(0x5A, 0x5A, 0x5A), RGBColor(0xE8, 0xE8, 0xE8)
WHITE, ACCENT = RGBColor(0xFF, 0xFF, 0xFF), RGBColor(0x9C, 0x1F, 0x1F)
GREYS = (RGBColor(0x3C, 0x3C, 0x3C), RGBColor(0xAF, 0xAF, 0xAF))
LETTER, LINE, ROW, HEAD = int(Pt(16)), int(Pt(20)), int(Mm(10)), int(Mm(12))  # of a table
MOST_SLIDES = 6  # of one table
LINES = 8  # of text and facts on one slide
TITLE_ONLY = 5


def write_slides(paper: Manuscript) -> bytes:
    """Write a paper as PPTX, 16:9; what a hand would fill in has no slide."""
    show = Presentation()
    show.slide_width, show.slide_height = WIDTH, HEIGHT
    show.core_properties.title, show.core_properties.author = document_title(paper.title), ""
    show.core_properties.created = show.core_properties.modified = WRITTEN
    _cover(show, paper)
    for section in paper.sections:
        for slide_title, part in _parts(section, paper.long_note):
            slide = _slide(show, paper, slide_title)
            if isinstance(part, Chart):
                _chart(slide, part)
            elif isinstance(part, Table):
                _table(slide, part.columns, part.rows, headed=True)
            else:
                _lines(slide, part)
    for number, slide in enumerate(show.slides, start=1):
        _foot(slide, paper, number, len(show.slides))
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


Lines = tuple[tuple[str, Cell], ...]


def _parts(section: Section, more: str) -> Iterator[tuple[str, Chart | Table | Lines]]:
    """Cut a section into slides: its facts and sentences together, each chart, each table by as many rows as fit."""
    spoken: list[tuple[str, Cell]] = []
    for block in section.blocks:
        if isinstance(block, Facts):
            spoken += block.rows
        elif isinstance(block, Text):
            spoken.append(("", block.text))
        elif isinstance(block, Table) and not block.rows:
            spoken.append(("", block.empty))
    for at in range(0, len(spoken), LINES):
        yield section.title, tuple(spoken[at : at + LINES])
    for block in section.blocks:
        if isinstance(block, Chart):
            yield block.title, block
        elif isinstance(block, Table) and block.rows:
            pages = _pages(block)
            if len(pages) > MOST_SLIDES:  # nobody reads eighty slides: the list stands in Word and Excel
                yield section.title, ((block.name, more.format(number=len(block.rows))),)
                continue
            for number, page in enumerate(pages, start=1):
                counted = f"（{number}/{len(pages)}）" if len(pages) > 1 else ""
                yield (
                    section.title + counted,
                    Table(name=block.name, columns=block.columns, rows=page, empty=block.empty),
                )


def _pages(table: Table) -> list[tuple[tuple[Cell, ...], ...]]:
    """Cut a table into as many rows as stand on one slide; the total is its last row."""
    pages: list[list[tuple[Cell, ...]]] = [[]]
    used = HEAD
    for row in (*table.rows, *((table.total,) if table.total else ())):
        tall = _tall(table.columns, row)
        if used + tall > DEEP and pages[-1]:
            pages.append([])
            used = HEAD
        pages[-1].append(row)
        used += tall
    return [tuple(page) for page in pages]


def _tall(columns: Sequence[Column], row: Sequence[Cell]) -> int:
    """Say how tall a row must be (EMU) for its longest cell."""
    whole = sum(column.share for column in columns)
    letters = [max(1, int((ROOM * column.share / whole - Mm(4)) / LETTER)) for column in columns]
    lines = max(ceil(_width(cell_text(cell)) / most) for cell, most in zip(row, letters, strict=True))
    return max(ROW, LINE * lines + int(Mm(2)))


def _width(text: str) -> float:
    """Count the Han letters that a text is as wide as; at least one."""
    return max(1.0, sum(0.55 if letter.isascii() else 1.0 for letter in text))


def _cover(show: Any, paper: Manuscript) -> None:
    slide = _slide(show, paper, paper.title, size=40)
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = LEFT, Mm(62), ROOM, Mm(34)
    box = slide.shapes.add_textbox(LEFT, Mm(100), ROOM, Mm(30))
    box.text_frame.word_wrap = True
    _write(box.text_frame, paper.subtitle, size=20, colour=GREY)


def _slide(show: Any, paper: Manuscript, title: str, *, size: int = 28) -> Any:
    """Open a slide with its title, a line under it, and the mark of sample data."""
    slide = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = LEFT, Mm(12), ROOM, Mm(18)
    head.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _write(head.text_frame, title, size=size, bold=True)
    bar = slide.shapes.add_shape(1, LEFT, Mm(31), Mm(28), Mm(1.2))
    bar.fill.solid()
    bar.fill.fore_color.rgb = ACCENT
    bar.line.fill.background()
    if paper.ribbon:
        mark = slide.shapes.add_textbox(Mm(190), Mm(3), Mm(132.7), Mm(9))
        _write(mark.text_frame, paper.ribbon, size=12, bold=True, colour=ACCENT, align=PP_ALIGN.RIGHT)
    return slide


def _foot(slide: Any, paper: Manuscript, number: int, whole: int) -> None:
    words = paper.page_words.replace("{page}", str(number)).replace("{pages}", str(whole))
    left = slide.shapes.add_textbox(LEFT, Mm(178), Mm(236), Mm(8))
    _write(left.text_frame, paper.stamp, size=10, colour=GREY)
    right = slide.shapes.add_textbox(Mm(252.7), Mm(178), Mm(70), Mm(8))
    _write(right.text_frame, words, size=12, colour=GREY, align=PP_ALIGN.RIGHT)


def _lines(slide: Any, lines: Lines) -> None:
    """Write facts as a table of two columns, sentences below them."""
    facts = [(name, cell) for name, cell in lines if name]
    top = int(TOP)
    if facts:
        columns = (Column(title="", share=3), Column(title="", share=10))
        top = _table(slide, columns, facts, headed=False) + int(Mm(5))
    sentences = [cell_text(cell) for name, cell in lines if not name]
    if sentences:
        box = slide.shapes.add_textbox(LEFT, top, ROOM, TOP + DEEP - top)
        box.text_frame.word_wrap = True
        for number, sentence in enumerate(sentences):
            _write(box.text_frame, sentence, size=20 if not facts else 16, more=number > 0)


def _table(slide: Any, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, headed: bool) -> int:
    """Draw a table and give its lower edge (EMU)."""
    lines = [tuple(column.title for column in columns)] if headed else []
    lines += [tuple(cell_text(cell) for cell in row) for row in rows]
    heights = [_tall(columns, line) for line in lines]
    shape = slide.shapes.add_table(len(lines), len(columns), LEFT, TOP, ROOM, sum(heights))
    table = shape.table
    table.horz_banding, table.first_row = False, headed
    whole = sum(column.share for column in columns)
    for at, column in enumerate(columns):
        table.columns[at].width = int(ROOM * column.share / whole)
    for number, line in enumerate(lines):
        table.rows[number].height = heights[number]
        for at, text in enumerate(line):
            cell = table.cell(number, at)
            head = (headed and number == 0) or (not headed and at == 0)
            cell.fill.solid()
            cell.fill.fore_color.rgb = PALE if head else WHITE
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.margin_left = cell.margin_right = Mm(2)
            cell.margin_top = cell.margin_bottom = Mm(0.8)
            right = columns[at].right and not head
            _write(cell.text_frame, text, size=14 if headed else 16, bold=head,
                   align=PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT)  # fmt: skip
    return int(TOP) + sum(heights)


def _chart(slide: Any, chart: Chart) -> None:
    """Draw a chart that PowerPoint can edit, in two greys that a black printer tells apart."""
    form = "0.0;-0.0;" if chart.tenths else "0;-0;"  # nothing is written above what is nothing
    numbers = CategoryChartData(number_format=form)
    numbers.categories = [held(label) for label in chart.labels]
    for one in chart.series:
        numbers.add_series(held(one.name), [value / 10 if chart.tenths else value for value in one.values])
    drawn = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, LEFT, TOP, ROOM, DEEP, numbers).chart
    drawn.has_title = False
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    drawn.font.size, drawn.font.name = Pt(12), SCREEN
    plot = drawn.plots[0]
    plot.gap_width = 60
    plot.has_data_labels = True
    plot.data_labels.number_format = form
    plot.data_labels.number_format_is_linked = False
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    drawn.value_axis.has_major_gridlines = False
    if all(value >= 0 for one in chart.series for value in one.values):
        drawn.value_axis.minimum_scale = 0  # a column is as long as its number
    for at, series in enumerate(plot.series):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = GREYS[at % 2]


def _write(
    frame: Any,
    text: str,
    *,
    size: int,
    bold: bool = False,
    colour: RGBColor = INK,
    align: Any = PP_ALIGN.LEFT,
    more: bool = False,
) -> None:
    """Write one paragraph; Chinese in a screen font by name, a rare letter in the font that has it."""
    line = frame.add_paragraph() if more else frame.paragraphs[0]
    line.alignment = align
    line.space_after = Pt(6) if more else Pt(0)
    for face, part in runs(text):
        run = line.add_run()
        run.text = part
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, LATIN
        run.font.color.rgb = colour
        properties = run._r.get_or_add_rPr()
        properties.set("lang", "zh-CN")
        eastern = OxmlElement("a:ea")
        eastern.set("typeface", face or SCREEN)
        latin = properties.find("{http://schemas.openxmlformats.org/drawingml/2006/main}latin")
        latin.addnext(eastern)
