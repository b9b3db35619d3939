"""Writes word2vec_gensim.{bin,txt,counts}: a small KeyedVectors as gensim itself saves it.

tests/convert.rs reads these files and checks every number. Made with gensim 4.4.0 and numpy 2.4.6:
    python tests/oracles/word2vec_gensim.py
"""

from pathlib import Path

import gensim
import numpy as np
from gensim.models import KeyedVectors

HERE = Path(__file__).parent

words = ["Drake", "Miles_Davis", "Björk", "宇多田ヒカル", "AC/DC"]
vectors = np.array([[(7 * i + 3 * j) % 11 / 3 - 1.5 for j in range(4)] for i in range(5)], dtype=np.float32)
vectors[4] = [1e-20, -1e20, 0.0, -0.0]

keyed = KeyedVectors(4)
keyed.add_vectors(words, vectors)
for word, count in zip(words, [900, 80, 70, 6, 5]):
    keyed.set_vecattr(word, "count", count)
counts = str(HERE / "word2vec_gensim.counts")
keyed.save_word2vec_format(str(HERE / "word2vec_gensim.bin"), fvocab=counts, binary=True)
keyed.save_word2vec_format(str(HERE / "word2vec_gensim.txt"), binary=False)
print(f"gensim {gensim.__version__}, numpy {np.__version__}")
