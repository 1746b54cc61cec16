"""The ledger only grows: balances, reversals that name what they reverse, replay, and closings as assertions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scoring.entries import Entry, Fact
from scoring.periods import Period
from scoring.points import text_of


class LedgerError(ValueError):
    """The ledger contradicts itself: a reversal of something that does not stand, or of another amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closed period: what every seat had then (tenths). A later replay must find the same."""

    period: Period
    balances: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A seat whose closed period no longer gives what was closed (tenths)."""

    seat: str
    closed: int
    found: int


def balance(entries: Iterable[Entry]) -> dict[str, int]:
    """Add up the tenths of every seat, listed by seat; a seat whose entries cancel out has 0."""
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.seat] += entry.tenths
    return dict(sorted(sums.items()))


def reversal(entry: Entry, reason: str, *, on: date | None = None) -> Entry:
    """Give the entry that takes another back, for a stated reason.

    on: the day it counts, without it the day of the entry itself; a correction of a closed period counts in an open
    one. The caps get their room back on the day of the entry that is reversed, in either case.
    Raises LedgerError when the entry is itself a reversal: award again instead.
    """
    if entry.reverses:
        raise LedgerError(f"{_name(entry)} is a reversal; it is not reversed, the activity is awarded again")
    return Entry(
        activity=entry.activity,
        person=entry.person,
        seat=entry.seat,
        rule=entry.rule,
        on=on or entry.on,
        tenths=-entry.tenths,
        reason_key="points.reversed",
        reason_facts=_award_of(entry) | {
            "reason": reason, "reversed_on": entry.on.isoformat(), "reversed_key": entry.reason_key,
            "points": text_of(-entry.tenths), "reversed_points": text_of(entry.tenths),
            "raw_tenths": -entry.tenths, "category": entry.reason_facts.get("category", ""),
            "activity": entry.activity,
        },
        reverses=True,
    )  # fmt: skip


def _award_of(entry: Entry) -> dict[str, Fact]:
    """Keep that an act was counted, so that taking it back gives its number back."""
    return {"award": entry.reason_facts["award"]} if "award" in entry.reason_facts else {}


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Give the entries that no reversal takes back, in their order.

    An activity may be awarded, reversed and awarded again: a reversal takes back the first equal one.
    """
    listed = list(entries)
    taken = Counter((entry.key, -entry.tenths) for entry in listed if entry.reverses)
    kept = []
    for entry in listed:
        if not entry.reverses:
            if taken[(entry.key, entry.tenths)] > 0:
                taken[(entry.key, entry.tenths)] -= 1
            else:
                kept.append(entry)
    return kept


def replay(entries: Iterable[Entry]) -> dict[str, int]:
    """Walk the ledger in the order it was written and give the balances, as `balance` does.

    Raises LedgerError for an entry that is entered while an equal one still stands, and for a reversal whose entry
    does not stand before it or had another amount.
    """
    stands: dict[tuple[str, str, str, str], int] = {}
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.reverses:
            amount = stands.pop(entry.key, None)
            if amount != -entry.tenths:
                raise LedgerError(f"{_name(entry)} reverses {entry.tenths} tenths, but {amount} stand")
        elif entry.key in stands:
            raise LedgerError(f"{_name(entry)} is entered twice")
        else:
            stands[entry.key] = entry.tenths
        sums[entry.seat] += entry.tenths
    return dict(sorted(sums.items()))


def close(entries: Iterable[Entry], period: Period) -> Closing:
    """Close a period: keep what every seat has in it."""
    return Closing(period=period, balances=balance(entry for entry in entries if entry.on in period))


def check_closing(entries: Iterable[Entry], closing: Closing) -> tuple[Discrepancy, ...]:
    """Compare a closing with the ledger as it is now; give every seat that differs, listed by seat."""
    found = balance(entry for entry in entries if entry.on in closing.period)
    return tuple(
        Discrepancy(seat=seat, closed=closing.balances.get(seat, 0), found=found.get(seat, 0))
        for seat in sorted(set(found) | set(closing.balances))
        if closing.balances.get(seat, 0) != found.get(seat, 0)
    )


def _name(entry: Entry) -> str:
    return f"entry of activity {entry.activity!r}, seat {entry.seat!r}, rule {entry.rule!r}"
