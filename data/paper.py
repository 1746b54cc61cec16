"""A paper as it was found: headers, cells as they stand, where each row is, and what is wrong with it so far."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.flaws import Flaw

MOST_OF_A_KIND = 500  # flaws of one kind in one column that are listed one by one


class UnreadablePaperError(Exception):
    """The paper cannot be read any further; why stands in its report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a file may be before it is refused unread."""

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 800_000_000
    members: int = 2_000
    rows: int = 500_000
    columns: int = 256
    cells: int = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row is: its line in a sheet or its feature in a layer, 1 being the first; None where not asked."""

    line: int | None = None
    feature: int | None = None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Paper:
    """Headers and columns of cells, as found; `geometry` and `crs` only for layer files."""

    headers: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]
    numbers: Sequence[int]  # of each row: line or feature
    unit: Literal["line", "feature"]
    geometry: NDArray[np.object_] | None = None
    crs: object | None = None

    def place(self, row: int) -> Place:
        """Say where a row is."""
        number = int(self.numbers[row])
        return Place(line=number) if self.unit == "line" else Place(feature=number)


NOWHERE = Place()


class Report:
    """The flaws of one file, gathered while it is read to its end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._flaws: list[Flaw] = []
        self._listed: Counter[tuple[str, str]] = Counter()

    def fatal(self, kind: str, *, place: Place = NOWHERE, field: str = "", code: str = "", **facts: Any) -> None:
        """Note what keeps the file out."""
        self._note(kind, True, place, field, code, facts)

    def warn(self, kind: str, *, place: Place = NOWHERE, field: str = "", code: str = "", **facts: Any) -> None:
        """Note what a person should look at."""
        self._note(kind, False, place, field, code, facts)

    def stop(self, kind: str, *, place: Place = NOWHERE, field: str = "", **facts: Any) -> UnreadablePaperError:
        """Note what ends the reading, and give the error to raise."""
        self.fatal(kind, place=place, field=field, **facts)
        return UnreadablePaperError(kind)

    def flaws(self) -> tuple[Flaw, ...]:
        """Give all flaws: those of the whole file first, then by row."""
        more = [
            Flaw(file=self.file, kind="more_of_the_same", fatal=False, field=field,
                 facts={"same": kind, "count": count - MOST_OF_A_KIND})
            for (kind, field), count in self._listed.items()
            if count > MOST_OF_A_KIND
        ]  # fmt: skip
        return tuple(sorted(self._flaws + more, key=lambda flaw: flaw.line or flaw.feature or 0))

    @property
    def spoiled(self) -> bool:
        """Whether a fatal flaw concerns the whole file."""
        return any(flaw.fatal and flaw.line is None and flaw.feature is None for flaw in self._flaws)

    def _note(self, kind: str, fatal: bool, place: Place, field: str, code: str, facts: dict[str, Any]) -> None:
        self._listed[kind, field] += 1
        if self._listed[kind, field] <= MOST_OF_A_KIND:
            self._flaws.append(
                Flaw(file=self.file, kind=kind, fatal=fatal, line=place.line, feature=place.feature, field=field,
                     code=code, facts=facts)
            )  # fmt: skip
