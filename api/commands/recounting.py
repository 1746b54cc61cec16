"""Recounting: the points of a period worked out afresh by a second way, beside what the ledger says."""

from dataclasses import asdict
from typing import Annotated

import typer

from api.commands.console import act_now, explained, here, opened, out, print_json, print_table
from api.telling import points_text
from services.instance import the_term
from services.points import default_period
from services.recounting import recount as count_afresh


def recount(
    context: typer.Context,
    period: Annotated[str | None, typer.Option(help="2026 2026Q3 2026-11 term")] = None,
    term: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Count every seat's points afresh from the verified acts, beside the ledger's; exit 1 if any differs."""
    the, today = here(context), act_now().today
    with opened(the) as store, store.reading() as unit, explained(the):
        span = period or default_period(unit, the_term(unit, term, on=today), today)
        found = count_afresh(unit, period=span, today=today, term=term)
    if the.json:
        print_json(
            {"period": found.period.name, "book": found.book, "acts": found.acts, "seats": len(found.seats),
             "differing": [asdict(one) for one in found.differing]}
        )  # fmt: skip
    else:
        facts = {"book": found.book, "period": found.period.name, "acts": found.acts, "seats": len(found.seats)}
        if found.differing:
            headers = tuple(the.t(f"recount.{name}") for name in ("seat", "ledger", "recounted"))
            rows = [[one.seat, points_text(one.ledger), points_text(one.recounted)] for one in found.differing]
            print_table(the.t("recount.differs", differing=len(found.differing), **facts), headers, rows)
        else:
            out.print(the.t("recount.same", **facts))
    if found.differing:
        raise typer.Exit(1)
