/* Month by month: the slider, its two buttons and the arrow keys choose the month that the grids are coloured by. */
"use strict";
(function () {
  var sheet = window.sanlian.coverage, data = JSON.parse(document.getElementById("by-month").textContent);
  var words = JSON.parse(document.getElementById("month-words").textContent);
  var slider = document.getElementById("month"), text = document.getElementById("month-text");
  var colours = sheet.setting.colours.acts.slice(1), at = Number(slider.value);

  function say(key, facts) {
    return words[key].replace(/\{(\w+)\}/g, function (whole, name) { return name in facts ? facts[name] : whole; });
  }
  /* one scale for all months, so that months can be compared: 0, then steps of the counts that occur */
  function scale() {
    var seen = {};
    Object.keys(data.counts).forEach(function (code) {
      data.counts[code].forEach(function (count) { if (count) { seen[count] = (seen[count] || 0) + 1; } });
    });
    var values = Object.keys(seen).map(Number).sort(function (a, b) { return a - b; });
    var room = colours.length - 1;
    if (values.length <= room) { return [0].concat(values); }
    var top = values[values.length - 1], lows = [0, 1];
    for (var step = 1; step < room; step++) {
      var low = Math.max(lows[lows.length - 1] + 1, Math.round(Math.pow(top, step / room)));
      if (low <= top) { lows.push(low); }
    }
    return lows;
  }
  var lows = scale();
  function count(code) { return (data.counts[code] || [])[at] || 0; }
  function colour(number) {
    var step = 0;
    lows.forEach(function (low, position) { if (number >= low) { step = position; } });
    return colours[Math.min(step, colours.length - 1)];
  }
  function style(feature) {
    return {fillColor: colour(count(feature.properties.c)), fillOpacity: 0.92, color: "#ffffff", weight: 0.7};
  }
  sheet.fill = function (own) { return colour(count(own.code)); };
  function legend() {
    var list = document.getElementById("month-legend");
    list.replaceChildren.apply(list, lows.map(function (low, position) {
      var item = document.createElement("li");
      var box = L.SVG.create("svg"), paint = L.SVG.create("rect");
      var label = document.createElement("span"), next = lows[position + 1];
      box.setAttribute("width", "28"); box.setAttribute("height", "18"); box.setAttribute("class", "swatch");
      box.setAttribute("aria-hidden", "true");
      paint.setAttribute("width", "28"); paint.setAttribute("height", "18"); paint.setAttribute("fill", colour(low));
      paint.setAttribute("stroke", "#6b6f73");
      box.append(paint);
      label.textContent = next === undefined ? say("more", {low: low}) : next - 1 === low ? String(low) : low + "–" + (next - 1);
      item.append(box, label);
      return item;
    }));
  }
  function show(position) {
    at = Math.max(0, Math.min(data.months.length - 1, position));
    slider.value = String(at);
    var grids = Object.keys(data.counts).filter(count).length;
    text.textContent = say("text", {month: data.months[at], number: data.totals[at], grids: grids});
    slider.setAttribute("aria-valuetext", text.textContent);
    sheet.layers.grids.setStyle(style);
  }
  function bubble(layer) {
    var box = document.createElement("div"), name = document.createElement("b"), times = document.createElement("span");
    name.textContent = layer.feature.properties.n;
    times.textContent = say("times", {number: count(layer.feature.properties.c)});
    box.append(name, times);
    return box;
  }
  slider.addEventListener("input", function () { show(Number(slider.value)); });
  document.getElementById("month-before").addEventListener("click", function () { show(at - 1); });
  document.getElementById("month-after").addEventListener("click", function () { show(at + 1); });
  sheet.layers.grids.bindTooltip(bubble, {sticky: true});
  legend();
  show(at);
})();
