"""Typefaces of an office's papers: which Chinese font a text asks for, what may stand in for it, and rare letters'."""

from collections.abc import Iterator
from itertools import groupby
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import quoteattr

from data.exports import NOT_IN_XML

TITLE: Final = "方正小标宋简体"
HEADING: Final = "黑体"
BODY: Final = "仿宋"
SCREEN: Final = "微软雅黑"
LATIN: Final = "Times New Roman"
EXTENSION_A: Final = "宋体"
BEYOND: Final = "SimSun-ExtB"
LONGEST_TITLE: Final = 255  # of a file's properties
STAND_INS: Final = MappingProxyType({  # where the first is not installed, Word and WPS take the next
    TITLE: "STZhongsong,SimSun,Noto Serif CJK SC",
    HEADING: "SimHei,Noto Sans CJK SC,PingFang SC",
    BODY: "FangSong_GB2312,FangSong,STFangsong,Noto Serif CJK SC",
    EXTENSION_A: "SimSun,Noto Serif CJK SC",
    BEYOND: "HanaMinB,BabelStone Han,Plangothic P1,Noto Serif CJK SC",
})  # fmt: skip


def rare_typeface(letter: str) -> str:
    """Name the font a rare letter needs, nothing for one that every Chinese font has."""
    code = ord(letter)
    if code >= 0x20000:
        return BEYOND
    return EXTENSION_A if 0x3400 <= code <= 0x4DBF or 0x9FA6 <= code <= 0x9FFF else ""


def held(text: str) -> str:
    """Give a text that XML can hold; what it cannot is marked."""
    return NOT_IN_XML.sub("\ufffd", text)


def document_title(text: str) -> str:
    """Give the title that a file carries in its properties, as long as those may be."""
    return held(text)[:LONGEST_TITLE]


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text where its font changes: (typeface or nothing, text); what XML cannot hold is marked."""
    for face, letters in groupby(held(text), key=rare_typeface):
        yield face, "".join(letters)


def font_table() -> bytes:
    """Give a Word file's table of fonts with what may stand in for each."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    fonts = "".join(
        f'<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/><w:charset w:val="86"/></w:font>'
        for name, others in STAND_INS.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="{space}">{fonts}</w:fonts>'.encode()
    )
