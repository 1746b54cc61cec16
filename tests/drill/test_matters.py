"""A month of matters with late holidays, doubles and leavers: none lost, none stuck, counters equal to a recount."""

import datetime as dt
import heapq
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from congress.permissions import Viewer
from congress.process.engine import options, replay
from data.store import Store
from data.tables import ActivityRow, Grid, MatterEvent, MatterFollower, MatterRow, Seat
from gridmap.datum import Datum
from scoring.periods import Period
from services.act import CIVIL, Act
from services.atlas import Atlases
from services.calendar import workdays
from services.imports import bring
from services.matters import by_ticket, need_of
from services.matters_books import book_of
from services.matters_events import events_of, first_due
from services.matters_handing import follow_now
from services.matters_inbox import Sought, inbox
from services.matters_measures import Share, by, measures
from services.matters_merging import merge, unmerge
from services.matters_moves import move, moved
from services.matters_receiving import Opinion, receive
from services.seats import end_seat
from services.verify import verify

SEED = 20261123
DAYS = 30
LONGEST = 40  # moves after which a matter must have come to its end
WORDS = ("路灯不亮", "水管漏水", "垃圾未清", "道路破损", "噪音扰民", "井盖松动", "积水难行", "邻里纠纷")
UNITS = ("市城市管理局", "市水利局", "市交通运输局")
TURNS = ("station", "town", "congress", "department", "deputy", "resident")


@pytest.fixture
def matters() -> int:
    """How many matters come in: a few in `make test`, ten thousand in `make drill`."""
    return int(os.environ.get("SANLIAN_DRILL_MATTERS", "80"))


