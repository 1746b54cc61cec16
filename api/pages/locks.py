"""Locks of a placement: which deputy keeps which grid in every proposal, why, and the forms that add and lift them."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import desk, done_at, try_act
from data.messages import say
from services.instance import is_frozen, the_term
from services.locks import add_lock, lift_lock, list_locks

router = APIRouter(prefix="/congress/locks")
DONE = ("added", "lifted")


@router.get("")
def locks(
    request: Request, who: ACaller, house: AHouse, unit: AReading, term: str = "", done: str = "", seat: str = "",
    grid: str = "",
) -> Response:  # fmt: skip
    """List the locks, with the form that adds one (`seat` and `grid` fill it in)."""
    who.must("plan.propose")
    return shown(request, who, house, unit, term=term, done=done, asked={"seat": seat, "grid": grid})


def shown(
    request: Request, who: Caller, house: House, unit: Session, *, term: str = "", done: str = "", problem: str = "",
    asked: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """Dress the page, with a form's problem where there is one."""
    row = the_term(unit, term or None, on=who.act.today)
    rows = list_locks(unit, row)
    return desk(
        request, "locks.html", who=who, house=house, tab="locks", status=422 if problem else 200, problem=problem,
        term=row.name, open=not is_frozen(row, who.act.today), asked={"seat": "", "grid": "", "reason": ""} | (
            asked or {}),
        done=say(f"lock.done.{done}", who.lang) if done in DONE else "",
        holding=[lock for lock in rows if not lock.lifted_by], lifted=[lock for lock in rows if lock.lifted_by],
    )  # fmt: skip


@router.post("")
async def add(request: Request, who: ACaller, house: AHouse) -> Response:
    """Add a lock."""
    who.must("plan.propose")
    return await run_in_threadpool(added, request, who, house, await read_form(request, who))


def added(request: Request, who: Caller, house: House, form: Form) -> Response:
    """Add the lock that the form asks for, or show the page again."""
    asked = {name: form.one(name) for name in ("seat", "grid", "reason")}

    def do() -> str:
        with house.store.unit() as unit:
            add_lock(unit, who.act, **asked, term=form.one("term") or None)
        return done_at("/congress/locks", "added", term=form.one("term"))

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem, asked=asked)

    return try_act(who, do, again)


@router.post("/{number}/lift")
async def lift(request: Request, who: ACaller, house: AHouse, number: int) -> Response:
    """Lift a lock with a reason."""
    who.must("plan.propose")
    return await run_in_threadpool(lifted, request, who, house, number, await read_form(request, who))


def lifted(request: Request, who: Caller, house: House, number: int, form: Form) -> Response:
    """Lift the lock, or show the page again."""

    def do() -> str:
        with house.store.unit() as unit:
            lift_lock(unit, who.act, number=number, reason=form.one("reason"))
        return done_at("/congress/locks", "lifted", term=form.one("term"))

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem)

    return try_act(who, do, again)
