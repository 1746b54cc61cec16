"""Cadence: how often a duty comes round (weekly, monthly, quarterly, n a year, n a term), and when it is due."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

EVERY = ("week", "month", "quarter", "year", "term")
WORDS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
PATTERN = re.compile(r"([1-9]\d{0,3}) per (week|month|quarter|year|term)", re.ASCII)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class UnknownCadenceError(ValueError):
    """The text is no cadence: `weekly`, `monthly`, `quarterly`, `yearly` or `2 per term`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one turn of a cadence owes: so many times, from `start` up to and with `by`, the last day in time."""

    start: date
    by: date
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """So many times in every week (from Monday), month, quarter, year or term."""

    every: str
    times: int = 1

    @classmethod
    def parse(cls, text: str) -> "Cadence":
        """Read `weekly`, `monthly`, `quarterly`, `yearly` or `6 per year`. Raises UnknownCadenceError."""
        if text in WORDS:
            return cls(every=WORDS[text])
        if found := PATTERN.fullmatch(text):
            return cls(every=found[2], times=int(found[1]))
        raise UnknownCadenceError(f"unknown cadence {text!r}; write {', '.join(WORDS)} or `6 per year`")

    def due(self, start: date, end: date, *, term: tuple[date, date] | None = None) -> tuple[Due, ...]:
        """List what falls due in a period, half-open as the term is; a turn is due on its last day.

        A turn is listed when its last day lies in the period; one that the term's borders cut is owed in the part
        that is left. Raises ValueError when a cadence per term comes without its term.
        """
        if self.every == "term" and term is None:
            raise ValueError("a cadence per term needs the term")
        turns = [term] if self.every == "term" and term else self._turns(start, end)
        cut = ((max(a, term[0]), min(b, term[1])) for a, b in turns) if term else iter(turns)
        return tuple(
            Due(start=first, by=after - timedelta(days=1), times=self.times)
            for first, after in cut
            if first < after and start < after <= end
        )

    def _turns(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Give every turn that the period touches, half-open."""
        first = self._first_of_turn(start)
        while first < end:
            after = self._next(first)
            yield first, after
            first = after

    def _first_of_turn(self, day: date) -> date:
        if self.every == "week":
            return day - timedelta(days=day.weekday())
        months = MONTHS[self.every]
        return date(day.year, (day.month - 1) // months * months + 1, 1)

    def _next(self, first: date) -> date:
        if self.every == "week":
            return first + timedelta(days=7)
        past = first.month - 1 + MONTHS[self.every]
        return date(first.year + past // 12, past % 12 + 1, 1)
