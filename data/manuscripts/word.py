"""The Word file of a paper: A4 as GB/T 9704 has it, Chinese fonts by name, headers that repeat, pages numbered."""

import io
import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from data.exports import WRITTEN
from data.manuscripts.content import Block, Cell, Chart, Column, Facts, Manuscript, Ruled, Table, Text, cell_text
from data.manuscripts.typefaces import BODY, HEADING, LATIN, TITLE, document_title, font_table, held, runs

FONT_TABLE = "/word/fontTable.xml"
TEXT_WIDTH = Mm(156)
EMU_PER_TWIP = 635
LINE = Pt(28.95)  # 22 lines on a page
NUMBERS = re.compile(r"\{(page|pages)\}")
FIELDS = {"page": "PAGE", "pages": "NUMPAGES"}
FACT_COLUMNS = (Column(title="", share=3), Column(title="", share=10))


def write_word(paper: Manuscript, pictures: Sequence[bytes]) -> bytes:
    """Write a paper as DOCX. pictures: its charts as PNG in order; a chart without one stands as a table of numbers."""
    made = docx.Document()
    _dress(made, paper)
    _title(made, paper)
    waiting = iter(pictures)
    for section in paper.sections:
        if section.title:
            _write(made.add_paragraph(style="Heading 2"), section.title)
        for block in section.blocks:
            picture = next(waiting, None) if isinstance(block, Chart) else None
            _block(made, paper, block, picture)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _dress(made: Document, paper: Manuscript) -> None:
    """Set the page, the styles, the fonts, and what stands on every page."""
    made.core_properties.title, made.core_properties.author = document_title(paper.title), ""
    made.core_properties.created = made.core_properties.modified = WRITTEN
    made.core_properties.language = "zh-CN" if paper.lang == "zh" else "en"
    for part in made.part.package.iter_parts():
        if str(part.partname) == FONT_TABLE:
            part._blob = font_table()
    page = made.sections[0]
    page.orientation = WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(20), Mm(20)
    size = Pt(16 if paper.formal else 12)
    _style(made.styles["Normal"], face=BODY, size=size, lang=paper.lang)
    _style(made.styles["Title"], face=TITLE, size=Pt(22), lang=paper.lang)
    _style(made.styles["Heading 2"], face=HEADING, size=size, lang=paper.lang)
    for name, above, below in (("Normal", 0, 4), ("Title", 0, 6), ("Heading 2", 8, 3)):
        form = made.styles[name].paragraph_format
        form.space_before, form.space_after = Pt(above), Pt(below)
    _above(page.header.paragraphs[0], paper)
    _below(page.footer.paragraphs[0], paper)


def _style(style: Any, *, face: str, size: Pt, lang: str) -> None:
    """Give a style its Chinese font, its size, black ink, and line breaks by the Chinese rules."""
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{style} is no style of paragraphs")
    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, size, False, False
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), LATIN)
    fonts.set(qn("w:eastAsia"), face)
    for old in properties.findall(qn("w:color")):
        properties.remove(old)
    properties.append(_element("lang", val="en-US", eastAsia="zh-CN" if lang == "zh" else "en-US"))
    paragraph = style.element.get_or_add_pPr()
    for old in paragraph.findall(qn("w:pBdr")):
        paragraph.remove(old)
    for rule in ("kinsoku", "overflowPunct", "autoSpaceDE", "autoSpaceDN"):
        if paragraph.find(qn(f"w:{rule}")) is None:
            paragraph.insert_element_before(
                _element(rule), "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
            )


def _title(made: Document, paper: Manuscript) -> None:
    title = made.add_paragraph(style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, paper.title)
    if paper.subtitle:
        line = made.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(line, paper.subtitle, size=Pt(12))


def _above(line: Paragraph, paper: Manuscript) -> None:
    """Write what stands at the head of every page."""
    _write(line, "　".join(part for part in (paper.title, paper.ribbon) if part), size=Pt(9))
    line.paragraph_format.space_after = Pt(0)


def _below(line: Paragraph, paper: Manuscript) -> None:
    """Write what stands at the foot of every page: who took it out and when, and the number of the page."""
    _write(line, paper.stamp + "　", size=Pt(8))
    at = 0
    for found in NUMBERS.finditer(paper.page_words):
        _write(line, paper.page_words[at : found.start()], size=Pt(10.5))
        _field(line, FIELDS[found[1]])
        at = found.end()
    _write(line, paper.page_words[at:], size=Pt(10.5))
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _block(made: Document, paper: Manuscript, block: Block, picture: bytes | None) -> None:
    match block:
        case Text():
            _paragraph(made, paper, block)
        case Facts():
            _grid(made, FACT_COLUMNS, block.rows, headed=False)
        case Table() if block.rows:
            _grid(made, block.columns, block.rows, headed=True, total=block.total)
        case Table():
            _paragraph(made, paper, Text(text=block.empty, note=True))
        case Chart() if picture is not None:
            shown = made.add_paragraph().add_run().add_picture(io.BytesIO(picture), width=TEXT_WIDTH)
            shown._inline.docPr.set("descr", held(block.title))
        case Chart():
            _write(made.add_paragraph(), block.title, size=Pt(10.5), bold=True)
            columns = (Column(title=""), *(Column(title=one.name, right=True) for one in block.series))
            rows = [
                (label, *(block.value_text(one.values[at]) for one in block.series))
                for at, label in enumerate(block.labels)
            ]
            _grid(made, columns, rows, headed=len(block.series) > 1)
        case Ruled():
            for _ in range(block.lines):
                _underline(made.add_paragraph())


