"""The calendar: a month day by day, a deadline with its reason, deliberation days and what moves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape

from api.commands.console import Here, a_date, act_now, explained, here, opened, out, print_json, print_table
from api.telling import said
from congress.calendar import Deadline, OutsideCalendarError, Workdays
from congress.deliberation import DeliberationDay
from scoring.periods import Period
from services.calendar import deliberation, is_assumed, move_deliberation, outside, workdays
from services.errors import BadRequestError

calendar_app = typer.Typer(
    help="工作日历、期限、议事日 / working days, deadlines, deliberation days", no_args_is_help=True
)
MOST_DAYS = 1000
MONTH_DAYS = 31

Month = Annotated[str, typer.Argument(help="2026-02")]
Town = Annotated[str, typer.Option(help="镇街代码 / town code")]


@calendar_app.command("show")
def show(context: typer.Context, month: Month) -> None:
    """List the days of a month: worked or not, why, and which are provisional."""
    the = here(context)
    with explained(the), calendar_here(the) as calendar, known_years(calendar):
        period = month_of(month)
        days = list(calendar.span(period.start, period.end - timedelta(days=1)))
    worked = sum(day.working for day in days)
    year = period.start.year
    status = the.t("calendar.announced" if year in calendar.announced else "calendar.provisional", year=year)
    if the.json:
        rows = [
            {"on": day.on, "working": day.working, "kind": day.kind, "name": dict(day.name), "source": day.source,
             "provisional": day.provisional}
            for day in days
        ]  # fmt: skip
        print_json({"month": month, "workdays": worked, "announced": year in calendar.announced, "days": rows})
        return
    headers = [the.t(f"calendar.column.{name}") for name in ("date", "weekday", "worked", "why")]
    print_table(
        the.t("calendar.month", month=month, workdays=worked), headers,
        [
            (day.on.isoformat(), the.t(f"calendar.weekday.{day.on.isoweekday()}"),
             the.t("calendar.worked" if day.working else "calendar.not_worked"), said(day.reason, the.lang))
            for day in days
        ],
    )  # fmt: skip
    out.print(escape(status))


@calendar_app.command("deadline")
def deadline(
    context: typer.Context,
    start: Annotated[str, typer.Argument(help="YYYY-MM-DD 起算前一日,不计入 / the day before the first one counted")],
    working_days: Annotated[int, typer.Argument(help="工作日数 / working days")],
) -> None:
    """Count working days after a day, and say how the last one was found."""
    the = here(context)
    first = a_date(start)
    if first is None:
        raise typer.BadParameter("YYYY-MM-DD")
    with explained(the), calendar_here(the) as calendar, known_years(calendar):
        if not 1 <= working_days <= MOST_DAYS:
            raise BadRequestError("error.calendar_days", days=working_days, most=MOST_DAYS)
        found = calendar.deadline(first, working_days)
    lines = told_deadline(the, found)
    if the.json:
        print_json({"on": found.on, "start": found.start, "working_days": found.working_days,
                    "provisional": found.provisional, "reason": lines})  # fmt: skip
        return
    out.print(f"[bold]{found.on.isoformat()}[/]")
    for line in lines:
        out.print(escape(line))


@calendar_app.command("deliberation")
def show_deliberation(context: typer.Context, month: Month, town: Town = "") -> None:
    """Show a month's deliberation day under the instance's reading, with the other reading beside it."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        found = deliberation(unit, month_of(month).start, town=town)
        assumed = is_assumed(unit)
    tell(the, month, found, assumed=assumed)


@calendar_app.command("move")
def move(
    context: typer.Context,
    month: Month,
    to: Annotated[str, typer.Argument(help="YYYY-MM-DD")],
    reason: Annotated[str, typer.Option(help="改期理由 / why")],
    paper: Annotated[str, typer.Option(help="决定文号或会议 / the decision's paper")] = "",
    town: Town = "",
) -> None:
    """Record the decision to hold a month's deliberation on another day."""
    the = here(context)
    day = a_date(to)
    if day is None:
        raise typer.BadParameter("YYYY-MM-DD")
    with opened(the) as store, store.unit() as unit:
        found = move_deliberation(
            unit, act_now(), month=month_of(month).start, to=day, reason=reason, paper=paper, town=town
        )
        assumed = is_assumed(unit)
    tell(the, month, found, assumed=assumed)


def tell(the: Here, month: str, found: DeliberationDay, *, assumed: bool) -> None:
    """Say a deliberation day: when, why, what to mind, and until when deputies are told."""
    by = the.t("deliberation.notice_by", by=found.notice_by.isoformat())
    notes = [said(reason, the.lang) for reason in (found.reason, found.warning) if reason is not None]
    if the.json:
        print_json({"month": month, "on": found.on, "planned": found.planned, "other": found.other,
                    "reading": found.reading, "assumed": assumed, "moved": found.moved, "notice_by": found.notice_by,
                    "notes": notes})  # fmt: skip
        return
    out.print(f"[bold]{found.on.isoformat()}[/]")
    for line in (*notes, by, *([the.t("deliberation.assumed")] if assumed else [])):
        out.print(escape(line))


def told_deadline(the: Here, found: Deadline) -> list[str]:
    """Say how a deadline came about, and that it is provisional where it is."""
    lines = [said(found.reason, the.lang)]
    if found.provisional:
        lines.append(the.t("deadline.provisional", years=" ".join(map(str, found.years))))
    return lines


@contextmanager
def calendar_here(the: Here) -> Iterator[Workdays]:
    """Give the instance's calendar, or the shipped one where there is no instance."""
    if not the.settings.database and not (the.home / "sanlian.db").exists():
        yield workdays()
        return
    with opened(the) as store, store.reading() as unit:
        yield workdays(unit)


@contextmanager
def known_years(calendar: Workdays) -> Iterator[None]:
    """Refuse, with the years that are known, what lies outside the calendar."""
    try:
        yield
    except OutsideCalendarError as wrong:
        raise outside(calendar) from wrong


def month_of(text: str) -> Period:
    """Read `2026-02`. Raises BadRequestError."""
    try:
        found = Period.parse(text)
    except ValueError as wrong:
        raise BadRequestError("error.calendar_month", month=text) from wrong
    if (found.end - found.start).days > MONTH_DAYS:
        raise BadRequestError("error.calendar_month", month=text)
    return found
