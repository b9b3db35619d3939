"""Writes vectors/*: the same small vectors by the reference implementation of each form.

tests/convert.rs reads them and checks every number. Made with numpy 2.4.6, safetensors 0.8.0, finalfusion 0.7.1 and
gensim 4.4.0:
    python tests/oracles/vector_files.py
"""

import json
from pathlib import Path

import finalfusion
import gensim
import numpy as np
import safetensors
import safetensors.numpy
from finalfusion.norms import Norms
from finalfusion.storage import NdArray
from finalfusion.vocab import SimpleVocab
from gensim.models import KeyedVectors

OUT = Path(__file__).parent / "vectors"
OUT.mkdir(exist_ok=True)

names = ["Drake", "Miles Davis", "Björk", "宇多田ヒカル", "AC/DC"]
words = [name.replace(" ", "_") for name in names]
vectors = np.array([[(7 * i + 3 * j) % 11 / 3 - 1.5 for j in range(4)] for i in range(5)], dtype=np.float32)

np.save(OUT / "c.npy", vectors)
np.save(OUT / "fortran.npy", np.asfortranarray(vectors.astype(np.float64)))
for array in ["c", "fortran", "plain"]:
    (OUT / f"{array}.names.tsv").write_text("\n".join(names) + "\n", encoding="utf8")
np.save(OUT / "c.bias.npy", np.arange(5, dtype=np.float32))

# A stranger's file: one matrix under a name of its own, and no names.
safetensors.numpy.save_file({"embedding.weight": vectors}, OUT / "plain.safetensors", metadata={"format": "np"})
strings = lambda list: np.frombuffer(json.dumps(list).encode(), dtype=np.uint8)
safetensors.numpy.save_file(
    {
        "input": vectors,
        "output": -vectors,
        "bias": np.arange(5, dtype=np.float32),
        "mentions": np.array([900, 80, 70, 6, 5], dtype=np.uint32),
        "names": strings(names),
        "ids": strings([f"id:{i}" for i in range(5)]),
        "title_words": strings(["gym"]),
        "title_mentions": np.array([3], dtype=np.uint32),
        "title_input": np.ones((1, 4), dtype=np.float32),
        "title_output": np.full((1, 4), 2, dtype=np.float32),
    },
    OUT / "full.safetensors",
)

norms = np.linalg.norm(vectors, axis=1)
for name, storage, chunk in [
    ("norms", NdArray(vectors / norms[:, None]), Norms(norms)),
    ("plain", NdArray(vectors), None),
]:
    embeddings = finalfusion.Embeddings(storage=storage, vocab=SimpleVocab(words), norms=chunk)
    embeddings.metadata = finalfusion.metadata.Metadata({"made": "by an oracle"})
    embeddings.write(str(OUT / f"{name}.fifu"))

keyed = KeyedVectors(4)
keyed.add_vectors(words, vectors)
keyed.save_word2vec_format(str(OUT / "gensim.glove.txt"), write_header=False)
print(
    f"numpy {np.__version__}, safetensors {safetensors.__version__}, gensim {gensim.__version__}, "
    "finalfusion 0.7.1"
)
