"""The rankings page: internal, a reference, shown only where the congress turned rankings on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.coverage import download
from api.pages.furniture import PAGE_SIZE, Bar, Option, options, pager_of, period_label, tables_as
from api.pages.shell import page
from api.routes.points import rankings_subject
from api.telling import points_text
from data.messages import say
from services.atlas import Atlas
from services.instance import setting, the_term
from services.points import LEVELS_RANKED, Ranking, books, default_period
from services.rankings import Standing, Standings, Wanted, standings

router = APIRouter()
BARS = 12
A_SEARCH = Annotated[str, Query(max_length=80)]
A_BAND = Annotated[str, Query(pattern=r"^\d{0,2}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    rank: int
    tied: bool
    name: str
    href: str
    town: str
    group: str
    points: int
    percentile: int
    band: str
    moved: str  # ▲3, ▼2, – or empty where there is nothing to compare with
    moved_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, as the address has it."""

    level: str
    period: str
    within: str
    group: str
    band: str
    q: str

    def query(self) -> Mapping[str, str]:
        """Give it back as an address has it."""
        return {"level": self.level, "period": self.period, "within": self.within, "group": self.group,
                "band": self.band, "q": self.q}  # fmt: skip

    def wanted(self) -> Wanted:
        """Give it as the service reads it; bands count from 1 in the address."""
        return Wanted(
            level=self.level, period=self.period, within=self.within, group=self.group, q=self.q,
            band=int(self.band) - 1 if self.band.strip("0") else None,
        )  # fmt: skip


@router.get("/rankings")
def rankings_page(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    level: str = "town",
    period: str = "",
    within: str = "",
    group: A_SEARCH = "",
    band: A_BAND = "",
    q: A_SEARCH = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """Show one level's points of a period."""
    on = setting(unit, "rankings")
    within = own_town(who, within)
    who.must("rankings.look", rankings_subject(on, within))
    chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
    asked = Asked(level=level, period=chosen, within=within, group=group, band=band, q=q)
    found = standings(unit, wanted=asked.wanted(), names=atlas.names, term=atlas.term)
    pager = pager_of("/rankings", asked.query(), number, len(found.lines))
    shown = found.lines[(pager.page - 1) * PAGE_SIZE : pager.page * PAGE_SIZE]
    book = next(iter(books(unit)), None)
    return page(
        request, "rankings.html", who=who, name="rankings", atlas=atlas, on=on != "off", asked=asked,
        levels=options(
            ((name, say(f"level.{name}", who.lang)) for name in LEVELS_RANKED
             if any(holder.level == name for holder in atlas.holders.values())), level),
        periods=period_options(chosen, who),
        towns=options(zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True), within,
                      every=say("filter.all_towns", who.lang)),
        groups=options(((one, one) for one in found.groups), group, every=say("ranking.all_groups", who.lang))
        if found.groups else [],
        bands=options(((str(place), one[who.lang]) for place, one in enumerate(found.bands, start=1)), band,
                      every=say("ranking.all_bands", who.lang)) if found.bands else [],
        rows=[line_of(line, chosen, who.lang) for line in shown], compared=found.compared,
        previous=period_label(found.previous, who.lang) if found.previous else "",
        bars=distribution(found.ranking), pager=pager, exports=tables_as("/rankings", asked.query(), who.lang),
        rule_book={"name": book[1].title[who.lang], "version": book[1].version} if book else None,
    )  # fmt: skip


def line_of(standing: Standing, period: str, lang: str) -> Line:
    """Write one line of the table."""
    line, moved = standing.line, standing.moved
    return Line(
        rank=line.rank, tied=line.tied > 1, name=line.name, href=f"/deputies/{line.person}?period={period}",
        town=line.town_name, group=standing.group, points=line.tenths, percentile=round(line.percentile),
        band=standing.band[lang] if standing.band else "", moved=arrow(moved),
        moved_words="" if moved is None else say(
            "ranking.moved.up" if moved > 0 else "ranking.moved.down" if moved else "ranking.moved.same", lang,
            places=abs(moved)),
    )  # fmt: skip


def arrow(moved: int | None) -> str:
    """Draw a movement; its words stand beside it for who cannot see it."""
    if moved is None:
        return ""
    return f"▲{moved}" if moved > 0 else f"▼{-moved}" if moved else "–"


def own_town(who: Caller, within: str) -> str:
    """Open a town's staff with their own town."""
    return within or (who.viewer.scope if who.viewer is not None and who.viewer.role == "town" else "")


def period_options(chosen: str, who: Caller) -> list[Option]:
    """Offer this year and the one before with their quarters, and the whole term."""
    year = int(chosen[:4]) if chosen[:4].isdigit() else who.act.today.year
    this = max(year, who.act.today.year)
    names = [str(this), *(f"{this}Q{quarter}" for quarter in (1, 2, 3, 4)), str(this - 1), "term"]
    if chosen not in names:
        names.insert(0, chosen)
    return options(((name, period_label(name, who.lang)) for name in names), chosen)


def distribution(found: Ranking) -> list[Bar]:
    """Count deputies in equal steps of points, at most twelve, from the lowest to the highest."""
    if not found.lines:
        return []
    top = max(line.tenths for line in found.lines)
    low = min(0, min(line.tenths for line in found.lines))
    step = next(size for size in (50, 100, 200, 250, 500, 1000, 2500, 10**9) if (top - low) // size < BARS)
    low -= low % step
    counts = [0] * ((top - low) // step + 1)
    for line in found.lines:
        counts[(line.tenths - low) // step] += 1
    return [
        Bar(label=f"{(low + step * i) // 10}–{(low + step * (i + 1)) // 10}", value=count, text=str(count))
        for i, count in enumerate(counts)
    ]


@router.get("/rankings.{fmt}")
def rankings_table(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str, level: str = "town", period: str = "", within: str = "",
    group: A_SEARCH = "", band: A_BAND = "", q: A_SEARCH = "",
) -> Response:  # fmt: skip
    """Export the list as it was asked for."""
    within = own_town(who, within)
    who.must("rankings.look", rankings_subject(setting(unit, "rankings"), within))
    return ranking_file(who, atlas, unit, fmt, Asked(
        level=level, period=period or default_period(unit, the_term(unit, atlas.term), who.act.today), within=within,
        group=group, band=band, q=q))  # fmt: skip


def ranking_file(who: Caller, atlas: Atlas, unit: AReading, fmt: str, asked: Asked) -> Response:
    """Write the list as a file."""
    found = standings(unit, wanted=asked.wanted(), names=atlas.names, term=atlas.term)
    title = say("ranking.title", who.lang, level=say(f"level.{asked.level}", who.lang),
                period=period_label(asked.period, who.lang))  # fmt: skip
    return download(ranking_frame(found, who.lang), fmt, title=title, name=f"rankings-{asked.level}-{asked.period}",
                    synthetic=atlas.synthetic)  # fmt: skip


def ranking_frame(found: Standings, lang: str) -> pd.DataFrame:
    """Give the list as a table."""
    headers = (
        ("名次", "并列人数", "姓名", "镇街", "代表小组", "席位", "积分", "百分位", "等次", "较上一时段")
        if lang == "zh"
        else ("rank", "tied", "name", "town", "group", "seat", "points", "percentile", "band", "places up")
    )
    rows = [
        (one.line.rank, one.line.tied, one.line.name, one.line.town_name, one.group, one.line.seat,
         points_text(one.line.tenths), one.line.percentile, one.band[lang] if one.band else "", one.moved)
        for one in found.lines
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(headers)).astype({headers[-1]: "Int64"})
