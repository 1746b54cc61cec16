"""The tile cutter: a layer is simplified once for a zoom, put on whole units once, and cut into vector tiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gridmap.metres import Numbers, Shapes
from gridmap.simplifying import simplified
from gridmap.tile_press import CutRings, Press, touched
from gridmap.vectortile import BUFFER, EXTENT, Attributes, Rings, Whole, point_layer, polygon_layer
from gridmap.whole_rings import ClosedRings, merged, rings_of, rounded, unfolded

FEW: Final = 1 << 10  # cells that are not worth the loading of compiled code
BATCH: Final = 1 << 12  # tiles that are cut together
MOST_ZOOM: Final = 16
SMALLEST: Final = 24.0  # units: below the zoom at which the middle cell is this broad, there are no tiles
LEGIBLE: Final = 96.0  # units, six pixels: where the middle cell is less broad, tiles leave out what only names it
SIMPLIFY: Final = 4.0  # units: a quarter of a pixel on a screen
WORTH_DROPPING: Final = 0.1  # of all vertices; where fewer could be dropped, every vertex is kept
EDGE_LATITUDE: Final = 85.05112877980659  # where the square map of the world ends
POLYGONS: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class Tile:
    """The address of a tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Tell whether the world has such a tile."""
        return 0 <= self.z <= 24 and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z


class Cutter:
    """A layer of polygons or points, ready to be cut at one zoom after another.

    `cells` has lon/lat geometry and the columns `fields`; rows keep their order, rows without geometry are left out.
    Columns of `names` are left out too while the cells are too small to be told apart.
    Neighbours share every vertex at every zoom: the layer is simplified as one coverage and its vertices are put on
    whole units before any tile is cut, so nothing gapes and nothing overlaps that did not before.
    Layers of more than `few` polygons are cut by compiled code, tile by tile the same.
    """

    def __init__(
        self, name: str, cells: gpd.GeoDataFrame, fields: Sequence[str], names: Sequence[str] = (), *, few: int = FEW
    ) -> None:
        shapes = np.asarray(cells.geometry.array, dtype=object)
        kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        frame = cells[kept]
        self.name = name
        self.fields = tuple(fields)
        self._shapes = _world(shapely.force_2d(shapes[kept]))
        self._attributes = Attributes.of({field: list(frame[field]) for field in fields}, len(frame))
        self._overview = self._attributes.only([field for field in fields if field not in names])
        self.areal = bool(len(frame)) and bool(np.isin(shapely.get_type_id(self._shapes), POLYGONS).all())
        if len(frame) and not self.areal and not (shapely.get_type_id(self._shapes) == 0).all():
            raise ValueError(f"the layer {name} is neither polygons nor points")
        self._bounds = shapely.total_bounds(np.asarray(frame.geometry.array, dtype=object)) if len(frame) else None
        self.least_zoom = _zoom_where(self._shapes, SMALLEST) if self.areal else 0
        self._legible = _zoom_where(self._shapes, LEGIBLE) if self.areal else 0
        self._simplify = self.areal and _droppable(self._shapes) > WORTH_DROPPING
        self._is_large = self.areal and len(self._shapes) > few

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Give west, south, east and north of the layer; None where it is empty."""
        return None if self._bounds is None else tuple(round(float(edge), 6) for edge in self._bounds)  # type: ignore[return-value]

    def sheet(self, zoom: int) -> "Sheet":
        """Simplify and put on whole units for one zoom: the work that all tiles of the zoom share."""
        units = float(EXTENT << zoom)
        attributes = self._attributes if zoom >= self._legible else self._overview
        shapes, closed = self._shapes, None
        if self._simplify:
            shapes = simplified(shapes, SIMPLIFY / units)
        if self._is_large:
            closed = ClosedRings.of(shapes) if self._simplify else self._closed
        return Sheet(self.name, zoom, shapes, attributes, areal=self.areal, closed=closed)

    @cached_property
    def _closed(self) -> ClosedRings:
        return ClosedRings.of(self._shapes)


