"""What gensim's KeyedVectors answers, for tests/keyed_vectors.rs: writes keyed_vectors.json beside this file.

python3 -m venv V && V/bin/pip install gensim==4.4.0 && V/bin/python tests/oracles/keyed_vectors.py

Rows are whole numbers of length 64, so that their unit vectors are multiples of 1/64 and a pack of that step holds them
exactly: what differs is arithmetic alone.
"""

import json
import platform
from pathlib import Path

import gensim
import numpy
from gensim.models import KeyedVectors

ARTISTS, DIMENSIONS, LENGTH = 160, 24, 64
rng = numpy.random.default_rng(20261123)

# Eight scenes, so that some are near one another.
centres = rng.integers(-18, 19, (8, DIMENSIONS))
rows = []
while len(rows) < ARTISTS:
    tries = centres[len(rows) % 8] + rng.integers(-14, 15, (20000, DIMENSIONS))
    rows.extend(tries[(tries**2).sum(axis=1) == LENGTH**2][:1])
rows = numpy.array(rows)
names = [f"artist {i}" for i in range(ARTISTS)]
vectors = KeyedVectors(DIMENSIONS)
vectors.add_vectors(names, rows.astype(numpy.float32))


def number(name):
    return int(name.split()[1])


def listed(answer):
    return [[number(name), float(score)] for name, score in answer]


def add(terms, topn=12):
    positive = [(names[i], w) for i, w in terms if w > 0]
    negative = [(names[i], w) for i, w in terms if w < 0]
    return {"terms": terms, "answer": listed(vectors.most_similar(positive=positive, negative=negative, topn=topn))}


def multiply(terms, topn=12):
    positive = [names[i] for i, w in terms if w > 0]
    negative = [names[i] for i, w in terms if w < 0]
    return {"terms": terms, "answer": listed(vectors.most_similar_cosmul(positive=positive, negative=negative, topn=topn))}


def fits(artists):
    ranked = vectors.rank_by_centrality([names[i] for i in artists])
    odd = vectors.doesnt_match([names[i] for i in artists])
    answer = [[number(name), float(score)] for score, name in ranked]
    return {"artists": artists, "answer": answer, "odd_one_out": number(odd)}


def pair(a, b):
    a_name, b_name = names[a], names[b]
    return {
        "artists": [a, b],
        "similarity": float(vectors.similarity(a_name, b_name)),
        "distance": float(vectors.distance(a_name, b_name)),
        "rank": int(vectors.rank(a_name, b_name)),
    }


def nearest_of(a, artists):
    nearest = vectors.most_similar_to_given(names[a], [names[i] for i in artists])
    return {"artist": a, "artists": artists, "answer": number(nearest)}


oracle = {
    "made_by": f"gensim {gensim.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}",
    "length": LENGTH,
    "rows": rows.tolist(),
    "add": [
        add([[3, 1.0]]),
        add([[0, 1.0], [9, 1.0], [18, -1.0]]),
        add([[40, 2.0], [77, 0.5], [120, -0.75]]),
        add([[11, -1.0]]),
    ],
    "multiply": [
        multiply([[3, 1.0]]),
        multiply([[0, 1.0], [9, 1.0], [18, -1.0]]),
        multiply([[40, 1.0], [77, 1.0], [120, -1.0], [5, -1.0]]),
    ],
    "fits": [fits([0, 8, 16, 3]), fits([5, 13, 21, 29, 2]), fits([7, 70])],
    "pairs": [pair(0, 8), pair(8, 0), pair(3, 100), pair(159, 12), pair(6, 14)],
    "nearest_of": [nearest_of(4, [1, 12, 27, 90]), nearest_of(50, [2, 3, 5, 7])],
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(oracle, separators=(",", ":")) + "\n")
print(oracle["made_by"], path.stat().st_size, "bytes")
