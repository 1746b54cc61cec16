"""The register of activities: one or a page of them, with people, steps, files and what to look at twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from congress.activity_checks import Deed, Finding, Home, batch_at_deadline, findings
from data.tables import (
    ActivityMove,
    ActivityPerson,
    ActivityRow,
    Area,
    Evidence,
    Generation,
    Grid,
    LinkRow,
    Person,
    Seat,
    Station,
    StationLinkRow,
    Term,
)
from scoring.periods import Period
from services.act import CIVIL
from services.atlas import in_force_on
from services.errors import NotFoundError
from services.instance import setting

NAMED_BY_OTHERS = ("form", "roll_call")
BY_HAND = ("form",)  # sources whose batches are looked at; a roll-call or a file is one act of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody who took part, at the seat it counts for."""

    person: str
    name: str
    seat: str
    seat_id: str
    level: str
    town: str
    role: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An activity as the register shows it; the first of the people leads."""

    id: int
    code: str
    kind: str
    on: date
    title: str
    mode: str
    grid: str
    station: str
    place_town: str
    hours_tenths: int | None
    half_days: int | None
    served: int | None
    starts_minute: int | None
    witnesses: str
    state: str
    source: str
    entered_by: str
    verified_by: str
    recorded_at: datetime
    synthetic: bool
    version: int
    people: tuple[Participant, ...]
    files: int

    @property
    def towns(self) -> tuple[str, ...]:
        """The towns of the seats it counts for, the lead's first."""
        return tuple(dict.fromkeys(one.town for one in self.people if one.town))

    def of(self, person: str) -> Participant | None:
        """Give the part of one person."""
        return next((one for one in self.people if one.person == person), None)

    def waits_for(self, person: str) -> bool:
        """Say whether it still wants this person's confirmation."""
        mine = self.of(person)
        return self.state == "entered" and mine is not None and not mine.confirmed

    def deed(self) -> Deed:
        """Give it as the checks see it."""
        return Deed(
            code=self.code, kind=self.kind, on=self.on, people=tuple(one.person for one in self.people),
            grid=self.grid, station=self.station, town=self.place_town, starts=self.starts_minute,
            hours_tenths=self.hours_tenths, half_days=self.half_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which activities are asked for; an empty field asks for any. states: any of them."""

    states: tuple[str, ...] = ()
    kind: str = ""
    town: str = ""
    station: str = ""
    person: str = ""
    q: str = ""
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an activity's history."""

    move: str
    before: str
    after: str
    actor: str
    role: str
    reason: str
    at: datetime
    changes: Mapping[str, list[Any]]  # of a correction: field -> what it was and what it became


def registered(
    unit: Session, term: Term, wanted: Wanted, *, first: int = 0, most: int = 50
) -> tuple[tuple[Registered, ...], int]:
    """Give a page of the activities that fit, the newest day first, and how many fit altogether."""
    query = fitting(select(ActivityRow.id), term, wanted)
    total = int(unit.scalar(select(func.count()).select_from(query.subquery())) or 0)
    newest = query.order_by(ActivityRow.on.desc(), ActivityRow.code).offset(first).limit(most)
    return read(unit, list(unit.scalars(newest))), total


def fitting(query: Select[Any], term: Term, wanted: Wanted) -> Select[Any]:
    """Narrow a query of activities to those that are asked for."""
    query = query.where(ActivityRow.term_id == term.id)
    if wanted.states:
        query = query.where(ActivityRow.state.in_(wanted.states))
    if wanted.kind:
        query = query.where(ActivityRow.kind == wanted.kind)
    if wanted.station:
        query = query.where(ActivityRow.station_code == wanted.station)
    if wanted.period is not None:
        query = query.where(ActivityRow.on >= wanted.period.start, ActivityRow.on < wanted.period.end)
    taking_part = select(ActivityPerson.activity_id).join(Seat, Seat.id == ActivityPerson.seat_id)
    if wanted.town:
        query = query.where(ActivityRow.id.in_(taking_part.where(Seat.town_code == wanted.town)))
    if wanted.person:
        query = query.where(ActivityRow.id.in_(taking_part.where(ActivityPerson.person_id == wanted.person)))
    if wanted.q.strip():
        like = "%" + wanted.q.strip().replace("\\", "").replace("%", "").replace("_", r"\_") + "%"
        named = taking_part.join(Person, Person.id == ActivityPerson.person_id).where(
            Person.name.like(like, escape="\\")
        )
        title, code = ActivityRow.title.like(like, escape="\\"), ActivityRow.code == wanted.q.strip()
        query = query.where(or_(title, code, ActivityRow.id.in_(named)))
    return query


def by_codes(unit: Session, codes: Iterable[str]) -> dict[str, Registered]:
    """Give activities by their codes; a code that is not known is left out."""
    ids = unit.scalars(select(ActivityRow.id).where(ActivityRow.code.in_(list(codes))))
    return {one.code: one for one in read(unit, list(ids))}


def by_code(unit: Session, code: str) -> Registered:
    """Give one activity. Raises NotFoundError."""
    found = by_codes(unit, [code]).get(code)
    if found is None:
        raise NotFoundError("error.no_such_activity", activity=code)
    return found


def row_of(unit: Session, code: str) -> ActivityRow:
    """Give the row of an activity, to be changed. Raises NotFoundError."""
    found = unit.scalar(select(ActivityRow).where(ActivityRow.code == code).with_for_update())
    if found is None:
        raise NotFoundError("error.no_such_activity", activity=code)
    return found


def waiting_for(unit: Session, term: Term, person: str) -> tuple[Registered, ...]:
    """Give the activities that somebody entered for a person and that wait for their confirmation."""
    found, _ = registered(unit, term, Wanted(states=("entered",), person=person), most=100)
    return tuple(one for one in found if one.waits_for(person))


def named_in(unit: Session, term: Term, person: str, *, user: str, since: date) -> tuple[Registered, ...]:
    """Give the activities of the last days that others say a person took part in: they may answer “not me”."""
    query = (
        select(ActivityRow.id)
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .where(
            ActivityRow.term_id == term.id, ActivityRow.source.in_(NAMED_BY_OTHERS), ActivityRow.entered_by != user,
            ActivityRow.state.in_(("reported", "returned", "town_verified", "verified")), ActivityRow.on >= since,
            ActivityPerson.person_id == person, ActivityPerson.confirmed_at.is_(None),
        )
        .order_by(ActivityRow.on.desc(), ActivityRow.code)
        .limit(20)
    )  # fmt: skip
    return read(unit, list(unit.scalars(query)))


def read(unit: Session, ids: Sequence[int]) -> tuple[Registered, ...]:
    """Read activities with their people, in the order of the ids."""
    rows = {row.id: row for row in unit.scalars(select(ActivityRow).where(ActivityRow.id.in_(ids)))}
    people: dict[int, list[Participant]] = defaultdict(list)
    query = (
        select(ActivityPerson, Person.name, Seat)
        .join(Person, Person.id == ActivityPerson.person_id)
        .join(Seat, Seat.id == ActivityPerson.seat_id)
        .where(ActivityPerson.activity_id.in_(ids))
        .order_by(ActivityPerson.id)
    )
    for part, name, seat in unit.execute(query):
        people[part.activity_id].append(
            Participant(
                person=part.person_id, name=name, seat=seat.code, seat_id=seat.id, level=seat.level,
                town=seat.town_code, role=part.role, confirmed=part.confirmed_at is not None,
            )
        )  # fmt: skip
    files = select(Evidence.activity_id, func.count()).where(Evidence.activity_id.in_(ids))
    counted: dict[int, int] = dict(unit.execute(files.group_by(Evidence.activity_id)).all())
    towns = towns_of_places(unit, rows.values())
    return tuple(
        registered_of(rows[id_], people[id_], towns.get(id_, ""), counted.get(id_, 0)) for id_ in ids if id_ in rows
    )


def registered_of(row: ActivityRow, people: list[Participant], town: str, files: int) -> Registered:
    """Give one row as the register shows it, whoever leads first."""
    return Registered(
        id=row.id, code=row.code, kind=row.kind, on=row.on, title=row.title, mode=row.mode, grid=row.grid_code,
        station=row.station_code, place_town=town, hours_tenths=row.hours_tenths, half_days=row.half_days,
        served=row.served, starts_minute=row.starts_minute, witnesses=row.witnesses or "", state=row.state,
        source=row.source, entered_by=row.entered_by, verified_by=row.verified_by, recorded_at=row.recorded_at,
        synthetic=row.synthetic, version=row.row_version,
        people=tuple(sorted(people, key=lambda one: one.role != "lead")), files=files,
    )  # fmt: skip


def towns_of_places(unit: Session, rows: Iterable[ActivityRow]) -> dict[int, str]:
    """Give the town of each activity's place, by the map it happened under."""
    listed = list(rows)
    grids = {row.grid_code for row in listed if row.grid_code}
    stations = {row.station_code for row in listed if row.station_code}
    maps = {row.generation_id for row in listed if row.generation_id is not None}
    of_grid = {
        (generation, code): parent or ""
        for generation, code, parent in unit.execute(
            select(Grid.generation_id, Grid.code, Area.parent_code)
            .outerjoin(Area, (Area.generation_id == Grid.generation_id) & (Area.code == Grid.village_code))
            .where(Grid.generation_id.in_(maps), Grid.code.in_(grids))
        )
    }
    of_station = {
        (generation, code): town
        for generation, code, town in unit.execute(
            select(Station.generation_id, Station.code, Station.town_code).where(
                Station.generation_id.in_(maps), Station.code.in_(stations)
            )
        )
    }
    return {
        row.id: of_grid.get((row.generation_id or 0, row.grid_code), "")
        or of_station.get((row.generation_id or 0, row.station_code), "")
        for row in listed
    }


def history(unit: Session, activity: Registered) -> tuple[Step, ...]:
    """Give the steps of an activity, the first one first."""
    query = select(ActivityMove).where(ActivityMove.activity_id == activity.id).order_by(ActivityMove.id)
    return tuple(
        Step(move=row.move, before=row.before, after=row.after, actor=row.actor, role=row.role, reason=row.reason,
             at=row.at, changes=row.changes or {})
        for row in unit.scalars(query)
    )  # fmt: skip


def sent_back(steps: Iterable[Step]) -> str:
    """Give the reason of the last return for correction, empty without one."""
    return next((step.reason for step in reversed([*steps]) if step.move == "return"), "")


def files_of(unit: Session, activity: Registered) -> tuple[Evidence, ...]:
    """Give the files of an activity."""
    query = select(Evidence).where(Evidence.activity_id == activity.id).order_by(Evidence.id)
    return tuple(unit.scalars(query))


def checked(unit: Session, acts: Sequence[Registered], today: date) -> dict[str, tuple[Finding, ...]]:
    """Say for each activity what a verifier should look at twice."""
    people = {one.person for act in acts for one in act.people}
    others = deeds_beside(unit, people, {act.on for act in acts})
    homes = homes_of(unit, people, today)
    batches = batches_of(unit, acts)
    return {
        act.code: (*findings(act.deed(), others, homes), *([batches[act.code]] if act.code in batches else []))
        for act in acts
    }


def deeds_beside(unit: Session, people: Iterable[str], days: Iterable[date]) -> tuple[Deed, ...]:
    """Read what these people did on these days, without what was refused or withdrawn."""
    query = (
        select(ActivityRow.id)
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .where(ActivityPerson.person_id.in_(list(people)), ActivityRow.on.in_(list(days)),
               ActivityRow.state.not_in(("refused", "withdrawn")))
        .distinct()
        .order_by(ActivityRow.id)
    )  # fmt: skip
    return tuple(one.deed() for one in read(unit, list(unit.scalars(query))))


def homes_of(unit: Session, people: Iterable[str], today: date) -> dict[str, Home]:
    """Give the grids, stations and towns that each person is linked to under the plan in force."""
    try:
        plan = in_force_on(unit, today).plan_id
    except NotFoundError:
        return {}
    places: dict[str, set[str]] = defaultdict(set)
    towns: dict[str, set[str]] = defaultdict(set)
    mine = Seat.person_id.in_(list(people))
    links = select(Seat.person_id, LinkRow.grid_code).join(LinkRow, LinkRow.seat_id == Seat.id)
    stations = select(Seat.person_id, StationLinkRow.station_code).join(
        StationLinkRow, StationLinkRow.seat_id == Seat.id
    )
    for query in (links.where(mine, LinkRow.plan_id == plan), stations.where(mine, StationLinkRow.plan_id == plan)):
        for person, code in unit.execute(query):
            places[person].add(code)
    for person, town, station in unit.execute(select(Seat.person_id, Seat.town_code, Seat.station_code).where(mine)):
        places[person].add(station)
        towns[person].add(town)
    return {
        person: Home(places=frozenset(places[person]) - {""}, towns=frozenset(towns[person]) - {""})
        for person in places
    }


def batches_of(unit: Session, acts: Sequence[Registered]) -> dict[str, Finding]:
    """Notice acts that one hand entered in a batch in the last days of a quarter."""
    by_hand = [act for act in acts if act.source in BY_HAND]
    if not by_hand:
        return {}
    number, days = int(setting(unit, "activities.batch_number")), int(setting(unit, "activities.deadline_days"))
    hour = timedelta(hours=1)
    query = select(ActivityRow.entered_by, ActivityRow.recorded_at).where(
        ActivityRow.source.in_(BY_HAND),
        ActivityRow.entered_by.in_({act.entered_by for act in by_hand}),
        ActivityRow.recorded_at >= min(act.recorded_at for act in by_hand) - hour,
        ActivityRow.recorded_at <= max(act.recorded_at for act in by_hand) + hour,
    )
    entered: dict[str, list[datetime]] = defaultdict(list)
    for hand, instant in unit.execute(query):
        entered[hand].append(instant)
    found = {}
    for act in by_hand:
        near = [one for one in entered[act.entered_by] if abs(one - act.recorded_at) <= hour]
        day = act.recorded_at.astimezone(CIVIL).date()
        finding = batch_at_deadline(near, Period.quarter_of(day).last_day, at=day, number=number, days=days)
        if finding is not None:
            found[act.code] = finding
    return found


def generation_on(unit: Session, day: date) -> Generation | None:
    """Give the map in force on a day; before the first one, the first."""
    try:
        return unit.get(Generation, in_force_on(unit, day).generation_id)
    except NotFoundError:
        return unit.scalars(select(Generation).where(Generation.state == "active").order_by(Generation.id)).first()


def names_of(unit: Session, people: Iterable[str]) -> Mapping[str, str]:
    """Give the names of people by their ids."""
    return dict(unit.execute(select(Person.id, Person.name).where(Person.id.in_(list(people)))).all())