def _paragraph(made: Document, paper: Manuscript, block: Text) -> None:
    line = made.add_paragraph()
    form = line.paragraph_format
    form.space_before = form.space_after = Pt(0)
    if block.note:
        form.space_after = Pt(6)
        _write(line, block.text, size=Pt(10.5))
        return
    if paper.formal:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if paper.lang == "zh":
        form.first_line_indent = Pt(2 * (16 if paper.formal else 12))
        line._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), "200")
    _write(line, block.text)


def _grid(
    made: Document,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    headed: bool,
    total: Sequence[Cell] | None = None,
) -> None:
    """Write a table; its first row repeats on every page and no row is torn.

    The rows are written as XML at once: python-docx looks every cell up anew, which takes seconds for a long list.
    """
    whole = sum(column.share for column in columns)
    table = made.add_table(rows=0, cols=len(columns), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [int(TEXT_WIDTH * column.share / whole) for column in columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    lines: list[tuple[Sequence[Cell], bool]] = [([column.title for column in columns], True)] if headed else []
    lines += [(row, False) for row in rows] + ([(total, True)] if total else [])
    for number, (cells, strong) in enumerate(lines):
        head = headed and number == 0
        written = "".join(
            _cell(cell_text(value), width=widths[at], right=columns[at].right and not head,
                  strong=strong or (not headed and at == 0))
            for at, value in enumerate(cells)
        )  # fmt: skip
        repeats = "<w:tblHeader/>" if head else ""
        row = f"<w:tr {nsdecls('w')}><w:trPr><w:cantSplit/>{repeats}</w:trPr>{written}</w:tr>"
        table._tbl.append(parse_xml(row))
    gap = made.add_paragraph().paragraph_format
    gap.space_before = gap.space_after = Pt(0)
    gap.line_spacing_rule, gap.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(6)


def _cell(text: str, *, width: int, right: bool, strong: bool) -> str:
    """Write one cell as XML; lengths are EMU, Word wants twentieths of a point."""
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>' if strong else ""
    side = '<w:jc w:val="right"/>' if right else ""
    bold = "<w:b/>" if strong else ""
    letters = "".join(
        f'<w:r><w:rPr>{_faces(face)}{bold}<w:sz w:val="19"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(part)}</w:t></w:r>'
        for face, part in runs(text)
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width // EMU_PER_TWIP}" w:type="dxa"/>{shade}</w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:before="20" w:after="20"/>{side}</w:pPr>{letters}</w:p></w:tc>'
    )


def _faces(face: str) -> str:
    """Name the font of a rare letter."""
    return f'<w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}"/>' if face else ""


def _write(line: Paragraph, text: str, *, size: Pt | None = None, bold: bool = False) -> None:
    """Add a text to a paragraph; a rare letter gets the font that has it."""
    for face, part in runs(text):
        run = line.add_run(part)
        if size is not None:
            run.font.size = size
        if bold:
            run.font.bold = True
        if face:
            for name in ("eastAsia", "ascii", "hAnsi"):
                run._r.get_or_add_rPr().get_or_add_rFonts().set(qn(f"w:{name}"), face)


def _field(line: Paragraph, name: str) -> None:
    """Add a number that Word counts itself."""
    for kind, text in (("begin", ""), ("", name), ("separate", ""), ("1", "1"), ("end", "")):
        run: Run = line.add_run()
        run.font.size = Pt(10.5)
        if kind == "1":
            run.text = text
        elif kind:
            run._r.append(_element("fldChar", fldCharType=kind))
        else:
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def _underline(line: Paragraph) -> None:
    border = OxmlElement("w:pBdr")
    border.append(_element("bottom", val="single", sz="4", space="1", color="777777"))
    border.append(_element("between", val="single", sz="4", space="1", color="777777"))
    line._p.get_or_add_pPr().insert_element_before(border, "w:shd", "w:spacing", "w:ind", "w:jc")
    line.paragraph_format.space_before = Pt(10)


def _element(name: str, **attributes: str) -> Any:
    found = OxmlElement(f"w:{name}")
    for attribute, value in attributes.items():
        found.set(qn(f"w:{attribute}"), value)
    return found
