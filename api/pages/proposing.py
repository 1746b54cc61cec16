"""Proposing a plan: what it starts from, and how far the work in the background is."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.background import start_proposal
from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import desk, try_act
from api.pages.furniture import Option
from api.telling import told
from data.messages import say
from data.tables import Generation, PlanRow, Term
from services.instance import is_frozen
from services.jobs import Job, list_jobs, the_job
from services.locks import list_locks
from services.placing import STEPS
from services.plans import list_generations
from services.proposing import KIND

router = APIRouter()
REFRESH = 2  # seconds between two looks at work that is running


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """Work in the background as a page writes it."""

    job: Job
    state: str
    text: str
    href: str
    plan: int | None


@router.get("/congress/propose")
def propose_page(request: Request, who: ACaller, house: AHouse, unit: AReading) -> Response:
    """Show what a proposal starts from, with the form that begins one."""
    who.must("plan.propose")
    return shown(request, who, house, unit)


def shown(request: Request, who: Caller, house: House, unit: Session, *, problem: str = "") -> Response:
    """Dress the page, with the form's problem where there is one."""
    terms = [row for row in unit.scalars(select(Term).order_by(Term.starts_on)) if not is_frozen(row, who.act.today)]
    open_terms = {row.name for row in terms}
    grounds = [row for row in reversed(list_generations(unit)) if row["term"] in open_terms]
    in_force = unit.scalars(select(PlanRow.generation_id).where(PlanRow.state == "in_force")).first()
    standing = unit.scalar(select(Generation.name).where(Generation.id == in_force)) or ""
    locks = [lock for row in terms for lock in list_locks(unit, row) if not lock.lifted_by]
    return desk(
        request, "propose.html", who=who, house=house, tab="propose", status=422 if problem else 200,
        problem=problem, standing=standing, locks=len(locks),
        grounds=[
            Option(
                value=row["name"], selected=row["name"] == standing,
                label=say("propose.ground", who.lang, term=row["term"], generation=row["name"], grids=row["grids"],
                          county=row["county"], town=row["town"]),
            )
            for row in grounds
        ],
        jobs=[job_line(job, who.lang) for job in list_jobs(unit, kind=KIND, at=who.act.at)],
    )  # fmt: skip


@router.post("/congress/propose")
async def propose(request: Request, who: ACaller, house: AHouse) -> Response:
    """Begin to propose a plan in the background."""
    who.must("plan.propose")
    return await run_in_threadpool(begun, request, who, house, await read_form(request, who))


def begun(request: Request, who: Caller, house: House, form: Form) -> Response:
    """Begin the work and show how far it is, or the form again."""

    def do() -> str:
        with house.store.reading() as unit:
            name = form.one("generation")
            term = unit.scalar(select(Term.name).join(Generation).where(Generation.name == name)) or ""
        repair = form.one("mode") == "repair"
        job = start_proposal(house.store, who.act, term=term, generation=name, repair=repair)
        return f"/congress/jobs/{job}"

    def again(problem: str) -> Response:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem)

    return try_act(who, do, again)


@router.get("/congress/jobs/{number}")
def job_page(request: Request, who: ACaller, house: AHouse, unit: AReading, number: int) -> Response:
    """Show how far work in the background is; the page looks again by itself while it runs."""
    who.must("plan.propose")
    job = the_job(unit, number, who.act.at)
    steps = [(say(f"job.step.{step}", who.lang), step == job.step, place < job.steps_done)
             for place, step in enumerate(STEPS)]  # fmt: skip
    return desk(
        request, "job.html", who=who, house=house, tab="propose", line=job_line(job, who.lang), steps=steps,
        refresh=REFRESH if job.state == "running" else 0,
        mode=say("propose.repair" if job.asked.get("repair") else "propose.anew", who.lang),
    )  # fmt: skip


def job_line(job: Job, lang: str) -> JobLine:
    """Write a piece of work: its state, and what came of it or why not."""
    plan = job.result.get("plan")
    if job.problem:
        text = told(job.problem["key"], lang, job.problem["facts"])
    elif plan is not None:
        text = say("job.done.plan", lang, plan=plan, unmet=job.result.get("unmet", 0))
    else:
        text = say(f"job.text.{job.state}", lang)
    return JobLine(
        job=job, state=say(f"job.state.{job.state}", lang), text=text, href=f"/congress/jobs/{job.number}", plan=plan
    )
