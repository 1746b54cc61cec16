"""The application: every door of one instance, built from settings and never at import."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from api import problems
from api.door import LANG_COOKIE, LANGS, House, nonce
from api.figures import content_policy
from api.pages import routes as pages
from api.routes import routes
from api.settings import Settings
from data.store import Store
from services.atlas import Atlases
from services.errors import ConflictError
from services.publishing import refuse_unreviewed

STATIC = Path(__file__).parent / "static"
VERSION = "0.1.0"


def create_app(settings: Settings) -> FastAPI:
    """Build the application of one instance. Raises ConflictError for public maps without a review number."""
    store = Store.open(settings.store_address)
    try:
        with store.reading() as unit:
            refuse_unreviewed(unit)
    except ConflictError:
        store.close()
        raise

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title="Sanlian 三联",
        version=VERSION,
        description="Who answers for this place, and what have they done? 谁联系这个地方,做了什么?",
        lifespan=life,
        docs_url=None,  # its pages load from outside; the document itself is at /api/openapi.json
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={"default": problems.PROBLEM},
    )
    app.state.house = House(store=store, atlases=Atlases(store), settings=settings)
    app.middleware("http")(guard)
    app.add_middleware(GZipMiddleware, minimum_size=2000)
    problems.install(app)
    app.include_router(routes)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give every answer its security headers, faults too, and remember a language that was asked for."""
    try:
        response = await call_next(request)
    except Exception as wrong:  # noqa: BLE001  logged there with its number
        response = await run_in_threadpool(problems.fault_problem, request, wrong)
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy(nonce(request)))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=()"
    if not request.url.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store" if request.cookies else "no-cache")
    asked = request.query_params.get("lang")
    if asked in LANGS:
        secure = request.app.state.house.settings.secure_cookies
        response.set_cookie(LANG_COOKIE, asked, max_age=31_536_000, samesite="lax", httponly=True, secure=secure)
    return response


def from_environment() -> FastAPI:
    """Build the application that the environment describes (for several workers)."""
    return create_app(Settings())
