"""What a rule book says: rules in dated chapters, caps, quotas, bands and worked examples, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from scoring.activities import Activity

Words = Mapping[str, str]  # the same words in `zh` and `en`

UNITS = ("act", "hour", "half_day", "person")
JOINTS = ("each", "divided")
LATES = ("next_open", "nothing")  # what an act is worth that comes after its period was closed
WINDOWS_OF_QUOTA = ("month", "quarter", "year", "term")
LENGTHS_OF_CAPS = ("day", "month", "quarter", "year")
RULE_CAPS = tuple(f"rule_{length}" for length in LENGTHS_OF_CAPS)
CATEGORY_CAPS = tuple(f"category_{length}" for length in LENGTHS_OF_CAPS)
TOTAL_CAPS = tuple(f"total_{length}" for length in LENGTHS_OF_CAPS)
CAPS = (*RULE_CAPS, *CATEGORY_CAPS, *TOTAL_CAPS)
FLOORS = ("rule_floor", "category_floor", "total_floor")
WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From so many (units of an act, the how-manieth act of a year, or a whole percentage) on: this award (tenths)."""

    start: int
    award: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What a rule gives from one day (start) up to, and without, another (end, None for open). Points in tenths.

    award: for one unit; below zero it is a deduction.  caps: cap name to tenths.  max_per_act: the most one act can
    earn.  floor_per_year: the lowest (a negative number) that the deductions of one year can come to.
    per: the award is for every full `per` units.  at_least: a smaller act (whole units) earns nothing.
    steps: an act of at least so many tenths of a unit gives this in all; award is then for acts below the first step.
    nth: from the seat's nth act of the year under this rule on, this award instead.
    """

    start: date
    end: date | None
    award: int
    caps: Mapping[str, int]
    max_per_act: int | None
    floor_per_year: int | None
    line: int
    per: int = 1
    at_least: int = 0
    steps: tuple[Step, ...] = ()
    nth: tuple[Step, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether an act gives award × units and nothing else decides."""
        return self.per == 1 and not self.at_least and not self.steps and not self.nth


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example: these activities, awarded by themselves, come to this total (tenths).

    year: the whole of it counts, with base points, missed duties and rates of every seat named, held all year.

    entries: the tenths of each entry in order.  cuts: the cap that cut each entry, empty where none did.
    """

    name: str
    line: int
    activities: tuple[Activity, ...]
    total: int
    entries: tuple[int, ...] | None
    cuts: tuple[str, ...] | None
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: which activities it covers, how they are counted, and what they give from when on."""

    id: str
    title: Words
    category: str
    kinds: tuple[str, ...]
    modes: tuple[str, ...]  # empty: every mode
    levels: tuple[str, ...]  # empty: every level
    unit: str
    joint: str  # each: everyone gets the award; divided: those who acted together share it
    roles: Mapping[str, Fraction]  # a role that is not named counts whole
    best_of: str
    basis: Words
    source: str
    assumed: bool
    chapters: tuple[Chapter, ...]
    examples: tuple[Example, ...]
    line: int
    evidence: bool = False  # only acts with a file count

    def chapter_on(self, day: date) -> Chapter | None:
        """Give the chapter in force on a day."""
        return next(
            (one for one in self.chapters if one.start <= day and (one.end is None or day < one.end)),
            None,
        )

    def covers(self, level: str, mode: str) -> bool:
        """Say whether the rule is for seats of this level and acts of this mode."""
        return (not self.levels or level in self.levels) and (not self.modes or mode in self.modes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A group of rules with a title and, perhaps, the most it can earn and its deductions can come to (tenths).

    caps: by their names, such as `category_quarter`.  floor_per_year: the lowest, a negative number.
    """

    title: Words
    caps: Mapping[str, int]
    floor_per_year: int | None = None

    @property
    def cap_per_year(self) -> int | None:
        """The most it can earn in a year."""
        return self.caps.get("category_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What bounds a seat's year as a whole. Tenths.

    base: points a seat starts a year with, beside what it earns; pro_rata: by the days the seat was held.
    caps: the most that acts can earn, the base not counted, by their names such as `total_year`.  floor_per_year: the
    lowest that the deductions of a year can come to.
    """

    base: int = 0
    pro_rata: bool = False
    caps: Mapping[str, int] = field(default_factory=dict)
    floor_per_year: int | None = None

    @property
    def cap_per_year(self) -> int | None:
        """The most that acts can earn in a year."""
        return self.caps.get("total_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of yearly totals from this many tenths up to the next band."""

    title: Words
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A duty: at least so many acts of these kinds in every window (month, quarter, year or term).

    missed_each, missed_once: what every act that is missing, or missing any, takes at the window's end (tenths).
    """

    id: str
    title: Words
    kinds: tuple[str, ...]
    levels: tuple[str, ...]  # empty: every level
    due: int
    window: str
    pro_rata: bool  # a window held in part owes its part, rounded half up
    basis: Words
    assumed: bool
    missed_each: int = 0
    missed_once: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Points for a share, at a window's end: of the acts of all these kinds, the percentage that was attended.

    attended, missed: kinds that count as there and as not there.  steps: from so many whole per cent on, this award.
    """

    id: str
    title: Words
    attended: tuple[str, ...]
    missed: tuple[str, ...]
    levels: tuple[str, ...]  # empty: every level
    window: str
    steps: tuple[Step, ...]  # the highest first
    basis: Words
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """A rule book as parsed; quantum and every number of points in tenths; in force from start, without end."""

    name: str
    title: Words
    version: str
    assumed: bool
    source: str
    quantum: int
    rounding: str
    start: date
    end: date | None
    order_of_caps: tuple[str, ...]
    late: str  # next_open: a late act counts on the first open day; nothing: it is kept and earns nothing
    categories: Mapping[str, Category]
    total: Total
    bands: tuple[Band, ...]  # the highest first
    quotas: Mapping[str, Quota]
    rates: Mapping[str, Rate]
    rules: Mapping[str, Rule]
    examples: tuple[Example, ...]
    by_kind: Mapping[str, tuple[Rule, ...]] = field(repr=False)

    def covers(self, day: date) -> bool:
        """Say whether the book is in force on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    def band_of(self, tenths: int) -> Band | None:
        """Give the band of a yearly total; below the lowest band, or without bands, None."""
        return next((band for band in self.bands if tenths >= band.start), None)
