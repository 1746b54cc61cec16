"""A tenure: who holds a seat from which day to which, as far as points and quotas care."""

from dataclasses import dataclass
from datetime import date

from scoring.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A seat and the days it counts, half-open; end None means still held."""

    seat: str
    person: str
    level: str
    start: date
    end: date | None = None

    def within(self, period: Period) -> Period | None:
        """Give the part of a period that the seat was held; None when it was not held at all."""
        start = max(self.start, period.start)
        end = period.end if self.end is None else min(self.end, period.end)
        return Period(name=period.name, start=start, end=end) if start < end else None
