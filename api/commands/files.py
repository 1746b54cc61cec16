"""Files in: import, check, and empty sheets to fill."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import (
    Here,
    act_now,
    err,
    explained,
    fail,
    here,
    opened,
    out,
    print_json,
    print_table,
    show_flaws,
)
from data.frames import each
from data.templates import write_template
from services.exporting import export_table
from services.imports import KINDS, bring, examine
from services.repairing import CELL_KINDS, repair_file

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
    with opened(the) as store, store.unit() as unit:
        done = bring(
            unit, act_now(), kind=kind, path=file, datum=datum, layer=layer, term=term, generation=generation,
            mapping=columns(mapping), source=source, dry_run=dry_run,
        )  # fmt: skip
        if dry_run:
            unit.rollback()
    if the.json:
        print_json(done)
        return
    show_flaws(the, done.flaws)
    key = "import.dry_run" if dry_run else "import.done"
    out.print(
        the.t(
            key, kind=kind, file=done.file, rows=done.rows, new=done.new, changed=done.changed,
            replaced=done.replaced, generation=done.generation, warnings=len(done.flaws),
        )
    )  # fmt: skip


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
    with opened(the) as store, store.unit() as unit:
        rows, flaws = examine(
            unit, act_now(), kind=kind, path=file, datum=datum, layer=layer, term=term, generation=generation,
            mapping=columns(mapping),
        )  # fmt: skip
        unit.rollback()
    fatal = sum(flaw.fatal for flaw in flaws)
    show_flaws(the, flaws)
    if not the.json:
        err.print(the.t("check.done", file=file.name, rows=rows, flaws=len(flaws), fatal=fatal))
    if fatal:
        raise typer.Exit(1)


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
    out.print(the.t("template.done", file=str(path)))


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
    moves: Annotated[Path | None, typer.Option(help="MOVES.xlsx 签字用 / the list to sign")] = None,
) -> None:
    """Write a copy of a layer whose cells fit edge to edge, and tell every move; the file itself is not touched."""
    the = here(context)
    with explained(the):
        done = repair_file(
            kind=kind, path=file, datum=datum, layer=layer, mapping=columns(mapping), output=output, gap_width=gap_width
        )
        if moves is not None:
            title = the.t("repair.title", file=done.file)
            export_table(done.moves, moves, moves.suffix.lstrip(".").lower(), title=title, synthetic=False)
    if the.json:
        print_json({"file": done.file, "rows": done.rows, "moves": done.moves.to_dict("records")})
        return
    if len(done.moves):
        headers = ("代码/code", "类别/kind", "增 m²/gained", "减 m²/lost", "最远移动 m/farthest")
        print_table(the.t("repair.title", file=done.file), headers, each(done.moves))
    out.print(the.t("repair.done", rows=done.rows, moved=len(done.moves), output=str(output)))
