"""Our search natively beside usearch and FAISS: one thread each, the same vectors, asked in turn for the same artists.

python compare.py PROGRAM VECTORS [ARTISTS ...]

PROGRAM is the example `search_bench`, VECTORS what `bench_vectors` wrote (README.md beside this file).
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import subprocess
import sys
import tempfile
import time

import faiss
import numpy as np
import usearch
from usearch.index import Index, search as exact_search

DIMENSIONS, LIMIT, ROUNDS, WARM_UP = 100, 20, 200, 5
faiss.omp_set_num_threads(1)


class Ours:
    name = "artist2vec (exact, int8)"

    def __init__(self, program, vectors):
        with tempfile.NamedTemporaryFile(suffix=".f32") as file:
            vectors.tofile(file.name)
            command = [program, file.name, str(DIMENSIONS)]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.build = float(self.process.stdout.readline())

    def search(self, artist, _query):
        # It measures itself: the way through two pipes is no part of a search.
        print(artist, file=self.process.stdin, flush=True)
        nanoseconds, *rows = map(int, self.process.stdout.readline().split())
        return rows, nanoseconds / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Timed:
    def search(self, _artist, query):
        begin = time.perf_counter_ns()
        rows = self.ask(query)
        return list(rows), (time.perf_counter_ns() - begin) / 1e6

    def close(self):
        pass


class FaissFlat(Timed):
    """IndexFlatIP over f32, or over 8 bits a number."""

    def __init__(self, vectors, codes):
        begin = time.perf_counter()
        if codes:
            self.name = "FAISS flat, 8-bit"
            self.index = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
            self.index.train(vectors)
        else:
            self.name = "FAISS flat, f32"
            self.index = faiss.IndexFlatIP(DIMENSIONS)
        self.index.add(vectors)
        self.build = time.perf_counter() - begin

    def ask(self, query):
        return self.index.search(query[None], LIMIT + 1)[1][0]


class UsearchExact(Timed):
    """Its brute force over i8 or f32."""

    def __init__(self, vectors, kind):
        self.name, self.build = f"usearch exact, {kind}", 0.0
        self.kind = kind
        self.rows = self.cast(vectors)

    def cast(self, vectors):
        return np.round(vectors * 127).astype(np.int8) if self.kind == "i8" else vectors

    def ask(self, query):
        return exact_search(self.rows, self.cast(query), LIMIT + 1, "cos", exact=True, threads=1).keys


class UsearchHnsw(Timed):
    """Its graph with its defaults, over i8 or f32; `expansion` is how far a search looks."""

    def __init__(self, vectors, kind, expansion, built=None):
        self.name, self.expansion = f"usearch HNSW {kind}, ef {expansion}", expansion
        begin = time.perf_counter()
        self.index = built.index if built else Index(ndim=DIMENSIONS, metric="cos", dtype=kind)
        if not built:
            self.index.add(np.arange(len(vectors)), vectors, threads=1)
        self.build = time.perf_counter() - begin

    def ask(self, query):
        self.index.expansion_search = self.expansion
        return self.index.search(query, LIMIT + 1, threads=1).keys


def main():
    program, file, *sizes = sys.argv[1:]
    everything = np.fromfile(file, np.float32).reshape(-1, DIMENSIONS)
    print(f"usearch {usearch.__version__}, faiss {faiss.__version__}; {ROUNDS} queries of {LIMIT}, one thread each")
    for count in map(int, sizes or ["10000", "70000", "300000"]):
        vectors = np.ascontiguousarray(everything[:count])
        engines = [Ours(program, vectors), FaissFlat(vectors, False), FaissFlat(vectors, True)]
        engines += [UsearchExact(vectors, "f32"), UsearchExact(vectors, "i8")]
        for kind in ("i8", "f32"):
            graph = UsearchHnsw(vectors, kind, 64)
            engines += [graph, *(UsearchHnsw(vectors, kind, expansion, graph) for expansion in (256, 1024))]
        times, found = [[] for _ in engines], [0] * len(engines)
        for round in range(WARM_UP + ROUNDS):
            artist = round * 37 % min(1000, count) if round % 3 == 0 else round * 7919 * 13 % count
            scores = vectors @ vectors[artist]
            scores[artist] = -np.inf
            truth = set(np.argpartition(-scores, LIMIT)[:LIMIT].tolist())
            for i, engine in enumerate(engines):
                rows, milliseconds = engine.search(artist, vectors[artist].copy())
                if round >= WARM_UP:
                    times[i].append(milliseconds)
                    found[i] += len(truth & set([int(row) for row in rows if row != artist][:LIMIT]))
        print(f"\n{count:,} artists\n\n| engine | p50 ms | p99 ms | ours is faster by | recall@20 | ready after s |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for engine, taken, hits in zip(engines, times, found):
            ratio = statistics.median(theirs / ours for theirs, ours in zip(taken, times[0]))
            p50, p99 = np.quantile(taken, [0.5, 0.99])
            recall = hits / (ROUNDS * LIMIT)
            print(f"| {engine.name} | {p50:.3f} | {p99:.3f} | {ratio:.2f} | {recall:.3f} | {engine.build:.2f} |")
            engine.close()
        print(flush=True)


if __name__ == "__main__":
    main()
