"""The register of activities: what waits for whom, verified singly or in batch with a reason, and one activity."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.coverage import download
from api.pages.furniture import PAGE_SIZE, Export, Option, pager_of, period_label
from api.pages.shell import page
from api.routes.activities import act_of, activity_subject, finding_bodies, somebody
from api.telling import told
from api.writing import written_day
from congress.activities import MODES, MOVES, OPEN_STATES, STATES, open_moves
from congress.permissions import Viewer
from data.messages import say
from data.tables import Term
from services.act import CIVIL
from services.activities import move, move_many, town_first
from services.atlas import Atlas
from services.errors import ActError, BadRequestError, NotFoundError
from services.evidence import MOST_FILES, attach, bring_out, examine
from services.instance import the_term
from services.points import kind_titles, period_of
from services.register import (
    Registered,
    Wanted,
    by_code,
    by_codes,
    checked,
    files_of,
    history,
    names_of,
    registered,
    row_of,
    sent_back,
)

router = APIRouter(prefix="/activities")
WAITING, MOST_EXPORTED = "waiting", 20_000
MOST_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An activity as the list writes it."""

    code: str
    href: str
    on: date
    kind: str
    title: str
    people: str
    place: str
    measures: str
    state: str
    state_name: str
    noticed: tuple[dict[str, str], ...]
    may_choose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """A step of the history as the page writes it."""

    at: datetime
    move: str
    state: str
    actor: str
    role: str
    reason: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list was asked for, within what the viewer may see."""

    state: str
    kind: str
    within: str
    q: str
    period: str

    def query(self) -> dict[str, str]:
        """Give it as the address has it."""
        return {"state": self.state, "kind": self.kind, "within": self.within, "q": self.q, "period": self.period}


def asked_of(who: Caller, state: str | None, kind: str, within: str, q: str, period: str) -> Asked:
    """Open the list with what waits for the viewer; a deputy with everything of their own."""
    usual = "" if who.viewer is not None and who.viewer.role == "deputy" else WAITING
    return Asked(state=usual if state is None else state, kind=kind, within=within, q=q, period=period)


def wanted_of(who: Caller, term: Term, asked: Asked) -> Wanted:
    """Narrow what was asked for to what the viewer may see."""
    viewer = somebody(who)
    if asked.state and asked.state != WAITING and asked.state not in STATES:
        raise BadRequestError("error.activity_state", state=asked.state, known=" ".join(STATES))
    waiting = {"town": ("reported", "returned"), "congress": ("reported", "town_verified")}.get(
        viewer.role, OPEN_STATES
    )
    return Wanted(
        states=waiting if asked.state == WAITING else (asked.state,) if asked.state else (),
        kind=asked.kind, q=asked.q, period=period_of(term, asked.period) if asked.period else None,
        town=viewer.scope if viewer.role == "town" else asked.within,
        station=viewer.scope if viewer.role == "station" else "",
        person=viewer.person if viewer.role == "deputy" else "",
    )  # fmt: skip


def must_look(who: Caller) -> None:
    """Refuse whoever may look at no activity at all; everybody else sees what is in their reach."""
    who.must("activity.look", who.reach)


@router.get("")
def activities_page(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    state: str | None = None,
    kind: str = "",
    within: str = "",
    q: Annotated[str, Query(max_length=80)] = "",
    period: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
    done: int = 0,
    left: int = 0,
) -> Response:
    """List activities: what waits for the viewer first, each with what to look at twice."""
    must_look(who)
    asked = asked_of(who, state, kind, within, q, period)
    return list_page(request, who, atlas, unit, asked, number, done=done, left=left)


def list_page(
    request: Request, who: Caller, atlas: Atlas, unit: Session, asked: Asked, number: int, *, done: int = 0,
    left: int = 0, refused: tuple[tuple[str, str], ...] = (), problem: str = "", status: int = 200,
) -> Response:  # fmt: skip
    """Dress the list."""
    term = the_term(unit, atlas.term)
    wanted = wanted_of(who, term, asked)
    found, total = registered(unit, term, wanted, first=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    pager = pager_of("/activities", asked.query(), number, total)
    titles = kind_titles()
    return page(
        request, "activities.html", who=who, name="activities", atlas=atlas, status=status, q=asked.q, pager=pager,
        lines=lines_of(unit, who, atlas, found, titles), refused=refused, problem=problem, done=done, left=left,
        states=state_options(asked, who), kinds=kind_options(asked, titles, who.lang), query=asked.query(),
        towns=town_options(asked, atlas, who) if somebody(who).role in ("congress", "auditor", "admin") else [],
        periods=[
            Option(value=name, label=period_label(name, who.lang) if name else say("activity.page.any_time", who.lang),
                   selected=name == asked.period)
            for name in dict.fromkeys(["", asked.period, *period_names(who.act.today)])
        ],
        may_verify=somebody(who).role in MOVES["verify"].starts,
        may_enter=who.may("activity.enter", who.reach), links=links_of(who),
        exports=[
            Export(label=say(f"export.table.{fmt}", who.lang), href=f"/activities.{fmt}?{urlencode(asked.query())}")
            for fmt in ("xlsx", "csv")
        ],
    )  # fmt: skip


def links_of(who: Caller) -> list[Export]:
    """Lead those who may to what belongs to the register: closed periods and rule books."""
    offered = (
        ("period.look", "/congress/periods", "close.page.title"),
        ("rules.try", "/congress/rules", "try.page.title"),
        ("fairness.look", "/congress/fairness", "fairness.title"),
    )
    return [Export(label=say(key, who.lang), href=href) for act, href, key in offered if who.may(act)]


def period_names(today: date) -> list[str]:
    """Offer this year with its quarters, and the year before."""
    return [str(today.year), *(f"{today.year}Q{quarter}" for quarter in (1, 2, 3, 4)), str(today.year - 1)]


def state_options(asked: Asked, who: Caller) -> list[Option]:
    """Offer what waits, each state, and everything."""
    names = [(WAITING, "activity.page.waiting"), *((state, f"activity.state.{state}") for state in STATES)]
    every = Option(value="", label=say("activity.page.any_state", who.lang), selected=not asked.state)
    return [*(Option(value=name, label=say(key, who.lang), selected=name == asked.state) for name, key in names), every]


def kind_options(asked: Asked, titles: dict[str, dict[str, str]], lang: str) -> list[Option]:
    """Offer the kinds."""
    every = Option(value="", label=say("activity.page.any_kind", lang), selected=not asked.kind)
    return [every, *(Option(value=one, label=title[lang], selected=one == asked.kind) for one, title in titles.items())]


def town_options(asked: Asked, atlas: Atlas, who: Caller) -> list[Option]:
    """Offer the towns."""
    every = Option(value="", label=say("filter.all_towns", who.lang), selected=not asked.within)
    towns = zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
    return [every, *(Option(value=code, label=name, selected=code == asked.within) for code, name in towns)]


def lines_of(
    unit: Session, who: Caller, atlas: Atlas, acts: tuple[Registered, ...], titles: dict[str, dict[str, str]]
) -> list[Line]:
    """Write the activities of a page."""
    waiting = [act for act in acts if act.state in OPEN_STATES]
    notes = checked(unit, waiting, who.act.today)
    names = names_of(unit, {finding.person for found in notes.values() for finding in found})
    return [
        Line(
            code=act.code, href=f"/activities/{quote(act.code)}", on=act.on,
            kind=titles.get(act.kind, {}).get(who.lang, act.kind), title=act.title, people=people_text(act, who.lang),
            place=place_name(atlas, act), measures=measures_text(act, who.lang), state=act.state,
            state_name=state_text(unit, act, who.lang),
            noticed=finding_bodies(notes.get(act.code, ()), names, who.lang),
            may_choose="verify" in moves_of(unit, who, act),
        )
        for act in acts
    ]  # fmt: skip


def moves_of(unit: Session, who: Caller, act: Registered) -> tuple[str, ...]:
    """Name the steps that the viewer may take with an activity."""
    viewer = somebody(who)
    return tuple(
        name
        for name in open_moves(act.state, role=viewer.role, town_first=town_first(unit, act))
        if who.may(act_of(name), activity_subject(act, viewer, act_of(name))) and concerns(act, viewer, name)
    )


def concerns(act: Registered, viewer: Viewer, move: str) -> bool:
    """Say whether a step is for this viewer: an answer for who is asked, a correction for who entered it."""
    own = act.entered_by == viewer.user
    if move in ("confirm", "decline"):
        return act.waits_for(viewer.person)
    if move == "disown":
        return not own and act.of(viewer.person) is not None
    leads = bool(viewer.person) and bool(act.people) and act.people[0].person == viewer.person
    return own or leads if move == "resubmit" else True


def state_text(unit: Session, act: Registered, lang: str) -> str:
    """Name a state; what waits to be verified says by whom."""
    if act.state != "reported":
        return say(f"activity.state.{act.state}", lang)
    return say("activity.page.waits.town" if town_first(unit, act) else "activity.page.waits.congress", lang)


def people_text(act: Registered, lang: str) -> str:
    """Name the people, the first three of many."""
    comma = "、" if lang == "zh" else ", "
    shown = comma.join(one.name for one in act.people[:3])
    return shown if len(act.people) <= 3 else say("activity.page.and_more", lang, names=shown, number=len(act.people))


def place_name(atlas: Atlas, act: Registered) -> str:
    """Name the place of an activity."""
    frame, code = (atlas.layers.grids, act.grid) if act.grid else (atlas.stations, act.station)
    found = frame.loc[frame["code"] == code, "name"]
    name, town = str(found.iloc[0]) if len(found) else code, atlas.names.get(act.place_town, "")
    return name if name.startswith(town) else f"{town} {name}".strip()


def measures_text(act: Registered, lang: str) -> str:
    """Write what was measured: hours, half-days, people."""
    parts = []
    if act.hours_tenths is not None:
        parts.append(say("activity.page.hours", lang, number=f"{act.hours_tenths / 10:g}"))
    if act.half_days is not None:
        parts.append(say("activity.page.half_days", lang, number=act.half_days))
    if act.served is not None:
        parts.append(say("activity.page.served", lang, number=act.served))
    return " · ".join(parts)


@router.post("/moves")
async def batch(request: Request, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Verify or refuse the chosen activities, with one reason."""
    must_look(who)
    form = await read_form(request, who)
    return await run_in_threadpool(batch_done, request, who, house, atlas, form)


