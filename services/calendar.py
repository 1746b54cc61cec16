"""The instance's calendar: the shipped working days under its own notices, and its deliberation days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import Deadline, ExceptionalDay, Moved, OutsideCalendarError, Workdays, moved
from congress.deliberation import Decision, DeliberationDay, deliberation_day
from data.calendar import festival_names, moving_days, shipped, statute
from data.tables import CalendarDay, DeliberationDecision, Setting
from services.act import Act, record
from services.errors import BadRequestError
from services.instance import setting

FARTHEST = 31  # days that a decision may move a deliberation day: farther is a slip of the pen


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A day that a notice has turned from a working day into a day off, or the other way."""

    on: date
    working: bool
    name: str


def workdays(unit: Session | None = None) -> Workdays:
    """Give the working-day calendar: as shipped, or with the days that an instance's own notices add to it."""
    if unit is None:
        return shipped()
    return with_days(shipped(), unit.scalars(select(CalendarDay).order_by(CalendarDay.on)))


def with_days(calendar: Workdays, rows: Iterable[CalendarDay]) -> Workdays:
    """Lay an instance's days over a calendar; a year becomes announced once all its statutory holidays stand."""
    days = tuple(
        ExceptionalDay(on=row.on, working=row.working, name=both_names(row.name), source=row.source) for row in rows
    )
    return calendar.with_notice(days, announced_by(calendar, {day.on for day in days if not day.working}))


def announced_by(calendar: Workdays, off: set[date]) -> tuple[int, ...]:
    """Name the years that these days off complete."""
    years = sorted({day.year for day in off} & (calendar.statutory.keys() - calendar.announced))
    return tuple(year for year in years if not statute().unanswered(year, moving_days()[year], off))


def both_names(name: str) -> dict[str, str]:
    """Give a holiday's name in both languages; a name that is nobody's stands in both as it is."""
    english = {words["zh"]: words["en"] for words in festival_names().values()}
    parts = name.split("、")
    return {"zh": name, "en": ", ".join(english.get(part, part) for part in parts)}


def moved_by(before: Workdays, after: Workdays, deadlines: Iterable[Deadline]) -> tuple[Moved, ...]:
    """Say which of some open deadlines a notice has moved or confirmed; both calendars count them anew."""
    found = (moved(before.again(deadline), after.again(deadline)) for deadline in deadlines)
    return tuple(one for one in found if one is not None)


def turned_by(before: Workdays, after: Workdays, years: Iterable[int]) -> tuple[Turned, ...]:
    """List the days of some years that are worked in one calendar and not in the other."""
    return tuple(
        Turned(on=new.on, working=new.working, name=new.name["zh"])
        for year in sorted(set(years))
        for old, new in zip(before.span(*ends(year)), after.span(*ends(year)), strict=True)
        if old.working != new.working
    )


def ends(year: int) -> tuple[date, date]:
    """Give the first and the last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def deliberation(unit: Session, month: date, *, town: str = "") -> DeliberationDay:
    """Give the deliberation day of the month that a day lies in, under the instance's reading and decisions.

    A town's own decision goes before one for everywhere. Raises BadRequestError for a year outside the calendar.
    """
    return deliberations(unit, (month,), town=town)[0]


def deliberations(unit: Session, months: Iterable[date], *, town: str = "") -> tuple[DeliberationDay, ...]:
    """Give the deliberation days of several months, in their order."""
    calendar, reading = workdays(unit), setting(unit, "calendar.deliberation")
    query = select(DeliberationDecision).where(DeliberationDecision.town_code.in_(("", town)))
    decided = {
        row.month: Decision(to=row.on, reason=row.reason, paper=row.paper)
        for row in unit.scalars(query.order_by(DeliberationDecision.town_code))
    }
    try:
        return tuple(
            deliberation_day(
                month.year, month.month, calendar, reading=reading, decision=decided.get(month.replace(day=1))
            )
            for month in months
        )
    except OutsideCalendarError as wrong:
        raise outside(calendar) from wrong


def is_assumed(unit: Session) -> bool:
    """Tell whether nobody has chosen the reading of the deliberation day: it is the assumed default then."""
    return unit.get(Setting, "calendar.deliberation") is None


def move_deliberation(
    unit: Session, act: Act, *, month: date, to: date, reason: str, paper: str = "", town: str = ""
) -> DeliberationDay:
    """Record the decision to hold a month's deliberation on another day; a later decision replaces it.

    Raises BadRequestError without a reason, and for a day more than 31 days away from the computed one.
    """
    if not reason.strip():
        raise BadRequestError("error.calendar_reason")
    standing = deliberation(unit, month, town=town)
    if abs((to - standing.planned).days) > FARTHEST:
        raise BadRequestError("error.calendar_far", to=to.isoformat(), planned=standing.planned.isoformat())
    first = month.replace(day=1)
    row = unit.scalar(
        select(DeliberationDecision).where(DeliberationDecision.town_code == town, DeliberationDecision.month == first)
    )
    if row is None:
        row = DeliberationDecision(town_code=town, month=first, row_version=0)
        unit.add(row)
    row.on, row.reason, row.paper = to, reason.strip(), paper.strip()
    row.decided_by, row.recorded_at, row.row_version = act.actor, act.at, row.row_version + 1
    unit.flush()
    record(
        unit, act, "calendar.move_deliberation", town=town, month=first.isoformat(), to=to.isoformat(),
        planned=standing.planned.isoformat(), before=standing.on.isoformat(), reason=row.reason, paper=row.paper,
    )  # fmt: skip
    return deliberation(unit, month, town=town)


def outside(calendar: Workdays) -> BadRequestError:
    """Say which years the calendar knows."""
    first, last = calendar.years
    return BadRequestError("error.calendar_outside", first=first, last=last)
