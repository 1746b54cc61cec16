"""Cadence: every turn is due once, on its last day, and the term cuts the first and the last."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.cadence import Cadence, Due, UnknownCadenceError

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
REGULAR = st.sampled_from(["weekly", "monthly", "quarterly", "yearly", "6 per year", "2 per month"])


def test_a_quarter_has_thirteen_or_fourteen_weeks_three_months_and_itself() -> None:
    start, end = date(2026, 7, 1), date(2026, 10, 1)
    assert len(Cadence.parse("weekly").due(start, end)) == 13
    assert [due.by.isoformat() for due in Cadence.parse("monthly").due(start, end)] == [
        "2026-07-31", "2026-08-31", "2026-09-30",
    ]  # fmt: skip
    assert Cadence.parse("quarterly").due(start, end) == (Due(start=start, by=date(2026, 9, 30), times=1),)


def test_so_many_a_year_are_due_at_the_year_s_end() -> None:
    assert Cadence.parse("6 per year").due(date(2026, 12, 1), date(2027, 2, 1)) == (
        Due(start=date(2026, 1, 1), by=date(2026, 12, 31), times=6),
    )


def test_once_a_term_is_due_on_the_term_s_last_day() -> None:
    term = (date(2026, 11, 1), date(2031, 11, 1))
    cadence = Cadence.parse("1 per term")
    assert cadence.due(*term, term=term) == (Due(start=term[0], by=date(2031, 10, 31), times=1),)
    assert cadence.due(date(2026, 11, 1), date(2031, 10, 31), term=term) == ()


def test_a_cadence_per_term_asks_for_the_term() -> None:
    with pytest.raises(ValueError, match="needs the term"):
        Cadence.parse("1 per term").due(date(2026, 1, 1), date(2027, 1, 1))


def test_a_term_that_begins_in_the_middle_of_a_year_owes_the_part_that_is_left() -> None:
    term = (date(2026, 11, 1), date(2031, 11, 1))
    found = Cadence.parse("yearly").due(*term, term=term)
    assert (found[0].start, found[0].by) == (date(2026, 11, 1), date(2026, 12, 31))
    assert (found[-1].start, found[-1].by) == (date(2031, 1, 1), date(2031, 10, 31))
    assert len(found) == 6


@given(REGULAR, DAYS, DAYS, DAYS)
def test_a_period_cut_in_two_owes_the_same_as_the_whole(text: str, one: date, two: date, three: date) -> None:
    start, middle, end = sorted((one, two, three))
    cadence = Cadence.parse(text)
    assert cadence.due(start, middle) + cadence.due(middle, end) == cadence.due(start, end)


@given(REGULAR, DAYS, DAYS)
def test_turns_follow_one_another_without_a_gap(text: str, one: date, other: date) -> None:
    found = Cadence.parse(text).due(min(one, other), max(one, other))
    for before, after in pairwise(found):
        assert after.start == before.by + timedelta(days=1)
    assert all(min(one, other) <= due.by < max(one, other) for due in found)


@pytest.mark.parametrize("text", ["", "daily", "0 per year", "2 per decade", "1per year", "-1 per year", "2 per year "])
def test_what_is_no_cadence_is_refused(text: str) -> None:
    with pytest.raises(UnknownCadenceError):
        Cadence.parse(text)
