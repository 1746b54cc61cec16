"""The five levels, their order and whom a grid worker asks first."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.levels import (
    FIRST_CONTACT,
    LAYER_OF,
    LAYERS,
    LEVELS,
    UnknownLevelError,
    contact_order,
    first_contact,
    in_order,
    is_directly_elected,
    layer_of,
    lowest,
)


def test_only_county_and_town_deputies_are_elected_in_a_district() -> None:
    assert [level for level in LEVELS if is_directly_elected(level)] == ["county", "town"]
    assert [layer_of(level) for level in LEVELS] == [None, None, None, "county", "town"]
    assert set(LAYER_OF.values()) == set(LAYERS)


def test_the_layer_table_maps_a_column_and_cannot_be_changed() -> None:
    column = pd.Series(["county", "province", "town"])
    assert column.map(LAYER_OF).fillna("").tolist() == ["county", "", "town"]
    assert column.isin(LAYER_OF).tolist() == [True, False, True]
    with pytest.raises(TypeError):
        LAYER_OF["province"] = "county"  # type: ignore[index]


def test_a_grid_worker_asks_the_town_deputy_first_then_the_county_then_above() -> None:
    assert FIRST_CONTACT == ("town", "county", "prefecture", "province", "national")
    assert first_contact(["county", "town", "national"]) == "town"
    assert first_contact(["national", "prefecture"]) == "prefecture"
    assert first_contact([]) is None


def test_the_setting_of_first_contact_may_name_some_levels_and_the_rest_follow_from_below() -> None:
    assert contact_order(["county"]) == ("county", "town", "prefecture", "province", "national")
    assert first_contact(["county", "town"], ["county"]) == "county"
    with pytest.raises(ValueError, match="twice"):
        contact_order(["town", "town"])


@given(st.lists(st.sampled_from(LEVELS), min_size=1))
def test_the_lowest_level_is_the_last_in_order(levels: list[str]) -> None:
    ordered = in_order(levels)
    assert ordered == tuple(level for level in LEVELS if level in levels)
    assert lowest(levels) == ordered[-1]


def test_there_is_no_lowest_of_nothing() -> None:
    with pytest.raises(ValueError, match="no level"):
        lowest([])


@pytest.mark.parametrize(
    "ask", [is_directly_elected, layer_of, lambda level: in_order([level]), lambda level: first_contact([level])]
)
def test_a_village_is_not_a_level(ask: object) -> None:
    with pytest.raises(UnknownLevelError, match="village"):
        ask("village")  # type: ignore[operator]
