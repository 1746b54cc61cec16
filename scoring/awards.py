"""Awards: each activity passes through the rule book once and leaves at least one entry that explains itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from scoring.activities import Activity, Source, activities_of
from scoring.caps import CapUse, Cut
from scoring.entries import BASE_RULE, Entry, Fact
from scoring.ledger import standing
from scoring.periods import Period
from scoring.points import rounded, text_of
from scoring.rules import WHOLE, Chapter, Rule, RuleBook
from scoring.tenure import Tenure


class TwiceCountedError(ValueError):
    """The same activity was handed in twice for the same seat."""


def award(activities: Source, rulebook: RuleBook, *, earlier: Iterable[Entry] = ()) -> list[Entry]:
    """Turn activities into entries, in the order (on, code, seat), whatever order they come in.

    activities: a frame, or Activity values or mappings.  earlier: what the ledger has already; it has used its part
    of the caps, and an activity that stands in it is not awarded again. A seat's batch may so be split by date and
    gives the same entries. Every other activity gives one entry, one of 0 where a rule or a cap leaves nothing, and
    one more of 0 for each rule that a better one of its group has displaced.
    Raises TwiceCountedError when an activity comes twice for a seat, ValueError when one cannot be read.
    """
    past = list(earlier)
    done = {(entry.activity, entry.seat) for entry in standing(past)}
    use = CapUse(rulebook, past)
    entries: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for activity in sorted(activities_of(activities), key=lambda one: (one.on, one.code, one.seat)):
        key = (activity.code, activity.seat)
        if key in seen:
            raise TwiceCountedError(f"activity {activity.code!r} comes twice for seat {activity.seat!r}")
        seen.add(key)
        if key not in done:
            entries.extend(_entries(activity, rulebook, use))
    return entries


def base_points(seats: Iterable[Tenure], rulebook: RuleBook, year: int) -> list[Entry]:
    """Give every seat the book's base points of a year, listed by seat; part of them if it is held in part.

    Without base points in the book, or for seats not held in that year, there is no entry. No cap counts them.
    """
    whole = Period.parse(f"{year:04d}")
    entries = []
    for tenure in sorted(seats, key=lambda one: one.seat):
        held = tenure.within(whole)
        if held is None or not rulebook.total.base or not rulebook.covers(held.start):
            continue
        days = tenure.days_in(whole) if rulebook.total.pro_rata else whole.days
        tenths = rounded(rulebook.total.base * days, whole.days, quantum=rulebook.quantum, rounding=rulebook.rounding)
        facts: dict[str, Fact] = _book_facts(rulebook) | {
            "rule": BASE_RULE, "base": text_of(rulebook.total.base), "days": days, "days_of_year": whole.days,
            "year": year, "points": text_of(tenths), "raw_tenths": tenths,
        }  # fmt: skip
        entries.append(
            Entry(activity="", person=tenure.person, seat=tenure.seat, rule=BASE_RULE, on=held.start, tenths=tenths,
                  reason_key="points.base", reason_facts=facts)
        )  # fmt: skip
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What an activity would earn under a rule before any cap, or the key of why it earns nothing."""

    rule: Rule
    chapter: Chapter | None
    raw: int
    refusal: str


def _entries(activity: Activity, book: RuleBook, use: CapUse) -> list[Entry]:
    """Give the entries of one activity: the best claim as its caps leave it, and why the others give nothing."""
    rules = book.by_kind.get(activity.kind, ())
    if not book.covers(activity.on):
        return [_nothing(activity, book, "points.outside_book")]
    if not rules:
        return [_nothing(activity, book, "points.no_rule")]
    claims = [_claim(activity, book, rule, use) for rule in rules]
    open_claims = [claim for claim in claims if not claim.refusal]
    if not open_claims:
        nearest = min(claims, key=lambda claim: (REFUSALS.index(claim.refusal), claim.rule.id))
        return [_nothing(activity, book, nearest.refusal, nearest.rule)]
    best = min(open_claims, key=lambda claim: (-claim.raw, claim.rule.id))
    beaten = [
        _nothing(activity, book, "points.better_rule", claim.rule, better=best.rule)
        for claim in open_claims
        if claim is not best
    ]
    return sorted([_awarded(activity, book, best, use), *beaten], key=lambda entry: entry.rule)


REFUSALS = (
    "points.evidence_missing", "points.below_least", "points.measure_missing", "points.not_in_force",
    "points.not_this_mode", "points.not_this_level",
)  # fmt: skip


def _claim(activity: Activity, book: RuleBook, rule: Rule, use: CapUse) -> _Claim:
    chapter = rule.chapter_on(activity.on)
    units = _units_tenths(activity, rule.unit)
    if not rule.covers(activity.level, activity.mode):
        level = bool(rule.levels) and activity.level not in rule.levels
        refusal = "points.not_this_level" if level else "points.not_this_mode"
    elif chapter is None:
        refusal = "points.not_in_force"
    elif units is None:
        refusal = "points.measure_missing"
    elif units < 10 * chapter.at_least:
        refusal = "points.below_least"
    elif rule.evidence and not activity.evidence:
        refusal = "points.evidence_missing"
    else:
        award, counted, _ = _measure(chapter, units, use.nth(rule, activity.seat, activity.on))
        raw = _raw(activity, book, rule, award * counted)
        return _Claim(rule=rule, chapter=chapter, raw=raw, refusal="")
    return _Claim(rule=rule, chapter=chapter, raw=0, refusal=refusal)


