"""Tiny cities: cells drawn with letters, north up."""

from collections.abc import Callable, Mapping

import geopandas as gpd
import pytest
import shapely
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

City = Callable[..., gpd.GeoDataFrame]

SIDE = 1 / 128  # degrees, some 800 m; a power of two, so that borders and middles are exact numbers
WEST, SOUTH = 113.0, 22.5


def draw(
    drawing: str,
    households: Mapping[str, int] | None = None,
    *,
    side: float = SIDE,
    west: float = WEST,
    south: float = SOUTH,
) -> gpd.GeoDataFrame:
    """Draw square cells: one word per square, equal words are one cell, a dot is no cell; the last line lies south."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    squares: dict[str, list[shapely.Polygon]] = {}
    for north, line in enumerate(reversed(lines)):
        for east, code in enumerate(line):
            x, y = west + east * side, south + north * side
            squares.setdefault(code, []).append(shapely.box(x, y, x + side, y + side))
    squares.pop(".", None)
    columns: dict[str, list[object]] = {"code": list(squares)}
    if households is not None:
        columns["households"] = [households[code] for code in squares]
    shapes = [shapely.union_all(each) for each in squares.values()]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


@pytest.fixture(scope="session")
def city() -> City:
    return draw
