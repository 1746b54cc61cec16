"""Numbers the invented houses: a few addresses for every part of a grid that one electoral district holds."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from data.synthetic.ground import LONLAT, portions
from data.synthetic.known import Known, spoken_village
from data.synthetic.sites import Rows
from data.synthetic.tessellation import Shapes
from gridmap.overlay import pieces

PER_ADDRESS = 60  # households, about: an entrance of flats, or a lane of houses
MOST_OF_A_PART = 5
EDGE = 0.15  # of a part's own breadth: how far from its border houses stand
NUMERALS = "一二三四五六七八九十"


def number_houses(
    grids: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame], known: Known, rng: Generator
) -> gpd.GeoDataFrame:
    """Addresses with code, address, group, estate, grid, village, households; a grid's add up to its households.

    Every part of a grid (grid ∩ county district ∩ town district) has at least one, so that households counted from
    addresses lie in the same districts as those shared out by area.
    """
    parts = _parts(grids, layers)
    of_grid = parts.merge(grids[["code", "village", "households"]], left_on="grid", right_on="code")
    households = np.concatenate(
        [portions(int(own["households"].iloc[0]), own["area"]) for _, own in of_grid.groupby("grid", sort=True)]
    )
    of_grid = of_grid.sort_values("grid", kind="stable").assign(households=households).reset_index(drop=True)
    rows = np.repeat(
        np.arange(len(of_grid)), [min(MOST_OF_A_PART, 1 + one // PER_ADDRESS) for one in of_grid["households"]]
    )
    frame = of_grid.iloc[rows].reset_index(drop=True)
    frame["households"] = np.concatenate(
        [
            portions(int(whole), np.ones(count))
            for whole, count in zip(of_grid["households"], np.bincount(rows), strict=True)
        ]
    )
    places = _places(of_grid.geometry.to_numpy(), rows, rng)
    frame = frame.assign(**_names(frame, grids, known))
    columns = ["code", "address", "group", "estate", "grid", "village", "households"]
    return gpd.GeoDataFrame(
        frame.drop(columns=["code"]).assign(code=_codes(frame))[columns], geometry=places, crs=LONLAT
    )


def _parts(grids: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Cut the grids along the residence districts of both layers: grid, area, geometry."""
    parts = gpd.GeoDataFrame({"grid": grids["code"]}, geometry=grids.geometry.to_numpy(), crs=LONLAT)
    for name in sorted(layers):
        residence = layers[name]
        residence = residence[residence.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
        numbered = parts.assign(code=[f"{number:06d}" for number in range(len(parts))])
        cut = pieces(numbered, residence, sliver=0.0, weight="area")
        own = cut["grid"].astype(int).to_numpy()
        kept = parts.iloc[np.setdiff1d(np.arange(len(parts)), own)]  # towns that have no district of this layer
        parts = pd.concat(
            [
                gpd.GeoDataFrame({"grid": parts["grid"].to_numpy()[own]}, geometry=cut.geometry.to_numpy(), crs=LONLAT),
                kept,
            ],
            ignore_index=True,
        )
    parts = parts.assign(area=parts.geometry.to_crs("EPSG:4526").area)
    parts = parts[parts["area"] > 100.0]
    return parts.sort_values(["grid", "area"], ascending=[True, False], kind="stable", ignore_index=True)


def _places(shapes: Shapes, rows: Rows, rng: Generator) -> Shapes:
    """A point well inside its part for every address: of a few tries the first that lies in, else its inner point."""
    inner = shapely.buffer(shapes, -EDGE * np.sqrt(shapely.area(shapes)))
    inner = np.where(shapely.is_empty(inner), shapes, inner)
    west, south, east, north = shapely.bounds(inner).T
    found = shapely.point_on_surface(inner)[rows]
    open_ = np.ones(len(rows), dtype=bool)
    for _ in range(6):
        tried = rng.uniform(size=(len(rows), 2))
        lon = west[rows] + tried[:, 0] * (east - west)[rows]
        lat = south[rows] + tried[:, 1] * (north - south)[rows]
        hit = open_ & shapely.contains_xy(inner[rows], lon, lat)
        found[hit] = shapely.points(np.round(lon[hit], 7), np.round(lat[hit], 7))
        open_ &= ~hit
    return found


def _names(frame: pd.DataFrame, grids: gpd.GeoDataFrame, known: Known) -> dict[str, list[str]]:
    """Say each address: in communities a road and an estate, in villages a group; numbers run through a village."""
    towns = known.towns.set_index("code")["name"]
    villages = known.villages.set_index("code")["name"].map(spoken_village)
    number_of_grid = dict(zip(grids["code"], grids.groupby("village").cumcount() + 1, strict=True))
    number = frame.groupby("grid").cumcount() + 1
    said: list[tuple[str, str, str]] = [
        _said(towns[village[:9]], villages[village], number_of_grid[grid], int(house))
        for grid, village, house in zip(frame["grid"], frame["village"], number, strict=True)
    ]
    return {name: [one[place] for one in said] for place, name in enumerate(("address", "group", "estate"))}


def _said(town: str, village: str, grid: int, house: int) -> tuple[str, str, str]:
    """Give address, village group and estate of one house."""
    if village.endswith("社区"):
        estate = f"示例花园{NUMERALS[(grid - 1) % 10]}期"
        return f"{town}{village}示例路{grid}号{house}栋", "", f"{village.removesuffix('社区')}{estate}"
    group = f"第{NUMERALS[(grid - 1) % 10]}村民小组"
    return f"{town}{village}{group}{2 * house + 10 * ((grid - 1) // 10)}号", group, ""


def _codes(frame: pd.DataFrame) -> list[str]:
    """Number the addresses through each grid: a letter that no grid has, the grid's code, two digits."""
    number = frame.groupby("grid").cumcount() + 1
    return list(_numbered(frame["grid"].tolist(), number.tolist()))


def _numbered(grids: list[str], numbers: list[int]) -> Iterator[str]:
    for grid, number in zip(grids, numbers, strict=True):
        yield f"M{grid}{number:02d}"
