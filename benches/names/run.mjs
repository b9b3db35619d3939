// The measurement of typing.rs in WebAssembly in Chromium. `scripts/bench-names.sh` builds the module and runs this with
// a file of names and the number of artists.
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../../scripts/serve.mjs";

const site = resolve("target/bench-names");
const [file, artists = "300000"] = process.argv.slice(2);
await copyFile(file, join(site, "names.tsv"));
await writeFile(
  join(site, "page.html"),
  `<!doctype html><title>names</title><link rel="icon" href="data:," /><script type="module">
    import init, { measure } from "./names_bench.js";
    await init();
    const table = await (await fetch("names.tsv")).text();
    globalThis.measure = (artists) => measure(table, artists);
  </script>`,
);
const server = await serve(site);
const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  // An isolated page has a clock of 5 instead of 100 microseconds.
  await page.route("**/page.html", async (route) => {
    const response = await route.fetch();
    const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    await route.fulfill({ response, headers: { ...response.headers(), ...isolated } });
  });
  page.setDefaultTimeout(600_000);
  await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
  await page.waitForFunction(() => globalThis.measure);
  const report = await page.evaluate((artists) => globalThis.measure(artists), Number(artists));
  if (report === undefined) throw new Error(`${file}: a line without name, id and mentions`);
  console.log(`WebAssembly, Chromium ${browser.version()}\n${report}`);
} finally {
  await browser.close();
  server.close();
}
