"""Whole years of points, written for an official to review, told through the acts that the doors call."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

import data.rules
from congress.permissions import Viewer
from data.messages import say
from data.store import Store
from data.tables import LedgerEntry, Person, Seat
from scoring.points import text_of
from services.act import Act
from services.activities import enter, move
from services.closings import close_period, freeze_period
from services.drafts import Draft, ground
from services.errors import ActError
from services.instance import change_setting, open_term, the_term
from services.objections import answer_objection, raise_objection
from services.points import adopt, period_of, score
from services.seats import suspend_seat
from services.verify import verify

HERE = Path(__file__).parent
YEARS = sorted((HERE / "years").glob("*.yaml"))
TERM, STARTS, ENDS = "第一届", dt.date(2026, 1, 1), dt.date(2031, 1, 1)
CONGRESS = Viewer(user="congress", role="congress")
DEEDS = {"acts", "close", "freeze", "object", "suspend", "withdraw", "score"}
MEASURES = ("half_days", "served")


@dataclass(kw_only=True)
class Office:
    """The office of one story: a store without maps, the people by name, and the codes of the acts by theirs."""

    store: Store
    people: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    today: dt.date = STARTS
    steps: int = 0

    def act(self, actor: str = "congress") -> Act:
        self.steps += 1
        at = dt.datetime.combine(self.today, dt.time(9), dt.timezone(dt.timedelta(hours=8)))
        return Act(actor=actor, at=at, request_id=str(self.steps))

    def open(self, story: dict[str, Any]) -> None:
        with self.store.unit() as unit:
            term = open_term(unit, self.act(), name=TERM, starts_on=STARTS, ends_on=ENDS)
            change_setting(unit, self.act(), "activities.town_first", [])
            for place, (name, seats) in enumerate(story["people"].items()):
                person = Person(id=f"p{place}", code=f"P{place}", name=name)
                self.people[name] = person.id
                unit.add(person)
                unit.flush()
                for code, row in seats.items():
                    unit.add(
                        Seat(id=f"s-{code}", code=code, term_id=term.id, person_id=person.id, level=row["level"],
                             starts_on=row.get("from", STARTS), ends_on=row.get("to"))
                    )  # fmt: skip
            adopt(unit, self.act(), text=text_of_book(story["book"]), name=story["book"], adopted_from=STARTS)

    def enter(self, row: dict[str, Any]) -> None:
        """Let the first of the people enter an act, the others take part, and the congress verify it."""
        first = self.people[row["who"][0]]
        viewer = Viewer(user=first, role="deputy", person=first)
        draft = Draft(
            kind=row["kind"], on=row["on"], people=tuple(self.people[one] for one in row["who"]),
            level=row.get("level", ""), hours_tenths=round(row["hours"] * 10) if "hours" in row else None,
            **{name: row[name] for name in MEASURES if name in row},
        )  # fmt: skip
        with refusal(row.get("refused", "")), self.store.unit() as unit:
            found = ground(unit, draft, self.today)
            self.codes[row["name"]] = enter(unit, self.act(first), viewer=viewer, found=found)["code"]
        if not row.get("unverified") and row["name"] in self.codes:
            self.move(row["name"], "verify")

    def move(self, name: str, move_name: str) -> None:
        with self.store.unit() as unit:
            move(unit, self.act(), viewer=CONGRESS, code=self.codes[name], name=move_name, reason="记错")

    def object(self, row: dict[str, Any]) -> None:
        """Raise an objection and answer it the same day."""
        with self.store.unit() as unit:
            entry = None
            if "of" in row:
                entries = select(LedgerEntry.id).where(LedgerEntry.activity_code == self.codes[row["of"]])
                entry = unit.scalars(entries.where(LedgerEntry.tenths != 0).order_by(LedgerEntry.id)).first()
            number = raise_objection(
                unit, self.act(row["who"]), person=self.people[row["who"]], period=row["period"], kind=row["kind"],
                text="请核对", entry=entry, activity=self.codes.get(row.get("activity", ""), ""),
            )  # fmt: skip
        with self.store.unit() as unit:
            answer_objection(
                unit, self.act(), viewer=CONGRESS, number=number, upheld=row["upheld"], answer=row["answer"],
                activity=self.codes.get(row.get("activity", ""), ""), measures=row.get("right"),
            )  # fmt: skip

    def do(self, step: dict[str, Any]) -> None:
        for row in step.get("acts", ()):
            self.enter(row)
        if "object" in step:
            self.object(step["object"])
        if "withdraw" in step:
            self.move(step["withdraw"], "withdraw")
        with self.store.unit() as unit:
            if "score" in step:
                score(unit, self.act())
            if "close" in step:
                close_period(unit, self.act(), period=str(step["close"]))
            if "freeze" in step:
                freeze_period(unit, self.act(), period=str(step["freeze"]))
            if "suspend" in step:
                row = step["suspend"]
                suspend_seat(unit, self.act(), seat=row["seat"], on=row["on"], until=row["until"],
                             decision=row["decision"])  # fmt: skip

    def points(self, period: str) -> dict[str, str]:
        """Give what every seat with an entry has in a period."""
        with self.store.reading() as unit:
            span = period_of(the_term(unit), period)
            query = select(Seat.code, LedgerEntry.tenths).join(LedgerEntry, LedgerEntry.seat_id == Seat.id)
            sums: dict[str, int] = {}
            for seat, tenths in unit.execute(query.where(LedgerEntry.on >= span.start, LedgerEntry.on < span.end)):
                sums[seat] = sums.get(seat, 0) + tenths
        return {seat: text_of(tenths) for seat, tenths in sums.items()}

    def said(self, name: str) -> list[str]:
        with self.store.reading() as unit:
            query = select(LedgerEntry.reason).where(LedgerEntry.activity_code == self.codes[name])
            return [say(reason["key"], "zh", **reason["facts"]) for reason in unit.scalars(query)]


def text_of_book(name: str) -> str:
    written = HERE / "books" / f"{name}.yaml"
    return written.read_text("utf-8") if written.exists() else data.rules.text(name)


def plain(node: Any) -> Any:
    """Give YAML 1.1's idea of the word `on` its letters back."""
    if isinstance(node, dict):
        return {"on" if key is True else key: plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, list) else node


