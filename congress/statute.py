"""The statutory holidays: the days off that the law itself gives in a year, and which of them a notice leaves out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from congress.calendar import SATURDAY, ExceptionalDay

NEAR = timedelta(days=7)  # a holiday on a weekend is made up for within this, whatever the notice


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryHoliday:
    """One holiday of the law: `days` in a row from a fixed day of the year, or from so many days after its anchor.

    anchor: the name of a day that moves with the moon or the sun, empty for a fixed one (month, day).
    """

    code: str
    name: Mapping[str, str]
    days: int
    anchor: str = ""
    shift: int = 0
    month: int = 0
    day: int = 0

    def dates(self, year: int, anchors: Mapping[str, date]) -> tuple[date, ...]:
        """Give the holiday's days in a year whose moving days are known. Raises KeyError for an unknown anchor."""
        first = anchors[self.anchor] + timedelta(days=self.shift) if self.anchor else date(year, self.month, self.day)
        return tuple(first + timedelta(days=step) for step in range(self.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """The law on holidays as it stands since a year, with its title as the source of every day."""

    since: int
    source: str
    holidays: tuple[StatutoryHoliday, ...]

    def days(self, year: int, anchors: Mapping[str, date]) -> dict[date, ExceptionalDay]:
        """Give the days off of a year, by day; where two holidays meet, the one listed first names the day.

        Raises ValueError for a year before the law.
        """
        if year < self.since:
            raise ValueError(f"{self.source} holds since {self.since}, not in {year}")
        found: dict[date, ExceptionalDay] = {}
        for holiday in self.holidays:
            for on in holiday.dates(year, anchors):
                found.setdefault(on, ExceptionalDay(on=on, working=False, name=holiday.name, source=self.source))
        return found

    def unanswered(self, year: int, anchors: Mapping[str, date], off: Collection[date]) -> tuple[StatutoryHoliday, ...]:
        """List the holidays that a notice's days off leave out; when none is left, the year is announced.

        A holiday is answered when all of its days from Monday to Friday are off; one that lies on a weekend whole,
        when any day within a week of it is.
        """
        return tuple(holiday for holiday in self.holidays if not _is_answered(holiday.dates(year, anchors), off))


def _is_answered(dates: Iterable[date], off: Collection[date]) -> bool:
    days = tuple(dates)
    worked = [day for day in days if day.weekday() < SATURDAY]
    if worked:
        return all(day in off for day in worked)
    return any(days[0] - NEAR <= day <= days[-1] + NEAR for day in off)
