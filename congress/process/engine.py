"""The engine: events replayed under a book give where a matter stands, what may happen next, and every clock."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from congress.process.book import Clock, Move, ProcessBook

CIVIL = ZoneInfo("Asia/Shanghai")
MERGED, UNMERGED = "merged", "unmerged"
# Notes: what happens to a matter beside its book's moves. A note changes no state; merging stops every clock meanwhile.
NOTES = frozenset({MERGED, UNMERGED, "routed", "handed_over", "holiday", "activity", "activity_back", "followed"})


class Due(Protocol):
    """What a calendar answers for a number of working days."""

    @property
    def on(self) -> date:
        """The last day in time."""
        ...

    @property
    def provisional(self) -> bool:
        """Whether a year was counted that has no notice yet."""
        ...


class Calendar(Protocol):
    """Counts working days (congress.calendar.Workdays does)."""

    def deadline(self, start: date, working_days: int) -> Due:
        """Give the last day in time; the start itself is not counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move of one matter: when, by whom in which role, and what was said with it."""

    seq: int
    move: str
    at: datetime
    actor: str
    role: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStanding:
    """One running of one clock. due: the instant up to which it is in time; None while it is paused.

    reason_key and reason_facts say how the deadline was computed. late: stopped, or looked at, after the due instant.
    """

    clock: str
    counts_against: str
    started: datetime
    due: datetime | None
    stopped: datetime | None
    provisional: bool
    late: bool
    reason_key: str
    reason_facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a matter stands after its events; state is empty before the first."""

    state: str
    since: datetime | None
    holder: str | None
    moves: Mapping[str, int]
    clocks: tuple[ClockStanding, ...]
    events: int
    seal: str

    @property
    def merged(self) -> bool:
        """Whether it lies in another matter now."""
        return self.moves.get(MERGED, 0) > self.moves.get(UNMERGED, 0)

    @property
    def running(self) -> tuple[ClockStanding, ...]:
        """The clocks that have not stopped."""
        return tuple(clock for clock in self.clocks if clock.stopped is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A move out of the present state for one role: allowed, or why not."""

    move: str
    allowed: bool
    why_key: str
    facts: Mapping[str, Any]


class MoveRefusedError(ValueError):
    """A move that may not be made now, by this role, or without what it needs: a message key with facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(f"{key} {facts}")
        self.key = key
        self.facts = facts


NOTHING = Standing(state="", since=None, holder=None, moves={}, clocks=(), events=0, seal="")


def replay(
    book: ProcessBook, events: Sequence[Event], calendar: Calendar, *, until: datetime | None = None
) -> Standing:
    """Give where a matter stood at an instant (without it: after all its events), every move checked again.

    Raises MoveRefusedError where the events contradict the book, ValueError where their clock runs backwards.
    """
    standing = NOTHING
    taken: list[Event] = []
    for event in events:
        if until is not None and event.at > until:
            break
        if taken and event.at < taken[-1].at:
            raise ValueError(f"event {event.seq} is earlier than the one before it")
        check(book, standing, event)
        taken.append(event)
        standing = _after(book, standing, event, taken)
    return _with_clocks(book, standing, taken, calendar, until)


def check(book: ProcessBook, standing: Standing, event: Event) -> None:
    """Refuse a move that the book does not allow here and now; the refusal says what would be needed."""
    if event.move in NOTES:
        _check_note(standing, event.move)
        return
    move = book.moves.get(event.move)
    if move is None:
        raise MoveRefusedError("process.unknown_move", move=event.move)
    option = _option(standing, event.move, move, event.role)
    if not option.allowed:
        raise MoveRefusedError(option.why_key, **option.facts)
    missing = [need for need in move.needs if not str(event.facts.get(need, "")).strip()]
    if missing:
        raise MoveRefusedError("process.needs", move=event.move, missing=missing)
    choices = {
        "class": book.classes, "elsewhere": book.elsewhere, "reply_kind": book.reply_kinds, "rating": book.ratings,
    }  # fmt: skip
    for need, known in choices.items():
        given = event.facts.get(need)
        if given is not None and given not in known:
            raise MoveRefusedError(
                "process.unknown_choice", move=event.move, what=need, given=str(given), known=list(known)
            )


def _check_note(standing: Standing, note: str) -> None:
    """Refuse a note about nothing, about a sealed archive, and a merging or un-merging that is done already."""
    if standing.seal:
        raise MoveRefusedError("process.sealed", move=note)
    if not standing.state:
        raise MoveRefusedError("process.not_from_here", move=note)
    if note in (MERGED, UNMERGED) and standing.merged is (note == MERGED):
        raise MoveRefusedError("process.merged" if standing.merged else "process.not_merged", move=note)


def options(book: ProcessBook, standing: Standing, role: str) -> tuple[Option, ...]:
    """List what a role may do now, and what others may and it may not, each with the reason."""
    names = book.moves_from(standing.state) if standing.state else book.openings
    return tuple(_option(standing, name, book.moves[name], role) for name in names)


def _option(standing: Standing, name: str, move: Move, role: str) -> Option:
    facts: dict[str, Any] = {"move": name, "state": standing.state, "role": role, "who": list(move.who)}
    if standing.seal:
        why = "process.sealed"
    elif standing.merged:
        why = "process.merged"
    elif (standing.state not in move.leaves) if move.leaves else bool(standing.state):
        why = "process.not_from_here"
    elif role not in move.who:
        why = "process.not_this_role"
    elif move.at_most is not None and standing.moves.get(name, 0) >= move.at_most:
        why, facts["at_most"] = "process.often_enough", move.at_most
    else:
        return Option(move=name, allowed=True, why_key="process.allowed", facts=facts)
    return Option(move=name, allowed=False, why_key=why, facts=facts)


def _after(book: ProcessBook, standing: Standing, event: Event, taken: Sequence[Event]) -> Standing:
    move = book.moves.get(event.move)
    state = (move.to if move is not None else None) or standing.state
    counted = Counter(standing.moves)
    counted[event.move] += 1
    return Standing(
        state=state,
        since=event.at if state != standing.state else standing.since,
        holder=book.states[state].holder,
        moves=dict(counted),
        clocks=(),
        events=standing.events + 1,
        seal=seal(taken) if book.states[state].sealed else "",
    )


def seal(events: Iterable[Event]) -> str:
    """Hash all events of a matter in order (SHA-256): a sealed archive gives the same for ever."""
    text = json.dumps(
        [[e.seq, e.move, e.at.astimezone(UTC).isoformat(), e.actor, e.role, dict(e.facts)] for e in events],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _with_clocks(
    book: ProcessBook, standing: Standing, events: Sequence[Event], calendar: Calendar, until: datetime | None
) -> Standing:
    now = until or (events[-1].at if events else None)
    clocks = tuple(
        running for name, clock in book.clocks.items() for running in _runs(book, name, clock, events, calendar, now)
    )
    return Standing(
        state=standing.state, since=standing.since, holder=standing.holder, moves=standing.moves, clocks=clocks,
        events=standing.events, seal=standing.seal,
    )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """A clock while it is followed through the events."""

    started: datetime
    paused_at: datetime | None = None
    paused: timedelta = timedelta()
    extended: bool = False
    held: set[str] = field(default_factory=set)  # what it waits for


def _runs(
    book: ProcessBook, name: str, clock: Clock, events: Sequence[Event], calendar: Calendar, now: datetime | None
) -> list[ClockStanding]:
    """Follow one clock: it starts, may pause, resume and be extended once, and stops; then it may start again."""
    done: list[ClockStanding] = []
    run: _Run | None = None
    for event in events:
        if run is not None and event.move in clock.stops:
            done.append(_standing(name, clock, run, calendar, stopped=event.at, now=event.at))
            run = None
        if run is not None:
            _follow(book, name, run, event)
        if run is None and event.move in clock.starts:
            run = _Run(started=event.at)
    if run is not None:
        done.append(_standing(name, clock, run, calendar, stopped=None, now=now))
    return done


def _follow(book: ProcessBook, name: str, run: _Run, event: Event) -> None:
    """Let one event pause, resume or extend a running clock; a pause inside another ends with the outer one."""
    move = book.moves.get(event.move)
    pauses = event.move == MERGED if move is None else name in move.pauses
    resumes = event.move == UNMERGED if move is None else name in move.resumes
    if pauses:
        run.held.add(event.move)
        run.paused_at = run.paused_at or event.at
    if resumes:
        run.held = run.held & {MERGED} if move is not None else run.held - {MERGED}
        if not run.held and run.paused_at is not None:
            run.paused += event.at - run.paused_at
            run.paused_at = None
    if move is not None and name in move.extends:
        run.extended = True


def _standing(
    name: str, clock: Clock, run: _Run, calendar: Calendar, *, stopped: datetime | None, now: datetime | None
) -> ClockStanding:
    due, provisional, facts = _due(clock, run, calendar)
    shown = None if run.paused_at is not None else due
    return ClockStanding(
        clock=name, counts_against=clock.counts_against, started=run.started, due=shown, stopped=stopped,
        provisional=provisional, late=shown is not None and now is not None and now > due,
        reason_key="process.due.hours" if clock.hours is not None else "process.due.working_days",
        reason_facts=facts,
    )  # fmt: skip


def _due(clock: Clock, run: _Run, calendar: Calendar) -> tuple[datetime, bool, dict[str, Any]]:
    """Compute a deadline and say how: from the start, plus what was paused, in hours or in working days."""
    facts: dict[str, Any] = {
        "started": run.started.astimezone(CIVIL).isoformat(timespec="minutes"),
        "paused_hours": round(run.paused.total_seconds() / 3600, 1),
        "extended": run.extended,
    }
    if clock.hours is not None:
        return run.started + timedelta(hours=clock.hours) + run.paused, False, facts | {"hours": clock.hours}
    days = clock.at_most if run.extended and clock.at_most is not None else clock.working_days or 0
    begins = (run.started + run.paused).astimezone(CIVIL).date()
    answer = calendar.deadline(begins, days)
    end_of_day = datetime(answer.on.year, answer.on.month, answer.on.day, tzinfo=CIVIL) + timedelta(days=1)
    facts |= {"working_days": days, "begins": begins.isoformat(), "on": answer.on.isoformat()}
    facts |= {"provisional": answer.provisional}
    return end_of_day - timedelta(microseconds=1), answer.provisional, facts
