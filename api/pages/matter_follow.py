"""Following a matter by its ticket: where it stands, until when, what was answered; rate the handling, ask again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.matter_moves import NOTHING, clock_shown, facts_of, moves_shown, public_steps, spot_in
from api.pages.shell import page
from api.telling import told
from data.messages import say
from data.qrcodes import on_screen
from services.act import Act
from services.atlas import Atlas
from services.cards import address_of
from services.errors import ActError, BadRequestError, NotFoundError
from services.matters import book_by_matter, by_ticket, history, options, plain_ticket
from services.matters_moves import move

router = APIRouter(prefix="/m")
RESIDENT = "resident"


@router.get("")
def ask_ticket(request: Request, who: ACaller, ticket: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Ask for a ticket, or lead on to the matter of one that was typed."""
    who.must("matter.follow")
    if plain_ticket(ticket):
        return RedirectResponse(f"/m/{plain_ticket(ticket)}", status_code=303)
    return page(request, "ticket.html", who=who, name="matters", problem="", ticket="")


@router.get("/{ticket}")
def follow_page(
    request: Request, ticket: str, who: ACaller, unit: AReading, new: bool = False, numbers: bool = False
) -> Response:
    """Show a matter to whoever holds its ticket."""
    who.must("matter.follow")
    try:
        return matter_page(request, who, unit, ticket, new=new, numbers=numbers)
    except NotFoundError as wrong:
        problem = say(wrong.key, who.lang, **wrong.facts)
        return page(request, "ticket.html", who=who, name="matters", problem=problem, ticket=ticket[:40], status=404)


def matter_page(
    request: Request, who: Caller, unit: Session, ticket: str, *, new: bool = False, numbers: bool = False,
    problem: str = "", form: Form = NOTHING, status: int = 200,
) -> Response:  # fmt: skip
    """Dress the page of a ticket. Raises NotFoundError."""
    now = who.act.at
    matter = by_ticket(unit, ticket, now=now)
    book = book_by_matter(unit, matter.id)
    code = plain_ticket(ticket)
    address = f"{address_of(unit, str(request.base_url))}/m/{code}"
    return page(
        request, "follow.html", who=who, name="matters", status=status, matter=matter, ticket=code, new=new,
        numbers=numbers, shown=f"{code[:5]}-{code[5:]}",
        problem=problem, state=matter.state_title[who.lang], qr=on_screen(address), address=address,
        clocks=[clock_shown(clock, who.lang, now) for clock in matter.clocks if clock.stopped is None],
        moves=moves_shown(unit, matter, RESIDENT, who.lang, now=now, form=form),
        steps=public_steps(history(unit, matter), book, who.lang), events=matter.events,
        turn=say(f"process.role.{matter.holder}", who.lang) if matter.holder else "",
        rating=matter.rating_title[who.lang] if matter.rating_title else "",
    )  # fmt: skip


@router.post("/{ticket}/moves")
async def resident_move(request: Request, ticket: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Rate the handling, ask again, or give the place that was missing."""
    who.must("matter.follow")
    form = await read_form(request, who)
    return await run_in_threadpool(moved, request, who, house, atlas, ticket, form)


def moved(request: Request, who: Caller, house: House, atlas: Atlas, ticket: str, form: Form) -> Response:
    """Do what the form asks; what cannot be done is said on the page itself."""
    try:
        expected = form.number("events")
        with house.store.unit() as unit:
            matter = by_ticket(unit, ticket, now=who.act.at)
            option = next((one for one in options(unit, matter, RESIDENT) if one.move == form.one("move")), None)
            if option is None:
                raise BadRequestError("error.form")
            act = Act(actor=RESIDENT, at=who.act.at, request_id=form.one("key")[:100])
            move(
                unit, act, viewer=None, name=option.move, ticket=ticket, facts=facts_of(form, option), atlas=atlas,
                spot=spot_in(form), expected=expected,
            )  # fmt: skip
    except (ActError, ValueError) as wrong:
        key, facts = (wrong.key, wrong.facts) if isinstance(wrong, ActError) else ("error.form", {})
        status = wrong.status if isinstance(wrong, ActError) else 400
        if status == 404:
            raise
        with house.store.reading() as unit:
            return matter_page(request, who, unit, ticket, problem=told(key, who.lang, facts), form=form, status=status)
    return RedirectResponse(f"/m/{plain_ticket(ticket)}", status_code=303)
