"""What comes after its period was closed counts on the first open day, or earns nothing, and always says so."""

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scoring import Activity, award
from scoring.lateness import closed_by, explained, moved, open_day, without_points
from scoring.periods import Period
from scoring.rulebook import RuleBook

Q1, Q2, YEAR = (Period.parse(name) for name in ("2026Q1", "2026Q2", "2026"))
Act = Callable[..., Activity]
Book = Callable[..., RuleBook]


def test_a_day_of_an_open_period_stays_where_it_is() -> None:
    assert open_day([Q1], date(2026, 4, 1)) == date(2026, 4, 1)
    assert closed_by([Q1], date(2026, 4, 1)) is None


def test_closed_quarters_in_a_row_lead_to_the_day_after_the_last() -> None:
    assert open_day([Q1, Q2], date(2026, 2, 2)) == date(2026, 7, 1)


def test_a_year_over_its_quarters_leads_to_the_next_year_and_gives_its_own_name_only_to_later_days() -> None:
    assert open_day([Q1, YEAR], date(2026, 2, 2)) == date(2027, 1, 1)
    found = [closed_by([Q1, YEAR], day) for day in (date(2026, 2, 2), date(2026, 8, 1))]
    assert [period.name for period in found if period] == ["2026", "2026"]


CLOSED = st.lists(
    st.sampled_from([Period.parse(name) for name in ("2025", "2026Q1", "2026Q2", "2026Q4", "2026-07", "2026")]),
    unique=True,
)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@given(CLOSED, DAYS)
def test_the_open_day_is_open_and_the_first_one(closed: list[Period], day: date) -> None:
    found = open_day(closed, day)
    assert closed_by(closed, found) is None
    between = [day + timedelta(days=step) for step in range((found - day).days)]
    assert all(closed_by(closed, one) is not None for one in between)


@given(CLOSED, CLOSED, DAYS)
def test_closing_more_never_lets_a_day_count_earlier(some: list[Period], more: list[Period], day: date) -> None:
    assert open_day(some, day) <= open_day([*some, *more], day)


def test_a_late_act_is_awarded_by_the_chapter_of_the_open_day(act: Act, book: Book) -> None:
    rules = book("a: visit act {2026-01-01: {award: 1.0}, 2026-04-01: {award: 3.0}}")
    late = moved([act("A1", "visit", "2026-03-30")], [Q1])
    (entry,) = award(late, rules)
    told = explained(entry, date(2026, 3, 30), [Q1])
    assert (told.tenths, told.on) == (30, date(2026, 4, 1))
    assert (told.reason_facts["late_on"], told.reason_facts["late_period"]) == ("2026-03-30", "2026Q1")


def test_an_act_that_earns_nothing_any_more_still_stands_in_the_book(act: Act) -> None:
    entry = without_points(act("A1", "visit", "2026-03-30"))
    assert (entry.activity, entry.tenths, entry.reason_key) == ("A1", 0, "points.late_nothing")