class Sheet:
    """A layer at one zoom, in whole units from the world's north-western corner, y down."""

    def __init__(
        self,
        name: str,
        zoom: int,
        shapes: Shapes,
        attributes: Attributes,
        *,
        areal: bool,
        closed: ClosedRings | None = None,
    ) -> None:
        self.name = name
        self.zoom = zoom
        self._ready = shapes
        self._units = float(EXTENT << zoom)
        self._attributes = attributes
        self._areal = areal
        self._press = None
        if areal:
            rings = (
                rings_of(self.shapes, np.arange(len(shapes))) if closed is None else closed.rounded(self._units, shapes)
            )
            self._cut = CutRings.of(rings, len(shapes))
            self._press = None if closed is None else Press.of(name, self._cut, attributes)

    @cached_property
    def shapes(self) -> Shapes:
        """The cells themselves on whole units."""
        whole = rounded(self._ready, self._units)
        return unfolded(whole) if self._areal else whole

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The cells by where they lie."""
        return shapely.STRtree(self.shapes)

    def tile(self, x: int, y: int) -> bytes:
        """Cut one tile; b"" where nothing lies. The same layer gives the same bytes."""
        if self._press is not None:
            return next(self._pressed(np.array([[x, y]], dtype=np.int64)))
        return self._by_geos(x, y)

    def tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """Cut every tile of the zoom that has something in it, row by row."""
        addresses = self.addresses()
        cut = (self.tile(x, y) for x, y in addresses.tolist()) if self._press is None else self._pressed(addresses)
        for (x, y), content in zip(addresses.tolist(), cut, strict=True):
            if content:
                yield Tile(self.zoom, x, y), content

    def addresses(self) -> Whole:
        """List the tiles, as rows of x and y, that some feature's rectangle touches, row by row, west to east."""
        most = (1 << self.zoom) - 1
        column, row, _ = touched(self._boxes, most)
        found = np.unique(np.column_stack((row, column)), axis=0)
        return np.ascontiguousarray(found[:, ::-1])

    @cached_property
    def _boxes(self) -> Whole:
        """Give each feature's rectangle with the rim that tiles know of each other; without ground it has none."""
        bounds = self._cut.boxes if self._areal else shapely.bounds(self.shapes).reshape(-1, 4).astype(np.int64)
        around: Whole = bounds + np.array([-BUFFER, -BUFFER, BUFFER, BUFFER])
        return around

    def _pressed(self, addresses: Whole) -> Iterator[bytes]:
        """Cut tiles by compiled code, and anew by GEOS those whose rings it leaves in doubt."""
        assert self._press is not None
        for start in range(0, len(addresses), BATCH):
            batch = addresses[start : start + BATCH]
            for (x, y), content in zip(batch.tolist(), self._press.tiles(batch, self._boxes), strict=True):
                yield self._by_geos(x, y) if content is None else content

    def _by_geos(self, x: int, y: int) -> bytes:
        corner = np.array([x, y], dtype=np.int64) * EXTENT
        west, north = (corner - BUFFER).tolist()
        east, south = (corner + EXTENT + BUFFER).tolist()
        hits = np.sort(self.tree.query(shapely.box(west, north, east, south)))
        if not len(hits):
            return b""
        if not self._areal:
            xy = shapely.get_coordinates(self.shapes[hits]).astype(np.int64) - corner
            return point_layer(self.name, xy, hits, self._attributes)
        bounds = shapely.bounds(self.shapes[hits])
        inside = (bounds[:, :2] >= (west, north)).all(axis=1) & (bounds[:, 2:] <= (east, south)).all(axis=1)
        rings = self._cut.whole(hits[inside])
        if not inside.all():
            cut = shapely.clip_by_rect(self.shapes[hits[~inside]], west, north, east, south)
            rings = merged(rings, rings_of(cut, hits[~inside]))
        moved = Rings(xy=rings.xy - corner, sizes=rings.sizes, owner=rings.owner)
        return polygon_layer(self.name, moved, self._attributes)


def _world(shapes: Shapes) -> Shapes:
    """Project lon/lat to the square map of the world, 0 to 1 from its north-western corner (spherical Mercator)."""

    def mercator(lonlat: Numbers) -> Numbers:
        lat = np.radians(np.clip(lonlat[:, 1], -EDGE_LATITUDE, EDGE_LATITUDE))
        return np.column_stack((lonlat[:, 0] / 360.0 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * np.pi)))

    return np.asarray(shapely.transform(shapes, mercator), dtype=object)


def _zoom_where(shapes: Shapes, units: float) -> int:
    """Give the lowest zoom at which the middle one of all cells is so many units broad."""
    side = float(np.sqrt(np.median(shapely.area(shapes))))
    return int(np.clip(np.ceil(np.log2(units / (EXTENT * side))), 0, MOST_ZOOM)) if side > 0 else 0


def _droppable(shapes: Shapes) -> float:
    """Give the share of vertices that are no corner of three cells or more, which no simplification may drop."""
    spots = shapely.get_coordinates(shapes)
    if not len(spots):
        return 0.0
    order = np.lexsort((spots[:, 1], spots[:, 0]))
    new = np.ones(len(spots), dtype=bool)
    new[1:] = (spots[order][1:] != spots[order][:-1]).any(axis=1)
    times = np.diff(np.append(np.flatnonzero(new), len(spots)))
    return float((times < 3).mean())
