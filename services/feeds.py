"""Feeds: what a phone subscribes to for a deputy, a station or a town; public things only, nothing by the clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.calendar import CIVIL, Reason, civil_day
from congress.deliberation import DeliberationDay
from congress.reception import MONTHS, Reception, parse_hours
from data.frames import each
from data.tables import AuditRow, CalendarDay, DeliberationDecision, InForce, RuleBookRow
from scoring.periods import Period
from scoring.quota import Progress, progress
from scoring.tenure import Tenure
from services.atlas import Atlas, Holder
from services.calendar import deliberations, is_assumed, workdays
from services.errors import NotFoundError
from services.points import book_of, books

TERM_YEARS = 5  # a term without a known end
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ASSUMED = Reason(key="deliberation.assumed", facts={})
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One entry of a feed: all day when it starts on a date; `rule` is an iCalendar recurrence, empty for none."""

    uid: str
    title: Reason
    notes: tuple[Reason, ...]
    start: date | datetime
    end: date | datetime
    rule: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar to subscribe to; `stamp` is when the newest of what it shows was recorded."""

    name: Reason
    occasions: tuple[Occasion, ...]
    stamp: datetime
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every feed of one atlas shares: the store, the mark of the instance, and the days from and up to which."""

    unit: Session
    atlas: Atlas
    mark: str
    start: date
    end: date
    stamp: datetime

    def uid(self, *parts: str) -> str:
        """Name an entry the same way whenever the feed is built."""
        return "-".join(parts) + f"@{self.mark}.sanlian"


def deputy_feed(unit: Session, atlas: Atlas, person: str) -> Feed:
    """Give a deputy's receptions, deliberation days and duties with their last days. Raises NotFoundError."""
    ground = ground_of(unit, atlas)
    seats = sorted(
        (holder for holder in atlas.holders.values() if person in (holder.person_id, holder.person_code)),
        key=lambda holder: holder.seat,
    )
    if not seats:
        raise NotFoundError("error.no_such_deputy", deputy=person)
    stations = atlas.stations[atlas.stations["code"].isin({seat.station for seat in seats if seat.station})]
    return Feed(
        name=Reason(key="feed.name.deputy", facts={"name": seats[0].name}),
        occasions=(
            *receptions(ground, stations),
            *deliberation_days(ground, sorted({seat.town for seat in seats if seat.town})),
            *duties(ground, seats),
        ),
        stamp=ground.stamp,
        synthetic=atlas.synthetic,
    )


def station_feed(unit: Session, atlas: Atlas, code: str) -> Feed:
    """Give a station's receptions and the deliberation days of its town. Raises NotFoundError."""
    ground = ground_of(unit, atlas)
    found = atlas.stations[atlas.stations["code"] == code]
    if not len(found):
        raise NotFoundError("error.no_such_station", station=code)
    towns = [town for town in found["town"] if town]
    return Feed(
        name=Reason(key="feed.name.station", facts={"name": str(found["name"].iloc[0])}),
        occasions=(*receptions(ground, found), *deliberation_days(ground, towns)),
        stamp=ground.stamp,
        synthetic=atlas.synthetic,
    )


def town_feed(unit: Session, atlas: Atlas, code: str) -> Feed:
    """Give the deliberation days of a town and the receptions of all its stations. Raises NotFoundError."""
    ground = ground_of(unit, atlas)
    if code not in set(atlas.layers.towns["code"]):
        raise NotFoundError("error.no_such_town", town=code)
    stations = atlas.stations[atlas.stations["town"] == code]
    return Feed(
        name=Reason(key="feed.name.town", facts={"name": atlas.names.get(code, code)}),
        occasions=(*receptions(ground, stations), *deliberation_days(ground, [code])),
        stamp=ground.stamp,
        synthetic=atlas.synthetic,
    )


def ground_of(unit: Session, atlas: Atlas) -> Ground:
    """Find what every feed of an atlas shares; nothing of it depends on the hour at which it is asked for.

    A feed starts on the day on which the atlas was put in force here, and what lies before is not told anew. It ends
    with the term; one that is in force without a successor goes on for a year, as deputies do.
    """
    in_force = unit.scalars(
        select(InForce)
        .where(InForce.generation_id == atlas.generation_id, InForce.valid_from == atlas.valid_from)
        .order_by(InForce.id.desc())
    ).first()
    if in_force is None:
        raise NotFoundError("error.nothing_in_force", day=atlas.valid_from.isoformat())
    ends = atlas.term_ends or years_after(atlas.term_starts, TERM_YEARS)
    if in_force.valid_to is None:
        ends = years_after(ends, 1)
    starts = max(atlas.term_starts, atlas.valid_from)
    later = max(starts, civil_day(in_force.recorded_at))
    recorded = (
        in_force.recorded_at,
        unit.scalar(select(func.max(CalendarDay.recorded_at))),
        unit.scalar(select(func.max(DeliberationDecision.recorded_at))),
        unit.scalar(select(func.max(RuleBookRow.adopted_at))),
    )
    first = unit.scalar(select(AuditRow.hash).order_by(AuditRow.seq).limit(1))
    return Ground(
        unit=unit, atlas=atlas, mark=(first or "")[:12] or "local", start=later if later < ends else starts, end=ends,
        stamp=max(at for at in recorded if at is not None),
    )  # fmt: skip


