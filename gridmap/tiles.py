"""The tile cutter: a layer is simplified once for a zoom, put on whole units once, and cut into vector tiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.cells import only_polygons
from gridmap.metres import Indices, Numbers, Shapes
from gridmap.simplifying import simplified
from gridmap.vectortile import EXTENT, Attributes, Rings, Whole, changes, point_layer, polygon_layer

BUFFER: Final = 64  # units that a tile knows beyond its edge, so that a border drawn there is drawn whole
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
    """

    def __init__(self, name: str, cells: gpd.GeoDataFrame, fields: Sequence[str], names: Sequence[str] = ()) -> None:
        shapes = np.asarray(cells.geometry.array, dtype=object)
        kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        frame = cells[kept]
        self.name = name
        self.fields = tuple(fields)
        self._shapes = _world(shapely.force_2d(shapes[kept]))
        self._attributes = Attributes.of({field: list(frame[field]) for field in fields}, len(frame))
        unnamed = [field for field in fields if field not in names]
        self._overview = Attributes.of({field: list(frame[field]) for field in unnamed}, len(frame))
        self.areal = bool(len(frame)) and bool(np.isin(shapely.get_type_id(self._shapes), POLYGONS).all())
        if len(frame) and not self.areal and not (shapely.get_type_id(self._shapes) == 0).all():
            raise ValueError(f"the layer {name} is neither polygons nor points")
        self._bounds = shapely.total_bounds(np.asarray(frame.geometry.array, dtype=object)) if len(frame) else None
        self.least_zoom = _zoom_where(self._shapes, SMALLEST) if self.areal else 0
        self._legible = _zoom_where(self._shapes, LEGIBLE) if self.areal else 0
        self._simplify = self.areal and _droppable(self._shapes) > WORTH_DROPPING

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Give west, south, east and north of the layer; None where it is empty."""
        return None if self._bounds is None else tuple(round(float(edge), 6) for edge in self._bounds)  # type: ignore[return-value]

    def sheet(self, zoom: int) -> "Sheet":
        """Simplify and put on whole units for one zoom: the work that all tiles of the zoom share."""
        units = float(EXTENT << zoom)
        shapes = self._shapes
        if self._simplify:
            shapes = simplified(shapes, SIMPLIFY / units)
        whole = shapely.transform(shapes, lambda xy: np.round(xy * units))
        if self.areal:
            whole = _unfolded(whole)
        attributes = self._attributes if zoom >= self._legible else self._overview
        return Sheet(self.name, zoom, whole, attributes, areal=self.areal)


class Sheet:
    """A layer at one zoom, in whole units from the world's north-western corner, y down."""

    def __init__(self, name: str, zoom: int, shapes: Shapes, attributes: Attributes, *, areal: bool) -> None:
        self.name = name
        self.zoom = zoom
        self.shapes = shapes
        self._attributes = attributes
        self._areal = areal
        self._bounds = shapely.bounds(shapes) if len(shapes) else np.empty((0, 4))
        self.tree = shapely.STRtree(shapes)
        if areal:
            self._rings = _rings(shapes, np.arange(len(shapes)))
            ends = np.cumsum(self._rings.sizes)
            self._vertex = np.concatenate(([0], ends))
            self._ring = np.searchsorted(self._rings.owner, np.arange(len(shapes) + 1))

    def tile(self, x: int, y: int) -> bytes:
        """Cut one tile; b"" where nothing lies. The same layer gives the same bytes."""
        corner = np.array([x, y], dtype=np.int64) * EXTENT
        west, north = (corner - BUFFER).tolist()
        east, south = (corner + EXTENT + BUFFER).tolist()
        hits = np.sort(self.tree.query(shapely.box(west, north, east, south)))
        if not len(hits):
            return b""
        if not self._areal:
            xy = shapely.get_coordinates(self.shapes[hits]).astype(np.int64) - corner
            return point_layer(self.name, xy, hits, self._attributes)
        bounds = self._bounds[hits]
        inside = (bounds[:, :2] >= (west, north)).all(axis=1) & (bounds[:, 2:] <= (east, south)).all(axis=1)
        rings = self._whole(hits[inside])
        if not inside.all():
            cut = shapely.clip_by_rect(self.shapes[hits[~inside]], west, north, east, south)
            rings = _merged(rings, _rings(cut, hits[~inside]))
        moved = Rings(xy=rings.xy - corner, sizes=rings.sizes, owner=rings.owner)
        return polygon_layer(self.name, moved, self._attributes)

    def tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """Cut every tile of the zoom that has something in it, row by row."""
        for x, y in self.addresses():
            content = self.tile(x, y)
            if content:
                yield Tile(self.zoom, x, y), content

    def addresses(self) -> list[tuple[int, int]]:
        """List the tiles that some feature's rectangle touches, row by row, west to east."""
        first = np.floor_divide(self._bounds[:, :2] - BUFFER, EXTENT).astype(np.int64)
        last = np.floor_divide(self._bounds[:, 2:] + BUFFER, EXTENT).astype(np.int64)
        most = (1 << self.zoom) - 1
        first, last = first.clip(0, most), last.clip(0, most)
        found = {
            (int(y), int(x))
            for (west, north), (east, south) in zip(first, last, strict=True)
            for y in range(north, south + 1)
            for x in range(west, east + 1)
        }
        return [(x, y) for y, x in sorted(found)]

    def _whole(self, rows: Indices) -> Rings:
        """Give the rings of features that need no cutting."""
        counts = self._ring[rows + 1] - self._ring[rows]
        ring = _runs(self._ring[rows], counts)
        sizes = self._rings.sizes[ring]
        return Rings(xy=self._rings.xy[_runs(self._vertex[ring], sizes)], sizes=sizes, owner=np.repeat(rows, counts))


