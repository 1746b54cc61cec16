"""Matters on the command line: the list of what is open and late, how they were handled, and successors."""

from typing import Annotated

import typer

from api.commands.console import act_now, done, here, opened, out, print_json, print_table
from congress.permissions import Viewer
from scoring.periods import Period
from services.atlas import atlas_within
from services.instance import the_term
from services.matters_handing import follow_links
from services.matters_inbox import Sought, local, table
from services.matters_measures import Measured, Share, by, measures
from services.points import period_of

matters_app = typer.Typer(help="群众意见:清单、办理情况、移交 / residents' matters", no_args_is_help=True)


@matters_app.command("list")
def matters_list(
    context: typer.Context,
    show: Annotated[str, typer.Option(help="open late closed merged all")] = "open",
    town: Annotated[str, typer.Option(help="镇街代码 / town")] = "",
    unit_name: Annotated[str, typer.Option("--unit", help="承办单位 / handling unit")] = "",
) -> None:
    """List matters, the most urgent first; overdue stands with the handling unit."""
    the = here(context)
    act = act_now()
    with opened(the) as store, store.reading() as unit:
        wanted = Sought(show=show, town=town, unit=unit_name)
        rows = table(unit, Viewer(user=act.actor, role="congress"), now=act.at, wanted=wanted, lang=the.lang)
    if the.json:
        print_json(rows.to_dict("records"))
        return
    shown = rows.drop(columns=[the.t(f"matter.column.{name}") for name in ("channel", "grid", "rating", "followers")])
    print_table(
        the.t("matter.list", number=len(rows), at=local(act.at)), list(shown.columns), shown.to_numpy().tolist()
    )


@matters_app.command("measure")
def matters_measure(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="2026 2026Q3 2026-11 term")],
    of: Annotated[str, typer.Option(help="town station district unit; 空为全部 empty: all together")] = "",
) -> None:
    """Measure how the matters of a period were handled; every share stands with its numbers."""
    the = here(context)
    act = act_now()
    with opened(the) as store, store.reading() as unit:
        when: Period = period_of(the_term(unit, on=act.today), period)
        rows = by(unit, when, now=act.at, of=of) if of else (measures(unit, when, now=act.at),)
    if the.json:
        print_json(rows)
        return
    names = [name for name in Measured.__slots__ if name not in ("answered_hours_mean", "activities")]
    headers = [the.t(f"matter.measure.{name}") for name in names]
    print_table(the.t("matter.measure.title", period=when.name), headers,
                [[told(getattr(row, name)) for name in names] for row in rows])  # fmt: skip
    out.print(the.t("matter.measure.note"))


def told(value: Share | float | str | None) -> str:
    """Write a measure: a share with its numbers, nothing where there is nothing to measure."""
    if isinstance(value, Share):
        return "—" if value.share is None else f"{value.share:.0%} ({value.number}/{value.of})"
    if value is None or value == "":
        return "—"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


@matters_app.command("follow")
def matters_follow(context: typer.Context) -> None:
    """Hand open matters of deputies who have left to whoever answers there now; safe to run every day."""
    the = here(context)
    act = act_now()
    with opened(the) as store, store.unit() as unit:
        atlas = atlas_within(unit, act.today)
        moved = follow_links(unit, act, atlas=atlas, unlinked=True) if atlas is not None else ()
    if the.json:
        print_json({"moved": list(moved)})
        return
    done(the, "matter.followed", moved=len(moved))
