"""Kernels that settle rings on whole units, clip them to the square of a tile, and write the bytes of its layer."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled

Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

MOST_CORNERS = 64  # of a ring that is looked at edge by edge; GEOS sorts the edges of longer ones
PLAIN, GONE, DOUBTFUL = 0, 1, 2
MOVE_ONE, LINE, CLOSE, KIND_POLYGON = 9, 2, 15, 3  # the format's commands and its number of polygons
FEATURE, TAGS, KIND, GEOMETRY, LAYER = 0x12, 0x12, 0x18, 0x22, 0x1A
FEW_BYTES = 10  # a varint has no more


@compiled
def settle(x: Longs, y: Longs, first: Longs, state: Longs) -> tuple[Longs, Longs, Longs]:
    """Drop repeated corners and the closing one from closed rings, turn them clockwise (y down); give x, y, sizes.

    Into `state` goes what each ring is: PLAIN, GONE where no ground is left (its size is 0), or DOUBTFUL where it
    folds or is too long to be looked at (its size is 0 too).
    """
    xs, ys = np.empty(len(x), np.int64), np.empty(len(x), np.int64)
    sizes = np.zeros(len(first) - 1, np.int64)
    used = 0
    for ring in range(len(first) - 1):
        count = 0
        for at in range(first[ring], first[ring + 1] - 1):
            if count == 0 or x[at] != xs[used + count - 1] or y[at] != ys[used + count - 1]:
                xs[used + count], ys[used + count] = x[at], y[at]
                count += 1
        while count > 1 and xs[used + count - 1] == xs[used] and ys[used + count - 1] == ys[used]:
            count -= 1
        state[ring] = looks(xs, ys, used, count)
        if state[ring] != PLAIN:
            continue
        if twice_area(xs, ys, used, count) < 0:
            xs[used : used + count] = xs[used : used + count][::-1].copy()
            ys[used : used + count] = ys[used : used + count][::-1].copy()
        sizes[ring] = count
        used += count
    return xs[:used].copy(), ys[:used].copy(), sizes


@compiled
def twice_area(x: Longs, y: Longs, start: int, count: int) -> int:
    """Sum a ring's shoelace: positive when it turns clockwise on a screen."""
    total = 0
    for step in range(1, count - 1):
        ax, ay = x[start + step] - x[start], y[start + step] - y[start]
        total += ax * (y[start + step + 1] - y[start]) - (x[start + step + 1] - x[start]) * ay
    return total


@compiled
def looks(x: Longs, y: Longs, start: int, count: int) -> int:
    """Tell whether a ring is PLAIN (no two of its edges meet but in their common corner), GONE or DOUBTFUL."""
    if count < 3:
        return GONE
    if count > MOST_CORNERS:
        return DOUBTFUL
    for one in range(count):
        after = (one + 1) % count
        ax, ay, bx, by = x[start + one], y[start + one], x[start + after], y[start + after]
        for other in range(one + 1, count):
            beyond = (other + 1) % count
            cx, cy, dx, dy = x[start + other], y[start + other], x[start + beyond], y[start + beyond]
            if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
                continue
            if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
                continue
            c, d = turn(ax, ay, bx, by, cx, cy), turn(ax, ay, bx, by, dx, dy)
            if other == after or beyond == one:
                far_x, far_y = (dx, dy) if other == after else (cx, cy)
                near_x, near_y = (ax, ay) if other == after else (bx, by)
                mid_x, mid_y = (bx, by) if other == after else (ax, ay)
                ahead = (near_x - mid_x) * (far_x - mid_x) + (near_y - mid_y) * (far_y - mid_y)
                if ahead > 0 and turn(near_x, near_y, mid_x, mid_y, far_x, far_y) == 0:
                    return DOUBTFUL
                continue
            if c * d > 0:
                continue
            if turn(cx, cy, dx, dy, ax, ay) * turn(cx, cy, dx, dy, bx, by) <= 0:
                return DOUBTFUL
    return PLAIN


@compiled
def turn(ax: int, ay: int, bx: int, by: int, px: int, py: int) -> int:
    """Give on which side of a-b p lies: 1, 0 on its line, or -1."""
    twice = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (twice > 0) - (twice < 0)


