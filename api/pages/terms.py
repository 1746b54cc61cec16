"""A new term (届), step by step: open, roster and districts, continuing deputies, law, plan, trial, hand-over."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import desk, done_at, must_check, problem_text, try_act
from api.telling import finding_text, told
from data.messages import say
from data.tables import Generation, PlanRow, Term
from services.errors import ActError, BadRequestError
from services.instance import open_term, the_term
from services.law import check_law
from services.plans import list_generations
from services.seats import vacancies
from services.taking_back import decided_matches, undo_match
from services.terms import EVERY, Continuing, Listed, continuing, decide_matches, hand_over, list_terms

router = APIRouter(prefix="/terms")
OPENING = ("name", "name_en", "starts", "ends")  # what the form of a new term asks, kept when it is refused
DONE = ("opened", "matched", "unmatched", "handed_over")
STEPS = ("papers", "match", "law", "plan", "trial", "hand_over")
NAMED = 40  # names before the rest is folded


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLine:
    """A term in the list."""

    term: Listed
    state: str
    span: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """What waits for a decision, or was decided, about a number of the new roster."""

    code: str
    old: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One figure of the trial: a number, or names."""

    label: str
    value: str
    names: tuple[str, ...] = ()
    heavy: bool = False


@router.get("")
def terms(request: Request, who: ACaller, house: AHouse, unit: AReading, term: str = "", done: str = "") -> Response:
    """List the terms, and show one that is being prepared step by step."""
    who.must("plan.look")
    return shown(request, who, house, unit, term=term, done=done)


