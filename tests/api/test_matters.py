"""Matters over HTTP: a stranger's script takes one the whole way, and every door says why it is closed."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.visits import SPAN, Visits

if TYPE_CHECKING:
    from tests.conftest import Served

ASK = "/api/v1/matters"
SPOT = {"lon": 112.9644, "lat": 22.7653, "datum": "wgs84"}


def send(client: httpx.Client, key: str, **body: Any) -> httpx.Response:
    return client.post(ASK, json={"text": "路灯不亮（测试）", **body}, headers={"Idempotency-Key": key})


def go(client: httpx.Client, code: str, move: str, **body: Any) -> Any:
    answer = client.post(f"{ASK}/{code}/moves", json={"move": move, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def card(spare: "Served") -> str:
    """Give the id of the deputy who has a log-in: by their card a matter comes to the demo's own people."""
    found = spare.client("station").get(ASK, params={"show": "all", "channel": "card"}).json()["matters"]
    return str(found[0]["deputy"]["code"])


def test_a_strangers_script_takes_a_matter_from_the_card_to_the_sealed_archive(spare: "Served", card: str) -> None:
    resident, station, town = spare.client(), spare.client("station"), spare.client("town")
    department, deputy = spare.client("department"), spare.client("deputy")
    got = send(resident, "story-0001", deputy=card, channel="card").json()
    again = send(resident, "story-0001", deputy=card, channel="card").json()
    assert again == got
    assert got["follow"] == "/m/" + got["ticket"].replace("-", "")
    code, ticket = got["code"], got["ticket"]
    whole = station.get(f"{ASK}/{code}").json() if station.get(f"{ASK}/{code}").status_code == 200 else {}
    desk = station if whole else town
    first = whole or town.get(f"{ASK}/{code}").json()
    assert first["clocks"][0]["hours_left"] == pytest.approx(24, abs=0.2)
    go(deputy, code, "forward", expected=first["events"])
    go(town, code, "assign", facts={"unit": "市城市管理局"})
    assert code in {one["code"] for one in department.get(ASK).json()["matters"]}
    go(department, code, "reply", facts={"reply": "已修好"})
    go(desk if desk is town else station, code, "pass")
    go(deputy, code, "answer", facts={"reply": "路灯已修好", "reply_kind": "appointed"})
    told = resident.get(f"{ASK}/{ticket}").json()
    assert (told["state"], told["history"][-2]["facts"]["reply"]) == ("answered", "路灯已修好")
    assert [one["move"] for one in told["next"]] == ["rate", "again"]
    assert go(resident, ticket, "rate", facts={"rating": "satisfied"})["rating"] == "satisfied"
    assert resident.post(f"{ASK}/{code}/moves", json={"move": "close"}).status_code == 401


def test_what_a_ticket_shows_names_no_clerk_and_no_reason_of_the_office(spare: "Served", card: str) -> None:
    got = send(spare.client(), "quiet-0001", deputy=card, channel="card").json()
    go(spare.client("town"), got["code"], "to_city", facts={"reason": "内部理由不外传"})
    told = spare.client().get(f"{ASK}/{got['ticket']}").text
    assert "内部理由" not in told
    assert "zhenjie" not in told


def test_without_a_place_it_is_taken_and_asks_for_one(spare: "Served") -> None:
    got = send(spare.client(), "nowhere-01")
    assert (got.status_code, got.json()["state"]) == (201, "asking_place")
    ticket = got.json()["ticket"]
    there = go(spare.client(), ticket, "give_place", **SPOT)
    assert (there["state"], bool(there["deputy"])) == ("received", True)


