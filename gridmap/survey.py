"""The ground of a placement: pieces numbered within their district, who borders whom, and how far away each lies."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gridmap.contiguity import bordering
from gridmap.datum import metric_crs
from gridmap.metres import projected

Key = tuple[str, str]  # grid, district


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a placement needs to know of the pieces of one layer, in the order district, households down, grid."""

    grids: tuple[str, ...]
    households: tuple[int, ...]
    districts: dict[str, range]  # the rows of each district
    touching: tuple[int, ...]  # for each row the set of rows it borders, counted from the first of its district
    at: dict[Key, int]  # the row of a piece; a sliver has that of the piece it answers through
    slivers: tuple[tuple[str, int, float], ...]  # grid of the sliver, row it answers through, share of the grid
    centres: NDArray[np.float64]
    to_metres: pyproj.Transformer | None

    def metres(self, rows: range, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[tuple[int, ...], ...]:
        """Measure whole metres from the middle of each piece to each of these places.

        A place that is not known (NaN) stands at the middle of the district, so that it draws no piece to itself;
        where none is known every distance is 0.
        """
        known = np.isfinite(lon) & np.isfinite(lat)
        if not known.any() or self.to_metres is None:
            return tuple((0,) * len(lon) for _ in rows)
        centres = self.centres[rows.start : rows.stop]
        places = np.tile(centres.mean(axis=0), (len(lon), 1))
        places[known] = np.column_stack(self.to_metres.transform(lon[known], lat[known]))
        away = np.rint(np.hypot(*(centres[:, None, :] - places[None, :, :]).transpose(2, 0, 1)))
        return tuple(tuple(int(metres) for metres in row) for row in away)


def survey(pieces: gpd.GeoDataFrame, links: Iterable[tuple[str, str]] = ()) -> Ground:
    """Number the pieces of a layer and find who borders whom.

    `pieces` has the columns grid, district, households and lon/lat geometry; a row whose optional column `joined`
    names a grid is a sliver and counts as part of the piece of that grid in the same district. `links` are pairs of
    grids that a bridge or a ferry joins: their pieces of one district border each other; a pair without pieces in a
    common district joins nothing. Raises ValueError, naming the column or the pieces, for missing columns, geometry
    that is not in degrees, households that are not whole numbers from 0 up, a piece given twice, and a sliver joined
    to a piece that does not exist.
    """
    table = _checked(pieces)
    own = table[table["joined"] == ""].sort_values(
        ["district", "households", "grid"], ascending=[True, False, True], ignore_index=True
    )
    at = {(grid, district): row for row, (grid, district) in enumerate(zip(own.grid, own.district, strict=True))}
    slivers = table[table["joined"] != ""].sort_values(["district", "grid"], ignore_index=True)
    through = [_through(at, grid, district) for grid, district in zip(slivers.joined, slivers.district, strict=True)]
    rows = _rows_of(own["district"].tolist())
    shapes = np.array([*own["geometry"], *slivers["geometry"]], dtype=object)
    owner = np.array([*range(len(own)), *through], dtype=np.int64)
    first = np.array([rows[district].start for district in [*own["district"], *slivers["district"]]], dtype=np.int64)
    borders = owner[bordering(shapes, first)] if len(shapes) else np.empty((0, 2), np.int64)
    joined = [
        (at[one, district], at[other, district])
        for one, other in links
        for district in rows
        if (one, district) in at and (other, district) in at
    ]
    crs = metric_crs(pieces) if len(own) else None
    middles = projected(own["geometry"].to_numpy(dtype=object), crs) if crs is not None else np.empty(0, object)
    return Ground(
        grids=tuple(own["grid"]),
        households=tuple(int(count) for count in own["households"]),
        districts=rows,
        touching=_touching(len(own), [*map(tuple, borders.tolist()), *joined], first),
        at={**at, **{(g, d): row for g, d, row in zip(slivers.grid, slivers.district, through, strict=True)}},
        slivers=tuple(zip(slivers["grid"], through, slivers["share"], strict=True)),
        centres=shapely.get_coordinates(shapely.centroid(middles)),
        to_metres=pyproj.Transformer.from_crs(pieces.crs, crs, always_xy=True) if crs is not None else None,
    )


def _checked(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    missing = [name for name in ("grid", "district", "households", "geometry") if name not in pieces.columns]
    if missing:
        raise ValueError(f"pieces lack the columns {', '.join(missing)}")
    if len(pieces) and (pieces.crs is None or not pieces.crs.is_geographic):
        raise ValueError("pieces must be drawn in longitude and latitude, with their datum named")
    households = pd.to_numeric(pieces["households"])
    if not ((households >= 0) & (households % 1 == 0)).all():
        raise ValueError("the households of a piece must be a whole number from 0 up")
    table = pd.DataFrame(
        {
            "grid": pieces["grid"].astype(str),
            "district": pieces["district"].astype(str),
            "households": households.astype(np.int64),
            "joined": pieces["joined"].fillna("").astype(str) if "joined" in pieces.columns else "",
            "share": pieces["share"].astype(float) if "share" in pieces.columns else 0.0,
            "geometry": np.asarray(pieces.geometry.array, dtype=object),
        }
    )
    twice = table[table.duplicated(["grid", "district"])]
    if len(twice):
        names = ", ".join(f"{grid} in {district}" for grid, district in zip(twice.grid, twice.district, strict=True))
        raise ValueError(f"a piece is given twice: {names}")
    return table


def _through(at: dict[Key, int], grid: str, district: str) -> int:
    if (grid, district) not in at:
        raise ValueError(f"a sliver answers through the piece of {grid} in {district}, which does not exist")
    return at[grid, district]


def _rows_of(districts: list[str]) -> dict[str, range]:
    names, starts = np.unique(np.array(districts, dtype=object), return_index=True)
    ends = [*starts[1:], len(districts)]
    return {str(name): range(int(a), int(b)) for name, a, b in zip(names, starts, ends, strict=False)}


def _touching(count: int, pairs: Iterable[tuple[int, ...]], first: NDArray[np.int64]) -> tuple[int, ...]:
    touching = [0] * count
    for one, other in pairs:
        if one != other:
            touching[one] |= 1 << (other - int(first[one]))
            touching[other] |= 1 << (one - int(first[other]))
    return tuple(touching)
