// Other people's pages: the ES module and the custom element, on the example pages and beside them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, openPage, openSite } from "./site.mjs";

if (!existsSync(join(ROOT, "pkg/artist2vec.js"))) throw new Error("pkg/ holds no module: run `make module` first");

/** A page under the strict policy of the examples that asks nothing itself. */
async function blank(t, { site, path = "examples/module/", ...options } = {}) {
  site ??= await openSite(t, ROOT);
  const page = await openPage(t, options);
  await page.route("**/main.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  await page.goto(site.url + path);
  return page;
}

/** What the native program says. */
function native(...args) {
  const program = join(ROOT, "target/debug/artist2vec");
  const { status, stdout, stderr, error } = spawnSync(program, [...args, "--json"], { cwd: ROOT, encoding: "utf8" });
  assert.equal(status, 0, error ? "run `cargo build` first" : stderr);
  // Scores are 32-bit numbers, written with as few digits as tell them apart.
  return JSON.parse(stdout, (_, value) => (typeof value === "number" ? Math.fround(value) : value));
}

const listed = (answers) => answers.map(({ key, name, score, mentions }) => ({ id: key, name, score, mentions }));
const unranked = (results) => results.map(({ rank: _, ...rest }) => rest);

const items = (page, id) => page.locator(`#${id} li`).allInnerTexts();

test("the module's example page searches, and answers all its questions", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await openPage(t);
  await page.goto(`${site.url}examples/module/`);
  await page.getByText("artist2vec demo: 32108 artists").waitFor();
  assert.match((await items(page, "found"))[0], /^Björk/);
  assert.equal((await items(page, "similar")).length, 10);
  assert.equal((await items(page, "blend")).length, 10);
  const path = await items(page, "path");
  assert.deepEqual([path.length, path[0], path[6]], [7, "Metallica", "Taylor Swift"]);

  await page.getByLabel("Artist").fill("miles dav");
  assert.match((await items(page, "found"))[0], /^Miles Davis/);
  await page.getByLabel("Expression").fill("Drake - nobody of that name");
  assert.match(await page.getByRole("alert").innerText(), /nobody here is called .* \(Unknown\)$/);
  page.assertQuiet();
});

test("answers are those of the native program, bit for bit", async (t) => {
  const page = await blank(t);
  const found = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/data/demo/");
    const listing = { limit: 15, temper: -0.5, diversity: 0.3, exclude: ["Radiohead"], ranks: [10, 20000] };
    const axis = pack.axis({ low: "rap", high: { word: "country" } });
    return {
      similar: pack.similar("Björk"),
      tempered: pack.similar(pack.find("bjork"), listing),
      recommend: pack.recommend(["Drake", { artist: "Rihanna", weight: 2 }, { word: "workout" }, { artist: "Eminem", weight: -1 }], listing),
      blend: pack.blend("Drake - rap + country"),
      multiply: pack.blend("Drake - rap + country", { multiply: true, limit: 7 }),
      subtraction: pack.subtraction("Drake - rap + country"),
      expression: pack.format(["Drake", { word: "rap", weight: -1 }]),
      path: pack.path(["Björk", "Radiohead", "Johnny Cash"], { length: 9, bypass: ["Coldplay"], smooth: 1 }),
      shortest: pack.path(["Metallica", "Taylor Swift"], { least: 0.6 }),
      why: pack.why("Drake - rap + country", "Miranda Lambert", { limit: 5 }),
      words: pack.words("Miles Davis"),
      titleWords: pack.titleWords(),
      compare: [pack.similarity("Drake", "Kendrick Lamar"), pack.rank("Drake", "Kendrick Lamar"), pack.rank("Kendrick Lamar", "Drake")],
      odd: pack.oddOneOut(["Metallica", "Slayer", "Megadeth", "Adele"]),
      ends: [axis.words(), axis.lowEnd({ limit: 5 }), axis.highEnd({ limit: 5 }), axis.place("Lil Nas X")],
      axes: pack.strongestAxes(4).map(({ axis, ...rest }) => ({ ...rest, ...axis.words() })),
    };
  });
  const pack = "data/demo";
  const similar = native("similar", pack, "Björk");
  assert.deepEqual(listed(found.similar), unranked(similar.results));
  const listing = ["-n15", "--temper=-0.5", "--diversity=0.3", "--exclude=Radiohead", "--ranks=10-20000"];
  assert.deepEqual(listed(found.tempered), unranked(native("similar", pack, "Björk", ...listing).results));
  const recommended = native("recommend", pack, "Drake + 2 Rihanna + word:workout - Eminem", ...listing);
  assert.deepEqual(listed(found.recommend), unranked(recommended.results));
  const blend = native("blend", pack, "Drake - rap + country", "--explain");
  assert.deepEqual(listed(found.blend), unranked(blend.results));
  assert.deepEqual(listed(found.subtraction.removed), unranked(blend.removed));
  assert.deepEqual(listed(found.subtraction.brought), unranked(blend.brought));
  const multiplied = native("blend", pack, "Drake - rap + country", "--multiply", "-n7");
  assert.deepEqual(listed(found.multiply), unranked(multiplied.results));
  assert.equal(found.expression, native("blend", pack, "Drake - rap").expression);
  for (const [here, there] of [
    [found.path, native("path", pack, "Björk", "Radiohead", "Johnny Cash", "--length=9", "--bypass=Coldplay", "--smooth=1")],
    [found.shortest, native("path", pack, "Metallica", "Taylor Swift", "--least=0.6")],
  ]) {
    assert.deepEqual(here.artists.map(({ key }) => key), there.path.map(({ id }) => id));
    assert.deepEqual([...here.steps, null], there.path.map((step) => step.similarity_to_next));
  }
  const why = native("why", pack, "Drake - rap + country", "Miranda Lambert", "-n5");
  assert.deepEqual([found.why.words, listed(found.why.bridges), found.why.genres], [why.words, unranked(why.bridges), why.genres]);
  assert.deepEqual([found.why.cosine, found.why.place], [why.cosine, why.place]);
  assert.deepEqual(found.words, native("words", pack, "Miles Davis").words);
  assert.deepEqual(found.titleWords, native("words", pack).words);
  const compared = native("compare", pack, "Drake", "Kendrick Lamar");
  assert.deepEqual(found.compare, [compared.similarity, ...compared.ranks]);
  const odd = native("compare", pack, "Metallica", "Slayer", "Megadeth", "Adele");
  assert.deepEqual([found.odd.artist.name, listed(found.odd.fits)], [odd.odd_one_out, unranked(odd.results)]);
  const axis = native("axes", pack, "--low=rap", "--high=word:country", "--artist=Lil Nas X", "-n5");
  const place = { deviations: axis.places[0].deviations, percentile: axis.places[0].percentile };
  const ends = [{ low: axis.low.words, high: axis.high.words }, unranked(axis.low.artists), unranked(axis.high.artists), place];
  assert.deepEqual([found.ends[0], listed(found.ends[1]), listed(found.ends[2]), found.ends[3]], ends);
  const axes = native("axes", pack, "-n4").axes;
  assert.deepEqual(
    found.axes.map(({ origin, variance, low, high }) => ({ ...origin, variance, low, high })),
    axes.map(({ variance, low_words, high_words, separation: _, ...origin }) => ({ ...origin, variance, low: low_words, high: high_words })),
  );
  page.assertQuiet();
});

