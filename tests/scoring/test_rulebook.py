"""A rule book says everything that is wrong with it at once, with the line of each."""

import json
import pickle
from collections.abc import Callable, Mapping

import pytest

import data.rules
from data.flaws import Flaw, render
from data.messages import words
from scoring.rulebook import KEYS, RuleBook, RuleBookError, parse, run_examples

SHIPPED = data.rules.names()
Draw = Callable[..., str]


def flaws_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(RuleBookError) as caught:
        parse(text, name="t.yaml")
    assert all(flaw.name == "t.yaml" for flaw in caught.value.flaws)
    return [(flaw.line, flaw.field, flaw.kind) for flaw in caught.value.flaws]


def kinds_of(text: str) -> set[str]:
    return {kind for _, _, kind in flaws_of(text)}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_worked_example_of_a_shipped_book_holds(name: str) -> None:
    wrong = [outcome for outcome in run_examples(parse(data.rules.text(name), name=name)) if not outcome.holds]
    assert not wrong


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_book_is_named_as_its_file_and_knows_only_listed_kinds(name: str) -> None:
    book = parse(data.rules.text(name), name=name)
    known = {kind.code for kind in data.rules.kinds()}
    assert book.name == name
    assert not set(book.by_kind) - known
    assert not {kind for quota in book.quotas.values() for kind in quota.kinds} - known


def test_the_heshan_book_covers_every_listed_kind_and_is_assumed_throughout() -> None:
    book = parse(data.rules.text("heshan-631"), name="heshan-631")
    assert set(book.by_kind) == {kind.code for kind in data.rules.kinds()}
    assert book.assumed
    assert all(rule.assumed for rule in book.rules.values())
    assert all(quota.assumed for quota in book.quotas.values())
    assert {name: quota.due for name, quota in book.quotas.items()} == {
        "grid.visit": 6, "station.reception": 3, "report.electors": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "rule", parse(data.rules.text("heshan-631"), name="heshan-631").rules.values(), ids=lambda r: r.id
)
def test_every_heshan_rule_shows_a_cap_or_a_bound_at_work(rule: object) -> None:
    book = parse(data.rules.text("heshan-631"), name="heshan-631")
    cuts = {cut for outcome in run_examples(book) if outcome.rule == rule.id for cut in outcome.cuts}  # type: ignore[attr-defined]
    assert cuts - {""}


def test_jiangbei_has_its_three_published_items_and_nothing_invented() -> None:
    book = parse(data.rules.text("jiangbei"), name="jiangbei")
    awards = {rule.id: rule.chapters[0].award for rule in book.rules.values()}
    assert awards == {"suggestion.submitted": 30, "inspection": 30, "session.leave": -10}
    assert not any(rule.assumed for rule in book.rules.values())


def test_yinchuan_bands_begin_at_80_and_60() -> None:
    book = parse(data.rules.text("hundred"), name="hundred")
    titles = {tenths: band.title["zh"] for tenths in (1000, 800, 795, 600, 595, 0) if (band := book.band_of(tenths))}
    assert titles == {1000: "好", 800: "好", 795: "较好", 600: "较好", 595: "较差", 0: "较差"}
    assert book.band_of(-5) is None


def test_eight_kinds_are_grid_kinds_and_four_of_them_are_assumed() -> None:
    grid_kinds = [kind for kind in data.rules.kinds() if kind.grid_kind]
    assert len(grid_kinds) == 8
    assert {kind.code for kind in grid_kinds if kind.assumed} == {
        "dispute.settled", "livelihood.project", "vulnerable.help", "policy.explained",
    }  # fmt: skip


def test_a_book_that_is_not_shipped_is_refused_by_name() -> None:
    with pytest.raises(data.rules.UnknownRuleBookError, match="heshan-631"):
        data.rules.text("../kinds")


