"""The instance's calendar: notices that come in, what they move, and deliberation days under recorded decisions."""

from datetime import date
from pathlib import Path
from typing import Any

import chinese_calendar
import pandas as pd
import pytest
from sqlalchemy import select

from data.flaws import Flaw, render
from data.tables import AuditRow, CalendarDay, DeliberationDecision, Generation, ImportRun
from data.templates import write_template
from services.act import Act
from services.calendar import deliberation, move_deliberation, moved_by, workdays
from services.errors import BadRequestError, FlawedError
from services.imports import Imported, bring, examine
from services.instance import change_setting

County = Any
HEADERS = ["日期", "类别", "名称", "依据"]
# an invented notice: it stands for the real one of 2027, which nobody knows here
YEAR = [
    ("2027-01-01", "放假", "元旦"), ("2027-01-31", "上班", "春节"),
    *((f"2027-02-{day:02}", "放假", "春节") for day in range(5, 12)), ("2027-02-20", "上班", "春节"),
    ("2027-04-05", "放假", "清明节"), ("2027-05-03", "放假", "劳动节"), ("2027-06-09", "放假", "端午节"),
    ("2027-09-15", "放假", "中秋节"), *((f"2027-10-0{day}", "放假", "国庆节") for day in range(1, 8)),
]  # fmt: skip


def load(county: County, rows: list[tuple[str, ...]], act: Act | None = None, **options: Any) -> Imported:
    """Bring in a notice as an office would type it."""
    path = county.folder / "notice.csv"
    frame = pd.DataFrame([(*row, "示例通知") if len(row) == 3 else row for row in rows], columns=HEADERS)
    frame.to_csv(path, index=False, encoding="utf-8")
    with county.store.unit() as unit:
        return bring(unit, act or county.act(), kind="workdays", path=path, datum=None, **options)


def kinds(flaws: tuple[Flaw, ...]) -> list[str]:
    for flaw in flaws:
        for lang in ("zh", "en"):
            assert all(render(flaw, lang))
    return [flaw.kind for flaw in flaws]


def calendar_of(county: County) -> Any:
    with county.store.reading() as unit:
        return workdays(unit)


def test_without_notices_an_instance_has_the_shipped_calendar(empty: County) -> None:
    assert calendar_of(empty) == workdays()
    assert workdays().is_workday(date(2026, 10, 10)) == chinese_calendar.is_workday(date(2026, 10, 10))


def test_a_whole_notice_announces_its_year_and_tells_every_day_it_turned(empty: County) -> None:
    done = load(empty, YEAR)
    assert (done.rows, done.new, done.changed, done.flaws) == (21, 21, 0, ())
    after = calendar_of(empty)
    assert 2027 in after.announced
    assert after.is_workday(date(2027, 1, 31))
    assert not after.is_workday(date(2027, 2, 11))
    told = [(note.key, note.facts.get("on", note.facts.get("year"))) for note in done.notes]
    assert told[0] == ("notice.announced", 2027)
    assert ("notice.turned_worked", "2027-01-31") in told
    assert ("notice.turned_off", "2027-10-07") in told
    assert ("notice.deliberation", "2027-10-28") not in told


def test_open_deadlines_move_and_each_says_so(empty: County) -> None:
    before = calendar_of(empty)
    open_ones = [before.deadline(date(2027, 2, 3), 3), before.deadline(date(2026, 3, 2), 3)]
    load(empty, YEAR)
    (told,) = moved_by(before, calendar_of(empty), open_ones)
    assert (told.before.on, told.after.on) == (date(2027, 2, 10), date(2027, 2, 15))
    assert told.before.provisional
    assert not told.after.provisional


def test_a_notice_that_leaves_holidays_out_is_kept_and_names_them(empty: County) -> None:
    done = load(empty, YEAR[:10])
    assert kinds(done.flaws) == ["notice_incomplete"]
    assert done.flaws[0].facts == {"year": 2027, "holidays": ["清明节", "劳动节", "端午节", "中秋节", "国庆节"]}
    assert 2027 not in calendar_of(empty).announced
    rest = load(empty, YEAR[10:])  # the second half completes the year
    assert kinds(rest.flaws) == []
    assert 2027 in calendar_of(empty).announced


def test_the_same_notice_twice_changes_nothing_and_a_corrected_one_only_its_day(empty: County) -> None:
    load(empty, YEAR)
    again = load(empty, YEAR)
    assert (again.new, again.changed, again.notes) == (0, 0, ())
    corrected = load(empty, [("2027-10-07", "上班", "国庆节")])
    assert (corrected.new, corrected.changed) == (0, 1)
    assert [note.key for note in corrected.notes] == ["notice.turned_worked"]
    with empty.store.reading() as unit:
        row = unit.scalars(select(CalendarDay).where(CalendarDay.on == date(2027, 10, 7))).one()
        assert (row.working, row.row_version) == (True, 2)


def test_a_day_off_announced_late_falls_on_a_deliberation_day_and_that_is_told(empty: County) -> None:
    done = load(empty, [("2026-11-26", "放假", "台风停工", "县府通知")])
    assert kinds(done.flaws) == ["notice_changes_announced"]
    assert [(note.key, note.facts["on"]) for note in done.notes] == [
        ("notice.turned_off", "2026-11-26"), ("notice.deliberation", "2026-11-26"),
    ]  # fmt: skip
    assert calendar_of(empty).day(date(2026, 11, 26)).source == "县府通知"


