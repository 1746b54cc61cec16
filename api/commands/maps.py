"""Maps on paper: the wall map of the county or of one town as PDF, PNG or SVG."""

from pathlib import Path
from typing import Annotated

import typer

from api.assets import font_folders
from api.commands.console import act_now, fail, here, opened, out, print_json
from data.press import FORMATS
from gridmap.poster import PAPERS
from services.atlas import Atlases
from services.wallmaps import SUBJECTS, print_sheet, wall_map


def draw_map(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="FILE.pdf | FILE.png | FILE.svg")],
    what: Annotated[str, typer.Option(help=" | ".join(SUBJECTS))] = "coverage",
    paper: Annotated[str, typer.Option(help=" | ".join(PAPERS))] = "A3",
    town: Annotated[str, typer.Option(help="只印一个镇街的代码 / code of one town")] = "",
) -> None:
    """Print the wall map (上墙图): map, legend, lists, date and source on one sheet."""
    the = here(context)
    form = file.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise typer.BadParameter("FILE.pdf | FILE.png | FILE.svg")
    today = act_now().today
    with opened(the) as store, store.reading() as unit:
        sheet = wall_map(unit, Atlases(store).on(today), the.lang, what=what, paper=paper, town=town, on=today)
        content = print_sheet(sheet, form, font_folders())
    if not file.parent.is_dir():
        fail(the, the.t("error.no_file", file=str(file.parent)))
    partial = file.with_name(file.name + ".part")
    partial.write_bytes(content)
    partial.replace(file)
    if the.json:
        print_json({"file": str(file), "bytes": len(content), "title": sheet.title})
        return
    out.print(the.t("wallmap.done", file=str(file), kilobytes=round(len(content) / 1000)))
