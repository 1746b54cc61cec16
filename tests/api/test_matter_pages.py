"""Matters on pages, as they are sent and read over HTTP: no account, no number kept, nothing doubled, nothing lost."""

import io
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

if TYPE_CHECKING:
    from tests.conftest import Served

TEXT = "村口路灯不亮，晚上看不清路"


def send(client: httpx.Client, key: str, path: str = "/matters/new", **fields: str) -> httpx.Response:
    return client.post(path, data={"text": TEXT, "key": key, **fields})


def ticket_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/m/").partition("?")[0]


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def matters(served: "Served") -> int:
    base = sqlite3.connect(served.home / "sanlian.db")
    found: int = base.execute("SELECT count(*) FROM matter").fetchone()[0]
    base.close()
    return found


@pytest.fixture
def deputy(spare: "Served") -> Iterator[str]:
    base = sqlite3.connect(spare.home / "sanlian.db")
    yield base.execute("SELECT person_id FROM account WHERE role = 'deputy'").fetchone()[0]
    base.close()


def test_a_second_tap_sends_nothing_more(spare: "Served") -> None:
    resident = spare.client()
    first = ticket_of(send(resident, "tap-tap-tap", grid="440784001207001"))
    before = matters(spare)
    assert ticket_of(send(resident, "tap-tap-tap", grid="440784001207001")) == first
    assert matters(spare) == before


def test_a_matter_without_a_place_is_taken_and_the_place_can_be_given_by_ticket(spare: "Served") -> None:
    resident = spare.client()
    ticket = ticket_of(send(resident, "no-place-at-all"))
    page = resident.get(f"/m/{ticket}").text
    assert "待补充地点" in page
    events = re.search(r'name="events" value="(\d+)"', page)
    assert events
    answer = resident.post(
        f"/m/{ticket}/moves", data={"move": "give_place", "events": events[1], "place": "坡山村文化广场旁"}
    )
    assert answer.status_code == 303, answer.text
    assert "坡山村文化广场旁" in resident.get(f"/m/{ticket}").text


def test_numbers_in_the_text_are_not_kept_and_the_resident_is_told(spare: "Served") -> None:
    resident = spare.client()
    answer = resident.post("/matters/new", data={"text": "路灯坏了，电话13812345678", "key": "with-a-number"})
    assert "numbers=1" in answer.headers["location"]
    page = resident.get(answer.headers["location"]).text
    assert "13812345678" not in page
    assert "没有保存" in page


def test_an_empty_text_comes_back_with_everything_else_that_was_typed(spare: "Served") -> None:
    answer = spare.client().post("/matters/new", data={"text": " ", "place": "祠堂门口", "key": "nothing-said"})
    assert answer.status_code == 400
    assert "祠堂门口" in answer.text


def test_a_wrong_ticket_is_told_with_the_way_on_and_without_a_trace_of_others(spare: "Served") -> None:
    answer = spare.client().get("/m/AAAAAAAAAA")
    assert answer.status_code == 404
    assert 'name="ticket"' in answer.text


def test_whoever_holds_a_ticket_reads_no_names_of_staff_and_no_reply_before_it_was_passed(
    spare: "Served", deputy: str
) -> None:
    ticket = ticket_of(send(spare.client(), "reply-under-review", deputy=deputy))
    code = walk(spare, ticket, "forward", "assign", "reply")
    before = spare.client().get(f"/m/{ticket}").text
    assert "已换新灯泡" not in before
    walk(spare, ticket, "pass", "answer", code=code)
    after = spare.client().get(f"/m/{ticket}").text
    assert "已换新灯泡" in after
    users = [account["user"] for account in spare.accounts.values()]
    assert not [user for user in users if user in re.sub(r"<header.*?</header>", "", after, flags=re.DOTALL)]


STEPS = {
    "forward": ("station", {}),
    "assign": ("town", {"unit": "市城市管理局"}),
    "reply": ("department", {"reply": "已换新灯泡"}),
    "pass": ("station", {}),
    "answer": ("deputy", {"reply": "路灯已修好，请您放心", "reply_kind": "appointed"}),
}


def walk(served: "Served", ticket: str, *moves: str, code: str = "") -> str:
    """Take a matter through its moves, each by whoever has it, and give its number."""
    base = sqlite3.connect(served.home / "sanlian.db")
    query = "SELECT m.code FROM matter m JOIN matter_follower f ON f.matter_id = m.id WHERE f.ticket = ?"
    number: str = code or base.execute(query, (ticket,)).fetchone()[0]
    base.close()
    for move in moves:
        role, said = STEPS[move]
        client = served.logged_in(role)
        page = client.get(f"/matters/{number}").text
        events = re.search(r'name="events" value="(\d+)"', page)
        assert events, page
        form = {"csrf": csrf_of(page), "move": move, "events": events[1], **said}
        answer = client.post(f"/matters/{number}/moves", data=form)
        assert answer.status_code == 303, answer.text
    return number


