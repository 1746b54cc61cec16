"""The `sanlian` command: every subcommand stands in api/commands, here they get their names."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands import (
    calendar,
    closing,
    files,
    finding,
    ground,
    instance,
    maps,
    matters,
    measuring,
    papers,
    points,
    recounting,
    seats,
    settings,
    spreading,
    terms,
    users,
)
from api.commands.console import Here, Lang

app = typer.Typer(
    name="sanlian",
    help="三联双到通网格:谁联系这个地方,做了什么 / who answers for this place, and what have they done?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def main_options(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="实例目录 / folder of the instance", envvar="SANLIAN_HOME")] = None,
    lang: Annotated[Lang, typer.Option(help="zh | en", envvar="SANLIAN_LANG")] = Lang.zh,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 / answer in JSON")] = False,
) -> None:
    """Hold what every command shares."""
    context.obj = Here(settings=instance.home_settings(home), lang=lang.value, json=as_json)


app.command("demo")(instance.demo)
app.command("init")(instance.init)
app.command("import")(files.import_file)
app.command("check")(files.check_file)
app.command("template")(files.template)
app.command("repair")(files.repair)
app.add_typer(terms.term_app, name="term")
app.add_typer(seats.seat_app, name="seat")
app.add_typer(ground.generation_app, name="generation")
app.command("place")(ground.place)
app.add_typer(ground.plan_app, name="plan")
app.command("locate")(finding.locate)
app.command("score")(points.score)
app.command("rank")(points.rank)
app.command("recount")(recounting.recount)
app.command("statement")(points.show_statement)
app.add_typer(papers.paper_app, name="paper")
app.add_typer(points.rules_app, name="rules")
points.rules_app.command("try")(closing.rules_try)
app.command("close")(closing.close)
app.command("freeze")(closing.freeze)
app.command("periods")(closing.list_periods)
app.add_typer(calendar.calendar_app, name="calendar")
app.add_typer(users.user_app, name="user")
app.add_typer(matters.matters_app, name="matters")
app.command("serve")(instance.serve)
app.command("map")(maps.draw_map)
app.command("setting")(settings.settings)
app.command("counties")(spreading.counties)
app.command("verify")(instance.verify)
app.command("bench")(measuring.bench)


SHARED = ("--home", "--lang")


def in_front(words: list[str]) -> list[str]:
    """Let the shared options stand anywhere: `sanlian locate … --json` is `sanlian --json locate …`."""
    shared, own = [], []
    rest = iter(words)
    for word in rest:
        if word == "--":
            own += [word, *rest]
        elif word == "--json" or word.startswith(tuple(f"{name}=" for name in SHARED)):
            shared.append(word)
        elif word in SHARED:
            shared += [word, *([value] if (value := next(rest, None)) is not None else [])]
        else:
            own.append(word)
    return shared + own


def main() -> None:
    """Run the command."""
    app(args=in_front(sys.argv[1:]))


if __name__ == "__main__":
    main()