def test_all_flaws_come_together_in_the_order_of_their_lines(draw: Draw) -> None:
    text = draw("""
        a: visit act {award: 2.3, bonus: 1}
        b: meet acts {award: 1.0, cap_per_year: -5.0}
    """)
    lines = text.splitlines()
    a, b = (next(at for at, line in enumerate(lines, start=1) if word in line) for word in ("2.3", "-5.0"))
    unit = next(at for at, line in enumerate(lines, start=1) if "unit: acts" in line)
    assert flaws_of(text) == [
        (a, "rules.a.since.2020-01-01.award", "not_multiple_of_quantum"),
        (a, "rules.a.since.2020-01-01.bonus", "unknown_key"),
        (unit, "rules.b.unit", "unknown_choice"),
        (b, "rules.b.since.2020-01-01.cap_per_year", "below_zero"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        ("- a list", "wrong_shape"),
        ("a: [", "yaml_syntax"),
        ("a: \x07", "yaml_syntax"),
        ("a: &all 1\nb: *all", "anchor_refused"),
        ("a: !!python/object/apply:os.system [ls]", "tag_refused"),
        ("---\na: 1\n---\nb: 1", "several_documents"),
        ("[" * 100, "too_deep"),
        ("x" * 600_000, "too_large"),
    ],
)
def test_a_text_that_is_no_plain_yaml_is_refused_before_it_is_built(text: str, kind: str) -> None:
    assert kind in kinds_of(text)


def test_ten_aliases_of_ten_aliases_are_refused_at_once() -> None:
    bomb = 'a: &a ["x","x"]\n' + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert kinds_of(bomb) == {"anchor_refused"}


def test_a_flaw_in_the_syntax_names_its_line() -> None:
    assert [line for line, _, _ in flaws_of("a: 1\nb: 2\n  c: [3\n")] == [3]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("quantum: 0.5", "quantum: 0", "not_points"),
        ("quantum: 0.5", "quantum: half", "not_points"),
        ("quantum: 0.5", "quantum: 0.5\nquantum: 0.5", "duplicate_key"),
        ("version: \"1\"", "", "missing_key"),
        ("valid: {from: 2020-01-01}", "valid: {from: 2020-02-30}", "not_a_date"),
        ("valid: {from: 2020-01-01}", "valid: {from: 2020-01-01, until: 2020-01-01}", "ends_before_it_starts"),
        ("award: 1.0", "award: .nan", "not_points"),
        ("award: 1.0", "award: 1e2", "not_points"),
        ("award: 1.0", "award: [1.0]", "wrong_shape"),
        ("award: 1.0", "award:", "empty"),
        ("award: 1.0", "award: 1.0, until: 2019-01-01", "ends_before_it_starts"),
        ("award: 1.0", "award: 1.0, floor_per_year: -1.0", "floor_on_award"),
        ("award: 1.0", "award: -1.0, cap_per_year: 1.0", "cap_on_deduction"),
        ("award: 1.0", "award: -1.0, floor_per_year: 1.0", "above_zero"),
        ("{2020-01-01: {award: 1.0}}", "{}", "empty"),
        ("{2020-01-01: {award: 1.0}}", "{2020: {award: 1.0}}", "not_a_date"),
        ("{2020-01-01: {award: 1.0}}",
         "{2020-01-01: {award: 1.0, until: 2022-01-01}, 2021-01-01: {award: 1.0}}", "chapters_overlap"),
        ("category: one", "category: two", "unknown_category"),
        ("kinds: [visit]", "kinds: []", "empty"),
        ("kinds: [visit]", "kinds: [visit, visit]", "named_twice"),
        ("kinds: [visit]", "kinds: [Visit Grid]", "not_a_name"),
        ("kinds: [visit]", "kinds: visit", "wrong_shape"),
        ("unit: act", "unit: act\n    roles: {lead: 1.5}", "share_out_of_range"),
        ("unit: act", "unit: act\n    levels: [village]", "unknown_choice"),
        ("unit: act", "unit: act\n    assumed: yes", "unknown_choice"),
        ("  a:", "  base:", "reserved_name"),
        ("  a:", "  A b:", "not_a_name"),
        ("on: 2020-01-01", "on: 2020-01-01, half_days: 1.5", "not_a_whole_number"),
        ("on: 2020-01-01", "on: 2020-01-01, hours: -1", "not_points"),
        ("on: 2020-01-01", "on: 2020-01-01, times: 5000", "too_large"),
        ("zh: 规则a, en", "zh: 规则, 甲, en", "unknown_key"),
    ],
)  # fmt: skip
def test_what_does_not_belong_in_a_book_is_named(draw: Draw, old: str, new: str, kind: str) -> None:
    text = draw("a: visit act {award: 1.0}")
    assert old in text
    assert kind in kinds_of(text.replace(old, new))


