"""Why a piece went to this deputy and to nobody else: the next best change and what it would cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from gridmap.district import District, Holders, Score, members, score, territories
from gridmap.division import Division

EXCHANGING = 40  # pieces; in a larger district a piece is compared with being handed over only, not exchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A message key, the seat that would have been next (or -1) and what giving the piece to it would cost."""

    key: str
    instead: int = -1
    cost: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Other:
    """Another division that gives the piece to somebody else: how far above the cap, its score, and to whom."""

    above: int
    score: Score
    seat: int


def explain(district: District, division: Division, piece: int, seat: int) -> Why:
    """Say what decided that this seat has this piece.

    The piece is handed to every other seat in turn, all else unchanged or in exchange for one of that seat's pieces.
    The first part of the score in which the best of these changes loses is the reason: breaks of territory, households
    moved, largest load, or metres. `cost` is that loss: breaks, households, the largest load as it would become, or
    metres that all would have farther to go, per household of this piece.
    """
    if district.seats == 1:
        return Why(key="placement.only_seat")
    if district.locked[piece] >> seat & 1:
        return Why(key="placement.locked")
    if division.holders[piece].bit_count() > 1:
        return Why(key="placement.shared")
    best = min(_others(district, division, piece), default=None)
    alone = not territories(district, division.holders)[seat] & district.inhabited & ~(1 << piece)
    why = _deciding(district, division, piece, best) if best else Why(key="placement.each_has_one")
    return Why(key="placement.each_has_one", instead=why.instead) if why.key == "placement.tie" and alone else why


def _others(district: District, division: Division, piece: int) -> Iterator[_Other]:
    for seat in members(((1 << district.seats) - 1) ^ division.holders[piece]):
        for holders in _changes(district, division.holders, piece, seat):
            if all(pieces & district.inhabited for pieces in territories(district, holders)):
                found = score(district, holders)
                yield _Other(max(0, found.largest - division.cap), found, seat)


def _changes(district: District, holders: Holders, piece: int, seat: int) -> Iterator[Holders]:
    """Hand a piece to another seat: for nothing, and for each piece that it alone has and that no lock holds."""
    handed = [*holders[:piece], 1 << seat, *holders[piece + 1 :]]
    yield tuple(handed)
    for other in district.free() if len(holders) <= EXCHANGING else ():
        if holders[other] == 1 << seat:
            yield (*handed[:other], holders[piece], *handed[other + 1 :])


def _deciding(district: District, division: Division, piece: int, best: _Other) -> Why:
    chosen, found, scale = division.score, best.score, district.scale
    if best.above:
        return Why(key="placement.balanced", instead=best.seat, cost=found.largest // scale)
    if found.broken > chosen.broken:
        return Why(key="placement.connected", instead=best.seat, cost=found.broken - chosen.broken)
    if found.moved > chosen.moved:
        return Why(key="placement.kept", instead=best.seat, cost=(found.moved - chosen.moved) // scale)
    if found.largest > chosen.largest:
        return Why(key="placement.balanced", instead=best.seat, cost=found.largest // scale)
    if found.distance > chosen.distance:
        farther = -(-(found.distance - chosen.distance) // max(district.weights[piece], 1))
        return Why(key="placement.nearest", instead=best.seat, cost=farther)
    return Why(key="placement.tie", instead=best.seat)
