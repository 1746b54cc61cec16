"""Tally: a rule book over millions of acts at once, in columns; the points of `scoring.award`, without the words."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from scoring.activities import LEVELS, Activity
from scoring.caps import BOUNDED, bounds_of
from scoring.periods import Period
from scoring.rules import CAPS, FLOORS, UNITS, WHOLE, Chapter, Rule, RuleBook
from scoring.tally_kernels import (
    CLAUSE_BITS,
    DAY_BITS,
    DOWN,
    HALF_UP,
    KNOWN_UNITS,
    OUT_OF_ORDER,
    SEAT_BITS,
    TOO_LARGE,
    UP,
    Acts,
    Calendar,
    Found,
    Tables,
    cap_buckets,
    claim_range,
    count_range,
    raw_of,
    scatter_range,
)

BOUNDS = (*CAPS, "act", *FLOORS)  # what `Tally.bound` numbers; -1 is none
NOTHING = {
    -1: "points.no_rule", -2: "points.outside_book", -3: "points.measure_missing", -4: "points.not_in_force",
    -5: "points.not_this_mode", -6: "points.not_this_level",
}  # fmt: skip
ROUNDINGS = {"half_up": HALF_UP, "down": DOWN, "up": UP}
NO_BOUND = 1 << 60
NO_END = 1 << 30  # a day that never comes
CHUNK = 1 << 20


class TallyError(ValueError):
    """The columns or the book cannot be tallied: what is wrong stands in the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Acts in columns, each column of the same length n, the acts of one seat in the order (day, code).

    seat: number of the seat, 0 to seats - 1.  day: numpy day (days since 1970).  kind, role, mode: numbers in a
    `Lexicon`, -1 for a word the book does not use.  The measures are -1 where they were not taken; a column that is
    left out stands for that, and for one member.
    """

    seat: NDArray[np.int32]
    day: NDArray[np.int32]
    kind: NDArray[np.int16]
    role: NDArray[np.int16] | None = None
    mode: NDArray[np.int16] | None = None
    hours_tenths: NDArray[np.int16] | None = None
    half_days: NDArray[np.int16] | None = None
    served: NDArray[np.int32] | None = None
    members: NDArray[np.int16] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the acts of every seat come to; points in tenths.

    tenths: (seats,) the sum of the period.  by_rule: (seats, rules), None unless asked for.  rules: their ids.
    Unless asked for, also None: given: (n,) each act's points; rule: (n,) number of its rule or, below zero, a key of
    `NOTHING`; bound: (n,) number in `BOUNDS` of the bound that cut it last, -1 for none.
    """

    tenths: NDArray[np.int64]
    rules: tuple[str, ...]
    by_rule: NDArray[np.int32] | None = None
    given: NDArray[np.int32] | None = None
    rule: NDArray[np.int16] | None = None
    bound: NDArray[np.int8] | None = None


class Lexicon:
    """The words of a rule book as numbers, and the book as tables."""

    def __init__(self, book: RuleBook) -> None:
        """Number what the book names: kinds, modes, roles, rules. Raises TallyError for a book beyond the tables."""
        self.kinds = {kind: at for at, kind in enumerate(sorted(book.by_kind))}
        self.modes = {mode: at for at, mode in enumerate(sorted({m for r in book.rules.values() for m in r.modes}))}
        self.roles = {role: at for at, role in enumerate(sorted({o for r in book.rules.values() for o in r.roles}))}
        self.rules = tuple(sorted(book.rules))
        if len(self.modes) > 62:
            raise TallyError(f"the book names {len(self.modes)} modes; at most 62 can be tallied")
        beyond = sorted(
            rule.id for rule in book.rules.values() if rule.evidence or not all(one.plain for one in rule.chapters)
        )
        if beyond:
            raise TallyError(f"rules with steps, least measures or evidence cannot be tallied: {', '.join(beyond)}")
        self.tables = _tables(book, self)
        if len(self.tables.award) >= 1 << CLAUSE_BITS:
            raise TallyError(f"the book has {len(self.tables.award)} dated clauses; at most {(1 << CLAUSE_BITS) - 1}")

    def columns(self, activities: Iterable[Activity], seats: Mapping[str, int]) -> Columns:
        """Write activities as columns, in the order (on, code) that the points are given in."""
        listed = sorted(activities, key=lambda one: (one.on, one.code, one.seat))

        def column(values: Iterable[int | None], kind: type[np.signedinteger]) -> NDArray:  # type: ignore[type-arg]
            return np.fromiter((-1 if value is None else value for value in values), dtype=kind, count=len(listed))

        return Columns(
            seat=column((seats[one.seat] for one in listed), np.int32),
            day=np.array([one.on for one in listed], dtype="datetime64[D]").astype(np.int32),
            kind=column((self.kinds.get(one.kind) for one in listed), np.int16),
            role=column((self.roles.get(one.role) for one in listed), np.int16),
            mode=column((self.modes.get(one.mode) for one in listed), np.int16),
            hours_tenths=column((one.hours_tenths for one in listed), np.int16),
            half_days=column((one.half_days for one in listed), np.int16),
            served=column((one.served for one in listed), np.int32),
            members=column((one.members for one in listed), np.int16),
        )


