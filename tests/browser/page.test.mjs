// A visitor at the page: asks, adds, subtracts, shares the link, comes back; with the keyboard alone, on a phone, and
// where something is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, openSite } from "./site.mjs";

const box = (page) => page.getByRole("combobox", { name: "Artist" });
const options = (page) => page.getByRole("listbox").getByRole("option");
const chips = (page) => page.getByRole("list", { name: "Chosen artists" }).getByRole("listitem");
const answers = (page) => page.getByRole("region", { name: /nearest/ });
const names = (page) => answers(page).locator("a.artist").allInnerTexts();

/** Opens the site with `hash`, ready for typing. */
async function visit(t, { hash = "", site, ...options } = {}) {
  site ??= await openSite(t);
  const page = await openPage(t, options);
  await page.goto(site.url + hash);
  await page.locator("input#search:enabled").waitFor();
  await whole(page);
  return page;
}

/** Waits until all of the pack is there: until then, lists may grow better. */
const whole = (page) => page.locator('footer[aria-busy="false"]').waitFor();

async function pick(page, typed, name) {
  await box(page).fill(typed);
  await options(page).filter({ hasText: name }).first().click();
  await chips(page).filter({ hasText: name }).waitFor();
}

async function assertNoInputs(page) {
  const asked = await chips(page).locator(".chip-name").allInnerTexts();
  const found = await names(page);
  assert.ok(found.length >= 10, `only ${found.length} answers`);
  assert.deepEqual(found.filter((name) => asked.includes(name)), [], "inputs among the answers");
}

test("type, pick, see neighbours", async (t) => {
  const page = await visit(t);
  await box(page).fill("miles dav");
  assert.match(await options(page).first().innerText(), /Miles Davis/);
  await options(page).first().click();
  await answers(page).waitFor();
  await assertNoInputs(page);
  assert.ok((await names(page)).includes("John Coltrane"), (await names(page)).join(", "));
  const scores = (await answers(page).locator(".score").allInnerTexts()).map((text) => Number(text.match(/-?[\d.]+/)[0]));
  assert.deepEqual(scores, [...scores].sort((a, b) => b - a), "best first");
  assert.ok(scores.every((score) => score > 0 && score <= 1));
  assert.match(await answers(page).getByRole("listitem").first().innerText(), /mentioned .* distance/s);
  assert.match(new URL(page.url()).hash, /plus=/);
  assert.match(await page.title(), /Miles Davis/);
  page.assertQuiet();
});

test("typing ignores case and accents, and the popular come first", async (t) => {
  const page = await visit(t);
  for (const [typed, first] of [
    ["bjork", "Björk"],
    ["BEYONCÉ", "Beyoncé"],
    ["beyonce", "Beyoncé"],
    ["jay z", "JAY Z"],
    ["dra", "Drake"],
    ["the beatl", "The Beatles"],
  ]) {
    await box(page).fill(typed);
    assert.match((await options(page).first().innerText()).toLowerCase(), new RegExp(first.toLowerCase().replace(" ", ".")), typed);
  }
  await box(page).fill("qqqqxyzzy");
  assert.equal(await options(page).count(), 0);
  await page.getByText("called “qqqqxyzzy”").waitFor();
  page.assertQuiet();
});

test("add and subtract; the inputs never come back as answers", async (t) => {
  const page = await visit(t);
  await pick(page, "miles davis", "Miles Davis");
  await assertNoInputs(page);
  const alone = await names(page);

  await answers(page).getByRole("button", { name: /^Add / }).first().click();
  await chips(page).nth(1).waitFor();
  await assertNoInputs(page);

  await answers(page).getByRole("button", { name: /^Subtract / }).first().click();
  await chips(page).nth(2).waitFor();
  await assertNoInputs(page);
  assert.match(new URL(page.url()).hash, /minus=/);
  const subtracted = await names(page);

  // Turning the subtracted one into an added one changes the answers; taking the others out leads back.
  await chips(page).nth(2).getByRole("button", { name: /^Subtract/ }).click();
  await page.waitForFunction(() => !location.hash.includes("minus="));
  assert.notDeepEqual(await names(page), subtracted);
  await chips(page).nth(2).getByRole("button", { name: /^Remove/ }).click();
  await chips(page).nth(1).getByRole("button", { name: /^Remove/ }).click();
  await page.waitForFunction(() => !location.hash.includes("&"));
  assert.deepEqual(await names(page), alone);
  page.assertQuiet();
});

test("after starting over the next artist is added", async (t) => {
  const page = await visit(t);
  await pick(page, "miles davis", "Miles Davis");
  await page.getByRole("button", { name: "Subtract the next artist" }).click();
  await page.getByRole("button", { name: "Start over" }).click();
  await pick(page, "drake", "Drake");
  assert.match(page.url(), /plus=/);
  assert.doesNotMatch(page.url(), /minus=/);
  assert.equal(await page.getByRole("button", { name: "Subtract the next artist" }).getAttribute("aria-pressed"), "false");
  page.assertQuiet();
});

