"""Health: is the process alive, is the instance ready."""

from fastapi import APIRouter

from api.door import AHouse
from services.atlas import atlas_version

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer while the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(house: AHouse) -> dict[str, str | int]:
    """Answer when the store can be read."""
    with house.store.reading() as unit:
        return {"status": "ready", "atlas": atlas_version(unit)}
