"""Points: score, rank, a deputy's statement, and rule books checked or tried."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from api.commands.console import (
    REFUSED,
    Here,
    a_date,
    act_now,
    done,
    explained,
    fail,
    here,
    opened,
    out,
    print_json,
    print_table,
)
from api.commands.papers import file_of, save, wording
from api.commands.spreading import Cluster, From, To, score_folder, score_on_cluster
from api.manuscripts.performance import performance_manuscript
from api.telling import points_text, statement_frame
from data.frames import each
from scoring.rulebook import parse, run_examples
from services.atlas import Atlases
from services.exporting import export_table
from services.instance import the_term
from services.points import adopt, default_period, ranking, statement
from services.points import score as run_score

FILE_ENDINGS = (".pdf", ".docx", ".xlsx")
rules_app = typer.Typer(help="积分规则:校验、采用 / rule books", no_args_is_help=True)


def score(
    context: typer.Context,
    until: Annotated[str | None, typer.Option(help="YYYY-MM-DD")] = None,
    term: Annotated[str | None, typer.Option()] = None,
    cluster: Cluster = None,
    source: From = None,
    target: To = None,
    rules: Annotated[
        list[str] | None, typer.Option(help="名称或文件，可加 @YYYY-MM-DD（文件夹方式）/ NAME|FILE[@DATE], in a folder")
    ] = None,
    ranks: Annotated[bool, typer.Option("--ranks", help="全部县一起排名，仅内部参考 / rank all counties")] = False,
) -> None:
    """Turn verified activities into ledger entries, each with its reason."""
    the = here(context)
    if source is not None or target is not None:
        score_folder(the, source, target, cluster=cluster, rules=rules or [], until=until, ranked=ranks)
        return
    if cluster:
        scored = score_on_cluster(the, cluster, term=term, until=a_date(until))
    else:
        with opened(the) as store, store.unit() as unit:
            scored = run_score(unit, act_now(), term=term, until=a_date(until))
    if the.json:
        print_json(scored)
        return
    out.print(
        the.t(
            "score.done", activities=scored.activities, added=scored.added, reversed=scored.reversed,
            kept=scored.kept, points=points_text(scored.tenths),
        )
    )  # fmt: skip


def rank(
    context: typer.Context,
    level: Annotated[str, typer.Option(help="national province prefecture county town")],
    period: Annotated[str | None, typer.Option(help="2026 2026Q3 2026-11 term")] = None,
    within: Annotated[str, typer.Option(help="镇街代码 / town code")] = "",
    term: Annotated[str | None, typer.Option()] = None,
) -> None:
    """List the points of one level, internal and for reference; ties share a rank."""
    the = here(context)
    act = act_now()
    with opened(the) as store:
        names = Atlases(store).on(act.today).names
        with store.reading() as unit:
            chosen = period or default_period(unit, the_term(unit, term), act.today)
            found = ranking(unit, level=level, period=chosen, names=names, term=term, within=within)
    if the.json:
        print_json(found)
        return
    title = the.t("ranking.title", level=the.t(f"level.{level}"), period=found.period)
    headers = ("名次/rank", "并列/tied", "姓名/name", "镇街/town", "席位/seat", "积分/points")
    print_table(
        title,
        headers,
        [
            (x.rank, x.tied if x.tied > 1 else "", x.name, x.town_name, x.seat, points_text(x.tenths))
            for x in found.lines
        ],
    )
    out.print(the.t("ranking.note"))


def show_statement(
    context: typer.Context,
    deputy: str,
    period: Annotated[str | None, typer.Option(help="2026 2026Q3 2026-11 term")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="FILE.pdf FILE.docx FILE.xlsx FILE.csv")] = None,
    term: Annotated[str | None, typer.Option()] = None,
    seat: Annotated[str, typer.Option(help="只看这个席位 / one seat alone")] = "",
) -> None:
    """Show a deputy's points with the reason of every one; with -o write the whole performance file."""
    the, act = here(context), act_now()
    if output is not None and output.suffix.lower() in FILE_ENDINGS:
        with opened(the) as store:
            whole = file_of(store, act, deputy, period, term, seat=seat)
            paper = performance_manuscript(whole, wording(the, act))
            save(the, store, act, paper, output, "statement", ("pdf", "docx", "xlsx"), person=whole.person,
                 period=whole.statement.period, digest=whole.digest)  # fmt: skip
        return
    with opened(the) as store, store.reading() as unit:
        chosen = period or default_period(unit, the_term(unit, term), act.today)
        found = statement(unit, person=deputy, period=chosen, term=term, seat=seat)
    if the.json and output is None:
        print_json(found)
        return
    frame: pd.DataFrame = statement_frame(found, the.lang)
    title = the.t("statement.title", name=found.name, period=found.period, points=points_text(found.tenths))
    if output is None:
        print_table(title, tuple(frame.columns), each(frame))
        return
    fmt = output.suffix.lstrip(".").lower()
    with explained(the):
        export_table(frame, output, fmt, title=title, synthetic=found.synthetic)
    done(the, "export.done", file=str(output), rows=len(frame))


def text_of(the: Here, file: Path) -> str:
    """Read a rule book's text, or refuse what is not there or is not UTF-8."""
    if not file.is_file():
        fail(the, the.t("error.no_file", file=str(file)))
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        fail(the, the.t("error.not_utf8", file=str(file)))


@rules_app.command("check")
def rules_check(context: typer.Context, file: Path) -> None:
    """Validate a rule book and run the worked examples beside its rules."""
    the = here(context)
    text = text_of(the, file)
    with explained(the):
        book = parse(text, name=file.name)
    outcomes = list(run_examples(book))
    wrong = [outcome for outcome in outcomes if not outcome.holds]
    if the.json:
        print_json({"book": book.name, "rules": len(book.rules), "examples": outcomes, "wrong": len(wrong)})
        raise typer.Exit(REFUSED if wrong else 0)
    for outcome in wrong:
        out.print(
            the.t("rules.example_wrong", rule=outcome.rule, example=outcome.name,
                  expected=points_text(outcome.wanted_total), found=points_text(outcome.total)),
            markup=False,
        )  # fmt: skip
    if wrong:
        fail(the, the.t("rules.examples_wrong", wrong=len(wrong), all=len(outcomes)))
    done(the, "rules.sound", book=book.name, rules=len(book.rules), examples=len(outcomes))


@rules_app.command("adopt")
def rules_adopt(
    context: typer.Context,
    file: Path,
    valid_from: Annotated[str, typer.Option("--from", help="YYYY-MM-DD")],
    decision: Annotated[str, typer.Option(help="决定文号 / number of the decision")] = "",
) -> None:
    """Adopt a rule book from a day."""
    the = here(context)
    day = a_date(valid_from)
    if day is None:
        raise typer.BadParameter("--from YYYY-MM-DD")
    text = text_of(the, file)
    with opened(the) as store, store.unit() as unit:
        row = adopt(unit, act_now(), text=text, name=file.name, adopted_from=day, decision=decision)
        name, version = row.name, row.version
    done(the, "rules.adopted", book=name, version=version, starts=day.isoformat())
