"""What a verifier should look at twice: the same act again, two places at once, a strange place, a batch at the end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.activity_checks import Deed, Home, batch_at_deadline, findings, is_duplicate, overlap_minutes
from data.messages import words

DAY = date(2026, 11, 23)


def deed(code: str = "", **more: Any) -> Deed:
    facts: dict[str, Any] = {"kind": "grid.visit", "on": DAY, "people": ("甲",), "grid": "G1", "town": "西"}
    return Deed(code=code, **{**facts, **more})


def kinds(one: Deed, *others: Deed, homes: dict[str, Home] | None = None) -> list[str]:
    return [finding.kind for finding in findings(one, others, homes or {})]


def test_the_same_visit_entered_again_is_likely_a_duplicate() -> None:
    assert kinds(deed(), deed("A1")) == ["duplicate"]


@pytest.mark.parametrize(
    "other",
    [
        deed("A1", on=date(2026, 11, 22)),
        deed("A1", people=("乙",)),
        deed("A1", kind="station.reception"),
        deed("A1", grid="G2"),
    ],
)
def test_another_day_person_kind_or_place_is_no_duplicate(other: Deed) -> None:
    assert "duplicate" not in kinds(deed(), other)


def test_two_visits_of_one_grid_at_written_times_are_two_visits() -> None:
    assert kinds(deed(starts=9 * 60), deed("A1", starts=15 * 60)) == []


def test_a_stored_activity_is_not_compared_with_itself() -> None:
    assert kinds(deed("A1"), deed("A1")) == []


def test_hours_that_overlap_are_two_places_at_once() -> None:
    one, other = deed(starts=540, hours_tenths=20), deed("A1", grid="G2", starts=600, hours_tenths=10)
    assert kinds(one, other) == ["two_places"]
    assert findings(one, [other], {})[0].facts == {"minutes": 60}


def test_one_act_after_the_other_is_one_place_at_a_time() -> None:
    assert kinds(deed(starts=540, hours_tenths=10), deed("A1", grid="G2", starts=600, hours_tenths=10)) == []


def test_two_towns_on_one_day_are_pointed_out_softly() -> None:
    assert kinds(deed(), deed("A1", grid="G9", town="东")) == ["two_towns"]


def test_a_third_half_day_on_one_day_is_pointed_out() -> None:
    morning, evening = deed("A1", grid="G2", half_days=1), deed("A2", grid="G3", half_days=1)
    assert kinds(deed(half_days=1), morning, evening) == ["long_day"]
    assert kinds(deed(half_days=1), morning) == []


def test_a_training_of_three_days_alone_is_no_long_day() -> None:
    assert kinds(deed(half_days=6)) == []


def test_a_place_outside_the_deputys_own_is_pointed_out_and_their_own_is_not() -> None:
    home = {"甲": Home(places=frozenset({"G1"}), towns=frozenset({"西"}))}
    assert kinds(deed(), homes=home) == []
    assert kinds(deed(grid="G2"), homes=home) == ["own_town"]
    assert kinds(deed(grid="G9", town="东"), homes=home) == ["outside"]
    assert kinds(deed(grid="", town=""), homes=home) == []


def noon(minutes: int) -> datetime:
    return datetime(2026, 12, 30, 4, 0, tzinfo=UTC) + timedelta(minutes=minutes)


def test_five_acts_within_an_hour_on_the_last_days_are_a_batch() -> None:
    entered = [noon(minutes) for minutes in (0, 10, 20, 30, 60)]
    last = date(2026, 12, 31)
    found = batch_at_deadline(entered, last, at=date(2026, 12, 30), number=5, days=3)
    assert found is not None
    assert found.facts["number"] == 5
    assert batch_at_deadline(entered[:4], last, at=date(2026, 12, 30), number=5, days=3) is None
    assert batch_at_deadline(entered, last, at=date(2026, 12, 28), number=5, days=3) is None
    spread = [noon(40 * turn) for turn in range(5)]
    assert batch_at_deadline(spread, last, at=date(2026, 12, 30), number=5, days=3) is None


DEEDS = st.builds(
    Deed,
    code=st.sampled_from(["A1", "A2", "A3", "A4"]),
    kind=st.sampled_from(["visit", "talk"]),
    on=st.just(DAY),
    people=st.sampled_from([("甲",), ("乙",), ("甲", "乙")]),
    grid=st.sampled_from(["", "G1", "G2"]),
    town=st.sampled_from(["", "西", "东"]),
    starts=st.one_of(st.none(), st.integers(0, 1439)),
    hours_tenths=st.one_of(st.none(), st.integers(0, 240)),
)


@given(DEEDS, DEEDS)
def test_it_does_not_matter_which_of_two_came_first(one: Deed, other: Deed) -> None:
    assert is_duplicate(one, other) == is_duplicate(other, one)
    assert overlap_minutes(one, other) == overlap_minutes(other, one)


@given(DEEDS, st.lists(DEEDS, max_size=4, unique_by=lambda one: one.code))
def test_the_order_in_which_others_come_changes_nothing(one: Deed, others: list[Deed]) -> None:
    assert findings(one, others, {}) == findings(one, list(reversed(others)), {})
    assert {f"activity.check.{finding.kind}" for finding in findings(one, others, {})} <= words("zh").keys()
