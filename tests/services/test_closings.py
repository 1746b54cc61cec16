"""A closed period stays as it was: what comes late, falls away or is objected to goes through the open days."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from congress.permissions import Viewer
from data.tables import (
    ActivityRow,
    Closing,
    ClosingBalance,
    LedgerEntry,
    Objection,
    Person,
    RuleBookRow,
    Seat,
)
from services.activities import enter, move
from services.closings import close_period, freeze_period, periods_of
from services.drafts import Draft, ground
from services.errors import ActError, BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.objections import answer_objection, objections, raise_objection
from services.points import Scored, adopt, score, statement
from services.verify import verify

CONGRESS = Viewer(user="congress", role="congress")
BOOK = """
name: tiny
title: {zh: 小规则, en: Tiny book}
version: "1"
source: drawn for a test
quantum: 0.5
valid: {from: 2026-01-01}
MORE
categories: {one: {title: {zh: 一, en: one}}}
rules:
  reception:
    title: {zh: 接待, en: Reception}
    category: one
    kinds: [station.reception]
    unit: act
    basis: {zh: 第一条, en: article 1}
    since: {2026-01-01: {award: 2.0, cap_per_quarter: 4.0}}
    examples: [{name: 一次, activities: [{kind: station.reception, on: 2026-01-05}], total: 2.0}]
  service:
    title: {zh: 服务, en: Service}
    category: one
    kinds: [public.service]
    unit: hour
    basis: {zh: 第二条, en: article 2}
    since: {2026-01-01: {award: 1.0}}
    examples: [{name: 两小时, activities: [{kind: public.service, on: 2026-01-05, hours: 2}], total: 2.0}]
