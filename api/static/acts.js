/* Small help on top of forms that work without it: a sieve for long lists of chips, and choosing a whole page at once. */
"use strict";
(function () {
  document.querySelectorAll(".sieve").forEach(function (sieve) {
    var list = document.getElementById(sieve.dataset.of);
    if (!list || list.children.length < 12) { return; }
    sieve.hidden = false;
    sieve.addEventListener("input", function () {
      var wanted = sieve.value.trim();
      Array.prototype.forEach.call(list.children, function (item) {
        item.hidden = !!wanted && item.textContent.indexOf(wanted) < 0 && !item.querySelector("input").checked;
      });
    });
    sieve.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); } });
  });
  document.querySelectorAll("[data-all]").forEach(function (all) {
    all.closest(".all").hidden = false;
    all.addEventListener("change", function () {
      all.form.querySelectorAll("input[name='" + all.dataset.all + "']").forEach(function (box) { box.checked = all.checked; });
    });
  });
})();
