"""Codes: levels, parents, padding and order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.codes import (
    CodePattern,
    ancestor_at,
    ancestors,
    level_of,
    lies_within,
    parent_code,
    ranks,
    unpadded,
)


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("44", "province", None),
        ("4407", "prefecture", "44"),
        ("440784", "county", "4407"),
        ("440784001", "town", "440784"),
        ("440784001006", "village", "440784001"),
        ("440784001006W03", "grid", "440784001006"),
        ("440784001006-01", "grid", "440784001006"),
        ("4407840", None, None),
        ("DE-BY-09162", None, None),
        ("", None, None),
        ("４４０７８４001006", None, None),
    ],
)
def test_a_code_knows_its_level_and_its_parent(code: str, level: str | None, parent: str | None) -> None:
    assert level_of(code) == level
    assert parent_code(code) == parent


def test_ancestors_stand_nearest_first() -> None:
    assert ancestors("440784001006W1") == ("440784001006", "440784001", "440784", "4407", "44")
    assert ancestor_at("440784001006W1", "town") == "440784001"
    assert ancestor_at("440784001", "town") == "440784001"
    assert ancestor_at("440784", "town") is None


def test_a_code_lies_within_its_ancestors_and_within_no_mere_prefix() -> None:
    assert lies_within("440784001006", "440784001")
    assert lies_within("440784", "440784")
    assert not lies_within("440784001", "44078400")
    assert not lies_within("440784", "440784001")


@pytest.mark.parametrize(
    ("padded", "short"),
    [
        ("440784001000", "440784001"),
        ("440784000000", "440784"),
        ("440700", "4407"),
        ("440000", "44"),
        ("440784001006", "440784001006"),
        ("440784001006W000", "440784001006W000"),
        ("440784100", "440784100"),
        ("north000", "north000"),
    ],
)
def test_padding_falls_in_whole_groups_only(padded: str, short: str) -> None:
    assert unpadded(padded) == short


def test_another_country_brings_its_own_pattern() -> None:
    boroughs = CodePattern(lengths=(("city", 2), ("borough", 4)), finest="block", prefix=r"[A-Z0-9]+")
    assert parent_code("NYC1-7", boroughs) == "NYC1"
    assert level_of("NYC1", boroughs) == "borough"
    with pytest.raises(ValueError, match="grow in length"):
        CodePattern(lengths=(("borough", 4), ("city", 2)), finest="block")


@given(st.lists(st.text(max_size=4), max_size=12))
def test_ranks_are_plain_string_order_and_equal_codes_keep_their_rows(codes: list[str]) -> None:
    found = ranks(codes)
    assert sorted(found) == list(range(len(codes)))
    for i, one in enumerate(codes):
        for j, other in enumerate(codes):
            assert (found[i] < found[j]) == ((one, i) < (other, j))
