"""Flaws of a rule book: each with its file, line and field, all raised together."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFlaw:
    """One thing wrong in a rule book's text. Its messages: `flaw.rulebook.<kind>.problem` and `.remedy`.

    name: the file.  line: counted from 1.  field: where, such as `rules.inspection.since.2025-07-01.award`.
    """

    name: str
    line: int
    field: str
    kind: str
    facts: Mapping[str, str | int] = attribute(default_factory=dict)

    def __str__(self) -> str:
        """Write the flaw as a compiler would."""
        facts = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return f"{self.name}:{self.line}: {self.field or '(book)'}: {self.kind}{f' ({facts})' if facts else ''}"


class RuleBookError(ValueError):
    """A rule book that cannot be used; `flaws` has every flaw, in the order of the lines."""

    def __init__(self, flaws: tuple[RuleFlaw, ...]) -> None:
        """Keep all flaws; the text of the error lists them."""
        super().__init__("\n".join(str(flaw) for flaw in flaws))
        self.flaws = flaws

    def __reduce__(self) -> tuple[type["RuleBookError"], tuple[tuple[RuleFlaw, ...]]]:
        """Survive the way between processes with the flaws whole."""
        return (RuleBookError, (self.flaws,))


class FlawList:
    """Gathers the flaws of one text while it is read to its end."""

    def __init__(self, name: str) -> None:
        """Start an empty list for one file."""
        self.name = name
        self.found: list[RuleFlaw] = []

    def add(self, line: int, field: str, kind: str, **facts: str | int) -> None:
        """Write one flaw down."""
        self.found.append(RuleFlaw(name=self.name, line=line, field=field, kind=kind, facts=facts))

    def raise_any(self) -> None:
        """Raise RuleBookError when there is any flaw."""
        if self.found:
            raise RuleBookError(tuple(sorted(self.found, key=lambda flaw: (flaw.line, flaw.field, flaw.kind))))
