"""The vector tile on paper: rings, dots and attributes become the bytes of one layer of a Mapbox vector tile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import pack
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EXTENT: Final = 4096  # units of a tile's side
BUFFER: Final = 64  # units that a tile knows beyond its edge, so that a border drawn there is drawn whole
POINT, POLYGON = 1, 3  # the format's numbers of its kinds of geometry
MOVE_ONE, LINE, CLOSE = 9, 2, 15  # the format's commands: MoveTo once, LineTo (shifted by its count), ClosePath
TILE_LAYER, NAME, FEATURE, KEY, VALUE, EXTENT_KEY, VERSION = 0x1A, 0x0A, 0x12, 0x1A, 0x22, 0x28, 0x78
TAGS, KIND, GEOMETRY = 0x12, 0x18, 0x22

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What the features of a layer carry: every value once, written, and for every feature which it has."""

    keys: tuple[str, ...]
    values: NDArray[np.object_]  # the bytes of each value's message, one for each different value
    which: Whole  # (feature, key) -> row of `values`, -1 where a feature has none

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Any]], count: int) -> "Attributes":
        """Write the columns of a frame of `count` rows; text, whole numbers and booleans; None is left out."""
        known: dict[tuple[type, Any], int] = {}
        which = np.full((count, len(columns)), -1, dtype=np.int64)
        for position, values in enumerate(columns.values()):
            which[:, position] = [
                -1 if value is None else known.setdefault((type(value), value), len(known)) for value in values
            ]
        written = np.empty(len(known), dtype=object)
        written[:] = [_value(value) for _, value in known]
        return cls(keys=tuple(columns), values=written, which=which)

    def only(self, keys: Sequence[str]) -> "Attributes":
        """Leave the other keys out."""
        kept = [self.keys.index(key) for key in keys]
        return Attributes(keys=tuple(keys), values=self.values, which=np.ascontiguousarray(self.which[:, kept]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """Rings in whole units, y down, without their closing vertex; several rings may belong to one feature.

    Features stand together and in the order in which the tile lists them; an outer ring turns clockwise on the screen
    (its shoelace sum is positive), a hole the other way.
    """

    xy: Whole  # (vertex, 2)
    sizes: Whole  # vertices of each ring, three at least
    owner: Whole  # the feature of each ring, ascending


def polygon_layer(name: str, rings: Rings, attributes: Attributes) -> bytes:
    """Write a tile with one layer of polygons; no ring, no bytes. The same rings give the same bytes."""
    if not len(rings.sizes):
        return b""
    first = np.cumsum(rings.sizes) - rings.sizes
    features, feature_of_ring = _numbered(rings.owner)
    start = first[np.flatnonzero(changes(rings.owner))]
    turns = _turns(rings.xy, start)
    command = 2 * rings.sizes + 3
    at = np.cumsum(command) - command
    geometry = np.empty(int(command.sum()), dtype=np.int64)
    geometry[at] = MOVE_ONE
    geometry[at + 3] = ((rings.sizes - 1) << 3) | LINE
    geometry[at + command - 1] = CLOSE
    step = np.arange(len(rings.xy)) - np.repeat(first, rings.sizes)
    place = np.repeat(at, rings.sizes) + 1 + 2 * step + (step > 0)
    geometry[place] = turns[:, 0]
    geometry[place + 1] = turns[:, 1]
    lengths = np.bincount(feature_of_ring, command, minlength=len(features)).astype(np.int64)
    return _layer(name, geometry, lengths, features, attributes, POLYGON)


def point_layer(name: str, xy: Whole, owner: Whole, attributes: Attributes) -> bytes:
    """Write a tile with one layer of points, one a feature; no point, no bytes."""
    if not len(xy):
        return b""
    turns = _turns(xy, np.arange(len(xy)))
    geometry = np.column_stack((np.full(len(xy), MOVE_ONE), turns)).ravel()
    return _layer(name, geometry, np.full(len(xy), 3), owner, attributes, POINT)


def _numbered(owner: Whole) -> tuple[Whole, Whole]:
    """Give the features in their order, and the position of each ring's feature among them."""
    new = changes(owner)
    return owner[new], np.cumsum(new) - 1


def surroundings(name: str, attributes: Attributes) -> tuple[bytes, bytes, bytes]:
    """Write what stands in every layer of this name: before the features, the keys after them, and what ends it."""
    return (
        _message(NAME, name.encode()),
        b"".join(_message(KEY, key.encode()) for key in attributes.keys),
        _varints(np.array([EXTENT_KEY, EXTENT, VERSION, 2])),
    )


def changes(run: Whole) -> NDArray[np.bool_]:
    """Mark where a new value begins in a run; the first always is one."""
    new = np.ones(len(run), dtype=bool)
    np.not_equal(run[1:], run[:-1], out=new[1:])
    return new


def _turns(xy: Whole, start: Whole) -> Whole:
    """Give each vertex as the step from the one before, zigzagged; a feature's first from the tile's corner."""
    step = xy.copy()
    step[1:] -= xy[:-1]
    step[start] = xy[start]
    return (step << 1) ^ (step >> 63)


def _layer(name: str, geometry: Whole, lengths: Whole, features: Whole, attributes: Attributes, kind: int) -> bytes:
    """Write the message of a layer: everything inside a feature is a number, so all features are one run of numbers."""
    which = attributes.which[features]
    given = which >= 0
    local, used = _local(which)
    tags = np.empty((*which.shape, 2), dtype=np.int64)
    tags[..., 0] = np.arange(which.shape[1])
    tags[..., 1] = local
    tags_flat = tags[given].ravel()
    tag_counts = 2 * given.sum(axis=1)
    tag_bytes = _sums(_sizes(tags_flat), tag_counts)
    geometry_bytes = _sums(_sizes(geometry), lengths)
    feature_bytes = 4 + _sizes(tag_bytes) + tag_bytes + _sizes(geometry_bytes) + geometry_bytes

    whole = 4 + tag_counts + 4 + lengths
    at = np.cumsum(whole) - whole
    numbers = np.empty(int(whole.sum()), dtype=np.int64)
    numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3] = FEATURE, feature_bytes, TAGS, tag_bytes
    _fill(numbers, at + 4, tag_counts, tags_flat)
    after = at + 4 + tag_counts
    numbers[after], numbers[after + 1], numbers[after + 2], numbers[after + 3] = KIND, kind, GEOMETRY, geometry_bytes
    _fill(numbers, after + 4, lengths, geometry)
    head, keys, tail = surroundings(name, attributes)
    return _message(TILE_LAYER, b"".join([head, _varints(numbers), keys, *attributes.values[used], tail]))


def _local(which: Whole) -> tuple[Whole, Whole]:
    """Number the values that this tile uses, in ascending order, and say which they are."""
    used, inverse = np.unique(which, return_inverse=True)
    missing = int(len(used) > 0 and used[0] < 0)
    return inverse.reshape(which.shape) - missing, used[missing:]


def _fill(numbers: Whole, at: Whole, lengths: Whole, flat: Whole) -> None:
    first = np.cumsum(lengths) - lengths
    numbers[np.repeat(at - first, lengths) + np.arange(len(flat))] = flat


def _sums(values: Whole, lengths: Whole) -> Whole:
    """Sum run by run; a run may be empty."""
    total = np.concatenate(([0], np.cumsum(values)))
    ends = np.cumsum(lengths)
    sums: Whole = total[ends] - total[ends - lengths]
    return sums


def _sizes(values: Whole) -> Whole:
    """Count the bytes of numbers as varints, seven bits a byte, up to five bytes."""
    sizes: Whole = 1 + (values >= 1 << 7) + (values >= 1 << 14) + (values >= 1 << 21) + (values >= 1 << 28)
    return sizes.astype(np.int64)


def _varints(values: Whole) -> bytes:
    """Write numbers below 2^35 as varints, least significant seven bits first."""
    sizes = _sizes(values)
    ends = np.cumsum(sizes)
    out = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    at, rest = ends - sizes, values
    more = sizes > 1
    out[at] = (rest & 0x7F) | (more << 7)
    while more.any():
        at, rest, sizes = at[more] + 1, rest[more] >> 7, sizes[more] - 1
        more = sizes > 1
        out[at] = (rest & 0x7F) | (more << 7)
    return out.tobytes()


def _value(value: object) -> bytes:
    """Write one value as the format's variant message."""
    if isinstance(value, bool | np.bool_):
        return _message(VALUE, pack("BB", 0x38, bool(value)))
    if isinstance(value, int | np.integer):
        number = int(value)
        if number < 0:
            return _message(VALUE, b"\x30" + _number(-2 * number - 1))
        return _message(VALUE, b"\x28" + _number(number))
    if isinstance(value, str):
        return _message(VALUE, _message(0x0A, value.encode()))
    raise TypeError(f"{type(value).__name__} cannot be an attribute of a tile")


def _message(key: int, body: bytes) -> bytes:
    return bytes([key]) + _number(len(body)) + body


def _number(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
