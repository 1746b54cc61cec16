"""A deputy's papers over HTTP: the performance file and the report to the electors, each taken out on record."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.door import ACaller, AHouse, AnAtlas, Caller, House
from api.manuscripts.delivery import handed_out, known_form, written
from api.manuscripts.electors import report_manuscript
from api.manuscripts.performance import grade_lines, performance_manuscript
from api.manuscripts.wording import wording_of
from api.pages.coverage import download
from api.routes.points import points_subject
from api.telling import period_label, points_text, statement_frame
from data.manuscripts.content import Manuscript
from data.manuscripts.outlines import report_to_electors
from data.messages import say
from services.atlas import Atlas
from services.exporting import record_export
from services.instance import the_term
from services.matters_of_deputies import matters_of
from services.performance_files import PerformanceFile, performance_file
from services.points import default_period, kind_titles

router = APIRouter()
FILE_FORMS = ("pdf", "docx", "xlsx", "csv")
REPORT = "report-to-electors"
REPORT_FORMS = ("docx", "pdf")
MATTERS_SHOWN = 10
A_PERIOD = Annotated[str, Query(description="2026 2026Q3 2026-11 term")]


@router.get("/deputies/{person}/statement.{fmt}")
def statement_file(
    person: str, fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas, period: A_PERIOD = "", seat: str = ""
) -> Response:
    """Give a deputy's performance file: every act, every point with its reason, and what is still due."""
    found = file_of(who, house, atlas, person, period, seat, fmt, FILE_FORMS, "statement")
    if fmt == "csv":
        points = found.statement
        title = say("statement.title", who.lang, name=found.name, period=period_label(points.period, who.lang),
                    points=points_text(points.tenths))  # fmt: skip
        return download(
            statement_frame(points, who.lang), fmt, title=title, name="statement", synthetic=found.synthetic
        )
    return paper_answer(performance_manuscript(found, wording_of(who)), fmt, "statement")


@router.get("/deputies/{person}/report-to-electors.{fmt}")
def report_file(person: str, fmt: str, who: ACaller, house: AHouse, atlas: AnAtlas, period: A_PERIOD = "") -> Response:
    """Draft the report to the electors from the performance file."""
    found = file_of(who, house, atlas, person, period, "", fmt, REPORT_FORMS, REPORT)
    return paper_answer(report_manuscript(found, report_to_electors(), wording_of(who)), fmt, REPORT)


def file_of(
    who: Caller, house: House, atlas: Atlas, person: str, period: str, seat: str, fmt: str, forms: tuple[str, ...],
    what: str,
) -> PerformanceFile:  # fmt: skip
    """Gather a deputy's file for whoever may see their points, and write down that it was taken out."""
    subject = points_subject(atlas, person, who.viewer)
    who.must("points.look", subject)
    known_form(fmt, forms)
    with house.store.reading() as unit:
        chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
        found = gathered(unit, who, atlas, subject.person, chosen, seat)
    with house.store.unit() as unit:
        record_export(unit, who.act, what, form=fmt, person=found.person, period=chosen, digest=found.digest)
    return found


def gathered(
    unit: Session, who: Caller, atlas: Atlas, person: str, period: str, seat: str = ""
) -> PerformanceFile:  # fmt: skip
    """Gather a deputy's file with the matters that came to them."""
    return performance_file(
        unit, person=person, period=period, today=who.act.today, term=atlas.term, seat=seat,
        matters=matters_of(unit, person, period, term=atlas.term, now=who.act.at),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledMatter:
    """A matter as the deputy's page lists it."""

    on: date
    what: str
    place: str
    state: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What the deputy's page shows of the file beside the points: matters and their ends, presence, and the proof."""

    acts: int
    grades: tuple[str, ...]
    matters: tuple[FiledMatter, ...]
    matters_all: int
    matters_closed: int
    called: tuple[tuple[date, str, str], ...]
    state: str
    digest: str
    closed_digest: str
    books: tuple[str, ...]


def filed_shown(found: PerformanceFile, lang: str) -> Filed:
    """Dress the rest of a file for the deputy's page."""
    newest = sorted(found.matters, key=lambda one: (one.on, one.code), reverse=True)[:MATTERS_SHOWN]
    titles = kind_titles()
    return Filed(
        acts=len(found.acts), grades=grade_lines(found, lang),
        matters_all=len(found.matters), matters_closed=sum(one.closed for one in found.matters),
        matters=tuple(
            FiledMatter(on=one.on, what=one.what, place=one.place, state=one.state[lang], href=f"/matters/{one.code}")
            for one in newest
        ),
        called=tuple(
            (act.on, (act.title if lang == "zh" else "") or titles.get(act.kind, {}).get(lang, act.kind), act.place)
            for act in found.called
        ),
        state=say(f"period.state.{found.state.state}", lang), digest=found.digest, closed_digest=found.state.digest,
        books=tuple(
            say("paper.rule_book.line", lang, name=one.title[lang], version=one.version, starts=one.since.isoformat(),
                decision=one.decision or say("paper.rule_book.undecided", lang))
            for one in found.decisions
        ),
    )  # fmt: skip


def paper_answer(paper: Manuscript, fmt: str, name: str) -> Response:
    """Answer with a paper as a file."""
    return handed_out(written(paper, fmt), fmt, name=name, title=paper.title)
