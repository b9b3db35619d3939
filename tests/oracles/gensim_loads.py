"""Loads v.* of a folder with gensim, numpy and, where they are installed, safetensors and finalfusion, and checks that all
say the same.

Run by tests/convert.rs on files that `artist2vec convert` wrote. Seen to pass with gensim 4.4.0, numpy 2.4.6,
safetensors 0.8.0 and finalfusion 0.7.1.
"""

import json
import sys
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

folder = Path(sys.argv[1])
array, output = np.load(folder / "v.npy"), np.load(folder / "v.output.npy")
names = (folder / "v.names.tsv").read_text(encoding="utf8").splitlines()
bias = np.load(folder / "v.bias.npy")
assert array.dtype == np.float32 and array.shape == (len(names), 3), (array.dtype, array.shape)
assert output.shape == array.shape and bias.shape == (len(names),), (output.shape, bias.shape)


def check(keyed, array):
    # A duplicate would be dropped: as many words as rows means that namesakes stayed apart.
    assert len(keyed) == len(names) + 1, (len(keyed), len(names))
    assert (keyed.vectors[:-1] == array).all()
    assert (keyed["Miles_Davis"] == array[names.index("Miles Davis")]).all()
    assert (keyed["Björk"] == array[names.index("Björk")]).all()
    assert "Prince%%spotify:artist:other" in keyed
    assert keyed.index_to_key[-1] == "title:gym"


for ending, form in [
    ("bin", {"binary": True}),
    ("txt", {"binary": False}),
    ("vec", {"binary": False}),
    ("glove.txt", {"binary": False, "no_header": True}),
]:
    counts = {} if ending == "glove.txt" else {"fvocab": str(folder / "v.counts")}
    check(KeyedVectors.load_word2vec_format(str(folder / f"v.{ending}"), **form, **counts), array)
    keyed = KeyedVectors.load_word2vec_format(str(folder / f"v.output.{ending}"), **form, **counts)
    check(keyed, output)
    if counts:
        assert keyed.get_vecattr("Miles_Davis", "count") == 97

try:
    from safetensors.numpy import load_file
except ImportError:
    print("safetensors is not installed: left out")
else:
    tensors = load_file(folder / "v.safetensors")
    strings = lambda name: json.loads(tensors[name].tobytes())
    assert (tensors["input"] == array).all() and (tensors["output"] == output).all()
    assert (tensors["bias"] == bias).all() and tensors["mentions"][1] == 97
    assert strings("names")[1] == "Miles Davis" and strings("ids")[1] == "spotify:artist:miles"
    assert strings("title_words") == ["gym"] and tensors["title_input"].shape == (1, 3)

try:
    import finalfusion
except ImportError:
    print("finalfusion is not installed: left out")
else:
    embeddings = finalfusion.load_finalfusion(str(folder / "v.fifu"))
    assert embeddings.vocab.words[1] == "Miles_Davis" and len(embeddings.vocab) == len(names) + 1
    restored = embeddings.storage[:-1] * embeddings.norms[:-1, None]
    assert np.allclose(restored, array, rtol=1e-6, atol=1e-7)
    assert np.allclose(np.linalg.norm(embeddings.storage, axis=1), 1, atol=1e-6)
