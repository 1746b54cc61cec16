"""The land under a drawing: one folium map that writes its script itself, a constant text and the drawing's data."""

from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import Any, Final

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from gridmap.packing import UNITS, Packed, script_data

LEAFLET: Final = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet"
OPTIONS: Final = {"center": [0.0, 0.0], "zoom": 10, "zoomControl": False, "maxZoom": 18, "minZoom": 3, "zoomSnap": 0.25}


class Land(folium.Map):
    """A folium map without tiles, jQuery, Bootstrap or a viewport of its own; the page's style sheet sizes it.

    Its layers are put on the map by DRAW; window.sanlian[name] hands map and layers to the page's own script. Nothing
    of the data is ever read as a template: folium's own elements would run a name that is written in braces.
    """

    def __init__(
        self,
        name: str,
        *,
        layers: Mapping[str, Packed],
        labels: list[list[Any]],
        bounds: list[list[float]],
        setting: Mapping[str, object],
        credit: str,
    ) -> None:
        super().__init__(location=[0.0, 0.0], tiles=None)
        self._id = name
        self._drawing = {
            "name": name, "units": UNITS, "options": OPTIONS, "setting": setting, "bounds": bounds, "labels": labels,
            "credit": escape(credit),  # Leaflet reads this one text as markup
            "layers": layers,
        }  # fmt: skip

    def render(self, **kwargs: Any) -> str:
        """Put links, place and script into the figure; it has no text of its own."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise TypeError("a drawing stands in a figure")
        figure.header.add_child(JavascriptLink(f"{LEAFLET}.js"), name="leaflet")
        figure.header.add_child(CssLink(f"{LEAFLET}.css"), name="leaflet_css")
        place = f'<div class="folium-map" id="{escape(self.get_name())}"></div>\n{HATCHING}'
        figure.html.add_child(_Written(place), name=self.get_name())
        figure.script.add_child(_Written(self._script), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
        return ""

    @cached_property
    def _script(self) -> str:
        return f"{DRAW}({script_data(self._drawing)});"


class _Written(Element):
    """Text that stands in a figure as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: Any) -> str:
        """Give the text."""
        return self._text


HATCHING: Final = """<svg width="0" height="0" aria-hidden="true" class="hatch"><defs>
    <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="8" height="8" fill="#ffffff"></rect><rect width="2.5" height="8" fill="#55585c"></rect>
    </pattern>
</defs></svg>"""

DRAW: Final = r"""(function (drawing) {
    var map = L.map("map_" + drawing.name, drawing.options);
    var setting = drawing.setting, bounds = L.latLngBounds(drawing.bounds), land = setting.land;
    /* columns of values and the steps from corner to corner become features again */
    function walk(steps) {
        var found = [], x = 0, y = 0;
        for (var i = 0; i < steps.length; i += 2) {
            x += steps[i];
            y += steps[i + 1];
            found.push([x / drawing.units, y / drawing.units]);
        }
        return found;
    }
    function column(own) {
        if (Array.isArray(own)) { return function (row) { return own[row]; }; }
        if (own.xy) { return column(walk(own.xy)); }
        if (own.z) {
            var several = own.z.map(column);
            return function (row) { return several.map(function (one) { return one(row); }); };
        }
        function name(which) { return own.d[which]; }
        return function (row) { return Array.isArray(own.i[row]) ? own.i[row].map(name) : name(own.i[row]); };
    }
    function unpack(layer) {
        var keys = Object.keys(layer.columns), columns = {}, features = [];
        var corners = walk(layer.xy || []), corner = 0, ring = 0, part = 0;
        keys.forEach(function (key) { columns[key] = column(layer.columns[key]); });
        function polygon() {
            var rings = [], count = layer.parts ? layer.parts[part] : 1;
            part += 1;
            for (var i = 0; i < count; i++) {
                var size = layer.rings[ring++], closed = corners.slice(corner, corner + size);
                closed.push(closed[0]);
                corner += size;
                rings.push(closed);
            }
            return rings;
        }
        function shape(row) {
            if (layer.geometry) { return layer.geometry[row]; }
            if (!layer.rings) { return {type: "Point", coordinates: corners[row]}; }
            var count = layer.shapes ? layer.shapes[row] : 1, polygons = [];
            for (var i = 0; i < count; i++) { polygons.push(polygon()); }
            return count === 1 ? {type: "Polygon", coordinates: polygons[0]}
                : {type: "MultiPolygon", coordinates: polygons};
        }
        for (var row = 0; row < layer.count; row++) {
            var own = {};
            keys.forEach(function (key) { own[key] = columns[key](row); });
            features.push({type: "Feature", properties: own, geometry: shape(row)});
        }
        return {type: "FeatureCollection", features: features};
    }
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
    Object.keys(drawing.layers).forEach(function (name) {
        layers[name] = L.geoJSON(unpack(drawing.layers[name]), {
            style: name === "stations" || name === "deputies" ? undefined : pen(name), pointToLayer: dot,
            interactive: ["grids", "pieces", "stations", "deputies"].indexOf(name) >= 0
        });
    });
    layers.labels = L.layerGroup(drawing.labels.map(label));
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
    map.attributionControl.addAttribution(drawing.credit);
    window.sanlian = window.sanlian || {};
    window.sanlian[drawing.name] = {
        map: map, layers: layers, setting: setting, bounds: bounds, gridPen: gridPen, pens: pens
    };
})"""
