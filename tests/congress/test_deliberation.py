"""The deliberation day: both readings of the fourth week's Thursday, its warning, and the decision that moves it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.calendar import ExceptionalDay, Workdays
from congress.deliberation import READINGS, Decision, deliberation_day, thursday_of

SPRING = ExceptionalDay(
    on=date(2026, 2, 19), working=False, name={"zh": "春节", "en": "Spring Festival"}, source="通知"
)
CALENDAR = Workdays(announced=frozenset({2026}), exceptions={SPRING.on: SPRING}, statutory={2027: {}})
YEARS, MONTHS = st.integers(2000, 2100), st.integers(1, 12)


def test_the_two_readings_of_february_2026_are_the_26th_and_the_19th() -> None:
    assert thursday_of(2026, 2, "fourth_thursday") == date(2026, 2, 26)
    assert thursday_of(2026, 2, "fourth_week") == date(2026, 2, 19)


@given(YEARS, MONTHS)
def test_the_fourth_thursday_has_three_thursdays_before_it_in_the_month(year: int, month: int) -> None:
    day = thursday_of(year, month)
    thursdays = [date(year, month, number) for number in range(1, 29) if date(year, month, number).weekday() == 3]
    assert thursdays[3] == day


@given(YEARS, MONTHS)
def test_the_fourth_week_is_counted_from_the_monday_of_the_week_with_the_first(year: int, month: int) -> None:
    day = thursday_of(year, month, "fourth_week")
    first = date(year, month, 1)
    monday = first - timedelta(days=first.weekday())
    assert (day - monday).days // 7 == 3
    assert (day.weekday(), day.year, day.month) == (3, year, month)


@given(YEARS, MONTHS)
def test_the_readings_differ_by_a_week_exactly_when_the_month_begins_after_a_thursday(year: int, month: int) -> None:
    apart = thursday_of(year, month) - thursday_of(year, month, "fourth_week")
    assert apart == timedelta(days=7 if date(year, month, 1).weekday() > 3 else 0)


def test_they_differ_in_about_five_months_a_year() -> None:
    months = [(year, month) for year in range(2000, 2400) for month in range(1, 13)]  # the calendar's whole round
    differing = sum(thursday_of(*month) != thursday_of(*month, "fourth_week") for month in months)
    assert 5.0 < differing / 400 < 5.3


def test_on_a_holiday_it_is_shown_with_a_warning_and_not_moved() -> None:
    day = deliberation_day(2026, 2, CALENDAR, reading="fourth_week")
    assert (day.on, day.planned, day.other, day.moved) == (
        date(2026, 2, 19),
        date(2026, 2, 19),
        date(2026, 2, 26),
        False,
    )
    assert day.warning is not None
    assert day.warning.key == "deliberation.warning.day_off"
    assert day.warning.facts["name"]["zh"] == "春节"


def test_a_decision_moves_it_and_is_its_reason() -> None:
    decision = Decision(to=date(2026, 2, 26), reason="春节", paper="工委会议")
    day = deliberation_day(2026, 2, CALENDAR, reading="fourth_week", decision=decision)
    assert (day.on, day.planned, day.moved, day.warning) == (date(2026, 2, 26), date(2026, 2, 19), True, None)
    assert day.reason.key == "deliberation.decided"
    assert day.reason.facts["why"] == "春节"
    bare = deliberation_day(2026, 2, CALENDAR, decision=Decision(to=date(2026, 2, 27), reason="春节"))
    assert bare.reason.key == "deliberation.decided_bare"


def test_a_decision_for_a_sunday_is_warned_about() -> None:
    day = deliberation_day(2026, 3, CALENDAR, decision=Decision(to=date(2026, 3, 29), reason="周末"))
    assert day.warning is not None
    assert day.warning.key == "deliberation.warning.weekend"


def test_in_a_year_not_announced_it_says_that_it_is_provisional() -> None:
    day = deliberation_day(2027, 3, CALENDAR)
    assert day.warning is not None
    assert (day.warning.key, day.warning.facts["year"]) == ("deliberation.warning.provisional", 2027)


@given(st.integers(1, 12), st.sampled_from(READINGS))
def test_deputies_are_told_at_least_three_days_before(month: int, reading: str) -> None:
    day = deliberation_day(2026, month, CALENDAR, reading=reading)
    assert day.on - day.notice_by == timedelta(days=3)


def test_an_unknown_reading_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="fourth_thursday, fourth_week"):
        thursday_of(2026, 2, "last_thursday")
