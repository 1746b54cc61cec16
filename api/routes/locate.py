"""Locate over HTTP: one point, a batch, a search."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.caching import unchanged
from api.door import ACaller, AHouse, AnAtlas
from api.finding import found_item
from api.telling import deputy_line, metres_text, reason_text
from gridmap.datum import Datum
from services.atlas import Atlas
from services.errors import BadRequestError, TooLargeError
from services.finding import find
from services.locating import BATCH_COLUMNS, Located, batches, coordinate_columns, expect, locate, locate_many

router = APIRouter(prefix="/api/v1", tags=["locate"])
A_DATUM = Annotated[str, Query(description="wgs84 cgcs2000 gcj02 bd09 EPSG:n")]


@router.get("/locate")
def locate_point(
    request: Request,
    who: ACaller,
    house: AHouse,
    lon: Annotated[float, Query(allow_inf_nan=False)],
    lat: Annotated[float, Query(allow_inf_nan=False)],
    datum: A_DATUM,
    on: Annotated[date | None, Query(description="YYYY-MM-DD: who answered on that day; today when left out")] = None,
) -> Response:
    """Find grid, pieces and districts of a point, and the deputies linked there, each with a reason."""
    who.must("locate.look")
    atlas = house.atlases.on(on or who.act.today)
    answer = locate(atlas, lon, lat, Datum.parse(datum))
    return unchanged(request, dressed(answer, who.lang), atlas.version, who.lang)


def dressed(answer: Located, lang: str) -> dict[str, Any]:
    """Give an answer with its reasons said."""
    return {
        "point": {"lon": answer.lon, "lat": answer.lat, "datum": answer.datum},
        "outside": answer.outside,
        "outside_m": answer.outside_m,
        "on_border": answer.on_border,
        "border_m": answer.border_m,
        "grid": named(answer.grid),
        "village": named(answer.village),
        "town": named(answer.town),
        "districts": {piece.layer: named(piece.district) for piece in answer.pieces},
        "pieces": [
            {"layer": piece.layer, "grid": piece.grid, "district": piece.district.code,
             "answers_through": piece.answers_through}
            for piece in answer.pieces
        ],
        "responsible": [linked(item, lang) for item in answer.responsible],
        "lead": {
            item.layer: named(item.deputy)
            for item in (*answer.responsible, *answer.others)
            if item.lead
        },
        "others": [linked(item, lang) for item in answer.others],
        "gridworkers": [{"name": name, "role": role} for name, role in answer.gridworkers],
        "station": None
        if answer.station is None
        else {
            "code": answer.station.code, "name": answer.station.name, "kind": answer.station.kind,
            "address": answer.station.address, "hours": answer.station.hours, "lon": answer.station.lon,
            "lat": answer.station.lat, "metres": answer.station.metres,
            "distance": metres_text(answer.station.metres, lang),
        },
        "near": [{"code": near.code, "name": near.name, "metres": near.metres} for near in answer.near],
        "reason": reason_text(answer.reason, lang),
        "versions": answer.versions,
        "synthetic": answer.synthetic,
    }  # fmt: skip


def named(item: Any) -> dict[str, str] | None:
    """Give a code with its name."""
    return None if item is None else {"code": item.code, "name": item.name}


def linked(item: Any, lang: str) -> dict[str, Any]:
    """Give a linked deputy with the reason said."""
    return {
        "level": item.level,
        "deputy": {"id": item.deputy.code, "name": item.deputy.name},
        "seat": item.seat,
        "layer": item.layer,
        "district": item.district,
        "first": item.first,
        "lead": item.lead,
        "basis": item.basis,
        "households": item.households,
        "station": item.station,
        "reason": reason_text(item.reason, lang),
        "line": deputy_line(item, lang),
    }


@router.post("/locate/batch")
async def locate_batch(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, datum: A_DATUM
) -> StreamingResponse:
    """Locate up to 1,000,000 rows of CSV (or a JSON list): streamed, order kept, errors per row."""
    who.must("locate.look")
    reference = Datum.parse(datum)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > house.settings.batch_bytes:
            raise TooLargeError("error.batch_too_large", bytes=house.settings.batch_bytes)
    as_json = "json" in request.headers.get("content-type", "")
    rows = await run_in_threadpool(json_rows if as_json else csv_rows, bytes(body))
    if len(rows) > house.settings.batch_rows:
        raise TooLargeError("error.batch_rows", rows=len(rows), limit=house.settings.batch_rows)
    if len(rows) or not as_json:
        coordinate_columns(rows)
    await run_in_threadpool(expect, atlas, len(rows))
    if as_json:
        return StreamingResponse(json_stream(atlas, rows, reference), media_type="application/json")
    return StreamingResponse(csv_stream(atlas, rows, reference), media_type="text/csv; charset=utf-8")


def csv_rows(body: bytes) -> pd.DataFrame:
    """Read a CSV body as text cells."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("gb18030", errors="replace")
    try:
        return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as wrong:
        raise BadRequestError("error.batch_unreadable") from wrong


def json_rows(body: bytes) -> pd.DataFrame:
    """Read a JSON list of objects."""
    try:
        rows = json.loads(body)
    except ValueError as wrong:
        raise BadRequestError("error.batch_unreadable") from wrong
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadRequestError("error.batch_unreadable")
    return pd.DataFrame(rows, dtype=object)


def csv_stream(atlas: Atlas, rows: pd.DataFrame, datum: Datum) -> Iterator[str]:
    """Answer part by part as CSV."""
    yield rows.iloc[:0].assign(**dict.fromkeys(BATCH_COLUMNS, "")).to_csv(index=False)
    for part in batches(rows):
        yield locate_many(atlas, part, datum).to_csv(index=False, header=False)


def json_stream(atlas: Atlas, rows: pd.DataFrame, datum: Datum) -> Iterator[str]:
    """Answer part by part as one JSON list."""
    separator = "["
    for part in batches(rows):
        answered = locate_many(atlas, part, datum)
        answered = answered.assign(**{name: answered[name] == "true" for name in ("outside", "on_border")})
        for line in answered.to_json(orient="records", lines=True, force_ascii=False).splitlines():
            yield separator + line
            separator = ",\n"
    yield "[]" if separator == "[" else "]"


@router.get("/search")
def search_places(
    who: ACaller,
    house: AHouse,
    atlas: AnAtlas,
    q: Annotated[str, Query(max_length=80)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    after: Annotated[int, Query(ge=0, le=1000, description="`next` of the page before")] = 0,
) -> dict[str, Any]:
    """Find house numbers, village groups, estates, grids, villages, towns, districts, stations and deputies.

    The likeliest come first; each says where it lies and who is the first contact there.
    """
    who.must("locate.look")
    found = find(atlas, house.gazetteers.of(atlas), q, first=after, most=limit)
    return {
        "items": [found_item(place, who.lang) for place in found.places],
        "total": found.total,
        "next": found.following,
        "synthetic": atlas.synthetic,
    }
