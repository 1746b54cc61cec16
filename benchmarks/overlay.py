"""Cutting grids along districts: our shares and pieces beside geopandas' overlay, every share compared."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.ground import districts, grids, size_of
from benchmarks.stopwatch import REPEATS, row, timed
from gridmap.metres import areas
from gridmap.overlay import pieces, shares

EQUAL = 1e-9  # of a grid


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Cut the grids of a county, province or nation along its districts; one row for shares, one for pieces.

    The peer intersects and is not asked for areas, households or joined slivers. A share that differs by more than
    1e-9 of its grid from the area that geopandas gives is a mismatch.
    """
    scale = size_of(size)
    cells, parts = grids(scale.grids), districts(scale.districts, scale.grids)
    peer_seconds, theirs = timed(lambda: gpd.overlay(cells, parts, how="intersection"), repeats)
    expected = _as_shares(theirs, cells)
    seconds, found = timed(lambda: shares(cells, parts), repeats)
    cut_seconds, cut = timed(lambda: pieces(cells, parts), repeats)
    cut = cut.rename(columns={"grid": "unit"})[["unit", "district", "share"]]
    work = f"{len(cells):,} grids along {len(parts):,} districts"
    return [
        row(
            f"{name} of {work}",
            "geopandas.overlay",
            ours=ours,
            theirs=peer_seconds,
            mismatches=_differing(answer, expected),
            repeats=repeats,
        )
        for name, ours, answer in (("shares", seconds, found), ("pieces", cut_seconds, cut))
    ]


def _as_shares(overlay: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> pd.DataFrame:
    whole = dict(zip(cells["code"], areas(np.asarray(cells.geometry.array, dtype=object)), strict=True))
    part = areas(np.asarray(overlay.geometry.array, dtype=object))
    return pd.DataFrame(
        {
            "unit": overlay["code_1"],
            "district": overlay["code_2"],
            "share": part / overlay["code_1"].map(whole).to_numpy(dtype=np.float64),
        }
    )


def _differing(found: pd.DataFrame, expected: pd.DataFrame) -> int:
    """Count the pairs whose shares differ; a pair that only one side has is a share of 0 on the other."""
    both = found.merge(expected, on=["unit", "district"], how="outer").fillna({"share_x": 0.0, "share_y": 0.0})
    return int((np.abs(both["share_x"] - both["share_y"]) > EQUAL).sum())
