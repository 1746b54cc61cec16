"""Closing: periods are closed and frozen, and a rule book is tried on one before anybody adopts it."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import act_now, done, explained, fail, here, opened, out, print_json, print_table, rule_flaw
from api.commands.points import text_of
from api.telling import points_text
from data.messages import say
from services.closings import close_period, freeze_period, periods_of
from services.instance import setting, the_term
from services.trying import Moved, Trial, examine, note_trial, try_book

A_TERM = Annotated[str | None, typer.Option()]
SHOWN = 30  # lines of a trial


def close(context: typer.Context, period: str, term: A_TERM = None) -> None:
    """Close a period (履职情况公示): its balances become an assertion that every replay checks."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        found = close_period(unit, act_now(), period=period, term=term)
    if the.json:
        print_json(found)
        return
    done(
        the, "close.done", period=found.period, seats=found.seats, entries=found.entries, waiting=found.waiting,
        points=points_text(found.tenths), until=str(found.objections_until),
    )  # fmt: skip
    out.print(the.t("close.digest", digest=found.digest))


def freeze(context: typer.Context, period: str, term: A_TERM = None) -> None:
    """Freeze a closed period once its objections are answered and their days are over."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        freeze_period(unit, act_now(), period=period, term=term)
    done(the, "freeze.done", period=period)


def list_periods(context: typer.Context, term: A_TERM = None) -> None:
    """List the periods of a term: open, closed or frozen, with what is in them."""
    the = here(context)
    act = act_now()
    with opened(the) as store, store.reading() as unit:
        found = periods_of(unit, the_term(unit, term, on=act.today), act.today)
    if the.json:
        print_json(found)
        return
    headers = (
        "时段/period",
        "状态/state",
        "席位/seats",
        "条目/entries",
        "积分/points",
        "未核实/waiting",
        "异议至/until",
    )
    print_table(
        the.t("close.list"),
        headers,
        [
            (x.period, the.t(f"period.state.{x.state}"), x.seats, x.entries, points_text(x.tenths), x.waiting,
             x.objections_until or "")
            for x in found
        ],
    )  # fmt: skip


def rules_try(
    context: typer.Context,
    file: Path,
    period: Annotated[str, typer.Option(help="2026 2026Q3 2026-11 term")],
    term: A_TERM = None,
) -> None:
    """Replay a past period under a rule book: who moves and why. No point is changed."""
    the = here(context)
    act = act_now()
    text = text_of(the, file)
    with opened(the) as store:
        with explained(the):
            examined = examine(text, file.name)
        if examined.book is None:
            flaws = tuple(map(rule_flaw, examined.flaws))
            fail(the, the.t("error.rule_book", flaws=len(flaws)), flaws=flaws)
        with store.unit() as unit:
            trial = try_book(unit, book=examined.book, period=period, today=act.today, term=term)
            note_trial(unit, act, trial)
            ranked = setting(unit, "rankings") != "off"
    if the.json:
        print_json(trial)
        return
    show_trial(the.lang, trial, ranked=ranked)


def show_trial(lang: str, trial: Trial, *, ranked: bool) -> None:
    """Print a trial: those who move most, with the rules that make the difference."""
    names = ("席位/seat", "姓名/name", "层级/level", "原/before", "试算/after", "差/by")
    ranks = ("原名次/rank", "试算名次/rank", "为什么/why") if ranked else ("为什么/why",)
    lines = [line for line in trial.lines if line.by or line.places][:SHOWN]
    print_table(
        say("try.title", lang, period=trial.period, book=trial.book, version=trial.version),
        (*names, *ranks),
        [
            (line.seat, line.name, say(f"level.{line.level}", lang), points_text(line.before),
             points_text(line.after), points_text(line.by),
             *((line.rank_before, line.rank_after) if ranked else ()), why_text(trial, line, lang))
            for line in lines
        ],
    )  # fmt: skip
    if trial.reached_back:
        out.print(say("try.reached_back", lang, period=trial.period))
    if not ranked:
        out.print(say("try.no_ranks", lang))
    out.print(say("try.done", lang, activities=trial.activities, changed=trial.changed, shifted=trial.shifted))


def why_text(trial: Trial, line: Moved, lang: str) -> str:
    """Name the rules that make the difference."""
    comma = "；" if lang == "zh" else "; "
    return comma.join(
        f"{trial.titles.get(one.rule, {}).get(lang, one.rule)} {points_text(one.before)} → {points_text(one.after)}"
        for one in line.why
    )
