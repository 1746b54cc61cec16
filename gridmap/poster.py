"""The wall map: ready frames and words become a sheet of paper, as SVG; it draws, and neither joins nor counts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from xml.sax.saxutils import escape

import geopandas as gpd
import numpy as np
import shapely

from gridmap.coverage import HATCH, LAND
from gridmap.datum import metric_crs
from gridmap.metres import Numbers, Shapes, projected
from gridmap.simplifying import simplified

PAPERS: Final = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}  # millimetres, lying
FAMILY: Final = "Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
INK: Final = "#16191c"
SOFT: Final = "#4a4d50"
SEEN: Final = 0.05  # of a millimetre: vertices nearer than this to their line are not drawn
PANELS: Final = (78.0, 110.0, 150.0, 190.0)  # breadths of the side panel, tried in this order (for A3)
LARGEST, READABLE, SMALLEST = 3.6, 2.1, 1.5  # letter heights of the panel's lists in millimetres (for A3)
COLUMN: Final = 62.0  # the least breadth of a column of the panel (for A3)
HANGING: Final = "、，。；：）,.;:)"  # these never begin a line
NARROW: Final = 0.56  # breadth of a Latin letter beside a Chinese one


class UnknownPaper(ValueError):  # noqa: N818
    """A paper size that is not drawn; the message names those that are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its lines in the panel beside the map."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Everything that is written on a poster; nothing is written where a text is empty."""

    title: str
    subtitle: str = ""
    ribbon: str = ""  # across the sheet, striped: the data are invented
    watermark: str = ""
    legend_title: str = ""
    legend: tuple[tuple[str, str], ...] = ()  # colour (HATCH among them), text
    central: str = ""
    station: str = ""
    north: str = "N"
    sections: tuple[Section, ...] = ()
    rest: str = ""  # the last line of lists that do not fit on the paper
    footer: tuple[str, ...] = ()


def poster(
    county: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame,
    grids: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    wording: Wording,
    *,
    paper: str = "A3",
) -> str:
    """Draw a sheet: title, map, legend, scale bar, north arrow, lists, footer; SVG in millimetres.

    Frames are lon/lat. `grids` has `fill` (a colour or HATCH) and may have `label`; `towns` has `name`; `stations` has
    `kind`. Raises UnknownPaper.
    """
    if paper not in PAPERS:
        raise UnknownPaper(f"no paper {paper}; there are {', '.join(PAPERS)}")
    width, height = PAPERS[paper]
    k = height / PAPERS["A3"][1]
    lists = _fitted(wording, height=height - 86 * k, k=k)
    body = [
        *_heading(wording, width, k),
        *_map(
            county,
            towns,
            grids,
            stations,
            wording,
            (10 * k, 36 * k, width - lists.breadth - 16 * k, height - 20 * k),
            k,
        ),
        *_panel(wording, lists, width - lists.breadth - 10 * k, 36 * k, k),
        *_footer(wording, width, height, k),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" '
        f'font-family="{FAMILY}" fill="{INK}">{_patterns(k)}'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(body)}</svg>'
    )


