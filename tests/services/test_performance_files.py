"""A deputy's file, the circular and the reports that are due: what they say is what ledger and register say."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from docx import Document
from pypdf import PdfReader
from sqlalchemy import func, select

from api.manuscripts.circulars import circular_manuscript
from api.manuscripts.performance import performance_manuscript
from api.manuscripts.wording import Wording
from data.manuscripts.content import tables
from data.manuscripts.excel import write_excel
from data.manuscripts.outlines import report_to_electors
from data.manuscripts.pdf import write_pdf
from data.manuscripts.word import write_word
from data.press import find_fonts
from data.rules import text
from data.tables import ActivityRow, AuditRow, LedgerEntry, Seat
from services.circulars import Circular, circular, is_settled
from services.closings import close_period
from services.elector_reports import reports_due
from services.errors import BadRequestError, NotFoundError
from services.exporting import record_export
from services.instance import change_setting, the_term
from services.performance_files import PerformanceFile, performance_file
from services.points import adopt, period_of, score
from services.publication import publish
from services.seats import end_seat, suspend_seat
from tests.scoring.conftest import draw_book

if TYPE_CHECKING:
    from tests.services.conftest import County

TODAY = dt.date(2026, 7, 1)
COLUMNS = "code | kind | on | people | mode | level | title | grid | station | hours | half_days | served | state"


def book(county: Any, *rows: str, today: str = "2026-07-01") -> None:
    """Adopt the shipped book, bring in acts, and score them."""
    with county.store.unit() as unit:
        adopt(
            unit, county.act("2026-01-01"), text=text("heshan-631"), name="heshan-631", adopted_from=dt.date(2026, 1, 1)
        )
    if rows:
        columns = (
            "code | kind | on | people | mode | level | title | grid | station | hours | half_days | served | state"
        )
        county.bring("activities", county.table(columns, *rows), act=county.act(today))
    with county.store.unit() as unit:
        score(unit, county.act(today))


def visit(code: str, day: str, people: str = "P01", level: str = "", state: str = "verified") -> str:
    return f"{code} | grid.visit | {day} | {people} | | {level} | | G1 | | | | | {state}"


def the_file(county: Any, person: str, period: str = "2026", **options: Any) -> PerformanceFile:
    with county.store.reading() as unit:
        return performance_file(unit, person=person, period=period, today=TODAY, **options)


def the_circular(county: Any, period: str = "2026Q1", **options: Any) -> Circular:
    with county.store.reading() as unit:
        return circular(unit, period=period, today=TODAY, **options)


def test_the_total_of_a_file_is_the_sum_of_its_lines_and_of_the_ledger(county: "County") -> None:
    book(county, *(visit(f"V{n}", f"2026-0{1 + n % 6}-1{n % 9}") for n in range(20)))
    found = the_file(county, "P01")
    with county.store.reading() as unit:
        ledger = unit.scalar(select(func.sum(LedgerEntry.tenths)).where(LedgerEntry.person_id == found.person))
    assert found.statement.tenths == sum(line.tenths for line in found.statement.lines) == ledger
    assert sum(act.tenths for act in found.acts) == ledger
    assert sum(tenths for _, tenths in found.statement.by_month) == ledger
    assert len(found.digest) == 64
    assert found.digest == the_file(county, "P01").digest
    assert found.digest != the_file(county, "P01", "2026Q1").digest
    assert found.decisions[0].version == "2026.1"


def test_two_seats_both_files_show_the_act_and_one_is_credited(county: "County") -> None:
    book(county, visit("W1", "2026-03-20", level="county"), visit("W2", "2026-03-21", level="town"))
    of_county, of_town = the_file(county, "P01", seat="C1"), the_file(county, "P01", seat="T1")
    assert {act.code for act in of_county.acts} == {act.code for act in of_town.acts} >= {"W1", "W2"}
    assert {act.code: act.seat for act in of_town.acts}["W1"] == "C1"
    assert "W1" in {act.code for act in of_town.elsewhere}
    whole = the_file(county, "P01")
    assert of_county.statement.tenths + of_town.statement.tenths == whole.statement.tenths
    assert [held.code for held in whole.seats] == ["C1", "T1"]
    assert not whole.elsewhere
    with pytest.raises(NotFoundError):
        the_file(county, "P01", seat="T2")


BANDS = """
bands:
  - {title: {zh: 优, en: fine}, from: 3.0}
  - {title: {zh: 良, en: good}, from: 1.0}
