// Prints what a first visit downloads, and fails where the program (WASM and JavaScript) exceeds its budget.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET = 200_000; // bytes of WASM and JavaScript after brotli that every visitor loads

const site = process.argv[2] ?? "dist";
const row = (name, raw, brotli) => `${name.padEnd(40)}${String(raw).padStart(12)}${String(brotli).padStart(12)}`;
console.log(row("file", "bytes", "brotli"));
let program = 0;
for (const name of readdirSync(site, { recursive: true }).sort()) {
  if (!/\.(wasm|js|css|html|a2v|json)$/.test(name)) continue;
  const bytes = readFileSync(join(site, name));
  // A pack is nearly incompressible and large: the default effort tells as much in a tenth of the time.
  const quality = name.endsWith(".a2v") ? 5 : 11;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const brotli = brotliCompressSync(bytes, { params }).length;
  // The plots are loaded when somebody looks at them.
  if (/\.(wasm|js)$/.test(name) && !name.startsWith("plots")) program += brotli;
  console.log(row(name, bytes.length, brotli));
}
console.log(row("WASM and JavaScript", "", program));
if (program > BUDGET) {
  console.error(`error: WASM and JavaScript are ${program} bytes after brotli; the budget is ${BUDGET}`);
  process.exitCode = 1;
}