test("Enter does not take an artist who is only similar to what was typed", async (t) => {
  const page = await visit(t);
  await box(page).fill("radioheqq");
  await page.getByText("Perhaps one of these?").waitFor();
  await box(page).press("Enter");
  assert.equal(await box(page).inputValue(), "radioheqq");
  assert.doesNotMatch(page.url(), /plus=/);
  await box(page).press("ArrowDown");
  await box(page).press("Enter");
  await chips(page).filter({ hasText: "Radiohead" }).waitFor();
  page.assertQuiet();
});

test("a link restores what was asked: by reload, elsewhere, by name, and through the history", async (t) => {
  const site = await openSite(t);
  const page = await visit(t, { site });
  await pick(page, "miles davis", "Miles Davis");
  await pick(page, "bjork", "Björk");
  await chips(page).nth(1).getByRole("button", { name: /^Subtract/ }).click();
  await page.waitForFunction(() => location.hash.includes("minus="));
  const expected = await names(page);
  await page.reload();
  await whole(page);
  await answers(page).waitFor();
  assert.deepEqual(await names(page), expected);

  const elsewhere = await visit(t, { site, hash: new URL(page.url()).hash });
  await answers(elsewhere).waitFor();
  assert.deepEqual(await names(elsewhere), expected);

  const byName = await visit(t, { site, hash: "#/?plus=miles+davis&minus=bjork" });
  await answers(byName).waitFor();
  assert.deepEqual(await names(byName), expected);

  await answers(byName).locator("a.artist").first().click();
  await chips(byName).filter({ hasText: expected[0] }).waitFor();
  await byName.goBack();
  await chips(byName).filter({ hasText: "Miles Davis" }).waitFor();
  assert.deepEqual(await names(byName), expected);
  for (const each of [page, elsewhere, byName]) each.assertQuiet();
});

test("what has arrived is used: names, then the map, then answers", async (t) => {
  const site = await openSite(t);
  const page = await openPage(t);
  const gates = {};
  for (const role of ["map", "vectors"]) {
    const opened = new Promise((resolve) => (gates[role] = resolve));
    await page.route(`**/pack/${role}-*`, (route) => opened.then(() => route.continue()));
  }
  await page.goto(site.url);
  // Typing works with the first names.
  await pick(page, "miles davis", "Miles Davis");
  assert.equal(await page.locator("canvas").count(), 0);
  await page.getByText("Fetching the artists").waitFor();
  gates.map();
  await page.locator("canvas").first().waitFor();
  assert.equal(await answers(page).count(), 0);
  gates.vectors();
  await answers(page).waitFor();
  await whole(page);
  await assertNoInputs(page);
  page.assertQuiet();
});

test("a link to an artist who is not here says so and answers the rest", async (t) => {
  const page = await visit(t, { hash: "#/?plus=nobody%20%3Cb%3Eof%3C%2Fb%3E%20that%20name&plus=miles%20davis" });
  await page.getByText("does not have").waitFor();
  await page.getByText("nobody <b>of</b> that name").waitFor();
  await assertNoInputs(page);
  page.assertQuiet();
});

test("addresses of any shape do no harm", async (t) => {
  const site = await openSite(t);
  for (const hash of ["#%", "#/?plus=%&minus=%ff%fe", "#/?plus=", `#/?plus=${"a".repeat(20_000)}`, "#/no/such/page?x=y",
    `#/?${Array.from({ length: 20_000 }, (_, i) => `plus=no${i}`).join("&")}`]) {
    const page = await visit(t, { site, hash });
    await pick(page, "drake", "Drake");
    await assertNoInputs(page);
    page.assertQuiet();
  }
});

test("with the keyboard alone", async (t) => {
  const page = await visit(t);
  for (let i = 0; i < 12 && !(await box(page).evaluate((input) => input === document.activeElement)); i += 1) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.type("radioh");
  await options(page).first().waitFor();
  assert.equal(await box(page).getAttribute("aria-expanded"), "true");
  assert.equal(await box(page).getAttribute("aria-controls"), await page.getByRole("listbox").getAttribute("id"));

  await page.keyboard.press("ArrowDown");
  const active = await box(page).getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
  assert.equal(await page.locator("[role=option][aria-selected=true]").count(), 1);

  await page.keyboard.press("Escape");
  await page.getByRole("listbox").waitFor({ state: "hidden" });
  assert.equal(await box(page).inputValue(), "radioh");
  await page.keyboard.press("Escape");
  assert.equal(await box(page).inputValue(), "");

  await page.keyboard.type("radiohead");
  await options(page).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await chips(page).filter({ hasText: "Radiohead" }).waitFor();
  await assertNoInputs(page);

  // On to the first answer's "add".
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? "");
  for (let i = 0; i < 20 && !(await focused()).startsWith("Add "); i += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await chips(page).nth(1).waitFor();
  await assertNoInputs(page);
  page.assertQuiet();
});

