"""A new term is prepared beside the old one, continuing deputies are matched by decision, the old term is frozen."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from data.tables import InForce, Person, Seat, Term
from gridmap.datum import Datum
from services.activation import activate_plan, approve_plan
from services.atlas import Atlas, Atlases
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.imports import bring
from services.instance import open_term, the_term
from services.locating import locate
from services.placing import propose_plan
from services.plans import list_generations
from services.points import score
from services.seats import end_seat
from services.terms import continuing, decide_matches, hand_over, list_terms
from services.verify import verify

DAY = dt.date.fromisoformat
NEW, BEGINS, LAYERS = "第二届", "2026-12-01", "第二届·图层"
# P01 and P02 keep their numbers, N03 is P03 again, N08 is another person than P08 (born in another year).
PEOPLE = """
P01 | 甲01 | female | 1951
P02 | 甲02 | male | 1952
N03 | 甲03 | female | 1953
N04 | 新四 | male | 1980
N05 | 新五 | male | 1981
N06 | 新六 | male | 1982
N07 | 甲07 | female | 1957
N08 | 甲08 | male | 1988
N09 | 新九 | male | 1983
"""
SEATS = """
C1 | P01 | county | X1 | 440784001
C2 | P02 | county | X1 | 440784001
C3 | N04 | county | X2 | 440784001
C4 | N05 | county | X3 | 440784002
C5 | N06 | county | X3 | 440784002
T1 | N03 | town | A1 | 440784001
T2 | N07 | town | A2 | 440784001
T3 | N08 | town | A2 | 440784001
T4 | N09 | town | B1 | 440784002
T5 | P01 | town | B2 | 440784002
T6 | N04 | town | B2 | 440784002
"""


def rows(county: Any, columns: str, text: str) -> pd.DataFrame:
    return county.table(columns, *text.strip().splitlines())


def prepare(county: Any) -> None:
    """Open the new term and bring in its map, whose county districts are redrawn, and its roster."""
    with county.store.unit() as unit:
        open_term(unit, county.act("2026-11-01"), name=NEW, starts_on=DAY(BEGINS))
    redrawn = county.layer(
        {
            "X1": (county.box(0, 0, 6, 8), {"name": "第一选区", "seats": 2, "basis": "residence"}),
            "X2": (county.box(6, 0, 8, 8), {"name": "第二选区", "seats": 1, "basis": "residence"}),
            "X3": (county.box(8, 0, 16, 8), {"name": "第三选区", "seats": 2, "basis": "residence"}),
        }
    )
    options = {"term": NEW, "generation": LAYERS, "act": county.act("2026-11-02")}
    for name in ("areas", "grids", "town", "stations"):
        county.bring(name, **options)
    county.bring("county", redrawn, **options)
    county.bring("people", rows(county, "code | name | sex | birth_year", PEOPLE), **options)
    county.bring("seats", rows(county, "code | person | level | district | town", SEATS), **options)


def plan_of_new(county: Any) -> int:
    with county.store.unit() as unit:
        placed = propose_plan(unit, county.act("2026-11-20"), term=NEW)
        approve_plan(unit, county.act("2026-11-20"), plan=placed.plan, reason="主席团会议通过")
    return placed.plan


def turn(county: Any, on: str = BEGINS, **options: Any) -> Any:
    with county.store.unit() as unit:
        return hand_over(unit, county.act(on), new=NEW, **options)


def decide(county: Any, **options: Any) -> tuple[int, int]:
    with county.store.unit() as unit:
        return decide_matches(unit, county.act("2026-11-10"), new=NEW, **options)


def proposed(county: Any) -> list[tuple[str, str]]:
    with county.store.reading() as unit:
        return [(row.code, row.old_code) for row in continuing(unit, new=NEW).proposed]


def on(county: Any, day: str) -> Atlas:
    return Atlases(county.store).on(DAY(day))


def who(county: Any, day: str, x: float, y: float) -> list[str]:
    answer = locate(on(county, day), *county.at(x, y), Datum.parse("wgs84"))
    return [linked.deputy.name for linked in answer.responsible]


def test_the_old_term_still_answers_while_the_new_one_is_prepared(county: Any) -> None:
    before = who(county, "2026-11-30", 1, 1)
    prepare(county)
    plan_of_new(county)
    assert who(county, "2026-11-30", 1, 1) == before
    assert who(county, BEGINS, 1, 1) == before
    with county.store.reading() as unit:
        assert the_term(unit).name == county.term


def test_a_file_without_a_term_goes_into_the_term_of_its_generation(county: Any) -> None:
    prepare(county)
    act = county.act("2026-11-02")
    county.bring("seats", rows(county, "code | person | level | district | town", SEATS), generation=LAYERS, act=act)
    with county.store.reading() as unit:
        new = unit.scalars(select(Term).where(Term.name == NEW)).one()
        assert len(list(unit.scalars(select(Seat).where(Seat.term_id == new.id)))) == 11
        assert len(list(unit.scalars(select(Seat).where(Seat.term_id != new.id)))) == 15


def test_layers_of_one_term_do_not_take_in_files_of_another(county: Any) -> None:
    prepare(county)
    with pytest.raises(ConflictError, match="generation_of_other_term"):
        county.bring("stations", term=NEW)


def test_the_same_number_continues_and_the_same_name_is_only_a_proposal(county: Any) -> None:
    prepare(county)
    with county.store.reading() as unit:
        found = continuing(unit, new=NEW)
    assert found.same_number == ("甲01", "甲02")
    assert [(row.code, row.old_code) for row in found.proposed] == [("N03", "P03"), ("N07", "P07")]
    assert found.confirmed == ()


def test_a_proposal_says_why(county: Any) -> None:
    prepare(county)
    with county.store.reading() as unit:
        first = continuing(unit, new=NEW).proposed[0]
    assert first.reason["key"] == "term.match.same_name"
    assert first.reason["facts"] == {"name": "甲03", "birth_year": 1953, "old_code": "P03", "code": "N03"}


def test_a_confirmed_deputy_is_one_person_in_both_terms(county: Any) -> None:
    prepare(county)
    assert decide(county, same=["N03"], different=["N07"]) == (1, 0 + 1)
    assert proposed(county) == []
    with county.store.reading() as unit:
        holders = dict(unit.execute(select(Seat.code, Person.code).join(Person)
                                    .join(Term).where(Term.name == NEW)).all())  # fmt: skip
        assert continuing(unit, new=NEW).confirmed == ("甲03",)
    assert (holders["T1"], holders["T2"]) == ("P03", "N07")


def test_files_go_on_naming_a_confirmed_deputy_by_the_new_number(county: Any) -> None:
    prepare(county)
    decide(county, same=["all"])
    act = county.act("2026-12-10")
    done = county.bring("seats", rows(county, "code | person | level | district | town", SEATS), term=NEW,
                        generation=LAYERS, act=act)  # fmt: skip
    assert (done.new, done.changed) == (0, 0)
    deeds = county.table("code | kind | on | people | level | grid | state",
                         "M1 | station.reception | 2026-12-05 | N03 | | G1 | verified")  # fmt: skip
    assert county.bring("activities", deeds, term=NEW, generation=LAYERS, act=act).new == 1


def test_what_is_not_proposed_cannot_be_confirmed(county: Any) -> None:
    prepare(county)
    before = county.everything()
    with pytest.raises(NotFoundError, match="no_such_proposal"):
        decide(county, same=["N08"])
    assert county.everything() == before


def test_two_candidates_for_one_number_must_be_told_apart(county: Any) -> None:
    twin = county.table("code | name | sex | birth_year", "P99 | 甲03 | female | 1953")
    county.bring("people", twin)
    with county.store.unit() as unit:
        twin_id = unit.scalars(select(Person.id).where(Person.code == "P99")).one()
        unit.scalars(select(Seat).where(Seat.code == "C4")).one().person_id = twin_id
    prepare(county)
    assert ("N03", "P99") in proposed(county)
    with pytest.raises(BadRequestError, match="match_ambiguous"):
        decide(county, same=["N03"])
    assert decide(county, same=["all"]) == (1, 0)
    assert decide(county, same=["N03=P99"]) == (1, 0)


def test_a_dry_run_names_what_would_happen_and_changes_nothing(county: Any) -> None:
    prepare(county)
    plan = plan_of_new(county)
    decide(county, same=["N03"])
    before = county.everything()
    found = turn(county, dry_run=True)
    assert county.everything() == before
    assert not found.done
    assert (found.old, found.new, found.on, found.plan) == (county.term, NEW, DAY(BEGINS), plan)
    assert found.continuing == ("甲01", "甲02", "甲03")
    assert found.proposed == ("甲07",)
    assert set(found.coming) == {"新四", "新五", "新六", "甲07", "甲08", "新九"}
    assert "甲10" in found.leaving
    assert (found.seats_ended, found.seats_begun) == (15, 11)
    assert (found.districts_before, found.districts_after) == (8, 7)


def test_each_term_answers_for_its_own_days(county: Any) -> None:
    before = who(county, "2026-11-30", 1, 1)
    prepare(county)
    plan_of_new(county)
    turn(county)
    assert who(county, "2026-11-30", 1, 1) == before
    assert who(county, BEGINS, 1, 1) != before
    assert (on(county, "2026-11-30").term, on(county, BEGINS).term) == (county.term, NEW)
    assert (on(county, "2026-11-30").generation, on(county, BEGINS).generation) == (county.generation, LAYERS)
    with county.store.reading() as unit:
        assert verify(unit).faults == ()


def test_every_seat_of_the_old_term_ends_on_the_first_day_of_the_new(county: Any) -> None:
    with county.store.unit() as unit:
        end_seat(unit, county.act(), seat="T2", kind="died", on=DAY("2026-06-01"), decision="讣告")
    prepare(county)
    plan_of_new(county)
    assert turn(county).seats_ended == 14
    with county.store.reading() as unit:
        ends = dict(unit.execute(select(Seat.code, Seat.ends_on).join(Term).where(Term.name == county.term)).all())
        old = unit.scalars(select(Term).where(Term.name == county.term)).one()
    assert ends.pop("T2") == DAY("2026-06-01")
    assert set(ends.values()) == {DAY(BEGINS)} == {old.ends_on}


def test_a_hand_over_arranged_ahead_changes_nothing_before_its_day(county: Any) -> None:
    before = who(county, "2026-11-30", 1, 1)
    prepare(county)
    plan_of_new(county)
    turn(county, on="2026-11-21")
    assert who(county, "2026-11-30", 1, 1) == before
    assert on(county, BEGINS).term == NEW
    county.bring("people", act=county.act("2026-11-25"))
    with county.store.reading() as unit:
        assert [row.state for row in list_terms(unit, DAY("2026-11-30"))] == ["closing", "preparing"]
        assert [row.state for row in list_terms(unit, DAY(BEGINS))] == ["frozen", "open"]
        assert the_term(unit, on=DAY("2026-11-30")).name == county.term
        assert the_term(unit, on=DAY(BEGINS)).name == NEW


def test_a_repair_between_the_arrangement_and_the_day_ends_when_the_new_term_begins(county: Any) -> None:
    prepare(county)
    plan_of_new(county)
    turn(county, on="2026-11-21")
    with county.store.unit() as unit:
        end_seat(unit, county.act("2026-11-22"), seat="T2", kind="died", on=DAY("2026-11-22"), decision="讣告")
    plan = county.place("2026-11-22", repair=True)
    with county.store.reading() as unit:
        row = unit.scalars(select(InForce).where(InForce.plan_id == plan)).one()
    assert (row.valid_from, row.valid_to) == (DAY("2026-11-22"), DAY(BEGINS))
    assert on(county, "2026-11-30").plan == plan
    assert on(county, BEGINS).term == NEW


def test_a_frozen_term_refuses_every_change_and_still_answers(county: Any) -> None:
    prepare(county)
    plan_of_new(county)
    with county.store.unit() as unit:
        spare = propose_plan(unit, county.act("2026-11-20"), term=county.term).plan
    turn(county)
    before = county.everything()
    act = county.act("2026-12-02")

    def imported(unit: Any) -> None:
        bring(unit, act, kind="people", path=county.write("people", county.files["people"][2]), datum="wgs84",
              term=county.term)  # fmt: skip

    deeds = (
        imported,
        lambda unit: end_seat(unit, act, seat="T2", kind="died", on=DAY("2026-11-01"), decision="迟报",
                              term=county.term),
        lambda unit: score(unit, act, term=county.term),
        lambda unit: propose_plan(unit, act, term=county.term),
        lambda unit: approve_plan(unit, act, plan=spare, reason="迟"),
        lambda unit: activate_plan(unit, act, plan=1),
    )  # fmt: skip
    for deed in deeds:
        with county.store.unit() as unit, pytest.raises(ConflictError) as refused:
            deed(unit)
        assert refused.value.key == "error.term_frozen"
        assert refused.value.facts == {"term": county.term, "on": BEGINS}
    assert county.everything() == before
    assert on(county, "2026-11-30").term == county.term


def test_without_an_approved_plan_nothing_is_handed_over(county: Any) -> None:
    prepare(county)
    with county.store.unit() as unit:
        propose_plan(unit, county.act("2026-11-20"), term=NEW)
    before = county.everything()
    with pytest.raises(ConflictError, match="term_without_plan"):
        turn(county)
    assert county.everything() == before


def test_a_term_is_handed_over_once(county: Any) -> None:
    prepare(county)
    plan_of_new(county)
    turn(county)
    with pytest.raises(ConflictError, match="handed_over"):
        turn(county)


def test_the_plan_of_a_new_term_cannot_come_in_force_before_its_first_day(county: Any) -> None:
    prepare(county)
    plan = plan_of_new(county)
    with county.store.unit() as unit, pytest.raises(ConflictError, match="plan_outside_term"):
        activate_plan(unit, county.act("2026-11-21"), plan=plan)


def test_the_first_term_has_nothing_to_be_handed_over_from(swift: Any) -> None:
    with swift.store.unit() as unit, pytest.raises(NotFoundError, match="no_term_before"):
        hand_over(unit, swift.act(), new=swift.term)


def test_the_list_counts_what_belongs_to_each_term(county: Any) -> None:
    prepare(county)
    with county.store.reading() as unit:
        old, new = list_terms(unit, DAY("2026-11-05"))
        assert [row["term"] for row in list_generations(unit)] == [county.term, NEW]
    assert (old.seats, old.people, old.plans, old.activities) == (15, 14, 1, 4)
    assert (new.state, new.seats, new.people, new.generations, new.plans) == ("preparing", 11, 9, 1, 0)


def test_two_terms_cannot_begin_on_one_day(swift: Any) -> None:
    with swift.store.unit() as unit, pytest.raises(ConflictError, match="term_starts_that_day"):
        open_term(unit, swift.act(), name="另一届", starts_on=swift.starts)
