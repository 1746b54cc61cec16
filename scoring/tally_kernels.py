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


class Tables(NamedTuple):
    """A rule book in columns. A clause is one dated chapter of one rule; points in tenths; -1 stands for no bound."""

    first_of_kind: Whole  # where the rules of each kind begin in `rules_of_kind`; one more at the end
    rules_of_kind: Whole  # rules by their id
    first_clause: Whole  # of each rule; one more at the end
    unit: Whole
    levels: Whole  # by rule: a set of levels, 0 for every one
    modes: Whole  # by rule: a set of modes, 0 for every one
    divided: Whole
    above: Whole  # shares of roles: rule × role, numerator
    below: Whole  # and denominator
    start: Whole  # by clause: the first day
    end: Whole  # by clause: the day after the last
    rule: Whole  # by clause
    award: Whole
    book: Whole  # first day, day after the last, quantum, rounding
    first_bound: Whole  # of each clause, in the order in which they cut; one more at the end
    bound: Whole  # which bound
    limit: Whole
    slot: Whole  # where a seat's use of it is counted; below zero: of this act alone
    first_use: Whole  # of each clause: the slots that an act under it uses; one more at the end
    use: Whole
    of_day: Whole  # slots that begin anew with a day, a month, a quarter; all begin anew with a year
    of_month: Whole
    of_quarter: Whole
    slots: int


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
    """Find for each act the clause that gives it most and what it gives before any cap; give a fault or 0."""
    fault = 0
    for at in range(first, stop):
        kind, day = acts.kind[at], acts.day[at]
        raws[at] = 0
        if day < tables.book[0] or day >= tables.book[1]:
            clauses[at] = OUTSIDE_BOOK
            continue
        if kind < 0:
            clauses[at] = NO_RULE
            continue
        level = level_of[acts.seat[at]]
        best, raw, refusal = -1, 0, NOT_THIS_LEVEL
        for place in range(tables.first_of_kind[kind], tables.first_of_kind[kind + 1]):
            rule = tables.rules_of_kind[place]
            clause, why = _clause_on(tables, acts, rule, level, day, at)
            if clause < 0:
                refusal = max(refusal, why)
                continue
            found = _raw(tables, acts, rule, clause, at)
            if best < 0 or found > raw:
                best, raw = clause, found
        if best < 0:
            clauses[at] = refusal
        elif raw >= RAW_BIAS or raw < -RAW_BIAS:
            fault = TOO_LARGE
        else:
            clauses[at] = best
            raws[at] = raw
    return fault


@compiled
def _clause_on(tables: Tables, acts: Acts, rule: int, level: int, day: int, at: int) -> tuple[int, int]:
    """Give the clause of a rule that is open to an act, or -1 and why it is not."""
    if tables.levels[rule] and not (tables.levels[rule] >> level) & 1:
        return -1, NOT_THIS_LEVEL
    mode = value_of(acts.mode, at)
    if tables.modes[rule] and (mode < 0 or not (tables.modes[rule] >> mode) & 1):
        return -1, NOT_THIS_MODE
    for clause in range(tables.first_clause[rule], tables.first_clause[rule + 1]):
        if tables.start[clause] <= day < tables.end[clause]:
            if _units(tables, acts, rule, at) < 0:
                return -1, MEASURE_MISSING
            return clause, 0
    return -1, NOT_IN_FORCE


@compiled
def _units(tables: Tables, acts: Acts, rule: int, at: int) -> int:
    """Give an act's tenths of units, below zero when they were not measured."""
    unit = tables.unit[rule]
    if unit == ACT:
        return 10
    if unit == HOUR:
        return value_of(acts.hours_tenths, at)
    if unit == HALF_DAY:
        return 10 * value_of(acts.half_days, at)
    return 10 * value_of(acts.served, at)


@compiled
def _raw(tables: Tables, acts: Acts, rule: int, clause: int, at: int) -> int:
    """Round once: award × units × share of the role, over the members where they divide it."""
    role = value_of(acts.role, at)
    above, below = 1, 10
    if role >= 0:
        above, below = int(tables.above[rule, role]), 10 * int(tables.below[rule, role])
    if tables.divided[rule]:
        below *= value_of(acts.members, at)
    quantum, rounding = int(tables.book[2]), tables.book[3]
    full = int(tables.award[clause]) * _units(tables, acts, rule, at) * above
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
    first_bound, bounds, limits, slots = tables.first_bound, tables.bound, tables.limit, tables.slot
    first_use, uses = tables.first_use, tables.use
    used = np.zeros(tables.slots, dtype=np.int64)
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
                for bound in range(first_bound[clause], first_bound[clause + 1]):
                    room = limits[bound]
                    if slots[bound] >= 0:
                        room -= used[slots[bound]]
                    if left > room:  # both are whole quanta, or what is left of the room is cut down to that
                        left = max(0, room - room % quantum)
                        cut_by = bounds[bound]
                for way in range(first_use[clause], first_use[clause + 1]):
                    used[uses[way]] += left
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
