"""Holiday notices in: days off and make-up days over the shipped calendar, and what they change, said day by day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import SATURDAY, Day, Reason, Workdays
from data.calendar import moving_days, statute
from data.flaws import Flaw
from data.readers import Reading
from data.tables import CalendarDay
from services.act import Act
from services.calendar import deliberations, turned_by, workdays
from services.keeping import flag, text
from services.matters_calendar import reconsider
from services.references import as_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What a notice did: days new and changed, years it announced, and a sentence for everything that moved."""

    new: int
    changed: int
    announced: tuple[int, ...]
    notes: tuple[Reason, ...]
    matters: tuple[str, ...] = ()  # open matters whose deadline moved; each keeps a note of it


def check_notice(reading: Reading, calendar: Workdays) -> tuple[Flaw, ...]:
    """List what is wrong with a notice beside the calendar: days outside it, doubtful ones, holidays left out."""
    found = [flaw for row in range(reading.rows) if (flaw := _row_flaw(reading, row, calendar)) is not None]
    days = kept_days(reading)
    return (*found, *_left_out(reading, calendar, {on for on, working, _, _ in days if not working}))


def keep_notice(unit: Session, act: Act, reading: Reading) -> Noticed:
    """Keep the days of a sound notice and say what changed by it, for the years it speaks of."""
    before = workdays(unit)
    rows = kept_days(reading)
    years = {on.year for on, *_ in rows}
    held = {"before": _held(unit, years, act.today)}
    standing = {row.on: row for row in unit.scalars(select(CalendarDay))}
    new = changed = 0
    for on, working, name, source in rows:
        row = standing.get(on)
        if row is None:
            new += 1
            unit.add(CalendarDay(on=on, working=working, name=name, source=source, recorded_at=act.at))
        elif (row.working, row.name, row.source) != (working, name, source):
            changed += 1
            row.working, row.name, row.source = working, name, source
            row.recorded_at, row.row_version = act.at, row.row_version + 1
    unit.flush()
    after = workdays(unit)
    held["after"] = _held(unit, years, act.today)
    announced = tuple(sorted(after.announced - before.announced))
    notes = _notes(before, after, years, held)
    matters = reconsider(unit, act, before, after) if new or changed else ()
    if matters:
        notes = (*notes, Reason(key="notice.matters", facts={"moved": len(matters)}))
    return Noticed(new=new, changed=changed, announced=announced, notes=notes, matters=matters)


def kept_days(reading: Reading) -> list[tuple[date, bool, str, str]]:
    """Give the days of a notice that are kept: (day, worked, name, source); sample rows are not."""
    frame = reading.frame
    columns = zip(
        frame["on"], text(frame, "kind"), text(frame, "name"), text(frame, "source"), flag(frame, "synthetic"),
        strict=True,
    )  # fmt: skip
    return [
        (as_date(on), kind == "work", name, source) for on, kind, name, source, sample in columns if on and not sample
    ]


def _row_flaw(reading: Reading, row: int, calendar: Workdays) -> Flaw | None:
    """Find what is wrong with one row."""
    frame = reading.frame
    on = frame["on"].iloc[row]
    if not on:
        return None
    day, (first, last) = as_date(on), calendar.years
    facts = {"value": day.isoformat(), "first": first, "last": last}
    if not first <= day.year <= last:
        return _flaw(reading, row, "notice_outside", fatal=True, facts=facts)
    if flag(frame, "synthetic").iloc[row]:
        return _flaw(reading, row, "notice_sample", fatal=False, facts=facts)
    if frame["kind"].iloc[row] == "work" and day.weekday() < SATURDAY and calendar.is_workday(day):
        return _flaw(reading, row, "notice_worked_weekday", fatal=False, facts=facts)
    if day.year in calendar.announced and calendar.is_workday(day) != (frame["kind"].iloc[row] == "work"):
        return _flaw(reading, row, "notice_changes_announced", fatal=False, facts=facts)
    return None


def _left_out(reading: Reading, calendar: Workdays, off: set[date]) -> list[Flaw]:
    """List, for each year that the notice would announce, the statutory holidays that are still missing."""
    known = off | {day.on for day in calendar.exceptions.values() if not day.working}
    years = sorted({day.year for day in off} & (calendar.statutory.keys() - calendar.announced))
    missing = {year: statute().unanswered(year, moving_days()[year], known) for year in years}
    return [
        Flaw(
            file=reading.file, kind="notice_incomplete", fatal=False,
            facts={"year": year, "holidays": [holiday.name["zh"] for holiday in holidays]},
        )
        for year, holidays in missing.items()
        if holidays
    ]  # fmt: skip


def _flaw(reading: Reading, row: int, kind: str, *, fatal: bool, facts: dict[str, Any]) -> Flaw:
    place = reading.place(row)
    return Flaw(
        file=reading.file, line=place.line, field="on", code=facts["value"], kind=kind, facts=facts, fatal=fatal
    )


def _held(unit: Session, years: set[int], today: date) -> dict[date, bool]:
    """Tell, for each deliberation day still to come in some years, whether it lies on a working day."""
    months = [date(year, month, 1) for year in sorted(years) for month in range(1, 13)]
    calendar = workdays(unit)
    return {day.on: calendar.is_workday(day.on) for day in deliberations(unit, months) if day.on >= today}


def _notes(before: Workdays, after: Workdays, years: set[int], held: dict[str, dict[date, bool]]) -> tuple[Reason, ...]:
    """Say what changed: years announced, days turned, deliberation days that now lie on a day off."""
    announced = [
        Reason(key="notice.announced", facts={"year": year}) for year in sorted(after.announced - before.announced)
    ]
    turned = [_turned(after.day(turn.on)) for turn in turned_by(before, after, years)]
    struck = [
        Reason(key="notice.deliberation", facts={"on": on.isoformat(), "name": dict(after.day(on).name)})
        for on, worked in held["after"].items()
        if not worked and held["before"].get(on, True)
    ]
    return (*announced, *turned, *struck)


def _turned(day: Day) -> Reason:
    facts = {"on": day.on.isoformat(), "name": dict(day.name)}
    return Reason(key="notice.turned_worked" if day.working else "notice.turned_off", facts=facts)
