"""Generations: which maps there are and answered when, two of them compared, and the form that puts one in force."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import folium
import geopandas as gpd
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.coverage import download
from api.pages.desk import desk, done_at, must_check, try_act
from api.pages.furniture import Export, Option
from api.pages.importing import kind_text
from api.pages.plans import span_text
from data.frames import each
from data.messages import say
from data.tables import Generation, Term
from gridmap.coverage import HATCH, draw_small
from services.activation import activate_generation
from services.errors import BadRequestError
from services.ground import load_layers
from services.instance import is_frozen
from services.lineage import OF, changed_only, lineage
from services.plans import compare_generations
from services.remapping import (
    CAME,
    RESHAPED,
    SAME,
    WENT,
    Chapter,
    around_changes,
    changed_cells,
    chapters,
    counted_changes,
    history,
)

router = APIRouter(prefix="/congress/generations")
COLOURS = {CAME: "#152c55", RESHAPED: HATCH, WENT: "#a9a07d", SAME: "#f4f3ee"}
SIDES = ("new", "old")
SHOWN = 80
READY = ("approved", "retired", "in_force")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationLine:
    """A generation as the list writes it."""

    chapter: Chapter
    state: str
    spans: tuple[str, ...]
    sizes: str
    compare: str  # address of its comparison with the one before, "" for the first
    plans: tuple[tuple[int, str], ...]
    files: tuple[tuple[str, str], ...]  # what it held, and its name with where it came from


@router.get("")
def generations(request: Request, who: ACaller, house: AHouse, unit: AReading, done: str = "") -> Response:
    """List the generations with what they were made from, what they answered, and the form that puts one in force."""
    who.must("plan.look")
    return shown(request, who, house, unit, done=done)


def shown(request: Request, who: Caller, house: House, unit: Session, *, done: str = "", problem: str = "") -> Response:
    """Dress the page, with the form's problem where there is one."""
    found = chapters(unit)
    frozen = {row.name for row in unit.scalars(select(Term)) if is_frozen(row, who.act.today)}
    before = [*found[1:], None]
    lines = [
        GenerationLine(
            chapter=chapter, state=say(f"generation.state.{chapter.state}", who.lang),
            spans=tuple(span_text((starts, ends), who.lang) for starts, ends, _ in chapter.spans),
            sizes=say("generation.sizes", who.lang, **chapter.sizes),
            compare="" if older is None else compare_href(older.name, chapter.name),
            plans=tuple((number, say(f"plan.state.{state}", who.lang)) for number, state in chapter.plans),
            files=tuple(
                (
                    say("generation.file", who.lang, kind=kind_text(file.kind, who.lang), rows=file.rows,
                        flaws=file.flaws),
                    " · ".join(filter(None, (file.file, file.source))),
                )
                for file in chapter.files
            ),
        )
        for chapter, older in zip(found, before, strict=True)
    ]  # fmt: skip
    choices = [
        Option(
            value=f"{number}", selected=False,
            label=say("generation.choice", who.lang, generation=chapter.name, plan=number,
                      state=say(f"plan.state.{state}", who.lang)),
        )
        for chapter in found
        if chapter.term not in frozen
        for number, state in chapter.plans
        if state in READY
    ]  # fmt: skip
    return desk(
        request, "generations.html", who=who, house=house, tab="generations", status=422 if problem else 200,
        problem=problem, done=say("generation.done", who.lang) if done == "activated" else "", lines=lines,
        choices=choices if who.may("generation.activate") else [], today=who.act.today.isoformat(),
        names=[line.chapter.name for line in lines],
        history=[
            (span_text((row.starts, row.ends), who.lang) if row.starts != row.ends
             else say("generation.empty_span", who.lang, on=row.starts.isoformat()), row)
            for row in history(unit)
        ],
    )  # fmt: skip


def compare_href(before: str, after: str, **more: str) -> str:
    """Give the address of a comparison."""
    return "/congress/generations/compare?" + urlencode({"before": before, "after": after, **more})


