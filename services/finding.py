"""Finding: from what people call a place to the spot and the deputy linked there; houses, not who lives in them."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYERS, LEVELS
from data.frames import each
from data.store import Store
from data.tables import Address
from gridmap.datum import Datum
from services.atlas import Atlas
from services.errors import NotFoundError
from services.gazetteer import Entry, Gazetteer, Hit
from services.ground import frame_of
from services.locating import LinkedDeputy, Named, locate

WGS84 = Datum.parse("wgs84")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that was found, the grid it lies in, and whom to call there."""

    hit: Hit
    grid: Named | None
    deputy: LinkedDeputy | None  # the first contact; None for a deputy's own entry and where nobody is linked


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of what was found; `following` is where the next one begins, None after the last."""

    places: tuple[Place, ...]
    total: int
    following: int | None


class Gazetteers:
    """The gazetteers of one process, one for each atlas that is asked; built at its first question."""

    def __init__(self, store: Store, *, keep: int = 2) -> None:
        self._store = store
        self._keep = keep
        self._lock = Lock()
        self._held: OrderedDict[tuple[str, str], Gazetteer] = OrderedDict()

    def of(self, atlas: Atlas) -> Gazetteer:
        """Give the gazetteer of an atlas."""
        key = (atlas.version, atlas.valid_from.isoformat())
        with self._lock:
            if key not in self._held:
                with self._store.reading() as unit:
                    self._held[key] = gazetteer_of(unit, atlas)
            self._held.move_to_end(key)
            while len(self._held) > self._keep:
                self._held.popitem(last=False)
            return self._held[key]


def find(atlas: Atlas, gazetteer: Gazetteer, question: str, *, first: int = 0, most: int = 20) -> Page:
    """Find places by what people call them, the likeliest first: places `first` to `first + most` of them."""
    hits = gazetteer.find(question)
    last = first + most
    return Page(
        places=tuple(answered(atlas, hit) for hit in hits[first:last]),
        total=len(hits),
        following=last if last < len(hits) else None,
    )


def answered(atlas: Atlas, hit: Hit) -> Place:
    """Say who answers where a place lies."""
    entry = hit.entry
    if entry.lon is None or entry.lat is None or entry.kind == "deputy":
        return Place(hit=hit, grid=None, deputy=None)
    try:
        there = locate(atlas, entry.lon, entry.lat, WGS84)
    except NotFoundError:
        return Place(hit=hit, grid=None, deputy=None)
    return Place(hit=hit, grid=there.grid, deputy=next(iter(there.responsible), None))


def gazetteer_of(unit: Session, atlas: Atlas) -> Gazetteer:
    """Read every named place of an atlas into a gazetteer."""
    layers = atlas.layers
    addresses = read_addresses(unit, atlas)
    entries = [
        *cells(atlas, "town", layers.towns),
        *cells(atlas, "village", layers.villages),
        *cells(atlas, "grid", layers.grids),
        *(
            entry
            for layer in LAYERS
            for frame in (layers.districts[layer], layers.work_units[layer])
            for entry in cells(atlas, "district", frame)
        ),
        *cells(atlas, "station", atlas.stations),
        *deputies(atlas),
        *gathered(atlas, addresses, "group"),
        *gathered(atlas, addresses, "estate"),
        *houses(atlas, addresses),
    ]
    return Gazetteer(entries)


def read_addresses(unit: Session, atlas: Atlas) -> gpd.GeoDataFrame:
    """Read the addresses of an atlas's generation with the village that each lies in; households stay behind."""
    frame = frame_of(
        unit.execute(
            select(Address.code, Address.address, Address.group_name, Address.estate, Address.grid_code,
                   Address.village_code, Address.geometry)
            .where(Address.generation_id == atlas.generation_id)
            .order_by(Address.code)
        ),
        ("code", "address", "group", "estate", "grid", "village"),
    )  # fmt: skip
    shapes = np.asarray(frame.geometry.array, dtype=object)
    frame = frame.assign(lon=shapely.get_x(shapes), lat=shapely.get_y(shapes))
    row = atlas.grid_index.locate(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    for column, name in (("code", "grid"), ("village", "village")):
        there = np.append(atlas.layers.grids[column].to_numpy(dtype=object), "")[row]
        frame[name] = np.where(row >= 0, there, frame[name].to_numpy(dtype=object))
    return frame


def cells(atlas: Atlas, kind: str, frame: gpd.GeoDataFrame) -> Iterator[Entry]:
    """List the places of one layer, each at a point inside it."""
    if not len(frame):
        return
    towns = frame["town"] if "town" in frame.columns else [""] * len(frame)
    inside = frame.geometry.representative_point()
    for code, name, town, point in zip(frame["code"], frame["name"], towns, inside, strict=True):
        yield Entry(
            kind=kind, code=str(code), name=str(name), note=atlas.names.get(town, ""),
            lon=round(point.x, 6), lat=round(point.y, 6),
        )  # fmt: skip


def deputies(atlas: Atlas) -> Iterator[Entry]:
    """List every deputy once, at the first grid that they are linked to."""
    centres = dict(zip(atlas.layers.grids["code"], atlas.layers.grids.geometry.representative_point(), strict=True))
    seats: dict[str, list[str]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: (LEVELS.index(holder.level), holder.seat)):
        seats.setdefault(holder.person_id, []).append(holder.seat)
    for person, own in seats.items():
        held = [atlas.holders[seat] for seat in own]
        links = [link for seat in own for link in atlas.by_seat.get(seat, ())]
        point = centres.get(links[0].grid) if links else None
        yield Entry(
            kind="deputy", code=person, name=held[0].name,
            note="、".join(dict.fromkeys(atlas.names.get(one.town, "") for one in held if atlas.names.get(one.town))),
            lon=None if point is None else round(point.x, 6), lat=None if point is None else round(point.y, 6),
            levels=tuple(dict.fromkeys(one.level for one in held)),
        )  # fmt: skip


def gathered(atlas: Atlas, addresses: gpd.GeoDataFrame, by: str) -> Iterator[Entry]:
    """List the village groups or estates that addresses name, each at the address nearest to its middle."""
    named = pd.DataFrame(addresses[addresses[by] != ""].drop(columns="geometry"))
    above = names_above(atlas)
    for (village, name), own in named.groupby(["village", by], sort=True):
        lon, lat = own["lon"].to_numpy(), own["lat"].to_numpy()
        middle = own.iloc[int(np.argmin(np.hypot(lon - lon.mean(), lat - lat.mean())))]
        where = above.get(str(village), ())
        yield Entry(
            kind=by, code=str(middle["code"]), name=str(name), note="".join(where),
            called="".join([*map(spoken, where), str(name)]),
            lon=round(float(middle["lon"]), 6), lat=round(float(middle["lat"]), 6),
        )  # fmt: skip


def houses(atlas: Atlas, addresses: gpd.GeoDataFrame) -> Iterator[Entry]:
    """List every address; it is found by its town, village, group and estate too, where it does not say them itself."""
    above = names_above(atlas)
    for row in each(addresses.drop(columns="geometry")):
        where = above.get(row.village, ())
        parts = (*map(spoken, where), row.group, row.estate)
        yield Entry(
            kind="house", code=row.code, name=row.address, note="".join(where),
            called="".join([*(part for part in parts if part not in row.address), row.address]),
            lon=round(row.lon, 6), lat=round(row.lat, 6),
        )  # fmt: skip


def names_above(atlas: Atlas) -> dict[str, tuple[str, ...]]:
    """Map each village code to the names of its town and of itself."""
    villages = atlas.layers.villages
    return {
        code: tuple(name for name in (atlas.names.get(parent, ""), atlas.names.get(code, "")) if name)
        for code, parent in zip(villages["code"], villages["parent"], strict=True)
    }


def spoken(name: str) -> str:
    """Say a village as people do: 坡山村委会 and 坡山村民委员会 are 坡山村, 和平社区居民委员会 is 和平社区."""
    for ending, kept in (("居民委员会", ""), ("社区居委会", "社区"), ("村民委员会", "村"), ("村委会", "村")):
        if name.endswith(ending):
            return name.removesuffix(ending) + kept
    return name
