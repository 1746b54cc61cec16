"""A deputy elected by a congress stands where the newest decision says; a second seat needs room in its district."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from data.tables import LinkRow, Seat
from services.decisions import decide_place, list_elected, paper_of
from services.enrolling import Wanted, dual_seats, enrol
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.evidence import examine, place_of
from services.instance import the_term
from services.keeping import credited_seat, suspensions
from services.placing import propose_plan
from services.seats import Elected, end_seat, suspend_seat

DAY = dt.date.fromisoformat
TODAY = DAY("2026-03-01")


def decide(county: Any, seat: str = "V2", grid: str = "G4", on: str = "2026-02-20", **more: Any) -> int:
    given = {"decision": "主任会议第7号"} | more
    with county.store.unit() as unit:
        return int(decide_place(unit, county.act(), seat=seat, grid=grid, on=DAY(on), **given).id)


def placed_at(county: Any, seat: str) -> list[tuple[str, str]]:
    """Propose a plan and give grid and basis of a seat's links."""
    with county.store.unit() as unit:
        plan = propose_plan(unit, county.act(), repair=True).plan
        query = select(LinkRow.grid_code, LinkRow.basis).join(Seat, Seat.id == LinkRow.seat_id)
        return [(grid, basis) for grid, basis in unit.execute(query.where(LinkRow.plan_id == plan, Seat.code == seat))]


def test_the_next_plan_follows_the_decision_and_says_so(county: Any) -> None:
    assert placed_at(county, "V2")[0][1] == "proposal"
    decide(county)
    assert placed_at(county, "V2") == [("G4", "decision")]


def test_a_withdrawn_decision_leaves_a_proposal_and_both_papers(county: Any) -> None:
    decide(county)
    decide(county, grid="", decision="主任会议第9号")
    assert placed_at(county, "V2")[0][1] == "proposal"
    with county.store.reading() as unit:
        row = next(row for row in list_elected(unit, the_term(unit), TODAY) if row.seat == "V2")
    assert [paper.decision for paper in row.papers] == ["主任会议第9号", "主任会议第7号"]
    assert row.grid == ""


def test_a_new_roster_file_does_not_undo_a_decision(county: Any) -> None:
    decide(county)
    county.bring("seats")
    with county.store.reading() as unit:
        row = unit.scalars(select(Seat).where(Seat.code == "V2")).one()
    assert (row.decided_grid_code, row.decision) == ("G4", "主任会议第7号")


def test_the_paper_comes_back_byte_for_byte_and_never_altered(swift: Any, tmp_path: Path) -> None:
    picture = BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    sound = examine(picture.getvalue(), "决定.png")
    number = decide(swift, paper=sound, home=tmp_path)
    with swift.store.reading() as unit:
        row, content = paper_of(unit, tmp_path, number)
        assert (row.name, content) == ("决定.png", sound.content)
        place_of(tmp_path, sound.sha256).write_bytes(b"other")
        with pytest.raises(NotFoundError):
            paper_of(unit, tmp_path, number)
        with pytest.raises(NotFoundError):
            paper_of(unit, tmp_path, 99)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"seat": "T1"}, "error.decision_direct"),
        ({"grid": "G99"}, "error.no_such_grid"),
        ({"decision": " "}, "error.decision_number"),
        ({"on": "2026-03-02"}, "error.decision_day"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(swift: Any, options: dict[str, Any], key: str) -> None:
    with pytest.raises((BadRequestError, NotFoundError)) as refused:
        decide(swift, **options)
    assert refused.value.key == key


# More seats


def give(
    county: Any, code: str = "T9", level: str = "town", district: str = "A1", person: str = "P03", **more: Any
) -> str:
    wanted = Wanted(code=code, level=level, district=district, **more)
    with county.store.unit() as unit:
        row = enrol(unit, county.act(), wanted=wanted, elected=Elected(code=person, name=""), on=TODAY, decision="决定")
        return str(row.town_code)


def test_a_second_seat_is_enrolled_where_the_district_has_room(county: Any) -> None:
    with county.store.unit() as unit:
        end_seat(unit, county.act(), seat="T1", kind="resigned", on=TODAY, decision="决定")
    assert give(county) == "440784001"
    with county.store.reading() as unit:
        duals = {dual.name: dual.seats for dual in dual_seats(unit, the_term(unit), TODAY)}
    assert duals == {"甲03": (("town", "T9"), ("county", "C3"))}


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({}, "error.enrol_full"),
        ({"district": "A7"}, "error.enrol_district"),
        ({"level": "province", "district": ""}, "error.enrol_unit"),
        ({"level": "village"}, "error.enrol_level"),
        ({"code": "T2"}, "error.seat_exists"),
        ({"level": "county", "district": "X1"}, "error.enrol_full"),
        ({"level": "province", "district": "", "electing_unit": "市人大", "person": "P12"}, "error.holds_a_seat"),
    ],
)
def test_a_seat_that_does_not_fit_is_refused(swift: Any, options: dict[str, Any], key: str) -> None:
    with pytest.raises((BadRequestError, ConflictError)) as refused:
        give(swift, **options)
    assert refused.value.key == key


def test_an_act_of_a_person_with_two_seats_avoids_the_suspended_one(county: Any) -> None:
    with county.store.unit() as unit:
        suspend_seat(unit, county.act(), seat="T1", on=TODAY, until=DAY("2026-04-01"), decision="许可")
    with county.store.reading() as unit:
        away = suspensions(unit, the_term(unit))
        seats = list(unit.scalars(select(Seat).where(Seat.code.in_(["C1", "T1"])).order_by(Seat.code)))
        for day, wanted in (("2026-02-28", "T1"), ("2026-03-01", "C1"), ("2026-03-31", "C1"), ("2026-04-01", "T1")):
            assert credited_seat(seats, level="", town="440784001", on=DAY(day), away=away).code == wanted
        assert credited_seat(seats[1:], level="", town="", on=TODAY, away=away).code == "T1"
