"""Points are whole tenths: read, rounded and written without a float."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.points import ROUNDINGS, rounded, tenths_of, text_of, thousandths_of


@given(st.integers(-10_000_000, 10_000_000))
def test_what_is_written_is_read_back_the_same(tenths: int) -> None:
    assert tenths_of(text_of(tenths)) == tenths


@pytest.mark.parametrize(
    ("text", "tenths"), [("2", 20), ("2.0", 20), ("2.50", 25), ("-1.0", -10), ("0", 0), ("0.1", 1), ("-0.0", 0)]
)
def test_decimal_text_becomes_tenths(text: str, tenths: int) -> None:
    assert tenths_of(text) == tenths


@pytest.mark.parametrize(
    "text", ["", "2.55", "1e3", ".5", "2.", "+1", "nan", "inf", "0x10", "1_000", "二", "２", "--1"]
)
def test_what_is_not_a_decimal_of_tenths_is_not_guessed_at(text: str) -> None:
    assert tenths_of(text) is None


def test_a_third_is_kept_to_three_digits_and_no_more() -> None:
    assert thousandths_of("0.333") == 333
    assert thousandths_of("0.3333") is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounding", "tenths"),
    [
        (15 * 5, 10, "half_up", 10),  # 1.5 hours at 0.5 are 0.75: the half goes away from zero
        (15 * 5, 10, "down", 5),
        (14 * 5, 10, "half_up", 5),
        (14 * 5, 10, "up", 10),
        (-15 * 5, 10, "half_up", -10),  # a deduction rounds like an award
        (-15 * 5, 10, "down", -5),
        (0, 7, "up", 0),
    ],
)
def test_the_size_is_rounded_and_the_sign_kept(numerator: int, denominator: int, rounding: str, tenths: int) -> None:
    assert rounded(numerator, denominator, quantum=5, rounding=rounding) == tenths


@given(st.integers(-100_000, 100_000), st.integers(1, 1000), st.integers(1, 20), st.sampled_from(ROUNDINGS))
def test_rounding_moves_less_than_one_quantum_and_half_up_at_most_half(
    numerator: int, denominator: int, quantum: int, rounding: str
) -> None:
    tenths = rounded(numerator, denominator, quantum=quantum, rounding=rounding)
    moved = abs(Fraction(numerator, denominator) - tenths)
    assert tenths % quantum == 0
    assert moved < quantum
    assert rounding != "half_up" or 2 * moved <= quantum


def test_an_unknown_rounding_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="bankers"):
        rounded(1, 1, quantum=1, rounding="bankers")
