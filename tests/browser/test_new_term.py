"""A congress changes its term in the browser alone: opens it, sends the files, matches, places, tries, hands over."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from data.store import Store
from services.accounts import create_account
from services.act import Act
from services.activation import activate_plan, approve_plan
from services.imports import bring
from services.instance import open_term
from services.placing import propose_plan

if TYPE_CHECKING:
    from tests.browser.conftest import Come
    from tests.conftest import Serve

ACT = Act(actor="test", at=datetime.now(UTC))
BEGAN, BEGINS = date(2021, 11, 1), ACT.today + timedelta(days=20)
TOWN = "440799101"
WEST, MIDDLE, EAST = 113.00, 113.02, 113.04
SOUTH, CENTRE, NORTH = 22.70, 22.72, 22.74
KINDS = (
    ("areas", "areas.geojson", ""), ("districts", "county.geojson", "county"), ("districts", "town.geojson", "town"),
    ("grids", "grids.geojson", ""), ("people", "people.csv", ""), ("seats", "seats.csv", ""),
)  # fmt: skip


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def draw(path: Path, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    features = [{"type": "Feature", "properties": facts, "geometry": shape} for facts, shape in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")


def papers(folder: Path, *, redrawn: bool) -> Path:
    """Write the files of a term: two town districts south and north, or redrawn west and east; four grids in both.

    c d
    a b
    """
    folder.mkdir()
    whole = square(WEST, SOUTH, EAST, NORTH)
    draw(folder / "areas.geojson", [
        ({"code": "440799", "name": "试验县", "kind": "county", "parent": ""}, whole),
        ({"code": TOWN, "name": "试验镇", "kind": "town", "parent": "440799"}, whole),
        ({"code": TOWN + "201", "name": "试验村", "kind": "village", "parent": TOWN}, whole),
    ])  # fmt: skip
    cells = [
        square(WEST, SOUTH, MIDDLE, CENTRE), square(MIDDLE, SOUTH, EAST, CENTRE),
        square(WEST, CENTRE, MIDDLE, NORTH), square(MIDDLE, CENTRE, EAST, NORTH),
    ]  # fmt: skip
    draw(folder / "grids.geojson", [
        ({"code": f"{TOWN}20100{n}", "name": f"{n}号网格", "village": TOWN + "201", "households": n * 100}, shape)
        for n, shape in enumerate(cells, start=1)
    ])  # fmt: skip
    draw(folder / "county.geojson", [({"code": "X1", "name": "第1选区", "seats": 1}, whole)])
    halves = (
        [square(WEST, SOUTH, MIDDLE, NORTH), square(MIDDLE, SOUTH, EAST, NORTH)] if redrawn
        else [square(WEST, SOUTH, EAST, CENTRE), square(WEST, CENTRE, EAST, NORTH)]
    )  # fmt: skip
    draw(folder / "town.geojson", [
        ({"code": code, "name": name, "seats": 1, "town": TOWN}, shape)
        for code, name, shape in zip(("Z1", "Z2"), ("西选区", "东选区") if redrawn else ("南选区", "北选区"), halves,
                                     strict=True)
    ])  # fmt: skip
    second = "N2,示例·乙,女,1980\nN3,示例·戊,男,1990\n" if redrawn else "D2,示例·乙,女,1980\nD3,示例·丙,男,1970\n"
    (folder / "people.csv").write_text("code,name,sex,birth_year\nD1,示例·甲,男,1965\n" + second, "utf-8")
    one, other = ("N2", "N3") if redrawn else ("D2", "D3")
    (folder / "seats.csv").write_text(
        f"code,person,level,district,town\nC-1,D1,county,X1,\nT-1,{one},town,Z1,{TOWN}\nT-2,{other},town,Z2,{TOWN}\n",
        "utf-8",
    )
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Build an instance whose first term answers, with one log-in for the congress."""
    folder = papers(tmp_path / "old", redrawn=False)
    instance = tmp_path / "home"
    instance.mkdir()
    store = Store.open(instance / "sanlian.db")
    with store.unit() as unit:
        open_term(unit, ACT, name="第一届", starts_on=BEGAN)
        for kind, file, layer in KINDS:
            placed = kind in ("areas", "districts", "grids")
            bring(unit, ACT, kind=kind, path=folder / file, datum="wgs84" if placed else None, layer=layer)
        plan = propose_plan(unit, ACT).plan
        approve_plan(unit, ACT, plan=plan, reason="会议")
        activate_plan(unit, ACT, plan=plan, valid_from=BEGAN)
        create_account(unit, ACT, user="renda", role="congress", password="renda-renda-renda", token="t" * 40)
    store.close()
    row = {"role": "congress", "user": "renda", "password": "renda-renda-renda", "token": "t" * 40}
    (instance / "demo-accounts.json").write_text(json.dumps([row]), "utf-8")
    return instance


