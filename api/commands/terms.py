"""Terms (届): open one, match the continuing deputies, hand over."""

from typing import Annotated

import typer

from api.commands.console import Here, a_date, act_now, done, here, opened, out, print_json, print_table
from services.instance import open_term
from services.taking_back import undo_match
from services.terms import Continuing, HandOver, continuing, decide_matches, hand_over, list_terms

term_app = typer.Typer(help="届:开启、列出、核对连任、换届 / terms", no_args_is_help=True)
Codes = Annotated[list[str] | None, typer.Option(help="新名册编号,可重复;all 为全部 / new roster numbers, or all")]


@term_app.command("open")
def term_open(
    context: typer.Context,
    name: str,
    starts: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    name_en: Annotated[str, typer.Option("--name-en")] = "",
    ends: Annotated[str | None, typer.Option(help="YYYY-MM-DD")] = None,
) -> None:
    """Open a term (届); one that begins later is prepared beside the one that answers."""
    the = here(context)
    begins = a_date(starts)
    if begins is None:
        raise typer.BadParameter("--starts YYYY-MM-DD")
    with opened(the) as store, store.unit() as unit:
        open_term(unit, act_now(), name=name, name_en=name_en, starts_on=begins, ends_on=a_date(ends))
    done(the, "term.opened", term=name, starts=begins.isoformat())


@term_app.command("list")
def term_list(context: typer.Context) -> None:
    """List the terms with their state and what belongs to them."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        rows = list_terms(unit, act_now().today)
    if the.json:
        print_json(rows)
        return
    headers = ("届/term", "起/from", "止/to", "状态/state", "席位/seats", "代表/people", "图层/generations",
               "方案/plans", "履职/activities")  # fmt: skip
    print_table(
        the.t("term.list"), headers,
        [(row.name, row.starts_on, row.ends_on, the.t(f"term.state.{row.state}"), row.seats, row.people,
          row.generations, row.plans, row.activities) for row in rows],
    )  # fmt: skip


@term_app.command("match")
def term_match(
    context: typer.Context,
    new: Annotated[str, typer.Argument(help="新一届 / the new term")],
    confirm: Codes = None,
    different: Codes = None,
) -> None:
    """List the continuing deputies; `--confirm` what is only proposed, or say with `--different` that it is not so."""
    the = here(context)
    decided = (0, 0)
    if confirm or different:
        with opened(the) as store, store.unit() as unit:
            decided = decide_matches(unit, act_now(), new=new, same=confirm or (), different=different or ())
    with opened(the) as store, store.reading() as unit:
        found = continuing(unit, new=new)
    if the.json:
        print_json(found)
        return
    if confirm or different:
        out.print(the.t("term.match.done", confirmed=decided[0], refused=decided[1]))
    say_continuing(the, found)


def say_continuing(the: Here, found: Continuing) -> None:
    """Say who continues, and what waits for a decision."""
    out.print(
        the.t(
            "term.match.head", old=found.old, new=found.new, same=len(found.same_number),
            confirmed=len(found.confirmed), proposed=len(found.proposed),
        )
    )  # fmt: skip
    for row in found.proposed:
        out.print("  ? " + the.t(row.reason["key"], **row.reason["facts"]), markup=False)
    if found.proposed:
        out.print(the.t("term.match.next", new=found.new))


@term_app.command("unmatch")
def term_unmatch(
    context: typer.Context,
    new: Annotated[str, typer.Argument(help="新一届 / the new term")],
    code: Annotated[str, typer.Argument(help="新名册编号 / number of the new roster")],
    reason: Annotated[str, typer.Option(help="理由 / why")],
) -> None:
    """Take back what was decided about a number of the new roster."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        undo_match(unit, act_now(), new=new, code=code, reason=reason)
    done(the, "term.unmatched", code=code)


@term_app.command("hand-over")
def term_hand_over(
    context: typer.Context,
    new: Annotated[str, typer.Argument(help="新一届 / the new term")],
    plan: Annotated[int | None, typer.Option(help="方案编号 / plan number")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说明会怎样 / change nothing")] = False,
) -> None:
    """Hand over to a term on its first day: the old one is frozen and keeps answering for its own days."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        result = hand_over(unit, act_now(), new=new, plan=plan, dry_run=dry_run)
    if the.json:
        print_json(result)
        return
    say_hand_over(the, result)


def say_hand_over(the: Here, result: HandOver) -> None:
    """Say what a hand-over did, or would do."""
    key = "term.hand_over.done" if result.done else "term.hand_over.dry_run"
    out.print(the.t(key, old=result.old, new=result.new, on=result.on.isoformat(), plan=result.plan,
                    generation=result.generation))  # fmt: skip
    out.print("  " + the.t("term.hand_over.seats", ended=result.seats_ended, begun=result.seats_begun))
    out.print(
        "  " + the.t("term.hand_over.land", districts_before=result.districts_before,
                     districts_after=result.districts_after, grids_before=result.grids_before,
                     grids_after=result.grids_after)
    )  # fmt: skip
    for kind, names in (("continuing", result.continuing), ("leaving", result.leaving), ("coming", result.coming),
                        ("proposed", result.proposed)):  # fmt: skip
        if names:
            sentence = the.t(f"term.hand_over.{kind}", number=len(names), names=shortened(the, names))
            out.print("  " + sentence, markup=False)
    if result.matters:
        out.print("  " + the.t("term.hand_over.matters", number=result.matters))
    if result.activities_after:
        out.print("  ! " + the.t("term.hand_over.late", number=result.activities_after))


NAMED = 30


def shortened(the: Here, names: tuple[str, ...]) -> str:
    """List names, no more than a screen of them; `--json` has them all."""
    comma = the.t("page.comma")
    return comma.join(names[:NAMED]) + ("……" if len(names) > NAMED else "")
