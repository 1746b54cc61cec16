"""Drafts: what somebody wants to enter, every flaw named, grounded on people, seats and place before it is kept."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.activities import MODES
from congress.activity_checks import Deed, Finding, findings
from data.rules import kinds
from data.tables import Area, Grid, Person, Seat, Station, Term
from services.errors import ActError
from services.instance import the_term
from services.keeping import credited_seat, suspensions
from services.register import deeds_beside, generation_on, homes_of

LONGEST = {"title": 200, "witnesses": 400}
MOST = {"hours_tenths": 240, "half_days": 60, "served": 100_000, "starts_minute": 24 * 60 - 1}
MOST_PEOPLE = 1000  # of one roll-call
MEASURES = {"hour": "hours_tenths", "half_day": "half_days", "person": "served"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to enter; nothing is stored yet.

    people: ids or roster numbers, the first leads.  grid or station: the code of the place, never a position.
    level: the seat it counts for when somebody holds two; empty: the declared rule decides.
    """

    kind: str
    on: date
    people: tuple[str, ...]
    grid: str = ""
    station: str = ""
    title: str = ""
    mode: str = ""
    level: str = ""
    hours_tenths: int | None = None
    half_days: int | None = None
    served: int | None = None
    starts_minute: int | None = None
    witnesses: str = ""
    roll_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFlaw:
    """One thing that must be mended before a draft can be entered: the field and why."""

    field: str
    key: str
    facts: dict[str, Any]


class DraftError(ActError):
    """A draft with flaws, all of them named; nothing was entered."""

    status = 422

    def __init__(self, flaws: tuple[DraftFlaw, ...]) -> None:
        super().__init__("error.activity_flawed", flaws=len(flaws))
        self.flaws = flaws


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """A draft whose people and place were found: each person at the one seat it counts for, and the place's town."""

    draft: Draft
    term: Term
    seats: tuple[Seat, ...]
    town: str


def ground(unit: Session, draft: Draft, today: date, *, term: str | None = None) -> Grounded:
    """Find the people and the place of a draft. Raises DraftError with every flaw."""
    the = the_term(unit, term, on=today)
    flaws = [*plain_flaws(draft, the, today)]
    town, of_place = town_of(unit, draft)
    flaws += of_place
    seats, of_people = ((), []) if any(flaw.field == "people" for flaw in flaws) else seats_of(unit, draft, the, town)
    flaws += of_people
    if flaws:
        raise DraftError(tuple(flaws))
    return Grounded(draft=draft, term=the, seats=seats, town=town)


def plain_flaws(draft: Draft, term: Term, today: date) -> list[DraftFlaw]:
    """Name what is wrong with a draft before anything is looked up."""
    flaws = []

    def flaw(field: str, key: str, **facts: Any) -> None:
        flaws.append(DraftFlaw(field=field, key=f"activity.flaw.{key}", facts=facts))

    kind = next((one for one in kinds() if one.code == draft.kind), None)
    if kind is None:
        flaw("kind", "kind", kind=draft.kind)
    elif kind.measure in MEASURES and getattr(draft, MEASURES[kind.measure]) is None:
        flaw(MEASURES[kind.measure], f"measure_{kind.measure}")
    if draft.on > today:
        flaw("on", "future", day=draft.on.isoformat())
    if draft.on < term.starts_on or (term.ends_on is not None and draft.on >= term.ends_on):
        flaw("on", "term", day=draft.on.isoformat(), term=term.name)
    if draft.mode and draft.mode not in MODES:
        flaw("mode", "mode", mode=draft.mode, known=" ".join(MODES))
    if draft.grid and draft.station:
        flaw("place", "two_places")
    if not draft.people:
        flaw("people", "nobody")
    elif len(set(draft.people)) < len(draft.people):
        flaw("people", "twice")
    elif len(draft.people) > MOST_PEOPLE:
        flaw("people", "too_many", most=MOST_PEOPLE)
    for name in ("title", "witnesses"):
        if len(getattr(draft, name)) > LONGEST[name]:
            flaw(name, "too_long", most=LONGEST[name])
    for name, most in MOST.items():
        value = getattr(draft, name)
        if value is not None and not 0 <= value <= most:
            flaw(name, "measure", most=most // 10 if name == "hours_tenths" else most)
    return flaws


def town_of(unit: Session, draft: Draft) -> tuple[str, list[DraftFlaw]]:
    """Find the town of a draft's place under the map in force that day."""
    if not draft.grid and not draft.station:
        return "", []
    generation = generation_on(unit, draft.on)
    of = generation.id if generation is not None else -1
    if draft.grid:
        query = (
            select(Area.parent_code)
            .select_from(Grid)
            .outerjoin(Area, (Area.generation_id == Grid.generation_id) & (Area.code == Grid.village_code))
            .where(Grid.generation_id == of, Grid.code == draft.grid)
        )
    else:
        query = select(Station.town_code).where(Station.generation_id == of, Station.code == draft.station)
    found = unit.execute(query).first()
    if found is None:
        place = draft.grid or draft.station
        return "", [DraftFlaw(field="place", key="activity.flaw.place", facts={"place": place})]
    return found[0] or "", []


def seats_of(unit: Session, draft: Draft, term: Term, town: str) -> tuple[tuple[Seat, ...], list[DraftFlaw]]:
    """Find the one seat that the act counts for, for each of the people; who held none that day is a flaw."""
    wanted = list(draft.people)
    query = (
        select(Person, Seat)
        .outerjoin(Seat, (Seat.person_id == Person.id) & (Seat.term_id == term.id))
        .where(Person.id.in_(wanted) | Person.code.in_(wanted))
        .order_by(Seat.code)
    )
    held: dict[str, list[Seat]] = {}
    names: dict[str, str] = {}
    for person, seat in unit.execute(query):
        for known_as in (person.id, person.code):
            names[known_as] = person.name
            mine = held.setdefault(known_as, [])
            if seat is not None and seat.starts_on <= draft.on and (seat.ends_on is None or draft.on < seat.ends_on):
                mine.append(seat)
    flaws = [
        DraftFlaw(field="people", key="activity.flaw.person" if one not in names else "activity.flaw.no_seat",
                  facts={"person": names.get(one, one), "day": draft.on.isoformat()})
        for one in wanted
        if not held.get(one)
    ]  # fmt: skip
    if flaws:
        return (), flaws
    away = suspensions(unit, term)
    seats = tuple(credited_seat(held[one], level=draft.level, town=town, on=draft.on, away=away) for one in wanted)
    if len({seat.person_id for seat in seats}) < len(seats):
        return (), [DraftFlaw(field="people", key="activity.flaw.twice", facts={})]
    return seats, []


def look_over(unit: Session, found: Grounded, today: date) -> tuple[Finding, ...]:
    """Say what somebody should look at twice before they save; nothing of it forbids anything."""
    draft = found.draft
    people = tuple(seat.person_id for seat in found.seats)
    deed = Deed(
        code="", kind=draft.kind, on=draft.on, people=people, grid=draft.grid, station=draft.station,
        town=found.town, starts=draft.starts_minute, hours_tenths=draft.hours_tenths, half_days=draft.half_days,
    )  # fmt: skip
    return findings(deed, deeds_beside(unit, people, [draft.on]), homes_of(unit, people, today))
