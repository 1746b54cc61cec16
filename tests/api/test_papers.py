"""The committed papers say what the code says; `make papers` writes them anew."""

import json
from pathlib import Path

import pytest
import typer

from api.command import app
from api.papers import caption, every_command, openapi, papers, with_tree

ROOT = Path(__file__).parents[2]
WRITTEN = papers(ROOT)


@pytest.mark.parametrize("path", sorted(WRITTEN), ids=lambda path: path.name)
def test_a_committed_paper_is_what_the_code_gives_now(path: Path) -> None:
    assert path.read_text("utf-8") == WRITTEN[path], "run `make papers`"


def test_the_api_s_document_is_the_same_however_often_it_is_written() -> None:
    assert openapi() == WRITTEN[ROOT / "docs" / "openapi.json"]


def test_every_path_of_the_api_says_what_it_does_and_how_it_refuses() -> None:
    document = json.loads(WRITTEN[ROOT / "docs" / "openapi.json"])
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert told["description"], f"{method} {path}"
            assert "application/problem+json" in told["responses"]["default"]["content"], f"{method} {path}"


def test_every_command_says_what_it_does() -> None:
    silent = [name for name, found in every_command(typer.main.get_command(app), "sanlian") if not found.help]
    assert not silent


def test_the_tree_stands_between_its_comments_and_nothing_else_moves() -> None:
    text = "above\n<!-- tree -->\nold\n<!-- /tree -->\nbelow\n"
    assert with_tree(text, "new") == "above\n<!-- tree -->\nnew\n<!-- /tree -->\nbelow\n"
    assert with_tree(with_tree(text, "new"), "new") == with_tree(text, "new")


def test_a_readme_without_the_comments_is_left_alone(tmp_path: Path) -> None:
    for room in ("api", "services", "data", "gridmap", "scoring", "congress"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(f'"""{room} room."""\n')
    (tmp_path / "README.md").write_text("no comments here\n")
    (tmp_path / "README.zh-CN.md").write_text("<!-- tree -->\n<!-- /tree -->\n")
    written = papers(tmp_path)
    assert tmp_path / "README.md" not in written
    assert "api room." in written[tmp_path / "README.zh-CN.md"]


def test_every_module_of_the_tree_has_a_caption() -> None:
    for room in ("api", "services", "data", "gridmap", "scoring", "congress"):
        assert all(caption(module) for module in (ROOT / room).rglob("*.py"))
