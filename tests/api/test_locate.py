"""Locate over HTTP: who answers for a point, by which rule, and what is refused."""

from typing import TYPE_CHECKING, Any

import pytest

from gridmap.datum import gcj02_to_bd09, wgs84_to_gcj02
from services.atlas import Atlas

if TYPE_CHECKING:
    from tests.api.conftest import Spot
    from tests.conftest import Served


def ask(heshan: "Served", **query: Any) -> Any:
    return heshan.client().get("/api/v1/locate", params=query)


def test_a_resident_without_a_log_in_is_told_who_answers_and_why(
    heshan: "Served", inside: "Spot", atlas: Atlas
) -> None:
    answer = ask(heshan, lon=inside.lon, lat=inside.lat, datum="wgs84")
    assert answer.status_code == 200
    body = answer.json()
    assert body["grid"]["code"] == inside.grid
    assert body["town"]["code"] == "440784103"
    assert [linked["level"] for linked in body["responsible"]][:2] == ["town", "county"]
    assert set(body["districts"]) == {"county", "town"}
    for linked in body["responsible"]:
        assert set(linked["deputy"]) == {"id", "name"}
        assert linked["reason"]
        holder = atlas.holders[linked["seat"]]
        assert linked["deputy"] == {"id": holder.person_id, "name": holder.name}
    assert body["reason"]
    assert body["gridworkers"]
    assert body["station"]["hours"]
    assert body["versions"]["atlas"] == atlas.version
    assert body["synthetic"] is True


def test_every_responsible_deputy_is_elected_by_the_district_of_the_point(
    heshan: "Served", atlas: Atlas, inside: "Spot"
) -> None:
    body = ask(heshan, lon=inside.lon, lat=inside.lat, datum="wgs84").json()
    for linked in body["responsible"]:
        if linked["basis"] == "district":
            assert linked["district"] == body["districts"][linked["layer"]]["code"]
            assert atlas.holders[linked["seat"]].district == linked["district"]


@pytest.mark.parametrize(
    ("datum", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", lambda lon, lat: gcj02_to_bd09(*wgs84_to_gcj02(lon, lat)))]
)
def test_the_same_place_in_another_datum_gets_the_same_answer(
    heshan: "Served", inside: "Spot", datum: str, shift: Any
) -> None:
    lon, lat = shift([inside.lon], [inside.lat])
    assert abs(lon[0] - inside.lon) > 0.003  # some hundred metres: it is not the same pair of numbers
    body = ask(heshan, lon=float(lon[0]), lat=float(lat[0]), datum=datum).json()
    assert body["grid"]["code"] == inside.grid
    assert body["point"]["lon"] == pytest.approx(inside.lon, abs=2e-7)
    assert body["point"]["lat"] == pytest.approx(inside.lat, abs=2e-7)
    assert body["point"]["datum"] == datum


def test_metres_of_a_projected_system_find_the_same_grid(heshan: "Served", inside: "Spot", atlas: Atlas) -> None:
    grids = atlas.layers.grids.to_crs("EPSG:4547")
    point = grids[grids["code"] == inside.grid].geometry.iloc[0].representative_point()
    assert ask(heshan, lon=point.x, lat=point.y, datum="EPSG:4547").json()["grid"]["code"] == inside.grid


def test_a_point_on_a_shared_corner_goes_to_the_lower_code_and_says_so(heshan: "Served", corner: "Spot") -> None:
    body = ask(heshan, lon=repr(corner.lon), lat=repr(corner.lat), datum="wgs84").json()
    assert body["on_border"] is True
    assert body["border_m"] == 0
    assert body["grid"]["code"] == corner.grid
    assert body["near"]
    assert all(grid["code"] > corner.grid for grid in body["near"] if grid["metres"] == 0)


def test_just_outside_the_county_the_nearest_grid_answers_with_its_distance(heshan: "Served", atlas: Atlas) -> None:
    lon, lat = min(atlas.layers.county.geometry.iloc[0].exterior.coords, key=lambda vertex: vertex[1])
    body = ask(heshan, lon=lon, lat=lat - 0.005, datum="wgs84").json()
    assert body["outside"] is True
    assert 400 < body["outside_m"] < 700
    assert body["on_border"] is False


def test_far_outside_nobody_is_named(heshan: "Served") -> None:
    answer = ask(heshan, lon=116.4, lat=39.9, datum="wgs84")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:sanlian:error.outside_reach"


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ({"lon": "112.9", "lat": "22.7", "datum": "nad27"}, 400, "error.datum"),
        ({"lon": "112.9", "lat": "22.7", "datum": "EPSG:4978"}, 400, "error.datum"),
        ({"lon": "112.9", "lat": "22.7", "datum": ""}, 400, "error.datum"),
        ({"lon": "22.7", "lat": "112.9", "datum": "wgs84"}, 400, "error.coordinate_out_of_range"),
        ({"lon": "1e300", "lat": "22.7", "datum": "EPSG:4547"}, 400, "error.coordinate_out_of_range"),
        ({"lon": "-67.1", "lat": "-22.7", "datum": "wgs84"}, 404, "error.outside_reach"),
        ({"lon": "112.9", "lat": "22.7"}, 422, "error.parameters"),
        ({"lon": "112.9", "datum": "wgs84"}, 422, "error.parameters"),
        ({"lon": "nan", "lat": "22.7", "datum": "wgs84"}, 422, "error.parameters"),
        ({"lon": "inf", "lat": "22.7", "datum": "wgs84"}, 422, "error.parameters"),
        ({"lon": "east", "lat": "22.7", "datum": "wgs84"}, 422, "error.parameters"),
    ],
)
def test_what_is_not_a_place_is_refused_as_a_problem(
    heshan: "Served", query: dict[str, str], status: int, kind: str
) -> None:
    answer = ask(heshan, **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:sanlian:{kind}"
    assert body["status"] == status
    assert body["title"] != body["title_en"]
    assert body["instance"] == "/api/v1/locate"


def test_a_missing_parameter_is_named(heshan: "Served") -> None:
    body = ask(heshan, lon="112.9", lat="22.7").json()
    assert [error["field"] for error in body["errors"]] == ["query.datum"]


def test_reasons_come_in_the_language_that_is_asked_for(heshan: "Served", inside: "Spot") -> None:
    zh = ask(heshan, lon=inside.lon, lat=inside.lat, datum="wgs84").json()
    en = ask(heshan, lon=inside.lon, lat=inside.lat, datum="wgs84", lang="en").json()
    assert "距边界" in zh["reason"]
    assert "border" in en["reason"]
    assert zh["grid"] == en["grid"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("古劳镇", "town"),
        ("坡山村委会", "village"),
        ("440784103", "grid"),
        ("中心联络站", "station"),
        ("黄辛酉", "deputy"),
    ],
)
def test_search_finds_by_code_and_by_name(heshan: "Served", text: str, kind: str) -> None:
    items = heshan.client().get("/api/v1/search", params={"q": text}).json()["items"]
    assert kind in {item["kind"] for item in items}
    assert all(text in item["name"] or text in item["code"] for item in items)


