"""The grid worker's page: who is linked to this spot, when their station is open, what is to be handed over."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.assets import font_folders
from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.finding import found_item
from api.pages.answering import WGS84, AnswerShown, answer_shown, at_grid
from api.pages.cards import as_file
from api.pages.drawing import coverage_sheet, credit
from api.pages.matter_lines import MatterLine, open_lines
from api.pages.offline import offline_page, offline_table
from api.pages.shell import page
from data.messages import say
from gridmap.coverage import draw_small
from services.atlas import Atlas
from services.cards import address_of, print_grid
from services.errors import NotFoundError
from services.finding import find
from services.locating import Located, locate
from services.naming import grid_name
from services.rounds import grids_of

router = APIRouter(prefix="/grid")
RECENT_COOKIE = "sanlian_grids"  # the grids looked at in this visit; the device keeps them, nobody else
MOST_RECENT, MOST_FOUND, MOST_MATTERS = 5, 12, 6
A_PAPER = Annotated[str, Path(pattern="^(door|card)$")]
A_FORM = Annotated[str, Path(pattern="^(pdf|png)$")]


@router.get("")
def grid_page(
    request: Request,
    who: ACaller,
    house: AHouse,
    atlas: AnAtlas,
    unit: AReading,
    grid: Annotated[str, Query(max_length=40)] = "",
    lon: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    lat: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    q: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Answer for a spot, a grid, or the grid of whoever is logged in; without any of them ask where it is."""
    who.must("locate.look")
    own = who.viewer.scope if who.viewer and who.viewer.role == "grid_worker" else ""
    problem, found = "", None
    try:
        if lon is not None and lat is not None:
            found = locate(atlas, lon, lat, WGS84)
        elif not q and (grid or own):
            found = at_grid(atlas, grid or own)
    except NotFoundError as wrong:
        problem = say(wrong.key, who.lang, **wrong.facts)
    recent = recent_grids(request, atlas)
    answer = answer_shown(atlas, found, who.lang, who.act.today) if found else None
    dressed = page(
        request, "grid.html", who=who, name="locate", atlas=atlas, answer=answer, q=q, problem=problem, own=own,
        figure=figure_of(unit, atlas, found, who.lang), hits=hits_of(house, atlas, q, who.lang) if q else None,
        recent=[(code, grid_name(atlas, code)) for code in recent if not found or code != found.grid.code],
        matters=matters_of(unit, who, answer), asked_spot=lon is not None, may_print=who.may("card.print"),
        staff=who.viewer is not None,
    )  # fmt: skip
    if who.viewer is not None and found is not None:  # for the length of this visit, on this device only
        kept = dict.fromkeys([found.grid.code, *recent])
        dressed.set_cookie(
            RECENT_COOKIE, ".".join(list(kept)[:MOST_RECENT]), httponly=True, samesite="lax", path="/grid"
        )
    return dressed


def recent_grids(request: Request, atlas: Atlas) -> list[str]:
    """Read the grids that were looked at before in this visit; what the atlas does not know is dropped."""
    known = set(atlas.layers.grids["code"])
    return [code for code in request.cookies.get(RECENT_COOKIE, "").split(".")[:MOST_RECENT] if code in known]


def hits_of(house: House, atlas: Atlas, q: str, lang: str) -> list[dict[str, str]]:
    """Search, and lead each hit to its answer: a grid, a spot, or a deputy's card."""
    found = find(atlas, house.gazetteers.of(atlas), q, most=MOST_FOUND)
    items = [found_item(place, lang) for place in found.places]
    return [
        {"name": item["name"], "kind": item["kind_text"], "note": item["note"], "href": href_of(item)}
        for item in items
        if href_of(item)
    ]


def href_of(item: Mapping[str, Any]) -> str:
    """Give the address of a hit's answer; empty where nobody knows the spot."""
    if item["kind"] == "deputy":
        return f"/q/{item['code']}"
    if item["kind"] == "grid":
        return "/grid?" + urlencode({"grid": item["code"]})
    return "" if item["lon"] is None else "/grid?" + urlencode({"lon": item["lon"], "lat": item["lat"]})


def figure_of(unit: Session, atlas: Atlas, found: Located | None, lang: str) -> Any:
    """Draw the grid and its station, or the whole county to tap on."""
    if found is None:
        return coverage_sheet(unit, atlas, lang, mode=None).map
    grids = atlas.layers.grids
    near = {found.grid.code, *(other.code for other in found.near)}
    shown = grids[grids["code"].isin(near)]
    station = found.station.code if found.station else ""
    return draw_small(
        shown.assign(layer=["own" if code == found.grid.code else "near" for code in shown["code"]]),
        towns=atlas.layers.towns, stations=atlas.stations[atlas.stations["code"] == station],
        credit=credit(atlas, lang), name="pieces", colours={"own": "#d6c78b", "near": "#eeeae0"},
    )  # fmt: skip


def matters_of(unit: Session, who: Caller, answer: AnswerShown | None) -> list[MatterLine] | None:
    """Give the open matters of the grid that the viewer may see; None where they may see none."""
    if who.viewer is None or answer is None:
        return None
    return open_lines(unit, who, grid=answer.grid, most=MOST_MATTERS)


@router.get("/{code}/{paper}.{form}")
def grid_paper(
    request: Request, code: str, paper: A_PAPER, form: A_FORM, who: ACaller, atlas: AnAtlas, unit: AReading
) -> Response:
    """Print a grid's sheet for its door, or a picture to forward in a chat."""
    who.must("card.print")
    made = print_grid(
        unit, atlas, at_grid(atlas, code), who.lang, paper=paper, form=form, today=who.act.today,
        address=address_of(unit, str(request.base_url)), fonts=font_folders(),
    )  # fmt: skip
    return as_file(made, form, f"{paper}-{code}")


@router.get("/offline.{fmt}")
def offline(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    fmt: Annotated[str, Path(pattern="^(html|csv|xlsx)$")],
    grid: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Give the list of somebody's grids to keep on the phone: one file that needs no network."""
    who.must("card.print")
    viewer = who.viewer
    scope = viewer.scope if viewer else ""
    codes = grids_of(unit, atlas, role=viewer.role if viewer else "", scope=scope, grid=grid)
    answers = [answer_shown(atlas, at_grid(atlas, code), who.lang, who.act.today) for code in codes]
    if fmt == "html":
        return offline_page(request, who, atlas, answers)
    return offline_table(who, atlas, answers, fmt)
