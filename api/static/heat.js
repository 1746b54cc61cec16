/* The map of counts: fine white lines between the grids, so that the steps are seen and not the borders. */
"use strict";
(function () {
  var sheet = window.sanlian.pieces;
  sheet.layers.pieces.setStyle({color: "#ffffff", weight: 0.7, fillOpacity: 0.95});
  sheet.layers.towns.bringToFront();
})();
