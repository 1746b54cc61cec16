"""The sheets: every kind of file that comes in through the door, and the page that lists their headers."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from data.address_sheets import ADDRESSES
from data.calendar_sheet import WORKDAYS
from data.land_sheets import AREAS, DISTRICTS, GRIDS, STATIONS
from data.matter_sheets import MATTERS
from data.people_sheets import ACTIVITIES, GRIDWORKERS, PEOPLE, SEATS
from data.sheet import TYPE_NAMES, Choice, Column, Sheet

__all__ = ["SHEETS", "Choice", "Column", "Sheet", "document"]

SHEETS: Mapping[str, Sheet] = MappingProxyType(
    {
        sheet.kind: sheet
        for sheet in (
            AREAS, DISTRICTS, GRIDS, ADDRESSES, STATIONS, PEOPLE, SEATS, GRIDWORKERS, ACTIVITIES, WORKDAYS, MATTERS,
        )
    }
)  # fmt: skip

SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "polygon": "多边形 polygons",
        "point": "点 points",
        "either": "多边形, 或单位的点 · polygons, or a work unit's point",
    }
)


def document() -> str:
    """Write docs/files.md: every header of every kind, its other names and its meaning."""
    lines = [
        "# 文件与表头 · Files and their headers",
        "",
        "由 `data/sheets.py` 生成, 请勿手改。Generated from `data/sheets.py`; do not edit by hand.",
        "",
        "表头可用中文或英文; 大小写、全角半角、空格和 `*` 都不影响识别。",
        "shapefile 截断的字段名也能识别。带 `*` 的必填。",
        "Headers may be Chinese or English; case, full-width letters, spaces and `*` make no difference.",
        "Names that a shapefile has cut off are known too. `*` marks what is required.",
        "",
    ]
    for sheet in SHEETS.values():
        lines += _chapter(sheet)
    return "\n".join(lines).rstrip() + "\n"


def _chapter(sheet: Sheet) -> Iterable[str]:
    """Write the part of one kind."""
    yield f"## {sheet.kind} · {sheet.zh}"
    yield ""
    yield f"{sheet.meaning_zh}。{sheet.meaning_en[0].upper()}{sheet.meaning_en[1:]}."
    if sheet.shape:
        need = "必需 required" if sheet.geometry == "required" else "可选 optional"
        yield f"几何 geometry: {SHAPES[sheet.shape]} ({need})."
    yield ""
    yield "| 表头 | English | 类型 type | 含义 | meaning | 也认 also read | 例 example |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for column in sheet.columns:
        star = "\\*" if column.required else ""
        kind = " ".join(TYPE_NAMES[column.type])
        if column.type == "choice":
            kind += ": " + ", ".join(f"{choice.zh} `{choice.value}`" for choice in column.choices)
        example = f"`{column.example}`" if column.example else ""
        aliases = ", ".join(column.aliases)
        cells = (
            f"{column.zh}{star}",
            f"`{column.name}`{star}",
            kind,
            column.meaning_zh,
            column.meaning_en,
            aliases,
            example,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
