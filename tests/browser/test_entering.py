"""A deputy enters an act on a phone in five taps at most, and it waits for nobody's photograph."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Come
    from tests.conftest import Served

pytestmark = pytest.mark.browser


def tapped(page: Page, taps: list[str], name: str, *, role: str = "link") -> None:
    """Tap one thing that leads to another page, wait for that page, and count the tap."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=True).first.tap()  # type: ignore[arg-type]
    taps.append(name)


def kind_tapped(page: Page, taps: list[str], title: str) -> None:
    """Tap the large button of a kind."""
    with page.expect_navigation():
        page.locator(".big a", has_text=title).first.tap()
    taps.append(title)


def test_from_the_own_page_an_act_is_entered_in_five_taps_at_most(come: "Come", spare: "Served") -> None:
    visit = come(role="deputy", size="phone", served=spare)
    page = visit.go("/me")
    taps: list[str] = []
    tapped(page, taps, "登记履职")
    kind_tapped(page, taps, "宣讲政策")
    tapped(page, taps, "登记", role="button")
    if not page.get_by_text("已登记。").count():  # something to look at twice is one tap more
        tapped(page, taps, "看过了，仍然登记", role="button")
    expect(page.get_by_text("已登记。")).to_be_visible()
    assert len(taps) <= 5, taps
    assert page.locator("input[type=file]:required").count() <= 1  # only the form that adds a file asks for one


def test_at_the_station_staff_enter_a_reception_for_a_deputy_in_five_taps_at_most(
    come: "Come", spare: "Served"
) -> None:
    visit = come(role="station", size="phone", served=spare)
    page = visit.go("/activities/new")
    taps: list[str] = []
    kind_tapped(page, taps, "进联络站接待选民")
    page.locator(".chips label").first.tap()
    taps.append("一位代表")
    tapped(page, taps, "登记", role="button")
    if not page.get_by_text("已登记。").count():
        tapped(page, taps, "看过了，仍然登记", role="button")
    expect(page.get_by_text("已登记。")).to_be_visible()
    assert len(taps) <= 5, taps
    visit.picture("entered-at-the-station")
