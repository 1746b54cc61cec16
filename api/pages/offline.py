"""The list to take along: a few grids' deputies and stations in one file that needs no network."""

from collections.abc import Sequence

import pandas as pd
from fastapi import Request
from fastapi.responses import Response

from api.door import Caller, house
from api.pages.answering import AnswerShown
from api.pages.coverage import download
from api.pages.shell import TEMPLATES, source_of
from api.writing import written_day
from data.messages import say
from services.atlas import Atlas
from services.instance import setting


def offline_page(request: Request, who: Caller, atlas: Atlas, answers: Sequence[AnswerShown]) -> Response:
    """Write the list as one HTML file without a script, a picture or a link that leads out of it."""
    with house(request).store.reading() as unit:
        place = str(setting(unit, "instance.name"))
    html = TEMPLATES.get_template("offline.html").render(
        lang=who.lang, t=lambda key, **facts: say(key, who.lang, **facts), place=place, answers=answers,
        synthetic=atlas.synthetic, source=source_of(atlas, who, False), today=who.act.today,
    )  # fmt: skip
    return Response(
        html, media_type="text/html; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="grids.html"',
                 "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"},
    )  # fmt: skip


def offline_table(who: Caller, atlas: Atlas, answers: Sequence[AnswerShown], fmt: str) -> Response:
    """Write the list as a table: one line for each linked deputy."""
    headers = (
        ("网格", "网格代码", "镇街·村", "代表", "层级", "选区", "联络站", "接待时间", "地址", "网格员")
        if who.lang == "zh"
        else ("grid", "code", "town · village", "deputy", "level", "district", "station", "hours", "address",
              "grid workers")
    )  # fmt: skip
    rows = [
        (answer.name, answer.grid, answer.place, deputy.name, deputy.level, deputy.district,
         answer.station.name if answer.station else "", answer.station.hours if answer.station else "",
         answer.station.address if answer.station else "", "；".join(answer.workers))
        for answer in answers
        for deputy in ((answer.first, *answer.more) if answer.first else ())
    ]  # fmt: skip
    title = say("grid.offline.title", who.lang) + " · " + written_day(who.act.today, who.lang)
    return download(pd.DataFrame(rows, columns=list(headers)), fmt, title=title, name="grids",
                    synthetic=atlas.synthetic)  # fmt: skip