@dataclass(kw_only=True)
class Month:
    """One simulated month: who comes when, and what was promised to them."""

    store: Store
    folder: Path
    number: int
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    queue: list[tuple[dt.datetime, int, str, str]] = field(default_factory=list)
    order: Any = field(default_factory=count)
    tickets: dict[str, str] = field(default_factory=dict)  # ticket -> code
    ticket_of: dict[str, str] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    holidays: list[int] = field(default_factory=list)
    handed_over: int = 0

    def plan(self, at: dt.datetime, what: str, code: str = "") -> None:
        heapq.heappush(self.queue, (at, next(self.order), what, code))

    def run(self, start: dt.datetime) -> dt.datetime:
        """Let everything happen in its order; give the instant of the last thing."""
        self.atlases = Atlases(self.store)
        with self.store.reading() as unit:
            grids = list(unit.scalars(select(Grid).order_by(Grid.code)))[:: max(1, 1600 // 200)]
        self.points = [grid.geometry.representative_point() for grid in grids]
        for _ in range(self.number):
            self.plan(start + dt.timedelta(days=DAYS) * self.chance.random(), "receive")
        for day in (4, 11, 12, 19):
            self.plan(start + dt.timedelta(days=day, hours=6), "holiday")
        for day in (8, 15, 22):
            self.plan(start + dt.timedelta(days=day, hours=1), "leave")
        last = start
        while self.queue:
            until = self.queue[0][0] + dt.timedelta(hours=6)
            with self.store.unit() as unit:
                while self.queue and self.queue[0][0] <= until:
                    last, _, what, code = heapq.heappop(self.queue)
                    getattr(self, what)(unit, last, code)
        return last

    def act(self, at: dt.datetime, actor: str = "drill") -> Act:
        return Act(actor=actor, at=at)

    def receive(self, unit: Any, at: dt.datetime, _code: str) -> None:
        spot: dict[str, Any] = {}
        if self.chance.random() < 0.9:
            point = self.chance.choice(self.points)
            spot = {"lon": point.x, "lat": point.y, "datum": Datum.parse("wgs84")}
        opinion = Opinion(text=f"{self.chance.choice(WORDS)}（演练{self.chance.randrange(10**6)}）", **spot)
        got = receive(
            unit, self.act(at, "resident"), atlas=self.atlas(at), viewer=None, opinion=opinion, synthetic=True
        )
        self.tickets[got["ticket"]] = got["code"]
        self.ticket_of[got["code"]] = got["ticket"]
        self.plan(at + dt.timedelta(hours=self.chance.randrange(1, 30)), "go_on", got["code"])

    def atlas(self, at: dt.datetime) -> Any:
        return self.atlases.on(at.astimezone(CIVIL).date())

    def go_on(self, unit: Any, at: dt.datetime, code: str) -> None:
        """Take a matter one step: mostly onward, sometimes sideways, never for ever."""
        row = unit.scalar(select(MatterRow).where(MatterRow.code == code))
        if row.merged_into_id is not None or row.ended_at is not None:
            return
        if row.events < 6 and self.chance.random() < 0.03 and self.double(unit, at, row):
            return
        book = book_of(unit, row.book_id)
        standing = standing_of(unit, row, workdays(unit))
        here = [role for role in TURNS if {"deputy": row.person_id, "department": row.unit}.get(role, "there")]
        choices = [(role, one.move) for role in here for one in options(book, standing, role) if one.allowed]
        assert choices, f"{code} is stuck in {row.state}"
        self.one_of(unit, at, row, choices)
        self.plan(at + dt.timedelta(hours=self.chance.randrange(1, 60)), "go_on", code)

    def one_of(self, unit: Any, at: dt.datetime, row: MatterRow, choices: list[tuple[str, str]]) -> None:
        book = book_of(unit, row.book_id)
        onward = [pair for pair in choices if pair[1] in ONWARD]
        tired = row.events > LONGEST // 2
        role, name = self.chance.choice(onward if onward and (tired or self.chance.random() < 0.7) else choices)
        if tired and any(pair[1] == "close" for pair in choices):
            role, name = next(pair for pair in choices if pair[1] == "close")
        needs = [need_of(book, need, UNITS) for need in book.moves[name].needs]
        facts = {need.name: self.chance.choice([*need.choices, *need.offered] or ["演练"]) for need in needs}
        if name == "give_place":
            facts = {"place": "榕树头"}
        who: dict[str, Any] = {"viewer": viewer_of(row, role), "code": row.code}
        if role == "resident":
            who = {"viewer": None, "ticket": self.ticket_of[row.code]}
        if self.chance.random() < 0.05:  # the whole act, with its answer read back
            move(unit, self.act(at, role), name=name, facts=facts, expected=row.events, **who)
        else:
            moved(unit, self.act(at, role), who["viewer"], row, role, name, facts, None, row.events, None)
        self.moved[name] += 1

    def double(self, unit: Any, at: dt.datetime, row: MatterRow) -> bool:
        other = unit.scalar(
            select(MatterRow).where(
                MatterRow.id != row.id, MatterRow.seal == "", MatterRow.merged_into_id.is_(None),
                MatterRow.book_id == row.book_id, MatterRow.received_at < at,
                MatterRow.station_code == row.station_code,  # a station joins what lies on its own desk
            ).order_by(MatterRow.id.desc()).limit(1)
        )  # fmt: skip
        if other is None:
            return False
        merge(unit, self.act(at), viewer=viewer_of(row, "station"), code=row.code, into=other.code, reason="演练")
        self.moved["merge"] += 1
        if self.chance.random() < 0.5:
            self.plan(at + dt.timedelta(hours=50), "apart", row.code)
        return True

    def apart(self, unit: Any, at: dt.datetime, code: str) -> None:
        row = unit.scalar(select(MatterRow).where(MatterRow.code == code))
        unmerge(unit, self.act(at), viewer=viewer_of(row, "station"), code=code, reason="演练")
        self.plan(at + dt.timedelta(hours=1), "go_on", code)

    def holiday(self, unit: Any, at: dt.datetime, _code: str) -> None:
        """Announce this morning that the next working days are off."""
        day, calendar = at.astimezone(CIVIL).date(), workdays(unit)
        days = [day + dt.timedelta(days=n) for n in range(1, 6)]
        off = [one for one in days if calendar.is_workday(one)][:2]
        path = self.folder / f"notice-{day}.csv"
        path.write_text("on,kind,name\n" + "".join(f"{one},off,台风停工\n" for one in off), "utf-8")
        brought = bring(unit, self.act(at), kind="workdays", path=path, datum=None)
        moved = [int(note.facts["moved"]) for note in brought.notes if note.key == "notice.matters"]
        self.holidays.append(sum(moved))

    def leave(self, unit: Any, at: dt.datetime, _code: str) -> None:
        """Let the deputy with the most open matters resign today."""
        busy = (
            select(MatterRow.seat_id)
            .where(MatterRow.ended_at.is_(None), MatterRow.seat_id.is_not(None))
            .group_by(MatterRow.seat_id)
            .order_by(func.count().desc(), MatterRow.seat_id)
            .limit(1)
        )
        seat = unit.scalar(busy)
        if seat is not None:
            day = at.astimezone(CIVIL).date()
            end_seat(unit, self.act(at), seat=unit.get_one(Seat, seat).code, kind="resigned", on=day, decision="演练")
            self.handed_over += len(follow_now(unit, self.act(at)))


ONWARD = ("give_up_asking", "give_place", "forward", "assign", "reply", "pass", "answer", "answer_for", "resume",
          "came_back", "close", "rate")  # fmt: skip


def viewer_of(row: MatterRow, role: str) -> Viewer:
    scope = {"station": row.station_code, "town": row.town_code, "department": row.unit}.get(role, "")
    return Viewer(user=role, role=role, scope=scope, person=(row.person_id or "") if role == "deputy" else "")


def test_a_month_of_matters_loses_none_leaves_none_stuck_and_counts_right(
    demo_home: Path, tmp_path: Path, matters: int, file_result: Callable[[str, dict[str, Any]], None]
) -> None:
    store = Store.open(str(demo_home / "sanlian.db"))
    with store.reading() as unit:
        before = {row.code for row in unit.scalars(select(MatterRow))}
        newest = unit.scalar(select(func.max(MatterRow.last_at)))
    start = (newest + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    month = Month(store=store, folder=tmp_path, number=matters)
    last = month.run(start)
    with store.reading() as unit:
        rows = {row.code: row for row in unit.scalars(select(MatterRow)) if row.code not in before}
        lost = set(month.tickets.values()) ^ set(rows)
        unanswered = [
            ticket
            for ticket in month.tickets
            if by_ticket(unit, ticket, now=last).code not in rows | dict.fromkeys(before)
        ]
        stuck = [row.code for row in rows.values() if row.ended_at is None and row.merged_into_id is None]
        assert (lost, unanswered, stuck) == (set(), [], [])
        assert unit.scalar(select(func.count()).select_from(MatterFollower)) >= len(rows)
        wrong_dues = differing_deadlines(unit)
        assert wrong_dues == []
        counted, true = counters(unit, start, last), recount(unit, rows, last)
        assert counted == true
        found = verify(unit)
        assert found.faults == ()
    store.close()
    result = {"seed": SEED, "matters": len(rows), "moves": dict(sorted(month.moved.items())), "lost": 0, "stuck": 0,
              "deadlines_moved_by_each_late_holiday": month.holidays, "handed_over": month.handed_over,
              "counters": {name: str(value) for name, value in counted.items()}, "verify": "clean"}  # fmt: skip
    file_result("matters", result)
    assert sum(month.holidays) > 0


def differing_deadlines(unit: Any) -> list[str]:
    """Compare every kept deadline with one that is computed anew from the events under the calendar of today."""
    calendar = workdays(unit)
    rows = list(unit.scalars(select(MatterRow)))
    return [row.code for row in rows if due_again(unit, row, calendar) != row.due_at]


def due_again(unit: Any, row: MatterRow, calendar: Any) -> dt.datetime | None:
    first = first_due(standing_of(unit, row, calendar).clocks)
    return first.due if first else None


def standing_of(unit: Any, row: MatterRow, calendar: Any) -> Any:
    return replay(book_of(unit, row.book_id), events_of(unit, [row.id])[row.id], calendar)


def period_of(start: dt.datetime, last: dt.datetime) -> Period:
    return Period(
        name="drill", start=start.astimezone(CIVIL).date(), end=last.astimezone(CIVIL).date() + dt.timedelta(days=1)
    )


def counters(unit: Any, start: dt.datetime, last: dt.datetime) -> dict[str, Any]:
    """Give what the measures and the inbox say."""
    when = period_of(start, last)
    found = measures(unit, when, now=last)
    towns = by(unit, when, now=last, of="town")
    closed = inbox(unit, Viewer(user="c", role="congress"), now=last, wanted=Sought(show="closed", period=when), most=1)
    merged = inbox(unit, Viewer(user="c", role="congress"), now=last, wanted=Sought(show="merged", period=when), most=1)
    return {
        "opinions": found.opinions, "by_town": sum(row.opinions for row in towns), "merged": found.merged,
        "answered": found.answered, "closed_loop": found.closed_loop, "satisfied": found.satisfied,
        "again": found.again, "activities": found.activities, "closed_list": closed.total, "merged_list": merged.total,
    }  # fmt: skip


def recount(unit: Any, rows: dict[str, MatterRow], last: dt.datetime) -> dict[str, Any]:
    """Count the same from bare events and activities, without the engine."""
    moves: dict[int, list[MatterEvent]] = defaultdict(list)
    for event in unit.scalars(select(MatterEvent).order_by(MatterEvent.matter_id, MatterEvent.seq)):
        moves[event.matter_id].append(event)
    own = [events for row in rows.values() if not lies_elsewhere(events := moves[row.id])]
    ratings = [[event.facts["rating"] for event in events if event.move == "rate"] for events in own]
    made = unit.scalar(
        select(func.count()).select_from(ActivityRow).where(
            ActivityRow.source == "matter", ActivityRow.state != "withdrawn",
            ActivityRow.code.in_([row.activity_code for row in rows.values()]),
        )
    )  # fmt: skip
    assert all(event.at <= last for events in moves.values() for event in events)
    return {
        "opinions": len(rows), "by_town": len(rows), "merged": len(rows) - len(own),
        "answered": sum(any(event.move in ANSWERS for event in events) for events in own),
        "closed_loop": Share(number=sum(events[-1].after == "archived" for events in own), of=len(own)),
        "satisfied": Share(number=sum(bool(one) and one[-1] in ("satisfied", "fair") for one in ratings),
                           of=sum(map(bool, ratings))),
        "again": sum(event.move in ("again", "ask_further") for events in own for event in events),
        "activities": made, "closed_list": len(own), "merged_list": len(rows) - len(own),
    }  # fmt: skip


ANSWERS = ("solve_on_the_spot", "answer", "answer_for")


def lies_elsewhere(events: list[MatterEvent]) -> bool:
    return sum({"merged": 1, "unmerged": -1}.get(event.move, 0) for event in events) > 0
