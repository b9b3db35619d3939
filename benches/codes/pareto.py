"""What do vectors cost, and what do they lose? This project's codes beside those of FAISS, on one model, in one run.

    cargo build --release && cargo build --release --example search_bench
    python3 benches/codes/pareto.py MODEL.a2m MAP.a2l target/release [--slow]

Needs numpy and faiss-cpu. 999 artists, a third each from ranks 1 to 1,000, to 10,000 and beyond, are asked for their 20 nearest;
exact is the cosine of the model's own numbers. For every code:

- bytes an artist: what lies on the wire. For ours the whole vectors parts, tables included, norm and bias left out; for the
  others codes alone, codebooks left out, which is to their advantage;
- recall@20: the share of the 20 nearest that are found;
- displacement: by how many ranks, on average, the true 20 nearest are moved in the list that is found;
- ms: one query for 20 on one thread, the median of the 999. Rows of whole numbers, ours and others, are i8 in memory whatever they
  take on the wire, so one scan serves them all (`search_bench`); FAISS scans its own codes; a sketch is FAISS's binary scan and
  the products of the candidates.
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


def time_of_our_scan():
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        X.tofile(file.name)
        command = [str(Path(sys.argv[3]) / "examples/search_bench"), file.name, str(D)]
        asked = "".join(f"{artist}\n" for artist in Q)
        lines = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    return np.median([int(line.split()[0]) for line in lines]) / 1e6


SCAN = time_of_our_scan()


def judge(name, size, scores, milliseconds, all_scored=True):
    order = ranked(scores)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(N)[None, :].repeat(len(Q), 0), 1)
    found = np.take_along_axis(rank, TRUE, 1)
    recall, displacement = (found < K).mean(), np.abs(found - np.arange(K)).mean()
    took = f"{milliseconds:8.3f}"
    moved = f"{displacement:12.2f}" if all_scored else " " * 12
    print(f"{name:44s} {size:7.1f} {recall:10.4f} {moved} {took}", flush=True)


def symmetric(name, size, rows):
    """Codes against codes, as a query of this project is."""
    rows = unit(rows)
    judge(name, size, rows[Q] @ rows.T, SCAN)


def ours(step):
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(Path(sys.argv[3]) / "artist2vec"), "export", sys.argv[1], "--layout", sys.argv[2], "-o", folder, "--codes", str(step)]
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


def first_axes(count):
    """The axes of the largest variance alone, a byte each."""
    rows = X[:, :count]
    scale = np.abs(rows).max(1, keepdims=True) / 127
    symmetric(f"the first {count} axes, int8 a row", count + 4, np.round(rows / scale) * scale)


def uneven(bits, rotated):
    """Levels where the numbers of an axis are, by Lloyd's algorithm: a codebook an axis."""
    rotation = np.linalg.qr(rng.normal(size=(D, D)))[0].astype("f4") if rotated else np.eye(D, dtype="f4")
    rows = X @ rotation
    out = np.empty_like(rows)
    for axis in range(D):
        numbers = np.sort(rows[:, axis])
        levels = np.quantile(numbers, (np.arange(2**bits) + 0.5) / 2**bits)
        sums = np.concatenate([[0], np.cumsum(numbers, dtype="f8")])
        for _ in range(30):
            ends = np.concatenate([[0], np.searchsorted(numbers, (levels[1:] + levels[:-1]) / 2), [N]])
            counts = np.diff(ends)
            levels = np.where(counts > 0, np.diff(sums[ends]) / np.maximum(counts, 1), levels)
        out[:, axis] = levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, rows[:, axis])]
    symmetric(f"{bits} bits, uneven levels{', rotated' if rotated else ''}", bits * D / 8, out)


def head_residual(head):
    """4 bits for all, 4 more of what is left for the best known."""
    rotation = np.linalg.qr(rng.normal(size=(D, D)))[0].astype("f4")
    rows = X @ rotation
    scale = np.abs(rows).max(1, keepdims=True) / 7
    coded = np.round(rows / scale) * scale
    rest = (rows - coded)[:head]
    finer = np.abs(rest).max(1, keepdims=True) / 7
    coded[:head] += np.round(rest / finer) * finer
    size = D / 2 + 4 + (D / 2 + 4) * head / N
    symmetric(f"int4 a row, rotated; {head} with a residual", size, coded)


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
    packed = np.packbits(X @ rotation > 0, axis=1)
    index = faiss.IndexBinaryFlat(bits)
    index.add(packed)
    scores = np.full((len(Q), N), -8.0, "f4")
    times = []
    for row, artist in enumerate(Q):
        begin = time.perf_counter()
        # One more: the artist itself is its own nearest.
        chosen = index.search(packed[artist : artist + 1], candidates + 1)[1][0]
        exact = X[chosen] @ X[artist]
        times.append(1000 * (time.perf_counter() - begin))
        scores[row, chosen] = exact
    judge(f"{bits}-bit sketch, {candidates} scored anew", bits / 8, scores, np.median(times), all_scored=False)


faiss.omp_set_num_threads(1)
print(f"{N} artists, {D} dimensions, {len(Q)} asked; faiss {faiss.__version__}, numpy {np.__version__}\n")
print(f"{'code':44s} {'bytes':>7s} {'recall@20':>10s} {'displacement':>12s} {'ms':>8s}")
for step in STEPS:
    ours(step)
for bits in (8, 6, 4):
    rows_of_integers(bits, False)
    rows_of_integers(bits, True)
for bits in (6, 4):
    for rotated in (False, True):
        uneven(bits, rotated)
for count in (48, 64, 80):
    first_axes(count)
for head in (2000, 10_000):
    head_residual(head)
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