def _world(shapes: Shapes) -> Shapes:
    """Project lon/lat to the square map of the world, 0 to 1 from its north-western corner (spherical Mercator)."""

    def mercator(lonlat: Numbers) -> Numbers:
        lat = np.radians(np.clip(lonlat[:, 1], -EDGE_LATITUDE, EDGE_LATITUDE))
        return np.column_stack((lonlat[:, 0] / 360.0 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * np.pi)))

    return np.asarray(shapely.transform(shapes, mercator), dtype=object)


def _unfolded(whole: Shapes) -> Shapes:
    """Mend the few rings that fold over themselves on whole units; none of their borders moves by more than one."""
    folded = ~shapely.is_valid(whole)
    if folded.any():
        mended = only_polygons(np.asarray(shapely.make_valid(whole[folded]), dtype=object))
        whole[folded] = only_polygons(np.asarray(shapely.set_precision(mended, 1.0), dtype=object))
    return whole


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


def _rings(shapes: Shapes, owner: Indices) -> Rings:
    """Take polygons apart: rings on whole units, turned the right way, without repeated vertices or empty rings."""
    polygons, shape = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(polygons) == 3
    if not areal.all():
        polygons, shape = polygons[areal], shape[areal]
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(xy).astype(np.int64)
    new = np.ones(len(whole), dtype=bool)
    new[1:] = (whole[1:] != whole[:-1]).any(axis=1) | (ring[1:] != ring[:-1])
    closing = np.flatnonzero(changes(ring))[1:] - 1
    new[closing] = new[-1:] = False  # the closing vertex; the run that ends in it is kept by its first
    whole, ring = whole[new], ring[new]
    sizes = np.bincount(ring, minlength=len(rings))
    first = np.cumsum(sizes) - sizes
    area = _areas(whole, ring, first, sizes)
    outer = changes(polygon)
    sound = (sizes >= 3) & (area != 0)
    sound &= sound[np.flatnonzero(outer)][np.cumsum(outer) - 1]  # a hole goes with its outer ring
    wrong = (area > 0) != outer
    step = np.arange(len(whole)) - first[ring]
    turned = np.where(
        wrong[ring], first[ring] + (sizes[ring] - step) % np.maximum(sizes[ring], 1), np.arange(len(whole))
    )
    kept = sound[ring]
    return Rings(xy=whole[turned][kept], sizes=sizes[sound], owner=np.asarray(owner)[shape[polygon]][sound])


def _areas(xy: Whole, ring: Whole, first: Whole, sizes: Whole) -> NDArray[np.int64]:
    """Sum each ring's shoelace, twice its area: positive when it turns clockwise on a screen. Whole numbers, exact."""
    local = xy - xy[first.clip(max=max(len(xy) - 1, 0))][ring] if len(xy) else xy
    ahead = np.arange(1, len(xy) + 1)
    full = sizes > 0
    ahead[(first + sizes - 1)[full]] = first[full]
    cross = local[:, 0] * local[ahead, 1] - local[ahead, 0] * local[:, 1] if len(xy) else np.empty(0, dtype=np.int64)
    total = np.concatenate(([0], np.cumsum(cross)))
    area: Whole = total[first + sizes] - total[first]
    return area


def _merged(one: Rings, other: Rings) -> Rings:
    """Put two lots of rings together in the order of their features; each lot is in order and keeps it."""
    owner = np.concatenate((one.owner, other.owner))
    sizes = np.concatenate((one.sizes, other.sizes))
    order = np.argsort(owner, kind="stable")
    xy = np.concatenate((one.xy, other.xy))
    first = np.cumsum(sizes) - sizes
    return Rings(xy=xy[_runs(first[order], sizes[order])], sizes=sizes[order], owner=owner[order])


def _runs(first: Any, lengths: Any) -> Whole:
    """List the members of runs that start at `first` and are `lengths` long."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(first - (ends - lengths), lengths) + np.arange(total)
