"""The wording that every paper shares: its sheet with stamp and mark, numbered headings, and how days are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from api.door import Caller
from api.writing import written_day
from data.manuscripts.content import Block, Manuscript, Section
from data.messages import say
from services.act import CIVIL, Act

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """In which language a paper is written, who takes it out, and the act of taking it out."""

    lang: Literal["zh", "en"]
    who: str
    act: Act

    def tell(self, key: str, **facts: Any) -> str:
        """Say a message of papers."""
        return say(f"paper.{key}", self.lang, **facts)

    def day(self, on: date) -> str:
        """Write a day as a sentence has it."""
        return f"{on.year}年{on.month}月{on.day}日" if self.lang == "zh" else on.isoformat()

    def span(self, starts: date, last: date) -> str:
        """Write a span of days, both included."""
        return self.tell("span", starts=self.day(starts), last=self.day(last))

    @property
    def stamp(self) -> str:
        """Say who took the paper out, and when."""
        at = self.act.at.astimezone(CIVIL)
        return self.tell("stamp", who=self.who, day=written_day(at.date(), self.lang), time=f"{at:%H:%M}")


def wording_of(who: Caller) -> Wording:
    """Give the wording for somebody who came in through the door."""
    lang: Literal["zh", "en"] = "en" if who.lang == "en" else "zh"
    role = say(f"role.{who.viewer.role}", lang) if who.viewer else say("role.resident", lang)
    return Wording(
        lang=lang, who=f"{who.act.actor}（{role}）" if lang == "zh" else f"{who.act.actor} ({role})", act=who.act
    )


def sheet(
    words: Wording, *, title: str, subtitle: str, sections: Sequence[tuple[str, Sequence[Block]]], synthetic: bool,
    formal: bool = False,
) -> Manuscript:  # fmt: skip
    """Put sections on a sheet, numbered, with its stamp and the mark of sample data."""
    return Manuscript(
        lang=words.lang, title=title, subtitle=subtitle, stamp=words.stamp, formal=formal,
        ribbon=words.tell("ribbon") if synthetic else "", watermark=words.tell("watermark") if synthetic else "",
        page_words=words.tell("pages", page="{page}", pages="{pages}"),
        missing_note=words.tell("missing", letters="{letters}"), long_note=words.tell("long", number="{number}"),
        sections=tuple(
            Section(title=f"{numeral(number, words.lang)}{heading}", blocks=tuple(blocks))
            for number, (heading, blocks) in enumerate(sections)
        ),
    )  # fmt: skip


def spaced(digest: str) -> str:
    """Write a digest in eights, so that eyes can compare it and a line can end in it."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def numeral(number: int, lang: str) -> str:
    """Number a heading from 0 as papers do: 一、 二、 … 十一、, or 1. 2."""
    if lang != "zh":
        return f"{number + 1}. "
    tens, ones = divmod(number + 1, 10)
    before = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens - 1] + "十"
    return before + (NUMERALS[ones - 1] if ones else "") + "、"
