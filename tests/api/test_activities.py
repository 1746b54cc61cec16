"""Activities through the doors: entered on a page without scripts or over the API, confirmed, verified, objected to."""

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image

from api.application import create_app
from api.settings import Settings
from scoring.periods import Period
from services.act import CIVIL
from services.demo import read_accounts

pytestmark = pytest.mark.slow
PAGE = {"accept": "text/html"}


class House:
    """The demo behind its application; every role comes in through the log-in page or by token."""

    def __init__(self, client: httpx.Client, home: Path) -> None:
        self.client = client
        self.accounts = {account.role: account for account in read_accounts(home / "demo-accounts.json")}

    def enter(self, role: str) -> None:
        self.client.cookies.clear()
        account = self.accounts[role]
        answer = self.client.post(
            "/login", data={"user": account.user, "password": account.password}, follow_redirects=False
        )
        assert answer.status_code == 303

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, headers=PAGE)
        assert answer.status_code == status, unescape(answer.text)[:2000]
        return unescape(answer.text)

    def post(self, path: str, status: int = 303, files: Any = None, **fields: Any) -> str:
        """Send a form with the session's token; give where it leads, or the page that came back."""
        fields.setdefault("csrf", self.csrf())
        answer = self.client.post(path, data=fields, files=files, headers=PAGE, follow_redirects=False)
        assert answer.status_code == status, unescape(answer.text)[:2000]
        return answer.headers.get("location", "") if status == 303 else unescape(answer.text)

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', self.client.get("/locate", headers=PAGE).text)
        assert found
        return found[1]

    def api(self, role: str, path: str, key: str = "", **body: Any) -> Any:
        self.client.cookies.clear()
        headers = {"authorization": f"Bearer {self.accounts[role].token}"} if role else {}
        return self.client.post(path, json=body, headers=headers | ({"idempotency-key": key} if key else {}))

    def deputy(self) -> str:
        """Give the id of the demo's deputy."""
        self.enter("deputy")
        return str(self.client.get("/me", follow_redirects=False).headers["location"].rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def house(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = Path(shutil.copytree(built_demo, tmp_path_factory.mktemp("doors") / "home"))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(home=home, database="")), log_level="warning"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        serving.start()
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            while not server.started:
                time.sleep(0.05)
            yield House(client, home)
        server.should_exit = True
        serving.join(30)


def today() -> date:
    """Give the civil day, as the application sees it."""
    return datetime.now(CIVIL).date()


def day(back: int) -> str:
    return (today() - timedelta(days=back)).isoformat()


def picture() -> bytes:
    target = BytesIO()
    Image.new("RGB", (8, 8), "#336699").save(target, "PNG")
    return target.getvalue()


def test_a_deputy_enters_a_visit_in_two_steps_and_a_double_tap_enters_one(house: House) -> None:
    me = house.deputy()
    assert 'href="/activities/new?kind=grid.visit"' in house.get("/activities/new")
    form = house.get("/activities/new?kind=grid.visit")
    place = re.search(r'<option value="(grid:[^"]+)" selected', form)
    assert place
    assert f'value="{day(0)}"' in form
    sent = {"kind": "grid.visit", "on": day(40), "place": place[1], "people": me, "key": "double-tap", "title": "走访"}
    first, second = (house.post("/activities/new", confirmed="1", **sent) for _ in range(2))
    assert first == second
    shown = house.get(first)
    assert "待镇街核实" in shown
    assert shown.count("登记 → 待核实") == 1


def test_a_likely_duplicate_comes_back_with_everything_that_was_typed(house: House) -> None:
    me = house.deputy()
    sent = {"kind": "grid.visit", "on": day(41), "people": me, "title": "第一次"}
    house.post("/activities/new", confirmed="1", key="first-one", **sent)
    page = house.post("/activities/new", status=200, key="second-one", **{**sent, "title": "又一次走访"})
    assert "可能重复" in page
    assert 'value="又一次走访"' in page
    assert 'name="key" value="second-one"' in page
    assert house.post("/activities/new", key="second-one", confirmed="1", **sent).startswith("/activities/r")


def test_what_must_be_mended_is_said_at_its_field(house: House) -> None:
    me = house.deputy()
    page = house.post(
        "/activities/new", status=422, kind="volunteering", on="昨天", people=me, hours="two", title="清理河道"
    )
    assert 'id="mend-on"' in page
    assert 'id="mend-hours_tenths"' in page
    assert 'value="清理河道"' in page
    page = house.post("/activities/new", status=422, kind="volunteering", on=day(1), people=me)
    assert "请填小时数" in page


def test_from_the_towns_entry_to_the_deputys_points(house: House) -> None:
    me = house.deputy()
    before = house.get(f"/deputies/{me}?period={day(43)[:4]}")
    house.enter("town")
    where = house.post(
        "/activities/new", kind="grid.visit", on=day(43), people=me, key="for-deputy", confirmed="1", title="代录走访"
    )
    code = where.split("/")[2].split("?")[0]
    house.enter("deputy")
    mine = house.get(f"/deputies/{me}")
    assert f'href="/activities/{code}"' in mine
    assert "确认是我做的" in house.get(f"/activities/{code}")
    house.post(f"/activities/{code}/moves", move="confirm", version="1")
    house.enter("town")
    assert code in house.get("/activities?q=代录走访")
    assert "还没有选" in house.post("/activities/moves", status=422, move="verify", q="代录走访")
    assert "需要写明理由" in house.post("/activities/moves", status=422, move="refuse", codes=[code])
    assert "done=1" in house.post("/activities/moves", move="verify", codes=[code], reason="属实")
    house.enter("congress")
    assert "市人大" in house.get(f"/activities/{code}")
    house.post("/activities/moves", move="verify", codes=[code])
    after = house.get(f"/deputies/{me}?period={day(43)[:4]}")
    assert "代录走访" not in before
    assert "代录走访" in after
    told = house.get(f"/activities/{code}")
    assert [
        told.index(word) for word in ("登记 →", "确认是我做的 →", "核实通过 → 镇街已核", "核实通过 → 已核实")
    ] == sorted(told.index(word) for word in ("登记 →", "确认是我做的 →", "核实通过 → 镇街已核", "核实通过 → 已核实"))


def test_a_roll_call_of_the_town_is_one_act(house: House) -> None:
    house.enter("town")
    form = house.get("/activities/new?kind=training&roll_call=true")
    people = re.findall(r'name="people" value="(p[0-9a-f]+)"', form)
    assert len(people) > 10
    where = house.post(
        "/activities/new", kind="training", on=day(3), people=people[:10], half_days="1", roll_call="1", key="roll-call"
    )
    page = house.get(where)
    assert "代表（10 人）" in page
    assert page.count("到会") == 10


def test_a_form_without_its_token_or_from_elsewhere_does_nothing(house: House) -> None:
    me = house.deputy()
    sent = {"kind": "grid.visit", "on": day(50), "people": me, "title": "没有发生"}
    house.post("/activities/new", status=403, csrf="wrong", **sent)
    answer = house.client.post(
        "/activities/new", data={**sent, "csrf": house.csrf()}, headers=PAGE | {"origin": "https://elsewhere.test"}
    )
    assert answer.status_code == 403
    assert "没有发生" not in house.get("/activities?q=没有发生").replace('value="没有发生"', "")


def test_a_photo_is_kept_without_its_notes_and_never_opens_as_a_page(house: House) -> None:
    me = house.deputy()
    sent = {"kind": "grid.visit", "on": day(51), "people": me, "confirmed": "1"}
    page = house.post("/activities/new", status=400, key="bad-file", files={"files": ("a.png", b"<script>")}, **sent)
    assert "不是图片" in page
    where = house.post("/activities/new", key="good-file", files={"files": ("现场.png", picture())}, **sent)
    code = where.split("/")[2].split("?")[0]
    link = re.search(rf"/activities/{code}/files/\d+", house.get(where))
    assert link
    answer = house.client.get(link[0])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    house.enter("grid_worker")
    assert house.client.get(link[0]).status_code == 403
    house.client.cookies.clear()
    assert house.client.get(link[0]).status_code == 401


def test_the_list_is_exported_as_it_was_asked_for(house: House) -> None:
    me = house.deputy()
    house.post(
        "/activities/new", kind="grid.visit", on=day(52), people=me, confirmed="1", title="=1+1 导出", key="exported"
    )
    rows = house.client.get("/activities.csv", params={"q": "导出"}).content.decode("utf-8-sig").splitlines()
    assert [",'=1+1 导出," in row for row in rows[2:]] == [False, True]
    assert house.client.get("/activities.xlsx").content[:2] == b"PK"
    house.get("/activities?state=nonsense", status=400)


@pytest.mark.parametrize(("role", "status"), [("", 401), ("grid_worker", 403), ("auditor", 403), ("department", 403)])
def test_who_may_not_enter_is_told_who_may(house: House, role: str, status: int) -> None:
    answer = house.api(role, "/api/v1/activities", key="not-for-me", kind="grid.visit", on=day(1), people=["p1"])
    assert answer.status_code == status
    if role:
        house.enter(role)
    else:
        house.client.cookies.clear()
    house.get("/activities/new", status=status)


def test_the_api_enters_once_for_each_key(house: House) -> None:
    me = house.deputy()
    body = {"kind": "volunteering", "on": day(60), "people": [me], "hours": 1.5}
    first = house.api("deputy", "/api/v1/activities", key="key-0001", **body)
    again = house.api("deputy", "/api/v1/activities", key="key-0001", **body)
    assert (first.status_code, first.json()) == (201, again.json())
    other = house.api("deputy", "/api/v1/activities", key="key-0001", **{**body, "hours": 2})
    assert (other.status_code, other.json()["type"]) == (409, "urn:sanlian:error.idempotency_reused")
    checked = house.api("deputy", "/api/v1/activities", key="key-0002", check_only=True, **body)
    assert [check["kind"] for check in checked.json()["checks"]] == ["duplicate"]
    moved = house.api("deputy", f"/api/v1/activities/{first.json()['code']}/moves", move="withdraw", reason="写错了")
    assert moved.json()["state"] == "withdrawn"
    late = house.api("town", f"/api/v1/activities/{first.json()['code']}/moves", move="verify")
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"hours": 1.55}, 422),
        ({"hours": "NaN"}, 422),
        ({"hours": 25}, 422),
        ({"position": [113.0, 22.7]}, 422),
        ({"starts": "25:00"}, 422),
        ({"people": []}, 422),
        ({"kind": "party"}, 422),
        ({"people": ["nobody"]}, 422),
        ({"on": "2999-01-01"}, 422),
    ],
)
def test_the_api_refuses_what_it_does_not_know(house: House, body: dict[str, Any], status: int) -> None:
    me = house.deputy()
    sent = {"kind": "volunteering", "on": day(61), "people": [me], "hours": 1, **body}
    assert house.api("deputy", "/api/v1/activities", key="key-bad-1", **sent).status_code == status
    assert house.api("deputy", "/api/v1/activities", **sent).status_code == 422


