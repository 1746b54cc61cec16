"""Periods are closed and frozen, and a rule book is tried, from the command line."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.command import in_front
from data.rules import text as rule_text
from scoring.periods import Period
from services.act import CIVIL

pytestmark = pytest.mark.slow


def test_a_closed_quarter_is_listed_verified_and_shut_against_older_rules(
    built_demo: Path, tmp_path: Path, sanlian: Callable[..., Any]
) -> None:
    shutil.copytree(built_demo, tmp_path / "home")
    today = datetime.now(CIVIL).date()
    quarter = Period.quarter_of(Period.quarter_of(today).start - timedelta(days=1)).name
    closed = sanlian("close", quarter, "--json").json
    assert (closed["state"], closed["period"], closed["seats"] > 0) == ("closed", quarter, True)
    assert sanlian("close", quarter).code == 1
    assert sanlian("freeze", quarter).code == 1
    states = {row["period"]: row["state"] for row in sanlian("periods", "--json").json}
    assert states[quarter] == "closed"
    assert sanlian("verify", "--json").json["closings"] == 1
    book = tmp_path / "jiangbei.yaml"
    book.write_text(rule_text("jiangbei"), "utf-8")
    refused = sanlian("rules", "adopt", book, "--from", f"{today.year}-01-01")
    assert (refused.code, "封账" in refused.err) == (1, True)
    trial = sanlian("rules", "try", book, "--period", quarter, "--json").json
    assert any(line["before"] != line["after"] for line in trial["lines"])
    shown = sanlian("rules", "try", book, "--period", quarter)
    assert (shown.code, "没有改动任何积分" in shown.out) == (0, True)
    adopted = sanlian("rules", "adopt", book, "--from", f"{today.year + 1}-01-01", "--decision", "〔1〕号")
    assert adopted.code == 0


def test_a_book_with_flaws_is_not_tried(tmp_path: Path, sanlian: Callable[..., Any]) -> None:
    sanlian("init")
    book = tmp_path / "flawed.yaml"
    book.write_text("name: x\n", "utf-8")
    found = sanlian("rules", "try", book, "--period", "2026")
    assert (found.code, "缺少必填的键" in found.err) == (1, True)


def test_words_of_the_new_commands_may_stand_anywhere() -> None:
    assert in_front(["close", "2026Q1", "--json"]) == ["--json", "close", "2026Q1"]