test("the committed answers are given here, too", async (t) => {
  // Similar artists and searches; the test above asks everything else.
  const [questions, expected] = [[], []];
  let taken = false;
  for (const line of readFileSync(join(ROOT, "tests/answers/expected.tsv"), "utf8").trim().split("\n")) {
    const [kind, text] = line.split("\t");
    if (/^\d+$/.test(kind)) {
      if (taken) expected.push(line.split("\t"));
      continue;
    }
    taken = kind === "query" || kind === "search";
    const terms = [...text?.matchAll(/\("([^"]*)", ([-\d.]+)\)/g) ?? []];
    if (kind === "search") questions.push({ typed: JSON.parse(text) });
    if (kind === "query") questions.push({ terms: terms.map(([, artist, weight]) => ({ artist, weight: Number(weight) })) });
  }
  assert.ok(questions.length > 10);
  const page = await blank(t);
  const found = await page.evaluate(async (questions) => {
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/data/demo/");
    const bits = (score) => new Uint32Array(new Float32Array([score]).buffer)[0].toString(16).padStart(8, "0");
    return questions.flatMap(({ typed, terms }) =>
      terms
        ? pack.blend(terms).map(({ score, key, name }, place) => [String(place + 1), bits(score), key, name])
        : pack.search(typed, 10).map(({ match, key, name }, place) => [String(place + 1), match[0].toUpperCase() + match.slice(1), key, name]));
  }, questions);
  assert.deepEqual(found, expected);
  page.assertQuiet();
});

test("an artist's facts, and its number, name, key or itself mean the same", async (t) => {
  const page = await blank(t);
  const found = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/tests/data/extras-1/manifest.json?v=1#x");
    const artist = pack.artist(0);
    const all = [artist.name, artist.key, artist].map((one) => pack.similar(one, { limit: 3 }));
    const [axis] = pack.strongestAxes(1);
    return {
      artist,
      same: all.every((one) => JSON.stringify(one) === JSON.stringify(pack.similar(0, { limit: 3 }))),
      positions: pack.positions().length,
      thumbnails: Array.from({ length: pack.artists }, (_, id) => pack.thumbnail(id)?.length ?? 0),
      facts: [pack.title, pack.artists, pack.named, pack.answering, pack.digest.length, pack.bytes > 1000, pack.credits.length],
      missing: pack.find("nobody of that name"),
      nearest: pack.nearestOf(0, [5, 1, 7]).id === pack.similar(0, { limit: 40 }).find(({ id }) => [5, 1, 7].includes(id)).id,
      axis: axis && typeof axis.axis.place(0).percentile,
    };
  });
  assert.ok(found.same && found.nearest);
  assert.equal(found.positions, 3 * 40);
  assert.deepEqual(found.facts.slice(1, 6), [40, 40, 40, 64, true]);
  assert.ok(found.thumbnails.some((length) => length > 100), "a thumbnail");
  assert.equal(found.missing, undefined);
  const { id, name, key, mentions, genres, position } = found.artist;
  assert.ok(id === 0 && name && key && mentions > 0 && Array.isArray(genres) && position.length === 3);
  page.assertQuiet();
});

