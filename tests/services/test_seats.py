"""Seats in the middle of a term stop and start counting on their day, and a repaired plan moves only what it must."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from data.rules import text
from data.tables import AuditRow, LinkRow, Seat
from gridmap.datum import Datum
from services.atlas import Atlas, Atlases, Link, counting
from services.coverage import coverage
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.locating import locate
from services.points import adopt, score, verified_activities
from services.seats import Elected, by_election, end_seat, list_seats, resume_seat, suspend_seat, vacancies
from services.verify import verify

DAY = dt.date.fromisoformat
WHY = "第3号决定：因个人原因辞职"


def atlas(county: Any, day: str) -> Atlas:
    return Atlases(county.store).on(DAY(day))


def seats_at(county: Any, day: str, x: float, y: float) -> list[str]:
    """Name the seats that answer for a spot on a day, in order of first contact."""
    answer = locate(atlas(county, day), *county.at(x, y), Datum.parse("wgs84"))
    return [linked.seat for linked in answer.responsible]


def end(county: Any, seat: str, on: str, kind: str = "resigned", recorded: str = "2026-03-01") -> None:
    with county.store.unit() as unit:
        end_seat(unit, county.act(recorded), seat=seat, kind=kind, on=DAY(on), decision=WHY)


def suspend(county: Any, seat: str, on: str, until: str | None = None) -> None:
    with county.store.unit() as unit:
        suspend_seat(
            unit, county.act(), seat=seat, on=DAY(on), until=DAY(until) if until else None, decision="常委会许可"
        )


def elect(county: Any, vacancy: str, on: str, code: str = "P21", name: str = "新甲", **more: Any) -> str:
    with county.store.unit() as unit:
        return by_election(
            unit, county.act(on), vacancy=vacancy, elected=Elected(code=code, name=name), on=DAY(on),
            decision="选区补选", **more,
        ).code  # fmt: skip


def links(county: Any, plan: int) -> set[tuple[str, str, str, str]]:
    """Give who answers for which piece in a plan."""
    with county.store.reading() as unit:
        query = (
            select(Seat.code, LinkRow.layer, LinkRow.grid_code, LinkRow.district_code)
            .join(Seat, Seat.id == LinkRow.seat_id)
            .where(LinkRow.plan_id == plan)
        )
        return {tuple(row) for row in unit.execute(query)}


def vacant(county: Any, day: str) -> list[tuple[str, str]]:
    with county.store.reading() as unit:
        return [(gap.district, gap.seat) for gap in vacancies(unit, the_term(unit), DAY(day))]


def test_an_ended_seat_answers_until_the_day_before_and_no_longer_on_the_day(county: Any) -> None:
    before = seats_at(county, "2026-03-10", 1, 1)
    assert "T1" in before
    end(county, "T1", "2026-03-10")
    assert seats_at(county, "2026-03-09", 1, 1) == before
    assert seats_at(county, "2026-03-10", 1, 1) == [seat for seat in before if seat != "T1"]


def test_what_a_leaver_had_is_nobodys_until_it_is_repaired_and_not_the_neighbours(county: Any) -> None:
    grid = next(link[2] for link in sorted(links(county, 1)) if link[0] == "T2")
    point = county.files["grids"][2].set_index("code").loc[grid, "geometry"].intersection(
        county.files["town"][2].set_index("code").loc["A2", "geometry"]
    ).representative_point()  # fmt: skip
    where = ((point.x - county.west) / county.cell, (point.y - county.south) / county.cell)
    assert "T2" in seats_at(county, "2026-03-09", *where)
    end(county, "T2", "2026-03-10")
    assert not [seat for seat in seats_at(county, "2026-03-10", *where) if seat.startswith("T")]


def test_the_answer_has_another_version_once_a_seat_stops_counting(county: Any) -> None:
    end(county, "T1", "2026-03-10")
    atlases = Atlases(county.store)
    assert atlases.on(DAY("2026-03-09")).version != atlases.on(DAY("2026-03-10")).version
    assert atlases.on(DAY("2026-03-10")).version == atlases.on(DAY("2026-03-11")).version


def test_a_suspended_seat_is_silent_from_the_first_day_up_to_the_day_it_resumes(county: Any) -> None:
    suspend(county, "T1", "2026-03-10", "2026-03-20")
    days = ("2026-03-09", "2026-03-10", "2026-03-19", "2026-03-20")
    assert ["T1" in seats_at(county, day, 1, 1) for day in days] == [True, False, False, True]


def test_an_open_suspension_ends_on_the_day_it_is_lifted(county: Any) -> None:
    suspend(county, "T1", "2026-03-10")
    with county.store.unit() as unit:
        resume_seat(unit, county.act(), seat="T1", on=DAY("2026-04-01"), decision="恢复")
    assert ["T1" in seats_at(county, day, 1, 1) for day in ("2026-03-31", "2026-04-01")] == [False, True]


def test_whoever_shared_the_piece_moves_up_to_first() -> None:
    common: dict[str, Any] = {"layer": "town", "grid": "G1", "district": "A1", "households": 50, "basis": "district"}
    shared = [Link(seat=f"T{n}", position=n, reason={}, **common) for n in (1, 2, 3)]
    left = counting(tuple(shared), frozenset({"T1"}))
    assert [(link.seat, link.position) for link in left] == [("T2", 1), ("T3", 2)]


def test_coverage_counts_only_who_counts_that_day_and_names_what_they_left(county: Any) -> None:
    whole = coverage(atlas(county, "2026-03-09"))
    suspend(county, "C3", "2026-03-10")
    less = coverage(atlas(county, "2026-03-10"))
    assert (less.seats, less.people) == (whole.seats - 1, whole.people - 1)
    assert less.unplaced == whole.unplaced
    assert len(less.uncovered) > len(whole.uncovered)


def test_repair_after_a_resignation_moves_only_what_the_leaver_had(county: Any) -> None:
    before = links(county, 1)
    end(county, "T2", "2026-03-10")
    after = links(county, county.place("2026-03-10", repair=True))
    left = {link for link in before if link[0] == "T2"}
    assert left
    assert before - after == left
    assert {link[1:] for link in after - before} == {link[1:] for link in left}
    assert {link[3] for link in after - before} == {"A2"}


def test_who_is_elected_takes_what_the_one_before_left_and_nothing_else_moves(county: Any) -> None:
    before = links(county, 1)
    end(county, "T2", "2026-03-10")
    assert elect(county, "T2", "2026-03-20") == "T2-2"
    after = links(county, county.place("2026-03-20", repair=True))
    assert before - after == {link for link in before if link[0] == "T2"}
    assert {link[1:] for link in after if link[0] == "T2-2"} == {link[1:] for link in before if link[0] == "T2"}


def test_who_comes_after_the_colleague_took_over_is_given_a_piece_of_their_own_district_only(county: Any) -> None:
    end(county, "T2", "2026-03-10")
    between = links(county, county.place("2026-03-10", repair=True))
    elect(county, "T2", "2026-03-20")
    after = links(county, county.place("2026-03-20", repair=True))
    assert {link[3] for link in between ^ after} == {"A2"}
    assert any(link[0] == "T2-2" for link in after)


def test_placing_leaves_out_who_is_suspended_that_day(county: Any) -> None:
    suspend(county, "T2", "2026-03-10", "2026-03-20")
    assert not any(link[0] == "T2" for link in links(county, county.place("2026-03-10", repair=True)))
    assert any(link[0] == "T2" for link in links(county, county.place("2026-03-20", repair=True)))


def test_nobody_scores_while_suspended(county: Any) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=text("heshan-631"), name="631", adopted_from=county.starts)
        whole = score(unit, county.act("2026-04-01"))
        term = the_term(unit)
        assert {act.code for act in verified_activities(unit, term, None) if act.person == "P07"} == {"L1"}
    suspend(county, "T2", "2026-03-02", "2026-03-03")
    with county.store.unit() as unit:
        assert not [act for act in verified_activities(unit, the_term(unit), None) if act.person == "P07"]
        again = score(unit, county.act("2026-04-01"))
    assert (again.reversed, again.added) == (1, 0)
    assert again.tenths < whole.tenths


def test_an_act_on_the_day_of_resuming_counts(county: Any) -> None:
    suspend(county, "T2", "2026-02-20", "2026-03-02")
    with county.store.reading() as unit:
        assert [act.code for act in verified_activities(unit, the_term(unit), None) if act.person == "P07"] == ["L1"]


def test_what_is_vacant_is_named_until_a_by_election_fills_it(county: Any) -> None:
    assert vacant(county, "2026-03-09") == []
    end(county, "T2", "2026-03-10")
    end(county, "V2", "2026-03-12", kind="died")
    assert vacant(county, "2026-03-11") == [("A2", "T2")]
    assert vacant(county, "2026-03-12") == [("", "V2"), ("A2", "T2")]
    elect(county, "T2", "2026-03-20")
    assert vacant(county, "2026-03-19") == [("", "V2"), ("A2", "T2")]
    assert vacant(county, "2026-03-20") == [("", "V2")]


def test_a_suspended_seat_is_not_vacant(county: Any) -> None:
    suspend(county, "T2", "2026-03-10")
    assert vacant(county, "2026-03-11") == []


def test_a_seat_that_was_never_filled_is_vacant_from_the_first_day(empty: Any) -> None:
    empty.load("areas", "grids", "county", "town", "people")
    empty.bring("seats", empty.files["seats"][2].query("code != 'T3'"))
    with empty.store.reading() as unit:
        (gap,) = vacancies(unit, the_term(unit), DAY("2026-03-01"))
    assert (gap.district, gap.seat, gap.since) == ("A2", "", empty.starts)


def test_the_list_says_what_every_seat_is_that_day(county: Any) -> None:
    end(county, "T1", "2026-03-10", kind="recalled")
    suspend(county, "T2", "2026-03-10", "2026-03-12")
    elect(county, "T1", "2026-03-15")

    def states(day: str) -> dict[str, str]:
        with county.store.reading() as unit:
            return {row.seat: row.state for row in list_seats(unit, the_term(unit), DAY(day)) if row.events}

    assert states("2026-03-09") == {"T1": "counting", "T2": "counting", "T1-2": "not_begun"}
    assert states("2026-03-11") == {"T1": "ended", "T2": "suspended", "T1-2": "not_begun"}
    assert states("2026-03-15") == {"T1": "ended", "T2": "counting", "T1-2": "counting"}


def test_a_roster_file_does_not_bring_back_who_resigned(county: Any) -> None:
    end(county, "T2", "2026-03-10")
    county.bring("seats")
    assert vacant(county, "2026-03-11") == [("A2", "T2")]


def test_the_reason_is_kept_with_the_event_and_not_in_the_audit(county: Any) -> None:
    end(county, "T2", "2026-03-10")
    with county.store.reading() as unit:
        (event,) = next(row for row in list_seats(unit, the_term(unit), DAY("2026-03-10")) if row.seat == "T2").events
        audited = unit.scalars(select(AuditRow).where(AuditRow.act == "seat.resigned")).one()
        assert (event.decision, event.kind) == (WHY, "resigned")
        assert audited.facts == {"seat": "T2", "starts_on": "2026-03-10", "ends_on": None}
        assert verify(unit).faults == ()


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "a seat that is not there": (
        lambda c: end(c, "T99", "2026-03-10"), NotFoundError, "error.no_such_seat"),
    "an end of no kind": (
        lambda c: end(c, "T2", "2026-03-10", kind="tired"), BadRequestError, "error.seat_end_kind"),
    "a day before the term": (
        lambda c: end(c, "T2", "2025-12-31"), BadRequestError, "error.day_outside_term"),
    "a by-election to a seat that is held": (
        lambda c: elect(c, "T2", "2026-03-10"), ConflictError, "error.seat_not_vacant"),
    "a suspension that ends before it begins": (
        lambda c: suspend(c, "T2", "2026-03-10", "2026-03-10"), BadRequestError, "error.empty_span"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_its_reason(swift: Any, case: str) -> None:
    deed, error, key = REFUSED[case]
    before = swift.everything()
    with pytest.raises(error) as refused:
        deed(swift)
    assert getattr(refused.value, "key", "") == key
    assert swift.everything() == before


def test_nothing_is_recorded_without_a_decision(swift: Any) -> None:
    with swift.store.unit() as unit, pytest.raises(BadRequestError, match="decision_missing"):
        suspend_seat(unit, swift.act(), seat="T2", on=DAY("2026-03-10"), decision="  ")


def test_a_seat_ends_once_and_is_filled_once(swift: Any) -> None:
    end(swift, "T2", "2026-03-10")
    with pytest.raises(ConflictError, match="seat_ended"):
        end(swift, "T2", "2026-03-11")
    with pytest.raises(ConflictError, match="seat_ended"):
        suspend(swift, "T2", "2026-03-11")
    elect(swift, "T2", "2026-03-20")
    with pytest.raises(ConflictError, match="seat_filled"):
        elect(swift, "T2", "2026-03-21", code="P22", name="新乙")


def test_suspensions_do_not_overlap_and_only_a_suspended_seat_resumes(swift: Any) -> None:
    suspend(swift, "T2", "2026-03-10", "2026-03-20")
    suspend(swift, "T2", "2026-03-20", "2026-03-25")
    with pytest.raises(ConflictError, match="seat_suspended"):
        suspend(swift, "T2", "2026-03-19")
    with swift.store.unit() as unit, pytest.raises(ConflictError, match="seat_not_suspended"):
        resume_seat(unit, swift.act(), seat="T3", on=DAY("2026-03-11"), decision="恢复")


def test_a_by_election_names_a_person_and_nobody_sits_twice_at_one_level(swift: Any) -> None:
    end(swift, "T2", "2026-03-10")
    with pytest.raises(NotFoundError, match="no_such_person"):
        elect(swift, "T2", "2026-03-20", name="")
    with pytest.raises(ConflictError, match="person_differs"):
        elect(swift, "T2", "2026-03-20", code="P03", name="别人")
    with pytest.raises(ConflictError, match="holds_a_seat"):
        elect(swift, "T2", "2026-03-20", code="P08", name="")
    assert elect(swift, "T2", "2026-03-20", code="P03", name="") == "T2-2"  # a county deputy may sit in the town too


def test_the_events_of_one_seat_leave_the_others_as_they_were(swift: Any) -> None:
    before = pd.Series({row.seat: row.state for row in seats_on(swift, "2026-03-11")})
    end(swift, "T2", "2026-03-10")
    after = pd.Series({row.seat: row.state for row in seats_on(swift, "2026-03-11")})
    assert list(before.index[before != after]) == ["T2"]


def seats_on(county: Any, day: str) -> Any:
    with county.store.reading() as unit:
        return list_seats(unit, the_term(unit), DAY(day))
