"""Claims and caps in whole numbers: what `scoring.awards` and `scoring.caps` say of one act, for millions, compiled."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.compiled import compiled

Whole = NDArray[np.int64]
Records = NDArray[np.uint64]

SEAT_BITS, DAY_BITS, CLAUSE_BITS, RAW_BITS = 12, 17, 11, 24  # of one record of 64
RAW_BIAS = 1 << (RAW_BITS - 1)
HALF_UP, DOWN, UP = 0, 1, 2
ACT, HOUR, HALF_DAY, PERSON = 0, 1, 2, 3
NO_RULE, OUTSIDE_BOOK, MEASURE_MISSING, NOT_IN_FORCE, NOT_THIS_MODE, NOT_THIS_LEVEL = -1, -2, -3, -4, -5, -6
TOO_LARGE, OUT_OF_ORDER = 1, 2
KNOWN_UNITS = 128


class Tables(NamedTuple):
    """A rule book in columns. A clause is one dated chapter of one rule; points in tenths; -1 stands for no bound."""

    first_of_kind: Whole  # where the rules of each kind begin in `rules_of_kind`; one more at the end
    rules_of_kind: Whole  # rules by their id
    first_clause: Whole  # of each rule; one more at the end
    unit: Whole
    levels: Whole  # by rule: a set of levels, 0 for every one
    modes: Whole  # by rule: a set of modes, 0 for every one
    divided: Whole
    above: Whole  # shares of roles: rule × role, numerator; the last column is of every other role
    below: Whole  # and denominator, ten times for hours, which are counted in tenths
    start: Whole  # by clause: the first day
    end: Whole  # by clause: the day after the last
    rule: Whole  # by clause
    award: Whole
    book: Whole  # first day, day after the last, quantum, rounding
    known: Whole  # clause × role × units: what an act gives that is not divided, for the first `KNOWN_UNITS`
    bound: Whole  # clause × bounds in the order in which they cut: which bound it is
    limit: Whole  # and how much it allows; the rest of a row allows everything
    slot: Whole  # and where a seat's use of it is counted: `nowhere` for one act's own bound
    use: Whole  # clause × slots that an act under it uses; the rest of a row is `nowhere`
    of_day: Whole  # slots that begin anew with a day, a month, a quarter; all begin anew with a year
    of_month: Whole
    of_quarter: Whole
    nowhere: int  # the last slot: nobody looks at it


class Acts(NamedTuple):
    """Acts in columns; a measure that was not taken, and a kind, mode or role the book does not name, is -1.

    A column of one value, the three before `role` aside, holds for every act.
    """

    seat: NDArray[np.int32]
    day: NDArray[np.int32]
    kind: NDArray[np.int16]
    role: NDArray[np.int16]
    mode: NDArray[np.int16]
    hours_tenths: NDArray[np.int16]
    half_days: NDArray[np.int16]
    served: NDArray[np.int32]
    members: NDArray[np.int16]


@compiled
def value_of(column: NDArray[Any], at: int) -> int:
    """Give an act's value of a column that may hold one for all."""
    return int(column[at] if len(column) > 1 else column[0])


