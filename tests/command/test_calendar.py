"""`sanlian calendar`: a month, a deadline and a deliberation day, with reasons, with and without an instance."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.command import app
from data.store import Store


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *words])


def told(home: Path, *words: str) -> Any:
    done = CliRunner().invoke(app, ["--home", str(home), "--json", *words])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of an empty instance."""
    folder = tmp_path / "home"
    folder.mkdir()
    Store.open(folder / "sanlian.db").close()
    return folder


def test_a_month_is_listed_day_by_day_without_any_instance(tmp_path: Path) -> None:
    done = run(tmp_path, "calendar", "show", "2026-02")
    assert done.exit_code == 0
    assert "2026-02 工作日历：16 个工作日" in done.stdout
    assert "调休上班（春节），依据：国办发明电〔2025〕7号" in done.stdout
    body = told(tmp_path, "calendar", "show", "2026-02")
    assert (body["workdays"], body["announced"], len(body["days"])) == (16, True, 28)
    assert body["days"][13] == {
        "on": "2026-02-14", "working": True, "kind": "made_up", "name": {"zh": "春节", "en": "Spring Festival"},
        "source": "国办发明电〔2025〕7号", "provisional": False,
    }  # fmt: skip


def test_a_deadline_says_how_it_was_found(tmp_path: Path) -> None:
    done = run(tmp_path, "calendar", "deadline", "2026-09-28", "3")
    assert done.stdout.splitlines() == [
        "2026-10-08", "自 2026-09-28 次日起算 3 个工作日，国庆节放假 7 天、周末 0 天不计，到期日 2026-10-08。",
    ]  # fmt: skip
    assert told(tmp_path, "calendar", "deadline", "2026-09-28", "3")["provisional"] is False


def test_a_deadline_in_a_year_not_announced_says_that_it_is_provisional(tmp_path: Path) -> None:
    assert "暂定：2027 年放假安排尚未公布" in run(tmp_path, "calendar", "deadline", "2026-12-30", "3").stdout


def test_a_notice_that_is_loaded_moves_the_deadline_and_says_what_it_turned(home: Path, tmp_path: Path) -> None:
    notice = tmp_path / "notice.csv"
    notice.write_text("日期,类别,名称,依据\n2027-01-04,放假,元旦,示例通知\n", "utf-8")
    assert told(home, "calendar", "deadline", "2026-12-30", "3")["on"] == "2027-01-05"
    done = run(home, "import", "workdays", str(notice))
    assert done.exit_code == 0, done.output
    assert "已导入放假安排：notice.csv，1 行（新增 1，更新 0）；1 条提醒。" in done.stdout
    assert "2027-01-04 改为放假（元旦）。" in done.stdout
    assert told(home, "calendar", "deadline", "2026-12-30", "3")["on"] == "2027-01-06"


def test_the_deliberation_day_is_shown_in_both_readings_and_moved_by_a_decision(home: Path) -> None:
    body = told(home, "calendar", "deliberation", "2026-02")
    assert (body["on"], body["other"], body["assumed"], body["moved"]) == ("2026-02-26", "2026-02-19", True, False)
    done = run(home, "calendar", "move", "2026-02", "2026-02-27", "--reason", "春节后", "--paper", "第1号")
    assert done.stdout.splitlines()[:2] == ["2026-02-27", "原定 2026-02-26，经决定改为 2026-02-27：春节后（第1号）。"]
    assert told(home, "calendar", "deliberation", "2026-02")["moved"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "2026"), "“2026”不是月份"),
        (("show", "2026-13"), "“2026-13”不是月份"),
        (("show", "2099-01"), "日历只覆盖 2004 至 2060 年"),
        (("deadline", "2026-01-01", "0"), "工作日数须为 1 至 1000"),
        (("deadline", "2060-12-30", "30"), "日历只覆盖 2004 至 2060 年"),
        (("move", "2026-02", "2027-02-27", "--reason", "笔误"), "超过 31 天"),
        (("move", "2026-02", "2026-02-27", "--reason", " "), "改期须写明理由"),
        (("deliberation", "2077-02"), "日历只覆盖"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(home: Path, words: tuple[str, ...], sentence: str) -> None:
    done = run(home, "calendar", *words)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert not done.stdout


def test_a_day_that_is_none_is_a_slip_of_the_command_line(home: Path) -> None:
    assert run(home, "calendar", "deadline", "soon", "3").exit_code == 2
