"""A lock holds in every proposal until it is lifted, names its reason, and never reaches into another district."""

from typing import Any

import pytest
from sqlalchemy import select

from data.tables import AuditRow, LinkRow, Seat
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.locks import add_lock, lift_lock, list_locks
from services.placing import Placed, propose_plan

WHY = "主任会议：该代表长期联系此网格"


def lock(county: Any, seat: str, grid: str, reason: str = WHY) -> int:
    with county.store.unit() as unit:
        number: int = add_lock(unit, county.act(), seat=seat, grid=grid, reason=reason).id
    return number


def propose(county: Any, **options: Any) -> Placed:
    with county.store.unit() as unit:
        return propose_plan(unit, county.act(), **options)


def links(county: Any, plan: int) -> dict[tuple[str, str, str], str]:
    """Give seat, grid and district of a plan's links with the key of their reason."""
    query = (
        select(Seat.code, LinkRow.grid_code, LinkRow.district_code, LinkRow.reason)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan, LinkRow.basis == "district")
    )
    with county.store.reading() as unit:
        return {(seat, grid, district): reason["key"] for seat, grid, district, reason in unit.execute(query)}


def other_way(county: Any) -> tuple[str, str]:
    """Find a grid of district A2 that T2 does not have in the plan in force, with the seat that would get it."""
    held = links(county, 1)
    grid = next(grid for seat, grid, district in sorted(held) if seat == "T3" and district == "A2")
    return "T2", grid


@pytest.mark.parametrize("repair", [False, True])
def test_a_lock_holds_in_the_next_proposal_and_gives_its_reason(county: Any, repair: bool) -> None:
    seat, grid = other_way(county)
    assert (seat, grid, "A2") not in links(county, 1)
    lock(county, seat, grid)
    placed = propose(county, repair=repair)
    assert links(county, placed.plan)[seat, grid, "A2"] == "placement.locked"
    assert {u["kind"] for u in placed.unmet} <= {"load_above_tolerance"}


def test_a_lock_moves_nothing_outside_its_district(county: Any) -> None:
    lock(county, *other_way(county))
    plan = propose(county, repair=True).plan
    before, after = set(links(county, 1)), set(links(county, plan))
    assert {district for _, _, district in before ^ after} == {"A2"}


def test_a_lifted_lock_no_longer_holds(county: Any) -> None:
    number = lock(county, *other_way(county))
    with county.store.unit() as unit:
        lift_lock(unit, county.act(), number=number, reason="该代表已不在此地工作")
    plan = propose(county).plan
    assert set(links(county, plan)) == set(links(county, 1))
    with county.store.reading() as unit:
        (row,) = list_locks(unit, the_term(unit))
        assert (row.lifted_by, row.lift_reason, row.name) == ("tester", "该代表已不在此地工作", "甲07")


def test_a_lock_whose_deputy_left_is_named_and_does_not_stop_the_plan(county: Any) -> None:
    lock(county, *other_way(county))
    with county.store.unit() as unit:
        unit.scalars(select(Seat).where(Seat.code == "T2")).one().ends_on = county.act().today
    assert "lock_unknown" in {u["kind"] for u in propose(county).unmet}


@pytest.mark.parametrize(
    ("seat", "grid", "reason", "key"),
    [
        ("V1", "G1", WHY, "error.lock_not_district"),
        ("T2", "G8", WHY, "error.lock_no_piece"),
        ("T2", "G1", "  ", "error.lock_reason"),
    ],
)
def test_a_lock_that_cannot_hold_is_refused(county: Any, seat: str, grid: str, reason: str, key: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        lock(county, seat, grid, reason)
    assert refused.value.key == key


def test_the_same_lock_is_refused_twice_and_lifted_once(county: Any) -> None:
    seat, grid = other_way(county)
    number = lock(county, seat, grid)
    with pytest.raises(ConflictError):
        lock(county, seat, grid)
    with county.store.unit() as unit:
        lift_lock(unit, county.act(), number=number, reason="误登记")
    with pytest.raises(ConflictError), county.store.unit() as unit:
        lift_lock(unit, county.act(), number=number, reason="误登记")
    with pytest.raises(NotFoundError), county.store.unit() as unit:
        lift_lock(unit, county.act(), number=99, reason="误登记")


def test_both_acts_stand_in_the_audit(county: Any) -> None:
    number = lock(county, *other_way(county))
    with county.store.unit() as unit:
        lift_lock(unit, county.act(), number=number, reason="误登记")
    with county.store.reading() as unit:
        acts = list(unit.scalars(select(AuditRow.act).order_by(AuditRow.seq.desc()).limit(2)))
    assert acts == ["lock.lift", "lock.add"]
