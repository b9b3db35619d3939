"""Writes umap_learn.json: what umap-learn makes of points that src/layout/tests.rs generates by the same rule.

Holds the fitted curves, a fuzzy graph with the neighbours it was made of, and the trustworthiness of whole embeddings.
Made with umap-learn 0.5.12, scikit-learn 1.9.1 and numpy 2.4.6:
    python tests/oracles/umap_learn.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
import umap
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

warnings.filterwarnings("ignore")
MASK = (1 << 64) - 1


class Rng:
    """The project's xoshiro256++ seeded by SplitMix64 (src/rng.rs), stream 0."""

    def __init__(self, seed):
        _, mixer = self.split_mix(seed)
        self.state = []
        for _ in range(4):
            mixer, word = self.split_mix(mixer)
            self.state.append(word)

    @staticmethod
    def split_mix(state):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return state, z ^ (z >> 31)

    def next_u64(self):
        rotate = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
        s = self.state
        result = (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def next_f64(self):
        return (self.next_u64() >> 11) / 9007199254740992.0


def patches(n, count, dimensions):
    """n points on `count` curved patches of two dimensions, with noise, as unit vectors."""
    rng = Rng(7)
    draw = lambda: rng.next_f64() - 0.5
    frames = [[draw() for _ in range(4 * dimensions)] for _ in range(count)]
    rows = []
    for i in range(n):
        centre, right, up, bend = np.array(frames[i % count]).reshape(4, dimensions)
        s, t = draw(), draw()
        noise = np.array([draw() for _ in range(dimensions)])
        rows.append(centre + s * right + t * up + 2.0 * s * t * bend + 0.3 * noise)
    rows = np.array(rows)
    return (rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True))).astype(np.float32)


assert Rng(1).next_u64() == 8089978747140965633, "this Rng is not the project's"
points = patches(500, 6, 16)

curves = [[s, d, *find_ab_params(s, d)] for s, d in [(1, 0.1), (1, 0), (1, 0.5), (1, 0.99), (2, 0.25)]]

n, k = 150, 10
distances = pairwise_distances(points[:n].astype(np.float64), metric="cosine").clip(min=0)
np.fill_diagonal(distances, 0.0)
# Two points in one place, and one far from all others.
distances[3] = distances[11]
distances[:, 3] = distances[:, 11]
distances[3, 3] = distances[3, 11] = distances[11, 3] = 0.0
distances[7] += 3.0
distances[:, 7] += 3.0
distances[7, 7] = 0.0
# The point itself first, whatever lies in the same place.
order = np.argsort(distances - 1e-9 * np.eye(n), axis=1, kind="stable")[:, :k]
nearest = np.take_along_axis(distances, order, axis=1).astype(np.float32)
graph, _, _ = fuzzy_simplicial_set(
    points[:n], k, np.random.RandomState(1), "cosine", knn_indices=order, knn_dists=nearest
)
graph = graph.tocoo()
edges = sorted((int(i), int(j), round(float(w), 7)) for i, j, w in zip(graph.row, graph.col, graph.data))

# All pairs are compared exactly up to 4096 points.
trust = []
for seed in range(1, 6):
    embedding = umap.UMAP(n_components=3, metric="cosine", init="pca", random_state=seed).fit_transform(points)
    trust.append(float(trustworthiness(points, embedding, n_neighbors=14, metric="cosine")))

oracle = {
    "made_with": f"umap-learn {umap.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "first_point": points[0].tolist(),
    "curves": curves,
    "k": k,
    "indices": order.ravel().tolist(),
    "distances": [float(f"{x:.9g}") for x in nearest.ravel()],
    "edges": edges,
    "trustworthiness": trust,
}
(Path(__file__).parent / "umap_learn.json").write_text(json.dumps(oracle, separators=(",", ":")) + "\n")
print(oracle["made_with"], trust, len(edges))