"""


def test_a_year_that_is_over_has_its_grade_in_the_file_while_rankings_are_on(county: "County") -> None:
    drawn = draw_book("receive: station.reception act {award: 1.0}", more=BANDS.lstrip())
    with county.store.unit() as unit:
        adopt(unit, county.act("2026-01-01"), text=drawn, name="tiny", adopted_from=dt.date(2026, 1, 1))
        score(unit, county.act("2026-07-01"))
    assert the_file(county, "P01").grades == ()  # the year still runs
    with county.store.reading() as unit:
        over = performance_file(unit, person="P01", period="2026", today=dt.date(2027, 1, 5))
        quarter = performance_file(unit, person="P01", period="2026Q1", today=dt.date(2027, 1, 5))
        empty = performance_file(unit, person="P02", period="2026", today=dt.date(2027, 1, 5))
    named = {grade.seat: (grade.band["zh"] if grade.band else None, grade.start) for grade in over.grades}
    expected = {seat: ("良", 10) if tenths >= 10 else (None, None) for seat, tenths in over.statement.by_seat.items()}
    assert named == {"C1": (None, None), "T1": (None, None)} | expected
    assert ("良", 10) in named.values()
    assert quarter.grades == ()
    assert [grade.band for grade in empty.grades] == [None]
    words = Wording(lang="zh", who="测试", act=county.act("2027-01-05"))
    assert "良（1.0 分起）；内部参考" in str(performance_manuscript(over, words).sections)
    assert "未列等次；内部参考" in str(performance_manuscript(empty, words).sections)
    with county.store.unit() as unit:
        change_setting(unit, county.act("2026-07-02"), "rankings", "off")
    with county.store.reading() as unit:
        assert performance_file(unit, person="P01", period="2026", today=dt.date(2027, 1, 5)).grades == ()


def test_an_empty_period_an_ended_seat_and_a_suspension_have_a_file_too(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P03"), visit("V2", "2026-05-02", "P03"))
    with county.store.unit() as unit:
        suspend_seat(unit, county.act("2026-04-01"), seat="C2", on=dt.date(2026, 4, 1), decision="第3号")
        end_seat(unit, county.act("2026-04-01"), seat="C3", kind="resigned", on=dt.date(2026, 4, 1), decision="第2号")
        score(unit, county.act("2026-07-01"))
    ended = the_file(county, "P03")
    assert ended.seats[0].ends_on == dt.date(2026, 4, 1)
    assert {line.activity for line in ended.statement.lines if line.tenths and line.reverses is None} >= {"V1"}
    away = the_file(county, "P02")
    assert away.seats[0].away == ((dt.date(2026, 4, 1), None),)
    assert (away.statement.tenths, away.acts, away.called) == (0, (), ())
    assert the_file(county, "P14", "2026Q2").statement.lines == ()


def test_a_meeting_where_the_roll_was_taken_stands_under_presence(county: "County") -> None:
    book(county, visit("V1", "2026-03-05", "P07"))
    with county.store.unit() as unit:
        unit.scalars(select(ActivityRow).where(ActivityRow.code == "V1")).one().source = "roll_call"
    assert [act.code for act in the_file(county, "P07").called] == ["V1"]


def test_a_closed_period_gives_its_digest_and_an_open_one_says_that_it_is_open(county: "County") -> None:
    book(county, visit("V1", "2026-02-02"))
    assert the_file(county, "P01", "2026Q1").state.state == "open"
    with county.store.unit() as unit:
        close_period(unit, county.act("2026-04-02"), period="2026Q1")
    assert len(the_file(county, "P01", "2026Q1").state.digest) == 64


def test_a_circular_counts_every_verified_act_once_and_its_parts_add_up(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P07;P09"), visit("V2", "2026-02-03", "P07"),
         visit("V3", "2026-02-04", "P07", state="reported"), visit("V4", "2026-05-04", "P04"))  # fmt: skip
    found = the_circular(county)
    drawn = 3  # the county's own verified acts of the first quarter
    assert (found.whole.acts, found.whole.deputies) == (2 + drawn, 14)
    assert sum(one.parts for one in found.by_level) == found.whole.parts == 3 + 4
    assert sum(one.parts for one in found.by_town) == found.whole.parts
    assert sum(one.acts for one in found.by_kind) == found.whole.acts
    assert sum(now for _, now, _ in found.by_month) == found.whole.acts
    assert [one.code for one in found.by_town] == ["440784001", "440784002"]
    assert [one.code for one in found.by_level] == ["province", "prefecture", "county", "town"]
    assert [one.seat for one in found.listed] == sorted(one.seat for one in found.listed)
    assert found.before == ""
    assert found.state.state == "open"


def test_the_last_period_stands_beside_and_one_before_the_term_does_not(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P04"), visit("V2", "2026-05-04", "P04"), visit("V3", "2026-05-05", "P04"))
    found = the_circular(county, "2026Q2")
    assert found.before == "2026Q1"
    assert (found.whole.acts, found.whole.before_acts) == (2, 4)
    assert next(one.before_acts for one in found.listed if one.seat == "C4") == 1
    assert the_circular(county, "2026").before == ""


def test_a_circular_of_one_town_has_only_its_seats(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P04"))
    found = the_circular(county, within="440784002")
    assert (found.within_name, found.by_town) == ("东镇", ())
    assert {one.seat for one in found.listed} == {"C4", "C5", "C6", "T4", "T5", "T6", "V2", "V3"}
    assert found.whole.acts == 1
    with pytest.raises(NotFoundError):
        the_circular(county, within="999")


def test_points_stand_in_a_circular_only_where_the_congress_chose_so_and_rankings_are_on(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P04"))

    def shown(choice: str, rankings: str = "internal", **options: Any) -> Sequence[int | None]:
        with county.store.unit() as unit:
            change_setting(unit, county.act("2026-07-01"), "circular.list", choice)
            change_setting(unit, county.act("2026-07-01"), "rankings", rankings)
        return [one.tenths for one in the_circular(county, **options).listed if one.seat == "C4"]

    assert shown("none") == []
    assert shown("acts") == [None]
    assert shown("points") == [20]
    assert shown("points", rankings="off") == [None]
    with pytest.raises(BadRequestError):
        shown("ranked")


def test_a_circular_for_everybody_waits_for_the_closing_and_the_objections(county: "County") -> None:
    book(county, visit("V1", "2026-05-02", "P04"))
    with pytest.raises(BadRequestError, match="circular_open"):
        the_circular(county, "2026Q2", open_to_all=True)
    with county.store.unit() as unit:
        close_period(unit, county.act("2026-07-01"), period="2026Q2")
    with pytest.raises(BadRequestError, match="circular_open"):
        the_circular(county, "2026Q2", open_to_all=True)
    with county.store.reading() as unit:
        assert circular(unit, period="2026Q2", today=dt.date(2026, 7, 12), open_to_all=True).whole.acts == 1
    with county.store.unit() as unit:
        close_period(unit, county.act("2027-01-01"), period="2026")
    for day, open_now in ((dt.date(2027, 1, 5), False), (dt.date(2027, 1, 12), True)):
        with county.store.reading() as unit:
            term = the_term(unit, None)
            assert is_settled(unit, term, period_of(term, "2026Q3"), day) is open_now
    with pytest.raises(BadRequestError, match="circular_ahead"):
        the_circular(county, "2026Q4")


def test_everybody_sees_in_a_circular_what_the_congress_published_and_nothing_before(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P04"))
    with county.store.unit() as unit:
        close_period(unit, county.act("2026-04-02"), period="2026Q1")

    def seen(shows: str) -> tuple[list[int | None], list[str]]:
        if shows:
            with county.store.unit() as unit:
                publish(unit, county.act("2026-07-01"), period="2026Q1", shows=shows, reason="主任会议决定")
        found = the_circular(county, open_to_all=True)
        return [one.tenths for one in found.listed if one.seat == "C4"], list(found.bands)

    assert seen("") == ([], [])
    assert seen("bands") == ([], ["province", "prefecture", "county", "town"])
    assert seen("list") == ([20], [])
    assert seen("none") == ([], [])


def test_a_circular_for_everybody_tells_no_count_below_five_nor_one_that_gives_it_away(county: "County") -> None:
    book(county, visit("V1", "2026-02-02", "P04"), *(visit(f"U{n}", f"2026-02-{n + 3:02}", "P07") for n in range(9)))
    with county.store.unit() as unit:
        close_period(unit, county.act("2026-04-02"), period="2026Q1")
    found = the_circular(county, open_to_all=True)
    words = Wording(lang="zh", who="测试", act=county.act("2026-07-01"))
    paper = circular_manuscript(found, words, place="画县")
    numbers = [cell for table in tables(paper) for row in table.rows for cell in row if isinstance(cell, int)]
    assert not [number for number in numbers if 0 < number < 5]
    towns = next(table for table in tables(paper) if table.name == "分镇街情况")
    assert [row[3] for row in towns.rows] == ["不足5", "不足5"]


def test_county_deputies_owe_a_report_once_a_term_and_town_deputies_once_a_year(county: "County") -> None:
    rows = ("R1 | report.electors | 2026-03-01 | P07 | | | | | S1 | | | | verified",
            "R2 | report.electors | 2026-03-02 | P08 | | | | | S1 | | | | reported",
            "R3 | report.electors | 2026-03-03 | P03 | | | | | S1 | | | | verified")  # fmt: skip
    book(county, *rows)

    def due(today: dt.date) -> dict[str, tuple[int, dt.date]]:
        with county.store.reading() as unit:
            found = reports_due(unit, report_to_electors(), today=today)
        return {one.seat: (one.missing, one.by) for one in found}

    first, next_year = due(TODAY), due(dt.date(2027, 2, 1))
    assert set(first) == {f"C{n}" for n in range(1, 7)} | {f"T{n}" for n in range(1, 7)}
    assert first["T2"] == (0, dt.date(2026, 12, 31))
    assert first["T3"] == (1, dt.date(2026, 12, 31))
    assert first["C3"] == (0, dt.date(2030, 12, 31))
    assert next_year["C3"][0] == 0
    assert next_year["T2"] == (1, dt.date(2027, 12, 31))


def test_an_export_leaves_a_row_in_the_audit_chain(county: "County") -> None:
    with county.store.unit() as unit:
        record_export(unit, county.act("2026-07-01", actor="renda"), "statement", form="pdf", person="x")
        row = unit.scalars(select(AuditRow).order_by(AuditRow.seq.desc())).first()
    assert row is not None
    assert (row.actor, row.act, row.facts) == (
        "renda",
        "paper.export",
        {"paper": "statement", "form": "pdf", "person": "x"},
    )


def test_a_seat_that_ends_before_a_period_is_not_in_its_list(county: "County") -> None:
    with county.store.unit() as unit:
        seat = unit.scalars(select(Seat).where(Seat.code == "T6")).one()
        seat.ends_on = dt.date(2026, 3, 1)
    assert "T6" in {one.seat for one in the_circular(county).listed}
    assert "T6" not in {one.seat for one in the_circular(county, "2026Q2").listed}


def test_more_than_two_hundred_acts_stand_in_every_form_one_by_one(swift: "County") -> None:
    first = dt.date(2026, 1, 1)
    kinds = ("grid.visit", "policy.explained", "law.education", "opinion.gathered")
    rows = [
        f"N{n:03} | {kinds[n % 4]} | {first + dt.timedelta(days=n % 170)} | P07 | | | | G1 | | | | 1 | verified"
        for n in range(210)
    ]
    book(swift, *rows)
    found = the_file(swift, "P07")
    paper = performance_manuscript(found, Wording(lang="zh", who="测试", act=swift.act("2026-07-01")))
    own = [act.code for act in found.acts if act.code.startswith("N")]
    assert len(own) == 210
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(write_pdf(paper, find_fonts(())))).pages)
    assert not [code for code in own if code not in printed]
    book_made = openpyxl.load_workbook(io.BytesIO(write_excel(paper)))
    sheet = book_made["积分明细"]
    values = [row[4].value for row in sheet.iter_rows(min_row=2)]
    assert len(values) - 1 == len(found.statement.lines)
    assert round(sum(values[:-1]) * 10) == round(values[-1] * 10) == found.statement.tenths
    acts = book_made["履职活动"]
    assert {row[6].value for row in acts.iter_rows(min_row=2)} >= set(own)
    word = Document(io.BytesIO(write_word(paper, [])))
    points = next(table for table in word.tables if len(table.columns) == 6)
    total = points.rows[-1].cells[4].text
    assert total == f"{found.statement.tenths // 10}.{found.statement.tenths % 10}"
