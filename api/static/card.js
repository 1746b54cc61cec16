/* The card of a place: who answers here, level by level, with the reason; names are written as text, never as markup. */
"use strict";
(function () {
  var words = JSON.parse(document.getElementById("words").textContent);
  var panel = document.getElementById("panel");
  var asked = 0;

  function say(key, facts) {
    return words[key].replace(/\{(\w+)\}/g, function (whole, name) { return name in facts ? facts[name] : whole; });
  }
  function make(tag, text, kind) {
    var element = document.createElement(tag);
    if (text) { element.textContent = text; }
    if (kind) { element.className = kind; }
    return element;
  }
  function distance(metres) {
    if (metres >= 1000) { return say("kilometres", {kilometres: (metres / 1000).toFixed(1)}); }
    return say("metres", {metres: Math.round(metres)});
  }
  function reason(text, before) {
    var details = make("details");
    details.append(make("summary", before ? before + " · " + words.why : words.why), make("p", text));
    return details;
  }
  function deputyItem(linked, districts, first) {
    var item = make("li", "", first ? "first" : "");
    var link = make("a", linked.deputy.name);
    link.href = "/deputies/" + encodeURIComponent(linked.deputy.id);
    item.append(link, make("span", words.levels[linked.level] || linked.level, "sub"));
    if (first) { item.append(" ", make("span", words.first, "badge")); }
    var own = linked.district && districts[linked.layer];
    var district = own && own.code === linked.district ? say("district", {district: own.name}) : "";
    if (linked.reason) {
      item.append(reason(linked.reason, district));
    } else if (district) {
      item.append(make("p", district, "sub"));
    }
    return item;
  }
  function deputyList(all, districts, offset) {
    var list = make("ul", "", "deputies");
    all.forEach(function (linked, position) { list.append(deputyItem(linked, districts, position + offset === 0)); });
    return list;
  }
  function place(answer) {
    var part = make("div");
    part.append(make("h2", answer.grid.name));
    var where = [answer.town, answer.village].filter(Boolean).map(function (area) { return area.name; });
    part.append(make("p", where.concat(answer.grid.code).join(" · "), "sub"));
    return part;
  }
  function border(answer) {
    var facts = make("p", "", "facts sub");
    if (answer.outside) {
      facts.append(make("span", say("outside", {distance: distance(answer.outside_m)})));
    } else if (answer.on_border) {
      facts.append(make("span", words.on_border));
    } else {
      facts.append(make("span", say("border", {distance: distance(answer.border_m)})));
    }
    var near = answer.near || [];
    if (near.length) {
      facts.append(make("span", say("near", {names: near.map(function (grid) { return grid.name; }).join("、")})));
    }
    return facts;
  }
  function workers(answer) {
    var part = make("div");
    part.append(make("h3", words.worker));
    var all = answer.gridworkers || [];
    if (!all.length) { part.append(make("p", words.no_worker)); }
    all.forEach(function (worker) {
      part.append(make("p", worker.name + " · " + (words.roles[worker.role] || worker.role)));
    });
    return part;
  }
  function station(found) {
    var part = make("div");
    part.append(make("h3", words.station));
    part.append(make("p", found.name + " · " + say("away", {distance: distance(found.metres)})));
    if (found.hours) { part.append(make("p", say("hours", {hours: found.hours}))); }
    if (found.address) { part.append(make("p", found.address, "sub")); }
    return part;
  }
  function card(answer, drawn) {
    var districts = answer.districts || {}, part = document.createDocumentFragment();
    part.append(place(answer), border(answer));
    if (answer.reason) { part.append(reason(answer.reason, answer.grid.name)); }
    part.append(make("h3", words.deputies));
    if (answer.responsible.length) {
      part.append(deputyList(answer.responsible, districts, 0));
    } else {
      part.append(make("p", words.nobody));
    }
    var say_here = make("a", words.tell, "button");
    say_here.href = "/matters/new?" + new URLSearchParams({lon: answer.point.lon, lat: answer.point.lat});
    part.append(make("p"));
    part.lastChild.append(say_here);
    part.append(workers(answer));
    if (answer.station) { part.append(station(answer.station)); }
    if (answer.others && answer.others.length) {
      part.append(make("h3", words.others), deputyList(answer.others, {}, 1));
    }
    if (drawn && "h" in drawn) {
      var facts = make("p", "", "facts sub");
      facts.append(make("span", say("households", {number: drawn.h})), make("span", say("acts", {number: drawn.a})));
      part.append(facts);
    }
    var versions = answer.versions || {};
    part.append(make("p", say("versions", {generation: versions.generation, plan: versions.plan || "—"}), "note"));
    return part;
  }
  function tell(text, again) {
    panel.replaceChildren(make("p", text, again ? "problem" : "hint"));
    if (again) {
      var button = make("button", words.retry, "button");
      button.type = "button";
      button.addEventListener("click", again);
      panel.append(button);
    }
  }
  function show(lon, lat, drawn) {
    var number = ++asked;
    var query = new URLSearchParams({lon: lon.toFixed(6), lat: lat.toFixed(6), datum: "wgs84"});
    var day = panel.dataset.on;
    if (day) { query.set("on", day); }
    tell(words.loading);
    return fetch("/api/v1/locate?" + query, {headers: {Accept: "application/json"}}).then(function (response) {
      if (response.status === 404) {
        if (number === asked) { tell(words.far); }
        return response.text().then(function () { return null; });
      }
      if (!response.ok) { throw new Error(String(response.status)); }
      return response.json();
    }).then(function (answer) {
      if (number !== asked || !answer) { return null; }
      panel.replaceChildren(card(answer, drawn));
      return answer;
    }).catch(function () {
      if (number === asked) { tell(words.broken, function () { show(lon, lat, drawn); }); }
      return null;
    });
  }
  window.sanlian = window.sanlian || {};
  window.sanlian.card = {show: show, tell: tell, words: words, say: say, make: make};
})();
