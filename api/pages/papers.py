"""Reports and circulars: the congress's page of papers, and each paper in Word, PowerPoint, PDF and Excel."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Annotated
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.manuscripts.briefs import brief_manuscript
from api.manuscripts.circulars import circular_manuscript
from api.manuscripts.delivery import handed_out, known_form, written
from api.manuscripts.electors import due_manuscript, due_table
from api.manuscripts.wording import Wording, wording_of
from api.pages.desk import desk
from api.pages.furniture import Export, Option, options
from api.telling import period_label
from congress.permissions import Subject
from data.manuscripts.content import Manuscript, cell_text
from data.manuscripts.outlines import report_to_electors
from data.messages import say
from services.atlas import Atlas
from services.briefs import brief
from services.circulars import circular, is_settled
from services.closings import PeriodState, periods_of
from services.elector_reports import ReportDue, reports_due
from services.exporting import export_table, record_export
from services.instance import setting, the_term
from services.points import period_of

HERE = "/congress/papers"
router = APIRouter(prefix=HERE)
PAPER_FORMS = ("docx", "pptx", "pdf", "xlsx")
BRIEF_FORMS, TALK_FORMS = ("docx", "pdf"), ("pptx",)
DUE_FORMS = ("docx", "pdf", "xlsx", "csv")
NEWEST = 5  # periods shown before the fold
DUE_SHOWN = 10
Within = Annotated[str, Query(max_length=40, description="镇街代码 / town code")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPapers:
    """A period with the papers there are of it."""

    label: str
    state: str
    state_name: str
    circular: tuple[Export, ...]
    year_end: tuple[Export, ...]
    public: tuple[Export, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A deputy who owes a report to the electors."""

    name: str
    href: str
    level: str
    town: str
    given: int
    times: int
    by: date
    report: str


@router.get("")
def papers_page(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading, within: Within = ""
) -> Response:
    """Show which papers there are, of which period, and who owes a report to the electors."""
    place = place_of(who, within)
    term = the_term(unit, atlas.term)
    outline = report_to_electors()
    due = reports_due(unit, outline, today=who.act.today, term=atlas.term, within=place)
    periods = [
        papers_of(one, who, place, open_to_all=is_settled(unit, term, period_of(term, one.period), who.act.today))
        for one in periods_of(unit, term, who.act.today)
    ]
    missing = [one for one in due if one.missing]
    return desk(
        request, "papers.html", who=who, house=house, tab="papers", atlas=atlas, within=place,
        place_name=atlas.names.get(place, place),
        newest=periods[:NEWEST], older=periods[NEWEST:], towns=town_options(atlas, who, place),
        brief=[] if place else links("brief", BRIEF_FORMS, who) + links("talk", TALK_FORMS, who),
        due=[due_line(one, who) for one in missing[:DUE_SHOWN]], due_all=len(due), due_done=len(due) - len(missing),
        due_missing=len(missing), due_files=links("electors-due", DUE_FORMS, who, within=place),
        assumed=outline.assumed[who.lang],
    )  # fmt: skip


def place_of(who: Caller, within: str) -> str:
    """Give the town that is asked for; the staff of a town get their own. Refuses what lies beyond a viewer's reach."""
    own = who.viewer.scope if who.viewer and who.viewer.role == "town" else ""
    place = within or own
    who.must("circular.look", Subject(town=place))
    return place


def town_options(atlas: Atlas, who: Caller, place: str) -> list[Option]:
    """Offer the whole and every town that the viewer may see."""
    offered = [("", say("filter.all_towns", who.lang))]
    offered += list(zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True))
    return options(((code, name) for code, name in offered if who.may("circular.look", Subject(town=code))), place)


