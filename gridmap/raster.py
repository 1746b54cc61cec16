"""Raster: equal squares over a layer of cells that answer for a point at once or name the few edges to look at."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from gridmap.metres import Indices, Numbers, Shapes
from gridmap.raster_drawing import MARK_EAST, MARK_NORTH, OPEN, draw, number_edges, record
from gridmap.raster_kernels import ASK, NOWHERE, Doubles, Ints, answer, find
from gridmap.side import LARGEST_COORDINATE, LEFT, ON, RIGHT, UNSURE, side

SQUARES_PER_EDGE = 32
FEWEST_SQUARES, MOST_SQUARES = 1 << 12, 1 << 25
LONGEST_SIDE = 1 << 14  # squares; positions in squares are then right to 1e-11
MOST_DRAWN = 1 << 29  # squares in the frames of all cells together: cells in heaps make a coarser raster
MOST_ENTRIES = 1 << 28  # edges in squares
RIM = 2  # squares around the cells, so that the first square is outside
FINEST = 1e-8  # of a square: the most that the rounding of a coordinate may be
POINTS_PER_STRAND = 1 << 16  # fewer are not worth a thread

TURNED = {LEFT: 0, RIGHT: 1, ON: 2}  # where the row for each side of a line stands

Edges = tuple[Numbers, Numbers, Numbers, Numbers]  # x and y of where they begin, x and y of where they end


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """Squares that know their cells. Answers are rows, -1 outside, or ASK where only the exact predicate can tell."""

    west: float
    south: float
    per_x: float  # squares per degree
    per_y: float
    east: Doubles  # the longitude of each column's marks
    north: Doubles  # the latitude of each row's marks
    says: Ints  # see raster_kernels; row by row from the south-west
    lines: Doubles
    sides: Ints
    records: Ints
    segments: Doubles  # every edge once

    @classmethod
    def of(cls, shapes: Shapes, rows: Indices, *, most_squares: int = MOST_SQUARES) -> "Raster | None":
        """Draw polygons, lowest rank first, that answer by these rows.

        None where there is nothing to draw, or where coordinates are not finite, too large, too many or, for the
        ground they cover, too coarse for the positions of edges in squares to be trusted.
        """
        ends, owner = _edges(shapes)
        if len(owner) == 0 or len(owner) >= MOST_ENTRIES or len(shapes) >= OPEN:
            return None
        scale = _scale(ends, shapes, most_squares)
        if scale is None:
            return None
        west, south, per_x, per_y, columns, high = scale
        east: Doubles = west + (np.arange(columns, dtype=np.float64) + MARK_EAST) / per_x
        north: Doubles = south + (np.arange(high, dtype=np.float64) + MARK_NORTH) / per_y
        squares = (
            (ends[0] - west) * per_x,
            (ends[1] - south) * per_y,
            (ends[2] - west) * per_x,
            (ends[3] - south) * per_y,
        )
        first = np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
        cover = np.full(columns * high, OPEN, dtype=np.int32)
        place = np.zeros(columns * high, dtype=np.int32)
        nothing = np.empty(0, dtype=np.int32)
        draw(ends[1], ends[3], squares, first, north, columns, cover, place, nothing)
        most = int(place.max())
        entries = np.empty(int(place.sum(dtype=np.int64)), dtype=np.int32)
        place[1:] = np.cumsum(place[:-1], dtype=np.int32)
        place[0] = 0
        draw(ends[1], ends[3], squares, first, north, columns, cover, place, entries)
        number, first_of = number_edges(*ends)
        segments = _westward_first(np.column_stack([end[first_of] for end in ends]))
        lines, sides, records = record(
            cover, place, entries, owner, number, segments, rows.astype(np.int32), east, north, most
        )
        return cls(
            west=west,
            south=south,
            per_x=per_x,
            per_y=per_y,
            east=east,
            north=north,
            says=cover,
            lines=lines,
            sides=sides,
            records=records,
            segments=segments,
        )

    @property
    def nbytes(self) -> int:
        """Count the memory it holds."""
        held = (self.says, self.lines, self.sides, self.records, self.segments, self.east, self.north)
        return sum(array.nbytes for array in held)

    def find(self, xs: Numbers, ys: Numbers) -> tuple[Indices, bool]:
        """Give each point's row, -1 outside every cell, or ASK; and whether any is ASK. Long arrays use every core."""
        xs, ys = np.require(xs, requirements=["C", "W"]), np.require(ys, requirements=["C", "W"])  # one compiled kind
        rows = np.empty(len(xs), dtype=np.intp)
        strands = min(os.cpu_count() or 1, len(xs) // POINTS_PER_STRAND + 1)
        if strands == 1:
            return rows, self._look(xs, ys, rows) > 0
        cuts = np.linspace(0, len(xs), strands + 1).astype(np.intp)
        parts = [slice(start, stop) for start, stop in pairwise(cuts)]
        with ThreadPoolExecutor(strands) as pool:
            asked = sum(pool.map(lambda part: self._look(xs[part], ys[part], rows[part]), parts))
        return rows, asked > 0

    def at(self, x: float, y: float) -> int:
        """Give the row of a single point as `find` does, without a call for many."""
        u, v = (x - self.west) * self.per_x, (y - self.south) * self.per_y
        if not (0.0 <= u < len(self.east) and 0.0 <= v < len(self.north)):
            return NOWHERE
        column, row = int(u), int(v)
        says = int(self.says[row * len(self.east) + column])
        place = ASK - 1 - says
        if place < 0:
            return says
        if place % 2 == 1:
            return answer(self.records, place >> 1, self.segments, self.east[column], self.north[row], x, y)
        ax, ay, bx, by = self.lines[place >> 1].tolist()
        turn = side(ax, ay, bx, by, x, y)
        return ASK if turn == UNSURE else int(self.sides[place >> 1, TURNED[turn]])

    def _look(self, xs: Numbers, ys: Numbers, rows: Indices) -> int:
        return find(
            xs,
            ys,
            (self.west, self.south, self.per_x, self.per_y),
            self.says,
            self.east,
            self.north,
            self.lines,
            self.sides,
            self.records,
            self.segments,
            rows,
        )


def _edges(shapes: Shapes) -> tuple[Edges, Ints]:
    """Take polygons apart: where each edge begins and ends, and the position of its polygon."""
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = np.flatnonzero(ring[1:] == ring[:-1])
    starts, stops = corners[same], corners[same + 1]
    ends = (starts[:, 0].copy(), starts[:, 1].copy(), stops[:, 0].copy(), stops[:, 1].copy())
    return ends, owner[polygon[ring[same]]].astype(np.int32)


def _westward_first(segments: Numbers) -> Numbers:
    """Turn edges so that none begins east of its end, nor, going straight, north of it."""
    ax, ay, bx, by = segments.T
    turned = (ax > bx) | ((ax == bx) & (ay > by))
    segments[turned] = segments[turned][:, [2, 3, 0, 1]]
    return segments


def _scale(ends: Edges, shapes: Shapes, most_squares: int) -> tuple[float, float, float, float, int, int] | None:
    """Choose the corner, squares per degree, columns and rows; None where no raster can be trusted."""
    west, south, east, north = (float(edge) for edge in (ends[0].min(), ends[1].min(), ends[0].max(), ends[1].max()))
    largest_x, largest_y = max(abs(west), abs(east)), max(abs(south), abs(north))
    if not max(largest_x, largest_y) <= LARGEST_COORDINATE:
        return None
    width, height = east - west, north - south
    finest = (width * FINEST / np.spacing(largest_x), height * FINEST / np.spacing(largest_y))
    if min(finest) < 1.0:
        return None
    boxes = np.nan_to_num(shapely.bounds(shapes))
    wide, high = (boxes[:, 2] - boxes[:, 0]) / width, (boxes[:, 3] - boxes[:, 1]) / height
    run_x, run_y = np.abs(ends[2] - ends[0]).sum() / width, np.abs(ends[3] - ends[1]).sum() / height
    wanted = float(np.clip(SQUARES_PER_EDGE * len(ends[0]), FEWEST_SQUARES, most_squares))
    while True:
        columns = int(np.clip(np.sqrt(wanted * width / height), 1, min(LONGEST_SIDE - 2 * RIM, finest[0])))
        rows = int(np.clip(wanted / columns, 1, min(LONGEST_SIDE - 2 * RIM, finest[1])))
        drawn = ((wide * columns + 3.0) * (high * rows + 3.0)).sum()
        entries = run_x * columns + run_y * rows + 4.0 * len(ends[0])
        if (drawn <= MOST_DRAWN and entries <= MOST_ENTRIES) or columns * rows == 1:
            break
        wanted /= 2.0
    per_x, per_y = columns / width, rows / height
    if not np.isfinite([per_x, per_y]).all() or drawn > MOST_DRAWN or entries > MOST_ENTRIES:
        return None
    return west - RIM / per_x, south - RIM / per_y, per_x, per_y, columns + 2 * RIM, rows + 2 * RIM
