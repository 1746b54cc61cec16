"""Random cities, cut and placed: nobody is left out without a word, and nobody gets another district's deputy."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.locate import CellIndex
from gridmap.overlay import pieces
from gridmap.placement import Lock, Plan, place

WEST, SOUTH, WIDE = 113.0, 22.5, 0.05
NAMED_SEATS = {"zero_households": "seat", "seat_without_district": "seat", "district_without_piece": "names"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A random city: its grids and districts, their pieces with slivers, its seats and a plan in force."""

    grids: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    seats: pd.DataFrame
    current: pd.DataFrame

    def placed(self) -> Plan:
        return place(self.pieces, self.seats, current=self.current)


def cells(count: int, letter: str, chance: np.random.Generator) -> gpd.GeoDataFrame:
    """Draw a gap-free layer over the same ground."""
    ground = shapely.box(WEST, SOUTH, WEST + WIDE, SOUTH + WIDE)
    centres = shapely.multipoints(chance.random((count, 2)) * WIDE + (WEST, SOUTH))
    shapes = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=ground)) if count > 1 else [ground]
    codes = [f"{letter}{number:02}" for number in range(count)]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapely.intersection(shapes, ground)), crs="EPSG:4326")


@st.composite
def towns(draw: st.DrawFn) -> Town:
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    grids = cells(draw(st.integers(1, 12)), "g", chance)
    grids["households"] = np.where(chance.random(len(grids)) < 0.1, 0, chance.integers(1, 400, len(grids)))
    districts = cells(draw(st.integers(1, 6)), "d", chance)
    cut = pieces(grids, districts, sliver=draw(st.sampled_from([0.02, 0.2])))
    homes = [*districts["code"], "nowhere", None]
    count = draw(st.integers(0, 12))
    seats = pd.DataFrame(
        {
            "seat": [f"s{number:02}" for number in range(count)],
            "district": [homes[at] for at in chance.integers(0, len(homes), count)],
            "lon": WEST + chance.random(count) * WIDE,
            "lat": SOUTH + chance.random(count) * WIDE,
        }
    )
    links = place(cut, seats).links[["seat", "grid", "district"]]
    kept = draw(st.sampled_from([0.0, 0.7, 1.0]))
    return Town(
        grids=grids,
        districts=districts,
        pieces=cut,
        seats=seats,
        current=links[chance.random(len(links)) < kept].reset_index(drop=True),
    )


def named(plan: Plan, *kinds: str) -> set[str]:
    return {unmet.district for unmet in plan.unmet if unmet.kind in kinds}


@settings(max_examples=40)
@given(towns())
def test_every_piece_and_every_grid_has_a_deputy_or_its_district_is_named(town: Town) -> None:
    plan = town.placed()
    own = town.pieces[town.pieces["joined"].isna()]
    silent = named(plan, "district_without_seat")
    linked = set(zip(plan.links["grid"], plan.links["district"], strict=True))
    expected = {(row.grid, row.district) for row in own.itertuples() if row.district not in silent}
    assert linked == expected
    assert set(town.pieces["grid"]) == set(town.grids["code"])
    assert set(plan.leads["grid"]) == set(town.pieces["grid"][~town.pieces["district"].isin(silent)])


@settings(max_examples=40)
@given(towns())
def test_no_deputy_is_without_households_and_without_a_named_reason(town: Town) -> None:
    plan = town.placed()
    busy = set(plan.links["seat"][plan.links["households"] > 0])
    excused = {
        name
        for unmet in plan.unmet
        if unmet.kind in NAMED_SEATS
        for name in str(unmet.facts[NAMED_SEATS[unmet.kind]]).split(", ")
    }
    assert set(town.seats["seat"]) == busy | excused
    assert not busy & excused


@settings(max_examples=40)
@given(towns(), st.integers(0, 2**32))
def test_the_deputy_of_every_point_is_of_the_points_own_district(town: Town, seed: int) -> None:
    plan = town.placed()
    chance = np.random.default_rng(seed)
    corners = shapely.get_coordinates(town.pieces.geometry.array)
    spots = np.vstack((chance.random((200, 2)) * WIDE + (WEST, SOUTH), corners))
    district = CellIndex(town.districts).locate(spots[:, 0], spots[:, 1])
    point, grid = CellIndex(town.grids).containing(spots[:, 0], spots[:, 1])
    through = {
        (row.grid, row.district): (row.grid if row.joined is None else row.joined, row.district)
        for row in town.pieces.itertuples()
    }
    deputy = {(row.grid, row.district): row.seat for row in plan.links[plan.links["position"] == 1].itertuples()}
    home = dict(zip(town.seats["seat"], town.seats["district"], strict=True))
    silent = named(plan, "district_without_seat")
    answered = set()
    for spot, code in zip(point, town.grids["code"].to_numpy()[grid], strict=True):
        here = town.districts["code"].iloc[district[spot]]
        if district[spot] >= 0 and (code, here) in through and here not in silent:
            assert home[deputy[through[code, here]]] == here
            answered.add(int(spot))
    inside = {spot for spot in range(200) if district[spot] >= 0}
    assert {spot for spot in inside if town.districts["code"].iloc[district[spot]] not in silent} <= answered


def plain(plan: Plan) -> str:
    return "\n".join(
        [*(frame.to_json(orient="records") for frame in (plan.links, plan.leads, plan.districts)), str(plan.unmet)]
    )


@settings(max_examples=30)
@given(towns(), st.integers(0, 2**32))
def test_a_plan_is_the_same_for_any_order_of_its_papers(town: Town, seed: int) -> None:
    chance = np.random.default_rng(seed)

    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[chance.permutation(len(frame))]

    locks = [Lock(row.seat, row.grid, row.district, "kept") for row in town.current.iloc[:2].itertuples()]
    once = place(town.pieces, town.seats, current=town.current, locks=locks)
    again = place(
        shuffled(town.pieces), shuffled(town.seats), current=shuffled(town.current), locks=list(reversed(locks))
    )
    assert plain(once) == plain(again)


@settings(max_examples=30)
@given(towns(), st.integers(2, 5))
def test_doubling_all_households_of_a_city_changes_nobodys_piece(town: Town, times: int) -> None:
    once = town.placed()
    many = town.pieces.assign(households=town.pieces["households"] * times)
    more = place(many, town.seats, current=town.current)
    for name in ("seat", "grid", "position", "reason_key"):
        assert once.links[name].tolist() == more.links[name].tolist()
    assert once.leads["seat"].tolist() == more.leads["seat"].tolist()
    assert once.districts[["broken", "kept", "proven"]].equals(more.districts[["broken", "kept", "proven"]])


@settings(max_examples=30)
@given(towns(), st.integers(0, 11))
def test_a_repair_moves_only_what_the_leaver_had(town: Town, gone: int) -> None:
    before = place(town.pieces, town.seats).links
    stay = town.seats[town.seats["seat"] != f"s{gone:02}"]
    kept = before[before["seat"] != f"s{gone:02}"]
    locks = [Lock(row.seat, row.grid, row.district, "in force") for row in kept.itertuples()]
    after = place(town.pieces, stay, current=before[["seat", "grid", "district"]], locks=locks).links
    was = {(row.seat, row.grid, row.district) for row in kept.itertuples()}
    now = {(row.seat, row.grid, row.district) for row in after.itertuples()}
    orphaned = {(row.grid, row.district) for row in before[before["seat"] == f"s{gone:02}"].itertuples()}
    assert was <= now
    assert {(grid, district) for _, grid, district in now - was} <= orphaned
