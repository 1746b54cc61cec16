"""The short way of locate: a resident's plain question about a point inside a grid is answered from written sheets."""

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.caching import CHECKED, JSON, known_tags, tag
from api.door import COOKIE, House, language
from api.routes.locate import dressed
from api.telling import metres_text, reason_text
from congress.permissions import may
from gridmap.datum import Datum
from services.act import Act
from services.atlas import Atlas
from services.locating import Located, locate
from services.spotting import Spot, is_drawn, is_shared, metres_to, spot, station_place

PATH: Final = "/api/v1/locate"
DATUMS: Final = MappingProxyType({name.encode(): Datum(name=name) for name in ("wgs84", "cgcs2000", "gcj02", "bd09")})
FIELDS: Final = frozenset({b"lon", b"lat", b"datum", b"lang"})
PLAIN_NUMBER: Final = re.compile(rb"-?[0-9]{1,9}(?:\.[0-9]{1,20})?")
MOST_SHEETS: Final = 8_192  # of some five kilobytes
ABOUT_PLACE: Final = ("grid", "village", "town", "districts", "pieces", "responsible", "lead", "others", "gridworkers")
ABOUT_ATLAS: Final = ("versions", "synthetic")
WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One plain question: a point in a datum, the language of the answer, and the tags of what is there already."""

    lon: float
    lat: float
    datum: Datum
    lang: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The parts of an answer that every point of a place gets, as JSON without the outer braces."""

    place: str
    station: str  # without its metres; empty where there is none
    station_at: tuple[float, float]  # metres east and north
    atlas: str


class QuickLocate:
    """A plain ASGI layer before the routes: what it cannot answer from a sheet goes the ordinary way, word for word.

    It answers only what the ordinary route answers with 200 or 304, so every refusal is the route's own.
    """

    def __init__(self, app: ASGIApp, house: House) -> None:
        self.app = app
        self._house = house
        self._lock = Lock()
        self._sheets: OrderedDict[tuple[str, str, tuple[int, ...]], Sheet | None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET" or scope.get("root_path"):
            await self.app(scope, receive, send)
            return
        asked = question(scope, self._house)
        atlas = self._atlas() if asked else None
        content = self._content(atlas, asked) if asked and atlas else None
        if asked is None or atlas is None or content is None:
            await self.app(scope, receive, send)
            return
        etag = tag(content, atlas.version, asked.lang)
        headers = [(b"etag", etag.encode()), *CHECKED]
        if etag in asked.tags:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += [(b"content-length", str(len(content)).encode()), JSON]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _atlas(self) -> Atlas | None:
        """Give today's atlas when it is at hand, drawn, and a resident may look at it."""
        if not may(None, "locate.look").allowed:
            return None
        atlas = self._house.atlases.at_hand(Act(actor="resident", at=datetime.now(UTC)).today)
        return atlas if atlas is not None and is_drawn(atlas) else None

    def _content(self, atlas: Atlas, asked: Question) -> bytes | None:
        """Write the whole answer; None where the ordinary way must find it."""
        there = spot(atlas, asked.lon, asked.lat, asked.datum)
        if there is None:
            return None
        sheet = self._sheet(atlas, asked, there)
        return written(atlas, asked, there, sheet).encode() if sheet else None

    def _sheet(self, atlas: Atlas, asked: Question, there: Spot) -> Sheet | None:
        """Give the sheet of a place, written at its first point; None where its points get different answers."""
        key = (atlas.version, asked.lang, there.place)
        with self._lock:
            if key in self._sheets:
                self._sheets.move_to_end(key)
                return self._sheets[key]
        answer = locate(atlas, asked.lon, asked.lat, asked.datum)
        sheet = sheet_of(atlas, answer, asked.lang) if is_shared(atlas, answer) else None
        with self._lock:
            self._sheets[key] = sheet
            while len(self._sheets) > MOST_SHEETS:
                self._sheets.popitem(last=False)
        return sheet


def question(scope: Scope, house: House) -> Question | None:
    """Read a request that is a plain question by nobody in particular; None for any other."""
    fields: dict[bytes, bytes] = {}
    for part in scope.get("query_string", b"").split(b"&"):
        name, _, value = part.partition(b"=")
        if name not in FIELDS or name in fields:
            return None
        fields[name] = value
    lon, lat, datum = fields.get(b"lon", b""), fields.get(b"lat", b""), DATUMS.get(fields.get(b"datum", b""))
    if datum is None or not (PLAIN_NUMBER.fullmatch(lon) and PLAIN_NUMBER.fullmatch(lat)):
        return None
    named = {name for name, _ in scope["headers"]}
    if b"authorization" in named:
        return None
    request = Request(scope)
    if b"cookie" in named and COOKIE in request.cookies:
        return None
    return Question(
        lon=float(lon),
        lat=float(lat),
        datum=datum,
        lang=language(request) if b"lang" in fields or b"cookie" in named else house.settings.lang,
        tags=tuple(known_tags(request)) if b"if-none-match" in named else (),
    )


def sheet_of(atlas: Atlas, answer: Located, lang: str) -> Sheet:
    """Write down what every point of an answer's place gets."""
    body = dressed(answer, lang)
    station = body["station"] or {}
    return Sheet(
        place=inner({name: body[name] for name in ABOUT_PLACE}),
        station=inner({name: value for name, value in station.items() if name not in ("metres", "distance")}),
        station_at=station_place(atlas, station["code"]) if station else (0.0, 0.0),
        atlas=inner({name: body[name] for name in ABOUT_ATLAS}),
    )


def written(atlas: Atlas, asked: Question, there: Spot, sheet: Sheet) -> str:
    """Write an answer: what hangs on the point, put between the parts of its sheet; the order is `dressed`'s."""
    point = {
        "point": {"lon": round(there.x, 7), "lat": round(there.y, 7), "datum": asked.datum.name},
        "outside": False,
        "outside_m": 0.0,
        "on_border": there.border == 0.0,
        "border_m": round(there.border, 1),
    }
    around = {
        "near": [{"code": near.code, "name": near.name, "metres": near.metres} for near in there.near],
        "reason": reason_text(there.reason, asked.lang),
    }
    station = "null"
    if sheet.station:
        metres = metres_to(atlas, there, sheet.station_at)
        away = {"metres": metres, "distance": metres_text(metres, asked.lang)}
        station = f"{{{sheet.station},{inner(away)}}}"
    return f'{{{inner(point)},{sheet.place},"station":{station},{inner(around)},{sheet.atlas}}}'


def inner(value: dict[str, Any]) -> str:
    """Write an object as JSON without its braces."""
    return WRITER.encode(value)[1:-1]
