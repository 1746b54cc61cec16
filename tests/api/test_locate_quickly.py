"""The short way of locate: what it answers is what the ordinary way answers, to the byte, and it answers no more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.door import House
from api.quick_locate import QuickLocate
from api.settings import Settings
from data.store import Store
from data.tables import AtlasVersion, Person
from gridmap.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02
from services.act import Act
from services.atlas import Atlas, Atlases
from services.finding import Gazetteers
from services.locating import locate
from services.spotting import is_shared

if TYPE_CHECKING:
    from tests.api.conftest import Spot
    from tests.conftest import Served

PATH = "/api/v1/locate"
ENOUGH = 520  # questions after which a layer of cells draws its raster; only then is the short way open
CHANGING = frozenset({"date", "content-security-policy"})

Query = dict[str, str]


@pytest.fixture(scope="module")
def quick(heshan: "Served", inside: "Spot") -> httpx.Client:
    """Give a resident whose questions go the short way."""
    client = heshan.client()
    for _ in range(ENOUGH):
        client.get(PATH, params={"lon": inside.lon, "lat": inside.lat, "datum": "wgs84"})
    return client


@pytest.fixture(scope="module")
def ordinary(heshan: "Served") -> httpx.Client:
    """Give somebody with a log-in of their own: their questions go the ordinary way."""
    return heshan.client("congress")


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in CHANGING}


def same(quick: httpx.Client, ordinary: httpx.Client, query: Any) -> httpx.Response:
    """Ask both ways; give the answer where they agree in status, headers and body."""
    quick.cookies.clear()
    ordinary.cookies.clear()
    short, long = quick.get(PATH, params=query), ordinary.get(PATH, params=query)
    assert short.status_code == long.status_code, (query, short.text, long.text)
    assert short.content == long.content, query
    assert headers_of(short) == headers_of(long), query
    assert short.headers["content-security-policy"] != long.headers["content-security-policy"]  # each its own nonce
    return short


def asked(lon: float, lat: float, datum: str = "wgs84", **more: str) -> Query:
    return {"lon": repr(float(lon)), "lat": repr(float(lat)), "datum": datum, **more}


def scattered(atlas: Atlas, count: int, seed: int) -> np.ndarray[Any, Any]:
    west, south, east, north = atlas.layers.grids.total_bounds
    return np.round(np.random.default_rng(seed).uniform((west, south), (east, north), (count, 2)), 6)


@pytest.mark.parametrize("lang", ["", "zh", "en", "fr"])
def test_points_in_and_around_the_county_get_the_same_bytes_both_ways(
    quick: httpx.Client, ordinary: httpx.Client, atlas: Atlas, lang: str
) -> None:
    more = {"lang": lang} if lang else {}
    answers = [same(quick, ordinary, asked(lon, lat, **more)) for lon, lat in scattered(atlas, 60, len(lang))]
    assert {answer.status_code for answer in answers} >= {200}
    assert len({answer.content for answer in answers if answer.status_code == 200}) > 20


def test_corners_borders_and_their_surroundings_get_the_same_bytes_both_ways(
    quick: httpx.Client, ordinary: httpx.Client, atlas: Atlas
) -> None:
    on_border = near = 0
    for frame in (atlas.layers.grids, *atlas.layers.districts.values()):
        for shape in frame.geometry.iloc[:: max(1, len(frame) // 25)]:
            ring = shape.geoms[0].exterior if shape.geom_type == "MultiPolygon" else shape.exterior
            (ax, ay), (bx, by) = ring.coords[0][:2], ring.coords[1][:2]
            middle = ((ax + bx) / 2, (ay + by) / 2)
            for lon, lat in ((ax, ay), middle, (middle[0] + 1e-9, middle[1]), (middle[0], middle[1] + 1e-4)):
                answer = same(quick, ordinary, asked(lon, lat))
                if answer.status_code == 200:
                    on_border += answer.json()["on_border"]
                    near += bool(answer.json()["near"])
    assert on_border > 20
    assert near > 60


@pytest.mark.parametrize("datum", ["cgcs2000", "gcj02", "bd09", "EPSG:4326", "WGS84", "EPSG:4547"])
def test_other_datums_get_the_same_bytes_both_ways(
    quick: httpx.Client, ordinary: httpx.Client, atlas: Atlas, datum: str
) -> None:
    lonlat = scattered(atlas, 12, 5)
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    if datum in ("gcj02", "bd09"):
        lon, lat = wgs84_to_gcj02(lon, lat)
    if datum == "bd09":
        lon, lat = gcj02_to_bd09(lon, lat)
    for x, y in zip(lon, lat, strict=True):
        same(quick, ordinary, asked(x, y, datum))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"lon": "112.9", "lat": "22.7"},
        {"lon": "112.9", "datum": "wgs84"},
        {"lon": "nan", "lat": "22.7", "datum": "wgs84"},
        {"lon": "-inf", "lat": "22.7", "datum": "wgs84"},
        {"lon": "east", "lat": "22.7", "datum": "wgs84"},
        {"lon": "", "lat": "22.7", "datum": "wgs84"},
        {"lon": "1.129e2", "lat": "+22.7", "datum": "wgs84"},
        {"lon": "１１２.9", "lat": "22.7", "datum": "wgs84"},
        {"lon": " 112.9 ", "lat": "22.7", "datum": "wgs84"},
        {"lon": "112.9", "lat": "22.7", "datum": "nad27"},
        {"lon": "112.9", "lat": "22.7", "datum": ""},
        {"lon": "22.7", "lat": "112.9", "datum": "wgs84"},
        {"lon": "116.4", "lat": "39.9", "datum": "wgs84"},
        {"lon": "-67.1", "lat": "-22.7", "datum": "wgs84"},
        {"lon": "112.9", "lat": "22.7", "datum": "wgs84", "on": "2021-13-01"},
        {"lon": "112.9", "lat": "22.7", "datum": "wgs84", "on": "1990-01-01"},
        {"lon": "112.9", "lat": "22.7", "datum": "wgs84", "on": ""},
        {"lon": "112.9", "lat": "22.7", "datum": "wgs84", "colour": "red"},
        {"lon": "112.9", "lat": "22.7", "datum": "wgs84", "lang": ""},
        [("lon", "116.4"), ("lon", "112.9"), ("lat", "22.7"), ("datum", "wgs84")],
        "lon=112.9&lat=22.7&datum=wgs84&&",
        "datum=%77gs84&lat=22.7&lon=112.9",
        "datum=wgs84&lat=22.7&lon=112.9&%6Can%67=en",
        "datum=wgs84&lat=22.7&lon=112.9&%6F%6E=1990-01-01",
        "lon&lat&datum",
    ],
)
def test_every_way_to_put_a_question_is_read_or_refused_alike(
    quick: httpx.Client, ordinary: httpx.Client, query: Any
) -> None:
    same(quick, ordinary, query)


def test_the_language_of_a_cookie_is_spoken_and_the_one_asked_for_is_kept(quick: httpx.Client, inside: "Spot") -> None:
    quick.cookies.clear()
    plain = quick.get(PATH, params=asked(inside.lon, inside.lat))
    english = quick.get(PATH, params=asked(inside.lon, inside.lat, lang="en"))
    assert english.headers["set-cookie"].startswith("sanlian_lang=en;")
    remembered = quick.get(PATH, params=asked(inside.lon, inside.lat))
    quick.cookies.clear()
    assert remembered.content == english.content != plain.content
    assert "set-cookie" not in remembered.headers


def test_what_is_there_already_is_not_sent_again(quick: httpx.Client, ordinary: httpx.Client, inside: "Spot") -> None:
    quick.cookies.clear()
    query = asked(inside.lon, inside.lat)
    tag = quick.get(PATH, params=query).headers["etag"]
    for known, status in ((tag, 304), (f'"other", W/{tag}', 304), ('"other"', 200)):
        short, long = (client.get(PATH, params=query, headers={"If-None-Match": known}) for client in (quick, ordinary))
        assert short.status_code == long.status_code == status
        assert (short.content, headers_of(short)) == (long.content, headers_of(long))


def test_a_token_that_nobody_has_is_refused_and_other_methods_are_too(quick: httpx.Client, inside: "Spot") -> None:
    query = asked(inside.lon, inside.lat)
    assert quick.get(PATH, params=query, headers={"Authorization": "Bearer nobody"}).status_code == 401
    assert quick.post(PATH, params=query).status_code == 405
    assert quick.head(PATH, params=query).status_code == 405


def test_an_answer_that_is_pressed_holds_the_same_bytes(quick: httpx.Client, inside: "Spot") -> None:
    quick.cookies.clear()
    query = asked(inside.lon, inside.lat)
    pressed, plain = (quick.get(PATH, params=query, headers={"Accept-Encoding": way}) for way in ("gzip", "identity"))
    assert pressed.headers["content-encoding"] == "gzip"
    assert pressed.content == plain.content


class Routes:
    """What stands behind the short way: it counts what is handed on to it."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        self.asked += 1


