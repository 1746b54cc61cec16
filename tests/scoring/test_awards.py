"""An activity passes the rule book once and leaves an entry that explains itself, even where it earns nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import data.rules
from data.messages import say
from scoring import Activity, Entry, award
from scoring.awards import TwiceCountedError, base_points
from scoring.caps import rooms
from scoring.ledger import balance, reversal
from scoring.rulebook import RuleBook, parse
from scoring.tenure import Tenure

Book = Callable[..., RuleBook]
Act = Callable[..., Activity]
HESHAN = parse(data.rules.text("heshan-631"), name="heshan-631")
KINDS = tuple(kind.code for kind in data.rules.kinds())


def tenths(entries: list[Entry]) -> list[int]:
    return [entry.tenths for entry in entries]


def cuts(entries: list[Entry]) -> list[object]:
    return [entry.reason_facts.get("cut_by", "") for entry in entries]


@st.composite
def activities(draw: st.DrawFn, most: int = 40) -> list[Activity]:
    """A list of activities of three seats in two years, each with a code of its own."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from([*KINDS, "unknown.kind"]),
                st.dates(date(2025, 1, 1), date(2026, 12, 31)),
                st.sampled_from(["s1", "s2", "s3"]),
                st.sampled_from(["county", "town", "prefecture"]),
                st.sampled_from(["lead", "member"]),
                st.one_of(st.none(), st.integers(0, 120)),
                st.integers(1, 5),
            ),
            max_size=most,
        )
    )
    return [
        Activity(
            code=f"a{at:03d}", kind=kind, on=on, person=f"person of {seat}", seat=seat, level=level, role=role,
            hours_tenths=measure, half_days=measure and measure % 7, served=measure, members=members,
        )
        for at, (kind, on, seat, level, role, measure, members) in enumerate(rows)
    ]  # fmt: skip


@given(activities(), st.randoms(use_true_random=False))
def test_the_order_in_which_activities_come_changes_nothing(acts: list[Activity], shuffle: object) -> None:
    mixed = list(acts)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert award(mixed, HESHAN) == award(acts, HESHAN)


@given(activities(), st.integers(0, 40))
def test_a_batch_split_by_date_gives_the_same_entries_when_the_first_part_is_handed_back(
    acts: list[Activity], at: int
) -> None:
    ordered = sorted(acts, key=lambda one: (one.on, one.code))
    first = award(ordered[:at], HESHAN)
    assert first + award(ordered[at:], HESHAN, earlier=first) == award(acts, HESHAN)


