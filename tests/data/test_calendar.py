"""The shipped calendar: every day equals an independent one, every year names its notice, bad files are refused."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from congress.calendar import OutsideCalendarError
from data.calendar import (
    CalendarFileError,
    festival_names,
    moving_days,
    notices,
    read_notice,
    shipped,
    statute,
)

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
NOTICE = """
year: 2027
notice: 2027年部分节假日安排
amended: {spring_festival: 补充通知}
days_off:
  new_year: [2026-12-31/2027-01-02]
  spring_festival: [2027-02-05]
worked:
  new_year: [2027-01-03]
"""


def test_every_day_from_2004_to_2026_equals_an_independent_calendar() -> None:
    ours = shipped()
    assert [day for day in EVERY_DAY if ours.is_workday(day) != chinese_calendar.is_workday(day)] == []


def test_no_day_of_an_announced_year_is_provisional() -> None:
    ours = shipped()
    assert not any(ours.day(day).provisional for day in EVERY_DAY)
    assert ours.announced == frozenset(range(2004, 2027))


def test_the_year_after_the_last_notice_is_provisional_and_has_the_holidays_of_the_law() -> None:
    ours = shipped()
    off = [day.on.isoformat() for day in ours.span(date(2027, 1, 1), date(2027, 12, 31)) if day.kind == "day_off"]
    assert off == [
        "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01", "2027-05-02",
        "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02", "2027-10-03",
    ]  # fmt: skip
    assert ours.day(date(2027, 6, 1)).provisional


def test_a_year_that_is_neither_announced_nor_foreseen_is_an_error() -> None:
    for day in (date(2003, 12, 31), date(2061, 1, 1)):
        with pytest.raises(OutsideCalendarError):
            shipped().is_workday(day)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_law_as_it_stands_agrees_with_the_notices_made_under_it(year: int) -> None:
    off = {day.on for notice in notices() for day in notice.days if not day.working}
    assert statute().unanswered(year, moving_days()[year], off) == ()
    assert set(statute().days(year, moving_days()[year])) <= off


def test_the_law_gives_thirteen_days_a_year() -> None:
    for year, anchors in moving_days().items():
        meeting = anchors["mid_autumn"] in {date(year, 10, day) for day in (1, 2, 3)}
        assert len(statute().days(year, anchors)) == 13 - meeting, year


def test_moving_days_fall_where_they_can() -> None:
    for year, anchors in moving_days().items():
        assert date(year, 1, 21) <= anchors["spring_festival"] <= date(year, 2, 20)
        assert anchors["qingming"] in (date(year, 4, 4), date(year, 4, 5))
        assert anchors["spring_festival"] < anchors["qingming"] < anchors["dragon_boat"] < anchors["mid_autumn"]
        # four lunar months and four days, and three months and ten days, one more where a leap month lies between
        assert (anchors["dragon_boat"] - anchors["spring_festival"]).days in range(121, 154)
        assert (anchors["mid_autumn"] - anchors["dragon_boat"]).days in range(97, 130)


def test_every_exceptional_day_names_its_paper_in_both_languages() -> None:
    for notice in notices():
        assert notice.title
        assert notice.number.endswith("号") == (notice.year >= 2008)
        for day in notice.days:
            assert day.source
            assert all(day.name[lang] for lang in ("zh", "en"))


def test_days_that_a_later_notice_changed_name_that_notice() -> None:
    sources = {day: shipped().day(date.fromisoformat(day)).source for day in ("2019-05-02", "2020-02-02", "2015-09-03")}
    assert sources == {
        "2019-05-02": "国办发明电〔2019〕3号",
        "2020-02-02": "国办发明电〔2020〕1号",
        "2015-09-03": "国发明电〔2015〕1号",
    }  # fmt: skip


def test_a_notice_may_reach_into_the_year_before() -> None:
    notice = read_notice(NOTICE, name="2027.yaml", names=festival_names())
    assert [(day.on.isoformat(), day.working, day.source) for day in notice.days] == [
        ("2026-12-31", False, "2027年部分节假日安排"),
        ("2027-01-01", False, "2027年部分节假日安排"),
        ("2027-01-02", False, "2027年部分节假日安排"),
        ("2027-01-03", True, "2027年部分节假日安排"),
        ("2027-02-05", False, "补充通知"),
    ]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (NOTICE.replace("worked:", "workd:"), "unknown keys workd"),
        (NOTICE.replace("spring_festival: [", "spring: ["), "unknown holiday spring; known: new_year"),
        (NOTICE.replace("2026-12-31/2027-01-02", "soon"), "soon is neither a day nor first/last"),
        (NOTICE.replace("2026-12-31/2027-01-02", "2027-01-02/2026-12-31"), "2027-01-02/2026-12-31 is neither"),
        (NOTICE.replace("days_off:", "off:"), "unknown keys False"),  # YAML reads a bare `off` as no
    ],
)
def test_a_bad_notice_file_is_refused_by_name(wrong: str, told: str) -> None:
    with pytest.raises(CalendarFileError, match=f"2027.yaml: {told}"):
        read_notice(wrong, name="2027.yaml", names=festival_names())
