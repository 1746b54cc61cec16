"""Draws the ground of Heshan: grids, the villages made of them, the towns made of those, and who lives there."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from data.synthetic.growth import Neighbours, race, share_out, shortest_path
from data.synthetic.known import COUNTY, COUNTY_NAME, STREET, Known, spoken_village
from data.synthetic.plane import Floats, Plane, squared_distances
from data.synthetic.sites import Rows, scatter_sites
from data.synthetic.tessellation import Shapes, cells_of, merged, neighbours_of

LONLAT = "EPSG:4326"
HOUSEHOLDS = 170_000
POPULATION = 530_000
FEWEST_GRIDS, MOST_GRIDS = 2, 5  # of a village

# Invented sizes, roughly in proportion to the real ones: households out of 1,000, number of grids, drawn area in km².
TOWN_SIZES = pd.DataFrame.from_dict(
    {
        STREET: (450, 104, 80),
        "440784101": (85, 44, 130),
        "440784102": (80, 37, 85),
        "440784103": (65, 35, 75),
        "440784104": (70, 35, 70),
        "440784105": (75, 43, 170),
        "440784106": (70, 32, 90),
        "440784107": (65, 34, 110),
        "440784108": (28, 25, 150),
        "440784112": (12, 12, 120),
    },
    orient="index",
    columns=["households", "grids", "square_kilometres"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The bare tessellation: one cell per grid, with the rows of its town and its village.

    shapes: (n,) polygons in degrees; sites: (n, 2) metres; towns and villages: (n,) codes.
    """

    plane: Plane
    shapes: Shapes
    sites: Floats
    towns: "np.ndarray[tuple[int], np.dtype[np.str_]]"
    villages: "np.ndarray[tuple[int], np.dtype[np.str_]]"


def draw_cells(known: Known, rng: Generator) -> Cells:
    """Tessellate the county into grids and give each to a village and a town; raises ValueError where that fails."""
    middle = known.county.envelope.centroid
    plane = Plane(lon=middle.x, lat=middle.y)
    sites, meant_for = scatter_sites(known, plane, TOWN_SIZES, rng)
    shapes = cells_of(sites, known.county, plane)
    neighbours = neighbours_of(shapes, sites)
    home = _cells_of_points(known, shapes)
    town_rows = _towns(neighbours, home, known, meant_for)
    towns = TOWN_SIZES.index.to_numpy(dtype=str)[town_rows]
    villages = np.full(len(sites), "", dtype="U12")
    for code in TOWN_SIZES.index:
        for cell, village in _villages(
            str(code), neighbours, np.flatnonzero(towns == code), sites, home, known
        ).items():
            villages[cell] = village
    return Cells(plane=plane, shapes=shapes, sites=sites, towns=towns, villages=villages)


def settle(cells: Cells, known: Known, rng: Generator) -> tuple[Rows, Rows]:
    """Households and people of every cell: each town's share, denser round its centre, never an empty grid."""
    households = np.zeros(len(cells.sites), dtype=np.int64)
    share = portions(HOUSEHOLDS, TOWN_SIZES["households"])
    for code, total in zip(TOWN_SIZES.index, share.tolist(), strict=True):
        own = np.flatnonzero(cells.towns == code)
        centre = cells.plane.metres(known.points.loc[known.points["code"] == code, ["lon", "lat"]].to_numpy())
        far = np.sqrt(squared_distances(cells.sites[own], centre)[:, 0])
        weight = (0.6 + np.exp(-far / 2_000)) * rng.lognormal(0.0, 0.25, size=len(own))
        households[own] = portions(total, weight)
    people = portions(POPULATION, households * rng.normal(3.1, 0.12, size=len(households)))
    return households, people


def describe_grids(cells: Cells, shapes: Shapes, households: Rows, people: Rows, known: Known) -> gpd.GeoDataFrame:
    """Grids with code, name, village, town, kind, households, population; numbered west to east, north to south."""
    grids = gpd.GeoDataFrame({"village": cells.villages, "town": cells.towns}, geometry=shapes, crs=LONLAT)
    grids["households"], grids["population"] = households, people
    grids["order"] = [(round(x / 500), -y) for x, y in cells.sites]
    grids = grids.sort_values(["village", "order"], ignore_index=True)
    number = grids.groupby("village").cumcount() + 1
    grids["code"] = grids["village"] + number.map("{:03d}".format)
    towns = known.towns.set_index("code")["name"]
    villages = known.villages.set_index("code")["name"].map(spoken_village)
    grids["name"] = [
        f"{towns[town]}{villages[village]}第{n:03d}网格"
        for town, village, n in zip(grids["town"], grids["village"], number, strict=True)
    ]
    grids["kind"] = "base"
    return grids[["code", "name", "village", "town", "kind", "households", "population", "geometry"]]


