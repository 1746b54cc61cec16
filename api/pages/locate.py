"""The locate page: tap the map or search, and see who answers there."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.finding import found_item
from api.pages.coverage import deputy_index
from api.pages.drawing import coverage_sheet
from api.pages.shell import page
from services.atlas import Atlas
from services.finding import find

router = APIRouter()
SHOWN = 12  # places on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page of places as the template writes it; `next_href` is empty on the last."""

    places: tuple[dict[str, Any], ...]
    total: int
    next_href: str


@router.get("/locate")
def locate_page(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading,
    q: Annotated[str, Query(max_length=80, description="an address, a place or a deputy")] = "",
    after: Annotated[int, Query(ge=0, le=1000)] = 0,
    on: Annotated[date | None, Query(description="the day that is asked about; today when left out")] = None,
) -> Response:  # fmt: skip
    """Show the plain map with the search box, and what `q` means; the answer comes from /api/v1/locate."""
    who.must("locate.look")
    if on is not None:
        atlas = house.atlases.on(on)
    sheet = coverage_sheet(unit, atlas, who.lang, mode=None)
    return page(
        request, "locate.html", who=who, name="locate", atlas=atlas, figure=sheet.map,
        deputies=deputy_index(atlas, who.lang), question=q.strip(), on=on, today=who.act.today,
        found=found_page(house, atlas, who, q.strip(), after) if q.strip() else None,
    )  # fmt: skip


def found_page(house: House, atlas: Atlas, who: Caller, question: str, after: int) -> FoundPage:
    """Find what a question means, from place `after` on."""
    found = find(atlas, house.gazetteers.of(atlas), question, first=after, most=SHOWN)
    following = "" if found.following is None else "/locate?" + urlencode({"q": question, "after": found.following})
    return FoundPage(
        places=tuple(found_item(place, who.lang) for place in found.places), total=found.total, next_href=following
    )
