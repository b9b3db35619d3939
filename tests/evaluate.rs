//! `artist2vec evaluate` as users meet it: the real program on generated playlists, whose planted clusters are the truth.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use artist2vec::corpus::{Corpus, generate};
use artist2vec::training::{Model, TitleWords};
use serde_json::Value;
use tempfile::TempDir;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder in which the whole road was walked once: a split corpus, two models of other seeds, one of them trained on
/// everything, vectors, a pack and a list of related artists.
struct Road(TempDir);

impl Road {
    fn get() -> &'static Self {
        static ROAD: OnceLock<Road> = OnceLock::new();
        ROAD.get_or_init(|| {
            let road = Self(tempfile::tempdir().unwrap());
            let artists = ["--playlists", "900", "--artists", "160", "--clusters", "8"];
            road.done(&[&["generate", "slices"], &artists[..]].concat());
            road.done(&["ingest", "slices", "-o", "all.a2c"]);
            road.done(&["split", "all.a2c", "-o", "split", "--validation", "0"]);
            // Not the default step, which has no output vectors.
            let small =
                ["--step", "batched", "--vector-size", "16", "--epochs", "6", "--sample", "1e-3", "--workers", "1"];
            road.done(&[&["train", "split/train.a2c", "-o", "model.a2m"], &small[..]].concat());
            road.done(&[&["train", "split/train.a2c", "-o", "other.a2m", "--seed", "2"], &small[..]].concat());
            road.done(&[&["train", "all.a2c", "-o", "cheat.a2m"], &small[..]].concat());
            road.done(&["convert", "model.a2m", "-o", "vectors.bin"]);
            road.done(&["convert", "model.a2m", "-o", "output.bin", "--matrix", "output"]);
            road.done(&["layout", "model.a2m", "-o", "map.a2l", "--epochs", "5"]);
            road.done(&["export", "model.a2m", "--layout", "map.a2l", "-o", "site"]);
            let names = Corpus::open(&road.path("split/train.a2c")).unwrap().artists.names;
            let mut truth = String::from("artist_uri\tartist_name\trelated_uri\trelated_name\n");
            for artist in &names {
                let same = |other: &&String| generate::cluster_of(other) == generate::cluster_of(artist);
                for other in names.iter().filter(same).take(12) {
                    truth += &format!("\t{artist}\t\t{other}\n");
                }
            }
            fs::write(road.path("truth.tsv"), truth).unwrap();
            road
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
        command.current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        text(&done.stdout)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.done(&[&["evaluate", "--json", "--resamples", "200"], arguments].concat());
        serde_json::from_str(&out).unwrap()
    }

    fn refused(&self, arguments: &[&str], code: i32, message: &str) {
        let refused = self.run(&[&["evaluate"], arguments].concat());
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(message) && !said.contains("panicked"), "{arguments:?}: {said}");
        assert!(refused.stdout.is_empty(), "{arguments:?}");
    }
}

const EVERYTHING: [&str; 12] = [
    "model.a2m",
    "other.a2m",
    "packed=site",
    "words=vectors.bin,output.bin",
    "--corpus",
    "split/train.a2c",
    "--held-out",
    "split/test.a2c",
    "--truth",
    "truth.tsv",
    "--baselines",
    "popularity,item-item,ppmi-svd",
];

/// A pack continues playlists as its model does, by the biases that training left, not by cosines.
#[test]
fn a_pack_continues_playlists_as_its_model_does() {
    let road = Road::get();
    let settings = ["--vector-size", "16", "--epochs", "6", "--sample", "1e-3", "--workers", "1"];
    road.done(&[&["train", "split/train.a2c", "-o", "tied.a2m"], &settings[..]].concat());
    road.done(&["layout", "tied.a2m", "-o", "tied.a2l", "--epochs", "5"]);
    road.done(&["export", "tied.a2m", "--layout", "tied.a2l", "-o", "tied"]);
    let found = road.json(&["model=tied.a2m", "packed=tied", "--held-out", "split/test.a2c"]);
    let rows = found["continuation"]["scores"].as_array().unwrap();
    let score = |name: &str| {
        let row = rows.iter().find(|row| row["recommender"] == name).unwrap();
        row["mean"]["scores"]["ndcg@100"]["mean"].as_f64().unwrap()
    };
    let (model, packed) = (score("model, with bias"), score("packed, with bias"));
    assert!((model - packed).abs() < 0.01 * model, "{model} {packed}");
    assert!((packed - score("packed")).abs() > 0.02 * packed, "as by cosine");
}

