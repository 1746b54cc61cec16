/* A spot by tap or by position: the page is asked again for it; the position is used once and kept nowhere. */
"use strict";
(function () {
  var sheets = window.sanlian || {}, sheet = sheets.pieces || sheets.coverage;
  function ask(lon, lat) {
    window.location.assign("/grid?" + new URLSearchParams({lon: lon.toFixed(6), lat: lat.toFixed(6)}));
  }
  if (sheet) {
    var tap = function (event) { L.DomEvent.stopPropagation(event); ask(event.latlng.lng, event.latlng.lat); };
    sheet.map.on("click", tap);
    ["pieces", "grids"].forEach(function (name) { if (sheet.layers[name]) { sheet.layers[name].on("click", tap); } });
    var place = document.querySelector("[data-lon][data-lat]");
    if (place && sheets.pieces) {
      L.circleMarker([Number(place.dataset.lat), Number(place.dataset.lon)], {
        radius: 8, color: "#ffffff", weight: 3, fillColor: "#8f1d21", fillOpacity: 1, interactive: false
      }).addTo(sheet.map);
    }
  }
  var button = document.getElementById("here"), problem = document.getElementById("here-problem");
  if (button && window.isSecureContext && navigator.geolocation) {
    button.hidden = false;
    button.addEventListener("click", function () {
      problem.hidden = true;
      navigator.geolocation.getCurrentPosition(function (found) {
        ask(found.coords.longitude, found.coords.latitude);
      }, function () { problem.hidden = false; }, {enableHighAccuracy: true, timeout: 10000, maximumAge: 0});
    });
  }
})();