test("names can be searched before vectors have arrived, and progress is told", async (t) => {
  const site = await openSite(t, ROOT);
  let release;
  const held = new Promise((done) => (release = done));
  site.alter = async (path, bytes) => (/vectors-0/.test(path) ? held.then(() => bytes) : bytes);
  const page = await blank(t, { site });
  await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    globalThis.told = [];
    globalThis.opened = open("/data/demo", {
      onProgress: (percent) => told.push(percent),
      onArrival: (pack) => (globalThis.early = pack),
    });
  });
  await page.waitForFunction(() => globalThis.early);
  const early = await page.evaluate(() => {
    const attempt = (ask) => {
      try {
        return ask();
      } catch (error) {
        return [error instanceof Error, error.code, error.message];
      }
    };
    const { named, answering, artists } = early;
    return [named, answering, artists, early.search("miles dav", 1)[0].name, attempt(() => early.similar("Miles Davis"))];
  });
  assert.deepEqual(early.slice(0, 4), [20000, 0, 32108, "Miles Davis"]);
  assert.deepEqual(early[4].slice(0, 2), [true, "NotYetArrived"]);
  release();
  const [same, answers, told] = await page.evaluate(async () => {
    const pack = await opened;
    return [pack === early, pack.similar("Miles Davis").length, told];
  });
  assert.ok(same && answers === 20);
  assert.deepEqual(told, [...told].sort((a, b) => a - b));
  assert.ok(told.length > 3 && told.at(-1) === 100, told.join());
  page.assertQuiet();
});

test("the most mentioned artists alone can be had, and loading can be stopped and gone on with", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await blank(t, { site });
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname.split("/").at(-1)));
  const [first, aborted, after, more] = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const first = await open("/data/demo/", { firstOnly: true });
    const stop = new AbortController();
    let early;
    const refused = await open("/data/demo/", {
      signal: stop.signal,
      onArrival: (pack) => {
        early = pack;
        if (pack.answering > 0) stop.abort();
      },
    }).catch((error) => error.name);
    const after = [early.answering, early.similar("Drake").length];
    const already = await open("/data/demo/", { signal: AbortSignal.abort() }).catch((error) => error.name);
    const whole = await early.refresh();
    return [[first.named, first.answering, first.artists], [refused, already], after, [whole.answering, early.answering]];
  });
  assert.deepEqual(first, [20000, 20000, 32108]);
  assert.deepEqual(aborted, ["AbortError", "AbortError"]);
  assert.deepEqual(after, [20000, 20]);
  assert.deepEqual(more, [32108, 20000]);
  // Twice begun, once gone on with: what was there was not asked for again.
  assert.equal(requests.filter((name) => /^vectors-0/.test(name)).length, 2);
  page.assertQuiet();
});

