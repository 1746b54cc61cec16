"""Heat: how many matters came from each grid, graded for a map; in public, counts below five are one step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import MatterRow, ProcessBookRow
from gridmap.coverage import NOTHING, SCALE, Step
from scoring.periods import Period
from services.act import CIVIL
from services.atlas import Atlas
from services.matters_books import read_book

LEAST_PUBLIC = 5  # counts from 1 up to this are not told apart in public
QUANTILES = (0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Counts of matters by grid, in the order of the atlas's grids, with the legend's steps.

    `elsewhere`: matters of the period without a grid of this atlas. In public `counts` holds no number from 1 to 4
    (they are all 1, the step's own number) and `total` is rounded down to whole fives.
    """

    counts: tuple[int, ...]
    index: tuple[int, ...]  # the step of each grid
    steps: tuple[Step, ...]
    total: int
    elsewhere: int
    public: bool


def matter_heat(unit: Session, atlas: Atlas, *, period: Period | None, kind: str = "", public: bool) -> Heat:
    """Count the matters received in a period (None: ever) by grid; one merged into another is not counted again."""
    query = select(MatterRow.grid_code).where(MatterRow.merged_into_id.is_(None))
    if period is not None:
        query = query.where(
            MatterRow.received_at >= midnight(period.start), MatterRow.received_at < midnight(period.end)
        )
    if kind:
        query = query.where(MatterRow.kind == kind)
    found = Counter(unit.scalars(query))
    codes = [str(code) for code in atlas.layers.grids["code"]]
    counts = [found.get(code, 0) for code in codes]
    elsewhere = sum(found.values()) - sum(counts)
    return graded(counts, elsewhere, public=public)


def kinds_in_use(unit: Session) -> dict[str, dict[str, str]]:
    """Give the classes of every book that matters came in under, with their words in both languages."""
    rows = unit.scalars(select(ProcessBookRow).order_by(ProcessBookRow.id))
    return {
        name: {"zh": words.zh, "en": words.en}
        for row in rows
        for name, words in read_book(row.text, row.name).classes.items()
    }


def midnight(day: date) -> datetime:
    """Give the instant at which a civil day begins."""
    return datetime.combine(day, time(), tzinfo=CIVIL)


def graded(counts: Sequence[int], elsewhere: int, *, public: bool) -> Heat:
    """Grade counts into a legend: none, then steps that the counts themselves give; in public 1–4 is one of them."""
    shown = [1 if public and 0 < count < LEAST_PUBLIC else count for count in counts]
    starts = starts_of(counts, public=public)
    index = np.searchsorted(starts, shown, side="right") - 1
    sizes = np.bincount(index, minlength=len(starts)) if len(shown) else np.zeros(len(starts), dtype=int)
    ends: list[int | None] = [*(start - 1 for start in starts[1:]), None]
    if public and starts[-1] == 1:
        ends[-1] = LEAST_PUBLIC - 1
    colours = (NOTHING, *SCALE)
    total = sum(counts)
    return Heat(
        counts=tuple(shown), index=tuple(int(step) for step in index), total=total - total % 5 if public else total,
        elsewhere=0 if public else elsewhere, public=public,
        steps=tuple(
            Step(colour=colours[number], low=low, high=high, grids=int(sizes[number]))
            for number, (low, high) in enumerate(zip(starts, ends, strict=True))
        ),
    )  # fmt: skip


def starts_of(counts: Sequence[int], *, public: bool) -> list[int]:
    """Give the first number of each step; in public everything from 1 to 4 is one step, whatever the counts are."""
    least = LEAST_PUBLIC if public else 2
    some = {1} if any(counts) else set()
    more = {LEAST_PUBLIC} if public and max(counts, default=0) >= LEAST_PUBLIC else set()
    return sorted({0} | some | more | set(cuts([count for count in counts if count >= least])))


def cuts(counts: Sequence[int]) -> list[int]:
    """Give the first number of each further step: the counts themselves where they are few, else their quantiles."""
    values = sorted(set(counts))
    if len(values) <= len(QUANTILES):
        return values
    return sorted({round(float(cut)) for cut in np.quantile(counts, QUANTILES)})
