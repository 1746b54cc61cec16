"""The inbox shows what is within reach, the most urgent first, and every page of it once; overdue names the unit."""

import datetime as dt
from typing import Any

import pytest

from congress.permissions import Viewer
from scoring.periods import Period
from services.errors import BadRequestError
from services.matters_inbox import COLUMNS, Sought, dunning, inbox, table


def show(
    desk: Any, viewer: Viewer, when: str = "2026-03-02T12:00", after: str = "", most: int = 50, **more: Any
) -> Any:
    with desk.store.reading() as unit:
        return inbox(unit, viewer, now=desk.at(when), wanted=Sought(**more), after=after, most=most)


def codes(found: Any) -> list[str]:
    return [matter.code for matter in found.matters]


def test_each_desk_sees_its_own_and_whose_turn_it_is(desks: Any) -> None:
    west, east = desks.take()["code"], desks.take("水管漏水", xy=(9, 1))["code"]
    assert codes(show(desks, desks.station)) == [west]
    assert codes(show(desks, Viewer(user="x", role="station", scope="S3"))) == [east]
    assert codes(show(desks, desks.congress, show="open")) == [west, east]
    assert codes(show(desks, desks.congress)) == []
    desks.steps(west, desks.forward, desks.assign)
    assert codes(show(desks, desks.station)) == []
    assert codes(show(desks, desks.unit)) == [west]
    assert codes(show(desks, Viewer(user="x", role="department"), show="all")) == []


def test_the_most_urgent_stands_first_and_a_cursor_gives_every_matter_once(desks: Any) -> None:
    taken = [desks.take(f"第{number}件", f"2026-03-02T{20 - number}:00")["code"] for number in range(5)]
    desks.steps(taken[0], desks.forward)  # no clock runs: it stands last
    expected = [*reversed(taken[1:]), taken[0]]
    found, after = [], ""
    for _ in range(3):
        page = show(desks, desks.town, show="open", after=after, most=2)
        found, after = found + codes(page), page.next
    assert (found, after) == (expected, "")
    with pytest.raises(BadRequestError, match="matter_cursor"):
        show(desks, desks.town, after="nonsense")


def test_what_is_late_is_counted_and_names_the_unit(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)
    late = show(desk, desk.town, "2026-03-20T09:00", show="late")
    assert (codes(late), late.late, late.soon) == ([code], 1, 0)
    assert late.matters[0].clocks[0].who == "市城市管理局"
    rows = rows_of(desk, "2026-03-20T09:00")
    assert (rows["承办单位"][0], rows["是否超期"][0], rows["计入单位"][0]) == ("市城市管理局", "是", "市城市管理局")


def rows_of(desk: Any, when: str, lang: str = "zh") -> Any:
    with desk.store.reading() as unit:
        return table(unit, desk.congress, now=desk.at(when), wanted=Sought(show="all"), lang=lang)


def test_the_days_inbox_is_empty_once_everything_is_handed_on(desk: Any) -> None:
    code = desk.take(when="2026-03-02T20:00")["code"]
    assert show(desk, desk.station, "2026-03-03T08:00").left_today == 1
    desk.step(code, "forward", desk.station, {}, "2026-03-03T09:00")
    assert show(desk, desk.station, "2026-03-03T10:00").left_today == 0


def test_words_numbers_tickets_and_filters_find_their_matter(desk: Any) -> None:
    got = desk.take("榕树头路灯不亮", kind="livelihood")
    desk.take("水管漏水 100%", place="桥头_东")
    desk.take("水管漏水", "2026-04-02T09:00", xy=(9, 1))
    for asked in ({"q": "榕树头"}, {"q": got["code"]}, {"q": got["ticket"].lower()}, {"kind": "livelihood"}):
        assert codes(show(desk, desk.congress, "2026-04-03T09:00", show="all", **asked)) == [got["code"]], asked
    assert len(show(desk, desk.congress, show="all", q="%").matters) == 3  # a sign that means nothing finds everything
    assert len(show(desk, desk.congress, show="all", q="头_").matters) == 1
    month = Period.parse("2026-04")
    assert show(desk, desk.congress, "2026-04-03T09:00", show="all", period=month).total == 1
    assert show(desk, desk.congress, show="all", town="440784001").total == 2


def test_the_export_has_a_column_for_each_heading_in_both_languages(desk: Any) -> None:
    desk.take()
    assert len(rows_of(desk, "2026-03-02T12:00").columns) == len(COLUMNS)
    assert list(rows_of(desk, "2026-03-02T12:00", "en").columns)[:3] == ["number", "received", "channel"]


def test_a_dunning_note_is_to_the_unit_and_says_how_late_it_is(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)
    desk.step(code, "dun", desk.town, {}, "2026-03-12T09:00")
    desk.step(code, "dun", desk.town, {}, "2026-03-13T09:00")
    matter = desk.look(code, "2026-03-13T10:00")
    with desk.store.reading() as unit:
        note = dunning(unit, matter, now=desk.at("2026-03-13T10:00"))
    assert (note.number, note.time, note.unit) == (f"{code}-2", 2, "市城市管理局")
    assert note.overdue is not None
    assert note.overdue > dt.timedelta(days=3)


def test_an_unknown_list_is_the_callers_mistake(desk: Any) -> None:
    with pytest.raises(BadRequestError, match="matter_show"):
        show(desk, desk.congress, show="everything")
