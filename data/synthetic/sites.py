"""Chooses where grids lie: many small ones round the town centres, few large ones in the hills."""

import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from data.synthetic.known import Known
from data.synthetic.plane import Floats, Plane, squared_distances

Rows = NDArray[np.int64]
CANDIDATES = 60_000
SAMPLE_PER_SITE = 40
CENTRE_METRES = 2_600.0  # how far a town centre makes its surroundings dense
FURTHEST_REACH = 900.0  # metres a large town may win against its neighbours, so that none loses its own centre
HILLS = 0.10  # how dense the hills stay, the centre being 1


def scatter_sites(known: Known, plane: Plane, sizes: pd.DataFrame, rng: Generator) -> tuple[Floats, Rows]:
    """One site per grid, (n, 2) metres, the known points as they are; and the row of the town each is meant for.

    sizes: frame by town code with grids (how many sites) and square_kilometres (how large the town is drawn).
    """
    land = _candidates(known.county, plane, rng)
    town_of = _rough_towns(land, known, plane, sizes["square_kilometres"])
    counts = sizes["grids"].to_numpy()
    sites = [
        _town_sites(land[town_of == row], known, plane, str(code), int(counts[row]), rng)
        for row, code in enumerate(sizes.index)
    ]
    return np.concatenate(sites), np.repeat(np.arange(len(sites)), [len(part) for part in sites])


def fixed_sites(known: Known, plane: Plane, town: str, apart: float = 350.0) -> Floats:
    """The known points of a town in metres; the town's own point too, unless a village point lies right beside it."""
    points = known.points[known.points["town"] == town]
    at = plane.metres(points[["lon", "lat"]].to_numpy())
    is_village = (points["code"].str.len() == 12).to_numpy()
    villages, centre = at[is_village], at[~is_village]
    if len(villages) and squared_distances(centre, villages).min() < apart**2:
        return villages
    return np.concatenate([centre, villages])


def _candidates(county: shapely.Polygon, plane: Plane, rng: Generator) -> Floats:
    west, south, east, north = county.bounds
    lonlat = rng.uniform((west, south), (east, north), size=(CANDIDATES, 2))
    return plane.metres(lonlat[shapely.contains_xy(county, lonlat)])


def _rough_towns(land: Floats, known: Known, plane: Plane, areas: "pd.Series[float]") -> Rows:
    """Row of the town for every candidate: the nearest known point wins, towns that should be larger reach further."""
    reach = np.zeros(len(areas))
    wanted = (areas / areas.sum()).to_numpy()
    near = np.stack(
        [np.sqrt(squared_distances(land, _anchors(known, plane, str(code))).min(axis=1)) for code in areas.index],
        axis=1,
    )
    town_of: Rows = np.argmin(near, axis=1)
    for _ in range(40):
        town_of = np.argmin(near - reach, axis=1)
        drawn = np.bincount(town_of, minlength=len(reach)) / len(land)
        reach = np.clip(reach + 500 * np.log(wanted / np.maximum(drawn, 1e-3)), -FURTHEST_REACH, FURTHEST_REACH)
    return town_of


def _anchors(known: Known, plane: Plane, town: str) -> Floats:
    return plane.metres(known.points.loc[known.points["town"] == town, ["lon", "lat"]].to_numpy())


def _town_sites(land: Floats, known: Known, plane: Plane, town: str, count: int, rng: Generator) -> Floats:
    """Lloyd's relaxation over a sample that is dense where grids should be small; the fixed sites stay."""
    centre = plane.metres(known.points.loc[known.points["code"] == town, ["lon", "lat"]].to_numpy())
    density = HILLS + np.exp(-np.sqrt(squared_distances(land, centre)[:, 0]) / CENTRE_METRES)
    chance = density**2  # relaxed sites are as dense as the square root of the sample
    size = min(len(land), SAMPLE_PER_SITE * count)
    sample = land[rng.choice(len(land), size=size, replace=False, p=chance / chance.sum())]
    fixed = fixed_sites(known, plane, town)
    free = sample[rng.choice(size, size=count - len(fixed), replace=False)]
    for _ in range(25):
        nearest = np.argmin(squared_distances(sample, np.concatenate([fixed, free])), axis=1) - len(fixed)
        free = relaxed(sample, nearest, free)
    return np.concatenate([fixed, free])


def relaxed(sample: Floats, nearest: Rows, sites: Floats) -> Floats:
    """Every site moved to the middle of the sample points nearest to it; a site without any stays."""
    own = nearest >= 0
    count = np.bincount(nearest[own], minlength=len(sites))
    sums = np.stack(
        [np.bincount(nearest[own], weights=sample[own, axis], minlength=len(sites)) for axis in (0, 1)], axis=1
    )
    return np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], sites)
