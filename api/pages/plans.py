"""Plans: the list with the next step, and one plan with its proof, its findings of law and its difference."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlparse

import folium
import pandas as pd
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.pages.coverage import download
from api.pages.desk import desk
from api.pages.entrance import form_of
from api.pages.furniture import Export, Option
from api.telling import finding_text, unmet_text, weights_text
from congress.levels import LAYERS
from data.frames import each
from data.messages import say
from data.tables import District, Generation, Grid, Person, PlanRow, Seat, Term
from gridmap.coverage import HATCH, draw_small
from services.activation import activate_plan, approve_plan, the_plan
from services.differences import CAME, HANDED, WENT, changed_ground, difference, plan_before
from services.errors import BadRequestError, NotFoundError, RefusedError
from services.gains import Gain, gains
from services.ground import load_layers
from services.instance import is_frozen
from services.law import check_law
from services.plans import Listed, list_plans, plan_table, weights_of

router = APIRouter(prefix="/congress/plans")
COLOURS = {CAME: "#152c55", WENT: "#f4f3ee", HANDED: HATCH}
SORTS: dict[str, Callable[["DistrictLine"], Any]] = {
    "gap": lambda line: (-line.gap, line.layer, line.code),
    "district": lambda line: (line.layer, line.code),
    "largest": lambda line: (-line.largest, line.layer, line.code),
    "seats": lambda line: (-line.seats, line.layer, line.code),
    "pieces": lambda line: (-line.pieces, line.layer, line.code),
    "moved": lambda line: (-line.moved, line.layer, line.code),
    "broken": lambda line: (-line.broken, line.layer, line.code),
}
NAMED = ("district", "seat_district", "grid", "seat")  # facts of what is unmet that have a name
FIRST = 15  # districts before the rest is asked for
SHOWN = 60  # rows of a list before the rest is left to its export


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan as the list shows it."""

    plan: Listed
    state: str
    spans: tuple[str, ...]
    next_step: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictLine:
    """One electoral district of a plan: what was reached, and how far it is from what can be reached at all."""

    layer: str
    code: str
    name: str
    seats: int
    pieces: int
    households: int
    largest: int
    bound: int
    gap: float  # percent above the bound
    broken: int
    moved: int
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A piece that other deputies answer for, or a deputy who gains and loses, as the page writes it."""

    what: str
    where: str
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The heading of a column that sorts by it."""

    label: str
    href: str
    current: bool


@router.get("")
def plans(request: Request, who: ACaller, house: AHouse, unit: AReading) -> Response:
    """List the plans with their states and what comes next."""
    who.must("plan.look")
    lines = [
        PlanLine(
            plan=row,
            state=say(f"plan.state.{row.state}", who.lang),
            spans=tuple(span_text(span, who.lang) for span in row.spans),
            next_step=say(f"plan.next.{row.state}", who.lang),
            href=f"/congress/plans/{row.plan}",
        )
        for row in list_plans(unit, who.act.today)
    ]
    return desk(
        request, "plans.html", who=who, house=house, tab="plans", lines=lines, may_approve=who.may("plan.approve")
    )


def span_text(span: tuple[date, date | None], lang: str) -> str:
    """Say from when until when a plan answers."""
    starts, ends = span
    if ends is None:
        return say("plan.span.open", lang, starts=starts.isoformat())
    return say("plan.span", lang, starts=starts.isoformat(), ends=ends.isoformat())


