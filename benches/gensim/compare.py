"""Holds `artist2vec train` against gensim in one run: speed, held-out playlists, related artists.

    python benches/gensim/compare.py PLAYLISTS... [--window 150 ...] [--ours '--alpha 0.02' ...] [--seeds 3] [--json FILE]
    python benches/gensim/compare.py --print FILE

See README.md beside this file for what is measured and how to set it up.
"""

import argparse
import concurrent.futures
import gzip
import hashlib
import itertools
import json
import multiprocessing
import os
import pathlib
import platform
import re
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

import numpy as np


QUERIES = ("cosine", "in-out")
GROUPS = ("all", "top", "mid", "low")

# Runs a program and says what it took: CPU seconds and peak memory in kB. A process of its own, as small as possible, since a
# program's recorded peak begins at that of the process that starts it.
MEASURE = """import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(code)"""


def clean(name):
    return sys.intern(" ".join(name.split()))


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
    """recall@20, NDCG@20 and hit@10 of the hidden last fifth of each playlist, by cosine and by mean(input) · output."""
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
    scores, units = {"queries": len(queries)}, unit(inputs)
    gains = 1 / np.log2(np.arange(2, 22))
    for name, query_rows, answers in zip(QUERIES, (units, inputs), (units, outputs)):
        recalls, ndcgs, hits = [], [], []
        for first in range(0, len(queries), 512):
            part = queries[first : first + 512]
            means = np.array([query_rows[visible].mean(0) for visible, _ in part], dtype=np.float32)
            for row, (visible, hidden) in zip(means @ answers.T, part):
                row[visible] = -np.inf
                top = np.argpartition(-row, 20)[:20]
                found = np.array([artist in hidden for artist in top[np.argsort(-row[top], kind="stable")]])
                recalls.append(found.sum() / min(20, len(hidden)))
                ndcgs.append(gains[found].sum() / gains[: len(hidden)].sum())
                hits.append(found[:10].any())
        scores |= {f"{name} recall@20": np.mean(recalls), f"{name} NDCG@20": np.mean(ndcgs)}
        scores[f"{name} hit@10"] = np.mean(hits)
    return scores


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
    groups, units = {group: [] for group in GROUPS}, unit(inputs)
    for first in range(0, len(lists), 512):
        part = lists[first : first + 512]
        for row, (artist, others) in zip(units[[artist for artist, _ in part]] @ units.T, part):
            row[artist] = -np.inf
            matches = len(others & set(np.argpartition(-row, 20)[:20].tolist()))
            groups["all"].append(matches)
            groups["top" if artist < 1000 else "mid" if artist < 10000 else "low"].append(matches)
    scores = {f"related {group}": np.mean(matches) for group, matches in groups.items() if matches}
    return scores | {f"related {group} lists": len(matches) for group, matches in groups.items()}


