"""Rule books: the adopted ones, and a text that is checked line by line, tried on a past period, and adopted."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.furniture import Option, options, period_label
from api.pages.shell import page
from api.pages.shiftmap import shift_map
from api.telling import points_text, told
from data.flaws import Flaw, render
from data.messages import say
from data.rules import names, schema, titles
from data.rules import text as shipped_text
from scoring.rulebook import Outcome, RuleFlaw
from services.atlas import Atlas
from services.closings import periods_of
from services.errors import ActError, BadRequestError
from services.instance import setting, the_term
from services.past import closed_periods
from services.points import books
from services.trying import Examined, Moved, Trial, adopt_examined, examine, note_trial, try_book

router = APIRouter(prefix="/congress/rules")
SHOWN = 60  # seats of a trial
MAPS = ("town", "district")
WHOLE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlawLine:
    """A flaw of the text as the table writes it."""

    line: int
    field: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLine:
    """How one seat would fare, as the table writes it."""

    name: str
    href: str
    seat: str
    town: str
    before: int
    after: int
    by: int
    rank_before: int
    rank_after: int
    places: int
    why: str


@router.get("")
def rules_page(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, book: str = "", done: bool = False
) -> Response:
    """Show the adopted books and a text to work on; a shipped or adopted one can be opened in it."""
    who.must("rules.try")
    return shown(request, who, atlas, unit, text=opened(unit, book), name=f"{book}.yaml" if book else "", done=done)


def opened(unit: Session, book: str) -> str:
    """Give the text of a shipped book by its name, or of an adopted one by its number."""
    if book in names():
        return shipped_text(book)
    return next((row.text for row, _ in books(unit) if str(row.id) == book), "")


@router.get("/schema.json")
def rules_schema(who: ACaller) -> Response:
    """Give the JSON Schema that editors check a rule book against."""
    who.must("rules.try")
    return Response(schema(), media_type="application/schema+json")


def shown(
    request: Request,
    who: Caller,
    atlas: Atlas,
    unit: Session,
    *,
    text: str,
    name: str,
    examined: Examined | None = None,
    trial: Trial | None = None,
    level: str = "",
    town: str = "",
    over: str = "",
    period: str = "",
    starts: str = "",
    decision: str = "",
    problem: str = "",
    done: bool = False,
    status: int = 200,
) -> Response:
    """Dress the page."""
    term = the_term(unit, atlas.term)
    ranked = setting(unit, "rankings") != "off"
    last = max((one.end for one in closed_periods(unit, term)), default=term.starts_on)
    return page(
        request, "rules.html", who=who, name="activities", atlas=atlas, status=status, text=text, book_name=name,
        examined=examined, problem=problem, done=done, may_adopt=who.may("rules.adopt"), starts=starts,
        decision=decision, open_from=last,
        flaws=[flaw_line(flaw, who.lang) for flaw in examined.flaws] if examined else [],
        wrong=[outcome_line(one) for one in examined.wrong] if examined else [],
        adopted=[
            {"id": row.id, "title": book.title[who.lang], "version": row.version, "starts": row.adopted_from,
             "decision": row.decision or "", "assumed": book.assumed, "rules": len(book.rules)}
            for row, book in books(unit)
        ],
        shipped=[(name, title[who.lang]) for name, title in titles().items()],
        periods=period_choices(unit, term, who, period),
        trial=trial_shown(trial, atlas, who, level, town, over, ranked=ranked) if trial else None,
    )  # fmt: skip


def period_choices(unit: Session, term: Any, who: Caller, chosen: str) -> list[Option]:
    """Offer the periods that have entries, the last whole year first."""
    found = [one.period for one in periods_of(unit, term, who.act.today) if one.entries]
    usual = chosen or next((name for name in found if name.isdigit()), "")
    return [Option(value=name, label=period_label(name, who.lang), selected=name == usual) for name in found]


def flaw_line(flaw: RuleFlaw, lang: str) -> FlawLine:
    """Say a flaw of the text: where, what, and what to do."""
    problem, remedy = render(
        Flaw(
            file=flaw.name, kind=f"rulebook.{flaw.kind}", fatal=True, line=flaw.line, field=flaw.field, facts=flaw.facts
        ),
        "zh" if lang == "zh" else "en",
    )
    return FlawLine(line=flaw.line, field=flaw.field, problem=problem, remedy=remedy)


def outcome_line(one: Outcome) -> dict[str, Any]:
    """Give a worked example that does not hold."""
    return {"rule": one.rule, "name": one.name, "line": one.line, "wanted": points_text(one.wanted_total),
            "found": points_text(one.total)}  # fmt: skip


def trial_shown(
    trial: Trial, atlas: Atlas, who: Caller, level: str, town: str, over: str, *, ranked: bool
) -> dict[str, Any]:
    """Give a trial as the page writes it: figures, a map, the movement, and who moves most and why."""
    over = over if over in MAPS else MAPS[0]
    lines = [line for line in trial.lines if (not level or line.level == level) and (not town or line.town == town)]
    levels = [line.level for line in trial.lines]
    return {
        "book": trial.book, "version": trial.version, "period": period_label(trial.period, who.lang),
        "activities": trial.activities, "changed": trial.changed, "shifted": trial.shifted, "seats": len(trial.lines),
        "reached_back": trial.reached_back, "ranked": ranked,
        "total_before": sum(line.before for line in lines), "total_after": sum(line.after for line in lines),
        "levels": [Option(value="", label=say("filter.all_levels", who.lang), selected=not level)]
        + [Option(value=one, label=say(f"level.{one}", who.lang), selected=one == level)
           for one in dict.fromkeys(levels)],
        "towns": [Option(value="", label=say("filter.all_towns", who.lang), selected=not town)]
        + [Option(value=code, label=label, selected=code == town)
           for code, label in zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)],
        "by_level": [
            {"label": say(f"level.{one}", who.lang), "seats": sum(line.level == one for line in trial.lines),
             "before": mean(line.before for line in trial.lines if line.level == one),
             "after": mean(line.after for line in trial.lines if line.level == one),
             "moved": sum(bool(line.places) for line in trial.lines if line.level == one)}
            for one in dict.fromkeys(levels)
        ],
        "bars": [{"label": label, "value": number, "text": str(number)} for label, number in trial.histogram()]
        if ranked else [],
        "map": shift_map(lines, atlas, by=over),
        "over": options(((one, say(f"shift.over.{one}", who.lang)) for one in MAPS), over),
        "lines": [moved_line(line, trial, atlas, who.lang) for line in lines[:SHOWN]],
        "more": max(0, len(lines) - SHOWN),
    }  # fmt: skip


def mean(numbers: Any) -> int:
    """Give the mean of tenths, rounded half up to whole tenths."""
    found = list(numbers)
    return (2 * sum(found) + len(found)) // (2 * len(found)) if found else 0


def moved_line(line: Moved, trial: Trial, atlas: Atlas, lang: str) -> MovedLine:
    """Write how one seat would fare and which rules make the difference."""
    comma = "；" if lang == "zh" else "; "
    why = comma.join(
        f"{trial.titles.get(one.rule, {}).get(lang, one.rule)} {points_text(one.before)} → {points_text(one.after)}"
        for one in line.why
    )
    return MovedLine(
        name=line.name, href=f"/deputies/{line.person}?period={trial.period}", seat=line.seat,
        town=atlas.names.get(line.town, ""), before=line.before, after=line.after, by=line.by,
        rank_before=line.rank_before, rank_after=line.rank_after, places=line.places, why=why,
    )  # fmt: skip


@router.post("")
async def work(request: Request, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Check a text, try it on a past period, or adopt it from a day."""
    who.must("rules.try")
    form = await read_form(request, who)
    if form.one("do") == "adopt":
        who.must("rules.adopt")
    return await run_in_threadpool(worked, request, who, house, atlas, form)


