"""A trial: a book as if it had been in force all along, and which rules make the difference."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from scoring import Activity, award
from scoring.periods import Period
from scoring.rulebook import RuleBook
from scoring.trial import as_if_in_force, by_seat_and_rule, reaches_back, shifts

Act = Callable[..., Activity]
Book = Callable[..., RuleBook]
YEAR = Period.parse("2025")


def test_a_book_of_next_year_is_tried_on_last_year_as_if_it_had_been_in_force(act: Act, book: Book) -> None:
    rules = book("a: visit act {2026-01-01: {award: 2.0}, 2027-01-01: {award: 9.0}}")
    acts = [act("A1", "visit", "2025-06-01")]
    assert award(acts, rules)[0].tenths == 0
    assert reaches_back(rules, YEAR)
    assert award(acts, as_if_in_force(rules, YEAR))[0].tenths == 20


def test_a_book_that_was_in_force_is_tried_as_it_is(act: Act, book: Book) -> None:
    rules = book("a: visit act {award: 2.0}")
    assert not reaches_back(rules, YEAR)
    acts = [act("A1", "visit", "2025-06-01")]
    assert award(acts, as_if_in_force(rules, YEAR)) == award(acts, rules)


def test_points_are_added_up_by_seat_and_rule_inside_the_period(act: Act, book: Book) -> None:
    rules = book("a: visit act {award: 2.0}\nb: talk act {award: 1.0}")
    acts = [
        act("A1", "visit", "2025-06-01"),
        act("A2", "visit", "2025-07-01"),
        act("A3", "talk", "2025-07-01", seat="z"),
        act("A4", "visit", "2026-01-01"),
    ]
    assert by_seat_and_rule(award(acts, rules), YEAR) == {"s": {"a": 40}, "z": {"b": 10}}


SUMS = st.dictionaries(st.sampled_from("abcd"), st.integers(-50, 50))


@given(SUMS, SUMS)
def test_the_shifts_add_up_to_the_difference_and_the_largest_comes_first(
    before: dict[str, int], after: dict[str, int]
) -> None:
    found = shifts(before, after)
    assert sum(one.by for one in found) == sum(after.values()) - sum(before.values())
    assert all(one.by for one in found)
    sizes = [abs(one.by) for one in found]
    assert sizes == sorted(sizes, reverse=True)
