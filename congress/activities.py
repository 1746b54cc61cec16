"""Activities pass from hand to hand: entered, confirmed, verified by town and congress; nothing counts before."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

STATES = ("entered", "reported", "returned", "town_verified", "verified", "refused", "withdrawn")
OPEN_STATES = ("entered", "reported", "returned", "town_verified")  # somebody's answer is still wanted
COUNTING = "verified"
MODES = ("station", "meeting", "walk_through", "home_visit")  # at the station, meeting electors, on foot, at home

# Ways in: who enters, and the state it gives. Nothing is stored before, a draft stays in the form.
OWN, FOR_ANOTHER, ROLL_CALL = "own", "for_another", "roll_call"
FIRST_STATE: Mapping[str, str] = MappingProxyType({OWN: "reported", FOR_ANOTHER: "entered", ROLL_CALL: "reported"})
ENTER_OWN = ("deputy",)
ENTER_FOR_OTHERS = ("station", "town", "congress")


class MoveError(ValueError):
    """A move that the state or the role forbids: why, as a message key with facts (`…_key`: a message key itself)."""

    def __init__(self, key: str, **facts: str) -> None:
        super().__init__(key)
        self.key = key
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move: the act that permits it, for each role the states it starts from, and whether it needs a reason."""

    act: str
    starts: Mapping[str, tuple[str, ...]]
    reason: bool = False


# The table of moves. Where a verification leads is said by `after`, every other move by TARGET; who says “not me”
# (disown) goes, the activity of the others stays where it is.
MOVES: Mapping[str, Move] = MappingProxyType({
    "confirm":  Move(act="activity.confirm", starts={"deputy": ("entered",)}),
    "decline":  Move(act="activity.confirm", starts={"deputy": ("entered",)}, reason=True),
    "verify":   Move(act="activity.verify", starts={
                    "town": ("reported",), "congress": ("reported", "town_verified")}),
    "refuse":   Move(act="activity.verify", reason=True, starts={
                    "town": ("reported",), "congress": ("reported", "town_verified")}),
    "return":   Move(act="activity.verify", reason=True, starts={
                    "town": ("reported",), "congress": ("reported", "town_verified")}),
    "resubmit": Move(act="activity.correct", starts=dict.fromkeys((*ENTER_OWN, *ENTER_FOR_OTHERS), ("returned",))),
    "disown":   Move(act="activity.confirm", reason=True, starts={
                    "deputy": ("reported", "returned", "town_verified", "verified")}),
    "withdraw": Move(act="activity.withdraw", reason=True, starts={
                    "deputy": ("reported", "returned"), "station": ("entered", "returned"),
                    "town": ("entered", "returned"),
                    "congress": ("entered", "reported", "returned", "town_verified", "verified")}),
})  # fmt: skip
TARGET: Mapping[str, str] = MappingProxyType({
    "confirm": "reported", "decline": "withdrawn", "refuse": "refused", "return": "returned", "resubmit": "reported",
    "withdraw": "withdrawn",
})  # fmt: skip


def entry_way(role: str, *, own: bool, roll_call: bool) -> str:
    """Say how an activity comes in: by a deputy for themselves, for a deputy who will confirm, or as a roll-call.

    own: the one who enters is among the people. Raises MoveError where the role has no such way.
    """
    if roll_call and role in ENTER_FOR_OTHERS:
        return ROLL_CALL
    if role in ENTER_OWN and own and not roll_call:
        return OWN
    if role in ENTER_FOR_OTHERS:
        return FOR_ANOTHER
    raise MoveError("activity.refused.way", role_key=f"role.{role}")


def after(state: str, move: str, *, role: str, town_first: bool, reason: str = "") -> str:
    """Give the state after a move.

    town_first: the town verifies before the congress, as it does for the levels the congress has set.
    Raises MoveError when the state, the role or a missing reason forbids it, LookupError for an unknown move.
    """
    if move not in MOVES:
        raise LookupError(f"unknown move {move!r}; known: {', '.join(MOVES)}")
    the = MOVES[move]
    if role not in the.starts:
        raise MoveError("activity.refused.role", move_key=f"activity.move.{move}", role_key=f"role.{role}")
    if state not in the.starts[role]:
        raise MoveError("activity.refused.state", move_key=f"activity.move.{move}", state_key=f"activity.state.{state}")
    if the.act == "activity.verify":
        _mind_the_order(state, role, town_first=town_first)
    if the.reason and not reason.strip():
        raise MoveError("activity.refused.reason", move_key=f"activity.move.{move}")
    if move == "verify":
        return "town_verified" if role == "town" else COUNTING
    return state if move == "disown" else TARGET[move]


def open_moves(state: str, *, role: str, town_first: bool) -> tuple[str, ...]:
    """Name the moves that a role has in a state, in the table's order."""
    return tuple(move for move in MOVES if _is_open(state, move, role, town_first=town_first))


def _is_open(state: str, move: str, role: str, *, town_first: bool) -> bool:
    try:
        after(state, move, role=role, town_first=town_first, reason="…")
    except MoveError:
        return False
    return True


def _mind_the_order(state: str, role: str, *, town_first: bool) -> None:
    """See to it that the town comes first where it must, and stays out where it does not."""
    if role == "town" and not town_first:
        raise MoveError("activity.refused.congress_verifies")
    if role == "congress" and town_first and state == "reported":
        raise MoveError("activity.refused.town_first")
