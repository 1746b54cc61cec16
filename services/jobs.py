"""Jobs: long work in the background, how far it is, what came of it, and what was never heard of again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import JobRow
from services.act import Act, record
from services.errors import ConflictError, NotFoundError

RUNNING, DONE, FAILED, SILENT = "running", "done", "failed", "silent"
SILENCE = timedelta(minutes=20)  # after this long without a sign of life the work is taken for broken off


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of long work as it is at an instant."""

    number: int
    kind: str
    state: str  # running | done | failed | silent
    asked: Mapping[str, Any]
    step: str
    steps_done: int
    steps_all: int
    result: Mapping[str, Any]
    problem: Mapping[str, Any]  # key and facts
    started_by: str
    started_at: datetime
    finished_at: datetime | None


def open_job(unit: Session, act: Act, *, kind: str, asked: Mapping[str, Any], steps: int) -> int:
    """Write down that work begins. Raises ConflictError while work of the same kind is running."""
    query = select(JobRow).where(JobRow.kind == kind, JobRow.state == RUNNING).order_by(JobRow.id.desc())
    for row in unit.scalars(query):
        if as_it_is(row, act.at).state == RUNNING:
            raise ConflictError("error.job_running", job=row.id, by=row.started_by)
    row = JobRow(
        kind=kind, asked=dict(asked), steps_all=steps, started_by=act.actor, started_at=act.at, heard_at=act.at
    )
    unit.add(row)
    unit.flush()
    record(unit, act, "job.open", job=row.id, kind=kind, asked=dict(asked))
    return row.id


def step_job(unit: Session, at: datetime, *, number: int, step: str, done: int) -> None:
    """Write down which step begins and how many are behind it."""
    row = unit.get_one(JobRow, number)
    row.step, row.steps_done, row.heard_at = step, done, at


def close_job(
    unit: Session, at: datetime, *, number: int, result: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write down what came of it: a result, or the problem as key and facts."""
    row = unit.get_one(JobRow, number)
    row.state = FAILED if problem is not None else DONE
    row.result, row.problem = dict(result or {}), dict(problem or {})
    row.heard_at = row.finished_at = at
    if problem is None:
        row.steps_done = row.steps_all


def the_job(unit: Session, number: int, at: datetime) -> Job:
    """Give a job as it is. Raises NotFoundError."""
    row = unit.get(JobRow, number)
    if row is None:
        raise NotFoundError("error.no_such_job", job=number)
    return as_it_is(row, at)


def list_jobs(unit: Session, *, kind: str, at: datetime, most: int = 5) -> tuple[Job, ...]:
    """List the newest work of a kind."""
    query = select(JobRow).where(JobRow.kind == kind).order_by(JobRow.id.desc()).limit(most)
    return tuple(as_it_is(row, at) for row in unit.scalars(query))


def as_it_is(row: JobRow, at: datetime) -> Job:
    """Give a row as a value; work that was not heard of for too long is silent."""
    state = SILENT if row.state == RUNNING and at - row.heard_at > SILENCE else row.state
    return Job(
        number=row.id, kind=row.kind, state=state, asked=dict(row.asked), step=row.step, steps_done=row.steps_done,
        steps_all=row.steps_all, result=dict(row.result), problem=dict(row.problem), started_by=row.started_by,
        started_at=row.started_at, finished_at=row.finished_at,
    )  # fmt: skip
