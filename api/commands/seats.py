"""Seats in the middle of a term: end, suspend, resume, by-election, list."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import Here, a_date, act_now, done, here, opened, out, print_json, print_table
from congress.levels import LEVELS
from services.decisions import decide_place
from services.enrolling import Wanted, enrol
from services.evidence import examine
from services.instance import the_term
from services.matters_handing import follow_now
from services.seats import (
    ENDS,
    Elected,
    Sitting,
    by_election,
    end_seat,
    list_seats,
    resume_seat,
    suspend_seat,
    vacancies,
)
from services.taking_back import undo_event

seat_app = typer.Typer(help="席位:补选、辞职、罢免、暂停、出缺 / seats in the middle of a term", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="席位编号 / seat")]
On = Annotated[str | None, typer.Option("--on", "--from", help="YYYY-MM-DD 生效日,默认今天 / from this day")]
Decision = Annotated[str, typer.Option(help="依据(不对外公开) / the decision; never public")]
Term = Annotated[str | None, typer.Option(help="届 / term")]


@seat_app.command("end")
def seat_end(
    context: typer.Context,
    seat: Code,
    kind: Annotated[str, typer.Option("--kind", help=" ".join(ENDS))],
    decision: Decision,
    on: On = None,
    term: Term = None,
) -> None:
    """End a seat: from that day it neither answers for a place nor scores."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    with opened(the) as store, store.unit() as unit:
        end_seat(unit, act, seat=seat, kind=kind, on=day, decision=decision, term=term)
        follow_now(unit, act)
    told(the, "seat.ended", seat=seat, on=day.isoformat())


@seat_app.command("suspend")
def seat_suspend(
    context: typer.Context,
    seat: Code,
    decision: Decision,
    on: On = None,
    until: Annotated[str | None, typer.Option(help="YYYY-MM-DD 恢复日 / the day it counts again")] = None,
    term: Term = None,
) -> None:
    """Suspend a seat for a time."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    with opened(the) as store, store.unit() as unit:
        suspend_seat(unit, act, seat=seat, on=day, until=a_date(until), decision=decision, term=term)
        follow_now(unit, act)
    told(the, "seat.suspended", seat=seat, on=day.isoformat(), until=until or "—")


@seat_app.command("resume")
def seat_resume(context: typer.Context, seat: Code, decision: Decision, on: On = None, term: Term = None) -> None:
    """Let a suspended seat count again."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    with opened(the) as store, store.unit() as unit:
        resume_seat(unit, act, seat=seat, on=day, decision=decision, term=term)
        follow_now(unit, act)
    told(the, "seat.resumed", seat=seat, on=day.isoformat())


@seat_app.command("by-election")
def seat_by_election(
    context: typer.Context,
    vacancy: Annotated[str, typer.Argument(help="出缺的席位编号 / the vacant seat")],
    person: Annotated[str, typer.Option(help="当选人编号 / roster number of the person elected")],
    decision: Decision,
    name: Annotated[str, typer.Option(help="姓名(名册中没有时) / name, when not on record")] = "",
    sex: Annotated[str, typer.Option(help="性别 / sex")] = "",
    born: Annotated[int | None, typer.Option(help="出生年 / year of birth")] = None,
    on: On = None,
    seat: Annotated[str, typer.Option("--seat", help="新席位编号 / code of the new seat")] = "",
    term: Term = None,
) -> None:
    """Fill a vacancy by the district (or unit) that elected the one before."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    elected = Elected(code=person, name=name, sex=sex, birth_year=born)
    with opened(the) as store, store.unit() as unit:
        row = by_election(unit, act, vacancy=vacancy, elected=elected, on=day, decision=decision, seat=seat, term=term)
        follow_now(unit, act)
        code, district = row.code, row.district_code or row.electing_unit
    told(the, "seat.by_elected", seat=code, district=district, on=day.isoformat())


@seat_app.command("undo")
def seat_undo(
    context: typer.Context,
    event: Annotated[int, typer.Argument(help="登记编号,见 seat list --json / number of the event")],
    reason: Annotated[str, typer.Option(help="理由 / why")],
) -> None:
    """Take back an event that was recorded by mistake, while nothing later stands on it."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        seat = undo_event(unit, act_now(), event=event, reason=reason)
        follow_now(unit, act_now())
    told(the, "seat.undone", seat=seat)


