// The map: it shows something, answers the mouse and the keyboard, follows what is asked, and is missed politely.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, openSite } from "./site.mjs";

const map = (page) => page.getByRole("application", { name: /Map of/ });

async function visit(t, { hash = "", ...options } = {}) {
  const site = await openSite(t);
  const page = await openPage(t, options);
  await page.goto(site.url + hash);
  await page.locator("input#search:enabled").waitFor();
  return page;
}

/** The pixels of what the visitor sees of the map, decoded in a page without a policy. */
async function pixels(page) {
  // The map stands still when two pictures are equal.
  let before;
  let picture = await map(page).screenshot();
  for (let i = 0; i < 60 && !(before && before.equals(picture)); i += 1) {
    before = picture;
    await page.waitForTimeout(100);
    picture = await map(page).screenshot();
  }
  const blank = await page.context().newPage();
  const result = await blank.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const counts = new Map();
    for (let i = 0; i < data.length; i += 4) {
      const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const total = data.length / 4;
    const [[ground, most]] = [...counts].sort((a, b) => b[1] - a[1]);
    return { colours: counts.size, drawn: 1 - most / total, ground: [ground >> 16, (ground >> 8) & 255, ground & 255] };
  }, picture.toString("base64"));
  await blank.close();
  return { ...result, picture };
}

for (const colorScheme of ["light", "dark"]) {
  test(`the map shows all artists, ${colorScheme}`, async (t) => {
    const page = await visit(t, { colorScheme });
    const { colours, drawn } = await pixels(page);
    assert.ok(colours > 50 && drawn > 0.02, `${colours} colours, ${drawn} of the pixels drawn`);
    page.assertQuiet();
  });
}

test("dragging turns, the wheel zooms, the buttons lead back", async (t) => {
  const page = await visit(t);
  const home = await pixels(page);
  const { x, y, width, height } = await map(page).boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 120, y + height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  const turned = await pixels(page);
  assert.ok(!turned.picture.equals(home.picture), "dragging changed nothing");
  assert.equal(new URL(page.url()).hash.includes("plus="), false, "dragging chose an artist");
  await page.mouse.wheel(0, -300);
  const zoomed = await pixels(page);
  assert.ok(!zoomed.picture.equals(turned.picture), "the wheel changed nothing");
  assert.equal(await page.evaluate(() => window.scrollY), 0, "the wheel scrolled the page");
  await page.getByRole("button", { name: "Show the whole map" }).click();
  assert.ok(!(await pixels(page)).picture.equals(zoomed.picture), "the button changed nothing");
  page.assertQuiet();
});

test("a click on an artist asks for it", async (t) => {
  const page = await visit(t);
  await pixels(page);
  const { x, y, width, height } = await map(page).boundingBox();
  // Outwards from the middle until an artist is met; the crowd stands there.
  for (let i = 0; i < 60 && !page.url().includes("plus="); i += 1) {
    const [angle, radius] = [i * 2.4, 6 * Math.sqrt(i)];
    await page.mouse.click(x + width / 2 + radius * Math.cos(angle), y + height / 2 + radius * Math.sin(angle));
    await page.waitForTimeout(50);
  }
  assert.match(page.url(), /plus=/);
  await page.getByRole("region", { name: /nearest/ }).waitFor();
  page.assertQuiet();
});

test("the keyboard walks from artist to artist and chooses", async (t) => {
  const page = await visit(t, { hash: "#/?plus=miles%20davis" });
  await page.getByRole("region", { name: /nearest/ }).waitFor();
  await map(page).focus();
  const before = await pixels(page);
  await page.keyboard.press("ArrowRight");
  assert.ok(!(await pixels(page)).picture.equals(before.picture), "the arrow key changed nothing");
  await page.keyboard.press("n");
  await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => !/miles|0kbYTNQb4Pb1rPbbaF0pT4/.test(location.hash) && location.hash.includes("plus="));
  page.assertQuiet();
});

test("names do not overlap, with and without a question", async (t) => {
  for (const hash of ["", "#/?plus=miles%20davis"]) {
    const page = await visit(t, { hash, reducedMotion: "reduce" });
    await pixels(page);
    const names = await page
      .locator(".map-label")
      .evaluateAll((all) => all.map((label) => [label.textContent, label.getBoundingClientRect().toJSON()]));
    assert.ok(names.length >= 5, `${names.length} names`);
    for (const [i, [name, a]] of names.entries()) {
      for (const [other, b] of names.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        assert.ok(apart, `${name} overlaps ${other}`);
      }
    }
  }
});

