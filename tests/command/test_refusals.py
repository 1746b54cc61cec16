"""What is refused: exit code 1, once, with what, where and what to do; exit code 2 where the words do not fit."""

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.command.conftest import Sanlian

POINT = ("--lon", "113.01", "--lat", "22.71", "--datum", "wgs84")


@pytest.mark.parametrize(
    "words",
    [("locate", *POINT), ("verify",), ("place",), ("score",), ("plan", "show"), ("term", "list"), ("serve",),
     ("rank", "--level", "town"), ("generation", "list")],
    ids=" ".join,
)  # fmt: skip
def test_without_an_instance_every_command_says_how_to_make_one(
    sanlian: "Sanlian", words: tuple[str, ...], tmp_path: Path
) -> None:
    said = sanlian(*words)
    assert said.code == 1
    assert said.out == ""
    assert "sanlian init" in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "home").exists()
    refused = sanlian("--json", *words)
    assert refused.code == 1
    assert "sanlian init" in refused.json["error"]
    assert refused.err == ""


def test_a_second_instance_in_the_same_folder_is_refused(sanlian: "Sanlian") -> None:
    assert sanlian("init").code == 0
    again = sanlian("init")
    assert again.code == 1
    assert "--force" in again.err
    assert sanlian("init", "--force").code == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("import", "areas", "none.geojson", "--datum", "wgs84"), "none.geojson"),
        (("check", "areas", "none.geojson", "--datum", "wgs84"), "none.geojson"),
        (("import", "streets", "none.csv"), "areas districts grids"),
        (("template", "streets"), "areas districts grids"),
        (("locate", "none.csv", "-o", "out.csv", "--datum", "wgs84"), "none.csv"),
        (("locate", "--lon", "22.7", "--lat", "113.0", "--datum", "wgs84"), "是否写反"),
        (("locate", "--lon", "116.4", "--lat", "39.9", "--datum", "wgs84"), "2000 米"),
        (("statement", "nobody"), "nobody"),
        (("plan", "show", "99"), "99"),
        (("plan", "activate", "1"), "plan approve"),
        (("plan", "approve", "1"), "sanlian place"),
        (("plan", "export", "plan.pdf"), "csv xlsx"),
        (("rules", "check", "none.yaml"), "none.yaml"),
        (("rank", "--level", "town"), "启用"),
        (("place", "--term", "第九届"), "第九届"),
        (("generation", "activate", "没有"), "没有"),
        (("score",), "rules adopt"),
        (("bench", "nothing"), "locate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_refusal_names_what_is_wrong_and_what_to_do(
    sanlian: "Sanlian", after: Path, words: tuple[str, ...], hint: str
) -> None:
    said = sanlian(*words)
    assert said.code == 1
    assert said.out == ""
    assert hint in said.err
    assert said.err.count("✗") == 1
    refused = sanlian(*words, "--json")
    assert refused.code == 1
    assert hint in refused.json["error"]
    assert refused.err == ""


@pytest.mark.parametrize(
    "words",
    [
        ("locate", "--lon", "113.0", "--lat", "22.7"),
        ("locate", "--lon", "113.0", "--lat", "22.7", "--datum", "nad27"),
        ("locate", "--lon", "113.0", "--datum", "wgs84"),
        ("locate", "--lon", "east", "--lat", "22.7", "--datum", "wgs84"),
        ("import",),
        ("import", "areas"),
        ("rank",),
        ("term", "open", "第二届", "--starts", "soon"),
        ("import", "areas", "x.csv", "--map", "code"),
        ("nonsense",),
        ("plan", "nonsense"),
        ("init", "--nonsense"),
        ("init", "--lang", "fr"),
    ],
    ids=" ".join,
)
def test_words_that_do_not_fit_are_a_usage_error(sanlian: "Sanlian", after: Path, words: tuple[str, ...]) -> None:
    (after.parent / "x.csv").write_text("code\n")
    words = tuple(str(after.parent / word) if word == "x.csv" else word for word in words)
    said = sanlian(*words)
    assert said.code == 2
    assert "Usage" in said.err
    assert said.out == ""


def test_the_command_alone_shows_its_usage(sanlian: "Sanlian") -> None:
    said = sanlian()
    assert said.code == 2
    assert "Usage" in said.out + said.err
    assert sanlian("--help").code == 0


def test_an_import_without_a_datum_is_refused_with_the_datums_to_choose_from(sanlian: "Sanlian", city: Path) -> None:
    sanlian("init")
    said = sanlian("import", "areas", city / "areas.geojson")
    assert said.code == 1
    assert "坐标系" in said.err
    assert "gcj02" in said.err
    refused = sanlian("import", "areas", city / "areas.geojson", "--json")
    assert refused.code == 1
    assert [flaw["kind"] for flaw in refused.json["flaws"]] == ["datum_missing"]
    assert refused.json["error"]