def test_the_second_of_two_clerks_is_told_who_was_faster(spare: "Served", card: str) -> None:
    got = send(spare.client(), "clerks-001", deputy=card, channel="card").json()
    go(spare.client("town"), got["code"], "classify", facts={"class": "policy"}, expected=1)
    late = spare.client("town").post(f"{ASK}/{got['code']}/moves",
                                     json={"move": "classify", "facts": {"class": "other"}, "expected": 1})  # fmt: skip
    assert late.status_code == 409
    assert late.json()["title"].startswith("zhenjie（镇街人大工作人员）刚才已经在")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422), ({"text": "长" * 2001}, 422), ({"lon": 113.0}, 400), ({"lon": 113, "lat": 22}, 400),
        ({**SPOT, "datum": "moon"}, 400), ({"grid": "不存在"}, 404), ({"deputy": "nobody"}, 404),
        ({"channel": "fax"}, 422), ({"phone": "13812345678"}, 422), ({"kind": "weather"}, 400),
        ({**SPOT, "lat": 99.0}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_words(spare: "Served", body: dict[str, Any], status: int) -> None:
    answer = send(spare.client("congress"), f"wrong-{abs(hash(str(body)))}", **body)
    assert answer.status_code == status, answer.text
    assert answer.json()["title"]


def test_an_answer_says_when_a_telephone_number_was_left_out(spare: "Served") -> None:
    got = send(spare.client(), "numbers-01", text="漏水，请打13812345678", **SPOT).json()
    assert got["numbers_left_out"]
    assert "13812345678" not in spare.client("congress").get(f"{ASK}/{got['code']}").text


def test_the_list_comes_in_pages_and_each_role_sees_its_own(spare: "Served") -> None:
    congress = spare.client("congress")
    seen: list[str] = []
    after = ""
    while True:
        page = congress.get(ASK, params={"show": "open", "limit": 7, "after": after}).json()
        seen += [one["code"] for one in page["matters"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == page["total"]
    mine = spare.client("department").get(ASK, params={"show": "all"}).json()["matters"]
    assert {one["unit"] for one in mine} == {"市城市管理局"}
    assert congress.get(ASK, params={"after": "x"}).status_code == 400
    assert congress.get(ASK, params={"show": "x"}).status_code == 422


def test_a_matter_of_another_desk_stays_closed_and_a_wrong_ticket_finds_nothing(spare: "Served") -> None:
    strange = next(one["code"] for one in spare.client("congress").get(ASK, params={"show": "all"}).json()["matters"]
                   if one["unit"] != "市城市管理局")  # fmt: skip
    assert spare.client("department").get(f"{ASK}/{strange}").status_code == 403
    assert spare.client().get(f"{ASK}/{strange}").status_code == 401
    assert spare.client().get(f"{ASK}/AAAAAAAAAA").status_code == 404
    assert spare.client("congress").get(f"{ASK}/2026-999999").status_code == 404


def test_merging_routing_and_following_go_through_the_same_door(spare: "Served") -> None:
    congress = spare.client("congress")
    one, two = (send(spare.client(), f"twin-000{number}", **SPOT).json()["code"] for number in (1, 2))
    whole = congress.get(f"{ASK}/{two}").json()
    assert one in {like["code"] for like in whole["likely_same"]}
    assert go(congress, two, "merge", into=one, reason="同一件事")["merged_into"] == one
    assert go(congress, two, "unmerge", reason="不是同一件")["merged_into"] == ""
    assert go(congress, one, "follow")["followers"] == 2
    sent = go(congress, one, "route", station="LZ-001-01", reason="就近")
    assert sent["station"]["code"] == "LZ-001-01"


def test_measures_are_given_for_a_period_and_by_place_with_their_numbers(spare: "Served") -> None:
    client = spare.client("auditor")
    year = str(dt.datetime.now(dt.UTC).year)
    everywhere = client.get(f"{ASK}/measures", params={"period": year}).json()["measures"][0]
    towns = client.get(f"{ASK}/measures", params={"period": year, "of": "town"}).json()["measures"]
    assert everywhere["opinions"] == sum(row["opinions"] for row in towns) >= 20
    assert set(everywhere["within_3"]) == {"number", "of", "share"}
    assert client.get(f"{ASK}/measures", params={"period": "never"}).status_code == 400
    assert client.get(f"{ASK}/measures", params={"period": year, "of": "moon"}).status_code == 400


def test_a_cookie_alone_moves_nothing(spare: "Served") -> None:
    town = spare.logged_in("town")
    code = town.get(ASK, params={"show": "open"}).json()["matters"][0]["code"]
    assert town.post(f"{ASK}/{code}/moves", json={"move": "dun"}).status_code == 403


def test_one_address_hands_in_so_many_within_ten_minutes_and_then_waits() -> None:
    now, visits = dt.datetime(2026, 3, 2, tzinfo=dt.UTC), Visits()
    assert [visits.passes("10.0.0.1", now, 3) for _ in range(4)] == [True, True, True, False]
    assert visits.passes("10.0.0.2", now, 3)
    assert visits.passes("10.0.0.1", now + SPAN, 3)
    assert all(visits.passes("10.0.0.3", now, 0) for _ in range(50))


def test_too_many_from_one_address_are_told_so_and_staff_are_not_counted(spare: "Served", serve: Any) -> None:
    with serve(spare.home, SANLIAN_MATTERS_PER_ADDRESS="2") as strict:
        answers = [send(strict.client(), f"often-000{number}", **SPOT).status_code for number in range(3)]
        assert answers == [201, 201, 429]
        assert send(strict.client("station"), "often-0009", **SPOT).status_code == 201
