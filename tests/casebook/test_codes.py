"""Codes of two offices that do not match: the pattern that is named, and the mapping that is proposed."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gridmap.code_shapes import mismatch, shape_of

CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parent / "codes").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_pattern_is_named_and_the_mapping_proposed(case: dict[str, Any]) -> None:
    found = mismatch(case["written"], case["known"])
    assert (found.pattern if found else "") == case["pattern"]
    assert (found.mapping if found else {}) == case.get("joins", {})


CODES = st.lists(st.text("0123456789AB", min_size=1, max_size=12), max_size=12)


@given(CODES, CODES)
def test_a_proposed_mapping_leads_to_known_codes_and_never_joins_two(written: list[str], known: list[str]) -> None:
    found = mismatch(written, known)
    if found is None or found.pattern == "scientific":
        return
    assert set(found.mapping) <= set(written) - set(known)
    assert set(found.mapping.values()) <= set(known)
    assert len(set(found.mapping.values())) == len(found.mapping) == found.matched
    assert 2 * found.matched >= found.unknown


@given(CODES, CODES)
def test_the_order_of_rows_changes_nothing(written: list[str], known: list[str]) -> None:
    assert mismatch(written, known) == mismatch(reversed(written), reversed(known))


@pytest.mark.parametrize(
    ("codes", "shape"),
    [
        (["440784001001", "440784001002"], "9×12"),
        (["X001", "12"], "9×2 / A×1 9×3"),
        (["４４"], "９×2"),
        ([], ""),
    ],
)
def test_a_shape_says_how_codes_are_written(codes: list[str], shape: str) -> None:
    assert shape_of(codes) == shape
