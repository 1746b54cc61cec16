"""Tiling: the layers of the atlas as vector tiles, cut when asked for and kept as long as what they show stands."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from gzip import compress
from threading import Lock, RLock
from typing import Any, TypeVar

import geopandas as gpd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import ActivityRow, AuditRow
from gridmap.tiles import MOST_ZOOM, Cutter, Sheet, Tile
from services.atlas import Atlas, Link
from services.coverage import Coverage, coverage, linked_frame, with_activities
from services.errors import NotFoundError

SHEETS_KEPT = 12  # zooms of all layers together
TILES_KEPT = 4_000
GZIP_LEVEL = 5
DRAWINGS_KEPT = 16  # maps and counts of whole instances

Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class TileLayer:
    """A layer that is served as tiles: the act one must be allowed, its columns, which of them only name a cell."""

    act: str
    fields: dict[str, str]  # column -> the TileJSON word for what it holds
    names: tuple[str, ...] = ()


NAMED = {"code": "String", "name": "String"}
TILE_LAYERS = {
    "towns": TileLayer(act="map.public", fields=NAMED),
    "villages": TileLayer(act="map.public", fields=NAMED),
    "county_districts": TileLayer(act="map.public", fields=NAMED | {"seats": "Number"}),
    "town_districts": TileLayer(act="map.public", fields=NAMED | {"seats": "Number"}),
    "stations": TileLayer(act="map.public", fields=NAMED | {"kind": "String"}),
    "grids": TileLayer(
        act="map.coverage",
        fields=NAMED
        | {"linked": "Boolean", "load": "Number", "acts": "Number", "deputies": "Number", "lead": "String"},
        names=("name", "lead"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTile:
    """A tile as it is sent: gzipped bytes (empty where nothing lies) and the hash of all it depends on."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFacts:
    """What a TileJSON says of a layer."""

    bounds: tuple[float, float, float, float] | None
    least_zoom: int
    most_zoom: int
    fields: dict[str, str]
    etag: str


def tile_layer(name: str) -> TileLayer:
    """Look a layer up. Raises NotFoundError with the layers there are."""
    if name not in TILE_LAYERS:
        raise NotFoundError("error.no_tile_layer", layer=name, known=" ".join(TILE_LAYERS))
    return TILE_LAYERS[name]


