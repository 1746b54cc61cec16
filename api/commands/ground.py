"""The ground: terms, generations, and the life of a placement plan."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import Here, a_date, act_now, fail, here, opened, out, print_json, print_table
from data.frames import each
from services.exporting import export_table
from services.instance import open_term
from services.placing import Placed, activate_generation, activate_plan, approve_plan, propose_plan
from services.plans import compare_generations, list_generations, list_terms, plan_difference, plan_table, show_plan

term_app = typer.Typer(help="届:开启、列出 / terms", no_args_is_help=True)
generation_app = typer.Typer(help="图层代:列出、启用、比较 / generations", no_args_is_help=True)
plan_app = typer.Typer(help="联系方案:查看、比较、批准、启用、导出 / plans", no_args_is_help=True)

PlanNumber = Annotated[int | None, typer.Argument(help="方案编号;省略时取最新 / plan number; the newest when left out")]
From = Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD 生效日 / in force from")]


@term_app.command("open")
def term_open(
    context: typer.Context,
    name: str,
    starts: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    name_en: Annotated[str, typer.Option("--name-en")] = "",
    ends: Annotated[str | None, typer.Option(help="YYYY-MM-DD")] = None,
) -> None:
    """Open a term (届)."""
    the = here(context)
    begins = a_date(starts)
    if begins is None:
        raise typer.BadParameter("--starts YYYY-MM-DD")
    with opened(the) as store, store.unit() as unit:
        open_term(unit, act_now(), name=name, name_en=name_en, starts_on=begins, ends_on=a_date(ends))
    out.print(the.t("term.opened", term=name, starts=begins.isoformat()))


@term_app.command("list")
def term_list(context: typer.Context) -> None:
    """List the terms."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        rows = list_terms(unit)
    if the.json:
        print_json(rows)
        return
    names = ("name", "starts_on", "ends_on", "state", "seats")
    headers = ("届/term", "起/from", "止/to", "状态/state", "席位/seats")
    print_table(the.t("term.list"), headers, [[row[name] for name in names] for row in rows])


@generation_app.command("list")
def generation_list(context: typer.Context) -> None:
    """List the generations with the size of their layers."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        rows = list_generations(unit)
    if the.json:
        print_json(rows)
        return
    headers = ("图层代/generation", "届/term", "状态/state", "镇村/areas", "县级选区/county", "镇级选区/town",
               "网格/grids", "联络站/stations", "示例/synthetic")  # fmt: skip
    names = ("name", "term", "state", "areas", "county", "town", "grids", "stations", "synthetic")
    print_table(the.t("generation.list"), headers, [[row[name] for name in names] for row in rows])


@generation_app.command("activate")
def generation_activate(
    context: typer.Context,
    name: str,
    plan: Annotated[int | None, typer.Option(help="方案编号 / plan number")] = None,
    unplaced: Annotated[bool, typer.Option("--unplaced", help="没有方案也启用 / without a plan")] = False,
    valid_from: From = None,
) -> None:
    """Put a generation in force together with its plan."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        row = activate_generation(
            unit, act_now(), name=name, plan=plan, unplaced=unplaced, valid_from=a_date(valid_from)
        )
        number, starts = row.plan_id, row.valid_from.isoformat()
    out.print(the.t("plan.activated", plan=number or "—", generation=name, starts=starts))


