"""The shipped rule books and the list of activity kinds, as text and values; adopting one is an act of a congress."""

from dataclasses import dataclass
from importlib.resources import files

import yaml

KINDS_FILE = "kinds.yaml"
SCHEMA_FILE = "rulebook.schema.json"


class UnknownRuleBookError(LookupError):
    """No rule book of this name is shipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityKind:
    """A kind of activity as forms and files know it.

    measure: what a form should ask for beside the day: `act` (nothing), `hour`, `half_day` or `person`.
    grid_kind: one of the eight kinds of activity in the grid; assumed: no source names it.
    """

    code: str
    title: dict[str, str]
    measure: str
    grid_kind: bool
    assumed: bool


def names() -> tuple[str, ...]:
    """Name the shipped rule books, in plain string order."""
    found = (entry.name for entry in files(__name__).iterdir() if entry.name.endswith(".yaml"))
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name != KINDS_FILE))


def text(name: str) -> str:
    """Give a shipped rule book's text. Raises UnknownRuleBookError, which lists the known names."""
    if name not in names():
        raise UnknownRuleBookError(f"no rule book {name!r} is shipped; known: {', '.join(names())}")
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def titles() -> dict[str, dict[str, str]]:
    """Give the title of every shipped rule book in both languages, read from its own line of the text: name → title."""
    lines = {name: text(name).splitlines() for name in names()}
    return {
        name: dict(yaml.safe_load(next(line for line in found if line.startswith("title:")))["title"])
        for name, found in lines.items()
    }


def schema() -> str:
    """Give the published JSON Schema of rule books."""
    return files(__name__).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


def kinds() -> tuple[ActivityKind, ...]:
    """Give the activity kinds in the file's order."""
    rows = yaml.safe_load(files(__name__).joinpath(KINDS_FILE).read_text(encoding="utf-8"))
    return tuple(
        ActivityKind(
            code=code,
            title=dict(row["title"]),
            measure=row.get("measure", "act"),
            grid_kind=row.get("grid_kind", False),
            assumed=row.get("assumed", False),
        )
        for code, row in rows.items()
    )
