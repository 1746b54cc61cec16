"""Spreading: placing and scoring county by county, in folders or for an instance, here or on a cluster."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.console import (
    REFUSED,
    Here,
    a_date,
    act_now,
    done,
    explained,
    fail,
    opened,
    out,
    print_json,
    progress,
)
from api.commands.console import here as here_of
from api.telling import points_text
from data.counties import ACTIVITIES, GRIDS, CountyTable, counties_in
from data.rules import names as shipped_books
from data.rules import text as shipped_text
from services.county_export import write_counties
from services.county_placing import HowPlaced, place_counties
from services.county_scoring import BookText, HowScored, adopted_books, score_counties
from services.county_work import Counted, Failed, Outcome, Running, Tell, here
from services.instance import DEFAULTS
from services.parts import lay_out_in_parts
from services.parts_of_seats import counting_in_parts
from services.placing import Placed, keep_plan, survey
from services.points import Scored, score

Cluster = Annotated[str | None, typer.Option(help="dask 调度地址 / dask scheduler tcp://…")]
From = Annotated[Path | None, typer.Option("--from", help="各县的表所在文件夹 / folder of the counties' tables")]
COUNTED = ("people", "people_placed", "seats", "seats_placed", "grids", "grids_linked", "districts",
           "districts_proven", "gap_most", "unmet", "activities", "entries")  # fmt: skip

To = Annotated[Path | None, typer.Option("--to", help="结果文件夹 / folder for the results")]


def the_cluster(the: Here) -> Any:
    """Give the room that knows dask; refuse, with what to install, where dask is not installed."""
    try:
        return importlib.import_module("services.cluster")
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in ("dask", "distributed"):
            raise
        fail(the, the.t("error.cluster_not_installed"))


def place_on_cluster(the: Here, address: str, *, term: str | None, generation: str | None, repair: bool) -> Placed:
    """Propose a plan of the instance, its counties laid out on a cluster; the store is not held meanwhile."""
    cluster, act = the_cluster(the), act_now()
    with opened(the) as store:
        with store.reading() as unit:
            found = survey(unit, act, term=term, generation=generation, repair=repair)
        with cluster.connected(address) as client:
            draft = lay_out_in_parts(found, partial(cluster.spread, client))
        with store.unit() as unit:
            return keep_plan(unit, act, found, draft)


def score_on_cluster(the: Here, address: str, *, term: str | None, until: date | None) -> Scored:
    """Score the instance, its entries counted on a cluster, some seats a task."""
    cluster = the_cluster(the)
    with opened(the) as store, cluster.connected(address) as client, store.unit() as unit:
        counting = counting_in_parts(partial(cluster.spread, client))
        return score(unit, act_now(), term=term, until=until, counting=counting)


def place_folder(
    the: Here, source: Path | None, target: Path | None, *, cluster: str | None, repair: bool, on: str | None
) -> None:
    """Place every county of a folder, here or on a cluster; exit 1 when a county failed."""
    origin, goal = folders(the, source, target, GRIDS)
    how = HowPlaced(
        sliver=float(DEFAULTS["placement.sliver"].value),
        tolerance=float(DEFAULTS["placement.tolerance"].value),
        keeping=float(DEFAULTS["placement.keeping"].value),
        repair=repair,
        on=a_date(on) or act_now().today,
    )
    with running(the, cluster) as run, heard(the, counties_in(origin, GRIDS)) as tell:
        found = place_counties(origin, goal, how, running=run, tell=tell)
    told(the, "cluster.place.done", found, goal)


def score_folder(
    the: Here, source: Path | None, target: Path | None, *, cluster: str | None, rules: list[str], until: str | None,
    ranked: bool,
) -> None:  # fmt: skip
    """Score every county of a folder, here or on a cluster; exit 1 when a county failed."""
    origin, goal = folders(the, source, target, ACTIVITIES)
    if not rules:
        fail(the, the.t("error.folder_rules"))
    with explained(the):
        books = tuple(book_text(the, rule) for rule in rules)
        adopted_books(books)  # a flawed book is refused here, once, not in every county
        how = HowScored(books=books, until=a_date(until) or act_now().today)
    with running(the, cluster) as run, heard(the, counties_in(origin, ACTIVITIES)) as tell:
        found = score_counties(origin, goal, how, running=run, tell=tell, ranked=ranked)
    told(the, "cluster.score.done", found, goal)


def book_text(the: Here, named: str) -> BookText:
    """Read a rule book that is named NAME, FILE, or either with @YYYY-MM-DD, the day from which it holds."""
    name, _, day = named.rpartition("@") if "@" in named else (named, "", "")
    adopted = a_date(day) or date.min.replace(year=1900)
    if name in shipped_books():
        return BookText(name=name, text=shipped_text(name), adopted_from=adopted)
    path = Path(name)
    if not path.is_file():
        fail(the, the.t("error.no_file", file=name))
    return BookText(name=path.name, text=path.read_text("utf-8"), adopted_from=adopted)


def counties(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹 / folder to write")],
    term: Annotated[str | None, typer.Option(help="届 / term")] = None,
    generation: Annotated[str | None, typer.Option(help="图层代 / generation")] = None,
) -> None:
    """Write this instance as county tables (GeoParquet), as place --from and score --from read them."""
    the = here_of(context)
    refuse_without_parquet(the)
    with opened(the) as store, store.reading() as unit:
        names = write_counties(unit, act_now(), folder, term=term, generation=generation)
    done(the, "cluster.counties", folder=str(folder), counties=len(names), names=" ".join(names[:10]))


def refuse_without_parquet(the: Here) -> None:
    """Refuse, with what to install, where Parquet cannot be read or written."""
    if importlib.util.find_spec("pyarrow") is None:
        fail(the, the.t("error.parquet_not_installed"))


def folders(the: Here, source: Path | None, target: Path | None, table: CountyTable) -> tuple[Path, Path]:
    """Give both folders, or refuse: one is missing, there is no county, or Parquet cannot be read here."""
    if source is None or target is None:
        fail(the, the.t("error.folder_pair"))
    refuse_without_parquet(the)
    if not counties_in(source, table):
        fail(the, the.t("error.folder_empty", folder=str(source), table=table.name))
    return source.resolve(), target.resolve()


@contextmanager
def running(the: Here, address: str | None) -> Iterator[Running]:
    """Give the way the counties are done: in this process, or on a cluster while the block lasts."""
    with explained(the):
        if address is None:
            yield here
            return
        cluster = the_cluster(the)
        with cluster.connected(address) as client:
            yield partial(cluster.on, client)


@contextmanager
def heard(the: Here, counties: tuple[str, ...]) -> Iterator[Tell]:
    """Give a listener that moves a progress bar on a terminal and names a county that failed at once."""
    with progress() as bar:
        task = bar.add_task(the.t("cluster.progress"), total=len(counties))

        def tell(outcome: Outcome) -> None:
            bar.advance(task)
            if isinstance(outcome, Failed):
                bar.console.print(f"✗ {why_failed(the, outcome)}", markup=False)

        yield tell


def why_failed(the: Here, failed: Failed) -> str:
    """Name a county that failed, with its reason."""
    why = the.t(f"cluster.failed.{failed.kind}", **failed.facts)
    return the.t("cluster.failed.county", county=failed.county, why=why)


def told(the: Here, key: str, found: Counted, target: Path) -> None:
    """Say what all counties gave; exit 1 when one failed."""
    if the.json:
        lines = [{"county": one.county, "why": why_failed(the, one)} for one in found.failed]
        print_json({**vars_of(found), "failed": lines, "target": str(target)})
    else:
        nothing = dict.fromkeys(COUNTED, 0)
        facts = {**nothing, **found.counts, "points": points_text(found.counts.get("tenths", 0))}
        out.print(
            the.t(key, **{**facts, "counties": found.counties, "fresh": found.fresh, "unchanged": found.unchanged,
                          "failed": len(found.failed)}),
            markup=False,
        )  # fmt: skip
        out.print(
            the.t("cluster.time", seconds=round(found.seconds, 1), peak=found.peak_mb, target=str(target)), markup=False
        )
    if found.failed:
        raise typer.Exit(REFUSED)


def vars_of(found: Counted) -> dict[str, Any]:
    """Give what was counted, for JSON."""
    return {
        "counties": found.counties, "fresh": found.fresh, "unchanged": found.unchanged, "counts": found.counts,
        "seconds": round(found.seconds, 3), "peak_mb": found.peak_mb,
    }  # fmt: skip
