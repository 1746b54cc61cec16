"""Tiles: what GDAL and another library read back is what the layer has, neighbours never gape, bytes never change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.tiles import Cutter, Sheet, Tile
from gridmap.vectortile import BUFFER, EXTENT

City = Callable[..., gpd.GeoDataFrame]
FIELDS = ("code", "name", "linked", "load")
NAMES = ("code", "name")
DOWN = {"y_coord_down": True}


def dressed(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return cells.assign(
        name=[f"第{code}网格" for code in cells["code"]],
        linked=[number % 3 > 0 for number in range(len(cells))],
        load=[number * 100 for number in range(len(cells))],
    )


def cut(cells: gpd.GeoDataFrame, **options: int) -> Cutter:
    return Cutter("grids", dressed(cells), FIELDS, NAMES, **options)


def shapes_of(content: bytes) -> dict[str, Any]:
    """Decode with the other library, in units with y down, as we write them."""
    layers = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return {
        feature["properties"]["code"]: shapely.geometry.shape(feature["geometry"])
        for feature in layers["grids"]["features"]
    }


def crowd(count: int, seed: int) -> gpd.GeoDataFrame:
    """Draw a gap-free tessellation whose borders wind, so that there is something to simplify."""
    chance = np.random.default_rng(seed)
    frame = shapely.box(113.0, 22.5, 113.2, 22.7)
    centres = shapely.multipoints(chance.random((count, 2)) * 0.2 + (113.0, 22.5))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=frame)), frame)
    wound = shapely.transform(shapely.segmentize(cells, 0.002), lambda xy: np.round(xy + 0.0004 * np.sin(xy * 4000), 7))
    codes = [f"g{number:03d}" for number in range(len(wound))]
    return gpd.GeoDataFrame({"code": codes}, geometry=wound, crs="EPSG:4326")


def test_another_library_reads_the_attributes_of_every_cell(city: City) -> None:
    cells = dressed(city("a b\nc d"))
    found = {}
    for _, content in Cutter("grids", cells, FIELDS, NAMES).sheet(12).tiles():
        layer = mapbox_vector_tile.decode(content)["grids"]
        assert (layer["extent"], layer["version"]) == (EXTENT, 2)
        found |= {feature["properties"]["code"]: feature["properties"] for feature in layer["features"]}
    assert found == {row["code"]: row for row in cells.drop(columns="geometry").to_dict("records")}


@pytest.mark.parametrize("zoom", [11, 14])
def test_gdal_reads_back_the_same_polygons(zoom: int, tmp_path: Path) -> None:
    for tile, content in cut(crowd(40, 7)).sheet(zoom).tiles():
        path = tmp_path / f"{tile.z}" / f"{tile.x}" / f"{tile.y}.mvt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        read = pyogrio.read_dataframe(path, X=tile.x, Y=tile.y, Z=tile.z, CLIP="NO")
        side = 2 * 20037508.342789244 / 2**tile.z
        corner = (tile.x * side - 20037508.342789244, 20037508.342789244 - tile.y * side)
        expected = shapes_of(content)
        assert sorted(read["code"]) == sorted(expected)
        for code, shape in zip(read["code"], read.geometry, strict=True):
            there = shapely.transform(
                expected[code],
                lambda xy: xy * (side, -side) / EXTENT + corner,  # noqa: B023
            )
            assert shapely.hausdorff_distance(shape, there) < side / EXTENT / 100


def test_a_tile_has_the_cells_that_geometry_says_it_has() -> None:
    cells = crowd(60, 3)
    sheet = cut(cells).sheet(13)
    for tile, content in sheet.tiles():
        whole = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        for shape in shapes_of(content).values():
            assert shapely.box(*whole.bounds).covers(shape)
        corner = np.array([tile.x, tile.y]) * EXTENT
        meant = {
            code
            for code, shape in zip(cells["code"], sheet.shapes, strict=True)
            if shapely.area(shapely.clip_by_rect(shapely.transform(shape, lambda xy: xy - corner), *whole.bounds)) > 2  # noqa: B023
        }
        assert meant <= set(shapes_of(content))


@given(count=st.integers(3, 25), seed=st.integers(0, 1_000), zoom=st.integers(9, 15))
def test_neighbours_neither_gape_nor_overlap_at_any_zoom(count: int, seed: int, zoom: int) -> None:
    sheet = cut(crowd(count, seed)).sheet(zoom)
    outline = shapely.union_all(shapely.make_valid(sheet.shapes))
    ground = float(shapely.area(sheet.shapes).sum())
    length = float(shapely.length(sheet.shapes).sum())
    covered = float(shapely.area(outline))
    assert abs(ground - covered) <= 0.002 * length  # no overlap that is more than the flip of a corner
    holes = [ring for part in shapely.get_parts(outline) for ring in part.interiors]
    assert all(shapely.minimum_clearance(ring) <= 1.5 or shapely.Polygon(ring).area <= 1 for ring in holes)


@given(seed=st.integers(0, 1_000), zoom=st.integers(10, 14))
def test_tiles_together_cover_what_the_layer_covers(seed: int, zoom: int) -> None:
    sheet = cut(crowd(12, seed)).sheet(zoom)
    inside = shapely.box(0, 0, EXTENT, EXTENT)
    total = 0.0
    for tile, content in sheet.tiles():
        assert tile.exists
        for shape in shapes_of_any(content):
            total += float(shapely.area(shapely.clip_by_rect(shape, *inside.bounds)))
    ground = float(shapely.area(sheet.shapes).sum())
    assert total == pytest.approx(ground, rel=1e-3)


def shapes_of_any(content: bytes) -> list[Any]:
    layers = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return [shapely.geometry.shape(feature["geometry"]) for feature in layers["grids"]["features"]]


@given(count=st.integers(3, 40), seed=st.integers(0, 1_000), zoom=st.integers(9, 15))
@settings(max_examples=15)
def test_compiled_code_cuts_the_tiles_that_geos_cuts(count: int, seed: int, zoom: int) -> None:
    cells = crowd(count, seed)
    cells = pd.concat([cells, holed(cells)], ignore_index=True)
    compiled = cut(cells, few=0).sheet(zoom)
    by_geos, found = dict(cut(cells).sheet(zoom).tiles()), dict(compiled.tiles())
    assert by_geos.keys() == found.keys()
    for tile, content in found.items():
        assert compiled.tile(tile.x, tile.y) == content
        mine, other = (
            mapbox_vector_tile.decode(one, default_options=DOWN)["grids"] for one in (content, by_geos[tile])
        )
        assert (mine["extent"], mine["version"]) == (other["extent"], other["version"])
        properties = {feature["properties"]["code"]: feature["properties"] for feature in other["features"]}
        expected = shapes_of(by_geos[tile])
        for feature in mine["features"]:
            code, shape = feature["properties"]["code"], shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
            theirs = shapely.make_valid(expected.pop(code)) if code in expected else shapely.Polygon()
            rounding = 2 + 0.5 * shapely.length(shape)  # a crossing with the tile's rim may be half a unit elsewhere
            assert shapely.area(shapely.symmetric_difference(shape, theirs)) <= rounding
            assert feature["properties"] == properties.get(code, feature["properties"])
        assert all(shapely.area(shape) <= 3 for shape in expected.values())


def holed(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw a cell of two parts, one with a hole, beside a crowd."""
    there = shapely.box(113.3, 22.5, 113.4, 22.6)
    ring = shapely.difference(there, shapely.buffer(shapely.centroid(there), 0.03))
    shape = shapely.multipolygons([ring, shapely.box(113.45, 22.5, 113.47, 22.52)])
    return gpd.GeoDataFrame({"code": ["holed"]}, geometry=[shape], crs=cells.crs)


