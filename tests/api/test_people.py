"""Grids, districts, deputies and stations by code or id, the coverage's numbers, and what a caller may keep."""

from typing import TYPE_CHECKING

import pytest

from services.atlas import Atlas

if TYPE_CHECKING:
    from tests.api.conftest import Spot
    from tests.conftest import Served


def test_a_grid_names_its_place_its_pieces_and_its_deputies(heshan: "Served", inside: "Spot", atlas: Atlas) -> None:
    body = heshan.client().get(f"/api/v1/grids/{inside.grid}").json()
    assert body["code"] == inside.grid
    assert body["town"] == {"code": "440784103", "name": "古劳镇"}
    assert {piece["layer"] for piece in body["pieces"]} == {"county", "town"}
    assert body["households"] > 0
    assert all(piece["answers_through"] for piece in body["pieces"])
    assert {link["deputy"]["seat"] for link in body["links"]} == {link.seat for link in atlas.by_grid[inside.grid]}
    assert all(link["reason"] for link in body["links"])
    assert set(body["lead"]) == {"county", "town"}
    assert body["gridworkers"][0]["role"] == "chief"


def test_every_deputy_of_a_district_is_named_with_its_pieces(heshan: "Served", atlas: Atlas) -> None:
    district = atlas.layers.districts["town"].iloc[7]
    body = heshan.client().get(f"/api/v1/districts/{district['code']}").json()
    assert body["layer"] == "town"
    assert body["seats"] == len(body["deputies"]) == int(district["seats"])
    assert body["pieces"]


def test_a_work_unit_district_is_found_and_has_no_pieces(heshan: "Served", atlas: Atlas) -> None:
    unit = atlas.layers.work_units["county"].iloc[0]
    body = heshan.client().get(f"/api/v1/districts/{unit['code']}").json()
    assert body["basis"] == "work_unit"
    assert body["pieces"] == []
    assert body["deputies"]


def test_a_deputy_s_card_is_the_same_by_id_and_by_roster_number(heshan: "Served", atlas: Atlas) -> None:
    holder = atlas.holders["T-103-001"]
    client = heshan.client()
    body = client.get(f"/api/v1/deputies/{holder.person_id}").json()
    assert body["id"] == holder.person_id
    assert body["name"] == holder.name
    assert body == client.get(f"/api/v1/deputies/{holder.person_code}").json()
    assert all(seat["links"] for seat in body["seats"])


def test_a_deputy_with_two_seats_has_them_on_one_card(heshan: "Served", atlas: Atlas) -> None:
    held: dict[str, list[str]] = {}
    for holder in atlas.holders.values():
        held.setdefault(holder.person_id, []).append(holder.seat)
    person = next(person for person, seats in held.items() if len(seats) == 2)
    body = heshan.client().get(f"/api/v1/deputies/{person}").json()
    assert [seat["code"] for seat in body["seats"]] == sorted(held[person])
    assert len({seat["level"] for seat in body["seats"]}) == 2


def test_a_station_says_where_when_and_who_receives(heshan: "Served", atlas: Atlas) -> None:
    code = str(atlas.stations["code"].iloc[0])
    body = heshan.client().get(f"/api/v1/stations/{code}").json()
    assert body["hours"]
    assert body["deputies"]
    assert 112 < body["lon"] < 114


@pytest.mark.parametrize("kind", ["grids", "districts", "deputies", "stations"])
@pytest.mark.parametrize("code", ["440784999", "没有", "..", "%2e%2e%2fsanlian.db", "' OR 1=1 --"])
def test_a_code_that_is_not_there_is_a_404_that_names_it(heshan: "Served", kind: str, code: str) -> None:
    answer = heshan.client().get(f"/api/v1/{kind}/{code}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_coverage_counts_every_deputy_and_grid_and_names_what_is_missing(heshan: "Served") -> None:
    body = heshan.client("congress").get("/api/v1/coverage").json()
    assert (body["people_placed"], body["people"]) == (806, 806)
    assert (body["seats_placed"], body["seats"]) == (832, 832)
    assert body["dual"] == 832 - 806
    assert sum(body["by_level"].values()) == 832
    assert (body["grids_linked"], body["grids"]) == (401, 401)
    assert body["uncovered"] == []
    assert body["unplaced"] == []
    for layer in body["layers"]:
        assert layer["households_linked"] == layer["households"]
        assert layer["largest_load"] >= layer["mean_load"]


PATHS = (
    "/api/v1/coverage",
    "/api/v1/locate?lon=112.96&lat=22.77&datum=wgs84",
    "/api/v1/rankings?level=town",
    "/api/v1/grids/440784001207001",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_has_not_changed_is_not_sent_again(heshan: "Served", path: str) -> None:
    client = heshan.client("congress")
    first = client.get(path)
    assert first.status_code == 200
    etag = first.headers["etag"]
    assert etag.startswith('"')
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = client.get(path, headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_answer_in_another_language_has_another_tag(heshan: "Served", inside: "Spot") -> None:
    client = heshan.client()
    path = f"/api/v1/grids/{inside.grid}"
    assert client.get(path).headers["etag"] != client.get(path, params={"lang": "en"}).headers["etag"]


def test_what_may_not_be_seen_is_not_confirmed_by_its_tag(heshan: "Served") -> None:
    etag = heshan.client("congress").get("/api/v1/coverage").headers["etag"]
    assert heshan.client().get("/api/v1/coverage", headers={"If-None-Match": etag}).status_code == 401
