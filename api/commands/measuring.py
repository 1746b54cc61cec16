"""Measuring: speed beside named peers, in one run, with the answers compared."""

import importlib
from typing import Annotated

import typer

from api.commands.console import fail, here, out, print_json, print_table

WORKS = ("locate", "overlay", "place", "score", "act", "stability", "tiles", "maps", "nation", "api")


def written(value: object) -> object:
    """Write a measured number with three figures; anything else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else value


def bench(
    context: typer.Context,
    work: Annotated[str, typer.Argument(help=" ".join(WORKS))],
    size: Annotated[str, typer.Option(help="county province nation")] = "county",
) -> None:
    """Measure one kind of work beside its peers; every claim is a ratio in this very run."""
    the = here(context)
    if work not in WORKS:
        fail(the, the.t("error.bench", work=work, known=" ".join(WORKS)))
    try:
        module = importlib.import_module(f"benchmarks.{work}")
    except ModuleNotFoundError:
        fail(the, the.t("error.bench_checkout"))
    rows = module.run(size)
    if the.json:
        print_json(rows)
        return
    headers = tuple(rows[0])
    print_table(f"bench {work} · {size}", headers, [[written(row[name]) for name in headers] for row in rows])
    out.print(the.t("bench.note"))