test("what goes wrong is an Error with a code, and a message that says what to do", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await blank(t, { site, expected: /404 \(Not Found\)|ERR_CONNECTION_REFUSED/ });
  const failure = (url) =>
    page.evaluate(async (url) => {
      const { open } = await import("/pkg/artist2vec.js");
      const error = await open(url).catch((error) => error);
      return [error instanceof Error, error.code, error.message];
    }, url);
  const check = async (url, code, message) => {
    const found = await failure(url);
    assert.deepEqual(found.slice(0, 2), [true, code], found[2]);
    assert.match(found[2], message);
  };
  await check("/no/such/folder/", "Status", /Try again.*404/);
  site.alter = (path, bytes) => (/manifest/.test(path) ? Buffer.from("<!doctype html><p>Welcome") : bytes);
  await check("/tests/data/small-1/", "BadManifest", /Try again.*web page/);
  site.alter = (path, bytes) => (/manifest/.test(path) ? Buffer.from(String(bytes).replace('"version": 1', '"version": 9')) : bytes);
  await check("/tests/data/small-1/", "OtherVersion", /^The page and the artists are of different versions.*Reload the page/);
  const manifest = (change) => (path, bytes) => {
    if (!/manifest/.test(path)) return bytes;
    const json = JSON.parse(bytes);
    change(json);
    return Buffer.from(JSON.stringify(json));
  };
  site.alter = manifest((json) => (json.artists += 2 ** 32));
  await check("/tests/data/small-1/", "BadManifest", /artists is not a number of 32 bits/);
  // A manifest that claims too much costs no more than what it sends.
  site.alter = manifest((json) => (json.parts[0].bytes = 2 ** 30));
  await check("/tests/data/small-1/", "OtherLength", /Try again/);
  const memory = await page.evaluate(async () => (await (await import("/pkg/artist2vec.js")).start()).memory.buffer.byteLength);
  assert.ok(memory < 2 ** 27, `${memory} bytes of memory`);
  site.alter = (path, bytes) => (/vectors-25/.test(path) ? Buffer.from(bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte))) : bytes);
  await check("/tests/data/small-1/", "OtherContent", /Try again/);
  site.alter = (path, bytes) => (/vectors-25/.test(path) ? bytes.subarray(0, 99) : bytes);
  await check("/tests/data/small-1/", "OtherLength", /Try again/);
  for (const length of [20, 1_000_000]) {
    const sent = Buffer.from("\n<!DOCTYPE html>".padEnd(length));
    site.alter = (path, bytes) => (/vectors-25/.test(path) ? sent : bytes);
    await check("/tests/data/small-1/", "WebPage", /web page.*Upload it/);
  }
  site.alter = (_, bytes) => bytes;

  const asked = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/data/demo/");
    const codes = {};
    for (const [name, ask] of Object.entries({
      unknown: () => pack.similar("Bjorkk"),
      near: () => pack.similar("miles dav"),
      number: () => pack.similar(99_999_999),
      nothing: () => pack.similar(undefined),
      expression: () => pack.blend("Drake + .5"),
      quote: () => pack.parse('Drake + "qqqq'),
      cancels: () => pack.blend("Drake - Drake"),
      disliked: () => pack.recommend("-Drake"),
      dial: () => pack.similar("Drake", { temper: 2 }),
      limit: () => pack.similar("Drake", { limit: "many" }),
      word: () => pack.similarity("Drake", { word: "qqqq" }),
      stops: () => pack.path(["Drake"]),
      list: () => pack.path("Drake"),
      far: () => pack.path(["Metallica", "Taylor Swift"], { least: 0.99 }),
      genre: () => pack.axis({ high: { genre: "no such genre" } }),
      ranks: () => pack.similar("Drake", { ranks: [0, 5] }),
      end: () => pack.axis(),
      high: () => pack.axis({ low: "Drake" }),
    })) {
      try {
        codes[name] = ask();
      } catch (error) {
        codes[name] = error instanceof Error && error.message.length > 20 ? error.code : error;
        if (name === "near" && !error.suggestions.includes("Miles Davis")) codes[name] = error.message;
        if (["end", "high"].includes(name) && !/^high has to be/.test(error.message)) codes[name] = error.message;
        if (name === "quote" && error.at !== 8) codes[name] = error.at;
      }
    }
    return codes;
  });
  assert.deepEqual(asked, {
    unknown: "UnknownName", near: "UnknownName", number: "BadArgument", nothing: "BadArgument", expression: "Missing",
    quote: "Unclosed", cancels: "CancelsOut", disliked: "NothingLiked", dial: "Dial", limit: "BadArgument",
    word: "UnknownTitleWord", stops: "TooFewStops", list: "BadArgument", far: "TooFar", genre: "UnknownGenre",
    ranks: "BadArgument", end: "BadArgument", high: "BadArgument",
  });

  // What is no text where one is wanted, however wrong, harms nobody.
  const texts = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/data/demo/");
    const codes = new Set();
    const wrong = [5, NaN, Infinity, undefined, null, true, {}, [], [0], { length: 5000 }, 5n, Symbol("x"), () => "x", new String("Drake")];
    for (const method of ["search", "find", "parse"]) {
      for (const value of wrong) {
        try {
          codes.add(`${method} answers ${String(value)}`);
          pack[method](value);
        } catch (error) {
          codes.delete(`${method} answers ${String(value)}`);
          codes.add(error instanceof Error ? error.code : error);
        }
      }
    }
    return [[...codes], pack.search("bjork", 1)[0].name, pack.find("\ud800")];
  });
  assert.deepEqual(texts, [["BadArgument"], "Björk", undefined]);

  const opened = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const codes = {};
    for (const [name, attempt] of Object.entries({
      nothing: () => open(),
      null: () => open(null),
      number: () => open(5),
      object: () => open({}),
      address: () => open("http://["),
      signal: () => open("/data/demo/", { signal: {} }),
    })) {
      codes[name] = await attempt().then(() => "opened", (error) => (error instanceof Error ? error.code ?? String(error) : error));
    }
    const first = await open(new URL("/data/demo/", location.href), { firstOnly: true });
    codes.refresh = await first.refresh({ signal: 5 }).catch((error) => error.code);
    try {
      codes.later = first.artist(25000);
    } catch (error) {
      codes.later = error.code;
    }
    const told = [];
    await first.refresh({ onProgress: (percent) => told.push(percent) });
    return [codes, told.at(-1), told[0] > 30];
  });
  const refused = ["nothing", "null", "number", "object", "address", "signal", "refresh"].map((name) => [name, "BadArgument"]);
  assert.deepEqual(opened, [{ ...Object.fromEntries(refused), later: "NotYetArrived" }, 100, true]);
  site.stop();
  await check("/data/demo/", "Unreachable", /Check the connection/);
  page.assertQuiet();
});

