"""What a coverage map promises: it draws what it is given, hatches what nobody answers for, runs no name as code."""

import json
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap import coverage
from gridmap.packing import UNITS, packed, script_data

HOSTILE = "</script><img src=x onerror=alert(1)> https://evil.example/ & \u2028"


def squares(names: list[str], **columns: list[object]) -> gpd.GeoDataFrame:
    """Draw a row of squares a hundredth of a degree wide, one a name, side by side."""
    shapes = [shapely.box(112.9 + i / 100, 22.7, 112.91 + i / 100, 22.71) for i in range(len(names))]
    codes = [f"g{i}" for i in range(len(names))]
    return gpd.GeoDataFrame({"code": codes, "name": names, **columns}, geometry=shapes, crs="EPSG:4326")


def grids(names: list[str], **given_columns: list[object]) -> gpd.GeoDataFrame:
    count = len(names)
    columns: dict[str, list[object]] = {
        "village_name": ["上村"] * count,
        "town_name": ["古劳镇"] * count,
        "leads": [["陈某", "李某"]] * count,
        "load": [400.0] * count,
        "acts": [0] * count,
        "linked": [True] * count,
    }
    return squares(names, **{**columns, **given_columns})


def drawn(frame: gpd.GeoDataFrame, **options: object) -> str:
    stations = gpd.GeoDataFrame(
        {"code": ["s1"], "name": ["中心站"], "kind": ["central"]},
        geometry=[shapely.Point(112.905, 22.705)],
        crs="EPSG:4326",
    )
    figure = coverage.draw(
        squares(["鹤山市"]),
        squares(["古劳镇", "龙口镇"]),
        squares(["上村", "下村"]),
        frame,
        districts_by_layer={"county": squares(["第一选区"]), "town": squares(["上村选区"])},
        stations=stations,
        **options,  # type: ignore[arg-type]
    )
    return str(figure.get_root().render())


def layer(html: str, name: str) -> list[dict[str, object]]:
    """Read a layer's features back out of the page, as the browser would."""
    drawing, _ = json.JSONDecoder().raw_decode(html, html.index('({"name":') + 1)
    assert name in drawing["layers"], f"{name} is not on the map"
    return unpacked(drawing["layers"][name], drawing["units"])


def unpacked(packed: dict[str, Any], units: int) -> list[dict[str, Any]]:
    """Turn columns and steps into features again, as the drawing's script does."""
    rows = range(packed["count"])
    columns = {key: values_of(column, units) for key, column in packed["columns"].items()}
    corners = walked(packed.get("xy", []), units)
    if "rings" not in packed:
        shapes: list[Any] = packed.get("geometry") or [{"type": "Point", "coordinates": corners[row]} for row in rows]
    else:
        ends = np.cumsum(packed["rings"]).tolist()
        rings = [corners[end - size : end] for end, size in zip(ends, packed["rings"], strict=True)]
        closed = iter([*ring, ring[0]] for ring in rings)
        polygons = iter([next(closed) for _ in range(parts)] for parts in packed["parts"] or [1] * len(rings))
        counts = packed["shapes"] or [1] * len(rows)
        shapes = [
            {"type": "Polygon", "coordinates": next(polygons)}
            if count == 1
            else {"type": "MultiPolygon", "coordinates": [next(polygons) for _ in range(count)]}
            for count in counts
        ]
    return [
        {"properties": {key: values[row] for key, values in columns.items()}, "geometry": shapes[row]} for row in rows
    ]


def values_of(column: Any, units: int) -> list[Any]:
    if isinstance(column, list):
        return column
    if "xy" in column:
        return walked(column["xy"], units)
    if "z" in column:
        return [list(values) for values in zip(*(values_of(one, units) for one in column["z"]), strict=True)]
    return [[column["d"][which] for which in one] if isinstance(one, list) else column["d"][one] for one in column["i"]]


def walked(steps: list[int], units: int) -> list[list[float]]:
    return [[x / units, y / units] for x, y in np.cumsum(np.reshape(steps, (-1, 2)), axis=0).tolist()]


def test_every_layer_is_on_the_map_with_its_features() -> None:
    html = drawn(grids(["一格", "二格"]))
    names = ("county", "towns", "villages", "county_districts", "town_districts", "grids", "stations")
    assert [len(layer(html, name)) for name in names] == [1, 2, 2, 1, 1, 2, 1]


