"""What a placement plan says: links, leads, one line per district, what cannot be met, and the locks it was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class Lock:
    """This seat keeps this piece, whatever else changes; the reason is shown with the link."""

    seat: str
    grid: str
    district: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Something that cannot be met: its kind, the district (empty when it has none), and the numbers and names."""

    kind: str
    district: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A placement of one layer: links, leads, one line per district, and what cannot be met.

    links      seat, grid, district, households (the seat's share), position (1 = first of those who share the piece),
               reason_key, reason_facts; in the order district, grid, position
    leads      grid, seat, households (that the seat answers for in the grid), reason_key, reason_facts; by grid
    districts  district, seats, pieces, households, largest, bound, gap (percent that the largest load is above the
               bound, rounded up), cap, broken (above forced_broken), forced_broken, moved (households), distance
               (household-metres), objective (what is compared, as text: broken, moved, largest, distance),
               kept (the plan in force, as it stands), proven; by district
    unmet      kinds district_without_seat, district_without_piece, seat_without_district, lock_unknown,
               lock_cannot_hold, lock_conflict, load_above_tolerance, zero_households, not_proven
    """

    links: pd.DataFrame
    leads: pd.DataFrame
    districts: pd.DataFrame
    unmet: tuple[Unmet, ...]
