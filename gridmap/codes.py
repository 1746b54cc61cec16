"""Codes of places: the level that a code speaks of, the code above it, and which of two is lower."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePattern:
    """How a country's codes nest: each level is a prefix of the next, `finest` a free suffix behind the last level.

    `lengths` names the levels from the widest to the narrowest with the number of characters of a code of that level;
    `prefix` is what a nesting code has to begin with, as a regular expression of its first `lengths[-1]` characters.
    """

    lengths: tuple[tuple[str, int], ...]
    finest: str
    prefix: str = "[0-9]+"

    def __post_init__(self) -> None:
        """Refuse a pattern whose levels do not grow."""
        counts = [length for _, length in self.lengths]
        if not counts or counts != sorted(set(counts)):
            raise ValueError(f"the levels of a code pattern grow in length, these do not: {self.lengths}")


# GB/T 2260, GB/T 10114 and the statistical codes: 44 4407 440784 440784001 440784001006; a grid adds a suffix.
CHINA = CodePattern(
    lengths=(("province", 2), ("prefecture", 4), ("county", 6), ("town", 9), ("village", 12)),
    finest="grid",
)


def level_of(code: str, pattern: CodePattern = CHINA) -> str | None:
    """Name the level a code speaks of, or None for a code that does not nest, such as another country's."""
    longest = pattern.lengths[-1][1]
    if re.fullmatch(pattern.prefix, code[:longest]) is None:
        return None
    if len(code) > longest:
        return pattern.finest
    return next((level for level, length in pattern.lengths if length == len(code)), None)


def parent_code(code: str, pattern: CodePattern = CHINA) -> str | None:
    """Give the code one level above: 440784001006 → 440784001; None at the top and for a code that does not nest."""
    if level_of(code, pattern) is None:
        return None
    shorter = [length for _, length in pattern.lengths if length < len(code)]
    return code[: shorter[-1]] if shorter else None


def ancestors(code: str, pattern: CodePattern = CHINA) -> tuple[str, ...]:
    """List the codes above, nearest first."""
    found = []
    above = parent_code(code, pattern)
    while above is not None:
        found.append(above)
        above = parent_code(above, pattern)
    return tuple(found)


def ancestor_at(code: str, level: str, pattern: CodePattern = CHINA) -> str | None:
    """Give the code's ancestor of a level (the code itself when it is of that level), or None."""
    chain = (code, *ancestors(code, pattern))
    return next((each for each in chain if level_of(each, pattern) == level), None)


def lies_within(code: str, other: str, pattern: CodePattern = CHINA) -> bool:
    """Tell whether one code is the other or nests below it; 440784001 does not lie within 44078400."""
    return code == other or other in ancestors(code, pattern)


def unpadded(code: str, pattern: CodePattern = CHINA) -> str:
    """Strip the zeros that lists write behind a short code: 440784001000 → 440784001, 440700 → 4407.

    Only a code of exactly one of the pattern's lengths is touched, and only whole groups of zeros fall.
    """
    lengths = [length for _, length in pattern.lengths]
    if len(code) not in lengths or level_of(code, pattern) is None:
        return code
    kept = lengths.index(len(code))
    while kept > 0 and set(code[lengths[kept - 1] : lengths[kept]]) == {"0"}:
        kept -= 1
    return code[: lengths[kept]]


def ranks(codes: Iterable[str]) -> NDArray[np.int64]:
    """Rank codes in plain string order, the natural order of the house; equal codes rank by their row.

    Returns one rank per code, 0 for the lowest: the tie-break "the lower code wins" compares these numbers.
    """
    texts = list(codes)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    found = np.empty(len(texts), dtype=np.int64)
    found[order] = np.arange(len(texts))
    return found
