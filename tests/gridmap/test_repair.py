"""Repair makes cells fit edge to edge and tells every move."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from gridmap.layers import check_cells
from gridmap.repair import repair

STEP = 0.01  # degrees, about a kilometre
METRE = 1 / 111_320


def layer(**shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


def cell(column: int, row: int, *, east: float = 0.0, west: float = 0.0) -> Polygon:
    x, y = 113 + column * STEP, 22 + row * STEP
    return box(x + west, y, x + STEP + east, y + STEP)


def test_a_layer_that_fits_is_left_as_it_is() -> None:
    frame = layer(a=cell(0, 0), b=cell(1, 0))
    repaired = repair(frame)
    assert repaired.moves.empty
    assert shapely.equals(repaired.frame.geometry.to_numpy(), frame.geometry.to_numpy()).all()


def test_an_overlap_goes_to_the_lower_code_and_the_loss_is_told() -> None:
    repaired = repair(layer(b=cell(1, 0), a=cell(0, 0, east=3 * METRE)))
    shapes = dict(zip(repaired.frame["code"], repaired.frame.geometry, strict=True))
    assert shapes["a"].bounds[2] == pytest.approx(113 + STEP + 3 * METRE)
    assert shapes["b"].bounds[0] == pytest.approx(113 + STEP + 3 * METRE)
    assert list(repaired.moves["code"]) == ["b"]
    assert repaired.moves["lost_m2"].iloc[0] == pytest.approx(3 * 0.927 * 1_107, rel=0.01)


def test_a_gap_narrower_than_five_metres_is_closed() -> None:
    frame = layer(a=cell(0, 0), b=cell(1, 0, west=3 * METRE), c=box(113, 22 - STEP, 113 + 2 * STEP, 22),
                  d=box(113, 22 + STEP, 113 + 2 * STEP, 22 + 2 * STEP))  # fmt: skip
    assert "sliver" in {flaw.kind for flaw in check_cells(frame)}
    repaired = repair(frame)
    assert not check_cells(repaired.frame)
    assert len(repaired.moves)


def test_a_wide_gap_stays_because_it_is_somebody_s_ground() -> None:
    frame = layer(a=cell(0, 0), b=cell(1, 0, west=300 * METRE), c=box(113, 22 - STEP, 113 + 2 * STEP, 22),
                  d=box(113, 22 + STEP, 113 + 2 * STEP, 22 + 2 * STEP))  # fmt: skip
    assert [flaw.kind for flaw in check_cells(repair(frame).frame)] == ["gap"]


def test_a_ring_that_crosses_itself_is_mended_and_named() -> None:
    bow = Polygon([(113, 22), (113 + STEP, 22 + STEP), (113 + STEP, 22), (113, 22 + STEP)])
    repaired = repair(layer(a=bow, b=cell(1, 0)))
    assert repaired.frame.geometry.is_valid.all()
    assert list(repaired.moves["kind"]) == ["ring"]


def test_a_row_without_a_polygon_stays() -> None:
    repaired = repair(layer(a=cell(0, 0), u=None))
    assert repaired.frame.geometry.iloc[1] is None


@given(st.lists(st.integers(-4, 4), min_size=12, max_size=12), st.permutations(range(9)))
def test_after_repair_nothing_overlaps_no_narrow_gap_is_left_and_order_does_not_matter(
    shifts: list[int], order: list[int]
) -> None:
    cells = {
        f"g{row}{column}": cell(column, row, east=shifts[3 * row + column] * METRE, west=shifts[column] * METRE / 2)
        for row in range(3)
        for column in range(3)
    }
    frame = layer(**cells)
    repaired = repair(frame).frame
    assert not [flaw.kind for flaw in check_cells(repaired) if flaw.kind in ("overlap", "sliver", "invalid_ring")]
    other = repair(frame.iloc[order]).frame.sort_values("code")
    assert shapely.equals(other.geometry.to_numpy(), repaired.sort_values("code").geometry.to_numpy()).all()
