"""The same matter told twice is proposed, merged by a person with everybody who follows it, and taken apart again."""

import datetime as dt
from typing import Any

import pytest

from congress.permissions import Viewer
from services.errors import BadRequestError, ConflictError, RefusedError
from services.matters import by_ticket, history
from services.matters_inbox import inbox
from services.matters_merging import likely_same, merge, unmerge


def same(desk: Any, code: str, when: str = "2026-03-03T09:00") -> list[str]:
    with desk.store.reading() as unit:
        return [one.code for one in likely_same(unit, desk.look(code), now=desk.at(when))]


def join(desk: Any, code: str, into: str, when: str = "2026-03-02T11:00", reason: str = "同一件事") -> None:
    with desk.store.unit() as unit:
        merge(unit, desk.act(when), viewer=desk.station, code=code, into=into, reason=reason)


def part(desk: Any, code: str, when: str = "2026-03-04T11:00") -> None:
    with desk.store.unit() as unit:
        unmerge(unit, desk.act(when), viewer=desk.station, code=code, reason="不是同一件")


def test_near_and_alike_is_proposed_and_far_or_different_is_not(desk: Any) -> None:
    one = desk.take("村口的路灯不亮了，晚上很黑")["code"]
    near = desk.take("村口路灯不亮，晚上太黑", xy=(1.3, 1))["code"]
    desk.take("村口路灯不亮，晚上太黑", xy=(7, 7))
    desk.take("垃圾没有人清运")
    nowhere = desk.take("村口的路灯不亮了，晚上很黑。", xy=None)["code"]
    assert same(desk, one) == [nowhere, near]


def test_what_lies_months_apart_is_not_the_same(desk: Any) -> None:
    one = desk.take()["code"]
    desk.take(when="2026-06-02T09:00")
    assert same(desk, one, "2026-06-03T09:00") == []


def test_both_tickets_answer_and_nobody_who_follows_is_lost(desks: Any) -> None:
    first, second = desks.take(), desks.take("路灯坏了")
    join(desks, second["code"], first["code"])
    with desks.store.reading() as unit:
        told = by_ticket(unit, second["ticket"], now=desks.at("2026-03-02T12:00"))
    assert (told.code, told.via, told.followers, told.merged) == (first["code"], second["code"], 2, (second["code"],))
    assert desks.sound()


def test_a_resident_moves_the_matter_that_is_worked_on_with_either_ticket(desk: Any) -> None:
    first, second = desk.take(), desk.take("路灯坏了")
    join(desk, second["code"], first["code"])
    desk.solve(first["code"])
    rated = desk.step(second["ticket"], "rate", None, {"rating": "satisfied"}, "2026-03-03T09:00")
    assert (rated.code, rated.rating) == (first["code"], "satisfied")


def test_a_merged_matter_waits_for_nobody_and_its_clock_stands_still(desk: Any) -> None:
    first, second = desk.take(), desk.take("路灯坏了")
    join(desk, second["code"], first["code"])
    with desk.store.reading() as unit:
        waiting = inbox(unit, desk.station, now=desk.at("2026-03-02T12:00"))
    assert [matter.code for matter in waiting.matters] == [first["code"]]
    merged = desk.look(second["code"], "2026-04-01T09:00")
    assert (merged.merged_into, merged.late, merged.clocks[0].paused) == (first["code"], False, True)
    with pytest.raises(ConflictError, match=r"process\.merged"):
        desk.step(second["code"], "forward", desk.station)


def test_taken_apart_it_goes_on_where_it_stood_without_the_time_in_between(desks: Any) -> None:
    first, second = desks.take(), desks.take("路灯坏了")
    join(desks, second["code"], first["code"], "2026-03-02T11:00")
    part(desks, second["code"], "2026-03-04T11:00")
    back = desks.look(second["code"], "2026-03-04T12:00")
    assert (back.merged_into, back.state, back.late) == ("", "received", False)
    assert back.due == desks.at("2026-03-03T09:00") + dt.timedelta(days=2)
    assert desks.step(second["code"], "forward", desks.station, {}, "2026-03-04T13:00").state == "with_town"
    with desks.store.reading() as unit:
        assert [one.move for one in history(unit, back)] == ["receive", "merged", "unmerged", "forward"]
    assert desks.sound()


def test_three_may_lie_in_one_another_but_none_in_itself(desk: Any) -> None:
    one, two, three = (desk.take(f"路灯不亮{number}")["code"] for number in range(3))
    join(desk, three, two)
    join(desk, two, one)
    assert desk.look(one).merged == (two, three)
    for code, into in ((one, three), (one, one), (two, one)):
        with pytest.raises(ConflictError):
            join(desk, code, into)
    assert desk.sound()


def test_merging_wants_a_reason_and_no_archive(desk: Any) -> None:
    one, two = desk.take()["code"], desk.take("路灯坏了")["code"]
    with pytest.raises(BadRequestError, match="matter_reason"):
        join(desk, one, two, reason=" ")
    desk.solve(two)
    desk.step(two, "close", desk.station, {}, "2026-03-03T09:00")
    for code, into in ((one, two), (two, one)):
        with pytest.raises(ConflictError):
            join(desk, code, into, "2026-03-04T09:00")


def test_a_wrong_merging_is_seen_even_after_the_other_one_was_archived(desk: Any) -> None:
    one, two = desk.take()["code"], desk.take("路灯坏了")["code"]
    join(desk, two, one)
    desk.solve(one)
    desk.step(one, "close", desk.station, {}, "2026-03-03T09:00")
    part(desk, two)
    assert desk.look(two).state == "received"
    with pytest.raises(ConflictError, match="not_merged"):
        part(desk, two)


def test_nobody_lays_a_matter_into_one_that_is_not_theirs(desk: Any) -> None:
    mine, theirs = desk.take(xy=(1, 1)), desk.take("路灯坏了", xy=(7, 7))
    stranger = Viewer(user="外镇", role="town", scope="440784999")
    with pytest.raises(RefusedError, match="matter_reach"), desk.store.unit() as unit:
        merge(unit, desk.act("2026-03-02T11:00"), viewer=stranger, code=mine["code"], into=theirs["code"], reason="同")
    assert desk.look(mine["code"]).merged_into == ""
