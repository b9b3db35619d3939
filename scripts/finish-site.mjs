// Called by finish-site.sh: puts the pack into the site and writes the precache list into sw.js.
//
// PACK names the folder that `artist2vec export` wrote (manifest.json and the parts it names); data/demo by default.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

const site = process.env.TRUNK_STAGING_DIR;
if (!site) throw new Error("TRUNK_STAGING_DIR is not set: this script is run by `trunk build`");

const pack = resolve(process.env.TRUNK_SOURCE_DIR ?? ".", process.env.PACK || "data/demo");
if (existsSync(join(pack, "manifest.json"))) {
  mkdirSync(join(site, "pack"), { recursive: true });
  for (const name of readdirSync(pack).filter((name) => name === "manifest.json" || name.endsWith(".a2v"))) {
    copyFileSync(join(pack, name), join(site, "pack", name));
  }
} else {
  console.error(`warning: no manifest.json in ${pack}: the page is built without a pack`);
}

const files = readdirSync(site, { recursive: true })
  .map((name) => join(site, name))
  .filter((path) => statSync(path).isFile())
  .map((path) => [relative(site, path).split(sep).join("/"), path])
  .filter(([name]) => name !== "sw.js")
  .map(([name, path]) => [
    // Hosts answer "index.html" with a redirect to the folder, which a worker may not serve to a navigation.
    name === "index.html" ? "" : name,
    `sha256-${createHash("sha256").update(readFileSync(path)).digest("base64")}`,
  ])
  .sort(([a], [b]) => (a < b ? -1 : 1));

const worker = join(site, "sw.js");
const source = readFileSync(worker, "utf8");
const version = createHash("sha256").update(source).update(JSON.stringify(files)).digest("hex").slice(0, 16);
const built = source.replace(/^const BUILD = .*$/m, () => `const BUILD = ${JSON.stringify({ version, files })};`);
if (built === source) throw new Error("sw.js has no `const BUILD = …` line to replace");
writeFileSync(worker, built);
