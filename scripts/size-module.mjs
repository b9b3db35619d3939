// Prints what the ES module and the custom element weigh: `node scripts/size-module.mjs`, after scripts/build-module.sh.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET = 200_000; // bytes of WASM and JavaScript after brotli

const weigh = (name) => {
  const bytes = readFileSync(join("pkg", name));
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { name, raw: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
};
const row = (name, raw, brotli) => `${name.padEnd(40)}${String(raw).padStart(12)}${String(brotli).padStart(12)}`;
const files = ["artist2vec_wasm_bg.wasm", "artist2vec_wasm.js", "artist2vec.js", "element.js"].map(weigh);
const sum = (files, key) => files.reduce((sum, file) => sum + file[key], 0);
const [all, module] = [files, files.slice(0, 3)];
console.log(row("file", "bytes", "brotli"));
for (const { name, raw, brotli } of files) console.log(row(name, raw, brotli));
console.log(row("the ES module", sum(module, "raw"), sum(module, "brotli")));
console.log(row("with the custom element", sum(all, "raw"), sum(all, "brotli")));
if (sum(all, "brotli") > BUDGET) {
  console.error(`error: module and element are ${sum(all, "brotli")} bytes after brotli; the budget is ${BUDGET}`);
  process.exitCode = 1;
}
