"""The statutory holidays: what the law gives in a year, and when a notice has answered for all of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.statute import Statute, StatutoryHoliday

SPRING = StatutoryHoliday(code="spring", name={"zh": "春", "en": "Spring"}, days=4, anchor="moon", shift=-1)
MAY = StatutoryHoliday(code="may", name={"zh": "五一", "en": "May"}, days=2, month=5, day=1)
LAW = Statute(since=2025, source="办法", holidays=(SPRING, MAY))
MOON = {"moon": date(2027, 2, 6)}


def test_a_moving_holiday_starts_the_day_before_its_anchor() -> None:
    assert SPRING.dates(2027, MOON) == tuple(date(2027, 2, 5) + timedelta(days=step) for step in range(4))


def test_every_day_of_the_law_is_off_and_names_the_law() -> None:
    days = LAW.days(2027, MOON)
    assert [on.isoformat() for on in days] == [
        "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-05-01", "2027-05-02",
    ]  # fmt: skip
    assert {(day.working, day.source) for day in days.values()} == {(False, "办法")}


def test_where_two_holidays_meet_the_first_of_the_law_names_the_day() -> None:
    days = LAW.days(2027, {"moon": date(2027, 5, 2)})
    assert days[date(2027, 5, 1)].name["zh"] == "春"
    assert len(days) == 4


def test_a_year_before_the_law_is_refused() -> None:
    with pytest.raises(ValueError, match="holds since 2025"):
        LAW.days(2024, MOON)


def test_a_holiday_without_its_moving_day_is_an_error() -> None:
    with pytest.raises(KeyError):
        LAW.days(2027, {})


def test_a_notice_answers_when_every_working_day_of_a_holiday_is_off() -> None:
    off = {date(2027, 2, 5), date(2027, 2, 8)}  # the Saturday and Sunday between need not be listed
    assert [holiday.code for holiday in LAW.unanswered(2027, MOON, off)] == ["may"]
    assert [holiday.code for holiday in LAW.unanswered(2027, MOON, off - {date(2027, 2, 8)})] == ["spring", "may"]


def test_a_holiday_on_a_weekend_is_answered_by_a_day_off_nearby() -> None:
    off = {date(2027, 2, 5), date(2027, 2, 8), date(2027, 5, 3)}  # 1 and 2 May 2027 are a weekend
    assert LAW.unanswered(2027, MOON, off) == ()


@given(st.dates(date(2025, 1, 2), date(2060, 12, 1)))
def test_a_notice_that_lists_all_statutory_days_answers_for_the_year(moon: date) -> None:
    anchors = {"moon": moon}
    assert LAW.unanswered(moon.year, anchors, set(LAW.days(moon.year, anchors))) == ()
