"""Published performance: what a congress lets the public see of a closed period, and the choosing of it."""

from dataclasses import dataclass

import pandas as pd
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.coverage import download
from api.pages.furniture import period_label, tables_as
from api.pages.periods import HERE, shown
from api.pages.shell import page
from api.telling import points_text, told
from data.messages import say
from services.atlas import Atlas
from services.errors import ActError
from services.instance import the_term
from services.publication import LEAST, PublicBand, Published, public_periods, publish, published

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """A band of a level as the page writes it; share: of the level's largest shown count, for its bar (0 to 100)."""

    label: str
    seats: str
    share: int


@router.get("/published")
def published_index(request: Request, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """List the periods of which something is public."""
    who.must("published.look")
    periods = public_periods(unit, the_term(unit, atlas.term))
    return page(
        request, "published.html", who=who, name="published", atlas=atlas, found=None, period="", levels=[], exports=[],
        periods=[(f"/published/{one}", period_label(one, who.lang)) for one in periods], least=LEAST,
    )  # fmt: skip


@router.get("/published/{period}.{fmt}")
def published_table(period: str, fmt: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Export what is public of a period, nothing more."""
    who.must("published.look")
    found = published(unit, period=period, names=atlas.names, term=atlas.term)
    title = say("published.of", who.lang, period=period_label(period, who.lang))
    return download(frame_of(found, who.lang), fmt, title=title, name=f"published-{period}", synthetic=atlas.synthetic)


@router.get("/published/{period}")
def published_page(request: Request, period: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show what is public of a period: the list or the bands, never a rank."""
    who.must("published.look")
    found = published(unit, period=period, names=atlas.names, term=atlas.term)
    levels = [
        {
            "label": say(f"level.{level}", who.lang),
            "bands": band_lines(bands, who.lang),
            "lines": [
                {"name": one.name, "href": f"/deputies/{one.person}", "town": one.town, "points": one.tenths,
                 "band": one.band[who.lang] if one.band else ""}
                for one in found.lines if one.level == level
            ],
        }
        for level, bands in found.bands.items()
    ]  # fmt: skip
    return page(
        request, "published.html", who=who, name="published", atlas=atlas, found=found, periods=[],
        period=period_label(period, who.lang), levels=levels, least=LEAST,
        exports=tables_as(f"/published/{period}", {}, who.lang),
    )  # fmt: skip


def band_lines(bands: tuple[PublicBand, ...], lang: str) -> list[BandLine]:
    """Write the bands of a level."""
    top = max((band.seats or 0 for band in bands), default=0)
    return [
        BandLine(
            label=band_label(band, lang), share=100 * (band.seats or 0) // top if top else 0,
            seats=say("published.few", lang, least=LEAST) if band.seats is None else str(band.seats),
        )
        for band in bands
    ]  # fmt: skip


def band_label(band: PublicBand, lang: str) -> str:
    """Name a band: by the rule book's title, else from and up to how many points."""
    if band.title is not None:
        return band.title[lang]
    if band.low is None:
        return say("published.below", lang, high=points_text(band.high or 0))
    return say("published.between", lang, low=points_text(band.low), high=points_text(band.high or 0))


def frame_of(found: Published, lang: str) -> pd.DataFrame:
    """Give what is public as a table."""
    if found.shows == "list":
        headers = ("层级", "姓名", "镇街", "积分", "等次") if lang == "zh" else (
            "level", "name", "town", "points", "band")  # fmt: skip
        rows = [
            (say(f"level.{one.level}", lang), one.name, one.town, points_text(one.tenths),
             one.band[lang] if one.band else "")
            for one in found.lines
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(headers))
    of_bands = ("层级", "分段", "席位数") if lang == "zh" else ("level", "band", "seats")
    counted = [
        (say(f"level.{level}", lang), line.label, line.seats)
        for level, bands in found.bands.items()
        for line in band_lines(bands, lang)
    ]
    return pd.DataFrame(counted, columns=list(of_bands))


@router.post(HERE + "/{period}/publish")
async def publish_it(request: Request, period: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Choose what is public of a closed period."""
    who.must("period.publish")
    form = await read_form(request, who)
    return await run_in_threadpool(chosen, request, who, house, atlas, period, form)


def chosen(request: Request, who: Caller, house: House, atlas: Atlas, period: str, form: Form) -> Response:
    """Keep the choice with its reason; what cannot be done is said on the page itself."""
    try:
        with house.store.unit() as unit:
            publish(unit, who.act, period=period, shows=form.one("shows"), reason=form.one("reason"), term=atlas.term)
    except ActError as wrong:
        with house.store.reading() as unit:
            return shown(request, who, atlas, unit, problem=told(wrong.key, who.lang, wrong.facts), status=wrong.status)
    return RedirectResponse(f"{HERE}?done=publish", status_code=303)