def send(page: Page, url: str, folder: Path, kind: str, file: str, layer: str) -> None:
    """Send one file for the new term: check it, try it, import it."""
    page.goto(f"{url}/congress/import?term=第二届&generation=第二届·图层")
    page.locator("select[name=kind]").select_option(kind)
    if layer:
        page.locator("select[name=layer]").select_option(layer)
    if file.endswith(".geojson"):
        page.locator("select[name=datum]").select_option("wgs84")
    page.locator("select[name=term]").select_option("第二届")
    page.locator('input[type="file"]').set_input_files(folder / file)
    page.get_by_role("button", name="检查").click()
    page.get_by_role("button", name="试导入").click()
    expect(page.locator(".lead")).to_contain_text("没有改动任何内容")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已导入")


def test_a_new_term_from_its_opening_to_the_hand_over(come: "Come", serve: "Serve", home: Path, tmp_path: Path) -> None:
    folder = papers(tmp_path / "new", redrawn=True)
    with serve(home) as served:
        visit = come(role="congress", size="phone", served=served)
        page = visit.go("/terms")
        page.get_by_text("开启新一届").first.click()
        page.get_by_label("名称（如 第十八届）").fill("第二届")
        page.get_by_label("第一天", exact=True).fill(BEGINS.isoformat())
        page.get_by_role("button", name="开启新一届").click()
        expect(page.get_by_role("status")).to_contain_text("已开启")
        for kind, file, layer in KINDS:
            send(page, visit.url, folder, kind, file, layer)

        visit.go("/terms?term=第二届")
        expect(page.locator(".chain")).to_contain_text("同名、同性别、同为 1980 年出生")
        page.get_by_role("button", name="是同一人", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("已记录")
        expect(page.locator(".chain")).to_contain_text("已确认 1 人")

        visit.go("/congress/propose")
        page.locator("select[name=generation]").select_option("第二届·图层")
        page.get_by_label("重新优化").check()
        page.get_by_role("button", name="开始计算").click()
        page.get_by_role("link", name="查看和比较方案 2").click()
        page.get_by_label("批准依据").fill("新一届第一次会议")
        page.locator('form[action$="/approve"] input[type="checkbox"]').check()
        page.get_by_role("button", name="批准").click()
        expect(page.locator("h1")).to_contain_text("已批准")

        visit.go("/terms?term=第二届")
        visit.picture("terms-trial")
        assert visit.sideways() == 0
        facts = page.locator(".facts")
        for label, value in (("终止的席位", "3"), ("开始的席位", "3"), ("连任", "2"), ("离任", "1"), ("新任", "1")):
            card = facts.locator("div").filter(has=page.locator("dt", has_text=label)).first
            expect(card.locator("dd")).to_contain_text(value)
        page.locator('form[action="/terms/hand-over"] input[type="checkbox"]').check()
        page.get_by_role("button", name="换届", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("已换届")
        expect(page.locator(".sheet-list")).to_contain_text("仍回答自己的日期")

        where = f"/api/v1/locate?lon={WEST + 0.005}&lat={NORTH - 0.005}&datum=wgs84&on="
        client = served.client()
        now, then = (client.get(where + day.isoformat()).json() for day in (ACT.today, BEGINS))
        names = [[linked["deputy"]["name"] for linked in answer["responsible"]] for answer in (now, then)]
        assert names == [["示例·丙", "示例·甲"], ["示例·乙", "示例·甲"]]
        visit.go(f"/locate?on={BEGINS}&lon={WEST + 0.005}&lat={NORTH - 0.005}")
        expect(page.locator("#panel")).to_contain_text("示例·乙")
        visit.go("/congress/generations/compare?before=第一届·第1代图层&after=第二届·图层&of=town")
        expect(page.locator(".wraps")).to_contain_text("重划")
        assert visit.sideways() == 0