test("several packs at once; a new one never mixes with the old", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "artist2vec-module-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const publish = (pack) => {
    rmSync(join(folder, "pack"), { recursive: true, force: true });
    cpSync(join(ROOT, "tests/data", pack), join(folder, "pack"), { recursive: true });
  };
  for (const part of ["pkg", "examples"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  cpSync(join(ROOT, "tests/data/extras-1"), join(folder, "other"), { recursive: true });
  publish("small-1");
  const site = await openSite(t, folder);
  const page = await blank(t, { site, expected: /404 \(Not Found\)/ });
  const two = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const [one, other] = await Promise.all([open("/pack/"), open("/other/")]);
    Object.assign(globalThis, { one, other });
    return [one.digest !== other.digest, one.credits.length, other.credits.length, JSON.stringify(one.similar(0))];
  });
  assert.ok(two[0] && two[1] === 0 && two[2] > 0, String(two));

  publish("extras-1");
  const updated = await page.evaluate(async () => {
    const before = one.digest;
    const next = await one.refresh();
    return [one.digest === before, JSON.stringify(one.similar(0)), next.digest === other.digest];
  });
  assert.deepEqual(updated, [true, two[3], true]);

  // Another pack is published while one is loading: its first vectors are there, their successors no longer.
  publish("small-1");
  site.alter = (path, bytes) => {
    if (/vectors-0/.test(path)) publish("extras-1");
    return bytes;
  };
  const torn = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    const error = await open("/pack/", { onArrival: (pack) => (globalThis.early = pack) }).catch((error) => error);
    const whole = await early.refresh();
    return [error.code, early.digest === one.digest, whole.digest === other.digest, whole.answering];
  });
  assert.deepEqual(torn, ["Status", true, true, 40]);
  page.assertQuiet();
});

test("what one pack gave back means the same artist in another, or nobody", async (t) => {
  const page = await blank(t);
  const [names, keys, stranger, foreign, place] = await page.evaluate(async () => {
    const { open } = await import("/pkg/artist2vec.js");
    let axis;
    let early;
    const demo = await open("/data/demo/", {
      onArrival: (pack) => {
        if (pack.answering === 0 || axis) return;
        axis = pack.axis({ high: "Drake" });
        early = pack.artist("Drake");
      },
    });
    const other = await open("/tests/data/small-1/");
    const names = [];
    for (let id = 0; id < other.artists; id += 1) {
      const artist = other.artist(id);
      const here = demo.find(artist.key);
      if (here) names.push([artist.id !== here.id, demo.artist(artist).name === here.name]);
    }
    const attempt = (ask) => {
      try {
        return ask();
      } catch (error) {
        return [error instanceof Error, error.code];
      }
    };
    const drake = demo.find("Drake");
    return [
      names,
      [drake.key === early.key, demo.artist(early).key === drake.key, demo.format([early])],
      attempt(() => demo.similar({ ...drake, key: "nobody at all" })),
      attempt(() => other.similar({ ...demo.artist(20), key: "spotify:artist:nobody" })),
      // The axis knows what was there when it was made: no keys.
      typeof axis.place(drake).percentile,
    ];
  });
  assert.ok(names.length > 0 && names.every(([moved, same]) => moved && same), JSON.stringify(names));
  assert.deepEqual(keys, [false, true, "Drake"]);
  assert.deepEqual([stranger, foreign], [[true, "UnknownArtist"], [true, "UnknownArtist"]]);
  assert.equal(place, "number");
  page.assertQuiet();
});

test("the module starts where it is told to, in a worker too", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await blank(t, { site });
  await page.route("**/worker.js", (route) => route.fulfill({
    contentType: "text/javascript",
    body: `import { open, start } from "/pkg/artist2vec.js";
      await start("/pkg/artist2vec_wasm_bg.wasm");
      const pack = await open("/data/demo/");
      postMessage(pack.similar("Björk", { limit: 1 })[0].name);`,
  }));
  const name = await page.evaluate(() => new Promise((done, failed) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (event) => failed(new Error(event.message));
  }));
  assert.ok(name.length > 0);
  page.assertQuiet();
});

test("a worker answers what takes long, as the page itself would", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await blank(t, { site });
  const [there, here, refused] = await page.evaluate(async () => {
    const worker = new Worker("/examples/worker.js", { type: "module" });
    const ask = (number, question, ...values) => new Promise((done, failed) => {
      worker.addEventListener("message", ({ data }) => data.number === number && done(data));
      worker.onerror = (event) => failed(new Error(event.message));
      worker.postMessage({ number, question, values });
    });
    const asked = [["Metallica", "Taylor Swift"], { length: 12 }];
    const [path, unknown] = await Promise.all([ask(1, "path", ...asked), ask(2, "similar", "nobody at all")]);
    const { open } = await import("/pkg/artist2vec.js");
    const pack = await open("/data/demo/");
    return [path.answer, pack.path(...asked), unknown.code];
  });
  assert.equal(there.artists.length, 12);
  assert.deepEqual(there, here);
  assert.equal(refused, "UnknownName");
  page.assertQuiet();
});