@compiled
def write_tiles(
    west: Longs,
    north: Longs,
    extent: int,
    buffer: int,
    tile_first: Longs,
    features: Longs,
    x: Longs,
    y: Longs,
    ring_first: Longs,
    feature_first: Longs,
    is_plain: Flags,
    which: Longs,
    value_bytes: Bytes,
    value_first: Longs,
    head: Bytes,
    keys: Bytes,
    tail: Bytes,
) -> tuple[Bytes, Longs, Flags]:
    """Write tiles, each of one layer of polygons; give the bytes, where each tile begins, and which must be cut anew.

    `west` and `north` are the tiles' corners, `tile_first` and `features` their features in order. `feature_first`
    says which rings a feature has, `ring_first` which corners; `which` names the values of its keys, -1 for none.
    A tile whose clipped rings are in doubt has no bytes and is marked.
    """
    tiles = len(west)
    out, begins, doubtful = np.empty(1 << 16, np.uint8), np.zeros(tiles + 1, np.int64), np.zeros(tiles, np.bool_)
    body = np.empty(1 << 16, np.uint8)
    geometry, tags = np.empty(1 << 12, np.uint8), np.empty(2 * FEW_BYTES * (which.shape[1] + 1), np.uint8)
    seen, number = np.full(len(value_first) - 1, -1, np.int64), np.empty(len(value_first) - 1, np.int64)
    used = np.empty(256, np.int64)
    xs, ys = np.empty((2, 256), np.int64), np.empty((2, 256), np.int64)
    full = 0
    for tile in range(tiles):
        begins[tile] = full
        left, top = west[tile], north[tile]
        low, high = -buffer, extent + buffer
        values, end = 0, len(head)
        body[:end] = head
        for place in range(tile_first[tile], tile_first[tile + 1]):
            feature = features[place]
            length, last_x, last_y = 0, 0, 0
            for ring in range(feature_first[feature], feature_first[feature + 1]):
                start, count = ring_first[ring], ring_first[ring + 1] - ring_first[ring]
                if 2 * count + 16 > xs.shape[1]:
                    xs, ys = np.empty((2, 4 * count + 16), np.int64), np.empty((2, 4 * count + 16), np.int64)
                is_cut = False
                for at in range(count):
                    xs[0, at], ys[0, at] = x[start + at] - left, y[start + at] - top
                    is_cut = is_cut or not (low <= xs[0, at] <= high and low <= ys[0, at] <= high)
                if is_cut:
                    if not is_plain[feature]:
                        doubtful[tile] = True
                        break
                    count = clip(xs, ys, count, low, high)
                    if count < 0:
                        doubtful[tile] = True
                        break
                    if count == 0:
                        continue
                if length + FEW_BYTES * (count + 3) > len(geometry):
                    geometry = grown(geometry, length, length + FEW_BYTES * (count + 3))
                length = varint(geometry, length, MOVE_ONE)
                for at in range(count):
                    if at == 1:
                        length = varint(geometry, length, ((count - 1) << 3) | LINE)
                    length = varint(geometry, length, zigzag(xs[0, at] - last_x))
                    length = varint(geometry, length, zigzag(ys[0, at] - last_y))
                    last_x, last_y = xs[0, at], ys[0, at]
                length = varint(geometry, length, CLOSE)
            if doubtful[tile]:
                break
            if length == 0:
                continue
            tagged = 0
            for key in range(which.shape[1]):
                value = which[feature, key]
                if value < 0:
                    continue
                if seen[value] != tile:
                    if values == len(used):
                        used = np.concatenate((used, np.empty_like(used)))
                    seen[value], number[value], used[values] = tile, values, value
                    values += 1
                tagged = varint(tags, tagged, key)
                tagged = varint(tags, tagged, number[value])
            inner = 4 + tagged + length + varint_size(tagged) + varint_size(length)
            if end + inner + 2 * FEW_BYTES > len(body):
                body = grown(body, end, end + inner + 2 * FEW_BYTES)
            body[end] = FEATURE
            end = varint(body, end + 1, inner)
            body[end] = TAGS
            end = varint(body, end + 1, tagged)
            body[end : end + tagged] = tags[:tagged]
            end += tagged
            body[end], body[end + 1], body[end + 2] = KIND, KIND_POLYGON, GEOMETRY
            end = varint(body, end + 3, length)
            body[end : end + length] = geometry[:length]
            end += length
        if doubtful[tile] or end == len(head):
            continue
        whole = end + len(keys) + len(tail)
        for at in range(values):
            whole += value_first[used[at] + 1] - value_first[used[at]]
        if whole > len(body):
            body = grown(body, end, whole)
        body[end : end + len(keys)] = keys
        end += len(keys)
        for at in range(values):
            begin, stop = value_first[used[at]], value_first[used[at] + 1]
            body[end : end + stop - begin] = value_bytes[begin:stop]
            end += stop - begin
        body[end : end + len(tail)] = tail
        end += len(tail)
        if full + end + 2 * FEW_BYTES > len(out):
            out = grown(out, full, full + end + 2 * FEW_BYTES)
        out[full] = LAYER
        full = varint(out, full + 1, end)
        out[full : full + end] = body[:end]
        full += end
    begins[tiles] = full
    return out[:full].copy(), begins, doubtful


