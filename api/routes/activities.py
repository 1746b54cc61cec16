"""Activities over HTTP: entered once per Idempotency-Key, and taken from step to step by whoever may."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.door import ACaller, AHouse, Caller
from api.telling import told
from congress.activities import MOVES
from congress.activity_checks import Finding
from congress.permissions import Subject, Viewer
from data.messages import say
from services.activities import enter, move
from services.drafts import Draft, Grounded, ground, look_over
from services.errors import RefusedError
from services.register import Registered, by_code, names_of

router = APIRouter(prefix="/api/v1/activities", tags=["activities"])
A_KEY = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$",
           description="the same key with the same content is done once"),
]  # fmt: skip
A_CODE = Annotated[str, Field(max_length=40)]


class Entered(BaseModel):
    """What is sent to enter an activity: codes and numbers, never a position."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=60)]
    on: date
    people: Annotated[
        list[A_CODE], Field(min_length=1, max_length=1000, description="ids or roster numbers; the first leads")
    ]
    grid: A_CODE = ""
    station: A_CODE = ""
    title: Annotated[str, Field(max_length=200)] = ""
    mode: Annotated[str, Field(max_length=40)] = ""
    level: Annotated[str, Field(max_length=16)] = ""
    hours: Annotated[Decimal | None, Field(ge=0, le=24, decimal_places=1)] = None
    half_days: Annotated[int | None, Field(ge=0, le=60)] = None
    served: Annotated[int | None, Field(ge=0, le=100_000)] = None
    starts: Annotated[str, Field(pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$", description="HH:MM")] = ""
    witnesses: Annotated[str, Field(max_length=400)] = ""
    roll_call: bool = False
    check_only: Annotated[bool, Field(description="give the checks, enter nothing")] = False

    def draft(self) -> Draft:
        """Give it as the draft that is grounded and entered."""
        return Draft(
            kind=self.kind, on=self.on, people=tuple(self.people), grid=self.grid, station=self.station,
            title=self.title, mode=self.mode, level=self.level,
            hours_tenths=None if self.hours is None else int(self.hours * 10), half_days=self.half_days,
            served=self.served, starts_minute=minutes(self.starts), witnesses=self.witnesses,
            roll_call=self.roll_call,
        )  # fmt: skip


class Moved(BaseModel):
    """One step that is asked for."""

    model_config = ConfigDict(extra="forbid")

    move: Literal["confirm", "decline", "disown", "verify", "refuse", "return", "withdraw"]
    reason: Annotated[str, Field(max_length=400)] = ""
    version: Annotated[int | None, Field(ge=1)] = None


@router.post("", status_code=201)
def post_activity(request: Request, body: Entered, who: ACaller, house: AHouse, key: A_KEY) -> Response:  # noqa: ARG001
    """Enter an activity, by a deputy for themselves or by staff for them; the answer names what to look at twice."""
    who.must("activity.enter", who.reach)
    from_own_page(request, who)
    viewer = somebody(who)
    with house.store.unit() as unit:
        found = ground(unit, body.draft(), who.act.today)
        for subject in entry_subjects(found, viewer):
            who.must("activity.enter", subject)
        noticed = look_over(unit, found, who.act.today)
        names = names_of(unit, [finding.person for finding in noticed])
        checks = list(finding_bodies(noticed, names, who.lang))
        if body.check_only:
            return JSONResponse({"entered": False, "checks": checks})
        answer = enter(unit, who.act, viewer=viewer, found=found)
    checks = [check for check in checks if check["other"] != answer["code"]]  # a second tap meets its own first
    return JSONResponse({"entered": True, **answer, "checks": checks}, status_code=201)


@router.post("/{code}/moves")
def post_move(request: Request, code: str, body: Moved, who: ACaller, house: AHouse) -> Response:
    """Take an activity one step further; a second step on an older version is refused."""
    from_own_page(request, who)
    viewer = somebody(who)
    with house.store.unit() as unit:
        found = by_code(unit, code)
        who.must(act_of(body.move), activity_subject(found, viewer, act_of(body.move)))
        state = move(unit, who.act, viewer=viewer, code=code, name=body.move, reason=body.reason, version=body.version)
        version = by_code(unit, code).version
    return JSONResponse({"code": code, "state": state, "state_name": say(f"activity.state.{state}", who.lang),
                         "version": version})  # fmt: skip


def from_own_page(request: Request, who: Caller) -> None:
    """See to it that a cookie is not used from elsewhere: with one, the page's own token must come along."""
    if who.csrf and request.headers.get("x-csrf-token") != who.csrf:
        raise RefusedError("error.csrf")


def somebody(who: Caller) -> Viewer:
    """Give who is logged in, or refuse with the permission's own answer."""
    if who.viewer is None:
        who.must("activity.enter")
        raise RefusedError("error.csrf")
    return who.viewer


def act_of(move: str) -> str:
    """Name the permission that a step asks for."""
    return MOVES[move].act if move in MOVES else "activity.verify"


def entry_subjects(found: Grounded, viewer: Viewer) -> list[Subject]:
    """Say whose activity is entered and where: for a deputy their own, for staff every one of the people."""
    station = found.draft.station
    if viewer.role == "deputy":
        return [Subject(person=found.seats[0].person_id, station=station)]
    return [Subject(person=seat.person_id, town=seat.town_code, station=station) for seat in found.seats]


def activity_subject(found: Registered, viewer: Viewer | None, act: str = "") -> Subject:
    """Say whose activity it is and where, as the viewer meets it; it is verified by the town of whoever leads."""
    mine = found.of(viewer.person) if viewer is not None and viewer.person else None
    lead = found.people[0] if found.people else None
    towns = found.towns[:1] if act == "activity.verify" else found.towns
    town = viewer.scope if viewer is not None and viewer.scope in towns else next(iter(towns), "")
    person = mine.person if mine is not None else lead.person if lead is not None else ""
    return Subject(person=person, town=town, station=found.station)


def finding_bodies(findings: Iterable[Finding], names: Mapping[str, str], lang: str) -> tuple[dict[str, str], ...]:
    """Give what to look at twice, in words; the same said of several people is said once."""
    people: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.other)
        people.setdefault(key, []).append(names.get(finding.person, finding.person))
        first.setdefault(key, finding)
    comma = "、" if lang == "zh" else ", "
    return tuple(
        {"kind": kind, "other": other,
         "why": told(f"activity.check.{kind}", lang, {**first[kind, other].facts, "person": comma.join(of)})}
        for (kind, other), of in people.items()
    )  # fmt: skip


def minutes(text: str) -> int | None:
    """Read a time of day as minutes after midnight; None where nothing is written."""
    if not text:
        return None
    hour, minute = text.split(":")[:2]
    return int(hour) * 60 + int(minute)