def written(wording: Wording, towns: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> str:
    """Give every letter that a poster writes, so that its fonts can be asked for them."""
    parts = [
        wording.title, wording.subtitle, wording.ribbon, wording.watermark, wording.legend_title, wording.central,
        wording.station, wording.north, wording.rest, *wording.footer, *(text for _, text in wording.legend),
        *(section.title for section in wording.sections), *(line for s in wording.sections for line in s.lines),
        *towns["name"], *grids.get("label", ()), "0123456789 km m",
    ]  # fmt: skip
    return "".join(str(part) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """The lists of the panel, broken into lines that fit."""

    breadth: float
    size: float
    columns: tuple[tuple[tuple[str, bool], ...], ...]  # lines of each column: text, whether it is a heading


def _fitted(wording: Wording, *, height: float, k: float) -> _Lists:
    """Choose the narrowest panel and the largest letters in which the lists fit; what never fits is cut and said."""
    height -= (6.4 * len(wording.legend) + 24) * k
    lines = []
    for section in wording.sections:
        lines += [(section.title, True, _breadth(section.title))] if section.title else []
        lines += [(line, False, _breadth(line)) for line in section.lines]
    for whole in (True, False):  # lines in one piece first, broken ones where that cannot be
        for breadth in PANELS:
            for size in np.arange(LARGEST, READABLE - 0.01, -0.1):
                found = _columns(lines, breadth * k, float(size) * k, height, k, whole=whole)
                if found is not None:
                    return found
    for size in np.arange(READABLE, SMALLEST - 0.01, -0.1):
        found = _columns(lines, PANELS[-1] * k, float(size) * k, height, k)
        if found is not None:
            return found
    return _cut(lines, PANELS[-1] * k, SMALLEST * k, height, k, wording.rest)


def _columns(
    lines: Sequence[tuple[str, bool, float]],
    breadth: float,
    size: float,
    height: float,
    k: float,
    *,
    whole: bool = False,
) -> _Lists | None:
    """Lay lines (text, whether a heading, its breadth) into columns; None where they do not fit."""
    count, own, room = _columns_of(breadth, size, height, k)
    least = sum(max(1, math.ceil(broad * size / own)) for _, _, broad in lines)
    if least > room * count or (whole and least > len(lines)):
        return None
    laid = [(part, heading) for text, heading, _ in lines for part in _broken(text, own / size)]
    return None if len(laid) > room * count else _Lists(breadth=breadth, size=size, columns=_cut_up(laid, room))


def _cut(
    lines: Sequence[tuple[str, bool, float]], breadth: float, size: float, height: float, k: float, rest: str
) -> _Lists:
    count, own, room = _columns_of(breadth, size, height, k)
    parts = ((part, heading) for text, heading, _ in lines for part in _broken(text, own / size))
    laid = [*islice(parts, room * count - 1), (rest, False)]
    return _Lists(breadth=breadth, size=size, columns=_cut_up(laid, room))


def _columns_of(breadth: float, size: float, height: float, k: float) -> tuple[int, float, int]:
    """Say how many columns a panel has, how broad one is, and how many lines it takes."""
    count = max(1, int(breadth // (COLUMN * k)))
    return count, (breadth - (count - 1) * 4 * k) / count, int(height // (size * 1.42))


def _cut_up(lines: list[tuple[str, bool]], room: int) -> tuple[tuple[tuple[str, bool], ...], ...]:
    return tuple(tuple(lines[at : at + room]) for at in range(0, len(lines), room))


def _broken(text: str, ems: float) -> Iterator[str]:
    """Break a line where it grows too broad, counted in letters' breadths; later parts are set in."""
    line, taken = "", 0.0
    for letter in text:
        broad = _breadth(letter)
        if taken + broad > ems and line and letter not in HANGING:
            yield line
            line, taken = "\u3000", 1.0
        line += letter
        taken += broad
    yield line


def _breadth(text: str) -> float:
    return sum(1.0 if ord(letter) > 0x2E7F or letter in "·…—“”" else NARROW for letter in text)


def _heading(wording: Wording, width: float, k: float) -> Iterator[str]:
    size = min(11.5 * k, (width - 40 * k) / max(1.0, _breadth(wording.title)))
    yield _text(wording.title, width / 2, 18 * k, size, weight=700, anchor="middle")
    yield _text(wording.subtitle, width / 2, 25.5 * k, 4.4 * k, anchor="middle", colour=SOFT)
    if wording.ribbon:
        yield f'<rect x="0" y="{_n(28.5 * k)}" width="{_n(width)}" height="{_n(5.6 * k)}" fill="url(#stripes)"/>'
        half = _breadth(wording.ribbon) * 3.4 * k / 2 + 4 * k
        yield (
            f'<rect x="{_n(width / 2 - half)}" y="{_n(28.5 * k)}" width="{_n(2 * half)}" height="{_n(5.6 * k)}" '
            f'fill="#fff7d6"/>'
        )
        yield _text(wording.ribbon, width / 2, 32.5 * k, 3.4 * k, weight=700, anchor="middle")


def _footer(wording: Wording, width: float, height: float, k: float) -> Iterator[str]:
    yield (
        f'<line x1="{_n(10 * k)}" x2="{_n(width - 10 * k)}" y1="{_n(height - 16 * k)}" y2="{_n(height - 16 * k)}" '
        f'stroke="{SOFT}" stroke-width="{_n(0.2 * k)}"/>'
    )
    for number, line in enumerate(wording.footer):
        size = min(3.0 * k, (width - 20 * k) / max(1.0, _breadth(line)))
        yield _text(line, 10 * k, height - (11.6 - 4.2 * number) * k, size, colour=SOFT)


def _panel(wording: Wording, lists: _Lists, x: float, y: float, k: float) -> Iterator[str]:
    yield _text(wording.legend_title, x, y + 5 * k, 4.2 * k, weight=700)
    y += 8 * k
    for colour, text in wording.legend:
        yield (
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(9 * k)}" height="{_n(4.8 * k)}" fill="{_paint(colour)}" '
            f'stroke="{SOFT}" stroke-width="{_n(0.2 * k)}"/>'
        )
        yield _text(text, x + 11.5 * k, y + 3.9 * k, 3.5 * k)
        y += 6.4 * k
    for kind, text in (("central", wording.central), ("station", wording.station)):
        if text:
            yield _dot(x + 4.5 * k, y + 2.6 * k, kind, k)
            yield _text(text, x + 11.5 * k, y + 3.9 * k, 3.5 * k)
            y += 6.4 * k
    y += 3 * k
    _, own, _ = _columns_of(lists.breadth, lists.size, 0.0, k)
    for column, lines in enumerate(lists.columns):
        for number, (text, heading) in enumerate(lines):
            yield _text(
                text, x + column * (own + 4 * k), y + (number + 1) * lists.size * 1.42, lists.size,
                weight=700 if heading else 400,
            )  # fmt: skip


def _map(
    county: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame,
    grids: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    wording: Wording,
    box: tuple[float, float, float, float],
    k: float,
) -> Iterator[str]:
    """Draw the map inside a box (left, top, right, bottom), as large as it fits."""
    whole = county if len(county) else grids
    crs = metric_crs(whole)

    def ground(frame: gpd.GeoDataFrame) -> Shapes:
        return projected(np.asarray(frame.geometry.array, dtype=object), crs)

    left, top, right, bottom = box
    west, south, east, north = shapely.total_bounds(ground(whole))
    scale = min((right - left - 8 * k) / (east - west), (bottom - top - 16 * k) / (north - south))
    middle = ((left + right) / 2, (top + bottom - 10 * k) / 2)

    def paper(xy: Numbers) -> Numbers:
        return np.column_stack(
            (middle[0] + (xy[:, 0] - (west + east) / 2) * scale, middle[1] - (xy[:, 1] - (south + north) / 2) * scale)
        )

    def drawn(frame: gpd.GeoDataFrame) -> Shapes:
        shapes = np.asarray(shapely.transform(ground(frame), paper), dtype=object)
        return simplified(shapes, SEEN * k)

    yield _paths(drawn(county), f'fill="{LAND}" stroke="none"')
    outlines = drawn(grids)
    for fill in dict.fromkeys(grids["fill"]):
        style = f'fill="{_paint(fill)}" stroke="#ffffff" stroke-width="{_n(0.22 * k)}" stroke-linejoin="round"'
        yield _paths(outlines[(grids["fill"] == fill).to_numpy()], style)
    line = 'fill="none" stroke-linejoin="round"'
    borders = drawn(towns)
    yield _paths(borders, f'{line} stroke="{SOFT}" stroke-width="{_n(0.55 * k)}"')
    yield _paths(drawn(county), f'{line} stroke="{INK}" stroke-width="{_n(0.9 * k)}"')
    for shape, kind in zip(drawn(stations), stations["kind"] if len(stations) else (), strict=True):
        yield _dot(shape.x, shape.y, str(kind), k * 0.85)
    if "label" in grids:
        yield from _labels(outlines, list(grids["label"]), _label_size(outlines, k), weight=400)
    if len(towns) > 1 or "label" not in grids:
        yield from _labels(borders, list(towns["name"]), 4.4 * k, weight=700)
    if wording.watermark:
        yield (
            f'<g transform="rotate(-24 {_n(middle[0])} {_n(middle[1])})" fill-opacity="0.07">'
            + _text(wording.watermark, middle[0], middle[1] + 12 * k, 34 * k, weight=700, anchor="middle")
            + "</g>"
        )
    yield from _scale_bar(left + 2 * k, bottom - 4 * k, (right - left) / 4, scale, k)
    yield from _north(right - 8 * k, top + 4 * k, wording.north, k)


def _label_size(outlines: Shapes, k: float) -> float:
    """Choose letters that fit into the middle one of the cells."""
    side = float(np.sqrt(np.median(shapely.area(outlines)))) if len(outlines) else 0.0
    return float(np.clip(side / 4.5, 1.5 * k, 3.6 * k))


def _labels(shapes: Shapes, names: Sequence[Any], size: float, *, weight: int) -> Iterator[str]:
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes))
    for (x, y), name in zip(spots, names, strict=True):
        for number, line in enumerate(str(name).split("\n")):
            yield _text(
                line, x, y + (0.36 + 1.15 * number) * size, size, weight=weight, anchor="middle", halo=0.22 * size
            )  # fmt: skip


def _scale_bar(x: float, y: float, longest: float, scale: float, k: float) -> Iterator[str]:
    """Draw a bar of a round length in two halves, with its length in kilometres or metres."""
    metres = max(step for power in range(7) for step in (10**power, 2 * 10**power, 5 * 10**power)
                 if step * scale <= longest or step == 1)  # fmt: skip
    long = metres * scale
    for start, fill in ((0.0, INK), (long / 2, "#ffffff")):
        yield (
            f'<rect x="{_n(x + start)}" y="{_n(y - 2 * k)}" width="{_n(long / 2)}" height="{_n(1.6 * k)}" '
            f'fill="{fill}" stroke="{INK}" stroke-width="{_n(0.2 * k)}"/>'
        )
    yield _text("0", x, y - 3.2 * k, 3 * k, anchor="middle")
    yield _text(
        f"{metres // 1000} km" if metres >= 1000 else f"{metres} m", x + long, y - 3.2 * k, 3 * k, anchor="middle"
    )  # fmt: skip


def _north(x: float, y: float, word: str, k: float) -> Iterator[str]:
    points = [(x, y), (x + 2.6 * k, y + 9 * k), (x, y + 7 * k), (x - 2.6 * k, y + 9 * k)]
    yield f'<polygon points="{" ".join(f"{_n(a)},{_n(b)}" for a, b in points)}" fill="{INK}"/>'
    yield _text(word, x, y + 13.5 * k, 3.8 * k, weight=700, anchor="middle")


def _dot(x: float, y: float, kind: str, k: float) -> str:
    if kind == "central":
        return (
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(1.5 * k)}" fill="#ffffff" stroke="{INK}" '
            f'stroke-width="{_n(0.8 * k)}"/>'
        )
    return (
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(1.1 * k)}" fill="{INK}" stroke="#ffffff" '
        f'stroke-width="{_n(0.3 * k)}"/>'
    )


