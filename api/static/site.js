/* What every page does: reasons open and maps fit before printing, and a demo account fills the log-in form. */
"use strict";
(function () {
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.rank)").forEach(function (part) { part.open = true; });
  });
  window.matchMedia("print").addEventListener("change", function () {
    Object.keys(window.sanlian || {}).forEach(function (name) {
      var sheet = window.sanlian[name];
      if (!sheet.map) { return; }
      sheet.map.invalidateSize({animate: false});
      sheet.map.fitBounds(sheet.bounds, {animate: false});
    });
  });
  var form = document.getElementById("login");
  document.querySelectorAll(".fill").forEach(function (button) {
    button.addEventListener("click", function () {
      form.elements.user.value = button.dataset.user;
      form.elements.password.value = button.dataset.password;
      form.querySelector("button[type=submit]").focus();
    });
  });
})();
