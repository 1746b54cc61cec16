/* The stations' map: a station says its name; one that nobody has used is drawn hollow, without alarm. */
"use strict";
(function () {
  var sheet = window.sanlian.reach;
  function bubble(layer) {
    var name = document.createElement("b");
    name.textContent = layer.feature.properties.n;
    return name;
  }
  sheet.layers.stations.eachLayer(function (mark) {
    if (mark.feature.properties.q) {
      mark.setStyle({fillColor: "#ffffff", color: "#55585c", weight: 1.5, dashArray: "2 2", fillOpacity: 1});
    }
  });
  sheet.layers.stations.bindTooltip(bubble, {direction: "top"});
})();
