"""Periods are half-open and read as people type them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.periods import Period, UnknownPeriodError
from scoring.tenure import Tenure


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_starts_on_its_first_day_and_ends_before_the_next(text: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.name, period.start, period.end) == (text, start, end)
    assert start in period
    assert period.last_day in period
    assert end not in period


@pytest.mark.parametrize(
    "text", ["", "26", "2026Q5", "2026-13", "2026-00", "2026-1", "term", "0000", "9999", "２０２６"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UnknownPeriodError):
        Period.parse(text)


def test_a_term_is_what_the_caller_says_it_is() -> None:
    term = Period.parse("term", term=(date(2021, 11, 8), date(2026, 11, 8)))
    assert (term.name, term.days) == ("term", 1826)


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="has no day"):
        Period(name="x", start=date(2026, 1, 1), end=date(2026, 1, 1))


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_the_month_quarter_and_year_named_for_it(day: date) -> None:
    for of in (Period.month_of, Period.quarter_of, Period.year_of):
        assert day in of(day)
        assert Period.parse(of(day).name) == of(day)


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 2000), st.sampled_from(["month", "quarter", "year"])
)
def test_windows_follow_one_another_and_cover_the_period(start: date, days: int, length: str) -> None:
    period = Period(name="term", start=start, end=start + timedelta(days=days))
    windows = period.windows(length)
    assert windows[0].start <= period.start
    assert windows[-1].end >= period.end
    assert all(one.end == after.start for one, after in pairwise(windows))
    assert windows[-1].start < period.end


def test_a_quarter_has_its_three_months() -> None:
    assert Period.parse("2026Q3").months() == ("2026-07", "2026-08", "2026-09")


def test_a_window_of_another_length_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="week"):
        Period.parse("2026").windows("week")


def test_a_tenure_is_cut_to_the_period_and_may_miss_it() -> None:
    tenure = Tenure(seat="s", person="p", level="town", start=date(2026, 7, 1), end=date(2026, 9, 1))
    held = tenure.within(Period.parse("2026Q3"))
    assert held is not None
    assert (held.start, held.end, held.days) == (date(2026, 7, 1), date(2026, 9, 1), 62)
    assert tenure.within(Period.parse("2026Q4")) is None
    assert tenure.within(Period.parse("2026-09")) is None
