"""Kernels that draw a raster: which edges touch a square, which cells have its mark, and what it says in the end.

A *square* is one of the equal rectangles that a raster cuts its frame into; a *cell* is a polygon, known by its rank.
A cell has a point when an odd number of its edges, all rings together, lie between the point and the outside, or
when the point is on an edge: what GEOS decides for prepared polygons, rings that cross themselves included.
"""

import numpy as np
from numpy.typing import NDArray

from gridmap.compiled import compiled
from gridmap.raster_kernels import ASK, MOST_CELLS, NOWHERE, Doubles, Ints
from gridmap.side import LEFT, RIGHT, side

Longs = NDArray[np.int64]

OPEN = 2**31 - 1  # the rank of no cell
BAND = 1e-6  # of a square: an edge this near touches it; positions in squares are right to 1e-7
NEAR = 1e-5  # of a square: an edge this near to a mark leaves open which side of it the mark is on
MARK_EAST, MARK_NORTH = 0.44371, 0.53219  # where the mark of a square lies in it; odd, so that borders seldom meet it
MIX = -7046029254386353131  # 2**64 divided by the golden ratio: spreads neighbouring numbers

TOUCHED, TURNS, OPEN_MARK, INSIDE = 1, 2, 4, 8  # what the sheet notes of a square for one cell
FLAGS = 2  # bits of an entry below the number of its edge: the cell has the mark; the mark is open


@compiled
def number_edges(ax: Doubles, ay: Doubles, bx: Doubles, by: Doubles) -> tuple[Ints, Ints]:
    """Number edges from 0, equal ones alike whichever way they run: each one's number, and the first of each number."""
    size = 16
    while size < 2 * len(ax):
        size *= 2
    table = np.full(size, -1, np.int32)
    number = np.empty(len(ax), np.int32)
    first = np.empty(len(ax), np.int32)
    found = 0
    for edge in range(len(ax)):
        slot = ((hash((ax[edge] + bx[edge]) + 3.7 * (ay[edge] + by[edge])) * MIX) >> 20) & (size - 1)
        while table[slot] >= 0:
            it = first[table[slot]]
            along = ax[it] == ax[edge] and ay[it] == ay[edge] and bx[it] == bx[edge] and by[it] == by[edge]
            if along or (ax[it] == bx[edge] and ay[it] == by[edge] and bx[it] == ax[edge] and by[it] == ay[edge]):
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = found
            first[found] = edge
            found += 1
        number[edge] = table[slot]
    return number, first[:found].copy()


@compiled
def columns_touched(au: float, av: float, bu: float, bv: float, row: int) -> tuple[int, int]:
    """Give the first and last square of a row that an edge (in squares from the corner) touches, BAND around it too."""
    west, east = min(au, bu), max(au, bu)
    if av != bv:
        one = min(1.0, max(0.0, (row - BAND - av) / (bv - av)))
        other = min(1.0, max(0.0, (row + 1 + BAND - av) / (bv - av)))
        here, there = au + one * (bu - au), au + other * (bu - au)
        west, east = max(west, min(here, there)), min(east, max(here, there))
    return int(np.floor(west - BAND)), int(np.floor(east + BAND))


@compiled
def draw(
    ay: Doubles,
    by: Doubles,
    squares: tuple[Doubles, Doubles, Doubles, Doubles],
    first: Longs,
    north: Doubles,
    columns: int,
    cover: Ints,
    place: Ints,
    entries: Ints,
) -> None:
    """Draw all cells, lowest rank first: into `cover` the lowest cell that has all of a square and no edge there.

    `squares` are the edges' ends in squares, `ay` and `by` their latitudes, `first` where each cell's edges begin.
    Run first without `entries`, to count in `place` how many each square takes; then with room for them, and in
    `place` where each square's begin, which is moved to where they end. Cells above the one in `cover` make none.
    """
    au, av, bu, bv = squares
    sheet = np.empty(4096, np.uint8)
    for cell in range(len(first) - 1):
        start, stop = first[cell], first[cell + 1]
        if start == stop:
            continue
        west, south, east, top = au[start], av[start], au[start], av[start]
        for edge in range(start, stop):
            west, east = min(west, au[edge], bu[edge]), max(east, au[edge], bu[edge])
            south, top = min(south, av[edge], bv[edge]), max(top, av[edge], bv[edge])
        left, bottom = int(np.floor(west - BAND)), int(np.floor(south - BAND))
        wide, high = int(np.floor(east + BAND)) - left + 1, int(np.floor(top + BAND)) - bottom + 1
        if wide * high > len(sheet):
            sheet = np.empty(2 * wide * high, np.uint8)
        sheet[: wide * high] = 0
        for edge in range(start, stop):
            low = int(np.floor(min(av[edge], bv[edge]) - BAND))
            for row in range(low, int(np.floor(max(av[edge], bv[edge]) + BAND)) + 1):
                line = (row - bottom) * wide - left
                one, last = columns_touched(au[edge], av[edge], bu[edge], bv[edge], row)
                for column in range(one, last + 1):
                    sheet[line + column] |= TOUCHED
                if (ay[edge] > north[row]) != (by[edge] > north[row]):
                    part = (north[row] - ay[edge]) / (by[edge] - ay[edge])
                    meets = au[edge] + part * (bu[edge] - au[edge]) - MARK_EAST
                    nearest = int(np.floor(meets + 0.5))
                    if abs(meets - nearest) < NEAR:
                        sheet[line + nearest] |= OPEN_MARK
                    beyond = int(np.floor(meets)) + 1
                    if beyond < left + wide:
                        sheet[line + beyond] ^= TURNS
        for row in range(high):
            inside = False
            for column in range(wide):
                note = sheet[row * wide + column]
                inside ^= (note & TURNS) != 0
                if inside:
                    if note & TOUCHED:
                        sheet[row * wide + column] |= INSIDE
                    else:
                        at = (row + bottom) * columns + column + left
                        cover[at] = min(cover[at], cell)
        for edge in range(start, stop):
            low = int(np.floor(min(av[edge], bv[edge]) - BAND))
            for row in range(low, int(np.floor(max(av[edge], bv[edge]) + BAND)) + 1):
                one, last = columns_touched(au[edge], av[edge], bu[edge], bv[edge], row)
                for column in range(one, last + 1):
                    at = row * columns + column
                    if cover[at] < cell:
                        continue
                    if len(entries) > 0:
                        note = sheet[(row - bottom) * wide + column - left]
                        flags = (1 if note & INSIDE else 0) | (2 if note & OPEN_MARK else 0)
                        entries[place[at]] = (edge << FLAGS) | flags
                    place[at] += 1


