"""The process engine: books that name their flaws, and events whose replay always says where a matter stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.process.book import ProcessBook, ProcessBookError, parse
from congress.process.engine import NOTHING, Event, MoveRefusedError, options, replay
from data import practices

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 9:00 in Heshan

SMALL = """
name: small
title: {zh: 小, en: small}
version: "1"
source: a test
states:
  open: {title: {zh: 收, en: open}, holder: station}
  doing: {title: {zh: 办, en: doing}, holder: department}
  done: {title: {zh: 结, en: done}, end: true, sealed: true}
clocks:
  act:
    title: {zh: 办, en: act}
    starts: [give]
    stops: [finish]
    counts_against: department
    working_days: 3
    at_most: 5
    basis: {zh: 例, en: example}
moves:
  receive: {title: {zh: 收, en: receive}, to: open, who: [resident], needs: [text]}
  give: {title: {zh: 交, en: give}, from: [open], to: doing, who: [station]}
  extend: {title: {zh: 延, en: extend}, from: [doing], who: [department], needs: [reason], extends: [act], at_most: 1}
  wait: {title: {zh: 停, en: wait}, from: [doing], who: [station], pauses: [act]}
  go_on: {title: {zh: 续, en: go on}, from: [doing], who: [station], resumes: [act]}
  finish: {title: {zh: 结, en: finish}, from: [doing], to: done, who: [department]}
"""


class Weekdays:
    """Saturdays and Sundays off, and nothing else: the tests' own calendar."""

    class Answer:
        def __init__(self, on: date) -> None:
            self.on = on
            self.provisional = False

    def deadline(self, start: date, working_days: int) -> Answer:
        day = start
        while working_days:
            day += timedelta(days=1)
            working_days -= day.weekday() < 5
        return self.Answer(day)


def book(text: str = SMALL) -> ProcessBook:
    return parse(text, name="small.yaml")


def story(*moves: tuple[str, str, float], facts: dict[str, str] | None = None) -> list[Event]:
    said = {"text": "路灯不亮", "reason": "等配件", **(facts or {})}
    return [
        Event(seq=n, move=move, role=role, at=MONDAY + timedelta(hours=hours), actor=role, facts=said)
        for n, (move, role, hours) in enumerate(moves, start=1)
    ]


def test_three_working_days_from_a_monday_end_with_thursday() -> None:
    standing = replay(book(), story(("receive", "resident", 0), ("give", "station", 1)), Weekdays())
    (clock,) = standing.running
    assert clock.due == datetime(2026, 11, 26, 15, 59, 59, 999999, tzinfo=UTC)
    assert clock.counts_against == "department"
    assert clock.reason_facts["working_days"] == 3
    assert not clock.late


def test_the_clock_is_late_only_after_its_due_instant_and_against_the_department() -> None:
    events = story(("receive", "resident", 0), ("give", "station", 1), ("finish", "department", 24 * 4))
    (clock,) = replay(book(), events, Weekdays()).clocks
    assert clock.late
    on_time = story(("receive", "resident", 0), ("give", "station", 1), ("finish", "department", 24 * 3))
    assert not replay(book(), on_time, Weekdays()).clocks[0].late


def test_an_extension_with_a_reason_reaches_five_working_days_and_comes_once() -> None:
    events = story(("receive", "resident", 0), ("give", "station", 1), ("extend", "department", 2))
    (clock,) = replay(book(), events, Weekdays()).running
    assert clock.reason_facts["on"] == "2026-11-30"
    again = [*events, *story(("extend", "department", 3))]
    with pytest.raises(MoveRefusedError, match="often_enough"):
        replay(book(), again, Weekdays())


def test_paused_time_does_not_count() -> None:
    events = story(("receive", "resident", 0), ("give", "station", 1), ("wait", "station", 2), ("go_on", "station", 26))
    (clock,) = replay(book(), events, Weekdays()).running
    assert clock.reason_facts["on"] == "2026-11-27"
    paused = replay(book(), events[:3], Weekdays()).running[0]
    assert paused.due is None
    assert not paused.late


