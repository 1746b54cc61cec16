"""Equals share a rank, nobody is compared outside their group, and no tenth is lost."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Entry
from scoring.periods import Period
from scoring.ranking import rank, totals


def frame(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["seat", "group", "tenths"]).astype({"tenths": "int64"})


def test_two_equals_share_the_second_rank_and_the_third_is_not_given() -> None:
    ranked = rank(frame([("d", "g", 10), ("c", "g", 20), ("b", "g", 20), ("a", "g", 30)]))
    assert ranked[["seat", "rank", "tied", "percentile"]].to_numpy().tolist() == [
        ["a", 1, 1, 100], ["b", 2, 2, 75], ["c", 2, 2, 75], ["d", 4, 1, 25],
    ]  # fmt: skip


def test_groups_do_not_meet_and_other_columns_stay() -> None:
    ranked = rank(frame([("a", "town", 10), ("b", "county", 90), ("c", "town", 20)]).assign(name=["甲", "乙", "丙"]))
    assert ranked[["group", "seat", "rank", "name"]].to_numpy().tolist() == [
        ["county", "b", 1, "乙"], ["town", "c", 1, "丙"], ["town", "a", 2, "甲"],
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("gh"), st.integers(-50, 50)), max_size=30))
def test_a_rank_is_one_more_than_those_who_have_more(rows: list[tuple[str, int]]) -> None:
    given_rows = [(f"s{at:02d}", group, tenths) for at, (group, tenths) in enumerate(rows)]
    ranked = rank(frame(given_rows))
    assert len(ranked) == len(rows)
    for row in ranked.itertuples(index=False):
        peers = [tenths for group, tenths in rows if group == row.group]
        assert row.rank == 1 + sum(tenths > row.tenths for tenths in peers)
        assert row.tied == peers.count(row.tenths)
        assert row.percentile == 100 * sum(tenths <= row.tenths for tenths in peers) // len(peers)


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_the_order_of_the_rows_does_not_change_the_list(seats: list[str]) -> None:
    points = {"a": 5, "b": 9, "c": 5, "d": 0, "e": 9}
    ranked = rank(frame([(seat, "g", points[seat]) for seat in seats]))
    assert ranked["seat"].tolist() == ["b", "e", "a", "c", "d"]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (pd.DataFrame({"seat": ["a"], "group": ["g"], "tenths": [1.5]}), "float64"),
        (pd.DataFrame({"seat": ["a"], "tenths": [1]}), "group"),
        (pd.DataFrame({"seat": ["a", "a"], "group": ["g", "h"], "tenths": [1, 1]}), "twice"),
    ],
)
def test_a_ranking_is_not_made_from_floats_missing_columns_or_a_seat_twice(wrong: pd.DataFrame, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        rank(wrong)


def test_totals_count_the_period_and_give_a_seat_without_an_entry_zero() -> None:
    def entry(seat: str, on: date, tenths: int) -> Entry:
        return Entry(activity=f"{seat}{on}", person="p", seat=seat, rule="r", on=on, tenths=tenths, reason_key="k")

    entries = [entry("b", date(2026, 6, 30), 50), entry("b", date(2026, 7, 1), 25), entry("b", date(2026, 9, 30), -5)]
    seats = pd.DataFrame({"seat": ["b", "a"], "group": ["g", "g"], "name": ["乙", "甲"]})
    found = totals([*entries, entry("b", date(2026, 10, 1), 90)], Period.parse("2026Q3"), seats)
    assert found.to_dict("list") == {"seat": ["a", "b"], "group": ["g", "g"], "name": ["甲", "乙"], "tenths": [0, 20]}
    assert rank(found)["rank"].tolist() == [1, 2]
