"""One matter for those who work on it: its clocks and why, its history, what may be done next, and its likes."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.assets import font_folders
from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.cards import as_file
from api.pages.furniture import Option
from api.pages.matter_lines import mark_of, place_of, running, written_moment
from api.pages.matter_moves import (
    NOTHING,
    clock_shown,
    facts_of,
    moves_shown,
    others_turn,
    spot_in,
    steps_shown,
)
from api.pages.shell import page
from api.routes.activities import somebody
from api.telling import told
from data.frames import each
from data.messages import say
from services.act import Act
from services.atlas import Atlas
from services.cards import address_of
from services.errors import ActError, BadRequestError
from services.matters import Matter, book_by_matter, by_code, history, options, plain_ticket, row_by_code, subject_of
from services.matters_handing import route
from services.matters_merging import likely_same, merge, unmerge
from services.matters_moves import move
from services.matters_receiving import follow
from services.notes import print_notes

router = APIRouter(prefix="/matters/{code}")
DUNNING = ("station", "town", "congress")  # offices that send dunning notes
A_CODE = Annotated[str, Path(pattern=r"^\d{4}-\d{4,9}$")]


@router.get("")
def matter_page(
    request: Request, code: A_CODE, who: ACaller, atlas: AnAtlas, unit: AReading, done: str = ""
) -> Response:
    """Show one matter to whoever may see it."""
    return one_page(request, who, atlas, unit, code, done=done[:40])


def looked_at(unit: Session, who: Caller, code: str) -> Matter:
    """Find a matter that the viewer may look at. Raises NotFoundError."""
    if who.viewer is None:
        who.must("matter.look")
    matter = by_code(unit, code, now=who.act.at)
    who.must("matter.look", subject_of(matter))
    return matter


def one_page(
    request: Request, who: Caller, atlas: Atlas, unit: Session, code: str, *, done: str = "", problem: str = "",
    form: Form = NOTHING, status: int = 200,
) -> Response:  # fmt: skip
    """Dress the page of one matter."""
    matter = looked_at(unit, who, code)
    now, lang = who.act.at, who.lang
    subject = subject_of(matter)
    book = book_by_matter(unit, matter.id)
    role = who.viewer.role if who.viewer else ""
    moving = who.may("matter.move", subject) and not matter.merged_into
    merging = who.may("matter.merge", subject) and not matter.ended
    clock = running(matter)
    return page(
        request, "matter.html", who=who, name="matters", atlas=atlas, status=status, matter=matter, problem=problem,
        done=done, state=matter.state_title[lang], mark=mark_of(clock, now), where=place_of(matter, lang),
        received=written_moment(matter.received_at, lang), channel=say(f"matter.channel.{matter.channel}", lang),
        kind=matter.kind_title[lang] if matter.kind_title else "",
        why=told(matter.reason["key"], lang, matter.reason["facts"]),
        level=say(f"level.{matter.level}", lang) if matter.level else "", book=matter.book_title[lang],
        turn=say(f"process.role.{matter.holder}", lang) if matter.holder else "",
        clocks=[clock_shown(one, lang, now) for one in matter.clocks],
        moves=moves_shown(unit, matter, role, lang, now=now, form=form) if moving else [],
        own_turn=matter.holder == role, others=others_turn(unit, matter, role, lang) if moving else [],
        steps=steps_shown(history(unit, matter), book, lang),
        alike=likely_same(unit, matter, now=now) if merging and not matter.merged_into else (), may_merge=merging,
        routing=routing(atlas, matter) if who.may("matter.route", subject) and not matter.ended else None,
        rating=matter.rating_title[lang] if matter.rating_title else "",
        note=f"/matters/{matter.code}/dunning.pdf" if clock is not None and role in DUNNING else "",
    )  # fmt: skip


def routing(atlas: Atlas, matter: Matter) -> dict[str, Any]:
    """Offer the stations and deputies of the matter's town to send it to."""
    people = {holder.person_id: holder.name for holder in atlas.holders.values() if holder.town == matter.town.code}
    rows = each(atlas.stations[atlas.stations["town"] == matter.town.code])
    return {
        "stations": [Option(value=row.code, label=row.name, selected=row.code == matter.station.code) for row in rows],
        "deputies": [
            Option(value=person, label=name, selected=person == matter.deputy.code) for person, name in people.items()
        ],
    }  # fmt: skip


