// The service worker: the site without a network, and new versions that come whole or not at all.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, ROOT, kept, openPage, openSite } from "./site.mjs";

const started = (page) => page.locator("#boot-progress").waitFor({ state: "detached" });

test("after one visit the page opens without a network, by any link", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t);
  await page.goto(site.url);
  await started(page);
  await kept(page);
  site.stop();
  for (const address of ["", "?from=a%20link", "index.html", "#somewhere"]) {
    const response = await page.goto(site.url + address);
    if (response) assert.ok(response.fromServiceWorker(), address);
    await started(page);
  }
  assert.ok(await page.locator("#notice").isHidden());
  page.assertQuiet();
});

test("the site works from a folder of a host, and leaves the rest of the host alone", async (t) => {
  const host = mkdtempSync(join(tmpdir(), "host-"));
  t.after(() => rmSync(host, { recursive: true }));
  cpSync(DIST, join(host, "music/map"), { recursive: true });
  writeFileSync(join(host, "music/map/other.html"), "<h1>Another page</h1>");
  const site = await openSite(t, host);
  const page = await openPage(t, { expected: /other\.html|favicon/ });
  const home = `${site.url}music/map/`;
  await page.goto(home);
  await started(page);
  await kept(page);
  await page.goto(`${home}other.html`);
  await page.getByText("Another page").waitFor();
  site.stop();
  await page.goto(home);
  await started(page);
});

test("a new version is taken whole or not at all, and only when the visitor asks", async (t) => {
  const next = mkdtempSync(join(tmpdir(), "next-"));
  t.after(() => rmSync(next, { recursive: true }));
  cpSync(DIST, next, { recursive: true });
  const home = readFileSync(join(next, "index.html"), "utf8");
  writeFileSync(join(next, "index.html"), home.replace("<html ", '<html data-version="next" '));
  const env = { ...process.env, TRUNK_STAGING_DIR: next, PACK: join(DIST, "pack") };
  assert.equal(spawnSync("node", [join(ROOT, "scripts/finish-site.mjs")], { env, stdio: "inherit" }).status, 0);

  const site = await openSite(t);
  const page = await openPage(t, { expected: /integrity|service worker/i });
  const caches = () => page.evaluate(async () => (await window.caches.keys()).length);
  const version = () => page.locator("html").getAttribute("data-version");
  const update = () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  const deploy = (alter) => {
    site.alter = (path, bytes) => alter(path, /\/(index\.html|sw\.js)$/.test(path) ? readFileSync(join(next, path)) : bytes);
  };
  await page.goto(site.url);
  await kept(page);
  await page.reload();
  await started(page);

  // One file arrives damaged: nothing changes.
  deploy((path, bytes) => (path.endsWith(".css") ? Buffer.concat([bytes, Buffer.from(" ")]) : bytes));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const refused = new Promise((done) => {
      registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker.addEventListener("statechange", () => worker.state === "redundant" && done());
      });
    });
    await registration.update().catch(() => {});
    await refused;
  });
  assert.equal(await caches(), 1);
  assert.ok(await page.locator("#notice").isHidden());
  await page.reload();
  assert.equal(await version(), null);

  // It arrives whole: the visitor stays where they are until they ask.
  deploy((_, bytes) => bytes);
  await update();
  const offer = page.getByRole("status").filter({ hasText: "A new version" });
  await offer.waitFor();
  assert.equal(await version(), null);
  await offer.getByRole("button", { name: "Use it now" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.version === "next");
  await started(page);
  await page.waitForFunction(async () => (await window.caches.keys()).length === 1);
  site.stop();
  await page.reload();
  assert.equal(await version(), "next");
});
