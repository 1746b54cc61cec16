"""The hand that writes days, counts and points for people, in Chinese or English, as page filters."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context

from services.act import CIVIL

ZH_WEEKDAYS: Final = "一二三四五六日"
EN_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EN_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written_day(on: date, lang: str) -> str:
    """Write a day with its weekday: 2026年11月23日(周一), or Mon 23 Nov 2026."""
    if lang == "zh":
        return f"{on.year}年{on.month}月{on.day}日(周{ZH_WEEKDAYS[on.weekday()]})"
    return f"{EN_WEEKDAYS[on.weekday()]} {on.day} {EN_MONTHS[on.month - 1]} {on.year}"


def written_moment(at: datetime, lang: str) -> str:
    """Write an instant as the civil day and minute where the instance is: 2026年11月23日(周一) 17:05."""
    here = at.astimezone(CIVIL)
    return f"{written_day(here.date(), lang)} {here:%H:%M}"


def written_count(number: int) -> str:
    """Write a whole number, in threes from ten thousand on: 806, 8532, 12,480."""
    return f"{number:,}" if abs(number) >= 10_000 else str(number)


def written_points(tenths: int, *, signed: bool = False) -> str:
    """Write tenths of a point with one decimal; `signed` gives a plus, and a real minus sign to what is taken back."""
    size = f"{abs(tenths) // 10}.{abs(tenths) % 10}"
    if tenths < 0:
        return f"\u2212{size}"
    return f"+{size}" if signed and tenths else size


@pass_context
def _day(context: Context, on: date) -> str:
    return written_day(on, str(context["lang"]))


@pass_context
def _moment(context: Context, at: datetime) -> str:
    return written_moment(at, str(context["lang"]))


FILTERS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {"day": _day, "moment": _moment, "count": written_count, "points": written_points}
)