@given(activities(), st.integers(0, 40))
def test_no_bound_is_ever_passed_however_the_batches_come(acts: list[Activity], at: int) -> None:
    first = award(acts[at:], HESHAN)
    entries = first + award(acts[:at], HESHAN, earlier=first)
    used: dict[tuple[object, ...], int] = defaultdict(int)
    for entry in entries:
        if entry.rule:
            rule, on = HESHAN.rules[entry.rule], entry.on
            gained = max(0, entry.tenths)
            for window in (
                ("rule_day", rule.id, on), ("rule_month", rule.id, on.year, on.month), ("rule_year", rule.id, on.year),
                ("rule_quarter", rule.id, on.year, (on.month + 2) // 3),
                ("category_year", rule.category, on.year), ("total_year", "", on.year),
            ):  # fmt: skip
                used[entry.seat, *window] += gained
            used[entry.seat, "floor", rule.id, on.year] += max(0, -entry.tenths)
    for (_, bound, of, *_), tenths_used in used.items():
        if bound == "category_year":
            assert tenths_used <= (HESHAN.categories[str(of)].cap_per_year or 0)
        elif bound == "total_year":
            assert tenths_used <= (HESHAN.total.cap_per_year or 0)
        elif bound == "floor":
            floor = HESHAN.rules[str(of)].chapters[-1].floor_per_year
            assert tenths_used == 0 or (floor is not None and tenths_used <= -floor)
        else:
            limit = HESHAN.rules[str(of)].chapters[-1].caps.get(str(bound))
            assert limit is None or tenths_used <= limit


@given(activities())
def test_every_entry_is_exact_to_the_quantum_and_every_activity_leaves_one(acts: list[Activity]) -> None:
    entries = award(acts, HESHAN)
    assert all(type(entry.tenths) is int and entry.tenths % HESHAN.quantum == 0 for entry in entries)
    assert Counter(entry.activity for entry in entries) == Counter(act.code for act in acts)


@given(activities())
def test_what_was_cut_off_and_what_was_given_add_up_to_what_was_due(acts: list[Activity]) -> None:
    for entry in award(acts, HESHAN):
        taken = sum(int(cut["by"]) for cut in entry.reason_facts.get("cuts", []))  # type: ignore[union-attr,index,arg-type]
        assert abs(entry.tenths) + taken == abs(int(str(entry.reason_facts["raw_tenths"])))


@given(activities())
def test_every_reason_can_be_said_in_both_languages(acts: list[Activity]) -> None:
    for entry in award(acts, HESHAN):
        for lang in ("zh", "en"):
            assert say(entry.reason_key, lang, **entry.reason_facts)


@given(activities(most=15))
def test_scoring_again_what_stands_in_the_ledger_adds_nothing(acts: list[Activity]) -> None:
    entries = award(acts, HESHAN)
    assert award(acts, HESHAN, earlier=entries) == []


@given(activities(most=15))
def test_reversing_everything_gives_back_the_room_and_the_award(acts: list[Activity]) -> None:
    entries = award(acts, HESHAN)
    undone = entries + [reversal(entry, "double") for entry in entries]
    assert set(balance(undone).values()) <= {0}
    assert award(acts, HESHAN, earlier=undone) == entries


def test_a_frame_a_mapping_and_a_value_say_the_same(act: Act) -> None:
    acts = [
        act("a1", "volunteering", "2026-03-05", hours_tenths=15),
        act("a2", "public.service", "2026-03-06", half_days=1, role="member"),
        act("a3", "grid.visit", "2026-03-07"),
    ]
    rows = [asdict(one) for one in acts]
    frame = pd.DataFrame(rows).assign(title="别的列", on=["2026-03-05", "2026-03-06", "2026-03-07"])
    assert frame["hours_tenths"].dtype == "float64"  # what pandas makes of a gap
    assert award(rows, HESHAN) == award(acts, HESHAN) == award(frame, HESHAN)
    dated = frame.assign(on=pd.to_datetime(frame["on"]))
    assert award(dated, HESHAN) == award(acts, HESHAN)
    assert award(frame.iloc[:0], HESHAN) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"seat": None}, "seat"),
        ({"on": "5 March"}, "not a date"),
        ({"hours_tenths": 1.5}, "hours_tenths"),
        ({"half_days": -1}, "half_days"),
        ({"members": 0}, "members"),
        ({"level": "village"}, "village"),
    ],
)
def test_an_activity_that_cannot_be_read_is_named(change: dict[str, object], word: str) -> None:
    row = {"code": "a7", "kind": "inspection", "on": "2026-01-01", "person": "p", "seat": "s", "level": "town"}
    with pytest.raises(ValueError, match="a7") as caught:
        award([row | change], HESHAN)
    assert word in str(caught.value)


def test_an_activity_handed_in_twice_for_a_seat_is_refused_and_for_two_seats_is_not(act: Act) -> None:
    with pytest.raises(TwiceCountedError, match="a1"):
        award([act("a1", "inspection", "2026-01-01"), act("a1", "inspection", "2026-01-01")], HESHAN)
    both = [act("a1", "inspection", "2026-01-01"), act("a1", "inspection", "2026-01-01", seat="t")]
    assert balance(award(both, HESHAN)) == {"s": 30, "t": 30}


def test_the_two_seats_of_one_person_have_their_own_caps(act: Act) -> None:
    acts = [act(f"a{at}", "report.electors", f"2026-0{at}-01", seat=seat) for at, seat in enumerate("ssts", start=1)]
    assert [(entry.seat, entry.tenths) for entry in award(acts, HESHAN)] == [("s", 50), ("s", 0), ("t", 50), ("s", 0)]


def test_the_value_of_the_day_decides_and_a_retired_rule_says_so(book: Book, act: Act) -> None:
    rules = book("a: visit act {2024-01-01: {award: 1.0}, 2025-07-01: {award: 2.0, until: 2026-01-01}}")
    days = ["2023-12-31", "2024-01-01", "2025-06-30", "2025-07-01", "2025-12-31", "2026-01-01"]
    entries = award([act(f"a{day}", "visit", day) for day in days], rules)
    assert tenths(entries) == [0, 10, 10, 20, 20, 0]
    assert [entries[0].reason_key, entries[-1].reason_key] == ["points.not_in_force"] * 2


def test_outside_the_book_and_without_a_rule_there_is_an_entry_of_zero_that_says_so(book: Book, act: Act) -> None:
    entries = award([act("a", "visit", "2019-12-31"), act("b", "dance", "2026-01-01")], book("r: visit act {award: 1}"))
    assert [(entry.rule, entry.tenths, entry.reason_key) for entry in entries] == [
        ("", 0, "points.outside_book"),
        ("", 0, "points.no_rule"),
    ]