def test_the_same_layer_gives_the_same_bytes() -> None:
    once = [content for _, content in cut(crowd(30, 5)).sheet(12).tiles()]
    again = [content for _, content in cut(crowd(30, 5)).sheet(12).tiles()]
    assert once == again


def test_winding_borders_lose_vertices_where_nobody_could_see_them() -> None:
    cutter = cut(crowd(40, 7))
    coarse, fine = cutter.sheet(9), cutter.sheet(15)
    assert shapely.get_num_coordinates(coarse.shapes).sum() < 0.8 * shapely.get_num_coordinates(fine.shapes).sum()


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.box(113.0, 22.5, 113.1, 22.6).difference(shapely.box(113.02, 22.52, 113.08, 22.58))
    cells = gpd.GeoDataFrame({"code": ["ring"]}, geometry=[ring], crs="EPSG:4326")
    for zoom in (7, 11):
        sheet = cut(cells).sheet(zoom)
        shapes = [shapes_of(content)["ring"] for _, content in sheet.tiles()]
        own = [float(shapely.area(shapely.clip_by_rect(shape, 0, 0, EXTENT, EXTENT))) for shape in shapes]
        assert sum(own) == pytest.approx(float(shapely.area(sheet.shapes[0])), rel=0.01)
        assert zoom > 7 or [len(shape.interiors) for shape in shapes] == [1]


