// Keeps the whole site on the visitor's device, so that it opens without a network. It knows file names and hashes only.
//
// One build is one cache. A new build installs completely, each file checked against the hash that the build wrote
// below, or not at all; it then waits until no tab uses the old one, or until the visitor asks for it (boot.js).

// scripts/finish-site.mjs replaces this line: [address relative to the site, "sha256-…"] of every file, "" the page.
const BUILD = { version: "unbuilt", files: [] };

const PREFIX = `artist2vec ${self.registration.scope} `;
const CACHE = PREFIX + BUILD.version;
const addresses = new Set(BUILD.files.map(([path]) => new URL(path, self.registration.scope).href));

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(removeOldCaches()));
self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const address = canonical(event.request);
  if (address) event.respondWith(answer(event.request, address));
});

async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(
      BUILD.files.map(async ([path, integrity]) => {
        const address = new URL(path, self.registration.scope).href;
        // Revalidated: a file that did not change costs a "304 Not Modified". A wrong hash rejects.
        const response = await fetch(address, { cache: "no-cache", integrity });
        if (!response.ok) throw new Error(`${address} answered ${response.status}`);
        await cache.put(address, response);
      }),
    );
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function removeOldCaches() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

// The address under which a request's answer is kept, or null where it is not ours: other methods, other sites, and
// whatever else the host keeps below the same path.
function canonical(request) {
  if (request.method !== "GET") return null;
  const url = new URL(request.url);
  url.hash = "";
  if (request.mode === "navigate") {
    url.search = "";
    url.pathname = url.pathname.replace(/\/index\.html$/, "/");
  }
  return addresses.has(url.href) ? url.href : null;
}

async function answer(request, address) {
  // `cache: "reload"` is how the page asks for a fresh copy of what it found damaged.
  if (request.cache !== "reload" || request.mode === "navigate") {
    const kept = await (await caches.open(CACHE)).match(address);
    if (kept) return kept;
  }
  return fetch(request);
}
