"""The five levels of people's congresses: their order, their layer of electoral districts, and who is asked first."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

LEVELS = ("national", "province", "prefecture", "county", "town")  # the highest first
LAYERS = ("county", "town")  # the sets of electoral districts
# Deputies of these levels are elected directly, in an electoral district of this layer (Elections Law, article 3);
# the others are elected by a congress and have an electing unit instead.
LAYER_OF: Mapping[str, str] = MappingProxyType({"county": "county", "town": "town"})
FIRST_CONTACT = ("town", "county", "prefecture", "province", "national")  # whom a grid worker asks first: a setting


class UnknownLevelError(ValueError):
    """The text is not the id of a level."""


def check_level(level: str) -> str:
    """Give the level back. Raises UnknownLevelError, which names the known ones."""
    if level not in LEVELS:
        raise UnknownLevelError(f"unknown level {level!r}; known: {', '.join(LEVELS)}")
    return level


def is_directly_elected(level: str) -> bool:
    """Say whether electors elect this level's deputies themselves. Raises UnknownLevelError."""
    return check_level(level) in LAYER_OF


def layer_of(level: str) -> str | None:
    """Give the layer of a level's electoral districts; None where a congress elects. Raises UnknownLevelError."""
    return LAYER_OF.get(check_level(level))


def in_order(levels: Iterable[str]) -> tuple[str, ...]:
    """List levels once each, the highest first. Raises UnknownLevelError."""
    return tuple(sorted({check_level(level) for level in levels}, key=LEVELS.index))


def lowest(levels: Iterable[str]) -> str:
    """Give the lowest level of some: the seat an act counts for when nothing else decides.

    Raises UnknownLevelError; ValueError when there is none.
    """
    ordered = in_order(levels)
    if not ordered:
        raise ValueError("no level to choose from")
    return ordered[-1]


def contact_order(setting: Sequence[str] = FIRST_CONTACT) -> tuple[str, ...]:
    """Read the setting of whom to ask first: the levels it names, then the others, the lower first.

    Raises UnknownLevelError; ValueError when a level is named twice.
    """
    named = tuple(check_level(level) for level in setting)
    if len(set(named)) != len(named):
        raise ValueError(f"a level is named twice: {', '.join(named)}")
    return (*named, *(level for level in reversed(LEVELS) if level not in named))


def first_contact(levels: Iterable[str], setting: Sequence[str] = FIRST_CONTACT) -> str | None:
    """Choose the level to ask first among those that have a linked deputy; None when none has."""
    present = set(in_order(levels))
    return next((level for level in contact_order(setting) if level in present), None)