def batch_done(request: Request, who: Caller, house: House, atlas: Atlas, form: Form) -> Response:
    """Take the chosen activities one step further; those that could not go are named with why."""
    asked = Asked(**{name: form.one(name) for name in ("state", "kind", "within", "q", "period")})
    codes, name, reason = form.all("codes")[:MOST_BATCH], form.one("move"), form.one("reason")
    problem = ""
    if name not in ("verify", "refuse", "return"):
        problem = say("activity.refused.move", who.lang, move=name)
    elif not codes:
        problem = say("activity.page.none_chosen", who.lang)
    elif MOVES[name].reason and not reason:
        problem = told("activity.refused.reason", who.lang, {"move_key": f"activity.move.{name}"})
    if problem:
        with house.store.reading() as unit:
            return list_page(request, who, atlas, unit, asked, 1, problem=problem, status=422)
    viewer = somebody(who)
    with house.store.unit() as unit:
        acts = list(by_codes(unit, codes).values())
        for act in acts:
            who.must("activity.verify", activity_subject(act, viewer, "activity.verify"))
        done, refused = move_many(unit, who.act, viewer=viewer, acts=acts, name=name, reason=reason)
    if refused:
        told_why = tuple((code, told(wrong.key, who.lang, wrong.facts)) for code, wrong in refused)
        with house.store.reading() as unit:
            return list_page(request, who, atlas, unit, asked, 1, done=len(done), refused=told_why)
    return RedirectResponse("/activities?" + urlencode({**asked.query(), "done": len(done)}), status_code=303)


