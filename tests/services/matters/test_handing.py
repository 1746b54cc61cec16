"""A deputy who leaves, a new term, a late holiday: open matters go on, each says why, and none is lost or stuck."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from congress.permissions import Viewer
from data.tables import MatterRow, Seat, Term
from services.activation import approve_plan
from services.errors import BadRequestError, ConflictError, RefusedError
from services.imports import bring
from services.instance import open_term
from services.matters import history
from services.matters_handing import follow_links, route
from services.placing import propose_plan
from services.seats import Elected, by_election, end_seat
from services.terms import hand_over

DAY = dt.date.fromisoformat


def end(desk: Any, seat: str, on: str) -> None:
    with desk.store.unit() as unit:
        end_seat(unit, desk.county.act(on), seat=seat, kind="resigned", on=DAY(on), decision="第3号决定")


def follow(desk: Any, when: str, *, unlinked: bool = False) -> tuple[str, ...]:
    with desk.store.unit() as unit:
        return follow_links(unit, desk.act(when), atlas=desk.atlas(when), unlinked=unlinked)


def test_a_leavers_matters_go_to_whoever_answers_there_now_with_an_event(desks: Any) -> None:
    code = desks.take(xy=(5, 5))["code"]  # in a district with two seats
    leaver = desks.look(code)
    end(desks, leaver.seat, "2026-03-10")
    assert follow(desks, "2026-03-10T09:00") == (code,)
    after = desks.look(code, "2026-03-10T10:00")
    assert after.deputy.name not in ("", leaver.deputy.name)
    assert (after.reason["key"], after.reason["facts"]["before"]) == ("matter.way.handed_over", leaver.deputy.name)
    with desks.store.reading() as unit:
        assert history(unit, after)[-1].facts["before"]["seat"]
    assert follow(desks, "2026-03-10T11:00") == ()
    assert desks.sound()


def test_a_leavers_matter_is_followed_by_itself_when_it_is_moved_next(desk: Any) -> None:
    code = desk.take(xy=(5, 5))["code"]
    leaver = desk.look(code)
    end(desk, leaver.seat, "2026-03-10")
    moved = desk.step(code, "forward", desk.station, {}, "2026-03-10T09:00", atlas=desk.atlas("2026-03-10T09:00"))
    assert moved.deputy.name not in ("", leaver.deputy.name)


def test_where_nobody_answers_the_station_keeps_it_until_a_by_election(desk: Any) -> None:
    code = desk.take()["code"]  # T1 is the only town seat of its district, C1 and C2 share the county one
    desk.to_deputy(code)
    for seat in ("T1", "C1", "C2", "V1"):
        end(desk, seat, "2026-03-10")
    follow(desk, "2026-03-10T09:00")
    vacant = desk.look(code, "2026-03-10T10:00")
    assert (vacant.deputy.name, vacant.station.code, vacant.state) == ("", "S1", "to_answer")
    with desk.store.unit() as unit:
        by_election(
            unit, desk.county.act("2026-04-01"), vacancy="T1", elected=Elected(code="P21", name="新甲"),
            on=DAY("2026-04-01"), decision="补选",
        )  # fmt: skip
    desk.county.place("2026-04-01", repair=True)  # the plan that comes in force lets the matter follow
    assert follow(desk, "2026-04-02T09:00", unlinked=True) == ()
    assert desk.look(code, "2026-04-02T10:00").deputy.name == "新甲"
    answered = desk.step(
        code, "answer", desk.deputy(desk.look(code)), {"reply": "好了", "reply_kind": "appointed"}, "2026-04-02T11:00"
    )
    assert answered.activity
    assert desk.sound()


def test_sending_a_matter_to_another_desk_wants_a_reason_and_keeps_where_it_was(desk: Any) -> None:
    code = desk.take()["code"]
    with pytest.raises(BadRequestError, match="matter_route"), desk.store.unit() as unit:
        route(unit, desk.act(), viewer=desk.town, code=code, atlas=desk.atlas(), reason="", station="S2")
    with desk.store.unit() as unit:
        route(
            unit, desk.act(), viewer=desk.town, code=code, atlas=desk.atlas(), reason="就近", station="S2", deputy="P08"
        )
    sent = desk.look(code)
    assert (sent.station.code, sent.seat) == ("S2", "T3")
    with desk.store.reading() as unit:
        assert history(unit, sent)[-1].facts["before"]["station"] == "S1"


def new_term(desk: Any) -> None:
    """Bring in the same land and people for a new term, with the first town seat held by somebody else."""
    county = desk.county
    with county.store.unit() as unit:
        open_term(unit, county.act("2026-10-01"), name="第二届", starts_on=DAY("2026-12-01"))
    people = pd.concat([county.files["people"][2], pd.DataFrame([{"code": "N1", "name": "新人", "sex": "female",
                                                                "birth_year": "1990"}])])  # fmt: skip
    seats = county.files["seats"][2].copy()
    seats.loc[seats["code"] == "T1", "person"] = "N1"
    for name in county.files:
        if name == "activities":
            continue
        kind, layer, drawn = county.files[name]
        frame = {"people": people, "seats": seats}.get(name, drawn)
        path = county.write(f"new-{name}", frame)
        with county.store.unit() as unit:
            bring(unit, county.act("2026-10-02"), kind=kind, path=path, datum="wgs84", layer=layer, term="第二届",
                  generation="第二届·图层")  # fmt: skip
    with county.store.unit() as unit:
        plan = propose_plan(unit, county.act("2026-10-03"), term="第二届").plan
        approve_plan(unit, county.act("2026-10-03"), plan=plan, reason="会议通过")


def test_a_general_election_with_two_hundred_open_matters_loses_none(desk: Any) -> None:
    new_term(desk)
    open_codes = set()
    for number in range(200):
        xy = None if number % 10 == 9 else (1 + number % 14, 1 + number % 6)
        got = desk.take(f"第{number}件事", "2026-11-20T09:00", xy=xy)
        if number % 4 == 0 and xy is not None:
            there = Viewer(user="站员", role="station", scope=got["station"])
            desk.step(got["code"], "forward", there, {}, "2026-11-20T10:00")
        open_codes.add(got["code"])
    closed = desk.take("已办结", "2026-11-20T09:00")["code"]
    desk.solve(closed, "2026-11-20T10:00")
    desk.step(closed, "close", desk.station, {}, "2026-11-21T10:00")
    with desk.store.unit() as unit:
        trial = hand_over(unit, desk.act("2026-12-01T09:00"), new="第二届", dry_run=True)
    assert (trial.matters, trial.done) == (200, False)
    with desk.store.unit() as unit:
        done = hand_over(unit, desk.act("2026-12-01T09:00"), new="第二届")
    assert done.matters == 200
    with desk.store.reading() as unit:
        rows = {row.code: row for row in unit.query(MatterRow)}
        terms = {term.name: term.id for term in unit.query(Term)}
        seats = {seat.id: seat.term_id for seat in unit.query(Seat)}
        assert {rows[code].term_id for code in open_codes} == {terms["第二届"]}
        assert {seats[row.seat_id] for row in rows.values() if row.seat_id and row.code in open_codes} == {
            terms["第二届"]
        }
        assert rows[closed].term_id == terms[desk.county.term]
        moves = [history(unit, desk.look(code))[-1].move for code in sorted(open_codes)[:5]]
    assert moves == ["handed_over"] * 5
    assert "新人" in {desk.look(code).deputy.name for code in open_codes}
    assert desk.sound()


def test_a_hand_over_arranged_ahead_moves_matters_on_its_day_and_not_before(desk: Any) -> None:
    new_term(desk)
    code = desk.take(when="2026-11-20T09:00")["code"]
    with desk.store.unit() as unit:
        hand_over(unit, desk.act("2026-11-25T09:00"), new="第二届")
    assert desk.look(code).deputy.name == "甲01"
    desk.take("新的一件", "2026-12-01T09:00")  # whoever comes next lets everything follow
    assert desk.look(code, "2026-12-01T10:00").deputy.name == "新人"
    assert desk.sound()


def notice(desk: Any, *days: tuple[str, str], on: str = "2026-03-03") -> Any:
    frame = pd.DataFrame([{"on": day, "kind": kind, "name": "台风停工", "source": "示例通知"} for day, kind in days])
    with desk.store.unit() as unit:
        return bring(unit, desk.county.act(on), kind="workdays", path=desk.county.write("notice", frame), datum=None)


def test_a_holiday_announced_late_moves_open_deadlines_and_each_matter_says_so(desks: Any) -> None:
    code, done = desks.take()["code"], desks.take("已办结")["code"]
    before = desks.steps(code, desks.forward, desks.assign).due
    desks.solve(done)
    brought = notice(desks, ("2026-03-05", "放假"))
    after = desks.look(code, "2026-03-03T10:00")
    assert (before, after.due) == tuple(
        desks.at(day) - dt.timedelta(microseconds=1) for day in ("2026-03-10T00:00", "2026-03-11T00:00")
    )
    with desks.store.reading() as unit:
        told = history(unit, after)[-1]
    assert (told.move, told.facts["before"], told.facts["after"]) == ("holiday", "2026-03-09", "2026-03-10")
    assert [(note.key, note.facts["moved"]) for note in brought.notes if note.key == "notice.matters"] == [
        ("notice.matters", 1)
    ]
    assert desks.look(done).events == 3
    assert desks.sound()


def test_a_notice_that_touches_no_deadline_leaves_no_word(desk: Any) -> None:
    code = desk.take()["code"]  # its clock runs in hours
    notice(desk, ("2026-03-05", "放假"))
    assert desk.look(code).events == 1


def test_a_deadline_in_a_year_without_a_notice_is_provisional_until_it_comes(desk: Any) -> None:
    code = desk.take(when="2026-12-30T09:00")["code"]
    desk.step(code, "forward", desk.station, {}, "2026-12-30T10:00")
    assigned = desk.step(code, "assign", desk.town, {"unit": "市城市管理局"}, "2026-12-30T11:00")
    assert assigned.provisional


def test_a_deputy_or_desk_of_another_matter_has_no_hand_in_this_one(desk: Any) -> None:
    code = desk.take()["code"]
    for stranger, move in (
        (Viewer(user="x", role="deputy", person="别人"), "forward"), (Viewer(user="x", role="station"), "forward"),
        (Viewer(user="x", role="station", scope="S3"), "forward"), (Viewer(user="x", role="auditor"), "forward"),
    ):  # fmt: skip
        with pytest.raises((RefusedError, ConflictError)):
            desk.step(code, move, stranger)
    assert desk.look(code).events == 1
