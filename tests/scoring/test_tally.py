"""The tally gives every act, seat and rule the points that `award` gives, for any book and any acts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.rules import names, text
from scoring import Activity, award
from scoring.activities import LEVELS
from scoring.periods import Period
from scoring.rulebook import RuleBook, parse
from scoring.tally import BOUNDS, NOTHING, Columns, Lexicon, Tally, TallyError, tally

Act = Callable[..., Activity]
Book = Callable[..., RuleBook]
BOOKS = {name: parse(text(name), name=name) for name in names()}
SEATS = {f"seat{at}": LEVELS[at % len(LEVELS)] for at in range(7)}
DAYS = st.dates(min_value=date(2021, 9, 1), max_value=date(2027, 3, 1))
MEASURES = st.one_of(st.none(), st.integers(0, 90))


def acts_of(book: RuleBook) -> st.SearchStrategy[list[Activity]]:
    """Draw acts of every kind, mode and role that a book names, and of some it does not."""
    kinds = st.sampled_from([*sorted(book.by_kind), "not.in.the.book"])
    modes = st.sampled_from(["", "elsewhere", *sorted({mode for rule in book.rules.values() for mode in rule.modes})])
    roles = st.sampled_from(["lead", "guest", *sorted({role for rule in book.rules.values() for role in rule.roles})])
    one = st.builds(
        lambda seat, **facts: Activity(code="", seat=seat, person=seat, level=SEATS[seat], **facts),
        seat=st.sampled_from(sorted(SEATS)), kind=kinds, on=DAYS, role=roles, mode=modes, hours_tenths=MEASURES,
        half_days=MEASURES, served=MEASURES, members=st.integers(1, 9),
    )  # fmt: skip
    return st.lists(one, max_size=60).map(
        lambda listed: [replace(act, code=f"{at:04d}") for at, act in enumerate(listed)]
    )


def tallied(
    acts: Sequence[Activity], book: RuleBook, period: Period | None = None, *, threads: int | None = None
) -> Tally:
    lexicon = Lexicon(book)
    levels = np.array([LEVELS.index(level) for level in SEATS.values()], dtype=np.int8)
    columns = lexicon.columns(acts, {seat: at for at, seat in enumerate(SEATS)})
    return tally(columns, levels, lexicon, period, by_rule=True, by_act=True, threads=threads)


@pytest.mark.parametrize("name", sorted(BOOKS))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_act_seat_and_rule_has_the_points_of_the_awards(name: str, data: st.DataObject) -> None:
    book = BOOKS[name]
    acts = data.draw(acts_of(book))
    entries = award(acts, book)
    period = Period.parse("2025")
    found = tallied(acts, book, period)
    assert found.by_rule is not None
    assert found.given is not None
    assert found.rule is not None
    assert found.bound is not None
    for at, seat in enumerate(SEATS):
        of_seat = [entry for entry in entries if entry.seat == seat and entry.on in period]
        assert found.tenths[at] == sum(entry.tenths for entry in of_seat)
        for number, rule in enumerate(found.rules):
            assert found.by_rule[at, number] == sum(entry.tenths for entry in of_seat if entry.rule == rule)
    decisive = {entry.activity: entry for entry in entries if entry.reason_key != "points.better_rule"}
    for at, act in enumerate(sorted(acts, key=lambda one: (one.on, one.code, one.seat))):
        entry, rule = decisive[act.code], int(found.rule[at])
        assert found.given[at] == entry.tenths
        if rule < 0:
            assert NOTHING[rule] == entry.reason_key
        else:
            assert found.rules[rule] == entry.rule
            cut_by = BOUNDS[found.bound[at]] if found.bound[at] >= 0 else ""
            assert cut_by == entry.reason_facts.get("cut_by", "")


def test_a_book_with_every_kind_of_cap_and_a_best_of_group_is_tallied_like_it_is_awarded(book: Book) -> None:
    tiny = book(
        """
        a: walk act {award: 2.0, cap_per_day: 2.0, cap_per_month: 7.5, cap_per_quarter: 14.0, cap_per_year: 16.0}
        b: talk hour {award: 0.5, max_per_act: 2.0, cap_per_month: 6.0} | best_of: talks; roles: {member: 0.333}
        c: talk person {award: 0.5, cap_per_quarter: 7.0} | best_of: talks; joint: divided
        d: miss half_day {award: -0.5, floor_per_year: -2.0}
        e: late act {award: -1.0, floor_per_year: -2.0}
        """,
        more="order_of_caps: [rule_year, rule_quarter, rule_month, rule_day, category_year, total_year]\n"
        "total: {cap_per_year: 60.0, floor_per_year: -3.0}\n",
    )
    acts = [
        Activity(
            code=f"{at:04d}", kind=("walk", "talk", "walk", "miss", "talk", "late")[at % 6],
            on=date(2025, 1, 1) + timedelta(days=at // 28), person="p", seat=f"seat{at % 7}",
            level=SEATS[f"seat{at % 7}"], role=("lead", "member")[at % 2], hours_tenths=at % 50, half_days=at % 4,
            served=at % 11, members=1 + at % 4,
        )
        for at in range(9_000)
    ]  # fmt: skip
    entries = award(acts, tiny)
    assert {entry.reason_facts.get("cut_by") for entry in entries} >= {
        "act", "rule_day", "rule_month", "rule_quarter", "rule_year", "total_year", "rule_floor", "total_floor",
    }  # fmt: skip
    wanted = [sum(entry.tenths for entry in entries if entry.seat == seat) for seat in SEATS]
    assert tallied(acts, tiny).tenths.tolist() == wanted
    assert tallied(acts, tiny, threads=1).tenths.tolist() == wanted


def test_more_acts_than_one_thread_takes_and_more_seats_than_one_bucket_holds_add_up() -> None:
    book = BOOKS["heshan-631"]
    lexicon = Lexicon(book)
    seats, each = 9_001, 250
    columns = Columns(
        seat=np.tile(np.arange(seats, dtype=np.int32), each),
        day=np.repeat(np.arange(20_100, 20_100 + each, dtype=np.int32), seats),
        kind=np.full(seats * each, lexicon.kinds["grid.visit"], dtype=np.int16),
    )
    levels = np.full(seats, LEVELS.index("county"), dtype=np.int8)
    assert set(tally(columns, levels, lexicon, Period.parse("2025")).tenths.tolist()) == {120}  # twelve points a year


def test_no_acts_give_every_seat_nothing() -> None:
    assert tallied([], BOOKS["jiangbei"]).tenths.tolist() == [0] * len(SEATS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seat": np.array([0, 9], dtype=np.int32)}, "column seat has numbers outside 0 to 6"),
        ({"kind": np.array([0, 99], dtype=np.int16)}, "column kind has numbers outside"),
        ({"members": np.array([1, 0], dtype=np.int16)}, "column members has numbers outside 1 to"),
        ({"served": np.array([1], dtype=np.int32)}, "column served has 1 rows, column seat has 2"),
        ({"day": np.array([20_002, 20_001], dtype=np.int32)}, "not in the order of their days"),
        ({"day": np.array([0, 200_000], dtype=np.int32)}, "span 200000 days"),
    ],
)
def test_columns_that_cannot_be_right_are_refused(wrong: dict[str, np.ndarray], said: str) -> None:  # type: ignore[type-arg]
    columns = Columns(
        seat=np.zeros(2, dtype=np.int32), day=np.full(2, 20_000, dtype=np.int32), kind=np.zeros(2, dtype=np.int16)
    )
    with pytest.raises(TallyError, match=said):
        tally(replace(columns, **wrong), np.zeros(7, dtype=np.int8), Lexicon(BOOKS["heshan-631"]))


def test_points_beyond_what_a_record_holds_are_refused_and_not_cut(book: Book) -> None:
    huge = book("a: help person {award: 9999.5}")
    act = Activity(code="1", kind="help", on=date(2025, 1, 1), person="p", seat="seat0", level="national", served=90)
    with pytest.raises(TallyError, match="more points than a tally can hold"):
        tallied([act], huge)
