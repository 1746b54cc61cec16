"""The pen for maps: ready frames become a folium figure; it draws, and neither joins nor measures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Any, Final

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from folium.template import Template
from numpy.typing import NDArray

from gridmap.simplifying import simplified

MODES: Final = ("links", "load", "acts")
HATCH: Final = "url(#hatch)"  # where nobody is linked: hatched in every mode, never red
SCALE: Final = ("#f3e9b5", "#d6c78b", "#a9a07d", "#73767a", "#3f5072", "#152c55")  # light to dark, cividis-like
NOTHING: Final = "#f4f3ee"  # a count of zero: paler than the scale's first step
LAND: Final = "#f7f4ea"
PIECES: Final = {"county": "#d6c78b", "town": "#8b9097"}  # one deputy's pieces, by the layer of their district
LABELLED_PIECES: Final = 12  # with more, the names would hide the map
BANDS: Final = ("#e8efe3", "#bfd3c1", "#8aae9d", "#56817b", "#2f5560", "#1b3346")  # near to far, readable in grey
DECIMALS: Final = 5  # of a degree: about a metre
SIMPLIFY: Final = 0.00004  # of a degree: about four metres; shared borders stay shared


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
    Step 0 is always "nobody is linked", whatever the mode counts. Loads and activities are cut at rounded quintiles.
    """
    linked = grids["linked"].to_numpy(dtype=bool)
    people = _people(grids)
    load = _whole(grids["load"])
    acts = _whole(grids["acts"])
    return {
        "links": _graded(people, linked, starts=[1, 2, 3, 4], colours=SCALE),
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
    return Scale(steps=tuple(steps), index=tuple(int(i) for i in index))


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
    figure = _Sheet(name)
    layers = {
        "county": _features(county, {}),
        "towns": _features(towns, {"c": "code", "n": "name"}),
        "villages": _features(_embedded("villages", villages, tiled), {"c": "code", "n": "name"}),
        **{
            f"{layer}_districts": _features(_embedded(f"{layer}_districts", frame, tiled), {"n": "name"})
            for layer, frame in districts_by_layer.items()
        },
        "grids": _grid_features(_embedded("grids", grids, tiled), coloured=mode is not None),
        "stations": _features(_embedded("stations", stations, tiled), {"c": "code", "n": "name", "kind": "kind"}),
    }
    if deputies is not None:
        layers["deputies"] = _features(deputies, {"c": "code", "n": "name", "note": "note"})
    graded = {} if mode is None else scales(grids)
    colours = {key: [step.colour for step in scale.steps] for key, scale in graded.items()}
    lows = {key: [step.low for step in scale.steps[1:]] for key, scale in graded.items()} if tiled else {}
    land = _Land(
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
    land._id = name
    figure.add_child(land)
    return figure


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
    figure = _Sheet(name)
    layers = {
        "county": _features(towns, {}),
        "towns": _features(towns, {"n": "name"}),
        "pieces": _features(pieces, {"c": "code", "n": "name", "layer": "layer"}),
        "stations": _features(stations, {"c": "code", "n": "name", "kind": "kind"}),
    }
    around = pieces if len(pieces) else towns
    land = _Land(
        layers=layers,
        labels=_labels(pieces) if 0 < len(pieces) <= LABELLED_PIECES else _labels(towns),
        bounds=_bounds(around),
        setting={"mode": None, "modes": [], "colours": {}, "land": LAND, "hatch": HATCH, "room": 3, "pieces": colours},
        credit=credit,
    )
    land._id = name
    figure.add_child(land)
    return figure


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
    figure = _Sheet(name)
    coloured = bands.assign(colour=[BANDS[min(row, len(BANDS) - 1)] for row in range(len(bands))])
    layers = {
        "county": _features(county, {}),
        "bands": _features(coloured, {"b": "colour"}),
        "towns": _features(towns, {"c": "code", "n": "name"}),
        "stations": _features(stations, {"c": "code", "n": "name", "kind": "kind", "q": "quiet"}),
    }
    land = _Land(
        layers=layers,
        labels=_labels(towns),
        bounds=_bounds(county if len(county) else bands),
        setting={"mode": None, "modes": [], "colours": {}, "land": LAND, "hatch": HATCH, "room": 0.6},
        credit=credit,
    )
    land._id = name
    figure.add_child(land)
    return figure


def _grid_features(grids: gpd.GeoDataFrame, *, coloured: bool) -> str:
    plain = {"c": "code", "n": "name", "v": "village_name", "t": "town_name", "p": "_point"}
    inside = shapely.get_coordinates(shapely.point_on_surface(np.asarray(grids.geometry.values)))
    grids = grids.assign(_point=[[round(float(lon), DECIMALS), round(float(lat), DECIMALS)] for lon, lat in inside])
    if not coloured:
        return _features(grids, plain)
    steps = scales(grids)
    graded = grids.assign(
        _leads=[[str(name) for name in names] for names in grids["leads"]],
        _load=_whole(grids["load"]),
        _acts=_whole(grids["acts"]),
        _steps=list(zip(*(steps[mode].index for mode in MODES), strict=True)),
    )
    return _features(graded, {**plain, "l": "_leads", "h": "_load", "a": "_acts", "k": "_steps"})


def _features(frame: gpd.GeoDataFrame, fields: Mapping[str, str]) -> str:
    """Return a GeoJSON FeatureCollection with short property names, safe to stand inside a script."""
    geometry = np.asarray(frame.geometry.values) if len(frame) else np.empty(0, dtype=object)
    drawn = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    kept = frame[drawn]
    shapes = shapely.to_geojson(_rounded(simplified(geometry[drawn], SIMPLIFY)))
    rows: Iterable[tuple[Any, ...]] = zip(*(kept[column] for column in fields.values()), strict=True)
    properties = list(rows) if fields else [()] * len(kept)
    features = (
        f'{{"type":"Feature","properties":{_data(dict(zip(fields, row, strict=True)))},"geometry":{shape}}}'
        for row, shape in zip(properties, shapes, strict=True)
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _rounded(geometry: NDArray[Any]) -> NDArray[Any]:
    rounded: NDArray[Any] = shapely.transform(geometry, lambda lonlat: np.round(lonlat, DECIMALS))
    return rounded


def _data(value: object) -> str:
    """Write JSON that can neither end a script nor look like a link: `<`, `>`, `&`, `/` and line separators escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)
    for character, written in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("/", "\\/")):
        text = text.replace(character, written)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot stand on a map")


def _labels(frame: gpd.GeoDataFrame) -> list[list[Any]]:
    drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if drawn.empty:
        return []
    lonlat = shapely.get_coordinates(shapely.point_on_surface(np.asarray(drawn.geometry.values)))
    return [
        [round(float(lat), DECIMALS), round(float(lon), DECIMALS), str(name)]
        for (lon, lat), name in zip(lonlat, drawn["name"], strict=True)
    ]


def _bounds(frame: gpd.GeoDataFrame) -> list[list[float]]:
    west, south, east, north = (round(float(edge), DECIMALS) for edge in frame.total_bounds)
    return [[south, west], [north, east]]


class _Sheet(folium.Map):
    """A folium map without tiles, jQuery, Bootstrap or a viewport of its own; the page's style sheet sizes it."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """
    )

    def __init__(self, name: str) -> None:
        super().__init__(location=[0.0, 0.0], tiles=None, maxZoom=18, minZoom=3, zoomSnap=0.25, zoom_control=False)
        self._id = name
        self.default_js = [("leaflet", "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js")]
        self.default_css = [("leaflet_css", "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css")]


class _Land(MacroElement):
    """The layers of a drawing, put on the map; window.sanlian[name] hands map and layers to the page's own script."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <svg width="0" height="0" aria-hidden="true" class="hatch"><defs>
            <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width="8" height="8" fill="#ffffff"></rect><rect width="2.5" height="8" fill="#55585c"></rect>
            </pattern>
        </defs></svg>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        (function (map) {
            var setting = {{ this.setting }};
            var data = { {%- for key, value in this.layers.items() %}{{ key }}: {{ value }}{{ "," if not loop.last }}
            {% endfor -%} };
            var bounds = L.latLngBounds({{ this.bounds }}), land = setting.land;
            var pens = {
                county: {fillColor: land, fillOpacity: 1, color: "#4a4d50", weight: 2},
                towns: {fill: false, color: "#3a3d40", weight: 1.8},
                villages: {fill: false, color: "#5c6064", weight: 1, dashArray: "4 3"},
                county_districts: {fill: false, color: "#0b4f6c", weight: 2.2, dashArray: "9 5"},
                town_districts: {fill: false, color: "#6b4c00", weight: 1.8, dashArray: "2 4"},
                pieces: {fillColor: "#a9a07d", fillOpacity: 0.85, color: "#2a2d30", weight: 1.2}
            };
            function gridPen(feature) {
                var steps = feature.properties.k, mode = setting.mode;
                if (!steps || !mode) { return {fillColor: land, fillOpacity: 0, color: "#8b8f93", weight: 0.8}; }
                var colour = setting.colours[mode][steps[setting.modes.indexOf(mode)]];
                var opacity = colour === setting.hatch ? 1 : 0.92;
                return {fillColor: colour, fillOpacity: opacity, color: "#ffffff", weight: 0.7};
            }
            function pen(name) {
                if (name === "grids") { return gridPen; }
                if (name === "bands") {
                    return function (feature) {
                        return {fillColor: feature.properties.b, fillOpacity: 0.9, stroke: false};
                    };
                }
                if (name === "pieces") {
                    return function (feature) {
                        var own = setting.pieces[feature.properties.layer];
                        return own ? Object.assign({}, pens.pieces, {fillColor: own}) : pens.pieces;
                    };
                }
                return function () { return pens[name] || pens.villages; };
            }
            function dot(feature, place) {
                if ("note" in feature.properties) {
                    return L.circleMarker(place, {
                        fillColor: "#0b4f6c", color: "#ffffff", weight: 1, radius: 4, fillOpacity: 1
                    });
                }
                var central = feature.properties.kind === "central", dark = "#1f2326", pale = "#ffffff";
                return L.circleMarker(place, {
                    fillColor: central ? pale : dark, color: central ? dark : pale, weight: central ? 3 : 1.5,
                    radius: central ? 6 : 5, fillOpacity: 1
                });
            }
            function fitDots() {
                var far = map.getZoom() < 10.75;
                layers.stations.eachLayer(function (mark) {
                    var central = mark.feature.properties.kind === "central";
                    mark.setRadius(central ? (far ? 4 : 6) : (far ? 2.5 : 5));
                });
            }
            function label(row) {
                var text = document.createElement("span");
                text.textContent = row[2];
                var icon = L.divIcon({className: "place-label", html: text, iconSize: null});
                return L.marker([row[0], row[1]], {icon: icon, interactive: false, keyboard: false});
            }
            map.createPane("labels").classList.add("labels-pane");
            var layers = {};
            Object.keys(data).forEach(function (name) {
                layers[name] = L.geoJSON(data[name], {
                    style: name === "stations" || name === "deputies" ? undefined : pen(name), pointToLayer: dot,
                    interactive: ["grids", "pieces", "stations", "deputies"].indexOf(name) >= 0
                });
            });
            layers.labels = L.layerGroup({{ this.labels }}.map(label));
            map.fitBounds(bounds, {padding: [12, 12], animate: false});
            map.setMaxBounds(bounds.pad(setting.room));
            map.on("zoomend", fitDots);
            fitDots();
            ["county", "bands", "grids", "pieces", "towns", "stations", "labels"].forEach(function (name) {
                if (layers[name]) { layers[name].addTo(map); }
            });
            L.control.zoom({position: "topright"}).addTo(map);
            L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);
            map.attributionControl.setPrefix(false);
            map.attributionControl.addAttribution({{ this.credit }});
            window.sanlian = window.sanlian || {};
            window.sanlian[{{ this.key }}] = {
                map: map, layers: layers, setting: setting, bounds: bounds, gridPen: gridPen, pens: pens
            };
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        *,
        layers: Mapping[str, str],
        labels: list[list[Any]],
        bounds: list[list[float]],
        setting: Mapping[str, object],
        credit: str,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca is not annotated
        self._name = "Land"
        self.layers = layers
        self.labels = _data(labels)
        self.bounds = _data(bounds)
        self.setting = _data(setting)
        self.credit = _data(escape(credit))  # Leaflet reads this one text as markup

    @property
    def key(self) -> str:
        """The name under which the page finds this drawing, as a script literal."""
        return _data(self._id)
