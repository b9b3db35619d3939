// Starts the page: checks what the browser can do, loads the program, registers the service worker. Whatever fails is
// said in plain words in #notice, with what still works and a way out. It knows nothing of artists or packs.
// A classic script that the first paint waits for: it knows whether the visitor chose light or dark. It also runs from
// file:// and in browsers too old for the program, because these are who it speaks to.
(function () {
  "use strict";

  var script = document.currentScript;
  var MINIMUM = "Chrome or Edge 111, Firefox 113, Safari 16.4, or anything newer";

  // (module (type (func (param externref))) (func (result v128) i32.const 0 i8x16.splat)): valid only where 128-bit
  // SIMD and reference types are.
  var PROBE_MODULE = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 9, 2, 96, 1, 111, 0, 96, 0, 1, 123, 3, 2, 1, 1, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
  ];

  // Text only, never markup. `actions` are [label, function] pairs.
  function notify(kind, title, paragraphs, actions) {
    var notice = document.getElementById("notice");
    notice.textContent = "";
    notice.className = "notice notice-" + kind;
    notice.setAttribute("role", kind === "error" ? "alert" : "status");
    var heading = document.createElement("h2");
    heading.textContent = title;
    notice.appendChild(heading);
    paragraphs.forEach(function (text) {
      var paragraph = document.createElement("p");
      paragraph.textContent = text;
      notice.appendChild(paragraph);
    });
    var row = document.createElement("p");
    actions.forEach(function (action) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = action[0];
      button.addEventListener("click", action[1]);
      row.appendChild(button);
    });
    if (actions.length) notice.appendChild(row);
    notice.hidden = false;
  }

  function showProgress(shown) {
    // Gone once the program has mounted.
    var progress = document.getElementById("boot-progress");
    if (progress) progress.hidden = !shown;
  }

  var failed = false;
  function fail(title, paragraphs) {
    if (failed) return;
    failed = true;
    showProgress(false);
    notify("error", title, paragraphs, [["Try again", function () { location.reload(); }]]);
  }

  function start() {
    if (location.protocol === "file:") {
      fail("This page cannot run from a file", [
        "Browsers let a program load only from a web server, and this page was opened straight from disk.",
        "Serve the folder, for example with “make app” or “python3 -m http.server”, and open the address it prints.",
      ]);
      return;
    }
    var capable = false;
    try {
      capable = typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(PROBE_MODULE));
    } catch (_) {
      // A policy or an extension may forbid it; the answer is the same.
    }
    if (!capable) {
      fail("This browser cannot run the recommender", [
        "It needs a recent WebAssembly (with SIMD and reference types), which this browser lacks or has switched off. " +
          "Strict security modes do that.",
        "It works in " + MINIMUM + ". The address of this page keeps your artists: open the same link there.",
      ]);
      return;
    }
    showProgress(true);
    var loading = true;
    // The program stopped, or never started: `import()` and the fetch of the module reject here as well.
    function crashed(reason) {
      if (loading && navigator.onLine === false) {
        fail("You are offline", [
          "The page is not on this device yet: it needs a connection for its first visit only. Afterwards it works offline.",
        ]);
      } else if (loading) {
        fail("The page could not be loaded completely", [
          "A part of it did not arrive or arrived damaged (" + reason + ").",
          "Check the connection and try again. Your artists are kept in the address.",
        ]);
      } else {
        fail("The page has stopped working", [
          "Something went wrong in the program (" + reason + "); this is a fault of the page, not yours.",
          "Try again: your artists are kept in the address.",
        ]);
      }
    }
    window.addEventListener("error", function (event) {
      if (event.error instanceof WebAssembly.RuntimeError) crashed(event.message);
    });
    window.addEventListener("unhandledrejection", function (event) {
      if (event.reason instanceof WebAssembly.RuntimeError) crashed(event.reason.message);
    });
    import(new URL(script.dataset.js, document.baseURI).href)
      .then(function (program) {
        return program.default({ module_or_path: new URL(script.dataset.wasm, document.baseURI).href });
      })
      .then(function () { loading = false; }, function (error) { crashed(error.message || String(error)); });
  }

  // Offline after the first visit. A new version waits until the visitor asks for it or all tabs are closed, so nobody
  // is moved to other data in mid-session.
  function registerServiceWorker() {
    if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
    navigator.serviceWorker
      .register("sw.js", { updateViaCache: "none" })
      .then(function (registration) {
        function offer(worker) {
          if (!navigator.serviceWorker.controller || failed) return;
          notify("info", "A new version of this page is ready", [], [
            ["Use it now", function () {
              navigator.serviceWorker.addEventListener("controllerchange", function () { location.reload(); });
              worker.postMessage("activate");
            }],
            ["Later", function () { document.getElementById("notice").hidden = true; }],
          ]);
        }
        if (registration.waiting) offer(registration.waiting);
        registration.addEventListener("updatefound", function () {
          var worker = registration.installing;
          worker.addEventListener("statechange", function () {
            if (worker.state === "installed") offer(worker);
          });
        });
      })
      .catch(function (error) {
        // Private windows and full disks refuse it; the page works, only not offline.
        console.info("The page will not be available offline: " + error.message);
      });
  }

  // The program keeps the choice (services/theme.rs); the style sheet reads the attribute.
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") document.documentElement.setAttribute("data-theme", theme);
  } catch (_) {
    // Storage is forbidden here; the system's wish stands.
  }
  // The program calls this when somebody looks at plots: their module is loaded then and by nobody else.
  window.drawPlots = function (lengths, mentions) {
    return import(new URL("plots.js", document.baseURI).href).then(function (plots) {
      return plots.default().then(function () {
        return [plots.playlist_lengths(lengths), plots.zipf(mentions)];
      });
    });
  };
  document.addEventListener("DOMContentLoaded", start);
  window.addEventListener("load", registerServiceWorker);
})();
