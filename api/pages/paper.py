"""The paper of a plan: A4 sheets with each district's grids, deputies and reasons, and lines for signatures."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.assets import font_folders
from api.door import ACaller, AHouse, AReading
from api.pages.desk import atlas_today
from api.pages.plans import level_of, span_text
from api.pages.shell import page
from api.telling import link_text
from api.writing import written_day
from congress.levels import LEVELS
from data.messages import say
from data.tables import Area, District, Generation, Grid, LinkRow, Person, PlanRow, Seat
from services.activation import the_plan
from services.cards import set_paper
from services.instance import setting
from services.plans import list_plans

router = APIRouter(prefix="/congress/plans")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """One line of the table to sign."""

    grid: str
    name: str
    households: int
    deputy: str
    level: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDistrict:
    """One electoral district of the table to sign."""

    title: str
    rows: tuple[PaperRow, ...]


@router.get("/{plan}/paper")
def paper(request: Request, who: ACaller, house: AHouse, unit: AReading, plan: int, within: str = "") -> Response:
    """Lay a plan out as A4 sheets to be signed: each district's grids, households, deputies and reasons."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    towns = unit.execute(
        select(Area.code, Area.name)
        .where(Area.generation_id == row.generation_id, Area.kind.in_(["town", "street"]))
        .order_by(Area.code)
    ).all()
    listed = next(line for line in list_plans(unit, who.act.today) if line.plan == row.id)
    return page(
        request, "paper.html", who=who, name="coverage", atlas=atlas_today(house, who), plan=listed, within=within,
        state=say(f"plan.state.{listed.state}", who.lang), districts=paper_districts(unit, row, within, who.lang),
        towns=[(code, name) for code, name in towns], today=who.act.today,
        spans=[span_text(span, who.lang) for span in listed.spans],
    )  # fmt: skip


@router.get("/{plan}/paper.pdf")
def paper_print(who: ACaller, unit: AReading, plan: int, within: str = "") -> Response:
    """Print the table to sign, of everywhere or of one town."""
    who.must("plan.look")
    row = the_plan(unit, plan)
    listed = next(line for line in list_plans(unit, who.act.today) if line.plan == row.id)
    generation = unit.get_one(Generation, row.generation_id)
    comma = say("page.comma", who.lang)
    approved = say("page.plan.approved", who.lang, who=listed.approved_by, why=listed.approval_reason)
    head = [listed.term, listed.generation, say("page.plan.number", who.lang, plan=listed.plan),
            say(f"plan.state.{listed.state}", who.lang)]  # fmt: skip
    facts = {
        "title": f"{setting(unit, 'instance.name')} {say('page.paper.title', who.lang)}",
        "source": " · ".join(filter(None, (
            say("synthetic.ribbon", who.lang) if generation.synthetic else "",
            say("page.paper.printed", who.lang) + written_day(who.act.today, who.lang),
        ))),
        "lines": [
            " · ".join(head), comma.join(span_text(span, who.lang) for span in listed.spans),
            approved if listed.approved_by else "",
        ],
        "nothing": say("page.paper.none", who.lang),
        "headers": [say(key, who.lang) for key in (
            "page.plan.grid", "page.paper.households", "page.paper.deputy", "page.paper.reason")],
        "districts": [
            {"title": district.title, "rows": [
                [f"{line.name}\n{line.grid}", str(line.households or "—"), f"{line.deputy}\n{line.level}", line.reason]
                for line in district.rows
            ]}
            for district in paper_districts(unit, row, within, who.lang)
        ],
        "signed": [say(f"page.paper.{name}", who.lang) for name in ("proposed", "checked", "approved", "seal")],
        "day": say("page.paper.day", who.lang),
    }  # fmt: skip
    name = "-".join(part for part in (f"plan-{plan}", within, "table") if part)
    return Response(
        set_paper("plan", facts, "pdf", who.lang, font_folders()), media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
    )  # fmt: skip


def paper_districts(unit: Session, plan: PlanRow, within: str, lang: str) -> list[PaperDistrict]:
    """Sort the links of a plan into its districts; those placed by decision come last, by level."""
    here = plan.generation_id
    grids = dict(unit.execute(select(Grid.code, Grid.name).where(Grid.generation_id == here)).all())
    towns = dict(unit.execute(select(Area.code, Area.name).where(Area.generation_id == here)).all())
    districts = {
        (layer, code): name
        for layer, code, name in unit.execute(
            select(District.layer, District.code, District.name).where(District.generation_id == here)
        )
    }
    query = (
        select(LinkRow, Seat, Person.name)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .join(Person, Person.id == Seat.person_id)
        .where(LinkRow.plan_id == plan.id)
        .order_by(LinkRow.district_code, LinkRow.grid_code, LinkRow.position, Seat.code)
    )
    if within:
        query = query.where(Seat.town_code == within)
    grouped: dict[tuple[int, str, str], list[PaperRow]] = {}
    for link, seat, name in unit.execute(query):
        key = (-LEVELS.index(seat.level), link.layer, link.district_code)
        grouped.setdefault(key, []).append(
            PaperRow(
                grid=link.grid_code, name=grids.get(link.grid_code, link.grid_code), households=link.households,
                deputy=name, level=say(f"level.{seat.level}", lang), reason=link_text(link.reason, towns | grids, lang),
            )
        )  # fmt: skip
    return [
        PaperDistrict(
            title=f"{level_of(layer, lang)} {districts.get((layer, code), '')} {code}".strip(), rows=tuple(rows)
        )
        for (_, layer, code), rows in sorted(grouped.items())
    ]
