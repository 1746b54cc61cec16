"""The press: a layer on whole units becomes the bytes of many tiles at once, by compiled code."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.metres import Indices
from gridmap.tile_kernels import Bytes, write_tiles
from gridmap.vectortile import BUFFER, EXTENT, Attributes, Rings, Whole, surroundings
from gridmap.whole_rings import runs

Flags = NDArray[np.bool_]
NO_GROUND = np.iinfo(np.int64).max // 4  # where the rectangle of a feature without a ring begins


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRings:
    """The rings of a layer at one zoom, with where those of each feature stand."""

    rings: Rings
    vertex: Whole  # where each ring's corners begin; the last is their number
    ring: Whole  # where each feature's rings begin; the last is their number
    boxes: Whole  # each feature's west, north, east and south

    @classmethod
    def of(cls, rings: Rings, count: int) -> "CutRings":
        """Find the rings of `count` features."""
        vertex = np.concatenate(([0], np.cumsum(rings.sizes))).astype(np.int64)
        ring = np.searchsorted(rings.owner, np.arange(count + 1)).astype(np.int64)
        boxes = np.empty((count, 4), dtype=np.int64)
        boxes[:, :2], boxes[:, 2:] = NO_GROUND, -NO_GROUND
        some = np.flatnonzero(np.diff(ring))
        if len(some):
            begins = vertex[ring[some]]
            boxes[some, :2] = np.minimum.reduceat(rings.xy, begins)
            boxes[some, 2:] = np.maximum.reduceat(rings.xy, begins)
        return cls(rings=rings, vertex=vertex, ring=ring, boxes=boxes)

    def whole(self, rows: Indices) -> Rings:
        """Give the rings of features that need no cutting."""
        counts = self.ring[rows + 1] - self.ring[rows]
        ring = runs(self.ring[rows], counts)
        sizes = self.rings.sizes[ring]
        return Rings(xy=self.rings.xy[runs(self.vertex[ring], sizes)], sizes=sizes, owner=np.repeat(rows, counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What compiled code needs of a layer at one zoom."""

    cut: CutRings
    x: Whole
    y: Whole
    is_plain: Flags  # features of a single ring: what is clipped of it needs no second ring
    which: Whole
    value_bytes: Bytes
    value_first: Whole
    head: Bytes
    keys: Bytes
    tail: Bytes

    @classmethod
    def of(cls, name: str, cut: CutRings, attributes: Attributes) -> "Press":
        """Lay out the rings and the values of a layer."""
        head, keys, tail = (np.frombuffer(part, dtype=np.uint8) for part in surroundings(name, attributes))
        sizes = np.array([len(value) for value in attributes.values], dtype=np.int64)
        return cls(
            cut=cut,
            x=np.ascontiguousarray(cut.rings.xy[:, 0]),
            y=np.ascontiguousarray(cut.rings.xy[:, 1]),
            is_plain=np.diff(cut.ring) == 1,
            which=attributes.which,
            value_bytes=np.frombuffer(b"".join(attributes.values), dtype=np.uint8),
            value_first=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            head=head,
            keys=keys,
            tail=tail,
        )

    def tiles(self, addresses: Whole, boxes: Whole) -> Iterator[bytes | None]:
        """Write the tiles at these rows of x and y; None for one that must be cut by other means."""
        first, features = met(addresses, boxes)
        content, begins, in_doubt = write_tiles(
            addresses[:, 0] * EXTENT,
            addresses[:, 1] * EXTENT,
            EXTENT,
            BUFFER,
            first,
            features,
            self.x,
            self.y,
            self.cut.vertex,
            self.cut.ring,
            self.is_plain,
            self.which,
            self.value_bytes,
            self.value_first,
            self.head,
            self.keys,
            self.tail,
        )
        written = content.tobytes()
        for tile in range(len(addresses)):
            yield None if in_doubt[tile] else written[begins[tile] : begins[tile + 1]]


def touched(boxes: Whole, most: int) -> tuple[Whole, Whole, Whole]:
    """Pair tiles, from 0 to `most` each way, with the features whose rectangles they touch: column, row, feature."""
    some = np.flatnonzero(boxes[:, 0] <= boxes[:, 2])
    ends = np.floor_divide(boxes[some], EXTENT).clip(0, most)
    wide, high = ends[:, 2] - ends[:, 0] + 1, ends[:, 3] - ends[:, 1] + 1
    counts = wide * high
    step = runs(np.zeros(len(some), dtype=np.int64), counts)
    across = np.repeat(wide, counts)
    return (
        np.repeat(ends[:, 0], counts) + step % across,
        np.repeat(ends[:, 1], counts) + step // across,
        np.repeat(some, counts),
    )


def met(addresses: Whole, boxes: Whole) -> tuple[Whole, Whole]:
    """List the features, in order, whose rectangles these tiles touch: where each tile's begin, and the features."""
    west, north = addresses.min(axis=0) * EXTENT
    east, south = (addresses.max(axis=0) + 1) * EXTENT
    near = np.flatnonzero(
        (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= south) & (boxes[:, 3] >= north)
    )
    low, high = addresses.min(axis=0), addresses.max(axis=0)
    shut = boxes[near].copy()
    shut[:, 0::2] = shut[:, 0::2].clip(low[0] * EXTENT, (high[0] + 1) * EXTENT - 1)
    shut[:, 1::2] = shut[:, 1::2].clip(low[1] * EXTENT, (high[1] + 1) * EXTENT - 1)
    column, row, feature = touched(shut, int(high.max()))
    span = int(high[0] - low[0]) + 1
    here = (row - low[1]) * span + column - low[0]
    asked = (addresses[:, 1] - low[1]) * span + addresses[:, 0] - low[0]
    order = np.lexsort((feature, here))
    here, feature = here[order], near[feature[order]]
    begin, end = np.searchsorted(here, asked), np.searchsorted(here, asked + 1)
    first = np.concatenate(([0], np.cumsum(end - begin))).astype(np.int64)
    return first, feature[runs(begin, end - begin)]
