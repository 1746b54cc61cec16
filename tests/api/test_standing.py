"""Through the doors: publishing a closed period, sending an activity back, trying a book over a closed period."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from lxml import html as lxml_html

from data.rules import text as rule_text
from data.store import Store
from services.act import CIVIL, Act
from services.closings import close_period
from services.instance import change_setting

if TYPE_CHECKING:
    from tests.conftest import Served

PERIOD = "2025Q4"


def csrf(client: httpx.Client, path: str) -> str:
    page = lxml_html.fromstring(client.get(path, headers={"accept": "text/html"}).text)
    return str(page.xpath("//input[@name='csrf']/@value")[0])


def sent(client: httpx.Client, path: str, form: dict[str, str], at: str) -> httpx.Response:
    return client.post(path, data={"csrf": csrf(client, at), **form}, headers={"accept": "text/html"})


@pytest.fixture(scope="module")
def closed(spare: "Served") -> "Served":
    """Close a past quarter of the demo some weeks ago, so that the time for objections is over."""
    store = Store.open(spare.home / "sanlian.db")
    earlier = Act(actor="renda", at=datetime.now(UTC) - timedelta(days=30))
    with store.unit() as unit:
        change_setting(unit, earlier, "points.objection_days", 5)
    with store.unit() as unit:
        close_period(unit, earlier, period=PERIOD)
    store.close()
    return spare


def test_the_public_sees_what_was_chosen_and_nothing_once_it_is_taken_back(closed: "Served") -> None:
    everybody, congress = closed.client(), closed.logged_in("congress")
    path, page = f"/published/{PERIOD}", "/congress/periods"
    assert everybody.get(path).status_code == 404
    assert PERIOD not in everybody.get("/published").text
    assert sent(congress, f"{page}/{PERIOD}/publish", {"shows": "bands", "reason": ""}, page).status_code == 400
    assert sent(congress, f"{page}/{PERIOD}/publish", {"shows": "bands", "reason": "3号"}, page).status_code == 303
    bands = everybody.get(path, headers={"accept": "text/html"})
    assert bands.status_code == 200
    assert "示例·" not in bands.text.split("<main", 1)[1].split("</main", 1)[0]
    assert "3号" not in bands.text
    for number in lxml_html.fromstring(bands.text).xpath("//table[contains(@class,'banded')]//td[1]/text()"):
        assert number == "不显示" or int(number) == 0 or int(number) >= 5
    assert sent(congress, f"{page}/{PERIOD}/publish", {"shows": "list", "reason": "4号"}, page).status_code == 303
    rows = everybody.get(path + ".csv").text.splitlines()
    assert len(rows) > 700
    assert "名次" not in rows[0] + rows[1]
    assert sent(congress, f"{page}/{PERIOD}/publish", {"shows": "none", "reason": "再核"}, page).status_code == 303
    assert everybody.get(path).status_code == 404
    base = sqlite3.connect(closed.home / "sanlian.db")
    assert [row[0] for row in base.execute("SELECT shows FROM publication ORDER BY id")] == ["bands", "list", "none"]
    base.close()


def test_only_the_congress_chooses(closed: "Served") -> None:
    for role in ("town", "auditor", "admin"):
        client = closed.logged_in(role)
        at = "/activities" if role == "town" else "/congress/periods"
        assert (
            sent(client, f"/congress/periods/{PERIOD}/publish", {"shows": "list", "reason": "x"}, at).status_code == 403
        )


def test_trying_and_adopting_a_book_never_rewrites_a_closed_period(closed: "Served") -> None:
    congress = closed.logged_in("congress")
    before = ledger_of(closed)
    text = rule_text("jiangbei")
    tried = sent(congress, "/congress/rules", {"text": text, "do": "try", "period": PERIOD}, "/congress/rules")
    assert tried.status_code == 200
    page = lxml_html.fromstring(tried.text)
    assert len(page.xpath("//figure[@class='shiftmap']//path")) >= 10
    assert len(page.xpath("//section[@aria-labelledby='result']//tbody/tr")) > 20
    assert ledger_of(closed) == before
    back = {"text": text, "do": "adopt", "starts": "2025-11-01", "decision": "1号"}
    refused = sent(congress, "/congress/rules", back, "/congress/rules")
    assert refused.status_code == 409
    assert "2026-01-01" in refused.text
    later = {"text": text, "do": "adopt", "starts": "2026-01-01", "decision": "1号"}
    assert sent(congress, "/congress/rules", later, "/congress/rules").status_code == 303
    assert ledger_of(closed) == before


def ledger_of(served: "Served") -> list[tuple[object, ...]]:
    base = sqlite3.connect(served.home / "sanlian.db")
    rows = base.execute("SELECT * FROM ledger_entry WHERE counts_on < '2026-01-01' ORDER BY id").fetchall()
    base.close()
    return rows


def test_an_activity_is_sent_back_and_comes_again_through_the_same_form(closed: "Served") -> None:
    deputy, congress, town = closed.logged_in("deputy"), closed.logged_in("congress"), closed.logged_in("town")
    today = datetime.now(CIVIL).date().isoformat()
    own = closed.client("deputy")
    base = sqlite3.connect(closed.home / "sanlian.db")
    (person,) = base.execute("SELECT person_id FROM account WHERE role = 'deputy'").fetchone()
    base.close()
    body = {"kind": "policy.explained", "on": today, "people": [person], "title": "宣讲"}
    made = own.post("/api/v1/activities", json=body, headers={"Idempotency-Key": "standing-1"}).json()
    path = f"/activities/{made['code']}"
    back = sent(town, f"{path}/moves", {"move": "return", "reason": "请写清地点"}, path)
    assert back.status_code == 303
    returned = deputy.get(path, headers={"accept": "text/html"}).text
    assert returned.index("退回的理由") < returned.index("请写清地点") < returned.index("修改后重报")
    form = deputy.get(f"{path}/correct", headers={"accept": "text/html"})
    assert "请写清地点" in form.text
    assert "修改后重报" in form.text
    page = lxml_html.fromstring(form.text)
    (entry,) = page.xpath("//form[contains(@class,'entry')]")
    assert entry.get("action") == f"{path}/correct"
    fields = dict(entry.form_values() if hasattr(entry, "form_values") else [])
    again = deputy.post(f"{path}/correct", data={**fields, "title": "在村口宣讲"})
    assert again.status_code == 303, again.text[:400]
    shown = deputy.get(path, headers={"accept": "text/html"}).text
    assert "宣讲 → 在村口宣讲" in shown
    assert congress.get(f"{path}/correct", headers={"accept": "text/html"}).status_code == 409
    assert closed.client().get(f"{path}/correct").status_code == 401


def test_the_fairness_board_adds_up_and_is_exported(heshan: "Served") -> None:
    congress = heshan.client("congress")
    rows = [line.split(",") for line in congress.get("/congress/fairness.csv?period=2025").text.splitlines()]
    levels = [row for row in rows if row and row[0] == "按层级"]
    towns = [row for row in rows if row and row[0] == "按镇街"]
    assert sum(int(row[2]) for row in levels) == sum(int(row[2]) for row in towns) > 800
    shares = [int(float(row[11])) for row in rows if row and row[0] == "各类别占多少分"]
    assert 97 <= sum(shares) <= 100
    assert heshan.client("deputy").get("/congress/fairness").status_code == 403


def test_the_ranking_is_exported_as_it_was_narrowed(heshan: "Served") -> None:
    congress = heshan.client("congress")
    whole = congress.get("/rankings.csv?level=county&period=2025").text.splitlines()
    head = next(line for line in whole if "名次" in line)
    first = whole[whole.index(head) + 1].split(",")
    one = congress.get("/rankings.csv", params={"level": "county", "period": "2025", "q": first[5]}).text
    assert [line for line in one.splitlines() if first[5] in line] == [",".join(first)]
    assert congress.get("/rankings", params={"level": "county", "band": "1"}).status_code == 400


def test_the_schema_of_rule_books_is_for_everybody(heshan: "Served") -> None:
    answer = heshan.client().get("/schemas/rulebook.json")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["title"] == "Sanlian rule book"
