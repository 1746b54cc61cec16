"""Measures of matters for any place and period: what the practices claim, counted from the events and defined here.

opinions: all that came in, merged ones too; the other figures leave out what was merged into another matter.
on_time_24h: forwarded within the book's hours, of those that were forwarded or whose hours are over.
within_3, within_5: replied within so many working days after they were assigned (pauses left out), of those replied.
answered_hours: the middle one of the hours from coming in to the first answer (the mean beside it).
satisfied: rated satisfied or fairly, of those rated, by the last rating.  closed_loop: archived, of all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean, median

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.calendar import Workdays
from congress.process.engine import CIVIL, ClockStanding, Event, replay
from data.tables import MatterRow, Seat
from scoring.periods import Period
from services.calendar import workdays
from services.errors import BadRequestError
from services.matters_books import book_of
from services.matters_events import events_of
from services.matters_inbox import within_period

PLACES = ("town", "station", "district", "unit")
CONTENT = ("satisfied", "fair")
CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many; `of` is 0 where there is nothing to measure."""

    number: int
    of: int

    @property
    def share(self) -> float | None:
        """The share from 0 to 1, None where there is nothing to measure."""
        return self.number / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The measures of one place and period; hours are hours of the clock, days are working days."""

    place: str  # the code of the place, empty: everywhere
    opinions: int
    merged: int
    open: int
    late: int
    on_time_24h: Share
    replied: int
    within_3: Share
    within_5: Share
    reply_days: float | None  # the middle one
    answered: int
    answered_hours: float | None
    answered_hours_mean: float | None
    on_the_spot: int
    elsewhere: int
    again: int
    satisfied: Share
    closed_loop: Share
    activities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What one matter gives to the measures."""

    merged: bool
    ended: bool
    late: bool
    forwarded: bool | None  # within its hours; None while they still run
    reply_days: tuple[int, ...]
    answered_hours: float | None
    on_the_spot: bool
    elsewhere: bool
    again: int
    rating: str
    activity: bool


def measures(
    unit: Session, period: Period, *, now: datetime, town: str = "", station: str = "", district: str = "",
    unit_name: str = "",
) -> Measured:  # fmt: skip
    """Measure the matters that came in within a period, everywhere or in one place, as they stand at `now`."""
    query = select(MatterRow).where(*within_period(period))
    for column, value in (
        (MatterRow.town_code, town), (MatterRow.station_code, station), (MatterRow.unit, unit_name),
    ):  # fmt: skip
        if value:
            query = query.where(column == value)
    if district:
        query = query.where(MatterRow.seat_id.in_(select(Seat.id).where(Seat.district_code == district)))
    courses = courses_of(unit, list(unit.scalars(query.order_by(MatterRow.id))), now)
    return measured(town or station or district or unit_name, [course for _, course in courses])


def by(unit: Session, period: Period, *, now: datetime, of: str) -> tuple[Measured, ...]:
    """Measure each town, station, deputy's district or handling unit by itself, in the order of the codes.

    A matter without one stands under the empty code. Raises BadRequestError for another `of`.
    """
    if of not in PLACES:
        raise BadRequestError("error.matter_show", show=of[:20], known=" ".join(PLACES))
    rows = list(unit.scalars(select(MatterRow).where(*within_period(period)).order_by(MatterRow.id)))
    districts: dict[str, str] = {}
    if of == "district":
        seats = select(Seat.id, Seat.district_code).where(Seat.id.in_({row.seat_id for row in rows if row.seat_id}))
        districts = dict(unit.execute(seats).all())
    groups: dict[str, list[Course]] = defaultdict(list)
    for row, course in courses_of(unit, rows, now):
        place = {"town": row.town_code, "station": row.station_code, "unit": row.unit,
                 "district": districts.get(row.seat_id or "", "")}[of]  # fmt: skip
        groups[place].append(course)
    return tuple(measured(place, groups[place]) for place in sorted(groups))


