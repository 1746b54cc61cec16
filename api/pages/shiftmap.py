"""The map of a trial: how much each town or district would gain or lose on average, with the number on every area."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import shapely

from api.telling import points_text
from data.frames import each
from services.atlas import Atlas
from services.trying import Moved

Place = Callable[[float, float], tuple[float, float]]
WIDE = 720  # units of the picture
# Below the mean to above it: blue to orange, apart for the colour-blind; each area carries its sign and number too.
SCALE = ("#2c5c8f", "#7fa6c9", "#cfdeea", "#f1f1ee", "#f6dcc0", "#e3a766", "#a9611b")
STRENGTHS = (6, 3, 1)  # tenths of the largest mean shift: from there on the strong, the middle, the pale colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One area: its outline as a path, its colour, and where its words stand (none where they would not fit)."""

    name: str
    path: str
    colour: str
    x: float
    y: float
    words: str  # +1.5, or – where nobody holds a seat
    named: bool
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftMap:
    """The picture, and the legend from the largest loss to the largest gain as (colour, words)."""

    wide: int
    tall: int
    patches: tuple[Patch, ...]
    legend: tuple[tuple[str, str], ...]


def shift_map(lines: Iterable[Moved], atlas: Atlas, *, by: str) -> ShiftMap | None:
    """Draw the mean shift of the seats of each town (by="town") or county electoral district (by="district")."""
    frame = atlas.layers.towns if by == "town" else atlas.layers.districts["county"]
    shown = frame[frame.geometry.notna() & frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    if shown.empty:
        return None
    shifts = shifts_by(lines, atlas, by=by)
    limits = limits_of([abs(round(fmean(values))) for values in shifts.values()])
    west, south, east, north = shown.total_bounds
    squeeze = 0.92  # a degree of longitude beside one of latitude at 23° north
    scale = WIDE / ((east - west) * squeeze)
    tall = round((north - south) * scale)

    def place(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * squeeze * scale, 1), round((north - y) * scale, 1)

    patches = tuple(patch_of(row, shifts.get(str(row.code), ()), place, scale, limits) for row in each(shown))
    return ShiftMap(wide=WIDE, tall=tall, patches=patches, legend=legend(limits))


def limits_of(sizes: list[int]) -> tuple[int, ...]:
    """Choose from how many tenths on each colour holds, the strong one first, by the largest mean shift."""
    largest = max([10, *sizes])
    return tuple(-(-largest * strength // 10) for strength in STRENGTHS)


def shifts_by(lines: Iterable[Moved], atlas: Atlas, *, by: str) -> Mapping[str, tuple[int, ...]]:
    """Gather the shifts (tenths) of the seats of each area; a seat of another level has no county district."""
    found: dict[str, list[int]] = {}
    for line in lines:
        holder = atlas.holders.get(line.seat)
        code = line.town if by == "town" else holder.district if holder and line.level == "county" else ""
        if code:
            found.setdefault(code, []).append(line.by)
    return {code: tuple(values) for code, values in found.items()}


def patch_of(row: Any, values: tuple[int, ...], place: Place, scale: float, limits: tuple[int, ...]) -> Patch:
    """Draw one area."""
    mean = round(fmean(values)) if values else None
    shape = shapely.simplify(row.geometry, 1.5 / scale)
    spot = shapely.point_on_surface(row.geometry)
    x, y = place(spot.x, spot.y)
    size = shapely.area(row.geometry) ** 0.5 * scale
    return Patch(
        name=str(row.name), path=path_of(shape, place), colour=colour_of(mean, limits), x=x, y=y,
        words="–" if mean is None else ("+" if mean > 0 else "") + points_text(mean), named=size > 60,
        seats=len(values),
    )  # fmt: skip


def path_of(shape: shapely.Geometry, place: Place) -> str:
    """Write the outline of an area as an SVG path."""
    parts = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            spots = [place(x, y) for x, y in ring.coords]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in spots) + "Z")
    return "".join(parts)


def colour_of(mean: int | None, limits: tuple[int, ...]) -> str:
    """Choose the colour of a mean shift (tenths); none and nothing have the middle one."""
    if mean is None:
        return SCALE[3]
    strength = next((3 - place for place, limit in enumerate(limits) if abs(mean) >= limit), 0)
    return SCALE[3 + strength if mean > 0 else 3 - strength]


def legend(limits: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """Give every colour with the shifts that it stands for."""
    strong, middle, pale = (points_text(limit) for limit in limits)
    words = (
        f"≤ -{strong}", f"-{strong} … -{middle}", f"-{middle} … -{pale}", f"± {pale}", f"+{pale} … +{middle}",
        f"+{middle} … +{strong}", f"≥ +{strong}",
    )  # fmt: skip
    return tuple(zip(SCALE, words, strict=True))