def describe_areas(grids: gpd.GeoDataFrame, known: Known) -> gpd.GeoDataFrame:
    """County, towns, villages (unions of their grids) and the units without polygon, with ``synthetic`` told apart."""
    villages = _union(grids, "village", known.villages.rename(columns={"town": "parent"}))
    towns = _union(grids, "town", known.towns.assign(parent=COUNTY))
    county = pd.DataFrame([{"county": COUNTY, "code": COUNTY, "name": COUNTY_NAME, "kind": "county", "parent": ""}])
    county = _union(grids.assign(county=COUNTY), "county", county.drop(columns="county"))
    county = county.drop(columns=["households", "population"])  # a real row says nothing invented
    units = gpd.GeoDataFrame(known.units.assign(kind="unit"), geometry=[None] * len(known.units), crs=LONLAT)
    drawn = [towns.assign(synthetic=True), villages.assign(synthetic=True)]
    areas = pd.concat([county.assign(synthetic=False), *drawn, units.assign(synthetic=False)], ignore_index=True)
    areas = areas.astype({"households": "Int64", "population": "Int64"})
    columns = ["code", "name", "kind", "parent", "households", "population", "synthetic", "geometry"]
    return gpd.GeoDataFrame(areas[columns], geometry="geometry", crs=LONLAT)


def portions(total: int, weights: "pd.Series[int] | Floats") -> Rows:
    """Whole numbers that add up to the total, in proportion to the weights; largest remainder, ties to the first."""
    exact = np.asarray(weights, dtype=float) / float(np.sum(weights)) * total
    floor = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - floor), kind="stable")
    floor[order[: total - int(floor.sum())]] += 1
    return floor


def _cells_of_points(known: Known, shapes: Shapes) -> dict[str, int]:
    """Code of each known point → the cell it lies in."""
    at = shapely.points(known.points[["lon", "lat"]].to_numpy())
    points, cells = shapely.STRtree(shapes).query(at, predicate="within")
    return {str(known.points["code"].iloc[point]): int(cell) for point, cell in zip(points, cells, strict=True)}


def _towns(neighbours: Neighbours, home: dict[str, int], known: Known, meant_for: Rows) -> list[int]:
    """Row of the town of every cell: towns race outward from their known points, over ground meant for them first."""
    owner = race(neighbours, _cores(neighbours, home, known), meant_for.tolist())
    return [owner[cell] for cell in range(len(neighbours))]


def _cores(neighbours: Neighbours, home: dict[str, int], known: Known) -> dict[int, int]:
    """Cells that belong to a town from the start: its known points and the shortest ways between them."""
    row = {code: number for number, code in enumerate(TOWN_SIZES.index)}
    claimed = {home[code]: row[town] for code, town in zip(known.points["code"], known.points["town"], strict=True)}
    cores = {home[code]: number for code, number in row.items()}
    for cell, town in sorted(claimed.items()):
        blocked = {c for c, owner in (claimed | cores).items() if owner != town}
        start = [c for c, owner in cores.items() if owner == town]
        cores |= dict.fromkeys(shortest_path(neighbours, start, cell, blocked), town)
    return cores


def _villages(
    town: str, neighbours: Neighbours, cells: Rows, sites: Floats, home: dict[str, int], known: Known
) -> dict[int, str]:
    """Cell → village code: known villages sit where they are, the others are spread and named from the centre out."""
    listed = known.villages.loc[known.villages["town"] == town, "code"].tolist()
    placed = [code for code in listed if code in home]
    roots = [home[code] for code in placed]
    roots += _spread(sites, cells, roots, len(listed) - len(roots), home[town])
    owner = share_out(neighbours, roots, cells.tolist(), least=FEWEST_GRIDS, most=MOST_GRIDS, rooted=len(placed))
    free = [code for code in listed if code not in home]
    centre = sites[home[town]]
    outward = sorted(range(len(placed), len(roots)), key=lambda index: float(np.hypot(*(sites[roots[index]] - centre))))
    names = dict(enumerate(placed)) | dict(zip(outward, free, strict=True))
    return {cell: names[index] for cell, index in owner.items()}


def _spread(sites: Floats, cells: Rows, roots: list[int], count: int, centre: int) -> list[int]:
    """Further cells for village seats: the centre first, then always a cell near many that have no seat near them."""
    chosen: list[int] = [] if centre in roots or not count else [centre]
    between = np.sqrt(squared_distances(sites[cells], sites[cells]))
    at = {int(cell): row for row, cell in enumerate(cells)}
    while len(chosen) < count:
        taken = [at[cell] for cell in [*roots, *chosen]]
        nearest = between[:, taken].min(axis=1) if taken else np.full(len(cells), np.inf)
        gain = np.minimum(nearest[None, :], between.max()) - np.minimum(nearest[None, :], between)
        neighbourhood = np.sort(between, axis=1)[:, 3]
        score = gain.sum(axis=1) / neighbourhood
        score[taken] = -1.0
        chosen.append(int(cells[int(np.argmax(score))]))
    return chosen


def _union(grids: gpd.GeoDataFrame, by: str, described: pd.DataFrame) -> gpd.GeoDataFrame:
    sums = grids.groupby(by)[["households", "population"]].sum()
    shapes = merged(grids.geometry.to_numpy(), grids[by].to_numpy(), described["code"].tolist())
    frame = described.merge(sums, left_on="code", right_index=True)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=LONLAT)
