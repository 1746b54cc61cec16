"""Calendars to subscribe to, for a deputy, a station or a town: public, the same for everybody."""

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import known_tags
from api.door import ACaller, AnAtlas, AReading
from api.feeds import ics
from services.feeds import Feed, deputy_feed, station_feed, town_feed

router = APIRouter(prefix="/calendar", tags=["calendar"])
MEDIA_TYPE = "text/calendar; charset=utf-8"


@router.get("/deputy/{person}.ics")
def get_deputy_calendar(request: Request, person: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Give a deputy's receptions, deliberation days and duties with their last days; nothing that is not public."""
    who.must("deputy.card")
    return calendar(request, deputy_feed(unit, atlas, person), who.lang)


@router.get("/station/{code}.ics")
def get_station_calendar(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Give a station's receptions and the deliberation days of its town."""
    who.must("locate.look")
    return calendar(request, station_feed(unit, atlas, code), who.lang)


@router.get("/town/{code}.ics")
def get_town_calendar(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Give the deliberation days of a town and the receptions of all its stations."""
    who.must("locate.look")
    return calendar(request, town_feed(unit, atlas, code), who.lang)


def calendar(request: Request, feed: Feed, lang: str) -> Response:
    """Answer with an iCalendar file under its ETag, or 304 when the phone has it already."""
    content = ics(feed, lang)
    etag = '"' + hashlib.sha256(content).hexdigest()[:32] + '"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Language": lang, "Vary": "Cookie"}
    if etag in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
