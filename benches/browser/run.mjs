// How fast is a query in the browser? `make bench-browser` builds the module and runs this.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../scripts/serve.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const site = join(here, "../../target/bench-browser");
for (const file of ["scan.html", "scan-page.js"]) await copyFile(join(here, file), join(site, file));

const artists = Number(process.argv[2] ?? 300_000);
const rounds = Number(process.argv[3] ?? 41);
const server = await serve(site);
const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/scan.html`);
  await page.waitForFunction(() => globalThis.measure);
  const result = await page.evaluate(([artists, rounds]) => globalThis.measure(artists, rounds), [artists, rounds]);
  const ms = (time) => `${time.toFixed(1)} ms`;
  console.log(`${artists} artists × 100 dimensions, top 20, medians of ${rounds} queries in turn, ${browser.version()}`);
  console.log(`  artist2vec in WebAssembly  ${ms(result.rust)}`);
  console.log(`  plain JavaScript loop      ${ms(result.javascript)}`);
  console.log(`  median ratio of the pairs  ${result.ratio.toFixed(1)}`);
} finally {
  await browser.close();
  server.close();
}
