"""Trains gensim's Word2Vec on the sentences that `artist2vec convert corpus.a2c -o sentences.txt` writes.

    python benches/gensim/train.py sentences.txt -o gensim.bin [--window 150 --negative 100 --epochs 50 ...]

Writes the input vectors (gensim.bin) and the output vectors (gensim.output.bin) as word2vec's binary, which
`artist2vec evaluate` reads. docs/EVALUATION.md lists the commands of the leaderboard.
"""

import argparse
import json
import pathlib
import resource
import time

import gensim
from gensim.models import KeyedVectors, Word2Vec
from gensim.models.word2vec import LineSentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--window", type=int, default=150)
    parser.add_argument("--negative", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--alpha", type=float, default=0.025)
    parser.add_argument("--sample", type=float, default=1e-3)
    parser.add_argument("--ns-exponent", type=float, default=0.75)
    parser.add_argument("--sg", type=int, choices=(0, 1), default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = vars(parser.parse_args())
    sentences, output = arguments.pop("sentences"), pathlib.Path(arguments.pop("output"))

    start = time.monotonic()
    model = Word2Vec(LineSentence(sentences), sorted_vocab=1, min_count=5, **arguments)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    model.wv.save_word2vec_format(str(output), binary=True)
    out = KeyedVectors(model.vector_size)
    out.add_vectors(model.wv.index_to_key, model.syn1neg)
    out.save_word2vec_format(str(output.with_suffix(".output.bin")), binary=True, sort_attr=None)
    print(
        json.dumps(
            {
                "gensim": gensim.__version__,
                "artists": len(model.wv),
                "seconds": round(time.monotonic() - start, 1),
                "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
                **arguments,
            }
        )
    )


if __name__ == "__main__":
    main()
