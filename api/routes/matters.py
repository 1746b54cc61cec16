"""Matters over HTTP: taken in once per Idempotency-Key, listed by reach, told with their clocks, moved, measured."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.door import ACaller, AHouse, AReading, Caller, House
from api.gate import let_in
from api.matter_bodies import brief, measure_body, public, whole
from api.routes.activities import A_CODE, A_KEY, from_own_page
from api.telling import told
from congress.permissions import Viewer
from scoring.periods import Period
from services.atlas import Atlas
from services.errors import BadRequestError, NotFoundError, RefusedError
from services.instance import the_term
from services.matters import (
    Matter,
    by_code,
    by_ticket,
    row_by_code,
    subject_of,
)
from services.matters_handing import route
from services.matters_inbox import Sought, inbox
from services.matters_measures import PLACES, by, measures
from services.matters_merging import merge, unmerge
from services.matters_moves import move, parse_spot
from services.matters_receiving import LONGEST_PLACE, LONGEST_TEXT, Opinion, receive
from services.matters_receiving import follow as follow_one
from services.points import period_of

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])
NUMBER = re.compile(r"\d{4}-\d{6}")
A_SHOW = Literal["mine", "open", "late", "closed", "merged", "all"]
A_SHORT = Annotated[str, Query(max_length=40)]


class Sent(BaseModel):
    """What is sent to hand in a matter; a place helps and is not needed. No telephone and no name is kept."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    lon: Annotated[float | None, Field(allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(allow_inf_nan=False)] = None
    datum: Annotated[str, Field(max_length=32, description="wgs84 cgcs2000 gcj02 bd09 or EPSG:n; with lon and lat")] = (
        ""
    )
    grid: A_CODE = ""
    place: Annotated[str, Field(max_length=LONGEST_PLACE, description="in words")] = ""
    station: A_CODE = ""
    deputy: Annotated[str, Field(max_length=40, description="whose card was scanned")] = ""
    channel: Literal["station", "office", "card", "grid_worker", "kiosk", "hotline", "online"] = "online"
    kind: A_CODE = ""

    def opinion(self) -> Opinion:
        """Give it as the opinion that is received."""
        spot = parse_spot(self.lon, self.lat, self.datum, self.grid, self.place)
        return Opinion(
            text=self.text, lon=spot.lon, lat=spot.lat, datum=spot.datum, grid=self.grid, place=self.place,
            station=self.station, deputy=self.deputy, channel=self.channel, kind=self.kind,
        )  # fmt: skip


