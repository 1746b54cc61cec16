"""A plan in force is kept while it stands, and moved as little as can be where it does not."""

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import pytest

from gridmap.placement import Lock, Plan, place

City = Callable[..., gpd.GeoDataFrame]


@pytest.fixture
def row(city: City) -> Callable[..., gpd.GeoDataFrame]:
    """Draw the pieces of district A from west to east."""

    def drawn(**households: int) -> gpd.GeoDataFrame:
        return city(" ".join(households), households).rename(columns={"code": "grid"}).assign(district="A")

    return drawn


def seats(*codes: str) -> pd.DataFrame:
    return pd.DataFrame({"seat": codes, "district": "A"})


def now(**holders: str) -> pd.DataFrame:
    return pd.DataFrame({"seat": holders.values(), "grid": holders.keys(), "district": "A"})


def held(plan: Plan) -> dict[str, str]:
    return plan.links.groupby("grid")["seat"].agg("+".join).to_dict()


def line(plan: Plan) -> dict[str, object]:
    return {str(name): value for name, value in plan.districts.iloc[0].to_dict().items()}


def test_a_plan_in_force_within_a_seventh_of_the_bound_is_kept_as_it_stands(
    row: Callable[..., gpd.GeoDataFrame],
) -> None:
    current = now(a="s1", b="s1", c="s2", d="s2")
    plan = place(row(a=112, b=112, c=88, d=88), seats("s1", "s2"), current=current)
    assert held(plan) == {"a": "s1", "b": "s1", "c": "s2", "d": "s2"}
    assert (line(plan)["kept"], line(plan)["moved"], line(plan)["gap"]) == (True, 0, 12)
    assert set(plan.links["reason_key"]) <= {"placement.kept", "placement.connected", "placement.balanced"}
    assert plan.unmet == ()


def test_a_plan_in_force_beyond_that_is_divided_anew_with_the_fewest_moves(
    row: Callable[..., gpd.GeoDataFrame],
) -> None:
    current = now(a="s1", b="s1", c="s1", d="s2")
    plan = place(row(a=100, b=100, c=100, d=100), seats("s1", "s2"), current=current)
    assert held(plan) == {"a": "s1", "b": "s1", "c": "s2", "d": "s2"}
    assert (line(plan)["kept"], line(plan)["moved"]) == (False, 100)


def test_a_plan_in_force_is_kept_though_its_territory_is_broken(row: Callable[..., gpd.GeoDataFrame]) -> None:
    current = now(a="s1", b="s2", c="s1", d="s2")
    ground = row(a=100, b=100, c=100, d=100)
    assert held(place(ground, seats("s1", "s2"), current=current)) == {"a": "s1", "b": "s2", "c": "s1", "d": "s2"}
    afresh = place(ground, seats("s1", "s2"), current=current, keeping=None)
    assert line(afresh)["broken"] == 0


def test_a_plan_in_force_does_not_stand_when_somebody_came_or_left_or_a_lock_says_otherwise(
    row: Callable[..., gpd.GeoDataFrame],
) -> None:
    ground, current = row(a=100, b=100, c=100, d=100), now(a="s1", b="s1", c="s2", d="s2")
    came = place(ground, seats("s1", "s2", "s3"), current=current)
    left = place(ground, seats("s1", "s3"), current=current)
    told = place(ground, seats("s1", "s2"), current=current, locks=[Lock("s2", "a", "A", "lives there")])
    assert [line(plan)["kept"] for plan in (came, left, told)] == [False] * 3
    assert set(came.links["seat"]) == {"s1", "s2", "s3"}
    assert held(left) == {"a": "s1", "b": "s1", "c": "s3", "d": "s3"}
    assert held(told)["a"] == "s2"


def test_a_plan_in_force_that_leaves_somebody_without_households_does_not_stand(
    row: Callable[..., gpd.GeoDataFrame],
) -> None:
    plan = place(row(a=100, b=10, c=0), seats("s1", "s2"), current=now(a="s1", b="s1", c="s2"))
    assert held(plan)["b"] == "s2"


def test_sharers_in_force_are_kept_too(row: Callable[..., gpd.GeoDataFrame]) -> None:
    current = pd.DataFrame({"seat": ["s1", "s3", "s2"], "grid": ["a", "a", "b"], "district": "A"})
    plan = place(row(a=210, b=100), seats("s1", "s2", "s3"), current=current)
    assert held(plan) == {"a": "s1+s3", "b": "s2"}
    assert line(plan)["kept"]


def test_the_larger_tolerance_counts_where_a_plan_is_in_force(row: Callable[..., gpd.GeoDataFrame]) -> None:
    current, ground = now(a="s1", b="s1", c="s2", d="s2"), row(a=125, b=125, c=75, d=75)
    assert not line(place(ground, seats("s1", "s2"), current=current))["kept"]
    assert line(place(ground, seats("s1", "s2"), current=current, tolerance=0.3))["kept"]
    with pytest.raises(ValueError, match="tolerance"):
        place(ground, seats("s1", "s2"), current=current, keeping=-0.1)


def test_the_objective_and_the_gap_of_each_district_are_written_out(row: Callable[..., gpd.GeoDataFrame]) -> None:
    plan = place(row(a=100, b=100, c=100), seats("s1", "s2"))
    assert plan.districts.columns.tolist()[:8] == [
        *("district", "seats", "pieces", "households", "largest", "bound", "gap", "cap")
    ]
    assert (line(plan)["gap"], line(plan)["objective"]) == (0, "(0, 0, 200, 0)")
    assert place(row(a=100), seats()).districts.iloc[0]["objective"] == ""
