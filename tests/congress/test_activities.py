"""An activity goes from hand to hand: who may take it further, and that nothing counts before the congress said so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.activities import (
    COUNTING,
    ENTER_FOR_OTHERS,
    FIRST_STATE,
    MODES,
    MOVES,
    STATES,
    MoveError,
    after,
    entry_way,
    open_moves,
)
from congress.permissions import PERMISSIONS, ROLES
from data.messages import words


@pytest.mark.parametrize(
    ("state", "move", "role", "town_first", "then"),
    [
        ("entered", "confirm", "deputy", True, "reported"),
        ("entered", "decline", "deputy", True, "withdrawn"),
        ("reported", "verify", "town", True, "town_verified"),
        ("town_verified", "verify", "congress", True, "verified"),
        ("reported", "verify", "congress", False, "verified"),
        ("reported", "refuse", "town", True, "refused"),
        ("town_verified", "refuse", "congress", True, "refused"),
        ("reported", "withdraw", "deputy", True, "withdrawn"),
        ("verified", "withdraw", "congress", True, "withdrawn"),
    ],
)
def test_a_step_leads_where_the_table_says(state: str, move: str, role: str, town_first: bool, then: str) -> None:
    assert after(state, move, role=role, town_first=town_first, reason="有误") == then


@pytest.mark.parametrize(
    ("state", "move", "role", "town_first", "why"),
    [
        ("reported", "verify", "congress", True, "town_first"),
        ("reported", "verify", "town", False, "congress_verifies"),
        ("reported", "verify", "deputy", True, "role"),
        ("entered", "verify", "town", True, "state"),
        ("town_verified", "verify", "town", True, "state"),
        ("verified", "withdraw", "deputy", True, "state"),
        ("refused", "verify", "congress", False, "state"),
        ("withdrawn", "confirm", "deputy", True, "state"),
    ],
)
def test_a_step_out_of_turn_is_refused_with_its_reason(
    state: str, move: str, role: str, town_first: bool, why: str
) -> None:
    with pytest.raises(MoveError) as caught:
        after(state, move, role=role, town_first=town_first, reason="有误")
    assert caught.value.key == f"activity.refused.{why}"


@pytest.mark.parametrize("move", [name for name, move in MOVES.items() if move.reason])
def test_nobody_is_turned_away_without_a_reason(move: str) -> None:
    role, states = next(iter(MOVES[move].starts.items()))
    with pytest.raises(MoveError, match=r"activity\.refused\.reason"):
        after(states[0], move, role=role, town_first=role == "town", reason="  ")


def test_an_unknown_move_is_the_callers_mistake() -> None:
    with pytest.raises(LookupError, match="promote"):
        after("reported", "promote", role="congress", town_first=False)


STEPS = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from(ROLES)), max_size=12)


@given(st.sampled_from(sorted(FIRST_STATE.values())), STEPS, st.booleans())
def test_nothing_counts_before_the_congress_verified_it(state: str, steps: list[tuple[str, str]], first: bool) -> None:
    by = []
    for move, role in steps:
        try:
            state = after(state, move, role=role, town_first=first, reason="理由")
        except MoveError:
            continue
        by.append((move, role))
        assert state in STATES
    if state == COUNTING:
        assert by[-1] == ("verify", "congress")
        assert not first or ("verify", "town") in by


@given(st.sampled_from(["refused", "withdrawn"]), st.sampled_from(ROLES), st.booleans())
def test_what_was_refused_or_withdrawn_stays_so(state: str, role: str, first: bool) -> None:
    assert open_moves(state, role=role, town_first=first) == ()


@given(st.sampled_from(ROLES), st.booleans(), st.booleans())
def test_only_a_deputy_reports_their_own_and_only_an_organiser_calls_the_roll(
    role: str, own: bool, roll_call: bool
) -> None:
    try:
        way = entry_way(role, own=own, roll_call=roll_call)
    except MoveError:
        assert role not in ENTER_FOR_OTHERS
        return
    assert (way == "own") == (role == "deputy")
    assert (way == "roll_call") == (roll_call and role in ENTER_FOR_OTHERS)


def test_every_move_asks_a_permission_that_names_its_roles() -> None:
    for move in MOVES.values():
        assert set(move.starts) <= set(PERMISSIONS[move.act].roles)


def test_states_moves_and_modes_have_words() -> None:
    known = words("zh").keys()
    assert {f"activity.state.{state}" for state in (*STATES, "draft")} <= known
    assert {f"activity.move.{move}" for move in (*MOVES, "enter")} <= known
    assert {f"activity.mode.{mode}" for mode in MODES} <= known
