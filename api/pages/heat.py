"""The map of matters: how many opinions came from each grid, by period and kind; on screen, as a table, on paper."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.assets import font_folders
from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.coverage import download
from api.pages.drawing import credit
from api.pages.furniture import Export, Option, period_label
from api.pages.matters import kind_options
from api.pages.shell import page
from api.routes.people import seats_of_person
from data.frames import each
from data.messages import say
from gridmap.coverage import draw_small
from scoring.periods import Period
from services.atlas import Atlas
from services.errors import BadRequestError
from services.heat import Heat, kinds_in_use, matter_heat
from services.instance import setting, the_term
from services.mapprints import deputy_print, heat_print, month_print, step_words
from services.points import period_of
from services.presence import activity_months
from services.wallmaps import Sheet, print_sheet

router = APIRouter(prefix="/maps")
MEDIA = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
LISTED = 12
A_PAPER = Annotated[str, Query(description="A3 A4", max_length=8)]
A_PRINT = Annotated[str, Path(pattern="^(pdf|png|svg)$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which matters the map counts; whoever is not logged in may choose whole years only, and no kind."""

    period: str
    kind: str
    public: bool

    def query(self) -> dict[str, str]:
        """Give it as the address has it."""
        return {name: value for name, value in (("period", self.period), ("kind", self.kind)) if value}


def asked_of(unit: Session, who: Caller, period: str, kind: str) -> Asked:
    """Say what may be shown. The public sees this map only where maps are public, and never a small count."""
    public = who.viewer is None and bool(setting(unit, "map.public"))
    who.must("map.public" if public else "map.coverage")
    if public and (kind or (period and len(period) != 4)):
        raise BadRequestError("error.public_years_only")
    return Asked(period=period, kind=kind, public=public)


def counted(unit: Session, atlas: Atlas, asked: Asked) -> Heat:
    """Count what was asked for."""
    term = the_term(unit, atlas.term)
    period: Period | None = period_of(term, asked.period) if asked.period else None
    return matter_heat(unit, atlas, period=period, kind=asked.kind, public=asked.public)


