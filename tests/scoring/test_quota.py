"""What is still due: each duty in its own window, for each seat as long as it was held."""

from collections.abc import Callable
from datetime import date

import pytest

import data.rules
from scoring import Activity
from scoring.periods import Period
from scoring.quota import progress
from scoring.rulebook import RuleBook, parse
from scoring.tenure import Tenure

Book = Callable[..., RuleBook]
Act = Callable[..., Activity]
HESHAN = parse(data.rules.text("heshan-631"), name="heshan-631")
YEAR = Period.parse("2026")
HELD = Tenure(seat="s", person="p", level="town", start=date(2021, 11, 1))
QUOTA = "quotas: {{visit: {{title: {{zh: 进, en: in}}, {}}}}}\n"


def test_a_seat_without_any_activity_owes_the_whole_631() -> None:
    lines = progress([], HESHAN, YEAR, [HELD])
    assert [(line.quota, line.due, line.done, line.missing) for line in lines] == [
        ("grid.visit", 6, 0, 6), ("report.electors", 1, 0, 1), ("station.reception", 3, 0, 3),
    ]  # fmt: skip
    assert {(line.by, line.assumed, line.title["zh"][:2]) for line in lines} == {(date(2026, 12, 31), True, "每年")}


def test_more_than_is_due_is_counted_and_nothing_is_missing(act: Act) -> None:
    acts = [act(f"a{at}", "station.reception", f"2026-0{at}-02") for at in range(1, 6)]
    (line,) = [line for line in progress(acts, HESHAN, YEAR, [HELD]) if line.quota == "station.reception"]
    assert (line.done, line.missing) == (5, 0)


def test_a_yearly_duty_seen_from_a_quarter_counts_the_year_so_far(act: Act) -> None:
    acts = [
        act("a", "grid.visit", "2026-02-01"),
        act("b", "grid.visit", "2026-08-01"),
        act("c", "grid.visit", "2026-10-01"),
    ]
    line = progress(acts, HESHAN, Period.parse("2026Q3"), [HELD])[0]
    assert (line.quota, line.window, line.done, line.missing, line.by) == (
        "grid.visit", "2026", 2, 4, date(2026, 12, 31),
    )  # fmt: skip


def test_a_seat_won_in_a_by_election_owes_its_part_of_the_year(act: Act) -> None:
    new = Tenure(seat="s", person="p", level="town", start=date(2026, 7, 2))
    acts = [act("a", "grid.visit", "2026-07-01"), act("b", "grid.visit", "2026-07-02")]  # the first: before the seat
    line = progress(acts, HESHAN, YEAR, [new])[0]
    assert (line.due, line.full_due, line.done, line.missing) == (3, 6, 1, 2)


def test_a_seat_that_ended_owes_nothing_after_and_its_last_day_is_the_day_in_time() -> None:
    ended = Tenure(seat="s", person="p", level="town", start=date(2021, 11, 1), end=date(2026, 7, 1))
    assert {line.by for line in progress([], HESHAN, YEAR, [ended])} == {date(2026, 6, 30)}
    assert progress([], HESHAN, Period.parse("2027"), [ended]) == []


def test_an_indirectly_elected_deputy_owes_no_report_to_electors() -> None:
    line = progress([], HESHAN, YEAR, [Tenure(seat="s", person="p", level="prefecture", start=date(2021, 11, 1))])
    assert [one.quota for one in line] == ["grid.visit", "station.reception"]


def test_a_monthly_duty_has_a_line_for_each_month_and_counts_an_act_once(book: Book, act: Act) -> None:
    rules = book("r: visit act {award: 1}", more=QUOTA.format("per_month: 1, kinds: [visit, meet]"))
    acts = [act("a", "visit", "2026-08-31"), act("a", "meet", "2026-08-31"), act("b", "meet", "2026-09-01", seat="t")]
    lines = progress(acts, rules, Period.parse("2026Q3"), [HELD])
    assert [(line.window, line.done, line.missing) for line in lines] == [
        ("2026-07", 0, 1), ("2026-08", 1, 0), ("2026-09", 0, 1),
    ]  # fmt: skip


def test_a_duty_per_term_needs_the_term(book: Book, act: Act) -> None:
    rules = book("r: visit act {award: 1}", more=QUOTA.format("per_term: 1"))
    term = Period.parse("term", term=(date(2021, 11, 1), date(2026, 11, 1)))
    with pytest.raises(ValueError, match="per term"):
        progress([], rules, Period.parse("2025"), [HELD])
    (line,) = progress([act("a", "visit", "2022-05-01")], rules, Period.parse("2025"), [HELD], term=term)
    assert (line.window, line.done, line.missing, line.by) == ("term", 1, 0, date(2026, 10, 31))
    assert progress([], rules, term, [HELD])[0].missing == 1


def test_seats_are_listed_by_code_whatever_order_they_come_in() -> None:
    seats = [Tenure(seat=seat, person="p", level="county", start=date(2021, 11, 1)) for seat in ("b", "a")]
    assert [line.seat for line in progress([], HESHAN, YEAR, seats)] == ["a", "a", "a", "b", "b", "b"]
