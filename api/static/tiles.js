/* Layers too large to embed: Mapbox vector tiles, read here and drawn on canvas; colours follow the page's modes. */
"use strict";
(function () {
  var HATCH = "#55585c", CHOSEN = "#8f1d21";

  /* ---- reading: the few parts of the protocol that a vector tile needs ---- */
  function reader(bytes) {
    var at = 0, text = new TextDecoder();
    function number() {
      var value = 0, scale = 1, byte;
      do { byte = bytes[at++]; value += (byte & 0x7f) * scale; scale *= 128; } while (byte >= 0x80);
      return value;
    }
    function skip(kind) {
      if (kind === 0) { number(); } else if (kind === 1) { at += 8; } else if (kind === 2) { at += number(); } else { at += 4; }
    }
    /* call take(field, kind, end of its bytes) for each field up to `end`; what it does not read is skipped */
    function fields(end, take) {
      while (at < end) {
        var key = number(), kind = key & 7, begin = at;
        if (kind === 2) {
          var size = number(), stop = at + size;
          take(key >> 3, stop);
          at = stop;
        } else {
          take(key >> 3, -1);
          if (at === begin) { skip(kind); }
        }
      }
    }
    return {
      number: number, fields: fields,
      more: function (end) { return at < end; },
      text: function (end) { return text.decode(bytes.subarray(at, end)); }
    };
  }
  function value(source, end) {
    var found = null;
    source.fields(end, function (field, stop) {
      if (field === 1) { found = source.text(stop); }
      if (field === 4 || field === 5) { found = source.number(); }
      if (field === 6) { var sign = source.number(); found = sign % 2 ? -(sign + 1) / 2 : sign / 2; }
      if (field === 7) { found = Boolean(source.number()); }
    });
    return found;
  }
  /* a list of rings, each a flat list x0 y0 x1 y1 … in units of the tile */
  function geometry(source, end) {
    var rings = [], ring = null, x = 0, y = 0;
    while (source.more(end)) {
      var command = source.number(), count = command >> 3;
      if ((command & 7) === 7) { continue; }
      if ((command & 7) === 1) { ring = []; rings.push(ring); }
      for (var i = 0; i < count; i++) {
        var dx = source.number(), dy = source.number();
        x += dx & 1 ? -(dx + 1) / 2 : dx / 2;
        y += dy & 1 ? -(dy + 1) / 2 : dy / 2;
        ring.push(x, y);
      }
    }
    return rings;
  }
  function layerOf(source, end) {
    var keys = [], values = [], rows = [], extent = 4096;
    source.fields(end, function (field, stop) {
      if (field === 3) { keys.push(source.text(stop)); }
      if (field === 4) { values.push(value(source, stop)); }
      if (field === 5) { extent = source.number(); }
      if (field === 2) {
        var tags = [], shape = [], kind = 0;
        source.fields(stop, function (part, to) {
          if (part === 2) { while (source.more(to)) { tags.push(source.number()); } }
          if (part === 3) { kind = source.number(); }
          if (part === 4) { shape = geometry(source, to); }
        });
        rows.push({tags: tags, kind: kind, rings: shape});
      }
    });
    rows.forEach(function (row) {
      row.own = {};
      for (var i = 0; i < row.tags.length; i += 2) { row.own[keys[row.tags[i]]] = values[row.tags[i + 1]]; }
    });
    return {extent: extent, features: rows};
  }
  function read(buffer) {
    var bytes = new Uint8Array(buffer), source = reader(bytes), layers = [];
    source.fields(bytes.length, function (field, stop) { if (field === 3) { layers.push(layerOf(source, stop)); } });
    return layers;
  }

  /* ---- drawing ---- */
  function hatch(context) {
    var small = document.createElement("canvas"), side = 8;
    small.width = small.height = side;
    var pen = small.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = HATCH;
    pen.lineWidth = 2;
    pen.beginPath();
    [-side, 0, side].forEach(function (offset) { pen.moveTo(offset, side); pen.lineTo(offset + side, 0); });
    pen.stroke();
    return context.createPattern(small, "repeat");
  }
  function trace(context, rings, scale, closed) {
    context.beginPath();
    rings.forEach(function (ring) {
      for (var i = 0; i < ring.length; i += 2) {
        if (i) { context.lineTo(ring[i] * scale, ring[i + 1] * scale); } else { context.moveTo(ring[i] * scale, ring[i + 1] * scale); }
      }
      if (closed) { context.closePath(); }
    });
  }
  /* what fills a grid: null for nothing, "hatch" where nobody is linked, else a colour of the mode's scale */
  function fill(setting, own) {
    var mode = setting.mode;
    if (!mode) { return null; }
    if (!own.linked) { return "hatch"; }
    var lows = setting.lows[mode], amount = {links: own.deputies, load: own.load, acts: own.acts}[mode] || 0, step = 1;
    for (var i = 0; i < lows.length; i++) { if (amount >= lows[i]) { step = i + 1; } }
    return setting.colours[mode][step];
  }

  var TileLayer = L.GridLayer.extend({
    initialize: function (name, sheet, options) {
      L.GridLayer.prototype.initialize.call(this, options);
      this._name = name;
      this._sheet = sheet;
      this._read = {};
      this._code = "";
      this.on("tileunload", function (event) { delete this._read[this._tileCoordsToKey(event.coords)]; });
    },
    createTile: function (coords, done) {
      var canvas = document.createElement("canvas"), size = this.getTileSize(), self = this;
      var sharp = Math.min(window.devicePixelRatio || 1, 2);
      canvas.width = size.x * sharp;
      canvas.height = size.y * sharp;
      var address = L.Util.template(this.options.url, {z: coords.z, x: coords.x, y: coords.y});
      fetch(address, {headers: {Accept: "application/vnd.mapbox-vector-tile"}}).then(function (response) {
        if (!response.ok) { throw new Error(String(response.status)); }
        return response.status === 204 ? null : response.arrayBuffer();
      }).then(function (buffer) {
        var layers = buffer ? read(buffer) : [];
        if (layers.length) { self._read[self._tileCoordsToKey(coords)] = {canvas: canvas, layer: layers[0]}; }
        if (layers.length) { self._paint(canvas, layers[0]); }
        done(null, canvas);
      }).catch(function (problem) { done(problem, canvas); });
      return canvas;
    },
    _paint: function (canvas, layer) {
      var context = canvas.getContext("2d"), setting = this._sheet.setting, self = this;
      var scale = canvas.width / layer.extent, sharp = canvas.width / this.getTileSize().x;
      var pen = this.options.pen, pattern = null;
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.lineJoin = "round";
      layer.features.forEach(function (row) {
        if (row.kind === 1) {
          context.beginPath();
          context.arc(row.rings[0][0] * scale, row.rings[0][1] * scale, 3.5 * sharp, 0, 7);
          context.fillStyle = "#1f2326";
          context.fill();
          return;
        }
        trace(context, row.rings, scale, row.kind === 3);
        var colour = self._name === "grids" ? (self._sheet.fill ? self._sheet.fill(row.own) : fill(setting, row.own)) : null;
        if (colour === "hatch") { pattern = pattern || hatch(context); }
        if (colour) {
          context.fillStyle = colour === "hatch" ? pattern : colour;
          context.fill("evenodd");
        }
        context.strokeStyle = self._name === "grids" ? (colour ? "#ffffff" : "#8b8f93") : pen.color;
        context.lineWidth = (self._name === "grids" ? (row.own.name ? 0.7 : 0.25) : pen.weight) * sharp;
        context.stroke();
      });
      layer.features.forEach(function (row) {
        if (self._code && row.own.code === self._code) {
          trace(context, row.rings, scale, true);
          context.strokeStyle = CHOSEN;
          context.lineWidth = 4 * sharp;
          context.stroke();
        }
      });
    },
    repaint: function () {
      var self = this;
      Object.keys(this._read).forEach(function (key) { self._paint(self._read[key].canvas, self._read[key].layer); });
    },
    /* what the page's other scripts ask of a layer of features */
    choose: function (code) { this._code = code; this.repaint(); },
    setStyle: function () { this.repaint(); },
    getLayers: function () { return []; },
    eachLayer: function () {},
    bindTooltip: function () { return this; }
  });

  var sheet = window.sanlian.coverage, map = sheet.map, tiled = sheet.setting.tiles || {};
  if (!Object.keys(tiled).length) { return; }
  /* land below, tiles above it, lines and dots of the embedded layers above those */
  map.createPane("ground").style.zIndex = 150;
  sheet.layers.county.remove();
  sheet.layers.county = L.geoJSON(sheet.layers.county.toGeoJSON(), {
    pane: "ground", interactive: false, style: {fillColor: sheet.setting.land, fillOpacity: 1, color: "#4a4d50", weight: 2}
  }).addTo(map);
  ["grids", "villages", "county_districts", "town_districts", "stations"].forEach(function (name, position) {
    var own = tiled[name];
    if (!own) { return; }
    sheet.layers[name] = new TileLayer(name, sheet, {
      url: own.url, minNativeZoom: own.least, maxNativeZoom: own.most, pen: sheet.pens[name] || {color: "#5c6064", weight: 1},
      bounds: sheet.bounds, zIndex: position + 1, updateWhenZooming: false, keepBuffer: 1
    });
    if (name === "grids" || name === "stations") { sheet.layers[name].addTo(map); }
  });
})();
