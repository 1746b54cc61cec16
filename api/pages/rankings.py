"""The rankings page: internal, a reference, shown only where the congress turned rankings on."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.coverage import Export, download
from api.pages.shell import page
from api.routes.points import rankings_subject
from api.telling import points_text
from data.messages import say
from services.instance import setting, the_term
from services.points import LEVELS_RANKED, Ranking, books, default_period, ranking

router = APIRouter()
PAGE_SIZE = 50
BARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where a page of a list stands in it."""

    page: int
    pages: int
    total: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    rank: int
    tied: bool
    name: str
    href: str
    town: str
    points: int
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of the distribution: how many deputies have so many points."""

    label: str
    value: int
    text: str


def pager_of(path: str, query: dict[str, str], number: int, total: int) -> Pager:
    """Cut a list into pages."""
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)

    def address(to: int) -> str:
        return f"{path}?{urlencode({**query, 'page': to})}" if 1 <= to <= pages else ""

    return Pager(page=number, pages=pages, total=total, previous=address(number - 1), next=address(number + 1))


@router.get("/rankings")
def rankings_page(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    level: str = "town",
    period: str = "",
    within: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """Show one level's points of a period."""
    on = setting(unit, "rankings")
    within = own_town(who, within)
    who.must("rankings.look", rankings_subject(on, within))
    term = the_term(unit, atlas.term)
    chosen = period or default_period(unit, term, who.act.today)
    found = ranking(unit, level=level, period=chosen, names=atlas.names, term=atlas.term, within=within)
    query = {"level": level, "period": chosen, "within": within}
    pager = pager_of("/rankings", query, number, len(found.lines))
    shown = found.lines[(pager.page - 1) * PAGE_SIZE : pager.page * PAGE_SIZE]
    book = next(iter(books(unit)), None)
    return page(
        request, "rankings.html", who=who, name="rankings", atlas=atlas, on=on != "off",
        levels=[
            Option(value=name, label=say(f"level.{name}", who.lang), selected=name == level)
            for name in LEVELS_RANKED
            if any(holder.level == name for holder in atlas.holders.values())
        ],
        periods=period_options(chosen, who),
        towns=[Option(value="", label=say("filter.all_towns", who.lang), selected=not within)]
        + [
            Option(value=code, label=name, selected=code == within)
            for code, name in zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
        ],
        rows=[
            Line(
                rank=line.rank, tied=line.tied > 1, name=line.name, href=f"/deputies/{line.person}?period={chosen}",
                town=line.town_name, points=line.tenths, percentile=round(line.percentile),
            )
            for line in shown
        ],
        bars=distribution(found), pager=pager,
        exports=[
            Export(label=say("export.table.xlsx", who.lang), href="/rankings.xlsx?" + urlencode(query)),
            Export(label=say("export.table.csv", who.lang), href="/rankings.csv?" + urlencode(query)),
        ],
        rule_book={"name": book[1].title[who.lang], "version": book[1].version} if book else None,
    )  # fmt: skip


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
    return [Option(value=name, label=period_label(name, who.lang), selected=name == chosen) for name in names]


def period_label(name: str, lang: str) -> str:
    """Name a period for people."""
    if name == "term":
        return say("period.term", lang)
    if "Q" in name:
        return say("period.quarter", lang, year=name[:4], quarter=name[-1])
    if "-" in name:
        return say("period.month", lang, year=name[:4], month=int(name[5:]))
    return say("period.year", lang, year=name)


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
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str, level: str = "town", period: str = "", within: str = ""
) -> Response:
    """Export the whole list."""
    within = own_town(who, within)
    who.must("rankings.look", rankings_subject(setting(unit, "rankings"), within))
    chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
    found = ranking(unit, level=level, period=chosen, names=atlas.names, term=atlas.term, within=within)
    title = say("ranking.title", who.lang, level=say(f"level.{level}", who.lang), period=period_label(chosen, who.lang))
    return download(ranking_frame(found, who.lang), fmt, title=title, name=f"rankings-{level}-{chosen}",
                    synthetic=atlas.synthetic)  # fmt: skip


def ranking_frame(found: Ranking, lang: str) -> pd.DataFrame:
    """Give the list as a table."""
    headers = ("名次", "并列人数", "姓名", "镇街", "席位", "积分", "百分位") if lang == "zh" else (
        "rank", "tied", "name", "town", "seat", "points", "percentile")  # fmt: skip
    rows = [(x.rank, x.tied, x.name, x.town_name, x.seat, points_text(x.tenths), x.percentile) for x in found.lines]
    return pd.DataFrame(rows, columns=list(headers))
