"""The deliberation day (逢四议事): the Thursday of the month's fourth week in both readings, and what moves it."""

from dataclasses import dataclass
from datetime import date, timedelta

from congress.calendar import Reason, Workdays

THURSDAY = 3  # of date.weekday()
READINGS = ("fourth_thursday", "fourth_week")  # the first is the assumed default
NOTICE_DAYS = 3  # deputies are told at least so many days before


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A recorded decision to hold a month's deliberation on another day."""

    to: date
    reason: str
    paper: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationDay:
    """One month's deliberation day.

    on: the day it is held.  planned: the day that was computed.  other: the day of the other reading.
    reason: how it was found.  warning: set when the day it is held on is not worked, or not known to be.
    notice_by: the last day on which deputies are told in time.
    """

    on: date
    planned: date
    other: date
    reading: str
    reason: Reason
    warning: Reason | None
    notice_by: date

    @property
    def moved(self) -> bool:
        """Whether a decision holds it on another day than the computed one."""
        return self.on != self.planned


def thursday_of(year: int, month: int, reading: str = READINGS[0]) -> date:
    """Compute the Thursday of a month's fourth week.

    `fourth_thursday`: the fourth Thursday (iCalendar `BYDAY=4TH`).  `fourth_week`: weeks start on Monday and the one
    with the first of the month is the first, however few of its days lie in the month. Raises ValueError.
    """
    if reading not in READINGS:
        raise ValueError(f"unknown reading {reading!r}; known: {', '.join(READINGS)}")
    first = date(year, month, 1)
    if reading == "fourth_week":
        return first - timedelta(days=first.weekday()) + timedelta(weeks=3, days=THURSDAY)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7, weeks=3)


def deliberation_day(
    year: int, month: int, workdays: Workdays, *, reading: str = READINGS[0], decision: Decision | None = None
) -> DeliberationDay:
    """Give a month's deliberation day: computed, warned about on a holiday, moved only by a decision.

    Raises ValueError for an unknown reading, OutsideCalendarError for a year that the calendar does not know.
    """
    planned = thursday_of(year, month, reading)
    other = thursday_of(year, month, next(name for name in READINGS if name != reading))
    on = decision.to if decision else planned
    facts = {"planned": planned.isoformat(), "other": other.isoformat(), "on": on.isoformat()}
    if decision:
        decided = {**facts, "why": decision.reason, "paper": decision.paper}
        reason = Reason(key="deliberation.decided" if decision.paper else "deliberation.decided_bare", facts=decided)
    else:
        reason = Reason(key="deliberation.both" if other == planned else f"deliberation.{reading}", facts=facts)
    return DeliberationDay(
        on=on, planned=planned, other=other, reading=reading, reason=reason, warning=_warning(on, workdays),
        notice_by=on - timedelta(days=NOTICE_DAYS),
    )  # fmt: skip


def _warning(on: date, workdays: Workdays) -> Reason | None:
    day = workdays.day(on)
    facts = {"on": on.isoformat(), "name": dict(day.name)}
    if not day.working:
        return Reason(key=f"deliberation.warning.{day.kind}", facts=facts)
    return Reason(key="deliberation.warning.provisional", facts={**facts, "year": on.year}) if day.provisional else None