def worked(request: Request, who: Caller, house: House, atlas: Atlas, form: Form) -> Response:
    """Do what was asked with a text; every flaw comes back with its line, and the text stays."""
    text, name = text_of(form)
    kept: dict[str, Any] = {
        "period": form.one("period"), "level": form.one("level"), "town": form.one("town"),
        "over": form.one("over"),
        "starts": form.one("starts"), "decision": form.one("decision"),
    }  # fmt: skip
    examined, trial, problem, status = None, None, "", 200
    try:
        examined = examine(text, name)
        if examined.book is not None and form.one("do") == "try":
            with house.store.unit() as unit:
                trial = try_book(
                    unit, book=examined.book, period=form.one("period"), today=who.act.today, term=atlas.term
                )
                note_trial(unit, who.act, trial)
        if form.one("do") == "adopt":
            starts = day_of(form)
            with house.store.unit() as unit:
                adopt_examined(unit, who.act, examined=examined, adopted_from=starts, decision=form.one("decision"))
            return RedirectResponse("/congress/rules?done=true", status_code=303)
    except ActError as wrong:
        problem, status = told(wrong.key, who.lang, wrong.facts), wrong.status
    with house.store.reading() as unit:
        return shown(request, who, atlas, unit, text=text, name=name, examined=examined, trial=trial, problem=problem,
                     status=status, **kept)  # fmt: skip


def text_of(form: Form) -> tuple[str, str]:
    """Give the text: of the file that was chosen, else what stands in the box; and the name for its flaws."""
    for name, content in form.files:
        if content:
            return content.decode("utf-8", errors="replace"), name[:80] or "book.yaml"
    typed = (form.fields.get("text") or [""])[0].replace("\r\n", "\n")
    return typed, form.one("name")[:80] or "book.yaml"


def day_of(form: Form) -> date:
    """Read the day from which a book is adopted. Raises BadRequestError."""
    try:
        found = form.day("starts")
    except ValueError:
        found = None
    if found is None:
        raise BadRequestError("activity.flaw.day")
    return found
