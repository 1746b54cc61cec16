"""Outlines of papers that a congress may change: the report to the electors, section by section in two languages."""

from collections.abc import Set
from dataclasses import dataclass
from importlib.resources import files

import yaml

REPORT = "report-to-electors.yaml"
SOURCES = frozenset({"acts", "matters", "called", "points", "blank", "words"})


class OutlineError(ValueError):
    """An outline that cannot be read: which key, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section of an outline.

    of: what fills it: `acts` (of `kinds`), `called` (where the roll was taken), `matters`, `points`, `words` (its lead
    alone) or `blank` (left to the deputy, `lines` lines).  lead: the sentence before; `{…}` are filled in.
    """

    title: dict[str, str]
    of: str
    lead: dict[str, str]
    kinds: tuple[str, ...] = ()
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The report to the electors: who owes it how often, and its sections; `assumed`: what no source gives."""

    title: dict[str, str]
    source: dict[str, str]
    assumed: dict[str, str]
    due: dict[str, str]  # level -> cadence
    kinds: tuple[str, ...]  # the acts that are such a report
    parts: tuple[Part, ...]


def report_to_electors() -> Outline:
    """Read the shipped outline of the report to the electors."""
    return read(files(__package__).joinpath(REPORT).read_text(encoding="utf-8"))


def read(text: str) -> Outline:
    """Read an outline. Raises OutlineError for a key that is missing or not known."""
    found = yaml.safe_load(text)
    _expect(found, {"title", "source", "assumed", "due", "kinds", "parts"}, "the outline")
    for part in found["parts"]:
        _expect(part, {"title", "of", "lead"}, "a part", also={"kinds", "lines"})
        if part["of"] not in SOURCES:
            raise OutlineError(f"of: {part['of']!r}; known: {', '.join(sorted(SOURCES))}")
    return Outline(
        title=dict(found["title"]), source=dict(found["source"]), assumed=dict(found["assumed"]),
        due=dict(found["due"]), kinds=tuple(found["kinds"]),
        parts=tuple(
            Part(title=dict(part["title"]), of=part["of"], lead=dict(part["lead"]),
                 kinds=tuple(part.get("kinds", ())), lines=int(part.get("lines", 0)))
            for part in found["parts"]
        ),
    )  # fmt: skip


def _expect(found: object, wanted: set[str], of: str, *, also: Set[str] = frozenset()) -> None:
    if not isinstance(found, dict):
        raise OutlineError(f"{of}: expected keys with values")
    unknown, missing = set(found) - wanted - also, wanted - set(found)
    if unknown or missing:
        raise OutlineError(f"{of}: unknown {sorted(unknown)}, missing {sorted(missing)}")
