"""Writes training_gensim.json: Word2Vec's updates and tables as gensim's own code computes them.

Needs gensim (written with gensim 4.4.0 and numpy 2.4.6):  python training_gensim.py

- updates: each case is one call of gensim's compiled train_batch_cbow or train_batch_sg on one sentence from given
  matrices, with negative sampling, hierarchical softmax, or both. gensim draws windows and the seed of its negatives from
  model.random, and the negatives from its own generator; both are repeated here, so that the fixture can name the
  negatives in the order of their draws. A plain numpy version of the update with these negatives must agree with gensim's
  result to 1e-6, or nothing is written. The loss is that version's: exact, in 64 bits, of the scores before each update,
  with skip-gram of each target's first pair (gensim's own is of all pairs, is read from a table, and leaves out what is
  beyond the cut-off).
- huffman: inner nodes and codes on every word's path.
- noise, samples: the tables cum_table and sample_int.
"""

import copy
import json

import gensim
import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec_inner import train_batch_cbow, train_batch_sg

TABLE_SIZE, MAX_EXP = 1000, 6
x = ((np.arange(TABLE_SIZE, dtype=np.float32) / np.float32(TABLE_SIZE) * 2 - 1) * MAX_EXP).astype(np.float64)
e = np.exp(x).astype(np.float32)
TABLE = (e / (e + 1)).astype(np.float32)


def vocabulary(counts, **settings):
    """A model whose words, by index, have these counts, which must not rise."""
    model = Word2Vec(min_count=1, workers=1, **settings)
    model.build_vocab_from_freq({f"a{i}": n for i, n in enumerate(counts)})
    assert [model.wv.get_vecattr(i, "count") for i in range(len(counts))] == counts
    return model


def drawn(model, sentence_length):
    """Repeats gensim's draws: the windows' reductions, and a generator of negatives."""
    random = copy.deepcopy(model.random)
    # The compiled code draws a seed only where something needs it.
    next_random = 2**24 * random.randint(0, 2**24) + random.randint(0, 2**24) if model.negative or model.sample else 0
    reduced = [int(r) for r in random.randint(0, model.window, sentence_length)]

    def negatives(next_random):
        while True:
            yield int(np.searchsorted(model.cum_table, (next_random >> 16) % int(model.cum_table[-1]), side="left"))
            next_random = (next_random * 25214903917 + 11) & (2**48 - 1)

    return reduced, negatives(next_random)