def test_the_second_of_two_clerks_is_told_kindly_and_keeps_what_was_typed(spare: "Served", deputy: str) -> None:
    ticket = ticket_of(send(spare.client(), "two-clerks", deputy=deputy))
    code = walk(spare, ticket)
    clerk = spare.logged_in("station")
    page = clerk.get(f"/matters/{code}").text
    walk(spare, ticket, "forward", code=code)
    form = {"csrf": csrf_of(page), "move": "to_city", "events": "1", "reason": "跨部门，需市里协调"}
    answer = clerk.post(f"/matters/{code}/moves", data=form)
    assert answer.status_code == 409
    assert "lianluozhan" in answer.text


def test_staff_s_form_without_its_token_does_nothing(spare: "Served", deputy: str) -> None:
    ticket = ticket_of(send(spare.client(), "no-token", deputy=deputy))
    code = walk(spare, ticket)
    answer = spare.logged_in("station").post(f"/matters/{code}/moves", data={"move": "forward", "events": "1"})
    assert answer.status_code == 403


def test_a_department_that_has_no_part_in_a_matter_is_told_why_it_sees_nothing(spare: "Served", deputy: str) -> None:
    ticket = ticket_of(send(spare.client(), "not-theirs", deputy=deputy))
    code = walk(spare, ticket)
    assert spare.client("department").get(f"/matters/{code}").status_code == 403


