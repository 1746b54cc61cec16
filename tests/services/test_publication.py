"""What the public sees of a closed period is what the congress chose, after the objections, and nobody can be told."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from data.rules import text as rule_text
from data.tables import Closing
from services.act import Act
from services.closings import close_period
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.objections import raise_objection
from services.points import adopt, score
from services.publication import LEAST, choices, counted_bands, hidden, public_periods, publish, published
from services.rankings import Wanted, standings
from services.verify import verify
from tests.services.test_closings import person

NAMES = {"440784001": "西镇", "440784002": "东镇"}
SETTLED = "2026-04-20"


def closed(county: Any) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=county.starts)
        score(unit, county.act("2026-04-01"))
        close_period(unit, county.act("2026-04-02"), period="2026Q1")


def chosen(county: Any, shows: str, day: str = SETTLED, reason: str = "主任会议决定") -> Any:
    with county.store.unit() as unit:
        return publish(unit, county.act(day), period="2026Q1", shows=shows, reason=reason)


def seen(county: Any) -> Any:
    with county.store.reading() as unit:
        return published(unit, period="2026Q1", names=NAMES)


def test_nothing_is_public_until_the_congress_chooses_and_every_choice_is_kept(county: Any) -> None:
    closed(county)
    with pytest.raises(NotFoundError, match="not_published"):
        seen(county)
    chosen(county, "list")
    found = seen(county)
    assert [line.seat for line in found.lines] == [
        "V1", "V2", "V3", "C1", "C2", "C3", "C4", "C5", "C6", "T1", "T2", "T3", "T4", "T5", "T6",
    ]  # fmt: skip
    assert {line.seat: line.tenths for line in found.lines if line.tenths} == {"C1": 25, "T1": 25, "T2": 25, "T3": 25}
    chosen(county, "none", reason="再核一次")
    with pytest.raises(NotFoundError):
        seen(county)
    chosen(county, "bands")
    assert seen(county).lines == ()
    with county.store.reading() as unit:
        term = the_term(unit)
        assert (public_periods(unit, term), choices(unit, term)["2026Q1"].shows) == (("2026Q1",), "bands")
        assert verify(unit).faults == ()


def test_what_was_chosen_before_eight_in_the_morning_bears_that_day_and_not_the_one_before(swift: Any) -> None:
    closed(swift)
    early = Act(actor="tester", at=dt.datetime.fromisoformat(f"{SETTLED}T07:30:00+08:00"))
    with swift.store.unit() as unit:
        publish(unit, early, period="2026Q1", shows="bands", reason="主任会议决定")
        unit.scalars(select(Closing)).one().closed_at = early.at
    with swift.store.reading() as unit:
        assert choices(unit, the_term(unit))["2026Q1"].on == early.today
    assert seen(swift).closed_on == early.today == dt.date.fromisoformat(SETTLED)


def test_it_waits_for_the_end_of_the_objections_and_for_every_answer(swift: Any) -> None:
    closed(swift)
    with pytest.raises(ConflictError, match="publish_window"):
        chosen(swift, "list", "2026-04-05")
    with swift.store.unit() as unit:
        raise_objection(unit, swift.act("2026-04-03"), person=person(unit, "P01"), period="2026Q1", kind="missing",
                        text="漏")  # fmt: skip
    with pytest.raises(ConflictError, match="publish_objections"):
        chosen(swift, "bands")
    assert chosen(swift, "none").shows == "none"


def test_a_choice_needs_a_reason_and_a_closed_period(swift: Any) -> None:
    with pytest.raises(NotFoundError, match="not_closed"):
        chosen(swift, "list")
    closed(swift)
    with pytest.raises(BadRequestError, match="publication_reason"):
        chosen(swift, "list", reason=" ")
    with pytest.raises(BadRequestError, match="publication"):
        chosen(swift, "ranking")


def test_a_later_correction_does_not_change_what_was_closed_and_published(swift: Any) -> None:
    closed(swift)
    chosen(swift, "list")
    before = seen(swift)
    with swift.store.unit() as unit:
        score(unit, swift.act("2026-09-01"))
    assert seen(swift) == before


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_a_small_number_cannot_be_told_from_the_whole_and_the_rest(counts: list[int]) -> None:
    shown = hidden(counts)
    assert all(one is None or one == 0 or one >= LEAST for one in shown)
    assert len(shown) == len(counts)
    gone = [count for count, one in zip(counts, shown, strict=True) if one is None]
    if any(0 < count < LEAST for count in counts):
        assert sum(1 for count in gone if count) >= 2 or len(gone) == len(counts)
    else:
        assert gone == []


def test_bands_without_a_book_s_own_are_twenty_points_wide_and_cover_everybody() -> None:
    bands = counted_bands([0] * 6 + [199] * 5 + [200] * 7 + [610] * 9, ())
    assert [(band.low, band.high, band.seats) for band in bands] == [(600, 800, 9), (200, 400, 7), (0, 200, 11)]


def test_a_ranking_is_narrowed_without_changing_whom_it_compares_and_shows_movement(swift: Any) -> None:
    closed(swift)
    with swift.store.reading() as unit:
        all_of = standings(unit, wanted=Wanted(level="town", period="2026Q1"), names=NAMES)
        one = standings(unit, wanted=Wanted(level="town", period="2026Q1", q="t4"), names=NAMES)
        town = standings(unit, wanted=Wanted(level="town", period="2026Q1", within="440784002"), names=NAMES)
        later = standings(unit, wanted=Wanted(level="town", period="2026Q2"), names=NAMES)
        with pytest.raises(BadRequestError, match="band"):
            standings(unit, wanted=Wanted(level="town", period="2026", band=0), names=NAMES)
    assert (all_of.compared, all_of.previous, one.compared) == (6, "", 6)
    assert [(line.line.seat, line.line.rank) for line in one.lines] == [("T4", 4)]
    assert {line.line.rank for line in town.lines} == {1}
    moved = {line.line.seat: line.moved for line in later.lines}
    assert (later.previous, moved["T1"], moved["T4"]) == ("2026Q1", 0, 3)
