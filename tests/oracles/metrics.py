"""Writes metrics.json: random and borderline cases of src/evaluation's metrics and statistics, with the values that
scikit-learn, scipy and numpy give them.

Made with numpy 2.4.6, scipy 1.17.1 and scikit-learn 1.9.1:
    python tests/oracles/metrics.py
"""

import json
from itertools import product
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import average_precision_score, ndcg_score

draw = np.random.default_rng(20261122)
CUTS = [1, 5, 10, 20, 100, 500]


def by_definition(ranked, relevant, k):
    """The metrics of one list in a few lines of numpy."""
    wanted = set(relevant)
    gains = np.array([float(artist in wanted) for artist in ranked])
    first = gains[:k]
    ranks = np.arange(1, len(first) + 1)
    ideal = (1 / np.log2(np.arange(1, min(k, len(wanted)) + 1) + 1)).sum()
    reachable = min(k, len(wanted))
    found = np.flatnonzero(gains)
    return {
        "k": k,
        "matches": int(first.sum()),
        "recall": first.sum() / len(wanted) if wanted else 0,
        "capped_recall": first.sum() / reachable if wanted else 0,
        "precision": first.sum() / k,
        "ndcg": (first / np.log2(ranks + 1)).sum() / ideal if wanted else 0,
        "average_precision": (np.cumsum(first) / ranks * first).sum() / reachable if wanted else 0,
        "reciprocal_rank": 1 / (found[0] + 1) if len(found) and found[0] < k else 0,
        "hit": float(first.any()),
    }


