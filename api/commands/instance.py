"""The instance: open one, build the demo, serve it, verify it."""

import os
import shutil
import socket
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.markup import escape
from sqlalchemy.orm import Session

from api.application import create_app
from api.commands.console import (
    Here,
    a_date,
    act_now,
    done,
    err,
    explained,
    fail,
    here,
    opened,
    out,
    print_json,
    progress,
)
from api.settings import Settings
from api.telling import told
from data.store import Store
from services.act import CIVIL, Act
from services.demo import VERSION, Demo, DemoAccount, build_demo, keep_accounts, read_accounts
from services.errors import ConflictError
from services.fingerprints import Named, anchor_faults, anchor_text, anchors, read_anchors
from services.instance import open_term, setting
from services.publishing import refuse_unreviewed
from services.verify import Fault
from services.verify import verify as look

DEMO_STEPS = 13


def init(
    context: typer.Context,
    term: Annotated[str, typer.Option(help="届名称 / name of the term")] = "本届",
    starts: Annotated[str | None, typer.Option(help="届起始日 YYYY-MM-DD / first day of the term")] = None,
    force: Annotated[bool, typer.Option("--force", help="已有实例时只补缺 / keep what is there")] = False,
) -> None:
    """Make an empty instance with one open term."""
    the = here(context)
    act = act_now()
    begins = a_date(starts) or date(act.today.year - 4, 1, 1)
    if (the.home / "sanlian.db").exists() and not force and not the.settings.database:
        fail(the, the.t("error.instance_exists", home=str(the.home)))
    with opened(the, create=True) as store, store.unit() as unit:
        try:
            open_term(unit, act, name=term, starts_on=begins)
        except ConflictError:
            if not force:
                raise
    done(the, "init.done", home=str(the.home), term=term, starts=begins.isoformat())


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option()] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve")] = False,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
) -> None:
    """Build the Heshan demo once (synthetic below the county), then serve it."""
    the = here(context)
    with explained(the):
        if not no_serve:
            refuse_taken_port(the, host, port)
        accounts = ensure_demo(the)
    if the.json:
        print_json({"url": f"http://{host}:{port}/", "accounts": accounts})
    else:
        out.print(the.t("demo.ready", url=f"http://{host}:{port}/"))
        for account in accounts:
            out.print(f"  {the.t('role.' + account.role):<8} {account.user:<14} {account.password}")
        out.print(the.t("demo.accounts_file", file=str(the.home / "demo-accounts.json")))
    if not no_serve:
        run_server(the, host, port, workers=1)


def ensure_demo(the: Here) -> tuple[DemoAccount, ...]:
    """Build the demo where it is not there yet; whole or not at all."""
    marker, kept = the.home / "demo-version", the.home / "demo-accounts.json"
    database = the.home / "sanlian.db"
    if marker.exists() and kept.exists() and database.exists() and marker.read_text("utf-8").strip() == VERSION:
        return read_accounts(kept)
    if database.exists() and not marker.exists():
        fail(the, the.t("error.not_the_demo", home=str(the.home)))
    the.home.mkdir(parents=True, exist_ok=True)
    building = the.home / "building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    marker.unlink(missing_ok=True)
    built = build_in(the, building)
    for old in (database, the.home / "sanlian.db-wal", the.home / "sanlian.db-shm"):
        old.unlink(missing_ok=True)
    files = the.home / "demo-files"
    shutil.rmtree(files, ignore_errors=True)
    (building / "files").replace(files)
    (building / "sanlian.db").replace(database)
    keep_accounts(kept, built.accounts)
    shutil.rmtree(building)
    marker.write_text(VERSION + "\n", "utf-8")
    return built.accounts


def build_in(the: Here, building: Path) -> Demo:
    """Build the demo in a folder of its own."""
    store = Store.open(building / "sanlian.db")
    (building / "files").mkdir()
    act = Act(actor="demo", at=datetime.now(UTC))
    with progress() as bar:
        task = bar.add_task(the.t("demo.building"), total=DEMO_STEPS)

        def step(key: str) -> None:
            bar.update(task, description=the.t(key), advance=1)

        built = build_demo(store, act, folder=building / "files", step=step)
    store.close()  # the last connection folds the write-ahead log into the file
    return built


def refuse_taken_port(the: Here, host: str, port: int) -> None:
    """Say at once, not after building, that the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            fail(the, the.t("error.port_taken", port=port))


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Serve the pages and the API."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        refuse_unreviewed(unit)
    out.print(the.t("serve.at", url=f"http://{host}:{port}/"))
    run_server(the, host, port, workers=workers)


def run_server(the: Here, host: str, port: int, *, workers: int) -> None:
    """Run uvicorn until it is stopped."""
    if workers > 1:
        os.environ["SANLIAN_HOME"] = str(the.home)
        if the.settings.database:
            os.environ["SANLIAN_DATABASE"] = the.settings.database
        uvicorn.run("api.application:from_environment", factory=True, host=host, port=port, workers=workers,
                    log_level="warning", server_header=False)  # fmt: skip
        return
    uvicorn.run(create_app(the.settings), host=host, port=port, log_level="warning", server_header=False)


def verify(
    context: typer.Context,
    anchor: Annotated[
        Path | None, typer.Option(help="锚点文件:没有就写,有就比对 / anchor file: written, or compared if it is there")
    ] = None,
) -> None:
    """Check the audit chain, the journal, the ledger, layers and plan; exit 1 on any fault."""
    the = here(context)
    with opened(the) as store, store.reading() as unit, explained(the):
        found = look(unit)
        met = [Fault(kind=one.kind, facts=dict(one.facts)) for one in anchored(unit, anchor)]
        faults = (*found.faults, *met)
        written = "" if anchor is None or anchor.exists() or faults else page_of(unit)
    if anchor is not None and written:
        anchor.write_text(written, "utf-8")
    if the.json:
        print_json(replace(found, faults=faults))
    else:
        out.print(the.t("verify.looked", audit=found.audit_rows, ledger=found.ledger_entries, pieces=found.pieces,
                        links=found.links))  # fmt: skip
        if found.closings:
            out.print(the.t("verify.closings", closings=found.closings))
        out.print(the.t("verify.journal", rows=found.journal_rows))
        out.print(the.t("verify.anchor", anchor=found.anchor))
        if anchor is not None and not faults:
            out.print(the.t("verify.anchor_written" if written else "verify.anchor_met", file=str(anchor)))
    for fault in () if the.json else faults:
        err.print(f"[red]✗[/] {escape(told(f'verify.{fault.kind}', the.lang, fault.facts))}")
    if faults:
        raise typer.Exit(1)
    if not the.json:
        out.print(the.t("verify.sound"))


def anchored(unit: Session, anchor: Path | None) -> list[Named]:
    """Compare a kept anchor with the chains; without one there is nothing to compare."""
    if anchor is None or not anchor.exists():
        return []
    return anchor_faults(unit, read_anchors(anchor.read_text("utf-8", errors="replace")))


def page_of(unit: Session) -> str:
    """Write the anchors of this moment."""
    return anchor_text(anchors(unit), instance=str(setting(unit, "instance.name")), at=act_now().at.astimezone(CIVIL))


def home_settings(home: Path | None) -> Settings:
    """Give the settings with the home of the command line in front of the environment's."""
    settings = Settings()
    return settings.model_copy(update={"home": home}) if home else settings
