"""Kernels that look points up in a raster: one look where a square is whole, one line, or the few edges in it."""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.side import LEFT, ON, RIGHT, UNSURE, side, turn_and_doubt

Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Rows = NDArray[np.intp]

# What a square says: a row, or NOWHERE, when all of it is in the same cells; ASK when the exact predicate must be
# asked; below ASK where to look, by turns: ASK - 1 - 2 n for line n, ASK - 2 - 2 n for the record that begins at n.
NOWHERE = -1
ASK = -2

MOST_CELLS = 15  # whose borders may meet in one square; where more do, the exact predicate is asked
BLOCK = 1024  # points whose squares are read together, so that the reads do not wait for one another


@compiled
def find(
    xs: Doubles,
    ys: Doubles,
    frame: tuple[float, float, float, float],
    says: Ints,
    east: Doubles,
    north: Doubles,
    lines: Doubles,
    sides: Ints,
    records: Ints,
    segments: Doubles,
    rows: Rows,
) -> int:
    """Write into `rows` each point's row, NOWHERE, or ASK; give how many are ASK. Square 0 is outside every cell."""
    waiting = np.empty(BLOCK, np.int64)
    asked = 0
    for start in range(0, len(xs), BLOCK):
        stop = min(start + BLOCK, len(xs))
        x, y, said = xs[start:stop], ys[start:stop], rows[start:stop]
        read_squares(x, y, frame, says, len(east), len(north), said)
        look_at_lines(x, y, lines, sides, waiting, said)
        asked += look_at_records(x, y, frame, east, north, records, segments, waiting, said)
    return asked


@compiled
def read_squares(
    xs: Doubles, ys: Doubles, frame: tuple[float, float, float, float], says: Ints, columns: int, high: int, said: Rows
) -> None:
    """Write what each point's square says; a point that is off the raster, or not a number, is nowhere."""
    west, south, per_x, per_y = frame
    for point in range(len(xs)):
        u, v = (xs[point] - west) * per_x, (ys[point] - south) * per_y
        within = (u >= 0.0) & (u < columns) & (v >= 0.0) & (v < high)
        said[point] = says[np.uint32(v) * np.uint64(columns) + np.uint32(u)] if within else NOWHERE


@compiled
def look_at_lines(xs: Doubles, ys: Doubles, lines: Doubles, sides: Ints, waiting: Longs, said: Rows) -> None:
    """Answer for the points whose square one line crosses; no step but the last waits for the side of another point."""
    count = 0
    for point in range(len(said)):
        waiting[count] = point
        count += (said[point] < ASK) & ((ASK - 1 - said[point]) & 1 == 0)
    for position in range(count):
        point = waiting[position]
        line = (ASK - 1 - said[point]) >> 1
        ax, ay, bx, by = lines[line, 0], lines[line, 1], lines[line, 2], lines[line, 3]
        turn, doubt = turn_and_doubt(ax, ay, bx, by, xs[point], ys[point])
        at = (turn < 0.0) * 1
        if not abs(turn) > doubt:
            exact = side(ax, ay, bx, by, xs[point], ys[point])
            if exact == UNSURE:
                said[point] = ASK
                continue
            at = 2 if exact == ON else (exact == RIGHT) * 1
        said[point] = sides[line, at]


@compiled
def look_at_records(
    xs: Doubles,
    ys: Doubles,
    frame: tuple[float, float, float, float],
    east: Doubles,
    north: Doubles,
    records: Ints,
    segments: Doubles,
    waiting: Longs,
    said: Rows,
) -> int:
    """Answer for the points that are left; give how many must be asked elsewhere."""
    west, south, per_x, per_y = frame
    count, asked = 0, 0
    for point in range(len(said)):
        waiting[count] = point
        count += said[point] <= ASK
    for position in range(count):
        point = waiting[position]
        if said[point] < ASK:
            x, y = xs[point], ys[point]
            mark_x, mark_y = east[int((x - west) * per_x)], north[int((y - south) * per_y)]
            said[point] = answer(records, (ASK - 1 - said[point]) >> 1, segments, mark_x, mark_y, x, y)
        asked += said[point] == ASK
    return asked


@compiled
def answer(records: Ints, at: int, segments: Doubles, mark_x: float, mark_y: float, x: float, y: float) -> int:
    """Give the row of the lowest cell of a record that has the point, or ASK.

    The way from the point to the square's mark runs level to the mark's meridian and then along it, both a hair to the
    north-east (far less to the east), so that it meets no corner; each edge it crosses changes the cells it parts.
    """
    cells, edges = records[at] & 31, records[at] >> 5
    state, on = records[at + 1], 0
    position = at + 3 + cells
    for _ in range(edges):
        kind, bits = records[position], records[position + 1]
        position += 2
        ax, ay, bx, by = segments[kind, 0], segments[kind, 1], segments[kind, 2], segments[kind, 3]
        level = (ay > y) != (by > y)
        upright = (ax > mark_x) != (bx > mark_x)
        close = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
        here = side(ax, ay, bx, by, x, y) if level or close else ON
        corner = side(ax, ay, bx, by, mark_x, y) if level or upright else ON
        mark = side(ax, ay, bx, by, mark_x, mark_y) if upright else ON
        if here == UNSURE or corner == UNSURE or mark == UNSURE:
            return ASK
        if close and here == ON:
            on |= bits >> 16
        shifted = LEFT if ax < bx else RIGHT  # where a hair to the north-east of an edge is, as a is never east of b
        corner = shifted if corner == ON else corner
        mark = shifted if mark == ON else mark
        if (level and here != corner) != (upright and corner != mark):
            state ^= bits & 0x7FFF
    state |= on
    for cell in range(cells):
        if state >> cell & 1:
            return int(records[at + 3 + cell])
    return int(records[at + 2])
