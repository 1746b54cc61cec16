"""A plan is compared, approved and switched; every past day keeps its answer; the law is checked beside it."""

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import select, update

from congress.quotas import quota
from data.tables import Area, District, Generation, InForce, LinkRow, Seat
from services.activation import activate_plan
from services.atlas import Atlases
from services.errors import BadRequestError, NotFoundError
from services.gains import gains
from services.instance import change_setting
from services.law import Finding, check_law
from services.lineage import changed_only, lineage
from services.placing import propose_plan
from services.seats import end_seat
from services.verify import verify

DAY = dt.date.fromisoformat
SECOND = "第一届·图层二"


def repaired(county: Any) -> int:
    """End the seat T2 and put the repaired plan in force."""
    with county.store.unit() as unit:
        end_seat(unit, county.act(), seat="T2", kind="resigned", on=DAY("2026-03-10"), decision="决定")
    plan: int = county.place("2026-03-10", repair=True)
    return plan


def findings(county: Any) -> tuple[Finding, ...]:
    with county.store.reading() as unit:
        return check_law(unit, unit.scalars(select(Generation)).one())


def breaches(county: Any) -> list[tuple[str, str]]:
    return [(row.key, str(row.facts.get("district", ""))) for row in findings(county) if row.breach]


def people(county: Any, **population: int) -> None:
    """Say how many people live in electoral districts."""
    with county.store.unit() as unit:
        for code, number in population.items():
            unit.execute(update(District).where(District.code == code).values(population=number))


# Gains


def test_a_plan_compared_with_itself_has_no_gains(county: Any) -> None:
    with county.store.reading() as unit:
        assert gains(unit, plan=1, against=1) == ()


def test_what_one_loses_others_gain(county: Any) -> None:
    plan = repaired(county)
    with county.store.reading() as unit:
        rows = gains(unit, plan=plan, against=1)
    assert sum(row.delta for row in rows) == 0
    leaver, follower = rows
    assert (leaver.name, leaver.after, leaver.gained) == ("甲07", 0, ())
    assert (follower.name, follower.lost) == ("甲08", ())
    assert set(follower.gained) <= set(leaver.lost)


def test_gains_hold_the_households_of_the_links(county: Any) -> None:
    plan = repaired(county)
    with county.store.reading() as unit:
        for row in gains(unit, plan=plan, against=1):
            query = select(LinkRow.households).join(Seat).where(
                LinkRow.plan_id == plan, Seat.person_id == row.person, Seat.level == row.level
            )  # fmt: skip
            assert sum(unit.scalars(query)) == row.after


# Switching and the answers of past days


def test_a_retired_plan_is_put_back_and_every_past_day_keeps_its_answer(county: Any) -> None:
    plan = repaired(county)
    with county.store.unit() as unit:
        activate_plan(unit, county.act("2026-03-20"), plan=1)
    atlases = Atlases(county.store)
    days = ("2026-02-01", "2026-03-09", "2026-03-10", "2026-03-19", "2026-03-20", "2030-12-31")
    assert [atlases.on(DAY(day)).plan for day in days] == [1, 1, plan, plan, 1, 1]


def test_a_plan_put_back_does_not_bring_back_who_left(county: Any) -> None:
    repaired(county)
    with county.store.unit() as unit:
        activate_plan(unit, county.act("2026-03-20"), plan=1)
    atlas = Atlases(county.store).on(DAY("2026-03-20"))
    assert "T2" not in atlas.holders
    assert not atlas.by_seat.get("T2")


def test_the_days_of_plans_neither_overlap_nor_gape(county: Any) -> None:
    repaired(county)
    county.place("2026-04-01")
    with county.store.unit() as unit:
        activate_plan(unit, county.act("2026-05-01"), plan=1)
    with county.store.reading() as unit:
        rows = list(unit.scalars(select(InForce).order_by(InForce.valid_from)))
    assert [row.valid_to for row in rows] == [*(row.valid_from for row in rows[1:]), None]


def test_before_the_first_plan_nothing_answers(county: Any) -> None:
    with pytest.raises(NotFoundError, match="nothing_in_force"):
        Atlases(county.store).on(DAY("2026-01-31"))


def test_what_is_proposed_only_changes_no_answer(county: Any) -> None:
    atlases = Atlases(county.store)
    before = atlases.on(DAY("2026-06-01"))
    with county.store.unit() as unit:
        propose_plan(unit, county.act())
    assert atlases.on(DAY("2026-06-01")).plan == before.plan
    with county.store.reading() as unit:
        assert verify(unit).faults == ()


# Lineage


def second(county: Any, grids: gpd.GeoDataFrame) -> None:
    for name in ("areas", "county", "town"):
        county.bring(name, generation=SECOND)
    county.bring("grids", grids, generation=SECOND)


