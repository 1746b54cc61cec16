"""Divisions: the compiled search, the same search as Python, and what is done where neither fits."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.contiguity import Territory
from gridmap.district import District, district_bound, loads, raised, score, territories
from gridmap.division import divide, divide_all
from gridmap.levelling_kernels import bound_of

ROOT = Path(__file__).parents[2]
IN_PYTHON = """
from gridmap.contiguity import Territory
from gridmap.district import District
from gridmap.division import divide
path = [(1 << at) >> 1 | (1 << at + 1) & 63 for at in range(6)]
none = (0,) * 6
district = District(weights=(9, 8, 7, 5, 3, 2), scale=1, territory=Territory(path), seats=2, locked=none, kept=none,
                    before=none, metres=((5, 1), (4, 2), (3, 3), (2, 4), (1, 5), (0, 6)))
print(divide(district, tolerance=0.1))
"""


def along(weights: list[int], seats: int) -> District:
    """Lay pieces in a row, from the heaviest down."""
    count = len(weights)
    row = [(1 << at) >> 1 | (1 << at + 1) & ((1 << count) - 1) for at in range(count)]
    return District(
        weights=tuple(sorted(weights, reverse=True)),
        scale=1,
        territory=Territory(row),
        seats=seats,
        locked=(0,) * count,
        kept=(0,) * count,
        before=(0,) * count,
        metres=tuple((abs(at - 3), at) + (7,) * (seats - 2) if seats > 1 else (at,) for at in range(count)),
    )


def test_without_a_compiler_the_answer_is_the_same() -> None:
    answers = [
        subprocess.run(
            [sys.executable, "-c", IN_PYTHON],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disabled in ("0", "1")
    ]
    assert "proven=True" in answers[0]
    assert answers[0] == answers[1]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.integers(1, 3), st.data())
def test_the_compiled_bound_is_the_bound(weights: list[int], seats: int, data: st.DataObject) -> None:
    locks = st.lists(st.integers(0, (1 << seats) - 1), min_size=len(weights), max_size=len(weights))
    district = replace(along([60 * weight for weight in weights], seats), locked=tuple(data.draw(locks)))
    if not district.joining():
        columns = [np.array(column) for column in (district.weights, district.locked)]
        assert bound_of(*columns, seats) == district_bound(district)


@given(st.lists(st.integers(1, 60), min_size=3, max_size=9), st.integers(2, 3))
def test_many_districts_at_once_are_divided_as_each_by_itself(weights: list[int], seats: int) -> None:
    districts = [along(weights[:count], seats) for count in range(seats, len(weights) + 1)]
    alone = [divide(district, tolerance=0.1) for district in districts]
    assert divide_all(districts, tolerance=0.1) == alone
    for district, division in zip(districts, alone, strict=True):
        assert division.score == score(district, division.holders)
        assert division.score.largest <= division.cap
        assert all(territories(district, division.holders))


def test_thousands_of_districts_are_divided_by_several_threads_as_by_one() -> None:
    districts = [along([1 + (at * 7 + piece * 13) % 50 for piece in range(6)], 2 + at % 2) for at in range(1_000)]
    together = divide_all(districts, tolerance=0.1)
    apart = [
        division for at in range(0, 1_000, 100) for division in divide_all(districts[at : at + 100], tolerance=0.1)
    ]
    assert together == apart


def test_more_than_62_pieces_and_numbers_beyond_a_machine_word_are_answered_with_their_gap() -> None:
    for district in (along([5 + at % 7 for at in range(70)], 3), along([10**17 + at for at in range(6)], 2)):
        division = divide(district, tolerance=0.1)
        assert not division.proven
        assert division.bound <= max(loads(district, division.holders)) <= division.cap
        assert division.cap == raised(division.bound, 0.1)
        assert all(territories(district, division.holders))
    assert divide(along([5] * 70, 1), tolerance=0.1).proven


def test_deputies_that_would_have_to_share_are_refused() -> None:
    with pytest.raises(ValueError, match="they share"):
        divide(along([5, 5], 3), tolerance=0.1)