@pytest.mark.parametrize(
    ("extra", "facts", "key"),
    [
        ("levels: [town]", {}, "points.not_this_level"),
        ("modes: [walk]", {"mode": "phone"}, "points.not_this_mode"),
        ("joint: each", {}, "points.measure_missing"),
    ],
)
def test_a_rule_that_does_not_fit_names_why(
    book: Book, act: Act, extra: str, facts: dict[str, object], key: str
) -> None:
    (entry,) = award([act("a", "visit", "2026-01-01", **facts)], book(f"r: visit hour {{award: 1}} | {extra}"))
    assert (entry.rule, entry.tenths, entry.reason_key) == ("r", 0, key)


def test_an_act_under_two_rules_of_a_group_counts_once_at_the_higher(book: Book, act: Act) -> None:
    rules = book("""
        low: visit act {award: 1.0} | best_of: g
        timed: visit hour {award: 1.0} | best_of: g
    """)
    short, long, even = (
        act(code, "visit", "2026-01-01", hours_tenths=hours) for code, hours in zip("abc", (5, 30, 10), strict=True)
    )
    entries = award([short, long, even], rules)
    assert [(entry.activity, entry.rule, entry.tenths) for entry in entries] == [
        ("a", "low", 10), ("a", "timed", 0),
        ("b", "low", 0), ("b", "timed", 30),
        ("c", "low", 10), ("c", "timed", 0),  # equal: the lower rule id
    ]  # fmt: skip
    assert [entry.reason_facts.get("better") for entry in entries] == [None, "low", "timed", None, None, "low"]


def test_the_order_of_caps_names_who_cuts_first_and_the_result_stays_the_smallest_room(book: Book, act: Act) -> None:
    rule = "r: visit person {award: 1.0, max_per_act: 8.0, cap_per_day: 6.0, cap_per_year: 5.0}"
    for order, wanted in (
        ("[rule_day, rule_year]", ["act", "rule_day", "rule_year"]),
        ("[rule_year, rule_day]", ["act", "rule_year"]),
    ):
        (entry,) = award([act("a", "visit", "2026-01-01", served=9)], book(rule, more=f"order_of_caps: {order}\n"))
        assert entry.tenths == 50
        assert [cut["bound"] for cut in entry.reason_facts["cuts"]] == wanted  # type: ignore[union-attr,index]


def test_a_cut_says_which_cap_how_much_was_used_and_what_it_took(book: Book, act: Act) -> None:
    entries = award(
        [act(code, "visit", "2026-01-01") for code in "abc"], book("r: visit act {award: 2.0, cap_per_year: 3.0}")
    )
    assert tenths(entries) == [20, 10, 0]
    facts = entries[1].reason_facts
    assert {name: facts[name] for name in ("cut_by", "cap", "used_before", "cut", "raw", "points")} == {
        "cut_by": "rule_year", "cap": "3", "used_before": "2", "cut": "1", "raw": "2", "points": "1",
    }  # fmt: skip
    assert entries[2].reason_facts["used_before"] == "3"


def test_a_category_cap_is_shared_by_its_rules_and_the_total_by_all(book: Book, act: Act) -> None:
    rules = book(
        "a: visit act {award: 2.0}\nb: meet act {award: 2.0}\nc: read act {award: 2.0} | category: two",
        categories="{one: {title: {zh: 一, en: one}, cap_per_year: 3.0}, two: {title: {zh: 二, en: two}}}",
        more="total: {cap_per_year: 4.0}\n",
    )
    acts = [act(f"{at}", kind, "2026-01-01") for at, kind in enumerate(["visit", "meet", "read", "read"])]
    entries = award(acts, rules)
    assert tenths(entries) == [20, 10, 10, 0]
    assert cuts(entries) == ["", "category_year", "total_year", "total_year"]


def test_deductions_stop_at_their_floor_and_open_no_room_under_a_cap(book: Book, act: Act) -> None:
    rules = book("""
        good: visit act {award: 2.0, cap_per_year: 2.0}
        bad: leave half_day {award: -1.0, floor_per_year: -3.0}
    """)
    acts = [
        act("a", "visit", "2026-01-01"),
        act("b", "leave", "2026-01-02", half_days=2),
        act("c", "visit", "2026-01-03"),
        act("d", "leave", "2026-01-04", half_days=5),
    ]
    entries = award(acts, rules)
    assert tenths(entries) == [20, -20, 0, -10]
    assert cuts(entries) == ["", "", "rule_year", "rule_floor"]
    assert "免扣 4 分" in say(entries[3].reason_key, "zh", **entries[3].reason_facts)


def test_an_act_shared_among_members_is_divided_and_rounded_once_each(book: Book, act: Act) -> None:
    rules = book("r: write act {award: 2.0} | joint: divided; roles: {lead: 1.0, member: 0.5}")
    lead, member = (act("a", "write", "2026-01-01", seat=role, role=role, members=3) for role in ("lead", "member"))
    entries = award([lead, member], rules)
    assert [(entry.reason_facts["share"], entry.tenths) for entry in entries] == [("1/3", 5), ("1/6", 5)]


