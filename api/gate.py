"""The gate: so many new matters from one address within ten minutes, and no more."""

from fastapi import Request

from api.door import Caller, house
from services.errors import ActError


class TooOftenError(ActError):
    """More came from one address than is taken within ten minutes."""

    status = 429


def let_in(request: Request, who: Caller) -> None:
    """Let a new matter in, or say kindly that many came from here. Whoever is logged in is not counted.

    Raises TooOftenError.
    """
    if who.viewer is not None:
        return
    the = house(request)
    address = request.client.host if request.client else ""
    if not the.visits.passes(address, who.act.at, the.settings.matters_per_address):
        raise TooOftenError("error.matter_often")