@seat_app.command("enrol")
def seat_enrol(
    context: typer.Context,
    seat: Code,
    person: Annotated[str, typer.Option(help="名册编号 / roster number")],
    level: Annotated[str, typer.Option(help=" ".join(LEVELS))],
    decision: Decision,
    district: Annotated[str, typer.Option(help="选区编号 / electoral district")] = "",
    unit_name: Annotated[str, typer.Option("--unit", help="选举单位 / electing unit")] = "",
    town: Annotated[str, typer.Option(help="镇街代码 / town")] = "",
    name: Annotated[str, typer.Option(help="姓名(名册中没有时) / name, when not on record")] = "",
    on: On = None,
    term: Term = None,
) -> None:
    """Record one more seat: a second one at another level, or one that the roster lacks."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    wanted = Wanted(code=seat, level=level, district=district, electing_unit=unit_name, town=town)
    elected = Elected(code=person, name=name)
    with opened(the) as store, store.unit() as unit:
        enrol(unit, act, wanted=wanted, elected=elected, on=day, decision=decision, term=term)
    told(the, "seat.enrolled", seat=seat, on=day.isoformat())


@seat_app.command("decide")
def seat_decide(
    context: typer.Context,
    seat: Code,
    decision: Decision,
    grid: Annotated[str, typer.Option(help="网格代码;不写为撤回 / grid; empty withdraws")] = "",
    on: On = None,
    paper: Annotated[Path | None, typer.Option(help="决定文件 PDF/图片 / the paper")] = None,
    term: Term = None,
) -> None:
    """Record the decision that places a deputy elected by a congress: number, day and paper."""
    the = here(context)
    act = act_now()
    day = a_date(on) or act.today
    with opened(the) as store, store.unit() as unit:
        sound = None if paper is None else examine(paper.read_bytes(), paper.name)
        decide_place(unit, act, seat=seat, grid=grid, on=day, decision=decision, paper=sound, home=the.home, term=term)
    told(the, "seat.decided" if grid else "seat.withdrawn", seat=seat, **({"grid": grid} if grid else {}))


@seat_app.command("list")
def seat_list(
    context: typer.Context,
    on: On = None,
    term: Term = None,
    every: Annotated[bool, typer.Option("--all", help="也列出正常履职的席位 / the counting ones too")] = False,
) -> None:
    """List what happened to seats, and what is vacant."""
    the = here(context)
    day = a_date(on) or act_now().today
    with opened(the) as store, store.reading() as unit:
        row = the_term(unit, term, on=day)
        sitting, vacant = list_seats(unit, row, day), vacancies(unit, row, day)
    shown = [seat for seat in sitting if every or seat.events or seat.state != "counting"]
    if the.json:
        print_json({"on": day, "term": row.name, "seats": shown, "vacancies": vacant})
        return
    headers = ("席位/seat", "姓名/name", "层级/level", "选区/district", "起/from", "止/to", "状态/state", "事项/events")
    print_table(
        the.t("seat.list", term=row.name, on=day.isoformat()), headers,
        [(seat.seat, seat.name, the.t(f"level.{seat.level}"), seat.district, seat.starts_on, seat.ends_on,
          the.t(f"seat.state.{seat.state}"), events_text(the, seat)) for seat in shown],
    )  # fmt: skip
    gaps = ("层级/level", "选区/district", "原席位/seat", "原代表/name", "自/since")
    print_table(
        the.t("seat.vacancies", number=len(vacant)), gaps,
        [(the.t(f"level.{gap.level}"), gap.district, gap.seat, gap.name, gap.since) for gap in vacant],
    )  # fmt: skip


def told(the: Here, key: str, **facts: str) -> None:
    """Say what was recorded, and that the plan is repaired next."""
    done(the, key, **facts)
    if not the.json:
        out.print(the.t("seat.repair"))


def events_text(the: Here, seat: Sitting) -> str:
    """Say a seat's events in one cell."""
    return the.t("page.comma").join(
        the.t("seat.event", kind=the.t(f"seat.kind.{event.kind}"), starts=event.starts_on.isoformat(),
              ends=f" – {event.ends_on.isoformat()}" if event.ends_on else "")
        for event in seat.events
    )  # fmt: skip