def links(what: str, forms: tuple[str, ...], who: Caller, **query: str) -> list[Export]:
    """Give the links of one paper in its forms."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return [
        Export(label=say(f"paper.form.{form}", who.lang), href=f"{HERE}/{what}.{form}" + (f"?{asked}" if asked else ""))
        for form in forms
    ]


def papers_of(one: PeriodState, who: Caller, place: str, *, open_to_all: bool) -> PeriodPapers:
    """Give the papers of a period; for everybody only once it is past its objections."""
    yearly = one.period.isdigit()
    return PeriodPapers(
        label=period_label(one.period, who.lang), state=one.state,
        state_name=say(f"period.state.{one.state}", who.lang),
        circular=tuple(links("circular", PAPER_FORMS, who, period=one.period, within=place)),
        year_end=tuple(links("year-end", PAPER_FORMS, who, period=one.period, within=place)) if yearly else (),
        public=tuple(links("circular", PAPER_FORMS, who, period=one.period, within=place, open_to_all="1"))
        if open_to_all else (),
    )  # fmt: skip


def due_line(one: ReportDue, who: Caller) -> DueLine:
    """Write a line of the list of reports that are due."""
    home = f"/deputies/{one.person}"
    return DueLine(
        name=one.name, href=home, level=say(f"level.{one.level}", who.lang), town=one.town_name, given=len(one.given),
        times=one.times, by=one.by, report=f"{home}/report-to-electors.docx",
    )  # fmt: skip


@router.get("/circular.{fmt}")
def circular_file(
    fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas, period: str = "", within: Within = "",
    open_to_all: bool = False,
) -> Response:  # fmt: skip
    """Give the circular of a period, of the whole or of one town, with the period before beside."""
    return circular_answer(
        fmt, who, house, atlas, period, place_of(who, within), open_to_all=open_to_all, year_end=False
    )


@router.get("/year-end.{fmt}")
def year_end_file(
    fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas, period: str = "", within: Within = ""
) -> Response:
    """Give the list of a year: every deputy's acts and duties, in code order."""
    return circular_answer(fmt, who, house, atlas, period, place_of(who, within), open_to_all=False, year_end=True)


def circular_answer(
    fmt: str, who: Caller, house: House, atlas: Atlas, period: str, place: str, *, open_to_all: bool, year_end: bool
) -> Response:  # fmt: skip
    """Gather a circular, write it, and write down that it was taken out."""
    known_form(fmt, PAPER_FORMS)
    chosen = period or str(who.act.today.year)
    with house.store.reading() as unit:
        found = circular(
            unit, period=chosen, today=who.act.today, term=atlas.term, within=place, open_to_all=open_to_all
        )
        paper = circular_manuscript(found, wording_of(who), place=county_name(unit), year_end=year_end)
    name = "year-end" if year_end else "circular"
    return taken_out(house, who, paper, fmt, name, period=found.period, within=place, open_to_all=open_to_all)


def county_name(unit: Session) -> str:
    """Name the instance."""
    return str(setting(unit, "instance.name"))


@router.get("/brief.{fmt}")
def brief_file(fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Give the brief on one page."""
    return brief_answer(fmt, BRIEF_FORMS, who, house, atlas, talk=False)


@router.get("/talk.{fmt}")
def talk_file(fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Give the slides of the same figures, with the tables and charts."""
    return brief_answer(fmt, TALK_FORMS, who, house, atlas, talk=True)


def brief_answer(
    fmt: str, forms: tuple[str, ...], who: Caller, house: House, atlas: Atlas, *, talk: bool
) -> Response:  # fmt: skip
    """Gather the brief, write it, and write down that it was taken out."""
    who.must("circular.look")
    known_form(fmt, forms)
    with house.store.reading() as unit:
        found = brief(unit, atlas, who.act.at)
    paper = brief_manuscript(found, wording_of(who), talk=talk)
    return taken_out(house, who, paper, fmt, "talk" if talk else "brief", plan=atlas.plan)


@router.get("/electors-due.{fmt}")
def electors_due_file(fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas, within: Within = "") -> Response:
    """Give the list of who owes a report to the electors, by which day."""
    place = place_of(who, within)
    known_form(fmt, DUE_FORMS)
    outline, words = report_to_electors(), wording_of(who)
    with house.store.reading() as unit:
        due = reports_due(unit, outline, today=who.act.today, term=atlas.term, within=place)
    paper = due_manuscript(due, outline, words, synthetic=atlas.synthetic)
    if fmt != "csv":
        return taken_out(house, who, paper, fmt, "electors-due", within=place)
    buffer = BytesIO()
    export_table(due_frame(due, words), buffer, fmt, title=paper.title, synthetic=atlas.synthetic)
    with house.store.unit() as unit:
        record_export(unit, who.act, "electors-due", form=fmt, within=place)
    return handed_out(buffer, fmt, name="electors-due", title=paper.title)


def due_frame(due: tuple[ReportDue, ...], words: Wording) -> pd.DataFrame:
    """Give the list as a frame, for a table of plain text."""
    table = due_table(due, words)
    rows = [tuple(cell if isinstance(cell, int) else cell_text(cell) for cell in row) for row in table.rows]
    return pd.DataFrame(rows, columns=[column.title for column in table.columns])


def taken_out(
    house: House, who: Caller, paper: Manuscript, fmt: str, name: str, **facts: str | int | bool | None
) -> Response:
    """Write a paper as a file, write down that it was taken out, and hand it out."""
    content = written(paper, fmt)
    with house.store.unit() as unit:
        record_export(unit, who.act, name, form=fmt, **facts)
    return handed_out(content, fmt, name=name, title=paper.title)
