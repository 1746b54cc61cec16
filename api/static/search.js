/* The search box: grids, villages, towns and stations of the drawing, and deputies; an ARIA combobox for keyboard and touch. */
"use strict";
(function () {
  var sheet = window.sanlian.coverage, card = window.sanlian.card;
  var input = document.getElementById("search"), list = document.getElementById("search-list");
  var status = document.getElementById("search-status");
  var MOST = 12, index = [], shown = [], at = -1;

  function add(kind, name, code, detail, go) {
    index.push({kind: kind, name: name, detail: detail, key: (name + " " + (code || "")).toLowerCase(), go: go});
  }
  function gather() {
    var seen = {towns: "town", villages: "village", stations: "station"};
    ["towns", "villages", "grids", "stations"].forEach(function (name) {
      var group = sheet.layers[name];
      if (!group) { return; }
      group.eachLayer(function (layer) {
        var own = layer.feature.properties;
        if (name === "grids") {
          add("grid", own.n, own.c, [own.t, own.v].filter(Boolean).join(" "), function () { window.sanlian.open(layer); });
        } else {
          add(seen[name], own.n, own.c, "", function () { window.sanlian.zoom(layer); });
        }
      });
    });
    JSON.parse(document.getElementById("deputies-index").textContent).forEach(function (row) {
      add("deputy", row[0], "", row[1], function () { window.location.assign(row[2]); });
    });
  }
  /* where the grids come as tiles the server looks for them; its answer joins what was found here */
  function askServer(text) {
    if (!sheet.layers.grids.choose || text.length < 2) { return; }
    fetch("/api/v1/search?" + new URLSearchParams({q: text, limit: "8"})).then(function (response) {
      return response.json();
    }).then(function (found) {
      if (input.value.trim() !== text) { return; }
      var more = found.items.filter(function (item) { return item.kind === "grid"; }).map(function (item) {
        return {kind: "grid", name: item.name, detail: item.code, key: "", go: function () { window.sanlian.goTo(item.lon, item.lat); }};
      });
      shown = shown.concat(more).slice(0, MOST);
      show(text);
    }).catch(function () {});
  }
  function matches(text) {
    var parts = text.toLowerCase().split(/\s+/).filter(Boolean);
    var fits = index.filter(function (entry) {
      return parts.every(function (part) { return entry.key.indexOf(part) >= 0; });
    });
    return fits.sort(function (a, b) { return a.key.indexOf(parts[0]) - b.key.indexOf(parts[0]); }).slice(0, MOST);
  }
  function option(entry, position) {
    var item = card.make("li");
    item.id = "search-" + position;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(card.make("b", entry.name), card.make("span", entry.detail), card.make("small", card.words.kinds[entry.kind]));
    item.addEventListener("mousedown", function (event) { event.preventDefault(); });
    item.addEventListener("click", function () { choose(position); });
    return item;
  }
  function open() {
    var text = input.value.trim();
    shown = text ? matches(text) : [];
    show(text);
    askServer(text);
  }
  function show(text) {
    at = -1;
    list.replaceChildren.apply(list, shown.map(option));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(Boolean(shown.length)));
    input.removeAttribute("aria-activedescendant");
    status.textContent = !text ? "" : shown.length ? card.say("found", {number: shown.length}) : card.words.nothing;
    status.classList.toggle("unseen", !text || Boolean(shown.length));
  }
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }
  function mark(position) {
    at = (position + shown.length) % shown.length;
    Array.prototype.forEach.call(list.children, function (item, number) {
      item.setAttribute("aria-selected", String(number === at));
    });
    list.children[at].scrollIntoView({block: "nearest"});
    input.setAttribute("aria-activedescendant", "search-" + at);
  }
  function choose(position) {
    var entry = shown[position];
    input.value = entry.name;
    close();
    entry.go();
  }
  input.addEventListener("focus", function () { if (!index.length) { gather(); } });
  input.addEventListener("input", function () { if (!index.length) { gather(); } open(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { close(); return; }
    if (!shown.length || event.isComposing) { return; }
    if (event.key === "ArrowDown") { event.preventDefault(); list.hidden = false; mark(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); list.hidden = false; mark(at < 0 ? shown.length - 1 : at - 1); }
    if (event.key === "Enter") { event.preventDefault(); choose(Math.max(at, 0)); }
  });
})();
