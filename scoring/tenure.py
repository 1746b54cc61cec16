"""A tenure: who holds a seat from which day to which, as far as points and quotas care."""

from dataclasses import dataclass
from datetime import date

from scoring.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A seat and the days it counts, half-open; end None means still held.

    paused: the days of suspensions, half-open too, none of them over another; they count for nothing.
    """

    seat: str
    person: str
    level: str
    start: date
    end: date | None = None
    paused: tuple[tuple[date, date | None], ...] = ()

    def days_in(self, period: Period) -> int:
        """Count the days of a period on which the seat was held and not suspended."""
        held = self.within(period)
        if held is None:
            return 0
        away = ((min(held.end, end or held.end) - max(held.start, start)).days for start, end in self.paused)
        return held.days - sum(max(0, days) for days in away)

    def within(self, period: Period) -> Period | None:
        """Give the part of a period that the seat was held; None when it was not held at all."""
        start = max(self.start, period.start)
        end = period.end if self.end is None else min(self.end, period.end)
        return Period(name=period.name, start=start, end=end) if start < end else None
