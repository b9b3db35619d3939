// Our search in the browser beside the engines that people use there: `make bench-browser` builds what it needs and runs
// this. Arguments: how many artists (a list), queries, seconds after which a build is given up, and a regular expression
// of the engines to compare with ("none" for none).
import { copyFile, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "playwright-core";
import { serve } from "../../scripts/serve.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const site = join(here, "../../target/bench-browser");
for (const file of ["page.html", "page.js", "engines.js"]) await copyFile(join(here, file), join(site, file));

const sizes = (process.argv[2] ?? "10000,70000,300000").split(",").map(Number);
const rounds = Number(process.argv[3] ?? 100);
const limitSeconds = Number(process.argv[4] ?? 120);
const wanted = process.argv[5] ?? "";

/** What a visitor downloads of each engine, brotli at its best as a static host sends it. */
const FILES = {
  artist2vec: ["scan_bench.js", "scan_bench_bg.wasm"],
  "EdgeVec": ["node_modules/edgevec/edgevec.js", "node_modules/edgevec/edgevec_bg.wasm"],
  "hnswlib-wasm": ["node_modules/hnswlib-wasm/dist/hnswlib.js"],
  voy: ["node_modules/voy-search/voy_search_bg.js", "node_modules/voy-search/voy_search_bg.wasm"],
};
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const code = {};
for (const [engine, files] of Object.entries(wanted === "none" ? { artist2vec: FILES.artist2vec } : FILES)) {
  const names = [...files];
  if (engine === "hnswlib-wasm") {
    const folder = "node_modules/hnswlib-wasm/dist";
    const inner = (await readdir(join(site, folder))).find((file) => /^hnswlib-.*\.js$/.test(file));
    names.push(join(folder, inner));
  }
  const sizes = await Promise.all(names.map(async (name) => brotliCompressSync(await readFile(join(site, name)), options).length));
  code[engine] = sizes.reduce((sum, size) => sum + size, 0);
}
const codeOf = (name) => Object.entries(code).find(([engine]) => name.startsWith(engine))?.[1] ?? 0;

const server = await serve(site);
const address = `http://127.0.0.1:${server.address().port}/page.html`;
const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ["--no-sandbox"] });
try {
  console.log(`${browser.version()}; ${rounds} queries for 20 of × 100 dimensions, asked of every engine in turn; one core`);
  for (const count of sizes) {
    const page = await browser.newPage();
    // An isolated page has a clock of 5 instead of 100 microseconds.
    await page.route("**/page.html", async (route) => {
      const response = await route.fetch();
      const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
      await route.fulfill({ response, headers: { ...response.headers(), ...isolated } });
    });
    page.on("console", (message) => process.env.VERBOSE && console.error(message.text()));
    await page.goto(address);
    await page.waitForFunction(() => globalThis.measure && globalThis.crossOriginIsolated);
    const arguments_ = [count, rounds, limitSeconds, wanted];
    const { results, read } = await page.evaluate((all) => globalThis.measure(...all), arguments_);
    console.log(`\n${count.toLocaleString("en")} artists\n`);
    console.log("| engine | p50 ms | p99 ms | × plain int8 | recall@20 | ready after s | code kB | data MB | memory MB |");
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const { name, failure, p50, p99, ratio, recall, build, wire, memory } of results) {
      const kb = (codeOf(name) / 1000).toFixed(0);
      const numbers = failure
        ? [failure, "", "", "", "", kb, "", ""]
        : [p50.toFixed(3), p99.toFixed(3), ratio.toFixed(1), recall.toFixed(3), (build / 1000).toFixed(2), kb, (wire / 1e6).toFixed(1), (memory / 1e6).toFixed(0)];
      console.log(`| ${[name, ...numbers].join(" | ")} |`);
    }
    const rate = (count * 100) / 1e6;
    const share = (100 * read) / results[0].p50;
    console.log(`\nReading the codes and nothing else: ${read.toFixed(3)} ms, ${(rate / read).toFixed(1)} GB/s; the query reaches ${share.toFixed(0)} % of that.`);
    const questions = await page.evaluate((all) => globalThis.measureQuestions(...all), [count, Math.min(rounds, 50)]);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    const slow = await page.evaluate((all) => globalThis.measureOurs(...all), [count, rounds]);
    console.log(`At a quarter of the speed: p50 ${slow.p50.toFixed(1)} ms, p99 ${slow.p99.toFixed(1)} ms.`);
    const slowQuestions = await page.evaluate((all) => globalThis.measureQuestions(...all), [count, 10]);
    console.log("\n| question | p50 ms | p99 ms | p50 ms at a quarter of the speed |\n| --- | ---: | ---: | ---: |");
    for (const [i, { question, p50, p99 }] of questions.entries()) {
      console.log(`| ${question} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${slowQuestions[i].p50.toFixed(1)} |`);
    }
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
