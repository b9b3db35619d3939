// The engines that are compared, each behind the same few functions, so that the page asks all of them alike:
//   name; exact: whether it claims to find the true neighbours
//   load()                  fetches and starts the engine
//   build(vectors, count)   makes it ready to answer; rows are of unit length. Long work yields now and then, see `tick`
//   search(row, query)      the rows nearest to a query, which is a row itself; best first, at least LIMIT others
//   memory()                bytes of its WebAssembly memory
//   wire(count)             bytes of data that it must be sent
export const DIMENSIONS = 100;
export const LIMIT = 20;
const FLOATS = 4 * DIMENSIONS;

/** Rows that are added between two looks at the clock. */
const CHUNK = 500;

/** Says after each chunk how far a build is; it throws where that takes too long. */
export async function inChunks(count, tick, add) {
  for (let first = 0; first < count; first += CHUNK) {
    add(first, Math.min(first + CHUNK, count));
    tick(Math.min(first + CHUNK, count));
  }
}

const row = (vectors, i) => vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS);

/** Ours. The files are made before the clock starts, as a publisher does; then opened. */
export class Artist2Vec {
  name = "artist2vec";
  exact = true;
  async load() {
    this.module = await import("./scan_bench.js");
    this.exports = await this.module.default();
  }
  prepare(vectors) {
    this.bench = new this.module.Bench(vectors, DIMENSIONS);
  }
  async build() {
    this.bench.open();
  }
  search(artist) {
    return this.bench.similar(artist, LIMIT);
  }
  memory() {
    return this.exports.memory.buffer.byteLength;
  }
  wire() {
    return this.bench.bytes();
  }
}

/** A list of the best, for the plain loops. */
class Best {
  rows = new Int32Array(LIMIT);
  scores = new Float64Array(LIMIT).fill(-Infinity);
  offer(row, score) {
    let place = LIMIT - 1;
    while (place > 0 && this.scores[place - 1] < score) {
      this.scores[place] = this.scores[place - 1];
      this.rows[place] = this.rows[place - 1];
      place -= 1;
    }
    this.scores[place] = score;
    this.rows[place] = row;
  }
}

/** A plain loop over one byte a number, as one would write it without WebAssembly. */
export class PlainInt8 {
  name = "plain JavaScript, int8";
  exact = true;
  async load() {}
  async build(vectors, count) {
    this.codes = new Int8Array(count * DIMENSIONS);
    this.scales = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      const largest = row(vectors, i).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
      this.scales[i] = largest / 127;
      for (let j = 0; j < DIMENSIONS; j += 1) {
        this.codes[i * DIMENSIONS + j] = Math.round((vectors[i * DIMENSIONS + j] / largest) * 127);
      }
    }
  }
  search(artist) {
    const { codes, scales } = this;
    const query = new Int16Array(codes.subarray(artist * DIMENSIONS, (artist + 1) * DIMENSIONS));
    const best = new Best();
    let worst = -Infinity;
    for (let i = 0, at = 0; i < scales.length; i += 1) {
      let sum = 0;
      for (let j = 0; j < DIMENSIONS; j += 1, at += 1) sum = (sum + Math.imul(codes[at], query[j])) | 0;
      const score = sum * scales[i];
      if (score > worst && i !== artist) {
        best.offer(i, score);
        worst = best.scores[LIMIT - 1];
      }
    }
    return best.rows;
  }
  memory() {
    return this.codes.byteLength + this.scales.byteLength;
  }
  wire() {
    return this.memory();
  }
}

/** The same over the numbers as they are: the truth that recall is measured against. */
export class PlainF32 {
  name = "plain JavaScript, f32";
  exact = true;
  async load() {}
  async build(vectors) {
    this.vectors = vectors;
  }
  search(artist, query) {
    const { vectors } = this;
    const best = new Best();
    let worst = -Infinity;
    for (let i = 0, at = 0; at < vectors.length; i += 1) {
      let sum = 0;
      for (let j = 0; j < DIMENSIONS; j += 1, at += 1) sum += vectors[at] * query[j];
      if (sum > worst && i !== artist) {
        best.offer(i, sum);
        worst = best.scores[LIMIT - 1];
      }
    }
    return best.rows;
  }
  memory() {
    return this.vectors.byteLength;
  }
  wire(count) {
    return count * FLOATS;
  }
}

