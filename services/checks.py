"""Checks: what each kind of file is held against beside its own lines."""

from collections.abc import Callable

from data.flaws import Flaw
from data.readers import Reading
from services.addresses import check_addresses
from services.references import (
    Ground,
    check_activities,
    check_areas,
    check_districts,
    check_grids,
    check_gridworkers,
    check_people,
    check_seats,
    check_stations,
)

CHECKS: dict[str, Callable[[Reading, Ground, str], list[Flaw]]] = {
    "areas": check_areas,
    "districts": check_districts,
    "grids": check_grids,
    "addresses": check_addresses,
    "stations": check_stations,
    "people": check_people,
    "seats": check_seats,
    "gridworkers": check_gridworkers,
    "activities": check_activities,
}


def check_references(reading: Reading, ground: Ground, *, layer: str) -> list[Flaw]:
    """List every flaw of a reading that only shows beside what is already loaded."""
    return CHECKS[reading.kind](reading, ground, layer)
