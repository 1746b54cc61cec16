"""Placement: tiny districts are divided, and every small one as well as trying everything would divide it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import floor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.messages import say
from gridmap.placement import Lock, Plan, Unmet, lower_bound, place, propose

City = Callable[..., gpd.GeoDataFrame]

SIDE = 1 / 128
WEST, SOUTH = 113.0, 22.5
CELLS = tuple((north, east) for north in range(2) for east in range(4))


@pytest.fixture
def district(city: City) -> Callable[..., gpd.GeoDataFrame]:
    """Draw pieces: the first letter of a cell is its district, the whole word its grid; unnamed ones have 100."""

    def drawn(drawing: str, **households: int) -> gpd.GeoDataFrame:
        words = {word for word in drawing.split() if word != "."}
        cells = city(drawing, {word: households.get(word, 100) for word in words})
        return cells.rename(columns={"code": "grid"}).assign(district=cells["code"].str[0])

    return drawn


def roster(*seats: str, **places: tuple[float, float]) -> pd.DataFrame:
    """List seats written `district:seat`; a place is counted in cells from the south-west corner."""
    rows = []
    for word in seats:
        area, seat = word.split(":")
        east, north = places.get(seat, (np.nan, np.nan))
        rows.append({"seat": seat, "district": area, "lon": WEST + east * SIDE, "lat": SOUTH + north * SIDE})
    return pd.DataFrame(rows, columns=["seat", "district", "lon", "lat"])


def held(plan: Plan) -> dict[str, str]:
    """Read who has each grid: the seats in the order of their positions, joined by +."""
    return plan.links.groupby("grid")["seat"].agg("+".join).to_dict()


def kinds(plan: Plan) -> list[str]:
    return [unmet.kind for unmet in plan.unmet]


def line(plan: Plan, district: str = "A") -> Mapping[str, object]:
    return plan.districts.set_index("district").loc[district].to_dict()


def reason(plan: Plan, grid: str) -> str:
    return str(plan.links.set_index("grid").loc[grid, "reason_key"])


def plain(plan: Plan) -> str:
    return "\n".join(
        [*(frame.to_json(orient="records") for frame in (plan.links, plan.leads, plan.districts)), str(plan.unmet)]
    )


# one deputy, or as many as there are pieces


def test_the_only_deputy_of_a_district_has_all_of_it(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ab Ac"), roster("A:s1"))
    assert held(plan) == {"Aa": "s1", "Ab": "s1", "Ac": "s1"}
    assert set(plan.links["reason_key"]) == {"placement.only_seat"}
    assert line(plan)["largest"] == line(plan)["bound"] == 300


def test_nobody_gets_a_piece_of_another_district(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ba Bb"), roster("A:s1", "B:s2"))
    assert held(plan) == {"Aa": "s1", "Ba": "s2", "Bb": "s2"}


def test_a_deputy_who_would_be_left_without_any_is_the_reason_for_a_piece(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    plan = place(district("Aa Ab"), roster("A:s1", "A:s2"))
    assert held(plan) == {"Aa": "s1", "Ab": "s2"}
    assert reason(plan, "Aa") == "placement.each_has_one"


# what comes first


def test_territory_stays_in_one_part_though_balance_would_split_it(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac Ad", Aa=110, Ab=100, Ac=90, Ad=100)
    plan = place(pieces, roster("A:s1", "A:s2"))
    assert held(plan) == {"Aa": "s1", "Ab": "s1", "Ac": "s2", "Ad": "s2"}
    assert (line(plan)["broken"], line(plan)["largest"]) == (0, 210)
    assert set(plan.links["reason_key"]) == {"placement.connected"}


def test_balance_beyond_the_tolerance_breaks_a_territory(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac", Aa=100, Ab=200, Ac=100)
    plan = place(pieces, roster("A:s1", "A:s2"))
    assert held(plan)["Aa"] == held(plan)["Ac"] != held(plan)["Ab"]
    assert line(plan)["broken"] == 1
    wide = place(pieces, roster("A:s1", "A:s2"), tolerance=0.5)
    assert line(wide)["broken"] == 0
    assert line(wide)["largest"] == 300


def test_pieces_that_meet_in_a_corner_only_are_not_one_territory(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa .\n. Ab"), roster("A:s1"))
    assert line(plan)["forced_broken"] == 1
    assert line(plan)["broken"] == 0


def test_a_declared_bridge_joins_what_the_river_parts(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa . Ab"), roster("A:s1"), links=[("Ab", "Aa"), ("Aa", "Zz")])
    assert line(plan)["forced_broken"] == 0
    assert plan.links["reason_facts"][0]["parts"] == 1


def test_borders_that_differ_by_the_rounding_of_numbers_are_shared(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab")
    pieces.geometry = [pieces.geometry[0], shapely.transform(pieces.geometry[1], lambda xy: xy + 3e-12)]
    assert line(place(pieces, roster("A:s1")))["forced_broken"] == 0


def test_a_border_is_shared_where_one_side_has_more_corners(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ab\nAa Ac"), roster("A:s1"))
    assert line(plan)["forced_broken"] == 0


def test_the_plan_in_force_is_kept_while_it_is_within_the_tolerance(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac Ad", Aa=104)
    current = pd.DataFrame({"seat": ["s2", "s2", "s1", "s1"], "grid": ["Aa", "Ab", "Ac", "Ad"], "district": ["A"] * 4})
    plan = place(pieces, roster("A:s1", "A:s2", s1=(0.0, 0.5), s2=(4.0, 0.5)), current=current)
    assert held(plan) == {"Aa": "s2", "Ab": "s2", "Ac": "s1", "Ad": "s1"}
    assert line(plan)["moved"] == 0


def test_a_piece_goes_to_the_deputy_who_works_nearest(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac Ad")
    plan = place(pieces, roster("A:s1", "A:s2", s1=(4.0, 0.5), s2=(0.0, 0.5)))
    assert held(plan) == {"Aa": "s2", "Ab": "s2", "Ac": "s1", "Ad": "s1"}
    near = place(district("Aa Ab Ac", Ac=0), roster("A:s1", "A:s2", s1=(3.0, 0.5), s2=(0.0, 0.5)))
    assert held(near)["Ab"] == "s1"


def test_a_deputy_whose_place_is_not_known_draws_no_piece_to_himself(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    plan = place(district("Aa Ab"), roster("A:s1", "A:s2", s2=(0.5, 0.5)))
    assert held(plan) == {"Aa": "s2", "Ab": "s1"}


def test_when_nothing_fits_the_smallest_largest_load_is_taken_and_named(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    pieces = district("Aa Ab Ac Ad Ae", Aa=30, Ab=30, Ac=20, Ad=20, Ae=20)
    plan = place(pieces, roster("A:s1", "A:s2"), tolerance=0)
    assert line(plan)["largest"] == 60
    tight = place(district("Aa Ab Ac", Aa=50, Ab=50, Ac=50), roster("A:s1", "A:s2"), tolerance=0)
    assert line(tight)["largest"] == line(tight)["bound"] == 100
    loose = place(district("Aa Ab Ac Ad Ae", Aa=33, Ab=33, Ac=33, Ad=50, Ae=51), roster("A:s1", "A:s2"), tolerance=0)
    assert line(loose)["largest"] == line(loose)["cap"] == 101
    assert line(loose)["bound"] == 100
    assert kinds(loose) == ["load_above_tolerance"]
    assert loose.unmet[0].facts["largest"] == 101


# sharing


def test_more_deputies_than_pieces_share_where_the_load_is_heaviest(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ab", Aa=301, Ab=100), roster("A:s1", "A:s2", "A:s3"))
    assert held(plan) == {"Aa": "s1+s2", "Ab": "s3"}
    assert plan.links["households"].tolist() == [151, 150, 100]
    assert plan.links["position"].tolist() == [1, 2, 1]
    assert line(plan)["bound"] == line(plan)["largest"] == 151
    assert reason(plan, "Ab") == "placement.each_has_one"
    assert plan.links["reason_key"][0] == "placement.shared"
    assert plan.links["reason_facts"][0]["sharers"] == 2


def test_among_equal_sharings_the_nearest_deputies_share(district: Callable[..., gpd.GeoDataFrame]) -> None:
    seats = roster("A:s1", "A:s2", "A:s3", s1=(0.5, 0.5), s2=(1.6, 0.5), s3=(1.5, 0.5))
    plan = place(district("Aa Ab", Aa=100, Ab=200), seats)
    assert held(plan) == {"Aa": "s1", "Ab": "s2+s3"}


def test_a_piece_without_households_does_not_count_as_somebodys_piece(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    plan = place(district("Aa Ab Ac", Ac=0), roster("A:s1", "A:s2", "A:s3"))
    assert held(plan) == {"Aa": "s1+s2", "Ab": "s3", "Ac": "s3"}
    assert kinds(plan) == []


def test_deputies_of_a_district_without_households_are_named(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ab", Aa=0, Ab=0), roster("A:s1", "A:s2"))
    assert held(plan) == {"Aa": "s1", "Ab": "s2"}
    assert [unmet.facts["seat"] for unmet in plan.unmet] == ["s1", "s2"]
    assert kinds(plan) == ["zero_households"] * 2


# locks


def test_a_lock_holds_against_everything_and_says_why(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac Ad")
    lock = Lock("s1", "Ad", "A", "lives there")
    plan = place(pieces, roster("A:s1", "A:s2", s1=(0.0, 0.5), s2=(4.0, 0.5)), locks=[lock])
    assert held(plan) == {"Aa": "s2", "Ab": "s2", "Ac": "s1", "Ad": "s1"}
    locked = plan.links.set_index("grid").loc["Ad"]
    assert locked["reason_key"] == "placement.locked"
    assert locked["reason_facts"]["reason"] == "lives there"


def test_two_deputies_locked_on_one_piece_share_it_and_are_named(district: Callable[..., gpd.GeoDataFrame]) -> None:
    locks = [Lock("s2", "Aa", "A", "x"), Lock("s1", "Aa", "A", "y")]
    plan = place(district("Aa Ab"), roster("A:s1", "A:s2"), locks=locks)
    assert held(plan)["Aa"] == "s1+s2"
    assert kinds(plan) == ["load_above_tolerance", "lock_conflict"]
    assert plan.unmet[1].facts["names"] == "s1, s2"


def test_locks_that_name_nobody_or_nowhere_or_elsewhere_are_named(district: Callable[..., gpd.GeoDataFrame]) -> None:
    locks = [Lock("s9", "Aa", "A", ""), Lock("s1", "Zz", "A", ""), Lock("s1", "Bb", "B", "")]
    plan = place(district("Aa Bb"), roster("A:s1", "B:s2"), locks=locks)
    assert [(unmet.kind, unmet.district) for unmet in plan.unmet] == [
        ("lock_unknown", "A"),
        ("lock_unknown", "A"),
        ("lock_cannot_hold", "B"),
    ]
    assert held(plan) == {"Aa": "s1", "Bb": "s2"}


def test_after_a_vacancy_with_locks_only_the_pieces_of_the_one_who_left_move(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    pieces = district("Aa Ab Ac Ad\nAe Af Ag Ah", Aa=130, Ac=70, Ag=160)
    before = place(pieces, roster("A:s1", "A:s2", "A:s3"))
    left = before.links[before.links["seat"] != "s2"]
    locks = [Lock(row.seat, row.grid, row.district, "in force") for row in left.itertuples()]
    after = place(pieces, roster("A:s1", "A:s3"), current=before.links, locks=locks)
    was, now = held(before), held(after)
    assert {grid for grid in was if was[grid] != now[grid]} == {grid for grid in was if was[grid] == "s2"}
    gone = before.links[before.links["seat"] == "s2"]
    assert line(after)["moved"] == gone["households"].sum()


def test_a_deputy_who_comes_while_everything_is_locked_joins_a_piece(district: Callable[..., gpd.GeoDataFrame]) -> None:
    locks = [Lock("s1", "Aa", "A", ""), Lock("s2", "Ab", "A", "")]
    plan = place(district("Aa Ab", Ab=300), roster("A:s1", "A:s2", "A:s3"), locks=locks)
    assert held(plan) == {"Aa": "s1", "Ab": "s2+s3"}


# what cannot be met


def test_districts_without_seats_and_seats_without_districts_are_named_with_numbers(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    seats = roster("B:s1", "C:s2", "C:s3", ":s4")
    plan = place(district("Aa Ab Ba", Aa=40), seats)
    assert plan.unmet == (
        Unmet(kind="seat_without_district", district="", facts={"seat": "s4"}),
        Unmet(kind="district_without_seat", district="A", facts={"pieces": 2, "households": 140}),
        Unmet(kind="district_without_piece", district="C", facts={"seats": 2, "names": "s2, s3"}),
    )
    assert line(plan, "A")["seats"] == 0
    assert held(plan) == {"Ba": "s1"}


def test_a_search_that_is_cut_short_still_answers_and_says_so(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa Ab Ac Ad\nAe Af Ag Ah", Aa=130, Ac=70, Ag=161, Ah=33)
    plan = place(pieces, roster("A:s1", "A:s2", "A:s3"), node_limit=1)
    assert not line(plan)["proven"]
    assert kinds(plan)[-1] == "not_proven"
    assert set(plan.links["grid"]) == set(pieces["grid"])
    shared = place(district("Aa Ab", Ab=300), roster("A:s1", "A:s2", "A:s3"), node_limit=1)
    assert set(shared.links["seat"]) == {"s1", "s2", "s3"}
    assert "not_proven" in kinds(shared)


def test_a_district_of_many_hundred_pieces_is_answered_too(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district(" ".join(f"A{number:04}" for number in range(1_100)))
    alone = place(pieces, roster("A:s1"))
    assert line(alone)["proven"]
    few = place(pieces.iloc[:310], roster("A:s1", "A:s2"))
    assert not line(few)["proven"]
    assert line(few)["largest"] <= line(few)["cap"]


def test_papers_that_break_the_contract_are_refused(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces, seats = district("Aa Ab"), roster("A:s1")
    twice = pd.concat([pieces, pieces], ignore_index=True)
    with pytest.raises(ValueError, match="Aa in A"):
        place(twice, seats)
    with pytest.raises(ValueError, match="s1 is given twice"):
        place(pieces, pd.concat([seats, seats]))
    with pytest.raises(ValueError, match="longitude and latitude"):
        place(pieces.to_crs("EPSG:32649"), seats)
    with pytest.raises(ValueError, match="lack the columns district"):
        place(pieces.drop(columns="district"), seats)
    with pytest.raises(ValueError, match="whole number"):
        place(pieces.assign(households=[1.5, -1]), seats)
    with pytest.raises(ValueError, match="does not exist"):
        place(pieces.assign(joined=["Zz", None]), seats)
    with pytest.raises(ValueError, match="tolerance"):
        place(pieces, seats, tolerance=-0.1)


def test_no_pieces_and_no_seats_make_an_empty_plan(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa").iloc[:0], roster())
    assert len(plan.links) == len(plan.leads) == len(plan.districts) == len(plan.unmet) == 0


# slivers and leads


def test_a_sliver_answers_through_its_piece_and_joins_its_territory(district: Callable[..., gpd.GeoDataFrame]) -> None:
    pieces = district("Aa As Ab", As=0).assign(joined=[None, "Aa", None], share=[1.0, 0.01, 1.0])
    plan = place(pieces, roster("A:s1"))
    assert held(plan) == {"Aa": "s1", "Ab": "s1"}
    assert line(plan)["forced_broken"] == 0
    assert plan.leads.set_index("grid").loc["As", "seat"] == "s1"


def test_the_lead_answers_for_most_households_of_the_grid_and_ties_go_to_the_lower_code(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    pieces = district("Aa Ba Bb Cb", Aa=100, Ba=150, Bb=60, Cb=60)
    pieces["grid"] = ["g1", "g1", "g2", "g2"]
    plan = place(pieces, roster("A:s1", "B:s2", "C:s0"))
    leads = plan.leads.set_index("grid")
    assert leads["seat"].to_dict() == {"g1": "s2", "g2": "s0"}
    assert leads["reason_key"].to_dict() == {"g1": "placement.lead_most", "g2": "placement.lead_equal"}
    assert leads.loc["g1", "reason_facts"] == {
        "grid": "g1",
        "seat": "s2",
        "households": 150,
        "total": 250,
        "seats": 2,
        "others": "s1",
    }


def test_the_reason_holds_the_numbers_a_clerk_reads_aloud(district: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(district("Aa Ab Ac Ad", Aa=212, Ab=200, Ac=196, Ad=200), roster("A:s1", "A:s2"))
    facts = plan.links.set_index("grid").loc["Ab", "reason_facts"]
    assert facts["own"] == "1, 2"
    assert {name: facts[name] for name in ("seats", "pieces", "piece", "load", "largest", "bound", "gap", "parts")} == {
        "seats": 2,
        "pieces": 4,
        "piece": 2,
        "load": 412,
        "largest": 412,
        "bound": 404,
        "gap": 2,
        "parts": 1,
    }


def test_every_reason_and_everything_unmet_can_be_said_in_both_languages(
    district: Callable[..., gpd.GeoDataFrame],
) -> None:
    locks = [Lock("s1", "Ad", "A", "lives there"), Lock("s9", "Aa", "A", ""), Lock("s2", "Aa", "A", "")]
    here = {"s1": (0.0, 0.5), "s2": (4.0, 0.5)}
    row, wide = district("Aa Ab Ac Ad . Ba Bb", Aa=110, Ac=90), roster("A:s1", "A:s2", "C:s4", ":s5", **here)
    plans = [
        place(row, wide),
        place(row, wide, locks=locks),
        place(row, wide, locks=[*locks, Lock("s1", "Aa", "A", ""), Lock("s1", "Ba", "B", "")]),
        place(row, roster("A:s1", "A:s2", "B:s3"), node_limit=1),
        place(district("Aa Ab", Ab=0), roster("A:s1", "A:s2", "A:s3")),
        place(district("Aa Ab", Aa=0, Ab=0), roster("A:s1", "A:s2")),
        place(row.assign(grid=["g1", "g1", "g2", "g3", "g1", "g3"], district=list("ABABCD")), roster("A:s1", "B:s2")),
        place(district("Aa Ab Ac", Aa=100, Ab=200, Ac=100), roster("A:s1", "A:s2"), tolerance=0),
    ]
    for lang in ("zh", "en"):
        for plan in plans:
            for frame in (plan.links, plan.leads):
                for key, facts in zip(frame["reason_key"], frame["reason_facts"], strict=True):
                    assert "{" not in say(key, lang, **facts)
            for unmet in plan.unmet:
                key = f"placement.unmet.{unmet.kind}"
                assert "{" not in say(key, lang, district=unmet.district, **unmet.facts)
    assert {kind for plan in plans for kind in kinds(plan)} >= {
        "district_without_piece",
        "district_without_seat",
        "lock_cannot_hold",
        "lock_conflict",
        "lock_unknown",
        "seat_without_district",
        "zero_households",
    }


# deputies elected by a congress


def test_a_proposal_takes_the_least_loaded_grid_of_the_town_and_counts_it() -> None:
    grids = pd.DataFrame(
        {"grid": ["g1", "g2", "g3", "g4"], "town": ["t1", "t1", "t1", "t2"], "households": [50, 90, 90, 10]}
    )
    loads = pd.Series({"g2": 1})
    seats = pd.DataFrame({"seat": ["p3", "p1", "p2", "p4", "p5"], "town": ["t1", "t1", "t1", "t9", None]})
    found = propose(grids, loads, seats).set_index("seat")
    assert found["grid"].to_dict() == {"p1": "g3", "p2": "g1", "p3": "g2", "p4": "g4", "p5": "g3"}
    assert found["reason_key"].to_dict() == {
        "p1": "placement.proposed_town",
        "p2": "placement.proposed_town",
        "p3": "placement.proposed_town",
        "p4": "placement.proposed_town_without_grid",
        "p5": "placement.proposed_county",
    }
    assert found.loc["p1", "reason_facts"] == {
        "seat": "p1",
        "town": "t1",
        "grid": "g3",
        "load": 0,
        "households": 90,
        "grids": 3,
    }


def test_a_proposal_without_any_grid_is_refused() -> None:
    grids = pd.DataFrame({"grid": [], "town": [], "households": []})
    with pytest.raises(ValueError, match="no grid"):
        propose(grids, pd.Series(dtype=int), pd.DataFrame({"seat": ["p1"], "town": ["t1"]}))


# the bound


@given(st.lists(st.integers(0, 40), max_size=6), st.integers(1, 3))
def test_no_division_is_better_than_the_bound(households: list[int], k: int) -> None:
    people = [count for count in households if count]
    if len(people) >= k:
        best = min(
            max(sum(c for c, s in zip(people, choice, strict=True) if s == seat) for seat in range(k))
            for choice in product(range(k), repeat=len(people))
        )
        assert lower_bound(households, k) <= best
        return
    ways = (m for m in product(range(1, k + 1), repeat=len(people)) if sum(m) == k)
    shares = (max(-(-count // many) for count, many in zip(people, m, strict=True)) for m in ways)
    assert lower_bound(households, k) == min(shares, default=0)


def test_the_bound_refuses_nobody_and_negative_households() -> None:
    with pytest.raises(ValueError, match="at least one deputy"):
        lower_bound([1], 0)
    with pytest.raises(ValueError, match="negative"):
        lower_bound([-1], 1)


# small districts against trying everything


class Draft:
    """A small district drawn at random on a lattice of two rows of four cells."""

    def __init__(
        self, cells: Sequence[tuple[int, int]], households: Sequence[int], places: Sequence[tuple[int, int]]
    ) -> None:
        self.cells, self.households, self.places = list(cells), list(households), list(places)
        self.grids = [f"g{i}" for i in range(len(self.cells))]
        self.seats = [f"s{i}" for i in range(len(self.places))]

    def pieces(self) -> gpd.GeoDataFrame:
        boxes = [
            shapely.box(WEST + e * SIDE, SOUTH + n * SIDE, WEST + (e + 1) * SIDE, SOUTH + (n + 1) * SIDE)
            for n, e in self.cells
        ]
        columns = {"grid": self.grids, "district": "A", "households": self.households}
        return gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326")

    def roster(self) -> pd.DataFrame:
        lon = [WEST + e * SIDE for _, e in self.places]
        lat = [SOUTH + n * SIDE for n, _ in self.places]
        return pd.DataFrame({"seat": self.seats, "district": "A", "lon": lon, "lat": lat})

    def metres(self) -> list[list[int]]:
        pieces = self.pieces().to_crs("EPSG:32649")
        there = gpd.GeoSeries(gpd.points_from_xy(self.roster()["lon"], self.roster()["lat"]), crs="EPSG:4326")
        there = there.to_crs("EPSG:32649")
        return [[round(middle.distance(spot)) for spot in there] for middle in pieces.geometry.centroid]

    def parts(self, mine: Iterable[int]) -> int:
        left, parts = {self.cells[i] for i in mine}, 0
        while left:
            parts, wave = parts + 1, [left.pop()]
            while wave:
                north, east = wave.pop()
                for cell in ((north + 1, east), (north - 1, east), (north, east + 1), (north, east - 1)):
                    if cell in left:
                        left.remove(cell)
                        wave.append(cell)
        return parts

    def every_division(self) -> Iterator[tuple[int, ...]]:
        inhabited = {i for i, count in enumerate(self.households) if count} or set(range(len(self.cells)))
        for choice in product(range(len(self.seats)), repeat=len(self.cells)):
            if {choice[i] for i in inhabited} == set(range(len(self.seats))):
                yield choice


@st.composite
def drafts(draw: st.DrawFn, least: int = 3, most: int = 7) -> Draft:
    cells = draw(st.lists(st.sampled_from(CELLS), min_size=least, max_size=most, unique=True))
    size = st.one_of(st.integers(1, 9), st.integers(0, 60), st.just(20))
    households = [draw(size) for _ in cells]
    inhabited = sum(1 for count in households if count) or len(cells)
    k = draw(st.integers(1, min(3, inhabited)))
    places = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=k, max_size=k))
    return Draft(cells, households, places)


def best_by_trying(
    draft: Draft, current: Sequence[int], locked: Mapping[int, int], tenths: int
) -> tuple[int, int, int, int, list[int]]:
    """Try every division: (broken, moved, largest, distance, seats of the pieces from the heaviest down)."""
    k, count = len(draft.seats), len(draft.cells)
    order = sorted(range(count), key=lambda i: (-draft.households[i], draft.grids[i]))
    forced = max(0, draft.parts(range(count)) - k)
    metres = draft.metres()
    divisions = [c for c in draft.every_division() if all(c[i] == s for i, s in locked.items())]

    def largest(choice: tuple[int, ...]) -> int:
        return max(sum(draft.households[i] for i in range(count) if choice[i] == seat) for seat in range(k))

    wanted = lower_bound(draft.households, k) * (10 + tenths) // 10
    cap = max(wanted, min(map(largest, divisions)))

    def measure(choice: tuple[int, ...]) -> tuple[int, int, int, int, list[int]]:
        parts = sum(draft.parts([i for i in range(count) if choice[i] == seat]) - 1 for seat in range(k))
        moved = sum(draft.households[i] for i in range(count) if current and choice[i] != current[i])
        distance = sum(draft.households[i] * metres[i][choice[i]] for i in range(count))
        return max(0, parts - forced), moved, largest(choice), distance, [choice[i] for i in order]

    return min(measure(choice) for choice in divisions if largest(choice) <= cap)


@settings(max_examples=60, deadline=None)
@given(drafts(), st.data(), st.integers(0, 3))
def test_no_division_of_a_small_district_is_better(draft: Draft, data: st.DataObject, tenths: int) -> None:
    k, count = len(draft.seats), len(draft.cells)
    any_seat = st.integers(0, k - 1)
    current = data.draw(st.one_of(st.just([]), st.lists(any_seat, min_size=count, max_size=count)))
    inhabited = sum(1 for households in draft.households if households) or count
    lockable = range(inhabited - k) if inhabited > k else range(0)
    locked = {i: data.draw(any_seat) for i in lockable if data.draw(st.booleans())}
    while sum(1 for i in range(count) if i not in locked and draft.households[i]) < k and any(draft.households):
        locked.pop(next(iter(locked)), None)
    plan = place(
        draft.pieces(),
        draft.roster(),
        current=pd.DataFrame({"seat": [f"s{s}" for s in current], "grid": draft.grids, "district": "A"})
        if current
        else None,
        locks=[Lock(f"s{seat}", draft.grids[i], "A", "") for i, seat in locked.items()],
        tolerance=tenths / 10,
        keeping=None,
    )
    expected = best_by_trying(draft, current, locked, tenths)
    found, by_grid = line(plan), held(plan)
    order = sorted(range(count), key=lambda i: (-draft.households[i], draft.grids[i]))
    assert found["proven"]
    assert (found["broken"], found["moved"], found["largest"], found["distance"]) == expected[:4]
    assert [int(by_grid[draft.grids[i]][1:]) for i in order] == expected[4]
    assert found["largest"] <= max(floor(found["bound"] * (10 + tenths) / 10), found["cap"])


@settings(max_examples=60, deadline=None)
@given(drafts(least=1, most=4), st.integers(1, 3), st.integers(0, 3), st.data())
def test_no_sharing_of_a_small_district_is_better(draft: Draft, more: int, tenths: int, data: st.DataObject) -> None:
    count = len(draft.cells)
    draft.households = [max(1, draft.households[0]), *draft.households[1:]]
    inhabited = [i for i in range(count) if draft.households[i]]
    bare = [i for i in range(count) if not draft.households[i]]
    k = min(5, len(inhabited) + more)
    draft.places = [data.draw(st.tuples(st.integers(0, 2), st.integers(0, 4))) for _ in range(k)]
    draft.seats = [f"s{i}" for i in range(k)]
    current = data.draw(st.lists(st.tuples(st.integers(0, k), st.integers(0, count - 1)), max_size=5, unique=True))
    frame = pd.DataFrame(current, columns=["seat", "piece"])
    before = pd.DataFrame(
        {"seat": "s" + frame["seat"].astype(str), "grid": "g" + frame["piece"].astype(str), "district": "A"}
    )
    plan = place(draft.pieces(), draft.roster(), current=before, tolerance=tenths / 10, keeping=None)
    metres = draft.metres()
    order = sorted(range(count), key=lambda i: (-draft.households[i], draft.grids[i]))
    forced = max(0, draft.parts(range(count)) - k)
    had = [{seat for seat, piece in current if piece == i} for i in range(count)]
    bound = max_of_best_shares([draft.households[i] for i in inhabited], k)

    def measure(taken: tuple[int, ...], given: tuple[int, ...]) -> tuple[object, ...]:
        mine = [{taken[seat]} | {i for i, who in zip(bare, given, strict=True) if who == seat} for seat in range(k)]
        have = [{seat for seat in range(k) if i in mine[seat]} for i in range(count)]
        share = [Fraction(draft.households[i], len(have[i])) for i in range(count)]
        moved = sum(
            draft.households[i] - len(have[i] & had[i]) * min(share[i], Fraction(draft.households[i], len(had[i])))
            for i in range(count)
            if had[i]
        )
        broken = max(0, sum(draft.parts(pieces) - 1 for pieces in mine) - forced)
        distance = sum(share[i] * metres[i][seat] for seat in range(k) for i in mine[seat])
        by_bare = [given[bare.index(i)] for i in order if i in bare]
        return broken, moved, max(share), distance, [order.index(i) for i in taken], by_bare, mine

    best = min(
        found
        for taken in product(inhabited, repeat=k)
        for given in product(range(k), repeat=len(bare))
        if set(taken) == set(inhabited)
        for found in [measure(taken, given)]
        if found[2] <= bound * (10 + tenths) / 10
    )
    pairs = {(f"s{seat}", draft.grids[i]) for seat in range(k) for i in best[6][seat]}
    assert set(zip(plan.links["seat"], plan.links["grid"], strict=True)) == pairs
    assert line(plan)["broken"] == best[0]
    assert line(plan)["proven"]


def max_of_best_shares(sizes: Sequence[int], k: int) -> Fraction:
    ways = (many for many in product(range(1, k + 1), repeat=len(sizes)) if sum(many) == k)
    return min(max(Fraction(size, count) for size, count in zip(sizes, many, strict=True)) for many in ways)


@settings(max_examples=25, deadline=None)
@given(drafts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(draft: Draft, chance: object) -> None:
    shuffle = chance.shuffle  # type: ignore[attr-defined]
    rows, seats = list(range(len(draft.cells))), list(range(len(draft.seats)))
    shuffle(rows)
    shuffle(seats)
    pieces, roster = draft.pieces(), draft.roster()
    assert plain(place(pieces, roster)) == plain(place(pieces.iloc[rows], roster.iloc[seats]))


@settings(max_examples=40, deadline=None)
@given(drafts(), st.integers(1, 5), st.integers(2, 7))
def test_doubling_all_households_changes_nobodys_piece(draft: Draft, k: int, times: int) -> None:
    draft.places = [(n % 3, n % 5) for n in range(k)]
    draft.seats = [f"s{i}" for i in range(k)]
    pieces, roster = draft.pieces(), draft.roster()
    once = place(pieces, roster)
    twice = place(pieces.assign(households=pieces["households"] * times), roster)
    assert once.links[["seat", "grid", "position"]].equals(twice.links[["seat", "grid", "position"]])
    assert once.links["reason_key"].equals(twice.links["reason_key"])
    assert once.leads[["grid", "seat"]].equals(twice.leads[["grid", "seat"]])
    assert line(once)["broken"] == line(twice)["broken"]
