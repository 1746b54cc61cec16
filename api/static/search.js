/* The search box: what the drawing shows and deputies at once, addresses and the rest from the server; an ARIA combobox. */
"use strict";
(function () {
  var sheet = window.sanlian.coverage, card = window.sanlian.card;
  var input = document.getElementById("search"), list = document.getElementById("search-list");
  var status = document.getElementById("search-status");
  var MOST = 12, index = [], shown = [], was = [], at = -1, waiting = 0;

  function add(kind, name, code, detail, go) {
    index.push({kind: kind, code: code, name: name, detail: detail, key: (name + " " + (code || "")).toLowerCase(), go: go});
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
  /* the server knows addresses, groups, estates and slips of the pen; its answer joins what was found here */
  function askServer(text) {
    clearTimeout(waiting);
    if (text.length < 2) { show(text, true); return; }
    waiting = setTimeout(function () {
      fetch("/api/v1/search?" + new URLSearchParams({q: text, limit: "10"})).then(function (response) {
        return response.json();
      }).then(function (found) {
        if (input.value.trim() !== text) { return; }
        var own = shown;
        var more = found.items.filter(function (item) { return !own.some(function (entry) { return same(entry, item); }); });
        var places = more.map(served), room = Math.min(places.length, Math.max(MOST - own.length, MOST / 2));
        shown = own.slice(0, MOST - room).concat(places.slice(0, room));
        show(text, true);
      }).catch(function () { show(text, true); });
    }, 150);
  }
  function same(entry, item) {
    return entry.kind === item.kind && (item.kind === "deputy" ? entry.name === item.name : entry.code === item.code);
  }
  function served(item) {
    var detail = [item.note, item.deputy && item.deputy.level + " " + item.deputy.name].filter(Boolean).join(" · ");
    return {kind: item.kind, code: item.code, name: item.name, detail: detail, key: "", go: function () {
      if (item.kind === "deputy" || item.lon === null) { window.location.assign(item.href); } else { window.sanlian.goTo(item.lon, item.lat); }
    }};
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
    show(text, !text);
    askServer(text);
  }
  /* `done`: the server has answered too, or was not asked, so that nothing found means nothing there */
  function show(text, done) {
    var marked = at >= 0 && shown[at] === was[at] ? at : -1;
    was = shown;
    at = marked;
    list.replaceChildren.apply(list, shown.map(option));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(Boolean(shown.length)));
    input.removeAttribute("aria-activedescendant");
    if (at >= 0) { mark(at); }
    status.textContent = !text ? "" : shown.length ? card.say("found", {number: shown.length}) : done ? card.words.nothing : "";
    status.classList.toggle("unseen", !text || !done || Boolean(shown.length));
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
    if (event.key === "Enter" && !list.hidden) { event.preventDefault(); choose(Math.max(at, 0)); }
  });
})();
