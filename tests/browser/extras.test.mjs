// A pack with all that a publisher may add: thumbnails, followers, links to pictures, credits; and one without.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, ROOT, kept, openPage, openSite } from "./site.mjs";

/** The built site with the small pack of tests/pack.rs, finished as Trunk finishes it. */
async function openRichSite(t) {
  const folder = mkdtempSync(join(tmpdir(), "artist2vec-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [site, pack] = [join(folder, "site"), join(folder, "pack")];
  cpSync(DIST, site, { recursive: true, filter: (path) => !path.startsWith(join(DIST, "pack")) });
  cpSync(join(ROOT, "tests/data/extras-1"), pack, { recursive: true });
  const finished = spawnSync(process.execPath, [join(ROOT, "scripts/finish-site.mjs")], {
    env: { ...process.env, TRUNK_STAGING_DIR: site, PACK: pack },
    encoding: "utf8",
  });
  assert.equal(finished.status, 0, finished.stderr);
  return openSite(t, site);
}

async function ask(t, site, hash, options) {
  const page = await openPage(t, options);
  page.hosts = new Set();
  page.on("request", (request) => request.url().startsWith("http") && page.hosts.add(new URL(request.url()).host));
  await page.goto(site.url + hash);
  await page.locator(".entry").first().waitFor();
  // Pictures come last.
  await page.locator('footer[aria-busy="false"]').waitFor();
  return page;
}

test("pictures, followers and links stand beside their artists", async (t) => {
  const page = await ask(t, await openRichSite(t), "#/?plus=bj%C3%B6rk");
  // Artist 1 has all; every fifth has no thumbnail, every fourth no link, every third no followers.
  const head = page.locator(".question");
  await head.getByText("123,000 followers").waitFor();
  assert.equal(await head.locator("img").count(), 1);
  const link = head.getByRole("link", { name: "Picture of Björk, opens a new tab" });
  assert.equal(await link.getAttribute("href"), "https://a.example/1");
  assert.equal(await link.getAttribute("target"), "_blank");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");

  const entries = await page.locator(".entry").all();
  assert.equal(entries.length, 20);
  let pictures = 0;
  for (const entry of entries) {
    const number = Number((await entry.locator("a.artist").innerText()).match(/^Artist (\d+)$/)?.[1]);
    if (!number) continue;
    assert.equal(await entry.locator("img").count(), number % 5 ? 1 : 0, `thumbnail of ${number}`);
    assert.equal(await entry.locator("svg.portrait").count(), number % 5 ? 0 : 1, `disc of ${number}`);
    assert.equal(await entry.getByRole("link", { name: /^Picture of/ }).count(), number % 4 ? 1 : 0, `link of ${number}`);
    const count = number * 123_456;
    const words = count < 1e6 ? `${Math.floor(count / 1000)},000 followers` : `${Math.floor(count / 1e5) / 10} million followers`;
    assert.equal((await entry.innerText()).includes(words), number % 3 > 0, `followers of ${number}: ${await entry.innerText()}`);
    pictures += number % 5 ? 1 : 0;
  }
  assert.ok(pictures > 5);
  // Drawn, in boxes of one size, and silent: the name beside them says who it is.
  const drawn = await page.locator(".entry .portrait").evaluateAll((all) =>
    all.map((each) => [each.tagName === "IMG" ? [each.naturalWidth, each.alt] : [64, ""], each.clientWidth, each.clientHeight].flat()),
  );
  for (const each of drawn) assert.deepEqual(each, [64, "", 48, 48]);
  assert.equal(await page.getByRole("img").count(), 0);
  await page.locator("footer").getByText("Pictures: Example (2026-11-22)").waitFor();
  assert.deepEqual([...page.hosts], [new URL(page.url()).host], "the page asks nobody else");
  page.assertQuiet();
});

test("the search and the equation show who is meant", async (t) => {
  const page = await ask(t, await openRichSite(t), "#/?plus=bj%C3%B6rk&minus=artist+11");
  assert.equal(await page.locator(".chip img").count(), 2);
  assert.equal(await page.locator(".question .facts").count(), 0, "facts are told of one artist");
  await page.getByRole("combobox", { name: "Artist" }).fill("artist 12");
  await page.locator("#suggestions img").first().waitFor();
  page.assertQuiet();
});

test("on a phone, with the keyboard, in the dark and offline", async (t) => {
  const site = await openRichSite(t);
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" };
  const page = await ask(t, site, "#/?plus=bj%C3%B6rk", phone);
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok((await overflow()) <= 0, "the answers scroll sideways");
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? "");
  for (let i = 0; i < 20 && !(await focused()).startsWith("Picture of"); i += 1) await page.keyboard.press("Tab");
  assert.equal(await focused(), "Picture of Björk, opens a new tab");
  await kept(page);
  site.stop();
  await page.reload();
  await page.locator(".entry img").first().waitFor();
  page.assertQuiet();
});

test("a pack without extras leaves no trace of them", async (t) => {
  const page = await ask(t, await openSite(t), "#/?plus=miles+davis");
  assert.equal(await page.locator("img, .fame, .question .facts p").count(), 0);
  assert.match(await page.locator(".question").innerText(), /Miles Davis\s+×$/, "nothing under the name");
  page.assertQuiet();
});