@compiled
def lowest(state: int, ranks: Ints, otherwise: int, rows: Ints) -> int:
    """Give the row of the lowest cell whose bit is set, else that of the rank `otherwise`, NOWHERE for OPEN."""
    for bit in range(MOST_CELLS):
        if state >> bit & 1:
            return int(rows[ranks[bit]])
    return NOWHERE if otherwise == OPEN else int(rows[otherwise])


@compiled
def record(
    cover: Ints,
    place: Ints,
    entries: Ints,
    owner: Ints,
    number: Ints,
    segments: Doubles,
    rows: Ints,
    east: Doubles,
    north: Doubles,
    most_entries: int,
) -> tuple[Doubles, Ints, Ints]:
    """Turn `cover` into what each square says, in place, and give the lines, their rows, and the records it refers to.

    A square that a single edge crosses says where the line of that edge stands: its ends, and the rows to its left, to
    its right and on it. Any other that edges touch has a record: the number of cells (low five bits) and of edges; a
    bit for each cell that has the mark; the row to answer where none has the point; the cells' rows, lowest rank
    first; and for each edge its number and the bits of the cells that it parts (low half) and borders (high half).
    """
    lines, sides, records = np.empty((1024, 4)), np.empty((1024, 3), np.int32), np.empty(4096, np.int32)
    line_count, used = 0, 0
    line_of = np.full(len(segments), -1, np.int32)
    seen = np.full(len(segments), -1, np.int32)
    kinds = np.empty(most_entries, np.int32)
    parts = np.empty(most_entries, np.int32)
    borders = np.empty(most_entries, np.int32)
    ranks = np.empty(MOST_CELLS, np.int32)
    columns = len(east)
    for square in range(len(cover)):
        begin = place[square - 1] if square > 0 else 0
        under = cover[square]
        if place[square] == begin:
            cover[square] = lowest(0, ranks, under, rows)
            continue
        cells, edges, state, is_open = 0, 0, 0, False
        for position in range(begin, place[square]):
            edge = entries[position] >> FLAGS
            is_open = is_open or (entries[position] & 2) != 0
            if cells == 0 or ranks[cells - 1] != owner[edge]:
                if cells == MOST_CELLS:
                    is_open = True
                    break
                ranks[cells] = owner[edge]
                state |= (entries[position] & 1) << cells
                cells += 1
            kind, bit = number[edge], 1 << (cells - 1)
            if seen[kind] < 0:
                seen[kind] = edges
                kinds[edges], parts[edges], borders[edges] = kind, 0, 0
                edges += 1
            parts[seen[kind]] ^= bit
            borders[seen[kind]] |= bit
        for at in range(edges):
            seen[kinds[at]] = -1
        if is_open:
            cover[square] = ASK
            continue
        if edges == 1 and parts[0] == (1 << cells) - 1:
            kind = kinds[0]
            ax, ay, bx, by = segments[kind, 0], segments[kind, 1], segments[kind, 2], segments[kind, 3]
            turn = side(ax, ay, bx, by, east[square % columns], north[square // columns])
            if turn in (LEFT, RIGHT):
                beyond = state ^ parts[0]
                left = lowest(state if turn == LEFT else beyond, ranks, under, rows)
                right = lowest(beyond if turn == LEFT else state, ranks, under, rows)
                at = line_of[kind]
                if at < 0 or sides[at, 0] != left or sides[at, 1] != right or sides[at, 2] != rows[ranks[0]]:
                    if line_count == len(lines):
                        lines = np.concatenate((lines, np.empty_like(lines)))
                        sides = np.concatenate((sides, np.empty_like(sides)))
                    at = line_count
                    line_of[kind] = at
                    lines[at, 0], lines[at, 1], lines[at, 2], lines[at, 3] = ax, ay, bx, by
                    sides[at, 0], sides[at, 1], sides[at, 2] = left, right, rows[ranks[0]]
                    line_count += 1
                cover[square] = ASK - 1 - 2 * at
                continue
        while used + 3 + cells + 2 * edges > len(records):
            records = np.concatenate((records, np.empty_like(records)))
        cover[square] = ASK - 2 - 2 * used
        records[used] = cells | (edges << 5)
        records[used + 1] = state
        records[used + 2] = lowest(0, ranks, under, rows)
        used += 3
        for at in range(cells):
            records[used + at] = rows[ranks[at]]
        used += cells
        for at in range(edges):
            records[used] = kinds[at]
            records[used + 1] = parts[at] | (borders[at] << 16)
            used += 2
    return lines[:line_count].copy(), sides[:line_count].copy(), records[:used].copy()
