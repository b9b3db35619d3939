"""Holds `artist2vec train` against gensim in one run: speed, held-out playlists, related artists.

    python benches/gensim/compare.py PLAYLISTS... [--window 150 ...] [--ours '--alpha 0.02' ...] [--seeds 3] [--json FILE]

See README.md beside this file for what is measured and how to set it up.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import platform
import re
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


def train_gensim(playlists, options, seed):
    import gensim

    assert gensim.models.word2vec.FAST_VERSION >= 0, "gensim without its compiled path is no yardstick"
    model = gensim.models.Word2Vec(
        vector_size=options.vector_size, window=options.window, negative=options.negative, workers=options.workers,
        sample=options.sample, ns_exponent=options.ns_exponent, min_count=options.min_count, sg=options.sg, seed=seed,
    )
    model.build_vocab(playlists)
    wall, cpu = time.perf_counter(), time.process_time()
    model.train(playlists, total_examples=model.corpus_count, epochs=options.epochs)
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    return seconds, (model.wv.index_to_key, model.wv.vectors, model.syn1neg)


def train_ours(playlists, options, seed, extra, folder):
    corpus, model = folder / "corpus.a2c", folder / "model.a2m"
    if not corpus.exists():
        lines = folder / "playlists.tsv"
        lines.write_text("".join("\t".join(p) + "\n" for p in playlists), encoding="utf-8")
        subprocess.run([options.binary, "ingest", lines, "-o", corpus], check=True, stdout=subprocess.DEVNULL)
    command = [options.binary, "train", corpus, "-o", model]
    names = ("sg", "vector_size", "window", "negative", "workers", "sample", "ns_exponent", "min_count", "epochs")
    given = {f"--{name.replace('_', '-')}": getattr(options, name) for name in names}
    given.update({"--seed": seed, "--step": "batched"})
    given.update(zip(extra[::2], extra[1::2]))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(
        command + [f"{name}={value}" for name, value in given.items()], check=True, capture_output=True, text=True
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The clock is the training's own, as gensim's is; CPU time that of the whole program.
    wall = sum(map(len, playlists)) * options.epochs / float(re.search(r"([0-9.]+) words/s", said).group(1))
    return (wall, after.ru_utime - before.ru_utime), read_model(model)


def machine():
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", cpu)
    flags = set(re.search(r"flags\s*: (.*)", cpu).group(1).split()) if "flags" in cpu else set()
    return {
        "processor": name.group(1) if name else platform.processor(),
        "instructions": sorted(flags & {"avx2", "fma", "avx512f", "avx512_bf16"}),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("playlists", nargs="+", help="the dataset's zip, or .tsv / .tsv.gz")
    parser.add_argument("--binary", default="target/release/artist2vec")
    parser.add_argument("--related", help="spotify_related.tsv.gz")
    parser.add_argument(
        "--ours", action="append", metavar="OPTIONS",
        help="options of `artist2vec train` beside the ones below, such as '--kernel avx2'; several times for a curve",
    )
    parser.add_argument("--sg", type=int, default=0)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--window", type=int, default=150)
    parser.add_argument("--negative", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=float, default=1e-3)
    parser.add_argument("--ns-exponent", type=float, default=0.75)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each; medians are printed")
    parser.add_argument("--no-gensim", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="write every run here")
    options = parser.parse_args()

    playlists = [p for path in options.playlists for p in read_playlists(path) if p]
    training = [p for p in playlists if not is_held_out(p)]
    held_out = [p for p in playlists if is_held_out(p)]
    words = sum(map(len, training)) * options.epochs
    print(f"{len(training)} playlists, {words // options.epochs} mentions to learn from; {len(held_out)} held out")
    runs = {}

    def record(name, seed, seconds, model):
        (wall, cpu), (names, inputs, outputs) = seconds, model
        count, scores = continuation(names, inputs, outputs, held_out)
        run = {"seed": seed, "words/s": words / wall, "words/CPU s": words / cpu, "queries": count}
        for query, (recall, hit) in scores.items():
            run.update({f"{query} recall@20": recall, f"{query} hit@10": hit})
        if options.related:
            found = related(names, inputs, options.related)
            run.update({f"related {group}": mean for group, (mean, _) in found.items()})
        runs.setdefault(name, []).append(run)

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            # In turn, so that whatever else the machine does is the same for all.
            if not options.no_gensim:
                record("gensim", seed, *train_gensim(training, options, seed))
            for extra in options.ours or [""]:
                found = train_ours(training, options, seed, extra.replace("=", " ").split(), pathlib.Path(folder))
                record(f"batched {extra}".strip(), seed, *found)
    median = {
        name: {key: float(np.median([run[key] for run in of])) for key in of[0] if key not in ("seed", "queries")}
        for name, of in runs.items()
    }
    for name, values in median.items():
        print(f"\n{name}: {values['words/s']:,.0f} words/s, {values['words/CPU s']:,.0f} words per CPU s")
        print("  " + ", ".join(f"{key} {value:.4g}" for key, value in values.items() if "words" not in key))
        if "gensim" in median and name != "gensim":
            clock, cpu = (values[key] / median["gensim"][key] for key in ("words/s", "words/CPU s"))
            print(f"  speed against gensim: {clock:.1f} by the clock, {cpu:.1f} by CPU time")
    if options.json:
        settings = {key: value for key, value in vars(options).items() if key not in ("json", "binary", "related")}
        settings["playlists"] = [pathlib.Path(path).name for path in options.playlists]
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"machine": machine(), "settings": settings, "runs": runs}, indent=1) + "\n")


main()
