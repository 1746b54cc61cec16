"""The PDF of a paper: set by typst with a Chinese font in it; a letter that no font has is marked and named."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from data.manuscripts.content import (
    MISSING_LETTER,
    Block,
    Cell,
    Chart,
    Facts,
    Manuscript,
    Ruled,
    Section,
    Table,
    Text,
    cell_text,
    texts,
)
from data.press import Font, PressError, chosen

FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei")
TEMPLATE = "paper.typ"
CHART_PPI = 220.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typecase:
    """The fonts a paper is set from, and the letters that none of them has."""

    fonts: tuple[Font, ...]
    missing: str

    def set(self, text: str) -> str:
        """Give a text with a mark where a letter is not at hand."""
        return "".join(MISSING_LETTER if letter in self.missing else letter for letter in text)


def typecase(paper: Manuscript, fonts: Sequence[Font]) -> Typecase:
    """Choose the fonts of a paper. Raises PressError without any Chinese font."""
    letters = "".join(sorted({letter for text in texts(paper) for letter in text}))
    try:
        return Typecase(fonts=chosen(fonts, letters), missing="")
    except PressError as wrong:
        if wrong.kind != "no_glyphs":
            raise
        rest = "".join(letter for letter in letters if letter not in wrong.letters)
        return Typecase(fonts=chosen(fonts, rest), missing=wrong.letters)


def write_pdf(paper: Manuscript, fonts: Sequence[Font]) -> bytes:
    """Write a paper as PDF. Raises PressError without any Chinese font."""
    case = typecase(paper, fonts)
    return _set(_content(paper, case), case, form="pdf")


def draw_chart(paper: Manuscript, number: int, fonts: Sequence[Font]) -> bytes:
    """Draw one chart of a paper as PNG, as it stands in the PDF; `number` counts the paper's charts from 0."""
    case = typecase(paper, fonts)
    return _set(_content(paper, case), case, form="png", only=str(number))


def letters_named(letters: str) -> str:
    """Name letters by their code points, for a paper that cannot show them."""
    return "、".join(f"U+{ord(letter):04X}" for letter in letters)


def _content(paper: Manuscript, case: Typecase) -> dict[str, Any]:
    sections = [_section(section, case) for section in paper.sections]
    return {
        "title": case.set(paper.title), "subtitle": case.set(paper.subtitle), "stamp": case.set(paper.stamp),
        "ribbon": paper.ribbon, "watermark": paper.watermark, "page_words": paper.page_words,
        "missing": paper.missing_note.format(letters=letters_named(case.missing)) if case.missing else "",
        "lang": paper.lang, "formal": paper.formal, "fonts": list(FAMILIES), "sections": sections,
        "charts": [part for section in sections for part in section["blocks"] if part["kind"] == "chart"],
    }  # fmt: skip


def _section(section: Section, case: Typecase) -> dict[str, Any]:
    return {"title": case.set(section.title), "blocks": [_block(block, case) for block in section.blocks]}


def _block(block: Block, case: Typecase) -> dict[str, Any]:
    def row(cells: Sequence[Cell]) -> list[str]:
        return [case.set(cell_text(cell)) for cell in cells]

    match block:
        case Text():
            return {"kind": "note" if block.note else "text", "text": case.set(block.text)}
        case Facts():
            return {"kind": "facts", "rows": [row(pair) for pair in block.rows]}
        case Table():
            columns = [{"title": one.title, "share": one.share, "right": one.right} for one in block.columns]
            return {
                "kind": "table", "columns": columns, "rows": [row(cells) for cells in block.rows],
                "total": None if block.total is None else row(block.total), "empty": block.empty,
            }  # fmt: skip
        case Chart():
            series = [
                {"name": case.set(one.name), "values": list(one.values),
                 "texts": [block.value_text(value) if value else "" for value in one.values]}
                for one in block.series
            ]  # fmt: skip
            return {"kind": "chart", "title": case.set(block.title), "labels": list(block.labels), "series": series}
        case Ruled():
            return {"kind": "ruled", "lines": block.lines}


def _set(content: dict[str, Any], case: Typecase, *, form: str, **inputs: str) -> bytes:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for font in case.fonts:
            (folder / font.path.name).symlink_to(font.path.resolve())
        (folder / TEMPLATE).write_bytes(files(__package__).joinpath(TEMPLATE).read_bytes())
        written: bytes = typst.compile(
            folder / TEMPLATE,
            font_paths=[folder],
            ignore_system_fonts=True,
            format="pdf" if form == "pdf" else "png",
            ppi=CHART_PPI,
            sys_inputs={"paper": json.dumps(content, ensure_ascii=False), **inputs},
        )
        return written
