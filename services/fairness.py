"""The fairness board: how points lie between groups, which rules carry them, and how much is made of trivial acts."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.tables import LedgerEntry, Person, Seat, Term
from scoring.entries import BASE_RULE
from scoring.periods import Period
from scoring.rules import Words
from scoring.spread import Spread, heaviest, spread
from services.instance import setting, the_term
from services.points import book_of, books, period_of

AGES = (35, 45, 55)  # the first ages of the bands after the youngest
MOST = 12  # acts that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of seats and how their points lie. key: a level, a town's code, a sex, an age band, one or two seats."""

    key: str
    spread: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What one category or rule brings in: points earned (tenths), acts, and the share of all that was earned (%).

    taken: what it took, below zero.
    """

    id: str
    title: Words
    tenths: int
    taken: int
    acts: int
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """A seat most of whose points come from one rule: its share in whole per cent."""

    seat: str
    person: str
    name: str
    level: str
    town: str
    tenths: int
    rule: str
    title: Words
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The whole board of a period; threshold (%) and trivial (tenths an act) are settings, assumed."""

    period: str
    starts: date
    ends: date
    seats: int
    groups: dict[str, tuple[Group, ...]]  # level, town, sex, age, dual
    categories: tuple[Weight, ...]
    rules: tuple[Weight, ...]
    leaning: tuple[Leaning, ...]
    earning: int  # seats that earned anything
    threshold: int
    trivial: int
    trivial_acts: int
    trivial_points: int
    acts: int
    earned: int
    for_nothing: int  # acts that earned nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    seat: str
    person: str
    name: str
    level: str
    town: str
    sex: str
    birth_year: int | None
    dual: bool


def fairness(unit: Session, *, period: str, term: str | None = None) -> Board:
    """Look at a period's ledger from all sides; nothing is written. Raises BadRequestError for what is no period."""
    the = the_term(unit, term)
    span = period_of(the, period)
    holders = holders_of(unit, the, span)
    by_rule, by_act, categories = sums_of(unit, the, span)
    totals = {one.seat: sum(by_rule.get(one.seat, {}).values()) for one in holders}
    titles, of_categories = titles_of(unit, span)
    threshold = round(100 * float(setting(unit, "fairness.one_rule")))
    trivial = round(10 * float(setting(unit, "fairness.trivial_points")))
    earned = sum(max(0, tenths) for act in by_act.values() for tenths in act.values())
    return Board(
        period=span.name, starts=span.start, ends=span.end, seats=len(holders),
        groups={
            "level": grouped(holders, totals, lambda one: one.level, LEVELS),
            "town": grouped(holders, totals, lambda one: one.town, ()),
            "sex": grouped(holders, totals, lambda one: one.sex, ("female", "male")),
            "age": grouped(holders, totals, lambda one: age_band(one.birth_year, span.last_day.year), ()),
            "dual": grouped(holders, totals, lambda one: "two" if one.dual else "one", ("one", "two")),
        },
        categories=weights(categories, of_categories, earned), rules=weights(by_act, titles, earned)[:MOST],
        leaning=leaning_of(holders, by_rule, titles, threshold),
        earning=sum(1 for one in holders if heaviest(by_rule.get(one.seat, {}))),
        threshold=threshold, trivial=trivial,
        trivial_acts=sum(0 < one <= trivial for act in by_act.values() for one in act.values()),
        trivial_points=sum(one for act in by_act.values() for one in act.values() if 0 < one <= trivial),
        acts=sum(one != 0 for act in by_act.values() for one in act.values()), earned=earned,
        for_nothing=nothing_earned(by_act),
    )  # fmt: skip


def holders_of(unit: Session, term: Term, span: Period) -> list[_Holder]:
    """Give the seats of a period with what groups are made of."""
    query = (
        select(Seat, Person)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, Seat.starts_on < span.end, Seat.ends_on.is_(None) | (Seat.ends_on > span.start))
        .order_by(Seat.code)
    )
    rows = unit.execute(query).all()
    held = Counter(person.id for _, person in rows)
    return [
        _Holder(
            seat=seat.code, person=person.id, name=person.name, level=seat.level, town=seat.town_code, sex=person.sex,
            birth_year=person.birth_year, dual=held[person.id] > 1,
        )
        for seat, person in rows
    ]  # fmt: skip


Sums = dict[str, dict[str, int]]


