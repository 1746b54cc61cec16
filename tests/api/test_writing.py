"""How days, counts and points are written for people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.writing import written_count, written_day, written_points


@pytest.mark.parametrize(("lang", "written"), [("zh", "2026年11月23日(周一)"), ("en", "Mon 23 Nov 2026")])
def test_a_day_is_written_with_its_weekday(lang: str, written: str) -> None:
    assert written_day(date(2026, 11, 23), lang) == written


@pytest.mark.parametrize(
    ("tenths", "plain", "signed"),
    [(415, "41.5", "+41.5"), (0, "0.0", "0.0"), (-5, "\u22120.5", "\u22120.5"), (10, "1.0", "+1.0")],
)
def test_points_have_one_decimal_and_a_sign_where_asked(tenths: int, plain: str, signed: str) -> None:
    assert (written_points(tenths), written_points(tenths, signed=True)) == (plain, signed)


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_written_points_lose_no_tenth(tenths: int) -> None:
    assert round(float(written_points(tenths).replace("\u2212", "-")) * 10) == tenths


def test_a_count_is_grouped_from_ten_thousand_on() -> None:
    assert [written_count(number) for number in (806, 8532, 12480)] == ["806", "8532", "12,480"]