test("on a phone", async (t) => {
  const page = await visit(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok((await overflow()) <= 0, "the start page scrolls sideways");
  await pick(page, "taylor sw", "Taylor Swift");
  await assertNoInputs(page);
  assert.ok((await overflow()) <= 0, "the answers scroll sideways");
  for (const button of await page.getByRole("button").all()) {
    const size = await button.boundingBox();
    if (size) assert.ok(size.width >= 24 && size.height >= 24, `${await button.innerText()}: too small for a finger`);
  }
  await page.getByRole("button", { name: "Map", exact: true }).tap();
  const canvas = await page.getByRole("application").boundingBox();
  assert.ok(canvas.width >= 300 && canvas.height >= 300, JSON.stringify(canvas));
  const toggle = await page.getByRole("group", { name: "What to show" }).boundingBox();
  assert.ok(canvas.y >= 0 && canvas.y + canvas.height <= toggle.y, `${JSON.stringify(canvas)} ${JSON.stringify(toggle)}`);
  await page.goto(page.url().replace(/#.*/, "#/how-it-works"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.ok((await overflow()) <= 0, "“How it works” scrolls sideways");
  page.assertQuiet();
});

test("light and dark follow the system, the switch wins and is remembered", async (t) => {
  const brightness = (page) =>
    page.evaluate(() => Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]));
  const light = await visit(t, { colorScheme: "light" });
  assert.ok((await brightness(light)) > 200);
  const page = await visit(t, { colorScheme: "dark" });
  assert.ok((await brightness(page)) < 60);
  await page.getByRole("button", { name: "Dark colours" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
  assert.ok((await brightness(page)) > 200);
  // The first paint has it already, before the program is there.
  await page.route("**/*.wasm", () => {});
  await page.reload({ waitUntil: "commit" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.ok((await brightness(page)) > 200);
  page.assertQuiet();
});

test("“How it works” shows the corpus in two plots", async (t) => {
  const page = await visit(t);
  await page.getByRole("link", { name: "How it works" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  const plots = page.locator("main figure svg");
  await plots.nth(1).waitFor();
  assert.equal(await plots.count(), 2);
  for (const plot of await plots.all()) {
    const size = await plot.boundingBox();
    assert.ok(size.width > 200 && size.height > 100, JSON.stringify(size));
  }
  page.assertQuiet();
});

for (const [what, damage] of [
  ["a flipped byte", (path, bytes) => (path.endsWith(".a2v") ? flipped(bytes) : bytes)],
  ["a truncated part", (path, bytes) => (path.endsWith(".a2v") ? bytes.subarray(0, 10_000) : bytes)],
  ["an empty part", (path, bytes) => (path.endsWith(".a2v") ? Buffer.alloc(0) : bytes)],
  ["a manifest that is no JSON", (path, bytes) => (path.endsWith("manifest.json") ? Buffer.from("<html>") : bytes)],
]) {
  test(`${what} is reported, and trying again helps`, async (t) => {
    const site = await openSite(t);
    site.alter = damage;
    // The service worker refuses to keep what does not have its hash, and says so.
    const page = await openPage(t, { expected: /integrity|service worker/i });
    await page.goto(`${site.url}#/?plus=miles%20davis`);
    const trouble = page.getByRole("alert").filter({ hasText: "did not arrive" });
    await trouble.getByText("arrived damaged").waitFor();
    await trouble.getByText("kept in the address").waitFor();
    await page.getByRole("link", { name: "How it works" }).click();
    await page.getByText("The charts need the artists").waitFor();
    await page.getByRole("link", { name: "Explore" }).click();
    site.alter = (_, bytes) => bytes;
    await trouble.getByRole("button", { name: "Try again" }).click();
    await answers(page).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "content", "the place of the keyboard");
    await assertNoInputs(page);
    page.assertQuiet();
  });
}

test("a later part that does not arrive takes no answers away", async (t) => {
  const site = await openSite(t);
  site.alter = (path, bytes) => (/names-20000/.test(path) ? bytes.subarray(0, 99) : bytes);
  const page = await openPage(t, { expected: /integrity|service worker/i });
  await page.goto(`${site.url}#/?plus=miles%20davis`);
  await page.getByRole("alert").filter({ hasText: "Not all artists did arrive" }).waitFor();
  await page.getByText("those who did arrive answer").waitFor();
  assert.equal(await answers(page).getByRole("listitem").count(), 20);
  site.alter = (_, bytes) => bytes;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("of 32,108").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  page.assertQuiet();
});

function flipped(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] ^= 1;
  return copy;
}
