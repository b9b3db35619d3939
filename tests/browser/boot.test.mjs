// What a visitor is told where the program cannot start, or stops: plain words, what still works, a way out.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { DIST, openPage, openSite } from "./site.mjs";

const notice = (page) => page.getByRole("alert");
const started = (page) => page.locator("#boot-progress").waitFor({ state: "detached" });
const tryAgain = (page) => notice(page).getByRole("button", { name: "Try again" });

test("the first paint does not wait for the program", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t);
  await page.route("**/*.wasm", () => {}); // never answered
  await page.goto(site.url, { waitUntil: "commit" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText("Starting").waitFor();
});

test("without JavaScript the page says so", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await page.goto(site.url);
  // Not getByText: it skips what stands in <noscript>.
  const text = page.locator("noscript p");
  await text.waitFor();
  assert.match(await text.innerText(), /JavaScript is switched off/);
  page.assertQuiet();
});

for (const [what, init] of [
  ["WebAssembly", () => delete globalThis.WebAssembly],
  ["WebAssembly SIMD", () => (WebAssembly.validate = () => false)],
]) {
  test(`a browser without ${what} is told which browsers work`, async (t) => {
    const site = await openSite(t);
    const page = await openPage(t, { init });
    await page.goto(`${site.url}#kept`);
    await notice(page).getByText("This browser cannot run the recommender").waitFor();
    await notice(page).getByText("Firefox 113").waitFor();
    await Promise.all([page.waitForEvent("load"), tryAgain(page).click()]);
    assert.equal(new URL(page.url()).hash, "#kept");
    page.assertQuiet();
  });
}

for (const [what, damage] of [
  ["a truncated program", (bytes) => bytes.subarray(0, bytes.length / 2)],
  ["a program that is no program", () => Buffer.from("<html>Please log in to the Wi-Fi</html>")],
]) {
  test(`${what} is reported, and trying again helps`, async (t) => {
    const site = await openSite(t);
    site.alter = (path, bytes) => (path.endsWith(".wasm") ? damage(bytes) : bytes);
    const page = await openPage(t, { expected: /wasm|WebAssembly|service worker/i });
    await page.goto(site.url);
    await notice(page).getByText("could not be loaded completely").waitFor();
    site.alter = (_, bytes) => bytes;
    await tryAgain(page).click();
    await started(page);
    assert.ok(await page.locator("#notice").isHidden());
  });
}

test("a first visit that loses its connection is told that the page needs one once", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, {
    expected: /ERR_FAILED/,
    init: () => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }),
  });
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(site.url);
  await notice(page).getByText("You are offline").waitFor();
});

test("a program that stops says so", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, { expected: /unreachable/ });
  await page.goto(site.url);
  await started(page);
  // (module (func unreachable) (start 0)): what a panic in the program ends in.
  await page.evaluate(() => {
    const trap = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11];
    setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(trap))));
  });
  await notice(page).getByText("The page has stopped working").waitFor();
  await tryAgain(page).click();
  await started(page);
  assert.ok(await page.locator("#notice").isHidden());
});

test("opened from disk, the page says how to serve it", async (t) => {
  const page = await openPage(t, { expected: /origin 'null'|CORS|file:|ERR_FAILED/ });
  await page.goto(pathToFileURL(join(DIST, "index.html")).href);
  await notice(page).getByText("cannot run from a file").waitFor();
});

test("the policy lets nothing inline and nothing from elsewhere in", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, { expected: /Content Security Policy|Failed to fetch/ });
  await page.goto(site.url);
  await started(page);
  const refused = await page.evaluate(async () => {
    const directives = new Set();
    document.addEventListener("securitypolicyviolation", (event) => directives.add(event.effectiveDirective));
    const add = (name, set) => document.body.append(Object.assign(document.createElement(name), set));
    add("script", { textContent: "document.title = 'inline'" });
    add("script", { src: "https://elsewhere.example/a.js" });
    add("style", { textContent: "body { color: red }" });
    add("img", { src: "https://elsewhere.example/a.png" });
    add("iframe", { src: "https://elsewhere.example/" });
    await fetch("https://elsewhere.example/").catch(() => {});
    // The events come one by one, on a loaded machine late.
    for (let i = 0; i < 100 && directives.size < 5; i += 1) await new Promise((done) => setTimeout(done, 100));
    return [...directives].sort();
  });
  assert.deepEqual(refused, ["connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"]);
  assert.notEqual(await page.title(), "inline");
});