def of(frame: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    return [(row.old, row.new, round(row.of_old, 3), round(row.of_new, 3)) for row in frame.itertuples(index=False)]


def test_grids_that_stay_are_their_own_successors(county: Any) -> None:
    second(county, county.files["grids"][2])
    with county.store.reading() as unit:
        found = lineage(unit, before=county.generation, after=SECOND)
    assert of(found) == [(f"G{n}", f"G{n}", 1.0, 1.0) for n in range(1, 9)]
    assert len(changed_only(found)) == 0


def test_a_grid_that_is_cut_has_two_successors_and_they_one_predecessor(county: Any) -> None:
    grids = county.files["grids"][2]
    west = {"name": "西片", "village": "440784001001", "households": 60}
    east = {**west, "name": "东片", "households": 40}
    cut = county.layer({"G1a": (county.box(0, 0, 3, 4), west), "G1b": (county.box(3, 0, 4, 4), east)})
    second(county, gpd.GeoDataFrame(pd.concat([grids[grids["code"] != "G1"], cut]), crs=grids.crs))
    with county.store.reading() as unit:
        found = lineage(unit, before=county.generation, after=SECOND)
    assert of(changed_only(found)) == [("G1", "G1a", 0.75, 1.0), ("G1", "G1b", 0.25, 1.0)]


def test_an_unknown_generation_or_layer_is_refused(swift: Any) -> None:
    with swift.store.reading() as unit:
        with pytest.raises(NotFoundError, match="no_such_generation"):
            lineage(unit, before=swift.generation, after="没有")
        with pytest.raises(BadRequestError, match="no_such_layer"):
            lineage(unit, before=swift.generation, after=swift.generation, of="stations")


# Law


@pytest.mark.parametrize(
    ("layer", "population", "bounds"),
    [
        ("county", 530_000, (140, 246)), ("county", 50_000, (140, 150)), ("county", 49_999, (1, 149)),
        ("county", 1_550_000, (140, 450)), ("county", 3_000_000, (140, 450)), ("town", 30_000, (45, 65)),
        ("town", 1_999, (1, 46)), ("town", 172_500, (45, 160)), ("town", 400_000, (45, 160)),
    ],
)  # fmt: skip
def test_the_quota_is_the_formula_of_the_law(layer: str, population: int, bounds: tuple[int, int]) -> None:
    assert quota(layer, population) == bounds


def test_districts_of_equal_weight_with_one_to_three_seats_are_no_breach(county: Any) -> None:
    people(county, X1=2000, X2=1000, X3=2000)
    keys = {row.key for row in findings(county) if row.facts["layer"] == "county"}
    assert {"law.seats.kept", "law.weight.span"} <= keys
    assert not [row for row in breaches(county) if row[1].startswith("X")]


def test_a_district_that_weighs_too_much_or_too_little_is_named_with_its_numbers(county: Any) -> None:
    people(county, X1=2000, X2=1000, X3=4000)
    apart = [row for row in findings(county) if row.key in ("law.weight.outside", "law.weight.below") and row.breach]
    by_code = {row.facts["district"]: row for row in apart if row.facts["layer"] == "county"}
    assert set(by_code) == {"X3"}
    assert by_code["X3"].key == "law.weight.outside"
    assert by_code["X3"].facts["mean"] == 1400
    assert by_code["X3"].facts["per_seat"] == 2000
    assert by_code["X3"].facts["apart"] == "42.9%"
    assert by_code["X3"].facts["assumed_key"] == "law.assumed"
    assert by_code["X3"].facts["basis_key"] == "law.basis.population"


def test_the_threshold_is_a_setting(county: Any) -> None:
    people(county, X1=2000, X2=1000, X3=4000)
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "law.population_deviation", 0.5)
    assert not [row for row in breaches(county) if row[1].startswith("X")]


def test_without_population_households_are_compared_and_it_is_said(county: Any) -> None:
    spans = {row.facts["layer"]: row for row in findings(county) if row.key == "law.weight.span"}
    assert spans["county"].facts["basis_key"] == "law.basis.households"
    (left_out,) = [row for row in findings(county) if row.key == "law.weight.left_out"]
    assert (left_out.facts["layer"], left_out.facts["districts"]) == ("county", 1)


def test_a_district_with_four_seats_is_named(county: Any) -> None:
    with county.store.unit() as unit:
        unit.execute(update(District).where(District.code == "X3").values(seats=4))
    assert ("law.seats.outside", "X3") in breaches(county)


def test_seats_are_held_against_the_quota_of_each_congress(county: Any) -> None:
    with county.store.unit() as unit:
        unit.execute(update(Area).where(Area.code == "440784").values(population=530_000))
        unit.execute(update(Area).where(Area.code == "440784001").values(population=1_900))
    found = {(row.facts["layer"], row.facts["congress"]): row for row in findings(county) if "quota" in row.key}
    assert found["county", "画县"].key == "law.quota.below"  # 6 seats where 140 to 246 are due
    assert (found["county", "画县"].facts["low"], found["county", "画县"].facts["high"]) == (140, 246)
    assert found["town", "西镇"].key == "law.quota.kept"  # below 2,000 people fewer than 45 will do
    assert found["town", "东镇"].key == "law.quota.unknown"


def test_every_congress_is_checked_three_times(county: Any) -> None:
    checked = {(row.facts["layer"], row.facts["congress"], row.key.split(".")[1]) for row in findings(county)}
    bodies = {("county", "画县"), ("town", "西镇"), ("town", "东镇")}
    assert checked == {(*body, check) for body in bodies for check in ("seats", "weight", "quota")}
