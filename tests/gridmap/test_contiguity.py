"""Borders: pieces are neighbours where they meet in a line, however their corners were drawn."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.borders import shared_metres
from gridmap.contiguity import bordering
from gridmap.overlay import pieces

WEST, SOUTH, WIDE = 113.0, 22.5, 0.05
METRE = 1 / 111_320


def cells(count: int, letter: str, chance: np.random.Generator) -> gpd.GeoDataFrame:
    ground = shapely.box(WEST, SOUTH, WEST + WIDE, SOUTH + WIDE)
    centres = shapely.multipoints(chance.random((count, 2)) * WIDE + (WEST, SOUTH))
    shapes = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=ground)), ground)
    return gpd.GeoDataFrame({"code": [f"{letter}{number:02}" for number in range(count)]}, geometry=shapes, crs=4326)


def pairs(shapes: list[shapely.Geometry], group: list[int]) -> list[list[int]]:
    return bordering(np.array(shapes, dtype=object), np.array(group)).tolist()


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(2, 14), st.integers(2, 5))
def test_neighbours_are_those_that_measuring_each_pair_finds(seed: int, grids: int, districts: int) -> None:
    chance = np.random.default_rng(seed)
    cut = pieces(cells(grids, "g", chance), cells(districts, "d", chance), sliver=0.0)
    shapes = np.asarray(cut.geometry.array, dtype=object)
    group = np.unique(cut["district"].to_numpy().astype(str), return_inverse=True)[1]
    found = {tuple(pair) for pair in bordering(shapes, group).tolist()}
    one, other = np.triu_indices(len(shapes), 1)
    metres = shared_metres(shapes[one], shapes[other])
    for lower, higher, long in zip(one.tolist(), other.tolist(), metres.tolist(), strict=True):
        if group[lower] != group[higher]:
            assert (lower, higher) not in found
        elif abs(long - 1.0) > 0.2:
            assert ((lower, higher) in found) == (long > 1.0)


def test_cells_of_different_groups_are_never_neighbours() -> None:
    row = [shapely.box(WEST + east * 0.01, SOUTH, WEST + (east + 1) * 0.01, SOUTH + 0.01) for east in range(4)]
    assert pairs(row, [0, 0, 1, 1]) == [[0, 1], [2, 3]]
    assert pairs(row, [0, 1, 0, 1]) == []


def test_a_border_with_more_corners_on_one_side_and_one_off_by_the_rounding_are_borders() -> None:
    whole = shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)
    beside = shapely.box(WEST + 0.01, SOUTH, WEST + 0.02, SOUTH + 0.01)
    finer = shapely.segmentize(beside, 0.003)
    off = shapely.transform(beside, lambda xy: xy + 3e-9)
    assert pairs([whole, finer], [0, 0]) == pairs([whole, off], [0, 0]) == [[0, 1]]


def test_less_than_a_metre_of_border_makes_no_neighbours() -> None:
    whole = shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)
    for metres, expected in ((0.5, []), (2.0, [[0, 1]])):
        north = SOUTH + 0.01 - metres * METRE
        assert pairs([whole, shapely.box(WEST + 0.01, north, WEST + 0.02, north + 0.01)], [0, 0]) == expected


def test_the_rings_of_a_shape_are_not_joined_by_an_edge_of_their_own() -> None:
    def ring(west: float) -> shapely.Polygon:
        return shapely.box(WEST + west, SOUTH, WEST + west + 0.001, SOUTH + 0.001)

    two = shapely.multipolygons([ring(0.0), ring(0.005)])
    hole = shapely.difference(shapely.box(WEST - 0.01, SOUTH - 0.01, WEST + 0.02, SOUTH + 0.01), two)
    assert pairs([two, hole], [0, 0]) == [[0, 1]]
    assert pairs([two, shapely.multipolygons([ring(0.002), ring(0.007)])], [0, 0]) == []