def test_search_gives_no_more_than_asked_and_nothing_for_nothing(heshan: "Served") -> None:
    client = heshan.client()
    assert len(client.get("/api/v1/search", params={"q": "示例", "limit": 3}).json()["items"]) == 3
    assert client.get("/api/v1/search", params={"q": "  "}).json()["items"] == []
    assert client.get("/api/v1/search", params={"q": "没有这个地方"}).json()["items"] == []
    assert client.get("/api/v1/search", params={"q": "x" * 81}).status_code == 422
    assert client.get("/api/v1/search", params={"q": "示例", "limit": 0}).status_code == 422


def test_the_place_that_search_gives_lies_in_the_grid_it_names(heshan: "Served", atlas: Atlas) -> None:
    code = str(atlas.layers.grids["code"].iloc[200])
    hit = heshan.client().get("/api/v1/search", params={"q": code}).json()["items"][0]
    assert ask(heshan, lon=hit["lon"], lat=hit["lat"], datum="wgs84").json()["grid"]["code"] == code


def test_a_house_number_leads_to_its_spot_and_to_the_deputy_linked_there(heshan: "Served") -> None:
    client = heshan.client()
    found = client.get("/api/v1/search", params={"q": "古劳镇双桥村二组１２號"}).json()
    first = found["items"][0]
    assert (first["kind"], first["kind_text"], first["name"]) == ("house", "门牌", "古劳镇双桥村第二村民小组12号")
    there = ask(heshan, lon=first["lon"], lat=first["lat"], datum="wgs84").json()
    assert first["grid"] == there["grid"]
    assert first["deputy"]["id"] == there["responsible"][0]["deputy"]["id"]
    assert set(first) == {
        "kind", "kind_text", "code", "name", "note", "lon", "lat", "exact", "grid", "deputy", "href",
    }  # fmt: skip


def test_pages_of_a_search_follow_each_other(heshan: "Served") -> None:
    client = heshan.client()
    page = client.get("/api/v1/search", params={"q": "第二村民小组", "limit": 5}).json()
    after = client.get("/api/v1/search", params={"q": "第二村民小组", "limit": 5, "after": page["next"]}).json()
    whole = client.get("/api/v1/search", params={"q": "第二村民小组", "limit": 10}).json()
    assert page["items"] + after["items"] == whole["items"]
    assert page["total"] >= 10


def test_the_search_works_without_scripts(heshan: "Served") -> None:
    client = heshan.client()
    page = client.get("/locate", params={"q": "沙坪坡山村12号"}).text
    assert "沙坪街道坡山村第一村民小组12号" in page
    assert "联系代表" in page
    assert "没有找到" in client.get("/locate", params={"q": "没有这个地方"}).text
    assert client.get("/locate", params={"q": "x" * 81}, headers={"Accept": "text/html"}).status_code == 422


def test_a_grid_names_its_neighbours_with_the_border_they_share_and_how_households_are_known(heshan: "Served") -> None:
    client = heshan.client()
    grid = client.get("/api/v1/grids/440784103201001").json()
    lengths = [one["shared_m"] for one in grid["neighbours"]]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] > 0
    other = client.get(f"/api/v1/grids/{grid['neighbours'][0]['code']}").json()
    back = {one["code"]: one["shared_m"] for one in other["neighbours"]}
    assert back[grid["code"]] == pytest.approx(lengths[0], abs=0.2)
    assert {piece["weight"] for piece in grid["pieces"]} == {"addresses"}
