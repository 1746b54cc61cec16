"""The further maps in a browser: 20,000 grids as tiles, the months by keyboard, the stations, one person's map."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from data.store import Store
from data.tables import Area, Generation, Grid, InForce, LinkRow, Person, PlanRow, Seat, Station, Term
from services.accounts import create_account
from services.act import Act

if TYPE_CHECKING:
    from tests.browser.conftest import Come
    from tests.conftest import Serve, Served

pytestmark = pytest.mark.browser
ACROSS, DOWN, SIDE = 200, 100, 1 / 512
WEST, SOUTH = 113.0, 22.5
ACT = Act(actor="test", at=datetime(2026, 11, 1, tzinfo=UTC))
CANVAS = ".leaflet-tile-container canvas"
COLOURS = """tiles => {
    const seen = new Set();
    for (const tile of tiles) {
        const copy = document.createElement("canvas");
        copy.width = tile.width;
        copy.height = tile.height;
        const pen = copy.getContext("2d", {willReadFrequently: true});
        pen.drawImage(tile, 0, 0);
        const dots = pen.getImageData(0, 0, copy.width, copy.height).data;
        for (let at = 0; at < dots.length; at += 404) {
            if (dots[at + 3] === 255) { seen.add([dots[at], dots[at + 1], dots[at + 2]].join()); }
        }
    }
    return seen.size;
}"""


def box(column: int, row: int, columns: int = 1, rows: int = 1) -> shapely.Polygon:
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(west, south, west + columns * SIDE, south + rows * SIDE)


@pytest.fixture(scope="session")
def large_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an instance of 20,000 square grids in two towns; forty deputies are linked, the last rows to nobody."""
    home = tmp_path_factory.mktemp("large")
    store = Store.open(home / "sanlian.db")
    with store.unit() as unit:
        term = Term(name="第一届", starts_on=date(2026, 1, 1))
        unit.add(term)
        unit.flush()
        generation = Generation(term_id=term.id, name="大县", state="active", synthetic=True, created_at=ACT.at)
        unit.add(generation)
        unit.flush()
        plan = PlanRow(generation_id=generation.id, term_id=term.id, state="in_force", proposed_at=ACT.at)
        unit.add(plan)
        unit.flush()
        here: dict[str, Any] = {"generation_id": generation.id}
        half = ACROSS // 2
        areas = [("000", "大县", "county", "", box(0, 0, ACROSS, DOWN)),
                 ("001", "甲镇", "town", "000", box(0, 0, half, DOWN)),
                 ("002", "乙镇", "town", "000", box(half, 0, half, DOWN)),
                 ("001001", "甲村", "village", "001", box(0, 0, half, DOWN)),
                 ("002001", "乙村", "village", "002", box(half, 0, half, DOWN))]  # fmt: skip
        unit.execute(insert(Area), [
            here | {"code": code, "name": name, "kind": kind, "parent_code": parent, "geometry": shape}
            for code, name, kind, parent, shape in areas
        ])  # fmt: skip
        spots = [(row, column) for row in range(DOWN) for column in range(ACROSS)]
        unit.execute(insert(Grid), [
            here | {"code": f"G{row:03d}{column:03d}", "name": f"第{row}行{column}列网格", "households": 100 + column,
                    "village_code": "001001" if column < half else "002001", "geometry": box(column, row)}
            for row, column in spots
        ])  # fmt: skip
        unit.execute(insert(Station), [here | {"code": "Z1", "name": "中心站", "kind": "central", "town_code": "001",
                                               "geometry": shapely.Point(WEST + 0.1, SOUTH + 0.1)}])  # fmt: skip
        seats = []
        for number in range(40):
            person = Person(id=f"p{number:02d}", code=f"P{number:02d}", name=f"示例·第{number}人", synthetic=True)
            unit.add(person)
            unit.flush()
            seat = Seat(id=f"s{number:02d}", code=f"S{number:02d}", term_id=term.id, person_id=person.id,
                        level="town", starts_on=date(2026, 1, 1))  # fmt: skip
            unit.add(seat)
            seats.append(seat.id)
        unit.flush()
        unit.execute(insert(LinkRow), [
            {"plan_id": plan.id, "layer": "town", "seat_id": seats[column % 40], "grid_code": f"G{row:03d}{column:03d}",
             "households": 100 + column % 40 * (1 + row // 10), "position": 1, "basis": "district",
             "reason": {"key": "wallmap.watermark", "facts": {}}}
            for row, column in spots if row < 90
        ])  # fmt: skip
        unit.add(InForce(generation_id=generation.id, plan_id=plan.id, valid_from=date(2026, 1, 1), recorded_at=ACT.at))
        create_account(unit, ACT, user="renda", role="congress", password="a long enough one", token="t" * 40)
    store.close()
    account = {"role": "congress", "user": "renda", "password": "a long enough one", "token": "t" * 40}
    (home / "demo-accounts.json").write_text(json.dumps([account]), "utf-8")
    return home


@pytest.fixture(scope="session")
def large(large_home: Path, serve: "Serve") -> "Iterator[Served]":
    """Serve the large instance once for this process; nobody changes it."""
    with serve(large_home) as served:
        yield served


def painted(page: Page) -> int:
    """Count the different colours of the tiles on the map."""
    found: int = page.locator(CANVAS).evaluate_all(COLOURS)
    return found


def test_a_county_of_20000_grids_comes_as_tiles(large: "Served", come: "Come") -> None:
    visit = come(role="congress", served=large)
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.expected.add(204)
    page = visit.go("/maps/coverage")
    expect(page.locator("canvas.leaflet-tile-loaded").first).to_be_attached()
    expect(page.locator("canvas.leaflet-tile:not(.leaflet-tile-loaded)")).to_have_count(0)
    assert any("/tiles/grids/" in url for url in asked)
    assert len(page.content()) < 3_000_000
    assert painted(page) >= 2

    page.get_by_label("户数负担").check()
    page.wait_for_timeout(200)
    assert painted(page) >= 4

    visit.map_click(0.4, 0.6)
    assert page.locator("#panel h2").inner_text().startswith("第")

    page.get_by_role("combobox").fill("G050100")
    option = page.get_by_role("option").filter(has_text="第50行100列网格")
    expect(option).to_be_visible()
    option.click()
    expect(page.locator("#panel h2")).to_have_text("第50行100列网格")


def test_a_tile_of_a_large_county_is_not_sent_twice(large: "Served") -> None:
    client = large.client("congress")
    path = "/tiles/grids/13/6668/3565.mvt"
    first = client.get(path)
    assert first.status_code in (200, 204)
    assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_the_months_are_walked_with_keys_and_buttons(come: "Come") -> None:
    visit = come(role="congress")
    page = visit.go("/maps/activities")
    text = page.locator("#month-text")
    last = text.inner_text()
    page.locator("#month").focus()
    page.keyboard.press("ArrowLeft")
    before = text.inner_text()
    assert before != last
    page.get_by_role("button", name="下一个月").click()
    assert text.inner_text() == last
    page.keyboard.press("Tab")
    page.locator("#month").focus()
    page.keyboard.press("Home")
    first = text.inner_text()
    assert first < before
    assert page.locator("#month").get_attribute("aria-valuetext") == first
    assert page.locator("#month-legend li").count() >= 2
    visit.picture("activities")


def test_the_months_change_the_colours(come: "Come") -> None:
    visit = come(role="congress")
    page = visit.go("/maps/activities")

    def fills() -> list[str]:
        paths = page.locator(".map-frame path.leaflet-interactive")
        found: list[str] = paths.evaluate_all("all => all.map(one => one.getAttribute('fill'))")
        return found

    last = fills()
    page.get_by_role("button", name="上一个月").click()
    assert fills() != last


def test_the_stations_are_drawn_with_their_bands(come: "Come") -> None:
    visit = come(role="congress")
    page = visit.go("/maps/stations")
    assert page.locator(".map-frame path[fill='#e8efe3']").count() >= 1
    assert page.locator(".legend li").count() >= 3
    page.locator("details.fold summary").click()
    visit.picture("stations")


def test_one_deputy_has_a_map_of_their_own_without_a_log_in(come: "Come") -> None:
    visit = come(size="phone")
    page = visit.go("/deputies?level=town")
    href = page.locator("main a[href^='/deputies/p']").first.get_attribute("href")
    assert href is not None
    page = visit.go(href.replace("/deputies/", "/maps/deputies/"))
    assert page.locator(".map-frame path").count() > 0
    assert page.locator(".todo li").count() >= 1
    assert visit.sideways() == 0
    visit.picture("deputy-map")


def test_a_grid_worker_s_map_shows_their_grids(come: "Come", heshan: "Served") -> None:
    visit = come(role="congress")
    page = visit.go("/maps/gridworkers/WY-440784001006001")
    assert page.locator("h1").inner_text().startswith("示例")
    assert page.locator(".todo li").count() == 1
