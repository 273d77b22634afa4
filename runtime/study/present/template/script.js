(function () {
  "use strict";
  var root = document.documentElement, button = document.getElementById("theme"), order = ["auto", "light", "dark"];
  function kept() {
    try { var t = localStorage.getItem("netc-theme"); return order.indexOf(t) < 0 ? "auto" : t; } catch (e) { return "auto"; }
  }
  function set(theme) {
    if (theme === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    button.textContent = "Theme: " + theme;
    try { localStorage.setItem("netc-theme", theme); } catch (e) { /* kept for this visit alone */ }
  }
  var theme = kept();
  set(theme);
  button.hidden = false;
  button.addEventListener("click", function () {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    set(theme);
  });

  function element(tag, name, parent) {
    var e = document.createElement(tag);
    e.className = name;
    parent.appendChild(e);
    return e;
  }
  document.querySelectorAll("[data-hover]").forEach(function (frame) {
    var data = JSON.parse(frame.getAttribute("data-hover")), plot = frame.querySelector(".plot");
    if (!data.x || !data.x.length) return;
    var cursor = element("div", "cursor", plot), tip = element("div", "tip", plot);
    cursor.hidden = tip.hidden = true;
    function show(event) {
      var box = plot.getBoundingClientRect(), at = 100 * (event.clientX - box.left) / box.width, best = 0;
      data.x.forEach(function (x, i) { if (Math.abs(x - at) < Math.abs(data.x[best] - at)) best = i; });
      cursor.hidden = tip.hidden = false;
      cursor.style.left = data.x[best] + "%";
      tip.textContent = "";
      element("b", "", tip).textContent = data.head[best];
      data.series.forEach(function (s) {
        var row = element("div", s.class, tip);
        element("i", "", row);
        row.appendChild(document.createTextNode(s.name + ": " + s.text[best]));
      });
      var left = data.x[best] / 100 * box.width + 12;
      if (left + tip.offsetWidth > box.width) left = Math.max(-40, left - 24 - tip.offsetWidth);
      tip.style.left = left + "px";
    }
    plot.addEventListener("pointermove", show);
    plot.addEventListener("pointerdown", show);
    plot.addEventListener("pointerleave", function () { cursor.hidden = tip.hidden = true; });
  });

  var closed = [];
  addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("section > details:not([open]), .trick > details:not([open])"));
    closed.forEach(function (d) { d.open = true; });
  });
  addEventListener("afterprint", function () { closed.forEach(function (d) { d.open = false; }); });
})();
