"""Spread: how a group's points lie, in five numbers and a mean, exact in tenths; and how much one rule weighs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Five numbers and the mean of a group (tenths); quartiles are values that occur, the mean is rounded half up."""

    number: int
    least: int
    low: int
    middle: int
    high: int
    most: int
    mean: int


def spread(values: Iterable[int]) -> Spread | None:
    """Give the spread of some totals (tenths); None of no value. A quartile is the lowest value that so many reach."""
    found = sorted(values)
    if not found:
        return None
    size = len(found)

    def at(quarters: int) -> int:
        return found[max(0, -(-size * quarters // 4) - 1)]

    return Spread(
        number=size, least=found[0], low=at(1), middle=at(2), high=at(3), most=found[-1],
        mean=(2 * sum(found) + size) // (2 * size),
    )  # fmt: skip


def heaviest(by_rule: Mapping[str, int]) -> tuple[str, int] | None:
    """Give the rule that a total leans on most, and its share in whole per cent of what was earned (equal: lower id).

    Only what was earned counts, deductions do not; None where nothing was.
    """
    earned = {rule: tenths for rule, tenths in by_rule.items() if tenths > 0}
    if not earned:
        return None
    rule = min(earned, key=lambda one: (-earned[one], one))
    return rule, 100 * earned[rule] // sum(earned.values())