class Update:
    """The update in numpy."""

    def __init__(self, model, draw, alpha):
        self.model, self.draw, self.alpha = model, draw, np.float32(alpha)
        self.inputs = model.wv.vectors.copy()
        self.outputs = model.syn1neg.copy() if model.negative else None
        self.nodes = model.syn1.copy() if model.hs else None
        self.negatives, self.targets, self.measured, self.loss, self.cut_off = [], 0, True, 0.0, 0

    def sentence(self, tokens, windows):
        for i, (start, end) in enumerate(windows):
            context = [tokens[m] for m in range(start, end) if m != i]
            self.measured = True
            for part in [[a] for a in context] if self.model.sg else [context] if context else []:
                self.predict(part, tokens[i])
                self.targets += self.measured
                self.measured = False

    def predict(self, context, target):
        if self.model.hs:
            codes, points = (self.model.wv.get_vecattr(target, name) for name in ("code", "point"))
            self.learn(context, self.nodes, [(1 - int(code), int(point)) for code, point in zip(codes, points)])
        if self.model.negative:
            negatives = [next(self.draw) for _ in range(self.model.negative)]
            self.negatives += negatives
            self.learn(context, self.outputs, [(1, target)] + [(0, n) for n in negatives if n != target])

    def learn(self, context, matrix, questions):
        mean = self.model.sg or self.model.cbow_mean
        hidden = np.zeros(matrix.shape[1], np.float32)
        for a in context:
            hidden += self.inputs[a]
        if mean:
            hidden *= np.float32(1) / np.float32(len(context))
        work = np.zeros_like(hidden)
        for label, row in questions:
            f = float(np.dot(hidden, matrix[row]))
            self.loss += float(np.logaddexp(0, -f if label else f)) if self.measured else 0.0
            if f <= -MAX_EXP or f >= MAX_EXP:
                self.cut_off += 1
                continue
            # 83, not 83 1/3: the C code divides integers.
            g = np.float32((label - TABLE[int((f + MAX_EXP) * (TABLE_SIZE // MAX_EXP // 2))]) * self.alpha)
            work += g * matrix[row]
            matrix[row] += g * hidden
        if not mean:
            work *= np.float32(1) / np.float32(len(context))
        for a in context:
            self.inputs[a] += work


def listed(matrix):
    return [float(f"{number:.9g}") for number in matrix.ravel()]


def update(name, sg, hs, negative, cbow_mean, scale, seed):
    size, alpha = 6, 0.1
    counts = [40, 20, 12, 8, 6, 5, 4, 3, 2]
    model = vocabulary(counts, vector_size=size, window=3, negative=negative, cbow_mean=cbow_mean, sample=0, seed=seed,
                       sg=sg, hs=hs)
    assert model.wv.index_to_key == [f"a{i}" for i in range(len(counts))]
    rng = np.random.default_rng(seed)
    weights = lambda rows: (rng.random((rows, size), dtype=np.float32) - 0.5) * scale
    model.wv.vectors[:] = weights(len(counts))
    if negative:
        model.syn1neg[:] = weights(len(counts))
    if hs:
        model.syn1[:-1] = weights(len(counts) - 1)  # gensim's last row belongs to no node
    tokens = [int(t) for t in rng.integers(0, len(counts), 12)]
    reduced, negatives = drawn(model, len(tokens))
    reach = [model.window - r for r in reduced]
    windows = [(max(0, i - w), min(len(tokens), i + w + 1)) for i, w in enumerate(reach)]
    mine = Update(model, negatives, alpha)
    matrices = lambda inputs, outputs, nodes: {
        "input": inputs, **({"output": outputs} if negative else {}), **({"nodes": nodes[:-1]} if hs else {})
    }
    theirs = lambda: matrices(model.wv.vectors, getattr(model, "syn1neg", None), getattr(model, "syn1", None))
    before = {part: matrix.copy() for part, matrix in theirs().items()}
    work, neu1 = (np.zeros(size, np.float32) for _ in range(2))
    model.running_training_loss = 0.0
    sentences = [[f"a{t}" for t in tokens]]
    if sg:
        train_batch_sg(model, sentences, alpha, work, False)
    else:
        train_batch_cbow(model, sentences, alpha, work, neu1, False)
    mine.sentence(tokens, windows)
    after = theirs()
    own = matrices(mine.inputs, mine.outputs, mine.nodes)
    worst = max(np.abs(own[part] - after[part]).max() for part in after)
    moved = min(np.abs(before[part] - after[part]).max() for part in after)
    print(f"{name}: differs by {worst:.1e}, moved by {moved:.2f}, {mine.cut_off} scores beyond the cut-off")
    assert worst < 1e-6 and moved > 0.01 and (mine.cut_off > 0) == ("cut off" in name)
    return {
        "name": name, "sg": sg, "hs": hs, "negative": negative, "cbow_mean": cbow_mean, "columns": size, "alpha": alpha,
        "counts": counts, "tokens": tokens, "windows": windows, "negatives": mine.negatives,
        "targets": mine.targets, "loss": mine.loss,
        **{part: listed(matrix) for part, matrix in before.items()},
        **{f"expected_{part}": listed(matrix) for part, matrix in after.items()},
    }


def huffman(name, counts):
    counts = sorted((int(n) for n in counts), reverse=True)
    model = vocabulary(counts, vector_size=1, hs=1, negative=0)
    path = lambda i: [[int(n) for n in model.wv.get_vecattr(i, attribute)] for attribute in ("point", "code")]
    return {"name": name, "counts": counts, "paths": [path(i) for i in range(len(counts))]}


rng = np.random.default_rng(1)
zipf = [int(n) for n in sorted((20_000 // np.arange(1, 301)).tolist(), reverse=True)]

updates = [
    update(f"{model}, {objective}{', cut off' if scale > 1 else ''}", sg, hs, negative, mean, scale, seed)
    for seed, (model, sg, mean, objective, hs, negative, scale) in enumerate([
        ("mean", 0, 1, "negative sampling", 0, 5, 1.0),
        ("sum", 0, 0, "negative sampling", 0, 5, 1.0),
        ("mean", 0, 1, "negative sampling", 0, 5, 8.0),
        ("sum", 0, 0, "negative sampling", 0, 5, 5.0),
        ("mean", 0, 1, "hierarchical softmax", 1, 0, 1.0),
        ("sum", 0, 0, "hierarchical softmax", 1, 0, 5.0),
        ("mean", 0, 1, "both", 1, 5, 1.0),
        ("sum", 0, 0, "both", 1, 5, 5.0),
        ("skip-gram", 1, 1, "negative sampling", 0, 5, 1.0),
        ("skip-gram", 1, 1, "negative sampling", 0, 5, 8.0),
        ("skip-gram", 1, 1, "hierarchical softmax", 1, 0, 5.0),
        ("skip-gram", 1, 1, "both", 1, 5, 1.0),
    ], 1)
]
trees = [
    huffman("two", [3, 1]),
    huffman("three alike", [5, 5, 5]),
    huffman("all alike", [1] * 37),
    huffman("many ties", rng.integers(1, 6, 200)),
    huffman("Zipf", zipf),
    huffman("deep", [2**i for i in range(31)]),
]
noise, samples = [], []
for counts in (zipf, [2**31 - 1, 10**6, 977, 41, 41, 5, 1]):
    for exponent in (0.75, 0.5, 0.0, 1.0, -0.5, -2.0):
        model = vocabulary(counts, vector_size=1, negative=5, ns_exponent=exponent)
        table = [int(n) for n in model.cum_table]
        noise.append({"counts": counts, "ns_exponent": exponent, "cum_table": table})
    for sample in (0, 1e-5, 1e-3, 0.5, 1, 250):
        model = vocabulary(counts, vector_size=1, sample=sample)
        ints = [int(model.wv.get_vecattr(i, "sample_int")) for i in range(len(counts))]
        samples.append({"counts": counts, "sample": sample, "sample_int": ints})

with open("training_gensim.json", "w") as file:
    versions = {"gensim": gensim.__version__, "numpy": np.__version__}
    parts = {"updates": updates, "huffman": trees, "noise": noise, "samples": samples}
    json.dump({**versions, **parts}, file, separators=(",", ":"))
    file.write("\n")
