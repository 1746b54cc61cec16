"""What the practices claim is computed for any place and period, and equals a recount from the events alone."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from congress.permissions import Viewer
from data.calendar import shipped
from data.tables import MatterEvent, MatterRow
from scoring.periods import Period
from services.errors import BadRequestError
from services.matters import options
from services.matters_measures import Share, by, measures
from services.matters_merging import merge

CHINA = dt.timezone(dt.timedelta(hours=8))
MARCH = Period.parse("2026-03")


def measure(desk: Any, when: str = "2026-04-30T09:00", period: Period = MARCH, **where: str) -> Any:
    with desk.store.reading() as unit:
        return measures(unit, period, now=desk.at(when), **where)


def test_nothing_to_measure_is_no_share_and_no_zero(desk: Any) -> None:
    found = measure(desk)
    assert (found.opinions, found.on_time_24h, found.on_time_24h.share, found.answered_hours) == (
        0, Share(number=0, of=0), None, None,
    )  # fmt: skip


def test_forwarded_in_time_late_and_not_yet(desk: Any) -> None:
    quick, slow, never = (desk.take(f"第{number}件")["code"] for number in range(3))
    desk.step(quick, "forward", desk.station, {}, "2026-03-03T08:00")
    desk.step(slow, "forward", desk.station, {}, "2026-03-03T10:00")
    assert measure(desk, "2026-03-02T20:00").on_time_24h == Share(number=0, of=0)
    assert measure(desk).on_time_24h == Share(number=1, of=3)
    assert desk.look(never, "2026-04-01T09:00").late


@pytest.mark.parametrize(
    ("replied", "within_3", "within_5"),
    [("2026-03-05T17:00", 1, 1), ("2026-03-06T09:00", 0, 1), ("2026-03-09T17:00", 0, 1), ("2026-03-10T09:00", 0, 0)],
)
def test_three_and_five_working_days_are_counted_from_the_day_after_the_assignment(
    desk: Any, replied: str, within_3: int, within_5: int
) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)  # on Monday the 2nd
    desk.step(code, *desk.reply, when=replied)
    found = measure(desk)
    assert (found.within_3, found.within_5) == (Share(number=within_3, of=1), Share(number=within_5, of=1))


def test_a_pause_is_left_out_of_the_days_of_a_reply(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)
    desk.step(code, "pause", desk.town, {"reason": "等待材料"}, "2026-03-03T11:00")
    desk.step(code, "resume", desk.town, {}, "2026-03-10T11:00")
    desk.step(code, *desk.reply, when="2026-03-11T11:00")
    assert measure(desk).within_3 == Share(number=1, of=1)


def test_satisfaction_takes_the_last_rating_and_the_closed_loop_counts_archives(desk: Any) -> None:
    for number, ratings in enumerate((["satisfied"], ["fair"], ["satisfied", "dissatisfied"], [])):
        got = desk.take(f"第{number}件")
        desk.solve(got["code"])
        for rating in ratings:
            desk.step(got["ticket"], "rate", None, {"rating": rating}, "2026-03-03T09:00")
        if number < 3:
            desk.step(got["code"], "close", desk.station, {}, "2026-03-04T09:00")
    found = measure(desk)
    assert (found.satisfied, found.closed_loop) == (Share(number=2, of=3), Share(number=3, of=4))
    assert (found.on_the_spot, found.answered_hours, found.activities) == (4, 1.0, 4)


def test_a_merged_opinion_counts_as_an_opinion_and_nowhere_else(desk: Any) -> None:
    one, two = desk.take()["code"], desk.take("路灯坏了")["code"]
    with desk.store.unit() as unit:
        merge(unit, desk.act("2026-03-02T11:00"), viewer=desk.station, code=two, into=one, reason="同一件")
    desk.solve(one)
    found = measure(desk)
    assert (found.opinions, found.merged, found.open, found.answered, found.closed_loop.of) == (2, 1, 1, 1, 1)


def test_towns_stations_districts_and_units_add_up_to_the_whole(desk: Any) -> None:
    for number in range(6):
        code = desk.take(f"第{number}件", xy=(1 + 2 * number, 1))["code"]
        if number % 2:
            desk.step(code, "forward", Viewer(user="s", role="station", scope=desk.look(code).station.code))
    whole = measure(desk)
    for of in ("town", "station", "district", "unit"):
        with desk.store.reading() as unit:
            rows = by(unit, MARCH, now=desk.at("2026-04-30T09:00"), of=of)
            assert sum(row.opinions for row in rows) == whole.opinions == 6
            where = {"unit": "unit_name"}.get(of, of)
            for row in (row for row in rows if row.place):
                assert measures(unit, MARCH, now=desk.at("2026-04-30T09:00"), **{where: row.place}) == row
    with desk.store.reading() as unit, pytest.raises(BadRequestError):
        by(unit, MARCH, now=desk.at("2026-04-30T09:00"), of="person")


def test_a_period_begins_and_ends_at_midnight_where_the_instance_is(desk: Any) -> None:
    desk.take("二月最后一刻", "2026-02-28T23:59")
    desk.take("三月第一刻", "2026-03-01T00:00")
    desk.take("三月最后一刻", "2026-03-31T23:59")
    assert measure(desk).opinions == 2


def recount(events: dict[int, list[MatterEvent]], now: dt.datetime) -> dict[str, Any]:
    """Count from bare events, without the engine: for matters that were neither paused nor merged."""
    calendar = shipped()
    found: dict[str, Any] = defaultdict(int)
    for rows in events.values():
        found["opinions"] += 1
        first, stop = rows[0], next((row for row in rows if row.move in STOPS_FORWARD), None)
        if stop is not None or now > first.at + dt.timedelta(hours=24):
            found["judged"] += 1
            found["in_time"] += stop is not None and stop.at <= first.at + dt.timedelta(hours=24)
        for number, days in reply_days(rows, calendar):
            found["replied"] += number
            found["within_3"] += days <= 3
            found["within_5"] += days <= 5
        found["answered"] += any(row.move in ("solve_on_the_spot", "answer", "answer_for") for row in rows)
        ratings = [row.facts["rating"] for row in rows if row.move == "rate"]
        found["rated"] += bool(ratings)
        found["satisfied"] += bool(ratings) and ratings[-1] in ("satisfied", "fair")
        found["closed"] += rows[-1].after == "archived"
        found["again"] += sum(row.move in ("again", "ask_further") for row in rows)
    return found


STOPS_FORWARD = ("forward", "solve_on_the_spot", "not_ours", "to_city", "pass_across")


def reply_days(rows: list[MatterEvent], calendar: Any) -> Iterable[tuple[int, int]]:
    start: dt.date | None = None
    for row in rows:
        day = row.at.astimezone(CHINA).date()
        if row.move in ("assign", "again") and start is None:
            start = day
        if row.move in ("reply", "paper_reply") and start is not None:
            yield 1, sum(calendar.is_workday(start + dt.timedelta(days=n)) for n in range(1, (day - start).days + 1))
            start = None
        if row.move == "take_back":
            start = None


WAYS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 60)), min_size=1, max_size=14)
LEFT_OUT = {"pause", "dun", "progress", "give_place", "classify"}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(courses=st.lists(WAYS, min_size=1, max_size=4))
def test_whatever_way_matters_go_the_measures_equal_a_recount_and_none_is_stuck(
    desk: Any, courses: list[list[tuple[int, int]]]
) -> None:
    for course in courses:
        wander(desk, course)
    now = "2026-12-31T09:00"
    with desk.store.reading() as unit:
        events: dict[int, list[MatterEvent]] = defaultdict(list)
        for row in unit.scalars(select(MatterEvent).order_by(MatterEvent.matter_id, MatterEvent.seq)):
            events[row.matter_id].append(row)
        found = measures(unit, Period.parse("2026"), now=desk.at(now))
        true = recount(events, desk.at(now))
        for row in unit.scalars(select(MatterRow).where(MatterRow.ended_at.is_(None))):
            matter = desk.look(row.code, now)
            roles = ("resident", "station", "town", "deputy", "department", "congress")
            assert any(one.allowed for role in roles for one in options(unit, matter, role)), row.state
    assert (found.opinions, found.answered, found.again) == (true["opinions"], true["answered"], true["again"])
    assert found.on_time_24h == Share(number=true["in_time"], of=true["judged"])
    assert (found.replied, found.within_3.number, found.within_5.number) == (
        true["replied"], true["within_3"], true["within_5"],
    )  # fmt: skip
    assert found.satisfied == Share(number=true["satisfied"], of=true["rated"])
    assert found.closed_loop == Share(number=true["closed"], of=true["opinions"])
    assert desk.sound()


def wander(desk: Any, course: list[tuple[int, int]]) -> None:
    """Take one matter along: each pair chooses one of the moves that are open now, and how many hours later."""
    got = desk.take("随机", "2026-03-02T09:00")
    at = desk.at("2026-03-02T09:00")
    for choice, hours in course:
        at += dt.timedelta(hours=hours)
        matter = desk.look(got["code"])
        hands = {
            "resident": None, "station": desk.station, "town": desk.town, "deputy": desk.deputy(matter),
            "department": desk.unit, "congress": desk.congress,
        }  # fmt: skip
        with desk.store.reading() as unit:
            open_now = [
                (role, one) for role in hands for one in options(unit, matter, role)
                if one.allowed and one.move not in LEFT_OUT
            ]  # fmt: skip
        if not open_now:
            return
        role, one = open_now[choice % len(open_now)]
        facts = {need.name: next(iter(need.choices), "市城市管理局") for need in one.needs}
        code = got["ticket"] if role == "resident" else got["code"]
        desk.step(code, one.move, hands[role], facts, at.strftime("%Y-%m-%dT%H:%M"))
