"""A plan proposed at length is the plan proposed at once; its job tells how far it is and survives what goes wrong."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from data.store import Store
from data.tables import LinkRow, PlanRow
from services.errors import ConflictError, NotFoundError
from services.jobs import SILENCE, close_job, list_jobs, open_job, step_job, the_job
from services.placing import keep_plan, lay_out, propose_plan, survey
from services.proposing import KIND, begin_proposal, propose_at_length
from services.seats import end_seat

DAY = dt.date.fromisoformat


def rows(store: Store, plan: int) -> list[tuple[Any, ...]]:
    """Give every link of a plan but for its numbers."""
    query = select(
        LinkRow.layer, LinkRow.seat_id, LinkRow.grid_code, LinkRow.district_code, LinkRow.households, LinkRow.position,
        LinkRow.basis,
    ).where(LinkRow.plan_id == plan)  # fmt: skip
    with store.reading() as unit:
        return sorted(tuple(row) for row in unit.execute(query))


def at_length(county: Any, act: Any, **options: Any) -> int:
    asked = {"term": "", "generation": "", "repair": False} | options
    job = begin_proposal(county.store, act, **asked)
    propose_at_length(county.store, act, job=job, now=lambda: act.at, **asked)
    return job


def test_it_proposes_what_the_single_act_proposes(county: Any) -> None:
    act = county.act()
    with county.store.unit() as unit:
        once = propose_plan(unit, act).plan
    job = at_length(county, act)
    with county.store.reading() as unit:
        found = the_job(unit, job, act.at)
    assert (found.state, found.steps_done) == ("done", found.steps_all)
    assert rows(county.store, found.result["plan"]) == rows(county.store, once)


def test_a_repair_locks_what_still_holds(county: Any) -> None:
    with county.store.unit() as unit:
        end_seat(unit, county.act(), seat="T2", kind="resigned", on=DAY("2026-03-01"), decision="决定")
    job = at_length(county, county.act(), repair=True)
    with county.store.reading() as unit:
        plan = the_job(unit, job, county.act().at).result["plan"]
        assert unit.get_one(PlanRow, plan).settings["repair"] is True
        gone = {row[1:4] for row in rows(county.store, 1)} - {row[1:4] for row in rows(county.store, plan)}
        assert len({seat for seat, _, _ in gone}) == 1


def test_what_cannot_be_done_is_said_by_the_job(county: Any) -> None:
    job = at_length(county, county.act(), generation="没有这一代")
    with county.store.reading() as unit:
        found = the_job(unit, job, county.act().at)
    assert found.state == "failed"
    assert found.problem["key"] == "error.no_generation"


def test_a_roster_that_changes_meanwhile_is_noticed_and_nothing_is_kept(county: Any) -> None:
    act = county.act()
    with county.store.reading() as unit:
        found = survey(unit, act)
        plans = set(unit.scalars(select(PlanRow.id)))
    with county.store.unit() as unit:
        end_seat(unit, act, seat="T2", kind="resigned", on=DAY("2026-03-01"), decision="决定")
    with pytest.raises(ConflictError) as refused, county.store.unit() as unit:
        keep_plan(unit, act, found, lay_out(found))
    assert refused.value.key == "error.ground_moved"
    with county.store.reading() as unit:
        assert set(unit.scalars(select(PlanRow.id))) == plans


def test_only_one_is_at_work_at_a_time_until_it_falls_silent(county: Any) -> None:
    act = county.act()
    first = begin_proposal(county.store, act, term="", generation="", repair=False)
    with pytest.raises(ConflictError) as refused:
        begin_proposal(county.store, act, term="", generation="", repair=False)
    assert refused.value.facts["job"] == first
    later = county.act("2026-03-02")
    with county.store.reading() as unit:
        assert the_job(unit, first, act.at).state == "running"
        assert the_job(unit, first, act.at + SILENCE + dt.timedelta(seconds=1)).state == "silent"
    assert begin_proposal(county.store, later, term="", generation="", repair=False) > first


def test_a_job_tells_its_steps_and_lists_the_newest_first(swift: Any) -> None:
    act = swift.act()
    with swift.store.unit() as unit:
        one = open_job(unit, act, kind=KIND, asked={}, steps=4)
        step_job(unit, act.at, number=one, step="place_town", done=2)
    with swift.store.reading() as unit:
        found = the_job(unit, one, act.at)
        assert (found.step, found.steps_done, found.steps_all) == ("place_town", 2, 4)
    with swift.store.unit() as unit:
        close_job(unit, act.at, number=one, problem={"key": "error.job_broken", "facts": {"job": one}})
        two = open_job(unit, act, kind=KIND, asked={}, steps=4)
    with swift.store.reading() as unit:
        assert [job.number for job in list_jobs(unit, kind=KIND, at=act.at)] == [two, one]
        with pytest.raises(NotFoundError):
            the_job(unit, 77, act.at)