def _paths(shapes: Shapes, style: str) -> str:
    rings = shapely.get_rings(shapes)
    lines = ("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in shapely.get_coordinates(ring)[:-1]) + "Z" for ring in rings)
    return f'<path d="{"".join(lines)}" fill-rule="evenodd" {style}/>' if len(rings) else ""


def _text(
    words: str, x: float, y: float, size: float, *, weight: int = 400, anchor: str = "start", colour: str = "",
    halo: float = 0.0,
) -> str:  # fmt: skip
    if not words.strip():
        return ""
    kept = escape("".join(letter for letter in words if letter.isprintable() or letter == "\u3000"))
    style = f' font-weight="{weight}"' if weight != 400 else ""
    style += f' text-anchor="{anchor}"' if anchor != "start" else ""
    place = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{style}'
    under = (
        f'<text {place} fill="#ffffff" stroke="#ffffff" stroke-width="{_n(2 * halo)}" stroke-linejoin="round">'
        f"{kept}</text>"
        if halo
        else ""
    )
    return f"{under}<text {place}{f' fill={chr(34)}{colour}{chr(34)}' if colour else ''}>{kept}</text>"


def _patterns(k: float) -> str:
    return (
        f'<defs><pattern id="hatch" width="{_n(2 * k)}" height="{_n(2 * k)}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="{_n(2 * k)}" height="{_n(2 * k)}" fill="#ffffff"/>'
        f'<rect width="{_n(0.6 * k)}" height="{_n(2 * k)}" fill="#55585c"/></pattern>'
        f'<pattern id="stripes" width="{_n(8 * k)}" height="{_n(8 * k)}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="{_n(8 * k)}" height="{_n(8 * k)}" fill="#fff7d6"/>'
        f'<rect width="{_n(4 * k)}" height="{_n(8 * k)}" fill="#f2dc8a"/></pattern></defs>'
    )


def _paint(colour: str) -> str:
    return "url(#hatch)" if colour == HATCH else colour


def _n(number: float) -> str:
    """Write millimetres with two decimals, without needless ones."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
