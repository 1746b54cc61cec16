"""Where a matter goes: by its place under the atlas in force, by a deputy's card, or to the desk that asks."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from congress.levels import LAYERS
from data.tables import MatterRow
from gridmap.datum import Datum
from services.atlas import Atlas, Holder
from services.errors import BadRequestError, NotFoundError
from services.instance import setting
from services.locating import locate

DIGITS = 5  # decimals of a kept position: about one metre


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where something is: a point with its datum, a grid's code, words; and the card or station it came in by."""

    lon: float | None = None
    lat: float | None = None
    datum: Datum | None = None
    grid: str = ""
    place: str = ""
    station: str = ""
    deputy: str = ""  # a person's id or roster number, or a seat's code

    @property
    def is_a_place(self) -> bool:
        """Whether it says on its own where something is."""
        return self.lon is not None or bool(self.grid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of a matter: its place, its desk, its linked deputy, and why."""

    lon: float | None = None
    lat: float | None = None
    grid: str = ""
    village: str = ""
    town: str = ""
    station: str = ""
    person: str = ""
    seat_id: str = ""
    deputy: str = ""  # the name
    generation_id: int | None = None
    plan: int | None = None
    reason: dict[str, Any] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """What the event keeps of it."""
        kept = {"lon": self.lon, "lat": self.lat, "grid": self.grid, "town": self.town, "station": self.station,
                "deputy": self.deputy, "seat": self.seat_id, "plan": self.plan, "why": self.reason}  # fmt: skip
        return {name: value for name, value in kept.items() if value not in (None, "")}


def why(key: str, **facts: Any) -> dict[str, Any]:
    """Say why, as a message key with facts."""
    return {"key": f"matter.way.{key}", "facts": facts}


def find_way(unit: Session, atlas: Atlas | None, spot: Spot) -> Way:
    """Find the way of a matter. A place outside every cell still has one: the desk, which says whose it is.

    Raises BadRequestError for a coordinate that cannot be one, NotFoundError for a grid or a card that is not known.
    """
    if atlas is None:
        return Way(station=spot.station or str(setting(unit, "matters.station")), reason=why("no_atlas"))
    if spot.deputy:
        return by_card(unit, atlas, spot)
    if spot.lon is not None and spot.lat is not None:
        return by_point(unit, atlas, spot, spot.lon, spot.lat)
    if spot.grid:
        return by_grid(unit, atlas, spot)
    desk = spot.station if spot.station in set(atlas.stations["code"]) else desk_of(unit, atlas, "")
    return seen(atlas, station=desk, town=town_of(atlas, desk), reason=why("no_place"))


def seen(atlas: Atlas, **values: Any) -> Way:
    """Make a way under an atlas."""
    return Way(generation_id=atlas.generation_id, plan=atlas.plan, **values)


def by_point(unit: Session, atlas: Atlas, spot: Spot, lon: float, lat: float) -> Way:
    """Route by a point: the grid and piece it lies in, and the deputy who answers there first."""
    if spot.datum is None:
        raise BadRequestError("error.matter_datum")
    try:
        found = locate(atlas, lon, lat, spot.datum)
    except NotFoundError:
        desk = desk_of(unit, atlas, "")
        return seen(atlas, station=desk, town=town_of(atlas, desk), reason=why("outside", metres=round(atlas.reach_m)))
    town = found.town.code if found.town else ""
    station = (found.station.code if found.station else "") or desk_of(unit, atlas, town)
    common: dict[str, Any] = {
        "lon": round(found.lon, DIGITS), "lat": round(found.lat, DIGITS), "grid": found.grid.code,
        "village": found.village.code if found.village else "", "town": town, "station": station,
    }  # fmt: skip
    if not found.responsible:
        return seen(atlas, **common, reason=why("vacant", grid=found.grid.name))
    first = found.responsible[0]
    facts: dict[str, Any] = {"grid": found.grid.name, "deputy": first.deputy.name, "level_key": f"level.{first.level}"}
    if found.outside:
        reason = why("near", **facts, metres=round(found.outside_m))
    elif spot.station and town_of(atlas, spot.station) not in ("", town):
        entered = names_of_station(atlas, spot.station)
        reason = why("other_town", **facts, station=entered, town=atlas.names.get(town, town))
    else:
        reason = why("linked", **facts)
    holder = atlas.holders[first.seat]
    return seen(atlas, **common, person=holder.person_id, seat_id=holder.seat_id, deputy=holder.name, reason=reason)


def by_grid(unit: Session, atlas: Atlas, spot: Spot) -> Way:
    """Route by a grid: to its lead deputy of the level that is called first."""
    row = atlas.layers.grids.iloc[atlas.grid_row(spot.grid)]
    town = str(row["town"])
    holder = lead_of(atlas, spot.grid)
    common: dict[str, Any] = {"grid": spot.grid, "village": str(row["village"]), "town": town}
    if holder is None:
        return seen(atlas, **common, station=desk_of(unit, atlas, town), reason=why("vacant", grid=str(row["name"])))
    reason = why("lead", grid=str(row["name"]), deputy=holder.name, level_key=f"level.{holder.level}")
    return seen(
        atlas, **common, station=holder.station or desk_of(unit, atlas, town), person=holder.person_id,
        seat_id=holder.seat_id, deputy=holder.name, reason=reason,
    )  # fmt: skip


def by_card(unit: Session, atlas: Atlas, spot: Spot) -> Way:
    """Route by a deputy's card: to that deputy, at the seat that is called first; the place is kept where one is given.

    Raises NotFoundError where nobody of that name holds a seat today.
    """
    mine = [
        holder
        for holder in atlas.holders.values()
        if spot.deputy in (holder.person_id, holder.person_code, holder.seat)
    ]
    order = {level: place for place, level in enumerate(atlas.first_contact)}
    mine.sort(key=lambda holder: (order.get(holder.level, len(order)), holder.seat))
    if not mine:
        raise NotFoundError("error.no_such_deputy", deputy=spot.deputy[:40])
    holder = mine[0]
    there = place_only(unit, atlas, spot)
    town = there.town or holder.town or town_of(atlas, holder.station)
    return seen(
        atlas, lon=there.lon, lat=there.lat, grid=there.grid, village=there.village, town=town,
        station=holder.station or desk_of(unit, atlas, town), person=holder.person_id, seat_id=holder.seat_id,
        deputy=holder.name, reason=why("card", deputy=holder.name),
    )  # fmt: skip


def place_only(unit: Session, atlas: Atlas, spot: Spot) -> Way:
    """Find where it is, without asking who answers there."""
    if not spot.is_a_place:
        return Way()
    return find_way(unit, atlas, Spot(lon=spot.lon, lat=spot.lat, datum=spot.datum, grid=spot.grid))


def lead_of(atlas: Atlas, grid: str) -> Holder | None:
    """Give the lead deputy of a grid whose level is called first, else whoever is linked to it first."""
    order = {level: place for place, level in enumerate(atlas.first_contact)}
    leads = [atlas.holders[atlas.leads[layer, grid][0]] for layer in LAYERS if (layer, grid) in atlas.leads]
    linked = leads or [atlas.holders[link.seat] for link in atlas.by_grid.get(grid, ())]
    return min(linked, key=lambda holder: (order.get(holder.level, len(order)), holder.seat), default=None)


def desk_of(unit: Session, atlas: Atlas, town: str) -> str:
    """Name the station that takes a matter: of the town, central ones first, lower codes first; else the setting's."""
    named = str(setting(unit, "matters.station"))
    rows = [
        (str(row["kind"]) != "central", str(row["code"]), str(row["town"]))
        for row in atlas.stations[["kind", "code", "town"]].to_dict("records")
    ]
    if not town and any(named == code for _, code, _ in rows):
        return named
    here = [row for row in rows if row[2] == town] or rows
    return min(here)[1] if here else named


def town_of(atlas: Atlas, station: str) -> str:
    """Give the town of a station, empty where it is not known."""
    found = atlas.stations.loc[atlas.stations["code"] == station, "town"]
    return str(found.iloc[0]) if len(found) else ""


def names_of_station(atlas: Atlas, station: str) -> str:
    """Give the name of a station."""
    found = atlas.stations.loc[atlas.stations["code"] == station, "name"]
    return str(found.iloc[0]) if len(found) else station


def send(row: MatterRow, way: Way) -> None:
    """Let a matter's row take its way."""
    row.lon, row.lat, row.grid_code, row.village_code = way.lon, way.lat, way.grid, way.village
    row.town_code, row.station_code = way.town, way.station
    row.person_id, row.seat_id = way.person or None, way.seat_id or None
    row.generation_id, row.plan_id, row.reason = way.generation_id, way.plan, way.reason