def _measure(chapter: Chapter, units: int, nth: int) -> tuple[int, int, str]:
    """Give the award that holds for an act, how many tenths of a unit it counts, and the word for what decided.

    units: tenths of a unit.  nth: the how-manieth act of the year it is.
    """
    award, word = chapter.award, ""
    for step in chapter.nth:
        if nth >= step.start:
            award, word = step.award, "nth"
    reached = [step for step in chapter.steps if units >= step.start]
    if chapter.steps:
        return (reached[-1].award, 10, "step") if reached else (award, 10, word or "step")
    if chapter.per > 1:
        return award, units // (10 * chapter.per) * 10, "per"
    return award, units, word


def _units_tenths(activity: Activity, unit: str) -> int | None:
    """Give how many units an activity has, in tenths of a unit; None when it was not measured."""
    if unit == "hour":
        return activity.hours_tenths
    counted = {"act": 1, "half_day": activity.half_days, "person": activity.served}[unit]
    return None if counted is None else 10 * counted


def _raw(activity: Activity, book: RuleBook, rule: Rule, tenths_by_tenths: int) -> int:
    """Round once: award × units × share of the role, over the members where they divide it."""
    share = _share(activity, rule)
    return rounded(
        tenths_by_tenths * share.numerator, 10 * share.denominator, quantum=book.quantum, rounding=book.rounding
    )


def _share(activity: Activity, rule: Rule) -> Fraction:
    share = rule.roles.get(activity.role, WHOLE)
    return share / activity.members if rule.joint == "divided" else share


def _awarded(activity: Activity, book: RuleBook, claim: _Claim, use: CapUse) -> Entry:
    rule, chapter = claim.rule, claim.chapter
    if chapter is None:
        raise AssertionError("an open claim has a chapter")
    nth = use.nth(rule, activity.seat, activity.on)
    award, _, word = _measure(chapter, _units_tenths(activity, rule.unit) or 0, nth)
    tenths, cuts = use.cut(rule, chapter, activity.seat, activity.on, claim.raw)
    facts: dict[str, Fact] = _book_facts(book) | _rule_facts(rule) | {
        "unit": rule.unit, "units": text_of(_units_tenths(activity, rule.unit) or 0), "award": text_of(award),
        "since": chapter.start.isoformat(), "role": activity.role, "members": activity.members,
        "share": str(_share(activity, rule)), "raw": text_of(claim.raw), "raw_tenths": claim.raw,
        "points": text_of(tenths), "quantum": text_of(book.quantum), "kind": activity.kind,
    }  # fmt: skip
    if word:
        facts |= {"per": chapter.per, "nth": nth}
    if cuts:
        facts |= _cut_facts(cuts)
        key = f"points.cut.{cuts[-1].bound}"
    elif word and _share(activity, rule) == WHOLE:
        key = f"points.counted.{word}"
    else:
        whole = _share(activity, rule) == WHOLE
        key = f"points.{'deducted' if chapter.award < 0 else 'awarded'}.{rule.unit if whole else 'shared'}"
    return _entry(activity, rule.id, tenths, key, facts)


def _cut_facts(cuts: tuple[Cut, ...]) -> dict[str, Fact]:
    """Name the bound that decided (the last one that cut) and list every one."""
    decided = cuts[-1]
    return {
        "cut_by": decided.bound,
        "cap": text_of(decided.limit),
        "used_before": text_of(decided.used),
        "cut": text_of(sum(cut.by for cut in cuts)),
        "cuts": [{"bound": cut.bound, "cap": cut.limit, "used_before": cut.used, "by": cut.by} for cut in cuts],
    }


def _nothing(
    activity: Activity, book: RuleBook, key: str, rule: Rule | None = None, *, better: Rule | None = None
) -> Entry:
    facts: dict[str, Fact] = _book_facts(book) | {
        "kind": activity.kind, "level": activity.level, "mode": activity.mode, "on": activity.on.isoformat(),
        "points": "0", "raw_tenths": 0,
    }  # fmt: skip
    if rule is not None:
        facts |= _rule_facts(rule) | {"unit": rule.unit}
        chapter = rule.chapter_on(activity.on)
        if key == "points.below_least" and chapter is not None:
            facts |= {"least": chapter.at_least, "units": text_of(_units_tenths(activity, rule.unit) or 0)}
    if better is not None:
        facts |= {"better": better.id, "better_title_zh": better.title["zh"], "better_title_en": better.title["en"]}
    return _entry(activity, rule.id if rule else "", 0, key, facts)


def _entry(activity: Activity, rule: str, tenths: int, key: str, facts: dict[str, Fact]) -> Entry:
    return Entry(
        activity=activity.code, person=activity.person, seat=activity.seat, rule=rule, on=activity.on, tenths=tenths,
        reason_key=key, reason_facts=facts,
    )  # fmt: skip


def _book_facts(book: RuleBook) -> dict[str, Fact]:
    return {
        "book": book.name, "book_version": book.version, "book_title_zh": book.title["zh"],
        "book_title_en": book.title["en"], "assumed": book.assumed,
    }  # fmt: skip


def _rule_facts(rule: Rule) -> dict[str, Fact]:
    return {
        "rule": rule.id, "rule_title_zh": rule.title["zh"], "rule_title_en": rule.title["en"],
        "basis_zh": rule.basis["zh"], "basis_en": rule.basis["en"], "category": rule.category,
        "assumed": rule.assumed,
    }  # fmt: skip
