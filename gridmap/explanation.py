"""Why a piece went to this deputy and to nobody else: the next best change and what it would cost."""

from dataclasses import dataclass

from gridmap.district import District, Score, loads, territories
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


class Explaining:
    """The answers of one divided district: what its seats hold and carry is counted once, for all its pieces."""

    def __init__(self, district: District, division: Division) -> None:
        self.district = district
        self.division = division
        self.held = territories(district, division.holders)
        self._idle = {seat for seat, pieces in enumerate(self.held) if not pieces & district.inhabited}
        self._carried = loads(district, division.holders)
        self._parts = [self._count(pieces) for pieces in self.held]
        self._all_parts = sum(self._parts)
        self._forced = district.territory.forced_breaks(district.seats)
        free = district.free() if len(division.holders) <= EXCHANGING else ()
        self._own = [[one for one in free if division.holders[one] == 1 << seat] for seat in range(district.seats)]

    def why(self, piece: int, seat: int) -> Why:
        """Say what decided that this seat has this piece.

        The piece is handed to every other seat in turn, all else unchanged or in exchange for one of that seat's
        pieces. The first part of the score in which the best of these changes loses is the reason: breaks of territory,
        households moved, largest load, or metres. `cost` is that loss: breaks, households, the largest load as it would
        become, or metres that all would have farther to go, per household of this piece.
        """
        district, division = self.district, self.division
        if district.seats == 1:
            return Why(key="placement.only_seat")
        if district.locked[piece] >> seat & 1:
            return Why(key="placement.locked")
        if division.holders[piece].bit_count() > 1:
            return Why(key="placement.shared")
        best = self._best(piece, seat)
        alone = not self.held[seat] & district.inhabited & ~(1 << piece)
        why = _deciding(district, division, piece, best) if best else Why(key="placement.each_has_one")
        return Why(key="placement.each_has_one", instead=why.instead) if why.key == "placement.tie" and alone else why

    def _best(self, piece: int, seat: int) -> _Other | None:
        """Hand a piece of one seat to each other seat: for nothing, and for each piece that it alone may give away.

        What is already worse than the best so far is not measured to its end.
        """
        inhabited, best = self.district.inhabited, None
        for other in range(self.district.seats):
            if other == seat or self._idle - {seat, other}:
                continue
            parts = self._all_parts - self._parts[seat] - self._parts[other] - self._forced
            rest = max((load for one, load in enumerate(self._carried) if one not in (seat, other)), default=0)
            for given in (None, *self._own[other]):
                swapped = 1 << piece | (0 if given is None else 1 << given)
                mine, theirs = self.held[seat] ^ swapped, self.held[other] ^ swapped
                if not (mine & inhabited and theirs & inhabited):
                    continue
                gained = self.district.weights[piece] - (0 if given is None else self.district.weights[given])
                largest = max(rest, self._carried[seat] - gained, self._carried[other] + gained)
                above = max(0, largest - self.division.cap)
                if best is not None and above > best.above:
                    continue
                broken = max(0, parts + self._count(mine) + self._count(theirs))
                if best is not None and (above, broken) > (best.above, best.score.broken):
                    continue
                moved, distance = self._cost(piece, seat, other, given)
                score = Score(broken=broken, moved=moved, largest=largest, distance=distance)
                found = _Other(above=above, score=score, seat=other)
                best = found if best is None else min(best, found)
        return best

    def _cost(self, piece: int, seat: int, other: int, given: int | None) -> tuple[int, int]:
        """Give the households moved and the household-metres of the division with this change."""
        district, before = self.district, self.division.score
        metres = district.metres[piece]
        moved = before.moved + district.moved(piece, 1 << other) - district.moved(piece, 1 << seat)
        distance = before.distance + district.weights[piece] * (metres[other] - metres[seat])
        if given is not None:
            metres = district.metres[given]
            moved += district.moved(given, 1 << seat) - district.moved(given, 1 << other)
            distance += district.weights[given] * (metres[seat] - metres[other])
        return moved, distance

    def _count(self, pieces: int) -> int:
        """Count the territories of a seat beyond its one."""
        return self.district.territory.count(pieces, pieces) - 1 if pieces else 0


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