def test_a_grid_carries_its_names_leads_load_and_activities() -> None:
    feature = layer(drawn(grids(["一格"], load=[412.4], acts=[3])), "grids")[0]
    properties = feature["properties"]
    assert isinstance(properties, dict)
    assert {key: properties[key] for key in "cnvtlha"} == {
        "c": "g0", "n": "一格", "v": "上村", "t": "古劳镇", "l": ["陈某", "李某"], "h": 412, "a": 3,
    }  # fmt: skip


def test_the_point_of_a_grid_lies_inside_it() -> None:
    feature = layer(drawn(grids(["一格"])), "grids")[0]
    properties = feature["properties"]
    assert isinstance(properties, dict)
    assert shapely.box(112.9, 22.7, 112.91, 22.71).contains(shapely.Point(properties["p"]))


@given(st.text(max_size=40))
def test_any_name_comes_back_as_it_was_written(name: str) -> None:
    written = script_data({"n": name.encode("utf-8", "ignore").decode()})
    assert json.loads(written)["n"] == name.encode("utf-8", "ignore").decode()
    assert not set("<>&\u2028\u2029") & set(written)


def test_a_hostile_name_ends_no_script_and_opens_no_tag() -> None:
    html = drawn(grids([HOSTILE], leads=[[HOSTILE]], village_name=[HOSTILE]), credit=HOSTILE)
    assert "<img" not in html
    assert "evil.example/" not in html
    assert html.count("</script>") == html.count("<script")
    properties = layer(html, "grids")[0]["properties"]
    assert isinstance(properties, dict)
    assert properties["n"] == HOSTILE


@pytest.mark.parametrize("name", ["{{ 7 * 7 }}", "{% for x in (1, 2) %}x{% endfor %}", "{# 无 #}"])
def test_a_name_in_braces_is_no_template(name: str) -> None:
    html = drawn(grids([name]), credit=name)
    assert layer(html, "grids")[0]["properties"]["n"] == name
    assert json.dumps(name, ensure_ascii=False)[1:-1] in html


shapes = st.sampled_from(["box", "holed", "parts", "none"])


@given(st.lists(shapes, min_size=1, max_size=6), st.integers(0, 3))
def test_what_is_packed_comes_back(kinds: list[str], repeats: int) -> None:
    whole = shapely.box(112.9, 22.7, 112.93, 22.73)
    made = {
        "box": whole,
        "holed": shapely.difference(whole, shapely.box(112.91, 22.71, 112.92, 22.72)),
        "parts": shapely.multipolygons([whole, shapely.box(112.95, 22.7, 112.96, 22.71)]),
        "none": None,
    }
    frame = gpd.GeoDataFrame(
        {"name": [f"第{number % (repeats + 1)}村" for number in range(len(kinds))], "few": list(range(len(kinds)))},
        geometry=[made[kind] for kind in kinds],
        crs="EPSG:4326",
    )
    found = unpacked(json.loads(script_data(packed(frame, {"n": "name", "f": "few"}))), UNITS)
    kept = frame[[kind != "none" for kind in kinds]]
    assert [one["properties"] for one in found] == [
        {"n": row.name, "f": row.few} for row in kept.itertuples(index=False)
    ]
    for one, shape in zip(found, kept.geometry, strict=True):
        assert shapely.equals(shapely.geometry.shape(one["geometry"]), shapely.set_precision(shape, 1 / UNITS))


def test_lines_travel_as_they_are() -> None:
    line = gpd.GeoDataFrame(
        {"n": ["界"]}, geometry=[shapely.LineString([(112.9, 22.7), (113.0, 22.8)])], crs="EPSG:4326"
    )
    found = unpacked(packed(line, {"n": "n"}), UNITS)
    assert shapely.geometry.shape(found[0]["geometry"]) == line.geometry[0]


def test_coordinates_have_at_most_five_decimals() -> None:
    html = drawn(grids(["一格", "二格", "三格"]))
    for feature in layer(html, "grids"):
        ring = np.array(feature["geometry"]["coordinates"][0])  # type: ignore[index]
        assert np.array_equal(ring, np.round(ring, 5))


def test_a_border_that_two_grids_share_is_still_shared_after_simplifying() -> None:
    border = np.column_stack([np.linspace(112.9, 112.92, 200), 22.7 + 0.00002 * np.sin(np.arange(200))])
    lower = shapely.Polygon([*border, (112.92, 22.69), (112.9, 22.69)])
    upper = shapely.Polygon([*border, (112.92, 22.71), (112.9, 22.71)])
    frame = grids(["下", "上"]).set_geometry([lower, upper], crs="EPSG:4326")
    rings = [feature["geometry"] for feature in layer(drawn(frame), "grids")]
    below, above = (shapely.from_geojson(json.dumps(ring)) for ring in rings)
    assert shapely.get_num_coordinates(below) < 200
    assert below.intersection(above).area == 0
    assert below.intersection(above).length == pytest.approx(0.02, rel=0.01)


