"""The desk of a congress through its forms: each needs its token and a role, says what is wrong, does one thing."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pypdf import PdfReader

from services.act import Act

if TYPE_CHECKING:
    from tests.conftest import Served

PAGE = {"Accept": "text/html"}
TODAY = Act(actor="test", at=datetime.now(UTC)).today
GENERATION = "示例图层·2021"
PDF = b"%PDF-1.4\n%%EOF\n"
# every form of the desk, what it sends, and a role that may not
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/congress/propose", {"generation": GENERATION, "mode": "repair"}),
    ("/congress/locks", {"seat": "T-0001", "grid": "x", "reason": "y"}),
    ("/congress/locks/1/lift", {"reason": "y"}),
    ("/congress/generations/activate", {"plan": "1", "starts": TODAY.isoformat(), "checked": "yes"}),
    ("/congress/import/" + "0" * 64 + "/try", {"kind": "people"}),
    ("/congress/import/" + "0" * 64 + "/keep", {"kind": "people"}),
    ("/terms/open", {"name": "第十八届", "starts": "2027-01-01"}),
    ("/terms/match", {"term": "第十七届", "verdict": "all", "checked": "yes"}),
    ("/terms/unmatch", {"term": "第十七届", "code": "x", "reason": "y"}),
    ("/terms/hand-over", {"term": "第十七届", "checked": "yes"}),
    ("/congress/seats/events", {"seat": "x", "kind": "resigned", "on": TODAY.isoformat(), "decision": "y"}),
    ("/congress/seats/by-election", {"seat": "x", "person": "y", "on": TODAY.isoformat(), "decision": "z"}),
    ("/congress/seats/enrol", {"seat": "x", "level": "town", "person": "y", "on": TODAY.isoformat(), "decision": "z"}),
    ("/congress/seats/undo", {"event": "1", "reason": "y", "checked": "yes"}),
    ("/congress/decisions", {"seat": "x", "grid": "y", "decision": "z", "on": TODAY.isoformat()}),
)


@pytest.fixture(scope="module")
def clerk(spare: "Served") -> httpx.Client:
    return spare.logged_in("congress")


@pytest.fixture(scope="module")
def token(clerk: httpx.Client) -> str:
    return clerk.get("/congress/locks", headers=PAGE).text.partition('name="csrf" value="')[2].partition('"')[0]


def told(answer: httpx.Response) -> str:
    """Give the problem that a page says."""
    assert answer.status_code == 422, (answer.status_code, answer.text[:400])
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    assert found, answer.text[:2000]
    return found[1]


@pytest.mark.parametrize(("path", "form"), FORMS, ids=[path for path, _ in FORMS])
def test_a_form_without_its_token_or_from_another_role_is_refused(
    heshan: "Served", path: str, form: dict[str, str]
) -> None:
    client = heshan.logged_in("congress")
    assert client.post(path, data=form | {"csrf": "x" * 43}, headers=PAGE).status_code == 403
    assert client.post(path, data=form, headers=PAGE).status_code == 403
    assert heshan.client("deputy").post(path, data=form, headers=PAGE).status_code == 403
    assert heshan.client().post(path, data=form, headers=PAGE).status_code == 401


def test_a_file_needs_the_token_too(heshan: "Served") -> None:
    client = heshan.logged_in("congress")
    file = {"file": ("people.csv", b"code,name\nQ1,x\n")}
    assert client.post("/congress/import", data={"kind": "people"}, files=file, headers=PAGE).status_code == 403
    assert heshan.client("town").post("/congress/import", files=file, headers=PAGE).status_code == 403


# A lock, a proposal in the background, its cuts


def link_of(clerk: httpx.Client) -> tuple[str, str, str]:
    """Find a link of a county deputy whose district has another deputy: seat of the other, grid, district."""
    lines = clerk.get("/congress/plans/1/links.csv").text.lstrip("\ufeff").splitlines()
    rows = [line.split(",") for line in lines]
    head, body = next(row for row in rows if "district" in row), [row for row in rows if row[0] == "county"]
    place, seat, grid = head.index("district"), head.index("seat"), head.index("grid")
    for row in body:
        others = {other[seat] for other in body if other[place] == row[place]} - {row[seat]}
        held = {other[seat] for other in body if other[place] == row[place] and other[grid] == row[grid]}
        if others - held:
            return min(others - held), row[grid], row[place]
    raise AssertionError("every district of the demo has one deputy")


def finished(clerk: httpx.Client, address: str) -> str:
    """Look at a job until it is over; its page asks for itself again while it runs."""
    for _ in range(600):
        page = clerk.get(address, headers=PAGE).text
        if 'http-equiv="refresh"' not in page:
            return page
    raise AssertionError(page)


def test_a_lock_is_added_kept_by_the_next_proposal_and_lifted(clerk: httpx.Client, token: str) -> None:
    seat, grid, district = link_of(clerk)
    form = {"csrf": token, "seat": seat, "grid": grid, "reason": "主任会议第三号：长期联系"}
    assert "没有片" in told(clerk.post("/congress/locks", data=form | {"grid": "G0"}, headers=PAGE))
    assert "理由" in told(clerk.post("/congress/locks", data=form | {"reason": " "}, headers=PAGE))
    added = clerk.post("/congress/locks", data=form, headers=PAGE)
    assert added.status_code == 303
    assert "主任会议第三号" in clerk.get(added.headers["location"], headers=PAGE).text
    assert "已锁定到" in told(clerk.post("/congress/locks", data=form, headers=PAGE))

    asked = {"csrf": token, "generation": GENERATION, "mode": "repair"}
    begun = clerk.post("/congress/propose", data=asked, headers=PAGE)
    assert begun.status_code == 303, begun.text[-2000:]
    page = finished(clerk, begun.headers["location"])
    plan = int(re.findall(r'href="/congress/plans/(\d+)"', page)[-1])
    assert plan > 1
    links = clerk.get(f"/congress/plans/{plan}/links.csv").text
    locked = [line for line in links.splitlines() if "主任会议第三号" in line]
    assert any(seat in line and grid in line for line in locked)
    changed = [line for line in clerk.get(f"/congress/plans/{plan}/difference.csv").text.splitlines() if "," in line]
    assert len(changed) > 1
    assert all(district in line for line in changed[1:])
    assert f"计算 {begun.headers['location'].rpartition('/')[2]}" in clerk.get("/congress/propose", headers=PAGE).text
    both = clerk.get(f"/congress/plans/{plan}?against=1", headers=PAGE).text
    assert "与方案 1 的差别" in both
    assert 'id="map_pieces"' in both
    assert f"与方案 {plan} 的差别" in clerk.get(f"/congress/plans/1?against={plan}", headers=PAGE).text

    lifted = clerk.post("/congress/locks/1/lift", data={"csrf": token, "reason": "已调离"}, headers=PAGE)
    assert lifted.status_code == 303
    assert "解除" in told(clerk.post("/congress/locks/1/lift", data={"csrf": token, "reason": "x"}, headers=PAGE))


def test_the_cuts_of_a_plan_are_shown_and_exported(clerk: httpx.Client) -> None:
    page = clerk.get("/congress/plans/1/cuts", headers=PAGE)
    assert page.status_code == 200
    assert 'id="map_pieces"' in page.text
    rows = json.loads(clerk.get("/congress/plans/1/cuts.geojson").content)["features"]
    assert {row["properties"]["kind"] for row in rows} == {"line", "part"}
    assert clerk.get("/congress/plans/1/cuts.gpkg").content[:6] == b"SQLite"
    assert clerk.get("/congress/plans/1/cuts.dwg").status_code == 400


def test_what_is_unmet_is_named_beside_its_number(heshan: "Served") -> None:
    page = heshan.client("congress").get("/congress/plans/1", headers=PAGE).text
    unmet = page.partition('id="unmet"')[2].partition("</section>")[0]
    assert re.search(r"第\d+选区.*（440784[^）]+）", unmet), unmet


def test_the_table_to_sign_is_printed_for_one_town(heshan: "Served") -> None:
    client = heshan.client("congress")
    answer = client.get("/congress/plans/1/paper.pdf?within=440784112")
    assert answer.headers["content-type"] == "application/pdf"
    words = "".join("".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).split())
    assert "双合镇第01选区" in words
    assert "龙口镇第01选区" not in words
    assert "批准人（签名）" in words
    assert heshan.client().get("/congress/plans/1/paper.pdf").status_code == 401


def test_a_past_day_is_asked_about_on_the_page_of_places(heshan: "Served") -> None:
    client = heshan.client()
    assert 'data-on="2023-05-01"' in client.get("/locate?on=2023-05-01", headers=PAGE).text
    assert "data-on" not in client.get("/locate", headers=PAGE).text
    assert client.get("/locate?on=2020-05-01", headers=PAGE).status_code == 404


# Seats and decisions


def test_a_seat_ends_is_found_again_and_the_event_is_taken_back(clerk: httpx.Client, token: str) -> None:
    form = {"csrf": token, "seat": "T-0003", "kind": "resigned", "on": TODAY.isoformat(), "decision": "个人原因"}
    answer = clerk.post("/congress/seats/events", data=form, headers=PAGE)
    if answer.status_code == 422:  # the demo numbers its seats otherwise
        form["seat"] = re.findall(r",(T[^,]+),town,", clerk.get("/congress/plans/1/links.csv").text)[0]
        answer = clerk.post("/congress/seats/events", data=form, headers=PAGE)
    assert answer.status_code == 303, told(answer)
    page = clerk.get(f"/congress/seats?q={form['seat']}", headers=PAGE).text
    assert "已终止" in page
    assert "个人原因" in page
    event = re.search(r'name="event" value="(\d+)"', page)
    assert event
    undo = {"csrf": token, "event": event[1], "reason": "登记错了人"}
    assert "勾选" in told(clerk.post("/congress/seats/undo", data=undo, headers=PAGE))
    assert clerk.post("/congress/seats/undo", data=undo | {"checked": "yes"}, headers=PAGE).status_code == 303
    assert "已终止" not in clerk.get(f"/congress/seats?q={form['seat']}", headers=PAGE).text
    assert "没有第" in told(clerk.post("/congress/seats/undo", data=undo | {"checked": "yes"}, headers=PAGE))


def test_a_suspension_has_its_day_of_return(clerk: httpx.Client, token: str) -> None:
    seat = re.findall(r",([^,]+),town,", clerk.get("/congress/plans/1/links.csv").text)[5]
    until = TODAY + timedelta(days=30)
    form = {"csrf": token, "seat": seat, "kind": "suspended", "on": TODAY.isoformat(), "until": until.isoformat(),
            "decision": "许可"}  # fmt: skip
    assert clerk.post("/congress/seats/events", data=form, headers=PAGE).status_code == 303
    assert "暂停" in clerk.get(f"/congress/seats?q={seat}", headers=PAGE).text
    assert "<b>履职</b>" in clerk.get(f"/congress/seats?q={seat}&on={until}", headers=PAGE).text


def test_a_decision_is_recorded_with_its_paper_which_only_the_desk_reads(
    spare: "Served", clerk: httpx.Client, token: str
) -> None:
    page = clerk.get("/congress/decisions", headers=PAGE).text
    found = re.search(r"\?seat=([^&]+)&amp;grid=([^#\"]+)#record", page)
    assert found
    form = {"csrf": token, "seat": found[1], "grid": found[2], "decision": "主任会议第12号", "on": TODAY.isoformat()}
    assert "勾选撤回" in told(clerk.post("/congress/decisions", data=form | {"grid": ""}, headers=PAGE))
    assert "没有这个网格" in told(clerk.post("/congress/decisions", data=form | {"grid": "G0"}, headers=PAGE))
    papers = {"paper": ("决定.pdf", PDF, "application/pdf")}
    assert clerk.post("/congress/decisions", data=form, files=papers, headers=PAGE).status_code == 303
    page = clerk.get("/congress/decisions", headers=PAGE).text
    assert "主任会议第12号" in page
    address = re.search(r"/congress/decisions/\d+/paper", page)
    assert address
    assert clerk.get(address[0]).content == PDF
    assert spare.client("town").get(address[0]).status_code == 403
    assert spare.client().get(address[0]).status_code == 401


def test_a_seat_that_does_not_fit_is_refused_with_a_sentence(clerk: httpx.Client, token: str) -> None:
    form = {"csrf": token, "seat": "T-NEW", "level": "town", "district": "没有", "person": "N-1", "name": "示例·新",
            "on": TODAY.isoformat(), "decision": "选举"}  # fmt: skip
    assert "没有选区" in told(clerk.post("/congress/seats/enrol", data=form, headers=PAGE))
    above = form | {"seat": "P-NEW", "level": "prefecture", "district": "", "electing_unit": "示例市人大"}
    assert clerk.post("/congress/seats/enrol", data=above, headers=PAGE).status_code == 303
    assert "示例·新" in clerk.get("/congress/decisions", headers=PAGE).text


# Files, maps, terms


def send(clerk: httpx.Client, token: str, name: str, content: bytes, **asked: Any) -> httpx.Response:
    return clerk.post("/congress/import", data={"csrf": token} | asked, files={"file": (name, content)}, headers=PAGE)


def test_a_file_is_checked_tried_and_imported_and_sent_once(clerk: httpx.Client, token: str) -> None:
    roster = "编号,姓名\nQ-1,示例·甲乙\nQ-2,示例·丙丁\n".encode("gbk")
    report = send(clerk, token, "people.csv", roster, kind="people")
    assert report.status_code == 200
    assert "共 2 行" in report.text
    path = re.search(r'action="(/congress/import/[0-9a-f]{64})/try"', report.text)
    assert path
    asked = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', report.text)) | {"csrf": token}
    tried = clerk.post(path[1] + "/try", data=asked, headers=PAGE)
    assert "新增 2" in tried.text
    kept = clerk.post(path[1] + "/keep", data=asked, headers=PAGE)
    assert kept.status_code == 303
    assert "已导入人员名册 2 行" in clerk.get(kept.headers["location"], headers=PAGE).text
    assert "新增 0" in clerk.post(path[1] + "/try", data=asked, headers=PAGE).text


def test_a_flawed_file_is_reported_whole_and_offers_no_next_step(clerk: httpx.Client, token: str) -> None:
    report = send(clerk, token, "people.csv", b"code,name\nQ-3,\nQ-3,x\n", kind="people")
    assert "必须先改" in report.text
    assert "/try" not in report.text
    assert "error.upload" not in report.text
    assert "请选择" in told(clerk.post("/congress/import", data={"csrf": token}, files={"x": ("", b"")}, headers=PAGE))
    assert "不能导入" in told(send(clerk, token, "a.exe", b"MZ", kind="people"))


def test_a_map_without_a_datum_is_refused_on_the_page(clerk: httpx.Client, token: str) -> None:
    square = {"type": "Polygon", "coordinates": [[[113.0, 22.7], [113.1, 22.7], [113.1, 22.8], [113.0, 22.7]]]}
    facts = {"code": "1", "name": "x", "kind": "county", "parent": ""}
    feature = {"type": "Feature", "properties": facts, "geometry": square}
    file = {"type": "FeatureCollection", "features": [feature]}
    report = send(clerk, token, "a.geojson", json.dumps(file).encode(), kind="areas")
    assert "必须改" in report.text
    assert "/try" not in report.text
    wrong = send(clerk, token, "a.geojson", json.dumps(file).encode(), kind="areas", other="mars")
    assert "mars" in wrong.text
    assert "/try" not in wrong.text


def test_a_map_is_put_in_force_only_with_its_box_ticked(clerk: httpx.Client, token: str) -> None:
    form = {"csrf": token, "plan": "1", "starts": TODAY.isoformat()}
    assert "勾选" in told(clerk.post("/congress/generations/activate", data=form, headers=PAGE))
    done = clerk.post("/congress/generations/activate", data=form | {"checked": "yes"}, headers=PAGE)
    assert done.status_code == 303
    assert "已启用" in clerk.get(done.headers["location"], headers=PAGE).text
    same = clerk.get(f"/congress/generations/compare?before={GENERATION}&after={GENERATION}", headers=PAGE)
    assert "没有变化" in same.text
    assert clerk.get(f"/congress/generations/lineage.csv?before={GENERATION}&after={GENERATION}").status_code == 200


def test_a_new_term_is_opened_and_cannot_be_handed_over_without_a_plan(clerk: httpx.Client, token: str) -> None:
    starts = (TODAY + timedelta(days=40)).isoformat()
    form = {"csrf": token, "name": "第十八届", "starts": starts}
    assert "名称" in told(clerk.post("/terms/open", data=form | {"name": ""}, headers=PAGE))
    opened = clerk.post("/terms/open", data=form, headers=PAGE)
    assert opened.status_code == 303
    page = clerk.get(opened.headers["location"], headers=PAGE).text
    assert "筹备中" in page
    assert "还没有已批准的方案" in page
    hand = {"csrf": token, "term": "第十八届"}
    assert "勾选" in told(clerk.post("/terms/hand-over", data=hand, headers=PAGE))
    assert "还没有已批准的方案" in told(clerk.post("/terms/hand-over", data=hand | {"checked": "yes"}, headers=PAGE))
    assert "没有待核对" in told(
        clerk.post("/terms/match", data=hand | {"verdict": "different", "code": "N1", "old": "P1"}, headers=PAGE)
    )
    assert "没有核对记录" in told(clerk.post("/terms/unmatch", data=hand | {"code": "N1", "reason": "x"}, headers=PAGE))
    assert told(clerk.post("/terms/nothing", data=hand, headers=PAGE))
