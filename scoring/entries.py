"""An entry is one line of the ledger: points for a seat, with the rule and the facts that explain them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

BASE_RULE = "base"  # the rule id of entries that stand for base points

Fact = int | str | bool | list[dict[str, int | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Points of one seat for one activity under one rule.

    activity: its code, empty for base points.  rule: the rule's id, empty where no rule covers the activity.
    tenths: whole tenths of a point; an entry of 0 stays in the book and says why it is 0.
    reverses: this entry takes back the one with the same activity, person, seat and rule.
    """

    activity: str
    person: str
    seat: str
    rule: str
    on: date
    tenths: int
    reason_key: str
    reason_facts: Mapping[str, Fact] = field(default_factory=dict)
    reverses: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a reversal names: activity, seat, rule and person; base points of two years differ by their year."""
        activity = self.activity or f"{self.counted_on.year}"
        return (activity, self.seat, self.rule, self.person)

    @property
    def counted_on(self) -> date:
        """The day whose caps this entry uses, or, taking an entry back, gives back."""
        if not self.reverses:
            return self.on
        return date.fromisoformat(str(self.reason_facts.get("reversed_on", self.on.isoformat())))
