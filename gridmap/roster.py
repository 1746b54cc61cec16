"""Seats, locks and the plan in force, read from their papers: what is wrong with the papers is returned, not raised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridmap.plan import Lock, Unmet
from gridmap.survey import Ground, Key

Locks = dict[str, dict[int, dict[str, str]]]  # district -> row of the ground -> seat -> reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A seat, its district (empty when it has none) and where it works or lives (NaN when not known)."""

    code: str
    district: str
    lon: float
    lat: float


def read_seats(seats: pd.DataFrame) -> dict[str, Seat]:
    """Read the seats in code order."""
    missing = [name for name in ("seat", "district") if name not in seats.columns]
    if missing:
        raise ValueError(f"seats lack the columns {', '.join(missing)}")
    known = {"lon", "lat"} <= set(seats.columns)
    roster: dict[str, Seat] = {}
    table = seats.assign(seat=seats["seat"].astype(str)).sort_values("seat")
    for row in table.to_dict("records"):
        code = str(row["seat"])
        if code in roster:
            raise ValueError(f"the seat {code} is given twice")
        district = "" if pd.isna(row["district"]) else str(row["district"])
        lon, lat = (float(row["lon"]), float(row["lat"])) if known else (np.nan, np.nan)
        roster[code] = Seat(code=code, district=district, lon=lon, lat=lat)
    return roster


def read_current(current: pd.DataFrame | None) -> dict[Key, frozenset[str]]:
    """Gather the plan in force: who has each piece."""
    if current is None:
        return {}
    missing = [name for name in ("seat", "grid", "district") if name not in current.columns]
    if missing:
        raise ValueError(f"the current plan lacks the columns {', '.join(missing)}")
    gathered: dict[Key, set[str]] = {}
    for seat, grid, district in zip(current["seat"], current["grid"], current["district"], strict=True):
        gathered.setdefault((str(grid), str(district)), set()).add(str(seat))
    return {piece: frozenset(seats) for piece, seats in gathered.items()}


def read_locks(ground: Ground, roster: Mapping[str, Seat], locks: Iterable[Lock]) -> tuple[Locks, list[Unmet]]:
    """Sort the locks by district and row; name those whose seat or piece is unknown, or whose seat is elsewhere."""
    held: Locks = {}
    unmet = []
    for lock in sorted(locks, key=lambda lock: (lock.district, lock.grid, lock.seat, lock.reason)):
        facts = {"seat": lock.seat, "grid": lock.grid, "reason": lock.reason}
        row, seat = ground.at.get((lock.grid, lock.district)), roster.get(lock.seat)
        if row is None or seat is None:
            unmet.append(Unmet(kind="lock_unknown", district=lock.district, facts=facts))
        elif seat.district != lock.district:
            facts["seat_district"] = seat.district or "—"
            unmet.append(Unmet(kind="lock_cannot_hold", district=lock.district, facts=facts))
        else:
            held.setdefault(lock.district, {}).setdefault(row, {}).setdefault(lock.seat, lock.reason)
    return held, unmet


def seats_without_place(ground: Ground, roster: Mapping[str, Seat]) -> list[Unmet]:
    """Name the seats whose district has no piece, district by district, and those without a district."""
    homeless: dict[str, list[str]] = {}
    for seat in roster.values():
        if seat.district not in ground.districts:
            homeless.setdefault(seat.district, []).append(seat.code)
    lost = [Unmet(kind="seat_without_district", district="", facts={"seat": code}) for code in homeless.pop("", [])]
    return lost + [
        Unmet(kind="district_without_piece", district=code, facts={"seats": len(names), "names": ", ".join(names)})
        for code, names in homeless.items()
    ]
