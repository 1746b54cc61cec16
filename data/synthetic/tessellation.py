"""One noded tessellation of the county: neighbours share their corners exactly, without gap or overlap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.synthetic.growth import Neighbours
from data.synthetic.plane import Floats, Plane, rounded, squared_distances, voronoi_ridges

Shapes = NDArray[np.object_]
Labels = NDArray[np.int64] | NDArray[np.str_] | NDArray[np.object_]
LATTICE = 1e-7  # degrees; see plane.DECIMALS
LEAST_BORDER = 2e-4  # degrees, about twenty metres: cells that share less are not called neighbours


def cells_of(sites: Floats, county: shapely.Polygon, plane: Plane) -> Shapes:
    """One polygon in degrees per site, in the order of the sites; together they are the county."""
    ridges = voronoi_ridges(sites, plane.flat(county))
    ridges = shapely.transform(ridges, lambda at: rounded(plane.degrees(at)))
    lines = shapely.union_all([*ridges, county.boundary], grid_size=LATTICE)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    faces, inside = faces[shapely.contains(county, inside)], inside[shapely.contains(county, inside)]
    nearest = np.argmin(squared_distances(plane.metres(shapely.get_coordinates(inside)), sites), axis=1)
    return merged(faces, whole(faces, nearest), range(len(sites)))


def whole(faces: Shapes, label: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels under which every label is one area: of scattered faces only the largest group keeps the label.

    A cut-off face goes to the neighbouring face with the longest common border.
    """
    labels = np.array(label)
    beside = common_borders(faces)
    area = shapely.area(faces)
    for _ in range(len(faces)):
        kept = _main_groups(beside, labels, area)
        loose = [row for row in range(len(faces)) if row not in kept]
        landing = [(metres, row, other) for row in loose for other, metres in beside[row].items() if other in kept]
        if not landing:
            return labels
        _, row, other = max(landing)
        labels[row] = labels[other]
    return labels


def merged(faces: Shapes, labels: Labels, order: Sequence[str] | range) -> Shapes:
    """One polygon per label in the given order, made of its faces; common borders inside vanish, outer corners stay."""
    groups: dict[str | int, list[shapely.Polygon]] = {label: [] for label in order}
    for face, label in zip(faces.tolist(), labels.tolist(), strict=True):
        groups[label].append(face)
    return np.array([_one(shapely.coverage_union_all(group)) for group in groups.values()], dtype=np.object_)


def common_borders(faces: Shapes) -> list[dict[int, float]]:
    """For every face its neighbours and the common border's length in degrees; meeting in a point is none."""
    one, other = shapely.STRtree(faces).query(faces, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.length(shapely.intersection(faces[one], faces[other]))
    beside: list[dict[int, float]] = [{} for _ in faces]
    for a, b, length in zip(one.tolist(), other.tolist(), shared.tolist(), strict=True):
        if length > 0:
            beside[a][b] = beside[b][a] = length
    return beside


def neighbours_of(cells: Shapes, sites: Floats) -> Neighbours:
    """Cell → neighbouring cell → metres between their sites, for cells with a common border worth the name."""
    return {
        cell: {
            other: float(np.hypot(*(sites[cell] - sites[other])))
            for other, length in sorted(borders.items())
            if length > LEAST_BORDER
        }
        for cell, borders in enumerate(common_borders(cells))
    }


def pinned(cells: Shapes, pins: Floats) -> Shapes:
    """The same cells with the pins among their corners: each lies on a border and bends it by a centimetre at most."""
    tree, points = shapely.STRtree(cells), shapely.points(pins)
    pin_rows, cell_rows = tree.query(points, predicate="dwithin", distance=2 * LATTICE)
    result = cells.copy()
    for cell in np.unique(cell_rows).tolist():
        result[cell] = _with_corners(cells[cell], pins[pin_rows[cell_rows == cell]])
    return result


def _with_corners(cell: shapely.Polygon, pins: Floats) -> shapely.Polygon:
    ring = shapely.get_coordinates(cell.exterior)
    known = {tuple(corner) for corner in ring.tolist()}
    fresh = [pin for pin in np.unique(pins, axis=0) if tuple(pin.tolist()) not in known]
    segments = shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1))
    homes = [int(np.argmin(shapely.distance(segments, shapely.Point(pin)))) for pin in fresh]
    corners: list[Floats] = []
    for row, start in enumerate(ring[:-1]):
        own = [pin for pin, home in zip(fresh, homes, strict=True) if home == row]
        corners.extend([start, *sorted(own, key=lambda pin: float(np.hypot(*(pin - start))))])
    return shapely.Polygon(corners)


def _main_groups(beside: list[dict[int, float]], labels: NDArray[np.int64], area: Floats) -> set[int]:
    """The faces of the largest connected group of every label; equal areas go to the group with the lowest face."""
    best: dict[int, tuple[float, set[int]]] = {}
    seen: set[int] = set()
    for row in range(len(labels)):
        if row in seen:
            continue
        group, frontier = set[int](), [row]
        while frontier:
            face = frontier.pop()
            if face not in group:
                group.add(face)
                frontier.extend(other for other in beside[face] if labels[other] == labels[row])
        seen |= group
        size = float(area[sorted(group)].sum())
        if size > best.get(int(labels[row]), (-1.0, set()))[0]:
            best[int(labels[row])] = (size, group)
    return set().union(*(group for _, group in best.values()))


def _one(shape: Any) -> shapely.Polygon:
    parts = shapely.get_parts(shape)
    if len(parts) != 1 or shapely.get_num_interior_rings(parts[0]):
        raise ValueError("a cell is in several parts or has a hole")
    polygon: shapely.Polygon = shapely.normalize(parts[0])
    return polygon
