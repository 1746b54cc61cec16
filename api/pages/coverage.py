"""进站入网格一张图: the coverage page of the city congress, its exports, and the maps by their addresses."""

from collections.abc import Sequence
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.door import ACaller, AHouse, AnAtlas, AReading
from api.pages.awaiting import unforwarded
from api.pages.drawing import coverage_sheet
from api.pages.furniture import PAGE_SIZE, Export, Pager, Todo
from api.pages.shell import page
from api.telling import unmet_text
from data.messages import say
from services.atlas import Atlas
from services.coverage import grid_frame
from services.exporting import export_table
from services.naming import code_names, named_facts
from services.plans import plan_table

router = APIRouter()
A_PAGE = Annotated[int, Query(ge=1, le=1_000_000, description="which page of this list")]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/maps/coverage")
def coverage_map(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading,
    uncovered: A_PAGE = 1, unplaced: A_PAGE = 1,
) -> Response:  # fmt: skip
    """Show who is linked where, and where nobody is; long lists by pages."""
    who.must("coverage.look")
    sheet = coverage_sheet(unit, atlas, who.lang, mode="links", shelf=house.shelf)
    counted = house.shelf.coverage(atlas)
    towns = atlas.layers.grids["town"].to_numpy()
    grids, grid_pager = paged(counted.uncovered, uncovered, "uncovered")
    seats, seat_pager = paged(counted.unplaced, unplaced, "unplaced")
    grid_lines = [
        Todo(
            code=item["grid"], name=item["name"], town=atlas.names.get(towns[atlas.grid_row(item["grid"])], ""),
            why=say(item["why"], who.lang, layer=say(f"layer.{item['layer']}", who.lang) if item["layer"] else ""),
        )
        for item in grids
    ]  # fmt: skip
    seat_lines = [
        Todo(
            name=item["name"], level_name=say(f"level.{atlas.holders[item['seat']].level}", who.lang),
            why=say(item["why"], who.lang), href=f"/deputies/{item['person']}",
        )
        for item in seats
    ]  # fmt: skip
    names = code_names(atlas)
    proposals = [
        Todo(
            text=say(
                "coverage.decide", who.lang, name=atlas.holders[link.seat].name, grid=names.get(link.grid, link.grid)
            ),
            href="/congress/decisions?" + urlencode({"seat": link.seat, "grid": link.grid}) + "#record"
            if who.may("seats.manage")
            else f"/deputies/{atlas.holders[link.seat].person_id}",
        )
        for link in house.shelf.proposals(atlas)
    ]
    unmet = [
        Todo(
            text=unmet_text(named_facts(item, names), who.lang),
            href=f"/congress/plans/{atlas.plan}" if atlas.plan and who.may("plan.look") else "/maps/coverage",
        )
        for item in counted.unmet
    ]
    return page(
        request, "coverage.html", who=who, name="coverage", atlas=atlas, figure=sheet.map, figures=counted,
        scales=sheet.scales, layers=list(sheet.layers), uncovered=grid_lines, unplaced=seat_lines,
        grid_pager=grid_pager, seat_pager=seat_pager, waiting=[*unmet, *proposals][:PAGE_SIZE],
        waiting_number=len(unmet) + len(proposals), unforwarded=unforwarded(unit, who),
        deputies=deputy_index(atlas, who.lang),
        exports=[
            Export(label=say("export.wallmap.pdf", who.lang), href="/maps/coverage.pdf"),
            Export(label=say("export.wallmap.png", who.lang), href="/maps/coverage.png"),
            Export(label=say("export.wallmap.deputies", who.lang), href="/maps/wall/deputies.pdf"),
            Export(label=say("export.coverage.xlsx", who.lang), href="/maps/coverage.xlsx"),
            Export(label=say("export.coverage.csv", who.lang), href="/maps/coverage.csv"),
            *(
                Export(label=say(f"export.{name}.xlsx", who.lang), href=f"/maps/{name}.xlsx")
                for name in ("plan",)
                if who.may("plan.look")
            ),
            *(
                Export(label=say(f"export.{paper}", who.lang), href=f"/congress/papers/{paper}")
                for paper in ("brief.docx", "talk.pptx")
                if who.may("circular.look")
            ),
            *(
                Export(label=say(f"page.{name}.title", who.lang), href=f"/congress/{name}")
                for name, act in (("plans", "plan.look"), ("seats", "seats.manage"))
                if who.may(act)
            ),
        ],
    )  # fmt: skip


def paged(items: Sequence[dict[str, Any]], number: int, name: str) -> tuple[Sequence[dict[str, Any]], Pager]:
    """Cut one of the page's lists; its pages are addressed by the list's own name, and lead back to it."""
    pages = max(1, -(-len(items) // PAGE_SIZE))
    number = min(max(1, number), pages)

    def address(to: int) -> str:
        return f"/maps/coverage?{name}={to}#{name}" if 1 <= to <= pages else ""

    pager = Pager(page=number, pages=pages, total=len(items), previous=address(number - 1), next=address(number + 1))
    return items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], pager


def deputy_index(atlas: Atlas, lang: str) -> list[list[str]]:
    """List every deputy for the search box: name, level and town, address."""
    seen: dict[str, list[str]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat):
        detail = f"{say(f'level.{holder.level}', lang)} {atlas.names.get(holder.town, '')}".strip()
        if holder.person_id in seen:
            seen[holder.person_id][1] += ("、" if lang == "zh" else ", ") + detail
        else:
            seen[holder.person_id] = [holder.name, detail, f"/deputies/{holder.person_id}"]
    return list(seen.values())


@router.get("/maps/coverage.{fmt}")
def coverage_table(who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str) -> Response:
    """Export every grid with its leads, load and activities."""
    who.must("coverage.look")
    frame = grid_frame(unit, atlas)
    names = {
        "code": ("网格代码", "grid"), "name": ("网格", "name"), "village_name": ("村(社区)", "village"),
        "town_name": ("镇街", "town"), "households": ("户数", "households"),
        "lead_town": ("牵头镇代表", "lead town deputy"), "lead_county": ("牵头县级代表", "lead county deputy"),
        "load": ("每位联系代表户数", "households per linked deputy"), "acts": ("活动次数", "activities"),
    }  # fmt: skip
    position = 0 if who.lang == "zh" else 1
    table = pd.DataFrame(frame[list(names)]).rename(columns={key: pair[position] for key, pair in names.items()})
    return download(table, fmt, title=say("page.coverage.title", who.lang), name="coverage", synthetic=atlas.synthetic)


@router.get("/maps/plan.{fmt}")
def plan_export(who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str) -> Response:
    """Export every link of the plan in force with its reason: the table to sign."""
    who.must("plan.look")
    table, synthetic = plan_table(unit, atlas.plan, who.lang)
    return download(table, fmt, title=say("plan.table", who.lang), name="plan", synthetic=synthetic)


def download(table: Any, fmt: str, *, title: str, name: str, synthetic: bool) -> Response:
    """Answer with a table as a file."""
    buffer = BytesIO()
    export_table(table, buffer, fmt, title=title, synthetic=synthetic)
    return Response(
        buffer.getvalue(), media_type=MEDIA[fmt],
        headers={"Content-Disposition": f'attachment; filename="{name}.{fmt}"'},
    )  # fmt: skip
