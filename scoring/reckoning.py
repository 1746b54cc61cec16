"""Reckonings: what a book gives or takes at the end of a window, for missed duties and for shares of attendance."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from scoring.activities import Activity
from scoring.entries import Entry, Fact
from scoring.periods import Period
from scoring.points import text_of
from scoring.quota import Progress, progress
from scoring.rules import Quota, Rate, RuleBook
from scoring.tenure import Tenure

MISSED, RATE = "quota:", "rate:"  # an entry of a reckoning carries this, its name and its window for an activity
RECKONED = (MISSED, RATE)


def reckonings(
    activities: Iterable[Activity], book: RuleBook, seats: Iterable[Tenure], period: Period, *, until: date,
    term: Period | None = None,
) -> list[Entry]:  # fmt: skip
    """Reckon every window of the period that is over on a day (until): one entry for each seat that it concerns.

    Nothing is entered for a duty done, a rate below its lowest step or without any act, and for seats not held. The
    entry counts on the last day that the seat was held in the window. Order: by seat, then name, then window.
    """
    acts, held = list(activities), sorted(seats, key=lambda one: one.seat)
    found = _missed(acts, book, held, period, until, term) + _rates(acts, book, held, period, until)
    return sorted(found, key=lambda entry: (entry.seat, entry.rule, entry.on))


def _missed(
    acts: list[Activity], book: RuleBook, seats: Sequence[Tenure], period: Period, until: date, term: Period | None
) -> list[Entry]:
    strict = {name: quota for name, quota in book.quotas.items() if quota.missed_each or quota.missed_once}
    if not strict:
        return []
    windows: dict[str, Period] = {}
    for window in {quota.window for quota in strict.values()}:
        whole = (term,) if window == "term" else period.windows(window)
        windows |= {one.name: one for one in whole if one is not None}
    spans = replace(period, end=max([period.end, *(one.end for one in windows.values())]))
    lines = progress(acts, replace(book, quotas=strict), spans, seats, term=term)
    return [
        _missed_entry(line, strict[line.quota], book)
        for line in lines
        if line.missing and line.window in windows and windows[line.window].end <= until
        and windows[line.window].last_day in period
    ]  # fmt: skip


def _missed_entry(line: Progress, quota: Quota, book: RuleBook) -> Entry:
    tenths = quota.missed_once or quota.missed_each * line.missing
    facts: dict[str, Fact] = _facts(book, quota.id, quota) | {
        "due": line.due, "done": line.done, "missing": line.missing, "window": line.window, "points": text_of(tenths),
        "raw_tenths": tenths,
    }  # fmt: skip
    return Entry(
        activity=f"{MISSED}{quota.id}:{line.window}", person=line.person, seat=line.seat,
        rule=f"{MISSED}{quota.id}"[:60], on=line.by, tenths=tenths, reason_key="points.missed", reason_facts=facts,
    )  # fmt: skip


def _rates(acts: list[Activity], book: RuleBook, seats: Sequence[Tenure], period: Period, until: date) -> list[Entry]:
    found = []
    for rate in book.rates.values():
        kinds = {*rate.attended, *rate.missed}
        for window in period.windows(rate.window):
            if window.end > until or window.last_day not in period or not book.covers(window.last_day):
                continue
            for tenure in seats:
                held = tenure.within(window)
                if held is None or (rate.levels and tenure.level not in rate.levels):
                    continue
                mine = [one for one in acts if one.seat == tenure.seat and one.kind in kinds and one.on in held]
                found += _rate_entry(rate, book, tenure, window, held, mine)
    return found


def _rate_entry(
    rate: Rate, book: RuleBook, tenure: Tenure, window: Period, held: Period, acts: list[Activity]
) -> list[Entry]:
    there = sum(_times(one) for one in acts if one.kind in rate.attended)
    away = sum(_times(one) for one in acts if one.kind in rate.missed)
    if not there + away:
        return []
    percent = 100 * there // (there + away)
    step = next((one for one in rate.steps if percent >= one.start), None)
    if step is None:
        return []
    facts: dict[str, Fact] = _facts(book, rate.id, rate) | {
        "there": there, "all": there + away, "percent": percent, "from": step.start, "window": window.name,
        "points": text_of(step.award), "raw_tenths": step.award,
    }  # fmt: skip
    return [
        Entry(
            activity=f"{RATE}{rate.id}:{window.name}", person=tenure.person, seat=tenure.seat,
            rule=f"{RATE}{rate.id}"[:60], on=held.last_day, tenths=step.award, reason_key="points.rate",
            reason_facts=facts,
        )
    ]  # fmt: skip


def _times(act: Activity) -> int:
    """Say how often an act counts: by its half-days where they were measured."""
    return act.half_days if act.half_days is not None else 1


def _facts(book: RuleBook, name: str, of: Quota | Rate) -> dict[str, Fact]:
    return {
        "book": book.name, "book_version": book.version, "book_title_zh": book.title["zh"],
        "book_title_en": book.title["en"], "rule": name, "rule_title_zh": of.title.get("zh", ""),
        "rule_title_en": of.title.get("en", ""), "basis_zh": of.basis.get("zh", ""), "basis_en": of.basis.get("en", ""),
        "category": "", "assumed": of.assumed,
    }  # fmt: skip
