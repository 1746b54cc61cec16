"""The content of a paper before it has a form: sections of text, facts, tables and charts, in the order of reading."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

MISSING_LETTER = "〓"  # what Chinese type-setting puts where a letter is not at hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points in tenths; written with one decimal, and as a number where a file has numbers."""

    tenths: int
    signed: bool = False


Cell = str | int | date | Points | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; `share` is its width in parts of the table's, numbers stand on the right."""

    title: str
    share: int = 10
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its headings; `total` is its last row, `empty` what stands there instead when it has no row.

    name: what a workbook calls its sheet, at most 31 characters.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    total: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of columns of a chart, as many values as the chart has labels."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns side by side, told apart in grey too; values are tenths where `tenths` says so, counts otherwise."""

    name: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    tenths: bool = False

    def value_text(self, value: int) -> str:
        """Write a value as it stands above its column."""
        return points_text(value) if self.tenths else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Short facts, each with its name."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; a note is set smaller and without indent."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """Empty lines for a hand to write on."""

    lines: int


Block = Text | Facts | Table | Chart | Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a paper with its heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """A whole paper.

    stamp: the line that says who took it out and when, on every page.  ribbon: what marks sample data on every page,
    or nothing; `watermark` the same in few letters, across the page.
    page_words: `{page}` and `{pages}` stand where the numbers go.  formal: body text in the size of an official paper.
    """

    lang: Literal["zh", "en"]
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    stamp: str
    ribbon: str
    watermark: str
    page_words: str
    missing_note: str  # `{letters}`: said on a paper for which a letter was not at hand
    long_note: str  # `{number}`: said on slides instead of a table that is too long for them
    formal: bool = False


def points_text(tenths: int, *, signed: bool = False) -> str:
    """Write tenths of a point exactly: 415 is 41.5, less than nothing has a real minus sign."""
    sign = "\u2212" if tenths < 0 else "+" if signed and tenths else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}"


def cell_text(cell: Cell) -> str:
    """Write a cell for a reader."""
    match cell:
        case None:
            return ""
        case Points():
            return points_text(cell.tenths, signed=cell.signed)
        case date():
            return cell.isoformat()
    return str(cell)


def texts(paper: Manuscript) -> Iterator[str]:
    """Give every text that stands on a paper."""
    yield from (
        paper.title,
        paper.subtitle,
        paper.stamp,
        paper.ribbon,
        paper.watermark,
        paper.page_words,
        paper.missing_note,
    )
    yield MISSING_LETTER + "0123456789.,+-\u2212"
    for section in paper.sections:
        yield section.title
        for block in section.blocks:
            yield from _texts_of(block)


def _texts_of(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield block.text
        case Facts():
            yield from (part for name, cell in block.rows for part in (name, cell_text(cell)))
        case Table():
            yield block.empty
            yield from (column.title for column in block.columns)
            yield from (cell_text(cell) for row in (*block.rows, block.total or ()) for cell in row)
        case Chart():
            yield from (block.title, *block.labels, *(one.name for one in block.series))
        case Ruled():
            return


def tables(paper: Manuscript) -> Iterator[Table]:
    """Give the tables of a paper in the order of reading."""
    yield from (block for section in paper.sections for block in section.blocks if isinstance(block, Table))


def charts(paper: Manuscript) -> Iterator[Chart]:
    """Give the charts of a paper in the order of reading."""
    yield from (block for section in paper.sections for block in section.blocks if isinstance(block, Chart))
