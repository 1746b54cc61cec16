"""The board of measures: what the practices claim about matters, counted for any place and any period."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.coverage import download
from api.pages.furniture import Export, Option, period_label
from api.pages.matters import period_options
from api.pages.shell import page
from data.messages import say
from scoring.periods import Period
from services.atlas import Atlas
from services.instance import the_term
from services.matters_measures import PLACES, Measured, Share, by, measures
from services.naming import station_name
from services.points import period_of

router = APIRouter(prefix="/matters")
FIGURES = (
    "opinions", "open", "late", "on_time_24h", "within_3", "within_5", "reply_days", "answered_hours", "on_the_spot",
    "again", "satisfied", "closed_loop",
)  # fmt: skip
HEADLINES = ("opinions", "on_time_24h", "within_3", "within_5", "satisfied", "closed_loop")
A_WORD = Annotated[str, Query(max_length=16)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureShown:
    """One figure of the board: now, and in the period before."""

    title: str
    now: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceShown:
    """One place of the table, its figures in the order of the columns; `href` leads to its matters."""

    name: str
    href: str
    figures: tuple[str, ...]


def chosen_period(unit: Session, atlas: Atlas, who: Caller, name: str) -> Period:
    """Give the period asked for, this year without one."""
    return period_of(the_term(unit, atlas.term), name or str(who.act.today.year))


def before(period: Period) -> Period:
    """Give the period of the same kind that ended where this one begins."""
    last = period.start - timedelta(days=1)
    if period.name == "term":
        return Period(name="before", start=period.start - timedelta(days=period.days), end=period.start)
    return {4: Period.year_of, 6: Period.quarter_of, 7: Period.month_of}[len(period.name)](last)


@router.get("/measures")
def measures_page(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, period: A_WORD = "", of: A_WORD = "town"
) -> Response:
    """Show how matters were handled: the whole, then place by place in the order of the codes."""
    who.must("matter.measure")
    shown = of if of in PLACES else "town"
    span = chosen_period(unit, atlas, who, period)
    query = urlencode({"period": span.name, "of": shown})
    return page(
        request, "measures.html", who=who, name="matters", atlas=atlas, period=period_label(span.name, who.lang),
        headlines=headlines(unit, who, span), columns=[title(name, who.lang) for name in FIGURES],
        rows=[place_shown(row, shown, atlas, who.lang) for row in by(unit, span, now=who.act.at, of=shown)],
        periods=[one for one in period_options(span.name, who) if one.value],
        places=[Option(value=one, label=say(f"measure.of.{one}", who.lang), selected=one == shown) for one in PLACES],
        exports=[
            Export(label=say(f"export.table.{fmt}", who.lang), href=f"/matters/measures.{fmt}?{query}")
            for fmt in ("xlsx", "csv")
        ],
    )  # fmt: skip


def headlines(unit: Session, who: Caller, span: Period) -> list[FigureShown]:
    """Give the figures of everywhere, with those of the period before."""
    now = measures(unit, span, now=who.act.at)
    last = measures(unit, before(span), now=who.act.at)
    return [
        FigureShown(
            title=title(name, who.lang), now=figure(getattr(now, name), who.lang),
            before=figure(getattr(last, name), who.lang),
        )
        for name in HEADLINES
    ]  # fmt: skip


def title(name: str, lang: str) -> str:
    """Name a figure."""
    return say(f"matter.measure.{name}", lang)


def figure(value: Any, lang: str) -> str:
    """Write a figure; a share says of how many, and what cannot be measured is a dash."""
    if isinstance(value, Share):
        if value.share is None:
            return "—"
        return say("measure.share", lang, percent=round(100 * value.share), number=value.number, of=value.of)
    return "—" if value is None else f"{value:g}"


def place_shown(row: Measured, of: str, atlas: Atlas, lang: str) -> PlaceShown:
    """Write one place of the table."""
    names = {"town": atlas.names.get(row.place, row.place), "station": station_name(atlas, row.place)}
    filters = {"town": "within"}.get(of)
    return PlaceShown(
        name=names.get(of, row.place) if row.place else say("measure.nowhere", lang),
        href="/matters?" + urlencode({"show": "all", filters: row.place}) if filters and row.place else "",
        figures=tuple(figure(getattr(row, name), lang) for name in FIGURES),
    )


@router.get("/measures.{fmt}")
def measures_table(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: Annotated[str, Path(pattern="^(csv|xlsx)$")],
    period: A_WORD = "", of: A_WORD = "town",
) -> Response:  # fmt: skip
    """Export the table."""
    who.must("matter.measure")
    span = chosen_period(unit, atlas, who, period)
    rows = [place_shown(row, of, atlas, who.lang) for row in by(unit, span, now=who.act.at, of=of)]
    headers = [title("place", who.lang), *(title(name, who.lang) for name in FIGURES)]
    table = pd.DataFrame([(row.name, *row.figures) for row in rows], columns=headers)
    heading = say("matter.measure.title", who.lang, period=period_label(span.name, who.lang))
    return download(table, fmt, title=heading, name="measures", synthetic=atlas.synthetic)
