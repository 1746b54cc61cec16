/* The small map of one deputy: a piece says its name. */
"use strict";
(function () {
  var sheet = window.sanlian.pieces;
  function bubble(layer) {
    var name = document.createElement("b");
    name.textContent = layer.feature.properties.n;
    return name;
  }
  sheet.layers.pieces.bindTooltip(bubble, {sticky: true});
  sheet.layers.stations.bindTooltip(bubble, {direction: "top"});
})();
