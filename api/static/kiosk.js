/* The kiosk begins anew after a while without a touch; nothing that was typed or shown stays, the way back neither. */
"use strict";
(function () {
  var body = document.body, left = Number(body.dataset.idle), text = document.getElementById("countdown");
  function anew() {
    document.querySelectorAll("form").forEach(function (form) { form.reset(); });
    window.location.replace(body.dataset.home);
  }
  function show() {
    if (text) { text.textContent = left <= 20 ? text.dataset.text.replace("{seconds}", String(left)) : ""; }
  }
  if (body.dataset.view === "done") { window.history.replaceState(null, "", body.dataset.home); }
  if (body.dataset.view !== "home") {
    ["pointerdown", "keydown", "input", "scroll"].forEach(function (name) {
      window.addEventListener(name, function () { left = Number(body.dataset.idle); show(); }, {passive: true});
    });
    window.setInterval(function () { left -= 1; show(); if (left <= 0) { anew(); } }, 1000);
  }
  window.addEventListener("pageshow", function (event) { if (event.persisted) { anew(); } });
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function () {
      form.querySelectorAll("button").forEach(function (one) { window.setTimeout(function () { one.disabled = true; }, 0); });
    });
  });
})();
