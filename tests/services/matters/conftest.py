"""A desk that receives and moves matters of the drawn county, on SQLite alone or on both databases."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest

from congress.permissions import Viewer
from gridmap.datum import Datum
from services.act import Act
from services.atlas import Atlas, Atlases
from services.matters import Matter, by_code
from services.matters_moves import move
from services.matters_receiving import Opinion, receive
from services.verify import verify

WGS84 = Datum.parse("wgs84")
STATION = Viewer(user="站员", role="station", scope="S1")
TOWN = Viewer(user="镇街", role="town", scope="440784001")
UNIT = Viewer(user="城管", role="department", scope="市城市管理局")
CONGRESS = Viewer(user="人大", role="congress")
CHINA = dt.timezone(dt.timedelta(hours=8))
Step = tuple[str, Viewer | None, dict[str, str]]


@dataclass(kw_only=True)
class Desk:
    """What the tests do with matters, in few words; instants are Chinese time."""

    county: Any
    atlases: Atlases = field(init=False)
    station: Viewer = STATION
    town: Viewer = TOWN
    unit: Viewer = UNIT
    congress: Viewer = CONGRESS
    forward: Step = ("forward", STATION, {})
    assign: Step = ("assign", TOWN, {"unit": "市城市管理局"})
    reply: Step = ("reply", UNIT, {"reply": "已修好"})
    passing: Step = ("pass", STATION, {})

    def __post_init__(self) -> None:
        self.atlases = Atlases(self.county.store)

    @property
    def store(self) -> Any:
        return self.county.store

    def at(self, when: str) -> dt.datetime:
        return dt.datetime.fromisoformat(f"{when}+08:00")

    def act(self, when: str = "2026-03-02T09:00", actor: str = "tester", request: str = "") -> Act:
        return Act(actor=actor, at=self.at(when), request_id=request)

    def atlas(self, when: str = "2026-03-02T09:00") -> Atlas:
        return self.atlases.on(self.at(when).date())

    def take(
        self, text: str = "路灯不亮", when: str = "2026-03-02T09:00", *, xy: tuple[float, float] | None = (1, 1),
        request: str = "", viewer: Viewer | None = None, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Receive an opinion, from the middle of the first grid unless another spot is given."""
        place: dict[str, Any] = {}
        if xy is not None:
            lon, lat = self.county.at(*xy)
            place = {"lon": lon, "lat": lat, "datum": WGS84}
        atlas = self.atlas(when)
        with self.store.unit() as unit:
            act = self.act(when, viewer.user if viewer else "resident", request)
            return receive(unit, act, atlas=atlas, viewer=viewer, opinion=Opinion(text=text, **place, **more))

    def step(
        self, code: str, name: str, viewer: Viewer | None = None, facts: dict[str, str] | None = None,
        when: str = "2026-03-02T10:00", request: str = "", **more: Any,
    ) -> Matter:  # fmt: skip
        """Take a matter one step further; without a viewer `code` is a ticket."""
        which = {"ticket": code} if viewer is None else {"code": code}
        with self.store.unit() as unit:
            act = self.act(when, viewer.user if viewer else "resident", request)
            return move(unit, act, viewer=viewer, name=name, facts=facts, **which, **more)

    def steps(self, code: str, *made: Step) -> Matter:
        """Take several steps, an hour apart."""
        last = self.look(code).last_at.astimezone(CHINA)
        for number, (name, viewer, facts) in enumerate(made, start=1):
            when = (last + dt.timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M")
            moved = self.step(code, name, viewer, facts, when)
        return moved

    def to_deputy(self, code: str) -> Matter:
        """Take a matter to where its deputy answers."""
        return self.steps(code, self.forward, self.assign, self.reply, self.passing)

    def solve(self, code: str, when: str = "2026-03-02T10:00", **more: str) -> Matter:
        """Let the linked deputy solve a matter on the spot."""
        said = {"reply": "当场解决", "reply_kind": "on_the_spot", **more}
        return self.step(code, "solve_on_the_spot", self.deputy(self.look(code)), said, when)

    def look(self, code: str, when: str = "2026-03-02T12:00") -> Matter:
        with self.store.reading() as unit:
            return by_code(unit, code, now=self.at(when))

    def deputy(self, matter: Matter) -> Viewer:
        return Viewer(user=matter.deputy.name, role="deputy", person=matter.deputy.code)

    def sound(self) -> bool:
        with self.store.reading() as unit:
            assert verify(unit).faults == ()
        return True


@pytest.fixture
def desk(swift: Any) -> Desk:
    """Give the desk on SQLite alone."""
    return Desk(county=swift)


@pytest.fixture
def desks(county: Any) -> Desk:
    """Give the desk once on each database."""
    return Desk(county=county)
