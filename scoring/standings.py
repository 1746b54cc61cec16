"""Standings: who stands where, kept up act by act; equal points share a rank, as in `scoring.ranking`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Competition ranks inside each group, by seat: one more than the seats with more points.

    rank, tied (how many share it, itself counted) and size (of the group): (seats,) whole numbers.
    """

    rank: Numbers
    tied: Numbers
    size: Numbers

    @property
    def percentile(self) -> Numbers:
        """The whole percentage, cut off, of the group's seats that have no more points (the first has 100)."""
        return (self.size - self.rank + 1) * 100 // np.maximum(self.size, 1)


def ranks(tenths: Numbers, groups: Numbers) -> Ranks:
    """Rank all seats inside their groups by counting, without sorting.

    tenths: (seats,) points.  groups: (seats,) the number of each seat's group, from 0.
    """
    many = int(groups.max()) + 1 if len(groups) else 0
    best, least = np.full(many, np.iinfo(np.int64).min), np.full(many, np.iinfo(np.int64).max)
    np.maximum.at(best, groups, tenths)
    np.minimum.at(least, groups, tenths)
    width = np.where(best >= least, best - least + 1, 0)
    start = np.concatenate([[0], np.cumsum(width)])
    if start[-1] > 16 * len(tenths) + (1 << 20):  # points far apart: number the ones that occur
        places, keys = np.unique(start[groups] + best[groups] - tenths, return_inverse=True)
        start = np.searchsorted(places, start)
    else:
        keys = start[groups] + best[groups] - tenths
    counts = np.bincount(keys, minlength=int(start[-1])).astype(np.int64)
    before = np.cumsum(counts) - counts
    before = np.append(before, len(tenths))
    size = np.bincount(groups, minlength=many).astype(np.int64)
    return Ranks(rank=before[keys] - before[start[groups]] + 1, tied=counts[keys], size=size[groups])


class Standings:
    """Points of seats in groups, with a count of how many stand at every number of points: one more act is cheap."""

    def __init__(self, tenths: Numbers, groups: Numbers) -> None:
        """Count where everybody stands. tenths, groups: (seats,), as for `ranks`."""
        self.tenths = tenths.astype(np.int64)
        self.groups = groups.astype(np.int64)
        many = int(groups.max()) + 1 if len(groups) else 0
        self._least = int(tenths.min()) if len(tenths) else 0
        span = (int(tenths.max()) - self._least + 1) if len(tenths) else 1
        keys = self.groups * span + (self.tenths - self._least)
        self._counts = np.bincount(keys, minlength=many * span).astype(np.int64).reshape((many, span))

    def add(self, seat: int, tenths: int) -> None:
        """Give a seat more points, or take some away."""
        before = int(self.tenths[seat])
        self._make_room(before + tenths)
        row = self._counts[self.groups[seat]]
        row[before - self._least] -= 1
        row[before + tenths - self._least] += 1
        self.tenths[seat] = before + tenths

    def rank(self, seat: int) -> tuple[int, int]:
        """Give a seat's rank in its group, and how many share it."""
        row, place = self._counts[self.groups[seat]], int(self.tenths[seat]) - self._least
        return int(row[place + 1 :].sum()) + 1, int(row[place])

    def all_ranks(self) -> Ranks:
        """Rank everybody."""
        return ranks(self.tenths, self.groups)

    def _make_room(self, tenths: int) -> None:
        """Widen the counts where points leave the span that they had, by half as much again."""
        many, span = self._counts.shape
        low = max(0, self._least - tenths)
        high = max(0, tenths - self._least - span + 1)
        if low or high:
            low, high = (low + span // 2 if low else 0), (high + span // 2 if high else 0)
            wider = np.zeros((many, low + span + high), dtype=np.int64)
            wider[:, low : low + span] = self._counts
            self._counts, self._least = wider, self._least - low
