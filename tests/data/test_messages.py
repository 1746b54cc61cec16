"""Both languages say the same things, and every flaw has words."""

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data
from data.flaws import Flaw, render, where
from data.messages import LANGUAGES, MessageError, gather, say, words

ROOM = Path(data.__file__).parent
READERS = ("archives", "cells", "layerfiles", "positions", "readers", "spreadsheets", "paper")
RAISED = re.compile(
    r'(?:\.fatal|\.warn|\.stop|_tell)\(\s*"([a-z_]+)"|Problem\(\s*kind="([a-z_]+)"|kind="([a-z_]+)", fatal'
)


def placeholders(lang: str, key: str) -> set[str]:
    """The facts of a message; one that comes in both languages (title_zh, title_en) counts as one."""
    named = (name for _, name, _, _ in Formatter().parse(words(lang)[key]) if name is not None)
    return {name.removesuffix(f"_{lang}") for name in named}


def kinds_of_flaws() -> set[str]:
    found: set[str] = set()
    for name in READERS:
        source = (ROOM / f"{name}.py").read_text(encoding="utf-8")
        found |= {kind for match in RAISED.findall(source) for kind in match if kind}
        found |= set(re.findall(r'kind="([a-z_]+)" if', source)) | set(re.findall(r' else "([a-z_]+)"\)', source))
    return found


def test_both_languages_have_the_same_keys() -> None:
    assert set(words("zh")) == set(words("en"))


def test_a_message_names_the_same_facts_in_both_languages() -> None:
    differing = {key for key in words("zh") if placeholders("zh", key) != placeholders("en", key)}
    assert differing == set()


def test_no_message_is_empty() -> None:
    assert {key for lang in LANGUAGES for key, message in words(lang).items() if not message.strip()} == set()


def test_every_kind_of_flaw_has_a_problem_and_a_remedy() -> None:
    kinds = kinds_of_flaws()
    assert len(kinds) > 60
    missing = {f"flaw.{kind}.{part}" for kind in kinds for part in ("problem", "remedy")} - set(words("zh"))
    assert missing == set()


def test_every_problem_has_its_remedy() -> None:
    problems = {key.removesuffix(".problem") for key in words("zh") if key.endswith(".problem")}
    remedies = {key.removesuffix(".remedy") for key in words("zh") if key.endswith(".remedy")}
    assert problems == remedies


def test_an_unknown_key_is_an_error_not_a_blank() -> None:
    with pytest.raises(KeyError):
        say("flaw.nobody_wrote_this", "zh")


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("flaw.empty_file.problem", "fr")


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("flaw.where.line", "zh")


def test_a_key_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("page.title: 一\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("page.title: 二\n", encoding="utf-8")
    with pytest.raises(MessageError, match=r"b\.yaml: page\.title is already in a\.yaml"):
        gather(tmp_path)


def test_a_key_twice_in_one_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("page.title: 一\npage.title: 二\n", encoding="utf-8")
    with pytest.raises(MessageError, match="line 2"):
        gather(tmp_path)


@pytest.mark.parametrize("content", ["- one\n", "page:\n  title: 一\n", "page.on: yes\n"])
def test_what_is_not_a_flat_list_of_texts_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(MessageError, match="expected"):
        gather(tmp_path)


def test_an_empty_message_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert gather(tmp_path) == {}


def test_a_flaw_is_told_in_both_languages_with_place_problem_and_remedy() -> None:
    flaw = Flaw(
        file="席位.csv", line=7, kind="bad_choice", field="level", fatal=True,
        facts={"header": "层级", "value": "区级市", "allowed": ["县级", "乡镇级"]},
    )  # fmt: skip
    assert where(flaw, "zh") == "席位.csv，第 7 行，「层级」"
    assert where(flaw, "en") == "席位.csv, line 7, “层级”"
    assert render(flaw, "zh") == ("「层级」的「区级市」不在可选范围内。", "从这些中选一个：县级、乡镇级。")
    assert render(flaw, "en")[1] == "Choose one of: 县级, 乡镇级."


@given(value=st.text())
def test_a_cell_with_braces_or_anything_else_never_breaks_the_telling(value: str) -> None:
    flaw = Flaw(file="a.csv", kind="bad_code", fatal=True, facts={"header": value, "value": value})
    assert value in render(flaw, "zh")[0]