@pytest.fixture
def house(demo_home: Path) -> Iterator[House]:
    """Give a house of its own whose atlas of today was asked for and is drawn."""
    settings = Settings(home=demo_home)
    store = Store.open(settings.store_address)
    found = House(store=store, atlases=Atlases(store), gazetteers=Gazetteers(store), settings=settings)
    atlas = found.atlases.on(Act(actor="test", at=datetime.now(UTC)).today)
    for index in (atlas.grid_index, *atlas.district_index.values()):
        index.warm()
    yield found
    store.close()


def put(quick: QuickLocate, query: Query, *headers: tuple[bytes, bytes], path: str = PATH) -> bytes:
    """Put a question to the short way alone; give the body it answers with, empty when it hands the question on."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": urlencode(query).encode(),
             "headers": list(headers)}  # fmt: skip
    with pytest.raises(StopIteration):  # it never waits for anything
        quick(scope, receive, send).send(None)
    return b"".join(message.get("body", b"") for message in sent)


def test_only_a_plain_question_of_nobody_in_particular_goes_the_short_way(house: House, inside: "Spot") -> None:
    routes = Routes()
    quick = QuickLocate(routes, house)
    plain = asked(inside.lon, inside.lat)
    assert json.loads(put(quick, plain))["grid"]["code"] == inside.grid
    assert put(quick, plain) == put(quick, dict(reversed(plain.items())))
    assert routes.asked == 0
    for query, headers in (
        (plain, [(b"authorization", b"Bearer x")]),
        (plain, [(b"cookie", b"sanlian=x")]),
        (plain | {"on": "2026-01-01"}, []),
        (plain | {"datum": "EPSG:4547"}, []),
        (plain | {"lat": "1e1"}, []),
        (asked(116.4, 39.9), []),
    ):
        before = routes.asked
        assert put(quick, query, *headers) == b""
        assert routes.asked == before + 1
    assert put(quick, plain, path="/api/v1/search") == b""


def test_after_anybody_has_written_the_ordinary_way_looks_first(house: House, inside: "Spot") -> None:
    quick = QuickLocate(Routes(), house)
    plain = asked(inside.lon, inside.lat)
    before = json.loads(put(quick, plain))
    with house.store.unit() as unit:
        unit.get_one(Person, before["responsible"][0]["deputy"]["id"]).name = "示例·改名"
        unit.get_one(AtlasVersion, 1).version += 1
    assert put(quick, plain) == b""
    atlas = house.atlases.on(Act(actor="test", at=datetime.now(UTC)).today)
    assert put(quick, plain) == b""  # the new atlas has not drawn its layers yet
    for index in (atlas.grid_index, *atlas.district_index.values()):
        index.warm()
    after = json.loads(put(quick, plain))
    assert after["responsible"][0]["deputy"]["name"] == "示例·改名"
    assert after["versions"]["atlas"] == atlas.version != before["versions"]["atlas"]


def test_where_the_station_is_only_the_nearest_one_the_ordinary_way_measures(house: House, inside: "Spot") -> None:
    atlas = house.atlases.on(Act(actor="test", at=datetime.now(UTC)).today)
    answer = locate(atlas, inside.lon, inside.lat, Datum.parse("wgs84"))
    assert is_shared(atlas, answer)
    unlinked = tuple(replace(linked, station="") for linked in answer.responsible)
    assert not is_shared(atlas, replace(answer, responsible=unlinked))
    assert is_shared(atlas, replace(answer, responsible=unlinked, station=None))
    assert not is_shared(atlas, replace(answer, outside=True))
