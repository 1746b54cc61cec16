"""Whole stories of points, written for an official to review: each step says what every seat has after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import data.rules
from data.messages import say
from scoring import Entry, award
from scoring.awards import base_points
from scoring.ledger import Closing, balance, check_closing, close, replay, reversal, standing
from scoring.periods import Period
from scoring.points import tenths_of
from scoring.quota import progress
from scoring.ranking import rank, totals
from scoring.rulebook import RuleBook, parse
from scoring.tenure import Tenure

STORIES = sorted((Path(__file__).parent / "points").glob("*.yaml"))
DEEDS = {"award", "base", "reverse", "close", "rank", "due", "check"}
COUNTS = ("half_days", "served", "members")


@dataclass(kw_only=True)
class Office:
    """The office of one story: its book, its seats, and a ledger that only grows."""

    book: RuleBook
    seats: Mapping[str, Tenure]
    ledger: list[Entry] = field(default_factory=list)
    acts: list[dict[str, object]] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)

    def award(self, rows: list[dict[str, str]]) -> list[Entry]:
        acts = [self.activity(row) for row in rows]
        self.acts += acts
        return self.enter(award(acts, self.book, earlier=self.ledger))

    def base(self, year: str) -> list[Entry]:
        return self.enter(base_points(self.seats.values(), self.book, int(year)))

    def reverse(self, what: dict[str, str]) -> list[Entry]:
        (wrong,) = [
            entry for entry in standing(self.ledger) if (entry.activity, entry.seat) == (what["code"], what["seat"])
        ]
        return self.enter([reversal(wrong, what["reason"], on=date.fromisoformat(what["on"]))])

    def enter(self, entries: list[Entry]) -> list[Entry]:
        self.ledger += entries
        return entries

    def activity(self, row: dict[str, str]) -> dict[str, object]:
        seat = self.seats[row["seat"]]
        counts = {name: int(row[name]) for name in COUNTS if name in row}
        hours = {"hours_tenths": tenths_of(row["hours"])} if "hours" in row else {}
        return {**row, "person": seat.person, "level": seat.level, **counts, **hours}

    def group(self) -> pd.DataFrame:
        return pd.DataFrame({"seat": list(self.seats), "group": [seat.level for seat in self.seats.values()]})


def read(path: Path) -> dict[str, Any]:
    story: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # every scalar stays text
    return story


def office_of(story: dict[str, Any]) -> Office:
    seats = {
        code: Tenure(seat=code, person=row["person"], level=row["level"], start=date.fromisoformat(row["from"]))
        for code, row in story["seats"].items()
    }
    return Office(book=parse(data.rules.text(story["book"]), name=story["book"]), seats=seats)


def do(office: Office, step: dict[str, Any]) -> list[Entry]:
    """Do what a step says; give the entries it has written."""
    if "award" in step:
        return office.award(step["award"])
    if "base" in step:
        return office.base(step["base"])
    if "reverse" in step:
        return office.reverse(step["reverse"])
    if "close" in step:
        office.closings.append(close(office.ledger, Period.parse(step["close"])))
    if "rank" in step:
        ranked = rank(totals(office.ledger, Period.parse(step["rank"]), office.group()))
        assert [[str(row.rank), row.seat] for row in ranked.itertuples()] == step["order"]
    if "due" in step:
        found: dict[str, dict[str, str]] = {}
        for line in progress(office.acts, office.book, Period.parse(step["due"]), office.seats.values()):
            found.setdefault(line.seat, {})[line.quota] = str(line.missing)
        assert found == step["missing"]
    if "check" in step:
        assert replay(office.ledger) == balance(office.ledger)
        assert [check_closing(office.ledger, closing) for closing in office.closings] == [()] * len(office.closings)
    return []


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_of_points_comes_out_as_it_is_told(path: Path) -> None:
    story = read(path)
    office = office_of(story)
    for step in story["steps"]:
        assert len(DEEDS & set(step)) == 1, f"{step['what']}: one deed a step"
        written = do(office, step)
        if "gives" in step:
            wanted = {seat: tenths_of(points) for seat, points in step["gives"].items()}
            assert balance(office.ledger) == wanted, step["what"]
        for activity, words in step.get("says", {}).items():
            said = [
                say(entry.reason_key, "zh", **entry.reason_facts) for entry in written if entry.activity == activity
            ]
            assert said, step["what"]
            assert all(words in sentence for sentence in said), (step["what"], said)


def test_there_are_stories_to_tell() -> None:
    assert len(STORIES) >= 5
