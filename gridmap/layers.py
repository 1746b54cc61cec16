"""Layers: every flaw of a layer of cells, found before the layer may answer for anybody."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.cells import POLYGONS, only_polygons
from gridmap.fit import fit
from gridmap.metres import ROUNDING_METRES, Indices, Shapes, areas, widths
from gridmap.seams import gaps, overlaps

Fact = str | int | float
Flags = NDArray[np.bool_]

SLIVER_WIDTH = (
    5.0  # metres: a thinner gap or overlap is a drawing error, a wider one is a question of whose ground it is
)
NEIGHBOURS_NAMED = 6

FATAL = (
    "missing_geometry",
    "empty_geometry",
    "wrong_geometry_type",
    "outside_world",
    "invalid_ring",
    "missing_code",
    "duplicate_code",
    "orphan_code",
    "datum_is_another",
    "datum_does_not_fit",
)
WARNING = ("parent_does_not_contain", "overlap", "gap", "sliver")
KINDS = FATAL + WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFlaw:
    """One flaw. `feature` is the position in the frame (None for a flaw of the whole layer), `field` the column.

    The sentences are `flaw.<kind>.problem` and `flaw.<kind>.remedy`; `facts` fill them in: codes and names as text,
    `area_m2` in square metres, `width_m` in metres, shares in percent, `lon` and `lat` where to look, `first_number`
    and the like count features from 1. A fatal flaw keeps the layer out; the others are answered by the stated rules
    (the lower code wins an overlap, a gap belongs to nobody).
    """

    kind: str
    fatal: bool
    feature: int | None
    code: str
    field: str
    facts: Mapping[str, Fact]


def check_cells(
    frame: gpd.GeoDataFrame,
    *,
    covering: shapely.Geometry | None = None,
    parents: gpd.GeoDataFrame | None = None,
    parent_field: str = "parent",
    group_field: str | None = None,
    declared: str = "wgs84",
    needs_polygon: Sequence[bool] | None = None,
    sliver_width: float = SLIVER_WIDTH,
) -> list[LayerFlaw]:
    """List every flaw of a layer in WGS84 lon/lat, by feature, then by kind; flaws of the whole layer come last.

    - `covering`: the area that the layer lies in and fills, such as the county; without it the datum is not judged,
      and only gaps that cells enclose on every side are found;
    - `parents`: cells with `code`; every non-empty `parent_field` names one of them, whose polygon (if it has one)
      holds the cell; the frame itself may be handed in when it holds several ranks;
    - `group_field`: overlaps and gaps are sought among cells of equal value, such as `kind` for towns and villages;
    - `declared`: the datum that the frame was converted from, so that the right one can be named;
    - `needs_polygon`: one flag per row; a row without may stand without a polygon, or as a point;
    - `sliver_width`: metres below which an overlap, a gap or a part outside the parent is a sliver.
    """
    needed = np.ones(len(frame), dtype=bool) if needs_polygon is None else np.asarray(needs_polygon, dtype=bool)
    layer = _Layer.of(frame)
    on_earth = layer.on_earth
    sound = on_earth & np.isin(layer.types, POLYGONS) & ~layer.empty
    sound[sound] = shapely.is_valid(layer.shapes[sound])
    flaws = [*_code_flaws(layer), *_shape_flaws(layer, needed, sound)]
    flaws += _orphans(layer, frame, parents, parent_field)
    datum_flaws = list(_datum_flaws(layer, covering, declared))
    flaws += datum_flaws
    misplaced = any(flaw.fatal for flaw in datum_flaws)
    if parents is not None and parent_field in frame.columns and not misplaced:
        flaws += _parent_flaws(layer, frame, parents, parent_field, sound, sliver_width)
    filled = None if misplaced else covering
    for members in _groups(frame, group_field, sound):
        flaws += _overlap_flaws(layer, members, sliver_width)
        flaws += _gap_flaws(layer, members, filled, sliver_width)
    return sorted(flaws, key=_order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    codes: list[str]
    shapes: Shapes
    types: NDArray[np.int32]
    empty: Flags
    on_earth: Flags

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> "_Layer":
        shapes = np.asarray(frame.geometry.array, dtype=object)
        values = frame["code"] if "code" in frame.columns else [None] * len(frame)
        return cls(
            codes=[_text(value) for value in values],
            shapes=shapes,
            types=shapely.get_type_id(shapes),
            empty=shapely.is_empty(shapes),
            on_earth=_on_earth(shapes),
        )


def _code_flaws(layer: _Layer) -> Iterator[LayerFlaw]:
    times = Counter(layer.codes)
    first: dict[str, int] = {}
    for feature, code in enumerate(layer.codes):
        if code == "":
            yield _flaw("missing_code", feature, "", "code")
        elif code in first:
            yield _flaw("duplicate_code", feature, code, "code", first_number=first[code] + 1, times=times[code])
        first.setdefault(code, feature)


def _shape_flaws(layer: _Layer, needed: Flags, sound: Flags) -> Iterator[LayerFlaw]:
    for feature in np.flatnonzero(~sound):
        kind, facts = _shape_flaw(layer, int(feature), bool(needed[feature]))
        if kind != "":
            yield _flaw(kind, int(feature), layer.codes[feature], "geometry", **facts)


def _shape_flaw(layer: _Layer, feature: int, needed: bool) -> tuple[str, dict[str, Fact]]:
    """Say what is wrong with a shape that is no sound polygon; nothing ("") where none is asked for."""
    shape = layer.shapes[feature]
    if shape is None:
        return ("missing_geometry" if needed else ""), {}
    if layer.empty[feature]:
        return ("empty_geometry" if needed else ""), {}
    if not layer.on_earth[feature]:
        return "outside_world", _where_off_earth(shape)
    if layer.types[feature] not in POLYGONS:
        fine = not needed and shape.geom_type == "Point"
        return ("" if fine else "wrong_geometry_type"), {"type": shape.geom_type}
    return "invalid_ring", _why_invalid(shape)


def _orphans(
    layer: _Layer, frame: gpd.GeoDataFrame, parents: gpd.GeoDataFrame | None, field: str
) -> Iterator[LayerFlaw]:
    if parents is None or field not in frame.columns:
        return
    known = {_text(code) for code in parents["code"]}
    for feature, value in enumerate(frame[field]):
        parent = _text(value)
        if parent != "" and parent not in known:
            yield _flaw("orphan_code", feature, layer.codes[feature], field, parent=parent)


def _datum_flaws(layer: _Layer, covering: shapely.Geometry | None, declared: str) -> Iterator[LayerFlaw]:
    """Tell once for the layer when it lies elsewhere, or when a known mistake explains that it does not fit.

    A part of the area at its edge may stick out for other reasons and be explained by chance: that is a warning.
    """
    coordinates = shapely.get_coordinates(layer.shapes)
    if covering is None or len(coordinates) == 0:
        return
    found = fit(coordinates[:, 0], coordinates[:, 1], covering, declared=declared)
    if not found.fits:
        percent: dict[str, Fact] = {f"inside_as_{name}_percent": _percent(part) for name, part in found.under.items()}
        facts = {"inside_percent": _percent(found.inside), **percent, "looks_like": found.looks_like or "?"}
        facts |= {"declared": declared, "explained_percent": _percent(found.under.get(found.looks_like, 0.0))}
        redeclared = found.of_another_datum and not declared.startswith("EPSG")
        kind = "datum_is_another" if redeclared else "datum_does_not_fit"
        fatal = found.elsewhere or found.spanning
        yield LayerFlaw(kind=kind, fatal=fatal, feature=None, code="", field="geometry", facts=facts)


def _parent_flaws(
    layer: _Layer,
    frame: gpd.GeoDataFrame,
    parents: gpd.GeoDataFrame,
    field: str,
    sound: Flags,
    sliver_width: float,
) -> Iterator[LayerFlaw]:
    polygon_of = _sound_polygons(parents)
    named = [_text(value) for value in frame[field]]
    children = np.array([i for i in np.flatnonzero(sound) if named[i] in polygon_of], dtype=np.intp)
    above = np.array([polygon_of[named[i]] for i in children], dtype=object)
    shapely.prepare(above)
    loose = ~shapely.covers(above, layer.shapes[children])
    children, above = children[loose], above[loose]
    outside = only_polygons(np.asarray(shapely.difference(layer.shapes[children], above), dtype=object))
    breadth, ground, whole = widths(outside), areas(outside), areas(layer.shapes[children])
    for i in np.flatnonzero(breadth >= ROUNDING_METRES):
        child = int(children[i])
        facts = {"parent": named[child], **_spot(outside[i], ground[i], breadth[i])}
        if breadth[i] < sliver_width:
            facts |= {"what": "outside_parent", "others": named[child]}
            yield _flaw("sliver", child, layer.codes[child], "geometry", **facts)
        else:
            facts["outside_percent"] = _percent(ground[i] / whole[i])
            yield _flaw("parent_does_not_contain", child, layer.codes[child], "geometry", **facts)


def _overlap_flaws(layer: _Layer, members: Indices, sliver_width: float) -> Iterator[LayerFlaw]:
    """List overlaps at the cell that loses the ground: the higher code, of equal codes the later feature."""
    shapes = layer.shapes[members]
    one, other, shared = overlaps(shapes)
    ground, breadth, whole = areas(shared), widths(shared), areas(shapes)
    for i in range(len(shared)):
        wins, loses = sorted((int(members[one[i]]), int(members[other[i]])), key=lambda f: (layer.codes[f], f))
        facts = {"other": layer.codes[wins], **_spot(shared[i], ground[i], breadth[i])}
        if breadth[i] < sliver_width:
            facts |= {"what": "overlap", "others": layer.codes[wins]}
            yield _flaw("sliver", loses, layer.codes[loses], "geometry", **facts)
        else:
            facts["percent_of_smaller"] = _percent(ground[i] / min(whole[one[i]], whole[other[i]]))
            yield _flaw("overlap", loses, layer.codes[loses], "geometry", **facts)


def _gap_flaws(
    layer: _Layer, members: Indices, covering: shapely.Geometry | None, sliver_width: float
) -> Iterator[LayerFlaw]:
    shapes = layer.shapes[members]
    holes = gaps(shapes, covering)
    around, touched = shapely.STRtree(shapes).query(holes, predicate="dwithin", distance=1e-9)
    ground, breadth = areas(holes), widths(holes)
    for i in range(len(holes)):
        neighbours = sorted({layer.codes[members[cell]] for cell in touched[around == i]})
        facts = {**_spot(holes[i], ground[i], breadth[i]), "neighbours": _listed(neighbours)}
        facts["neighbour_count"] = len(neighbours)
        if breadth[i] < sliver_width:
            facts |= {"what": "gap", "others": facts["neighbours"]}
        yield _flaw("sliver" if breadth[i] < sliver_width else "gap", None, "", "geometry", **facts)


def _groups(frame: gpd.GeoDataFrame, field: str | None, sound: Flags) -> list[Indices]:
    """Split the sound rows into the layers that ought not to overlap; groups come by name."""
    rows = np.flatnonzero(sound)
    if field is None or field not in frame.columns:
        return [rows] if len(rows) else []
    names = np.array([_text(value) for value in frame[field]], dtype=object)[rows]
    return [rows[names == name] for name in sorted(set(names))]


def _sound_polygons(parents: gpd.GeoDataFrame) -> dict[str, shapely.Geometry]:
    shapes = np.asarray(parents.geometry.array, dtype=object)
    sound = np.isin(shapely.get_type_id(shapes), POLYGONS) & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    codes = [_text(code) for code in parents["code"]]
    return {codes[i]: shapes[i] for i in np.flatnonzero(sound)}


def _on_earth(shapes: Shapes) -> Flags:
    """Mark the shapes whose every coordinate is a finite longitude and latitude; missing and empty ones pass."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    off = ~((np.abs(coordinates[:, 0]) <= 180.0) & (np.abs(coordinates[:, 1]) <= 90.0))
    return np.asarray(np.bincount(owner[off], minlength=len(shapes)) == 0)


