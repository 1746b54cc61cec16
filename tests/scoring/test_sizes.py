"""Steps by size, awards by number, papers that must be there, and what is reckoned when a window is over."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Activity, award
from scoring.ledger import balance, reversal
from scoring.periods import Period
from scoring.reckoning import reckonings
from scoring.rulebook import RuleBook, parse
from scoring.tally import Lexicon, TallyError
from scoring.tenure import Tenure
from tests.scoring.conftest import draw_book

RULES = """
    a: walk act {award: 2.0, nth: [{from: 3, award: 1.0}, {from: 5, award: 0.0}], cap_per_month: 5.0}
    b: talk person {award: 1.0, per: 20, at_least: 10}
    c: look half_day {award: 1.0, steps: [{from: 2, award: 2.0}]}
    d: write act {award: 3.0} | evidence: true
"""
MORE = """
quotas:
  walk: {title: {zh: 走, en: walk}, kinds: [walk], per_quarter: 2, missed: {each: -0.5}, basis: {zh: 一, en: one}}
rates:
  there:
    title: {zh: 到, en: there}
    attended: [look]
    missed: [miss]
    window: year
    steps: [{from: 50, award: 4.0}, {from: 90, award: 9.0}]
    basis: {zh: 二, en: two}
"""
BOOK = parse(draw_book(RULES, more=MORE.lstrip(), categories="{one: {title: {zh: 一, en: one}, cap_per_quarter: 9.0}}"),
             name="t")  # fmt: skip
SEAT = Tenure(seat="s", person="p", level="county", start=date(2025, 1, 1))
YEAR = Period.parse("2025")


def act(kind: str, on: str, code: str = "1", **more: int) -> Activity:
    return Activity(code=code, kind=kind, on=date.fromisoformat(on), person="p", seat="s", level="county", **more)


def keys(acts: list[Activity], book: RuleBook = BOOK) -> list[tuple[int, str]]:
    return [(entry.tenths, entry.reason_key) for entry in award(acts, book)]


def test_the_third_of_a_year_earns_less_and_the_fifth_nothing() -> None:
    acts = [act("walk", f"2025-0{month}-01", str(month)) for month in range(1, 7)]
    assert [tenths for tenths, _ in keys(acts)] == [20, 20, 10, 10, 0, 0]
    assert keys(acts)[2][1] == "points.counted.nth"


def test_an_act_taken_back_gives_its_number_back() -> None:
    acts = [act("walk", f"2025-0{month}-01", str(month)) for month in range(1, 4)]
    written = award(acts, BOOK)
    ledger = [*written, reversal(written[0], "wrong")]
    (again,) = award([act("walk", "2025-04-01", "9")], BOOK, earlier=ledger)
    assert (again.tenths, again.reason_facts["nth"]) == (10, 3)
    (first,) = award([act("walk", "2026-04-01", "9")], BOOK, earlier=ledger)
    assert (first.tenths, first.reason_key) == (20, "points.awarded.act")


@pytest.mark.parametrize(
    ("served", "tenths", "why"),
    [(9, 0, "points.below_least"), (19, 0, "points.counted.per"), (20, 10, "points.counted.per"),
     (59, 20, "points.counted.per")],
)  # fmt: skip
def test_only_full_twenties_count_and_too_few_are_named(served: int, tenths: int, why: str) -> None:
    assert keys([act("talk", "2025-01-01", served=served)]) == [(tenths, why)]


def test_a_paper_that_must_be_there_is_asked_for_and_counts_once_added() -> None:
    assert keys([act("write", "2025-01-01")]) == [(0, "points.evidence_missing")]
    assert keys([act("write", "2025-01-01", evidence=1)]) == [(30, "points.awarded.act")]


def reckoned(acts: list[Activity], until: str, seat: Tenure = SEAT) -> list[tuple[str, str, int]]:
    found = reckonings(acts, BOOK, [seat], YEAR, until=date.fromisoformat(until), term=YEAR)
    return [(entry.activity, entry.on.isoformat(), entry.tenths) for entry in found]


def test_a_missed_duty_counts_when_its_window_is_over_and_not_before() -> None:
    acts = [act("walk", "2025-01-05")]
    assert reckoned(acts, "2025-03-31") == []
    assert reckoned(acts, "2025-04-01") == [("quota:walk:2025Q1", "2025-03-31", -5)]
    late = Tenure(seat="s", person="p", level="county", start=date(2025, 1, 1), end=date(2025, 5, 1))
    assert reckoned([], "2025-07-01", late) == [
        ("quota:walk:2025Q1", "2025-03-31", -10), ("quota:walk:2025Q2", "2025-04-30", -10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "away", "tenths"), [(9, 1, [90]), (8, 2, [40]), (1, 1, [40]), (1, 9, []), (0, 0, [])]
)
def test_a_share_earns_its_step(there: int, away: int, tenths: list[int]) -> None:
    acts = [act("look", "2025-01-05", half_days=there), act("miss", "2025-01-06", "2", half_days=away)]
    acts = acts if there + away else []
    assert [one for name, _, one in reckoned(acts, "2026-01-01") if name.startswith("rate:")] == tenths


ACTS = st.lists(
    st.builds(
        lambda kind, day, served, halves, files: {
            "kind": kind, "on": date(2025, 1, 1) + timedelta(days=day), "served": served, "half_days": halves,
            "evidence": files,
        },
        st.sampled_from(["walk", "talk", "look", "write"]), st.integers(0, 500), st.integers(0, 90), st.integers(0, 5),
        st.integers(0, 1),
    ), max_size=30,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(ACTS, st.integers(0, 500), st.randoms())
def test_order_splitting_and_reversal_do_not_matter(
    rows: list[dict[str, object]], cut: int, chance: "Callable[..., object]"
) -> None:
    acts = [
        Activity(code=f"{place:03d}", person="p", seat="s", level="county", **row)  # type: ignore[arg-type]
        for place, row in enumerate(rows)
    ]
    whole = award(acts, BOOK)
    mixed = list(acts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert award(mixed, BOOK) == whole
    day = date(2025, 1, 1) + timedelta(days=cut)
    first = award([one for one in acts if one.on < day], BOOK)
    assert first + award([one for one in acts if one.on >= day], BOOK, earlier=first) == whole
    undone = [*whole, *(reversal(entry, "all") for entry in whole)]
    assert set(balance(undone).values()) <= {0}
    assert award(acts, BOOK, earlier=undone) == whole


def test_a_book_beyond_the_tables_is_refused_by_the_tally() -> None:
    with pytest.raises(TallyError, match="a, b, c, d"):
        Lexicon(BOOK)


@pytest.mark.parametrize(
    ("chapter", "kind"),
    [("{award: 1.0, steps: [{from: 2, award: -1.0}]}", "sign_changes"),
     ("{award: 1.0, per: 2, steps: [{from: 2, award: 2.0}]}", "per_with_steps"),
     ("{award: 1.0, nth: []}", "empty"), ("{award: 1.0, nth: [{from: 2, award: 1.0}, {from: 2, award: 2.0}]}",
                                          "named_twice")],
)  # fmt: skip
def test_a_stair_that_makes_no_sense_is_a_flaw(chapter: str, kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        parse(draw_book(f"a: walk act {chapter}"), name="t")
