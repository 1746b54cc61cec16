"""What the templates promise: every word in both languages, no inline handler or style, no outside address."""

import re
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader

from api.writing import FILTERS
from data.messages import words
from gridmap.coverage import PIECES

HERE = Path(__file__).parents[2]
TEMPLATES = sorted((HERE / "api" / "templates").glob("*.html"))
FINISHED = {
    "page.home.door.": tuple(door + end for door in ("congress", "deputy", "gridworker") for end in ("", ".what")),
    "page.nav.": ("me", "locate", "coverage", "deputies", "matters", "activities", "rankings"),
    "page.paper.": ("proposed", "checked", "approved", "seal"),
    "page.mode.": ("links", "load", "acts"),
    "page.legend.": ("links", "load", "acts"),
    "page.layer.": ("towns", "villages", "grids", "county_districts", "town_districts", "stations"),
}


def messages(lang: str) -> dict[str, str]:
    path = HERE / "data" / "messages" / lang / "pages.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def keys_asked() -> set[str]:
    """Collect the keys that the templates ask for; a key with a variable end stands for its known ends."""
    asked = set()
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        for found in re.finditer(r"""\bt\(\s*(["'])(page\.[\w.]*)\1\s*(~)?""", text):
            key, open_ended = found.group(2), found.group(3)
            asked |= {key + end for end in FINISHED[key]} if open_ended else {key}
    return asked


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_that_a_template_asks_for_is_there(lang: str) -> None:
    assert keys_asked() - set(words(lang)) == set()


def test_both_languages_have_the_same_keys_and_facts() -> None:
    zh, en = messages("zh"), messages("en")
    assert list(zh) == list(en)
    assert [key for key in zh if set(re.findall(r"{\w+}", zh[key])) != set(re.findall(r"{\w+}", en[key]))] == []


def test_no_english_word_has_been_left_in_chinese() -> None:
    assert [key for key, text in messages("zh").items() if re.search(r"[A-Za-z]{2,}", re.sub(r"{\w+}", "", text))] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_handler_style_or_outside_address(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.search(r"<[^>]*\s(?:on\w+|style)\s*=", text) is None
    assert re.search(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", text) is None
    assert "<script>" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_parses_and_opens_with_its_context(template: Path) -> None:
    environment = Environment(loader=FileSystemLoader(template.parent), autoescape=True)
    environment.filters.update(FILTERS)
    environment.get_template(template.name)
    assert template.read_text(encoding="utf-8").startswith("{#")


def test_the_legend_of_pieces_has_the_map_s_colours() -> None:
    legend = (HERE / "api" / "templates" / "deputy.html").read_text(encoding="utf-8")
    assert all(f'fill="{colour}"' in legend for colour in PIECES.values())


def test_our_scripts_write_names_as_text_and_ask_nothing_outside() -> None:
    for script in sorted((HERE / "api" / "static").glob("*.js")):
        code = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://", code), script
        assert "localStorage" not in code
