"""Working days: a deadline is a working day, counting there and back agrees, a late notice says what it moves."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.calendar import (
    Deadline,
    ExceptionalDay,
    OutsideCalendarError,
    Workdays,
    add_hours,
    civil_day,
    day_end,
    moved,
)

NAME = {"zh": "假", "en": "Holiday"}
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
DAYS = st.dates(FIRST, LAST)
INSIDE = st.dates(date(2026, 3, 1), date(2028, 10, 1))  # room to count on both sides
COUNTS = st.integers(1, 15)
INSTANTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))


def day(on: date, *, working: bool = False) -> ExceptionalDay:
    return ExceptionalDay(on=on, working=working, name=NAME, source="通知")


def calendar(
    off: Iterable[date] = (), worked: Iterable[date] = (), statutory: Iterable[date] = (), announced: Any = (2026, 2027)
) -> Workdays:
    """Make a calendar of three years; those not announced have the statutory days."""
    by_year = {year: {on: day(on) for on in statutory if on.year == year} for year in (2026, 2027, 2028)}
    days = [day(on) for on in off] + [day(on, working=True) for on in worked]
    return Workdays(announced=frozenset(announced), exceptions={one.on: one for one in days}, statutory=by_year)


CALENDARS = st.builds(
    calendar, st.lists(DAYS, max_size=40), st.lists(DAYS, max_size=20), st.lists(DAYS, max_size=20),
    st.sets(st.sampled_from([2026, 2027, 2028])),
)  # fmt: skip


@given(CALENDARS, INSIDE, COUNTS)
def test_a_deadline_is_a_working_day_after_its_start(days: Workdays, start: date, count: int) -> None:
    found = days.deadline(start, count)
    assert days.is_workday(found.on)
    assert found.on > start


@given(CALENDARS, INSIDE, COUNTS)
def test_exactly_so_many_working_days_lie_after_the_start_up_to_the_deadline(
    days: Workdays, start: date, count: int
) -> None:
    assert days.workdays_between(start, days.deadline(start, count).on) == count


@given(CALENDARS, INSIDE, COUNTS)
def test_counting_back_from_a_working_day_and_forward_again_ends_there(days: Workdays, end: date, count: int) -> None:
    end = days.deadline(end, 1).on
    back = days.before(end, count)
    assert days.is_workday(back)
    assert days.deadline(back, count).on == end


@given(CALENDARS, INSIDE, INSIDE, COUNTS, COUNTS)
def test_a_later_start_or_a_longer_count_never_ends_earlier(
    days: Workdays, one: date, other: date, few: int, more: int
) -> None:
    (one, other), (few, more) = sorted((one, other)), sorted((few, more))
    assert days.deadline(one, few).on <= days.deadline(other, few).on
    assert days.deadline(one, few).on <= days.deadline(one, more).on
    assert days.deadline(days.deadline(one, few).on, more).on == days.deadline(one, few + more).on


@given(CALENDARS, INSIDE, INSIDE)
def test_the_count_between_two_days_turns_its_sign_with_them(days: Workdays, one: date, other: date) -> None:
    assert days.workdays_between(one, other) == -days.workdays_between(other, one)


@given(CALENDARS, INSIDE, COUNTS)
def test_a_deadline_is_provisional_exactly_when_a_day_it_passed_lies_in_a_year_not_announced(
    days: Workdays, start: date, count: int
) -> None:
    found = days.deadline(start, count)
    passed = {(start + timedelta(days=step)).year for step in range(1, (found.on - start).days + 1)}
    assert found.provisional == bool(passed - days.announced)
    assert found.years == tuple(sorted(passed - days.announced))


@given(CALENDARS, INSIDE, COUNTS)
def test_the_reason_accounts_for_every_day_that_was_passed(days: Workdays, start: date, count: int) -> None:
    found = days.deadline(start, count)
    facts = found.reason.facts
    assert facts["weekend"] + facts["off"] + count == (found.on - start).days
    assert facts["on"] == found.on.isoformat()
    assert len(facts["made_up_on"].split()) == facts["made_up"]


@given(CALENDARS, st.lists(DAYS, max_size=30), INSIDE, COUNTS)
def test_more_days_off_never_make_a_deadline_earlier_and_what_moved_is_said(
    days: Workdays, off: list[date], start: date, count: int
) -> None:
    later = days.with_notice([day(on) for on in off])
    before = days.deadline(start, count)
    after = later.again(before)
    assert after.on >= before.on
    told = moved(before, after)
    if told is None:
        assert after.on == before.on
    else:
        assert told.reason.key == "deadline.moved.later"
        assert told.days == (after.on - before.on).days > 0


def test_the_start_itself_is_not_counted() -> None:
    assert calendar().deadline(date(2026, 11, 23), 1).on == date(2026, 11, 24)


def test_a_friday_s_three_days_end_on_wednesday() -> None:
    found = calendar().deadline(date(2026, 11, 20), 3)
    assert (found.on, found.reason.key) == (date(2026, 11, 25), "deadline.plain")


def test_a_weekend_day_that_is_worked_counts_and_is_named() -> None:
    found = calendar(worked=[date(2026, 11, 21)]).deadline(date(2026, 11, 20), 1)
    assert found.on == date(2026, 11, 21)
    assert found.reason.key == "deadline.made_up"
    assert found.reason.facts["made_up_on"] == "2026-11-21"


def test_a_statutory_day_gives_way_once_the_year_is_announced_without_it() -> None:
    monday = date(2028, 1, 3)
    provisional = calendar(statutory=[monday])
    assert not provisional.is_workday(monday)
    assert provisional.day(monday).provisional
    announced = provisional.with_notice([], [2028])
    assert announced.is_workday(monday)
    assert not announced.day(monday).provisional


def test_a_notice_that_confirms_a_provisional_deadline_says_so() -> None:
    before = calendar().deadline(date(2028, 1, 4), 3)
    after = calendar(announced=(2026, 2027, 2028)).again(before)
    told = moved(before, after)
    assert told is not None
    assert (told.days, told.reason.key) == (0, "deadline.moved.confirmed")
    assert moved(after, after) is None


def test_a_make_up_day_can_bring_a_deadline_forward() -> None:
    before = calendar().deadline(date(2026, 11, 20), 3)
    told = moved(before, calendar(worked=[date(2026, 11, 21)]).again(before))
    assert told is not None
    assert (told.days, told.reason.key) == (-1, "deadline.moved.earlier")


def test_two_different_deadlines_are_not_compared() -> None:
    days = calendar()
    with pytest.raises(ValueError, match="two deadlines"):
        moved(days.deadline(FIRST, 1), days.deadline(FIRST, 2))


@pytest.mark.parametrize("count", [0, -1])
def test_a_deadline_of_no_day_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="one working day or more"):
        calendar().deadline(FIRST, count)


@pytest.mark.parametrize("on", [date(2025, 12, 31), date(2029, 1, 1)])
def test_a_year_that_nobody_knows_is_an_error_not_a_guess(on: date) -> None:
    with pytest.raises(OutsideCalendarError, match="2026 to 2028"):
        calendar().is_workday(on)


def test_a_deadline_that_runs_out_of_the_calendar_is_an_error_too() -> None:
    with pytest.raises(OutsideCalendarError):
        calendar().deadline(date(2028, 12, 29), 3)


@given(INSTANTS, st.integers(1, 240))
def test_hours_of_the_clock_run_through_nights_and_holidays(start: datetime, hours: int) -> None:
    due = add_hours(start, hours)
    assert due.at - start == timedelta(hours=hours)
    assert due.reason.key == "deadline.hours"


def test_hours_are_told_in_the_civil_time_of_china() -> None:
    due = add_hours(datetime(2026, 11, 22, 17, 30, tzinfo=UTC), 24)
    assert due.reason.facts == {"start": "2026-11-23 01:30", "hours": 24, "at": "2026-11-24 01:30"}


def test_an_instant_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23, 9, tzinfo=UTC).replace(tzinfo=None)
    for wrong in (lambda: add_hours(naive, 24), lambda: civil_day(naive), lambda: day_end(naive)):
        with pytest.raises(ValueError, match="time zone"):
            wrong()
    with pytest.raises(ValueError, match="one hour or more"):
        add_hours(naive.replace(tzinfo=UTC), 0)


@given(INSTANTS)
def test_a_civil_day_ends_within_24_hours_and_at_midnight(at: datetime) -> None:
    end = day_end(at)
    assert timedelta(0) < end - at <= timedelta(days=1)
    assert civil_day(end) == civil_day(at) + timedelta(days=1)
    assert (end.hour, end.minute, end.utcoffset()) == (0, 0, timedelta(hours=8))


def test_the_years_it_answers_for_are_told() -> None:
    assert calendar().years == (2026, 2028)


def test_a_deadline_is_a_plain_value() -> None:
    days = calendar()
    assert isinstance(days.deadline(FIRST, 3), Deadline)
    assert days.deadline(FIRST, 3) == days.deadline(FIRST, 3)
