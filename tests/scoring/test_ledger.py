"""The ledger only grows, and its replay finds every contradiction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.messages import say
from scoring import Activity, Entry, award
from scoring.ledger import Discrepancy, LedgerError, balance, check_closing, close, replay, reversal, standing
from scoring.periods import Period
from scoring.rulebook import RuleBook

Book = Callable[..., RuleBook]
Act = Callable[..., Activity]


def entry(activity: str, tenths: int, *, seat: str = "s", on: date = date(2026, 1, 1)) -> Entry:
    return Entry(activity=activity, person="p", seat=seat, rule="r", on=on, tenths=tenths, reason_key="points.test")


ENTRIES = st.lists(
    st.tuples(st.integers(0, 200), st.integers(-100, 100), st.sampled_from("stu")), unique_by=lambda row: row[0]
).map(lambda rows: [entry(f"a{code}", tenths, seat=seat) for code, tenths, seat in rows])


@given(ENTRIES)
def test_a_replay_gives_the_balances(entries: list[Entry]) -> None:
    assert replay(entries) == balance(entries)


@given(ENTRIES)
def test_a_ledger_whose_every_entry_is_reversed_comes_to_zero(entries: list[Entry]) -> None:
    ledger = entries + [reversal(one, "wrong") for one in entries]
    assert replay(ledger) == dict.fromkeys(sorted({one.seat for one in entries}), 0)
    assert standing(ledger) == []


@given(ENTRIES, st.data())
def test_what_is_not_reversed_stands_and_makes_the_balance(entries: list[Entry], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(entries).map(entries.index))) if entries else set()
    ledger = entries + [reversal(entries[at], "double") for at in gone]
    kept = [one for at, one in enumerate(entries) if at not in gone]
    assert standing(ledger) == kept
    assert {seat: tenths for seat, tenths in replay(ledger).items() if tenths} == {
        seat: tenths for seat, tenths in balance(kept).items() if tenths
    }


def test_a_reversal_names_what_it_reverses_and_why_and_counts_on_the_same_day() -> None:
    undo = reversal(entry("a", 20), "double")
    assert (undo.key, undo.tenths, undo.on, undo.reverses) == (entry("a", 20).key, -20, date(2026, 1, 1), True)
    assert (undo.reason_facts["reason"], undo.reason_facts["reversed_points"]) == ("double", "2")
    assert say(undo.reason_key, "zh", **undo.reason_facts)


def test_a_reversal_of_a_closed_period_counts_in_an_open_one_and_remembers_its_day() -> None:
    undo = reversal(entry("a", 20), "wrong", on=date(2026, 5, 2))
    assert (undo.on, undo.counted_on) == (date(2026, 5, 2), date(2026, 1, 1))


def test_a_reversal_is_not_reversed() -> None:
    with pytest.raises(LedgerError, match="reversal"):
        reversal(reversal(entry("a", 20), "wrong"), "again")


def test_an_activity_may_be_awarded_again_after_it_was_reversed() -> None:
    first = entry("a", 20)
    assert replay([first, reversal(first, "wrong"), first]) == {"s": 20}
    assert standing([first, reversal(first, "wrong"), first]) == [first]


@pytest.mark.parametrize(
    "ledger",
    [
        [entry("a", 20), entry("a", 20)],
        [reversal(entry("a", 20), "wrong")],
        [reversal(entry("a", 20), "wrong"), entry("a", 20)],
        [entry("a", 20), reversal(entry("a", 20), "wrong"), reversal(entry("a", 20), "wrong")],
        [entry("a", 20), reversal(entry("a", 30), "wrong")],
        [entry("a", 20, seat="s"), reversal(entry("a", 20, seat="t"), "wrong")],
    ],
    ids=["twice", "of nothing", "before", "twice reversed", "other amount", "other seat"],
)
def test_a_ledger_that_contradicts_itself_is_found(ledger: list[Entry]) -> None:
    with pytest.raises(LedgerError, match="'a'"):
        replay(ledger)


def test_a_closed_period_is_an_assertion_that_later_ledgers_are_held_to() -> None:
    ledger = [entry("a", 20), entry("b", 5, seat="t", on=date(2026, 3, 31)), entry("c", 7, on=date(2026, 4, 1))]
    closing = close(ledger, Period.parse("2026Q1"))
    assert closing.balances == {"s": 20, "t": 5}
    later = [*ledger, reversal(ledger[0], "wrong", on=date(2026, 4, 2))]
    assert check_closing(later, closing) == ()
    altered = [replace(ledger[0], tenths=30), *ledger[2:], entry("d", 1, seat="u")]
    assert check_closing(altered, closing) == (
        Discrepancy(seat="s", closed=20, found=30),
        Discrepancy(seat="t", closed=5, found=0),
        Discrepancy(seat="u", closed=0, found=1),
    )


def test_base_points_of_two_years_do_not_stand_in_each_others_way() -> None:
    years = [entry("", 600, on=date(year, 1, 1)) for year in (2025, 2026)]
    assert replay(years) == {"s": 1200}


def test_an_entry_of_nothing_is_reversed_like_any_other(book: Book, act: Act) -> None:
    entries = award([act("a", "dance", "2026-01-01")], book("r: visit act {award: 1}"))
    assert replay([*entries, reversal(entries[0], "missing")]) == {"s": 0}