def tally(
    acts: Columns, levels: NDArray[np.int8], lexicon: Lexicon, period: Period | None = None, *,
    by_rule: bool = False, by_act: bool = False, threads: int | None = None,
) -> Tally:  # fmt: skip
    """Award every act and add up what each seat earned in the period (all days without one).

    acts: (n,) columns.  levels: (seats,) the number of each seat's level in `scoring.activities.LEVELS`.  Caps are
    counted over all acts given, also before the period.  threads: at most so many at once; None for one a core.
    Raises TallyError for acts of a seat that are not in the order of their days, for numbers out of range, and for
    awards above 838,860 points.
    """
    acts_read = _checked(acts, len(levels), lexicon)
    size, seats = len(acts.seat), len(levels)
    tables = lexicon.tables
    work = _Work(size, threads or os.cpu_count() or 1)
    clauses, raws = np.empty(size, dtype=np.int16), np.empty(size, dtype=np.int32)
    _refuse(
        work.over_acts(
            lambda first, stop: int(
                claim_range(tables, acts_read, np.ascontiguousarray(levels, np.int8), first, stop, clauses, raws)
            )
        )
    )
    calendar = _calendar(acts.day, period)
    buckets = (seats >> SEAT_BITS) + 1
    records, numbers, starts = _partition(acts_read, clauses, raws, int(calendar[1]), buckets, work, keep=by_act)
    found = Found(
        tenths=np.zeros(buckets << SEAT_BITS, dtype=np.int64),
        by_rule=np.zeros((buckets << SEAT_BITS if by_rule else 0, len(lexicon.rules)), dtype=np.int32),
        given=np.zeros(size if by_act else 0, dtype=np.int32),
        bound=np.full(size if by_act else 0, -1, dtype=np.int8),
    )
    _refuse(
        work.over(
            buckets,
            max(1, buckets // (8 * work.threads)),
            lambda first, stop: int(cap_buckets(tables, calendar[0], starts, first, stop, records, numbers, found)),
        )
    )
    return Tally(
        tenths=found.tenths[:seats],
        rules=lexicon.rules,
        by_rule=found.by_rule[:seats] if by_rule else None,
        given=found.given if by_act else None,
        rule=np.where(clauses >= 0, tables.rule[np.maximum(clauses, 0)], clauses).astype(np.int16) if by_act else None,
        bound=found.bound if by_act else None,
    )


class _Work:
    """Ranges of acts or buckets, shared among threads; the kernels run without the interpreter's lock."""

    def __init__(self, size: int, threads: int) -> None:
        self.size, self.threads = size, max(1, threads)
        self.chunks = [
            (first, min(first + self.step, size)) for first in range(0, size, self.step)
        ] if size else []  # fmt: skip

    @property
    def step(self) -> int:
        return max(CHUNK, -(-self.size // (4 * self.threads)))

    def over_acts(self, work: Callable[[int, int], int]) -> int:
        return self._max(self.chunks, work)

    def over(self, size: int, step: int, work: Callable[[int, int], int]) -> int:
        return self._max([(first, min(first + step, size)) for first in range(0, size, step)], work)

    def _max(self, ranges: list[tuple[int, int]], work: Callable[[int, int], int]) -> int:
        if self.threads == 1 or len(ranges) < 2:
            return max((work(*one) for one in ranges), default=0)
        with ThreadPoolExecutor(self.threads) as pool:
            return max(pool.map(lambda one: work(*one), ranges), default=0)


def _partition(
    acts: Acts, clauses: NDArray[np.int16], raws: NDArray[np.int32], origin: int, buckets: int, work: _Work, *,
    keep: bool,
) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.int64]]:  # fmt: skip
    """Bring acts of neighbouring seats together in their order; give records, their acts, and where buckets start."""
    counts = np.zeros((len(work.chunks), buckets), dtype=np.int64)
    place_of = {first: at for at, (first, _) in enumerate(work.chunks)}

    def count(first: int, stop: int) -> int:
        count_range(acts.seat, clauses, first, stop, counts[place_of[first]])
        return 0

    work.over_acts(count)
    starts = np.zeros(buckets + 1, dtype=np.int64)
    np.cumsum(counts.sum(axis=0), out=starts[1:])
    places = starts[:-1] + np.cumsum(counts, axis=0) - counts  # chunk × bucket: where each chunk writes
    records = np.empty(int(starts[-1]), dtype=np.uint64)
    numbers = np.empty(len(records) if keep else 0, dtype=np.uint32)

    def scatter(first: int, stop: int) -> int:
        scatter_range(acts, clauses, raws, first, stop, origin, places[place_of[first]], records, numbers)
        return 0

    work.over_acts(scatter)
    return records, numbers, starts


def _checked(acts: Columns, seats: int, lexicon: Lexicon) -> Acts:
    size = len(acts.seat)

    def read(name: str, kind: type[np.signedinteger], least: int, stop: int, missing: int = -1) -> NDArray:  # type: ignore[type-arg]
        column: NDArray[np.signedinteger] | None = getattr(acts, name)
        if column is None:
            return np.full(1, missing, dtype=kind)
        if len(column) != size:
            raise TallyError(f"column {name} has {len(column)} rows, column seat has {size}")
        if size and not (least <= column.min() and column.max() < stop):
            raise TallyError(f"column {name} has numbers outside {least} to {stop - 1}")
        return np.ascontiguousarray(column, dtype=kind)

    return Acts(
        seat=read("seat", np.int32, 0, seats),
        day=read("day", np.int32, -NO_END, NO_END),
        kind=read("kind", np.int16, -1, len(lexicon.kinds)),
        role=read("role", np.int16, -1, len(lexicon.roles)),
        mode=read("mode", np.int16, -1, len(lexicon.modes)),
        hours_tenths=read("hours_tenths", np.int16, -1, 1 << 15),
        half_days=read("half_days", np.int16, -1, 1 << 15),
        served=read("served", np.int32, -1, NO_END),
        members=read("members", np.int16, 1, 1 << 15, missing=1),
    )


def _refuse(fault: int) -> None:
    if fault == OUT_OF_ORDER:
        raise TallyError("the acts of a seat are not in the order of their days")
    if fault == TOO_LARGE:
        raise TallyError("one act would earn more points than a tally can hold")


def _calendar(days: NDArray[np.int32], period: Period | None) -> tuple[Calendar, int]:
    """Number the months of all days that occur, counted from the first; give the first day too."""
    origin, last = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    if last - origin >= 1 << DAY_BITS:
        raise TallyError(f"the acts span {last - origin} days; at most {(1 << DAY_BITS) - 1} can be tallied")
    months = np.arange(origin, last + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int32) + 1970 * 12
    first, stop = (0, NO_END) if period is None else (_number(period.start) - origin, _number(period.end) - origin)
    return Calendar(month=months, first=first, stop=stop), origin


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _tables(book: RuleBook, lexicon: "Lexicon") -> Tables:
    rules = [book.rules[name] for name in lexicon.rules]
    number = {name: at for at, name in enumerate(lexicon.rules)}
    of_kind = [sorted(number[rule.id] for rule in book.by_kind[kind]) for kind in lexicon.kinds]
    clauses = [(rule, chapter) for rule in rules for chapter in rule.chapters]
    shares = [[*(rule.roles.get(role, WHOLE) for role in lexicon.roles), WHOLE] for rule in rules]
    slots = _Slots(book, lexicon)
    bounds = [slots.bounds(rule, chapter) for rule, chapter in clauses]
    uses = [slots.uses(rule, chapter) for rule, chapter in clauses]
    tables = Tables(
        first_of_kind=_starts(of_kind),
        rules_of_kind=_whole([rule for listed in of_kind for rule in listed]),
        first_clause=_starts([rule.chapters for rule in rules]),
        unit=_whole([UNITS.index(rule.unit) for rule in rules]),
        levels=_whole([sum(1 << LEVELS.index(level) for level in rule.levels) for rule in rules]),
        modes=_whole([sum(1 << lexicon.modes[mode] for mode in rule.modes) for rule in rules]),
        divided=_whole([rule.joint == "divided" for rule in rules]),
        above=_table([[share.numerator for share in row] for row in shares]),
        below=_table([
            [share.denominator * (10 if rule.unit == "hour" else 1) for share in row]
            for rule, row in zip(rules, shares, strict=True)
        ]),
        start=_whole([_number(chapter.start) for _, chapter in clauses]),
        end=_whole([NO_END if chapter.end is None else _number(chapter.end) for _, chapter in clauses]),
        rule=_whole([number[rule.id] for rule, _ in clauses]),
        award=_whole([chapter.award for _, chapter in clauses]),
        book=_whole([
            _number(book.start), NO_END if book.end is None else _number(book.end), book.quantum,
            ROUNDINGS[book.rounding],
        ]),
        known=np.zeros((len(clauses), len(lexicon.roles) + 1, KNOWN_UNITS), dtype=np.int64),
        bound=_table([[BOUNDS.index(name) for name, _, _ in listed] for listed in bounds], -1),
        limit=_table([[limit for _, limit, _ in listed] for listed in bounds], NO_BOUND),
        slot=_table([[slot for _, _, slot in listed] for listed in bounds], slots.nowhere),
        use=_table(uses, slots.nowhere),
        of_day=_whole(slots.of("day")),
        of_month=_whole(slots.of("month")),
        of_quarter=_whole(slots.of("quarter")),
        nowhere=slots.nowhere,
    )  # fmt: skip
    for clause, rule in enumerate(tables.rule.tolist()):
        for role, (above, below) in enumerate(zip(tables.above[rule], tables.below[rule], strict=True)):
            full = tables.award[clause] * np.arange(KNOWN_UNITS) * above
            tables.known[clause, role] = [raw_of(int(one), int(below), *tables.book[2:].tolist()) for one in full]
    return tables


class _Slots:
    """Where a seat's use of every bound is counted: a number for each bound of the book and what it bounds."""

    def __init__(self, book: RuleBook, lexicon: "Lexicon") -> None:
        self.book = book
        self.number: dict[tuple[str, str], int] = {}
        for name in lexicon.rules:
            rule = book.rules[name]
            for chapter in rule.chapters:
                for bound, _ in bounds_of(book, rule, chapter, deduction=chapter.award < 0):
                    if bound != "act":
                        self.number.setdefault(_bounded(bound, rule), len(self.number))

    @property
    def nowhere(self) -> int:
        """The slot that nobody looks at."""
        return len(self.number)

    def bounds(self, rule: Rule, chapter: Chapter) -> list[tuple[str, int, int]]:
        """List the bounds of a clause as (bound, limit, slot), in the order in which they cut."""
        listed = bounds_of(self.book, rule, chapter, deduction=chapter.award < 0)
        return [(bound, limit, -1 if bound == "act" else self.number[_bounded(bound, rule)]) for bound, limit in listed]

    def uses(self, rule: Rule, chapter: Chapter) -> list[int]:
        """List the slots that an act under a clause uses."""
        keys = [_bounded(bound, rule) for bound in BOUNDED if (bound in FLOORS) == (chapter.award < 0)]
        return [self.number[key] for key in keys if key in self.number]

    def of(self, length: str) -> list[int]:
        """List the slots of the bounds of one length: day, month or quarter."""
        return [slot for (name, _), slot in self.number.items() if name.endswith(f"_{length}")]


def _bounded(bound: str, rule: Rule) -> tuple[str, str]:
    return bound, {"rule": rule.id, "category": rule.category, "total": ""}[BOUNDED[bound]]


def _starts(runs: Sequence[Sized]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(run) for run in runs)], dtype=np.int64)


def _whole(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _table(rows: list[list[int]], rest: int = 0) -> NDArray[np.int64]:
    """Write rows of different lengths as a table; what a row does not have is `rest`."""
    wide = max((len(row) for row in rows), default=0)
    return np.array([[*row, *[rest] * (wide - len(row))] for row in rows], dtype=np.int64).reshape((len(rows), wide))
