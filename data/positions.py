"""Positions: turns coordinates of a declared datum into WGS84 points and polygons, or says why it cannot."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from data.paper import Paper, Report
from data.sheet import Sheet
from gridmap.datum import Datum, UnknownDatum, conflict

LONLAT = "EPSG:4326"
DEGREES = ("wgs84", "cgcs2000", "gcj02", "bd09")
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)
NEARBY = 1.0  # degrees around the county's own box in which a place may well lie
NOT_DEGREES = 400.0  # beyond this a coordinate is a distance in metres, not an angle
TELLING = 3  # rows with the same trouble that make it the whole file's trouble

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]  # west, south, east, north


def points(lon: Floats, lat: Floats) -> Shapes:
    """Make a point where both coordinates stand, None elsewhere."""
    shapes = np.full(len(lon), None, dtype=object)
    there = np.isfinite(lon) & np.isfinite(lat)
    shapes[there] = shapely.points(lon[there], lat[there])
    return shapes


def polygons(texts: Sequence[str], paper: Paper, report: Report, header: str) -> Shapes:
    """Build shapes from WKT; one that cannot be built is a flaw of its row."""
    given = np.array([text or None for text in texts], dtype=object)
    shapes: Shapes = shapely.from_wkt(given, on_invalid="ignore")
    there = np.array([text is not None for text in given], dtype=bool)
    for row in np.flatnonzero(there & shapely.is_missing(shapes)):
        report.fatal("unreadable_geometry", place=paper.place(int(row)), field="wkt", header=header)
    flat: Shapes = shapely.force_2d(shapes)
    return flat


def to_lonlat(
    shapes: Shapes, datum: str | None, paper: Paper, report: Report, *, ground: Bounds | None = None
) -> gpd.GeoSeries:
    """Turn shapes into WGS84 lon/lat; without a datum that can be trusted every place stays empty.

    `ground` is where the county lies (west, south, east, north), if that is known: numbers that could be a place in the
    Arctic as well as one in the west of China with latitude first are judged by it.
    """
    nothing = gpd.GeoSeries([None] * len(shapes), crs=LONLAT)
    if shapely.is_missing(shapes).all():
        return nothing
    declared = _declared(datum, paper, report)
    if declared is None:
        return nothing
    shapes = _only_finite(shapes, paper, report)
    if not _plausible(shapes, declared, paper, report, ground):
        return nothing
    frame = declared.frame_to_lonlat(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes)))
    converted: Shapes = np.asarray(frame.geometry.array, dtype=object)
    west, south, east, north = shapely.bounds(converted).T
    with np.errstate(invalid="ignore"):
        lost = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes) & ~(
            (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
        )  # fmt: skip
    for row in np.flatnonzero(lost):
        report.fatal("outside_lonlat", place=paper.place(int(row)), field="geometry", **_middle(shapes[row]))
    converted[lost] = None
    return gpd.GeoSeries(converted, crs=LONLAT)


def check_points(sheet: Sheet, shapes: gpd.GeoSeries, paper: Paper, report: Report) -> gpd.GeoSeries:
    """Keep only points in a sheet of points; a collection of one point is that point."""
    if sheet.shape != "point":
        return shapes
    found: Shapes = np.asarray(shapes.array, dtype=object)
    kinds = shapely.get_type_id(found)
    single = (kinds == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(found) == 1)
    found[single] = shapely.get_geometry(found[single], 0)
    wrong = ~shapely.is_missing(found) & (shapely.get_type_id(found) != shapely.GeometryType.POINT)
    for row in np.flatnonzero(wrong):
        report.fatal("not_a_point", place=paper.place(int(row)), field="geometry", geometry_type=found[row].geom_type)
    found[wrong] = None
    if paper.geometry is not None:
        for row in np.flatnonzero(shapely.is_missing(paper.geometry) | shapely.is_empty(paper.geometry)):
            report.fatal("missing_geometry", place=paper.place(int(row)), field="geometry")
    return gpd.GeoSeries(found, crs=LONLAT)


def _declared(datum: str | None, paper: Paper, report: Report) -> Datum | None:
    """Read the declaration and hold it against what the file says of itself."""
    if not datum or not datum.strip():
        report.fatal("datum_missing")
        return None
    try:
        declared = Datum.parse(datum)
    except UnknownDatum as error:
        report.fatal("datum_unknown", datum=datum, accepted=list(error.accepted))
        return None
    try:
        other = conflict(declared, paper.crs)
    except pyproj.exceptions.CRSError:
        report.warn("crs_unreadable")
        other = None
    if other is not None:
        report.fatal("datum_contradicts", declared=declared.name, found=other)
        return None
    return declared


def _only_finite(shapes: Shapes, paper: Paper, report: Report) -> Shapes:
    """Take out shapes with a coordinate that is no number."""
    coordinates, rows = shapely.get_coordinates(shapes, return_index=True)
    bad = np.unique(rows[~np.isfinite(coordinates).all(axis=1)])
    kept = shapes.copy()
    for row in bad:
        report.fatal("bad_coordinate", place=paper.place(int(row)), field="geometry", header="geometry", value="NaN")
        kept[row] = None
    return kept


def _plausible(shapes: Shapes, declared: Datum, paper: Paper, report: Report, ground: Bounds | None) -> bool:
    """Judge before converting: metres for degrees, degrees for metres, latitude before longitude."""
    bounds = shapely.bounds(shapes)
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    west, south, east, north = bounds[rows].T
    if not _in_degrees(declared):
        in_degrees = (np.abs(bounds[rows]) <= 180.0).all(axis=1)
        return not _tell("degrees_not_metres", rows[in_degrees], len(rows), shapes, declared, paper, report)
    metres = (np.abs(bounds[rows]) > NOT_DEGREES).any(axis=1)
    if _tell("metres_not_degrees", rows[metres], len(rows), shapes, declared, paper, report):
        return False
    turned = (
        (west >= CHINA_LAT[0]) & (east <= CHINA_LAT[1]) & (south >= CHINA_LON[0]) & (north <= CHINA_LON[1])
    )  # fmt: skip
    if ground is not None:
        turned &= ~_near(ground, west, south, east, north)
        turned |= _near(ground, south, west, north, east) & ~_near(ground, west, south, east, north)
    elif not (north[turned] > 90.0).any():
        _ask(rows[turned], shapes, declared, paper, report)
        return True
    return not _tell("swapped_coordinates", rows[turned], len(rows), shapes, declared, paper, report)


def _near(ground: Bounds, west: Floats, south: Floats, east: Floats, north: Floats) -> NDArray[np.bool_]:
    """Mark the boxes that lie in the county's own box or close by."""
    return (
        (west >= ground[0] - NEARBY) & (south >= ground[1] - NEARBY)
        & (east <= ground[2] + NEARBY) & (north <= ground[3] + NEARBY)
    )  # fmt: skip


