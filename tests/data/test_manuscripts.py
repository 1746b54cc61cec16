"""Manuscripts as files: opened again, every form says the same numbers, keeps rare letters and computes nothing."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pptx import Presentation
from pypdf import PdfReader

from data.manuscripts.content import (
    MISSING_LETTER,
    Chart,
    Column,
    Facts,
    Manuscript,
    Points,
    Ruled,
    Section,
    Series,
    Table,
    Text,
    points_text,
    texts,
)
from data.manuscripts.excel import sheet_titles, write_excel
from data.manuscripts.outlines import OutlineError, read, report_to_electors
from data.manuscripts.pdf import draw_chart, write_pdf
from data.manuscripts.slides import write_slides
from data.manuscripts.typefaces import BEYOND, EXTENSION_A, runs
from data.manuscripts.word import write_word
from data.press import PressError, find_fonts

NAME = "示例·𠮷㙟䶮"  # Extension B, A, and the letter of a name that old programs lose
NOWHERE = "\U0003ffff"  # no font has it
FORMULA = '=HYPERLINK("http://x","点我")'


def paper(rows: int = 3, *, name: str = NAME, formal: bool = False) -> Manuscript:
    """Write a small paper: facts, a long table with a total, a chart of two rows of columns, lines to write on."""
    table = Table(
        name="积分/明细", empty="没有记录。",
        columns=(Column(title="日期"), Column(title="活动", share=20), Column(title="积分", right=True)),
        rows=tuple(
            (date(2026, 1 + n % 12, 5), FORMULA if n == 1 else f"走访{n}", Points(tenths=25)) for n in range(rows)
        ),
        total=("合计", "", Points(tenths=25 * rows)),
    )  # fmt: skip
    chart = Chart(
        name="图", title="逐月积分", labels=("1月", "2月"), tenths=True,
        series=(Series(name="本期", values=(25, -10)), Series(name="上期", values=(0, 40))),
    )  # fmt: skip
    return Manuscript(
        lang="zh", title=f"{name}履职档案", subtitle="2026年", stamp="导出：renda　2026年11月23日 17:00",
        ribbon="示例数据，并非真实情况", watermark="示例数据", page_words="第 {page} 页　共 {pages} 页",
        missing_note="纸面上以“〓”代替：{letters}。", long_note="共 {number} 行。", formal=formal,
        sections=(
            Section(title="一、概况", blocks=(
                Facts(rows=(("姓名", name), ("合计", Points(tenths=25 * rows)))),
                Text(text="依据《代表法》，报告如下。" * 6),
                Text(text="小字。", note=True),
            )),
            Section(title="二、积分", blocks=(table, chart)),
            Section(title="三、改进清单", blocks=(Ruled(lines=4),)),
        ),
    )  # fmt: skip


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def word_text(content: bytes) -> str:
    made = Document(io.BytesIO(content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([line.text for line in made.paragraphs] + cells)


def slide_text(content: bytes) -> str:
    found = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(found)


def excel_text(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)


FORMS: dict[str, Callable[[Manuscript], str]] = {
    "pdf": lambda one: pdf_text(write_pdf(one, find_fonts(()))),
    "docx": lambda one: word_text(write_word(one, [draw_chart(one, 0, find_fonts(()))])),
    "pptx": lambda one: slide_text(write_slides(one)),
    "xlsx": lambda one: excel_text(write_excel(one)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_name_with_rare_letters_the_mark_and_the_facts(form: str) -> None:
    found = FORMS[form](paper())
    assert NAME in found
    assert "依据《代表法》" in found
    assert "2026-01-05" in found
    assert "示例数据" in found or form == "docx"  # Word has it in the head of every page
    assert MISSING_LETTER not in found


def test_a_letter_that_no_font_has_is_marked_on_paper_and_named_and_kept_in_the_other_files() -> None:
    odd = paper(name=f"示例·{NOWHERE}")
    found = pdf_text(write_pdf(odd, find_fonts(())))
    assert f"示例·{MISSING_LETTER}履职档案" in found
    assert "U+3FFFF" in found
    assert NOWHERE in slide_text(write_slides(odd))
    assert NOWHERE in word_text(write_word(odd, []))
    assert NOWHERE in excel_text(write_excel(odd))


def test_without_a_chinese_font_a_pdf_is_refused_and_word_has_the_chart_as_numbers() -> None:
    with pytest.raises(PressError):
        write_pdf(paper(), ())
    made = Document(io.BytesIO(write_word(paper(), [])))
    assert [[cell.text for cell in row.cells] for row in made.tables[-1].rows] == [
        ["", "本期", "上期"], ["1月", "2.5", "0.0"], ["2月", "\u22121.0", "4.0"],
    ]  # fmt: skip


def test_a_font_of_rare_letters_that_has_no_common_ones_is_taken_for_them_alone(tmp_path: Path) -> None:
    built = FontBuilder(1000, isTTF=True)
    built.setupGlyphOrder([".notdef", "rare"])
    built.setupCharacterMap({ord(NOWHERE): "rare"})
    built.setupGlyf({".notdef": Glyph(), "rare": Glyph()})
    built.setupHorizontalMetrics({".notdef": (1000, 0), "rare": (1000, 0)})
    built.setupHorizontalHeader(ascent=800, descent=-200)
    built.setupNameTable({"familyName": "HanaMinTest", "styleName": "Regular"})
    built.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    built.setupPost()
    built.save(tmp_path / "HanaMinTest.ttf")
    fonts = find_fonts((tmp_path,))
    assert fonts[0].path.parent != tmp_path
    assert MISSING_LETTER not in pdf_text(write_pdf(paper(name=NOWHERE), fonts))


def test_the_pdf_is_a4_with_the_margins_of_an_official_paper_and_counts_its_pages() -> None:
    pages = PdfReader(io.BytesIO(write_pdf(paper(300), find_fonts(())))).pages
    assert len(pages) > 5
    assert [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]] == [210, 297]
    for number, page in enumerate(pages, start=1):
        words = " ".join(page.extract_text().split())
        assert f"第 {number} 页" in words
        assert f"共 {len(pages)} 页" in words
        assert "导出：renda" in words
    header = ["日期" in page.extract_text() for page in pages[1:-1]]
    assert all(header), "the table's headings repeat on every page"


def test_no_line_of_a_paper_begins_with_a_mark_that_ends_a_sentence() -> None:
    long = replace(
        paper(), sections=(Section(title="一", blocks=(Text(text="代表，选民；网格。" * 80),)),), formal=True
    )
    for line in pdf_text(write_pdf(long, find_fonts(()))).splitlines():
        assert not line.startswith(("，", "。", "；", "、", "）", "》"))


def test_the_same_paper_is_the_same_pdf() -> None:
    assert write_pdf(paper(), find_fonts(())) == write_pdf(paper(), find_fonts(()))


def test_word_has_chinese_fonts_by_name_headings_that_repeat_and_rows_that_are_not_torn() -> None:
    made = Document(io.BytesIO(write_word(paper(), [])))
    page = made.sections[0]
    assert [round(side.mm) for side in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)] == [
        37, 35, 28, 26]  # fmt: skip
    fonts = made.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋"
    table = made.tables[1]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    codes = [code.text for code in made.sections[0].footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    assert "示例数据" in made.sections[0].header.paragraphs[0].text
    (altered,) = [part for part in made.part.package.iter_parts() if str(part.partname) == "/word/fontTable.xml"]
    assert "SimSun-ExtB" in altered.blob.decode()


def test_a_rare_letter_gets_the_font_that_has_it_and_the_others_keep_theirs() -> None:
    assert list(runs("甲𠮷㙟乙")) == [("", "甲"), (BEYOND, "𠮷"), (EXTENSION_A, "㙟"), ("", "乙")]
    made = Document(io.BytesIO(write_word(paper(), [])))
    title = made.paragraphs[0]
    faces = {run.text: run._r.rPr.rFonts.get(qn("w:eastAsia")) for run in title.runs if run._r.rPr is not None
             and run._r.rPr.rFonts is not None}  # fmt: skip
    assert faces == {"𠮷": BEYOND, "㙟䶮": EXTENSION_A}


def test_the_chart_is_drawn_in_greys_that_a_black_printer_tells_apart() -> None:
    image = Image.open(io.BytesIO(draw_chart(paper(), 0, find_fonts(())))).convert("RGB")
    assert image.width > 1000
    colours = image.getcolors(maxcolors=1_000_000) or []
    used = {colour for count, colour in colours if count > 500}
    assert all(red == green == blue for red, green, blue in used)
    darkness = sorted({red for red, *_ in used})
    assert any(low < 90 for low in darkness)
    assert any(140 < middle < 210 for middle in darkness)


def test_a_workbook_has_numbers_as_numbers_a_total_and_native_charts_and_no_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_excel(paper(40))))
    assert book.sheetnames == list(sheet_titles(paper(40))) == ["概要", "积分·明细", "图"]
    sheet = book["积分·明细"]
    values = [row[2].value for row in sheet.iter_rows(min_row=2)]
    assert values[:-1] == [2.5] * 40
    assert values[-1] == 100.0
    assert sheet["B3"].value == FORMULA
    assert all(cell.data_type != "f" for one in book for row in one for cell in row)
    assert sheet.print_title_rows == "$1:$1"
    assert len(book["图"]._charts) == 1
    assert sheet.oddFooter.right.text == "第 &P 页　共 &N 页"


def test_slides_cut_a_long_table_and_repeat_its_headings_and_draw_charts_natively() -> None:
    show = Presentation(io.BytesIO(write_slides(paper(40))))
    tables = [shape.table for slide in show.slides for shape in slide.shapes if shape.has_table]
    long = [table for table in tables if table.cell(0, 0).text == "日期"]
    assert len(long) > 2
    rows = [row for table in long for row in list(table.rows)[1:]]
    assert len(rows) == 41  # with the total
    charts = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert [list(series.values) for series in charts[0].plots[0].series] == [[2.5, -1.0], [0.0, 4.0]]
    assert all(slide.shapes.title.text_frame.text for slide in show.slides)


def test_a_table_of_hundreds_of_rows_is_named_on_a_slide_and_not_cut_into_dozens() -> None:
    show = Presentation(io.BytesIO(write_slides(paper(500))))
    assert len(show.slides) < 10
    assert "共 500 行。" in slide_text(write_slides(paper(500)))


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_without_any_row_says_so(form: str) -> None:
    bare = replace(paper(0), sections=(paper(0).sections[1],))
    assert "没有记录。" in FORMS[form](bare)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=30))
def test_any_text_passes_into_word_excel_and_slides(text: str) -> None:
    odd = replace(paper(1), title=text or "题", sections=(Section(title=text, blocks=(Facts(rows=((text, text),)),)),))
    assert write_excel(odd)
    assert write_word(odd, [])
    assert write_slides(odd)


@given(st.integers(-10_000, 10_000))
def test_points_are_written_exactly(tenths: int) -> None:
    written = points_text(tenths).replace("\u2212", "-")
    assert round(float(written) * 10) == tenths


def test_every_text_of_a_paper_is_looked_up_in_the_fonts() -> None:
    assert {"一、概况", "走访0", "逐月积分", "本期"} <= set(texts(paper()))


def test_the_outline_of_the_report_says_who_owes_it_and_what_is_assumed() -> None:
    outline = report_to_electors()
    assert outline.due == {"county": "1 per term", "town": "1 per year"}
    assert "假定" in outline.assumed["zh"]
    assert [part.of for part in outline.parts].count("blank") == 1
    with pytest.raises(OutlineError, match="unknown"):
        read("title: {zh: 一, en: a}\nsource: {}\nassumed: {}\ndue: {}\nkinds: []\nparts: []\nfurther: 1\n")