def test_a_row_without_geometry_is_left_out() -> None:
    villages = squares(["上村", "监狱"])
    villages.loc[1, "geometry"] = None
    assert packed(villages, {"n": "name"})["columns"] == {"n": ["上村"]}


def test_a_grid_that_nobody_is_linked_to_is_hatched_in_every_mode() -> None:
    frame = grids(["一格", "二格"], linked=[True, False], load=[400, 400], acts=[5, 5])
    for scale in coverage.scales(frame).values():
        assert scale.index[1] == 0
        assert scale.steps[0].colour == coverage.HATCH
        assert scale.steps[0].grids == 1
        assert scale.index[0] > 0


def test_the_number_of_deputies_comes_from_the_column_where_the_caller_knows_it() -> None:
    from_leads = coverage.scales(grids(["一格"], leads=[["陈某"]]))["links"]
    from_column = coverage.scales(grids(["一格"], leads=[["陈某"]], deputies=[3]))["links"]
    assert (from_leads.index, from_column.index) == ((1,), (3,))


@given(st.lists(st.integers(min_value=0, max_value=60_000), min_size=1, max_size=60))
def test_every_load_lies_inside_its_step(loads: list[int]) -> None:
    scale = coverage.scales(grids([str(load) for load in loads], load=list(loads)))["load"]
    for load, index in zip(loads, scale.index, strict=True):
        step = scale.steps[index]
        assert step.low is not None
        assert step.low <= load
        assert step.high is None or load <= step.high
    assert sum(step.grids for step in scale.steps) == len(loads)


@given(st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=60))
def test_no_activity_at_all_has_a_step_of_its_own(acts: list[int]) -> None:
    scale = coverage.scales(grids([str(count) for count in acts], acts=list(acts)))["acts"]
    assert all((index == 1) == (count == 0) for count, index in zip(acts, scale.index, strict=True))


def test_the_scale_grows_darker_in_greyscale() -> None:
    greys = [
        0.299 * int(colour[1:3], 16) + 0.587 * int(colour[3:5], 16) + 0.114 * int(colour[5:7], 16)
        for colour in (coverage.NOTHING, *coverage.SCALE)
    ]
    assert greys == sorted(greys, reverse=True)


def test_a_plain_map_needs_no_loads_and_publishes_none() -> None:
    frame = grids(["一格"]).drop(columns=["load", "acts", "leads", "linked"])
    properties = layer(drawn(frame, mode=None), "grids")[0]["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == {"c", "n", "v", "t", "p"}


def test_the_same_frames_draw_the_same_page() -> None:
    assert drawn(grids(["一格", "二格"])) == drawn(grids(["一格", "二格"]))


def test_only_leaflet_is_loaded_and_no_flag_stands_in_the_corner() -> None:
    html = drawn(grids(["一格"]))
    assert re.findall(r'(?:src|href)="(https?:[^"]+)"', html) == [
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js",
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css",
    ]
    assert "setPrefix(false)" in html
    assert "tileLayer" not in html


def test_a_deputy_s_pieces_are_drawn_by_layer_and_named() -> None:
    pieces = squares(["一格", "二格"], layer=["town", "county"])
    towns = squares(["古劳镇"])
    stations = towns.assign(kind="central").set_geometry(towns.representative_point())
    html = str(coverage.draw_small(pieces, towns=towns, stations=stations).get_root().render())
    assert [feature["properties"] for feature in layer(html, "pieces")] == [
        {"c": "g0", "n": "一格", "layer": "town"},
        {"c": "g1", "n": "二格", "layer": "county"},
    ]


def test_a_deputy_without_pieces_gets_a_map_of_the_towns() -> None:
    pieces = squares(["一格"], layer=["town"]).iloc[:0]
    towns = squares(["古劳镇"])
    stations = towns.assign(kind="central").set_geometry(towns.representative_point()).iloc[:0]
    html = str(coverage.draw_small(pieces, towns=towns, stations=stations).get_root().render())
    assert (layer(html, "pieces"), len(layer(html, "towns"))) == ([], 1)
