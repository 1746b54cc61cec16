"""Strips: groups side by side as box plots on one axis, drawn as plain vectors that need neither colour nor script."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.spread import Spread

WIDE, ROW, EDGE = 360, 66, 14
TICKS = (50, 100, 200, 250, 500, 1000, 2500, 5000, 10_000)  # tenths between two marks of the axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One group's box on the axis, in the picture's own units; the words stand above it."""

    label: str
    words: str
    y: int
    least: float
    low: float
    middle: float
    high: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A picture of several groups: width and height, the axis's marks (position, words), and the boxes."""

    title: str
    wide: int
    tall: int
    marks: tuple[tuple[float, str], ...]
    boxes: tuple[Box, ...]


def strip(title: str, groups: Sequence[tuple[str, str, Spread]]) -> Strip:
    """Draw groups of (label, words, spread) on the axis that they need together."""
    low = min([0, *(one.least for _, _, one in groups)])
    top = max([1, *(one.most for _, _, one in groups)])
    step = next((size for size in TICKS if (top - low) / size <= 5), TICKS[-1])
    low = low // step * step
    high = -(-top // step) * step

    def at(tenths: int) -> float:
        return round(EDGE + (WIDE - 2 * EDGE) * (tenths - low) / (high - low), 1)

    return Strip(
        title=title, wide=WIDE, tall=ROW * len(groups) + 26,
        marks=tuple((at(one), f"{one // 10}") for one in range(low, high + 1, step)),
        boxes=tuple(
            Box(
                label=label, words=words, y=ROW * place, least=at(one.least), low=at(one.low), middle=at(one.middle),
                high=at(one.high), most=at(one.most), mean=at(one.mean),
            )
            for place, (label, words, one) in enumerate(groups)
        ),
    )  # fmt: skip