def test_a_cookie_alone_enters_nothing_over_the_api(house: House) -> None:
    me = house.deputy()
    body = {"kind": "volunteering", "on": day(62), "people": [me], "hours": 1}
    answer = house.client.post("/api/v1/activities", json=body, headers={"idempotency-key": "from-cookie"})
    assert answer.status_code == 403


def test_a_period_is_closed_objected_to_answered_and_listed(house: House) -> None:
    me = house.deputy()
    period = Period.quarter_of(Period.quarter_of(today()).start - timedelta(days=1))
    on = (period.end - timedelta(days=1)).isoformat()
    where = house.post(
        "/activities/new", kind="grid.visit", on=on, people=me, confirmed="1", key="to-close", title="封账前"
    )
    code = where.split("/")[2].split("?")[0]
    for role in ("town", "congress"):
        house.enter(role)
        house.post("/activities/moves", move="verify", codes=[code])
    house.get("/congress/periods")
    house.post(f"/congress/periods/{period.name}/close")
    assert "已在" in house.post(f"/congress/periods/{period.name}/close", status=409)
    assert "异议期到" in house.post(f"/congress/periods/{period.name}/freeze", status=409)
    house.enter("deputy")
    page = house.get(f"/deputies/{me}")
    entry = re.search(rf'<option value="(\d+)">{on} ', page)
    assert entry
    house.post(
        f"/deputies/{me}/objections", period=period.name, kind="double", entry=entry[1], text="<b>重复</b>", key="o1"
    )
    assert "待答复" in house.get(f"/deputies/{me}")
    house.get("/congress/periods", status=403)
    house.enter("congress")
    page = house.client.get("/congress/periods").text
    assert "&lt;b&gt;重复" in page
    number = re.search(r"/congress/objections/(\d+)", page)
    assert number
    assert "需要写明理由" in house.post(f"/congress/objections/{number[1]}", status=400, verdict="upheld", answer=" ")
    house.post(f"/congress/objections/{number[1]}", verdict="upheld", answer="确有重复", version="1")
    house.enter("deputy")
    page = house.get(f"/deputies/{me}?period={today().year}")
    assert "成立" in page
    assert "已封账的一条记录" in page
    house.post(f"/deputies/{'p' + '0' * 14}/objections", status=403, period=period.name, kind="missing", text="别人的")