@router.get("/{code}")
def activity_page(
    request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading, entered: bool = False, done: str = ""
) -> Response:
    """Show one activity with its history, its files and the steps the viewer may take."""
    return one_page(request, who, atlas, unit, code, entered=entered, done=done if done in MOVES else "")


def one_page(
    request: Request, who: Caller, atlas: Atlas, unit: Session, code: str, *, entered: bool = False, done: str = "",
    problem: str = "", status: int = 200,
) -> Response:  # fmt: skip
    """Dress the page of one activity."""
    act = looked_at(unit, who, code)
    titles = kind_titles()
    viewer = somebody(who)
    notes = checked(unit, [act], who.act.today)[act.code] if act.state in OPEN_STATES else ()
    names = names_of(unit, {finding.person for finding in notes})
    moves = moves_of(unit, who, act)
    steps = history(unit, act)
    return page(
        request, "activity.html", who=who, name="activities", atlas=atlas, status=status, activity=act,
        kind=titles.get(act.kind, {}).get(who.lang, act.kind), where=place_name(atlas, act),
        measures=measures_text(act, who.lang), starts=clock(act.starts_minute),
        mode=say(f"activity.mode.{act.mode}", who.lang) if act.mode in MODES else act.mode,
        state_name=state_text(unit, act, who.lang),
        people=[
            {"name": one.name, "href": f"/deputies/{one.person}", "level": say(f"level.{one.level}", who.lang),
             "seat": one.seat, "role": say(f"activity.role.{one.role}", who.lang) if len(act.people) > 1 else "",
             "waits": act.waits_for(one.person)}
            for one in act.people
        ],
        steps=[
            StepShown(
                at=step.at.astimezone(CIVIL), move=say(f"activity.move.{step.move}", who.lang), actor=step.actor,
                state=say(f"activity.state.{step.after}", who.lang), role=say(f"role.{step.role}", who.lang),
                reason=step.reason, changes=changes_text(unit, atlas, step.changes, who.lang),
            )
            for step in steps
        ],
        files=[
            {"name": row.name, "href": f"/activities/{quote(act.code)}/files/{row.id}", "size": -(-row.size // 1024),
             "picture": row.media.startswith("image/")}
            for row in files_of(unit, act)
        ],
        moves=[
            {"name": name, "label": say(f"activity.move.{name}", who.lang), "reason": MOVES[name].reason,
             "href": f"/activities/{quote(act.code)}/correct" if name == "resubmit" else ""}
            for name in moves
        ],
        noticed=finding_bodies(notes, names, who.lang), sent_back=sent_back(steps) if act.state == "returned" else "",
        may_add=may_add(who, act), most_files=MOST_FILES, entered=entered, problem=problem,
        done=say(f"activity.move.{done}", who.lang) if done else "",
        home=f"/deputies/{viewer.person}" if viewer.person else "/activities",
    )  # fmt: skip


def changes_text(unit: Session, atlas: Atlas, changes: Mapping[str, list[Any]], lang: str) -> tuple[str, ...]:
    """Say what a correction changed: each field with what it was and what it became."""
    people = names_of(unit, {one for pair in changes.get("people", ()) for one in pair})
    comma = "、" if lang == "zh" else ", "

    def words(field: str, value: Any) -> str:
        if field == "people":
            return comma.join(people.get(one, one) for one in value)
        if field == "kind":
            return str(kind_titles().get(value, {}).get(lang, value))
        if field == "mode" and value in MODES:
            return say(f"activity.mode.{value}", lang)
        if field == "grid":
            return str(dict(zip(atlas.layers.grids["code"], atlas.layers.grids["name"], strict=True)).get(value, value))
        if field == "hours_tenths" and value is not None:
            return f"{value / 10:g}"
        return clock(value) if field == "starts_minute" else "" if value is None else str(value)

    return tuple(
        say("activity.page.changed", lang, field=say(f"activity.field.{field}", lang),
            before=words(field, before) or say("activity.field.empty", lang),
            after=words(field, after) or say("activity.field.empty", lang))
        for field, (before, after) in changes.items()
    )  # fmt: skip


def looked_at(unit: Session, who: Caller, code: str) -> Registered:
    """Find an activity that the viewer may look at. Raises NotFoundError."""
    if who.viewer is None:
        who.must("activity.look")
    act = by_code(unit, code)
    who.must("activity.look", activity_subject(act, who.viewer))
    return act


def may_add(who: Caller, act: Registered) -> bool:
    """Say whether the viewer may add a file: whoever entered it or took part, while it is not settled."""
    viewer = somebody(who)
    involved = act.entered_by == viewer.user or (bool(viewer.person) and act.of(viewer.person) is not None)
    return involved and act.state in OPEN_STATES


def clock(minute: int | None) -> str:
    """Write minutes after midnight as a time of day."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


@router.post("/{code}/moves")
async def one_move(request: Request, code: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Take one activity one step further."""
    form = await read_form(request, who)
    return await run_in_threadpool(one_done, request, who, house, atlas, code, form)


def one_done(request: Request, who: Caller, house: House, atlas: Atlas, code: str, form: Form) -> Response:
    """Do what the form asks; what cannot be done is said on the page itself."""
    name = form.one("move")
    with house.store.reading() as unit:
        act = looked_at(unit, who, code)
    who.must(act_of(name), activity_subject(act, who.viewer, act_of(name)))
    try:
        version = form.number("version")
        with house.store.unit() as unit:
            move(unit, who.act, viewer=somebody(who), code=code, name=name, reason=form.one("reason"), version=version)
    except (ActError, ValueError) as wrong:
        key, facts = (wrong.key, wrong.facts) if isinstance(wrong, ActError) else ("error.form", {})
        with house.store.reading() as unit:
            return one_page(request, who, atlas, unit, code, problem=told(key, who.lang, facts),
                            status=wrong.status if isinstance(wrong, ActError) else 400)  # fmt: skip
    with house.store.reading() as unit:
        still = who.may("activity.look", activity_subject(by_code(unit, code), who.viewer))
    return RedirectResponse(f"/activities/{quote(code)}?done={name}" if still else "/activities", status_code=303)


@router.post("/{code}/files")
async def add_files(request: Request, code: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Add files to an activity; nobody has to."""
    form = await read_form(request, who)
    return await run_in_threadpool(files_added, request, who, house, atlas, code, form)


def files_added(request: Request, who: Caller, house: House, atlas: Atlas, code: str, form: Form) -> Response:
    """Examine and keep files; one that cannot be kept is named, and none of them is kept."""
    with house.store.reading() as unit:
        act = looked_at(unit, who, code)
    try:
        if not may_add(who, act):
            raise BadRequestError("error.evidence_settled")
        sounds = tuple(examine(content, name) for name, content in form.files)
        with house.store.unit() as unit:
            attach(unit, who.act, house.settings.home, row_of(unit, code), sounds)
    except ActError as wrong:
        with house.store.reading() as unit:
            return one_page(request, who, atlas, unit, code, problem=told(wrong.key, who.lang, wrong.facts),
                            status=wrong.status)  # fmt: skip
    return RedirectResponse(f"/activities/{quote(code)}#files", status_code=303)


@router.get("/{code}/files/{number}")
def one_file(code: str, number: int, who: ACaller, house: AHouse, unit: AReading) -> Response:
    """Give a file to keep, never as a page: its type is what its bytes are, and it opens outside this site."""
    act = looked_at(unit, who, code)
    row = next((one for one in files_of(unit, act) if one.id == number), None)
    if row is None:
        raise NotFoundError("error.no_page")
    name = f"{code}-{number}{mimetypes.guess_extension(row.media) or ''}"
    return Response(
        bring_out(house.settings.home, row), media_type=row.media,
        headers={
            "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(row.name)}",
            "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store",
        },
    )  # fmt: skip


export_router = APIRouter()


@export_router.get("/activities.{fmt}")
def activities_table(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str, state: str | None = None, kind: str = "", within: str = "",
    q: Annotated[str, Query(max_length=80)] = "", period: str = "",
) -> Response:  # fmt: skip
    """Export the list as it was asked for."""
    must_look(who)
    term = the_term(unit, atlas.term)
    wanted = wanted_of(who, term, asked_of(who, state, kind, within, q, period))
    found, _ = registered(unit, term, wanted, most=MOST_EXPORTED)
    titles = kind_titles()
    headers = (
        ("编号", "日期", "履职类别", "标题", "代表", "地点", "小时", "半天", "服务人次", "状态", "录入", "核实")
        if who.lang == "zh"
        else ("code", "day", "kind", "title", "deputies", "place", "hours", "half-days", "served", "state",
              "entered by", "verified by")
    )  # fmt: skip
    rows = [
        (act.code, act.on.isoformat(), titles.get(act.kind, {}).get(who.lang, act.kind), act.title,
         ";".join(one.name for one in act.people), place_name(atlas, act),
         None if act.hours_tenths is None else act.hours_tenths / 10, act.half_days, act.served,
         say(f"activity.state.{act.state}", who.lang), act.entered_by, act.verified_by)
        for act in found
    ]  # fmt: skip
    title = say("activity.page.title", who.lang) + " · " + written_day(who.act.today, who.lang)
    return download(pd.DataFrame(rows, columns=list(headers)), fmt, title=title, name="activities",
                    synthetic=atlas.synthetic)  # fmt: skip
