"""A fault of our own: a number to quote, security headers as ever, and nothing of the inside."""

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Served


@pytest.fixture(scope="module")
def broken(spare: "Served") -> "Served":
    """Give a house whose ledger was torn out under it."""
    base = sqlite3.connect(spare.home / "sanlian.db")
    base.execute("DROP TABLE ledger_entry")
    base.commit()
    base.close()
    return spare


def test_a_fault_is_a_problem_with_a_number_under_which_the_log_has_the_rest(broken: "Served") -> None:
    answer = broken.client("congress").get("/api/v1/rankings?level=town")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    body = answer.json()
    assert body["number"] in body["title"]
    assert "ledger_entry" not in answer.text
    assert "Traceback" not in answer.text
    log = broken.log.read_text("utf-8")
    assert f"fault {body['number']} at GET /api/v1/rankings" in log
    assert "no such table: ledger_entry" in log


def test_a_person_gets_a_page_that_says_what_to_do(broken: "Served") -> None:
    answer = broken.client("congress").get("/rankings", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "程序出了错" in answer.text
    assert "请稍后再试" in answer.text
    assert "ledger_entry" not in answer.text


def test_one_fault_does_not_stop_the_others(broken: "Served") -> None:
    assert broken.client().get("/healthz").status_code == 200
    assert broken.client("congress").get("/api/v1/coverage").status_code == 200


def test_a_ticket_stands_in_no_log(broken: "Served") -> None:
    base = sqlite3.connect(broken.home / "sanlian.db")
    base.execute("DROP TABLE matter_follower")
    base.close()
    number = broken.client().get("/m/AAAAACCCCC").json()["number"]
    log = broken.log.read_text("utf-8")
    assert f"fault {number} at GET /m/{{ticket}}" in log
    assert "AAAAACCCCC" not in log


@pytest.mark.parametrize("path", ["/congress/jobs/{}", "/congress/decisions/{}/paper", "/matters?after=~{}"])
def test_a_number_that_no_store_can_hold_is_the_caller_s_mistake(heshan: "Served", path: str) -> None:
    answer = heshan.client("congress").get(path.format("9" * 30))
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:sanlian:error.form")
