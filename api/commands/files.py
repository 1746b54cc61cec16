"""Files in: import, check, and empty sheets to fill."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from api.assets import font_folders
from api.commands.console import (
    REFUSED,
    Here,
    act_now,
    done,
    err,
    explained,
    fail,
    flaw_fields,
    here,
    opened,
    out,
    print_json,
    print_table,
    show_flaws,
)
from api.telling import said
from data.templates import write_template
from services.exporting import export_table
from services.imports import KINDS, Imported, bring, examine
from services.repairing import CELL_KINDS, RepairDone, moves_table, repair_file, repair_paper

Kind = Annotated[str, typer.Argument(help=" ".join(KINDS))]
Datum = Annotated[str | None, typer.Option(help="wgs84 cgcs2000 gcj02 bd09 EPSG:n")]
Layer = Annotated[str, typer.Option(help="districts: county | town")]
Term = Annotated[str | None, typer.Option(help="届 term")]
Generation = Annotated[str | None, typer.Option(help="图层代 generation")]
Mapping = Annotated[list[str] | None, typer.Option("--map", help="our column=your header, e.g. code=GEOID")]


def columns(pairs: list[str] | None) -> dict[str, str]:
    """Read `--map ours=theirs`."""
    mapping = {}
    for pair in pairs or []:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not theirs:
            raise typer.BadParameter(f"--map {pair}: ours=theirs")
        mapping[ours] = theirs
    return mapping


def known_kind(the: Here, kind: str) -> None:
    """Refuse a kind that is not one."""
    if kind not in KINDS:
        fail(the, the.t("error.kind", kind=kind, known=" ".join(KINDS)))


def there(the: Here, file: Path) -> None:
    """Refuse a file that is not there."""
    if not file.is_file():
        fail(the, the.t("error.no_file", file=str(file)))


def import_file(
    context: typer.Context,
    kind: Kind,
    file: Path,
    datum: Datum = None,
    layer: Layer = "",
    term: Term = None,
    generation: Generation = None,
    mapping: Mapping = None,
    source: Annotated[str, typer.Option(help="来源 where the file comes from")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing")] = False,
) -> None:
    """Import a file: every flaw is listed, and nothing is kept when one is fatal."""
    the = here(context)
    known_kind(the, kind)
    there(the, file)
    with opened(the) as store, store.unit() as unit:
        brought = bring(
            unit, act_now(), kind=kind, path=file, datum=datum, layer=layer, term=term, generation=generation,
            mapping=columns(mapping), source=source, dry_run=dry_run,
        )  # fmt: skip
        if dry_run:
            unit.rollback()
    if the.json:
        print_json(brought)
        return
    show_flaws(brought.flaws)
    if kind == "matters":
        for note in brought.notes:
            done(the, note.key, **note.facts)
        return
    if kind == "workdays":
        told_notice(the, brought, dry_run=dry_run)
        return
    done(
        the, "import.dry_run" if dry_run else "import.done", kind=kind, file=brought.file, rows=brought.rows,
        new=brought.new, changed=brought.changed, replaced=brought.replaced, generation=brought.generation,
        warnings=len(brought.flaws),
    )  # fmt: skip


def told_notice(the: Here, brought: Imported, *, dry_run: bool) -> None:
    """Say what a holiday notice did, and everything that moved by it."""
    done(
        the, "import.notice_dry_run" if dry_run else "import.notice", file=brought.file, rows=brought.rows,
        new=brought.new, changed=brought.changed, warnings=len(brought.flaws),
    )  # fmt: skip
    for note in brought.notes:
        out.print(escape("  " + said(note, the.lang)))


def check_file(
    context: typer.Context,
    kind: Kind,
    file: Path,
    datum: Datum = None,
    layer: Layer = "",
    term: Term = None,
    generation: Generation = None,
    mapping: Mapping = None,
) -> None:
    """List every flaw of a file and change nothing; exit 1 if one is fatal."""
    the = here(context)
    known_kind(the, kind)
    there(the, file)
    with opened(the) as store, store.unit() as unit:
        rows, flaws = examine(
            unit, act_now(), kind=kind, path=file, datum=datum, layer=layer, term=term, generation=generation,
            mapping=columns(mapping),
        )  # fmt: skip
        unit.rollback()
    fatal = sum(flaw.fatal for flaw in flaws)
    if the.json:
        listed = [flaw_fields(flaw) for flaw in flaws]
        print_json({"file": file.name, "rows": rows, "fatal": fatal, "flaws": listed})
    else:
        show_flaws(flaws)
        err.print(escape(the.t("check.done", file=file.name, rows=rows, flaws=len(flaws), fatal=fatal)))
    if fatal:
        raise typer.Exit(REFUSED)


def template(
    context: typer.Context,
    kind: Kind,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="FILE.xlsx")] = None,
) -> None:
    """Write an empty sheet with headers, notes and one example row."""
    the = here(context)
    known_kind(the, kind)
    path = output or Path(f"{kind}.xlsx")
    write_template(kind, path)
    done(the, "template.done", file=str(path))


def repair(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=" ".join(CELL_KINDS))],
    file: Path,
    output: Annotated[Path, typer.Option("-o", "--output", help="OUT.gpkg")],
    datum: Datum = None,
    layer: Layer = "",
    mapping: Mapping = None,
    gap_width: Annotated[
        float, typer.Option(min=0.0, max=100.0, help="米:更宽的缝不动 / metres; wider gaps stay")
    ] = 5.0,
    moves: Annotated[Path | None, typer.Option(help="MOVES.pdf MOVES.xlsx MOVES.csv 签字用 / the list to sign")] = None,
) -> None:
    """Write a copy of a layer whose cells fit edge to edge, and tell every move; the file itself is not touched."""
    the = here(context)
    there(the, file)
    with explained(the):
        mended = repair_file(
            kind=kind, path=file, datum=datum, layer=layer, mapping=columns(mapping), output=output, gap_width=gap_width
        )
        if moves is not None:
            keep_moves(the, mended, moves)
    if the.json:
        print_json({"file": mended.file, "sha256": mended.sha256, "output_sha256": mended.output_sha256,
                    "rows": mended.rows, "moves": mended.moves.to_dict("records")})  # fmt: skip
        return
    if len(mended.moves):
        table = moves_table(mended, the.lang)
        print_table(the.t("repair.title", file=mended.file), tuple(table.columns), table.itertuples(index=False))
    done(the, "repair.done", rows=mended.rows, moved=len(mended.moves), output=str(output))


def keep_moves(the: Here, mended: RepairDone, path: Path) -> None:
    """Write the list of moves for somebody to sign: as a paper, or as a table."""
    form = path.suffix.lstrip(".").lower()
    if form == "pdf":
        path.write_bytes(repair_paper(mended, the.lang, font_folders()))
        return
    title = the.t("repair.title", file=mended.file)
    export_table(moves_table(mended, the.lang), path, form, title=title, synthetic=False)
