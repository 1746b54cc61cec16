"""Standings are the ranking, kept up act by act: whatever comes, both say the same."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.ranking import rank
from scoring.standings import Standings, ranks

POINTS = st.integers(-400, 4_000)
SEATS = st.lists(st.tuples(POINTS, st.integers(0, 4)), min_size=1, max_size=40)


def ranked(tenths: list[int], groups: list[int]) -> pd.DataFrame:
    """Rank with the room's reference, back in the order of the seats."""
    frame = pd.DataFrame({"seat": range(len(tenths)), "group": groups, "tenths": tenths})
    return rank(frame).sort_values("seat", ignore_index=True)


@given(SEATS)
@settings(deadline=None)
def test_counted_ranks_equal_the_ranking(seats: list[tuple[int, int]]) -> None:
    tenths, groups = [one for one, _ in seats], [group for _, group in seats]
    found = ranks(np.array(tenths), np.array(groups))
    wanted = ranked(tenths, groups)
    assert found.rank.tolist() == wanted["rank"].tolist()
    assert found.tied.tolist() == wanted["tied"].tolist()
    assert found.percentile.tolist() == wanted["percentile"].tolist()


def test_points_far_apart_need_no_room_for_what_lies_between() -> None:
    found = ranks(np.array([10**12, -(10**12), 0, 0, 7]), np.array([0, 0, 0, 0, 3]))
    assert found.rank.tolist() == [1, 4, 2, 2, 1]
    assert found.tied.tolist() == [1, 1, 2, 2, 1]
    assert found.size.tolist() == [4, 4, 4, 4, 1]


def test_nobody_is_ranked_where_nobody_stands() -> None:
    assert ranks(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)).rank.tolist() == []


@given(SEATS, st.lists(st.tuples(st.integers(0, 39), POINTS), max_size=12))
@settings(deadline=None, max_examples=25)
def test_after_every_act_everybody_stands_where_a_new_ranking_puts_them(
    seats: list[tuple[int, int]], acts: list[tuple[int, int]]
) -> None:
    tenths, groups = [one for one, _ in seats], [group for _, group in seats]
    standings = Standings(np.array(tenths), np.array(groups))
    for seat, points in acts:
        at = seat % len(tenths)
        tenths[at] += points
        standings.add(at, points)
        wanted = ranked(tenths, groups)
        assert standings.rank(at) == (wanted["rank"][at], wanted["tied"][at])
    assert standings.all_ranks().rank.tolist() == ranked(tenths, groups)["rank"].tolist()
