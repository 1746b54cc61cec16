"""Spelling: what a keyboard, an input method or an office makes of one address is one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.spelling import numbers, spelled


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("示例路１２号", "示例路12号"),
        ("示例路 12 號", "示例路12号"),
        ("示例路十二号", "示例路12号"),
        ("示例路012号", "示例路12号"),
        ("示例路一百零五号", "示例路105号"),
        ("第二十一村民小组", "第21村民小组"),
        ("二〇二室", "202室"),
        ("０００", "0"),
        ("古勞鎮·東園（一期）", "古劳镇东园1期"),
        ("Côte-d'Ivoire", "cotedivoire"),
        ("  ——  ", ""),
    ],
)
def test_one_place_has_one_spelling(written: str, expected: str) -> None:
    assert spelled(written) == expected


@given(st.text(max_size=30))
def test_a_spelling_is_spelled_as_it_is(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)


@given(st.integers(1, 199))
def test_a_chinese_numeral_is_the_number_it_says(number: int) -> None:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    said = (digits[hundreds] + "百") * bool(hundreds)
    said += digits[tens] + "十" if tens else "零" * bool(hundreds and ones)
    said += digits[ones] * bool(ones)
    assert numbers(spelled(f"第{said}组")) == {str(number)}
