"""Papers from the command line: circulars, the year-end list, the brief and the talk, reports to the electors."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import Here, act_now, done, explained, here, opened, print_json, print_table
from api.manuscripts.briefs import brief_manuscript
from api.manuscripts.circulars import circular_manuscript
from api.manuscripts.delivery import known_form, written
from api.manuscripts.electors import due_manuscript, due_table, report_manuscript
from api.manuscripts.wording import Wording
from data.manuscripts.content import Manuscript, cell_text
from data.manuscripts.outlines import report_to_electors
from data.store import Store
from services.act import Act
from services.atlas import Atlases
from services.briefs import brief
from services.circulars import circular
from services.elector_reports import reports_due
from services.exporting import record_export
from services.instance import setting, the_term
from services.matters_of_deputies import matters_of
from services.performance_files import PerformanceFile, performance_file
from services.points import default_period, person_of

paper_app = typer.Typer(help="通报、简报、述职材料 / circulars, brief, reports to the electors", no_args_is_help=True)
A_FILE = Annotated[Path, typer.Option("-o", "--output", help="FILE.docx FILE.pdf FILE.pptx FILE.xlsx")]
A_TERM = Annotated[str | None, typer.Option()]
WITHIN = Annotated[str, typer.Option(help="镇街代码 / town code")]
FORMS = ("docx", "pptx", "pdf", "xlsx")


@paper_app.command("circular")
def write_circular(
    context: typer.Context,
    output: A_FILE,
    period: Annotated[str | None, typer.Option(help="2026 2026Q3 2026-11 term")] = None,
    within: WITHIN = "",
    open_to_all: Annotated[bool, typer.Option("--open-to-all", help="公开版 / for everybody")] = False,
    term: A_TERM = None,
) -> None:
    """Write the circular of a period with the period before beside."""
    circular_paper(here(context), output, period, within, term, open_to_all=open_to_all, year_end=False)


@paper_app.command("year-end")
def write_year_end(
    context: typer.Context,
    output: A_FILE,
    period: Annotated[str | None, typer.Option(help="2026")] = None,
    within: WITHIN = "",
    term: A_TERM = None,
) -> None:
    """Write the list of a year: every deputy's acts and duties in code order."""
    circular_paper(here(context), output, period, within, term, open_to_all=False, year_end=True)


def circular_paper(
    the: Here, output: Path, period: str | None, within: str, term: str | None, *, open_to_all: bool, year_end: bool
) -> None:
    """Gather a circular and write it."""
    act = act_now()
    with opened(the) as store:
        with store.reading() as unit:
            chosen = period or default_period(unit, the_term(unit, term), act.today)
            found = circular(unit, period=chosen, today=act.today, term=term, within=within, open_to_all=open_to_all)
            place = str(setting(unit, "instance.name"))
        paper = circular_manuscript(found, wording(the, act), place=place, year_end=year_end)
        name = "year-end" if year_end else "circular"
        save(the, store, act, paper, output, name, FORMS, period=found.period, within=within, open_to_all=open_to_all)


@paper_app.command("brief")
def write_brief(
    context: typer.Context,
    output: A_FILE,
    talk: Annotated[bool, typer.Option("--talk", help="汇报 / with tables and charts")] = False,
) -> None:
    """Write the brief on one page, or with --talk the slides of the same figures."""
    the, act = here(context), act_now()
    with opened(the) as store:
        atlas = Atlases(store).on(act.today)
        with store.reading() as unit:
            found = brief(unit, atlas, act.at)
        paper = brief_manuscript(found, wording(the, act), talk=talk or output.suffix == ".pptx")
        save(the, store, act, paper, output, "brief", FORMS, plan=atlas.plan)


@paper_app.command("electors")
def write_report(
    context: typer.Context,
    deputy: str,
    output: A_FILE,
    period: Annotated[str | None, typer.Option(help="2026 2026Q3 2026-11 term")] = None,
    term: A_TERM = None,
) -> None:
    """Draft a deputy's report to the electors from the performance file."""
    the, act = here(context), act_now()
    with opened(the) as store:
        found = file_of(store, act, deputy, period, term, seat="")
        paper = report_manuscript(found, report_to_electors(), wording(the, act))
        save(the, store, act, paper, output, "report-to-electors", ("docx", "pdf"), person=found.person,
             period=found.statement.period, digest=found.digest)  # fmt: skip


@paper_app.command("due")
def show_due(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="FILE.docx FILE.pdf FILE.xlsx")] = None,
    within: WITHIN = "",
    term: A_TERM = None,
) -> None:
    """List who owes a report to the electors, by which day."""
    the, act, outline = here(context), act_now(), report_to_electors()
    words = wording(the, act)
    with opened(the) as store:
        with store.reading() as unit:
            due = reports_due(unit, outline, today=act.today, term=term, within=within)
            synthetic = bool(setting(unit, "instance.demo"))
        if output is not None:
            paper = due_manuscript(due, outline, words, synthetic=synthetic)
            save(the, store, act, paper, output, "electors-due", FORMS, within=within)
            return
    if the.json:
        print_json(due)
        return
    table = due_table(due, words)
    rows = [[cell_text(cell) for cell in row] for row in table.rows]
    print_table(words.tell("due.title"), [column.title for column in table.columns], rows)


def file_of(
    store: Store, act: Act, deputy: str, period: str | None, term: str | None, *, seat: str
) -> PerformanceFile:  # fmt: skip
    """Gather a deputy's file for the command line."""
    with store.reading() as unit:
        chosen = period or default_period(unit, the_term(unit, term), act.today)
        person = person_of(unit, deputy)
        matters = matters_of(unit, person.id, chosen, now=act.at, term=term)
        return performance_file(
            unit, person=person.id, period=chosen, today=act.today, term=term, seat=seat, matters=matters
        )


def wording(the: Here, act: Act) -> Wording:
    """Give the wording of whoever sits at the command line."""
    return Wording(lang="en" if the.lang == "en" else "zh", who=act.actor, act=act)


def save(
    the: Here, store: Store, act: Act, paper: Manuscript, output: Path, name: str, forms: tuple[str, ...],
    **facts: str | int | bool | None,
) -> None:  # fmt: skip
    """Write a paper to a file, and write down that it was taken out."""
    form = output.suffix.lstrip(".").lower()
    with explained(the):
        known_form(form, forms)
        content = written(paper, form)
        output.write_bytes(content)
    with store.unit() as unit:
        record_export(unit, act, name, form=form, **facts)
    done(the, "paper.saved", file=str(output), size=len(content))