const element = (page, place = 0) => page.locator("artist-2vec").nth(place);
const answers = (within) => within.locator("[part=list] [part=name]").allInnerTexts();
const near = (within, name) => within.locator("[part=heading]", { hasText: `near ${name}` });
const note = (within, text) => within.locator("[part=note]", { hasText: text });
const box = (within) => within.getByRole("combobox", { name: "Artist" });

test("the element's example page: one pack for both, search, choose, events", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await openPage(t);
  const requests = [];
  page.on("request", (request) => requests.push(request.url().split("/").at(-1)));
  await page.goto(`${site.url}examples/element/`);
  await element(page, 1).locator("[part=item]").nth(4).waitFor();
  await near(element(page), "Miles Davis").waitFor();
  await element(page).locator("progress").waitFor({ state: "hidden" });
  assert.equal(requests.filter((name) => name === "manifest.json").length, 1, "loaded once");
  assert.deepEqual([(await answers(element(page))).length, (await answers(element(page, 1))).length], [10, 5]);
  assert.match(await element(page, 1).locator("[part=heading]").innerText(), /near Drake − “rap” \+ “country”/i);

  await box(element(page)).fill("bjork");
  await element(page).getByRole("option").filter({ hasText: "Björk" }).first().click();
  await near(element(page), "Björk").waitFor();
  assert.equal(await element(page).getAttribute("artist"), "Björk");
  assert.equal(await box(element(page)).inputValue(), "");
  assert.match(await page.locator("#chosen").innerText(), /^Björk, .+, .+, .+$/);
  const [first] = await answers(element(page));
  await element(page).locator("[part=artist]").first().click();
  await near(element(page), first).waitFor();
  assert.ok(await box(element(page)).evaluate((input) => input.getRootNode().activeElement === input), "the focus has a place");
  // The other one is another question.
  await near(element(page, 1), "Drake").waitFor();

  // A page may take the choice into its own hands.
  await page.evaluate(() => document.addEventListener("artist-select", (event) => event.preventDefault()));
  await box(element(page)).fill("drake");
  await box(element(page)).press("Enter");
  assert.match(await page.locator("#chosen").innerText(), /^Drake/);
  assert.notEqual(await element(page).getAttribute("artist"), "Drake");
  page.assertQuiet();
});

test("whom a visitor chooses before its neighbours have arrived is answered when they have", async (t) => {
  const site = await openSite(t, ROOT);
  const releases = {};
  const held = Object.fromEntries(["vectors-0", "vectors-20000"].map((name) => [name, new Promise((done) => (releases[name] = done))]));
  site.alter = async (path, bytes) => {
    await held[path.match(/vectors-\d+/)?.[0]];
    return bytes;
  };
  const page = await openPage(t);
  await page.goto(`${site.url}examples/element/`);
  const one = element(page);
  await box(one).fill("drake");
  await page.keyboard.press("Enter");
  assert.equal(await one.getAttribute("artist"), "Drake");
  await note(one, "Artists near Drake are on their way.").waitFor();
  assert.equal(await one.getByRole("status").innerText(), "Artists near Drake are on their way.");
  assert.equal(await page.locator("#chosen").innerText(), "Drake");
  releases["vectors-0"]();
  await near(one, "Drake").waitFor();
  await note(one, "").waitFor({ state: "hidden" });

  await page.waitForFunction(() => document.querySelector("artist-2vec").openedPack.named > 25000);
  const [name, text] = await page.evaluate(() => {
    const { openedPack } = document.querySelector("artist-2vec");
    const { name } = openedPack.artist(25000);
    return [name, openedPack.format([25000])];
  });
  await box(one).fill(name);
  await one.getByRole("option").filter({ hasText: name }).first().click();
  assert.equal(await one.getAttribute("artist"), text);
  await note(one, `Artists near ${name} are on their way.`).waitFor();
  releases["vectors-20000"]();
  await near(one, name).waitFor();
  assert.equal((await answers(one)).length, 10);
  await one.locator("progress").waitFor({ state: "hidden" });
  await page.evaluate(() => (document.querySelector("artist-2vec").artist = null));
  assert.equal(await one.getByRole("status").innerText(), "");
  page.assertQuiet();
});