@router.get("/compare")
def compare(
    request: Request, who: ACaller, house: AHouse, unit: AReading, before: str, after: str, of: str = "grids",
    side: str = "new", every: bool = False,
) -> Response:  # fmt: skip
    """Compare two generations: counts, one layer on the map as either drew it, and who became whom."""
    who.must("plan.look")
    if side not in SIDES:
        raise BadRequestError("error.sort", sort=side, known=" ".join(SIDES))
    counts = compare_generations(unit, before, after)
    cells = changed_cells(unit, before=before, after=after, of=of, side=side)
    family = changed_only(lineage(unit, before=before, after=after, of=of))
    rows = [
        (row.old or "—", row.new or "—", f"{row.of_old:.1%}", f"{row.of_new:.1%}",
         say(f"generation.fate.{fate(row)}", who.lang))
        for row in each(family)
    ]  # fmt: skip
    return desk(
        request, "compare.html", who=who, house=house, tab="generations", before=before, after=after, of=of, side=side,
        layers=[(name, compare_href(before, after, of=name, side=side), name == of) for name in OF],
        sides=[(name, compare_href(before, after, of=of, side=name), name == side) for name in SIDES],
        counts=[(say(f"generation.layer.{row['layer'].replace(' ', '_')}", who.lang), row) for row in counts],
        rows=rows if every else rows[:SHOWN], rows_all=len(rows),
        every_href=compare_href(before, after, of=of, side=side, every="true") + "#lineage",
        changes=counted_changes(cells), colours=list(COLOURS.items()),
        figure=comparison_map(unit, after if side == "new" else before, cells, who.lang) if len(cells) else None,
        exports=[
            Export(label=say("generation.export", who.lang, form=form), href="/congress/generations/lineage." + form
                   + "?" + urlencode({"before": before, "after": after, "of": of}))
            for form in ("xlsx", "csv")
        ],
    )  # fmt: skip


def comparison_map(unit: Session, name: str, cells: gpd.GeoDataFrame, lang: str) -> folium.Map:
    """Draw one side of a comparison on the towns of its own generation."""
    generation = unit.scalars(select(Generation).where(Generation.name == name)).one()
    towns = load_layers(unit, generation).towns
    credit = say("map.credit.synthetic" if generation.synthetic else "map.credit", lang, generation=name)
    return draw_small(
        around_changes(cells), towns=towns, stations=towns.iloc[:0].assign(kind=""), credit=credit, name="pieces",
        colours=COLOURS,
    )  # fmt: skip


def fate(row: object) -> str:
    """Say what became of a cell, or where it came from."""
    old, new = getattr(row, "old", ""), getattr(row, "new", "")
    if not new:
        return "ended"
    if not old:
        return "begun"
    return "renumbered" if old != new else "recut"


@router.get("/lineage.{fmt}")
def lineage_file(who: ACaller, unit: AReading, before: str, after: str, fmt: str, of: str = "grids") -> Response:
    """Export predecessors and successors with the share of either that they have in common."""
    who.must("plan.look")
    table = changed_only(lineage(unit, before=before, after=after, of=of))
    synthetic = any(unit.scalars(select(Generation.synthetic).where(Generation.name.in_([before, after]))))
    title = say("generation.lineage", who.lang, before=before, after=after, changed=len(table))
    return download(table, fmt, title=title, name=f"lineage-{of}", synthetic=synthetic)


@router.post("/activate")
async def activate(request: Request, who: ACaller, house: AHouse) -> Response:
    """Put a generation in force with one of its plans, from a day."""
    who.must("generation.activate")
    return await run_in_threadpool(activated, request, who, house, await read_form(request, who))


def activated(request: Request, who: Caller, house: House, form: Form) -> Response:
    """Do what the form asks, or show the page again with what is missing."""

    def do() -> str:
        must_check(form.has("checked"))
        starts: date | None = form.day("starts")
        if starts is None:
            raise BadRequestError("plan.form.day")
        plan = form.number("plan")
        with house.store.unit() as unit:
            name = next((row.name for row in chapters(unit) for number, _ in row.plans if number == plan), "")
            activate_generation(unit, who.act, name=name, plan=plan, valid_from=starts)
        return done_at("/congress/generations", "activated")

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem)

    return try_act(who, do, again)
