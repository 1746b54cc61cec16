"""Proposing at length: a plan is read, laid out and kept as a job, and nobody waits for the store meanwhile."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from data.store import Store
from services.act import Act
from services.errors import ActError
from services.jobs import close_job, open_job, step_job
from services.placing import STEPS, Placed, keep_plan, lay_out, survey

KIND = "plan.propose"


def begin_proposal(store: Store, act: Act, *, term: str, generation: str, repair: bool) -> int:
    """Write down that a plan is being proposed; give the number of the job. Raises ConflictError while one is."""
    asked = {"term": term, "generation": generation, "repair": repair}
    with store.unit() as unit:
        return open_job(unit, act, kind=KIND, asked=asked, steps=len(STEPS))


def propose_at_length(
    store: Store, act: Act, *, job: int, now: Callable[[], datetime], term: str, generation: str, repair: bool
) -> Placed | None:
    """Propose a plan step by step and keep each step in the job; give None where it could not be done.

    The store is open for writing only while a step is noted and while the finished plan is kept, as one act.
    """

    def tell(step: str) -> None:
        with store.unit() as unit:
            step_job(unit, now(), number=job, step=step, done=STEPS.index(step))

    def close(**outcome: Any) -> None:
        with store.unit() as unit:
            close_job(unit, now(), number=job, **outcome)

    try:
        tell("survey")
        with store.reading() as unit:
            found = survey(unit, act, term=term or None, generation=generation or None, repair=repair)
        draft = lay_out(found, tell=tell)
        tell("keep")
        with store.unit() as unit:
            placed = keep_plan(unit, act, found, draft)
            close_job(unit, now(), number=job, result={"plan": placed.plan, "unmet": len(placed.unmet)})
    except ActError as wrong:
        close(problem={"key": wrong.key, "facts": wrong.facts})
        return None
    except Exception:
        close(problem={"key": "error.job_broken", "facts": {"job": job}})
        raise
    return placed
