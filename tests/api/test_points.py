"""Points and rankings over HTTP: one's own, the town's, the congress's; off until the congress turns them on."""

import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data.store import Store
from services.act import Act
from services.atlas import Atlas
from services.instance import change_setting

if TYPE_CHECKING:
    from tests.conftest import Serve, Served


@pytest.fixture(scope="session")
def busy(heshan: "Served") -> str:
    """Give the id of the deputy who has the demo's deputy log-in."""
    place = heshan.logged_in("deputy").get("/me", follow_redirects=False).headers["location"]
    return str(place).removeprefix("/deputies/")


def points(heshan: "Served", role: str, person: str, **query: Any) -> Any:
    return heshan.client(role).get(f"/api/v1/deputies/{person}/points", params=query)


def test_a_deputy_sees_every_point_of_their_own_with_its_reason(heshan: "Served", busy: str) -> None:
    body = points(heshan, "deputy", busy).json()
    assert body["person"] == busy
    assert body["lines"]
    assert sum(line["tenths"] for line in body["lines"]) == body["tenths"]
    assert body["points"] == f"{body['tenths'] // 10}.{body['tenths'] % 10}"
    assert all(line["why"] and line["rule"] for line in body["lines"])
    assert body["caps"]
    assert all(cap["used"] + cap["left"] == cap["cap"] for cap in body["caps"] if cap["left"] > 0)
    assert body["ranks"]


def test_the_quarters_of_a_year_add_up_to_the_year(heshan: "Served", busy: str) -> None:
    year = points(heshan, "deputy", busy, period="2026").json()
    quarters = [points(heshan, "deputy", busy, period=f"2026Q{n}").json() for n in (1, 2, 3, 4)]
    assert sum(quarter["tenths"] for quarter in quarters) == year["tenths"]
    assert [line["entry"] for quarter in quarters for line in quarter["lines"]] == [
        line["entry"] for line in year["lines"]
    ]


def test_the_seats_of_a_deputy_add_up_to_the_deputy(heshan: "Served", atlas: Atlas) -> None:
    held: dict[str, list[str]] = {}
    for holder in atlas.holders.values():
        held.setdefault(holder.person_id, []).append(holder.seat)
    person, seats = next((person, seats) for person, seats in held.items() if len(seats) == 2)
    whole = points(heshan, "congress", person, period="term").json()
    parts = [points(heshan, "congress", person, period="term", seat=seat).json() for seat in seats]
    assert sum(part["tenths"] for part in parts) == whole["tenths"]


def test_nobody_but_those_who_may_sees_another_s_points(heshan: "Served", busy: str, atlas: Atlas) -> None:
    own_town = {holder.town for holder in atlas.holders.values() if holder.person_id == busy}
    elsewhere = next(h.person_id for h in atlas.holders.values() if h.level == "town" and h.town not in own_town)
    statuses = {
        role: points(heshan, role, elsewhere).status_code
        for role in ("", "deputy", "grid_worker", "station", "department", "town", "congress", "auditor", "admin")
    }
    assert statuses == {
        "": 401, "deputy": 403, "grid_worker": 403, "station": 403, "department": 403, "town": 403,
        "congress": 200, "auditor": 200, "admin": 200,
    }  # fmt: skip
    assert points(heshan, "town", busy).status_code == 200


def test_a_refusal_says_why_and_how_to_come_in(heshan: "Served", busy: str) -> None:
    unknown = points(heshan, "", busy)
    assert unknown.headers["www-authenticate"] == "Bearer"
    assert "登录" in unknown.json()["why"]
    refused = points(heshan, "grid_worker", busy)
    assert "www-authenticate" not in refused.headers
    assert "人大代表" in refused.json()["why"]
    assert "lines" not in refused.json()
    english = points(heshan, "grid_worker", busy, lang="en").json()["why"]
    assert english.isascii()


@pytest.mark.parametrize("period", ["2026Q5", "2026-13", "last", "0000", "99999", "2026;"])
def test_a_period_that_is_none_is_refused(heshan: "Served", busy: str, period: str) -> None:
    answer = points(heshan, "congress", busy, period=period)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:sanlian:error.period"


def ranked(served: "Served", role: str = "congress", **query: Any) -> Any:
    return served.client(role).get("/api/v1/rankings", params=query)


@pytest.mark.parametrize(("level", "seats"), [("town", 542), ("county", 246), ("prefecture", 40), ("province", 4)])
def test_a_ranking_is_inside_one_level_and_ties_share_a_rank(heshan: "Served", level: str, seats: int) -> None:
    lines = ranked(heshan, level=level, period="2026").json()["lines"]
    assert len(lines) == seats
    assert len({line["seat"] for line in lines}) == seats
    totals = [line["tenths"] for line in lines]
    assert totals == sorted(totals, reverse=True)
    for line in lines:
        assert line["rank"] == 1 + sum(other > line["tenths"] for other in totals)
        assert line["tied"] == totals.count(line["tenths"])
    for one, other in pairwise(lines):
        if one["tenths"] == other["tenths"]:
            assert one["seat"] < other["seat"]


def test_a_town_s_ranking_holds_that_town_only(heshan: "Served") -> None:
    lines = ranked(heshan, level="town", within="440784103").json()["lines"]
    assert lines
    assert {line["town"] for line in lines} == {"440784103"}
    assert lines[0]["rank"] == 1


def test_the_staff_of_a_town_see_their_own_town_s_ranking_only(heshan: "Served", busy: str, atlas: Atlas) -> None:
    own = next(h.town for h in atlas.holders.values() if h.person_id == busy and h.level == "town")
    other = next(str(code) for code in atlas.layers.towns["code"] if code != own)
    assert ranked(heshan, "town", level="town", within=own).status_code == 200
    assert ranked(heshan, "town", level="town", within=other).status_code == 403
    assert ranked(heshan, "town", level="town").status_code == 403


def test_a_level_that_is_none_is_refused_and_a_missing_one_named(heshan: "Served") -> None:
    assert ranked(heshan, level="village").json()["type"] == "urn:sanlian:error.level"
    assert ranked(heshan).json()["errors"][0]["field"] == "query.level"


def test_where_the_congress_has_not_turned_rankings_on_there_are_none(
    built_demo: Path, tmp_path: Path, serve: "Serve", busy: str
) -> None:
    home = Path(shutil.copytree(built_demo, tmp_path / "home"))
    store = Store.open(home / "sanlian.db")
    with store.unit() as unit:
        change_setting(unit, Act(actor="test", at=datetime.now(UTC)), "rankings", "off")
    store.close()
    with serve(home) as served:
        answer = ranked(served, level="town")
        assert answer.status_code == 409
        assert "启用" in answer.json()["why"]
        page = served.client("congress").get("/rankings", headers={"Accept": "text/html"})
        assert page.status_code == 409
        assert "<table" not in page.text
        assert 'href="/rankings"' not in page.text
        assert ranked(served, "", level="town").status_code == 401
        mine = points(served, "deputy", busy).json()
        assert mine["lines"]
        assert "ranks" not in mine
        own = served.client("deputy").get(f"/deputies/{busy}", headers={"Accept": "text/html"})
        assert 'class="rank"' not in own.text
