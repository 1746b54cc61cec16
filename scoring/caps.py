"""Caps: what a seat has used of every bound so far, and what each bound leaves of the next entry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scoring.entries import BASE_RULE, Entry
from scoring.rules import CAPS, FLOORS, Chapter, Rule, RuleBook, Words

Window = tuple[str, str, str, tuple[int, ...]]  # seat, bound, what it bounds, calendar window


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One bound that took something from an entry. All in tenths, as sizes: a deduction's too.

    bound: `act`, a cap's name, `rule_floor` or `total_floor`.  limit: the bound.  used: of it, before this entry.
    """

    bound: str
    limit: int
    used: int
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a seat has used of one bound on a day, and what is left (tenths)."""

    bound: str
    of: str  # the rule's or category's id, empty for the total
    title: Words
    limit: int
    used: int
    left: int


class CapUse:
    """What every seat has used of every window; grows entry by entry."""

    def __init__(self, book: RuleBook, earlier: Iterable[Entry] = ()) -> None:
        """Start from the entries that the ledger already has; a reversal gives its part back."""
        self.book = book
        self.gained: dict[Window, int] = defaultdict(int)
        self.lost: dict[Window, int] = defaultdict(int)
        self.times: dict[tuple[str, str, int], int] = defaultdict(int)  # acts by seat, rule and year
        for entry in earlier:
            if entry.rule not in (BASE_RULE, ""):
                self._count(entry)

    def cut(self, rule: Rule, chapter: Chapter, seat: str, day: date, raw: int) -> tuple[int, tuple[Cut, ...]]:
        """Cut raw tenths by every bound in the book's order and count what is left as used."""
        left, cuts = raw, []
        for bound, limit in bounds_of(self.book, rule, chapter, deduction=raw < 0):
            used = 0 if bound == "act" else self._used(seat, bound, rule, day, deduction=raw < 0)
            room = max(0, limit - used)
            room -= room % self.book.quantum
            if abs(left) > room:
                cuts.append(Cut(bound=bound, limit=limit, used=used, by=abs(left) - room))
                left = room if raw > 0 else -room
        self._add(self.gained if raw > 0 else self.lost, seat, rule.id, rule.category, day, abs(left))
        self.times[seat, rule.id, day.year] += 1
        return left, tuple(cuts)

    def nth(self, rule: Rule, seat: str, day: date) -> int:
        """Say the how-manieth act of its year under a rule a seat's next act is."""
        return self.times.get((seat, rule.id, day.year), 0) + 1

    def room(self, rule: Rule, seat: str, day: date) -> list[Room]:
        """List what every bound of a rule leaves a seat on a day, the tightest first."""
        chapter = rule.chapter_on(day)
        if chapter is None:
            return []
        deduction = chapter.award < 0
        rooms = []
        for bound, limit in bounds_of(self.book, rule, chapter, deduction=deduction):
            if bound != "act":
                used = self._used(seat, bound, rule, day, deduction=deduction)
                of, title = _bounded(self.book, rule, bound)
                left = max(0, limit - used)
                rooms.append(Room(bound=bound, of=of, title=title, limit=limit, used=used, left=left))
        return sorted(rooms, key=lambda room: (room.left, room.bound))

    def _used(self, seat: str, bound: str, rule: Rule, day: date, *, deduction: bool) -> int:
        use = self.lost if deduction else self.gained
        return use.get(_window(seat, bound, rule.id, rule.category, day), 0)

    def _count(self, entry: Entry) -> None:
        if "award" in entry.reason_facts or entry.tenths:
            self.times[entry.seat, entry.rule, entry.counted_on.year] += -1 if entry.reverses else 1
        known = self.book.rules.get(entry.rule)
        category = known.category if known else str(entry.reason_facts.get("category", ""))
        gain = (entry.tenths > 0) != entry.reverses
        size = -abs(entry.tenths) if entry.reverses else abs(entry.tenths)
        self._add(self.gained if gain else self.lost, entry.seat, entry.rule, category, entry.counted_on, size)

    def _add(self, use: dict[Window, int], seat: str, rule: str, category: str, day: date, size: int) -> None:
        if size:
            for bound in BOUNDED:
                use[_window(seat, bound, rule, category, day)] += size


BOUNDED: Mapping[str, str] = {bound: bound.partition("_")[0] for bound in (*CAPS, *FLOORS)}  # what a bound bounds


def bounds_of(book: RuleBook, rule: Rule, chapter: Chapter, *, deduction: bool) -> list[tuple[str, int]]:
    """List the bounds of an entry with their limits (tenths, as sizes), in the order in which they cut."""
    if deduction:
        floors = {
            "rule_floor": chapter.floor_per_year, "category_floor": book.categories[rule.category].floor_per_year,
            "total_floor": book.total.floor_per_year,
        }  # fmt: skip
        return [(bound, -floor) for bound, floor in floors.items() if floor is not None]
    caps: dict[str, int | None] = {**chapter.caps, **book.categories[rule.category].caps, **book.total.caps}
    ordered = [("act", chapter.max_per_act), *((bound, caps.get(bound)) for bound in book.order_of_caps)]
    return [(bound, limit) for bound, limit in ordered if limit is not None]


def rooms(book: RuleBook, entries: Iterable[Entry], seat: str, level: str, day: date) -> dict[str, list[Room]]:
    """List for every rule open to a seat on a day what its bounds still leave, from the seat's ledger entries."""
    use = CapUse(book, (entry for entry in entries if entry.seat == seat))
    found = {
        rule.id: use.room(rule, seat, day) for rule in book.rules.values() if not rule.levels or level in rule.levels
    }
    return {rule: bounds for rule, bounds in found.items() if bounds}


def _window(seat: str, bound: str, rule: str, category: str, day: date) -> Window:
    of = {"rule": rule, "category": category, "total": ""}[BOUNDED[bound]]
    length = bound.rpartition("_")[2]
    if length == "day":
        return (seat, bound, of, (day.year, day.month, day.day))
    if length == "month":
        return (seat, bound, of, (day.year, day.month))
    if length == "quarter":
        return (seat, bound, of, (day.year, (day.month + 2) // 3))
    return (seat, bound, of, (day.year,))


def _bounded(book: RuleBook, rule: Rule, bound: str) -> tuple[str, Words]:
    if BOUNDED[bound] == "rule":
        return rule.id, rule.title
    if BOUNDED[bound] == "category":
        return rule.category, book.categories[rule.category].title
    return "", book.title
