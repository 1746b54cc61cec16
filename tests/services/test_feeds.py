"""Feeds: an iCalendar reader finds receptions, deliberation days and duties; the same bytes until the data change."""

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

import data.rules
from api.feeds import ics
from congress.calendar import CIVIL
from congress.reception import MONTHS, Reception
from services.atlas import Atlas, Atlases
from services.calendar import move_deliberation
from services.errors import NotFoundError
from services.feeds import deputy_feed, recurrence, station_feed, town_feed, years_after
from services.points import adopt, score

County = Any
TODAY = date(2026, 3, 20)
HOURS = {"S1": "每周三 9:00–11:30；每月15日 14:30–17:00", "S2": "请先预约", "S3": "单月15日 9:00–11:00", "S4": ""}


def ready(county: County, **hours: str) -> Atlas:
    """Give the stations hours, adopt a rule book, and read the atlas in force."""
    wanted = {**HOURS, **hours}
    stations = county.files["stations"][2].assign(hours=[wanted[code] for code in county.files["stations"][2]["code"]])
    county.bring("stations", stations)
    with county.store.unit() as unit:
        text = data.rules.text("heshan-631")
        adopt(unit, county.act(), text=text, name="heshan-631", adopted_from=date(2026, 1, 1))
    return Atlases(county.store).on(TODAY)


def events(county: County, feed: Any, of: str, lang: str = "zh") -> list[icalendar.Event]:
    with county.store.reading() as unit:
        content = ics(feed(unit, Atlases(county.store).on(TODAY), of), lang)
    found = icalendar.Calendar.from_ical(content)
    assert found["VERSION"] == "2.0"
    assert found["X-WR-TIMEZONE"] == "Asia/Shanghai"
    assert len({event["UID"] for event in found.walk("VEVENT")}) == len(found.walk("VEVENT"))
    return list(found.walk("VEVENT"))


def titles(found: list[icalendar.Event], word: str) -> list[str]:
    return [str(event["SUMMARY"]) for event in found if word in event["SUMMARY"]]


def test_a_station_s_receptions_recur_from_the_first_day_to_the_term_s_end(county: County) -> None:
    ready(county)
    found = [event for event in events(county, station_feed, "S1") if "RRULE" in event]
    weekly, monthly = found
    assert str(weekly["SUMMARY"]) == "代表接待选民：西镇中心站"
    assert weekly["DTSTART"].dt == datetime(2026, 2, 4, 9, tzinfo=CIVIL)
    assert weekly["DTEND"].dt == datetime(2026, 2, 4, 11, 30, tzinfo=CIVIL)
    assert (weekly["RRULE"]["FREQ"], weekly["RRULE"]["BYDAY"]) == (["WEEKLY"], ["WE"])
    assert monthly["DTSTART"].dt == datetime(2026, 2, 15, 14, 30, tzinfo=CIVIL)
    assert monthly["RRULE"]["BYMONTHDAY"] == [15]
    assert "每周三 9:00–11:30" in weekly["DESCRIPTION"]


def test_hours_of_no_known_form_are_a_note_and_no_hours_are_nothing(county: County) -> None:
    ready(county)
    noted = [event for event in events(county, station_feed, "S2") if "请先预约" in event["SUMMARY"]]
    assert [event["DTSTART"].dt for event in noted] == [date(2026, 2, 1)]
    assert "RRULE" not in noted[0]
    assert all("接待" not in event["SUMMARY"] for event in events(county, station_feed, "S4"))


def test_deliberation_days_are_all_the_term_s_months_and_show_decision_and_warning(county: County) -> None:
    ready(county)
    with county.store.unit() as unit:
        move_deliberation(unit, county.act(), month=date(2026, 4, 1), to=date(2026, 4, 24), reason="会议冲突")
    found = [event for event in events(county, town_feed, "440784001") if "议事日" in event["SUMMARY"]]
    assert len(found) == 71  # from February 2026; with no successor yet the feed goes a year beyond the term
    by_month = {f"{event['DTSTART'].dt:%Y-%m}": event for event in found}
    assert by_month["2026-02"]["DTSTART"].dt == date(2026, 2, 26)
    assert by_month["2026-04"]["DTSTART"].dt == date(2026, 4, 24)
    assert "会议冲突" in by_month["2026-04"]["DESCRIPTION"]
    assert "尚未公布" in by_month["2027-03"]["DESCRIPTION"]
    assert "假定" in by_month["2026-03"]["DESCRIPTION"]


