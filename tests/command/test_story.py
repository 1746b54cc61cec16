"""From an empty folder to a signed table: what an office types, step by step, and what it gets."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from tests.command.conftest import Sanlian

SOUTH_WEST = ("locate", "--lon", "113.01", "--lat", "22.71", "--datum", "wgs84")


def test_an_empty_instance_has_one_open_term(sanlian: "Sanlian") -> None:
    said = sanlian("init", "--term", "第一届", "--starts", "2021-11-01")
    assert said.code == 0
    assert "第一届" in said.out
    assert said.err == ""
    terms = sanlian("term", "list", "--json").json
    assert [(term["name"], term["starts_on"]) for term in terms] == [("第一届", "2021-11-01")]


def test_an_import_says_how_many_rows_came_and_from_which_file(sanlian: "Sanlian", city: Path) -> None:
    sanlian("init")
    said = sanlian("import", "areas", city / "areas.geojson", "--datum", "wgs84")
    assert said.code == 0
    assert "areas.geojson" in said.out
    assert "3 行" in said.out
    assert said.out.count("areas.geojson") == 1


def test_a_sheet_filled_in_the_template_is_imported(sanlian: "Sanlian", city: Path) -> None:
    sanlian("init")
    brought = sanlian("import", "people", city / "people.xlsx", "--json").json
    assert (brought["rows"], brought["new"], brought["flaws"]) == (3, 3, [])


def test_a_file_in_gbk_with_chinese_headers_is_imported(sanlian: "Sanlian", city: Path, before: Path) -> None:
    brought = sanlian("import", "stations", city / "stations.csv", "--datum", "wgs84", "--json").json
    assert brought["rows"] == 1
    assert brought["new"] == 0


def test_a_dry_run_tells_the_same_and_keeps_nothing(sanlian: "Sanlian", city: Path) -> None:
    sanlian("init")
    said = sanlian("import", "areas", city / "areas.geojson", "--datum", "wgs84", "--dry-run")
    assert said.code == 0
    assert "没有改动" in said.out
    assert sanlian("generation", "list", "--json").json == []


def test_a_check_of_a_sound_file_finds_nothing_and_changes_nothing(
    sanlian: "Sanlian", city: Path, before: Path
) -> None:
    audit = sanlian("verify", "--json").json["audit_rows"]
    said = sanlian("check", "grids", city / "grids.geojson", "--datum", "wgs84", "--json")
    assert said.code == 0
    assert said.json == {"file": "grids.geojson", "rows": 4, "fatal": 0, "flaws": []}
    assert sanlian("verify", "--json").json["audit_rows"] == audit


def test_a_plan_is_proposed_shown_approved_put_in_force_and_exported(
    sanlian: "Sanlian", before: Path, tmp_path: Path
) -> None:
    proposed = sanlian("place")
    assert proposed.code == 0
    assert "3/3" in proposed.out
    assert "plan approve 1" in proposed.out
    shown = sanlian("plan", "show")
    assert "待批准" in shown.out
    assert "Z1" in shown.out
    assert sanlian("plan", "show", "--json").json["unmet"] == []
    assert sanlian("plan", "approve", "--reason", "常委会决定", "--by", "主任会议").code == 0
    assert "2021-11-01" in sanlian("plan", "activate", "--from", "2021-11-01").out
    assert "生效中" in sanlian("plan", "show").out
    for name in ("plan.csv", "plan.xlsx"):
        assert sanlian("plan", "export", tmp_path / name).code == 0
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as source:
        written = source.read()
    assert all(name in written for name in ("县代表甲", "南代表乙", "北代表丙"))
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx").worksheets[0]
    assert "南代表乙" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_nothing_changes_when_nothing_has_changed(sanlian: "Sanlian", after: Path) -> None:
    assert sanlian("place", "--repair").code == 0
    assert sanlian("plan", "diff", "--json").json == []


def test_one_point_is_answered_in_sentences_with_every_level(sanlian: "Sanlian", after: Path) -> None:
    said = sanlian(*SOUTH_WEST)
    assert said.code == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert "1号网格" in lines[0]
    assert [name for name in ("南代表乙", "县代表甲", "北代表丙") if name in said.out] == ["南代表乙", "县代表甲"]
    assert said.out.index("南代表乙") < said.out.index("县代表甲")
    assert "网格长丁" in said.out
    assert "试验站" in said.out
    english = sanlian("--lang", "en", *SOUTH_WEST).out
    assert "town deputy" in english
    assert "inside the grid" in english


def test_json_may_be_asked_for_before_or_after_the_subcommand(sanlian: "Sanlian", after: Path) -> None:
    said = [
        sanlian("--json", *SOUTH_WEST),
        sanlian(*SOUTH_WEST, "--json"),
        sanlian("locate", "--json", *SOUTH_WEST[1:]),
    ]
    assert [one.code for one in said] == [0, 0, 0]
    assert said[0].out == said[1].out == said[2].out
    assert said[0].json["grid"]["code"] == "440799101201001"
    assert said[0].json["responsible"][0]["deputy"]["name"] == "南代表乙"
    assert said[0].json["responsible"][0]["reason"]


def test_a_file_of_points_gets_its_answers_beside_it(sanlian: "Sanlian", after: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("名称,经度,纬度\n学校,113.01,22.71\n远方,1,2\n空,,\n医院,113.03,22.73\n", "gbk")
    said = sanlian("locate", points, "-o", tmp_path / "out.csv", "--datum", "wgs84")
    assert said.code == 0
    assert said.out == ""
    assert "4 行" in said.err
    assert "2 行有问题" in said.err
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [row["名称"] for row in rows] == ["学校", "远方", "空", "医院"]
    assert [row["town_deputy"] for row in rows] == ["南代表乙", "", "", "北代表丙"]
    assert [bool(row["error"]) for row in rows] == [False, True, True, False]
    assert not list(tmp_path.glob("*.part"))


@pytest.fixture
def scored(sanlian: "Sanlian", city: Path, after: Path) -> "Sanlian":
    rules = Path(__file__).parents[2] / "data" / "rules" / "heshan-631.yaml"
    assert sanlian("rules", "adopt", rules, "--from", "2021-11-01").code == 0
    assert sanlian("import", "activities", city / "activities.csv").code == 0
    assert sanlian("score").code == 0
    return sanlian


def test_verified_acts_become_points_once_however_often_they_are_scored(scored: "Sanlian") -> None:
    again = scored("score", "--json").json
    assert (again["added"], again["reversed"]) == (0, 0)
    assert again["kept"] > 0


def test_a_statement_explains_every_point_and_the_reported_act_waits(scored: "Sanlian", tmp_path: Path) -> None:
    north = scored("statement", "D3", "--period", "2026", "--json").json
    assert north["waiting"] == 1
    assert {line["activity"] for line in north["lines"]} == {"A-2"}
    south = scored("statement", "D2", "--period", "2026")
    assert "南代表乙" in south.out
    assert "2026-03-02" in south.out
    assert scored("statement", "D2", "--period", "2026", "-o", tmp_path / "s.xlsx").code == 0
    assert (tmp_path / "s.xlsx").stat().st_size > 1000


def test_a_rule_book_is_checked_with_its_own_examples(sanlian: "Sanlian") -> None:
    rules = Path(__file__).parents[2] / "data" / "rules" / "heshan-631.yaml"
    said = sanlian("rules", "check", rules)
    assert said.code == 0
    assert "全部相符" in said.out
    assert sanlian("rules", "check", rules, "--json").json["wrong"] == 0


def test_verify_finds_nothing_wrong_and_gives_the_anchor_to_keep(scored: "Sanlian") -> None:
    found = scored("verify", "--json").json
    assert found["faults"] == []
    assert len(found["anchor"]) == 64
    assert found["anchor"] in scored("verify").out
