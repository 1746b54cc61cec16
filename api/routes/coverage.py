"""Coverage over HTTP: who is placed, which grids are linked, and what is not, by name."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import unchanged
from api.door import ACaller, AHouse, AnAtlas
from api.plainly import plain

router = APIRouter(prefix="/api/v1", tags=["coverage"])


@router.get("/coverage")
def get_coverage(request: Request, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Count people and seats placed and grids linked; name every grid and deputy that is not."""
    who.must("coverage.look")
    body: dict[str, Any] = plain(house.shelf.coverage(atlas))
    return unchanged(request, body, atlas.version)
