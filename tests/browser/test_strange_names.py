"""A deputy, a grid and a station with markup for a name: shown as it is written, everywhere, and never run."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Come, Visit
    from tests.conftest import Serve, Served

pytestmark = pytest.mark.browser
STRANGE = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"


@pytest.fixture(scope="module")
def strange(built_demo: Path, tmp_path_factory: pytest.TempPathFactory, serve: "Serve") -> Iterator["Served"]:
    """Give the demo with such names for the deputy who has a log-in, a grid of theirs, the stations and the acts."""
    home = Path(shutil.copytree(built_demo, tmp_path_factory.mktemp("strange") / "home"))
    base = sqlite3.connect(home / "sanlian.db")
    person = base.execute("SELECT person_id FROM account WHERE role = 'deputy'").fetchone()[0]
    base.execute("UPDATE person SET name = ? WHERE id = ?", (STRANGE, person))
    seats = "SELECT id FROM seat WHERE person_id = ?"
    grids = f"SELECT min(grid_code) FROM link WHERE seat_id IN ({seats})"
    base.execute(f"UPDATE grid SET name = ? WHERE code = ({grids})", (STRANGE, person))
    base.execute("UPDATE station SET name = ?, address = ?, hours = ?", (STRANGE, STRANGE, STRANGE))
    base.execute("UPDATE activity SET title = ?", (STRANGE,))
    base.execute("UPDATE grid_worker SET name = ?", (STRANGE,))
    base.execute("UPDATE area SET name = ? WHERE kind = 'town' AND code = '440784103'", (STRANGE,))
    base.execute("UPDATE district SET name = ? WHERE code LIKE '%-Z0%'", (STRANGE,))
    base.execute("UPDATE seat SET role = ?, group_name = ? WHERE person_id = ?", (STRANGE, STRANGE, person))
    base.execute("UPDATE atlas_version SET version = version + 1")
    base.commit()
    base.close()
    with serve(home) as served:
        yield served


@pytest.fixture
def visit(come: "Come", strange: "Served") -> "Visit":
    visit = come(role="congress", served=strange)
    visit.page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}") or dialog.dismiss())
    return visit


def harmless(page: Page) -> None:
    """Nothing of the name has become an element."""
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("[...document.scripts].filter(one => one.textContent.trim() === 'alert(2)').length") == 0


def grid_of(strange: "Served") -> tuple[str, str]:
    base = sqlite3.connect(strange.home / "sanlian.db")
    grid = base.execute("SELECT code FROM grid WHERE name = ?", (STRANGE,)).fetchone()[0]
    person = base.execute("SELECT id FROM person WHERE name = ?", (STRANGE,)).fetchone()[0]
    base.close()
    return grid, person


@pytest.mark.parametrize("path", ["/", "/deputies", "/rankings?level=town", "/maps/coverage", "/locate", "/login"])
def test_a_list_writes_the_name_as_text(visit: "Visit", path: str) -> None:
    harmless(visit.go(path))


def test_the_deputy_s_own_page_writes_every_name_as_text(visit: "Visit", strange: "Served") -> None:
    _, person = grid_of(strange)
    page = visit.go(f"/deputies/{person}")
    assert page.locator("h1").inner_text() == STRANGE
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    harmless(page)
    assert STRANGE in page.locator(".entries").first.inner_text()
    page.locator(".pieces .leaflet-interactive").first.hover(force=True)
    harmless(page)
    visit.picture("strange-name")


def test_the_map_s_search_bubble_and_panel_write_the_name_as_text(visit: "Visit", strange: "Served") -> None:
    grid, _ = grid_of(strange)
    page = visit.go("/maps/coverage")
    page.get_by_role("combobox").fill("onerror")
    expect(page.get_by_role("option").first).to_contain_text("<img src=x")
    harmless(page)
    page.get_by_role("combobox").fill(grid)
    page.get_by_role("option").first.click()
    expect(page.locator("#panel h2")).to_have_text(STRANGE)
    expect(page.locator("#panel")).to_contain_text("alert(2)")
    box = page.locator(".map-frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".leaflet-tooltip")).to_be_visible()
    harmless(page)


def test_a_question_with_markup_comes_back_as_text(visit: "Visit") -> None:
    page = visit.go("/deputies?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert page.locator("[name=q]").input_value() == '"><img src=x onerror=alert(1)>'
    harmless(page)
    harmless(visit.go("/rankings?level=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", status=400))


def test_a_grid_that_is_asked_for_by_markup_is_none(visit: "Visit") -> None:
    harmless(visit.go("/locate?grid=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"))
    harmless(visit.go("/locate?lon=%3Cimg%3E&lat=1"))
