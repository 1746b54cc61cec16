"""Papers over HTTP: the file, the report and the circular say the page's own numbers, and each export is on record."""

import ast
import io
import json
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import openpyxl
import pytest
from docx import Document
from pptx import Presentation
from pypdf import PdfReader

from data.messages import words

if TYPE_CHECKING:
    from tests.conftest import Served

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def own(heshan: "Served") -> str:
    """Give the id of the deputy who has a log-in."""
    with sqlite3.connect(heshan.home / "sanlian.db") as base:
        found: str = base.execute("SELECT person_id FROM account WHERE role = 'deputy'").fetchone()[0]
    return found


@pytest.fixture(scope="module")
def points(heshan: "Served", own: str) -> dict[str, Any]:
    found: dict[str, Any] = heshan.client("deputy").get(f"/api/v1/deputies/{own}/points?period=2026").json()
    return found


def got(client: httpx.Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:300]
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def cells(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in Document(io.BytesIO(content)).tables for row in table.rows]


def printed(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_the_file_says_the_same_total_and_the_same_lines_in_every_form(
    heshan: "Served", own: str, points: dict[str, Any]
) -> None:
    client = heshan.client("deputy")
    home = f"/deputies/{own}/statement"
    sheet = openpyxl.load_workbook(io.BytesIO(got(client, f"{home}.xlsx?period=2026")))["积分明细"]
    values = [row[4].value for row in sheet.iter_rows(min_row=2)]
    assert len(values) == len(points["lines"]) + 1
    assert round(values[-1] * 10) == round(sum(values[:-1]) * 10) == points["tenths"]
    reasons = [row[5].value for row in sheet.iter_rows(min_row=2)][:-1]
    assert reasons == [line["why"] for line in points["lines"]]
    assert ["合计积分", points["points"]] in cells(got(client, f"{home}.docx?period=2026"))
    paper = printed(got(client, f"{home}.pdf?period=2026"))
    assert f"合计积分 {points['points']}" in paper
    assert "示例数据" in paper
    assert re.search(r"导出：daibiao（人大代表） \d{4} 年 ?\d", paper)


def test_the_page_offers_every_form_and_each_is_there(heshan: "Served", own: str) -> None:
    client = heshan.client("deputy")
    page = client.get(f"/deputies/{own}?period=2026", headers={"Accept": "text/html"}).text
    offered = set(re.findall(r'href="(/deputies/[^"]+\.(?:pdf|docx|xlsx|csv)\?period=2026)"', page))
    assert len(offered) == 6
    assert all(client.get(address).status_code == 200 for address in offered)


def test_the_report_to_the_electors_leaves_the_improvement_list_to_the_deputy(heshan: "Served", own: str) -> None:
    made = Document(io.BytesIO(got(heshan.client("deputy"), f"/deputies/{own}/report-to-electors.docx?period=2026")))
    lines = [line.text for line in made.paragraphs]
    headings = [line.text for line in made.paragraphs if line.style is not None and line.style.name == "Heading 2"]
    assert headings[0] == "一、履职概况"
    assert any("改进清单" in heading for heading in headings)
    at = next(number for number, line in enumerate(lines) if "系统不代写" in line)
    assert lines[at + 1 : at + 9] == [""] * 8


def test_nobody_else_takes_out_a_deputy_s_file(heshan: "Served", own: str) -> None:
    for form in ("statement.pdf", "statement.docx", "report-to-electors.docx"):
        assert heshan.client().get(f"/deputies/{own}/{form}").status_code == 401
        assert heshan.client("grid_worker").get(f"/deputies/{own}/{form}").status_code == 403


def test_an_export_is_on_record_with_who_what_and_the_ledger_s_digest(heshan: "Served", own: str) -> None:
    got(heshan.client("congress"), f"/deputies/{own}/statement.docx?period=2026Q1")
    with sqlite3.connect(heshan.home / "sanlian.db") as base:
        actor, facts = base.execute(
            "SELECT actor, facts FROM audit WHERE act = 'paper.export' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    found = json.loads(facts)
    assert (actor, found["paper"], found["form"], found["period"]) == ("renda", "statement", "docx", "2026Q1")
    assert (found["person"], len(found["digest"])) == (own, 64)


def test_a_circular_adds_up_over_its_towns_and_kinds_and_names_the_period_before(heshan: "Served") -> None:
    client = heshan.client("congress")
    book = openpyxl.load_workbook(io.BytesIO(got(client, "/congress/papers/circular.xlsx?period=2026Q3")))
    towns = [[cell.value for cell in row] for row in book["分镇街情况"].iter_rows(min_row=2)]
    kinds = [[cell.value for cell in row] for row in book["分活动类别情况"].iter_rows(min_row=2)]
    total = kinds.pop()
    assert total[0] == "合计"
    assert sum(row[4] for row in towns) == sum(row[3] for row in kinds) == total[3]
    assert sum(row[2] for row in kinds) == total[2]
    assert book["代表名单"].max_row > 800
    show = Presentation(io.BytesIO(got(client, "/congress/papers/circular.pptx?period=2026Q3")))
    assert any("第2季度" in shape.text_frame.text for slide in show.slides for shape in slide.shapes
               if shape.has_text_frame)  # fmt: skip
    assert (
        "尚未公示封账"
        in Document(io.BytesIO(got(client, "/congress/papers/circular.docx?period=2026Q3"))).paragraphs[4].text
    )


def test_the_brief_is_one_page_and_the_talk_says_the_same_figures(heshan: "Served") -> None:
    client = heshan.client("congress")
    paper = PdfReader(io.BytesIO(got(client, "/congress/papers/brief.pdf")))
    coverage = client.get("/api/v1/coverage").json()
    assert len(paper.pages) == 1
    figures = f"{coverage['people_placed']}/{coverage['people']} 人"
    assert figures in " ".join(paper.pages[0].extract_text().split())
    show = Presentation(io.BytesIO(got(client, "/congress/papers/talk.pptx")))
    tables = [cell.text for slide in show.slides for shape in slide.shapes if shape.has_table
              for row in shape.table.rows for cell in row.cells]  # fmt: skip
    assert any(figures in cell for cell in tables)


def test_town_staff_get_their_own_town_s_papers_and_no_other(heshan: "Served") -> None:
    client = heshan.client("town")
    with sqlite3.connect(heshan.home / "sanlian.db") as base:
        (scope,) = base.execute("SELECT scope_code FROM account WHERE role = 'town'").fetchone()
    rows = cells(got(client, "/congress/papers/year-end.docx?period=2026"))
    assert rows
    other = next(code for code in ("440784103", "440784001") if code != scope)
    assert client.get(f"/congress/papers/circular.docx?within={other}").status_code == 403
    assert client.get("/congress/papers/brief.docx").status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [("circular.zip", 400), ("circular.docx?period=soon", 400), ("circular.docx?period=2030", 400),
     ("circular.docx?within=1", 404), ("circular.pdf?period=2026Q3&open_to_all=true", 400), ("brief.xlsx", 400)],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_with_a_reason(heshan: "Served", address: str, status: int) -> None:
    answer = heshan.client("congress").get(f"/congress/papers/{address}")
    assert answer.status_code == status
    assert answer.json()["title"]


def test_the_papers_page_lists_who_owes_a_report_and_the_table_has_them_all(heshan: "Served") -> None:
    client = heshan.client("congress")
    page = client.get("/congress/papers", headers={"Accept": "text/html"}).text
    (every,) = re.findall(r"应述职 (\d+) 个席位", page)
    table = got(client, "/congress/papers/electors-due.csv").decode("utf-8-sig").splitlines()
    assert len([line for line in table if line.startswith(("C-", "T-"))]) == int(every)


def test_every_word_of_a_paper_stands_in_the_catalogue() -> None:
    written = [*(ROOT / "api" / "manuscripts").glob("*.py"), ROOT / "api" / "commands" / "papers.py"]
    asked = {
        node.args[0].value
        for path in written
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tell"
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert len(asked) > 80
    assert not {f"paper.{key}" for key in asked} - words("zh").keys()
