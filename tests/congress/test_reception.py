"""Reception times: the documented forms are read into the days they mean, and everything else stays a note."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.reception import parse_hours

YEAR = (date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [
        ("每周三 9:00–11:30", "2026-01-07", 52),
        ("每星期三 9:00-11:30", "2026-01-07", 52),
        ("每周一、周四 9:00–11:30", "2026-01-01", 105),
        ("每周一至周五 9:00–11:30", "2026-01-01", 261),
        ("每周日 9:00～11:30", "2026-01-04", 52),
        ("每月15日 9:00–11:30", "2026-01-15", 12),
        ("每月15号9:00至11:30", "2026-01-15", 12),
        ("每月5日、20日 9:00–11:30", "2026-01-05", 24),
        ("每月31日 9:00–11:30", "2026-01-31", 7),
        ("单月15日 9:00–11:30", "2026-01-15", 6),
        ("双月15日 9:00–11:30", "2026-02-15", 6),
        ("每月第二个周四 9:00–11:30", "2026-01-08", 12),
        ("每月第4个星期四９：００—１１：３０", "2026-01-22", 12),
    ],
)
def test_a_documented_form_is_read(text: str, first: str, count: int) -> None:
    found = parse_hours(text)
    assert found is not None
    (reception,) = found
    days = list(reception.between(*YEAR))
    assert (days[0].isoformat(), len(days)) == (first, count)
    assert (reception.opens, reception.closes) == (time(9, 0), time(11, 30))


def test_several_times_are_parted_by_a_semicolon() -> None:
    found = parse_hours("每周三 9:00–11:30；每月20日 14:30–17:00")
    assert found is not None
    assert [(reception.weekdays, reception.days, reception.opens) for reception in found] == [
        ((2,), (), time(9, 0)), ((), (20,), time(14, 30)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "；", "周四", "全天开放", "请先预约", "每周三", "每周三上午", "每周八 9:00–11:30",
        "每周三 25:00–26:00", "每月20 14:30–17:00",
        "每周三 9:60–11:30", "每周三 11:30–9:00", "每周三 9:00–9:00", "每月32日 9:00–11:30", "每月0日 9:00–11:30",
        "每月日 9:00–11:30", "每周五至周一 9:00–11:30", "每月第五个周四 9:00–11:30", "每周三 9:00–11:30；电话预约",
        "每周 9:00–11:30", "每周一、 9:00–11:30",
    ],
)  # fmt: skip
def test_any_other_text_stays_a_note(text: str) -> None:
    assert parse_hours(text) is None


@given(st.text(alphabet="每周月单双第一二三四五六日天号至、,；; 0123456789:-–个", max_size=24))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    found = parse_hours(text)
    for reception in found or ():
        assert reception.opens < reception.closes
        assert bool(reception.days) != bool(reception.weekdays)
