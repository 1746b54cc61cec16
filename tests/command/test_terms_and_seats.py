"""A term and its seats on the command line: open, match, hand over; end, suspend, elect, enrol, decide, undo."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.command.conftest import Sanlian

TOWN = "440799101"


def seats(sanlian: "Sanlian", *words: str) -> dict[str, str]:
    """Give the state of every seat."""
    return {row["seat"]: row["state"] for row in sanlian("seat", "list", "--all", "--json", *words).json["seats"]}


def event_of(sanlian: "Sanlian", seat: str) -> str:
    rows = sanlian("seat", "list", "--all", "--json").json["seats"]
    return str(next(row["events"][-1]["number"] for row in rows if row["seat"] == seat))


def repaired(sanlian: "Sanlian") -> list[dict[str, str]]:
    """Propose a repaired plan and give what it changes."""
    assert sanlian("place", "--repair").code == 0
    found: list[dict[str, str]] = sanlian("plan", "diff", "--json").json
    return found


def test_an_ended_seat_is_vacant_and_elected_again_by_its_district(sanlian: "Sanlian", after: Path) -> None:
    ended = sanlian("seat", "end", "T-1", "--kind", "resigned", "--decision", "决定", "--on", "2026-03-01")
    assert ended.code == 0
    assert "place --repair" in ended.out
    gaps = sanlian("seat", "list", "--on", "2026-03-02", "--json").json["vacancies"]
    assert [(gap["seat"], gap["district"]) for gap in gaps] == [("T-1", "Z1")]
    by = (
        "seat",
        "by-election",
        "T-1",
        "--person",
        "D9",
        "--name",
        "新代表丁",
        "--decision",
        "补选",
        "--on",
        "2026-03-05",
    )
    assert "Z1" in sanlian(*by).out
    assert sanlian("seat", "list", "--on", "2026-03-06", "--json").json["vacancies"] == []
    assert sanlian(*by).code == 1


def test_removing_one_deputy_moves_only_that_deputys_pieces(sanlian: "Sanlian", after: Path) -> None:
    assert sanlian("seat", "end", "T-1", "--kind", "died", "--decision", "通报").code == 0
    assert {(row["layer"], row["district"], row["before"]) for row in repaired(sanlian)} == {("town", "Z1", "南代表乙")}


def test_a_suspension_ends_on_its_day_or_when_resumed(sanlian: "Sanlian", after: Path) -> None:
    assert sanlian(
        "seat", "suspend", "T-2", "--decision", "许可", "--on", "2026-03-01", "--until", "2026-06-01"
    ).code == 0  # fmt: skip
    assert seats(sanlian, "--on", "2026-05-31")["T-2"] == "suspended"
    assert seats(sanlian, "--on", "2026-06-01")["T-2"] == "counting"
    assert sanlian("seat", "resume", "T-2", "--decision", "恢复", "--on", "2026-04-01").code == 0
    assert seats(sanlian, "--on", "2026-04-01")["T-2"] == "counting"


def test_an_event_is_taken_back_once(sanlian: "Sanlian", after: Path) -> None:
    sanlian("seat", "end", "T-1", "--kind", "resigned", "--decision", "决定")
    number = event_of(sanlian, "T-1")
    assert "T-1" in sanlian("seat", "undo", number, "--reason", "登记错了人").out
    assert seats(sanlian)["T-1"] == "counting"
    again = sanlian("seat", "undo", number, "--reason", "登记错了人")
    assert again.code == 1
    assert number in again.err


def test_a_second_seat_is_enrolled_and_placed_by_decision(sanlian: "Sanlian", after: Path, tmp_path: Path) -> None:
    assert sanlian(
        "seat", "enrol", "P-1", "--person", "D1", "--level", "prefecture", "--unit", "试验市人大", "--town", TOWN,
        "--decision", "选举",
    ).code == 0  # fmt: skip
    paper = tmp_path / "决定.pdf"
    paper.write_bytes(b"%PDF-1.4\n%%EOF\n")
    grid = "440799101201003"
    said = sanlian("seat", "decide", "P-1", "--grid", grid, "--decision", "第7号", "--paper", paper)
    assert grid in said.out
    added = [row for row in repaired(sanlian) if row["layer"] == "prefecture"]
    assert [(row["grid"], row["after"]) for row in added] == [(grid, "县代表甲")]
    assert sanlian("seat", "decide", "T-1", "--grid", grid, "--decision", "第8号").code == 1
    assert sanlian("seat", "decide", "P-1", "--decision", "撤回第7号").code == 0


def test_locks_and_cuts_on_the_command_line(sanlian: "Sanlian", after: Path, tmp_path: Path) -> None:
    assert sanlian("plan", "lock", "T-1", "440799101201001", "--reason", "决定").code == 0
    (row,) = sanlian("plan", "locks", "--json").json
    assert (row["seat"], row["district"], row["reason"]) == ("T-1", "Z1", "决定")
    assert sanlian("plan", "lock", "T-1", "440799101201003", "--reason", "决定").code == 1
    assert sanlian("plan", "unlock", str(row["number"]), "--reason", "误登记").code == 0
    assert "误登记" in sanlian("plan", "locks").out
    assert sanlian("plan", "cuts", "--json").json == []  # a district of one seat has no piece above its mean
    file = tmp_path / "cuts.geojson"
    assert sanlian("plan", "cuts", "-o", file).code == 0
    assert json.loads(file.read_text("utf-8"))["features"] == []


# A whole new term


def new_roster(folder: Path) -> tuple[Path, Path]:
    people, seats_file = folder / "new-people.csv", folder / "new-seats.csv"
    people.write_text(
        "code,name,sex,birth_year\nD1,县代表甲,男,1970\nN2,南代表乙,女,1980\nN3,新代表戊,男,1990\n", "utf-8"
    )
    seats_file.write_text(
        f"code,person,level,district,town\nC-1,D1,county,X1,\nT-1,N2,town,Z1,{TOWN}\nT-2,N3,town,Z2,{TOWN}\n",
        "utf-8",
    )
    return people, seats_file


@pytest.fixture
def prepared(sanlian: "Sanlian", after: Path, city: Path, tmp_path: Path) -> Path:
    """Open the second term and bring in its map and its roster."""
    old = tmp_path / "old-people.csv"
    old.write_text("code,name,sex,birth_year\nD2,南代表乙,女,1980\n", "utf-8")
    people, seats_file = new_roster(tmp_path)
    there = ("--term", "第二届", "--generation", "第二届·图层")
    for words in (
        ("import", "people", old), ("term", "open", "第二届", "--starts", "2099-01-01"),
        ("import", "areas", city / "areas.geojson", "--datum", "wgs84", *there),
        ("import", "districts", city / "county.geojson", "--datum", "wgs84", "--layer", "county", *there),
        ("import", "districts", city / "town.geojson", "--datum", "wgs84", "--layer", "town", *there),
        ("import", "grids", city / "grids.geojson", "--datum", "wgs84", *there),
        ("import", "people", people, *there), ("import", "seats", seats_file, *there),
    ):  # fmt: skip
        said = sanlian(*words)
        assert said.code == 0, said.err
    return after


def test_a_match_is_confirmed_and_undone(sanlian: "Sanlian", prepared: Path) -> None:
    assert [row["code"] for row in sanlian("term", "match", "第二届", "--json").json["proposed"]] == ["N2"]
    assert sanlian("term", "match", "第二届", "--confirm", "N2", "--json").json["confirmed"] == ["南代表乙"]
    assert sanlian("term", "unmatch", "第二届", "N2", "--reason", "同名不同人").code == 0
    assert [row["code"] for row in sanlian("term", "match", "第二届", "--json").json["proposed"]] == ["N2"]
    assert sanlian("term", "unmatch", "第二届", "N2", "--reason", "同名不同人").code == 1
    different = sanlian("term", "match", "第二届", "--different", "N2", "--json").json
    assert (different["proposed"], different["confirmed"]) == ([], [])


def test_a_hand_over_is_tried_first_and_then_freezes_the_old_term(sanlian: "Sanlian", prepared: Path) -> None:
    refused = sanlian("term", "hand-over", "第二届", "--dry-run")
    assert refused.code == 1
    assert "方案" in refused.err
    assert sanlian("place", "--term", "第二届").code == 0
    assert sanlian("plan", "approve", "--reason", "新一届第一次会议").code == 0
    trial = sanlian("term", "hand-over", "第二届", "--dry-run", "--json").json
    assert (trial["seats_ended"], trial["seats_begun"], trial["done"]) == (3, 3, False)
    assert {row["name"]: row["state"] for row in sanlian("term", "list", "--json").json} == {
        "第一届": "open", "第二届": "preparing",
    }  # fmt: skip
    assert sanlian("term", "hand-over", "第二届", "--json").json["done"] is True
    assert sanlian("term", "hand-over", "第二届").code == 1
    assert sanlian("verify").code == 0


def test_opening_says_what_is_wrong(sanlian: "Sanlian", after: Path) -> None:
    assert sanlian("term", "open", "第一届", "--starts", "2099-01-01").code == 1
    assert sanlian("term", "open", "第二届", "--starts", "2021-11-01").code == 1
    assert sanlian("term", "match", "没有这一届").code == 1