test("suggestions are those of the pack that is there, and its freeing harms nobody", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "artist2vec-element-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const part of ["pkg", "examples"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  cpSync(join(ROOT, "data/demo"), join(folder, "data/demo"), { recursive: true });
  const site = await openSite(t, folder);
  let broken = true;
  site.alter = (path, bytes) => (broken && /vectors-20000/.test(path) ? bytes.subarray(0, 99) : bytes);
  const page = await openPage(t);
  await page.goto(`${site.url}examples/element/`);
  const one = element(page);
  await one.getByRole("button", { name: "Try again" }).waitFor();
  await box(one).fill("the");
  await one.getByRole("option").first().waitFor();

  // Another pack is published, and comes with the next attempt while the list is open.
  broken = false;
  rmSync(join(folder, "data/demo"), { recursive: true });
  cpSync(join(ROOT, "tests/data/extras-1"), join(folder, "data/demo"), { recursive: true });
  await page.evaluate(() => document.querySelector("artist-2vec").shadowRoot.querySelector("[part=retry]").click());
  await page.waitForFunction(() => document.querySelector("artist-2vec").openedPack.artists === 40);
  await one.locator("progress").waitFor({ state: "hidden" });
  const expected = await page.evaluate(() => document.querySelector("artist-2vec").openedPack.search("the", 8).map(({ name }) => name));
  assert.deepEqual(await one.getByRole("option").locator("[part=name]").allInnerTexts(), expected);

  const typed = await page.evaluate(() => {
    const pack = document.querySelector("artist-2vec").openedPack;
    pack.free();
    pack[Symbol.dispose]?.();
    return pack.artist(3).name;
  });
  await box(one).fill(typed);
  const [option] = await one.getByRole("option").elementHandles();
  await page.evaluate((option) => {
    document.querySelector("artist-2vec").pack = null;
    option.click();
  }, option);
  assert.equal(await one.getByRole("option").count(), 0);
  page.assertQuiet();
});

test("namesakes among the suggestions are told apart by words of playlists", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await openPage(t);
  await page.goto(`${site.url}examples/element/`);
  await page.evaluate(() => (document.querySelector("artist-2vec").pack = "/tests/data/small-1/"));
  await page.waitForFunction(() => document.querySelector("artist-2vec").openedPack?.titleWords().length > 0);
  await box(element(page)).fill("orbital");
  const facts = await element(page).getByRole("option").locator("[part=fact]").allInnerTexts();
  assert.equal(facts.length, 2);
  assert.ok(facts.every((fact) => / · [\d,]+ mentions?$/.test(fact)) && facts[0] !== facts[1], facts.join("\n"));
  page.assertQuiet();
});

test("one address, however it is written, is loaded once; nothing is loaded for nobody", async (t) => {
  const site = await openSite(t, ROOT);
  let release;
  const held = new Promise((done) => (release = done));
  site.alter = async (path, bytes) => (/vectors-0/.test(path) ? held.then(() => bytes) : bytes);
  const page = await blank(t, { site });
  const requests = [];
  page.on("request", (request) => requests.push(request.url().split("/").at(-1)));
  const asked = page.waitForRequest(/vectors-0/);
  await page.evaluate(async () => {
    const elements = ["/data/demo/", "/data/demo", "/data/demo/manifest.json"].map((pack) => {
      const element = document.createElement("artist-2vec");
      // Before the element is defined, these are properties like any other.
      return Object.assign(element, { pack, artist: "Drake", limit: 0 });
    });
    document.body.append(...elements);
    await import("/pkg/element.js");
    Object.assign(globalThis, { elements });
  });
  await asked;
  assert.deepEqual(await page.evaluate(() => elements.map(({ openedPack }) => openedPack === elements[0].openedPack)), [true, true, true]);
  const stopped = page.waitForEvent("requestfailed", (request) => /vectors-0/.test(request.url()));
  await page.evaluate(() => elements.forEach((element) => element.remove()));
  await stopped;
  release();
  await page.evaluate(() => document.body.append(elements[0]));
  await near(element(page), "Drake").waitFor();
  assert.equal((await answers(element(page))).length, 1);
  // Once begun, once gone on with.
  assert.equal(requests.filter((name) => /^names-0/.test(name)).length, 1);
  assert.equal(requests.filter((name) => name === "manifest.json").length, 2);
  page.assertQuiet();
});

