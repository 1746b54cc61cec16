"""Finding: who answers for a point, or for a whole file of points."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import (
    Here,
    a_date,
    act_now,
    err,
    fail,
    here,
    opened,
    out,
    print_json,
    print_table,
    progress,
)
from api.finding import found_item, found_row
from api.routes.locate import csv_rows, dressed
from api.telling import located_lines
from gridmap.datum import Datum, UnknownDatum
from services.atlas import Atlases
from services.finding import Gazetteers, find
from services.locating import BATCH_COLUMNS, batches, coordinate_columns, expect, locate_many
from services.locating import locate as locate_one


def locate(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="CSV: lon, lat, …")] = None,
    lon: Annotated[float | None, typer.Option()] = None,
    lat: Annotated[float | None, typer.Option()] = None,
    datum: Annotated[str, typer.Option(help="wgs84 cgcs2000 gcj02 bd09 EPSG:n")] = "",
    text: Annotated[
        str, typer.Option("--find", help="门牌、小组、小区、村、网格、联络站或代表 / an address, a place or a deputy")
    ] = "",
    on: Annotated[str | None, typer.Option("--on", help="YYYY-MM-DD 查询某一天 / as of that day")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="OUT.csv")] = None,
) -> None:
    """Find grid, piece, district, linked deputies, station and grid worker; one point or a CSV of them."""
    the = here(context)
    if text:
        find_places(the, text, on)
        return
    if not datum:
        raise typer.BadParameter("--datum wgs84|cgcs2000|gcj02|bd09|EPSG:n")
    try:
        reference = Datum.parse(datum)
    except UnknownDatum as wrong:
        known = " ".join(wrong.accepted)
        raise typer.BadParameter(the.t("error.datum", datum=wrong.given, known=known)) from wrong
    if file is None and (lon is None or lat is None):
        raise typer.BadParameter("FILE.csv, or --lon and --lat")
    with opened(the) as store:
        atlas = Atlases(store).on(a_date(on) or act_now().today)
        if file is None and lon is not None and lat is not None:
            answer = locate_one(atlas, lon, lat, reference)
            if the.json:
                print_json(dressed(answer, the.lang))
            else:
                for line in located_lines(answer, the.lang):
                    out.print(line, markup=False)
            return
        if file is None or not file.is_file():
            fail(the, the.t("error.no_file", file=str(file)))
        if output is None:
            raise typer.BadParameter("-o OUT.csv")
        rows = csv_rows(file.read_bytes())
        coordinate_columns(rows)
        expect(atlas, len(rows))
        wrong_rows = 0
        partial = output.with_name(output.name + ".part")
        with progress() as bar, partial.open("w", encoding="utf-8", newline="") as target:
            task = bar.add_task(the.t("locate.batch"), total=len(rows))
            rows.iloc[:0].assign(**dict.fromkeys(BATCH_COLUMNS, "")).to_csv(target, index=False)
            for part in batches(rows):
                answered = locate_many(atlas, part, reference)
                wrong_rows += int((answered["error"] != "").sum())
                answered.to_csv(target, index=False, header=False)
                bar.advance(task, len(part))
        partial.replace(output)
    if the.json:
        print_json({"rows": len(rows), "wrong": wrong_rows, "file": output})
    else:
        err.print(the.t("locate.batch_done", rows=len(rows), wrong=wrong_rows, file=str(output)), markup=False)


def find_places(the: Here, text: str, on: str | None) -> None:
    """Print the places that a text means, each with its spot and its first contact; exit 1 when there is none."""
    with opened(the) as store:
        atlas = Atlases(store).on(a_date(on) or act_now().today)
        found = find(atlas, Gazetteers(store).of(atlas), text)
    if the.json:
        print_json([found_item(place, the.lang) for place in found.places])
    elif found.places:
        headers = ("类别/kind", "名称/name", "位置/where", "经度/lon", "纬度/lat", "联系代表/deputy")
        print_table(
            the.t("search.title", text=text, total=found.total), headers, map(found_row(the.lang), found.places)
        )
    if not found.places:
        fail(the, the.t("search.none", text=text))