def test_the_kiosk_takes_a_matter_as_a_resident_s_even_where_staff_had_logged_in(spare: "Served") -> None:
    clerk = spare.logged_in("station")
    answer = clerk.post("/kiosk/LZ-112-01/new", data={"text": TEXT, "key": "at-the-kiosk"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "lianluozhan" not in answer.text
    base = sqlite3.connect(spare.home / "sanlian.db")
    row = base.execute("SELECT channel, entered_by, station_code FROM matter ORDER BY id DESC LIMIT 1").fetchone()
    base.close()
    assert row == ("kiosk", "", "LZ-112-01")


def test_an_unknown_kiosk_is_not_there(heshan: "Served") -> None:
    assert heshan.client().get("/kiosk/LZ-999-99").status_code == 404


def test_an_inbox_in_which_nothing_waits_says_so(heshan: "Served") -> None:
    assert "今日已清" in heshan.client("congress").get("/matters").text


def test_what_is_late_stands_with_the_handling_unit_and_never_with_a_deputy(heshan: "Served") -> None:
    page = heshan.client("congress").get("/matters?show=late").text
    late = re.findall(r'clock clock-late">([^<]+)<', page)
    assert late
    base = sqlite3.connect(heshan.home / "sanlian.db")
    deputies = [row[0] for row in base.execute("SELECT name FROM person")]
    base.close()
    assert not [name for name in deputies if any(name in text for text in late)]


def test_the_table_has_every_matter_of_the_list(heshan: "Served") -> None:
    table = heshan.client("congress").get("/matters.csv?show=all").text
    assert len(table.strip().splitlines()) >= matters(heshan) + 1


def test_the_dunning_note_names_the_unit_the_matter_and_the_deadline(heshan: "Served") -> None:
    client = heshan.client("congress")
    content = client.get("/matters/dunning.pdf").content
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).replace("\n", "")
    assert "催办单" in text
    assert re.search(r"20\d\d-\d{6}", text)
    read = codes_in(content)
    assert read
    assert client.get(read[0].removeprefix(heshan.url)).status_code == 200


def codes_in(pdf: bytes) -> list[str]:
    """Read every QR code of a PDF, as a phone would."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = [page.render(scale=2.5).to_pil() for page in document]
    finally:
        document.close()
    return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture)]


def test_every_printed_card_is_read_and_leads_to_its_own_deputy(heshan: "Served") -> None:
    client = heshan.client("congress")
    content = client.get("/cards.pdf?town=440784112").content
    read = codes_in(content)
    listed = re.findall(r'href="(/q/[^"/]+)"', client.get("/cards?town=440784112").text)
    assert [address.removeprefix(heshan.url) for address in read] == listed
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == -(-len(listed) // 8)
    assert client.get(listed[0]).status_code == 200


def test_a_grid_s_sheet_and_picture_lead_to_the_form_of_that_grid(heshan: "Served") -> None:
    client = heshan.client("grid_worker")
    wanted = [f"{heshan.url}/matters/new?grid=440784001207001"]
    assert codes_in(client.get("/grid/440784001207001/door.pdf").content) == wanted
    picture = client.get("/grid/440784001207001/card.png")
    assert picture.headers["content-type"] == "image/png"


def test_the_offline_list_needs_nothing_but_itself(heshan: "Served") -> None:
    answer = heshan.client("grid_worker").get("/grid/offline.html")
    assert "attachment" in answer.headers["content-disposition"]
    assert not re.search(r"<script|src=|href=|url\(|@import", answer.text)
    assert answer.text.count("<section>") >= 1


def test_a_card_shows_what_is_public_and_nothing_else(heshan: "Served") -> None:
    page = heshan.client().get("/q/D-0001").text
    assert "给这位代表留言" in page
    assert "接待" in page
    assert not re.search(r"出生|性别|手机|身份证号[^，]|birth", re.sub(r"<footer.*", "", page, flags=re.DOTALL))


def test_recent_grids_stay_on_the_device_of_whoever_is_logged_in(heshan: "Served") -> None:
    worker, resident = heshan.logged_in("grid_worker"), heshan.client()
    worker.get("/grid?grid=440784001207001")
    assert "440784001207001" in worker.get("/grid").text
    resident.get("/grid?grid=440784001207001")
    assert "sanlian_grids" not in resident.cookies


def test_the_public_map_of_matters_needs_the_congress_s_word_and_tells_no_small_count(spare: "Served") -> None:
    assert spare.client().get("/maps/matters").status_code == 401
    for key, value in (("map.review_number", "粤S(2026)01-001号"), ("map.public", "true")):
        command = [sys.executable, "-m", "api.command", "--home", str(spare.home), "setting", key, value]
        subprocess.run(command, check=True, capture_output=True)
    page = spare.client().get("/maps/matters").text
    assert "粤S(2026)01-001号" in page
    assert "少于 5 件" in page
    counts = re.findall(r"网格 · ([^\"]+?)[\"\\]", page)
    assert counts
    assert not [text for text in counts if re.fullmatch(r"[1-4] 件", text)]
    table = spare.client().get("/maps/matters.csv").text
    assert not re.search(r",[1-4]\r?$", table, flags=re.MULTILINE)
    assert spare.client().get("/maps/matters?kind=dispute").status_code == 400
    assert spare.client().get("/maps/matters?period=2026Q4").status_code == 400
    assert "粤S(2026)01-001号" in spare.client().get("/maps/matters.svg").text


def test_a_spot_on_the_map_comes_along_to_the_form_and_is_kept(spare: "Served") -> None:
    resident = spare.client()
    page = resident.get("/matters/new?lon=112.96&lat=22.77").text
    assert 'name="lon" value="112.960000"' in page
    ticket = ticket_of(send(resident, "a-spot-on-the-map", lon="112.960000", lat="22.770000"))
    base = sqlite3.connect(spare.home / "sanlian.db")
    query = "SELECT m.lon, m.grid_code FROM matter m JOIN matter_follower f ON f.matter_id = m.id WHERE f.ticket = ?"
    lon, grid = base.execute(query, (ticket,)).fetchone()
    base.close()
    assert lon == pytest.approx(112.96)
    assert grid


@pytest.mark.parametrize("fmt", ["pdf", "png", "svg"])
def test_the_map_of_matters_is_printed_with_its_source(heshan: "Served", fmt: str) -> None:
    answer = heshan.client("congress").get(f"/maps/matters.{fmt}")
    assert answer.status_code == 200
    assert answer.content[:4] in (b"%PDF", b"\x89PNG", b"<svg")
    if fmt == "svg":
        assert "内部使用" in answer.text
        assert "示例数据" in answer.text


def test_a_month_and_a_deputy_s_ground_are_printed(heshan: "Served") -> None:
    client = heshan.client("congress")
    assert "2026-05" in client.get("/maps/activities.svg?month=2026-05").text
    assert client.get("/maps/activities.svg?month=1999-01").status_code == 404
    assert client.get("/maps/deputies/D-0001/print.svg").text.count("<path") > 2


def test_without_scripts_the_maps_are_pictures_and_the_months_are_links(heshan: "Served") -> None:
    client = heshan.client("congress")
    assert 'src="/maps/matters.svg' in client.get("/maps/matters").text
    page = client.get("/maps/activities?month=2026-05").text
    assert 'href="/maps/activities?month=2026-04"' in page
    assert 'src="/maps/activities.svg?month=2026-05"' in page
