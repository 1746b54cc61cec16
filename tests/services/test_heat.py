"""The heat of matters: every grid has its step, and in public no small count can be told from another."""

from hypothesis import given
from hypothesis import strategies as st

from services.heat import LEAST_PUBLIC, graded

COUNTS = st.lists(st.integers(0, 60), max_size=40)


@given(COUNTS, st.booleans())
def test_every_count_lies_in_its_own_step(counts: list[int], public: bool) -> None:
    heat = graded(counts, 0, public=public)
    for count, step in zip(counts, heat.index, strict=True):
        found = heat.steps[step]
        assert (found.low or 0) <= count
        assert found.high is None or count <= found.high
    assert sum(step.grids for step in heat.steps) == len(counts)


@given(COUNTS)
def test_in_public_one_to_four_look_all_the_same(counts: list[int]) -> None:
    heat = graded(counts, 3, public=True)
    small = {(heat.counts[row], heat.index[row]) for row, count in enumerate(counts) if 0 < count < LEAST_PUBLIC}
    assert len(small) <= 1
    assert heat.total % 5 == 0
    assert heat.total <= sum(counts) < heat.total + 5
    assert heat.elsewhere == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_where_all_counts_are_small_the_legend_ends_with_four(counts: list[int]) -> None:
    heat = graded(counts, 0, public=True)
    assert len(heat.steps) <= 2
    if any(counts):
        assert heat.steps[-1].high == LEAST_PUBLIC - 1


@given(COUNTS)
def test_inside_the_house_counts_are_told_as_they_are(counts: list[int]) -> None:
    heat = graded(counts, 3, public=False)
    assert list(heat.counts) == counts
    assert (heat.total, heat.elsewhere) == (sum(counts), 3)
    assert len({step.colour for step in heat.steps}) == len(heat.steps)
