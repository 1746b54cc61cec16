/* What every map does: names give way to each other (the one drawn first stays), buttons speak the page's language. */
"use strict";
(function () {
  function apart(one, other) {
    return one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
  }
  function settle(map) {
    var kept = [];
    map.getContainer().querySelectorAll(".place-label span").forEach(function (name) {
      var box = name.getBoundingClientRect();
      var free = kept.every(function (other) { return apart(box, other); });
      name.classList.toggle("gives-way", !free);
      if (free) { kept.push(box); }
    });
  }
  function translate(frame) {
    [["in", frame.dataset.zoomIn], ["out", frame.dataset.zoomOut]].forEach(function (pair) {
      var button = frame.querySelector(".leaflet-control-zoom-" + pair[0]);
      if (!button) { return; }
      button.title = pair[1];
      button.setAttribute("aria-label", pair[1]);
    });
  }
  document.querySelectorAll(".map-frame").forEach(translate);
  Object.keys(window.sanlian || {}).forEach(function (name) {
    var sheet = window.sanlian[name];
    if (!sheet.map) { return; }
    var again = function () { settle(sheet.map); };
    sheet.map.on("moveend zoomend resize", again);
    sheet.layers.labels.on("add", again);
    again();
  });
})();