test("the element with the keyboard alone, and what a screen reader hears", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await openPage(t);
  await page.goto(`${site.url}examples/element/`);
  const one = element(page);
  await near(one, "Miles Davis").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("radioh");
  await one.getByRole("option").first().waitFor();
  const count = await one.getByRole("option").count();
  assert.equal(await one.getByRole("status").innerText(), count === 1 ? "1 suggestion" : `${count} suggestions`);
  assert.equal(await box(one).getAttribute("aria-expanded"), "true");
  assert.equal(await box(one).getAttribute("aria-controls"), await one.getByRole("listbox").getAttribute("id"));
  await page.keyboard.press("ArrowDown");
  const active = await box(one).getAttribute("aria-activedescendant");
  assert.equal(await one.locator(`#${active}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Escape");
  await one.getByRole("listbox").waitFor({ state: "hidden" });
  assert.equal(await box(one).inputValue(), "radioh");
  await page.keyboard.press("Escape");
  assert.equal(await box(one).inputValue(), "");
  await page.keyboard.type("radiohead");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await near(one, "Radiohead").waitFor();
  assert.match(await one.getByRole("status").innerText(), /^Artists near Radiohead: 10, first /);
  await page.keyboard.type("qqqxyzzyq");
  assert.match(await one.getByRole("status").innerText(), /Nobody here is called “qqqxyzzyq”\. Check the spelling/);
  // An error of typing is forgiven, but Enter takes nobody whom nobody named.
  await box(one).fill("metalica");
  await one.getByRole("option").filter({ hasText: "Metallica" }).waitFor();
  await one.locator("[part=hint]", { hasText: "Perhaps one of these?" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await one.getAttribute("artist"), "Radiohead");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await near(one, "Metallica").waitFor();
  page.assertQuiet();
});

test("the element says what went wrong, and tries again", async (t) => {
  const site = await openSite(t, ROOT);
  const page = await openPage(t, { expected: /404 \(Not Found\)/ });
  let broken = true;
  site.alter = (path, bytes) => (broken && /vectors-20000/.test(path) ? bytes.subarray(0, 99) : bytes);
  await page.goto(`${site.url}examples/element/`);
  const one = element(page);
  await note(one, "The artists arrived damaged").waitFor();
  assert.equal((await answers(one)).length, 10, "what has arrived is used");
  broken = false;
  await one.getByRole("button", { name: "Try again" }).click();
  await one.getByRole("button", { name: "Try again" }).waitFor({ state: "hidden" });
  await one.locator("progress").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.querySelector("artist-2vec").openedPack.answering), 32108);

  const heard = await page.evaluate(() => new Promise((done) => {
    document.addEventListener("pack-error", (event) => done(event.detail.error.code));
    const other = document.createElement("artist-2vec");
    other.pack = "/no/such/pack/";
    document.querySelector("main").append(other);
  }));
  assert.equal(heard, "Status");
  await note(element(page, 2), "does not hand out the artists").waitFor();
  await page.evaluate(() => (document.querySelectorAll("artist-2vec")[2].pack = null));
  await note(element(page, 2), "has to name the folder").waitFor();
  const invalid = await page.evaluate(() => new Promise((done) => {
    document.addEventListener("pack-error", (event) => done(event.detail.error.code));
    document.querySelectorAll("artist-2vec")[2].pack = "http://[";
  }));
  assert.equal(invalid, "BadArgument");
  await note(element(page, 2), "address has to be that of a folder").waitFor();
  await page.evaluate(() => (document.querySelector("artist-2vec").artist = "Nobody of that name"));
  await note(one, /Nobody here is called "Nobody of that name"/i).waitFor();
  page.assertQuiet();
});

test("the element follows light and dark, the page's properties and parts, and fits a phone", async (t) => {
  const site = await openSite(t, ROOT);
  const colours = async (colorScheme) => {
    const page = await openPage(t, { colorScheme, viewport: { width: 360, height: 740 } });
    await page.goto(`${site.url}examples/element/`);
    await near(element(page, 1), "Drake").waitFor();
    await element(page, 1).locator("progress").waitFor({ state: "hidden" });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "scrolls sideways");
    for (const button of await page.getByRole("button").all()) assert.ok((await button.boundingBox()).height >= 24);
    const styles = await page.evaluate(() => {
      const [one, ours] = [...document.querySelectorAll("artist-2vec")].map((element) => getComputedStyle(element).backgroundColor);
      const heading = document.querySelector(".ours").shadowRoot.querySelector("[part=heading]");
      return [one, ours, getComputedStyle(heading).textTransform];
    });
    page.assertQuiet();
    return styles;
  };
  assert.deepEqual(await colours("light"), ["rgb(255, 255, 255)", "rgb(255, 248, 240)", "uppercase"]);
  assert.deepEqual(await colours("dark"), ["rgb(25, 28, 34)", "rgb(34, 26, 20)", "uppercase"]);
});

test("the types say what the module does, and the examples keep to them", () => {
  const checked = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["--project", "tests/browser/types"], { cwd: ROOT, encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout || String(checked.error));
});

test("every sample of docs/EMBED.md stands in something that is tested", () => {
  const read = (file) => readFileSync(join(ROOT, file), "utf8");
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
  const tested = ["examples/module/main.js", "examples/worker.js", "examples/element/index.html", "examples/element/main.js", "examples/example.css",
    "examples/catalog.rs", "tests/browser/types/samples.ts", "Cargo.toml", "Makefile"].map((file) => squeeze(read(file)));
  const samples = [...read("docs/EMBED.md").matchAll(/^```(js|ts|html|css|rust)\n([^]*?)^```/gm)];
  assert.ok(samples.length >= 5);
  for (const [, , sample] of samples) {
    assert.ok(tested.some((text) => text.includes(squeeze(sample))), `this sample is tested nowhere:\n${sample}`);
  }
});