"""
Q1 = "2026Q1"


def book(county: Any, more: str = "") -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=BOOK.replace("MORE", more), name="tiny", adopted_from=county.starts)


def person(unit: Any, code: str) -> str:
    found: str = unit.scalars(select(Person.id).where(Person.code == code)).one()
    return found


def deed(county: Any, who: str, day: str, *, on: str, kind: str = "station.reception", **more: Any) -> str:
    """Let a county deputy enter an act on a day and the congress verify it at once."""
    with county.store.unit() as unit:
        viewer = Viewer(user=who, role="deputy", person=person(unit, who))
        draft = Draft(kind=kind, on=date.fromisoformat(on), people=(who,), **more)
        act = county.act(day, actor=who, request=f"{who}{on}{kind}{more}")
        code = enter(unit, act, viewer=viewer, found=ground(unit, draft, act.today))["code"]
        move(unit, county.act(day), viewer=CONGRESS, code=code, name="verify")
    return code


def closed(county: Any, period: str = Q1, day: str = "2026-04-02") -> None:
    with county.store.unit() as unit:
        close_period(unit, county.act(day), period=period)


def scored(county: Any, day: str) -> Scored:
    with county.store.unit() as unit:
        return score(unit, county.act(day))


def points(county: Any, who: str, *periods: str) -> list[int]:
    with county.store.reading() as unit:
        return [statement(unit, person=who, period=period).tenths for period in periods]


def faults(county: Any) -> list[str]:
    with county.store.reading() as unit:
        return [fault.kind for fault in verify(unit).faults]


def objected(county: Any, day: str, who: str, kind: str, **more: Any) -> int:
    with county.store.unit() as unit:
        act = county.act(day, actor=who, request=f"{day}{kind}{more}")
        return raise_objection(unit, act, person=person(unit, who), period=Q1, kind=kind, text="请核对", **more)


def answered(county: Any, day: str, number: int, upheld: bool, **more: Any) -> str:
    with county.store.unit() as unit:
        return answer_objection(
            unit, county.act(day), viewer=CONGRESS, number=number, upheld=upheld, answer="经核对", **more
        )


def entry_of(county: Any, code: str) -> int:
    with county.store.reading() as unit:
        query = select(LedgerEntry.id).where(LedgerEntry.activity_code == code, LedgerEntry.reverses_id.is_(None))
        return int(unit.scalars(query.order_by(LedgerEntry.id)).first())


def test_closing_keeps_what_every_seat_has_and_verify_replays_it(county: Any) -> None:
    book(county)
    deed(county, "P03", "2026-02-02", on="2026-02-02")
    closed(county)
    with county.store.reading() as unit:
        kept = dict(unit.execute(select(Seat.code, ClosingBalance.tenths).join(
            Seat, Seat.id == ClosingBalance.seat_id)).all())  # fmt: skip
        assert kept == {"C3": 20, "C1": 20, "T1": 20, "T2": 20, "T3": 20}
        found = verify(unit)
    assert (found.closings, found.faults) == (1, ())


def test_a_late_act_counts_on_the_first_open_day_and_says_why(county: Any) -> None:
    book(county)
    closed(county)
    deed(county, "P03", "2026-04-09", on="2026-03-09")
    assert points(county, "P03", Q1, "2026Q2") == [0, 20]
    with county.store.reading() as unit:
        (line,) = statement(unit, person="P03", period="2026Q2").lines
    assert line.on == date(2026, 4, 1)
    assert {name: line.reason["facts"][name] for name in ("late_on", "late_period")} == {
        "late_on": "2026-03-09", "late_period": Q1}  # fmt: skip
    again = scored(county, "2026-04-10")
    assert (again.added, again.reversed) == (0, 0)
    assert faults(county) == []


def test_late_acts_use_the_caps_of_the_quarter_they_count_in(swift: Any) -> None:
    book(swift)
    closed(swift)
    for day in ("2026-03-02", "2026-03-09", "2026-03-16"):
        deed(swift, "P03", "2026-04-09", on=day)
    assert points(swift, "P03", Q1, "2026Q2") == [0, 40]


def test_a_book_may_say_that_late_acts_earn_nothing(swift: Any) -> None:
    book(swift, "late: nothing")
    closed(swift)
    deed(swift, "P03", "2026-04-09", on="2026-03-09")
    with swift.store.reading() as unit:
        (line,) = statement(unit, person="P03", period="2026Q2").lines
    assert (line.tenths, line.reason["key"]) == (0, "points.late_nothing")
    assert scored(swift, "2026-04-10").added == 0


def test_what_fell_away_after_the_closing_is_taken_back_in_the_open_days(county: Any) -> None:
    book(county)
    code = deed(county, "P03", "2026-02-02", on="2026-02-02")
    closed(county)
    with county.store.unit() as unit:
        move(unit, county.act("2026-04-20"), viewer=CONGRESS, code=code, name="withdraw", reason="核查不实")
    assert points(county, "P03", Q1, "2026Q2", "2026") == [20, -20, 0]
    assert scored(county, "2026-04-21").reversed == 0
    assert faults(county) == []


def test_what_was_late_once_stays_when_its_own_quarter_is_closed_too(county: Any) -> None:
    book(county)
    closed(county)
    code = deed(county, "P03", "2026-04-09", on="2026-03-09")
    closed(county, "2026Q2", "2026-07-01")
    again = scored(county, "2026-07-02")
    assert (again.added, again.reversed) == (0, 0)
    with county.store.unit() as unit:
        move(unit, county.act("2026-07-03"), viewer=CONGRESS, code=code, name="withdraw", reason="重复")
    assert points(county, "P03", Q1, "2026Q2", "2026Q3") == [0, 20, -20]
    closed(county, "2026", "2027-01-02")
    assert faults(county) == []


def test_a_rule_book_cannot_reach_back_over_a_closed_period(swift: Any) -> None:
    book(swift)
    closed(swift)
    newer = BOOK.replace("MORE", "").replace('"1"', '"2"').replace("award: 2.0", "award: 4.0")
    with swift.store.unit() as unit, pytest.raises(ConflictError, match="adopt_over_closed"):
        adopt(unit, swift.act("2026-04-03"), text=newer, name="tiny", adopted_from=date(2026, 3, 1))
    with swift.store.unit() as unit:
        adopt(unit, swift.act("2026-04-03"), text=newer, name="tiny", adopted_from=date(2026, 4, 1), decision="〔3〕号")
        assert unit.scalars(select(RuleBookRow.decision).order_by(RuleBookRow.id.desc())).first() == "〔3〕号"
    before = points(swift, "P01", Q1)
    assert scored(swift, "2026-04-04").reversed == 0
    assert points(swift, "P01", Q1) == before


def test_a_period_is_closed_once_and_not_before_it_is_over(swift: Any) -> None:
    book(swift)
    with swift.store.unit() as unit, pytest.raises(ConflictError, match="not_over"):
        close_period(unit, swift.act("2026-03-31"), period=Q1)
    closed(swift)
    for period in (Q1, "2026-02"):
        with swift.store.unit() as unit, pytest.raises(ConflictError, match="period_closed"):
            close_period(unit, swift.act("2026-04-03"), period=period)


def test_an_entry_that_is_there_twice_is_taken_back_when_the_objection_is_upheld(county: Any) -> None:
    book(county)
    code = deed(county, "P03", "2026-02-02", on="2026-02-02")
    closed(county)
    number = objected(county, "2026-04-05", "P03", "double", entry=entry_of(county, code))
    assert answered(county, "2026-04-06", number, True) == "upheld"
    scored(county, "2026-04-07")
    assert points(county, "P03", Q1, "2026Q2") == [20, -20]
    with county.store.reading() as unit:
        (one,) = objections(unit, the_term(unit))
        assert (one.state, one.answer, one.answered_at is not None) == ("upheld", "经核对", True)
    assert faults(county) == []


def test_wrong_hours_are_corrected_and_awarded_anew_in_the_open_days(county: Any) -> None:
    book(county)
    code = deed(county, "P03", "2026-02-02", on="2026-02-02", kind="public.service", hours_tenths=10)
    closed(county)
    number = objected(county, "2026-04-05", "P03", "wrong", entry=entry_of(county, code))
    answered(county, "2026-04-06", number, True, measures={"hours_tenths": 30})
    assert points(county, "P03", Q1, "2026Q2", "2026") == [10, 20, 30]
    again = scored(county, "2026-04-07")
    assert (again.added, again.reversed) == (0, 0)
    closed(county, "2026Q2", "2026-07-01")
    again = scored(county, "2026-07-02")
    assert (again.added, again.reversed) == (0, 0)
    assert faults(county) == []


def test_a_missing_act_is_verified_by_the_answer_and_counts_late(county: Any) -> None:
    book(county)
    with county.store.unit() as unit:
        viewer = Viewer(user="P03", role="deputy", person=person(unit, "P03"))
        draft = Draft(kind="station.reception", on=date(2026, 3, 3), people=("P03",))
        code = enter(unit, county.act("2026-03-30"), viewer=viewer, found=ground(unit, draft, date(2026, 3, 30)))[
            "code"
        ]
    closed(county)
    number = objected(county, "2026-04-05", "P03", "missing", activity=code)
    answered(county, "2026-04-06", number, True)
    assert points(county, "P03", Q1, "2026Q2") == [0, 20]
    with county.store.reading() as unit:
        assert unit.scalars(select(ActivityRow.state).where(ActivityRow.code == code)).one() == "verified"


def test_an_objection_that_is_rejected_moves_nothing(swift: Any) -> None:
    book(swift)
    code = deed(swift, "P03", "2026-02-02", on="2026-02-02")
    closed(swift)
    number = objected(swift, "2026-04-05", "P03", "wrong", entry=entry_of(swift, code))
    answered(swift, "2026-04-06", number, False)
    assert points(swift, "P03", Q1, "2026Q2") == [20, 0]
    with pytest.raises(ConflictError, match="objection_answered"):
        answered(swift, "2026-04-07", number, True)


def test_an_objection_is_taken_for_ten_days_and_only_to_ones_own_entry(swift: Any) -> None:
    book(swift)
    mine, other = (deed(swift, who, "2026-02-02", on="2026-02-02") for who in ("P03", "P04"))
    with pytest.raises(NotFoundError, match="not_closed"):
        objected(swift, "2026-02-03", "P03", "wrong", entry=entry_of(swift, mine))
    closed(swift, day="2026-04-01")
    with pytest.raises(BadRequestError, match="objection_entry"):
        objected(swift, "2026-04-05", "P03", "wrong", entry=entry_of(swift, other))
    with pytest.raises(ConflictError, match="window_over"):
        objected(swift, "2026-04-12", "P03", "wrong", entry=entry_of(swift, mine))
    first = objected(swift, "2026-04-11", "P03", "wrong", entry=entry_of(swift, mine))
    assert objected(swift, "2026-04-11", "P03", "wrong", entry=entry_of(swift, mine)) == first
    with pytest.raises(ConflictError, match="objection_again"):
        objected(swift, "2026-04-11", "P03", "double", entry=entry_of(swift, mine))


def test_a_period_is_frozen_only_after_the_window_and_every_answer(county: Any) -> None:
    book(county)
    code = deed(county, "P03", "2026-02-02", on="2026-02-02")
    closed(county, day="2026-04-01")
    number = objected(county, "2026-04-05", "P03", "wrong", entry=entry_of(county, code))

    def freeze(day: str) -> str:
        with county.store.unit() as unit:
            return freeze_period(unit, county.act(day), period=Q1).state

    with pytest.raises(ConflictError, match="window_open"):
        freeze("2026-04-11")
    with pytest.raises(ConflictError, match="objections_open"):
        freeze("2026-04-12")
    answered(county, "2026-04-12", number, False)
    assert freeze("2026-04-13") == "frozen"
    with pytest.raises(ConflictError, match="frozen"):
        freeze("2026-04-14")
    with county.store.reading() as unit:
        states = {one.period: one.state for one in periods_of(unit, the_term(unit), date(2026, 4, 14))}
    assert states == {"2026": "open", "2026Q1": "frozen", "2026Q2": "open"}


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (update(LedgerEntry).values(tenths=990), "closing_differs"),
        (delete(LedgerEntry), "closing_differs"),
        (update(ClosingBalance).values(tenths=990), "closing_altered"),
        (update(Closing).values(digest="0" * 64), "closing_altered"),
    ],
)
def test_verify_finds_whoever_rewrites_a_closed_period(swift: Any, harm: Any, kind: str) -> None:
    book(swift)
    closed(swift)
    assert faults(swift) == []
    with swift.store.unit() as unit:
        unit.execute(harm)
    assert kind in faults(swift)


def test_base_points_that_change_after_their_year_was_closed_are_corrected_in_the_next(swift: Any) -> None:
    book(swift, "total: {base: 10.0, pro_rata: true}")
    scored(swift, "2026-12-31")
    closed(swift, "2026", "2027-01-02")
    with swift.store.unit() as unit:
        seat = unit.scalars(select(Seat).where(Seat.code == "C3")).one()
        seat.ends_on = date(2026, 7, 1)
    scored(swift, "2027-01-05")
    assert points(swift, "P03", "2026", "2027") == [100, -50]
    again = scored(swift, "2027-01-06")
    assert (again.added, again.reversed) == (0, 0)
    assert faults(swift) == []


def test_answers_need_a_reason_and_a_missing_act_its_number(swift: Any) -> None:
    book(swift)
    closed(swift)
    number = objected(swift, "2026-04-05", "P03", "missing")
    with swift.store.unit() as unit, pytest.raises(BadRequestError, match="objection_answer"):
        answer_objection(unit, swift.act("2026-04-06"), viewer=CONGRESS, number=number, upheld=False, answer=" ")
    with pytest.raises(ActError, match="needs_activity"):
        answered(swift, "2026-04-06", number, True)
    with swift.store.reading() as unit:
        assert unit.get_one(Objection, number).state == "raised"