@router.post("/moves")
async def one_move(request: Request, code: A_CODE, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Take the matter one step further."""
    form = await read_form(request, who)
    return await run_in_threadpool(done_with, request, who, house, atlas, code, form, "move")


@router.post("/merge")
async def one_merge(request: Request, code: A_CODE, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Lay the matter into another one that says the same, or take it out again."""
    form = await read_form(request, who)
    return await run_in_threadpool(done_with, request, who, house, atlas, code, form, "merge")


@router.post("/route")
async def one_route(request: Request, code: A_CODE, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Send the matter to another station or deputy, with the reason."""
    form = await read_form(request, who)
    return await run_in_threadpool(done_with, request, who, house, atlas, code, form, "route")


@router.post("/follow")
async def one_follow(request: Request, code: A_CODE, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Give somebody who says the same a ticket of their own."""
    form = await read_form(request, who)
    return await run_in_threadpool(done_with, request, who, house, atlas, code, form, "follow")


def done_with(request: Request, who: Caller, house: House, atlas: Atlas, code: str, form: Form, what: str) -> Response:
    """Do what the form asks; what cannot be done is said on the page itself, with everything that was typed."""
    with house.store.reading() as unit:
        matter = looked_at(unit, who, code)
    who.must("matter.move" if what in ("move", "follow") else f"matter.{what}", subject_of(matter))
    act = Act(actor=who.act.actor, at=who.act.at, request_id=form.one("key")[:100])
    try:
        with house.store.unit() as unit:
            onward = DOINGS[what](unit, act, who, atlas, matter, form)
    except (ActError, ValueError) as wrong:
        key, facts = (wrong.key, wrong.facts) if isinstance(wrong, ActError) else ("error.form", {})
        with house.store.reading() as unit:
            return one_page(
                request, who, atlas, unit, code, problem=told(key, who.lang, facts), form=form,
                status=wrong.status if isinstance(wrong, ActError) else 400,
            )  # fmt: skip
    with house.store.reading() as unit:
        still = who.may("matter.look", subject_of(by_code(unit, code, now=who.act.at)))
    return RedirectResponse(onward if still or onward.startswith("/m/") else "/matters?done=1", status_code=303)


def do_move(unit: Session, act: Act, who: Caller, atlas: Atlas, matter: Matter, form: Form) -> str:
    """Make the move; whoever saw an older state is told what happened meanwhile."""
    role = who.viewer.role if who.viewer else ""
    option = next((one for one in options(unit, matter, role) if one.move == form.one("move")), None)
    if option is None:
        raise BadRequestError("error.form")
    move(
        unit, act, viewer=who.viewer, name=option.move, code=matter.code, facts=facts_of(form, option),
        spot=spot_in(form), expected=form.number("events"), atlas=atlas,
    )  # fmt: skip
    return f"/matters/{matter.code}?done={option.move}"


def do_merge(unit: Session, act: Act, who: Caller, _atlas: Atlas, matter: Matter, form: Form) -> str:
    """Merge into the matter that was chosen, or take apart again."""
    viewer = somebody(who)
    if form.has("apart"):
        unmerge(unit, act, viewer=viewer, code=matter.code, reason=form.one("reason"))
        return f"/matters/{matter.code}?done=unmerged"
    merge(unit, act, viewer=viewer, code=matter.code, into=form.one("into"), reason=form.one("reason"))
    return f"/matters/{form.one('into')}?done=merged"


def do_route(unit: Session, act: Act, who: Caller, atlas: Atlas, matter: Matter, form: Form) -> str:
    """Send it elsewhere; what was left as it is stays."""
    station, deputy = form.one("station"), form.one("deputy")
    route(
        unit, act, viewer=somebody(who), atlas=atlas, code=matter.code, reason=form.one("reason"),
        station=station if station != matter.station.code else "",
        deputy=deputy if deputy != matter.deputy.code else "",
    )  # fmt: skip
    return f"/matters/{matter.code}?done=routed"


def do_follow(unit: Session, act: Act, _who: Caller, _atlas: Atlas, matter: Matter, _form: Form) -> str:
    """Give another ticket, and show it."""
    answer = follow(unit, act, row=row_by_code(unit, matter.code), channel="station")
    return f"/m/{plain_ticket(answer['ticket'])}?new=1"


DOINGS = {"move": do_move, "merge": do_merge, "route": do_route, "follow": do_follow}


@router.get("/dunning.pdf")
def one_note(request: Request, code: A_CODE, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Print the dunning note of one matter."""
    matter = looked_at(unit, who, code)
    made = print_notes(
        unit, atlas, [matter], who.lang, now=who.act.at, today=who.act.today, fonts=font_folders(),
        address=address_of(unit, str(request.base_url)),
    )  # fmt: skip
    return as_file(made, "pdf", f"dunning-{matter.code}")
