"""Entering an activity: large buttons for the kind, then one short form that keeps what was typed."""

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, Caller, House
from api.forms import Form, read_form
from api.pages.furniture import Option
from api.pages.shell import page
from api.routes.activities import entry_subjects, finding_bodies, minutes, somebody
from api.telling import told
from congress.activities import MODES
from congress.levels import LEVELS
from data.frames import each
from data.messages import say
from data.rules import ActivityKind, kinds
from services.act import Act
from services.activities import enter
from services.atlas import Atlas, Holder
from services.drafts import Draft, DraftError, DraftFlaw, ground, look_over
from services.errors import ActError
from services.evidence import MOST_FILES, Sound, examine
from services.register import names_of

router = APIRouter(prefix="/activities/new")
RECEPTION = "station.reception"
FIELDS = {"hours": "hours_tenths", "starts": "starts_minute"}  # what a flaw calls the fields of the form


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShown:
    """A kind as a large button."""

    title: str
    href: str
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Places or people under one heading."""

    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the form: from the address, or what was typed before something had to be mended."""

    kind: str
    on: str
    place: str
    people: tuple[str, ...]
    lead: str = ""
    level: str = ""
    mode: str = ""
    title: str = ""
    hours: str = ""
    half_days: str = ""
    served: str = ""
    starts: str = ""
    witnesses: str = ""
    roll_call: bool = False
    town: str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))


@router.get("")
def new_page(
    request: Request, who: ACaller, atlas: AnAtlas, kind: str = "", roll_call: bool = False, town: str = ""
) -> Response:
    """Ask for the kind first, then for the rest, which is there already where it can be."""
    who.must("activity.enter", who.reach)
    known = {one.code: one for one in kinds()}
    if kind not in known:
        return kinds_page(request, who, atlas, roll_call=roll_call, town=town)
    written = Written(
        kind=kind, on=who.act.today.isoformat(), place=usual_place(who, atlas, kind), roll_call=roll_call,
        people=(somebody(who).person,) if is_deputy(who) else (), town=town or own_town(who, atlas),
    )  # fmt: skip
    return form_page(request, who, atlas, known[kind], written)


def is_deputy(who: Caller) -> bool:
    """Say whether a deputy is entering for themselves."""
    return who.viewer is not None and who.viewer.role == "deputy"


def kinds_page(request: Request, who: Caller, atlas: Atlas, *, roll_call: bool, town: str) -> Response:
    """Show the kinds as large buttons: the eight of the grid, and the others."""
    more = ("&roll_call=true" if roll_call else "") + (f"&town={town}" if town in atlas.names else "")

    def buttons(grid_kind: bool) -> list[KindShown]:
        return [
            KindShown(title=one.title[who.lang], href=f"/activities/new?kind={one.code}{more}", assumed=one.assumed)
            for one in kinds()
            if one.grid_kind is grid_kind
        ]

    return page(
        request, "activity_kinds.html", who=who, name="activities", atlas=atlas, common=buttons(False),
        eight=buttons(True), roll_call=roll_call, staff=not is_deputy(who),
    )  # fmt: skip


def form_page(
    request: Request,
    who: Caller,
    atlas: Atlas,
    kind: ActivityKind,
    written: Written,
    *,
    flaws: tuple[DraftFlaw, ...] = (),
    noticed: tuple[dict[str, str], ...] = (),
    problem: str = "",
    files_again: bool = False,
    action: str = "/activities/new",
    sent_back: str = "",
    status: int = 200,
) -> Response:
    """Show the form with what is written in it, what must be mended, and what to look at twice.

    action: where the form goes; sent_back: why a verifier wants it corrected.
    """
    seats = [seat for seat in holders(atlas) if is_deputy(who) and seat.person_id == somebody(who).person]
    return page(
        request, "activity_new.html", who=who, name="activities", atlas=atlas, status=status, written=written,
        kind={"code": kind.code, "title": kind.title[who.lang], "measure": kind.measure}, staff=not is_deputy(who),
        own_name=seats[0].name if seats else "", today=who.act.today,
        levels=[
            Option(value=seat.level, label=say(f"level.{seat.level}", who.lang), selected=seat.level == written.level)
            for seat in seats
        ] if len({seat.level for seat in seats}) > 1 else [],
        places=places(who, atlas, written), people=people(who, atlas, written),
        towns=towns(who, atlas, written),
        modes=[Option(value=mode, label=say(f"activity.mode.{mode}", who.lang), selected=mode == written.mode)
               for mode in MODES],
        wrong=flaw_words(flaws, who.lang), noticed=noticed, problem=problem, files_again=files_again,
        most_files=MOST_FILES, action=action, sent_back=sent_back,
    )  # fmt: skip


