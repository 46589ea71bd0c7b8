// What was kept in this browser in; the theme and the language of the page out, before anything is drawn.
(function () {
  "use strict";
  var kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("codilingua") || "{}") || {};
  } catch (error) {
    // A browser that keeps nothing, or something else under our name: the page starts as for a new user.
  }
  var dark = kept.theme === "dark" || (kept.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
