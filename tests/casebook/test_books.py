"""Rule texts of the kind other places use, written as books without touching code: they hold and fit the schema."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import data.rules
from data.messages import say
from scoring.awards import award
from scoring.rulebook import KEYS, parse, run_examples

BOOKS = sorted((Path(__file__).parent / "books").glob("*.yaml"))
EVERY = {**{path.stem: path.read_text("utf-8") for path in BOOKS},
         **{name: data.rules.text(name) for name in data.rules.names()}}  # fmt: skip
SCHEMA = json.loads(data.rules.schema(), parse_float=Decimal)  # points are exact here too
DAYS, FLAGS = "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"
GUIDE = Path(__file__).parents[2] / "docs" / "rule-books.md"


def plain(text: str) -> Any:
    """Read a book as an editor's checker does: days stay text."""
    loader = type("Plain", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag not in (DAYS, FLAGS)]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(node.value))
    loader.add_implicit_resolver(FLAGS, re.compile("^(true|false)$"), list("tf"))  # `on` is a word, as in YAML 1.2
    return yaml.load(text, Loader=loader)


@pytest.mark.parametrize("name", EVERY)
def test_a_book_parses_its_examples_hold_and_the_published_schema_takes_it(name: str) -> None:
    book = parse(EVERY[name], name=name)
    assert book.name == name
    assert [(one.name, one.total, one.entries, one.cuts) for one in run_examples(book) if not one.holds] == []
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(plain(EVERY[name]))] == []


def test_the_schema_is_one_and_refuses_what_the_loader_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    checker = jsonschema.Draft202012Validator(SCHEMA)
    for word, wrong in (("quantum", "quantums"), ("award", "awards"), ("kinds", "kind"), ("unit: act", "unit: acre")):
        assert list(checker.iter_errors(plain(EVERY["jiangbei"].replace(word, wrong)))), word


@pytest.mark.parametrize("name", EVERY)
def test_every_entry_of_every_example_can_be_said_in_both_languages(name: str) -> None:
    book = parse(EVERY[name], name=name)
    examples = [*book.examples, *(example for rule in book.rules.values() for example in rule.examples)]
    for example in examples:
        for entry in award(example.activities, book):
            for lang in ("zh", "en"):
                assert "{" not in say(entry.reason_key, lang, **entry.reason_facts)


def keys_of(text: str) -> set[str]:
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(map(str, node))
            for value in node.values():
                walk(value)
        for item in node if isinstance(node, list) else ():
            walk(item)

    walk(plain(text))
    return found


def test_together_the_books_use_every_key_that_there_is() -> None:
    used = set().union(*(keys_of(text) for text in EVERY.values()))
    assert sorted({key for keys in KEYS.values() for key in keys} - used - {"until", "per_month"}) == []


def test_the_guide_explains_every_key_and_its_own_book_holds() -> None:
    guide = GUIDE.read_text("utf-8")
    assert sorted(key for keys in KEYS.values() for key in keys if f"`{key}`" not in guide) == []
    (text,) = [block.split("```", 1)[0] for block in guide.split("```yaml\n")[1:] if block.startswith("name:")]
    assert all(one.holds for one in run_examples(parse(text, name="guide")))
