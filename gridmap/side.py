"""Side: on which side of an edge a point lies, decided exactly or not at all."""

from gridmap.compiled import compiled

LEFT, ON, RIGHT = 1, 0, -1
UNSURE = 2

ROUNDING = 3.3306690738754716e-16  # (3 + 16 e) e with e = 2**-53: bound A of orient2d, Shewchuk 1997
UNDERFLOW = 1e-290  # more than products of numbers that are too small to be normal can lose
SMALLEST = 1e-240  # the rounding error of a smaller product may itself be too small to be a number
SPLITTER = 134217729.0  # 2**27 + 1
LARGEST_COORDINATE = 1e100  # products and splits of differences up to twice this stay finite


@compiled
def turn_and_doubt(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> tuple[float, float]:
    """Give twice the area of a, b, p, positive to the left, and how wrong it may be: beyond doubt it has its sign."""
    one, other = (ax - px) * (by - py), (ay - py) * (bx - px)
    return one - other, ROUNDING * (abs(one) + abs(other)) + UNDERFLOW


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Tell the side of the line from a to b that p lies on: LEFT, RIGHT, ON, or UNSURE for a closer look elsewhere.

    A floating-point filter with a proven bound decides almost all points. What it leaves is decided by exact products
    where the differences of the coordinates are themselves exact, as they are near the short edges of a map.
    Coordinates must not pass LARGEST_COORDINATE.
    """
    turn, doubt = turn_and_doubt(ax, ay, bx, by, px, py)
    if turn > doubt:
        return LEFT
    if -turn > doubt:
        return RIGHT
    west_a, west_b, south_a, south_b = ax - px, bx - px, ay - py, by - py
    one, other = west_a * south_b, south_a * west_b
    if tail(ax, px, west_a) != 0.0 or tail(bx, px, west_b) != 0.0:
        return UNSURE
    if tail(ay, py, south_a) != 0.0 or tail(by, py, south_b) != 0.0:
        return UNSURE
    if is_lost(west_a, south_b, one) or is_lost(south_a, west_b, other):
        return UNSURE
    one_lost, other_lost = lost(west_a, south_b, one), lost(south_a, west_b, other)
    rest = one_lost - other_lost
    whole = turn + rest  # `turn` is exact: its terms are within a factor of two, or both zero
    if whole == 0.0:
        whole = tail(one_lost, other_lost, rest)
    if whole > 0.0:
        return LEFT
    return RIGHT if whole < 0.0 else ON


@compiled
def tail(one: float, other: float, difference: float) -> float:
    """Give exactly what rounding took from one - other (Knuth's two-difference)."""
    virtual = one - difference
    return (one - (difference + virtual)) + (virtual - other)


@compiled
def is_lost(one: float, other: float, product: float) -> bool:
    """Tell whether a product is so small that its rounding error may be no number."""
    return one != 0.0 and other != 0.0 and abs(product) < SMALLEST


@compiled
def lost(one: float, other: float, product: float) -> float:
    """Give exactly what rounding took from one * other (Dekker 1971)."""
    split = SPLITTER * one
    one_high = split - (split - one)
    one_low = one - one_high
    split = SPLITTER * other
    other_high = split - (split - other)
    other_low = other - other_high
    return one_low * other_low - (((product - one_high * other_high) - one_low * other_high) - one_high * other_low)