@compiled
def grown(array: Bytes, used: int, needed: int) -> Bytes:
    """Give a larger array with the same first bytes."""
    larger = np.empty(2 * max(needed, len(array)), np.uint8)
    larger[:used] = array[:used]
    return larger


@compiled
def zigzag(step: int) -> int:
    """Write a signed number as one that is not: 0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return (step << 1) ^ (step >> 63)


@compiled
def varint(out: Bytes, at: int, value: int) -> int:
    """Write a number seven bits a byte, the least significant first; give where the next byte goes."""
    while value >= 0x80:
        out[at] = (value & 0x7F) | 0x80
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@compiled
def varint_size(value: int) -> int:
    """Count the bytes of a number."""
    size = 1
    while value >= 0x80:
        value >>= 7
        size += 1
    return size


@compiled
def clip(x: Longs, y: Longs, count: int, low: int, high: int) -> int:
    """Clip the ring in the first rows of x and y to a square, side by side; give its corners, 0 for none left.

    Negative where it crosses a side more than twice, so that its parts would hang together along it, or where it
    folds once its crossings are on whole units. A crossing lies at the same place whichever way the edge runs.
    """
    here = 0
    for side in range(4):
        u, v = (x, y) if side < 2 else (y, x)
        bound, sign = (low, 1) if side % 2 == 0 else (high, -1)
        there, kept, crossings = 1 - here, 0, 0
        for at in range(count):
            after = at + 1 if at + 1 < count else 0
            a, b = sign * (u[here, at] - bound) >= 0, sign * (u[here, after] - bound) >= 0
            if a:
                kept = corner(u, v, there, kept, u[here, at], v[here, at])
            if a != b:
                crossings += 1
                across = meets(u[here, at], v[here, at], u[here, after], v[here, after], bound)
                kept = corner(u, v, there, kept, bound, across)
        if crossings > 2:
            return -1
        while kept > 1 and u[there, 0] == u[there, kept - 1] and v[there, 0] == v[there, kept - 1]:
            kept -= 1
        if kept < 3:
            return 0
        here, count = there, kept
    if count > MOST_CORNERS:
        return count if twice_area(x[0], y[0], 0, count) > 0 else 0
    seen = looks(x[0], y[0], 0, count)
    if seen == DOUBTFUL:
        return 0 if twice_area(x[0], y[0], 0, count) == 0 and count < 4 else -1
    return count


@compiled
def corner(u: Longs, v: Longs, row: int, kept: int, a: int, b: int) -> int:
    """Add a corner to a ring unless it repeats the last one; give how many there are."""
    if kept > 0 and u[row, kept - 1] == a and v[row, kept - 1] == b:
        return kept
    u[row, kept], v[row, kept] = a, b
    return kept + 1


@compiled
def meets(au: int, av: int, bu: int, bv: int, bound: int) -> int:
    """Give where an edge meets a line, to the nearest whole unit, halves upwards; alike whichever way it runs."""
    if au > bu:
        au, av, bu, bv = bu, bv, au, av
    over, under = 2 * (bv - av) * (bound - au) + (bu - au), 2 * (bu - au)
    return av + over // under
