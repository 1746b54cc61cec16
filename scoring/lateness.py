"""Lateness: what comes in after its period was closed counts on the first open day, or not at all, and says so."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from scoring.activities import Activity
from scoring.entries import Entry, Fact
from scoring.periods import Period


def closed_by(closed: Sequence[Period], day: date) -> Period | None:
    """Give the closed period that has a day; of several the one that starts first, then the longer one."""
    found = [period for period in closed if day in period]
    return min(found, key=lambda period: (period.start, -period.days, period.name)) if found else None


def open_day(closed: Sequence[Period], day: date) -> date:
    """Give the first day, from this one on, that no closed period has."""
    while closed_by(closed, day) is not None:
        day = max(period.end for period in closed if day in period)
    return day


def moved(activities: Iterable[Activity], closed: Sequence[Period]) -> list[Activity]:
    """Let activities of closed days count on the first open day; the others stay as they are."""
    return [replace(activity, on=open_day(closed, activity.on)) for activity in activities]


def explained(entry: Entry, done_on: date, closed: Sequence[Period]) -> Entry:
    """Give an entry of a late activity with the day it was done on and the period that was closed by then."""
    period = closed_by(closed, done_on)
    facts: dict[str, Fact] = {**entry.reason_facts, "late_on": done_on.isoformat()}
    if period is not None:
        facts["late_period"] = period.name
    return replace(entry, reason_facts=facts)


def without_points(activity: Activity) -> Entry:
    """Give the entry of 0 that a late activity gets where the book says that it counts nothing any more."""
    return Entry(
        activity=activity.code, person=activity.person, seat=activity.seat, rule="", on=activity.on, tenths=0,
        reason_key="points.late_nothing",
        reason_facts={"kind": activity.kind, "points": "0", "raw_tenths": 0},
    )  # fmt: skip
