"""The locate page: tap the map or search, and see who answers there."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.door import ACaller, AnAtlas, AReading
from api.pages.coverage import deputy_index
from api.pages.drawing import coverage_sheet
from api.pages.shell import page

router = APIRouter()


@router.get("/locate")
def locate_page(request: Request, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show the plain map with the search box; the answer comes from /api/v1/locate."""
    who.must("locate.look")
    sheet = coverage_sheet(unit, atlas, who.lang, mode=None)
    return page(
        request, "locate.html", who=who, name="locate", atlas=atlas, figure=sheet.map,
        deputies=deputy_index(atlas, who.lang),
    )  # fmt: skip
