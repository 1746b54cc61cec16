/* What every page does: reasons open before printing, and a demo account fills the log-in form. */
"use strict";
(function () {
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
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