/** EdgeVec's graph. Its cosine and dot return the farthest rows, so it measures Euclidean distance: the same order. */
export class EdgeVecHnsw {
  name = "EdgeVec HNSW, ef 100";
  exact = false;
  async load() {
    this.module = await import("./node_modules/edgevec/edgevec.js");
    this.exports = await this.module.default();
  }
  async build(vectors, count, tick) {
    const config = new this.module.EdgeVecConfig(DIMENSIONS);
    config.metric = "l2";
    config.ef_search = 100;
    this.index = new this.module.EdgeVec(config);
    // Its ids count from 1.
    await inChunks(count, tick, (first, end) =>
      this.index.insertBatchFlat(vectors.slice(first * DIMENSIONS, end * DIMENSIONS), end - first),
    );
  }
  search(artist, query) {
    return this.index.search(query, LIMIT + 1).map(({ id }) => id - 1);
  }
  memory() {
    return this.exports.memory.buffer.byteLength;
  }
  wire(count) {
    return count * FLOATS;
  }
}

/** EdgeVec's flat index, which in the browser holds bits only: signs; the best of them are then compared as they are. */
export class EdgeVecFlat {
  name = "EdgeVec flat: signs, 200 rescored";
  exact = false;
  async load() {
    this.module = await import("./node_modules/edgevec/edgevec.js");
    this.exports = await this.module.default();
  }
  bits(query) {
    const bits = new Uint8Array(this.width / 8);
    for (let j = 0; j < DIMENSIONS; j += 1) if (query[j] > 0) bits[j >> 3] |= 1 << (j & 7);
    return bits;
  }
  async build(vectors, count, tick) {
    this.vectors = vectors;
    this.width = 8 * Math.ceil(DIMENSIONS / 8);
    const config = new this.module.EdgeVecConfig(this.width);
    config.metric = "hamming";
    config.indexType = this.module.JsIndexType.Flat;
    this.index = new this.module.EdgeVec(config);
    await inChunks(count, tick, (first, end) => {
      for (let i = first; i < end; i += 1) this.index.insertBinary(this.bits(row(vectors, i)));
    });
  }
  search(artist, query) {
    const scored = this.index.searchBinary(this.bits(query), 200).map(({ id }) => {
      let score = 0;
      for (let j = 0, at = (id - 1) * DIMENSIONS; j < DIMENSIONS; j += 1, at += 1) score += this.vectors[at] * query[j];
      return { row: id - 1, score };
    });
    return scored.toSorted((a, b) => b.score - a.score).slice(0, LIMIT + 1).map(({ row }) => row);
  }
  memory() {
    return this.exports.memory.buffer.byteLength + this.vectors.byteLength;
  }
  wire(count) {
    return count * FLOATS;
  }
}

/** hnswlib-wasm with its defaults; how long it looks can be said for each search. */
export class Hnswlib {
  constructor(efSearch, built) {
    Object.assign(this, { efSearch, built, exact: false, name: `hnswlib-wasm, ef ${efSearch}` });
  }
  async load() {
    const { loadHnswlib } = await import("./node_modules/hnswlib-wasm/dist/hnswlib.js");
    this.library = this.built?.library ?? (await loadHnswlib());
  }
  async build(vectors, count, tick) {
    if (this.built) {
      if (!this.built.ready) throw new Error("not built");
      this.index = this.built.index;
      return;
    }
    this.index = new this.library.HierarchicalNSW("ip", DIMENSIONS, "");
    this.index.initIndex(count, 16, 200, 100);
    await inChunks(count, tick, (first, end) => {
      for (let i = first; i < end; i += 1) this.index.addPoint(row(vectors, i), i, false);
    });
    this.ready = true;
  }
  search(artist, query) {
    this.index.setEfSearch(this.efSearch);
    return this.index.searchKnn(query, LIMIT + 1, undefined).neighbors;
  }
  memory() {
    return this.library.HEAPU8.byteLength;
  }
  wire(count) {
    return count * FLOATS;
  }
}

/** voy: a k-d tree. It takes its vectors as lists of numbers in objects, and measures Euclidean distance: the same order. */
export class Voy {
  name = "voy, k-d tree";
  exact = true;
  async load() {
    const glue = await import("./node_modules/voy-search/voy_search_bg.js");
    const source = fetch("./node_modules/voy-search/voy_search_bg.wasm");
    const { instance } = await WebAssembly.instantiateStreaming(source, { "./voy_search_bg.js": glue });
    glue.__wbg_set_wasm(instance.exports);
    this.exports = instance.exports;
    this.glue = glue;
  }
  async build(vectors, count, tick) {
    this.index = new this.glue.Voy();
    await inChunks(count, tick, (first, end) => {
      const embeddings = [];
      for (let i = first; i < end; i += 1) {
        embeddings.push({ id: `${i}`, title: "x", url: "", embeddings: Array.from(row(vectors, i)) });
      }
      this.index.add({ embeddings });
    });
  }
  search(artist, query) {
    return this.index.search(query, LIMIT + 1).neighbors.map(({ id }) => Number(id));
  }
  memory() {
    return this.exports.memory.buffer.byteLength;
  }
  wire(count) {
    return count * FLOATS;
  }
}
