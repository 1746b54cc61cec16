"""Agreement: the parts of a rule book must fit each other; what does not is written down with its line."""

from itertools import combinations

from scoring.entries import BASE_RULE
from scoring.flaws import FlawList
from scoring.rules import Rule, RuleBook


def check_agreement(book: RuleBook, flaws: FlawList) -> None:
    """Write down unknown categories, caps left out of the order, and acts that two rules would pay twice."""
    if BASE_RULE in book.rules:
        flaws.add(book.rules[BASE_RULE].line, f"rules.{BASE_RULE}", "reserved_name", value=BASE_RULE)
    for rule in book.rules.values():
        field = f"rules.{rule.id}"
        if rule.category and rule.category not in book.categories:
            flaws.add(rule.line, f"{field}.category", "unknown_category",
                      category=rule.category, known=", ".join(book.categories))  # fmt: skip
        for chapter in rule.chapters:
            for cap in (cap for cap in chapter.caps if cap not in book.order_of_caps):
                flaws.add(chapter.line, f"{field}.since.{chapter.start}", "cap_not_in_order", cap=cap)
    of_categories = {cap for category in book.categories.values() for cap in category.caps}
    for cap in sorted(of_categories - set(book.order_of_caps)):
        flaws.add(1, "categories", "cap_not_in_order", cap=cap)
    for cap in sorted(set(book.total.caps) - set(book.order_of_caps)):
        flaws.add(1, "total", "cap_not_in_order", cap=cap)
    for first, second in combinations(book.rules.values(), 2):
        for kind in sorted(set(first.kinds) & set(second.kinds)):
            if _pay_twice(first, second):
                flaws.add(second.line, f"rules.{second.id}.kinds", "counted_twice", activity=kind, other=first.id)


def _pay_twice(first: Rule, second: Rule) -> bool:
    """Say whether one act can earn under both rules although no `best_of` group joins them."""
    if first.best_of and first.best_of == second.best_of:
        return False
    levels = not first.levels or not second.levels or bool(set(first.levels) & set(second.levels))
    modes = not first.modes or not second.modes or bool(set(first.modes) & set(second.modes))
    return levels and modes and _share_a_day(first, second)


def _share_a_day(first: Rule, second: Rule) -> bool:
    return any(
        (one.end is None or other.start < one.end) and (other.end is None or one.start < other.end)
        for one in first.chapters
        for other in second.chapters
    )
