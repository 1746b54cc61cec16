"""Tiny rule books, drawn: a text with one line for each rule, and activities by the day."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import settings

from scoring import Activity
from scoring.rulebook import RuleBook, parse

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

HEAD = """\
name: tiny
title: {zh: 小规则, en: Tiny book}
version: "1"
source: drawn for a test
quantum: 0.5
valid: {from: 2020-01-01}
"""
Draw = Callable[..., str]
Book = Callable[..., RuleBook]
Act = Callable[..., Activity]


def draw_book(rules: str, *, categories: str = "{one: {title: {zh: 一, en: one}}}", more: str = "") -> str:
    """Write a book; every line of rules is `id: kind unit {chapter} {more keys}`, dates in braces for since."""
    lines = [HEAD + more, f"categories: {categories}", "rules:"]
    for rule in (line.strip() for line in rules.strip().splitlines()):
        name, rest = rule.split(": ", 1)
        kind, unit, rest = rest.split(" ", 2)
        chapter, _, extra = rest.partition(" | ")
        since = chapter if chapter.startswith("{20") else f"{{2020-01-01: {chapter}}}"
        lines += [
            f"  {name}:",
            f"    title: {{zh: 规则{name}, en: Rule {name}}}",
            *([] if "category:" in extra else ["    category: one"]),
            f"    kinds: [{kind}]",
            f"    unit: {unit}",
            "    basis: {zh: 第一条, en: article 1}",
            f"    since: {since}",
            *(f"    {key.strip()}" for key in extra.split(";") if key.strip()),
            "    examples:",
            "      - {name: 空, activities: [{kind: other, on: 2020-01-01}], total: 0}",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def draw() -> Draw:
    return draw_book


@pytest.fixture
def book() -> Book:
    return lambda rules, **more: parse(draw_book(rules, **more), name="tiny.yaml")


@pytest.fixture
def act() -> Act:
    def build(code: str, kind: str, on: str, **more: object) -> Activity:
        facts: dict[str, object] = {"person": "p", "seat": "s", "level": "county"} | more
        return Activity(code=code, kind=kind, on=date.fromisoformat(on), **facts)  # type: ignore[arg-type]

    return build