/** The middle of the first name on the map, and the name. */
async function landmark(page) {
  const label = page.locator(".map-label-landmark").first();
  const { x, y, width, height } = await label.boundingBox();
  return { name: await label.textContent(), x: x + width / 2, y: y + height / 2 };
}

test("the mouse over a name brings it forward; a click on it asks", async (t) => {
  const page = await visit(t);
  await pixels(page);
  const { name, x, y } = await landmark(page);
  await page.mouse.move(x, y);
  await page.locator(".map-label-current", { hasText: name }).waitFor();
  await page.mouse.click(x, y);
  await page.mouse.move(0, 0);
  await page.locator(".map-label-query", { hasText: name }).waitFor();
  await page.locator(".map-label-answer").first().waitFor();
  page.assertQuiet();
});

for (const reducedMotion of ["no-preference", "reduce"]) {
  test(`a double click asks for the artist that it began on, ${reducedMotion}`, async (t) => {
    const page = await visit(t, { reducedMotion });
    await pixels(page);
    const { name, x, y } = await landmark(page);
    // Wherever the second click falls, somebody is near: all around the first one.
    await page.evaluate(
      async ([x, y, flies]) => {
        const canvas = document.querySelector("#map");
        const clicks = (count) =>
          Array.from({ length: count }, (_, i) => {
            const radius = 4 * Math.sqrt(i);
            const [clientX, clientY] = [x + radius * Math.cos(i * 2.4), y + radius * Math.sin(i * 2.4)];
            const init = { bubbles: true, pointerId: 99, pointerType: "mouse", button: 0, clientX, clientY };
            return ["pointerdown", "pointerup"].map((kind) => new PointerEvent(kind, init));
          }).flat();
        const first = clicks(1);
        // Without a flight only their times tell: an event bears the time it was made at, however slow the machine.
        let second = clicks(200);
        for (const event of first) canvas.dispatchEvent(event);
        while (!location.hash.includes("plus=")) await new Promise(requestAnimationFrame);
        if (flies) second = clicks(200);
        for (const event of second) canvas.dispatchEvent(event);
      },
      [x, y, reducedMotion === "no-preference"],
    );
    const asked = page.url();
    await page.mouse.move(0, 0);
    await page.locator(".map-label-query", { hasText: name }).waitFor();
    await pixels(page);
    assert.equal(page.url(), asked);
    page.assertQuiet();
  });
}

test("what is under a resting mouse is found again when the map moves", async (t) => {
  const page = await visit(t, { reducedMotion: "reduce" });
  await pixels(page);
  const { name, x, y } = await landmark(page);
  await page.mouse.move(x, y);
  const current = page.locator(".map-label-current");
  await current.getByText(name, { exact: true }).waitFor();
  for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, -400);
  await pixels(page);
  // Its point has gone far from the mouse, and its name with it.
  assert.notEqual((await current.allTextContents())[0], name);
});

test("a finger taps an artist on a phone", async (t) => {
  const page = await visit(t, { hasTouch: true, viewport: { width: 390, height: 780 }, deviceScaleFactor: 2 });
  await page.getByRole("button", { name: "Map", exact: true }).click();
  await pixels(page);
  const { name, x, y } = await landmark(page);
  await page.touchscreen.tap(x, y);
  await page.locator(".map-label-query", { hasText: name }).waitFor();
  page.assertQuiet();
});

test("keys say who is current, and Tab leaves the map", async (t) => {
  const page = await visit(t, { hash: "#/?plus=miles%20davis" });
  await pixels(page);
  await map(page).focus();
  await page.keyboard.press("n");
  await page.locator(".map [aria-live]").getByText(/^Miles Davis, 1 of \d+$/).waitFor();
  await page.keyboard.press("p");
  await page.locator(".map [aria-live]").getByText(/, (\d+) of \1$/).waitFor();
  await page.keyboard.press("Tab");
  const next = page.getByRole("button", { name: "Zoom in" });
  assert.ok(await next.evaluate((button) => button === document.activeElement));
});

