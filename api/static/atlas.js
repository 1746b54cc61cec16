/* The map answers: a tap asks who is responsible, the switch restyles the grids, the boxes show and hide layers. */
"use strict";
(function () {
  var sheet = window.sanlian.coverage, card = window.sanlian.card, map = sheet.map;
  var pin = null, outline = null;

  function byCode(code) {
    return sheet.layers.grids.getLayers().find(function (layer) { return layer.feature.properties.c === code; });
  }
  function chosen(layer, code) {
    if (sheet.layers.grids.choose) { sheet.layers.grids.choose(code || ""); }
    if (outline) { outline.remove(); }
    if (layer) {
      outline = L.geoJSON(layer.feature, {interactive: false, style: {fill: false, color: "#8f1d21", weight: 4}}).addTo(map);
    }
  }
  function mark(place) {
    if (pin) { pin.remove(); }
    pin = L.circleMarker(place, {
      radius: 8, color: "#ffffff", weight: 3, fillColor: "#8f1d21", fillOpacity: 1, interactive: false
    }).addTo(map);
  }
  function ask(place, layer) {
    mark(place);
    chosen(layer);
    return card.show(place.lng, place.lat, layer && layer.feature.properties).then(function (answer) {
      if (answer) { chosen(byCode(answer.grid.code), answer.grid.code); }
      if (answer && window.matchMedia("(max-width: 999px)").matches) {
        document.getElementById("panel").scrollIntoView({block: "start", behavior: "smooth"});
      }
    });
  }
  function zoom(layer) {
    if (layer.getBounds) {
      map.fitBounds(layer.getBounds(), {padding: [24, 24], maxZoom: 15});
    } else {
      map.setView(layer.getLatLng(), 15);
      ask(layer.getLatLng(), null);
    }
  }
  function open(layer) {
    var point = layer.feature.properties.p;
    map.fitBounds(layer.getBounds(), {padding: [60, 60], maxZoom: 14});
    ask(L.latLng(point[1], point[0]), layer);
  }
  /* a grid by its code: from the drawing, or where it comes as tiles from the search */
  function openCode(code) {
    var layer = byCode(code);
    if (layer) { open(layer); }
    if (layer || !sheet.layers.grids.choose) { return; }
    fetch("/api/v1/search?" + new URLSearchParams({q: code, limit: "5"})).then(function (response) {
      return response.json();
    }).then(function (found) {
      var hit = found.items.find(function (item) { return item.kind === "grid" && item.code === code; });
      if (hit) { goTo(hit.lon, hit.lat); }
    }).catch(function () { card.tell(card.words.broken, function () { openCode(code); }); });
  }
  function goTo(lon, lat) {
    var place = L.latLng(lat, lon);
    map.setView(place, 14, {animate: false});
    ask(place, null);
  }
  function bubble(layer) {
    var own = layer.feature.properties, box = card.make("div");
    box.append(card.make("b", own.n));
    if (own.note) { box.append(card.make("span", own.note)); }
    if (own.l) {
      box.append(card.make("span", own.l.length ? own.l.slice(0, 4).join("、") : card.words.nobody));
    }
    return box;
  }
  map.on("click", function (event) { ask(event.latlng, null); });
  sheet.layers.grids.on("click", function (event) {
    L.DomEvent.stopPropagation(event);
    ask(event.latlng, event.layer || event.propagatedFrom);
  });
  if (sheet.layers.deputies) {
    sheet.layers.deputies.on("click", function (event) {
      L.DomEvent.stopPropagation(event);
      var layer = event.layer || event.propagatedFrom;
      window.location.assign("/deputies/" + encodeURIComponent(layer.feature.properties.c));
    });
  }
  if (window.matchMedia("(hover: hover)").matches) {
    sheet.layers.grids.bindTooltip(bubble, {sticky: true});
    sheet.layers.stations.bindTooltip(bubble, {direction: "top"});
    if (sheet.layers.deputies) { sheet.layers.deputies.bindTooltip(bubble, {direction: "top"}); }
  }
  document.querySelectorAll("input[name=mode]").forEach(function (button) {
    button.addEventListener("change", function () {
      sheet.setting.mode = button.value;
      sheet.layers.grids.setStyle(sheet.gridPen);
      document.querySelectorAll(".legend").forEach(function (legend) { legend.hidden = legend.dataset.mode !== button.value; });
    });
  });
  function arrange() {
    ["villages", "towns", "town_districts", "county_districts", "stations", "deputies"].forEach(function (name) {
      var layer = sheet.layers[name];
      if (layer && map.hasLayer(layer) && !layer.choose) { layer.bringToFront(); }
    });
    if (outline) { outline.bringToFront(); }
  }
  document.querySelectorAll("input[name=layer]").forEach(function (box) {
    box.addEventListener("change", function () {
      var layer = sheet.layers[box.value];
      if (!layer) { return; }
      if (box.checked) { layer.addTo(map); } else { layer.remove(); }
      if (box.value === "towns") { if (box.checked) { sheet.layers.labels.addTo(map); } else { sheet.layers.labels.remove(); } }
      arrange();
    });
  });
  document.querySelectorAll("[data-grid]").forEach(function (button) {
    button.addEventListener("click", function () {
      document.querySelector(".map-frame").scrollIntoView({block: "center"});
      openCode(button.dataset.grid);
    });
  });
  window.sanlian.open = open;
  window.sanlian.goTo = goTo;
  window.sanlian.zoom = zoom;

  /* the position of the device: only where the browser allows it; used once, kept nowhere */
  var button = document.getElementById("my-position");
  if (button && window.isSecureContext && navigator.geolocation) {
    button.hidden = false;
    document.getElementById("position-hint").hidden = true;
    button.addEventListener("click", function () {
      var problem = document.getElementById("position-problem");
      problem.hidden = true;
      navigator.geolocation.getCurrentPosition(function (found) {
        var place = L.latLng(found.coords.latitude, found.coords.longitude);
        map.setView(place, 15);
        ask(place, null);
      }, function () {
        problem.textContent = card.words.no_position;
        problem.hidden = false;
        document.getElementById("position-hint").hidden = false;
      }, {enableHighAccuracy: true, timeout: 10000, maximumAge: 0});
    });
  }
  var query = new URLSearchParams(window.location.search);
  if (query.get("grid")) {
    openCode(query.get("grid"));
  } else if (query.get("lon") && query.get("lat") && isFinite(query.get("lon")) && isFinite(query.get("lat"))) {
    var place = L.latLng(Number(query.get("lat")), Number(query.get("lon")));
    map.setView(place, 14);
    ask(place, null);
  }
})();