def train_gensim(playlists, options, seed):
    """Trains in a process of its own, for its peak memory's sake: everything since its start, the playlists too."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(train_gensim_here, playlists, options, seed).result()


def train_gensim_here(playlists, options, seed):
    import gensim

    if gensim.models.word2vec.FAST_VERSION < 0:
        raise RuntimeError("this gensim runs without its compiled path, which is no yardstick: install a wheel from PyPI")
    model = gensim.models.Word2Vec(
        vector_size=options.vector_size, window=options.window, negative=options.negative, workers=options.workers,
        sample=options.sample, ns_exponent=options.ns_exponent, min_count=options.min_count, sg=options.sg, seed=seed,
    )
    model.build_vocab(playlists)
    wall, cpu = time.perf_counter(), time.process_time()
    model.train(playlists, total_examples=model.corpus_count, epochs=options.epochs)
    took = {"seconds": time.perf_counter() - wall, "CPU s": time.process_time() - cpu}
    status = pathlib.Path("/proc/self/status").read_text()
    took["peak MB"] = int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1)) / 1000
    return took, (model.wv.index_to_key, model.wv.vectors, model.syn1neg)


def train_ours(playlists, options, seed, extra, folder):
    corpus, model = folder / "corpus.a2c", folder / "model.a2m"
    if not corpus.exists():
        lines = folder / "playlists.tsv"
        lines.write_text("".join("\t".join(p) + "\n" for p in playlists), encoding="utf-8")
        subprocess.run([options.binary, "ingest", lines, "-o", corpus], check=True, stdout=subprocess.DEVNULL)
    names = ("sg", "vector_size", "window", "negative", "workers", "sample", "ns_exponent", "min_count", "epochs")
    given = {f"--{name.replace('_', '-')}": getattr(options, name) for name in names}
    given |= {"--seed": seed, "--step": "batched"}
    words = extra.replace("=", " ").split()
    given |= dict(zip(words[::2], words[1::2]))
    command = [given.pop("--binary", options.binary), "train", corpus, "-o", model]
    command += [f"{name}={value}" for name, value in given.items()]
    run = subprocess.run([sys.executable, "-ISc", MEASURE, *command], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    cpu, peak = map(float, run.stderr.split()[-2:])
    speed = float(re.search(r"([0-9.]+) words/s", run.stdout).group(1))
    seconds = sum(map(len, playlists)) * options.epochs / speed
    return {"seconds": seconds, "CPU s": cpu, "peak MB": peak / 1000}, read_model(model)


def machine(binary):
    import gensim

    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", cpu)
    flags = set(re.search(r"flags\s*: (.*)", cpu).group(1).split()) if "flags" in cpu else set()
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split()
    return {
        "processor": name.group(1) if name else platform.processor(),
        "instructions": sorted(flags & {"avx2", "fma", "avx512f", "avx512_bf16"}),
        "cores": os.cpu_count(),
        "load at start": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "gensim": f"{gensim.__version__}, FAST_VERSION {gensim.models.word2vec.FAST_VERSION}",
        "numpy": np.__version__,
        "artist2vec": version[-1] if version else "unknown",
    }


def rounded(values):
    return {key: float(f"{value:.5g}") if isinstance(value, float) else value for key, value in values.items()}


def summary(runs):
    """Median, least and most of every number of every program."""
    numbers = {name: {key: [run[key] for run in of] for key in of[0]} for name, of in runs.items()}
    kinds = {"median": np.median, "min": np.min, "max": np.max}
    return {
        name: {key: rounded({kind: float(f(of)) for kind, f in kinds.items()}) for key, of in keys.items() if key != "seed"}
        for name, keys in numbers.items()
    }


def print_tables(results):
    """Medians, and in brackets the least and the most."""
    runs, medians = results["runs"], summary(results["runs"])
    print("; ".join(f"{key} {value}" for key, value in results["machine"].items()))
    print("; ".join(f"{key} {value}" for key, value in results["settings"].items()))

    def table(columns):
        print("\n| | " + " | ".join(title for title, _, _ in columns) + " |\n|" + " --- |" * (len(columns) + 1))
        for name, of in medians.items():
            cells = [""] * len(columns)
            for i, (_, key, form) in enumerate(columns):
                if key in of:
                    cells[i] = format(of[key]["median"], form)
                    if len(runs[name]) > 1 and "min" in of[key]:
                        cells[i] += " ({}–{})".format(*(format(of[key][end], form) for end in ("min", "max")))
            print(f"| {name} | " + " | ".join(cells) + " |")

    # What disturbs a run can only slow it down, so each program's best is what the machine allows.
    best = {name: of["words/s"]["max"] for name, of in medians.items()}
    for name, of in medians.items():
        if "times gensim, clock" in of:
            of["times gensim, best"] = {"median": best[name] / best["gensim"]}
    table([
        ("words/s", "words/s", ",.0f"), ("CPU s", "CPU s", ".1f"), ("peak MB", "peak MB", ".0f"),
        ("× gensim, clock", "times gensim, clock", ".1f"), ("× gensim, CPU", "times gensim, CPU", ".1f"),
        ("× gensim, best of each", "times gensim, best", ".1f"),
    ])
    measures = [f"{query} {measure}" for query in QUERIES for measure in ("recall@20", "NDCG@20", "hit@10")]
    groups = [f"related {group}" for group in GROUPS]
    table([(name, name, ".3f") for name in measures] + [(name, name, ".2f") for name in groups])
    if "gensim" in medians:
        judges = [name for name in measures if "hit" not in name]
        level = {
            name: of["times gensim, clock"]["median"] for name, of in medians.items()
            if name != "gensim" and all(of[key]["median"] >= medians["gensim"][key]["median"] for key in judges)
        }
        print(f"\nfastest with medians not below gensim's by {', '.join(judges)}: ", end="")
        fastest = max(level, key=level.get, default=None)
        print(f"{fastest}, {level[fastest]:.1f} times" if fastest else "none")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("playlists", nargs="*", help="the dataset's zip, or .tsv / .tsv.gz")
    parser.add_argument("--print", type=pathlib.Path, metavar="FILE", help="train nothing: the tables of such a file again")
    parser.add_argument("--binary", default="target/release/artist2vec")
    parser.add_argument("--related", help="spotify_related.tsv.gz")
    parser.add_argument(
        "--ours", action="append", metavar="OPTIONS", default=[],
        help="options of `artist2vec train` beside the ones below, such as '--alpha 0.02', or '--binary OTHER'; several times",
    )
    parser.add_argument("--kernels", nargs="+", default=[], help="a curve of speed against quality: every kernel ...")
    parser.add_argument("--negatives", nargs="+", default=[], help="... with every number of negatives")
    parser.add_argument("--sg", type=int, default=0)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--window", type=int, default=150)
    parser.add_argument("--negative", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=float, default=1e-3)
    parser.add_argument("--ns-exponent", type=float, default=0.75)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each")
    parser.add_argument("--no-gensim", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="write every run here")
    options = parser.parse_args()
    if options.print:
        return print_tables(json.loads(options.print.read_text()))

    found = machine(options.binary)
    playlists = [p for path in options.playlists for p in read_playlists(path) if p]
    training = [p for p in playlists if not is_held_out(p)]
    held_out = [p for p in playlists if is_held_out(p)]
    words = sum(map(len, training)) * options.epochs
    print(f"{len(training)} playlists, {words // options.epochs} mentions to learn from; {len(held_out)} held out")
    curve = itertools.product(options.kernels, options.negatives)
    ours = options.ours + [f"--kernel {kernel} --negative {negative}" for kernel, negative in curve]
    runs = {}

    def record(name, seed, took, model):
        names, inputs, outputs = model
        run = {"seed": seed, **took, "words/s": words / took["seconds"], "words/CPU s": words / took["CPU s"]}
        for gensim in (other for other in runs.get("gensim", []) if other["seed"] == seed):
            run["times gensim, clock"] = run["words/s"] / gensim["words/s"]
            run["times gensim, CPU"] = run["words/CPU s"] / gensim["words/CPU s"]
        run |= continuation(names, inputs, outputs, held_out)
        if options.related:
            run |= related(names, inputs, options.related)
        runs.setdefault(name, []).append(rounded(run))
        print(f"{name}, seed {seed}: {run['words/s']:,.0f} words/s", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            # In turn, so that whatever else the machine does is about the same for all.
            if not options.no_gensim:
                record("gensim", seed, *train_gensim(training, options, seed))
            for extra in ours or [""]:
                record(f"batched {extra}".strip(), seed, *train_ours(training, options, seed, extra, pathlib.Path(folder)))
    omitted = ("json", "print", "binary", "related", "ours", "kernels", "negatives")
    settings = {key: value for key, value in vars(options).items() if key not in omitted}
    settings["playlists"] = [pathlib.Path(path).name for path in options.playlists]
    results = {"machine": found, "settings": settings, "summary": summary(runs), "runs": runs}
    print_tables(results)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