def test_a_move_by_another_role_is_refused_with_who_may() -> None:
    with pytest.raises(MoveRefusedError) as refused:
        replay(book(), story(("receive", "resident", 0), ("give", "resident", 1)), Weekdays())
    assert refused.value.key == "process.not_this_role"
    assert refused.value.facts["who"] == ["station"]


def test_a_move_without_what_it_needs_says_what_is_missing() -> None:
    event = Event(seq=1, move="receive", role="resident", at=MONDAY, actor="x", facts={"text": "  "})
    with pytest.raises(MoveRefusedError) as refused:
        replay(book(), [event], Weekdays())
    assert refused.value.facts["missing"] == ["text"]


def test_nothing_follows_a_sealed_archive_and_its_seal_is_of_every_word() -> None:
    events = story(("receive", "resident", 0), ("give", "station", 1), ("finish", "department", 2))
    sealed = replay(book(), events, Weekdays())
    assert sealed.seal
    other = story(
        ("receive", "resident", 0), ("give", "station", 1), ("finish", "department", 2), facts={"text": "路灯亮"}
    )
    assert replay(book(), other, Weekdays()).seal != sealed.seal
    with pytest.raises(MoveRefusedError, match="sealed"):
        replay(book(), [*events, *story(("wait", "station", 3))], Weekdays())


def test_a_past_day_is_answered_from_the_events_up_to_it() -> None:
    events = story(("receive", "resident", 0), ("give", "station", 5), ("finish", "department", 9))
    assert replay(book(), events, Weekdays(), until=MONDAY + timedelta(hours=6)).state == "doing"
    assert replay(book(), events, Weekdays(), until=MONDAY - timedelta(hours=1)) == NOTHING


@pytest.mark.parametrize(
    ("old", "new", "kind", "line"),
    [
        ("to: doing", "to: nowhere", "unknown_state", 21),
        ("starts: [give]", "starts: [gave]", "unknown_move", 13),
        ("pauses: [act]", "pauses: [acted]", "unknown_clock", 23),
        ("version: \"1\"", "version: \"1\"\nverzion: \"2\"", "wrong_value", 5),
        ("    working_days: 3\n", "", "wrong_value", 11),
        ("who: [station]}\n  extend", "who: [mayor]}\n  extend", "wrong_value", 21),
        ("name: small", "name: small\nname: small", "key_twice", 3),
        ("from: [doing], to: done", "from: [doing]", "state_never_reached", 9),
        ("source: a test", "source: [a test", "not_yaml", 6),
    ],
)  # fmt: skip
def test_a_book_names_its_flaw_and_line(old: str, new: str, kind: str, line: int) -> None:
    assert old in SMALL
    with pytest.raises(ProcessBookError) as wrong:
        parse(SMALL.replace(old, new), name="small.yaml")
    assert (kind, line) in {(flaw.kind, flaw.line) for flaw in wrong.value.flaws}


@pytest.mark.parametrize("name", practices.names())
def test_every_shipped_book_is_sound(name: str) -> None:
    shipped = parse(practices.text(name), name=f"{name}.yaml")
    assert shipped.openings
    assert all(clock.counts_against != "deputy" for clock in shipped.clocks.values())


ROLES = ("resident", "grid_worker", "station", "town", "deputy", "department", "congress")
CHOICES = {"text": "路灯", "reason": "等", "unit": "城管", "reply": "已修", "contact_time": "9:00", "presence": "到场"}


