"""Seats in the middle of a term: what happened to them, what is vacant, and the forms that record or take back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import atlas_today, desk, done_at, must_check, try_act
from api.pages.furniture import Option
from congress.levels import LEVELS
from data.messages import say
from data.tables import District, Generation
from services.enrolling import Wanted, enrol
from services.errors import BadRequestError, NotFoundError
from services.instance import is_frozen, the_term
from services.matters_handing import follow_now
from services.seats import (
    ENDS,
    SUSPENDED,
    Elected,
    Sitting,
    by_election,
    end_seat,
    list_seats,
    resume_seat,
    suspend_seat,
    vacancies,
)
from services.taking_back import undo_event

router = APIRouter(prefix="/congress/seats")
RESUMED = "resumed"
DONE = ("recorded", "elected", "enrolled", "undone")
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event of a seat as the page writes it; the last one can be taken back."""

    kind: str
    starts_on: date
    ends_on: date | None
    decision: str
    number: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLine:
    """A seat to which something happened, or one that was asked for."""

    seat: Sitting
    level: str
    town: str
    state: str
    href: str
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyLine:
    """A vacant seat: whose it was and since when."""

    seat: str
    level: str
    district: str
    district_name: str
    town: str
    name: str
    since: date
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the list is narrowed to: a day, a term, a town, and a name, seat or district."""

    on: date
    term: str = ""
    town: str = ""
    q: str = ""


@router.get("")
def seats(
    request: Request, who: ACaller, house: AHouse, unit: AReading, on: Annotated[date | None, Query()] = None,
    term: str = "", town: str = "", q: str = "", done: str = "", seat: str = "",
) -> Response:  # fmt: skip
    """Show what happened to seats, and what is vacant; `seat` fills the by-election's form in."""
    who.must("seats.manage")
    wish = Wish(on=on or who.act.today, term=term, town=town, q=q.strip()[:80])
    return shown(request, who, house, unit, wish, done=done, vacant_seat=seat)


def shown(
    request: Request, who: Caller, house: House, unit: Session, wish: Wish, *, done: str = "", problem: str = "",
    vacant_seat: str = "",
) -> Response:  # fmt: skip
    """Dress the page, with a form's problem where there is one."""
    row = the_term(unit, wish.term or None, on=wish.on)
    atlas = atlas_today(house, who)
    names = atlas.names if atlas is not None else {}
    sitting = list_seats(unit, row, wish.on)
    narrowed = [seat for seat in sitting if wanted(seat, wish)]
    chosen = narrowed if wish.q else [seat for seat in narrowed if seat.events or not counts(seat)]
    districts = district_names(unit, row.id)
    gaps = [
        VacancyLine(
            seat=gap.seat, level=say(f"level.{gap.level}", who.lang), district=gap.district,
            district_name=districts.get((gap.level, gap.district), ""), town=names.get(gap.town, gap.town),
            name=gap.name, since=gap.since, kind=say(f"seat.kind.{gap.kind}", who.lang) if gap.kind else "",
        )
        for gap in vacancies(unit, row, wish.on)
        if not wish.town or gap.town == wish.town
    ]  # fmt: skip
    towns = sorted({seat.town for seat in sitting if seat.town})
    kinds = (*ENDS, SUSPENDED, RESUMED)
    return desk(
        request, "seats.html", who=who, house=house, tab="seats", atlas=atlas, status=422 if problem else 200,
        problem=problem, done=say(f"seats.done.{done}", who.lang) if done in DONE else "", term=row.name, wish=wish,
        today=who.act.today, lines=[line_of(seat, names, who.lang) for seat in chosen[:SHOWN]],
        lines_all=len(chosen), vacancies=gaps, seats=len(sitting), counting=sum(counts(seat) for seat in sitting),
        open=not is_frozen(row, who.act.today), vacant_seat=vacant_seat,
        towns=[Option(value="", label=say("seats.every_town", who.lang), selected=not wish.town),
               *(Option(value=code, label=names.get(code, code), selected=code == wish.town) for code in towns)],
        kinds=[Option(value=kind, label=say(f"seat.kind.{kind}", who.lang), selected=False) for kind in kinds],
        levels=[Option(value=level, label=say(f"level.{level}", who.lang), selected=level == "county")
                for level in LEVELS],
    )  # fmt: skip


