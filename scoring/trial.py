"""A trial: a rule book as if it had been in force all along, and who would move by how much under it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from scoring.entries import Entry
from scoring.periods import Period
from scoring.rules import Rule, RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What one rule gives a seat before and after, in tenths."""

    rule: str
    before: int
    after: int

    @property
    def by(self) -> int:
        """The difference in tenths."""
        return self.after - self.before


def as_if_in_force(book: RuleBook, period: Period) -> RuleBook:
    """Let a book, and the first chapter of each rule, reach back to the year in which a period starts."""
    start = date(period.start.year, 1, 1)
    rules = {name: _reaching(rule, start) for name, rule in book.rules.items()}
    by_kind = {kind: tuple(rules[rule.id] for rule in found) for kind, found in book.by_kind.items()}
    return replace(book, start=min(book.start, start), rules=rules, by_kind=by_kind)


def reaches_back(book: RuleBook, period: Period) -> bool:
    """Say whether a trial lets a book count on days on which it is not in force by itself."""
    return not book.covers(period.start) or any(rule.chapter_on(period.start) is None for rule in book.rules.values())


def _reaching(rule: Rule, start: date) -> Rule:
    if not rule.chapters or rule.chapters[0].start <= start:
        return rule
    return replace(rule, chapters=(replace(rule.chapters[0], start=start), *rule.chapters[1:]))


def by_seat_and_rule(entries: Iterable[Entry], period: Period) -> dict[str, dict[str, int]]:
    """Add up a period's entries for each seat and rule, in tenths."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        if entry.on in period:
            sums[entry.seat][entry.rule] += entry.tenths
    return {seat: dict(rules) for seat, rules in sums.items()}


def shifts(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Shift, ...]:
    """Say which rules give something else, the largest difference first, equal ones by the rule's id."""
    found = [Shift(rule=rule, before=before.get(rule, 0), after=after.get(rule, 0)) for rule in {*before, *after}]
    return tuple(sorted((one for one in found if one.by), key=lambda one: (-abs(one.by), one.rule)))
