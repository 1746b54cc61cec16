"""Naming: what the codes of an atlas are called, for pages and papers alike."""

from services.atlas import Atlas, Holder


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