@router.get("/{plan}")
def plan_page(
    request: Request, who: ACaller, house: AHouse, unit: AReading, plan: int, sort: str = "gap", layer: str = "",
    against: int | None = None, every: bool = False,
) -> Response:  # fmt: skip
    """Show one plan: districts, what is unmet, the law, the difference, and the form of the next step."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    return shown(request, who, house, unit, row, sort=sort, layer=layer, against=against, every=every)


def shown(
    request: Request, who: Caller, house: House, unit: Session, row: PlanRow, *, sort: str = "gap", layer: str = "",
    against: int | None = None, every: bool = False, problem: str = "", status: int = 200,
) -> Response:  # fmt: skip
    """Dress the page of a plan, with a form's problem where there is one."""
    if sort not in SORTS:
        raise BadRequestError("error.sort", sort=sort, known=" ".join(SORTS))
    generation = unit.get_one(Generation, row.generation_id)
    term = unit.get_one(Term, row.term_id)
    listed = next(line for line in list_plans(unit, who.act.today) if line.plan == row.id)
    before = plan_before(unit, row, against)
    found = difference(unit, row, before) if before is not None else None
    changed = [] if found is None else changes(found, who.lang)
    moved = gains(unit, plan=row.id, against=before.id) if before is not None else ()
    layer = layer if layer in LAYERS else busiest(found)
    findings = check_law(unit, generation)
    districts = sorted(district_lines(unit, row), key=SORTS[sort])
    first = unit.scalar(select(Term.id).where(Term.starts_on < term.starts_on, Term.state != "frozen"))
    return desk(
        request, "plan.html", who=who, house=house, tab="plans", status=status, problem=problem,
        figure=difference_map(unit, row, before, found, layer, generation, who.lang),
        weights=weights_text(weights_of(unit, generation.id), who.lang),
        plan=listed, state=say(f"plan.state.{listed.state}", who.lang),
        spans=[span_text(span, who.lang) for span in listed.spans],
        districts=districts if every else districts[:FIRST], districts_all=len(districts),
        all_href="?" + urlencode({"sort": sort, "layer": layer, "every": "true"}) + "#districts",
        sorts=sort_links(sort, layer, who.lang),
        approved_at=row.approved_at, unmet=unmet_named(unit, row, who.lang),
        breaches=[finding_text(finding, who.lang) for finding in findings if finding.breach],
        findings=[finding_text(finding, who.lang) for finding in findings if not finding.breach],
        against=before.id if before is not None else None, changes=changed[:SHOWN], changes_all=len(changed),
        gains=[gain_line(gain, who.lang) for gain in moved[:SHOWN]], gains_all=len(moved), layer=layer,
        layers=[name for name in LAYERS if found is not None and bool((found["layer"] == name).any())],
        colours=[(name, COLOURS[name]) for name in (HANDED, CAME, WENT)],
        can_approve=row.state == "proposed" and not is_frozen(term, who.act.today) and who.may("plan.approve"),
        can_activate=row.state in ("approved", "retired") and not is_frozen(term, who.act.today) and first is None
        and who.may("generation.activate"),
        hand_over=term.name if row.state == "approved" and first is not None else "",
        earliest=max(who.act.today, term.starts_on).isoformat(),
        exports=exports(row.id, before, who.lang),
        others=[
            Option(
                value=str(line.plan), selected=before is not None and line.plan == before.id,
                label=say("plan.other", who.lang, plan=line.plan, state=say(f"plan.state.{line.state}", who.lang),
                          term=line.term),
            )
            for line in list_plans(unit, who.act.today)
            if line.plan != row.id
        ],
    )  # fmt: skip


def district_lines(unit: Session, plan: PlanRow) -> list[DistrictLine]:
    """Give each district's objective, bound and gap."""
    names = {
        (layer, code): name
        for layer, code, name in unit.execute(
            select(District.layer, District.code, District.name).where(District.generation_id == plan.generation_id)
        )
    }
    return [
        DistrictLine(
            layer=line["layer"], code=line["district"], name=names.get((line["layer"], line["district"]), ""),
            seats=line["seats"], pieces=line["pieces"], households=line["households"], largest=line["largest"],
            bound=line["bound"], broken=line["broken"], moved=line["moved"], proven=line["proven"],
            gap=round(100 * (line["largest"] - line["bound"]) / line["bound"], 1) if line["bound"] else 0.0,
        )
        for line in plan.summary.get("districts", ())
    ]  # fmt: skip


def sort_links(current: str, layer: str, lang: str) -> dict[str, SortLink]:
    """Give the heading of every column that sorts."""
    return {
        name: SortLink(
            label=say(f"plan.column.{name}", lang), current=name == current,
            href="?" + urlencode({"sort": name, "layer": layer}) + "#districts",
        )
        for name in SORTS
    }  # fmt: skip


def unmet_named(unit: Session, plan: PlanRow, lang: str) -> list[str]:
    """Say what could not be met, naming districts, grids and deputies beside their numbers."""
    names: dict[str, str] = {}
    for model in (District, Grid):
        query = select(model.code, model.name).where(model.generation_id == plan.generation_id)
        names |= dict(unit.execute(query).all())
    query = select(Seat.code, Person.name).join(Person, Person.id == Seat.person_id).where(Seat.term_id == plan.term_id)
    names |= dict(unit.execute(query).all())

    def named(value: Any) -> Any:
        name = names.get(value) if isinstance(value, str) else None
        return say("plan.named", lang, name=name, code=value) if name else value

    return [
        unmet_text({key: named(value) if key in NAMED else value for key, value in item.items()}, lang)
        for item in plan.summary.get("unmet", ())
    ]


def level_of(layer: str, lang: str) -> str:
    """Name a layer of districts, or the level of those placed by decision."""
    return say(f"layer.{layer}" if layer in LAYERS else f"level.{layer}", lang)


def changes(found: pd.DataFrame, lang: str) -> list[Change]:
    """Write the differing pieces: what, where, before, after."""
    comma = say("page.comma", lang)
    return [
        Change(
            what=say(f"plan.change.{row.change}", lang), where=f"{row.grid_name or row.grid} ({row.grid})",
            before=comma.join(row.before), after=comma.join(row.after),
            note=f"{level_of(row.layer, lang)} {row.district}".strip(),
        )
        for row in each(found)
    ]  # fmt: skip


def gain_line(gain: Gain, lang: str) -> Change:
    """Write what one deputy gains and loses."""
    comma = say("page.comma", lang)
    return Change(
        what=gain.name, where=say(f"level.{gain.level}", lang), before=str(gain.before), after=str(gain.after),
        note=say(
            "plan.gain", lang, delta=f"{gain.delta:+d}".replace("-", "\u2212"), gained=comma.join(gain.gained) or "—",
            lost=comma.join(gain.lost) or "—",
        ),
    )  # fmt: skip