@compiled
def claim_range(
    tables: Tables, acts: Acts, level_of: NDArray[np.int8], first: int, stop: int,
    clauses: NDArray[np.int16], raws: NDArray[np.int32],
) -> int:  # fmt: skip
    """Find for each act the clause that gives it most and what it gives before any cap; give a fault or 0.

    One long loop on purpose: a call for each act would cost more than the act.
    """
    first_of_kind, rules_of_kind, first_clause = tables.first_of_kind, tables.rules_of_kind, tables.first_clause
    levels, modes, start, end = tables.levels, tables.modes, tables.start, tables.end
    unit_of, divided, known = tables.unit, tables.divided, tables.known
    award, above, below = tables.award, tables.above, tables.below
    opens, closes, quantum, rounding = tables.book
    fault = 0
    for at in range(first, stop):
        kind, day = acts.kind[at], acts.day[at]
        raws[at] = 0
        if day < opens or day >= closes:
            clauses[at] = OUTSIDE_BOOK
            continue
        if kind < 0:
            clauses[at] = NO_RULE
            continue
        best, best_raw, refusal = -1, 0, NOT_THIS_LEVEL
        for place in range(first_of_kind[kind], first_of_kind[kind + 1]):
            rule = rules_of_kind[place]
            if levels[rule] and not (levels[rule] >> level_of[acts.seat[at]]) & 1:
                continue
            if modes[rule]:
                mode = value_of(acts.mode, at)
                if mode < 0 or not (modes[rule] >> mode) & 1:
                    refusal = max(refusal, NOT_THIS_MODE)
                    continue
            clause = first_clause[rule]
            while clause < first_clause[rule + 1] and not start[clause] <= day < end[clause]:
                clause += 1
            if clause == first_clause[rule + 1]:
                refusal = max(refusal, NOT_IN_FORCE)
                continue
            unit, units = unit_of[rule], 1
            if unit == HOUR:
                units = value_of(acts.hours_tenths, at)
            elif unit == HALF_DAY:
                units = value_of(acts.half_days, at)
            elif unit == PERSON:
                units = value_of(acts.served, at)
            if units < 0:
                refusal = max(refusal, MEASURE_MISSING)
                continue
            role = value_of(acts.role, at)
            if units < KNOWN_UNITS and not divided[rule]:
                raw = known[clause, role, units]
            else:
                over = value_of(acts.members, at) if divided[rule] else 1
                raw = raw_of(award[clause] * units * above[rule, role], over * below[rule, role], quantum, rounding)
            if best < 0 or raw > best_raw:
                best, best_raw = clause, raw
        if best < 0:
            clauses[at] = refusal
        elif best_raw >= RAW_BIAS or best_raw < -RAW_BIAS:
            fault = TOO_LARGE
        else:
            clauses[at] = best
            raws[at] = best_raw
    return fault


@compiled
def raw_of(full: int, below: int, quantum: int, rounding: int) -> int:
    """Round once: full / below (award × units × the share's numerator over everything that divides it), in quanta."""
    size, step = abs(full), below * quantum
    if rounding == HALF_UP:
        steps = (2 * size + step) // (2 * step)
    elif rounding == DOWN:
        steps = size // step
    else:
        steps = (size + step - 1) // step
    return steps * quantum if full >= 0 else -steps * quantum


@compiled
def count_range(seats: NDArray[np.int32], clauses: NDArray[np.int16], first: int, stop: int, counts: Whole) -> None:
    """Count the acts with a claim in each bucket of seats."""
    for at in range(first, stop):
        if clauses[at] >= 0:
            counts[seats[at] >> SEAT_BITS] += 1


