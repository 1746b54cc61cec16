"""Naming: what the codes of an atlas are called, for pages and papers alike."""

from collections.abc import Mapping
from typing import Any

from services.atlas import Atlas, Holder

CODED = ("district", "grid", "seat", "seat_district", "town")  # facts of a placement that are codes


def district_name(atlas: Atlas, seat: Holder) -> str:
    """Name a seat's electoral district, or the unit that elected it."""
    if not seat.district:
        return seat.electing_unit
    for frame in (atlas.layers.districts.get(seat.level), atlas.layers.work_units.get(seat.level)):
        if frame is not None:
            found = frame.loc[frame["code"] == seat.district, "name"]
            if len(found):
                return str(found.iloc[0])
    return seat.district


def station_name(atlas: Atlas, code: str) -> str:
    """Name a station."""
    found = atlas.stations.loc[atlas.stations["code"] == code, "name"]
    return str(found.iloc[0]) if len(found) else code


def grid_name(atlas: Atlas, code: str) -> str:
    """Name a grid; one that this atlas does not know keeps its code."""
    found = atlas.layers.grids.loc[atlas.layers.grids["code"] == code, "name"]
    return str(found.iloc[0]) if len(found) else code


def code_names(atlas: Atlas) -> dict[str, str]:
    """Name every town, grid, electoral district and held seat of an atlas: code → name."""
    grids = atlas.layers.grids
    names = atlas.names | dict(zip(grids["code"], grids["name"], strict=True))
    for frame in atlas.layers.districts.values():
        names |= dict(zip(frame["code"], frame["name"], strict=True))
    return names | {code: holder.name for code, holder in atlas.holders.items()}


def named_facts(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Give the facts of a placement with names in place of codes; what has no name keeps its code."""
    return {key: names.get(value, value) if key in CODED else value for key, value in facts.items()}
