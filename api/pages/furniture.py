"""Furniture: the small things that many pages are set with: choices, pagers, buttons, lists of what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from api.telling import period_label as period_label
from data.messages import say

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where a page of a list stands in it."""

    page: int
    pages: int
    total: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A line of a list with its next step."""

    text: str = ""
    code: str = ""
    name: str = ""
    town: str = ""
    level_name: str = ""
    why: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A button that downloads what the page shows."""

    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of a chart."""

    label: str
    value: int
    text: str


def pager_of(path: str, query: Mapping[str, str], number: int, total: int) -> Pager:
    """Cut a list into pages."""
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)

    def address(to: int) -> str:
        return f"{path}?{urlencode({**query, 'page': to})}" if 1 <= to <= pages else ""

    return Pager(page=number, pages=pages, total=total, previous=address(number - 1), next=address(number + 1))


def options(pairs: Iterable[tuple[str, str]], chosen: str, *, every: str = "") -> list[Option]:
    """Make choices of (value, label); `every`: the label of the choice that asks for any."""
    first = [Option(value="", label=every, selected=not chosen)] if every else []
    return [*first, *(Option(value=value, label=label, selected=value == chosen) for value, label in pairs)]


def tables_as(path: str, query: Mapping[str, str], lang: str) -> list[Export]:
    """Offer a table in Excel and CSV at its own address."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return [
        Export(label=say(f"export.table.{fmt}", lang), href=f"{path}.{fmt}" + (f"?{asked}" if asked else ""))
        for fmt in ("xlsx", "csv")
    ]
