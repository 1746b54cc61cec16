"""Repair: a layer of cells is made to fit edge to edge, and every move is told with its size, for somebody to sign."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.cells import only_polygons
from gridmap.metres import METRES_PER_DEGREE, areas

GAP_WIDTH = 5.0  # metres: as the layer check tells a drawing error from a question of whose ground it is
SNAP_DEGREES = 1e-8  # about a millimetre: vertices nearer than this are one
NOTHING_M2 = 0.01  # square metres: a smaller change is rounding, not a move

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A layer whose cells fit, and what was moved for it.

    frame: as it came, with the geometry that fits.
    moves: DataFrame[code, kind, gained_m2, lost_m2, farthest_m], one row per cell that changed; kind is `ring` where a
    ring that crossed itself was mended, `border` where only borders moved.
    """

    frame: gpd.GeoDataFrame
    moves: pd.DataFrame


def repair(frame: gpd.GeoDataFrame, *, gap_width: float = GAP_WIDTH) -> Repaired:
    """Mend rings, give overlaps to the lower code, and close gaps narrower than `gap_width` metres.

    frame: `code` and polygons in lon/lat; rows without a polygon stay as they are. A gap goes to the neighbour with
    the longest border along it. Wider gaps stay: whose ground they are is not for a program to say. Widths are judged
    in degrees as long as one of longitude at the layer's middle, so that untouched corners keep every digit; a gap
    that runs east to west is therefore closed up to 1/cos(latitude) of the width. Another order of rows gives the
    same shapes.
    """
    ordered = frame.sort_values("code", kind="stable")
    before: Shapes = ordered.geometry.to_numpy()
    has_shape = np.array([shape is not None and shapely.get_dimensions(shape) == 2 for shape in before], dtype=bool)
    shapes = before[has_shape]
    broken = ~shapely.is_valid(shapes)
    mended: Shapes = shapes.copy()
    mended[broken] = only_polygons(shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False))
    fitted: Shapes = shapely.coverage_clean(  # type: ignore[attr-defined]  # newer than its published types
        mended,
        gap_width=gap_width / _metres_per_degree_east(mended),
        snapping_distance=SNAP_DEGREES,
        merge_strategy="min_index",
    )
    after = before.copy()
    after[has_shape] = fitted
    moves = _moves(ordered["code"].astype(str).to_numpy()[has_shape], mended, fitted, broken)
    result = ordered.set_geometry(gpd.GeoSeries(after, index=ordered.index, crs=frame.crs)).loc[frame.index]
    return Repaired(frame=result, moves=moves)


def _metres_per_degree_east(shapes: Shapes) -> float:
    bounds = shapely.total_bounds(shapes)
    return float(METRES_PER_DEGREE * np.cos(np.radians((bounds[1] + bounds[3]) / 2)))


def _moves(codes: NDArray[np.object_], before: Shapes, after: Shapes, broken: NDArray[np.bool_]) -> pd.DataFrame:
    gained = areas(shapely.difference(after, before))
    lost = areas(shapely.difference(before, after))
    farthest = shapely.hausdorff_distance(before, after) * METRES_PER_DEGREE
    moved = broken | (gained > NOTHING_M2) | (lost > NOTHING_M2)
    return pd.DataFrame(
        {
            "code": codes[moved],
            "kind": np.where(broken[moved], "ring", "border"),
            "gained_m2": np.round(gained[moved], 1),
            "lost_m2": np.round(lost[moved], 1),
            "farthest_m": np.round(np.nan_to_num(farthest[moved]), 1),
        }
    )
