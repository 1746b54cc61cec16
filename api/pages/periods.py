"""Closed periods: what is open, closed or frozen, and every objection with its next step."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.entering import tenths_of_hours
from api.pages.furniture import period_label
from api.pages.shell import page
from api.routes.activities import somebody
from api.telling import points_text, reason_text, told
from congress.permissions import Subject
from data.messages import say
from services.act import CIVIL, Act
from services.atlas import Atlas
from services.closings import PeriodState, close_period, freeze_period, periods_of
from services.errors import ActError, BadRequestError
from services.instance import setting, the_term
from services.objections import KINDS, Raised, answer_objection, objections, raise_objection
from services.points import statement
from services.publication import SHOWS, Chosen, choices

router = APIRouter()
HERE = "/congress/periods"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    """A period as the page writes it, with what comes next."""

    name: str
    label: str
    state: str
    state_name: str
    next_step: str
    may_close: bool
    may_freeze: bool
    may_publish: bool
    public: str  # what the public sees of it, in words; empty while nothing was chosen
    public_why: str
    found: PeriodState


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionLine:
    """An objection as the page writes it, with what comes next."""

    number: int
    kind: str
    period: str
    name: str
    href: str
    text: str
    entry: str
    why: str
    activity: str
    state: str
    state_name: str
    raised_on: date
    answered_on: date | None
    answer: str
    next_step: str
    may_answer: bool
    missing: bool
    wrong: bool
    version: int


@router.get(HERE)
def periods_page(request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, done: str = "") -> Response:
    """Show how the periods stand, and the objections, those without an answer first."""
    who.must("period.look")
    return shown(request, who, atlas, unit, done=done if done in ("close", "freeze", "answer", "publish") else "")


def shown(
    request: Request, who: Caller, atlas: Atlas, unit: Session, *, done: str = "", problem: str = "", status: int = 200
) -> Response:
    """Dress the page."""
    term = the_term(unit, atlas.term)
    may_close = who.may("period.close")
    found = periods_of(unit, term, who.act.today)
    public = choices(unit, term)
    return page(
        request, "periods.html", who=who, name="activities", atlas=atlas, status=status, problem=problem,
        done=say(f"close.page.done.{done}", who.lang) if done else "", days=int(setting(unit, "points.objection_days")),
        periods=[period_line(one, who, public.get(one.period), may_close=may_close) for one in found], shows=SHOWS,
        objections=[objection_line(one, who) for one in objections(unit, term)],
    )  # fmt: skip


def period_line(one: PeriodState, who: Caller, public: Chosen | None, *, may_close: bool) -> PeriodLine:
    """Say how a period stands and what comes next."""
    unanswered = (one.objections or {}).get("raised", 0)
    closable = one.state == "open" and one.over
    settled = not one.takes_objections(who.act.today) and not unanswered
    freezable = one.state == "closed" and settled
    if closable:
        step = "waiting" if one.waiting else "close"
    elif one.state == "closed":
        step = "answer" if unanswered else "freeze" if freezable else "window"
    else:
        step = {"open": "lasting", "covered": "covered"}.get(one.state, "frozen")
    return PeriodLine(
        name=one.period, label=period_label(one.period, who.lang), state=one.state,
        state_name=say(f"period.state.{one.state}", who.lang),
        next_step=say(f"close.page.next.{step}", who.lang, waiting=one.waiting, unanswered=unanswered,
                      until=one.objections_until.isoformat() if one.objections_until else "",
                      last_day=one.ends.isoformat()),
        may_close=may_close and closable, may_freeze=may_close and freezable, found=one,
        may_publish=who.may("period.publish") and one.state in ("closed", "frozen") and settled,
        public=say(f"publish.shows.{public.shows}", who.lang) if public else "",
        public_why=f"{public.on.isoformat()} · {public.by} · {public.reason}" if public else "",
    )  # fmt: skip


def objection_line(one: Raised, who: Caller) -> ObjectionLine:
    """Write an objection with the entry that is meant."""
    may_answer = one.state == "raised" and not one.frozen and who.may("objection.answer", Subject(person=one.person))
    entry = f"{one.on.isoformat()} · {points_text(one.tenths)}" if one.on is not None else ""
    step = one.state if one.state != "raised" else f"raised_{one.kind}"
    return ObjectionLine(
        number=one.number, kind=say(f"objection.kind.{one.kind}", who.lang), period=period_label(one.period, who.lang),
        name=one.name, href=f"/deputies/{one.person}?period={one.period}", text=one.text, entry=entry,
        why=reason_text(one.reason, who.lang) if one.reason else "", activity=one.activity, state=one.state,
        state_name=say(f"objection.state.{one.state}", who.lang), raised_on=one.raised_at.astimezone(CIVIL).date(),
        answered_on=one.answered_at.astimezone(CIVIL).date() if one.answered_at else None, answer=one.answer,
        next_step=say(f"objection.next.{step}", who.lang), may_answer=may_answer, missing=one.kind == "missing",
        wrong=one.kind == "wrong", version=one.version,
    )  # fmt: skip


@router.post(HERE + "/{period}/close")
async def close_it(request: Request, period: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Close a period."""
    who.must("period.close")
    await read_form(request, who)
    return await run_in_threadpool(done_or_said, request, who, house, atlas, "close", period, None)