class TileShelf:
    """The cutters, sheets and tiles of one process; each stands under the versions it was made from."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._building = Lock()
        self._cutters: OrderedDict[str, Cutter] = OrderedDict()
        self._sheets: OrderedDict[tuple[str, int], Sheet] = OrderedDict()
        self._tiles: OrderedDict[tuple[str, Tile], bytes] = OrderedDict()
        self._acts: tuple[int, int, str] = (-1, -1, "")
        self._drawing = RLock()  # taken before `_building`, never within it
        self._drawn: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def kept(self, key: tuple[str, ...], make: Callable[[], Drawn]) -> Drawn:
        """Give what was made under this key, which names every version it depends on, or make and keep it.

        Two who ask at once wait for one making; `make` may ask the shelf for more.
        """
        with self._drawing:
            found: Drawn | None = _kept(self._drawn, key, self._lock)
            if found is None:
                found = make()
                _keep(self._drawn, key, found, DRAWINGS_KEPT, self._lock)
            return found

    def coverage(self, atlas: Atlas) -> Coverage:
        """Count what the plan in force covers, once for an atlas."""
        return self.kept(("coverage", atlas.version), lambda: coverage(atlas))

    def proposals(self, atlas: Atlas) -> tuple[Link, ...]:
        """List the links that somebody has still to decide, once for an atlas."""
        key = ("proposals", atlas.version)
        return self.kept(key, lambda: tuple(link for link in atlas.links if link.basis == "proposal"))

    def linked_grids(self, atlas: Atlas) -> gpd.GeoDataFrame:
        """Give the grids with their links and loads, see `linked_frame`, once for an atlas."""
        return self.kept(("grids", atlas.version), lambda: linked_frame(atlas))

    def facts(self, unit: Session, atlas: Atlas, name: str) -> TileFacts:
        """Say what a layer's tiles hold and where they are. Raises NotFoundError."""
        layer = tile_layer(name)
        version = self.version(unit, atlas, name)
        cutter = self._cutter(unit, atlas, name, version)
        return TileFacts(
            bounds=cutter.bounds, least_zoom=cutter.least_zoom, most_zoom=MOST_ZOOM, fields=layer.fields, etag=version
        )

    def version(self, unit: Session, atlas: Atlas, name: str) -> str:
        """Hash what a layer depends on: the atlas, and for the grids the activities too. Raises NotFoundError."""
        acts = self._activities(unit, atlas) if "acts" in tile_layer(name).fields else ""
        return hashlib.sha256(f"{name}/{atlas.version}/{acts}".encode()).hexdigest()[:24]

    def tile(self, unit: Session, atlas: Atlas, name: str, tile: Tile) -> CutTile:
        """Give one tile. Raises NotFoundError for an unknown layer and for a tile beyond the world or the last zoom."""
        tile_layer(name)
        if not tile.exists or tile.z > MOST_ZOOM:
            raise NotFoundError("error.no_tile", tile=f"{tile.z}/{tile.x}/{tile.y}", zoom=MOST_ZOOM)
        version = self.version(unit, atlas, name)
        etag = f"{version}-{tile.z}-{tile.x}-{tile.y}"
        content = _kept(self._tiles, (version, tile), self._lock)
        if content is None:
            content = self._cut(unit, atlas, name, version, tile)
            _keep(self._tiles, (version, tile), content, TILES_KEPT, self._lock)
        return CutTile(content=content, etag=etag)

    def _cut(self, unit: Session, atlas: Atlas, name: str, version: str, tile: Tile) -> bytes:
        cutter = self._cutter(unit, atlas, name, version)
        if tile.z < cutter.least_zoom:
            return b""
        sheet = self._once(self._sheets, (version, tile.z), SHEETS_KEPT, lambda: cutter.sheet(tile.z))
        content = sheet.tile(tile.x, tile.y)
        return compress(content, GZIP_LEVEL, mtime=0) if content else b""

    def _cutter(self, unit: Session, atlas: Atlas, name: str, version: str) -> Cutter:
        layer = tile_layer(name)
        cutter: Cutter | None = _kept(self._cutters, version, self._lock)
        if cutter is None:
            frame = self._frame(unit, atlas, name)
            cutter = self._once(
                self._cutters,
                version,
                2 * len(TILE_LAYERS),
                lambda: Cutter(name, frame, tuple(layer.fields), layer.names),
            )
        return cutter

    def _frame(self, unit: Session, atlas: Atlas, name: str) -> gpd.GeoDataFrame:
        """Give a layer's frame with the columns its tiles carry."""
        if name != "grids":
            return layer_frame(atlas, name)
        frame = with_activities(unit, atlas, self.linked_grids(atlas))
        leads = [town or county or None for town, county in zip(frame["lead_town"], frame["lead_county"], strict=True)]
        return frame.assign(lead=leads)

    def _once(self, shelf: OrderedDict[Any, Any], key: Any, most: int, make: Callable[[], Any]) -> Any:
        """Give what is kept, or make it; two who ask at once wait for one making."""
        found = _kept(shelf, key, self._lock)
        if found is None:
            with self._building:
                found = _kept(shelf, key, self._lock)
                if found is None:
                    found = make()
                    _keep(shelf, key, found, most, self._lock)
        return found

    def _activities(self, unit: Session, atlas: Atlas) -> str:
        """Hash the state of a term's activities; counted anew only when some act was recorded since."""
        seq = unit.scalar(select(func.max(AuditRow.seq))) or 0
        known_seq, known_term, known = self._acts
        if (known_seq, known_term) == (seq, atlas.term_id):
            return known
        row = unit.execute(
            select(func.count(), func.max(ActivityRow.id), func.sum(ActivityRow.row_version)).where(
                ActivityRow.term_id == atlas.term_id
            )
        ).one()
        state = "/".join(str(part) for part in row)
        self._acts = (seq, atlas.term_id, state)
        return state


def layer_frame(atlas: Atlas, name: str) -> gpd.GeoDataFrame:
    """Give the frame of a layer that nobody is linked to."""
    layers = atlas.layers
    return {
        "towns": layers.towns,
        "villages": layers.villages,
        "county_districts": layers.districts["county"],
        "town_districts": layers.districts["town"],
        "stations": atlas.stations,
    }[name]


def _kept(shelf: OrderedDict[Any, Any], key: Any, lock: Lock) -> Any:
    with lock:
        if key not in shelf:
            return None
        shelf.move_to_end(key)
        return shelf[key]


def _keep(shelf: OrderedDict[Any, Any], key: Any, value: Any, most: int, lock: Lock) -> None:
    with lock:
        shelf[key] = value
        while len(shelf) > most:
            shelf.popitem(last=False)
