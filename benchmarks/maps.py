"""Drawing the coverage map: ours beside folium.GeoJson of the same frame, built and packed for the wire."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely

from benchmarks.ground import grids, size_of
from benchmarks.stopwatch import REPEATS, timed
from gridmap.coverage import MODES, Scale, draw, scales

TOWNS = 12


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Build the page part of a county's coverage map; seconds and gzipped bytes, ours and the peers'.

    All draw the same cells with the same facts. Ours carries the three modes that the page switches between; the
    peers are folium.GeoJson without colours, coloured in one mode, and coloured in three. A mismatch is a grid that
    the drawing does not name.
    """
    cells = dressed(size_of(size).grids)
    ground = gpd.GeoDataFrame(
        {"code": ["0"], "name": ["县"]}, geometry=[shapely.box(*cells.total_bounds)], crs=cells.crs
    )
    nothing = gpd.GeoDataFrame({"code": [], "name": [], "kind": []}, geometry=[], crs=cells.crs)

    def ours() -> str:
        figure = draw(ground, ground, nothing, cells, districts_by_layer={}, stations=nothing)
        return str(figure.get_root().render())

    graded = scales(cells)
    ours()
    our_seconds, our_page = timed(ours, repeats)
    missing = sum(code not in our_page for code in cells["code"])
    rows = []
    for peer, modes in (("without colours", ()), ("in one mode", MODES[:1]), ("in three modes", MODES)):
        their_seconds, their_page = timed(lambda modes=modes: by_folium(cells, graded, modes), repeats)  # type: ignore[misc]
        rows.append(
            {
                "work": f"coverage map of {len(cells):,} grids",
                "peer": f"folium.GeoJson {peer}",
                "seconds": our_seconds,
                "peer_seconds": their_seconds,
                "ratio": their_seconds / our_seconds,
                "megabytes_gzipped": packed(our_page),
                "peer_megabytes_gzipped": packed(their_page),
                "mismatches": missing,
                "same": missing == 0,
            }
        )
    return rows


def by_folium(cells: gpd.GeoDataFrame, graded: Mapping[str, Scale], modes: Sequence[str]) -> str:
    """Build the same map with folium's own elements: one layer for each mode, or one without colours."""
    figure = folium.Map(tiles=None)
    shown = cells.drop(columns="leads")
    for mode in modes:
        scale = graded[mode]
        colours = dict(zip(cells["code"], (scale.steps[step].colour for step in scale.index), strict=True))
        folium.GeoJson(shown, style_function=painted(colours), tooltip=named()).add_to(figure)
    if not modes:
        folium.GeoJson(shown, tooltip=named()).add_to(figure)
    return str(figure.get_root().render())


def named() -> folium.GeoJsonTooltip:
    """Say which columns a cell shows when it is pointed at."""
    return folium.GeoJsonTooltip(["code", "name"])


def painted(colours: Mapping[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give folium's way of colouring cells by their codes."""

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        colour = colours[feature["properties"]["code"]]
        return {"fillColor": colour, "fillOpacity": 0.92, "color": "#ffffff", "weight": 0.7}

    return style


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
