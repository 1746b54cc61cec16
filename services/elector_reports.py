"""Reports to the electors (述职): who owes one by which day, and who has given it; from verified acts alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.cadence import Cadence
from data.manuscripts.outlines import Outline
from data.tables import ActivityPerson, ActivityRow, Person, Seat, Term
from services.instance import the_term
from services.performance_files import area_names

TERM_YEARS = 5  # a term without a known end is owed for until the end of its last year


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDue:
    """What one seat owes in the turn that a day lies in: so many reports by a day, and those given.

    given: the days of the verified ones; `missing` is how many are still due.
    """

    seat: str
    person: str
    name: str
    level: str
    town: str
    town_name: str
    cadence: str
    starts: date
    by: date
    times: int
    given: tuple[date, ...]

    @property
    def missing(self) -> int:
        """How many reports are still due."""
        return max(0, self.times - len(self.given))


def reports_due(
    unit: Session, outline: Outline, *, today: date, term: str | None = None, within: str = ""
) -> tuple[ReportDue, ...]:
    """List every seat that owes a report in the turn that has today, by seat code; only of a town if one is named."""
    the = the_term(unit, term)
    whole = (the.starts_on, the.ends_on or date(the.starts_on.year + TERM_YEARS + 1, 1, 1))
    query = (
        select(Seat, Person.name)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == the.id, Seat.level.in_(list(outline.due)), Seat.starts_on <= today,
               (Seat.ends_on.is_(None)) | (Seat.ends_on > today))
        .order_by(Seat.code)
    )  # fmt: skip
    if within:
        query = query.where(Seat.town_code == within)
    seats = [(seat, name) for seat, name in unit.execute(query)]
    towns = dict(area_names(unit, the, {seat.town_code for seat, _ in seats}))
    given = given_by_seat(unit, the, outline)
    turns = {level: turn_of(cadence, today, whole) for level, cadence in outline.due.items()}
    return tuple(
        ReportDue(
            seat=seat.code, person=seat.person_id, name=name, level=seat.level, town=seat.town_code,
            town_name=towns.get(seat.town_code, seat.town_code), cadence=outline.due[seat.level],
            starts=max(turn[0], seat.starts_on), by=turn[1] - timedelta(days=1), times=turn[2],
            given=tuple(day for day in given[seat.code] if turn[0] <= day < turn[1]),
        )
        for seat, name in seats
        for turn in (turns[seat.level],)
    )  # fmt: skip


def turn_of(cadence: str, today: date, term: tuple[date, date]) -> tuple[date, date, int]:
    """Give the turn of a cadence that a day lies in: first day, the day after its last, and how many times."""
    found = Cadence.parse(cadence)
    far = date(today.year + TERM_YEARS + 1, 1, 1)
    turns = found.due(today, max(far, term[1]), term=term)
    for turn in turns:
        if turn.start <= today <= turn.by:
            return turn.start, turn.by + timedelta(days=1), turn.times
    return term[0], term[1], found.times


def given_by_seat(unit: Session, term: Term, outline: Outline) -> dict[str, list[date]]:
    """Give the days of the verified reports of a term, by the seat they are credited to."""
    query = (
        select(Seat.code, ActivityRow.on)
        .join(ActivityPerson, ActivityPerson.seat_id == Seat.id)
        .join(ActivityRow, ActivityRow.id == ActivityPerson.activity_id)
        .where(ActivityRow.term_id == term.id, ActivityRow.state == "verified",
               ActivityRow.kind.in_(list(outline.kinds)))
        .order_by(ActivityRow.on)
    )  # fmt: skip
    found: dict[str, list[date]] = defaultdict(list)
    for seat, day in unit.execute(query):
        found[seat].append(day)
    return found
