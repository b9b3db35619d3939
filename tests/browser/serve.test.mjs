// The static server behind `make app`.
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";

// fetch() would tidy "..", so the path goes out as it is.
const get = (port, path, options = {}) =>
  new Promise((done, failed) => {
    request({ port, path, host: "127.0.0.1", ...options }, (response) => {
      let body = "";
      response.on("data", (part) => (body += part)).on("end", () => done({ ...response, headers: response.headers, status: response.statusCode, body }));
    })
      .on("error", failed)
      .end();
  });

test("serves files with their types, and nothing outside the folder", async (t) => {
  const outer = mkdtempSync(join(tmpdir(), "serve-"));
  t.after(() => rmSync(outer, { recursive: true }));
  const folder = join(outer, "site");
  mkdirSync(join(folder, "pack"), { recursive: true });
  writeFileSync(join(outer, "secret"), "secret");
  mkdirSync(join(outer, "site2"));
  writeFileSync(join(outer, "site2", "secret"), "secret");
  symlinkSync(join(outer, "secret"), join(folder, "link"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "a.wasm"), "");
  writeFileSync(join(folder, "pack", "b.a2v"), "pack");
  const server = await serve(folder);
  t.after(() => server.close());
  const { port } = server.address();

  const home = await get(port, "/?a=%2B");
  assert.equal(home.status, 200);
  assert.equal(home.headers["content-type"], "text/html; charset=utf-8");
  assert.equal((await get(port, "/a.wasm")).headers["content-type"], "application/wasm");
  assert.equal((await get(port, "/pack/b.a2v")).body, "pack");
  for (const path of ["/none", "/pack", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/../site2/secret", "/link", "/%", "/%00"]) {
    const answer = await get(port, path);
    assert.equal(answer.status, 404, path);
    assert.doesNotMatch(answer.body, /secret/);
  }
  assert.equal((await get(port, "/", { method: "POST" })).status, 405);
  const head = await get(port, "/pack/b.a2v", { method: "HEAD" });
  assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", "4"]);
  const again = await get(port, "/", { headers: { "If-None-Match": home.headers.etag } });
  assert.equal(again.status, 304);
});

test("takes the next port where one is taken", async (t) => {
  const first = await serve(tmpdir());
  const second = await serve(tmpdir(), { port: first.address().port });
  t.after(() => [first, second].forEach((server) => server.close()));
  assert.ok(second.address().port > first.address().port);
});