def flaw_words(flaws: tuple[DraftFlaw, ...], lang: str) -> dict[str, str]:
    """Give what must be mended, by field."""
    return {flaw.field: told(flaw.key, lang, flaw.facts) for flaw in reversed(flaws)}


def holders(atlas: Atlas) -> list[Holder]:
    """Give the seats in the order of level and code."""
    return sorted(atlas.holders.values(), key=lambda seat: (-LEVELS.index(seat.level), seat.seat))


def own_town(who: Caller, atlas: Atlas) -> str:
    """Give the town whose people and places the form offers."""
    viewer = somebody(who)
    if viewer.role == "town":
        return viewer.scope
    if viewer.role == "station":
        found = atlas.stations.loc[atlas.stations["code"] == viewer.scope, "town"]
        return str(found.iloc[0]) if len(found) else ""
    mine = [seat.town for seat in holders(atlas) if seat.person_id == viewer.person and seat.town]
    return mine[0] if viewer.person and mine else ""


def own_places(who: Caller, atlas: Atlas) -> tuple[list[str], list[str]]:
    """Give the grids (those the deputy leads first) and the stations that a deputy is linked to."""
    mine = [seat for seat in holders(atlas) if seat.person_id == somebody(who).person]
    links = sorted(
        (link for seat in mine for link in atlas.by_seat.get(seat.seat, ())),
        key=lambda link: (link.position, link.grid),
    )
    return list(dict.fromkeys(link.grid for link in links)), list(
        dict.fromkeys(seat.station for seat in mine if seat.station)
    )


def usual_place(who: Caller, atlas: Atlas, kind: str) -> str:
    """Choose the place that the form opens with: the station for a reception, else the deputy's first grid."""
    viewer = somebody(who)
    if viewer.role == "station":
        return f"station:{viewer.scope}"
    if not is_deputy(who):
        return ""
    grids, stations = own_places(who, atlas)
    if stations and (kind == RECEPTION or not grids):
        return f"station:{stations[0]}"
    return f"grid:{grids[0]}" if grids and kind == "grid.visit" else ""


def places(who: Caller, atlas: Atlas, written: Written) -> list[Group]:
    """Offer the deputy's own grids and stations, then those of the town."""
    names = dict(zip(atlas.layers.grids["code"], atlas.layers.grids["name"], strict=True))
    stations = dict(zip(atlas.stations["code"], atlas.stations["name"], strict=True))
    own_grids, own_stations = own_places(who, atlas) if is_deputy(who) else ([], [])
    town = written.town
    in_town = [row for row in each(atlas.layers.grids) if row.town == town and row.code not in own_grids]
    of_town = [row for row in each(atlas.stations) if row.town == town and row.code not in own_stations]

    def option(kind: str, code: str, name: str) -> Option:
        value = f"{kind}:{code}"
        return Option(value=value, label=name, selected=value == written.place)

    offered = [
        ("own_grids", [option("grid", code, names.get(code, code)) for code in own_grids]),
        ("own_stations", [option("station", code, stations.get(code, code)) for code in own_stations]),
        ("stations", [option("station", row.code, row.name) for row in of_town]),
        (
            "grids",
            [option("grid", row.code, f"{atlas.names.get(row.village, '')} {row.name}".strip()) for row in in_town],
        ),
    ]
    groups = [
        Group(label=say(f"activity.page.places.{name}", who.lang), options=tuple(options))
        for name, options in offered
        if options
    ]
    if written.place and not any(option.selected for group in groups for option in group.options):
        kind, _, code = written.place.partition(":")
        typed = Option(
            value=written.place, label=(names if kind == "grid" else stations).get(code, code), selected=True
        )
        groups.insert(0, Group(label=say("activity.page.places.chosen", who.lang), options=(typed,)))
    return groups


def people(who: Caller, atlas: Atlas, written: Written) -> list[Option]:
    """Offer the deputies of the town as chips, one for each person; a deputy's own name is not among them."""
    mine = somebody(who).person
    found: dict[str, str] = {}
    for seat in holders(atlas):
        wanted = seat.town == written.town or seat.person_id in written.people
        if wanted and not (is_deputy(who) and seat.person_id == mine):
            found.setdefault(seat.person_id, seat.name)
    return [Option(value=person, label=name, selected=person in written.people) for person, name in found.items()]


def towns(who: Caller, atlas: Atlas, written: Written) -> list[Option]:
    """Offer the towns to whoever may enter for several."""
    if who.viewer is None or who.viewer.role != "congress":
        return []
    return [
        Option(value=code, label=name, selected=code == written.town)
        for code, name in zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
    ]