@contextmanager
def refusal(key: str) -> Iterator[None]:
    """Expect a refusal, or none."""
    if not key:
        yield
        return
    with pytest.raises(ActError, match=key):
        yield


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    store = Store.open(tmp_path / "year.sqlite")
    yield Office(store=store)
    store.close()


@pytest.mark.parametrize("path", YEARS, ids=lambda path: path.stem)
def test_a_year_comes_out_as_it_is_told(office: Office, path: Path) -> None:
    story = plain(yaml.safe_load(path.read_text("utf-8")))
    office.open(story)
    for step in story["steps"]:
        assert DEEDS & set(step), step["what"]
        office.today = step["today"]
        with refusal(step.get("refused", "")):
            office.do(step)
        if not step.get("refused") and not {"close", "freeze"} & set(step):
            with office.store.unit() as unit:
                score(unit, office.act())
        for period, wanted in step.get("gives", {}).items():
            found = office.points(str(period))
            given = {seat: text_of(round(points * 10)) for seat, points in wanted.items()}
            assert {seat: found.get(seat) for seat in given} == given, step["what"]
            assert {seat for seat, points in found.items() if points != "0" and seat not in given} == set(), step[
                "what"
            ]
        for name, words in step.get("says", {}).items():
            assert any(words in sentence for sentence in office.said(name)), (step["what"], office.said(name))
        with office.store.reading() as unit:
            assert verify(unit).faults == (), step["what"]


def test_there_are_years_of_every_kind() -> None:
    assert {path.stem for path in YEARS} >= {
        "heshan-631", "base-sixty", "two-seats", "suspended-seat", "late-acts", "late-for-nothing", "objections",
    }  # fmt: skip
