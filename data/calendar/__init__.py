"""The shipped working-day calendar: one file for each announced year, the law on holidays, and the moving days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from congress.calendar import ExceptionalDay, Workdays
from congress.statute import Statute, StatutoryHoliday

Anchors = Mapping[int, Mapping[str, date]]  # year -> name of the moving day -> its date
NOTICE_KEYS = {"year", "notice", "number", "dated", "amended", "days_off", "worked"}


class CalendarFileError(ValueError):
    """A calendar file that cannot be taken: which file, and what in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The notice of one year: its title, its number where it is known, and its exceptional days in order."""

    year: int
    title: str
    number: str
    dated: date | None
    days: tuple[ExceptionalDay, ...]


@cache
def shipped() -> Workdays:
    """Give the shipped calendar: announced where a notice is shipped, the law's own holidays in the years after."""
    law, anchors = statute(), moving_days()
    all_notices = notices()
    return Workdays(
        announced=frozenset(notice.year for notice in all_notices),
        exceptions=MappingProxyType({day.on: day for notice in all_notices for day in notice.days}),
        statutory=MappingProxyType({year: law.days(year, anchors[year]) for year in anchors if year >= law.since}),
    )


@cache
def notices() -> tuple[Notice, ...]:
    """Read every shipped notice, in the order of the years. Raises CalendarFileError."""
    names = sorted(entry.name for entry in files(__name__).iterdir() if entry.name[:4].isdigit())
    found = tuple(read_notice(_text(name), name=name, names=festival_names()) for name in names)
    _each_day_once(found)
    return found


@cache
def statute() -> Statute:
    """Read the law on holidays."""
    law = yaml.safe_load(_text("statute.yaml"))
    return Statute(
        since=law["since"],
        source=law["source"],
        holidays=tuple(_holiday(code, row) for code, row in law["holidays"].items()),
    )


@cache
def moving_days() -> Anchors:
    """Read the days that move with the moon or the sun, by year."""
    table = yaml.safe_load(_text("lunar.yaml"))
    return MappingProxyType(
        {year: dict(zip(table["columns"], days, strict=True)) for year, days in table["days"].items()}
    )


@cache
def festival_names() -> Mapping[str, Mapping[str, str]]:
    """Give the names of the holidays in both languages, by code."""
    law = yaml.safe_load(_text("statute.yaml"))
    return MappingProxyType({code: row["name"] for code, row in law["holidays"].items()} | law["others"])


def read_notice(text: str, *, name: str, names: Mapping[str, Mapping[str, str]]) -> Notice:
    """Read the file of one year's notice. Raises CalendarFileError for unknown keys and holidays."""
    row: dict[str, Any] = yaml.safe_load(text)
    if strange := sorted(str(key) for key in row.keys() - NOTICE_KEYS):
        raise CalendarFileError(f"{name}: unknown keys {', '.join(strange)}")
    amended = row.get("amended", {})
    source = row.get("number") or row["notice"]
    days = []
    for kind, working in (("days_off", False), ("worked", True)):
        for code, spans in row.get(kind, {}).items():
            if code not in names:
                raise CalendarFileError(f"{name}: unknown holiday {code}; known: {', '.join(names)}")
            days += [
                ExceptionalDay(on=on, working=working, name=names[code], source=amended.get(code, source))
                for span in spans
                for on in _days_of(span, name)
            ]
    return Notice(
        year=row["year"], title=row["notice"], number=row.get("number", ""), dated=row.get("dated"),
        days=tuple(sorted(days, key=lambda day: day.on)),
    )  # fmt: skip


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _holiday(code: str, row: Mapping[str, Any]) -> StatutoryHoliday:
    month, day = (int(part) for part in row["from"].split("-")) if "from" in row else (0, 0)
    return StatutoryHoliday(
        code=code, name=row["name"], days=row["days"], anchor=row.get("anchor", ""), shift=row.get("shift", 0),
        month=month, day=day,
    )  # fmt: skip


def _days_of(span: date | str, name: str) -> Iterator[date]:
    """Give the days of `2026-10-10` or `2026-10-01/2026-10-07`."""
    try:
        ends = [span, span] if isinstance(span, date) else [date.fromisoformat(end) for end in span.split("/")]
        first, last = ends
        if last < first:
            raise ValueError(span)
    except ValueError as wrong:
        raise CalendarFileError(f"{name}: {span} is neither a day nor first/last") from wrong
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def _each_day_once(found: tuple[Notice, ...]) -> None:
    """Refuse two notices, or two lines of one, that speak of the same day."""
    seen: dict[date, int] = {}
    for notice in found:
        for day in notice.days:
            if day.on in seen:
                raise CalendarFileError(f"{notice.year}.yaml: {day.on} already stands in {seen[day.on]}.yaml")
            seen[day.on] = notice.year
