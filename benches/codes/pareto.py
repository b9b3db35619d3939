"""What do vectors cost, and what do they lose? This project's codes beside those of FAISS, on one model, in one run.

    python3 benches/codes/pareto.py MODEL.a2m MAP.a2l target/release/artist2vec [--slow]

Needs numpy and faiss-cpu. 999 artists, a third each from ranks 1 to 1,000, to 10,000 and beyond, are asked for their 20 nearest;
exact is the cosine of the model's own numbers. For every code:

- bytes an artist: what lies on the wire. For ours the whole vectors parts, tables included, norm and bias left out; for the
  others codes alone, codebooks left out, which is to their advantage;
- recall@20: the share of the 20 nearest that are found;
- displacement: by how many ranks, on average, the true 20 nearest are moved in the list that is found;
- ms: one query on one thread, the median of the 999, by FAISS's own scan. Ours are i8 rows in memory whatever the step, so all of
  ours take the same time: benches/native-search has it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))
import read_pack  # noqa: E402

K, STEPS = 20, [0.0015, 0.0025, 0.0035, 0.005, 0.008, 0.013, 0.016, 0.02, 0.03, 0.05]
rng = np.random.default_rng(1)


def model_vectors(path):
    file = Path(path).read_bytes()
    found = {}
    for i in range(int.from_bytes(file[24:28], "little")):
        at = 64 + 32 * i
        offset, size = (int.from_bytes(file[at + a : at + a + 8], "little") for a in (8, 16))
        found[file[at : at + 4].decode()] = file[offset : offset + size]
    d = int.from_bytes(found["DIMS"], "little")
    return np.frombuffer(found["VECI"], "<f4").reshape(-1, d)


def unit(rows):
    return np.ascontiguousarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype="f4")


X = unit(model_vectors(sys.argv[1]))
N, D = X.shape
groups = [(0, min(N, 1000)), (1000, min(N, 10_000)), (10_000, N)]
Q = np.sort(np.concatenate([rng.choice(np.arange(a, b), min(333, b - a), replace=False) for a, b in groups if b > a]))


def ranked(scores):
    scores[np.arange(len(Q)), Q] = -9
    return np.argsort(-scores, axis=1, kind="stable")


TRUE = ranked(X[Q] @ X.T)[:, :K]


def judge(name, size, scores, milliseconds=None, all_scored=True):
    order = ranked(scores)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(N)[None, :].repeat(len(Q), 0), 1)
    found = np.take_along_axis(rank, TRUE, 1)
    recall, displacement = (found < K).mean(), np.abs(found - np.arange(K)).mean()
    took = "" if milliseconds is None else f"{milliseconds:8.2f}"
    moved = f"{displacement:12.2f}" if all_scored else " " * 12
    print(f"{name:44s} {size:7.1f} {recall:10.4f} {moved} {took}", flush=True)


def symmetric(name, size, rows):
    """Codes against codes, as a query of this project is."""
    rows = unit(rows)
    judge(name, size, rows[Q] @ rows.T)


def ours(step):
    with tempfile.TemporaryDirectory() as folder:
        arguments = [sys.argv[3], "export", sys.argv[1], "--layout", sys.argv[2], "-o", folder, "--codes", str(step)]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pack = read_pack.Pack(folder)
        size = sum(path.stat().st_size for path in Path(folder).glob("vectors-*"))
        size -= len(pack.norms) + len(pack.biases)
        symmetric(f"artist2vec, step {step:g}", size / N, np.array(pack.rows, dtype="f4") * np.array(pack.steps, dtype="f4"))


def rows_of_integers(bits, rotated):
    rows = X @ np.linalg.qr(rng.normal(size=(D, D)))[0].astype("f4") if rotated else X
    most = 2 ** (bits - 1) - 1
    scale = np.abs(rows).max(1, keepdims=True) / most
    name = f"int{bits} a row{', rotated' if rotated else ''}"
    symmetric(name, bits * D / 8 + 4, np.round(rows / scale) * scale)


def faiss_index(name, size, index):
    index.train(X)
    index.add(X)
    times = []
    for q in X[Q]:
        begin = time.perf_counter()
        index.search(q[None, :], K)
        times.append(1000 * (time.perf_counter() - begin))
    found, ids = index.search(X[Q], N)
    scores = np.full((len(Q), N), -8.0, "f4")
    if index.metric_type == faiss.METRIC_L2:
        found = -found
    np.put_along_axis(scores, np.where(ids < 0, 0, ids), np.where(ids < 0, -8.0, found), 1)
    judge(name, size, scores, np.median(times))


def sketch(bits, candidates):
    """Signs after a rotation, the best of them scored anew with full precision, which must lie somewhere beside."""
    rotation = np.linalg.qr(rng.normal(size=(max(bits, D), max(bits, D))))[0][:D, :bits].astype("f4")
    signs = np.where(X @ rotation > 0, 1, -1).astype("f4")
    near = signs[Q] @ signs.T
    near[np.arange(len(Q)), Q] = -1e9
    chosen = np.argpartition(-near, candidates, axis=1)[:, :candidates]
    scores = np.full((len(Q), N), -8.0, "f4")
    exact = X[Q] @ X.T
    np.put_along_axis(scores, chosen, np.take_along_axis(exact, chosen, 1), 1)
    judge(f"{bits}-bit sketch, {candidates} scored anew", bits / 8, scores, all_scored=False)


faiss.omp_set_num_threads(1)
print(f"{N} artists, {D} dimensions, {len(Q)} asked; faiss {faiss.__version__}, numpy {np.__version__}\n")
print(f"{'code':44s} {'bytes':>7s} {'recall@20':>10s} {'displacement':>12s} {'ms':>8s}")
for step in STEPS:
    ours(step)
for bits in (8, 6, 4):
    rows_of_integers(bits, False)
    rows_of_integers(bits, True)
faiss_index("faiss flat, f32", 4.0 * D, faiss.IndexFlatIP(D))
for name, kind in [("8", "QT_8bit"), ("6", "QT_6bit"), ("4", "QT_4bit")]:
    index = faiss.IndexScalarQuantizer(D, getattr(faiss.ScalarQuantizer, kind), faiss.METRIC_INNER_PRODUCT)
    faiss_index(f"faiss scalar quantiser, {name} bits an axis", int(name) * D / 8, index)
for m in (25, 50):
    faiss_index(f"faiss product codes, {m} x 8 bits", m, faiss.IndexPQ(D, m, 8, faiss.METRIC_INNER_PRODUCT))
for bits in (96, 256):
    for candidates in (200, 1000):
        sketch(bits, candidates)
# Minutes each.
for m in (25, 50) if "--slow" in sys.argv else ():
    transform = faiss.OPQMatrix(D, m)
    transform.niter = 10
    inner = faiss.IndexPQ(D, m, 8, faiss.METRIC_INNER_PRODUCT)
    faiss_index(f"faiss OPQ (learned rotation), {m} x 8 bits", m, faiss.IndexPreTransform(transform, inner))