def test_a_cell_in_several_parts_stays_one_feature(city: City) -> None:
    sheet = cut(city("a b a")).sheet(12)
    shapes = {}
    for _, content in sheet.tiles():
        shapes |= shapes_of(content)
    assert len(shapely.get_parts(shapes["a"])) == 2


def test_where_nothing_lies_there_are_no_bytes(city: City) -> None:
    assert cut(city("a")).sheet(12).tile(0, 0) == b""
    empty = Cutter("grids", dressed(city("a"))[:0], FIELDS)
    assert empty.sheet(12).tile(0, 0) == b""
    assert empty.bounds is None


def test_points_come_back_where_they_stood() -> None:
    spots = gpd.GeoDataFrame(
        {"code": ["x", "y"], "kind": ["central", "station"]},
        geometry=[shapely.Point(113.0, 22.5), shapely.Point(113.01, 22.51)],
        crs="EPSG:4326",
    )
    sheet = Cutter("stations", spots, ("code", "kind")).sheet(8)
    ((tile, content),) = sheet.tiles()
    layer = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})["stations"]
    found = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in layer["features"]}
    expected = shapely.get_coordinates(sheet.shapes) - np.array([tile.x, tile.y]) * EXTENT
    assert [found["x"], found["y"]] == expected.tolist()


def test_what_is_neither_polygons_nor_points_is_refused() -> None:
    line = gpd.GeoDataFrame({"code": ["l"]}, geometry=[shapely.LineString([(113, 22), (114, 23)])], crs="EPSG:4326")
    with pytest.raises(ValueError, match="neither polygons nor points"):
        Cutter("lines", line, ("code",))


def test_a_cell_too_small_for_its_zoom_is_not_named() -> None:
    cutter = cut(crowd(60, 3))
    assert cutter.least_zoom < 12
    (_, content), *_ = cutter.sheet(cutter.least_zoom).tiles()
    (layer,) = mapbox_vector_tile.decode(content).values()
    assert all(set(feature["properties"]) == {"linked", "load"} for feature in layer["features"])
    named = cutter.sheet(cutter.least_zoom + 3).tiles()
    assert all("code" in content.decode("latin-1") for _, content in named)


@pytest.mark.parametrize("tile", [Tile(-1, 0, 0), Tile(3, 8, 0), Tile(3, 0, -1), Tile(25, 0, 0)])
def test_a_tile_beyond_the_world_does_not_exist(tile: Tile) -> None:
    assert not tile.exists


def test_numbers_of_any_size_and_sign_come_back() -> None:
    values = [0, 127, 128, 16_384, 2**40, -1, -70_000]
    cells = gpd.GeoDataFrame(
        {"code": [f"c{value}" for value in values], "value": values},
        geometry=[shapely.box(113 + i / 50, 22.5, 113.02 + i / 50, 22.52) for i in range(len(values))],
        crs="EPSG:4326",
    )
    found: dict[str, int] = {}
    sheet: Sheet = Cutter("grids", cells, ("code", "value")).sheet(10)
    for _, content in sheet.tiles():
        for feature in mapbox_vector_tile.decode(content)["grids"]["features"]:
            found[feature["properties"]["code"]] = feature["properties"]["value"]
    assert list(found.values()) == [found[f"c{value}"] for value in values]
    assert sorted(found.values()) == sorted(values)


def test_a_value_that_no_tile_can_carry_is_refused(city: City) -> None:
    with pytest.raises(TypeError, match="complex"):
        Cutter("grids", city("a").assign(odd=[1j]), ("odd",))
