// Runs in the browser: the catalog's query against a plain JavaScript loop that follows docs/FORMAT.md, in turn.
import init, { Bench } from "./scan_bench.js";

const DIMENSIONS = 100;
const LIMIT = 20;

/** The plain loop: typed arrays, integer multiplication, a sorted list of the best. */
function similarInJavaScript(codes, scales, artist) {
  const f = Math.fround;
  const start = artist * DIMENSIONS;
  const direction = new Float32Array(DIMENSIONS);
  let squares = f(0);
  let largest = f(0);
  for (let j = 0; j < DIMENSIONS; j += 1) {
    direction[j] = f(scales[artist] * codes[start + j]);
    squares = f(squares + f(direction[j] * direction[j]));
    largest = Math.max(largest, Math.abs(direction[j]));
  }
  const step = f(largest / f(Math.min(32767, Math.floor((2 ** 31 - 1) / (127 * DIMENSIONS)))));
  const factor = f(step / f(Math.sqrt(squares)));
  const query = new Int16Array(DIMENSIONS);
  for (let j = 0; j < DIMENSIONS; j += 1) {
    const x = f(direction[j] / step);
    query[j] = Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
  }
  const best = [];
  for (let row = 0, at = 0; row < scales.length; row += 1) {
    let sum = 0;
    for (let j = 0; j < DIMENSIONS; j += 1, at += 1) sum = (sum + Math.imul(codes[at], query[j])) | 0;
    const score = f(f(sum) * f(scales[row] * factor));
    if (row === artist || (best.length === LIMIT && score <= best[LIMIT - 1].score)) continue;
    let place = best.length;
    while (place > 0 && best[place - 1].score < score) place -= 1;
    best.splice(place, 0, { row, score });
    best.length = Math.min(best.length, LIMIT);
  }
  return best;
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

globalThis.measure = async (artists, rounds) => {
  await init();
  const bench = new Bench(artists, DIMENSIONS);
  const codes = bench.codes();
  const scales = bench.scales();
  const times = { rust: [], javascript: [] };
  for (let round = 0; round < rounds + 3; round += 1) {
    const artist = (round * 7919) % artists;
    const begin = performance.now();
    const ours = bench.similar(artist, LIMIT);
    const middle = performance.now();
    const theirs = similarInJavaScript(codes, scales, artist);
    const end = performance.now();
    const bits = new Uint32Array(new Float32Array(theirs.map(({ score }) => score)).buffer);
    const same = theirs.every(({ row }, i) => ours[2 * i] === row && ours[2 * i + 1] === bits[i]);
    if (!same || theirs.length !== LIMIT) throw new Error(`the answers differ for artist ${artist}`);
    if (round < 3) continue; // warm-up
    times.rust.push(middle - begin);
    times.javascript.push(end - middle);
  }
  const ratios = times.rust.map((time, i) => times.javascript[i] / time);
  return { rust: median(times.rust), javascript: median(times.javascript), ratio: median(ratios) };
};