def test_earlier_points_off_the_quantum_leave_whole_quanta_of_room(book: Book, act: Act) -> None:
    fine, coarse = (
        book("r: visit act {award: 1.0, cap_per_year: 1.5}".replace("1.0", award_text), more="")
        for award_text in ("0.5", "1.0")
    )
    first = award([act("a", "visit", "2026-01-01")], fine)
    odd = [Entry(activity="z", person="p", seat="s", rule="r", on=date(2026, 1, 1), tenths=2, reason_key="k")]
    assert tenths(award([act("b", "visit", "2026-02-01")], coarse, earlier=first + odd)) == [5]


def test_a_correction_in_a_later_period_gives_the_room_back_where_it_was_used(book: Book, act: Act) -> None:
    rules = book("r: visit act {award: 2.0, cap_per_year: 2.0}")
    first = award([act("a", "visit", "2025-12-30")], rules)
    ledger = [*first, reversal(first[0], "wrong", on=date(2026, 2, 1))]
    again = award([act("b", "visit", "2025-12-31"), act("c", "visit", "2026-03-01")], rules, earlier=ledger)
    assert tenths(again) == [20, 20]


def test_points_earned_under_an_older_book_use_up_the_same_caps(book: Book, act: Act) -> None:
    older = book("gone: visit act {award: 2.0}", categories="{one: {title: {zh: 一, en: one}}}")
    newer = book("r: visit act {award: 2.0}", categories="{one: {title: {zh: 一, en: one}, cap_per_year: 3.0}}")
    first = award([act("a", "visit", "2026-01-01")], older)
    assert tenths(award([act("b", "visit", "2026-08-01")], newer, earlier=first)) == [10]


def test_ten_thousand_activities_leave_ten_thousand_entries() -> None:
    start = date(2026, 1, 1)
    acts = [
        Activity(code=f"{at:05d}", kind=KINDS[at % len(KINDS)], on=start + timedelta(days=at % 365), person="p",
                 seat=f"s{at % 806}", level="town", hours_tenths=20, half_days=1, served=2)
        for at in range(10_000)
    ]  # fmt: skip
    assert len(award(acts, HESHAN)) == 10_000


def test_base_points_come_once_a_year_for_seats_held_that_year() -> None:
    dongbao = parse(data.rules.text("dongbao"), name="dongbao")
    seats = [
        Tenure(seat="b", person="q", level="county", start=date(2021, 11, 1)),
        Tenure(seat="a", person="p", level="county", start=date(2026, 7, 1)),
        Tenure(seat="c", person="r", level="county", start=date(2021, 11, 1), end=date(2026, 1, 1)),
    ]
    entries = base_points(seats, dongbao, 2026)
    assert [(entry.seat, entry.activity, entry.tenths, entry.on) for entry in entries] == [
        ("a", "", 600, date(2026, 7, 1)),
        ("b", "", 600, date(2026, 1, 1)),
    ]
    assert "60" in say(entries[0].reason_key, "zh", **entries[0].reason_facts)
    assert base_points(seats, HESHAN, 2026) == []


def test_base_points_by_the_day_follow_the_days_the_seat_was_held(book: Book) -> None:
    rules = book("r: visit act {award: 1.0}", more="total: {base: 60.0, pro_rata: true, cap_per_year: 5.0}\n")
    (entry,) = base_points([Tenure(seat="a", person="p", level="town", start=date(2026, 7, 1))], rules, 2026)
    assert entry.tenths == 300  # 184 of 365 days: 30.2, to the half point
    assert entry.key[0] == "2026"


def test_base_points_use_no_cap(book: Book, act: Act) -> None:
    rules = book("r: visit act {award: 5.0}", more="total: {base: 60.0, cap_per_year: 5.0}\n")
    base = base_points([Tenure(seat="s", person="p", level="county", start=date(2021, 1, 1))], rules, 2026)
    assert tenths(award([act("a", "visit", "2026-01-01")], rules, earlier=base)) == [50]


def test_the_room_left_is_listed_with_the_tightest_bound_first(act: Act) -> None:
    entries = award([act(f"a{at}", "grid.visit", f"2026-0{at}-01") for at in range(1, 6)], HESHAN)
    found = rooms(HESHAN, entries, "s", "county", date(2026, 6, 1))["grid.visit"]
    assert [(room.bound, room.limit, room.used, room.left) for room in found] == [
        ("rule_day", 20, 0, 20), ("rule_year", 120, 100, 20),
        ("category_year", 400, 100, 300), ("total_year", 1000, 100, 900),
    ]  # fmt: skip
    assert "report.electors" not in rooms(HESHAN, entries, "s", "national", date(2026, 6, 1))
