"""Parts of seats: the entries of an instance are counted for some seats at a time, wherever that is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from scoring import Activity, Entry
from services.past import Past
from services.points import Book, Counting, entries_due

SEATS_AT_A_TIME = 2_000

Due = list[tuple[int, Entry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsPart:
    """What some seats did, their base points, and what their closed periods hold."""

    activities: list[Activity]
    bases: Due
    past: Past


Spreading = Callable[[Callable[[SeatsPart], Due], Sequence[tuple[str, SeatsPart]]], Mapping[str, Due]]


def counting_in_parts(spreading: Spreading, *, at_a_time: int = SEATS_AT_A_TIME) -> Counting:
    """Give the counting that `services.points.score` takes, done some seats at a time wherever `spreading` does it.

    No cap and no entry reaches from one seat to another, so that the entries are the same; only their order differs.
    """

    def counted(adopted: list[Book], activities: list[Activity], bases: Due, past: Past, until: date) -> Due:
        parts = parts_of(activities, bases, past, at_a_time=at_a_time)
        found = spreading(partial(count_part, adopted=adopted, until=until), parts)
        return [entry for name, _ in parts for entry in found[name]]

    return counted


def count_part(part: SeatsPart, *, adopted: list[Book], until: date) -> Due:
    """Count the entries of one part."""
    return entries_due(adopted, part.activities, part.bases, part.past, until)


def parts_of(activities: Sequence[Activity], bases: Due, past: Past, *, at_a_time: int) -> list[tuple[str, SeatsPart]]:
    """Split by seat, in the order of their codes; each part is named by its first seat."""
    seats = sorted({one.seat for one in activities} | {base.seat for _, base in bases} | {s for _, s in past.standing})
    firsts = seats[::at_a_time]
    part_of = {seat: firsts[number // at_a_time] for number, seat in enumerate(seats)}
    return [
        (
            first,
            SeatsPart(
                activities=[one for one in activities if part_of[one.seat] == first],
                bases=[(book, base) for book, base in bases if part_of[base.seat] == first],
                past=replace(
                    past,
                    entries=tuple(entry for entry in past.entries if part_of.get(entry.seat) == first),
                    standing=tuple((row, seat) for row, seat in past.standing if part_of[seat] == first),
                    settled=frozenset(pair for pair in past.settled if part_of.get(pair[1]) == first),
                    recounted=frozenset(pair for pair in past.recounted if part_of.get(pair[1]) == first),
                ),
            ),
        )
        for first in firsts
    ]