@pytest.mark.parametrize("name", practices.names())
@given(steps=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 200)), min_size=1, max_size=40))
def test_whatever_happens_a_matter_has_a_next_step_or_an_end_and_replay_agrees_with_itself(
    name: str, steps: list[tuple[int, int]]
) -> None:
    shipped = parse(practices.text(name), name=name)
    events: list[Event] = []
    standing, at = NOTHING, MONDAY
    for choice, hours in steps:
        open_moves = [
            (option.move, role) for role in ROLES for option in options(shipped, standing, role) if option.allowed
        ]
        if not open_moves:
            break
        move, role = open_moves[choice % len(open_moves)]
        at += timedelta(hours=hours)
        facts = CHOICES | {
            "class": next(iter(shipped.classes), ""), "elsewhere": next(iter(shipped.elsewhere), ""),
            "reply_kind": next(iter(shipped.reply_kinds), ""), "rating": next(iter(shipped.ratings), ""),
        }  # fmt: skip
        given_facts = {key: value for key, value in facts.items() if value}
        events.append(Event(seq=len(events) + 1, move=move, role=role, at=at, actor=role, facts=given_facts))
        before, standing = standing, replay(shipped, events, Weekdays())
        assert standing.events == before.events + 1
        for clock in standing.clocks:
            assert clock.due is None or clock.due >= clock.started
            assert clock.stopped is None or clock.stopped >= clock.started
    ended = shipped.states[standing.state].end
    assert ended == (not any(o.allowed for role in ROLES for o in options(shipped, standing, role)))
    for cut in range(len(events) + 1):
        prefix = replay(shipped, events[:cut], Weekdays())
        assert prefix.events == cut
        assert prefix.state == (shipped.moves[events[cut - 1].move].to or prefix.state if cut else "")


def event(seq: int, move: str, hours: int, role: str = "station", **facts: str) -> Event:
    return Event(seq=seq, move=move, at=MONDAY + timedelta(hours=hours), actor="a", role=role, facts=facts)


def test_a_note_changes_no_state_and_is_sealed_with_the_rest() -> None:
    told = [event(1, "receive", 0, "resident", text="x"), event(2, "routed", 1), event(3, "give", 2)]
    done = replay(book(), [*told, event(4, "finish", 3, "department")], Weekdays())
    assert (done.state, done.events, len(done.seal)) == ("done", 4, 64)
    assert replay(book(), told[:2], Weekdays()).state == "open"
    with pytest.raises(MoveRefusedError, match=r"process\.sealed"):
        replay(book(), [*told, event(4, "finish", 3, "department"), event(5, "routed", 4)], Weekdays())
    with pytest.raises(MoveRefusedError):
        replay(book(), [event(1, "routed", 0)], Weekdays())


def test_while_merged_no_move_is_made_and_every_clock_stands_still() -> None:
    told = [event(1, "receive", 0, "resident", text="x"), event(2, "give", 1), event(3, "merged", 2)]
    merged = replay(book(), told, Weekdays())
    assert (merged.merged, merged.running[0].due) == (True, None)
    for move in ("merged", "finish"):
        with pytest.raises(MoveRefusedError, match=r"process\.merged"):
            replay(book(), [*told, event(4, move, 3, "department")], Weekdays())
    apart = replay(book(), [*told, event(4, "unmerged", 26)], Weekdays())
    whole = replay(book(), told[:2], Weekdays())
    assert (apart.running[0].due or MONDAY) - (whole.running[0].due or MONDAY) == timedelta(days=1)
    with pytest.raises(MoveRefusedError, match="not_merged"):
        replay(book(), [*told[:2], event(3, "unmerged", 2)], Weekdays())


def test_a_pause_inside_a_merging_ends_only_with_both() -> None:
    told = [
        event(1, "receive", 0, "resident", text="x"),
        event(2, "give", 1),
        event(3, "wait", 2),
        event(4, "merged", 3),
    ]
    apart = replay(book(), [*told, event(5, "unmerged", 10)], Weekdays())
    assert apart.running[0].due is None
    assert replay(book(), [*told, event(5, "unmerged", 10), event(6, "go_on", 12)], Weekdays()).running[0].due


def test_a_clock_may_not_count_against_a_deputy() -> None:
    with pytest.raises(ProcessBookError, match="clock_against_a_person"):
        book(SMALL.replace("counts_against: department", "counts_against: deputy"))


def test_an_activity_of_a_class_that_is_not_in_the_book_is_a_flaw() -> None:
    line = "  finish: {title: {zh: 结, en: finish}, "
    with pytest.raises(ProcessBookError, match="unknown_class"):
        book(SMALL.replace(line, line + "activity_of: {weather: x}, "))
