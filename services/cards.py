"""Cards: what everybody may know of a deputy or a grid, on screen and on paper, with the code that leads back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from congress.reception import parse_hours
from data.frames import each
from data.messages import say
from data.press import PressError, chosen, find_fonts
from data.qrcodes import on_paper
from data.typesetting import letters_of, typeset
from services.atlas import Atlas, Holder
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import setting
from services.locating import LinkedDeputy, Located
from services.naming import district_name

FORMS = ("pdf", "png")
LOOK_AHEAD = 62  # days in which the next reception is looked for
MOST_ON_DOOR = 4  # deputies named on the sheet of a grid


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSeat:
    """One seat on a card."""

    level: str
    district: str
    role: str
    group: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStation:
    """A station on a card: where, when, and the next day on which deputies receive there."""

    code: str
    name: str
    address: str
    hours: str
    lon: float
    lat: float
    next: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A deputy's public card; there is no phone, home or document number in it, nor anywhere it comes from."""

    person: str
    name: str
    town: str
    seats: tuple[CardSeat, ...]
    stations: tuple[CardStation, ...]


def public_card(atlas: Atlas, code: str, today: date) -> Card:
    """Find a deputy's public card by the person's id or roster number. Raises NotFoundError."""
    seats = sorted(
        (holder for holder in atlas.holders.values() if code in (holder.person_id, holder.person_code)),
        key=lambda holder: holder.seat,
    )
    if not seats:
        raise NotFoundError("error.no_such_deputy", deputy=code)
    return card_of(atlas, seats, today)


def card_of(atlas: Atlas, seats: Sequence[Holder], today: date) -> Card:
    """Give the card of one person's seats."""
    stations = dict.fromkeys(seat.station for seat in seats if seat.station)
    return Card(
        person=seats[0].person_id,
        name=seats[0].name,
        town=next((seat.town for seat in seats if seat.town), ""),
        seats=tuple(
            CardSeat(
                level=seat.level, district=district_name(atlas, seat), role=seat.role, group=seat.group,
                since=seat.starts_on,
            )
            for seat in seats
        ),
        stations=tuple(found for code in stations for found in station_card(atlas, code, today)),
    )  # fmt: skip


def station_card(atlas: Atlas, code: str, today: date) -> tuple[CardStation, ...]:
    """Give a station as a card names it, or nothing where the atlas does not know it."""
    return tuple(
        CardStation(
            code=row.code, name=row.name, address=row.address, hours=row.hours, lon=round(float(row.geometry.x), 6),
            lat=round(float(row.geometry.y), 6), next=next_reception(row.hours, today),
        )
        for row in each(atlas.stations[atlas.stations["code"] == code])
    )  # fmt: skip


def next_reception(hours: str, today: date) -> date | None:
    """Find the next day, today included, on which a station receives; None where its hours do not say."""
    found = parse_hours(hours) if hours else None
    days = (next(one.between(today, today + timedelta(days=LOOK_AHEAD)), None) for one in found or ())
    return min((day for day in days if day is not None), default=None)


def town_cards(atlas: Atlas, town: str, today: date) -> tuple[Card, ...]:
    """Give the cards of a town's deputies in the order of their seats. Raises NotFoundError for an unknown town."""
    if town not in set(atlas.layers.towns["code"]):
        raise NotFoundError("error.wallmap_town", town=town, known=" ".join(atlas.layers.towns["code"]))
    people: dict[str, list[Holder]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat):
        people.setdefault(holder.person_id, []).append(holder)
    return tuple(card_of(atlas, seats, today) for seats in people.values() if any(one.town == town for one in seats))


def address_of(unit: Session, came_to: str) -> str:
    """Give the address that codes lead to: the one that was declared, else the one this request came to."""
    return str(setting(unit, "instance.address")).rstrip("/") or came_to.rstrip("/")


