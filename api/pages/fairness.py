"""The fairness board: how points lie between groups, which rules carry them, and how much trivial acts bring in."""

from typing import Any

import pandas as pd
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.door import ACaller, AnAtlas, AReading
from api.pages.coverage import download
from api.pages.furniture import options, period_label, tables_as
from api.pages.rankings import period_options
from api.pages.shell import page
from api.pages.strips import Strip, strip
from api.telling import points_text
from data.messages import say
from scoring.rules import Words
from services.atlas import Atlas
from services.fairness import Board, Group, Weight, fairness
from services.instance import the_term
from services.points import default_period

router = APIRouter()
HERE = "/congress/fairness"
LEANING = 60  # seats that are listed


@router.get(HERE)
def fairness_page(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, period: str = "", level: str = ""
) -> Response:
    """Show the board of a period."""
    who.must("fairness.look")
    chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
    board = fairness(unit, period=chosen, term=atlas.term)
    leaning = [one for one in board.leaning if not level or one.level == level]
    return page(
        request, "fairness.html", who=who, name="rankings", atlas=atlas, board=board,
        period=period_label(chosen, who.lang), periods=period_options(chosen, who),
        levels=options(((one.key, say(f"level.{one.key}", who.lang)) for one in board.groups["level"]), level,
                       every=say("filter.all_levels", who.lang)),
        strips=strips_of(board, atlas, who.lang) if board.earned else [],
        categories=[weight_line(one, who.lang) for one in board.categories],
        rules=[weight_line(one, who.lang) for one in board.rules],
        trivial_share=100 * board.trivial_acts // board.acts if board.acts else 0,
        trivial_points_share=100 * board.trivial_points // board.earned if board.earned else 0,
        leaning=[
            {"name": one.name, "href": f"/deputies/{one.person}?period={chosen}", "town": atlas.names.get(one.town, ""),
             "level": say(f"level.{one.level}", who.lang), "points": one.tenths, "share": one.share,
             "rule": words_of(one.title, who.lang)}
            for one in leaning[:LEANING]
        ],
        more=max(0, len(leaning) - LEANING), leaners=len(board.leaning),
        exports=tables_as(HERE, {"period": chosen}, who.lang),
    )  # fmt: skip


def words_of(title: Words, lang: str) -> str:
    """Say a title in a language."""
    return title.get(lang) or title.get("zh", "")


def strips_of(board: Board, atlas: Atlas, lang: str) -> list[Strip]:
    """Draw every way of grouping; one that has a single group is left out."""
    return [
        strip(
            say(f"fairness.by.{dimension}", lang),
            [
                (group_name(dimension, one.key, atlas, lang),
                 say("fairness.group", lang, seats=one.spread.number, middle=points_text(one.spread.middle),
                     mean=points_text(one.spread.mean)), one.spread)
                for one in groups
            ],
        )
        for dimension, groups in board.groups.items()
        if len(groups) > 1
    ]  # fmt: skip


def group_name(dimension: str, key: str, atlas: Atlas, lang: str) -> str:
    """Name a group."""
    if not key:
        return say("fairness.unknown", lang)
    if dimension == "level":
        return say(f"level.{key}", lang)
    if dimension == "town":
        return atlas.names.get(key, key)
    if dimension == "age":
        low, _, high = key.partition("-")
        if not low:
            return say("fairness.age.below", lang, age=int(high) + 1)
        return say("fairness.age.between", lang, low=low, high=high) if high else say(
            "fairness.age.from", lang, age=low)  # fmt: skip
    known = {"sex": ("female", "male"), "dual": ("one", "two")}[dimension]
    return say(f"fairness.{dimension}.{key}", lang) if key in known else key


def weight_line(one: Weight, lang: str) -> dict[str, Any]:
    """Write what a category or a rule brings in."""
    return {
        "title": words_of(one.title, lang), "points": one.tenths, "taken": one.taken, "acts": one.acts,
        "share": one.share, "each": one.tenths // one.acts if one.acts and one.tenths > 0 else 0,
    }  # fmt: skip


@router.get(HERE + ".{fmt}")
def fairness_table(who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str, period: str = "") -> Response:
    """Export the board's numbers."""
    who.must("fairness.look")
    chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
    board = fairness(unit, period=chosen, term=atlas.term)
    title = say("fairness.title", who.lang) + " · " + period_label(chosen, who.lang)
    return download(frame_of(board, atlas, who.lang), fmt, title=title, name=f"fairness-{chosen}",
                    synthetic=atlas.synthetic)  # fmt: skip


def frame_of(board: Board, atlas: Atlas, lang: str) -> pd.DataFrame:
    """Give the board as one table: groups first, then categories, rules and the seats that lean on one rule."""
    headers = (
        ("部分", "名称", "数量", "最低", "下四分位", "中位", "上四分位", "最高", "平均", "得分", "扣分", "占比%")
        if lang == "zh"
        else ("part", "name", "number", "least", "lower quartile", "median", "upper quartile", "most", "mean", "earned",
              "taken", "share%")
    )  # fmt: skip
    rows: list[tuple[object, ...]] = [
        group_row(dimension, one, atlas, lang) for dimension, groups in board.groups.items() for one in groups
    ]
    for part, found in (("categories", board.categories), ("rules", board.rules)):
        rows += [
            (say(f"fairness.{part}", lang), words_of(one.title, lang), one.acts, *[None] * 6, one.tenths / 10,
             one.taken / 10, one.share)
            for one in found
        ]  # fmt: skip
    rows += [
        (say("fairness.leaning", lang), f"{one.name} · {words_of(one.title, lang)}", 1, *[None] * 6, one.tenths / 10,
         None, one.share)
        for one in board.leaning
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(headers))


def group_row(dimension: str, one: Group, atlas: Atlas, lang: str) -> tuple[object, ...]:
    """Write one group as a row of the table."""
    lies = one.spread
    five = (lies.least, lies.low, lies.middle, lies.high, lies.most, lies.mean)
    return (
        say(f"fairness.by.{dimension}", lang), group_name(dimension, one.key, atlas, lang), lies.number,
        *(value / 10 for value in five), None, None, None,
    )  # fmt: skip