def test_a_cap_outside_the_order_of_caps_is_a_flaw_and_not_silently_dead(draw: Draw) -> None:
    text = draw("a: visit act {award: 1.0, cap_per_day: 1.0}", more="order_of_caps: [rule_year]\n")
    assert kinds_of(text) == {"cap_not_in_order"}


def test_a_quota_has_exactly_one_window(draw: Draw) -> None:
    quota = "quotas: {visit: {title: {zh: 进, en: in}, per_year: 6, per_month: 1}}\n"
    assert kinds_of(draw("a: visit act {award: 1.0}", more=quota)) == {"one_window_wanted"}


def test_two_rules_for_one_kind_are_refused_unless_something_parts_them(draw: Draw) -> None:
    assert kinds_of(draw("a: visit act {award: 1.0}\nb: visit act {award: 2.0}")) == {"counted_twice"}
    for extra in ("levels: [{}]", "modes: [{}]"):
        one, other = (extra.format(word) for word in ("county", "town"))
        parse(draw(f"a: visit act {{award: 1.0}} | {one}\nb: visit act {{award: 2.0}} | {other}"), name="t")
    parse(draw("a: visit act {award: 1.0} | best_of: g\nb: visit act {award: 2.0} | best_of: g"), name="t")
    parse(
        draw("a: visit act {2020-01-01: {award: 1.0, until: 2021-01-01}}\nb: visit act {2021-01-01: {award: 2.0}}"),
        name="t",
    )


def test_an_example_that_does_not_hold_is_an_outcome_and_says_what_came_instead(draw: Draw) -> None:
    text = draw("a: visit act {award: 1.0}").replace(
        "{kind: other, on: 2020-01-01}], total: 0", "{kind: visit, on: 2020-01-01}], total: 2.0"
    )
    (outcome,) = run_examples(parse(text, name="t"))
    assert not outcome.holds
    assert (outcome.rule, outcome.total, outcome.wanted_total) == ("a", 10, 20)


def test_the_published_schema_and_the_parser_know_the_same_keys() -> None:
    schema = json.loads(data.rules.schema())
    described: dict[str, Mapping[str, object]] = {"book": schema} | {
        name: part for name, part in schema["$defs"].items() if "properties" in part
    }
    said = {
        name: {key: key in part["required"] for key in part["properties"]}  # type: ignore[operator,attr-defined]
        for name, part in described.items()
    }
    assert said == {name: dict(keys) for name, keys in KEYS.items()}


def test_a_book_and_its_flaws_survive_the_way_between_processes(draw: Draw) -> None:
    book: RuleBook = parse(data.rules.text("heshan-631"), name="heshan-631")
    assert pickle.loads(pickle.dumps(book)) == book
    with pytest.raises(RuleBookError) as caught:
        parse(draw("a: visit act {award: 1.3}"), name="t")
    assert pickle.loads(pickle.dumps(caught.value)).flaws == caught.value.flaws


def test_every_kind_of_flaw_met_here_has_words_in_both_languages(draw: Draw) -> None:
    met: set[str] = set()
    for rules in ("a: visit acts {award: 1.3, x: 1}", "a: visit act {award: 1.0}\nb: visit act {award: 1.0}"):
        with pytest.raises(RuleBookError) as caught:
            parse(draw(rules), name="t")
        for flaw in caught.value.flaws:
            shown = Flaw(
                file=flaw.name,
                kind=f"rulebook.{flaw.kind}",
                fatal=True,
                line=flaw.line,
                field=flaw.field,
                facts=flaw.facts,
            )
            assert all(all(render(shown, lang)) for lang in ("zh", "en"))
            met.add(flaw.kind)
    assert met == {"unknown_choice", "not_multiple_of_quantum", "unknown_key", "counted_twice"}
    assert {key.split(".")[2] for key in words("zh") if key.startswith("flaw.rulebook.")} > met


def test_a_form_asks_for_the_measure_that_the_heshan_rule_counts() -> None:
    book = parse(data.rules.text("heshan-631"), name="heshan-631")
    asked = {kind.code: kind.measure for kind in data.rules.kinds()}
    assert {kind: rule.unit for kind, (rule,) in book.by_kind.items()} == asked
