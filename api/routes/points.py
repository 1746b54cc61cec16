"""Points over HTTP: one deputy's, line by line, and rankings where the congress turned them on."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.caching import unchanged
from api.door import ACaller, AnAtlas, AReading
from api.plainly import plain
from api.routes.people import seats_of_person
from api.telling import points_text, reason_text
from congress.permissions import Subject, Viewer
from services.atlas import Atlas
from services.instance import setting, the_term
from services.points import LEVELS_RANKED, default_period, ranking, statement

router = APIRouter(prefix="/api/v1", tags=["points"])
A_PERIOD = Annotated[str | None, Query(description="2026 2026Q3 2026-11 term")]


def points_subject(atlas: Atlas, person: str, viewer: Viewer | None) -> Subject:
    """Say whose points are asked for, and where they serve: in the viewer's town, if one of their seats is there."""
    seats = seats_of_person(atlas, person)
    towns = [seat.town for seat in seats if seat.town]
    town = viewer.scope if viewer is not None and viewer.scope in towns else next(iter(towns), "")
    return Subject(person=seats[0].person_id, town=town)


def rankings_subject(setting: str, within: str) -> Subject:
    """Say which ranking is asked for: one town's, or the whole county's, under the congress's setting."""
    return Subject(setting=setting, town=within)


@router.get("/deputies/{person}/points")
def get_points(
    request: Request,
    person: str,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    period: A_PERIOD = None,
    seat: str = "",
) -> Response:
    """Give a deputy's points in a period, every entry with its rule and reason, and how far the next cap is."""
    subject = points_subject(atlas, person, who.viewer)
    who.must("points.look", subject)
    term = the_term(unit, atlas.term)
    chosen = period or default_period(unit, term, who.act.today)
    found = statement(unit, person=subject.person, period=chosen, term=atlas.term, seat=seat)
    body: dict[str, Any] = plain(found)
    body["points"] = points_text(found.tenths)
    for line, entry in zip(body["lines"], found.lines, strict=True):
        line["points"] = points_text(entry.tenths)
        line["why"] = reason_text(entry.reason, who.lang)
    if setting(unit, "rankings") != "off":
        body["ranks"] = [
            {"level": level, "seat": line.seat, "rank": line.rank, "tied": line.tied, "percentile": line.percentile,
             "of": len(lines)}
            for level in sorted({holder.level for holder in seats_of_person(atlas, person)})
            for lines in [ranking(unit, level=level, period=chosen, names=atlas.names, term=atlas.term).lines]
            for line in lines
            if line.person == subject.person
        ]  # fmt: skip
    return unchanged(request, body, atlas.version, who.lang)


@router.get("/rankings")
def get_rankings(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    level: Annotated[str, Query(description=" ".join(LEVELS_RANKED))],
    period: A_PERIOD = None,
    within: str = "",
) -> Response:
    """List one level's points: internal, a reference; ties share a rank and are listed by seat code."""
    who.must("rankings.look", rankings_subject(setting(unit, "rankings"), within))
    term = the_term(unit, atlas.term)
    chosen = period or default_period(unit, term, who.act.today)
    found = ranking(unit, level=level, period=chosen, names=atlas.names, term=atlas.term, within=within)
    body = plain(found)
    for line in body["lines"]:
        line["points"] = points_text(line["tenths"])
    body["synthetic"] = atlas.synthetic
    return unchanged(request, body, atlas.version)