def test_doubtful_and_impossible_rows_are_named(empty: County) -> None:
    doubtful = load(empty, [("2027-03-03", "上班", "补班")])
    assert kinds(doubtful.flaws) == ["notice_worked_weekday"]
    with pytest.raises(FlawedError) as refused:
        load(empty, [*YEAR, ("2072-10-01", "放假", "国庆节")])
    assert [(flaw.kind, flaw.line) for flaw in refused.value.flaws if flaw.fatal] == [("notice_outside", 23)]
    assert 2027 not in calendar_of(empty).announced
    with pytest.raises(FlawedError):
        load(empty, [("2027-10-01", "放假", "国庆节"), ("2027-10-01", "上班", "国庆节")])


def test_the_example_row_of_the_template_is_never_kept(empty: County) -> None:
    path = empty.folder / "workdays.xlsx"
    write_template("workdays", path)
    with empty.store.unit() as unit:
        done = bring(unit, empty.act(), kind="workdays", path=path, datum=None)
    assert kinds(done.flaws) == ["notice_sample"]
    assert done.new == 0


def test_a_trial_and_a_check_change_nothing(empty: County) -> None:
    before = empty.everything()
    tried = load(empty, YEAR, dry_run=True)
    assert (tried.new, tried.kept, tried.done) == (21, 0, False)
    with empty.store.unit() as unit:
        rows, flaws = examine(unit, empty.act(), kind="workdays", path=empty.folder / "notice.csv", datum=None)
        unit.rollback()
    assert (rows, flaws) == (21, ())
    assert empty.everything() == before


def test_a_notice_needs_neither_term_nor_map_and_is_on_record(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("日期,类别,名称\n2027-10-01,放假,国庆节\n", "utf-8")
    act = Act(actor="clerk", at=pd.Timestamp("2026-11-23T09:00+08:00").to_pydatetime())
    with store.unit() as unit:
        bring(unit, act, kind="workdays", path=path, datum=None, source="国务院办公厅")
    with store.reading() as unit:
        run = unit.scalars(select(ImportRun)).one()
        assert (run.kind, run.rows, run.generation_id, run.source) == ("workdays", 1, None, "国务院办公厅")
        assert unit.scalars(select(AuditRow.act)).all() == ["import.run"]
        assert unit.scalars(select(Generation)).all() == []


def test_the_deliberation_day_follows_the_setting(empty: County) -> None:
    month = date(2026, 2, 1)
    with empty.store.unit() as unit:
        assert deliberation(unit, month).on == date(2026, 2, 26)
        change_setting(unit, empty.act(), "calendar.deliberation", "fourth_week")
        assert deliberation(unit, month).on == date(2026, 2, 19)
        with pytest.raises(BadRequestError):
            change_setting(unit, empty.act(), "calendar.deliberation", "fifth_friday")


def test_a_decision_moves_one_month_and_is_on_record(empty: County) -> None:
    month = date(2026, 2, 1)
    with empty.store.unit() as unit:
        found = move_deliberation(unit, empty.act(), month=month, to=date(2026, 2, 27), reason="春节后", paper="第1号")
        assert (found.on, found.planned, found.moved) == (date(2026, 2, 27), date(2026, 2, 26), True)
        assert not deliberation(unit, date(2026, 3, 1)).moved
    with empty.store.reading() as unit:
        row = unit.scalars(select(AuditRow).where(AuditRow.act == "calendar.move_deliberation")).one()
        assert (row.facts["planned"], row.facts["to"], row.facts["reason"]) == ("2026-02-26", "2026-02-27", "春节后")


def test_a_town_s_own_decision_goes_before_the_one_for_everywhere(empty: County) -> None:
    month = date(2026, 2, 1)
    with empty.store.unit() as unit:
        move_deliberation(unit, empty.act(), month=month, to=date(2026, 2, 27), reason="全县", town="")
        move_deliberation(unit, empty.act(), month=month, to=date(2026, 2, 25), reason="本镇", town="440784001")
        move_deliberation(unit, empty.act(), month=month, to=date(2026, 2, 24), reason="本镇再定", town="440784001")
        assert deliberation(unit, month, town="440784001").on == date(2026, 2, 24)
        assert deliberation(unit, month, town="440784002").on == date(2026, 2, 27)
        rows = unit.scalars(select(DeliberationDecision).order_by(DeliberationDecision.town_code)).all()
        assert [(row.town_code, row.row_version) for row in rows] == [("", 1), ("440784001", 2)]


@pytest.mark.parametrize(("to", "reason"), [(date(2026, 2, 27), "  "), (date(2027, 2, 27), "笔误")])
def test_a_decision_without_reason_or_far_away_is_refused(empty: County, to: date, reason: str) -> None:
    before = empty.everything()
    with pytest.raises(BadRequestError), empty.store.unit() as unit:
        move_deliberation(unit, empty.act(), month=date(2026, 2, 1), to=to, reason=reason)
    assert empty.everything() == before


def test_a_month_outside_the_calendar_is_refused_with_its_years(empty: County) -> None:
    with empty.store.reading() as unit, pytest.raises(BadRequestError) as refused:
        deliberation(unit, date(2077, 2, 1))
    assert refused.value.facts == {"first": 2004, "last": 2060}
