"""Answering: who is linked to a spot, written for a page that needs no script: grid page, kiosk and lists alike."""

from dataclasses import dataclass, replace
from datetime import date

from api.telling import metres_text, reason_text
from api.writing import written_day
from data.messages import say
from gridmap.datum import Datum
from services.atlas import Atlas
from services.cards import next_reception
from services.locating import LinkedDeputy, Located, locate, station_for
from services.matters_routing import lead_of
from services.naming import district_name

WGS84 = Datum.parse("wgs84")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeputyShown:
    """A linked deputy as a page writes them."""

    person: str
    name: str
    level: str
    district: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationShown:
    """The station of a spot: where, how far, when, and the next reception."""

    name: str
    address: str
    hours: str
    away: str
    next: str
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerShown:
    """The whole answer for one spot; `near` names grids across a border that is close."""

    grid: str
    name: str
    place: str
    lon: float
    lat: float
    border: str
    near: tuple[str, ...]
    first: DeputyShown | None
    more: tuple[DeputyShown, ...]
    workers: tuple[str, ...]
    station: StationShown | None
    why: str


def at_grid(atlas: Atlas, code: str) -> Located:
    """Answer for a grid as a whole, with its lead deputy first: a matter of the grid goes to nobody else.

    The rest is the answer of a point inside it. Raises NotFoundError.
    """
    point = atlas.layers.grids.geometry.iloc[atlas.grid_row(code)].representative_point()
    return lead_first(atlas, locate(atlas, float(point.x), float(point.y), WGS84))


def lead_first(atlas: Atlas, found: Located) -> Located:
    """Put the lead deputy of the grid before whoever answers for the piece at its middle."""
    lead = lead_of(atlas, found.grid.code)
    linked = (*found.responsible, *found.others)
    first = tuple(one for one in linked if lead is not None and one.seat == lead.seat)[:1]
    if not first or found.responsible[:1] == first:
        return found
    levels = {one.level for one in first}
    kept = tuple(one for one in found.responsible if one.level not in levels)
    rest = tuple(one for one in linked if one not in first and one not in kept)
    return replace(
        found, responsible=(*first, *kept), others=rest,
        station=station_for(atlas, (*first, *kept), float(found.lon), float(found.lat)),
    )  # fmt: skip


def answer_shown(atlas: Atlas, found: Located, lang: str, today: date) -> AnswerShown:
    """Write an answer: the first deputy apart, for that is whom people came for."""
    deputies = [deputy_shown(atlas, linked, lang) for linked in (*found.responsible, *found.others)]
    return AnswerShown(
        grid=found.grid.code,
        name=found.grid.name,
        place=" · ".join(area.name for area in (found.town, found.village) if area),
        lon=found.lon,
        lat=found.lat,
        border=border_text(found, lang),
        near=tuple(other.name for other in found.near),
        first=deputies[0] if deputies else None,
        more=tuple(deputies[1:]),
        workers=tuple(f"{name} · {say(f'gridworker.{role}', lang)}" for name, role in found.gridworkers),
        station=station_shown(found, lang, today),
        why=reason_text(found.reason, lang),
    )


def deputy_shown(atlas: Atlas, linked: LinkedDeputy, lang: str) -> DeputyShown:
    """Write one linked deputy."""
    return DeputyShown(
        person=linked.deputy.code, name=linked.deputy.name, level=say(f"level.{linked.level}", lang),
        district=district_name(atlas, atlas.holders[linked.seat]), why=reason_text(linked.reason, lang),
    )  # fmt: skip


def border_text(found: Located, lang: str) -> str:
    """Say how far the border is, or that the spot lies on it or beyond it."""
    if found.outside:
        return say("page.card.outside", lang, distance=metres_text(found.outside_m, lang))
    if found.on_border:
        return say("page.card.on_border", lang)
    return say("page.card.border", lang, distance=metres_text(found.border_m, lang))


def station_shown(found: Located, lang: str, today: date) -> StationShown | None:
    """Write the station, and say when it receives next."""
    station = found.station
    if station is None:
        return None
    day = next_reception(station.hours, today)
    return StationShown(
        name=station.name, address=station.address, hours=station.hours, away=metres_text(station.metres, lang),
        today=day == today,
        next="" if day is None or day == today else say("card.next", lang, day=written_day(day, lang)),
    )  # fmt: skip
