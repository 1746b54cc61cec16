"""Layers: every flaw is found, named, measured and worded; a sound layer has none."""

import string
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import data
from gridmap.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02
from gridmap.layers import FATAL, KINDS, LayerFlaw, check_cells
from gridmap.metres import areas, moved, widths
from gridmap.seams import gaps, overlaps, without_overlaps

City = Callable[..., gpd.GeoDataFrame]
SIDE = 1 / 128
METRE = 1 / 111_320


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Draw a rectangle counted in squares from the south-west corner."""
    return shapely.box(113.0 + west * SIDE, 22.5 + south * SIDE, 113.0 + east * SIDE, 22.5 + north * SIDE)


def layer(**shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=4326)


def triangle(lon: float, lat: float) -> shapely.Polygon:
    """Draw a triangle with one corner anywhere, nowhere included: GEOS would warn while it takes the corner in."""
    with np.errstate(invalid="ignore"):
        return shapely.Polygon([(113.0, 22.0), (lon, lat), (113.1, 22.0), (113.0, 22.0)])


def told(flaws: list[LayerFlaw]) -> list[tuple[str, int | None, str]]:
    return [(flaw.kind, flaw.feature, flaw.code) for flaw in flaws]


def test_a_sound_layer_has_no_flaw(city: City) -> None:
    cells = city("b d\na c").assign(parent="P")
    assert check_cells(cells, covering=box(0, 0, 2, 2), parents=layer(P=box(0, 0, 2, 2))) == []


def test_shapes_that_are_no_polygons_are_fatal_and_named() -> None:
    bow = shapely.Polygon([(113, 22), (113.1, 22.1), (113.1, 22), (113, 22.1)])
    cells = layer(a=None, b=shapely.Polygon(), c=shapely.Point(113, 22), d=bow, e=box(0, 0, 1, 1))
    flaws = check_cells(cells)
    assert told(flaws) == [
        ("missing_geometry", 0, "a"),
        ("empty_geometry", 1, "b"),
        ("wrong_geometry_type", 2, "c"),
        ("invalid_ring", 3, "d"),
    ]
    assert all(flaw.fatal for flaw in flaws)
    assert flaws[2].facts == {"type": "Point"}
    assert flaws[3].facts["reason"] == "Self-intersection"
    assert float(flaws[3].facts["lon"]) == pytest.approx(113.05)
    assert float(flaws[3].facts["lat"]) == pytest.approx(22.05)


def test_a_unit_without_a_congress_may_stand_without_a_polygon() -> None:
    cells = layer(a=None, b=shapely.Point(113, 22), c=shapely.LineString([(113, 22), (114, 22)]))
    assert told(check_cells(cells, needs_polygon=[False, False, False])) == [("wrong_geometry_type", 2, "c")]


@pytest.mark.parametrize(
    ("shape", "looks_like"),
    [
        (shapely.box(22.5, 113.0, 22.6, 113.1), "swapped"),
        (shapely.box(500000, 2500000, 500100, 2500100), "metres"),
        (triangle(113.0, np.nan), "?"),
        (triangle(np.inf, 23.0), "?"),
        (shapely.box(113, 80, 114, 91), "?"),
    ],
)
def test_coordinates_off_the_earth_are_fatal_and_explained(shape: shapely.Polygon, looks_like: str) -> None:
    flaws = check_cells(layer(a=shape, b=box(0, 0, 1, 1)))
    assert told(flaws) == [("outside_world", 0, "a")]
    assert flaws[0].facts["looks_like"] == looks_like


def test_codes_are_there_and_are_there_once(city: City) -> None:
    cells = city("a b c d e f").assign(code=["a", None, "a", " ", float("nan"), pd.NA])
    flaws = check_cells(cells)
    assert told(flaws) == [
        ("missing_code", 1, ""),
        ("duplicate_code", 2, "a"),
        ("missing_code", 3, ""),
        ("missing_code", 4, ""),
        ("missing_code", 5, ""),
    ]
    assert flaws[1].facts == {"first_number": 1, "times": 2}


def test_an_orphan_is_fatal_and_a_cell_without_a_parent_is_none(city: City) -> None:
    cells = city("a b c").assign(parent=["P", "Q", None])
    flaws = check_cells(cells, parents=layer(P=box(0, 0, 3, 1)))
    assert told(flaws) == [("orphan_code", 1, "b")]
    assert flaws[0].fatal
    assert (flaws[0].field, flaws[0].facts) == ("parent", {"parent": "Q"})


def test_a_cell_that_sticks_out_of_its_parent_is_told_with_its_share(city: City) -> None:
    cells = city("a b").assign(town="P")
    flaws = check_cells(cells, parents=layer(P=box(0, 0, 1.75, 1)), parent_field="town")
    assert told(flaws) == [("parent_does_not_contain", 1, "b")]
    assert not flaws[0].fatal
    assert flaws[0].facts["outside_percent"] == 25.0
    assert box(1.75, 0, 2, 1).contains(shapely.Point(flaws[0].facts["lon"], flaws[0].facts["lat"]))


def test_a_parent_without_a_sound_polygon_holds_everything(city: City) -> None:
    cells = city("a b").assign(parent=["P", "Q"])
    bow = shapely.Polygon([(113, 22), (113.1, 22.1), (113.1, 22), (113, 22.1)])
    assert check_cells(cells, parents=layer(P=None, Q=bow)) == []


def test_an_overlap_is_told_at_the_higher_code_with_its_area() -> None:
    flaws = check_cells(layer(b=box(0, 0, 1, 1), a=box(0.5, 0, 2, 1)))
    assert told(flaws) == [("overlap", 0, "b")]
    assert not flaws[0].fatal
    assert flaws[0].facts["other"] == "a"
    assert flaws[0].facts["percent_of_smaller"] == 50.0
    assert flaws[0].facts["area_m2"] == pytest.approx(803 * 865 / 2, rel=0.01)


def test_a_strip_is_a_sliver_and_a_wider_one_is_none() -> None:
    for metres, kind in ((2.0, "sliver"), (8.0, "overlap")):
        flaws = check_cells(layer(a=box(0, 0, 1, 1), b=box(1 - metres * METRE / SIDE, 0, 2, 1)))
        assert told(flaws) == [(kind, 1, "b")]
        assert flaws[0].facts["width_m"] == pytest.approx(metres * np.cos(np.radians(22.5)), rel=0.01)
    assert told(check_cells(layer(a=box(0, 0, 1, 1), b=box(1 - 8 * METRE / SIDE, 0, 2, 1)), sliver_width=10.0)) == [
        ("sliver", 1, "b")
    ]


def test_equal_cells_and_a_cell_within_another_overlap() -> None:
    flaws = check_cells(layer(a=box(0, 0, 3, 3), b=box(0, 0, 3, 3), c=box(1, 1, 2, 2)))
    assert [(flaw.kind, flaw.code, flaw.facts["other"]) for flaw in flaws] == [
        ("overlap", "b", "a"),
        ("overlap", "c", "a"),
        ("overlap", "c", "b"),
    ]


def test_a_hole_between_cells_is_a_gap_that_names_its_neighbours(city: City) -> None:
    flaws = check_cells(city("a b c\nd . e\nf g h"))
    assert told(flaws) == [("gap", None, "")]
    assert not flaws[0].fatal
    assert flaws[0].facts["neighbours"] == "a, b, c, d, e, f …"
    assert flaws[0].facts["neighbour_count"] == 8
    assert flaws[0].facts["area_m2"] == pytest.approx(803 * 865, rel=0.01)


def test_with_a_covering_area_open_gaps_are_found_too(city: City) -> None:
    cells = city("a . b")
    assert check_cells(cells) == []
    flaws = check_cells(cells, covering=box(0, 0, 3, 1))
    assert told(flaws) == [("gap", None, "")]
    assert flaws[0].facts["neighbours"] == "a, b"


def test_a_crack_is_a_sliver() -> None:
    crack = 1 + 1.0 * METRE / SIDE
    flaws = check_cells(layer(a=box(0, 0, 1, 1), b=box(crack, 0, 2, 1)), covering=box(0, 0, 2, 1))
    assert told(flaws) == [("sliver", None, "")]
    assert (flaws[0].facts["what"], flaws[0].facts["others"]) == ("gap", "a, b")


def test_towns_and_villages_of_one_file_lie_upon_each_other_without_a_flaw(city: City) -> None:
    areas_file = pd.concat(
        [city("T T").assign(kind="town", parent=""), city("v w").assign(kind="village", parent="T")], ignore_index=True
    )
    assert check_cells(areas_file, parents=areas_file, group_field="kind") == []
    assert {flaw.kind for flaw in check_cells(areas_file)} == {"overlap"}


def test_flawed_shapes_do_not_hide_the_flaws_of_the_others() -> None:
    bow = shapely.Polygon([(113, 22), (113.1, 22.1), (113.1, 22), (113, 22.1)])
    flaws = check_cells(layer(a=bow, b=box(0, 0, 1, 1), c=None, d=box(0, 0, 2, 1)))
    assert told(flaws) == [("invalid_ring", 0, "a"), ("missing_geometry", 2, "c"), ("overlap", 3, "d")]


def shifted(cells: gpd.GeoDataFrame, way: Callable[..., object]) -> gpd.GeoDataFrame:
    return cells.set_geometry(gpd.GeoSeries(moved(np.asarray(cells.geometry.array, dtype=object), way), crs=4326))


def to_bd09(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


@pytest.mark.parametrize(
    ("way", "looks_like"),
    [
        (wgs84_to_gcj02, "gcj02"),
        (to_bd09, "bd09"),
        (Datum.parse("gcj02").to_lonlat, "twice"),
    ],
)
def test_a_county_under_the_wrong_datum_is_recognised_and_kept_out(
    city: City, way: Callable[..., object], looks_like: str
) -> None:
    row = " ".join("abcdefghij")
    county = city("\n".join(row for _ in range(10)))
    found = check_cells(shifted(county, way), covering=box(0, 0, 10, 10))
    assert [(flaw.feature, flaw.fatal, flaw.facts["looks_like"]) for flaw in found] == [(None, True, looks_like)]
    assert found[0].kind == ("datum_does_not_fit" if looks_like == "twice" else "datum_is_another")
    assert found[0].facts[f"inside_as_{looks_like}_percent"] > 99.0 > found[0].facts["inside_percent"]


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("declared", ["wgs84", "gcj02", "bd09"])
def test_the_datum_to_declare_is_named_whichever_was_declared(city: City, true: str, declared: str) -> None:
    numbers = {"wgs84": lambda x, y: (x, y), "gcj02": wgs84_to_gcj02, "bd09": to_bd09}[true]
    county = city("\n".join(["a b c d e f g h i j"] * 10))
    read = shifted(shifted(county, numbers), Datum.parse(declared).to_lonlat)
    flaws = check_cells(read, covering=box(0, 0, 10, 10), declared=declared)
    assert [(flaw.kind, flaw.fatal, flaw.facts["looks_like"]) for flaw in flaws] == (
        [] if true == declared else [("datum_is_another", True, true)]
    )


def test_numbers_in_metres_are_never_to_be_declared_as_degrees(city: City) -> None:
    county = city("\n".join(["a b c d e f g h i j"] * 10))
    flaws = check_cells(shifted(county, wgs84_to_gcj02), covering=box(0, 0, 10, 10), declared="EPSG:4547")
    assert [(flaw.kind, flaw.facts["looks_like"]) for flaw in flaws] == [("datum_does_not_fit", "gcj02")]


def test_a_corner_of_the_county_that_sticks_out_by_chance_is_only_a_warning(city: City) -> None:
    """GCJ-02 lies to the south-east here: a south-eastern corner drawn half as far out would fit when shifted back."""
    corner = city("a b\nc d", west=113.0 + 8 * SIDE + 0.002, south=22.5 - 0.001)
    found = [flaw for flaw in check_cells(corner, covering=box(0, 0, 10, 10)) if "datum" in flaw.kind]
    assert [(flaw.fatal, flaw.facts["looks_like"]) for flaw in found] == [(False, "gcj02")]


def test_a_layer_of_another_county_is_fatal_and_looks_like_nothing(city: City) -> None:
    flaws = check_cells(city("a b", west=115.0), covering=box(0, 0, 2, 1))
    assert told(flaws) == [("datum_does_not_fit", None, "")]
    assert flaws[0].fatal
    assert (flaws[0].facts["inside_percent"], flaws[0].facts["looks_like"]) == (0.0, "?")


def test_swapped_coordinates_that_stay_on_earth_are_recognised() -> None:
    cells = layer(a=shapely.box(49.5, 9.0, 49.6, 9.1))
    flaws = check_cells(cells, covering=shapely.box(9.0, 49.5, 9.1, 49.6))
    assert [(flaw.kind, flaw.fatal, flaw.facts["looks_like"]) for flaw in flaws] == [
        ("datum_does_not_fit", True, "swapped")
    ]


def test_a_border_drawn_twenty_metres_off_is_no_wrong_datum(city: City) -> None:
    cells = city("a b c d", south=22.5 + 20 * METRE)
    assert "datum_does_not_fit" not in {flaw.kind for flaw in check_cells(cells, covering=box(0, 0, 4, 1))}


def test_an_empty_layer_has_no_flaw() -> None:
    nothing = gpd.GeoDataFrame({"code": [], "parent": []}, geometry=[], crs=4326)
    assert check_cells(nothing, covering=box(0, 0, 1, 1), parents=nothing) == []


def crowd(seed: int) -> np.ndarray:
    """Throw rectangles on a small lattice: equal, nested, crossing, touching and apart."""
    chance = np.random.default_rng(seed)
    corners = chance.integers(0, 6, (8, 2))
    sizes = chance.integers(1, 4, (8, 2))
    return np.array([box(*a, *(a + b)) for a, b in zip(corners, sizes, strict=True)], dtype=object)


@given(st.integers(0, 100_000))
@settings(deadline=None)
def test_the_sweep_finds_every_overlap_that_comparing_all_pairs_finds(seed: int) -> None:
    shapes = crowd(seed)
    lower, higher, shared = overlaps(shapes)
    pairs = [(i, j) for i in range(8) for j in range(i + 1, 8) if shapely.area(shapes[i] & shapes[j]) > 0]
    assert list(zip(lower, higher, strict=True)) == pairs
    for (i, j), ground in zip(pairs, shared, strict=True):
        assert ground.equals(shapes[i] & shapes[j])


@given(st.integers(0, 100_000))
@settings(deadline=None)
def test_without_overlaps_every_point_keeps_its_lowest_shape_and_no_other(seed: int) -> None:
    shapes = crowd(seed)
    cut = without_overlaps(shapes)
    assert areas(cut).sum() == pytest.approx(areas(np.array([shapely.union_all(shapes)]))[0])
    for i in range(8):
        lower = shapely.union_all(shapes[:i])
        assert shapely.area(cut[i] ^ (shapes[i] - lower)) == pytest.approx(0.0, abs=1e-12)


def test_gaps_come_from_west_to_east_holes_of_every_part_included() -> None:
    ring = box(0, 0, 3, 3) - box(1, 1, 2, 2)
    other = box(5, 0, 8, 3) - box(6, 1, 7, 2)
    found = gaps(np.array([other, ring], dtype=object), None)
    assert [hole.equals(box(west, 1, west + 1, 2)) for hole, west in zip(found, (1, 6), strict=True)] == [True, True]


@given(st.floats(0.5, 500.0), st.floats(0.5, 500.0))
@settings(deadline=None)
def test_the_width_of_a_rectangle_is_its_shorter_side(breadth: float, length: float) -> None:
    east = breadth * METRE / np.cos(np.radians(22.5))
    strip = shapely.box(113.0, 22.5, 113.0 + east, 22.5 + length * METRE)
    assert widths(np.array([strip]))[0] == pytest.approx(min(breadth, length), rel=2e-3)


def wordings(language: str) -> dict[str, str]:
    text = (Path(data.__file__).parent / "messages" / language / "layers.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_kind_has_a_problem_and_a_remedy_in_both_languages() -> None:
    expected = {f"flaw.{kind}.{part}" for kind in KINDS for part in ("problem", "remedy")}
    chinese, english = wordings("zh"), wordings("en")
    assert set(chinese) == set(english) == expected
    for key in expected:
        assert placeholders(chinese[key]) == placeholders(english[key]), key


def test_every_sentence_can_be_filled_in_from_the_facts_of_its_flaw(city: City) -> None:
    bow = shapely.Polygon([(113, 22), (113.1, 22.1), (113.1, 22), (113, 22.1)])
    broken = layer(a=None, b=shapely.Polygon(), c=shapely.Point(113, 22), d=bow, e=box(200000, 0, 200001, 1))
    coded = city("a b c d").assign(code=["a", "", "a", "d"], parent=["P", "", "Q", "P"])
    seams = layer(a=box(0, 0, 3, 3) - box(1, 1, 2, 2), b=box(2.5, 0, 5, 3), c=box(4.999, 0, 6, 3))
    flaws = [
        *check_cells(broken),
        *check_cells(coded, parents=layer(P=box(0, 0, 3.5, 1))),
        *check_cells(seams),
        *check_cells(city("a", west=115.0), covering=box(0, 0, 1, 1)),
        *check_cells(shifted(city("a"), wgs84_to_gcj02), covering=box(0, 0, 1, 1)),
    ]
    assert {flaw.kind for flaw in flaws} == set(KINDS)
    for flaw in flaws:
        assert flaw.fatal == (flaw.kind in FATAL)
        for language in ("zh", "en"):
            for part in ("problem", "remedy"):
                text = wordings(language)[f"flaw.{flaw.kind}.{part}"]
                assert "{" not in text.format(code=flaw.code, field=flaw.field, **flaw.facts)
