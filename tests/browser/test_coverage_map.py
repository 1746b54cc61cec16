"""The coverage map in a browser: drawn without the network, and it answers to clicks, words, switches and keys."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Come, Visit

pytestmark = pytest.mark.browser
PATHS = ".map-frame svg path"


def fills(page: Page) -> list[str]:
    found: list[str] = page.locator(PATHS).evaluate_all("paths => paths.map(path => path.getAttribute('fill'))")
    return found


@pytest.fixture
def visit(come: "Come") -> "Visit":
    visit = come(role="congress")
    visit.go("/maps/coverage")
    return visit


def search(page: Page, text: str) -> None:
    page.get_by_role("combobox").fill(text)
    expect(page.get_by_role("option").first).to_be_visible()


def test_the_whole_county_is_drawn_with_its_numbers(visit: "Visit") -> None:
    assert visit.page.locator(PATHS).count() > 400
    assert len({fill for fill in fills(visit.page) if fill != "none"}) >= 4
    strip = visit.page.locator(".strip").inner_text()
    assert "806/806" in strip
    assert "401/401" in strip
    assert visit.page.locator(".legend:visible li").count() >= 4


def test_a_click_names_the_deputy_and_leads_to_their_page(visit: "Visit") -> None:
    visit.map_click(0.52, 0.5)
    first = visit.page.locator("#panel .first a")
    name = first.inner_text()
    assert name.startswith("示例")
    visit.picture("coverage-answer")
    first.click()
    visit.page.wait_for_url("**/deputies/p*")
    assert visit.page.locator("h1").inner_text() == name


def test_every_reason_in_the_panel_unfolds(visit: "Visit") -> None:
    visit.map_click(0.52, 0.5)
    reasons = visit.page.locator("#panel details")
    assert reasons.count() >= 2
    for number in range(reasons.count()):
        reasons.nth(number).locator("summary").click()
        assert len(reasons.nth(number).locator("p").inner_text()) > 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [("440784103201001", "网格"), ("坡山村", "村（社区）"), ("中心联络站", "联络站"), ("古劳镇", "镇街")],
)
def test_search_finds_a_place_by_its_code_or_name(visit: "Visit", text: str, kind: str) -> None:
    search(visit.page, text)
    option = visit.page.get_by_role("option").filter(has_text=kind).first
    expect(option).to_contain_text(kind)
    option.click()
    if kind == "网格":
        expect(visit.page.locator("#panel")).to_contain_text(text)
    expect(visit.page.get_by_role("listbox")).to_be_hidden()


def test_search_finds_a_deputy_by_name_and_opens_their_page(visit: "Visit") -> None:
    search(visit.page, "黄辛酉")
    visit.page.get_by_role("option").first.click()
    visit.page.wait_for_url("**/deputies/p*")
    assert "黄辛酉" in visit.page.locator("h1").inner_text()


def test_search_says_when_nothing_is_found(visit: "Visit") -> None:
    visit.page.get_by_role("combobox").fill("没有这个地方")
    expect(visit.page.locator("#search-status")).to_be_visible()
    expect(visit.page.get_by_role("listbox")).to_be_hidden()


def test_each_of_the_three_modes_colours_the_grids_anew_under_its_own_legend(visit: "Visit") -> None:
    seen = []
    for mode in ("load", "acts", "links"):
        visit.page.locator(f"input[name=mode][value={mode}]").check(force=True)
        legend = visit.page.locator(".legend:visible")
        assert legend.count() == 1
        assert legend.get_attribute("data-mode") == mode
        seen.append(fills(visit.page))
        visit.picture(f"coverage-{mode}")
    assert seen[0] != seen[1] != seen[2] != seen[0]


def test_layers_come_and_go_with_their_boxes(visit: "Visit") -> None:
    page = visit.page
    page.locator(".layers summary").click()
    at_first = page.locator(PATHS).count()
    boxes = page.locator("input[name=layer]")
    assert boxes.count() >= 6
    for number in range(boxes.count()):
        box, before = boxes.nth(number), page.locator(PATHS).count()
        shown = box.is_checked()
        box.click()
        after = page.locator(PATHS).count()
        assert after < before if shown else after > before, box.get_attribute("value")
        box.click()
    assert page.locator(PATHS).count() == at_first


def test_the_list_of_what_waits_leads_to_where_it_is_decided(visit: "Visit") -> None:
    links = visit.page.locator("section[aria-labelledby=waiting] a[href^='/congress/decisions']")
    assert links.count() > 0
    links.first.click()
    visit.page.wait_for_url("**/congress/decisions?*")


def test_with_the_keyboard_alone_one_gets_past_the_menu_and_through_the_search(visit: "Visit") -> None:
    page = visit.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("combobox").focus()
    page.keyboard.type("4407841032010")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert page.get_by_role("combobox").get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("4407841032010")
    page.get_by_role("combobox").focus()
    page.keyboard.type("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_names_on_the_map_do_not_lie_over_each_other(visit: "Visit", overlap: Any) -> None:
    assert visit.page.locator(".place-label span:visible").count() >= 5
    assert not overlap(visit.page, [".place-label span"])


def test_a_map_that_cannot_ask_says_so_and_offers_to_try_again(visit: "Visit") -> None:
    visit.page.context.route("**/api/v1/locate?*", lambda route: route.abort())
    box = visit.page.locator(".map-frame").bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + box["width"] * 0.52, box["y"] + box["height"] * 0.5)
    expect(visit.page.locator("#panel .problem")).to_be_visible()
    visit.page.context.unroute("**/api/v1/locate?*")
    visit.page.locator("#panel button").click()
    expect(visit.page.locator("#panel .first a")).to_be_visible()
    visit.complaints[:] = [one for one in visit.complaints if "net::ERR_FAILED" not in one]
