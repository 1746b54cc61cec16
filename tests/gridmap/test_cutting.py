"""Oversize pieces: what cutting them would gain is said, and nothing is cut."""

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.messages import say
from gridmap.cutting import propose_cuts
from gridmap.halving import halves
from gridmap.metres import areas
from gridmap.placement import place

City = Callable[..., gpd.GeoDataFrame]

SIDE = 1 / 128
WEST, SOUTH = 113.0, 22.5


@pytest.fixture
def pieces(city: City) -> Callable[..., gpd.GeoDataFrame]:
    """Draw the pieces of district A, a word each; unnamed ones have 100 households."""

    def drawn(drawing: str, **households: int) -> gpd.GeoDataFrame:
        words = {word for word in drawing.split() if word != "."}
        cells = city(drawing, {word: households.get(word, 100) for word in words})
        return cells.rename(columns={"code": "grid"}).assign(district="A")

    return drawn


def roster(count: int) -> pd.DataFrame:
    return pd.DataFrame({"seat": [f"s{number}" for number in range(count)], "district": "A"})


def test_a_piece_larger_than_the_mean_load_is_proposed_to_be_halved(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b b c", b=600)
    plan = place(ground, roster(2))
    found = propose_cuts(ground, plan)
    assert found["grid"].tolist() == ["b"]
    cut = found.iloc[0]
    assert (cut["parts"], cut["way"]) == ((300, 300), "halves")
    assert (cut["largest"], cut["largest_after"]) == (600, 400)
    assert (cut["ratio"], cut["ratio_after"]) == (1.5, 1.0)
    assert cut["reason_key"] == "cutting.halves"


def test_proposing_changes_neither_the_pieces_nor_the_plan(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b b c", b=600)
    plan = place(ground, roster(2))
    before, links = ground.copy(), plan.links.copy()
    propose_cuts(ground, plan)
    assert ground.equals(before)
    assert plan.links.equals(links)


def test_a_piece_of_just_the_mean_load_is_not_oversize(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b c", b=200)
    assert propose_cuts(ground, place(ground, roster(2))).empty
    assert propose_cuts(ground, place(ground, roster(1))).empty
    assert propose_cuts(ground, place(ground, roster(0))).empty


def test_village_groups_part_a_piece_before_anything_else(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b b b c", b=600)
    groups = gpd.GeoDataFrame(
        {"code": ["g1", "g2"]},
        geometry=[
            shapely.box(WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE),
            shapely.box(WEST + 2 * SIDE, SOUTH, WEST + 4 * SIDE, SOUTH + SIDE),
        ],
        crs="EPSG:4326",
    )
    street = gpd.GeoSeries([shapely.LineString([(WEST + 3 * SIDE, SOUTH), (WEST + 3 * SIDE, SOUTH + SIDE)])])
    plan = place(ground, roster(2))
    by_groups = propose_cuts(ground, plan, groups=groups, lines=street).iloc[0]
    assert (by_groups["way"], by_groups["parts"]) == ("groups", (200, 400))
    by_street = propose_cuts(ground, plan, groups=groups.iloc[:0], lines=street).iloc[0]
    assert (by_street["way"], sorted(by_street["parts"])) == ("lines", [200, 400])


def test_ground_outside_every_group_is_a_part_too_and_scraps_are_not(
    pieces: Callable[..., gpd.GeoDataFrame],
) -> None:
    ground = pieces("a b b c", b=600)
    plan = place(ground, roster(2))
    half = shapely.box(WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)
    scrap = shapely.box(WEST + 2.99 * SIDE, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE)
    groups = gpd.GeoDataFrame({"code": ["g1", "g2"]}, geometry=[half, scrap], crs="EPSG:4326")
    assert propose_cuts(ground, plan, groups=groups).iloc[0]["parts"] == (300, 300)
    alone = groups.iloc[1:]
    assert propose_cuts(ground, plan, groups=alone).iloc[0]["way"] == "halves"


def test_a_cut_that_gains_nothing_says_so(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b b c", a=300, b=310, c=300)
    found = propose_cuts(ground, place(ground, roster(3), tolerance=0.0), tolerance=0.0)
    keys = found.set_index("grid")["reason_key"].to_dict()
    assert keys == {"b": "cutting.no_gain"}


def test_every_proposal_can_be_said_in_both_languages(pieces: Callable[..., gpd.GeoDataFrame]) -> None:
    ground = pieces("a b b c", b=600)
    facts = propose_cuts(ground, place(ground, roster(2))).iloc[0]["reason_facts"]
    for lang in ("zh", "en"):
        for way in ("halves", "groups", "lines", "no_gain"):
            assert "{" not in say(f"cutting.{way}", lang, **facts)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=5, max_size=12, unique=True))
def test_halves_are_equal_and_cover_the_shape(corners: list[tuple[int, int]]) -> None:
    shape = shapely.convex_hull(shapely.multipoints([(WEST + x / 1000, SOUTH + y / 1000) for x, y in corners]))
    if shape.geom_type != "Polygon" or shape.area < 1e-6:
        return
    one, other = halves(shape)
    ground = areas(halves(shape))
    assert ground[0] == pytest.approx(ground[1], rel=1e-3)
    assert shapely.area(shapely.intersection(one, other)) == pytest.approx(0.0, abs=1e-12)
    assert shapely.area(shapely.symmetric_difference(shapely.union(one, other), shape)) < 1e-9 * shape.area + 1e-15


def test_the_cut_runs_across_the_longer_axis() -> None:
    west, east = halves(shapely.box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))
    assert west.bounds[2] == pytest.approx(WEST + SIDE)
    assert east.bounds[0] == pytest.approx(WEST + SIDE)
    south, north = halves(shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + 2 * SIDE))
    assert (south.bounds[3], north.bounds[1]) == (pytest.approx(SOUTH + SIDE), pytest.approx(SOUTH + SIDE))
