"""The ground: generations, and the life of a placement plan."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.console import Here, a_date, act_now, done, here, opened, out, print_json, print_table
from api.commands.spreading import Cluster, place_folder, place_on_cluster
from api.commands.spreading import From as FolderFrom
from api.commands.spreading import To as FolderTo
from api.telling import finding_text, weights_text
from data.frames import each
from data.tables import Generation
from services.activation import activate_generation, activate_plan, approve_plan, the_plan
from services.cuts import cut_proposals, cut_table, write_cuts
from services.exporting import export_table
from services.gains import gains
from services.instance import the_term
from services.law import check_law
from services.lineage import OF, changed_only, lineage
from services.locks import add_lock, lift_lock, list_locks
from services.placing import Placed, propose_plan
from services.plans import compare_generations, list_generations, plan_difference, plan_table, show_plan

generation_app = typer.Typer(help="图层代:列出、启用、比较 / generations", no_args_is_help=True)
plan_app = typer.Typer(help="联系方案:查看、比较、批准、启用、导出 / plans", no_args_is_help=True)

PlanNumber = Annotated[int | None, typer.Argument(help="方案编号;省略时取最新 / plan number; the newest when left out")]
From = Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD 生效日 / in force from")]


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
    done(the, "plan.activated", plan=number or "—", generation=name, starts=starts)


@generation_app.command("diff")
def generation_diff(
    context: typer.Context,
    before: str,
    after: str,
    lineage_of: Annotated[str, typer.Option("--lineage", help=" ".join(OF))] = "",
    every: Annotated[bool, typer.Option("--all", help="也列出未变的 / the unchanged ones too")] = False,
) -> None:
    """Compare two generations: codes that came, went, or changed; or, cell by cell, who became whom."""
    the = here(context)
    if lineage_of:
        show_lineage(the, before, after, lineage_of, every=every)
        return
    with opened(the) as store, store.reading() as unit:
        rows = compare_generations(unit, before, after)
    if the.json:
        print_json(rows)
        return
    names = ("layer", "came", "went", "reshaped", "renamed", "same")
    headers = ("层/layer", "新增/came", "取消/went", "变形/reshaped", "改名/renamed", "不变/same")
    print_table(the.t("generation.diff", before=before, after=after), headers,
                [[row[name] for name in names] for row in rows])  # fmt: skip


def show_lineage(the: Here, before: str, after: str, of: str, *, every: bool) -> None:
    """Print predecessors and successors with the share of either that they have in common."""
    with opened(the) as store, store.reading() as unit:
        found = lineage(unit, before=before, after=after, of=of)
    shown = found if every else changed_only(found)
    if the.json:
        print_json(shown.to_dict("records"))
        return
    headers = (f"{before}", f"{after}", "占原单元/of old", "占新单元/of new")
    rows = [(row.old or "—", row.new or "—", f"{row.of_old:.1%}", f"{row.of_new:.1%}") for row in each(shown)]
    print_table(the.t("generation.lineage", before=before, after=after, changed=len(shown)), headers, rows)


def place(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="只动必须动的 / move only what must move")] = False,
    term: Annotated[str | None, typer.Option(help="届 / term")] = None,
    generation: Annotated[str | None, typer.Option(help="图层代 / generation")] = None,
    cluster: Cluster = None,
    source: FolderFrom = None,
    target: FolderTo = None,
    on: Annotated[str | None, typer.Option(help="YYYY-MM-DD 文件夹方式下席位的日期 / seats as of")] = None,
) -> None:
    """Propose a plan: every deputy to a station and to grids of their own electoral district."""
    the = here(context)
    if source is not None or target is not None:
        place_folder(the, source, target, cluster=cluster, repair=repair, on=on)
        return
    if cluster:
        placed = place_on_cluster(the, cluster, term=term, generation=generation, repair=repair)
    else:
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
        ),
        markup=False,
    )  # fmt: skip
    for unmet in placed.unmet:
        facts = {key: value for key, value in unmet.items() if key != "kind"}
        out.print("  ! " + the.t(f"placement.unmet.{unmet['kind']}", **facts), markup=False)
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
    head = the.t("plan.head", plan=shown["plan"], state=the.t(f"plan.state.{shown['state']}"),
                 generation=shown["generation"], links=shown["links"], seats=shown["seats"])  # fmt: skip
    out.print(head, markup=False)
    out.print(weights_text(shown["weights"], the.lang), markup=False)
    headers = ("层/layer", "选区/district", "席位/seats", "片/pieces", "户/households", "最大/largest", "下界/bound",
               "差距%/gap%", "目标(不连片,移动,最大,户·米)/objective", "沿用/kept", "已证最优/proven")  # fmt: skip
    names = ("layer", "district", "seats", "pieces", "households", "largest", "bound", "gap", "objective", "kept",
             "proven")  # fmt: skip
    print_table(the.t("plan.districts"), headers, [[row.get(name) for name in names] for row in shown["districts"]])
    for unmet in shown["unmet"]:
        facts = {key: value for key, value in unmet.items() if key != "kind"}
        out.print("  ! " + the.t(f"placement.unmet.{unmet['kind']}", **facts), markup=False)


@plan_app.command("diff")
def plan_diff(
    context: typer.Context,
    plan: PlanNumber = None,
    against: Annotated[int | None, typer.Option(help="默认与现行方案比较 / against the plan in force")] = None,
    deputies: Annotated[bool, typer.Option("--deputies", help="按代表列出得失 / who gains and loses")] = False,
) -> None:
    """Show which pieces change their deputies between two plans, or what each deputy gains and loses."""
    the = here(context)
    if deputies:
        show_gains(the, plan, against)
        return
    with opened(the) as store, store.reading() as unit:
        frame = plan_difference(unit, plan, against)
    if the.json:
        print_json(frame.to_dict("records"))
        return
    print_table(the.t("plan.diff", changed=len(frame)), tuple(frame.columns), each(frame))


def show_gains(the: Here, plan: int | None, against: int | None) -> None:
    """Print who gains and loses which grids and households."""
    with opened(the) as store, store.reading() as unit:
        rows = gains(unit, plan=plan, against=against)
    if the.json:
        print_json([{**asdict(row), "delta": row.delta} for row in rows])
        return
    headers = ("代表/deputy", "层级/level", "原户数/before", "现户数/after", "增减/change", "新增网格/gained",
               "减少网格/lost")  # fmt: skip
    print_table(
        the.t("plan.gains", changed=len(rows)), headers,
        [(row.name, the.t(f"level.{row.level}"), row.before, row.after, f"{row.delta:+d}", " ".join(row.gained),
          " ".join(row.lost)) for row in rows],
    )  # fmt: skip


@plan_app.command("cuts")
def plan_cuts(
    context: typer.Context,
    plan: PlanNumber = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CUTS.geojson | .gpkg | .xlsx | .csv")] = None,
) -> None:
    """List the pieces larger than a mean load with the proposed cut and its gain; nothing is ever applied."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        row = the_plan(unit, plan, "in_force", "approved", "proposed")
        number, synthetic = row.id, unit.get_one(Generation, row.generation_id).synthetic
        found = cut_proposals(unit, row)
        table, title = cut_table(found, the.lang), the.t("cuts.title", plan=number)
        if output is not None:
            form = output.suffix.lstrip(".").lower()
            output.write_bytes(write_cuts(found, form, the.lang, title=title, synthetic=synthetic))
    if output is not None:
        done(the, "export.done", file=str(output), rows=len(table))
        return
    if the.json:
        print_json(table.to_dict("records"))
        return
    out.print(the.t("cuts.counted", all=len(table), helpful=int((table["largest_after"] < table["largest"]).sum())))
    headers = ("层/layer", "选区/district", "网格/grid", "户/households", "切成/parts", "方式/way",
               "最大:平均%/largest", "切分后%/after")  # fmt: skip
    names = ["layer", "district", "grid", "households", "parts", "way", "percent", "percent_after"]
    print_table(title, headers, each(table[names]))


