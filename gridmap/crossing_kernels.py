"""Kernels that cut one ring by another where they cross plainly, and measure the rings that come out."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.metres import METRES_PER_DEGREE, WGS84_AXIS, WGS84_ECCENTRICITY
from gridmap.side import LEFT, RIGHT, side, turn_and_doubt

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Ring = tuple[Doubles, Doubles, int, int]  # x, y, the position of the first corner and that of its repetition

MOST_CROSSINGS = 64  # of two rings; more are left to GEOS
MOST_LOOKS = 1 << 16  # pairs of edges looked at for two rings; GEOS sorts its edges
APART = 1e-9  # of an edge: crossings nearer to each other or to a corner are left to GEOS
NOT_PLAIN = -1


@compiled
def wind(x: Doubles, y: Doubles, first: Longs) -> None:
    """Turn rings (closed, one after the other) so that they all run counter-clockwise."""
    for ring in range(len(first) - 1):
        start, stop = first[ring], first[ring + 1]
        twice = 0.0
        for at in range(start, stop - 1):
            twice += (x[at] - x[start]) * (y[at + 1] - y[start]) - (x[at + 1] - x[start]) * (y[at] - y[start])
        if twice < 0.0:
            x[start:stop] = x[start:stop][::-1].copy()
            y[start:stop] = y[start:stop][::-1].copy()


@compiled
def cut(
    one_x: Doubles,
    one_y: Doubles,
    one_first: Longs,
    other_x: Doubles,
    other_y: Doubles,
    other_first: Longs,
    one: Longs,
    other: Longs,
    is_plain: Flags,
) -> tuple[Doubles, Doubles, Longs, Longs]:
    """Intersect pairs of simple counter-clockwise rings; give x, y, where each ring begins, and each ring's pair.

    Two areas without holes share areas without holes, so every ring that comes out is an outline; a pair may give
    several or none. Pairs are plain when no corner of one lies on an edge of the other; for the rest `is_plain` is
    made False and nothing comes out. A crossing of two edges has the same coordinates in every pair that has it.
    """
    x, y = np.empty(1 << 12), np.empty(1 << 12)
    begins, pairs = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64)
    used, rings = 0, 0
    edges = np.empty((MOST_CROSSINGS, 2), np.int64)
    along = np.empty((MOST_CROSSINGS, 2))
    places = np.empty((MOST_CROSSINGS, 2))
    enters = np.empty(MOST_CROSSINGS, np.bool_)
    orders = np.empty((2, MOST_CROSSINGS), np.int64)
    after = np.empty((2, MOST_CROSSINGS), np.int64)
    for pair in range(len(one)):
        a = (one_x, one_y, one_first[one[pair]], one_first[one[pair] + 1] - 1)
        b = (other_x, other_y, other_first[other[pair]], other_first[other[pair] + 1] - 1)
        count = NOT_PLAIN
        if a[3] > a[2] and b[3] > b[2]:
            count = crossings(a, b, edges, along, places, enters)
        if count > 0 and not (chain(count, 0, edges, along, enters, orders, after)):
            count = NOT_PLAIN
        if count > 0 and not (chain(count, 1, edges, along, enters, orders, after)):
            count = NOT_PLAIN
        inner = 0
        if count == 0:
            inner = nested(a, b)
            count = NOT_PLAIN if inner == NOT_PLAIN else 0
        if count == NOT_PLAIN:
            is_plain[pair] = False
            continue
        room = a[3] - a[2] + b[3] - b[2] + 3 * count + 2
        while used + room > len(x):
            x, y = np.concatenate((x, np.empty_like(x))), np.concatenate((y, np.empty_like(y)))
        while rings + count + 1 > len(begins):
            begins = np.concatenate((begins, np.empty_like(begins)))
            pairs = np.concatenate((pairs, np.empty_like(pairs)))
        if inner > 0:
            xs, ys, start, stop = a if inner == 1 else b
            begins[rings], pairs[rings] = used, pair
            rings += 1
            x[used : used + stop - start + 1] = xs[start : stop + 1]
            y[used : used + stop - start + 1] = ys[start : stop + 1]
            used += stop - start + 1
        for crossing in range(count):
            if enters[crossing]:
                begins[rings], pairs[rings] = used, pair
                rings += 1
                used = trace(a, b, crossing, edges, along, places, enters, after, x, y, used)
    return x[:used].copy(), y[:used].copy(), np.append(begins[:rings], used), pairs[:rings].copy()


@compiled
def crossings(a: Ring, b: Ring, edges: Longs, along: Doubles, places: Doubles, enters: Flags) -> int:
    """Find where two rings cross: the edges, how far along each, the place, and whether a enters b; give how many."""
    ax, ay, a_start, a_stop = a
    bx, by, b_start, b_stop = b
    west, east = bx[b_start:b_stop].min(), bx[b_start:b_stop].max()
    south, north = by[b_start:b_stop].min(), by[b_start:b_stop].max()
    count, looks = 0, 0
    for i in range(a_start, a_stop):
        px, py, qx, qy = ax[i], ay[i], ax[i + 1], ay[i + 1]
        left, right, low, high = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
        if left > east or right < west or low > north or high < south:
            continue
        looks += b_stop - b_start
        if looks > MOST_LOOKS:
            return NOT_PLAIN
        for j in range(b_start, b_stop):
            rx, ry, sx, sy = bx[j], by[j], bx[j + 1], by[j + 1]
            if left > max(rx, sx) or right < min(rx, sx) or low > max(ry, sy) or high < min(ry, sy):
                continue
            r, s = side(px, py, qx, qy, rx, ry), side(px, py, qx, qy, sx, sy)
            if r == s and r in (LEFT, RIGHT):
                continue
            p, q = side(rx, ry, sx, sy, px, py), side(rx, ry, sx, sy, qx, qy)
            if p == q and p in (LEFT, RIGHT):
                continue
            if r + s != 0 or p + q != 0 or r * p == 0 or count == MOST_CROSSINGS:
                return NOT_PLAIN
            edges[count, 0], edges[count, 1] = i, j
            enters[count] = q == LEFT
            meet(px, py, qx, qy, rx, ry, sx, sy, along, places, count)
            if min(along[count].min(), 1.0 - along[count].max()) < APART:
                return NOT_PLAIN
            count += 1
    return count


@compiled
def meet(
    px: float,
    py: float,
    qx: float,
    qy: float,
    rx: float,
    ry: float,
    sx: float,
    sy: float,
    along: Doubles,
    places: Doubles,
    at: int,
) -> None:
    """Write where edges p-q and r-s cross, alike whichever way they run, and how far along each of them that is."""
    back, forth = px > qx or (px == qx and py > qy), rx > sx or (rx == sx and ry > sy)
    if back:
        px, py, qx, qy = qx, qy, px, py
    if forth:
        rx, ry, sx, sy = sx, sy, rx, ry
    here, there = turn_and_doubt(rx, ry, sx, sy, px, py)[0], turn_and_doubt(rx, ry, sx, sy, qx, qy)[0]
    part = here / (here - there)
    places[at, 0], places[at, 1] = px + part * (qx - px), py + part * (qy - py)
    along[at, 0] = 1.0 - part if back else part
    here, there = turn_and_doubt(px, py, qx, qy, rx, ry)[0], turn_and_doubt(px, py, qx, qy, sx, sy)[0]
    part = here / (here - there)
    along[at, 1] = 1.0 - part if forth else part


@compiled
def chain(count: int, ring: int, edges: Longs, along: Doubles, enters: Flags, orders: Longs, after: Longs) -> bool:
    """Say which crossing follows which along a ring; False where their order is in doubt."""
    order = orders[ring]
    for new in range(count):
        at = new
        while at > 0:
            before = order[at - 1]
            if edges[before, ring] < edges[new, ring]:
                break
            if edges[before, ring] == edges[new, ring] and along[before, ring] < along[new, ring]:
                break
            order[at] = before
            at -= 1
        order[at] = new
    for at in range(count):
        here, there = order[at], order[(at + 1) % count]
        after[ring, here] = there
        if enters[here] == enters[there]:
            return False
        if edges[here, ring] == edges[there, ring] and not abs(along[here, ring] - along[there, ring]) > APART:
            return False
    return True


@compiled
def nested(a: Ring, b: Ring) -> int:
    """Tell of rings that do not cross whether a lies in b (1), b in a (2), or neither (0); NOT_PLAIN in doubt."""
    inside = has(b, a[0][a[2]], a[1][a[2]])
    if inside != 0:
        return inside
    inside = has(a, b[0][b[2]], b[1][b[2]])
    return 2 * inside if inside >= 0 else NOT_PLAIN


@compiled
def has(ring: Ring, x: float, y: float) -> int:
    """Tell whether a ring has a point inside (1) or not (0); NOT_PLAIN where an edge is too near."""
    xs, ys, start, stop = ring
    inside = 0
    for at in range(start, stop):
        if (ys[at] > y) != (ys[at + 1] > y):
            turn = side(xs[at], ys[at], xs[at + 1], ys[at + 1], x, y)
            if turn != LEFT and turn != RIGHT:
                return NOT_PLAIN
            if (turn == LEFT) == (ys[at + 1] > ys[at]):
                inside = 1 - inside
    return inside


@compiled
def trace(
    a: Ring,
    b: Ring,
    begin: int,
    edges: Longs,
    along: Doubles,
    places: Doubles,
    enters: Flags,
    after: Longs,
    x: Doubles,
    y: Doubles,
    used: int,
) -> int:
    """Write the ring that begins where a enters b: along a until it leaves, then along b, and so on, back to there."""
    first, here = used, begin
    while True:
        enters[here] = False  # its ring is being drawn
        for ring in range(2):
            xs, ys, start, stop = a if ring == 0 else b
            x[used], y[used] = places[here, 0], places[here, 1]
            used += 1
            there = after[ring, here]
            steps = (edges[there, ring] - edges[here, ring]) % (stop - start)
            if steps == 0 and along[there, ring] < along[here, ring]:
                steps = stop - start
            for step in range(1, steps + 1):
                corner = start + (edges[here, ring] - start + step) % (stop - start)
                x[used], y[used] = xs[corner], ys[corner]
                used += 1
            here = there
        if here == begin:
            x[used], y[used] = x[first], y[first]
            return used + 1


@compiled
def measure(x: Doubles, y: Doubles, begins: Longs, pairs: Longs, count: int) -> tuple[Doubles, Doubles]:
    """Give each pair's area in square metres and its breadth in metres, as `areas` and `widths` of metres; 0 for none.

    Rings stand by pair.
    """
    area, width = np.zeros(count), np.zeros(count)
    ring = 0
    while ring < len(pairs):
        after = ring
        while after < len(pairs) and pairs[after] == pairs[ring]:
            after += 1
        start, stop = begins[ring], begins[after]
        shrink = np.cos(np.radians((y[start:stop].min() + y[start:stop].max()) / 2.0)) * METRES_PER_DEGREE
        ground, flat, outline = 0.0, 0.0, 0.0
        for each in range(ring, after):
            one, other, length = measure_ring(x, y, begins[each], begins[each + 1], shrink)
            ground, flat, outline = ground + one, flat + other, outline + length
        spread = outline * outline - 16.0 * flat
        area[pairs[ring]] = ground
        width[pairs[ring]] = np.sqrt(flat) if spread <= 0.0 else 4.0 * flat / (outline + np.sqrt(spread))
        ring = after
    return area, width


@compiled
def measure_ring(x: Doubles, y: Doubles, start: int, stop: int, shrink: float) -> tuple[float, float, float]:
    """Give a ring's area on the ellipsoid, and its area and length in a plane with so many metres to a longitude."""
    ground, twice, outline = 0.0, 0.0, 0.0
    floor = height(y[start])
    for at in range(start, stop - 1):
        centre, reach = (y[at + 1] + y[at]) / 2.0, (y[at + 1] - y[at]) / (2.0 * np.sqrt(3.0))
        level = (height(centre - reach) + height(centre + reach)) / 2.0 - floor
        ground += WGS84_AXIS * np.radians(x[at + 1] - x[at]) * level
        east, north = (x[at + 1] - x[at]) * shrink, (y[at + 1] - y[at]) * METRES_PER_DEGREE
        outline += np.sqrt(east * east + north * north)
        twice += (x[at] - x[start]) * shrink * north - east * (y[at] - y[start]) * METRES_PER_DEGREE
    return abs(ground), abs(twice) / 2.0, outline


@compiled
def height(lat: float) -> float:
    """Give the height of a latitude in Lambert's equal-area cylinder, in metres, as `areas` of metres has it."""
    sine = np.sin(np.radians(lat))
    e = WGS84_ECCENTRICITY
    return float(WGS84_AXIS * 0.5 * (1.0 - e * e) * (sine / (1.0 - (e * sine) ** 2) + np.arctanh(e * sine) / e))
