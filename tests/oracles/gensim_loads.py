"""Loads v.{bin,txt,counts,npy,names.tsv} of a folder with gensim and numpy and checks that they say the same.

Run by tests/convert.rs on files that `artist2vec convert` wrote. Seen to pass with gensim 4.4.0 and numpy 2.4.6.
"""

import sys
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

folder = Path(sys.argv[1])
array = np.load(folder / "v.npy")
names = (folder / "v.names.tsv").read_text(encoding="utf8").splitlines()
assert array.dtype == np.float32 and array.shape == (len(names), 3), (array.dtype, array.shape)

for binary, ending in [(True, "bin"), (False, "txt")]:
    keyed = KeyedVectors.load_word2vec_format(
        str(folder / f"v.{ending}"), fvocab=str(folder / "v.counts"), binary=binary
    )
    # A duplicate would be dropped: as many words as rows means that namesakes stayed apart.
    assert len(keyed) == len(names), (len(keyed), len(names))
    assert (keyed.vectors == array).all()
    assert (keyed["Miles_Davis"] == array[names.index("Miles Davis")]).all()
    assert (keyed["Björk"] == array[names.index("Björk")]).all()
    assert keyed.get_vecattr("Miles_Davis", "count") == 97
    assert "Prince%%spotify:artist:other" in keyed
