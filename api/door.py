"""The door: who comes in, in which language, with which act; and the permission question that every route asks."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.settings import Settings
from api.visits import Visits
from congress.permissions import Answer, Subject, Viewer, may
from data.store import Store
from services.accounts import see
from services.act import Act
from services.atlas import Atlas, Atlases
from services.cuts import CutShelf
from services.errors import UnknownActorError
from services.finding import Gazetteers
from services.tiling import TileShelf

COOKIE = "sanlian"
LANG_COOKIE = "sanlian_lang"
LANGS = ("zh", "en")


class Refusal(Exception):  # noqa: N818
    """The permission question was answered no."""

    def __init__(self, answer: Answer, *, anonymous: bool) -> None:
        super().__init__(answer.why_key)
        self.answer = answer
        self.anonymous = anonymous


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What one application holds: its store, its atlases, its tiles, its settings."""

    store: Store
    atlases: Atlases
    gazetteers: Gazetteers
    settings: Settings
    shelf: TileShelf = field(default_factory=TileShelf)
    cuts: CutShelf = field(default_factory=CutShelf)
    visits: Visits = field(default_factory=Visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, for which act, in which language."""

    viewer: Viewer | None
    csrf: str
    act: Act
    lang: str

    @property
    def reach(self) -> Subject:
        """The viewer's own person, town, station, grid and unit as a subject; of a resident nothing."""
        viewer = self.viewer
        if viewer is None:
            return Subject()
        scope = viewer.scope
        return Subject(person=viewer.person, town=scope, station=scope, grid=scope, unit=scope)

    def answer(self, act: str, subject: Subject | None = None) -> Answer:
        """Ask the permission question."""
        return may(self.viewer, act, subject or Subject())

    def may(self, act: str, subject: Subject | None = None) -> bool:
        """Ask, and give only yes or no (for menus)."""
        return self.answer(act, subject).allowed

    def must(self, act: str, subject: Subject | None = None) -> None:
        """Ask, and refuse with the reason when the answer is no."""
        answer = self.answer(act, subject)
        if not answer.allowed:
            raise Refusal(answer, anonymous=self.viewer is None)


def house(request: Request) -> House:
    """Give the application's house."""
    found: House = request.app.state.house
    return found


async def own_house(request: Request) -> House:
    """Give the application's house to a route, without a thread for it."""
    return house(request)


def language(request: Request) -> str:
    """Choose the language: asked for, remembered, or Chinese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE) or ""
    return asked if asked in LANGS else request.app.state.house.settings.lang


def wants_page(request: Request) -> bool:
    """Tell a browser's navigation from a program's request."""
    path = request.url.path
    if path.startswith(("/api/", "/static/", "/healthz", "/readyz")):
        return False
    return "text/html" in request.headers.get("accept", "")


async def caller(request: Request) -> Caller:
    """Find out who asks, in a thread only where the store must be asked. Raises UnknownActorError as `seen_caller`."""
    if request.headers.get("authorization") or request.cookies.get(COOKIE):
        return await run_in_threadpool(seen_caller, request)
    return seen_caller(request)


def seen_caller(request: Request) -> Caller:
    """Find out who asks. Raises UnknownActorError for a bearer token that is not known."""
    now = datetime.now(UTC)
    header = request.headers.get("authorization", "")
    token = header[7:].strip() if header[:7].lower() == "bearer " else ""
    request_id = request.headers.get("idempotency-key", "")[:100]
    anonymous = Act(actor="resident", at=now, request_id=request_id)
    cookie = request.cookies.get(COOKIE, "")
    seen = None
    if token or cookie:
        with house(request).store.reading() as unit:
            seen = see(unit, anonymous, cookie=cookie, token=token)
    elif header:
        raise UnknownActorError("error.token")
    act = anonymous if seen is None else Act(actor=seen.viewer.user, at=now, request_id=request_id)
    found = Caller(
        viewer=seen.viewer if seen else None, csrf=seen.csrf if seen else "", act=act, lang=language(request)
    )
    request.state.caller = found
    return found


def atlas(request: Request, who: Annotated[Caller, Depends(caller)]) -> Atlas:
    """Give the atlas in force today."""
    return house(request).atlases.on(who.act.today)


def reading(request: Request) -> Iterator[Session]:
    """Give a session that only reads."""
    with house(request).store.reading() as unit:
        yield unit


def nonce(request: Request) -> str:
    """Give the one nonce of this answer's scripts and styles."""
    if not hasattr(request.state, "nonce"):
        request.state.nonce = secrets.token_urlsafe(16)
    found: str = request.state.nonce
    return found


AHouse = Annotated[House, Depends(own_house)]
ACaller = Annotated[Caller, Depends(caller)]
AnAtlas = Annotated[Atlas, Depends(atlas)]
AReading = Annotated[Session, Depends(reading)]
