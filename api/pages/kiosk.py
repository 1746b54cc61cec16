"""The kiosk of a station: large targets, no log-in, nothing left behind; it goes back to its first screen by itself."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, Caller, House
from api.forms import Form, read_form
from api.pages.answering import answer_shown, at_grid
from api.pages.matter_new import Written, taken_in, written_of
from api.pages.shell import page
from api.telling import told
from data.frames import each
from data.qrcodes import on_screen
from services.act import Act
from services.atlas import Atlas
from services.cards import CardStation, address_of, station_card
from services.errors import ActError, NotFoundError
from services.finding import find
from services.matters import plain_ticket
from services.naming import grid_name

router = APIRouter(prefix="/kiosk/{station}")
IDLE_SECONDS = 60
MOST_FOUND = 12


def resident(who: Caller) -> Caller:
    """Whoever stands at the kiosk is a resident, whoever may have logged in on this machine before."""
    return replace(who, viewer=None, csrf="", act=Act(actor="resident", at=who.act.at, zone=who.act.zone))


def the_station(atlas: Atlas, code: str, who: Caller) -> CardStation:
    """Find the station that the kiosk stands in. Raises NotFoundError."""
    found = station_card(atlas, code, who.act.today)
    if not found:
        raise NotFoundError("error.no_such_station", station=code[:40])
    return found[0]


def screen(
    request: Request, who: Caller, atlas: Atlas, station: str, view: str, *, status: int = 200, **more: Any
) -> Response:
    """Dress one screen; no browser keeps it."""
    here = the_station(atlas, station, who)
    receiving = sorted({holder.name for holder in atlas.holders.values() if holder.station == here.code})
    blank: dict[str, Any] = {
        "answer": None, "hits": None, "q": "", "villages": (), "grids": (), "written": None, "problem": "",
        "ticket": "", "qr": "", "numbers": False, "grid": "",
    }  # fmt: skip
    response = page(
        request, "kiosk.html", who=who, name="kiosk", atlas=atlas, status=status, view=view, station=here,
        receiving=receiving, today=who.act.today, open_today=here.next == who.act.today, idle=IDLE_SECONDS,
        **(blank | more),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("")
def kiosk_home(request: Request, station: str, who: ACaller, atlas: AnAtlas) -> Response:
    """Show three large doors: say something, find my deputy, look what became of it."""
    return screen(request, resident(who), atlas, station, "home")


@router.get("/find")
def kiosk_find(
    request: Request, station: str, who: ACaller, house: AHouse, atlas: AnAtlas,
    q: Annotated[str, Query(max_length=80)] = "", village: Annotated[str, Query(max_length=40)] = "",
    grid: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """Find the deputy of a grid by a few taps, village first, or by typing a name."""
    who = resident(who)
    who.must("locate.look")
    if grid:
        answer = answer_shown(atlas, at_grid(atlas, grid), who.lang, who.act.today)
        return screen(request, who, atlas, station, "answer", answer=answer)
    grids = atlas.layers.grids
    if village:
        rows = [(row.code, row.name) for row in each(grids[grids["village"] == village])]
        return screen(request, who, atlas, station, "grids", grids=rows)
    town = str(atlas.stations.loc[atlas.stations["code"] == station, "town"].iloc[0]) if station in set(
        atlas.stations["code"]) else ""  # fmt: skip
    villages = dict.fromkeys(grids.loc[grids["town"] == town, "village"])
    return screen(
        request, who, atlas, station, "find", q=q, hits=hits_of(house, atlas, q) if q else None,
        villages=[(code, atlas.names.get(code, code)) for code in villages],
    )  # fmt: skip


def hits_of(house: House, atlas: Atlas, q: str) -> list[tuple[str, str]]:
    """Find grids by what was typed: a house number, a village, a grid; each grid once."""
    found: dict[str, str] = {}
    for place in find(atlas, house.gazetteers.of(atlas), q, most=MOST_FOUND).places:
        if place.grid is not None:
            entry = place.hit.entry
            found.setdefault(
                place.grid.code, place.grid.name if entry.kind == "grid" else f"{place.grid.name}（{entry.name}）"
            )
    return list(found.items())


@router.get("/new")
def kiosk_new(
    request: Request, station: str, who: ACaller, atlas: AnAtlas, grid: Annotated[str, Query(max_length=40)] = "",
    deputy: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """Ask what it is about."""
    who = resident(who)
    who.must("matter.receive")
    return form_screen(request, who, atlas, Written(station=station, grid=grid, deputy=deputy))


def form_screen(
    request: Request, who: Caller, atlas: Atlas, written: Written, *, problem: str = "", status: int = 200
) -> Response:
    """Show the form."""
    known = written.grid in set(atlas.layers.grids["code"])
    return screen(
        request, who, atlas, written.station, "new", written=written, problem=problem, status=status,
        grid=grid_name(atlas, written.grid) if known else "",
    )  # fmt: skip


@router.post("/new")
async def kiosk_send(request: Request, station: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Take the matter in and show its ticket, here and in no address."""
    who = resident(who)
    who.must("matter.receive")
    form = await read_form(request, who)
    return await run_in_threadpool(sent, request, who, house, atlas, station, form)


def sent(request: Request, who: Caller, house: House, atlas: Atlas, station: str, form: Form) -> Response:
    """Receive it through the kiosk's own door."""
    written = replace(written_of(form), station=the_station(atlas, station, who).code)
    try:
        answer = taken_in(request, who, house, atlas, written, channel="kiosk")
    except ActError as wrong:
        problem = told(wrong.key, who.lang, wrong.facts)
        return form_screen(request, who, atlas, written, problem=problem, status=wrong.status)
    with house.store.reading() as unit:
        address = address_of(unit, str(request.base_url))
    return screen(
        request, who, atlas, station, "done", ticket=answer["ticket"], numbers=answer["numbers_left_out"],
        qr=on_screen(f"{address}/m/{plain_ticket(answer['ticket'])}"),
    )  # fmt: skip