def whole_list(ranked, relevant):
    wanted = set(relevant)
    # As the challenge's metrics.py has it: https://recsys-challenge.spotify.com
    r_precision = len(set(ranked[:500][: len(wanted)]) & wanted) / len(wanted) if wanted else 0
    hits = [i for i, artist in enumerate(ranked[:500]) if artist in wanted]
    return {"r_precision": r_precision, "clicks": hits[0] // 10 if hits else 51}


def check_with_scikit_learn(ranked, relevant, artists, values):
    """ndcg_score and average_precision_score want a score for every artist: the list's from above, the rest below."""
    if not relevant or not ranked:
        return 0
    truth = np.isin(np.arange(artists), relevant).astype(float)
    score = np.zeros(artists)
    score[ranked] = np.arange(len(ranked), 0, -1)
    checked = 0
    for value in values:
        if value["k"] <= len(ranked) and artists > 1:
            np.testing.assert_allclose(value["ndcg"], ndcg_score([truth], [score], k=value["k"]), rtol=0, atol=1e-12)
            checked += 1
    if len(ranked) == artists:
        whole = by_definition(ranked, relevant, artists)["average_precision"]
        np.testing.assert_allclose(whole, average_precision_score(truth, score), rtol=0, atol=1e-12)
        checked += 1
    return checked


lists, checked = [], 0
shapes = [(50, 50, 5), (50, 50, 50), (50, 20, 12), (800, 500, 30), (800, 800, 700), (800, 600, 1), (300, 7, 40)]
edges = [(20, 20, 0), (20, 0, 5), (20, 0, 0), (1, 1, 1), (20, 3, 20), (30, 10, 1)]
for artists, length, relevant_count in shapes * 2 + edges:
    ranked = draw.permutation(artists)[:length].tolist()
    relevant = draw.permutation(artists)[:relevant_count].tolist()
    lists.append((artists, ranked, relevant))
# The first hit at the borders of pages and of the challenge's list.
for rank in [1, 10, 11, 20, 21, 500, 501, 510]:
    ranked = list(range(1, 600))
    ranked.insert(rank - 1, 0)
    lists.append((600, ranked, [0]))
cases = []
for artists, ranked, relevant in lists:
    values = [by_definition(ranked, relevant, k) for k in CUTS]
    checked += check_with_scikit_learn(ranked, relevant, artists, values)
    cases.append({"ranked": ranked, "relevant": relevant, **whole_list(ranked, relevant), "at": values})
assert checked > 90, checked


def gini(values):
    """Half the relative mean absolute difference, by all pairs."""
    values = np.asarray(values, dtype=float)
    if values.sum() == 0:
        return 0.0
    return np.abs(values[:, None] - values[None, :]).mean() / (2 * values.mean())


spreads = []
for counts in [[0, 0, 0], [4], [3, 3, 3], [0, 0, 9], *(draw.geometric(0.2, n) - 1 for n in [5, 40, 200])]:
    counts = np.asarray(counts)
    skewness = stats.skew(counts) if counts.std() > 0 else 0.0
    spreads.append(
        {"counts": counts.tolist(), "gini": gini(counts), "skewness": skewness, "coverage": np.mean(counts > 0)}
    )

mentions = np.sort(draw.zipf(1.6, 60).clip(max=100_000))[::-1]
information = -np.log2(mentions / mentions.sum())
novelties = []
for length, k in [(10, 20), (60, 20), (30, 5), (1, 1)]:
    ranked = draw.permutation(60)[:length]
    novelties.append({"ranked": ranked.tolist(), "k": k, "novelty": information[ranked[:k]].mean()})

flips = []
for n in [1, 2, 5, 9, 12]:
    for differences in [draw.normal(0.3, 1, n), draw.integers(-2, 4, n) / 20]:
        differences = np.asarray(differences, dtype=float)
        sums = [abs(np.dot(signs, differences)) for signs in product([-1, 1], repeat=n)]
        p = np.mean(np.array(sums) >= abs(differences.sum()) - 1e-12)
        if n > 1:
            test = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
            np.testing.assert_allclose(p, test.pvalue, rtol=0, atol=1e-12)
        flips.append({"differences": differences.tolist(), "p": p})
large = draw.normal(0.05, 1, 400)
test = stats.permutation_test(
    (large,), np.mean, permutation_type="samples", n_resamples=200_000, rng=np.random.default_rng(1), vectorized=True,
    batch=2_000,
)

# Percentile intervals of means: those of scipy's bootstrap with many resamples.
intervals = []
for values in [draw.normal(2, 1, 300), draw.random(60) ** 4, draw.integers(0, 2, 1200)]:
    values = np.asarray(values, dtype=float)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=50_000, method="percentile", rng=np.random.default_rng(2), batch=1_000
    )
    error = found.standard_error
    interval = found.confidence_interval
    intervals.append(
        {"values": values.tolist(), "mean": values.mean(), "low": interval.low, "high": interval.high, "error": error}
    )

quantiles = []
for n in [1, 2, 7, 40]:
    values = np.sort(draw.normal(size=n))
    shares = [0, 0.025, 0.5, 0.975, 1]
    quantiles.append({"values": values.tolist(), "shares": shares, "quantiles": np.quantile(values, shares).tolist()})

holms = []
for p in [[], [0.03], [0.01, 0.04, 0.03, 0.005], [0.5, 0.6, 0.9], draw.random(8) ** 3]:
    p = np.asarray(p, dtype=float)
    order = np.argsort(p)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]), 1)
    holms.append({"p": p.tolist(), "corrected": corrected.tolist()})


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


oracle = {
    "made_with": f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "lists": cases,
    "spreads": spreads,
    "mentions": mentions.tolist(),
    "novelties": novelties,
    "sign_flips": flips,
    "many_differences": large.tolist(),
    "many_differences_p": test.pvalue,
    "intervals": intervals,
    "quantiles": quantiles,
    "holm": holms,
}
path = Path(__file__).parent / "metrics.json"
path.write_text(json.dumps(oracle, separators=(",", ":"), default=plain) + "\n")
print(oracle["made_with"], f"{checked} values checked with scikit-learn,", path.stat().st_size, "bytes")