def test_a_town_s_feed_has_the_receptions_of_all_its_stations(county: County) -> None:
    ready(county, S4="每周五 9:00–11:00")
    found = events(county, town_feed, "440784002")
    assert titles(found, "接待选民") == ["代表接待选民：东南站", "代表接待选民：东北站"]


def test_a_deputy_s_feed_has_their_station_their_town_and_their_duties_but_not_what_was_done(county: County) -> None:
    ready(county)
    with county.store.unit() as unit:
        score(unit, county.act("2026-03-19"))
    person = next(holder for holder in Atlases(county.store).on(TODAY).holders.values() if holder.seat == "T2")
    by_id = events(county, deputy_feed, person.person_id)
    assert [event["UID"] for event in events(county, deputy_feed, person.person_code)] == [x["UID"] for x in by_id]
    duties = [event for event in by_id if "截止日" in event["SUMMARY"]]
    first = [str(event["SUMMARY"]) for event in duties if event["DTSTART"].dt == date(2026, 12, 31)]
    assert first == [
        "截止日：每年进网格 6 次（2026，镇人大代表，6 次）", "截止日：每年向选民述职 1 次（2026，镇人大代表，1 次）",
        "截止日：每年进站接待 3 次（2026，镇人大代表，3 次）",
    ]  # fmt: skip
    assert titles(by_id, "议事日")
    assert all("依据" in event["DESCRIPTION"] for event in duties)
    everything = " ".join(str(event["SUMMARY"]) + str(event.get("DESCRIPTION", "")) for event in by_id)
    assert "分" not in everything.replace("部分", "")
    assert "已完成" not in everything


def test_a_person_with_two_seats_has_the_duties_of_both(county: County) -> None:
    ready(county)
    found = events(county, deputy_feed, "P01")
    assert titles(found, "县") != []
    assert titles(found, "镇人大代表") != []


def test_the_feed_is_the_same_until_something_it_shows_is_changed(county: County) -> None:
    atlas = ready(county)
    with county.store.reading() as unit:
        once, again = (ics(station_feed(unit, atlas, "S1"), "zh") for _ in range(2))
    assert once == again
    with county.store.unit() as unit:
        move_deliberation(unit, county.act("2026-03-05"), month=date(2026, 4, 1), to=date(2026, 4, 24), reason="会议")
    with county.store.reading() as unit:
        later = ics(station_feed(unit, atlas, "S1"), "zh")
    assert later != once
    before, after = (icalendar.Calendar.from_ical(text).walk("VEVENT") for text in (once, later))
    assert [event["UID"] for event in before] == [event["UID"] for event in after]
    assert {event["DTSTAMP"].dt for event in after} == {county.act("2026-03-05").at}


def test_every_word_stands_in_english_too(county: County) -> None:
    ready(county)
    for feed, of in ((deputy_feed, "P07"), (station_feed, "S3"), (town_feed, "440784001")):
        found = events(county, feed, of, "en")
        assert found
        assert any(str(event["SUMMARY"]).startswith(("Deliberation day", "Deputies receive")) for event in found)


@pytest.mark.parametrize("feed", [deputy_feed, station_feed, town_feed])
def test_what_is_not_there_is_not_found(swift: County, feed: Any) -> None:
    ready(swift)
    with swift.store.reading() as unit, pytest.raises(NotFoundError):
        feed(unit, Atlases(swift.store).on(TODAY), "nobody")


RECEPTIONS = st.one_of(
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: {"weekdays": tuple(sorted(days))}),
    st.builds(lambda day, nth: {"weekdays": (day,), "nth": nth}, st.integers(0, 6), st.integers(1, 4)),
    st.builds(
        lambda days, months: {"days": tuple(sorted(days)), "months": months},
        st.sets(st.integers(1, 31), min_size=1), st.sampled_from(list(MONTHS.values())),
    ),
)  # fmt: skip


@given(RECEPTIONS, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_recurrence_means_the_same_days_to_a_phone_as_to_us(parts: dict[str, Any], start: date) -> None:
    nine = datetime(2026, 1, 1, 9, tzinfo=CIVIL)
    reception = Reception(opens=nine.time(), closes=(nine + timedelta(hours=2)).time(), **parts)
    days = list(islice(reception.between(start, date(2040, 1, 1)), 40))
    first = datetime.combine(days[0], reception.opens)
    rule = icalendar.vRecur(recurrence(reception)).to_ical().decode()
    assert [at.date() for at in islice(rrulestr(rule, dtstart=first), 40)] == days


def test_a_term_that_ends_in_february_ends_on_a_day_that_every_year_has() -> None:
    assert years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert years_after(date(2026, 11, 30), 5) == date(2031, 11, 30)