def district_names(unit: Session, term: int) -> dict[tuple[str, str], str]:
    """Name the electoral districts of a term's maps, the newest map last."""
    query = (
        select(District.layer, District.code, District.name)
        .join(Generation, Generation.id == District.generation_id)
        .where(Generation.term_id == term)
        .order_by(District.generation_id)
    )
    return {(layer, code): name for layer, code, name in unit.execute(query)}


def wanted(seat: Sitting, wish: Wish) -> bool:
    """Tell whether a seat is among those asked for."""
    if wish.town and seat.town != wish.town:
        return False
    return not wish.q or wish.q in seat.name or wish.q.upper() in (seat.seat.upper(), seat.district.upper())


def line_of(seat: Sitting, names: dict[str, str], lang: str) -> SeatLine:
    """Write a seat with its events."""
    newest = max((event.number for event in seat.events), default=0)
    return SeatLine(
        seat=seat, level=say(f"level.{seat.level}", lang), town=names.get(seat.town, seat.town),
        state=say(f"seat.state.{seat.state}", lang), href=f"/deputies/{seat.person}" if counts(seat) else "",
        events=tuple(
            EventLine(
                kind=say(f"seat.kind.{event.kind}", lang), starts_on=event.starts_on, ends_on=event.ends_on,
                decision=event.decision, number=event.number, last=event.number == newest,
            )
            for event in seat.events
        ),
    )  # fmt: skip


def counts(seat: Sitting) -> bool:
    """Tell whether a seat counts that day."""
    return seat.state == "counting"


@router.post("/{act}")
async def record(request: Request, who: ACaller, house: AHouse, act: str) -> Response:
    """Record an event, an election, one more seat, or take an event back."""
    who.must("seats.manage")
    return await run_in_threadpool(recorded, request, who, house, act, await read_form(request, who))


def recorded(request: Request, who: Caller, house: House, act: str, form: Form) -> Response:
    """Do what a form asks; what cannot be done is said on the page itself, and nothing is kept."""

    def do() -> str:
        if act not in ACTS:
            raise BadRequestError("error.no_page")
        on = form.day("on") if act != "undo" else who.act.today
        if on is None:
            raise BadRequestError("plan.form.day")
        with house.store.unit() as unit:
            done = ACTS[act](unit, who, form, on)
            follow_now(unit, who.act)
        return done_at("/congress/seats", done, on=max(on, who.act.today).isoformat())

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, Wish(on=who.act.today), problem=problem)

    return try_act(who, do, again)


def happened(unit: Session, who: Caller, form: Form, on: date) -> str:
    """Record that a seat ends, is suspended (perhaps until a day), or counts again."""
    kind, seat, decision = form.one("kind"), form.one("seat"), form.one("decision")
    if kind == SUSPENDED:
        suspend_seat(unit, who.act, seat=seat, on=on, until=form.day("until"), decision=decision)
    elif kind == RESUMED:
        resume_seat(unit, who.act, seat=seat, on=on, decision=decision)
    else:
        end_seat(unit, who.act, seat=seat, kind=kind, on=on, decision=decision)
    return "recorded"


def elected_of(form: Form) -> Elected:
    """Read who was elected. Raises NotFoundError without a number of the roster."""
    found = Elected(
        code=form.one("person")[:40], name=form.one("name")[:80], sex=form.one("sex")[:8],
        birth_year=form.number("born"),
    )  # fmt: skip
    if not found.code:
        raise NotFoundError("error.no_such_person", code="")
    return found


def elected(unit: Session, who: Caller, form: Form, on: date) -> str:
    """Record who was elected to a vacant seat."""
    by_election(unit, who.act, vacancy=form.one("seat"), elected=elected_of(form), on=on, decision=form.one("decision"))
    return "elected"


def enrolled(unit: Session, who: Caller, form: Form, on: date) -> str:
    """Record one more seat."""
    wish = Wanted(
        code=form.one("seat")[:40], level=form.one("level"), district=form.one("district")[:40],
        electing_unit=form.one("electing_unit")[:120], town=form.one("town")[:40],
    )  # fmt: skip
    enrol(unit, who.act, wanted=wish, elected=elected_of(form), on=on, decision=form.one("decision"))
    return "enrolled"


def undone(unit: Session, who: Caller, form: Form, on: date) -> str:  # noqa: ARG001
    """Take an event back."""
    must_check(form.has("checked"))
    undo_event(unit, who.act, event=form.number("event") or 0, reason=form.one("reason"))
    return "undone"


ACTS: dict[str, Callable[[Session, Caller, Form, date], str]] = {
    "events": happened, "by-election": elected, "enrol": enrolled, "undo": undone,
}  # fmt: skip
