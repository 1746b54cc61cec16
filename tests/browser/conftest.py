"""A real headless Chromium before the served demo: the network cut, the console watched, pages kept as pictures."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect, sync_playwright

if TYPE_CHECKING:
    from tests.conftest import Served

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
)  # fmt: skip
PICTURES = Path(__file__).parents[2] / "artefacts" / "screenshots"
PATIENCE = 120_000  # milliseconds: what is asserted is what happens, not how fast on a busy machine
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}


@dataclass(kw_only=True)
class Visit:
    """One person at one screen: the page, where it is served, and everything that went wrong on the way."""

    page: Page
    url: str
    size: str
    outside: list[str] = field(default_factory=list)  # requests that wanted to leave the house
    complaints: list[str] = field(default_factory=list)  # of the console
    expected: set[int] = field(default_factory=lambda: {200, 303, 304})  # statuses a page may have

    def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page and wait until it is at rest."""
        self.expected.add(status)
        answer = self.page.goto(self.url + path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == status, answer.status
        return self.page

    def picture(self, name: str) -> None:
        """Keep the whole page as a picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.size}.png", full_page=True)

    def map_click(self, across: float, down: float) -> None:
        """Click the map at a share of its width and height, and wait for the answer."""
        box = self.page.locator(".map-frame").bounding_box()
        assert box is not None
        with self.page.expect_response("**/api/v1/locate?*"):
            self.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        self.page.wait_for_selector("#panel h2, #panel .problem, #panel .hint")

    def sideways(self) -> int:
        """Tell how many pixels the page can be scrolled sideways."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser once for this process."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(ARGUMENTS))
        yield browser
        browser.close()


Come = Callable[..., Visit]


@pytest.fixture
def come(chromium: Browser, heshan: "Served") -> Iterator[Come]:
    """Give the way in: come(role="congress", size="phone", lang="en", served=…); what went wrong fails at the end."""
    visits: list[Visit] = []
    with ExitStack() as stack:

        def opened(
            *, role: str = "", size: str = "desk", lang: str = "zh", served: "Served | None" = None, **options: Any
        ) -> Visit:
            house = served or heshan
            phone = size == "phone"
            context = chromium.new_context(viewport=SIZES[size], is_mobile=phone, has_touch=phone, **options)
            context.set_default_timeout(PATIENCE)
            stack.callback(context.close)
            bring_cookies(context, house, role, lang)
            visit = Visit(page=context.new_page(), url=house.url, size=size)
            watch(context, visit)
            visits.append(visit)
            return visit

        yield opened
        for visit in visits:
            assert not visit.outside
            assert not visit.complaints


def bring_cookies(context: BrowserContext, house: "Served", role: str, lang: str) -> None:
    """Come in with the cookies of a log-in and of a language."""
    cookies = {"sanlian_lang": lang}
    if role:
        cookies["sanlian"] = house.logged_in(role).cookies["sanlian"]
    context.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in cookies.items()])


def watch(context: BrowserContext, visit: Visit) -> None:
    """Cut the network but for the house itself, and listen to the console."""

    def let_through(route: Route) -> None:
        if route.request.url.startswith((visit.url, "data:", "blob:")):
            route.continue_()
        else:
            visit.outside.append(route.request.url)
            route.abort()

    def listen(message: ConsoleMessage) -> None:
        expected = any(f"status of {status} " in message.text for status in visit.expected)
        if message.type in ("error", "warning") and not expected:
            visit.complaints.append(f"{message.type}: {message.text}")

    context.route("**/*", let_through)
    visit.page.on("console", listen)
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"page error: {error}"))


BOXES = """selectors => selectors.flatMap(selector => [...document.querySelectorAll(selector)]
  .filter(part => part.checkVisibility({visibilityProperty: true}))
  .map((part, number) => {
    const box = part.getBoundingClientRect();
    return [`${selector} [${number}]`, box.left, box.top, box.right, box.bottom];
  }))"""


@pytest.fixture
def overlap() -> Callable[[Page, list[str]], list[tuple[str, str]]]:
    """Give the question which of some visible parts of a page lie over each other, all measured at one moment."""

    def asked(page: Page, selectors: list[str]) -> list[tuple[str, str]]:
        boxes = page.evaluate(BOXES, selectors)
        return [
            (one[0], other[0])
            for one, other in combinations(boxes, 2)
            if min(one[3], other[3]) - max(one[1], other[1]) > 0.5
            and min(one[4], other[4]) - max(one[2], other[2]) > 0.5
        ]

    return asked


TEXT = """() => {
  const small = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim()) { continue; }
    if (holder.closest("script, svg, .leaflet-control-container, .place-label")) { continue; }
    const box = holder.getBoundingClientRect();
    const style = getComputedStyle(holder);
    if (!box.width || style.visibility === "hidden" || holder.closest(".unseen, [hidden]")) { continue; }
    if (parseFloat(style.fontSize) < 16) { small.add(holder.outerHTML.slice(0, 90) + " " + style.fontSize); }
  }
  return [...small];
}"""
TOUCH = """() => {
  const small = [];
  const wanted = "button, input:not([type=hidden]), select, summary, a.button, .top a, .people a, .periods a," +
    ".doors a, .leaflet-control a, .todo > li > a, [role=option]";
  document.querySelectorAll(wanted).forEach(part => {
    if (part.closest(".unseen, [hidden], .skip") || part.matches(".skip")) { return; }
    const target = part.matches("input[type=checkbox], input[type=radio]") ? part.closest("label") : part;
    const box = target.getBoundingClientRect();
    if (box.width && (box.height < 43.5 || box.width < 43.5)) {
      small.push(`${target.outerHTML.slice(0, 90)} ${box.width}x${box.height}`);
    }
  });
  return small;
}"""


@pytest.fixture
def fits() -> Callable[[Visit], None]:
    """Give the demand that a phone's page runs off nowhere, is written large enough and can be touched."""

    def asked(visit: Visit) -> None:
        assert visit.sideways() == 0
        assert visit.page.evaluate(TEXT) == []
        assert visit.page.evaluate(TOUCH) == []

    return asked