def sums_of(unit: Session, term: Term, span: Period) -> tuple[Sums, Sums, Sums]:
    """Add up a period's ledger: by seat and rule, by rule and act, by category and act; base points are left out.

    An act is one person's part in it; what was taken back cancels out.
    """
    query = (
        select(Seat.code, LedgerEntry.rule, LedgerEntry.activity_code, LedgerEntry.tenths, LedgerEntry.reason)
        .join(Seat, Seat.id == LedgerEntry.seat_id)
        .where(LedgerEntry.term_id == term.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end,
               LedgerEntry.rule.not_in((BASE_RULE, "")))
        .order_by(LedgerEntry.id)
    )  # fmt: skip
    by_rule: Sums = defaultdict(lambda: defaultdict(int))
    by_act: Sums = defaultdict(lambda: defaultdict(int))
    categories: Sums = defaultdict(lambda: defaultdict(int))
    category_of: dict[str, str] = {}
    for seat, rule, activity, tenths, reason in unit.execute(query):
        act = f"{activity}\n{seat}"
        category = str(reason.get("facts", {}).get("category") or category_of.get(rule, ""))
        category_of.setdefault(rule, category)
        by_rule[seat][rule] += tenths
        by_act[rule][act] += tenths
        categories[category][act] += tenths
    return by_rule, by_act, categories


def titles_of(unit: Session, span: Period) -> tuple[dict[str, Words], dict[str, Words]]:
    """Name the rules, duties, rates and categories of every adopted book, those in force at the period's end first."""
    adopted = books(unit)
    pair = book_of(adopted, span.last_day)
    titles: dict[str, Words] = {}
    categories: dict[str, Words] = {}
    for _, book in [*reversed(adopted), *([pair] if pair else [])]:
        titles |= {rule.id: rule.title for rule in book.rules.values()}
        titles |= {f"quota:{one.id}": one.title for one in book.quotas.values()}
        titles |= {f"rate:{one.id}": one.title for one in book.rates.values()}
        categories |= {name: one.title for name, one in book.categories.items()}
    return titles, categories


def grouped(
    holders: list[_Holder], totals: dict[str, int], key: Callable[[_Holder], str], order: tuple[str, ...]
) -> tuple[Group, ...]:
    """Make groups in a stated order (others by their key) with the spread of each; without a key last."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in holders:
        found[key(one)].append(totals[one.seat])
    places = {name: place for place, name in enumerate(order)}
    ordered = sorted(found, key=lambda name: (not name, places.get(name, len(places)), name))
    return tuple(Group(key=name, spread=lies) for name in ordered if (lies := spread(found[name])) is not None)


def age_band(birth_year: int | None, year: int) -> str:
    """Give the age band of a year: `-34`, `35-44`, `45-54`, `55-`; empty where no birth year is known."""
    if birth_year is None:
        return ""
    age = year - birth_year
    if age < AGES[0]:
        return f"-{AGES[0] - 1}"
    first = max(one for one in AGES if one <= age)
    after = next((one for one in AGES if one > age), None)
    return f"{first}-" if after is None else f"{first}-{after - 1}"


def weights(sums: Sums, titles: dict[str, Words], earned: int) -> tuple[Weight, ...]:
    """Weigh categories or rules, the heaviest first, equal ones by their id."""
    found = [
        Weight(
            id=name, title=titles.get(name, {"zh": name, "en": name}), tenths=gained,
            taken=sum(min(0, one) for one in acts.values()), acts=sum(one != 0 for one in acts.values()),
            share=100 * gained // earned if earned else 0,
        )
        for name, acts in sums.items()
        for gained in [sum(max(0, one) for one in acts.values())]
        if any(acts.values())
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.tenths, one.taken, one.id)))


def leaning_of(holders: list[_Holder], by_rule: Sums, titles: dict[str, Words], threshold: int) -> tuple[Leaning, ...]:
    """Name the seats that owe at least so much of what they earned to one rule; in the order of the rolls."""
    found = []
    for one in holders:
        heavy = heaviest(by_rule.get(one.seat, {}))
        if heavy is not None and heavy[1] >= threshold:
            found.append(
                Leaning(
                    seat=one.seat, person=one.person, name=one.name, level=one.level, town=one.town,
                    tenths=sum(by_rule[one.seat].values()), rule=heavy[0],
                    title=titles.get(heavy[0], {"zh": heavy[0], "en": heavy[0]}), share=heavy[1],
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (LEVELS.index(one.level), one.town, one.seat)))


def nothing_earned(by_act: Sums) -> int:
    """Count the acts that no rule gave anything, for instance because a cap was reached."""
    sums: dict[str, int] = defaultdict(int)
    touched: set[str] = set()
    for acts in by_act.values():
        for act, tenths in acts.items():
            sums[act] += abs(tenths)
            touched.add(act)
    return sum(1 for act in touched if not sums[act])
