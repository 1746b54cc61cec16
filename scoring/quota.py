"""Quotas: what each seat still owes in a window of duty, by when, and what it has done."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scoring.activities import Source, activities_of
from scoring.periods import Period
from scoring.points import rounded
from scoring.rules import Quota, RuleBook, Words
from scoring.tenure import Tenure


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How one seat stands with one quota in one window.

    due, done, missing: acts; done counts each activity once and may be more than due.  by: the last day in time.
    full_due: what a whole window owes, where the seat is held in part.  assumed: no source gives this quota.
    """

    seat: str
    person: str
    quota: str
    title: Words
    window: str
    due: int
    full_due: int
    done: int
    missing: int
    by: date
    assumed: bool


def progress(
    activities: Source, rulebook: RuleBook, period: Period, seats: Iterable[Tenure], *, term: Period | None = None
) -> list[Progress]:
    """Compare what seats did with the book's quotas; listed by seat, quota and window.

    Every window that the period touches is listed; acts count from the window's start to the end of the period, so
    `2026Q3` shows how a yearly duty stands at the end of September. Only acts while the seat was held count.
    A duty per term needs the term, unless the period is one. Raises ValueError when it is wanted and missing.
    """
    done: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for activity in activities_of(activities):
        done[(activity.seat, activity.kind)].append((activity.on, activity.code))
    return [
        _stand(quota, tenure, window, held, period, done)
        for tenure in sorted(seats, key=lambda one: one.seat)
        for quota in (rulebook.quotas[name] for name in sorted(rulebook.quotas))
        if not quota.levels or tenure.level in quota.levels
        for window in _windows(quota, period, term)
        if rulebook.covers(window.last_day) and (held := tenure.within(window)) is not None
    ]


def _stand(
    quota: Quota,
    tenure: Tenure,
    window: Period,
    held: Period,
    period: Period,
    done: dict[tuple[str, str], list[tuple[date, str]]],
) -> Progress:
    days = tenure.days_in(window)
    due = rounded(quota.due * days, window.days, quantum=1, rounding="half_up") if quota.pro_rata else quota.due
    due = due if days else 0  # nothing is owed by whoever was suspended all the time
    counted = {
        code for kind in quota.kinds for on, code in done.get((tenure.seat, kind), ()) if on in held and on < period.end
    }
    return Progress(
        seat=tenure.seat, person=tenure.person, quota=quota.id, title=quota.title, window=window.name, due=due,
        full_due=quota.due, done=len(counted), missing=max(0, due - len(counted)), by=held.last_day,
        assumed=quota.assumed,
    )  # fmt: skip


def _windows(quota: Quota, period: Period, term: Period | None) -> tuple[Period, ...]:
    if quota.window != "term":
        return period.windows(quota.window)
    if term is None and period.name != "term":
        raise ValueError(f"quota {quota.id!r} is per term: hand the term in")
    return (term or period,)