class Asked(BaseModel):
    """One move that is asked for; `expected` is the number of events that the writer has seen.

    Beside the moves of the process book: `merge` (into), `unmerge`, `route` (station or deputy), `follow`.
    """

    model_config = ConfigDict(extra="forbid")

    move: Annotated[str, Field(pattern=r"^[a-z_]{2,40}$")]
    facts: dict[Annotated[str, Field(max_length=20)], Annotated[str, Field(max_length=LONGEST_TEXT)]] = {}
    ticket: Annotated[str, Field(max_length=20, description="as a resident")] = ""
    expected: Annotated[int | None, Field(ge=1, le=100_000)] = None
    lon: Annotated[float | None, Field(allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(allow_inf_nan=False)] = None
    datum: Annotated[str, Field(max_length=32)] = ""
    grid: A_CODE = ""
    into: A_CODE = ""
    station: A_CODE = ""
    deputy: A_CODE = ""
    reason: Annotated[str, Field(max_length=400)] = ""


@router.post("", status_code=201)
def post_matter(request: Request, body: Sent, who: ACaller, house: AHouse, key: A_KEY) -> Response:  # noqa: ARG001
    """Take a matter in, also without a log-in and without a place; the ticket is the way to follow it."""
    who.must("matter.receive")
    from_own_page(request, who)
    let_in(request, who)
    atlas = atlas_or_none(house, who)
    with house.store.unit() as unit:
        answer = receive(unit, who.act, atlas=atlas, viewer=who.viewer, opinion=body.opinion())
    answer["why"] = told(answer["reason"]["key"], who.lang, answer.pop("reason")["facts"])
    return JSONResponse({**answer, "follow": f"/m/{answer['ticket'].replace('-', '')}"}, status_code=201)


@router.get("")
def get_matters(
    who: ACaller, unit: AReading, show: A_SHOW = "mine", q: A_SHORT = "",
    state: A_SHORT = "", kind: A_SHORT = "", town: A_SHORT = "", station: A_SHORT = "", grid: A_SHORT = "",
    unit_name: Annotated[str, Query(max_length=80)] = "", channel: A_SHORT = "", period: A_SHORT = "",
    after: A_SHORT = "", limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:  # fmt: skip
    """List the matters within the caller's reach, the most urgent first; overdue stands with the handling unit."""
    who.must("matter.look", who.reach)
    wanted = Sought(
        show=show, q=q, state=state, kind=kind, town=town, station=station, grid=grid, unit=unit_name, channel=channel,
        period=read_period(unit, period, who) if period else None,
    )  # fmt: skip
    found = inbox(unit, somebody(who), now=who.act.at, wanted=wanted, after=after, most=limit)
    return JSONResponse(
        {"matters": [brief(matter, who.lang, who.act.at) for matter in found.matters], "next": found.next,
         "total": found.total, "waiting": found.waiting, "late": found.late, "soon": found.soon,
         "left_today": found.left_today}
    )  # fmt: skip


@router.get("/measures")
def get_measures(
    who: ACaller, unit: AReading, period: Annotated[str, Query(max_length=16)], of: A_SHORT = "", town: A_SHORT = "",
    station: A_SHORT = "", district: A_SHORT = "", unit_name: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """Measure how matters were handled in a period: everywhere, in one place, or for each (`of`)."""
    who.must("matter.measure")
    when = read_period(unit, period, who)
    if of:
        if of not in PLACES:
            raise BadRequestError("error.matter_show", show=of, known=" ".join(PLACES))
        rows = by(unit, when, now=who.act.at, of=of)
    else:
        rows = (
            measures(unit, when, now=who.act.at, town=town, station=station, district=district, unit_name=unit_name),
        )
    return JSONResponse(
        {"period": when.name, "from": when.start.isoformat(), "to": when.end.isoformat(), "of": of,
         "measures": [measure_body(row) for row in rows]}
    )  # fmt: skip


@router.get("/{code}")
def get_matter(code: str, who: ACaller, unit: AReading) -> Response:
    """Tell one matter: by its number to whoever may look, by a ticket to anybody who holds it."""
    now = who.act.at
    if not NUMBER.fullmatch(code):
        who.must("matter.follow")
        matter = by_ticket(unit, code, now=now)
        return JSONResponse(public(unit, matter, who.lang, now))
    who.must("matter.look", who.reach)
    matter = by_code(unit, code, now=now)
    who.must("matter.look", subject_of(matter))
    return JSONResponse(whole(unit, matter, who, now))


@router.post("/{code}/moves")
def post_move(request: Request, code: str, body: Asked, who: ACaller, house: AHouse) -> Response:
    """Take a matter one step further; a step on an older state is told who was faster."""
    from_own_page(request, who)
    atlas = atlas_or_none(house, who)
    now = who.act.at
    if not NUMBER.fullmatch(code) or body.ticket:
        who.must("matter.follow")
        with house.store.unit() as unit:
            matter = as_resident(unit, who, body, body.ticket or code, atlas)
            return JSONResponse(public(unit, matter, who.lang, now))
    who.must("matter.move", who.reach)
    with house.store.unit() as unit:
        before = by_code(unit, code, now=now)
        act = {"merge": "matter.merge", "unmerge": "matter.merge", "route": "matter.route"}.get(
            body.move, "matter.move"
        )
        who.must(act, subject_of(before))
        act_on(unit, who, body, code, atlas)
        return JSONResponse(whole(unit, by_code(unit, code, now=now), who, now))


def as_resident(unit: Session, who: Caller, body: Asked, ticket: str, atlas: Atlas | None) -> Matter:
    """Do a resident's move: rate the handling, ask again, give the place."""
    spot = parse_spot(body.lon, body.lat, body.datum, body.grid, "")
    return move(
        unit, who.act, viewer=None, ticket=ticket, name=body.move, facts=body.facts, spot=spot, expected=body.expected,
        atlas=atlas,
    )  # fmt: skip


def act_on(unit: Session, who: Caller, body: Asked, code: str, atlas: Atlas | None) -> None:
    """Do what staff or a deputy ask for."""
    viewer = somebody(who)
    if body.move == "merge":
        into = by_code(unit, body.into, now=who.act.at)
        who.must("matter.merge", subject_of(into))
        merge(unit, who.act, viewer=viewer, code=code, into=body.into, reason=body.reason)
    elif body.move == "unmerge":
        unmerge(unit, who.act, viewer=viewer, code=code, reason=body.reason)
    elif body.move == "follow":
        follow_one(unit, who.act, row=row_by_code(unit, code))
    elif body.move == "route":
        if atlas is None:
            raise NotFoundError("error.nothing_in_force", day=who.act.today.isoformat())
        route(unit, who.act, viewer=viewer, code=code, atlas=atlas, reason=body.reason, station=body.station,
              deputy=body.deputy)  # fmt: skip
    else:
        spot = parse_spot(body.lon, body.lat, body.datum, body.grid, "")
        move(unit, who.act, viewer=viewer, code=code, name=body.move, facts=body.facts, spot=spot,
             expected=body.expected, atlas=atlas)  # fmt: skip


def somebody(who: Caller) -> Viewer:
    """Give who is logged in, or refuse with the permission's own answer."""
    if who.viewer is None:
        who.must("matter.look")
        raise RefusedError("error.csrf")
    return who.viewer


def atlas_or_none(house: House, who: Caller) -> Atlas | None:
    """Give the atlas in force today; before the first one there is none, and matters are taken all the same."""
    try:
        return house.atlases.on(who.act.today)
    except NotFoundError:
        return None


def read_period(unit: Session, name: str, who: Caller) -> Period:
    """Read a period. Raises BadRequestError."""
    return period_of(the_term(unit, on=who.act.today), name)
