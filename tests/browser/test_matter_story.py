"""One matter from the scanned card to the archive, as its six people see it: one ticket, a clean console."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Come, Visit
    from tests.conftest import Served

pytestmark = pytest.mark.browser
TEXT = "河边步道护栏松动，有小孩玩耍"


def own_person(served: "Served") -> str:
    """Give the deputy whose card is scanned: the one with a log-in."""
    answer = served.client("deputy").get("/me", follow_redirects=True)
    return str(answer.url).rsplit("/", 1)[-1]


def open_matter(visit: "Visit", path: str = "/matters") -> Page:
    """Find the matter in somebody's inbox, among what waits for them."""
    page = visit.go(path)
    page.get_by_role("link", name=TEXT).first.click()
    page.wait_for_url("**/matters/20*")
    return page


def take(page: Page, title: str, **said: str) -> None:
    """Take a step: unfold its form where it is folded, say what it needs, and send it."""
    word = re.compile(f"^\\s*{title}\\s*$")
    fold = page.locator("details.move-fold").filter(has=page.locator("summary .button", has_text=word))
    if fold.count() and not fold.evaluate("one => one.open"):
        fold.locator("summary").click()
    form = page.locator("form.move").filter(has=page.locator("button", has_text=word))
    for name, value in said.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button", has_text=word).click()
    expect(page.locator("p.done[role=status]")).to_be_visible()


def test_a_scanned_card_a_message_an_answer_a_rating_and_the_archive(come: "Come", spare: "Served", fits: Any) -> None:
    resident = come(size="phone", served=spare)
    page = resident.go(f"/q/{own_person(spare)}")
    fits(resident)
    page.get_by_role("link", name="给这位代表留言").tap()
    page.locator("[name=text]").fill(TEXT)
    page.get_by_role("button", name="提交").tap()
    page.wait_for_url("**/m/*")
    ticket = page.locator(".ticket").inner_text().replace("-", "")
    expect(page.get_by_role("status")).to_contain_text("已收到")
    fits(resident)

    take(open_matter(come(role="station", served=spare)), "转交")
    take(open_matter(come(role="town", served=spare)), "交办", unit="市城市管理局")
    take(open_matter(come(role="department", served=spare)), "部门答复", reply="已加固护栏并设警示牌")
    take(open_matter(come(role="station", served=spare)), "审核通过")

    deputy = come(role="deputy", size="phone", served=spare)
    page = deputy.go("/me")
    page.locator(".awaits").get_by_role("link", name=TEXT).first.tap()
    take(page, "代表答复选民", reply="护栏已加固，请放心", reply_kind="appointed")

    page = resident.go(f"/m/{ticket}")
    expect(page.locator("h1")).to_have_text("已答复，待评价")
    expect(page.locator(".steps")).to_contain_text("已加固护栏并设警示牌")
    page.locator("label").filter(has_text="满意").first.tap()
    page.get_by_role("button", name="评价办理").tap()
    page.wait_for_url("**/m/*")
    expect(page.locator("main")).to_contain_text("办理评价：满意")

    station = come(role="station", served=spare)
    page = station.go("/matters?show=open")
    page.get_by_role("link", name=TEXT).first.click()
    take(page, "办结归档")
    expect(resident.go(f"/m/{ticket}").locator("h1")).to_have_text("已归档")


def test_the_kiosk_begins_anew_by_itself_and_leaves_nothing(come: "Come", spare: "Served") -> None:
    visit = come(served=spare)
    visit.page.clock.install()
    page = visit.go("/kiosk/LZ-112-01")
    page.get_by_role("link", name="提意见建议").click()
    page.locator("[name=text]").fill("想了解村里公交几时开通")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".ticket")).to_be_visible()
    ticket = page.locator(".ticket").inner_text()
    page.clock.run_for(61_000)
    expect(page.locator("h1")).to_have_text("您好，请点一下")
    expect(page.locator("body")).not_to_contain_text(ticket)
    page.go_back()
    expect(page.locator(".ticket")).to_have_count(0)
    assert ticket not in page.url


def test_a_deputy_is_found_at_the_kiosk_by_touch_alone(come: "Come") -> None:
    visit = come(size="phone")
    page = visit.go("/kiosk/LZ-103-01")
    page.get_by_role("link", name="找我的代表").tap()
    page.locator(".kiosk-list a").first.tap()
    page.wait_for_url("**village=*")
    page.locator(".kiosk-list a").first.tap()
    page.wait_for_url("**grid=*")
    expect(page.locator(".big-name")).to_be_visible()
    assert visit.sideways() == 0


def test_a_grid_worker_has_the_deputy_at_the_first_look_and_hands_a_matter_over_in_two_taps(come: "Come") -> None:
    visit = come(role="grid_worker", size="phone")
    page = visit.go("/grid")
    expect(page.locator(".big-name")).to_be_in_viewport()
    expect(page.get_by_role("link", name="交办事项")).to_be_in_viewport()
    page.get_by_role("link", name="交办事项").tap()
    expect(page.locator("[name=text]")).to_be_visible()
    assert "grid=" in page.url


def test_a_tap_on_the_grid_s_map_asks_for_that_spot(come: "Come") -> None:
    visit = come(size="phone")
    page = visit.go("/grid?grid=440784001207001")
    box = page.locator(".map-frame").bounding_box()
    assert box is not None
    page.locator(".map-frame").scroll_into_view_if_needed()
    page.locator(".map-frame").tap(position={"x": box["width"] * 0.2, "y": box["height"] * 0.5})
    page.wait_for_url("**lon=*")
    expect(page.locator("#panel h2")).to_be_visible()
