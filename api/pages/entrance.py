"""The entrance: the front page, log-in and log-out, and the short addresses of the three users."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlparse

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.door import COOKIE, ACaller, AHouse, Caller, House
from api.pages.shell import page
from data.messages import say
from services.accounts import log_in, log_out
from services.demo import DemoAccount, read_accounts
from services.errors import NotFoundError, RefusedError, TooLargeError
from services.instance import setting

router = APIRouter()
FORM_LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One door of the front page."""

    name: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A demo account as the log-in page lists it."""

    role_name: str
    user: str
    password: str


@router.get("/")
def home(request: Request, who: ACaller, house: AHouse) -> Response:
    """Show the three doors."""
    try:
        atlas = house.atlases.on(who.act.today)
    except NotFoundError:
        atlas = None
    doors = [
        Door(name="congress", href="/congress"),
        Door(name="deputy", href="/me"),
        Door(name="gridworker", href="/grid"),
    ]
    figures = house.shelf.coverage(atlas) if atlas is not None else None
    return page(request, "home.html", who=who, name="home", atlas=atlas, doors=doors, figures=figures)


@router.get("/congress")
def congress() -> Response:
    """Lead the city congress to its map."""
    return RedirectResponse("/maps/coverage", status_code=303)


@router.get("/me")
def me(request: Request, who: ACaller) -> Response:
    """Lead a deputy to their own page, with the period that was asked for."""
    if who.viewer is None:
        return RedirectResponse("/login?next=/me", status_code=303)
    if not who.viewer.person:
        raise RefusedError("error.not_a_deputy")
    asked = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/deputies/{who.viewer.person}{asked}", status_code=303)


@router.get("/login")
def login_form(request: Request, who: ACaller, house: AHouse, next: str = "/") -> Response:  # noqa: A002
    """Ask who it is."""
    return login_page(request, who, house, onward=next, user="", problem="", status=200)


def login_page(
    request: Request, who: Caller, house: House, *, onward: str, user: str, problem: str, status: int
) -> Response:
    """Show the log-in form, in the demo with its accounts."""
    shown = [
        Shown(role_name=say(f"role.{account.role}", who.lang), user=account.user, password=account.password)
        for account in demo_accounts(house)
    ]
    return page(
        request, "login.html", who=who, name="", status=status, next=own_path(onward), user=user, problem=problem,
        accounts=shown,
    )  # fmt: skip


def demo_accounts(house: House) -> tuple[DemoAccount, ...]:
    """Read the demo's log-ins; there are none outside the demo."""
    kept = house.settings.home / "demo-accounts.json"
    with house.store.reading() as unit:
        demo = bool(setting(unit, "instance.demo"))
    return read_accounts(kept) if demo and kept.exists() else ()


def own_path(onward: str) -> str:
    """Let a log-in go on only to a page of this house."""
    parsed = urlparse(onward)
    if parsed.scheme or parsed.netloc or not onward.startswith("/") or onward.startswith(("//", "/\\")):
        return "/"
    return onward


async def form_of(request: Request) -> dict[str, str]:
    """Read a small form; anything larger is refused."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise TooLargeError("error.too_large")
    fields = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[0] for name, values in fields.items()}


@router.post("/login")
async def login(request: Request, who: ACaller, house: AHouse) -> Response:
    """Open a session, or say that user and password do not fit."""
    form = await form_of(request)
    return await run_in_threadpool(enter, request, who, house, form)


def enter(request: Request, who: Caller, house: House, form: dict[str, str]) -> Response:
    """Try the log-in of a form."""
    onward = own_path(form.get("next", "/"))
    origin = request.headers.get("origin", "")
    if origin and urlparse(origin).netloc != request.headers.get("host", ""):
        raise RefusedError("error.other_site")
    with house.store.unit() as unit:
        opened = log_in(unit, who.act, user=form.get("user", "")[:60], password=form.get("password", "")[:200])
    if isinstance(opened, str):
        return login_page(
            request, who, house, onward=onward, user=form.get("user", "")[:60], problem=say(opened, who.lang),
            status=401,
        )  # fmt: skip
    response = RedirectResponse(onward, status_code=303)
    response.set_cookie(
        COOKIE, opened.cookie, httponly=True, samesite="lax", secure=house.settings.secure_cookies, path="/"
    )
    return response


@router.post("/logout")
async def logout(request: Request, who: ACaller, house: AHouse) -> Response:
    """End the session; the form's token shows that it was this site's own button."""
    form = await form_of(request)
    if who.csrf and form.get("csrf") != who.csrf:
        raise RefusedError("error.csrf")
    cookie = request.cookies.get(COOKIE, "")
    if cookie and who.viewer is not None:
        await run_in_threadpool(leave, who, house, cookie)
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


def leave(who: Caller, house: House, cookie: str) -> None:
    """End a session in the store."""
    with house.store.unit() as unit:
        log_out(unit, who.act, cookie=cookie)
