"""The pages of plans and seats: what they show, to whom, and that their forms need the right token and do one thing."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from data.store import Store
from services.act import Act
from services.instance import the_term
from services.placing import propose_plan
from services.seats import end_seat, list_seats

if TYPE_CHECKING:
    from tests.conftest import Serve, Served

PAGE = {"Accept": "text/html"}
ACT = Act(actor="test", at=datetime.now(UTC))
TODAY = ACT.today
WHY = "第九号决定（不公开）"


def csrf_of(client: httpx.Client, path: str = "/congress/plans") -> str:
    return client.get(path, headers=PAGE).text.partition('name="csrf" value="')[2].partition('"')[0]


def leave(home: Path) -> tuple[str, str, str]:
    """End the seat of a town deputy who has colleagues, propose the repaired plan; give seat, district, person."""
    store = Store.open(home / "sanlian.db")
    with store.unit() as unit:
        sitting = [seat for seat in list_seats(unit, the_term(unit), TODAY) if seat.level == "town"]
        first = next(one for one, other in pairwise(sitting) if one.district == other.district)
        end_seat(unit, ACT, seat=first.seat, kind="resigned", on=TODAY, decision=WHY)
        propose_plan(unit, ACT, repair=True)
    store.close()
    return first.seat, first.district, first.person


def test_the_list_names_the_plan_in_force_and_what_comes_next(heshan: "Served") -> None:
    page = heshan.client("congress").get("/congress/plans", headers=PAGE)
    assert page.status_code == 200
    assert "方案 1 · 生效中" in page.text
    assert "自 2021-11-01 起生效" in page.text


def test_a_plan_shows_the_proof_of_every_district_and_the_law(heshan: "Served") -> None:
    page = heshan.client("congress").get("/congress/plans/1?every=true", headers=PAGE).text
    assert page.count('class="num wide"') >= 4 * 300
    assert "选举法第十二条" in page
    assert "暂定界限" in page
    assert "没有别的方案正在生效" in page


@pytest.mark.parametrize("sort", ["gap", "district", "largest", "seats", "pieces", "moved", "broken"])
def test_districts_are_sorted_by_plain_links(heshan: "Served", sort: str) -> None:
    client = heshan.client("congress")
    page = client.get(f"/congress/plans/1?sort={sort}", headers=PAGE)
    assert page.status_code == 200
    assert page.text.count("aria-sort=") == 1


def test_an_unknown_order_is_refused(heshan: "Served") -> None:
    answer = heshan.client("congress").get("/congress/plans/1?sort=beauty", headers=PAGE)
    assert answer.status_code == 400
    assert "beauty" in answer.text


def test_a_plan_that_is_not_there_is_not_found(heshan: "Served") -> None:
    assert heshan.client("congress").get("/congress/plans/4711", headers=PAGE).status_code == 404


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/congress/plans", {"congress", "deputy", "grid_worker", "station", "town", "auditor", "admin"}),
        ("/congress/plans/1", {"congress", "deputy", "grid_worker", "station", "town", "auditor", "admin"}),
        ("/congress/seats", {"congress"}),
    ],
)
def test_only_who_may_look_sees_the_page(heshan: "Served", path: str, roles: set[str]) -> None:
    seen = {role for role in heshan.accounts if heshan.client(role).get(path, headers=PAGE).status_code == 200}
    assert seen == roles
    assert heshan.client().get(path, headers=PAGE).status_code == 401


def test_the_paper_lists_every_link_of_a_town_with_its_reason_and_lines_to_sign(heshan: "Served") -> None:
    client = heshan.client("congress")
    page = client.get("/congress/plans/1/paper?within=440784112", headers=PAGE).text
    assert "双合镇第01选区" in page
    assert "龙口镇第01选区" not in page
    assert "批准人（签名）" in page
    assert "龙口镇第01选区" in client.get("/congress/plans/1/paper", headers=PAGE).text


def test_the_links_go_out_as_a_table(heshan: "Served") -> None:
    answer = heshan.client("congress").get("/congress/plans/1/links.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) > 1700
    assert heshan.client("congress").get("/congress/plans/1/nothing.csv").status_code == 404


def test_both_pages_speak_english(heshan: "Served") -> None:
    client = heshan.client("congress")
    assert "Placement plans" in client.get("/congress/plans?lang=en", headers=PAGE).text
    assert "Vacant seats" in client.get("/congress/seats?lang=en", headers=PAGE).text


def test_the_point_of_a_past_day_is_answered_by_the_plan_of_that_day(
    heshan: "Served", inside: tuple[float, ...]
) -> None:
    where = f"/api/v1/locate?lon={inside[0]}&lat={inside[1]}&datum=wgs84"
    client = heshan.client()
    assert client.get(where + "&on=2022-05-01").json()["grid"] == client.get(where).json()["grid"]
    assert client.get(where + "&on=2021-10-31").status_code == 404
    assert client.get(where + "&on=gestern").status_code == 422


def test_a_repair_is_compared_approved_and_put_in_force(demo_home: Path, serve: "Serve") -> None:
    seat, district, person = leave(demo_home)
    with serve(demo_home) as served:
        walk(served, seat, district, person)


def walk(served: "Served", seat: str, district: str, person: str) -> None:
    """Do what a clerk does, from the first look to the by-election."""
    client = served.logged_in("congress")
    token = csrf_of(client)

    seats = client.get("/congress/seats", headers=PAGE).text
    assert seat in seats
    assert district in seats
    assert WHY in seats
    assert served.client().get(f"/deputies/{person}", headers=PAGE).text.find(WHY) == -1

    page = client.get("/congress/plans/2", headers=PAGE).text
    assert "与方案 1 的差别" in page
    assert "1 个片的联系代表有变化" in page or "个片的联系代表有变化" in page
    assert 'id="map_pieces"' in page
    assert district in page
    assert client.get("/congress/plans/2/difference.csv").text.count(district) >= 1

    wrong = ({"reason": "会议", "checked": "yes"}, {"csrf": "x" * 43, "reason": "会议", "checked": "yes"})
    assert [client.post("/congress/plans/2/approve", data=form, headers=PAGE).status_code for form in wrong] == [
        403,
        403,
    ]
    lacking = ({"csrf": token, "checked": "yes"}, {"csrf": token, "reason": "会议"})
    for form in lacking:
        answer = client.post("/congress/plans/2/approve", data=form, headers=PAGE)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert "待批准" in client.get("/congress/plans/2", headers=PAGE).text

    whole = {"csrf": token, "reason": "常委会第五次会议", "checked": "yes"}
    assert client.post("/congress/plans/2/approve", data=whole, headers=PAGE).status_code == 303
    assert client.post("/congress/plans/2/approve", data=whole, headers=PAGE).status_code == 409
    assert "常委会第五次会议" in client.get("/congress/plans/2", headers=PAGE).text

    starts = {"csrf": token, "starts": TODAY.isoformat(), "checked": "yes"}
    assert client.post("/congress/plans/2/activate", data=starts | {"starts": ""}, headers=PAGE).status_code == 422
    assert client.post("/congress/plans/2/activate", data=starts, headers=PAGE).status_code == 303
    listed = client.get("/congress/plans", headers=PAGE).text
    assert f"2021-11-01 起，{TODAY} 前生效" in listed
    assert f"自 {TODAY} 起生效" in listed

    town = served.client("town").post("/congress/plans/1/activate", data=starts, headers=PAGE)
    assert town.status_code == 403

    record = {"csrf": token, "seat": seat, "kind": "suspended", "on": TODAY.isoformat(), "decision": "许可"}
    refused = client.post("/congress/seats/events", data=record, headers=PAGE)
    assert refused.status_code == 422
    assert seat in refused.text
    elected = {"csrf": token, "seat": seat, "person": "NEW-1", "name": "示例·新当选", "decision": "选区补选",
               "on": (TODAY + timedelta(days=3)).isoformat()}  # fmt: skip
    answer = client.post("/congress/seats/by-election", data=elected, headers=PAGE)
    assert answer.status_code == 303
    assert "示例·新当选" in client.get(answer.headers["location"], headers=PAGE).text
    assert date.fromisoformat(answer.headers["location"].partition("on=")[2]) > TODAY
