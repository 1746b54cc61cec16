"""Grids, districts, deputies and stations over HTTP, one by its code or id."""

from typing import Any

import pandas as pd
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import unchanged
from api.door import ACaller, AnAtlas
from api.telling import reason_text
from data.frames import each
from services.atlas import Atlas, Holder
from services.errors import NotFoundError

router = APIRouter(prefix="/api/v1", tags=["people and places"])


@router.get("/grids/{code}")
def get_grid(request: Request, code: str, who: ACaller, atlas: AnAtlas) -> Response:
    """Give a grid: where it lies, who is linked to it, who leads, who works there."""
    who.must("locate.look")
    grid = atlas.layers.grids.iloc[atlas.grid_row(code)]
    here = atlas.pieces[atlas.pieces["grid"] == code]
    body = {
        "code": code,
        "name": grid["name"],
        "village": {"code": grid["village"], "name": atlas.names.get(grid["village"], "")},
        "town": {"code": grid["town"], "name": atlas.names.get(grid["town"], "")},
        "households": int(grid["households"]) if pd.notna(grid["households"]) else None,
        "pieces": [
            {"layer": row.layer, "district": row.district, "households": int(row.households), "weight": row.weight,
             "answers_through": row.joined or code}
            for row in each(here)
        ],
        "links": [link_body(atlas, link, who.lang) for link in atlas.by_grid.get(code, ())],
        "lead": {
            layer: deputy_name(atlas.holders[seat])
            for (layer, of_grid), (seat, _) in atlas.leads.items()
            if of_grid == code and seat
        },
        "gridworkers": [{"name": name, "role": role} for name, role in atlas.workers.get(code, ())],
        "neighbours": neighbours(atlas, code),
        "versions": {"generation": atlas.generation, "plan": atlas.plan, "atlas": atlas.version},
        "synthetic": atlas.synthetic,
    }  # fmt: skip
    return unchanged(request, body, atlas.version, who.lang)


def neighbours(atlas: Atlas, code: str) -> list[dict[str, Any]]:
    """List the grids that share a border with one, the longest first, with its length in metres."""
    rows, metres = atlas.grid_index.neighbours(atlas.grid_row(code))
    grids = atlas.layers.grids
    found = [
        {"code": str(code), "name": str(name), "shared_m": round(float(length), 1)}
        for code, name, length in zip(grids["code"].iloc[rows], grids["name"].iloc[rows], metres, strict=True)
    ]
    return sorted(found, key=lambda one: (-one["shared_m"], one["code"]))


@router.get("/districts/{code}")
def get_district(request: Request, code: str, who: ACaller, atlas: AnAtlas) -> Response:
    """Give an electoral district: its seats, its deputies, its pieces."""
    who.must("locate.look")
    for layer in ("county", "town"):
        for frame in (atlas.layers.districts[layer], atlas.layers.work_units[layer]):
            found = frame[frame["code"] == code]
            if len(found):
                return unchanged(request, district_body(atlas, layer, found.iloc[0]), atlas.version)
    raise NotFoundError("error.no_such_district", district=code)


def district_body(atlas: Atlas, layer: str, row: Any) -> dict[str, Any]:
    """Give one district."""
    pieces = atlas.pieces[(atlas.pieces["layer"] == layer) & (atlas.pieces["district"] == row["code"])]
    return {
        "code": row["code"], "name": row["name"], "layer": layer, "basis": row["basis"],
        "town": {"code": row["town"], "name": atlas.names.get(row["town"], "")}, "seats": int(row["seats"]),
        "deputies": [
            deputy_name(holder)
            for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat)
            if holder.district == row["code"] and holder.level == layer
        ],
        "pieces": [
            {"grid": piece.grid, "households": int(piece.households), "answers_through": piece.joined or piece.grid}
            for piece in each(pieces)
        ],
        "synthetic": atlas.synthetic,
    }  # fmt: skip


@router.get("/deputies/{person}")
def get_deputy(request: Request, person: str, who: ACaller, atlas: AnAtlas) -> Response:
    """Give a deputy's public card: seats, links and stations; never a phone, a home or a document number."""
    who.must("deputy.card")
    seats = seats_of_person(atlas, person)
    body = {
        "id": seats[0].person_id,
        "name": seats[0].name,
        "seats": [
            {"code": seat.seat, "level": seat.level, "district": seat.district, "electing_unit": seat.electing_unit,
             "town": {"code": seat.town, "name": atlas.names.get(seat.town, "")}, "role": seat.role,
             "from": seat.starts_on.isoformat(), "station": seat.station,
             "links": [link_body(atlas, link, who.lang) for link in atlas.by_seat.get(seat.seat, ())]}
            for seat in seats
        ],
        "versions": {"generation": atlas.generation, "plan": atlas.plan, "atlas": atlas.version},
        "synthetic": atlas.synthetic,
    }  # fmt: skip
    return unchanged(request, body, atlas.version, who.lang)


@router.get("/stations/{code}")
def get_station(request: Request, code: str, who: ACaller, atlas: AnAtlas) -> Response:
    """Give a station: where, when, and who receives there."""
    who.must("locate.look")
    found = atlas.stations[atlas.stations["code"] == code]
    if not len(found):
        raise NotFoundError("error.no_such_station", station=code)
    row = found.iloc[0]
    body = {
        "code": code, "name": row["name"], "kind": row["kind"], "address": row["address"], "hours": row["hours"],
        "town": {"code": row["town"], "name": atlas.names.get(row["town"], "")},
        "lon": round(float(row.geometry.x), 6), "lat": round(float(row.geometry.y), 6),
        "deputies": [
            deputy_name(holder)
            for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat)
            if holder.station == code
        ],
        "synthetic": atlas.synthetic,
    }  # fmt: skip
    return unchanged(request, body, atlas.version)


def seats_of_person(atlas: Atlas, person: str) -> list[Holder]:
    """Give a person's seats, by the person's id or roster number. Raises NotFoundError."""
    seats = sorted(
        (holder for holder in atlas.holders.values() if person in (holder.person_id, holder.person_code)),
        key=lambda holder: holder.seat,
    )
    if not seats:
        raise NotFoundError("error.no_such_deputy", deputy=person)
    return seats


def deputy_name(holder: Holder) -> dict[str, str]:
    """Give a deputy's id, name, level and seat."""
    return {"id": holder.person_id, "name": holder.name, "level": holder.level, "seat": holder.seat}


def link_body(atlas: Atlas, link: Any, lang: str) -> dict[str, Any]:
    """Give one link with its reason said."""
    return {
        "layer": link.layer, "grid": link.grid, "district": link.district, "households": link.households,
        "position": link.position, "basis": link.basis, "deputy": deputy_name(atlas.holders[link.seat]),
        "reason": reason_text(link.reason, lang),
    }  # fmt: skip