def test_every_flaw_of_a_file_is_listed_with_its_line_and_nothing_is_kept(
    sanlian: "Sanlian", before: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("code,name\nD8,代表戊\n,无号\nD8,重号\nD9,\n", "utf-8")
    said = sanlian("import", "people", sheet)
    assert said.code == 1
    assert said.out == ""
    for line in (3, 4, 5):
        assert f"people.csv:{line}" in said.err
    assert "没有导入任何内容" in said.err
    base = sqlite3.connect(before / "sanlian.db")
    kept = base.execute("SELECT count(*) FROM person WHERE code IN ('D8', 'D9')").fetchone()
    base.close()
    assert kept == (0,)
    assert sanlian("check", "people", sheet).code == 1
    checked = sanlian("check", "people", sheet, "--json")
    assert checked.code == 1
    assert checked.json["fatal"] == len([flaw for flaw in checked.json["flaws"] if flaw["fatal"]]) >= 3


def test_a_name_that_looks_like_markup_is_printed_as_it_is(sanlian: "Sanlian", after: Path) -> None:
    base = sqlite3.connect(after / "sanlian.db")
    base.execute("UPDATE person SET name = '[red]乙[/red] <b>' WHERE code = 'D2'")
    base.execute("UPDATE atlas_version SET version = version + 1")
    base.commit()
    base.close()
    assert "[red]乙[/red] <b>" in sanlian("locate", *POINT).out


@pytest.mark.parametrize(
    ("text", "hint"),
    [(b"name: [", "YAML"), (b"\xff\xfe\x00", "UTF-8"), (b"", "rules.yaml"), (b"name: x\n", "rules.yaml:1")],
)
def test_a_rule_book_that_cannot_be_used_is_refused_with_its_lines(
    sanlian: "Sanlian", tmp_path: Path, text: bytes, hint: str
) -> None:
    book = tmp_path / "rules.yaml"
    book.write_bytes(text)
    said = sanlian("rules", "check", book)
    assert said.code == 1
    assert hint in said.err
    assert said.out == ""
    refused = sanlian("rules", "check", book, "--json")
    assert refused.code == 1
    assert refused.json["error"]


def test_an_example_that_does_not_hold_is_named_with_both_numbers(sanlian: "Sanlian", tmp_path: Path) -> None:
    rules = Path(__file__).parents[2] / "data" / "rules" / "heshan-631.yaml"
    text = rules.read_text("utf-8")
    book = tmp_path / "rules.yaml"
    book.write_text(text.replace("total: 2.0", "total: 2.5", 1), "utf-8")
    said = sanlian("rules", "check", book)
    assert said.code == 1
    assert "2.5" in said.out
    assert "2.0" in said.out
    assert sanlian("rules", "check", book, "--json").json["wrong"] == 1


def test_a_place_that_cannot_be_written_is_refused_without_a_trace(sanlian: "Sanlian", after: Path) -> None:
    said = sanlian("plan", "export", after / "none" / "plan.csv")
    assert said.code == 1
    assert "none" in said.err
    assert "Traceback" not in said.err


def test_a_table_of_points_without_coordinates_is_refused(sanlian: "Sanlian", after: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("a,b\n1,2\n", "utf-8")
    said = sanlian("locate", points, "-o", tmp_path / "out.csv", "--datum", "wgs84")
    assert said.code == 1
    assert "a b" in said.err
    assert not (tmp_path / "out.csv").exists()
    points.write_bytes(b"")
    assert sanlian("locate", points, "-o", tmp_path / "out.csv", "--datum", "wgs84").code == 1


def test_an_altered_audit_row_is_a_fault_and_exit_code_1(sanlian: "Sanlian", after: Path) -> None:
    base = sqlite3.connect(after / "sanlian.db")
    base.execute("UPDATE audit SET facts = '{}' WHERE seq = 2")
    base.commit()
    base.close()
    said = sanlian("verify")
    assert said.code == 1
    assert "第 2 条" in said.err
    refused = sanlian("verify", "--json")
    assert refused.code == 1
    kinds = [fault["kind"] for fault in refused.json["faults"]]
    assert sorted(kinds) == ["audit_row_altered", "row_altered"]  # the chain and the journal each say so


def test_refusals_come_in_english_when_asked_for(sanlian: "Sanlian") -> None:
    said = sanlian("--lang", "en", "verify")
    assert said.code == 1
    assert said.err.replace("✗", "").isascii()
    assert json.loads(sanlian("--lang", "en", "verify", "--json").out)["error"].isascii()