def _ask(rows: NDArray[np.intp], shapes: Shapes, declared: Datum, paper: Paper, report: Report) -> None:
    """Point out, once, numbers that are a place in the Arctic and would be one in China with latitude first."""
    if len(rows):
        place = paper.place(int(rows[0]))
        facts = {"count": len(rows), "datum": declared.name, **_middle(shapes[rows[0]])}
        report.warn("maybe_swapped_coordinates", place=place, field="geometry", **facts)


def _tell(
    kind: str, rows: NDArray[np.intp], of: int, shapes: Shapes, declared: Datum, paper: Paper, report: Report
) -> bool:
    """Note a trouble row by row, or once when every row has it; tell whether it is the whole file's."""
    facts: dict[str, Any] = {"datum": declared.name}
    if len(rows) == of and of >= TELLING:
        report.fatal(kind, field="geometry", count=len(rows), **facts, **_middle(shapes[rows[0]]))
        return True
    for row in rows:
        report.fatal(kind, place=paper.place(int(row)), field="geometry", count=1, **facts, **_middle(shapes[row]))
        shapes[row] = None
    return False


def _in_degrees(declared: Datum) -> bool:
    """Tell whether coordinates of this datum are angles."""
    return declared.name in DEGREES or bool(pyproj.CRS.from_user_input(declared.name).is_geographic)


def _middle(shape: Any) -> dict[str, Any]:
    """Say where a shape is, as it stands in the file."""
    west, south, east, north = shapely.bounds(shape)
    return {"x": round((west + east) / 2, 6), "y": round((south + north) / 2, 6)}
