"""Vector tiles over HTTP: one layer, one tile; and the TileJSON that says what a layer's tiles hold."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.caching import known_tags, unchanged
from api.door import ACaller, AHouse, AnAtlas, AReading, Caller
from data.messages import say
from gridmap.tiles import Tile
from services.publishing import review_number
from services.tiling import tile_layer

router = APIRouter(prefix="/tiles", tags=["tiles"])
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
A_LAYER = Annotated[str, Path(description="towns villages grids county_districts town_districts stations")]


@router.get(
    "/{layer}/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "the tile, gzipped"},
               204: {"description": "nothing lies there"}, 304: {"description": "unchanged"}},
)  # fmt: skip
def get_tile(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading,
    layer: A_LAYER, z: int, x: int, y: int,
) -> Response:  # fmt: skip
    """Cut one Mapbox vector tile; 204 where nothing lies. Layers with loads need a log-in."""
    must_see(who, layer)
    found = house.shelf.tile(unit, atlas, layer, Tile(z, x, y))
    etag = f'"{found.etag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if etag in known_tags(request):
        return Response(status_code=304, headers=headers)
    if not found.content:
        return Response(status_code=204, headers=headers)
    return Response(found.content, media_type=MEDIA_TYPE, headers=headers | {"Content-Encoding": "gzip"})


@router.get("/{layer}.json")
def get_tilejson(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading, layer: A_LAYER
) -> Response:
    """Say in TileJSON 3.0 what a layer's tiles hold, at which zooms and where."""
    must_see(who, layer)
    facts = house.shelf.facts(unit, atlas, layer)
    number = review_number(unit)
    credit = "map.credit.synthetic" if atlas.synthetic else "map.credit"
    review = " · " + say("page.map_review", who.lang, number=number) if number else ""
    body = {
        "tilejson": "3.0.0",
        "name": say(f"page.layer.{layer}", who.lang),
        "attribution": say(credit, who.lang, generation=atlas.generation) + review,
        "scheme": "xyz",
        "tiles": [f"{str(request.base_url).rstrip('/')}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": facts.least_zoom,
        "maxzoom": facts.most_zoom,
        "vector_layers": [
            {"id": layer, "fields": facts.fields, "minzoom": facts.least_zoom, "maxzoom": facts.most_zoom}
        ],
    }
    if facts.bounds is not None:
        west, south, east, north = facts.bounds
        body |= {"bounds": list(facts.bounds), "center": [(west + east) / 2, (south + north) / 2, facts.least_zoom]}
    return unchanged(request, body, facts.etag, who.lang)


def must_see(who: Caller, layer: str) -> None:
    """Refuse a layer that this caller may not see; an unknown layer is not found. Raises Refusal, NotFoundError."""
    who.must(tile_layer(layer).act)
