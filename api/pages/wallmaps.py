"""Wall maps over HTTP: the sheet for the wall as PDF, PNG or SVG, of the county or of one town."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.assets import font_folders
from api.door import ACaller, AnAtlas, AReading
from services.wallmaps import print_sheet, wall_map

router = APIRouter()
MEDIA = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
A_FORM = Annotated[str, Path(pattern="^(pdf|png|svg)$")]
A_PAPER = Annotated[str, Query(description="A3 A4")]


@router.get("/maps/wall/{what}.{form}")
def wall_map_file(
    who: ACaller, atlas: AnAtlas, unit: AReading, what: str, form: A_FORM, paper: A_PAPER = "A3", town: str = ""
) -> Response:
    """Print a wall map: what is "coverage" or "deputies"."""
    return answer(who, atlas, unit, what, form, paper, town)


@router.get("/maps/coverage.pdf")
@router.get("/maps/coverage.png")
@router.get("/maps/coverage.svg")
def coverage_wall_map(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, paper: A_PAPER = "A3", town: str = ""
) -> Response:
    """Print the coverage map under the coverage page's own address."""
    return answer(who, atlas, unit, "coverage", request.url.path[-3:], paper, town)


def answer(who: ACaller, atlas: AnAtlas, unit: AReading, what: str, form: str, paper: str, town: str) -> Response:
    """Answer with a printed sheet as a file to keep."""
    who.must("map.coverage")
    sheet = wall_map(unit, atlas, who.lang, what=what, paper=paper, town=town, on=who.act.today)
    name = "-".join(part for part in (what, town, paper) if part)
    return Response(
        print_sheet(sheet, form, font_folders()), media_type=MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )  # fmt: skip