#[test]
fn planted_clusters_are_found_and_the_first_is_the_yardstick() {
    let found = Road::get().json(&EVERYTHING);
    assert_eq!(found["warnings"], Value::Array(vec![]));
    let related = &found["related"][0];
    let names: Vec<&str> =
        related["scores"].as_array().unwrap().iter().map(|s| s["recommender"].as_str().unwrap()).collect();
    assert_eq!(names, ["model", "other", "packed", "words", "popularity", "item-item cosine", "PPMI-SVD"]);
    let matches = |place: usize| related["scores"][place]["groups"][0]["scores"]["matches@20"].clone();
    let mean = |interval: &Value| interval["mean"].as_f64().unwrap();
    // Twelve references an artist: chance and popularity find about 20 of 160, the planted clusters most.
    assert!(mean(&matches(0)) > 4.0, "{}", matches(0));
    assert!(mean(&matches(4)) < 2.5, "{}", matches(4));
    let interval = matches(0);
    assert!(
        interval["low"].as_f64() < interval["mean"].as_f64() && interval["mean"].as_f64() < interval["high"].as_f64()
    );
    // There are too few artists for the other groups, and the mean is that of one.
    assert_eq!(related["scores"][0]["groups"][1]["scores"], Value::Null);
    assert_eq!(related["scores"][0]["mean"]["matches@20"]["mean"], interval["mean"]);
    let comparisons = related["comparisons"].as_array().unwrap();
    let against = |name: &str| comparisons.iter().find(|c| c["recommender"] == name && c["scope"] == "mean").unwrap();
    assert!(against("popularity")["corrected_p"].as_f64().unwrap() < 0.05);
    assert!(against("popularity")["difference"]["high"].as_f64().unwrap() < 0.0);
    // The same numbers by another road.
    assert_eq!((mean(&against("words")["difference"]), against("words")["p"].as_f64().unwrap()), (0.0, 1.0));

    let continuation = &found["continuation"];
    let facts = &continuation["facts"];
    assert_eq!(facts["taking_part"], facts["ordered"]);
    assert_eq!(facts["shares"].as_array().unwrap().len(), 4);
    let rows = continuation["scores"].as_array().unwrap();
    let of = |name: &str| rows.iter().find(|row| row["recommender"] == name).unwrap();
    let r_precision = |name: &str| mean(&of(name)["mean"]["scores"]["r-precision"]);
    assert!(
        r_precision("model") > 1.2 * r_precision("popularity"),
        "{} {}",
        r_precision("model"),
        r_precision("popularity")
    );
    assert_eq!(r_precision("model"), r_precision("words"));
    assert_eq!(r_precision("model, input · output"), r_precision("words, input · output"));
    assert!(rows.iter().all(|row| row["recommender"] != "packed, input · output"));
    let shares: f64 = of("model")["shares"].as_array().unwrap().iter().map(|s| mean(&s["scores"]["ndcg@10"])).sum();
    assert!((shares / 4.0 - mean(&of("model")["mean"]["scores"]["ndcg@10"])).abs() < 1e-12);

    let pairs = found["neighbours"]["pairs"].as_array().unwrap();
    let pair =
        |one: &str, other: &str| pairs.iter().find(|pair| pair["names"] == serde_json::json!([one, other])).unwrap();
    assert_eq!((pairs.len(), &pair("model", "other")["kinship"]), (6, &Value::from("seed")));
    let packed = pair("model", "packed");
    assert_eq!(packed["kinship"], "quantisation");
    assert!(mean(&packed["overlap"]) > 0.9 && mean(&packed["score_error"]) < 0.02, "{packed}");
    assert_eq!(mean(&pair("model", "words")["overlap"]), 1.0);
    assert!(mean(&pair("model", "other")["overlap"]) < mean(&packed["overlap"]));
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let road = Road::get();
    let once = road.json(&EVERYTHING);
    assert_eq!(once, road.json(&EVERYTHING));
    let other = road.json(&[&EVERYTHING[..], &["--seed", "2"]].concat());
    let interval = |found: &Value| found["related"][0]["scores"][0]["mean"]["matches@20"].clone();
    assert_eq!(interval(&once)["mean"], interval(&other)["mean"]);
    assert_ne!(interval(&once)["low"], interval(&other)["low"]);
}

