"""Periods: a year, a quarter, a month or a term, half-open, named as people type them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

YEAR = re.compile(r"(\d{4})", re.ASCII)
QUARTER = re.compile(r"(\d{4})Q([1-4])", re.ASCII)
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class UnknownPeriodError(ValueError):
    """The text is not a period: `2026`, `2026Q3`, `2026-11` or `term`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from start up to, and without, end. Raises ValueError when it would have no day."""

    name: str
    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end <= self.start:
            raise ValueError(f"period {self.name!r} has no day: {self.start} to {self.end}")

    @classmethod
    def parse(cls, text: str, *, term: tuple[date, date] | None = None) -> Self:
        """Read `2026`, `2026Q3`, `2026-11`, or `term` with its first day and the first day after it.

        Raises UnknownPeriodError for anything else.
        """
        if text == "term" and term is not None:
            return cls(name="term", start=term[0], end=term[1])
        if found := YEAR.fullmatch(text):
            return cls._months(text, int(found[1]), 1, 12)
        if found := QUARTER.fullmatch(text):
            return cls._months(text, int(found[1]), 3 * int(found[2]) - 2, 3)
        if found := MONTH.fullmatch(text):
            return cls._months(text, int(found[1]), int(found[2]), 1)
        raise UnknownPeriodError(f"unknown period {text!r}; write 2026, 2026Q3, 2026-11 or term")

    @classmethod
    def _months(cls, name: str, year: int, first: int, months: int) -> Self:
        if not 1 <= year < 9999:
            raise UnknownPeriodError(f"period {name!r} is outside the calendar")
        past = first - 1 + months
        return cls(name=name, start=date(year, first, 1), end=date(year + past // 12, past % 12 + 1, 1))

    @classmethod
    def year_of(cls, day: date) -> Self:
        """Give the calendar year that has this day."""
        return cls.parse(f"{day.year:04d}")

    @classmethod
    def quarter_of(cls, day: date) -> Self:
        """Give the calendar quarter that has this day."""
        return cls.parse(f"{day.year:04d}Q{(day.month + 2) // 3}")

    @classmethod
    def month_of(cls, day: date) -> Self:
        """Give the calendar month that has this day."""
        return cls.parse(f"{day.year:04d}-{day.month:02d}")

    def __contains__(self, day: date) -> bool:
        """Say whether a day lies in the period."""
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    def before(self) -> "Period | None":
        """Give the calendar year, quarter or month before this one; a term, or part of a window, has none."""
        found = (window_of(self.start) for window_of in WINDOWS.values())
        whole = next((length for length, one in zip(WINDOWS, found, strict=True) if one == self), None)
        return None if whole is None or self.start.year < 2 else WINDOWS[whole](self.start - timedelta(days=1))

    def months(self) -> tuple[str, ...]:
        """Name the calendar months the period touches, in order: `2026-01`, `2026-02`, …"""
        return tuple(month.name for month in self.windows("month"))

    def windows(self, length: str) -> "tuple[Period, ...]":
        """Give the calendar months, quarters or years that the period touches, in order.

        Raises ValueError for another length.
        """
        if length not in WINDOWS:
            raise ValueError(f"unknown window {length!r}; known: {', '.join(WINDOWS)}")
        window_of = WINDOWS[length]
        found = [window_of(self.start)]
        while found[-1].end < self.end:
            found.append(window_of(found[-1].end))
        return tuple(found)


WINDOWS = {"month": Period.month_of, "quarter": Period.quarter_of, "year": Period.year_of}
