// The measurement of typing.rs in WebAssembly under Node.js, on the engine of Chromium. `scripts/bench-names.sh` builds
// the module and runs this with a file of names and the number of artists.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const { measure } = createRequire(import.meta.url)(join(resolve("target/bench-names"), "names_bench.js"));
const [file, artists = "300000"] = process.argv.slice(2);
const report = measure(readFileSync(file, "utf8"), Number(artists));
if (report === undefined) throw new Error(`${file}: a line without name, id and mentions`);
console.log(`WebAssembly, Node.js ${process.version}\n${report}`);
