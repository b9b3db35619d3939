// Runs in the browser: every engine over the same vectors, asked in turn for the same artists.
import { Artist2Vec, DIMENSIONS, EdgeVecFlat, EdgeVecHnsw, Hnswlib, LIMIT, PlainF32, PlainInt8, Voy } from "./engines.js";

const WARM_UP = 3;

const quantile = (times, share) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];
const median = (times) => quantile(times, 0.5);

let vectors;
let ours;
let read;

/** Rows asked for: every third of the most mentioned thousand, the others from everywhere. */
const asked = (round, count) => (round % 3 === 0 ? (round * 37) % Math.min(1000, count) : (round * 7919 * 13) % count);
const query = (artist) => vectors.slice(artist * DIMENSIONS, (artist + 1) * DIMENSIONS);

/** `wanted` is a regular expression of engines' names; ours and the plain loops always run. */
globalThis.measure = async (count, rounds, limitSeconds, wanted) => {
  const bytes = await (await fetch("vectors.f32")).arrayBuffer();
  vectors = new Float32Array(bytes, 0, count * DIMENSIONS);
  ours = new Artist2Vec();
  const truth = new PlainF32();
  const hnswlib = new Hnswlib(50);
  const peers = [new Voy(), new EdgeVecFlat(), new EdgeVecHnsw(), hnswlib, new Hnswlib(100, hnswlib), new Hnswlib(200, hnswlib)];
  const engines = [ours, new PlainInt8(), truth, ...peers.filter(({ name }) => new RegExp(wanted).test(name))];
  const results = [];
  for (const engine of engines) {
    const result = { name: engine.name, exact: engine.exact, times: [], found: 0 };
    results.push(result);
    let done = 0;
    try {
      await engine.load();
      engine.prepare?.(vectors);
      const begin = performance.now();
      await engine.build(vectors, count, (rows) => {
        done = rows;
        if (performance.now() - begin > limitSeconds * 1000 && rows < count) throw new Error("too long");
      });
      result.build = performance.now() - begin;
      result.memory = engine.memory();
      result.wire = engine.wire(count);
      engine.search(0, query(0));
    } catch (error) {
      const where = done ? `after ${done} of ${count} rows` : "at once";
      result.failure = error.message === "too long" ? `not built in ${limitSeconds} s (${done} of ${count} rows)` : `${where}: ${error.message ?? error}`;
    }
    console.log(`${count} ${engine.name}: ${result.failure ?? `${(result.build / 1000).toFixed(1)} s`}`);
  }
  read = new ours.module.PlainBytes(count * DIMENSIONS);
  const reads = [];
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    const artist = asked(round, count);
    const true_rows = new Set(truth.search(artist, query(artist)));
    for (const [i, engine] of engines.entries()) {
      if (results[i].failure) continue;
      const vector = query(artist);
      const begin = performance.now();
      const rows = engine.search(artist, vector);
      const time = performance.now() - begin;
      if (round < WARM_UP) continue;
      results[i].times.push(time);
      results[i].found += [...rows].filter((row) => row !== artist).slice(0, LIMIT).filter((row) => true_rows.has(row)).length;
    }
    const begin = performance.now();
    read.read();
    if (round >= WARM_UP) reads.push(performance.now() - begin);
  }
  const base = results[1].times;
  for (const result of results.filter(({ failure }) => !failure)) {
    result.p50 = median(result.times);
    result.p99 = quantile(result.times, 0.99);
    result.ratio = median(base.map((time, i) => time / result.times[i]));
    result.recall = result.found / (LIMIT * rounds);
    delete result.times;
  }
  return { results, read: median(reads) };
};

/** Our query alone, after `measure`: for a page that is slowed down. */
globalThis.measureOurs = (count, rounds) => {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    ours.search(asked(round, count));
    times.push(performance.now() - begin);
  }
  return { p50: median(times), p99: quantile(times, 0.99) };
};

/** Every other question, after `measure`, in turn. */
globalThis.measureQuestions = (count, rounds) => {
  const questions = [
    "blend of three", "similar, diversity ½", "similar, temper −1", "recommend for three", "rank", "why",
    "3CosMul, three terms", "3CosMul, eight terms and powers", "shortest path", "path of ten",
  ];
  const times = questions.map(() => []);
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    const [a, b, c] = [0, 1, 2].map((other) => asked(round + 7 * other + 1, count));
    for (const [i, question] of questions.entries()) {
      const begin = performance.now();
      const answers = ours.bench.ask(question, a, b, c);
      if (round >= WARM_UP) times[i].push(performance.now() - begin);
      if (answers < 1) throw new Error(`${question}: no answer`);
    }
  }
  return questions.map((question, i) => ({ question, p50: median(times[i]), p99: quantile(times[i], 0.99) }));
};
