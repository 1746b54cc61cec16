"""The quota of a directly elected congress: how many deputies the Elections Law gives it for its population."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A base, one more for each so many people, and the bounds that the law sets (Elections Law 2020, article 12)."""

    base: int
    each: int
    small: int  # below this population the congress may have fewer than the base
    most: int


# County: 140 and one more for every 5,000 people, at most 450 (reached at 1,550,000); below 50,000 it may have fewer.
# Town: 45 and one more for every 1,500 people, at most 160; below 2,000 it may have fewer.
QUOTAS: Mapping[str, Quota] = MappingProxyType(
    {
        "county": Quota(base=140, each=5_000, small=50_000, most=450),
        "town": Quota(base=45, each=1_500, small=2_000, most=160),
    }
)


def quota(layer: str, population: int) -> tuple[int, int]:
    """Give the least and the most seats that a congress of a layer has by its population, both included.

    Raises KeyError for a layer without direct elections, ValueError for a negative population.
    """
    if population < 0:
        raise ValueError("a population is not negative")
    rule = QUOTAS[layer]
    high = min(rule.most, rule.base + population // rule.each)
    return (1 if population < rule.small else rule.base, high)
