"""Vector tiles over HTTP: who may have which layer, what GDAL reads from them, and when they are sent again."""

import math
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import pytest

if TYPE_CHECKING:
    from tests.conftest import Served

PUBLIC = ("towns", "villages", "county_districts", "town_districts", "stations")


def address(served: "Served", layer: str, zoom: int) -> str:
    """Give the address of the tile in the middle of a layer."""
    facts = served.client("congress").get(f"/tiles/{layer}.json").json()
    west, south, east, north = facts["bounds"]
    x, y = place((west + east) / 2, (south + north) / 2, zoom)
    return f"/tiles/{layer}/{zoom}/{x}/{y}.mvt"


def place(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    from_north = 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
    return int((lon / 360 + 0.5) * 2**zoom), int(from_north * 2**zoom)


def test_a_tile_of_grids_carries_what_the_map_colours_by(heshan: "Served") -> None:
    answer = heshan.client("congress").get(address(heshan, "grids", 12))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "gzip"
    (name, layer), *_ = mapbox_vector_tile.decode(answer.content).items()
    assert name == "grids"
    grid = layer["features"][0]["properties"]
    assert {"code", "name", "linked", "load", "acts", "deputies", "lead"} <= set(grid)


def test_loads_are_not_for_everybody(heshan: "Served") -> None:
    assert heshan.client().get(address(heshan, "grids", 12)).status_code == 401
    assert heshan.client().get("/tiles/grids.json").status_code == 401


@pytest.mark.parametrize("layer", PUBLIC)
def test_layers_without_loads_need_no_log_in(heshan: "Served", layer: str) -> None:
    facts = heshan.client().get(f"/tiles/{layer}.json").json()
    answer = heshan.client().get(address(heshan, layer, max(11, facts["minzoom"])))
    assert answer.status_code in (200, 204)
    if answer.content:
        fields = set(facts["vector_layers"][0]["fields"])
        for feature in mapbox_vector_tile.decode(answer.content)[layer]["features"]:
            assert set(feature["properties"]) <= fields
            assert not {"load", "acts"} & set(feature["properties"])


def test_the_tilejson_says_where_the_tiles_are(heshan: "Served") -> None:
    facts: dict[str, Any] = heshan.client().get("/tiles/towns.json").json()
    assert facts["tilejson"] == "3.0.0"
    assert facts["vector_layers"][0]["id"] == "towns"
    assert 0 <= facts["minzoom"] <= facts["maxzoom"]
    (template,) = facts["tiles"]
    zoom = facts["minzoom"]
    west, south, east, north = facts["bounds"]
    x, y = place((west + east) / 2, (south + north) / 2, zoom)
    link = template.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
    assert mapbox_vector_tile.decode(heshan.client().get(link).content)["towns"]["features"]


def test_an_unchanged_tile_is_not_sent_again(heshan: "Served") -> None:
    client, path = heshan.client("congress"), address(heshan, "grids", 12)
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address(heshan, "grids", 13))
    assert other.headers["etag"] != first.headers["etag"]


def test_where_nothing_lies_the_answer_is_empty(heshan: "Served") -> None:
    answer = heshan.client().get("/tiles/towns/12/0/0.mvt")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "path", ["/tiles/rivers/12/1/1.mvt", "/tiles/rivers.json", "/tiles/towns/3/8/0.mvt", "/tiles/towns/20/1/1.mvt"]
)
def test_what_is_no_layer_or_no_tile_is_not_found(heshan: "Served", path: str) -> None:
    answer = heshan.client().get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
