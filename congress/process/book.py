"""A process book: states, moves and clocks of one practice, read from text with every flaw named by its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Role = Literal["resident", "grid_worker", "station", "town", "deputy", "department", "congress", "calendar"]
Need = Literal[
    "text", "reason", "unit", "class", "elsewhere", "reply_kind", "rating", "contact_time", "presence", "reply"
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Words(_Frozen):
    """A text in both languages."""

    zh: str
    en: str


class State(_Frozen):
    """Where a matter can stand. holder: whose turn it is; end: nothing more is due; sealed: no event may follow."""

    title: Words
    holder: Role | None = None
    end: bool = False
    sealed: bool = False


class Clock(_Frozen):
    """A limit in hours or in working days, counted against the handling unit and never against a deputy.

    starts, stops: moves. at_most: the number of working days that an extension with a reason may reach.
    counts_against: whose delay it is.
    """

    title: Words
    starts: tuple[Name, ...]
    stops: tuple[Name, ...]
    counts_against: Role
    hours: int | None = Field(default=None, ge=1)
    working_days: int | None = Field(default=None, ge=1)
    at_most: int | None = None
    basis: Words
    assumed: bool = False

    @model_validator(mode="after")
    def _one_measure(self) -> "Clock":
        if (self.hours is None) == (self.working_days is None):
            raise ValueError("a clock has either hours or working_days")
        if self.at_most is not None and (self.working_days is None or self.at_most < self.working_days):
            raise ValueError("at_most is a number of working days that is not below working_days")
        return self


class Move(_Frozen):
    """What somebody may do. From: the states it leaves (none: it opens a matter); to: where it leads (none: it stays).

    needs: what must be said with it. at_most: how often in one matter. pauses, resumes, extends: clocks.
    activity: the kind of activity that comes out of it for the deputy who makes it; activity_of: another for a class.
    reopens: it takes back what came out before.
    """

    title: Words
    leaves: tuple[Name, ...] = Field(default=(), alias="from")
    to: Name | None = None
    who: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    at_most: int | None = Field(default=None, ge=1)
    pauses: tuple[Name, ...] = ()
    resumes: tuple[Name, ...] = ()
    extends: tuple[Name, ...] = ()
    reopens: bool = False
    activity: str | None = None
    activity_of: Mapping[Name, str] = Field(default_factory=dict)
    basis: Words | None = None


class ProcessBook(_Frozen):
    """The whole book of one practice."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Words
    version: str
    source: str
    assumed: tuple[str, ...] = ()
    states: Mapping[Name, State]
    moves: Mapping[Name, Move]
    clocks: Mapping[Name, Clock]
    classes: Mapping[Name, Words] = Field(default_factory=dict)
    elsewhere: Mapping[Name, Words] = Field(default_factory=dict)
    reply_kinds: Mapping[Name, Words] = Field(default_factory=dict)
    ratings: Mapping[Name, Words] = Field(default_factory=dict)

    @property
    def openings(self) -> tuple[str, ...]:
        """The moves that open a matter."""
        return tuple(name for name, move in self.moves.items() if not move.leaves)

    def moves_from(self, state: str) -> tuple[str, ...]:
        """The moves that leave a state, in the book's order."""
        return tuple(name for name, move in self.moves.items() if state in move.leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFlaw:
    """One thing wrong in a process book: file, line (from 1), where, which kind, with facts for the sentence."""

    name: str
    line: int
    field: str
    kind: str
    facts: Mapping[str, str]


class ProcessBookError(ValueError):
    """A process book that cannot be used; `flaws` has all of them, by line."""

    def __init__(self, flaws: tuple[BookFlaw, ...]) -> None:
        super().__init__(
            "\n".join(f"{flaw.name}:{flaw.line}: {flaw.field}: {flaw.kind} {dict(flaw.facts)}" for flaw in flaws)
        )
        self.flaws = flaws


def parse(text: str, *, name: str) -> ProcessBook:
    """Read a process book. Raises ProcessBookError with every flaw; `name` is the file's, for the flaws."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if text.count("&") and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise ProcessBookError((_flaw(name, 1, "", "aliases_refused"),))
        doubled = tuple(_doubled_keys(name, root))
        if doubled:
            raise ProcessBookError(doubled)
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise ProcessBookError((_flaw(name, line, "", "not_yaml", problem=str(wrong.problem)),)) from wrong
    try:
        book = ProcessBook.model_validate(content, strict=False)
    except ValidationError as wrong:
        found = [
            _flaw(
                name,
                _line_of(root, error["loc"]),
                ".".join(map(str, error["loc"])),
                "wrong_value",
                problem=error["msg"],
            )
            for error in wrong.errors()
        ]
        raise ProcessBookError(tuple(sorted(found, key=lambda flaw: (flaw.line, flaw.field)))) from wrong
    flaws = sorted(_disagreements(book, name, root), key=lambda flaw: (flaw.line, flaw.field, flaw.kind))
    if flaws:
        raise ProcessBookError(tuple(flaws))
    return book


def _flaw(name: str, line: int, field: str, kind: str, **facts: str) -> BookFlaw:
    return BookFlaw(name=name, line=line, field=field, kind=kind, facts=facts)


def _doubled_keys(name: str, node: yaml.Node | None) -> Iterator[BookFlaw]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield _flaw(name, key.start_mark.line + 1, key.value, "key_twice")
            seen.add(key.value)
            yield from _doubled_keys(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _doubled_keys(name, value)


def _line_of(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """Find the line of the nearest node on the way to `where`."""
    line = 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _disagreements(book: ProcessBook, name: str, root: yaml.Node | None) -> Iterator[BookFlaw]:
    """What each part says for itself, but the parts together do not bear out."""

    def flaw(kind: str, *where: str, **facts: str) -> BookFlaw:
        return _flaw(name, _line_of(root, where), ".".join(where), kind, **facts)

    for move_name, move in book.moves.items():
        for state in (*move.leaves, *((move.to,) if move.to else ())):
            if state not in book.states:
                yield flaw("unknown_state", "moves", move_name, state=state)
        for kind in move.activity_of:
            if kind not in book.classes:
                yield flaw("unknown_class", "moves", move_name, named=kind)
        if not move.leaves and move.to is None:
            yield flaw("move_goes_nowhere", "moves", move_name)
        for named in (*move.pauses, *move.resumes, *move.extends):
            if named not in book.clocks:
                yield flaw("unknown_clock", "moves", move_name, clock=named)
        for state in move.leaves:
            if state in book.states and book.states[state].sealed:
                yield flaw("move_leaves_sealed_state", "moves", move_name, state=state)
    for clock_name, clock in book.clocks.items():
        if clock.counts_against in ("deputy", "resident"):
            yield flaw("clock_against_a_person", "clocks", clock_name, role=clock.counts_against)
        for field, used in (("starts", clock.starts), ("stops", clock.stops)):
            for move_of in used:
                if move_of not in book.moves:
                    yield flaw("unknown_move", "clocks", clock_name, field, move=move_of)
    if not book.openings:
        yield flaw("nothing_opens_a_matter", "moves")
    yield from _dead_ends(book, flaw)


def _dead_ends(book: ProcessBook, flaw: Any) -> Iterator[BookFlaw]:
    """Every state is reached, and from every state an end is reached."""
    goes: dict[str, set[str]] = {state: set() for state in book.states}
    reached = {move.to for move in book.moves.values() if not move.leaves and move.to}
    for move in book.moves.values():
        for state in move.leaves:
            if move.to and state in goes:
                goes[state].add(move.to)
    reached = _closure(reached & goes.keys(), goes)
    comes: dict[str, set[str]] = {state: set() for state in book.states}
    for state, nexts in goes.items():
        for after in nexts & comes.keys():
            comes[after].add(state)
    ends = _closure({name for name, state in book.states.items() if state.end}, comes)
    for state in book.states:
        if state not in reached:
            yield flaw("state_never_reached", "states", state)
        if state not in ends:
            yield flaw("state_without_way_out", "states", state)


def _closure(start: set[str], goes: Mapping[str, set[str]]) -> set[str]:
    found, rest = set(start), list(start)
    while rest:
        for after in goes.get(rest.pop(), set()) - found:
            found.add(after)
            rest.append(after)
    return found