@router.post(HERE + "/{period}/freeze")
async def freeze_it(request: Request, period: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Freeze a closed period."""
    who.must("period.close")
    await read_form(request, who)
    return await run_in_threadpool(done_or_said, request, who, house, atlas, "freeze", period, None)


@router.post("/congress/objections/{number}")
async def answer_it(request: Request, number: int, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Answer an objection with a reason."""
    who.must("objection.answer")
    form = await read_form(request, who)
    return await run_in_threadpool(done_or_said, request, who, house, atlas, "answer", str(number), form)


def done_or_said(
    request: Request, who: Caller, house: House, atlas: Atlas, name: str, of: str, form: Form | None
) -> Response:
    """Do what was asked; what cannot be done is said on the page itself."""
    try:
        with house.store.unit() as unit:
            if name == "close":
                close_period(unit, who.act, period=of, term=atlas.term)
            elif name == "freeze":
                freeze_period(unit, who.act, period=of, term=atlas.term)
            elif form is not None:
                answered(unit, who, atlas, int(of), form)
    except ActError as wrong:
        with house.store.reading() as unit:
            return shown(request, who, atlas, unit, problem=told(wrong.key, who.lang, wrong.facts), status=wrong.status)
    return RedirectResponse(f"{HERE}?done={name}" + ("#objections" if name == "answer" else ""), status_code=303)


def answered(unit: Session, who: Caller, atlas: Atlas, number: int, form: Form) -> None:
    """Answer one objection, unless it is the viewer's own."""
    theirs = next((one for one in objections(unit, the_term(unit, atlas.term)) if one.number == number), None)
    who.must("objection.answer", Subject(person=theirs.person if theirs else ""))
    verdict = form.one("verdict")
    if verdict not in ("upheld", "rejected"):
        raise BadRequestError("error.form")
    answer_objection(
        unit, who.act, viewer=somebody(who), number=number, upheld=verdict == "upheld", answer=form.one("answer"),
        activity=form.one("activity"), measures=measures_of(form), version=whole(form, "version"),
    )  # fmt: skip


def measures_of(form: Form) -> dict[str, int]:
    """Read the corrected numbers that were typed; the others stay as they are. Raises BadRequestError."""
    found: dict[str, int] = {}
    if form.one("hours"):
        try:
            found["hours_tenths"] = tenths_of_hours(form.one("hours"))
        except ValueError as wrong:
            raise BadRequestError("error.objection_measures") from wrong
    for name in ("half_days", "served"):
        number = whole(form, name)
        if number is not None:
            found[name] = number
    return found


def whole(form: Form, name: str) -> int | None:
    """Read a whole number of a form. Raises BadRequestError."""
    try:
        return form.number(name)
    except ValueError as wrong:
        raise BadRequestError("error.form") from wrong


@router.post("/deputies/{person}/objections")
async def object_to(request: Request, person: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Raise an objection to one's own entries of a closed period."""
    who.must("objection.raise", Subject(person=person))
    form = await read_form(request, who)
    return await run_in_threadpool(objected, who, house, atlas, person, form)


def objected(who: Caller, house: House, atlas: Atlas, person: str, form: Form) -> Response:
    """Keep an objection once, and go back to the deputy's page."""
    act = Act(actor=who.act.actor, at=who.act.at, request_id=form.one("key")[:100])
    with house.store.unit() as unit:
        raise_objection(
            unit, act, person=person, period=form.one("period"), kind=form.one("kind"), text=form.one("text"),
            entry=whole(form, "entry"), activity=form.one("activity"), term=atlas.term,
        )  # fmt: skip
    return RedirectResponse(f"/deputies/{quote(person)}?objected=1#objections", status_code=303)


def objections_shown(unit: Session, atlas: Atlas, who: Caller, person: str) -> dict[str, Any]:
    """Give what a deputy's page shows of closed periods: where an objection is taken, and what became of others."""
    term = the_term(unit, atlas.term)
    may = who.may("objection.raise", Subject(person=person))
    windows = [one for one in periods_of(unit, term, who.act.today) if one.takes_objections(who.act.today)]
    return {
        "raised": [objection_line(one, who) for one in objections(unit, term, person=person)],
        "windows": [
            {"period": one.period, "label": period_label(one.period, who.lang), "until": one.objections_until,
             "entries": entries_of(unit, atlas, person, one.period, who.lang)}
            for one in windows
        ] if may else [],
        "kinds": [(kind, say(f"objection.kind.{kind}", who.lang)) for kind in KINDS],
    }  # fmt: skip


def entries_of(unit: Session, atlas: Atlas, person: str, period: str, lang: str) -> list[tuple[int, str]]:
    """Offer the standing entries of a period to choose from."""
    found = statement(unit, person=person, period=period, term=atlas.term)
    undone = {line.reverses for line in found.lines}
    return [
        (line.entry, " · ".join((
            line.on.isoformat(), line.reason["facts"].get(f"rule_title_{lang}", line.rule), points_text(line.tenths))))
        for line in reversed(found.lines)
        if line.reverses is None and line.entry not in undone
    ]  # fmt: skip