#[test]
fn a_folder_holds_the_report_the_numbers_and_the_tables() {
    let road = Road::get();
    let said = road.done(&[&["evaluate", "-o", "report", "--resamples", "200"], &EVERYTHING[..]].concat());
    for part in
        ["Related artists.", "matches@20", "R-precision", "input · output", "stability: other seed", "quantisation"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let widest = said.lines().filter(|line| line.contains("  ")).map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 120, "{widest}: {said}");
    let html = fs::read_to_string(road.path("report/report.html")).unwrap();
    assert!(html.contains("<svg") && html.contains("Mainstream and niche") && !html.contains("could not be drawn"));
    assert!(!html.contains("<script") && !html.contains("NaN"));
    let json: Value = serde_json::from_slice(&fs::read(road.path("report/evaluation.json")).unwrap()).unwrap();
    assert_eq!(json["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["inputs"][0]["provenance"]["steps"][2]["command"], "train");
    let csv = fs::read_to_string(road.path("report/related.csv")).unwrap();
    assert!(
        csv.starts_with("truth,recommender,group,metric,n,references,mean,low,high\r\ntruth,model,top,matches@20,"),
        "{csv}"
    );
    for name in ["continuation", "continuation_groups", "hubness", "agreement", "comparisons"] {
        assert!(fs::read_to_string(road.path(&format!("report/{name}.csv"))).unwrap().lines().count() > 1, "{name}");
    }
}

#[test]
fn less_is_enough() {
    let road = Road::get();
    // Neighbours alone; a baseline alone; a pack alone.
    let found = road.json(&["model.a2m"]);
    assert_eq!((found["related"].as_array().unwrap().len(), &found["continuation"]), (0, &Value::Null));
    assert!(found["neighbours"]["hubness"][0]["hubness"]["skewness"].is_number());
    let found =
        road.json(&["--corpus", "split/train.a2c", "--baselines", "item-item,popularity", "--truth", "truth.tsv"]);
    assert_eq!(found["related"][0]["scores"].as_array().unwrap().len(), 2);
    assert_eq!(found["neighbours"]["hubness"].as_array().unwrap().len(), 1);
    assert!(road.json(&["site"])["inputs"][0]["kind"] == "pack");
    // Centring matters.
    let overlap =
        |arguments: &[&str]| road.json(arguments)["neighbours"]["pairs"][0]["overlap"]["mean"].as_f64().unwrap();
    assert!(overlap(&["model.a2m", "site", "--plain"]) < overlap(&["model.a2m", "site"]));
}

#[test]
fn what_has_seen_the_test_is_named() {
    let road = Road::get();
    let warned = |arguments: &[&str]| {
        let done = road.run(&[&["evaluate", "--resamples", "100"], arguments].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stderr)
    };
    assert_eq!(warned(&["model.a2m", "--held-out", "split/test.a2c"]), "");
    let whole = warned(&["cheat.a2m", "--held-out", "split/test.a2c"]);
    assert!(
        whole.contains("warning: cheat was trained on the corpus that the held-out playlists were split from"),
        "{whole}"
    );
    let same = warned(&["cheat.a2m", "--held-out", "all.a2c"]);
    assert!(same.contains("warning: cheat was trained on the very playlists that are held out"), "{same}");
    let corpus = warned(&["model.a2m", "--held-out", "split/test.a2c", "--corpus", "all.a2c"]);
    assert!(
        corpus.contains("--corpus holds the corpus") && corpus.contains("are, artist by artist, in --corpus"),
        "{corpus}"
    );
    road.done(&["split", "all.a2c", "-o", "otherwise", "--validation", "0", "--seed", "9"]);
    let otherwise = warned(&["model.a2m", "--held-out", "otherwise/test.a2c"]);
    assert!(otherwise.contains("another split of the same corpus"), "{otherwise}");
}

#[test]
fn bad_input_is_refused_and_says_why() {
    let road = Road::get();
    let write = |name: &str, content: &[u8]| fs::write(road.path(name), content).unwrap();
    write("strangers.tsv", b"artist_name\trelated_name\nNobody I know\tNobody either\n");
    write("damaged.tsv", b"artist_name\trelated_name\nA\n");
    write("nan.txt", b"2 2\na 1 nan\nb 1 0\n");
    write("ragged.txt", b"2 2\na 1 0\nb 1\n");
    write("same.txt", b"3 2\na 1 1\nb 2 2\nc 0 0\n");
    write("strangers.txt", b"2 2\nzz 1 0\nyy 0 1\n");
    let mut pack = fs::read_dir(road.path("site")).unwrap().map(|entry| entry.unwrap().path());
    let pack = pack.find(|path| path.extension().is_some_and(|e| e == "a2v")).unwrap();
    fs::copy(&pack, road.path("pack.a2m")).unwrap();
    let mut bytes = fs::read(road.path("model.a2m")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    write("damaged.a2m", &bytes);
    write("part.a2v", &fs::read(&pack).unwrap());
    let model = Model::read(&road.path("model.a2m")).unwrap();
    let (input, words) = (vec![1.0; 8 * model.artists.len()], TitleWords::default());
    let narrow = Model { dimensions: 8, input, output: vec![], words, ..model.clone() };
    narrow.write(&road.path("narrow.a2m")).unwrap();
    road.done(&["convert", "narrow.a2m", "-o", "narrow.bin"]);
    Corpus::in_memory(model.artists.clone(), &[], &[]).write(&road.path("empty.a2c")).unwrap();
    Corpus::in_memory(model.artists, &[vec![0, 1, 2]], &[]).write(&road.path("short.a2c")).unwrap();

    for (arguments, code, message) in [
        (&[][..], 2, "name at least one model"),
        (&["--baselines", "popularity"], 2, "--corpus"),
        (&["model.a2m", "--baselines", "magic"], 2, "item-item"),
        (&["model.a2m", "--min-hidden", "0"], 2, "from 1"),
        (&["model.a2m", "--resamples", "1"], 2, "from 100"),
        (&["no.a2m"], 1, "no.a2m: cannot read"),
        (&["model.csv"], 1, "unknown ending"),
        (&["split/train.a2c"], 1, "--corpus or --held-out"),
        (&["pack.a2m"], 1, "not a model"),
        (&["damaged.a2m"], 1, "damaged"),
        (&["part.a2v"], 1, "one part of a pack"),
        (&["model.a2m", "model.a2m"], 1, "NAME=PATH"),
        (&["nan.txt"], 1, "infinite or NaN"),
        (&["same.txt"], 1, "all vectors are zero or the same"),
        (&["ragged.txt"], 1, "2 numbers were expected"),
        (&["vectors.bin,narrow.bin"], 1, "8 numbers an artist against 16"),
        (&["model.a2m", "strangers.txt"], 1, "no artist is in all of what is compared (model, strangers)"),
        (&["model.a2m", "--truth", "strangers.tsv"], 1, "\"Nobody I know\""),
        (&["model.a2m", "--truth", "damaged.tsv"], 1, "line 2"),
        (&["model.a2m", "--truth", "no.tsv"], 1, "no.tsv: cannot read"),
        (&["model.a2m", "--held-out", "empty.a2c"], 1, "no playlists"),
        (&["model.a2m", "--held-out", "short.a2c"], 1, "lower --min-hidden"),
        (&["model.a2m", "--held-out", "model.a2m"], 1, "not a corpus"),
        (&["model.a2m", "--truth", "truth.tsv", "--min-references", "999"], 1, "lower --min-references"),
        (&["model.a2m", "-o", "truth.tsv"], 1, "truth.tsv"),
        (&["no.a2m", "-o", "truth.tsv/folder"], 1, "truth.tsv/folder: cannot write"),
    ] {
        road.refused(arguments, code, message);
    }
    assert!(!Path::new(&road.path("truth.tsv/report.html")).exists());
}

#[test]
fn artists_without_a_direction_are_counted_and_harm_nobody() {
    let road = Road::get();
    let mut model = Model::read(&road.path("model.a2m")).unwrap();
    model.input[..16].fill(0.0);
    model.input[16..32].fill(f32::NAN);
    model.write(&road.path("holes.a2m")).unwrap();
    let found = road.json(&["holes.a2m", "--truth", "truth.tsv", "--held-out", "split/test.a2c"]);
    assert_eq!(found["inputs"][0]["without_direction"], 2);
    let scores = &found["related"][0]["scores"][0]["groups"][0]["scores"]["matches@20"];
    assert!(scores["mean"].as_f64().unwrap() > 3.0, "{scores}");
    assert!(!serde_json::to_string(&found).unwrap().contains("NaN"));
}
