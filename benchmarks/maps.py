"""Drawing the coverage map: ours beside folium.GeoJson of the same frame, built and packed for the wire."""

import gzip
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely

from benchmarks.ground import grids, size_of
from benchmarks.stopwatch import REPEATS, timed
from gridmap.coverage import draw

TOWNS = 12


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Build the page part of a county's coverage map; seconds and gzipped bytes, ours and the peer's.

    Both draw the same cells with the same facts. A mismatch is a grid that the drawing does not name.
    """
    cells = dressed(size_of(size).grids)
    ground = gpd.GeoDataFrame(
        {"code": ["0"], "name": ["县"]}, geometry=[shapely.box(*cells.total_bounds)], crs=cells.crs
    )
    nothing = gpd.GeoDataFrame({"code": [], "name": [], "kind": []}, geometry=[], crs=cells.crs)

    def ours() -> str:
        figure = draw(ground, ground, nothing, cells, districts_by_layer={}, stations=nothing)
        return str(figure.get_root().render())

    def theirs() -> str:
        figure = folium.Map(tiles=None)
        shown = cells.drop(columns="leads")
        folium.GeoJson(shown, tooltip=folium.GeoJsonTooltip(["code", "name"])).add_to(figure)
        return str(figure.get_root().render())

    our_seconds, our_page = timed(ours, repeats)
    their_seconds, their_page = timed(theirs, min(repeats, 3))
    missing = sum(code not in our_page for code in cells["code"])
    return [
        {
            "work": f"coverage map of {len(cells):,} grids",
            "peer": "folium.GeoJson",
            "seconds": our_seconds,
            "peer_seconds": their_seconds,
            "ratio": their_seconds / our_seconds,
            "megabytes_gzipped": packed(our_page),
            "peer_megabytes_gzipped": packed(their_page),
            "mismatches": missing,
            "same": missing == 0,
        }
    ]


def packed(page: str) -> float:
    """Give the megabytes that go over the wire."""
    return len(gzip.compress(page.encode(), 6)) / 1e6


def dressed(count: int) -> gpd.GeoDataFrame:
    """Draw grids with everything that the coverage map colours by."""
    cells = grids(count)
    chance = np.random.default_rng(count)
    town = chance.integers(0, TOWNS, count)
    return cells.assign(
        name=[f"第{code}网格" for code in cells["code"]],
        village_name=[f"第{number}村" for number in chance.integers(0, max(1, count // 3), count)],
        town_name=[f"第{number}镇" for number in town],
        linked=chance.random(count) < 0.97,
        load=chance.integers(100, 900, count),
        acts=chance.integers(0, 12, count),
        deputies=chance.integers(1, 6, count),
        leads=[[f"示例·第{number}人"] for number in chance.integers(0, max(1, count // 2), count)],
    )
