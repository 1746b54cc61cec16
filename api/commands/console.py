"""The console of one command: opens the instance, says who acts, prints tables or JSON, explains refusals."""

import getpass
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.plainly import plain
from api.settings import Settings
from data.flaws import Flaw, render
from data.messages import say
from data.store import Store, StoreError
from scoring.rulebook import RuleBookError, RuleFlaw
from services.act import Act
from services.errors import ActError, FlawedError

REFUSED, USAGE = 1, 2


class Lang(StrEnum):
    """The language of the command's words."""

    zh = "zh"
    en = "en"


@dataclass(slots=True)
class Here:
    """What every command shares: the instance, the language, and whether to answer in JSON."""

    settings: Settings
    lang: str = "zh"
    json: bool = False

    @property
    def home(self) -> Path:
        """Give the folder of the instance."""
        return self.settings.home

    def t(self, key: str, **facts: Any) -> str:
        """Say a message in the command's language."""
        return say(key, self.lang, **facts)


PIPE_WIDTH = 220  # columns of a table that no terminal cuts

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def here(context: typer.Context) -> Here:
    """Give what the command line said before the command's name."""
    found = context.find_object(Here)
    if found is None:
        raise typer.Exit(USAGE)
    return found


def act_now(actor: str = "") -> Act:
    """Say who acts from the command line, and when."""
    return Act(actor=actor or f"cli:{getpass.getuser()}", at=datetime.now(UTC))


@contextmanager
def opened(the: Here, *, create: bool = False) -> Iterator[Store]:
    """Open the instance's store; refuse, with what to do, when there is none."""
    with explained(the):
        if not the.settings.database and not create and not (the.home / "sanlian.db").exists():
            fail(the, the.t("error.no_instance", home=str(the.home)))
        the.home.mkdir(parents=True, exist_ok=True)
        store = Store.open(the.settings.store_address)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def explained(the: Here) -> Iterator[None]:
    """Turn a refusal into a sentence and exit code 1."""
    try:
        yield
    except FlawedError as wrong:
        fatal = sum(flaw.fatal for flaw in wrong.flaws)
        fail(the, the.t("error.flawed", **{**wrong.facts, "fatal": fatal, "all": len(wrong.flaws)}), flaws=wrong.flaws)
    except RuleBookError as wrong:
        fail(the, the.t("error.rule_book", flaws=len(wrong.flaws)), flaws=tuple(map(rule_flaw, wrong.flaws)))
    except ActError as wrong:
        fail(the, the.t(wrong.key, **wrong.facts))
    except StoreError as wrong:
        fail(the, str(wrong))
    except OSError as wrong:
        fail(the, the.t("error.no_access", file=str(wrong.filename or ""), problem=wrong.strerror or str(wrong)))


def fail(the: Here, sentence: str, *, flaws: tuple[Flaw, ...] = ()) -> NoReturn:
    """Say why not, once, and stop with exit code 1."""
    if the.json:
        print_json({"error": sentence} | ({"flaws": [flaw_fields(flaw) for flaw in flaws]} if flaws else {}))
    else:
        show_flaws(flaws)
        err.print(f"[red]✗[/] {escape(sentence)}")
    raise typer.Exit(REFUSED)


def done(the: Here, key: str, **facts: Any) -> None:
    """Say what was done: a sentence for people, or the sentence with its facts as JSON."""
    sentence = the.t(key, **facts)
    if the.json:
        print_json({"done": sentence, **facts})
    else:
        out.print(escape(sentence))


def rule_flaw(flaw: RuleFlaw) -> Flaw:
    """Give a flaw of a rule book as a flaw of a file, which has words."""
    kind = f"rulebook.{flaw.kind}"
    return Flaw(file=flaw.name, kind=kind, fatal=True, line=flaw.line, field=flaw.field, facts=flaw.facts)


def show_flaws(flaws: Iterable[Flaw]) -> None:
    """List every flaw: file, line or feature, field, problem, remedy; Chinese with English beside it."""
    for flaw in flaws:
        where = f":{flaw.line}" if flaw.line is not None else ""
        feature = f" #{flaw.feature}" if flaw.feature is not None else ""
        mark = "[red]✗[/]" if flaw.fatal else "[yellow]![/]"
        (zh, zh_remedy), (en, en_remedy) = render(flaw, "zh"), render(flaw, "en")
        field = f" [{flaw.field}]" if flaw.field else ""
        code = f" {flaw.code}" if flaw.code else ""
        err.print(f"{mark} {escape(f'{flaw.file}{where}{feature}{field}{code}: {zh} → {zh_remedy}')}")
        err.print(f"    [dim]{escape(f'{en} → {en_remedy}')}[/]")


def flaw_fields(flaw: Flaw) -> dict[str, Any]:
    """Give a flaw with its sentences, for JSON."""
    problem, remedy = render(flaw, "zh")
    problem_en, remedy_en = render(flaw, "en")
    return {
        "file": flaw.file, "line": flaw.line, "feature": flaw.feature, "field": flaw.field, "code": flaw.code,
        "kind": flaw.kind, "fatal": flaw.fatal, "problem": {"zh": problem, "en": problem_en},
        "remedy": {"zh": remedy, "en": remedy_en},
    }  # fmt: skip


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def print_table(title: str, headers: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table; every cell is text, never markup."""
    table = Table(title=escape(title), title_justify="left")
    for header in headers:
        table.add_column(escape(header))
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    out.print(table)


def progress() -> Progress:
    """Give a progress bar that shows on a terminal and is silent in a pipe."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    )  # fmt: skip


def a_date(text: str | None) -> date | None:
    """Read an ISO date of the command line."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text}: YYYY-MM-DD") from wrong