@router.post("")
async def new_entry(request: Request, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Enter what the form says; what must be mended or looked at twice comes back with everything that was typed."""
    who.must("activity.enter", who.reach)
    form = await read_form(request, who)
    return await run_in_threadpool(entered, request, who, house, atlas, form)


def entered(request: Request, who: Caller, house: House, atlas: Atlas, form: Form) -> Response:
    """Check a form, and enter it once."""
    written = written_of(who, form)
    kind = next((one for one in kinds() if one.code == written.kind), None)
    if kind is None:
        return kinds_page(request, who, atlas, roll_call=written.roll_call, town=written.town)

    def again(**more: Any) -> Response:
        return form_page(request, who, atlas, kind, written, files_again=bool(form.files), **more)

    try:
        draft, flaws = draft_of(written)
        sounds = tuple(examine(content, name) for name, content in form.files)
        if flaws:
            return again(flaws=flaws, status=422)
        act = Act(actor=who.act.actor, at=who.act.at, request_id=written.key[:100])
        with house.store.unit() as unit:
            code, noticed = try_to_enter(unit, house, who, act, draft, sounds, confirmed=form.has("confirmed"))
    except DraftError as wrong:
        return again(flaws=wrong.flaws, status=422)
    except ActError as wrong:
        return again(problem=told(wrong.key, who.lang, wrong.facts), status=wrong.status)
    if not code:
        return again(noticed=noticed)
    return RedirectResponse(f"/activities/{code}?entered=1", status_code=303)


def try_to_enter(
    unit: Session, house: House, who: Caller, act: Act, draft: Draft, files: tuple[Sound, ...], *, confirmed: bool
) -> tuple[str, tuple[dict[str, str], ...]]:
    """Enter a draft, unless there is something to look at twice that nobody has confirmed; give its code, or that."""
    viewer = somebody(who)
    found = ground(unit, draft, act.today)
    for subject in entry_subjects(found, viewer):
        who.must("activity.enter", subject)
    if not confirmed:
        noticed = look_over(unit, found, act.today)
        if noticed:
            names = names_of(unit, [finding.person for finding in noticed])
            return "", finding_bodies(noticed, names, who.lang)
    return enter(unit, act, viewer=viewer, found=found, files=files, home=house.settings.home)["code"], ()


def written_of(who: Caller, form: Form) -> Written:
    """Give what was typed; the one who leads comes first, a deputy always themselves."""
    chosen = list(dict.fromkeys(form.all("people")))
    first = somebody(who).person if is_deputy(who) else form.one("lead")
    if first and (first in chosen or is_deputy(who)):
        chosen = [first, *(one for one in chosen if one != first)]
    return Written(
        kind=form.one("kind"), on=form.one("on"), place=form.one("place"), people=tuple(chosen), lead=first,
        level=form.one("level"), mode=form.one("mode"), title=form.one("title"), hours=form.one("hours"),
        half_days=form.one("half_days"), served=form.one("served"), starts=form.one("starts"),
        witnesses=form.one("witnesses"), roll_call=form.has("roll_call"), town=form.one("town"),
        key=form.one("key") or secrets.token_urlsafe(18),
    )  # fmt: skip


def draft_of(written: Written) -> tuple[Draft, tuple[DraftFlaw, ...]]:
    """Read what was typed; what is no day, time or number is a flaw of its field."""
    flaws: list[DraftFlaw] = []

    def read(name: str, key: str, reading: Any) -> Any:
        text = getattr(written, name)
        try:
            return reading(text) if text else None
        except (ValueError, ArithmeticError):
            flaws.append(DraftFlaw(field=FIELDS.get(name, name), key=f"activity.flaw.{key}", facts={}))
            return None

    place, _, code = written.place.partition(":")
    on = read("on", "day", date.fromisoformat)
    if on is None and not flaws:
        flaws.append(DraftFlaw(field="on", key="activity.flaw.day", facts={}))
    draft = Draft(
        kind=written.kind, on=on or date.min, people=written.people, grid=code if place == "grid" else "",
        station=code if place == "station" else "", title=written.title, mode=written.mode, level=written.level,
        hours_tenths=read("hours", "number", tenths_of_hours), half_days=read("half_days", "number", int),
        served=read("served", "number", int), starts_minute=read("starts", "number", minutes),
        witnesses=written.witnesses, roll_call=written.roll_call,
    )  # fmt: skip
    return draft, tuple(flaws)


def tenths_of_hours(text: str) -> int:
    """Read hours as 1.5, exactly; more than one decimal is refused. Raises ValueError."""
    whole, _, part = text.replace("．", ".").replace(",", ".").partition(".")
    if len(part) > 1 or not (whole or part):
        raise ValueError(text)
    return int(whole or 0) * 10 + int(part or 0)
