/* Small help for matters, on top of forms that work without it: the position into the form, one tap sends once. */
"use strict";
(function () {
  var button = document.getElementById("here"), problem = document.getElementById("here-problem");
  if (button && button.form && window.isSecureContext && navigator.geolocation) {
    button.hidden = false;
    button.addEventListener("click", function () {
      problem.hidden = true;
      navigator.geolocation.getCurrentPosition(function (found) {
        button.form.elements.lon.value = found.coords.longitude.toFixed(6);
        button.form.elements.lat.value = found.coords.latitude.toFixed(6);
        button.textContent = button.dataset.done;
      }, function () { problem.hidden = false; }, {enableHighAccuracy: true, timeout: 10000, maximumAge: 0});
    });
  }
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function () {
      form.querySelectorAll("button[type=submit]").forEach(function (one) {
        window.setTimeout(function () { one.disabled = true; }, 0);
        window.setTimeout(function () { one.disabled = false; }, 15000);
      });
    });
  });
  document.querySelectorAll(".print-button").forEach(function (one) {
    one.hidden = false;
    one.addEventListener("click", function () { window.print(); });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[method=post] button[type=submit]").forEach(function (one) { one.disabled = false; });
  });
})();
