"""Flaws: what is wrong with a paper, where exactly, and how a person puts it right."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from data.messages import say


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong in a file; a fatal one keeps the whole file out, the others are warnings.

    `line` is the row as the user sees it (1 is the first), `feature` the position in a layer (1 is the first);
    both are None for what concerns the whole file. `field` is the English name of the column or the file's header.
    """

    file: str
    kind: str
    fatal: bool
    line: int | None = None
    feature: int | None = None
    field: str = ""
    code: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def render(flaw: Flaw, lang: str) -> tuple[str, str]:
    """Say what is wrong and what to do, in `zh` or `en`. Raises KeyError for a kind that has no words."""
    comma = say("flaw.where.and", lang)
    facts = {"field": flaw.field, "code": flaw.code} | {
        name: _plain(value, comma) for name, value in flaw.facts.items()
    }
    return say(f"flaw.{flaw.kind}.problem", lang, **facts), say(f"flaw.{flaw.kind}.remedy", lang, **facts)


def where(flaw: Flaw, lang: str) -> str:
    """Say where a flaw is: the file, the line or feature, the column; for the start of a printed line."""
    parts = [flaw.file]
    if flaw.line is not None:
        parts.append(say("flaw.where.line", lang, line=flaw.line))
    if flaw.feature is not None:
        parts.append(say("flaw.where.feature", lang, feature=flaw.feature))
    if flaw.field:
        parts.append(say("flaw.where.field", lang, field=flaw.facts.get("header", flaw.field)))
    return say("flaw.where.comma", lang).join(parts)


def _plain(value: Any, comma: str) -> Any:
    """Join a list of names for reading; anything else stays as it is."""
    return comma.join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else value