@router.get("/matters")
def heat_page(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading,
    period: Annotated[str, Query(max_length=12)] = "", kind: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """Show where residents' matters come from."""
    asked = asked_of(unit, who, period, kind)
    heat = counted(unit, atlas, asked)
    query = urlencode(asked.query())
    more = f"?{query}" if query else ""
    return page(
        request, "heat.html", who=who, name="matters", atlas=atlas, figure=heat_map(atlas, heat, who.lang), heat=heat,
        words=[step_words(step, who.lang) for step in heat.steps],
        periods=[
            Option(value=name, label=period_label(name, who.lang) if name else say("heat.page.ever", who.lang),
                   selected=name == period)
            for name in period_names(who, asked)
        ],
        kinds=kind_options(unit, kind, who.lang) if not asked.public else [],
        lines=busiest(atlas, heat, asked, who.lang), still=f"/maps/matters.svg{more}",
        exports=[
            Export(label=say(f"heat.page.export.{fmt}", who.lang), href=f"/maps/matters.{fmt}{more}")
            for fmt in ("pdf", "png", "xlsx", "csv")
        ],
    )  # fmt: skip


def period_names(who: Caller, asked: Asked) -> list[str]:
    """Offer everything, this year with its quarters, and the year before; the public whole years only."""
    year = who.act.today.year
    quarters = [] if asked.public else [f"{year}Q{quarter}" for quarter in (1, 2, 3, 4)]
    return list(dict.fromkeys(["", asked.period, str(year), *quarters, str(year - 1)]))


def heat_map(atlas: Atlas, heat: Heat, lang: str) -> Any:
    """Draw the grids by their step; a grid's own count stands in its bubble."""
    grids = atlas.layers.grids
    few = say("heat.page.few", lang)
    texts = [
        few if heat.public and 0 < count < 5 else say("heat.page.number", lang, number=count) for count in heat.counts
    ]
    return draw_small(
        grids.assign(
            name=[f"{name} · {text}" for name, text in zip(grids["name"], texts, strict=True)],
            layer=[f"step{step}" for step in heat.index],
        ),
        towns=atlas.layers.towns, stations=atlas.stations[:0], credit=credit(atlas, lang), name="pieces",
        colours={f"step{number}": step.colour for number, step in enumerate(heat.steps)},
    )  # fmt: skip


def busiest(atlas: Atlas, heat: Heat, asked: Asked, lang: str) -> list[dict[str, str]]:
    """List the grids with the most matters; in public those with five or more, in the order of their codes."""
    rows = [
        (count, row) for count, row in zip(heat.counts, each(atlas.layers.grids), strict=True)
        if count >= (5 if heat.public else 1)
    ]  # fmt: skip
    rows.sort(key=lambda pair: (0 if heat.public else -pair[0], pair[1].code))
    return [
        {
            "name": row.name, "town": atlas.names.get(row.town, ""),
            "number": say("heat.page.number", lang, number=count),
            "href": f"/locate?grid={row.code}" if asked.public else f"/matters?show=all&grid={row.code}",
        }
        for count, row in rows[:LISTED]
    ]  # fmt: skip


@router.get("/matters.{fmt}")
def heat_file(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: Annotated[str, Path(pattern="^(pdf|png|svg|csv|xlsx)$")],
    period: Annotated[str, Query(max_length=12)] = "", kind: Annotated[str, Query(max_length=40)] = "",
    paper: A_PAPER = "A4",
) -> Response:  # fmt: skip
    """Give the same counts as a table, or the map on paper with legend, date, source and review number."""
    asked = asked_of(unit, who, period, kind)
    heat = counted(unit, atlas, asked)
    if fmt in MEDIA:
        words = kinds_in_use(unit).get(kind, {}).get(who.lang, kind)
        sheet = heat_print(
            unit, atlas, heat, who.lang, kind=words, paper=paper, on=who.act.today,
            period=period_label(period, who.lang) if period else say("heat.page.ever", who.lang),
        )  # fmt: skip
        return on_paper(sheet, fmt, "matters")
    zh = who.lang == "zh"
    few = say("heat.page.few", who.lang)
    table = pd.DataFrame({
        "网格代码" if zh else "grid": atlas.layers.grids["code"],
        "网格" if zh else "name": atlas.layers.grids["name"],
        "镇街" if zh else "town": [atlas.names.get(code, code) for code in atlas.layers.grids["town"]],
        "事项数" if zh else "matters": [few if heat.public and 0 < count < 5 else count for count in heat.counts],
    })  # fmt: skip
    return download(table, fmt, title=say("heat.page.title", who.lang), name="matters", synthetic=atlas.synthetic)


@router.get("/activities.{fmt}")
def months_file(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: A_PRINT, month: Annotated[str, Query(max_length=7)] = "",
    paper: A_PAPER = "A4",
) -> Response:  # fmt: skip
    """Print one month's activities by grid, the newest month without a choice."""
    who.must("map.coverage")
    months = activity_months(unit, atlas, who.act.today)
    chosen = month or (months.months[-1] if months.months else "")
    sheet = month_print(unit, atlas, months, chosen, who.lang, paper=paper, on=who.act.today)
    return on_paper(sheet, fmt, f"activities-{chosen}")


@router.get("/deputies/{person}/print.{fmt}")
def deputy_file(
    person: str, who: ACaller, atlas: AnAtlas, unit: AReading, fmt: A_PRINT, paper: A_PAPER = "A4"
) -> Response:
    """Print one deputy's ground with its grids, stations, legend, date and source."""
    who.must("deputy.card")
    seats = seats_of_person(atlas, person)
    sheet = deputy_print(unit, atlas, seats, who.lang, paper=paper, on=who.act.today)
    return on_paper(sheet, fmt, f"deputy-{seats[0].person_id}")


def on_paper(sheet: Sheet, form: str, name: str) -> Response:
    """Answer with a drawn sheet; an SVG stands in a page, the others are kept."""
    placed = {} if form == "svg" else {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(print_sheet(sheet, form, font_folders()), media_type=MEDIA[form], headers=placed)
