"""Writes cbow_gensim.json: CBOW with negative sampling as gensim's compiled code computes it.

Needs gensim (written with gensim 4.4.0 and numpy 2.4.6):  python cbow_gensim.py

Each case is one call of gensim's train_batch_cbow on one sentence from given matrices. gensim draws windows and the seed
of its negatives from model.random, and the negatives from its own generator; both are repeated here, so that the
fixture can name the negatives of every target. A plain numpy version of the update with these negatives must agree with
gensim's result to 1e-6, or nothing is written.
"""

import copy
import json

import gensim
import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec_inner import train_batch_cbow

TABLE_SIZE, MAX_EXP = 1000, 6
x = ((np.arange(TABLE_SIZE, dtype=np.float32) / np.float32(TABLE_SIZE) * 2 - 1) * MAX_EXP).astype(np.float64)
e = np.exp(x).astype(np.float32)
TABLE = (e / (e + 1)).astype(np.float32)


def drawn(model, sentence_length, negative):
    """Repeats gensim's draws: the windows' reductions, and the negatives of every target."""
    random = copy.deepcopy(model.random)
    next_random = 2**24 * random.randint(0, 2**24) + random.randint(0, 2**24)
    reduced = random.randint(0, model.window, sentence_length)
    table, negatives = model.cum_table, []
    for _ in range(sentence_length):
        row = []
        for _ in range(negative):
            row.append(int(np.searchsorted(table, (next_random >> 16) % int(table[-1]), side="left")))
            next_random = (next_random * 25214903917 + 11) & (2**48 - 1)
        negatives.append(row)
    return [int(r) for r in reduced], negatives


def update(inputs, outputs, tokens, windows, negatives, alpha, cbow_mean):
    cut_off = 0
    for i, (start, end) in enumerate(windows):
        context = [tokens[m] for m in range(start, end) if m != i]
        hidden = np.zeros(inputs.shape[1], np.float32)
        for a in context:
            hidden += inputs[a]
        if cbow_mean and context:
            hidden /= np.float32(len(context))
        work = np.zeros_like(hidden)
        for label, a in [(1, tokens[i])] + [(0, n) for n in negatives[i] if n != tokens[i]]:
            f = float(np.dot(hidden, outputs[a]))
            if f <= -MAX_EXP or f >= MAX_EXP:
                cut_off += 1
                continue
            # 83, not 83 1/3: the C code divides integers.
            g = np.float32((label - TABLE[int((f + MAX_EXP) * (TABLE_SIZE // MAX_EXP // 2))]) * np.float32(alpha))
            work += g * outputs[a]
            outputs[a] += g * hidden
        if not cbow_mean and context:
            work /= np.float32(len(context))
        for a in context:
            inputs[a] += work
    return cut_off


def case(name, cbow_mean, scale, seed):
    artists, size, negative, alpha = 9, 6, 5, 0.1
    counts = [40, 20, 12, 8, 6, 5, 4, 3, 2]
    model = Word2Vec(vector_size=size, window=3, negative=negative, cbow_mean=cbow_mean, min_count=1, sample=0, workers=1, seed=seed)
    model.build_vocab_from_freq({f"a{i}": n for i, n in enumerate(counts)})
    assert [model.wv.key_to_index[f"a{i}"] for i in range(artists)] == list(range(artists))
    rng = np.random.default_rng(seed)
    model.wv.vectors[:] = (rng.random((artists, size), dtype=np.float32) - 0.5) * scale
    model.syn1neg[:] = (rng.random((artists, size), dtype=np.float32) - 0.5) * scale
    inputs, outputs = model.wv.vectors.copy(), model.syn1neg.copy()
    tokens = [int(t) for t in rng.integers(0, artists, 12)]
    reduced, negatives = drawn(model, len(tokens), negative)
    reach = [model.window - r for r in reduced]
    windows = [(max(0, i - w), min(len(tokens), i + w + 1)) for i, w in enumerate(reach)]
    work, neu1 = (np.zeros(size, np.float32) for _ in range(2))
    model.running_training_loss = 0.0
    train_batch_cbow(model, [[f"a{t}" for t in tokens]], alpha, work, neu1, False)
    expected_inputs, expected_outputs = model.wv.vectors, model.syn1neg
    mine_inputs, mine_outputs = inputs.copy(), outputs.copy()
    cut_off = update(mine_inputs, mine_outputs, tokens, windows, negatives, alpha, cbow_mean)
    worst = max(np.abs(mine_inputs - expected_inputs).max(), np.abs(mine_outputs - expected_outputs).max())
    moved = max(np.abs(inputs - expected_inputs).max(), np.abs(outputs - expected_outputs).max())
    print(f"{name}: differs by {worst:.1e}, moved by {moved:.2f}, {cut_off} scores beyond the cut-off")
    assert worst < 1e-6 and moved > 0.01
    listed = lambda matrix: [float(f"{number:.9g}") for number in matrix.ravel()]
    return {
        "name": name, "columns": size, "alpha": alpha, "cbow_mean": bool(cbow_mean), "cut_off": cut_off, "tokens": tokens,
        "windows": windows, "negatives": negatives, "input": listed(inputs), "output": listed(outputs),
        "expected_input": listed(expected_inputs), "expected_output": listed(expected_outputs),
    }


cases = [
    case("mean", 1, 1.0, 1),
    case("sum", 0, 1.0, 2),
    case("mean, cut off", 1, 8.0, 3),
    case("sum, cut off", 0, 5.0, 4),
]
assert cases[2]["cut_off"] > 0 and cases[3]["cut_off"] > 0
with open("cbow_gensim.json", "w") as file:
    json.dump({"gensim": gensim.__version__, "numpy": np.__version__, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
