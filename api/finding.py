"""Finding, dressed: a place that was found as data and as a line, with its kind and its deputy in words."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from data.messages import say
from services.finding import Place


def found_item(place: Place, lang: str) -> dict[str, Any]:
    """Give a place with its kind in words, its spot, who is the first contact there, and the page that shows it."""
    entry, linked = place.hit.entry, place.deputy
    return {
        "kind": entry.kind,
        "kind_text": say(f"page.kind.{entry.kind}", lang),
        "code": entry.code,
        "name": entry.name,
        "note": note_text(place, lang),
        "lon": entry.lon,
        "lat": entry.lat,
        "exact": place.hit.way >= 2,
        "grid": None if place.grid is None else {"code": place.grid.code, "name": place.grid.name},
        "deputy": None
        if linked is None
        else {"id": linked.deputy.code, "name": linked.deputy.name, "level": say(f"level.{linked.level}", lang)},
        "href": place_href(place),
    }


def note_text(place: Place, lang: str) -> str:
    """Say where a place lies, or of a deputy at which levels and in which towns."""
    entry = place.hit.entry
    levels = ("、" if lang == "zh" else ", ").join(say(f"level.{level}", lang) for level in entry.levels)
    return f"{levels} {entry.note}".strip()


def place_href(place: Place) -> str:
    """Give the page of a deputy, or the locate page at the place's spot; empty where nobody knows the spot."""
    entry = place.hit.entry
    if entry.kind == "deputy":
        return f"/deputies/{entry.code}"
    if entry.lon is None or entry.lat is None:
        return ""
    return "/locate?" + urlencode({"lon": entry.lon, "lat": entry.lat})


def found_row(lang: str) -> Callable[[Place], tuple[str, ...]]:
    """Give what writes a place as the cells of a printed table: kind, name, where, lon, lat, deputy."""

    def row(place: Place) -> tuple[str, ...]:
        item = found_item(place, lang)
        deputy = "" if item["deputy"] is None else f"{item['deputy']['level']} · {item['deputy']['name']}"
        spot = ["" if item[name] is None else f"{item[name]:.6f}" for name in ("lon", "lat")]
        return (item["kind_text"], item["name"], item["note"], *spot, deputy)

    return row