def test_a_rule_book_is_checked_tried_and_adopted_on_one_page(house: House) -> None:
    house.enter("deputy")
    house.get("/congress/rules", status=403)
    house.enter("congress")
    page = house.get("/congress/rules?book=jiangbei")
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert text
    flawed = house.post("/congress/rules", status=200, do="check", text=text[1].replace("quantum:", "quantums:"))
    assert "quantums" in flawed
    assert re.search(r'<td class="num">\d+</td><td><code>', flawed)
    wrong = house.post(
        "/congress/rules", status=200, do="check", text=re.sub(r"total: [\d.]+", "total: 77.0", text[1], count=1)
    )
    assert "不符" in wrong
    year = today().year
    tried = house.post("/congress/rules", status=200, do="try", text=text[1], period=str(year))
    assert "没有改动任何积分" in tried
    assert "→" in tried
    starts = f"{year + 1}-01-01"
    assert "依据" in house.post("/congress/rules", status=400, do="adopt", text=text[1], starts=starts)
    house.post("/congress/rules", do="adopt", text=text[1], starts=starts, decision="人大〔1〕号")
    assert "人大〔1〕号" in house.get("/congress/rules")
    assert house.client.get("/congress/rules/schema.json").json()["title"] == "Sanlian rule book"
    house.enter("auditor")
    house.post("/congress/rules", status=403, do="adopt", text=text[1], starts=starts, decision="第2号")


def test_every_new_page_speaks_english_too(house: House) -> None:
    house.enter("congress")
    for path in (
        "/activities",
        "/activities/new",
        "/activities/new?kind=grid.visit",
        "/congress/periods",
        "/congress/rules",
    ):
        page = house.get(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert '<html lang="en">' in page
    house.get("/activities?lang=zh")