def _where_off_earth(shape: shapely.Geometry) -> dict[str, Fact]:
    """Show the first impossible coordinate, and the mistake it looks like: swapped, metres, or none ("?")."""
    x, y = shapely.get_coordinates(shape).T
    first = int(np.argmax(~((np.abs(x) <= 180.0) & (np.abs(y) <= 90.0))))
    looks_like = "?"
    if np.all(np.abs(x) <= 90.0) and np.all(np.abs(y) <= 180.0):
        looks_like = "swapped"
    elif np.isfinite(x[first]) and np.isfinite(y[first]) and max(abs(x[first]), abs(y[first])) > 1000.0:
        looks_like = "metres"
    return {"lon": str(x[first]), "lat": str(y[first]), "looks_like": looks_like}


def _why_invalid(shape: shapely.Geometry) -> dict[str, Fact]:
    """Split GEOS's reason, such as `Self-intersection[113.1 22.7]`, into the reason and its place."""
    reason, _, place = str(shapely.is_valid_reason(shape)).partition("[")
    lon, _, lat = place.rstrip("]").partition(" ")
    return {"reason": reason.strip(), "lon": lon, "lat": lat}


def _spot(shape: shapely.Geometry, square_metres: float, width: float) -> dict[str, Fact]:
    inside = shapely.point_on_surface(shape)
    lon, lat = round(float(shapely.get_x(inside)), 7), round(float(shapely.get_y(inside)), 7)
    return {"area_m2": round(float(square_metres), 1), "width_m": round(float(width), 3), "lon": lon, "lat": lat}


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:NEIGHBOURS_NAMED]) + (" …" if len(codes) > NEIGHBOURS_NAMED else "")


def _percent(part: float) -> float:
    return round(100.0 * float(part), 2)


def _text(value: object) -> str:
    """Read a cell of a sheet: what is missing (None, NaN, NA) or blank is the empty text."""
    if value is None or value is pd.NA or value != value:
        return ""
    return str(value).strip()


def _flaw(kind: str, feature: int | None, code: str, field: str, **facts: Fact) -> LayerFlaw:
    return LayerFlaw(kind=kind, fatal=kind in FATAL, feature=feature, code=code, field=field, facts=facts)


def _order(flaw: LayerFlaw) -> tuple[bool, int, int, str]:
    """Order by feature, then by kind, then by the facts; flaws of the whole layer last."""
    return flaw.feature is None, flaw.feature or 0, KINDS.index(flaw.kind), str(sorted(flaw.facts.items()))
