"""On a phone of 390 pixels: nothing lies over anything or runs off the side, all can be read and touched."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Come

pytestmark = pytest.mark.browser
FURNITURE = [".top", ".ribbon", ".strip", ".modes", ".search", ".layers", ".legends", ".panel", ".lists section",
             ".exports .button", ".foot", ".leaflet-control-zoom", ".leaflet-control-scale",
             ".leaflet-control-attribution"]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_the_coverage_map_nothing_lies_over_anything(come: "Come", overlap: Any, fits: Any, lang: str) -> None:
    visit = come(role="congress", size="phone", lang=lang)
    visit.go("/maps/coverage")
    assert not overlap(visit.page, FURNITURE)
    visit.map_click(0.55, 0.5)
    expect(visit.page.locator("#panel .first a")).to_be_visible()
    assert not overlap(visit.page, FURNITURE)
    assert visit.sideways() == 0
    visit.page.locator(".layers summary").tap()
    assert not overlap(visit.page, FURNITURE)
    fits(visit)


def test_a_resident_taps_the_map_and_reads_whom_to_call(come: "Come", overlap: Any) -> None:
    visit = come(size="phone")
    page = visit.go("/locate")
    box = page.locator(".map-frame").bounding_box()
    assert box is not None
    with page.expect_response("**/api/v1/locate?*"):
        page.touchscreen.tap(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
    first = page.locator("#panel .first a")
    expect(first).to_be_visible()
    expect(first).to_be_in_viewport()
    assert float(first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 24
    expect(page.locator("#panel")).to_contain_text("联络站")
    assert not overlap(page, FURNITURE)
    visit.picture("locate-tapped")


def test_a_resident_finds_their_village_by_name(come: "Come") -> None:
    visit = come(size="phone")
    page = visit.go("/locate")
    page.get_by_role("combobox").fill("坡山村")
    option = page.get_by_role("option").filter(has_text="网格").first
    with page.expect_response("**/api/v1/locate?*"):
        option.tap()
    expect(page.locator("#panel h2")).to_contain_text("坡山村")
    expect(page.locator("#panel .first a")).to_be_visible()


def test_far_from_the_county_the_page_says_so(come: "Come") -> None:
    visit = come(size="phone")
    visit.expected.add(404)
    visit.go("/locate?lon=116.4&lat=39.9")
    expect(visit.page.locator("#panel")).to_contain_text("太远")


def names_apart(page: Page, overlap: Any) -> bool:
    return not overlap(page, [".place-label span"])


def test_names_on_the_small_maps_do_not_lie_over_each_other(come: "Come", overlap: Any) -> None:
    visit = come(role="deputy", size="phone")
    assert names_apart(visit.go("/me"), overlap)
    assert names_apart(visit.go("/locate"), overlap)
