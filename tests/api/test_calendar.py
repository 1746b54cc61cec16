"""Calendars over HTTP: public, read by an iCalendar client, not sent twice, and nothing in them is private."""

from typing import TYPE_CHECKING

import icalendar
import pytest

from services.atlas import Atlas

if TYPE_CHECKING:
    from tests.conftest import Served


def a_town_deputy(atlas: Atlas) -> str:
    return next(holder.person_id for holder in atlas.holders.values() if holder.level == "town" and holder.station)


def paths(atlas: Atlas) -> list[str]:
    station = atlas.stations["code"].iloc[0]
    return [f"deputy/{a_town_deputy(atlas)}", f"station/{station}", "town/440784103"]


def test_every_calendar_is_public_and_an_icalendar_client_reads_it(heshan: "Served", atlas: Atlas) -> None:
    for path in paths(atlas):
        answer = heshan.client().get(f"/calendar/{path}.ics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        calendar = icalendar.Calendar.from_ical(answer.content)
        assert calendar["X-WR-CALNAME"]
        assert calendar["X-WR-CALDESC"] == "示例数据"
        assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
        assert calendar.walk("VEVENT")
        assert all(event["DTSTAMP"].dt.tzinfo is not None for event in calendar.walk("VEVENT"))


def test_the_demo_s_reception_times_recur(heshan: "Served", atlas: Atlas) -> None:
    content = heshan.client().get("/calendar/town/440784103.ics").content
    receptions = [event for event in icalendar.Calendar.from_ical(content).walk("VEVENT") if "RRULE" in event]
    assert len(receptions) == int((atlas.stations["town"] == "440784103").sum())


def test_what_a_phone_has_already_is_not_sent_again(heshan: "Served", atlas: Atlas) -> None:
    client = heshan.client()
    for path in paths(atlas):
        first = client.get(f"/calendar/{path}.ics")
        assert client.get(f"/calendar/{path}.ics").content == first.content
        again = client.get(f"/calendar/{path}.ics", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_deputy_sees_the_same_calendar_as_everybody(heshan: "Served", atlas: Atlas) -> None:
    path = f"/calendar/deputy/{a_town_deputy(atlas)}.ics"
    assert heshan.client("congress").get(path).content == heshan.client().get(path).content


def test_the_words_follow_the_language_asked_for(heshan: "Served") -> None:
    answer = heshan.client().get("/calendar/town/440784103.ics?lang=en")
    assert answer.headers["content-language"] == "en"
    assert b"Deliberation day" in answer.content


@pytest.mark.parametrize("path", ["deputy/nobody.ics", "station/nowhere.ics", "town/440784.ics", "town/440784103"])
def test_what_is_not_there_is_a_problem_not_an_empty_calendar(heshan: "Served", path: str) -> None:
    answer = heshan.client().get(f"/calendar/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
