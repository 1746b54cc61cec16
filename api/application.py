"""The application: every door of one instance, built from settings and never at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles

from api import problems
from api.door import House
from api.guard import Guard
from api.pages import routes as pages
from api.quick_locate import QuickLocate
from api.routes import routes
from api.settings import Settings
from data.store import Store
from services.atlas import Atlases
from services.errors import ConflictError
from services.finding import Gazetteers
from services.publishing import refuse_unreviewed

STATIC = Path(__file__).parent / "static"
VERSION = "0.2.0"


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
    app.state.house = House(store=store, atlases=Atlases(store), gazetteers=Gazetteers(store), settings=settings)
    app.add_middleware(QuickLocate, house=app.state.house)
    app.add_middleware(Guard)
    app.add_middleware(GZipMiddleware, minimum_size=2000)
    problems.install(app)
    app.include_router(routes)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def from_environment() -> FastAPI:
    """Build the application that the environment describes (for several workers)."""
    return create_app(Settings())
