"""An event of a seat is taken back while nothing stands on it, and refused by name once something does."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from data.tables import AuditRow, Closing, PlanRow, Seat, SeatEvent
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.placing import propose_plan
from services.seats import Elected, by_election, end_seat, list_seats, resume_seat, suspend_seat, vacancies
from services.taking_back import undo_event
from services.verify import verify

DAY = dt.date.fromisoformat
TODAY = DAY("2026-03-01")


def end(county: Any, seat: str = "T2", on: dt.date = TODAY) -> int:
    with county.store.unit() as unit:
        row = end_seat(unit, county.act(), seat=seat, kind="resigned", on=on, decision="决定")
        unit.flush()
        return int(row.id)


def elect(county: Any, vacancy: str = "T2", on: dt.date = TODAY) -> int:
    with county.store.unit() as unit:
        seat = by_election(
            unit, county.act(), vacancy=vacancy, elected=Elected(code="P21", name="新甲"), on=on, decision="补选"
        )
        return int(unit.scalars(select(SeatEvent.id).where(SeatEvent.seat_id == seat.id)).one())


def undo(county: Any, event: int, day: str = "2026-03-02", reason: str = "登记错了人") -> str:
    with county.store.unit() as unit:
        return undo_event(unit, county.act(day), event=event, reason=reason)


def states(county: Any) -> dict[str, str]:
    with county.store.reading() as unit:
        return {row.seat: row.state for row in list_seats(unit, the_term(unit), TODAY)}


def refused(county: Any, event: int) -> str:
    with pytest.raises(ConflictError) as wrong:
        undo(county, event)
    return wrong.value.key


def test_an_end_taken_back_leaves_every_seat_as_it_was(county: Any) -> None:
    with county.store.reading() as unit:
        before = {row.code: (row.starts_on, row.ends_on) for row in unit.scalars(select(Seat))}
    assert undo(county, end(county)) == "T2"
    with county.store.reading() as unit:
        after = {row.code: (row.starts_on, row.ends_on) for row in unit.scalars(select(Seat))}
        assert vacancies(unit, the_term(unit), TODAY) == ()
        assert verify(unit).faults == ()
    assert after == before
    assert states(county)["T2"] == "counting"


def test_a_suspension_taken_back_never_was(county: Any) -> None:
    with county.store.unit() as unit:
        row = suspend_seat(unit, county.act(), seat="T2", on=TODAY, decision="许可")
        unit.flush()
        event = row.id
    assert states(county)["T2"] == "suspended"
    undo(county, event)
    assert states(county)["T2"] == "counting"


def test_a_by_election_taken_back_leaves_the_vacancy_and_sets_proposals_aside(county: Any) -> None:
    end(county)
    event = elect(county)
    with county.store.unit() as unit:
        plan = propose_plan(unit, county.act(), repair=True).plan
    undo(county, event)
    with county.store.reading() as unit:
        assert [gap.seat for gap in vacancies(unit, the_term(unit), TODAY)] == ["T2"]
        assert unit.get_one(PlanRow, plan).state == "set_aside"
        assert unit.scalar(select(Seat.id).where(Seat.code == "T2-2")) is None


def test_an_end_that_a_by_election_filled_is_refused_until_that_is_taken_back(county: Any) -> None:
    event = end(county)
    filling = elect(county)
    assert refused(county, event) == "error.undo_filled"
    undo(county, filling)
    assert undo(county, event) == "T2"


def test_the_later_event_is_taken_back_first(county: Any) -> None:
    with county.store.unit() as unit:
        row = suspend_seat(unit, county.act(), seat="T2", on=TODAY, until=DAY("2026-04-01"), decision="许可")
        unit.flush()
        first = row.id
    end(county, on=DAY("2026-05-01"))
    assert refused(county, first) == "error.undo_later"


def test_a_by_election_whose_plan_answered_is_refused(county: Any) -> None:
    end(county)
    event = elect(county)
    plan = county.place(repair=True)
    with pytest.raises(ConflictError) as wrong:
        undo(county, event)
    assert (wrong.value.key, wrong.value.facts["plan"]) == ("error.undo_plan", plan)


def test_an_event_of_a_closed_period_is_refused(swift: Any) -> None:
    event = end(swift)
    with swift.store.unit() as unit:
        unit.add(
            Closing(
                term_id=the_term(unit).id, period="2026Q1", starts_on=DAY("2026-01-01"), ends_on=DAY("2026-04-01"),
                closed_at=swift.act("2026-04-02").at, closed_by="tester", objections_until=DAY("2026-04-12"),
                entries=0, last_entry=0, digest="0" * 64,
            )
        )  # fmt: skip
    assert refused(swift, event) == "error.undo_closed"


def test_it_needs_a_reason_and_an_event(county: Any) -> None:
    event = end(county)
    with pytest.raises(BadRequestError):
        undo(county, event, reason=" ")
    with pytest.raises(NotFoundError):
        undo(county, 4711)


def test_the_audit_keeps_what_was_taken_back(swift: Any) -> None:
    undo(swift, end(swift), reason="人名重复")
    with swift.store.reading() as unit:
        row = unit.scalars(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).one()
    assert row.act == "seat.undo"
    assert (row.facts["seat"], row.facts["kind"], row.facts["reason"]) == ("T2", "resigned", "人名重复")


def test_a_seat_suspended_and_resumed_keeps_its_end(swift: Any) -> None:
    with swift.store.unit() as unit:
        suspend_seat(unit, swift.act(), seat="T2", on=TODAY, decision="许可")
        resume_seat(unit, swift.act(), seat="T2", on=DAY("2026-03-05"), decision="恢复")
        event = unit.scalars(select(SeatEvent.id)).one()
    undo(swift, event, day="2026-03-06")
    with swift.store.reading() as unit:
        assert [row.events for row in list_seats(unit, the_term(unit), TODAY) if row.seat == "T2"] == [()]
