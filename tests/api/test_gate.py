"""The gate counts who comes in, and a household with many addresses is one."""

import pytest

from api.gate import household


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2408:8000:1:2::1", "2408:8000:1:2:ffff:eeee:dddd:cccc", True),
        ("2408:8000:1:2::1", "2408:8000:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("a-socket", "another", False),
    ],
)
def test_one_household_is_one_address_whatever_it_writes_behind(one: str, other: str, same: bool) -> None:
    assert (household(one) == household(other)) is same
