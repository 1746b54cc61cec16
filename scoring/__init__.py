"""How much: rule books, awards, periods, rankings, ledger and quotas; pure, whole tenths of a point, never floats."""

from scoring.activities import Activity
from scoring.awards import award
from scoring.entries import Entry

__all__ = ["Activity", "Entry", "award"]
