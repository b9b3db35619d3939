// What the browser tests share: the built site on a free port, a browser, and pages that must not complain.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../scripts/serve.mjs";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const DIST = join(ROOT, "dist");

/** Milliseconds. Loaded machines and software rendering are slow; nothing waits this long when all is well. */
const PATIENCE = 30_000;

const shell = `ROOT='${ROOT}'; . '${ROOT}/scripts/env.sh'; find_browser`;
const executablePath = process.env.CHROME || spawnSync("bash", ["-c", shell], { encoding: "utf8" }).stdout.trim();
if (!executablePath) throw new Error("no Chrome, Chromium or Edge was found: scripts/setup-test.sh says what to install");

let browser;
after(() => browser?.close());

/** Serves `folder` for one test. `site.alter(path, bytes)` may be set to change or delay what is sent; `site.stop()` goes dark. */
export async function openSite(t, folder = DIST) {
  if (folder === DIST && !existsSync(join(DIST, "pack/manifest.json"))) {
    throw new Error("dist/ holds no built page with a pack: run `make app` or scripts/build-app.sh first");
  }
  const site = { alter: (_, bytes) => bytes };
  const server = await serve(folder, { alter: (path, bytes) => site.alter(path, bytes) });
  site.url = `http://localhost:${server.address().port}/`;
  site.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  t.after(site.stop);
  return site;
}

/**
 * A page in a profile of its own. Whatever it writes to the console as a warning or an error fails the test, unless
 * `expected` (a pattern) matches it: violations of the Content-Security-Policy are among these.
 */
export async function openPage(t, { expected = /$^/, init, ...options } = {}) {
  browser ??= await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  t.after(() => context.close());
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints = [];
  const note = (text) => {
    // Reading pixels back is what the tests of the map do; the software renderer says that it is slow.
    if (!/GPU stall due to ReadPixels/.test(text) && !expected.test(text)) complaints.push(text);
  };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => note(String(error)));
  page.assertQuiet = () => assert.deepEqual(complaints, [], "the console");
  return page;
}

/** Waits until the service worker has taken the whole site, so that the network may go away. */
export async function kept(page) {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const worker = registration.active;
    if (worker.state === "activated") return;
    await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done()));
  });
}
