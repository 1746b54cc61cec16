"""A new matter in under a minute: what it is about and where; by a resident, a grid worker or a station."""

import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, Caller, House
from api.forms import Form, read_form
from api.gate import let_in
from api.pages.answering import WGS84
from api.pages.shell import page
from api.telling import told
from services.act import Act
from services.atlas import Atlas
from services.errors import ActError
from services.locating import locate
from services.matters import plain_ticket
from services.matters_receiving import LONGEST_TEXT, Opinion, receive
from services.naming import grid_name

router = APIRouter(prefix="/matters/new")
CHANNELS = {"grid_worker": "grid_worker", "station": "station", "town": "station"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the form: from the address, or what was typed before something had to be mended."""

    text: str = ""
    grid: str = ""
    deputy: str = ""
    station: str = ""
    place: str = ""
    lon: str = ""
    lat: str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))


@router.get("")
def new_matter(
    request: Request, who: ACaller, atlas: AnAtlas, grid: Annotated[str, Query(max_length=40)] = "",
    deputy: Annotated[str, Query(max_length=40)] = "", station: Annotated[str, Query(max_length=40)] = "",
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
) -> Response:  # fmt: skip
    """Ask what it is about and where; a scanned card, a grid or a spot on the map has answered one of them already."""
    who.must("matter.receive")
    spot = {} if lon is None or lat is None else {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
    own = who.viewer.scope if who.viewer and who.viewer.role == "grid_worker" else ""
    written = Written(grid=grid or ("" if spot or deputy else own), deputy=deputy, station=station, **spot)
    return form_page(request, who, atlas, written)


def form_page(
    request: Request, who: Caller, atlas: Atlas, written: Written, *, problem: str = "", status: int = 200
) -> Response:
    """Show the form with what is written in it."""
    return page(
        request, "matter_new.html", who=who, name="matters", atlas=atlas, status=status, written=written,
        problem=problem, deputy=name_of(atlas, written.deputy), most=LONGEST_TEXT,
        grid=place_name(atlas, written),
        staff=who.viewer is not None,
    )  # fmt: skip


def place_name(atlas: Atlas, written: Written) -> str:
    """Name the grid that the form already knows, by its code or by the spot on the map; empty where it knows none."""
    spot = spot_of(written)
    if spot is not None:
        try:
            return locate(atlas, spot["lon"], spot["lat"], WGS84).grid.name
        except ActError:
            return ""
    return grid_name(atlas, written.grid) if written.grid in set(atlas.layers.grids["code"]) else ""


def name_of(atlas: Atlas, person: str) -> str:
    """Name the deputy whose card was scanned; empty where there is none or they hold no seat any more."""
    return next((one.name for one in atlas.holders.values() if person in (one.person_id, one.person_code)), "")


@router.post("")
async def send(request: Request, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Take the matter in; a second tap takes nothing in again."""
    who.must("matter.receive")
    form = await read_form(request, who)
    return await run_in_threadpool(sent, request, who, house, atlas, form)


def sent(request: Request, who: Caller, house: House, atlas: Atlas, form: Form) -> Response:
    """Receive what the form says and lead to its ticket, or show the form again with what to mend."""
    written = written_of(form)
    try:
        answer = taken_in(request, who, house, atlas, written)
    except ActError as wrong:
        return form_page(
            request, who, atlas, written, problem=told(wrong.key, who.lang, wrong.facts), status=wrong.status
        )
    left_out = "&numbers=1" if answer["numbers_left_out"] else ""
    return RedirectResponse(f"/m/{plain_ticket(answer['ticket'])}?new=1{left_out}", status_code=303)


def taken_in(
    request: Request, who: Caller, house: House, atlas: Atlas, written: Written, *, channel: str = ""
) -> dict[str, Any]:
    """Receive a matter once for its key. Raises ActError where something must be mended or too much came at once."""
    let_in(request, who)
    act = Act(actor=who.act.actor, at=who.act.at, request_id=written.key)
    with house.store.unit() as unit:
        return receive(
            unit, act, atlas=atlas, viewer=who.viewer,
            opinion=opinion_of(written, channel or channel_of(who, written)),
        )  # fmt: skip


def channel_of(who: Caller, written: Written) -> str:
    """Say through which door it came."""
    if who.viewer is not None and who.viewer.role in CHANNELS:
        return CHANNELS[who.viewer.role]
    return "card" if written.deputy else "online"


def written_of(form: Form) -> Written:
    """Give what was typed."""
    names = ("text", "grid", "deputy", "station", "place", "lon", "lat")
    return Written(
        **{name: form.one(name)[: LONGEST_TEXT + 1] for name in names},
        key=form.one("key")[:100] or secrets.token_urlsafe(18),
    )


def opinion_of(written: Written, channel: str) -> Opinion:
    """Read the form as an opinion; a position goes before a grid, for it is more exact."""
    spot = spot_of(written)
    return Opinion(
        text=written.text, place=written.place, station=written.station, deputy=written.deputy, channel=channel,
        grid="" if spot else written.grid, **(spot or {}),
    )  # fmt: skip


def spot_of(written: Written) -> dict[str, Any] | None:
    """Read the position that the browser gave, if it gave one."""
    try:
        return {"lon": float(written.lon), "lat": float(written.lat), "datum": WGS84}
    except ValueError:
        return None