test("the list of keys opens and closes", async (t) => {
  const page = await visit(t);
  const button = page.getByRole("button", { name: "Keys and gestures" });
  const keys = page.locator("#map-keys");
  assert.ok(await keys.isHidden());
  await button.click();
  await keys.waitFor();
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  await button.click();
  await keys.waitFor({ state: "hidden" });
  for (const focused of [button, map(page)]) {
    await button.click();
    await keys.waitFor();
    await focused.focus();
    await page.keyboard.press("Escape");
    await keys.waitFor({ state: "hidden" });
  }
});

test("on a phone no button of the map lies under the switch between list and map", async (t) => {
  for (const [width, height] of [[390, 844], [320, 568]]) {
    const page = await visit(t, { hasTouch: true, viewport: { width, height } });
    await page.getByRole("button", { name: "Map", exact: true }).click();
    await pixels(page);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    const box = (name) => page.getByRole("group", { name }).boundingBox();
    const [controls, toggle] = [await box("Map view"), await box("What to show")];
    assert.ok(controls.y + controls.height <= toggle.y, `at ${width} × ${height}`);
  }
});

test("nothing is drawn while nothing changes", async (t) => {
  const page = await visit(t, {
    init: () => {
      const request = window.requestAnimationFrame;
      window.framesAskedFor = 0;
      window.requestAnimationFrame = (callback) => {
        window.framesAskedFor += 1;
        return request.call(window, callback);
      };
    },
  });
  await pixels(page);
  const before = await page.evaluate(() => window.framesAskedFor);
  assert.ok(before > 0);
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => window.framesAskedFor), before);
});

test("the map follows the theme", async (t) => {
  const page = await visit(t, { colorScheme: "light" });
  const light = (await pixels(page)).ground;
  await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
  await page.waitForTimeout(100);
  const dark = (await pixels(page)).ground;
  assert.ok(Math.min(...light) > 200 && Math.max(...dark) < 60, `${light} and ${dark}`);
});

test("what is asked and what is found stands out and is named", async (t) => {
  const page = await visit(t);
  const before = await pixels(page);
  await page.getByRole("combobox", { name: "Artist" }).fill("miles davis");
  await page.getByRole("option").first().click();
  await page.locator(".map-names").getByText("Miles Davis", { exact: true }).first().waitFor();
  const found = await page.getByRole("region", { name: /nearest/ }).locator("a.artist").allInnerTexts();
  const named = await page.locator(".map-names").innerText();
  assert.ok(found.some((name) => named.includes(name)), `none of the answers is named on the map: ${named}`);
  assert.ok(!(await pixels(page)).picture.equals(before.picture));
  page.assertQuiet();
});

test("without WebGL the map says so, and all else works", async (t) => {
  const page = await visit(t, {
    expected: /WebGL/,
    init: () => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
      };
    },
  });
  await page.getByText("The map needs WebGL2").waitFor();
  await page.getByRole("combobox", { name: "Artist" }).fill("miles davis");
  await page.getByRole("option").first().click();
  await page.getByRole("region", { name: /nearest/ }).waitFor();
  page.assertQuiet();
});

test("a lost graphics context comes back", async (t) => {
  const page = await visit(t, { expected: /context lost|CONTEXT_LOST/i });
  const before = await pixels(page);
  await map(page).evaluate(async (canvas) => {
    const extension = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
    extension.loseContext();
    await new Promise((done) => setTimeout(done, 200));
    extension.restoreContext();
    await new Promise((done) => setTimeout(done, 200));
  });
  const after = await pixels(page);
  assert.ok(after.drawn > 0.02, `${after.drawn} of the pixels drawn`);
  assert.ok(Math.abs(after.drawn - before.drawn) < 0.02);
});

test("a graphics context that stays lost is told", async (t) => {
  const page = await visit(t, { expected: /context lost|CONTEXT_LOST/i });
  await pixels(page);
  await map(page).evaluate((canvas) => canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext());
  await page.waitForFunction(() => !document.querySelector(".map-label"));
  await page.getByText("The map cannot be drawn").waitFor();
  await page.getByRole("combobox", { name: "Artist" }).waitFor();
  page.assertQuiet();
});