def years_after(day: date, years: int) -> date:
    """Give the same day some years later; the 28th for the end of February."""
    return date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)


def receptions(ground: Ground, stations: pd.DataFrame) -> Iterator[Occasion]:
    """Give the receptions of stations; hours of no known form become a plain note on the first day."""
    for station in each(stations):
        if not station.hours:
            continue
        found = parse_hours(station.hours)
        if found is None:
            note = Reason(key="feed.hours_note", facts={"station": station.name, "hours": station.hours})
            yield Occasion(
                uid=ground.uid("hours", station.code), title=note, notes=(), start=ground.start,
                end=ground.start + timedelta(days=1),
            )  # fmt: skip
            continue
        for number, reception in enumerate(found, start=1):
            first = next(reception.between(ground.start, ground.end), None)
            if first is not None:
                yield _reception(ground, station, number, reception, first)


def _reception(ground: Ground, station: Any, number: int, reception: Reception, first: date) -> Occasion:
    notes = [Reason(key="feed.hours_note", facts={"station": station.name, "hours": station.hours})]
    return Occasion(
        uid=ground.uid("reception", station.code, str(number)),
        title=Reason(key="feed.reception", facts={"station": station.name}),
        notes=(*notes, Reason(key="feed.reception_note", facts={})),
        start=datetime.combine(first, reception.opens, tzinfo=CIVIL),
        end=datetime.combine(first, reception.closes, tzinfo=CIVIL),
        rule={**recurrence(reception), "UNTIL": datetime.combine(ground.end, datetime.min.time(), tzinfo=CIVIL)},
    )


def recurrence(reception: Reception) -> dict[str, Any]:
    """Write a reception as an iCalendar recurrence."""
    if reception.days:
        months = {} if reception.months == MONTHS["每"] else {"BYMONTH": list(reception.months)}
        return {"FREQ": "YEARLY" if months else "MONTHLY", **months, "BYMONTHDAY": list(reception.days)}
    if reception.nth:
        return {"FREQ": "MONTHLY", "BYDAY": [f"{reception.nth}{WEEKDAYS[reception.weekdays[0]]}"]}
    return {"FREQ": "WEEKLY", "BYDAY": [WEEKDAYS[day] for day in reception.weekdays]}


def deliberation_days(ground: Ground, towns: Iterable[str]) -> Iterator[Occasion]:
    """Give every deliberation day of some towns in the term, as far as the calendar reaches."""
    last = min(ground.end, date(workdays(ground.unit).years[1], 12, 31))
    months = tuple(months_between(ground.start, last))
    assumed = is_assumed(ground.unit)
    for town in towns:
        for month, day in zip(months, deliberations(ground.unit, months, town=town), strict=True):
            if ground.start <= day.on < ground.end:
                yield _deliberation(ground, town, month, day, assumed=assumed)


def _deliberation(ground: Ground, town: str, month: date, day: DeliberationDay, *, assumed: bool) -> Occasion:
    told = Reason(key="deliberation.notice_by", facts={"by": day.notice_by.isoformat()})
    return Occasion(
        uid=ground.uid("deliberation", town, f"{month:%Y%m}"),
        title=Reason(key="feed.deliberation", facts={"town": ground.atlas.names.get(town, town)}),
        notes=(day.reason, *([day.warning] if day.warning else []), told, *([ASSUMED] if assumed else [])),
        start=day.on,
        end=day.on + timedelta(days=1),
    )


def months_between(start: date, end: date) -> Iterator[date]:
    """Give the first of every month that a period touches, half-open."""
    month = start.replace(day=1)
    while month < end:
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def duties(ground: Ground, seats: Iterable[Holder]) -> Iterator[Occasion]:
    """Give what each seat owes by which day under the rule book in force that day; never what was done."""
    adopted = books(ground.unit)
    ahead = Period(name="ahead", start=ground.start, end=ground.end)
    term = Period(name="term", start=ground.atlas.term_starts, end=ground.end)
    tenures = [
        Tenure(seat=seat.seat, person=seat.person_code, level=seat.level, start=seat.starts_on, end=seat.ends_on)
        for seat in seats
    ]
    levels = {tenure.seat: tenure.level for tenure in tenures}
    for row, book in adopted:
        for owed in progress((), book, ahead, tenures, term=term):
            in_force = book_of(adopted, owed.by)
            if in_force is not None and in_force[0].id == row.id and owed.due and ground.start <= owed.by:
                basis = Reason(key="feed.quota_basis", facts={"basis": dict(book.quotas[owed.quota].basis)})
                yield _duty(ground, owed, levels[owed.seat], basis)


def _duty(ground: Ground, owed: Progress, level: str, basis: Reason) -> Occasion:
    window = {"window_key": "feed.window.term"} if owed.window == "term" else {"window": owed.window}
    facts = {"title": dict(owed.title), **window, "due": owed.due, "level_key": f"level.{level}"}
    return Occasion(
        uid=ground.uid("duty", owed.seat, owed.quota, owed.window),
        title=Reason(key="feed.quota", facts=facts),
        notes=(basis, *([Reason(key="feed.assumed", facts={})] if owed.assumed else [])),
        start=owed.by,
        end=owed.by + timedelta(days=1),
    )
