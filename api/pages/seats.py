"""Seats in the middle of a term: what happened to them, what is vacant, and the forms that record it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.pages.plans import atlas_today, own_form
from api.pages.rankings import Option
from api.pages.shell import page
from data.messages import say
from services.errors import ActError, NotFoundError
from services.instance import is_frozen, the_term
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

router = APIRouter(prefix="/congress/seats")
RESUMED = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event of a seat as the page writes it."""

    kind: str
    starts_on: date
    ends_on: date | None
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLine:
    """A seat to which something happened."""

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
    town: str
    name: str
    since: date
    kind: str


@router.get("")
def seats(
    request: Request, who: ACaller, house: AHouse, unit: AReading, on: Annotated[date | None, Query()] = None,
    term: str = "",
) -> Response:  # fmt: skip
    """Show what happened to seats, and what is vacant."""
    who.must("seats.manage")
    return shown(request, who, house, unit, on=on or who.act.today, term=term)


def shown(
    request: Request, who: Caller, house: House, unit: Session, *, on: date, term: str = "", problem: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    """Dress the page, with a form's problem where there is one."""
    row = the_term(unit, term or None, on=on)
    atlas = atlas_today(house, who)
    names = atlas.names if atlas is not None else {}
    sitting = list_seats(unit, row, on)
    lines = [
        SeatLine(
            seat=seat, level=say(f"level.{seat.level}", who.lang), town=names.get(seat.town, seat.town),
            state=say(f"seat.state.{seat.state}", who.lang), href=f"/deputies/{seat.person}" if counts(seat) else "",
            events=tuple(
                EventLine(
                    kind=say(f"seat.kind.{event.kind}", who.lang), starts_on=event.starts_on, ends_on=event.ends_on,
                    decision=event.decision,
                )
                for event in seat.events
            ),
        )
        for seat in sitting
        if seat.events or not counts(seat)
    ]  # fmt: skip
    vacant = [
        VacancyLine(
            seat=gap.seat, level=say(f"level.{gap.level}", who.lang), district=gap.district,
            town=names.get(gap.town, gap.town), name=gap.name, since=gap.since,
            kind=say(f"seat.kind.{gap.kind}", who.lang) if gap.kind else "",
        )
        for gap in vacancies(unit, row, on)
    ]  # fmt: skip
    kinds = (*ENDS, SUSPENDED, RESUMED)
    return page(
        request, "seats.html", who=who, name="coverage", atlas=atlas, status=status, problem=problem, term=row.name,
        on=on, today=who.act.today, lines=lines, vacancies=vacant, seats=len(sitting),
        counting=sum(counts(seat) for seat in sitting), open=not is_frozen(row, who.act.today),
        kinds=[Option(value=kind, label=say(f"seat.kind.{kind}", who.lang), selected=False) for kind in kinds],
    )  # fmt: skip


def counts(seat: Sitting) -> bool:
    """Tell whether a seat counts that day."""
    return seat.state == "counting"


@router.post("/events")
async def event(request: Request, who: ACaller, house: AHouse) -> Response:
    """Record that a seat ends, is suspended, or counts again."""
    who.must("seats.manage")
    return await run_in_threadpool(recorded, request, who, house, await own_form(request, who))


@router.post("/by-election")
async def election(request: Request, who: ACaller, house: AHouse) -> Response:
    """Record who was elected to a vacant seat."""
    who.must("seats.manage")
    return await run_in_threadpool(recorded, request, who, house, {**await own_form(request, who), "kind": "elected"})


def recorded(request: Request, who: Caller, house: House, form: dict[str, str]) -> Response:
    """Do what a form asks; what cannot be done is said on the page itself, and nothing is kept."""
    try:
        on = date.fromisoformat(form.get("on", ""))
    except ValueError:
        return again(request, who, house, say("plan.form.day", who.lang))
    try:
        with house.store.unit() as unit:
            do(unit, who, form, on)
    except ActError as wrong:
        return again(request, who, house, say(wrong.key, who.lang, **wrong.facts))
    return RedirectResponse(f"/congress/seats?on={max(on, who.act.today).isoformat()}", status_code=303)


def do(unit: Session, who: Caller, form: dict[str, str], on: date) -> None:
    """Record one event of a form."""
    kind, seat, decision = form.get("kind", ""), form.get("seat", "").strip(), form.get("decision", "")
    if kind == SUSPENDED:
        suspend_seat(unit, who.act, seat=seat, on=on, decision=decision)
    elif kind == RESUMED:
        resume_seat(unit, who.act, seat=seat, on=on, decision=decision)
    elif kind == "elected":
        elected = Elected(code=form.get("person", "").strip()[:40], name=form.get("name", "").strip()[:80])
        if not elected.code:
            raise NotFoundError("error.no_such_person", code="")
        by_election(unit, who.act, vacancy=seat, elected=elected, on=on, decision=decision)
    else:
        end_seat(unit, who.act, seat=seat, kind=kind, on=on, decision=decision)


def again(request: Request, who: Caller, house: House, problem: str) -> Response:
    """Show the page again with what is wrong."""
    with house.store.reading() as unit:
        return shown(request, who, house, unit, on=who.act.today, problem=problem, status=422)