def courses_of(unit: Session, rows: Sequence[MatterRow], now: datetime) -> list[tuple[MatterRow, Course]]:
    """Follow each matter through its events."""
    calendar = workdays(unit)
    found = []
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        events = events_of(unit, [row.id for row in some])
        found += [(row, course_of(unit, row, events[row.id], calendar, now)) for row in some]
    return found


def course_of(unit: Session, row: MatterRow, events: Sequence[Event], calendar: Workdays, now: datetime) -> Course:
    """Follow one matter through its events, up to `now`."""
    book = book_of(unit, row.book_id)
    past = [event for event in events if event.at <= now]
    standing = replay(book, past, calendar, until=now)
    moves = standing.moves
    answers = [event.at for event in past if event.move in ("solve_on_the_spot", "answer", "answer_for")]
    return Course(
        merged=standing.merged, ended=bool(standing.state) and book.states[standing.state].end,
        late=any(clock.late for clock in standing.running), forwarded=forwarded(standing.clocks),
        reply_days=tuple(reply_days(standing.clocks, past, calendar)),
        answered_hours=(answers[0] - past[0].at).total_seconds() / 3600 if answers else None,
        on_the_spot=bool(moves.get("solve_on_the_spot")), elsewhere=bool(moves.get("not_ours")),
        again=sum(moves.get(name, 0) for name, the in book.moves.items() if the.reopens), rating=last_rating(past),
        activity=moves.get("activity", 0) > moves.get("activity_back", 0),
    )  # fmt: skip


def forwarded(clocks: Iterable[ClockStanding]) -> bool | None:
    """Say whether a matter was forwarded within its hours; None while they run or are paused."""
    first = next((clock for clock in clocks if clock.clock == "forward"), None)
    if first is None or (first.stopped is None and not first.late):
        return None
    return not first.late


def reply_days(clocks: Iterable[ClockStanding], events: Sequence[Event], calendar: Workdays) -> Iterable[int]:
    """Give the working days that each reply took, pauses left out; what was taken back was not replied to."""
    replies = {event.at for event in events if event.move in ("reply", "paper_reply")}
    for clock in clocks:
        if clock.clock == "handle" and clock.stopped in replies and clock.stopped is not None:
            begins = date.fromisoformat(clock.reason_facts["begins"])
            yield max(calendar.workdays_between(begins, clock.stopped.astimezone(CIVIL).date()), 0)


def last_rating(events: Iterable[Event]) -> str:
    """Give the last rating of the handling."""
    return next((str(event.facts["rating"]) for event in reversed(list(events)) if event.facts.get("rating")), "")


def measured(place: str, courses: Sequence[Course]) -> Measured:
    """Count what the courses of one place give."""
    own = [course for course in courses if not course.merged]
    hours = [course.answered_hours for course in own if course.answered_hours is not None]
    days = [number for course in own for number in course.reply_days]
    judged = [course.forwarded for course in own if course.forwarded is not None]
    rated = [course.rating for course in own if course.rating]
    return Measured(
        place=place, opinions=len(courses), merged=len(courses) - len(own),
        open=sum(not course.ended for course in own), late=sum(course.late for course in own),
        on_time_24h=Share(number=sum(judged), of=len(judged)), replied=len(days),
        within_3=Share(number=sum(number <= 3 for number in days), of=len(days)),
        within_5=Share(number=sum(number <= 5 for number in days), of=len(days)),
        reply_days=float(median(days)) if days else None, answered=len(hours),
        answered_hours=median(hours) if hours else None, answered_hours_mean=fmean(hours) if hours else None,
        on_the_spot=sum(course.on_the_spot for course in own), elsewhere=sum(course.elsewhere for course in own),
        again=sum(course.again for course in own),
        satisfied=Share(number=sum(rating in CONTENT for rating in rated), of=len(rated)),
        closed_loop=Share(number=sum(course.ended for course in own), of=len(own)),
        activities=sum(course.activity for course in own),
    )  # fmt: skip
