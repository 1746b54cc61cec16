"""Placing: everybody has a place in their own district, plans pass through their states, old days keep old plans."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from data.messages import say
from data.tables import AuditRow, Generation, Grid, InForce, LeadRow, LinkRow, Piece, PlanRow, Seat, StationLinkRow
from services.activation import activate_generation, activate_plan, approve_plan
from services.atlas import Atlases
from services.coverage import coverage
from services.errors import ConflictError, NotFoundError
from services.instance import change_setting
from services.placing import propose_plan
from services.plans import compare_generations, list_generations, plan_difference, plan_table, show_plan
from services.verify import verify

County = Any
Link = tuple[str, str, str, str]


def links(county: County, plan: int, *bases: str) -> set[Link]:
    """Give the links of a plan as (seat, layer, grid, district)."""
    query = (
        select(Seat.code, LinkRow.layer, LinkRow.grid_code, LinkRow.district_code)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan, LinkRow.basis.in_(bases or ("district", "work_unit", "decision", "proposal")))
    )
    with county.store.reading() as unit:
        return {tuple(row) for row in unit.execute(query)}


def in_force(county: County) -> int:
    with county.store.reading() as unit:
        return int(unit.scalars(select(PlanRow.id).where(PlanRow.state == "in_force")).one())


def leave(county: County, code: str, day: str) -> None:
    """Let a seat end on a day, the way a new roster says it."""
    seats = county.files["seats"][2].assign(to="")
    seats.loc[seats["code"] == code, "to"] = day
    assert county.bring("seats", seats).changed == 1


def test_everybody_is_placed_and_every_grid_has_a_deputy(empty: County) -> None:
    empty.load()
    with empty.store.unit() as unit:
        placed = propose_plan(unit, empty.act())
    assert (placed.people, placed.people_placed) == (14, 14)
    assert (placed.seats, placed.seats_placed) == (15, 15)
    assert (placed.grids, placed.grids_linked) == (8, 8)
    assert placed.districts == placed.districts_proven == 7
    assert not [unmet for unmet in placed.unmet if unmet["kind"] != "load_above_tolerance"]


def test_each_link_is_in_the_seats_own_district_and_each_piece_has_one(county: County) -> None:
    plan = in_force(county)
    with county.store.reading() as unit:
        own = dict(unit.execute(select(Seat.code, Seat.district_code)).all())
        whole = {
            tuple(row)
            for row in unit.execute(
                select(Piece.layer, Piece.grid_code, Piece.district_code).where(Piece.joined_grid_code.is_(None))
            )
        }
    found = links(county, plan, "district", "work_unit")
    assert all(own[seat] == district for seat, _, _, district in found)
    assert {link[1:] for link in links(county, plan, "district")} == whole
    assert ("C6", "county", "G8", "X9") in found


def test_districts_that_cross_grids_cut_them_into_pieces_that_keep_the_households(county: County) -> None:
    with county.store.reading() as unit:
        pieces = unit.execute(select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.households)).all()
        households = dict(unit.execute(select(Grid.code, Grid.households)).all())
    assert {(grid, district) for layer, grid, district, _ in pieces if layer == "county" and grid == "G2"} == {
        ("G2", "X1"),
        ("G2", "X2"),
    }
    through_neighbours = {"county": {}, "town": {"G3": 6, "G4": -6, "G7": 13, "G8": -13}}  # 1/64 of 400 and of 800
    for layer, moved in through_neighbours.items():
        counted = dict.fromkeys(households, 0)
        for row in pieces:
            counted[row.grid_code] += row.households if row.layer == layer else 0
        assert counted == {grid: count + moved.get(grid, 0) for grid, count in households.items()}


def test_a_sliver_answers_through_its_neighbour_in_the_same_district(county: County) -> None:
    with county.store.reading() as unit:
        joined = unit.execute(
            select(Piece.grid_code, Piece.district_code, Piece.joined_grid_code).where(
                Piece.joined_grid_code.is_not(None)
            )
        ).all()
    assert sorted(map(tuple, joined)) == [("G4", "B1", "G3"), ("G8", "B1", "G7")]
    assert not {link for link in links(county, in_force(county)) if link[2:] in (("G4", "B1"), ("G8", "B1"))}


def test_a_decision_places_a_province_deputy_and_without_one_a_grid_is_only_proposed(county: County) -> None:
    plan = in_force(county)
    assert links(county, plan, "decision") == {("V1", "province", "G2", "")}
    assert {(seat, layer) for seat, layer, _, _ in links(county, plan, "proposal")} == {
        ("V2", "province"),
        ("V3", "prefecture"),
    }
    assert {grid for _, _, grid, _ in links(county, plan, "proposal")} <= {"G3", "G4", "G7", "G8"}
    with county.store.reading() as unit:
        reason = unit.scalars(select(LinkRow.reason).where(LinkRow.basis == "decision")).one()
    assert "第1号决定" in say(reason["key"], "zh", **reason["facts"])
    assert "第1号决定" in say(reason["key"], "en", **reason["facts"])


def test_a_decision_for_a_grid_that_is_not_there_is_told_and_the_deputy_proposed_elsewhere(county: County) -> None:
    county.bring("grids", county.files["grids"][2].iloc[2:], generation="小")
    county.bring("areas", generation="小")
    county.bring("county", generation="小")
    with county.store.unit() as unit:
        placed = propose_plan(unit, county.act(), generation="小")
    assert {"layer": "province", "kind": "decided_grid_unknown", "seat": "V1", "grid": "G2"} in placed.unmet
    assert "V1" in {seat for seat, _, _, _ in links(county, placed.plan, "proposal")}


def test_the_lead_of_a_grid_answers_for_most_of_its_households(county: County) -> None:
    with county.store.reading() as unit:
        leads = unit.execute(
            select(LeadRow.layer, LeadRow.grid_code, Seat.code).join(Seat, Seat.id == LeadRow.seat_id)
        ).all()
    assert len(leads) == 16
    assert ("county", "G4", "C4") in leads or ("county", "G4", "C5") in leads
    assert ("county", "G2", "C3") in leads  # X2 has three quarters of G2
    assert ("town", "G1", "T1") in leads  # A1 has three quarters of G1


def test_stations_come_from_the_roster_then_the_towns_centre_then_nearness(county: County) -> None:
    with county.store.reading() as unit:
        found = {
            seat: (station, reason["key"])
            for seat, station, reason in unit.execute(
                select(Seat.code, StationLinkRow.station_code, StationLinkRow.reason).join(
                    Seat, Seat.id == StationLinkRow.seat_id
                )
            )
        }
    assert len(found) == 15
    assert found["C2"] == ("S2", "station.of_roster")
    assert found["C1"] == ("S1", "station.of_town")
    assert found["C6"] == ("S4", "station.nearest")


def test_reasons_name_people_and_can_be_said_in_both_languages(county: County) -> None:
    for lang in ("zh", "en"):
        with county.store.reading() as unit:
            table, synthetic = plan_table(unit, None, lang)
        assert len(table) == len(links(county, in_force(county)))
        assert not synthetic
        assert table["reason"].str.len().min() > 5
        assert not table["reason"].str.contains(r"\b[CT][1-6]\b").any()


def test_a_plan_goes_from_proposed_to_approved_to_in_force_and_no_step_is_skipped(empty: County) -> None:
    empty.load()
    act = empty.act()
    with empty.store.unit() as unit:
        plan = propose_plan(unit, act).plan
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="plan_not_approved"):
        activate_plan(unit, act, plan=plan)
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="plan_not_approved"):
        activate_generation(unit, act, name=empty.generation, plan=plan)
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="generation_without_plan"):
        activate_generation(unit, act, name=empty.generation)
    with empty.store.unit() as unit:
        approve_plan(unit, act, plan=plan, reason="会议通过")
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="plan_not_proposed"):
        approve_plan(unit, act, plan=plan, reason="再来一次")
    with empty.store.unit() as unit:
        activate_plan(unit, act, plan=plan)
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="plan_not_approved"):
        activate_plan(unit, act, plan=plan)
    with empty.store.reading() as unit:
        row = show_plan(unit, plan)
        acts = [row.act for row in unit.scalars(select(AuditRow).order_by(AuditRow.seq)) if row.act.startswith("plan.")]
    assert (row["state"], row["approved_by"], row["reason"]) == ("in_force", "tester", "会议通过")
    assert acts == ["plan.propose", "plan.approve", "plan.activate"]


def test_what_is_not_there_is_not_found(empty: County) -> None:
    with empty.store.unit() as unit, pytest.raises(NotFoundError):
        propose_plan(unit, empty.act())
    empty.load("areas")
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="no_grids"):
        propose_plan(unit, empty.act())
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="no_grids"):
        activate_generation(unit, empty.act(), name=empty.generation, unplaced=True)
    for wrong in (7, None):
        with empty.store.unit() as unit, pytest.raises(NotFoundError):
            approve_plan(unit, empty.act(), plan=wrong, reason="")
    with empty.store.unit() as unit, pytest.raises(NotFoundError):
        activate_generation(unit, empty.act(), name="没有", unplaced=True)
    with pytest.raises(NotFoundError, match="nothing_in_force"):
        Atlases(empty.store).on(dt.date(2026, 3, 1))


def test_a_repair_moves_only_what_the_leaver_had(county: County) -> None:
    before = links(county, in_force(county))
    leave(county, "T3", "2026-04-01")
    plan = county.place("2026-04-01", repair=True)
    after = links(county, plan)
    gone = {link for link in before if link[0] == "T3"}
    assert gone
    assert before - after == gone
    assert {link[1:] for link in after - before} == {link[1:] for link in gone}
    assert {link[0] for link in after - before} == {"T2"}


def test_a_repair_leaves_the_proposals_of_those_who_stay_where_they_are(county: County) -> None:
    before = links(county, in_force(county), "proposal")
    leave(county, "V2", "2026-04-01")  # the first of the town, so that the next one would now be proposed its grid
    staying = {link for link in before if link[0] != "V2"}
    assert links(county, county.place("2026-04-01", repair=True), "proposal") == staying
    assert links(county, county.place("2026-04-02"), "proposal") != staying


def test_placing_again_without_any_change_changes_nothing(county: County) -> None:
    before = in_force(county)
    again = county.place("2026-03-01")
    assert links(county, again) == links(county, before)
    with county.store.reading() as unit:
        assert plan_difference(unit, again, before).empty


def test_the_difference_of_two_plans_names_the_pieces_and_the_people(county: County) -> None:
    before = in_force(county)
    leave(county, "T3", "2026-04-01")
    after = county.place("2026-04-01", repair=True)
    with county.store.reading() as unit:
        difference = plan_difference(unit, after, before)
    assert set(difference["after"]) == {"甲07"}
    assert all("甲08" in names for names in difference["before"])


def test_pieces_in_force_stay_as_they_were_cut_when_a_setting_changes(county: County) -> None:
    before = county.everything()["piece"]
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "placement.sliver", 0.5)
        propose_plan(unit, county.act())
    assert county.everything()["piece"] == before
    with county.store.reading() as unit:
        assert verify(unit).faults == ()


def test_a_second_plan_on_the_same_day_answers_from_then_on(county: County) -> None:
    leave(county, "T3", "2026-02-01")
    second = county.place("2026-02-01")
    atlases = Atlases(county.store)
    assert atlases.on(dt.date(2026, 2, 1)).plan == second
    with county.store.reading() as unit:
        spans = unit.execute(select(InForce.valid_from, InForce.valid_to).order_by(InForce.id)).all()
    day = dt.date(2026, 2, 1)
    assert list(map(tuple, spans)) == [(day, day), (day, None)]


def test_old_days_answer_by_the_old_plan(county: County) -> None:
    first = in_force(county)
    leave(county, "T3", "2026-05-01")
    second = county.place("2026-05-01")
    atlases = Atlases(county.store)
    answers = {day: atlases.on(dt.date.fromisoformat(day)).plan for day in ("2026-02-01", "2026-04-30", "2026-05-01")}
    assert answers == {"2026-02-01": first, "2026-04-30": first, "2026-05-01": second}
    with pytest.raises(NotFoundError, match="nothing_in_force"):
        atlases.on(dt.date(2026, 1, 31))


def test_nothing_starts_before_what_is_in_force(county: County) -> None:
    with county.store.unit() as unit:
        plan = propose_plan(unit, county.act()).plan
        approve_plan(unit, county.act(), plan=plan, reason="会议通过")
    with county.store.unit() as unit, pytest.raises(ConflictError, match="in_force_later"):
        activate_plan(unit, county.act(), plan=plan, valid_from=dt.date(2026, 1, 15))


def test_a_generation_is_switched_with_its_plan_and_can_be_switched_back(county: County) -> None:
    first = in_force(county)
    for name in ("areas", "grids", "county", "town", "stations"):
        county.bring(name, generation="第二代")
    county.place("2026-06-01", generation="第二代")
    with county.store.unit() as unit:
        activate_generation(unit, county.act("2026-07-01"), name=county.generation)
    atlases = Atlases(county.store)
    assert [atlases.on(dt.date(2026, month, 15)).generation for month in (5, 6, 7)] == [
        county.generation,
        "第二代",
        county.generation,
    ]
    assert in_force(county) == first
    with county.store.reading() as unit:
        assert {row["name"]: row["state"] for row in list_generations(unit)} == {
            county.generation: "active",
            "第二代": "retired",
        }


def test_a_generation_without_a_plan_is_in_force_only_when_that_is_said(empty: County) -> None:
    empty.load()
    with empty.store.unit() as unit:
        activate_generation(unit, empty.act(), name=empty.generation, unplaced=True)
    atlas = Atlases(empty.store).on(dt.date(2026, 3, 1))
    assert (atlas.plan, len(atlas.links)) == (None, 0)
    found = coverage(atlas)
    assert (found.people, found.people_placed, found.grids, found.grids_linked) == (14, 0, 8, 0)
    with empty.store.reading() as unit:
        assert verify(unit).faults == ()


def test_one_store_has_one_generation_and_one_plan_in_force(county: County) -> None:
    county.place("2026-03-05")
    county.place("2026-03-06")
    with county.store.reading() as unit:
        assert len(unit.scalars(select(Generation).where(Generation.state == "active")).all()) == 1
        assert len(unit.scalars(select(PlanRow).where(PlanRow.state == "in_force")).all()) == 1
        assert len(unit.scalars(select(InForce).where(InForce.valid_to.is_(None))).all()) == 1


def test_the_same_atlas_is_handed_out_until_something_changes(county: County) -> None:
    atlases = Atlases(county.store)
    first = atlases.on(dt.date(2026, 3, 1))
    assert atlases.on(dt.date(2026, 3, 2)) is first
    county.bring("people", pd.DataFrame({"code": ["P01"], "name": ["改名"]}))
    second = atlases.on(dt.date(2026, 3, 1))
    assert second.version != first.version
    assert {holder.name for holder in second.holders.values() if holder.person_code == "P01"} == {"改名"}


def test_coverage_counts_people_and_seats_apart(county: County) -> None:
    found = coverage(Atlases(county.store).on(dt.date(2026, 3, 1)))
    assert (found.people, found.people_placed, found.seats, found.seats_placed, found.dual) == (14, 14, 15, 15, 1)
    assert (found.grids, found.grids_linked, found.slivers) == (8, 8, 2)
    assert (found.uncovered, found.unplaced) == ((), ())
    assert [(layer.layer, layer.households, layer.households_linked) for layer in found.layers] == [
        ("county", 3600, 3600),
        ("town", 3600, 3600),
    ]
    assert [unit.code for unit in found.units_without_congress] == ["440784401"]


def test_two_generations_are_compared_layer_by_layer(county: County) -> None:
    grids = county.files["grids"][2]
    county.bring("grids", grids.iloc[1:].assign(name="改"), generation="第二代")
    with county.store.reading() as unit:
        rows = {row["layer"]: row for row in compare_generations(unit, county.generation, "第二代")}
        with pytest.raises(NotFoundError):
            compare_generations(unit, county.generation, "没有")
    assert {key: rows["grids"][key] for key in ("came", "went", "renamed", "same")} == {
        "came": 0,
        "went": 1,
        "renamed": 7,
        "same": 0,
    }
    assert rows["areas"]["went"] == 8