def busiest(found: pd.DataFrame | None) -> str:
    """Choose the layer with the most differences."""
    if found is None or not len(found):
        return LAYERS[0]
    return max(LAYERS, key=lambda layer: int((found["layer"] == layer).sum()))


def difference_map(
    unit: Session, plan: PlanRow, before: PlanRow | None, found: pd.DataFrame | None, layer: str,
    generation: Generation, lang: str,
) -> folium.Map | None:  # fmt: skip
    """Draw the pieces of one layer whose deputies differ; None where there are none."""
    if found is None:
        return None
    ground = changed_ground(unit, plan, before, found, layer)
    if not len(ground):
        return None
    layers = load_layers(unit, generation)
    credit = say("map.credit.synthetic" if generation.synthetic else "map.credit", lang, generation=generation.name)
    return draw_small(
        ground, towns=layers.towns, stations=layers.villages.iloc[:0].assign(kind=""), credit=credit, name="pieces",
        colours=COLOURS,
    )  # fmt: skip


def exports(plan: int, before: PlanRow | None, lang: str) -> list[Export]:
    """Offer the tables of a plan as files."""
    names = ["links", *(["difference", "deputies"] if before is not None else [])]
    return [
        Export(label=say(f"plan.export.{name}", lang), href=f"/congress/plans/{plan}/{name}.xlsx") for name in names
    ]


@router.get("/{plan}/{what}.{fmt}")
def plan_file(who: ACaller, unit: AReading, plan: int, what: str, fmt: str) -> Response:
    """Export a plan's links, its difference to the plan in force, or who gains and loses."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    before = plan_before(unit, row)
    synthetic = unit.get_one(Generation, row.generation_id).synthetic
    if what == "links":
        table, synthetic = plan_table(unit, row.id, who.lang)
    elif what == "difference" and before is not None:
        found = difference(unit, row, before)
        comma = say("page.comma", who.lang)
        table = found.assign(
            change=[say(f"plan.change.{change}", who.lang) for change in found["change"]],
            before=[comma.join(names) for names in found["before"]],
            after=[comma.join(names) for names in found["after"]],
        )
    elif what == "deputies" and before is not None:
        moved = gains(unit, plan=row.id, against=before.id)
        rows = [
            (gain.name, say(f"level.{gain.level}", who.lang), gain.before, gain.after, gain.delta,
             " ".join(gain.gained), " ".join(gain.lost))
            for gain in moved
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=["deputy", "level", "before", "after", "change", "gained", "lost"])
    else:
        raise NotFoundError("error.no_page")
    title = say(f"plan.export.{what}", who.lang)
    return download(table, fmt, title=title, name=f"plan-{plan}-{what}", synthetic=synthetic)


@router.post("/{plan}/approve")
async def approve(request: Request, who: ACaller, house: AHouse, plan: int) -> Response:
    """Approve a proposed plan with a reason."""
    who.must("plan.approve")
    return await run_in_threadpool(approved, request, who, house, plan, await own_form(request, who))


def approved(request: Request, who: Caller, house: House, plan: int, form: dict[str, str]) -> Response:
    """Do what the form of approval asks, or show the page again with what is missing."""
    reason = form.get("reason", "").strip()
    if not reason or form.get("checked") != "yes":
        return again(request, who, house, plan, "plan.form.reason" if not reason else "plan.form.checked")
    with house.store.unit() as unit:
        approve_plan(unit, who.act, plan=plan, reason=reason[:200])
    return RedirectResponse(f"/congress/plans/{plan}", status_code=303)


@router.post("/{plan}/activate")
async def activate(request: Request, who: ACaller, house: AHouse, plan: int) -> Response:
    """Put an approved plan in force from a day."""
    who.must("generation.activate")
    return await run_in_threadpool(activated, request, who, house, plan, await own_form(request, who))


def activated(request: Request, who: Caller, house: House, plan: int, form: dict[str, str]) -> Response:
    """Do what the form of activation asks, or show the page again with what is missing."""
    try:
        starts = date.fromisoformat(form.get("starts", ""))
    except ValueError:
        return again(request, who, house, plan, "plan.form.day")
    if form.get("checked") != "yes":
        return again(request, who, house, plan, "plan.form.checked")
    with house.store.unit() as unit:
        activate_plan(unit, who.act, plan=plan, valid_from=starts)
    return RedirectResponse(f"/congress/plans/{plan}", status_code=303)


def again(request: Request, who: Caller, house: House, plan: int, key: str) -> Response:
    """Show the plan again, saying what the form lacks."""
    with house.store.reading() as unit:
        row = the_plan(unit, plan)
        return shown(request, who, house, unit, row, problem=say(key, who.lang), status=422)


async def own_form(request: Request, who: Caller) -> dict[str, str]:
    """Read a form that came from this site's own page: its token, and its origin, show it."""
    form = await form_of(request)
    origin = request.headers.get("origin", "")
    if origin and urlparse(origin).netloc != request.headers.get("host", ""):
        raise RefusedError("error.other_site")
    if who.csrf and form.get("csrf") != who.csrf:
        raise RefusedError("error.csrf")
    return form
