"""The pen for maps: ready frames become a folium figure; it draws, and neither joins nor measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.land import Land
from gridmap.packing import Packed, inside, packed, packed_columns, places, stacked

MODES: Final = ("links", "load", "acts")
HATCH: Final = "url(#hatch)"  # where nobody is linked: hatched in every mode, never red
SCALE: Final = ("#f3e9b5", "#d6c78b", "#a9a07d", "#73767a", "#3f5072", "#152c55")  # light to dark, cividis-like
NOTHING: Final = "#f4f3ee"  # a count of zero: paler than the scale's first step
LAND: Final = "#f7f4ea"
PIECES: Final = {"county": "#d6c78b", "town": "#8b9097"}  # one deputy's pieces, by the layer of their district
LABELLED_PIECES: Final = 12  # with more, the names would hide the map
BANDS: Final = ("#e8efe3", "#bfd3c1", "#8aae9d", "#56817b", "#2f5560", "#1b3346")  # near to far, readable in grey
DECIMALS: Final = 5  # of a degree: about a metre


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a legend: a colour, the whole numbers it stands for (ends included), and how many grids have it."""

    colour: str
    low: int | None  # None with `high` None: nobody is linked
    high: int | None  # None with a `low`: and more
    grids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The steps of one mode and the step of every grid, in the order of the frame."""

    steps: tuple[Step, ...]
    index: tuple[int, ...]


def scales(grids: gpd.GeoDataFrame) -> dict[str, Scale]:
    """Grade the grids in every mode, for the map and for its legends.

    Columns: `linked` (bool), `leads` (names, in order of first contact), `load` (households per linked deputy), `acts`
    (a count), and, where the caller knows it, `deputies` (how many are linked; else the leads are counted).
    Step 0 is always "nobody is linked", whatever the mode counts. The other steps begin at rounded quintiles.
    """
    linked = grids["linked"].to_numpy(dtype=bool)
    people = _people(grids)
    load = _whole(grids["load"])
    acts = _whole(grids["acts"])
    return {
        "links": _graded(people, linked, starts=_people_starts(people[linked]), colours=SCALE),
        "load": _graded(load, linked, starts=_starts(load[linked], low=0), colours=SCALE),
        "acts": _graded(acts, linked, starts=[0, *_starts(acts[acts > 0], low=1)], colours=(NOTHING, *SCALE)),
    }


def _people(grids: gpd.GeoDataFrame) -> NDArray[np.int64]:
    if "deputies" in grids:
        return _whole(grids["deputies"])
    return np.array([len(names) for names in grids["leads"]], dtype=np.int64)


def _whole(numbers: "pd.Series[Any]") -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.rint(np.nan_to_num(numbers.to_numpy(dtype=float))).astype(np.int64)
    return whole


def _starts(values: NDArray[np.int64], *, low: int) -> list[int]:
    """Return the first whole number of each of at most five steps; quintiles rounded to two figures."""
    if not len(values):
        return [low]
    cuts = np.quantile(values, [0.2, 0.4, 0.6, 0.8])
    rounded = {_two_figures(cut) for cut in cuts}
    return [low, *sorted(cut for cut in rounded if low < cut <= int(values.max()))]


def _people_starts(values: NDArray[np.int64]) -> list[int]:
    """Return the steps of a count of people: one for each number while the colours last, else rounded quintiles."""
    most = int(values.max()) if len(values) else 0
    return list(range(1, max(4, most) + 1)) if most <= len(SCALE) else _starts(values, low=1)


def _two_figures(value: float) -> int:
    size = max(0, len(str(int(value))) - 2)
    return int(round(value, -size))


def _graded(
    values: NDArray[np.int64], linked: NDArray[np.bool_], *, starts: Sequence[int], colours: Sequence[str]
) -> Scale:
    index = np.where(linked, np.searchsorted(starts, values, side="right"), 0)
    index = np.where(linked, np.maximum(index, 1), 0)
    counts = np.bincount(index, minlength=len(starts) + 1)
    ends: list[int | None] = [*(start - 1 for start in starts[1:]), None]
    steps = [Step(colour=HATCH, low=None, high=None, grids=int(counts[0]))]
    steps += [
        Step(colour=colours[i], low=low, high=high, grids=int(counts[i + 1]))
        for i, (low, high) in enumerate(zip(starts, ends, strict=True))
    ]
    return Scale(steps=tuple(steps), index=tuple(index.tolist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiled:
    """Where a layer that is too large to embed has its vector tiles: address with {z}/{x}/{y}, first and last zoom."""

    url: str
    least: int
    most: int


def draw(
    county: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    grids: gpd.GeoDataFrame,
    *,
    districts_by_layer: Mapping[str, gpd.GeoDataFrame],
    stations: gpd.GeoDataFrame,
    deputies: gpd.GeoDataFrame | None = None,
    tiled: Mapping[str, Tiled] = MappingProxyType({}),
    mode: str | None = "links",
    credit: str = "",
    name: str = "coverage",
) -> folium.Map:
    """Draw a county: its silhouette, towns with labels, villages, grids, electoral districts per layer, stations.

    Frames are lon/lat with `code`, `name` and geometry; rows without one are left out. `grids` further has
    `village_name` and `town_name` and, unless `mode` is None (a plain map for locating), the columns of `scales`.
    `stations` has `kind`. `mode` is the style the map opens with; the page switches it by what the features carry.
    Layers named in `tiled` are not embedded: the page's own script fetches their tiles and colours them by `lows`.
    `credit` (plain text) stands in the corner. Names travel as data, never as markup. The element id is "map_" + name.
    """
    graded = {} if mode is None else scales(grids)
    layers = {
        "county": packed(county, {}),
        "towns": packed(towns, {"c": "code", "n": "name"}),
        "villages": packed(_embedded("villages", villages, tiled), {"c": "code", "n": "name"}),
        **{
            f"{layer}_districts": packed(_embedded(f"{layer}_districts", frame, tiled), {"n": "name"})
            for layer, frame in districts_by_layer.items()
        },
        "grids": _packed_grids(_embedded("grids", grids, tiled), graded),
        "stations": packed(_embedded("stations", stations, tiled), {"c": "code", "n": "name", "kind": "kind"}),
    }
    if deputies is not None:
        layers["deputies"] = packed(deputies, {"c": "code", "n": "name", "note": "note"})
    colours = {key: [step.colour for step in scale.steps] for key, scale in graded.items()}
    lows = {key: [step.low for step in scale.steps[1:]] for key, scale in graded.items()} if tiled else {}
    return Land(
        name,
        layers=layers,
        labels=_labels(towns),
        bounds=_bounds(county if len(county) else grids),
        setting={
            "mode": mode,
            "modes": list(MODES),
            "colours": colours,
            "land": LAND,
            "hatch": HATCH,
            "room": 0.6,
            "lows": lows,
            "tiles": {key: {"url": own.url, "least": own.least, "most": own.most} for key, own in tiled.items()},
        },
        credit=credit,
    )


def _embedded(name: str, frame: gpd.GeoDataFrame, tiled: Mapping[str, Tiled]) -> gpd.GeoDataFrame:
    return frame[:0] if name in tiled else frame


def draw_small(
    pieces: gpd.GeoDataFrame,
    *,
    towns: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    credit: str = "",
    name: str = "pieces",
    colours: Mapping[str, str] = PIECES,
) -> folium.Map:
    """Draw one deputy's pieces on their towns, with their stations; zoomed to the pieces.

    `pieces` has `code` (of the grid), `name`, `layer` ("county" or "town", or a level for seats placed by decision)
    and geometry; `colours` fills them by `layer` (HATCH is one too); the other frames are as in `draw`.
    """
    layers = {
        "county": packed(towns, {}),
        "towns": packed(towns, {"n": "name"}),
        "pieces": packed(pieces, {"c": "code", "n": "name", "layer": "layer"}),
        "stations": packed(stations, {"c": "code", "n": "name", "kind": "kind"}),
    }
    around = pieces if len(pieces) else towns
    return Land(
        name,
        layers=layers,
        labels=_labels(pieces) if 0 < len(pieces) <= LABELLED_PIECES else _labels(towns),
        bounds=_bounds(around),
        setting={"mode": None, "modes": [], "colours": {}, "land": LAND, "hatch": HATCH, "room": 3, "pieces": colours},
        credit=credit,
    )


def draw_reach(
    county: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame,
    bands: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    *,
    credit: str = "",
    name: str = "reach",
) -> folium.Map:
    """Draw bands of distance to the nearest station, the nearest first, and the stations; `quiet` ones are marked.

    `stations` has `code`, `name`, `kind` and `quiet` (bool); the other frames are as in `draw`.
    """
    coloured = bands.assign(colour=[BANDS[min(row, len(BANDS) - 1)] for row in range(len(bands))])
    layers = {
        "county": packed(county, {}),
        "bands": packed(coloured, {"b": "colour"}),
        "towns": packed(towns, {"c": "code", "n": "name"}),
        "stations": packed(stations, {"c": "code", "n": "name", "kind": "kind", "q": "quiet"}),
    }
    return Land(
        name,
        layers=layers,
        labels=_labels(towns),
        bounds=_bounds(county if len(county) else bands),
        setting={"mode": None, "modes": [], "colours": {}, "land": LAND, "hatch": HATCH, "room": 0.6},
        credit=credit,
    )


def _packed_grids(grids: gpd.GeoDataFrame, graded: Mapping[str, Scale]) -> Packed:
    """Pack the grids with their names and a point inside each; graded ones with leads, load, activities and steps."""
    geometry = grids.geometry.to_numpy()
    drawn = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    frame = grids if len(drawn) == len(grids) else grids.iloc[drawn]
    plain = {"c": "code", "n": "name", "v": "village_name", "t": "town_name"}
    columns: dict[str, Any] = {key: frame[name].tolist() for key, name in plain.items()}
    columns["p"] = places(inside(geometry[drawn]))
    if graded:
        columns |= {
            "l": frame["leads"].tolist(),
            "h": _whole(frame["load"]).tolist(),
            "a": _whole(frame["acts"]).tolist(),
        }
        columns["k"] = stacked(*(np.asarray(graded[mode].index)[drawn].tolist() for mode in MODES))
    return packed_columns(geometry[drawn], columns)


def _labels(frame: gpd.GeoDataFrame) -> list[list[Any]]:
    geometry = frame.geometry.to_numpy()
    drawn = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    lonlat = shapely.get_coordinates(shapely.point_on_surface(geometry[drawn]))
    names = frame["name"].to_numpy()[drawn]
    return [
        [round(float(lat), DECIMALS), round(float(lon), DECIMALS), str(name)]
        for (lon, lat), name in zip(lonlat, names, strict=True)
    ]


def _bounds(frame: gpd.GeoDataFrame) -> list[list[float]]:
    west, south, east, north = (round(float(edge), DECIMALS) for edge in frame.total_bounds)
    return [[south, west], [north, east]]