@generation_app.command("diff")
def generation_diff(context: typer.Context, before: str, after: str) -> None:
    """Compare two generations: codes that came, went, or changed their shape or name."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        rows = compare_generations(unit, before, after)
    if the.json:
        print_json(rows)
        return
    names = ("layer", "came", "went", "reshaped", "renamed", "same")
    headers = ("层/layer", "新增/came", "取消/went", "变形/reshaped", "改名/renamed", "不变/same")
    print_table(the.t("generation.diff", before=before, after=after), headers,
                [[row[name] for name in names] for row in rows])  # fmt: skip


def place(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="只动必须动的 / move only what must move")] = False,
    term: Annotated[str | None, typer.Option(help="届 / term")] = None,
    generation: Annotated[str | None, typer.Option(help="图层代 / generation")] = None,
    cluster: Annotated[str | None, typer.Option(help="dask scheduler tcp://…")] = None,
) -> None:
    """Propose a plan: every deputy to a station and to grids of their own electoral district."""
    the = here(context)
    if cluster:
        fail(the, the.t("error.no_cluster"))
    with opened(the) as store, store.unit() as unit:
        placed = propose_plan(unit, act_now(), term=term, generation=generation, repair=repair)
    if the.json:
        print_json(placed)
        return
    say_placed(the, placed)


def say_placed(the: Here, placed: Placed) -> None:
    """Say what was placed, and name what could not be."""
    out.print(
        the.t(
            "place.done", plan=placed.plan, people_placed=placed.people_placed, people=placed.people,
            seats_placed=placed.seats_placed, seats=placed.seats, grids_linked=placed.grids_linked,
            grids=placed.grids, proven=placed.districts_proven, districts=placed.districts,
        )
    )  # fmt: skip
    for unmet in placed.unmet:
        facts = {key: value for key, value in unmet.items() if key != "kind"}
        out.print("  ! " + the.t(f"placement.unmet.{unmet['kind']}", **facts))
    out.print(the.t("place.next", plan=placed.plan))


@plan_app.command("show")
def plan_show(context: typer.Context, plan: PlanNumber = None) -> None:
    """Show a plan: each district's load, bound and gap, and what is unmet."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        shown = show_plan(unit, plan)
    if the.json:
        print_json(shown)
        return
    out.print(the.t("plan.head", plan=shown["plan"], state=shown["state"], generation=shown["generation"],
                    links=shown["links"], seats=shown["seats"]))  # fmt: skip
    headers = ("层/layer", "选区/district", "席位/seats", "片/pieces", "户/households", "最大/largest", "下界/bound",
               "不连片/broken", "移动/moved", "已证最优/proven")  # fmt: skip
    names = ("layer", "district", "seats", "pieces", "households", "largest", "bound", "broken", "moved", "proven")
    print_table(the.t("plan.districts"), headers, [[row.get(name) for name in names] for row in shown["districts"]])
    for unmet in shown["unmet"]:
        facts = {key: value for key, value in unmet.items() if key != "kind"}
        out.print("  ! " + the.t(f"placement.unmet.{unmet['kind']}", **facts))


@plan_app.command("diff")
def plan_diff(
    context: typer.Context,
    plan: PlanNumber = None,
    against: Annotated[int | None, typer.Option(help="默认与现行方案比较 / against the plan in force")] = None,
) -> None:
    """Show which pieces change their deputies between two plans."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        frame = plan_difference(unit, plan, against)
    if the.json:
        print_json(frame.to_dict("records"))
        return
    print_table(the.t("plan.diff", changed=len(frame)), tuple(frame.columns), each(frame))


@plan_app.command("approve")
def plan_approve(
    context: typer.Context,
    plan: PlanNumber = None,
    reason: Annotated[str, typer.Option(help="依据 / why")] = "",
    by: Annotated[str, typer.Option(help="批准人 / who")] = "",
) -> None:
    """Approve a proposed plan."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        number = approve_plan(unit, act_now(by), plan=plan, reason=reason).id
    out.print(the.t("plan.approved", plan=number))


@plan_app.command("activate")
def plan_activate(context: typer.Context, plan: PlanNumber = None, valid_from: From = None) -> None:
    """Put an approved plan in force, with its generation, from a day."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        row = activate_plan(unit, act_now(), plan=plan, valid_from=a_date(valid_from))
        number, starts = row.plan_id, row.valid_from.isoformat()
    out.print(the.t("plan.activated", plan=number, generation="", starts=starts))


@plan_app.command("export")
def plan_export(
    context: typer.Context, file: Path, plan: Annotated[int | None, typer.Option(help="plan number")] = None
) -> None:
    """Write a plan's links, one row each with its reason, as CSV or XLSX."""
    the = here(context)
    fmt = file.suffix.lstrip(".").lower()
    with opened(the) as store, store.reading() as unit:
        frame, synthetic = plan_table(unit, plan, the.lang)
        export_table(frame, file, fmt, title=the.t("plan.table"), synthetic=synthetic)
    out.print(the.t("export.done", file=str(file), rows=len(frame)))
