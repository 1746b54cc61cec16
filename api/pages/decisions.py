"""Decisions: where a congress placed the deputies whom it elected itself, with number, day and paper, and the form."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import atlas_today, desk, done_at, try_act
from data.messages import say
from data.tables import Generation, Grid
from services.decisions import decide_place, list_elected, paper_of
from services.enrolling import dual_seats
from services.errors import BadRequestError
from services.evidence import examine
from services.instance import is_frozen, the_term

router = APIRouter(prefix="/congress/decisions")
DONE = ("decided", "withdrawn")


@router.get("")
def decisions(
    request: Request, who: ACaller, house: AHouse, unit: AReading, term: str = "", done: str = "", seat: str = "",
    grid: str = "",
) -> Response:  # fmt: skip
    """List who was elected by a congress and where they are placed; `seat` and `grid` fill the form in."""
    who.must("seats.manage")
    return shown(request, who, house, unit, term=term, done=done, asked={"seat": seat, "grid": grid})


def shown(
    request: Request, who: Caller, house: House, unit: Session, *, term: str = "", done: str = "", problem: str = "",
    asked: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """Dress the page, with a form's problem where there is one."""
    row = the_term(unit, term or None, on=who.act.today)
    day = max(who.act.today, row.starts_on)
    atlas = atlas_today(house, who)
    grids = dict(
        unit.execute(
            select(Grid.code, Grid.name)
            .join(Generation, Generation.id == Grid.generation_id)
            .where(Generation.term_id == row.id)
            .order_by(Grid.generation_id)
        ).all()
    )
    elected = list_elected(unit, row, day)
    given = {"seat": "", "grid": "", "decision": "", "on": who.act.today.isoformat()} | (asked or {})
    return desk(
        request, "decisions.html", who=who, house=house, tab="decisions", atlas=atlas,
        status=422 if problem else 200, problem=problem, asked=given, term=row.name,
        done=say(f"decision.done.{done}", who.lang) if done in DONE else "", open=not is_frozen(row, who.act.today),
        waiting=[line for line in elected if not line.grid], placed=[line for line in elected if line.grid],
        grids=grids, towns=atlas.names if atlas is not None else {}, duals=dual_seats(unit, row, day),
    )  # fmt: skip


@router.post("")
async def decide(request: Request, who: ACaller, house: AHouse) -> Response:
    """Record a decision, with its paper where there is one."""
    who.must("seats.manage")
    return await run_in_threadpool(decided, request, who, house, await read_form(request, who))


def decided(request: Request, who: Caller, house: House, form: Form) -> Response:
    """Record what the form says, or show the page again with what is wrong."""
    asked = {name: form.one(name) for name in ("seat", "grid", "decision", "on")}

    def do() -> str:
        on = form.day("on")
        if on is None:
            raise BadRequestError("plan.form.day")
        withdraw = form.has("withdraw")
        if not asked["grid"] and not withdraw:
            raise BadRequestError("error.decision_grid")
        papers = [examine(content, name) for name, content in form.files if content]
        with house.store.unit() as unit:
            decide_place(
                unit, who.act, seat=asked["seat"], grid="" if withdraw else asked["grid"], on=on,
                decision=asked["decision"], paper=papers[0] if papers else None, home=house.settings.home,
                term=form.one("term") or None,
            )  # fmt: skip
        return done_at("/congress/decisions", "withdrawn" if withdraw else "decided", term=form.one("term"))

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem, asked=asked)

    return try_act(who, do, again)


@router.get("/{number}/paper")
def paper(who: ACaller, house: AHouse, unit: AReading, number: int) -> Response:
    """Give the paper of a decision to whom it may concern; never to the public."""
    who.must("seats.manage")
    row, content = paper_of(unit, house.settings.home, number)
    ending = row.name.rpartition(".")[2]
    return Response(
        content, media_type=row.media,
        headers={"Content-Disposition": f'attachment; filename="decision-{number}.{ending}"'},
    )  # fmt: skip
