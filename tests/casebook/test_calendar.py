"""Stories of the calendar, written for an official to review: deadlines, late notices, deliberation days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.telling import said
from congress.calendar import Reason, Workdays
from congress.deliberation import deliberation_day
from data.calendar import shipped
from data.tables import CalendarDay
from services.calendar import moved_by, with_days

STORIES = sorted((Path(__file__).parent / "calendar").glob("*.yaml"))
YES = {"是": True, "否": False}


def read(path: Path) -> dict[str, Any]:
    story: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # every scalar stays text
    return story


def days_of(notice: list[dict[str, str]]) -> Iterator[CalendarDay]:
    for row in notice:
        first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
        for step in range((last - first).days + 1):
            yield CalendarDay(
                on=first + timedelta(days=step), working={"上班": True, "放假": False}[row["kind"]], name=row["name"],
                source="示例通知", recorded_at=datetime(2026, 11, 23, tzinfo=UTC),
            )  # fmt: skip


def check_deadline(calendar: Workdays, step: dict[str, Any]) -> None:
    found = calendar.deadline(date.fromisoformat(step["start"]), int(step["days"]))
    assert found.on.isoformat() == step["due"], step["what"]
    assert found.provisional == YES[step.get("provisional", "否")], step["what"]
    check_words([found.reason], step)


def check_deliberation(calendar: Workdays, step: dict[str, Any]) -> None:
    year, month = map(int, step["month"].split("-"))
    found = deliberation_day(year, month, calendar, reading=step["reading"])
    assert found.on.isoformat() == step["day"], step["what"]
    check_words([found.reason, *([found.warning] if found.warning else [])], step)


def check_notice(calendar: Workdays, step: dict[str, Any]) -> Workdays:
    """Load a notice: which deadlines it moves is told for each."""
    after = with_days(calendar, days_of(step["notice"]))
    if "announced" in step:
        year = int(step["notice"][0]["from"][:4])
        assert (year in after.announced) == YES[step["announced"]], step["what"]
    for move in step.get("moves", []):
        before = calendar.deadline(date.fromisoformat(move["start"]), int(move["days"]))
        (told,) = moved_by(calendar, after, [before])
        assert told.after.on.isoformat() == move["due"], step["what"]
        assert move["says"] in said(told.reason, "zh"), step["what"]
    return after


def check_words(reasons: list[Reason], step: dict[str, Any]) -> None:
    sentence = " ".join(said(reason, "zh") for reason in reasons)
    assert all(words in sentence for words in step.get("says", [])), (step["what"], sentence)
    assert all(said(reason, "en") for reason in reasons)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_of_the_calendar_comes_out_as_it_is_told(path: Path) -> None:
    calendar = shipped()
    for step in read(path)["steps"]:
        if "notice" in step:
            calendar = check_notice(calendar, step)
        elif "month" in step:
            check_deliberation(calendar, step)
        else:
            check_deadline(calendar, step)


def test_there_are_stories_to_tell() -> None:
    assert len(STORIES) >= 5