@plan_app.command("locks")
def plan_locks(context: typer.Context, term: Annotated[str | None, typer.Option(help="届 / term")] = None) -> None:
    """List the locks of a term with their reasons."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        row = the_term(unit, term, on=act_now().today)
        name, rows = row.name, list_locks(unit, row)
    if the.json:
        print_json(rows)
        return
    headers = ("编号/lock", "席位/seat", "代表/deputy", "网格/grid", "选区/district", "理由/reason", "解除/lifted")
    print_table(
        the.t("lock.list", term=name), headers,
        [(row.number, row.seat, row.name, row.grid, row.district, row.reason, row.lift_reason) for row in rows],
    )  # fmt: skip


@plan_app.command("lock")
def plan_lock(
    context: typer.Context,
    seat: Annotated[str, typer.Argument(help="席位编号 / seat")],
    grid: Annotated[str, typer.Argument(help="网格代码 / grid")],
    reason: Annotated[str, typer.Option(help="理由 / why")],
    term: Annotated[str | None, typer.Option(help="届 / term")] = None,
) -> None:
    """Lock a seat to the piece of a grid in its own district, from the next proposal on."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        add_lock(unit, act_now(), seat=seat, grid=grid, reason=reason, term=term)
    done(the, "lock.added", seat=seat, grid=grid)


@plan_app.command("unlock")
def plan_unlock(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="锁定编号 / number of the lock")],
    reason: Annotated[str, typer.Option(help="理由 / why")],
) -> None:
    """Lift a lock."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        lift_lock(unit, act_now(), number=number, reason=reason)
    done(the, "lock.done.lifted")


@plan_app.command("law")
def plan_law(context: typer.Context, plan: PlanNumber = None) -> None:
    """Check the electoral districts of a plan's map against the law: seats, equal weight, quota."""
    the = here(context)
    with opened(the) as store, store.reading() as unit:
        row = the_plan(unit, plan, "proposed", "approved", "in_force")
        found = check_law(unit, unit.get_one(Generation, row.generation_id))
        number = row.id
    if the.json:
        print_json([{**asdict(finding), "text": finding_text(finding, the.lang)} for finding in found])
        return
    breaches = sum(finding.breach for finding in found)
    out.print(the.t("law.head", plan=number, breaches=breaches))
    for finding in found:
        out.print(f"  {'!' if finding.breach else '·'} " + finding_text(finding, the.lang), markup=False)


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
    done(the, "plan.approved", plan=number)


@plan_app.command("activate")
def plan_activate(context: typer.Context, plan: PlanNumber = None, valid_from: From = None) -> None:
    """Put an approved plan in force, with its generation, from a day."""
    the = here(context)
    with opened(the) as store, store.unit() as unit:
        row = activate_plan(unit, act_now(), plan=plan, valid_from=a_date(valid_from))
        number, starts = row.plan_id, row.valid_from.isoformat()
    done(the, "plan.activated", plan=number, generation="", starts=starts)


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
    done(the, "export.done", file=str(file), rows=len(frame))
