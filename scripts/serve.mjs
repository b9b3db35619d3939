// Serves a built site: `node scripts/serve.mjs [FOLDER] [PORT]`, dist and 8080 by default; a taken port moves to the
// next. It listens on this machine only. Files and nothing else: no reload script, no listing, nothing above the folder.
import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".a2v": "application/octet-stream",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Answers one request from `folder`. `alter(path, bytes)` may change or delay a file's bytes: tests damage packs. */
async function answer(folder, alter, request, response) {
  const send = (status, headers, body) => response.writeHead(status, headers).end(request.method === "HEAD" ? "" : body);
  const refuse = (status, text) => send(status, { "Content-Type": "text/plain; charset=utf-8" }, `${text}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Only GET and HEAD");
  let path, bytes;
  try {
    // Taken as text first, so that no "..", encoded or not, is resolved away before it is looked at.
    path = decodeURIComponent(request.url.split(/[?#]/, 1)[0]);
    if (path.endsWith("/")) path += "index.html";
    const file = await realpath(join(folder, path));
    if (!file.startsWith(folder + sep)) return refuse(404, "Not found");
    bytes = await readFile(file);
  } catch {
    return refuse(404, "Not found");
  }
  bytes = await alter(path, bytes);
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  const headers = {
    "Cache-Control": "no-cache",
    "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
    ETag: etag,
    "X-Content-Type-Options": "nosniff",
  };
  if (request.headers["if-none-match"] === etag) return send(304, headers, "");
  send(200, { ...headers, "Content-Length": bytes.length }, bytes);
}

/** Starts serving `folder` and resolves to the server; port 0 takes any free one. */
export async function serve(folder, { port = 0, alter = (_, bytes) => bytes } = {}) {
  const root = await realpath(resolve(folder));
  const server = createServer((request, response) => void answer(root, alter, request, response));
  for (; ; port += 1) {
    try {
      await new Promise((listening, failed) => {
        server.once("error", failed).listen(port, "127.0.0.1", () => {
          server.off("error", failed);
          listening();
        });
      });
      return server;
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = "dist", port = "8080"] = process.argv.slice(2);
  try {
    const server = await serve(folder, { port: Number(port) });
    console.log(`The page is at http://localhost:${server.address().port}/ (Ctrl-C stops it)`);
  } catch (error) {
    console.error(`error: cannot serve ${folder}: ${error.message}`);
    process.exitCode = 1;
  }
}