def shown(
    request: Request, who: Caller, house: House, unit: Session, *, term: str = "", done: str = "", problem: str = "",
    asked: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Dress the page, with a form's problem where there is one."""
    listed = list_terms(unit, who.act.today)
    preparing = [row for row in listed if row.state == "preparing" and not handed_over(unit, row.name)]
    chosen = term or (preparing[-1].name if preparing else "")
    row = the_term(unit, chosen) if chosen else None
    steps = steps_of(unit, who, row) if row is not None else None
    return desk(
        request, "terms.html", who=who, house=house, tab="terms", status=422 if problem else 200, problem=problem,
        done=say(f"terms.done.{done}", who.lang) if done in DONE else "", manages=who.may("term.manage"),
        lines=[
            TermLine(
                term=one, state=say(f"term.state.{one.state}", who.lang),
                span=span_of(one, who.lang), href=f"/terms?term={one.name}#steps",
                current=one.name == chosen,
            )
            for one in listed
        ],
        term=chosen, steps=steps, asked=dict.fromkeys(OPENING, "") | dict(asked or {}), again=asked is not None,
    )  # fmt: skip


def span_of(term: Listed, lang: str) -> str:
    """Say from when until when a term lasts."""
    if term.ends_on is None:
        return say("terms.span.open", lang, starts=term.starts_on.isoformat())
    return say("terms.span", lang, starts=term.starts_on.isoformat(), ends=term.ends_on.isoformat())


def handed_over(unit: Session, new: str) -> bool:
    """Tell whether the term before one is frozen or closing already."""
    row = the_term(unit, new)
    before = unit.scalars(select(Term).where(Term.starts_on < row.starts_on).order_by(Term.starts_on.desc())).first()
    return before is None or before.state == "frozen"


def steps_of(unit: Session, who: Caller, row: Term) -> dict[str, Any]:
    """Gather what every step shows: what is there, what waits, and which step is next."""
    over = handed_over(unit, row.name)
    grounds = [ground for ground in list_generations(unit) if ground["term"] == row.name]
    newest = unit.scalars(select(Generation).where(Generation.term_id == row.id).order_by(Generation.id.desc())).first()
    listed = next(one for one in list_terms(unit, who.act.today) if one.name == row.name)
    first = unit.scalar(select(Term.id).where(Term.starts_on < row.starts_on)) is None
    roster = None if first else continuing(unit, new=row.name)
    findings = check_law(unit, newest) if newest is not None else ()
    plans = unit.scalars(select(PlanRow).where(PlanRow.term_id == row.id).order_by(PlanRow.id.desc())).all()
    trial, refused = trial_of(unit, who, row) if not over else ((), "")
    ready = {
        "papers": bool(listed.seats and grounds), "match": roster is not None and not roster.proposed,
        "law": not any(finding.breach for finding in findings) and bool(findings),
        "plan": any(plan.state in ("approved", "in_force") for plan in plans), "trial": bool(trial) or over,
        "hand_over": over,
    }  # fmt: skip
    open_steps = [step for step in STEPS if step != "law" and not ready[step]]
    return {
        "over": over, "first": first, "starts": row.starts_on, "listed": listed, "ready": ready,
        "now": open_steps[0] if open_steps else "",
        "grounds": [(ground["name"], say("generation.sizes", who.lang, **ground)) for ground in grounds],
        "roster": roster, "proposed": matches_of(roster, who.lang), "decided": decided_of(unit, row, who.lang),
        "breaches": [finding_text(finding, who.lang) for finding in findings if finding.breach],
        "findings": [finding_text(finding, who.lang) for finding in findings if not finding.breach],
        "vacant": len(vacancies(unit, row, row.starts_on)) if newest is not None else 0,
        "plans": [(plan.id, say(f"plan.state.{plan.state}", who.lang)) for plan in plans],
        "trial": trial, "refused": refused,
    }  # fmt: skip


def matches_of(roster: Continuing | None, lang: str) -> list[MatchLine]:
    """Write what waits for a decision."""
    return [
        MatchLine(code=row.code, old=row.old_code, text=told(row.reason["key"], lang, row.reason["facts"]))
        for row in (roster.proposed if roster else ())
    ]


def decided_of(unit: Session, row: Term, lang: str) -> list[MatchLine]:
    """Write what was decided, each with the way back."""
    return [
        MatchLine(
            code=code, old=old,
            text=say("terms.decided.same" if same else "terms.decided.different", lang, code=code, name=name, old=old,
                     by=by, on=on.isoformat()),
        )
        for code, name, old, same, by, on in decided_matches(unit, row)
    ]  # fmt: skip


def trial_of(unit: Session, who: Caller, row: Term) -> tuple[tuple[Fact, ...], str]:
    """Try the hand-over and give its figures, or why it cannot be done yet."""
    try:
        result = hand_over(unit, who.act, new=row.name, dry_run=True)
    except ActError as wrong:
        return (), problem_text(wrong, who.lang)
    finally:
        unit.rollback()
    return facts_of(asdict(result), who.lang), ""


def facts_of(result: dict[str, Any], lang: str) -> tuple[Fact, ...]:
    """Write every figure that the trial gave; one that has no words yet is shown under its own name."""
    return tuple(
        Fact(
            label=label_of(name, lang),
            value=str(len(value)) if isinstance(value, (list, tuple)) else str(value),
            names=tuple(map(str, value)) if isinstance(value, (list, tuple)) else (),
            heavy=name in ("activities_after", "proposed") and bool(value),
        )
        for name, value in result.items()
        if name != "done"
    )


def label_of(name: str, lang: str) -> str:
    """Name a figure of the trial."""
    try:
        return say(f"terms.trial.{name}", lang)
    except KeyError:
        return name.replace("_", " ")


@router.post("/{act}")
async def act_on(request: Request, who: ACaller, house: AHouse, act: str) -> Response:
    """Do one step: open, match, unmatch, hand-over."""
    who.must("term.manage")
    return await run_in_threadpool(done_step, request, who, house, act, await read_form(request, who))


def done_step(request: Request, who: Caller, house: House, act: str, form: Form) -> Response:
    """Do what a form asks and show the term, or the page again with what is wrong."""
    term = form.one("term")

    def do() -> str:
        if act not in ACTS:
            raise BadRequestError("error.no_page")
        with house.store.unit() as unit:
            done = ACTS[act](unit, who, form)
        return done_at("/terms", done, term=form.one("name") or term)

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            known = unit.scalar(select(Term.name).where(Term.name == term)) or ""
            asked = {name: form.one(name) for name in OPENING} if act == "open" else None
            return shown(request, who, house, unit, term=known, problem=problem, asked=asked)

    return try_act(who, do, again)


def opened(unit: Session, who: Caller, form: Form) -> str:
    """Open the new term."""
    name, starts = form.one("name")[:80], form.day("starts")
    if not name or starts is None:
        raise BadRequestError("terms.form.name")
    ends: date | None = form.day("ends")
    open_term(unit, who.act, name=name, name_en=form.one("name_en")[:120], starts_on=starts, ends_on=ends)
    return "opened"


def matched(unit: Session, who: Caller, form: Form) -> str:
    """Confirm or refuse what is proposed, one by one or all that are not ambiguous."""
    code, pair = form.one("code"), f"{form.one('code')}={form.one('old')}"
    verdict = form.one("verdict")
    same = [EVERY] if verdict == "all" else [pair] if verdict == "same" else []
    if verdict == "all":
        must_check(form.has("checked"))
    decide_matches(unit, who.act, new=form.one("term"), same=same, different=[code] if verdict == "different" else [])
    return "matched"


def unmatched(unit: Session, who: Caller, form: Form) -> str:
    """Take back what was decided about a number."""
    undo_match(unit, who.act, new=form.one("term"), code=form.one("code"), reason=form.one("reason"))
    return "unmatched"


def handed(unit: Session, who: Caller, form: Form) -> str:
    """Hand over to the new term; the old one is frozen."""
    must_check(form.has("checked"))
    hand_over(unit, who.act, new=form.one("term"), plan=form.number("plan"))
    return "handed_over"


ACTS = {"open": opened, "match": matched, "unmatch": unmatched, "hand-over": handed}
