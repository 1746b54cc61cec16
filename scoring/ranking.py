"""Rankings: seats compared inside their group, equals sharing a rank; a reference, exact to the tenth."""

from collections.abc import Iterable

import pandas as pd

from scoring.entries import Entry
from scoring.ledger import balance
from scoring.periods import Period

COLUMNS = ("seat", "group", "tenths")


def totals(entries: Iterable[Entry], period: Period, seats: pd.DataFrame) -> pd.DataFrame:
    """Add up a period's entries for every seat.

    seats: DataFrame[seat, group, …], whom to compare with whom; a seat without an entry has 0, other columns stay.
    Gives seats with `tenths` (int64), listed by seat. Raises ValueError for a missing column or a seat named twice.
    """
    _check(seats, ("seat", "group"))
    sums = balance(entry for entry in entries if entry.on in period)
    counted = [sums.get(str(seat), 0) for seat in seats["seat"]]
    return seats.assign(tenths=pd.Series(counted, index=seats.index, dtype="int64")).sort_values(
        "seat", kind="stable", ignore_index=True
    )


def rank(totals: pd.DataFrame) -> pd.DataFrame:
    """Rank seats inside each group: 1, 2, 2, 4; listed by group, rank and seat.

    totals: DataFrame[seat, group, tenths (whole numbers), …]; other columns stay. Adds
    rank: one more than the seats of the group with more points;  tied: how many seats share it, itself counted;
    percentile: the whole percentage, cut off, of the group's seats that have no more points (the first has 100).
    Raises ValueError for a missing column, a seat named twice, or points that are not whole tenths.
    """
    _check(totals, COLUMNS)
    if len(totals) and not pd.api.types.is_integer_dtype(totals["tenths"].dtype):
        raise ValueError(f"tenths must be whole numbers, not {totals['tenths'].dtype}")
    tenths = totals["tenths"].astype("int64").groupby(totals["group"])
    size = tenths.transform("size").astype("int64")
    first = tenths.rank(method="min", ascending=False).astype("int64")
    tied = totals.groupby(["group", "tenths"])["seat"].transform("size").astype("int64")
    ranked = totals.assign(rank=first, tied=tied, percentile=(size - first + 1) * 100 // size)
    return ranked.sort_values(["group", "rank", "seat"], kind="stable", ignore_index=True)


def _check(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"totals without column {', '.join(missing)}")
    twice = sorted(frame.loc[frame["seat"].duplicated(), "seat"].astype(str).unique())
    if twice:
        raise ValueError(f"seats named twice: {', '.join(twice)}")
