"""Parting: a district of very many pieces is parted into connected territories of nearly equal load, not searched.

Far more pieces than an electoral district has by law, as where a whole canton elects together: no search proves the
best there. The ground is halved again and again along its own shape; then pieces cross borders until the loads fit.
"""

from gridmap.district import District, Holders, loads, members, territories

ROUNDS = 12  # hand-overs for each piece, at most: levelling ends long before


def parted(district: District, cap: int) -> Holders | None:
    """Part a district whose pieces nobody has locked; None where a lock stands, or where the cap cannot be kept so."""
    if any(district.locked) or district.seats < 2:
        return None
    parts = _halved(district, district.territory.everything, district.seats)
    holders = [0] * len(district.weights)
    for seat, part in enumerate(parts):
        for piece in members(part):
            holders[piece] = 1 << seat
    levelled = _levelled(district, holders, cap)
    if levelled is None or not all(part & district.inhabited for part in territories(district, levelled)):
        return None
    return levelled


def _halved(district: District, ground: int, seats: int) -> list[int]:
    """Part the ground among so many seats: grow one side from its far end until its load is right, halve both sides."""
    if seats == 1:
        return [ground]
    few = seats // 2
    wanted = _weight(district, ground) * few // seats
    side, load = 0, 0
    for piece in _sweep(district, ground):
        weight = district.weights[piece]
        if side and load + weight - wanted > wanted - load:
            continue
        side, load = side | 1 << piece, load + weight
        if load >= wanted:
            break
    side = _mended(district, ground, side)
    return _halved(district, side, few) + _halved(district, ground & ~side, seats - few)


def _mended(district: District, ground: int, side: int) -> int:
    """Leave each side its largest territory; the lesser ones go to the side that they touch."""
    for _ in range(2):
        for mine in (side, ground & ~side):
            parts = sorted(district.territory.parts(mine), key=lambda part: -_weight(district, part))
            for part in parts[1:]:
                if _around(district, part) & ground & ~mine:
                    side ^= part
    return side or ground & -ground


def _sweep(district: District, ground: int) -> list[int]:
    """Order the pieces outward from one end of the ground, territory by territory, the far ones last."""
    order: list[int] = []
    for part in district.territory.parts(ground):
        end = part & -part
        for _ in range(2):
            end = _layers(district, part, end)[-1]
            end &= -end
        for layer in _layers(district, part, end):
            order += members(layer)
    return order


def _layers(district: District, ground: int, start: int) -> list[int]:
    """Give the pieces at each number of steps from the start."""
    layers, reached = [start], start
    while True:
        following = _around(district, layers[-1]) & ground & ~reached
        if not following:
            return layers
        layers.append(following)
        reached |= following


def _around(district: District, part: int) -> int:
    around = 0
    for piece in members(part):
        around |= district.territory.touching[piece]
    return around & ~part


def _weight(district: District, part: int) -> int:
    return sum(district.weights[piece] for piece in members(part))


def _levelled(district: District, start: list[int], cap: int) -> Holders | None:
    """Hand pieces over until no load is above the cap, the least broken way first; None when nothing brings it there.

    A hand-over lowers what lies above the cap in all, or evens two loads out; ties go to the lower piece and seat.
    """
    holders, carried = list(start), loads(district, start)
    held = territories(district, holders)
    for _ in range(ROUNDS * len(holders)):
        if max(carried) <= cap:
            return tuple(holders)
        best: tuple[int, int, int, int] | None = None
        for seat in range(district.seats):
            if carried[seat] <= cap:
                continue
            for piece in members(held[seat]):
                found = _hand_over(district, held, carried, piece, seat, cap)
                best = found if best is None or (found is not None and found < best) else best
        if best is None:
            return None
        _, _, piece, to = best
        seat = holders[piece].bit_length() - 1
        held[seat] ^= 1 << piece
        held[to] |= 1 << piece
        carried[seat] -= district.weights[piece]
        carried[to] += district.weights[piece]
        holders[piece] = 1 << to
    return None


def _hand_over(
    district: District, held: list[int], carried: list[int], piece: int, seat: int, cap: int
) -> tuple[int, int, int, int] | None:
    """Weigh handing one piece to the best other seat: (breaks added, excess and unevenness after, piece, seat)."""
    weight, rest = district.weights[piece], held[seat] & ~(1 << piece)
    if not weight or not rest & district.inhabited:
        return None
    leaving = len(district.territory.parts(rest)) - len(district.territory.parts(held[seat]))
    best = None
    for to in range(district.seats):
        if to == seat or carried[to] + weight >= carried[seat]:
            continue
        touching = bool(district.territory.touching[piece] & held[to])
        excess = max(0, carried[to] + weight - cap) + max(0, carried[seat] - weight - cap)
        found = (
            leaving + (0 if touching else 1),
            excess + max(carried[to] + weight, carried[seat] - weight),
            piece,
            to,
        )
        best = found if best is None or found < best else best
    return best
