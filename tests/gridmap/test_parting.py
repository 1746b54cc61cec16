"""Parting: a district of more pieces than any search takes still gives every deputy one connected territory."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.placement import place
from gridmap.plan import Plan

SIDE = 0.01


def city(columns: int, rows: int, households: list[int]) -> gpd.GeoDataFrame:
    """Draw a district of squares, row by row; households are dealt out in turn."""
    places = [(x, y) for y in range(rows) for x in range(columns)]
    return gpd.GeoDataFrame(
        {
            "grid": [f"G{y:02d}{x:02d}" for x, y in places],
            "district": "X",
            "households": [households[number % len(households)] for number in range(len(places))],
        },
        geometry=[
            shapely.box(113 + x * SIDE, 22 + y * SIDE, 113 + (x + 1) * SIDE, 22 + (y + 1) * SIDE) for x, y in places
        ],
        crs="EPSG:4326",
    )


def divided(pieces: gpd.GeoDataFrame, seats: int) -> Plan:
    roster = pd.DataFrame({"seat": [f"S{n:02d}" for n in range(seats)], "district": "X", "lon": np.nan, "lat": np.nan})
    return place(pieces, roster)


def territories(plan: Plan) -> dict[str, int]:
    """Count each deputy's separate territories with another library: squares that share a side are neighbours."""
    found = {}
    for seat, own in plan.links.groupby("seat"):
        at = {(int(grid[3:]), int(grid[1:3])) for grid in own["grid"]}
        graph: nx.Graph[tuple[int, int]] = nx.Graph()
        graph.add_nodes_from(at)
        graph.add_edges_from(
            (one, (one[0] + dx, one[1] + dy))
            for one in at
            for dx, dy in ((1, 0), (0, 1))
            if (one[0] + dx, one[1] + dy) in at
        )
        found[str(seat)] = nx.number_connected_components(graph)
    return found


@pytest.mark.parametrize("seats", [2, 3, 5, 8])
def test_every_deputy_of_a_large_district_has_one_connected_territory_within_the_cap(seats: int) -> None:
    plan = divided(city(10, 10, [90, 110, 100, 95, 105]), seats)
    line = plan.districts.iloc[0]
    assert set(territories(plan).values()) == {1}
    assert line["broken"] == 0
    assert line["largest"] <= line["cap"]
    assert plan.links["grid"].is_unique
    assert len(plan.links) == 100


@settings(max_examples=25, deadline=None)
@given(
    columns=st.integers(8, 12),
    rows=st.integers(8, 11),
    households=st.lists(st.integers(0, 300), min_size=3, max_size=40).filter(lambda numbers: sum(numbers) > 0),
    seats=st.integers(2, 6),
)
def test_every_piece_is_linked_once_every_deputy_has_households_and_breaks_are_counted_as_they_are(
    columns: int, rows: int, households: list[int], seats: int
) -> None:
    pieces = city(columns, rows, households)
    plan = divided(pieces, seats)
    assert sorted(plan.links["grid"]) == sorted(pieces["grid"])
    lived_in = dict(zip(pieces["grid"], pieces["households"], strict=True))
    loads = plan.links["grid"].map(lived_in).groupby(plan.links["seat"]).sum()
    if (pieces["households"] > 0).sum() >= seats:
        assert len(loads) == seats
        assert (loads > 0).all()
    assert plan.districts.iloc[0]["broken"] == sum(territories(plan).values()) - len(territories(plan))


def test_the_order_of_rows_changes_nothing() -> None:
    pieces = city(9, 9, [70, 130, 100])
    turned = divided(pieces.iloc[::-1].reset_index(drop=True), 4)
    assert turned.links.reset_index(drop=True).equals(divided(pieces, 4).links.reset_index(drop=True))