@compiled
def scatter_range(
    acts: Acts, clauses: NDArray[np.int16], raws: NDArray[np.int32], first: int, stop: int, origin: int,
    places: Whole, records: Records, numbers: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Write the acts with a claim into their buckets, in their order; `numbers` (may be empty) keeps which they are."""
    keep = len(numbers) > 0
    for at in range(first, stop):
        clause = clauses[at]
        if clause < 0:
            continue
        seat = acts.seat[at]
        bucket = seat >> SEAT_BITS
        record = np.uint64(seat & ((1 << SEAT_BITS) - 1))
        record = (record << np.uint64(DAY_BITS)) | np.uint64(acts.day[at] - origin)
        record = (record << np.uint64(CLAUSE_BITS)) | np.uint64(clause)
        record = (record << np.uint64(RAW_BITS)) | np.uint64(raws[at] + RAW_BIAS)
        place = places[bucket]
        records[place] = record
        if keep:
            numbers[place] = at
        places[bucket] = place + 1


class Calendar(NamedTuple):
    """Months counted from year 0 for every day from the origin on, and the days whose points are added up."""

    month: NDArray[np.int32]
    first: int
    stop: int


class Found(NamedTuple):
    """What came of it: `tenths` by seat; `by_rule` seat × rule, and the others by act, may be empty."""

    tenths: Whole
    by_rule: NDArray[np.int32]
    given: NDArray[np.int32]
    bound: NDArray[np.int8]


@compiled
def cap_buckets(
    tables: Tables, calendar: Calendar, starts: Whole, first: int, stop: int,
    records: Records, numbers: NDArray[np.uint32], out: Found,
) -> int:  # fmt: skip
    """Cut the claims of the buckets from `first` to `stop` by every bound, seat by seat; give a fault or 0.

    One long loop on purpose: a call for each act would cost more than the act.
    """
    many = 1 << SEAT_BITS
    quantum, rule = int(tables.book[2]), tables.rule
    bounds, limits, slots, uses = tables.bound, tables.limit, tables.slot, tables.use
    used = np.zeros(tables.nowhere + 1, dtype=np.int64)
    ends = np.zeros(many + 1, dtype=np.int64)
    by_rule, by_act, fault = out.by_rule.size > 0, len(numbers) > 0, 0
    for bucket in range(first, stop):
        begin = int(starts[bucket])
        order = _by_seat(records, begin, int(starts[bucket + 1]), ends)
        at = 0
        for seat in range(many):
            year, quarter, month, day = -1, -1, -1, -1
            number, total = bucket * many + seat, 0
            while at < ends[seat]:
                place = begin + order[at]
                at += 1
                record = records[place]
                raw = int(record & np.uint64((1 << RAW_BITS) - 1)) - RAW_BIAS
                clause = int((record >> np.uint64(RAW_BITS)) & np.uint64((1 << CLAUSE_BITS) - 1))
                now = int((record >> np.uint64(RAW_BITS + CLAUSE_BITS)) & np.uint64((1 << DAY_BITS) - 1))
                if now != day:
                    if now < day:
                        fault = OUT_OF_ORDER
                    day = now
                    for slot in tables.of_day:
                        used[slot] = 0
                    if calendar.month[day] != month:
                        month = int(calendar.month[day])
                        for slot in tables.of_month:
                            used[slot] = 0
                        if month // 3 != quarter:
                            quarter = month // 3
                            for slot in tables.of_quarter:
                                used[slot] = 0
                            if month // 12 != year:
                                year = month // 12
                                used[:] = 0
                left, cut_by = abs(raw), -1
                used[tables.nowhere] = 0
                for step in range(bounds.shape[1]):
                    room = limits[clause, step] - used[slots[clause, step]]
                    if left > room:  # a claim is whole quanta; what is left of the room is cut down to that
                        left = max(0, room - room % quantum)
                        cut_by = bounds[clause, step]
                for step in range(uses.shape[1]):
                    used[uses[clause, step]] += left
                given = left if raw > 0 else -left
                if calendar.first <= day < calendar.stop:
                    total += given
                    if by_rule:
                        out.by_rule[number, rule[clause]] += given
                if by_act:
                    out.given[numbers[place]] = given
                    out.bound[numbers[place]] = cut_by
            out.tenths[number] = total
    return fault


@compiled
def _by_seat(records: Records, begin: int, end: int, ends: Whole) -> NDArray[np.int32]:
    """List a bucket's records by seat, those of one seat in their order; `ends` says where each seat's stop."""
    shift = np.uint64(RAW_BITS + CLAUSE_BITS + DAY_BITS)
    ends[:] = 0
    for at in range(begin, end):
        ends[int(records[at] >> shift) + 1] += 1
    for seat in range(1, len(ends)):
        ends[seat] += ends[seat - 1]
    order = np.empty(end - begin, dtype=np.int32)
    for at in range(begin, end):
        seat = int(records[at] >> shift)
        order[ends[seat]] = at - begin
        ends[seat] += 1
    return order
