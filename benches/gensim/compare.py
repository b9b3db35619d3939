"""Holds `artist2vec train` against gensim in one run: speed, held-out playlists, related artists.

    python benches/gensim/compare.py PLAYLISTS... [--binary target/release/artist2vec] [--window 150 --negative 100 ...]

See README.md beside this file for what is measured and how to set it up.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import resource
import struct
import subprocess
import tempfile
import time
import zipfile

import numpy as np


def clean(name):
    return " ".join(name.split())


def read_playlists(path):
    """Playlists as lists of artist names, from the dataset's zip or tab-separated lines."""
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    for playlist in json.loads(archive.read(name))["playlists"]:
                        yield [clean(track["artist_name"]) for track in playlist["tracks"]]
    else:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield [name for name in map(clean, line.rstrip("\n").split("\t")) if name]


def is_held_out(playlist):
    return int(hashlib.sha1("\t".join(playlist).encode()).hexdigest()[:8], 16) % 5 == 0


def read_model(path):
    """Names, input and output vectors of an .a2m file: the container of docs/FORMAT.md, without its checks."""
    data = pathlib.Path(path).read_bytes()
    sections = {}
    for i in range(struct.unpack_from("<I", data, 24)[0]):
        tag, _, offset, length = struct.unpack_from("<4sIQQ", data, 64 + 32 * i)
        sections[tag] = data[offset : offset + length]
    columns = struct.unpack("<I", sections[b"DIMS"])[0]
    ends, names, start = np.frombuffer(sections[b"NAMO"], "<u4"), [], 0
    for end in ends:
        names.append(sections[b"NAME"][start:end].decode())
        start = end
    vectors = [np.frombuffer(sections[tag], "<f4").reshape(-1, columns) for tag in (b"VECI", b"VECO")]
    return names, *vectors


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def continuation(names, inputs, outputs, playlists):
    """recall@20 and hit@10 of the hidden last fifth of each playlist, by cosine and by mean(input) · output."""
    index = {name: i for i, name in enumerate(names)}
    queries = []
    for playlist in playlists:
        cut = len(playlist) - max(1, len(playlist) // 5)
        if len(playlist) < 5:
            continue
        visible = list(dict.fromkeys(index[a] for a in playlist[:cut] if a in index))
        hidden = {index[a] for a in playlist[cut:] if a in index} - set(visible)
        if visible and hidden:
            queries.append((visible, hidden))
    scores = {}
    units = unit(inputs)
    for name, query_rows, answers in (("cosine", units, units), ("in-out", inputs, outputs)):
        recalls, hits = [], []
        for first in range(0, len(queries), 512):
            part = queries[first : first + 512]
            means = np.array([query_rows[visible].mean(0) for visible, _ in part], dtype=np.float32)
            for row, (visible, hidden) in zip(means @ answers.T, part):
                row[visible] = -np.inf
                top = np.argpartition(-row, 20)[:20]
                found = [artist in hidden for artist in top[np.argsort(-row[top], kind="stable")]]
                recalls.append(sum(found) / min(20, len(hidden)))
                hits.append(any(found[:10]))
        scores[name] = (float(np.mean(recalls)), float(np.mean(hits)))
    return len(queries), scores


def related(names, inputs, path):
    """Mean matches between the 20 nearest by cosine and a list of related artists, in all and by popularity."""
    lists = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            _, artist, _, other = line.rstrip("\n").split("\t")[:4]
            lists.setdefault(artist, set()).add(other)
    index = {}
    for i, name in enumerate(names):
        index.setdefault(name, i)
    lists = [(index[a], {index[b] for b in others if b in index}) for a, others in lists.items() if a in index]
    lists = [(artist, others) for artist, others in lists if len(others) >= 5]
    groups, units = {"all": [], "top": [], "mid": [], "low": []}, unit(inputs)
    for first in range(0, len(lists), 512):
        part = lists[first : first + 512]
        for row, (artist, others) in zip(units[[artist for artist, _ in part]] @ units.T, part):
            row[artist] = -np.inf
            matches = len(others & set(np.argpartition(-row, 20)[:20].tolist()))
            groups["all"].append(matches)
            groups["top" if artist < 1000 else "mid" if artist < 10000 else "low"].append(matches)
    return {group: (round(float(np.mean(m)), 2), len(m)) for group, m in groups.items() if m}


def train_gensim(playlists, options):
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=options.vector_size, window=options.window, negative=options.negative, workers=options.workers,
        sample=options.sample, ns_exponent=options.ns_exponent, min_count=options.min_count, seed=1,
    )
    model.build_vocab(playlists)
    wall, cpu = time.perf_counter(), time.process_time()
    model.train(playlists, total_examples=model.corpus_count, epochs=options.epochs)
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    return seconds, (model.wv.index_to_key, model.wv.vectors, model.syn1neg)


def train_ours(playlists, options, step, folder):
    corpus, model = folder / "corpus.a2c", folder / "model.a2m"
    if not corpus.exists():
        lines = folder / "playlists.tsv"
        lines.write_text("".join("\t".join(p) + "\n" for p in playlists), encoding="utf-8")
        subprocess.run([options.binary, "ingest", lines, "-o", corpus], check=True, stdout=subprocess.DEVNULL)
    command = [options.binary, "train", corpus, "-o", model, "--step", step]
    for name in ("vector_size", "window", "negative", "workers", "sample", "ns_exponent", "min_count", "epochs"):
        command += [f"--{name.replace('_', '-')}={getattr(options, name)}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter()
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The whole program, reading and writing too; user time alone, as is nearly all of gensim's.
    return (time.perf_counter() - wall, after.ru_utime - before.ru_utime), read_model(model)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("playlists", nargs="+", help="the dataset's zip, or .tsv / .tsv.gz")
    parser.add_argument("--binary", default="target/release/artist2vec")
    parser.add_argument("--related", help="spotify_related.tsv.gz")
    parser.add_argument("--steps", nargs="*", default=["batched"], choices=["batched", "reference"])
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--window", type=int, default=150)
    parser.add_argument("--negative", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=float, default=1e-3)
    parser.add_argument("--ns-exponent", type=float, default=0.75)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--no-gensim", action="store_true")
    options = parser.parse_args()

    playlists = [p for path in options.playlists for p in read_playlists(path) if p]
    training = [p for p in playlists if not is_held_out(p)]
    held_out = [p for p in playlists if is_held_out(p)]
    mentions = sum(map(len, training))
    print(f"{len(training)} playlists, {mentions} mentions to learn from; {len(held_out)} playlists held out")
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in options.steps:
            results[step] = train_ours(training, options, step, pathlib.Path(folder))
        if not options.no_gensim:
            results["gensim"] = train_gensim(training, options)
    for name, ((wall, cpu), (names, inputs, outputs)) in results.items():
        count, scores = continuation(names, inputs, outputs, held_out)
        words = mentions * options.epochs
        print(f"\n{name}: {wall:.1f} s, {cpu:.1f} CPU s: {words / wall:,.0f} words/s, {words / cpu:,.0f} words per CPU s")
        for query, (recall, hit) in scores.items():
            print(f"  {query}: recall@20 {recall:.4f}, hit@10 {hit:.3f} ({count} queries)")
        if options.related:
            print(f"  related (matches in 20, artists): {related(names, inputs, options.related)}")
        if "gensim" in results and name != "gensim":
            (gensim_wall, gensim_cpu), _ = results["gensim"]
            print(f"  speed against gensim: {gensim_wall / wall:.1f} by the clock, {gensim_cpu / cpu:.1f} by CPU time")


main()
