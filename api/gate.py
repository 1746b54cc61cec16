"""The gate: so many new matters from one address (of IPv6: one household) within ten minutes, and no more."""

from ipaddress import IPv6Address, ip_address

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
    address = household(request.client.host) if request.client else ""
    if not the.visits.passes(address, who.act.at, the.settings.matters_per_address):
        raise TooOftenError("error.matter_often")


def household(address: str) -> str:
    """Give what counts as one address: of IPv6 the first 64 bits, for every household has all that follow."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))
