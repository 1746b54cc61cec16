"""Working days: which day counts and why, when a deadline falls, and what a late notice moves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

CIVIL = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
SATURDAY = 5  # of date.weekday()
NO_WORDS: Mapping[str, str] = MappingProxyType({"zh": "", "en": ""})
COMMAS = MappingProxyType({"zh": "、", "en": ", "})


class OutsideCalendarError(LookupError):
    """The day lies in a year of which the calendar knows neither a notice nor the statutory holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a message key and its facts; a fact in two languages is a mapping of `zh` and `en`."""

    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionalDay:
    """A day off, or a weekend day that is worked (调休): its name in `zh` and `en`, and the paper that says so."""

    on: date
    working: bool
    name: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day: kind is workday, weekend, day_off or made_up; provisional while its year has no notice."""

    on: date
    kind: str
    provisional: bool
    name: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    source: str = ""

    @property
    def working(self) -> bool:
        """Whether it counts as a working day."""
        return self.kind in ("workday", "made_up")

    @property
    def reason(self) -> Reason:
        """Why it counts or not."""
        return Reason(key=f"calendar.day.{self.kind}", facts={"name": dict(self.name), "source": self.source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day in time, counted in working days after `start`, which is not counted itself.

    provisional: a day that was counted or passed over lies in a year without a notice (`years`).
    """

    on: date
    start: date
    working_days: int
    reason: Reason
    provisional: bool
    years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAt:
    """An instant counted in hours of the clock, nights and holidays included."""

    at: datetime
    start: datetime
    hours: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a notice did to a deadline: moved it by so many calendar days (negative: earlier), or confirmed it."""

    before: Deadline
    after: Deadline
    days: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """A calendar of working days.

    announced: the years whose notice is known.  exceptions: what notices say, by day.
    statutory: the holidays that the law itself gives, by year and day; they stand in for a notice that is not out yet.
    Raises OutsideCalendarError for a day in any other year.
    """

    announced: frozenset[int]
    exceptions: Mapping[date, ExceptionalDay]
    statutory: Mapping[int, Mapping[date, ExceptionalDay]] = field(default_factory=dict)

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year that the calendar answers for."""
        known = self.announced | self.statutory.keys()
        return min(known), max(known)

    def with_notice(self, days: Iterable[ExceptionalDay], announced: Iterable[int] = ()) -> "Workdays":
        """Lay the days of later notices over this calendar; `announced` are the years that they complete."""
        return replace(
            self,
            announced=self.announced | frozenset(announced),
            exceptions={**self.exceptions, **{day.on: day for day in days}},
        )

    def day(self, on: date) -> Day:
        """Say what a day is, and why."""
        provisional = self._is_provisional(on)
        found = self.exceptions.get(on)
        if found is None and provisional:
            found = self.statutory[on.year].get(on)
        if found is None:
            kind = "weekend" if on.weekday() >= SATURDAY else "workday"
            return Day(on=on, kind=kind, provisional=provisional)
        kind = "day_off" if not found.working else "made_up" if on.weekday() >= SATURDAY else "workday"
        return Day(on=on, kind=kind, provisional=provisional, name=found.name, source=found.source)

    def is_workday(self, on: date) -> bool:
        """Tell whether a day is worked."""
        return self.day(on).working

    def deadline(self, start: date, working_days: int) -> Deadline:
        """Count working days after `start`. Raises ValueError for fewer than one."""
        passed = list(self._until(start, working_days, DAY))
        years = tuple(sorted({day.on.year for day in passed if day.provisional}))
        return Deadline(
            on=passed[-1].on, start=start, working_days=working_days, reason=_why(start, working_days, passed),
            provisional=bool(years), years=years,
        )  # fmt: skip

    def again(self, deadline: Deadline) -> Deadline:
        """Compute a deadline anew, as after a notice was loaded."""
        return self.deadline(deadline.start, deadline.working_days)

    def before(self, end: date, working_days: int) -> date:
        """Give the day that lies so many working days before `end`, which is not counted itself."""
        return list(self._until(end, working_days, -DAY))[-1].on

    def workdays_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and with `end`; below zero when `end` is the earlier one."""
        first, last = min(start, end), max(start, end)
        count = sum(self.is_workday(first + DAY * step) for step in range(1, (last - first).days + 1))
        return count if start <= end else -count

    def span(self, first: date, last: date) -> Iterator[Day]:
        """Give every day from `first` up to and with `last`."""
        return (self.day(first + DAY * step) for step in range((last - first).days + 1))

    def _until(self, start: date, working_days: int, step: timedelta) -> Iterator[Day]:
        """Give each day after the start until so many of them were working days."""
        if working_days < 1:
            raise ValueError(f"a deadline is one working day or more, not {working_days}")
        on, left = start, working_days
        while left:
            on += step
            day = self.day(on)
            left -= day.working
            yield day

    def _is_provisional(self, on: date) -> bool:
        if on.year in self.announced:
            return False
        if on.year not in self.statutory:
            first, last = self.years
            raise OutsideCalendarError(f"{on} is outside the calendar, which knows {first} to {last}")
        return True


def moved(before: Deadline, after: Deadline) -> Moved | None:
    """Say what changed between two computations of one deadline; None when nothing did.

    Raises ValueError for deadlines that count from different days or count differently.
    """
    if (before.start, before.working_days) != (after.start, after.working_days):
        raise ValueError("these are two deadlines, not one computed twice")
    days = (after.on - before.on).days
    if not days and before.provisional == after.provisional:
        return None
    kind = "later" if days > 0 else "earlier" if days < 0 else "confirmed" if before.provisional else "unsettled"
    facts = {"before": before.on.isoformat(), "after": after.on.isoformat(), "days": abs(days)}
    return Moved(before=before, after=after, days=days, reason=Reason(key=f"deadline.moved.{kind}", facts=facts))


def add_hours(start: datetime, hours: int) -> DueAt:
    """Add hours of the clock to an aware instant; nights, weekends and holidays count. Raises ValueError."""
    if start.tzinfo is None:
        raise ValueError("the instant must name its time zone")
    if hours < 1:
        raise ValueError(f"a clock runs one hour or more, not {hours}")
    at = start + timedelta(hours=hours)
    facts = {"start": _minute(start), "hours": hours, "at": _minute(at)}
    return DueAt(at=at, start=start, hours=hours, reason=Reason(key="deadline.hours", facts=facts))


def civil_day(at: datetime) -> date:
    """Give the civil date in Asia/Shanghai of an aware instant. Raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("the instant must name its time zone")
    return at.astimezone(CIVIL).date()


def day_end(at: datetime) -> datetime:
    """Give the instant at which the civil day of an instant ends: each day's inbox is empty by then."""
    return datetime.combine(civil_day(at) + DAY, datetime.min.time(), tzinfo=CIVIL)


def _minute(at: datetime) -> str:
    return at.astimezone(CIVIL).strftime("%Y-%m-%d %H:%M")


def _why(start: date, working_days: int, passed: list[Day]) -> Reason:
    """Tell how a deadline came about: what was passed over, and which weekend days counted."""
    off = [day for day in passed if day.kind == "day_off"]
    made_up = [day for day in passed if day.kind == "made_up"]
    named = list(dict.fromkeys((day.name["zh"], day.name["en"]) for day in off))
    kind = {(False, False): "plain", (True, False): "off", (False, True): "made_up", (True, True): "off_made_up"}
    facts = {
        "start": start.isoformat(), "days": working_days, "on": passed[-1].on.isoformat(),
        "weekend": sum(day.kind == "weekend" for day in passed), "off": len(off), "made_up": len(made_up),
        "names": {"zh": COMMAS["zh"].join(zh for zh, _ in named), "en": COMMAS["en"].join(en for _, en in named)},
        "made_up_on": " ".join(day.on.isoformat() for day in made_up),
        "years": " ".join(sorted({str(day.on.year) for day in passed if day.provisional})),
    }  # fmt: skip
    return Reason(key=f"deadline.{kind[bool(off), bool(made_up)]}", facts=facts)