def print_cards(
    unit: Session, atlas: Atlas, cards: Sequence[Card], lang: str, *, address: str, today: date, fonts: Sequence[Path]
) -> bytes:
    """Print cards on A4, eight to a sheet, as PDF. Raises BadRequestError where there is none to print."""
    if not cards:
        raise BadRequestError("error.no_cards")
    place = str(setting(unit, "instance.name"))
    facts = {
        "place": place,
        "scan": say("card.paper.scan", lang),
        "note": say("card.paper.note", lang),
        "footer": footer(atlas, lang, today),
        "title": say("card.paper.title", lang, place=place),
        "cards": [
            {
                "name": card.name,
                "seats": [
                    {"level": say(f"level.{seat.level}", lang), "district": seat.district} for seat in card.seats[:2]
                ],
                "station": card.stations[0].name if card.stations else "",
                "hours": card.stations[0].hours if card.stations else "",
                "qr": on_paper(f"{address}/q/{card.person}"),
            }
            for card in cards
        ],
    }
    return set_paper("cards", facts, "pdf", lang, fonts)


def print_grid(
    unit: Session, atlas: Atlas, found: Located, lang: str, *, paper: str, form: str, address: str, today: date,
    fonts: Sequence[Path],
) -> bytes:  # fmt: skip
    """Print who answers for a grid: `paper` is door (A4 for its door) or card (a picture to forward)."""
    place = str(setting(unit, "instance.name"))
    town = found.town.name if found.town else ""
    facts = {
        "place": " · ".join(dict.fromkeys(filter(None, (place, town, found.village.name if found.village else "")))),
        "grid": found.grid.name,
        "head": say("card.paper.head", lang),
        "nobody": say("page.card.nobody", lang),
        "deputies": [line_of(atlas, linked, lang) for linked in leads_first(found)[:MOST_ON_DOOR]],
        "qr": on_paper(f"{address}/matters/new?grid={found.grid.code}"),
        "scan": say("card.paper.scan_grid", lang),
        "lines": grid_lines(found, lang),
        "note": say("card.paper.note", lang),
        "synthetic": say("synthetic.ribbon", lang) if atlas.synthetic else "",
        "footer": footer(atlas, lang, today),
        "title": f"{found.grid.name} · {say('card.paper.head', lang)}",
    }
    return set_paper(paper, facts, form, lang, fonts)


def leads_first(found: Located) -> list[LinkedDeputy]:
    """Give a grid's deputies, its leads first, in the order of first contact."""
    return sorted((*found.responsible, *found.others), key=lambda linked: not linked.lead)


def line_of(atlas: Atlas, linked: LinkedDeputy, lang: str) -> dict[str, str]:
    """Write one linked deputy for paper."""
    return {
        "name": linked.deputy.name,
        "level": say(f"level.{linked.level}", lang),
        "district": district_name(atlas, atlas.holders[linked.seat]),
    }


def grid_lines(found: Located, lang: str) -> list[dict[str, str]]:
    """Write where to go, when, and who works in the grid."""
    comma = "、" if lang == "zh" else ", "
    station = found.station
    lines = [
        ("page.card.station", comma.join(filter(None, (station.name, station.address))) if station else ""),
        ("card.paper.hours", station.hours if station else ""),
        ("page.card.worker", comma.join(name for name, _ in found.gridworkers)),
    ]
    return [{"label": say(key, lang), "text": text} for key, text in lines if text]


def footer(atlas: Atlas, lang: str, today: date) -> str:
    """Say what a paper was printed from, and when."""
    synthetic = (say("synthetic.ribbon", lang),) if atlas.synthetic else ()
    day = f"{today.year}年{today.month}月{today.day}日" if lang == "zh" else today.isoformat()
    return " · ".join((*synthetic, say("page.source.generation", lang, generation=atlas.generation), day))


def set_paper(paper: str, facts: dict[str, Any], form: str, lang: str, folders: Sequence[Path]) -> bytes:
    """Set a paper in a font that has every letter of it. Raises ConflictError where there is none, BadRequestError."""
    if form not in FORMS:
        raise BadRequestError("error.export_format", format=form, known=" ".join(FORMS))
    try:
        fonts = chosen(find_fonts(folders), letters_of(facts))
    except PressError as wrong:
        raise ConflictError(f"error.press.{wrong.kind}", letters="、".join(wrong.letters)) from wrong
    return typeset(paper, {**facts, "lang": lang}, form, fonts)
