"""Writes cooccurrence.json: artificial playlists, and what numpy and scikit-learn make of who stands in them together:
item-item cosines, and the eigenvalues and vectors of positive pointwise mutual information.

Made with numpy 2.4.6 and scikit-learn 1.9.1:
    python tests/oracles/cooccurrence.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics.pairwise import cosine_similarity

draw = np.random.default_rng(3)
artists, styles = 80, 6
popularity = 1 / np.arange(1, artists + 1) ** 0.7
style = draw.integers(0, styles, artists)
playlists = []
for _ in range(200):
    weights = popularity * np.where(style == draw.integers(styles), 12.0, 1.0)
    # Artist 79 is in no playlist, and repeats count once.
    weights[79] = 0
    playlists.append(draw.choice(artists, size=draw.integers(1, 25), p=weights / weights.sum()).tolist())
# Artist 78 is only ever alone.
playlists = [[a for a in playlist if a != 78] for playlist in playlists] + [[78], [78, 78]]

incidence = np.zeros((len(playlists), artists))
for i, playlist in enumerate(playlists):
    incidence[i, playlist] = 1
cosine = cosine_similarity(incidence.T)

together = incidence.T @ incidence
np.fill_diagonal(together, 0)
marginals = together.sum(axis=1)
with np.errstate(divide="ignore", invalid="ignore"):
    pmi = np.log(together * together.sum() / np.outer(marginals, marginals))
ppmi = np.where(together > 0, np.maximum(pmi, 0), 0)
values, vectors = np.linalg.eigh(ppmi)
order = np.argsort(-np.abs(values))
sizes = np.abs(values[order])
np.testing.assert_allclose(sizes, np.linalg.svd(ppmi, compute_uv=False), rtol=0, atol=1e-9)
# Cut beyond the first negative value, where the next is clearly smaller: the space is then well defined.
first = int(np.flatnonzero(values[order] < 0)[0]) + 1
gaps = 1 - sizes[first : first + 15] / sizes[first - 1 : first + 14]
dimensions = first + int(np.argmax(gaps))
kept = order[:dimensions]
rows = vectors[:, kept] * np.sqrt(np.abs(values[kept]))
assert (values[kept] < 0).any() and gaps.max() > 0.04, (values[kept], gaps.max())

def upper(matrix):
    """The upper triangle with the diagonal, row by row."""
    return [round(x, 8) for x in matrix[np.triu_indices(artists)]]


oracle = {
    "made_with": f"numpy {np.__version__}, scikit-learn {sklearn.__version__}",
    "artists": artists,
    "playlists": playlists,
    "item_item": upper(cosine),
    "dimensions": dimensions,
    "eigenvalues": values[kept].tolist(),
    "ppmi_svd": upper(cosine_similarity(rows)),
}
path = Path(__file__).parent / "cooccurrence.json"
path.write_text(json.dumps(oracle, separators=(",", ":")) + "\n")
print(oracle["made_with"], dimensions, values[kept], gaps.max(), path.stat().st_size, "bytes")
