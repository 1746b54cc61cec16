"""Cutting an oversize piece is proposed with what it would gain, and never done by itself."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.borders import shared_metres
from gridmap.cells import only_polygons
from gridmap.halving import halves
from gridmap.metres import Shapes, areas
from gridmap.placement import TOLERANCE, place
from gridmap.plan import Plan

SMALLEST_PART = 0.02  # of a piece, by area: a smaller part stays with the one it borders longest
BETWEEN = "·"  # between a grid and the number of its part, in codes of grids and seats that exist only in a trial

COLUMNS = [
    *("district", "grid", "seats", "households", "mean", "parts", "way"),
    *("largest", "largest_after", "ratio", "ratio_after", "reason_key", "reason_facts", "geometry"),
]


def propose_cuts(
    pieces: gpd.GeoDataFrame,
    plan: Plan,
    *,
    groups: gpd.GeoDataFrame | None = None,
    lines: gpd.GeoSeries | None = None,
    tolerance: float = TOLERANCE,
) -> gpd.GeoDataFrame:
    """Propose a cut for every piece that is larger than the mean load of its district.

    `pieces` and `plan` are those of one layer, as `place` takes and gives them. A piece is cut along `groups` (lon/lat
    polygons of village groups) where more than one of them lies in it; else along `lines` (streets) that part it; else
    into halves of equal area across its longer axis. Parts get households by their area, in whole numbers that sum to
    the piece's. Each piece is cut by itself, its district is placed again, and nothing is changed anywhere.

    One row per piece, the largest gain first (equal: district, grid): district, grid, seats, households, mean (load),
    parts (households of each), way ("groups", "lines" or "halves"), largest and largest_after (the largest load before
    and after), ratio and ratio_after (those over the mean), reason_key, reason_facts, geometry (the parts together).
    """
    own = pieces[pieces["joined"].isna()] if "joined" in pieces.columns else pieces
    known = {str(line["district"]): line for line in plan.districts.to_dict("records")}
    oversize = [row for row in own.to_dict("records") if _is_oversize(row, known.get(str(row["district"])))]
    if not oversize:
        return gpd.GeoDataFrame(columns=COLUMNS, geometry="geometry", crs="EPSG:4326")
    cuts = [_cut(row["geometry"], groups, lines) for row in oversize]
    counts = [_whole(int(row["households"]), shapes) for row, (_, shapes) in zip(oversize, cuts, strict=True)]
    after = _tried(own, plan, oversize, [shapes for _, shapes in cuts], counts, tolerance)
    rows = [
        _row(row, known[str(row["district"])], way, shapes, parts, int(largest))
        for row, (way, shapes), parts, largest in zip(oversize, cuts, counts, after, strict=True)
    ]
    rows.sort(key=lambda row: (row["ratio_after"] - row["ratio"], row["district"], row["grid"]))
    return gpd.GeoDataFrame(rows, columns=COLUMNS, geometry="geometry", crs="EPSG:4326")


def _is_oversize(row: Mapping[str, Any], district: Mapping[Any, Any] | None) -> bool:
    """Compare a piece with the mean load in whole numbers, so that a piece of just the mean is none."""
    if district is None or not district["seats"]:
        return False
    return bool(int(row["households"]) * int(district["seats"]) > int(district["households"]))


def _cut(shape: shapely.Geometry, groups: gpd.GeoDataFrame | None, lines: gpd.GeoSeries | None) -> tuple[str, Shapes]:
    if groups is not None:
        found = _along_groups(shape, np.asarray(groups.geometry.array, dtype=object))
        if len(found) > 1:
            return "groups", found
    if lines is not None:
        found = _along_lines(shape, np.asarray(lines.array, dtype=object))
        if len(found) > 1:
            return "lines", found
    return "halves", halves(shape)


def _along_groups(shape: shapely.Geometry, groups: Shapes) -> Shapes:
    """Part a shape by the groups that lie in it; the lower row has what two groups share, the rest is a part too."""
    found, rest = [], shape
    for group in groups[shapely.intersects(groups, shape)]:
        found.append(shapely.intersection(rest, group))
        rest = shapely.difference(rest, group)
    return _without_scraps(np.array([*found, rest], dtype=object))


def _along_lines(shape: shapely.Geometry, lines: Shapes) -> Shapes:
    """Part a shape by lines that run through it."""
    network = shapely.union_all([shapely.boundary(shape), *lines[shapely.intersects(lines, shape)]])
    found = shapely.get_parts(shapely.polygonize([network]))
    return _without_scraps(found[shapely.contains_properly(shape, shapely.point_on_surface(found))])


def _without_scraps(parts: Shapes) -> Shapes:
    """Leave every part that is too small with the part it borders longest; equal borders go to the earlier part."""
    parts = only_polygons(parts)
    parts = parts[~shapely.is_empty(parts)]
    while len(parts) > 1:
        ground = areas(parts)
        least = int(np.argmin(ground))
        if ground[least] >= SMALLEST_PART * ground.sum():
            break
        others = np.delete(parts, least)
        nearest = int(np.argmax(shared_metres(np.repeat(parts[least : least + 1], len(others)), others)))
        others[nearest] = shapely.union_all([others[nearest], parts[least]])
        parts = others
    return parts


def _whole(households: int, parts: Shapes) -> list[int]:
    """Share households out by area in whole numbers; the rest goes to the largest remainders, equal: the earlier."""
    ground = areas(parts)
    quota = np.round(households * ground / ground.sum(), 6)
    given = np.floor(quota).astype(int)
    order = np.lexsort((np.arange(len(parts)), given - quota))
    given[order[: households - int(given.sum())]] += 1
    return [int(count) for count in given]


def _tried(
    own: gpd.GeoDataFrame,
    plan: Plan,
    oversize: list[dict[str, Any]],
    cuts: list[Shapes],
    counts: list[list[int]],
    tolerance: float,
) -> "pd.Series[int]":
    """Place every district once for each of its cuts, all at once; give the largest loads in the order of the cuts."""
    seats_of = plan.links.groupby("district")["seat"].unique()
    grids, households, whole = list(own["grid"]), list(own["households"]), list(own.geometry)
    rows_of: dict[str, list[int]] = {}
    for position, district in enumerate(own["district"]):
        rows_of.setdefault(str(district), []).append(position)
    table: dict[str, list[Any]] = {"grid": [], "district": [], "households": []}
    ground: list[shapely.Geometry] = []
    seats, names = [], []
    for row, shapes, parts in zip(oversize, cuts, counts, strict=True):
        name = f"{row['district']}{BETWEEN}{row['grid']}"
        rest = [one for one in rows_of[str(row["district"])] if grids[one] != row["grid"]]
        table["grid"] += [grids[one] for one in rest]
        table["grid"] += [f"{row['grid']}{BETWEEN}{number}" for number in range(1, len(parts) + 1)]
        table["households"] += [*(households[one] for one in rest), *parts]
        table["district"] += [name] * (len(rest) + len(parts))
        ground += [*(whole[one] for one in rest), *shapes]
        seats += [{"seat": f"{seat}{BETWEEN}{name}", "district": name} for seat in seats_of[str(row["district"])]]
        names.append(name)
    trial = gpd.GeoDataFrame(table, geometry=ground, crs="EPSG:4326")
    found = place(trial, pd.DataFrame(seats), tolerance=tolerance)
    return found.districts.set_index("district")["largest"].loc[names]


def _row(
    row: Mapping[str, Any], district: Mapping[Any, Any], way: str, shapes: Shapes, parts: list[int], largest_after: int
) -> dict[str, Any]:
    largest, seats = int(district["largest"]), int(district["seats"])
    mean = int(district["households"]) / seats
    facts = {
        "district": str(row["district"]),
        "grid": str(row["grid"]),
        "seats": seats,
        "households": int(row["households"]),
        "mean": round(mean),
        "count": len(parts),
        "parts": ", ".join(map(str, parts)),
        "largest": largest,
        "largest_after": largest_after,
        "percent": round(100 * largest / mean),
        "percent_after": round(100 * largest_after / mean),
    }
    return {
        "district": facts["district"],
        "grid": facts["grid"],
        "seats": seats,
        "households": facts["households"],
        "mean": mean,
        "parts": tuple(parts),
        "way": way,
        "largest": largest,
        "largest_after": largest_after,
        "ratio": largest / mean,
        "ratio_after": largest_after / mean,
        "reason_key": f"cutting.{way}" if largest_after < largest else "cutting.no_gain",
        "reason_facts": facts,
        "geometry": shapely.geometrycollections(list(shapes)),
    }
