//! `artist2vec split`, `ingest --ordered` and `convert CORPUS` as users meet them.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use artist2vec::corpus::{Corpus, NEAR_DUPLICATE, near_duplicates};
use artist2vec::progress::Silent;
use serde_json::Value;
use tempfile::TempDir;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a corpus of 300 playlists in slices, and 60 in a list: every fifth playlist of the list is a copy of the
    /// one before with one artist more.
    fn with_corpus() -> Self {
        let folder = Self::new();
        let made = folder.run(&["generate", "slices", "--playlists", "300", "--artists", "400", "--clusters", "4"]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let mut list = String::new();
        for i in 0..60 {
            let first = if i % 5 == 4 { i - 1 } else { i };
            let names = (0..12).map(|j| format!("Artist {}", (first * 17 + j * 5) % 200));
            list += &names.collect::<Vec<_>>().join("\t");
            list += if i % 5 == 4 { "\tOne More\n" } else { "\n" };
        }
        fs::write(folder.path("list.tsv"), list).unwrap();
        let made = folder.run(&["ingest", "slices", "list.tsv", "-o", "corpus.a2c"]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output =
            Command::new(env!("CARGO_BIN_EXE_artist2vec")).args(arguments).current_dir(self.0.path()).output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
        output
    }

    fn failure(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    fn corpus(&self, name: &str) -> Corpus {
        Corpus::open(&self.path(name)).unwrap()
    }
}

/// Title, names and order of a playlist.
fn playlist(corpus: &Corpus, i: usize) -> (String, Vec<String>, bool) {
    let names = corpus.playlist(i).iter().map(|&artist| corpus.artists.names[artist as usize].clone());
    (corpus.title(i).to_owned(), names.collect(), corpus.is_ordered(i))
}

#[test]
fn three_corpora_hold_every_playlist_once_and_near_duplicates_together() {
    let folder = Folder::with_corpus();
    let output = folder.run(&["split", "corpus.a2c", "-o", "parts", "--validation", "0.2", "--test", "0.2", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();

    let whole = folder.corpus("corpus.a2c");
    let parts = ["train", "validation", "test"].map(|side| folder.corpus(&format!("parts/{side}.a2c")));
    let mut found = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let side = &report["sides"][i];
        assert_eq!(side["name"], ["train", "validation", "test"][i]);
        assert_eq!(side["playlists"], part.len());
        assert_eq!(side["mentions"], part.summary.mentions);
        assert_eq!(side["digest"], part.summary.digest);
        assert!(part.artists.mentions.is_sorted_by(|a, b| a >= b) && part.artists.mentions.last() > Some(&0));
        let counted = (0..part.len()).map(|i| part.playlist(i).len() as u64).sum::<u64>();
        assert_eq!(part.artists.mentions.iter().map(|&n| u64::from(n)).sum::<u64>(), counted);
        assert_eq!(part.summary.sources.iter().map(|source| source.playlists).sum::<u64>(), part.len() as u64);
        let steps = part.provenance().steps;
        assert_eq!(steps.iter().map(|step| step.command.as_str()).collect::<Vec<_>>(), ["ingest", "split"]);
        let setting = |name| steps[1].settings.iter().find(|setting| setting.name == name).unwrap().value.clone();
        assert_eq!((setting("corpus"), setting("seed")), (whole.summary.digest.clone(), "1".into()));
        found.extend((0..part.len()).map(|i| playlist(part, i)));
    }
    let mut expected: Vec<_> = (0..whole.len()).map(|i| playlist(&whole, i)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!((40..110).contains(&parts[1].len()) && (40..110).contains(&parts[2].len()), "{report}");

    // 12 artists and the same 12 with another: 12 of 13 are shared.
    let groups = near_duplicates(&whole, NEAR_DUPLICATE, &Silent).unwrap();
    assert!((300..360).filter(|i| i % 5 == 4).all(|i| groups[i] == groups[i - 1]));
    let key = |corpus: &Corpus, i: usize| playlist(corpus, i).1.into_iter().collect::<BTreeSet<_>>();
    let sides: Vec<BTreeSet<BTreeSet<String>>> =
        parts.iter().map(|part| (0..part.len()).map(|i| key(part, i)).collect()).collect();
    for (i, &group) in groups.iter().enumerate() {
        let first = key(&whole, group as usize);
        assert!(sides.iter().any(|side| side.contains(&first) && side.contains(&key(&whole, i))), "playlist {i}");
    }

    // Once more into the same folder: the same files.
    let before = fs::read(folder.path("parts/test.a2c")).unwrap();
    let again = folder.run(&["split", "corpus.a2c", "-o", "parts", "--validation", "0.2", "--test", "0.2"]);
    assert!(text(&again.stdout).starts_with("side"), "{}", text(&again.stdout));
    assert_eq!(fs::read(folder.path("parts/test.a2c")).unwrap(), before);
    // What was split can be split again and trained on.
    assert!(folder.run(&["split", "parts/train.a2c", "-o", "inner", "--test", "0"]).status.success());
    assert!(!folder.path("inner/test.a2c").exists());
    let trained = folder.run(&["train", "inner/train.a2c", "-o", "model.a2m", "--epochs", "1", "--vector-size", "4"]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
}

#[test]
fn a_playlist_keeps_its_side_when_the_corpus_grows() {
    let folder = Folder::with_corpus();
    assert!(folder.run(&["ingest", "slices", "-o", "small.a2c"]).status.success());
    assert!(folder.run(&["split", "corpus.a2c", "-o", "large"]).status.success());
    assert!(folder.run(&["split", "small.a2c", "-o", "small"]).status.success());
    let tests = |name: &str| {
        let corpus = folder.corpus(&format!("{name}/test.a2c"));
        let slices = (0..corpus.len()).map(|i| playlist(&corpus, i)).filter(|(title, ..)| !title.is_empty());
        slices.collect::<Vec<_>>()
    };
    assert!(!tests("small").is_empty());
    assert_eq!(tests("large"), tests("small"));
}

#[test]
fn what_cannot_be_split_is_refused() {
    let folder = Folder::with_corpus();
    for shares in [["0.5", "0.5"], ["1.5", "0"], ["NaN", "0.1"]] {
        let error =
            folder.failure(&["split", "corpus.a2c", "-o", "no", "--validation", shares[0], "--test", shares[1]], 2);
        assert!(error.contains("between 0 and 1"), "{error}");
    }
    let error = folder.failure(&["split", "corpus.a2c", "-o", "no", "--validation=-0.1"], 2);
    assert!(error.contains("between 0 and 1"), "{error}");
    let error = folder.failure(&["split", "corpus.a2c", "-o", "no", "--test", "1e-9"], 1);
    assert!(error.contains("side of test") && error.contains("Nothing was written"), "{error}");
    fs::write(folder.path("one.tsv"), "A\tB\n").unwrap();
    assert!(folder.run(&["ingest", "one.tsv", "-o", "one.a2c"]).status.success());
    assert!(folder.failure(&["split", "one.a2c", "-o", "no"], 1).contains("1 playlists in 1 groups"));
    fs::write(folder.path("influence.csv"), "influencer_id,follower_id\n1,2\n").unwrap();
    let error = folder.failure(&["split", "corpus.a2c", "-o", "no", "--truth", "influence.csv"], 1);
    assert!(error.contains("influences stand in both directions"), "{error}");
    assert!(!folder.path("no").exists());

    let error = folder.failure(&["split", "corpus.a2c", "-o", "list.tsv"], 1);
    assert!(error.contains("cannot write"), "{error}");
    fs::copy(folder.path("corpus.a2c"), folder.path("test.a2c")).unwrap();
    let error = folder.failure(&["split", "test.a2c", "-o", "."], 1);
    assert!(error.contains("it is an input, too"), "{error}");
    let error = folder.failure(&["split", "list.tsv", "-o", "no"], 1);
    assert!(error.contains("not an artist2vec corpus"), "{error}");
}

#[test]
fn lists_keep_their_order_only_where_that_is_said() {
    let folder = Folder::with_corpus();
    let order = |arguments: &[&str]| {
        let output = folder.run(&[&["ingest", "--json", "-o", "order.a2c"], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let corpus = folder.corpus("order.a2c");
        let ordered: Vec<usize> = (0..corpus.len()).filter(|&i| corpus.is_ordered(i)).collect();
        assert_eq!(report["ordered"], ordered.len());
        assert!(!corpus.is_ordered(corpus.len()));
        let step = &corpus.provenance().steps[0];
        (ordered, step.settings.iter().find(|setting| setting.name == "ordered").unwrap().value.clone())
    };
    assert_eq!(order(&["slices", "list.tsv"]), ((0..300).collect(), String::new()));
    assert_eq!(order(&["list.tsv", "slices"]).0, (60..360).collect::<Vec<_>>());
    assert_eq!(order(&["slices", "list.tsv", "--ordered", "./list.tsv"]), ((0..360).collect(), "list.tsv".into()));

    // A folder that mixes lists, by a file in it and as a whole.
    fs::create_dir(folder.path("mixed")).unwrap();
    fs::copy(folder.path("list.tsv"), folder.path("mixed/a.tsv")).unwrap();
    fs::copy(folder.path("list.tsv"), folder.path("mixed/b.tsv")).unwrap();
    assert_eq!(order(&["mixed"]).0, [0; 0]);
    assert_eq!(order(&["mixed", "--ordered", "mixed/b.tsv"]).0, (60..120).collect::<Vec<_>>());
    assert_eq!(order(&["mixed", "--ordered", "mixed"]).0.len(), 120);
    let error = folder.failure(&["ingest", "mixed", "--ordered", "list.tsv", "-o", "order.a2c"], 1);
    assert!(error.contains("list.tsv: --ordered names what is no input"), "{error}");
    let error = folder.failure(&["ingest", "mixed", "--ordered", "nowhere", "-o", "order.a2c"], 1);
    assert!(error.contains("nowhere: cannot read"), "{error}");
}

#[test]
fn other_programs_read_the_same_playlists() {
    let folder = Folder::new();
    let slice = r#"{"playlists": [
        {"name": "x", "tracks": [{"artist_name": "Miles Davis", "artist_uri": "i:1"}, {"artist_name": "Prince", "artist_uri": "i:2"},
            {"artist_name": "Prince", "artist_uri": "i:3"}, {"artist_name": "Miles Davis", "artist_uri": "i:1"}]},
        {"name": "nobody", "tracks": []},
        {"name": "y", "tracks": [{"artist_name": "100% a_b", "artist_uri": "i:4"}, {"artist_name": "Prince", "artist_uri": "i:2"}]}]}"#;
    fs::write(folder.path("a.json"), slice).unwrap();
    assert!(folder.run(&["ingest", "a.json", "-o", "corpus.a2c"]).status.success());
    let output = folder.run(&["convert", "corpus.a2c", "-o", "s.txt", "--counts", "counts"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = "Miles_Davis Prince Prince%%i:3 Miles_Davis\n100%25_a%5Fb Prince\n";
    assert_eq!(fs::read_to_string(folder.path("s.txt")).unwrap(), expected);
    assert_eq!(
        fs::read_to_string(folder.path("counts")).unwrap().lines().collect::<BTreeSet<_>>(),
        BTreeSet::from(["Miles_Davis 2", "Prince 2", "Prince%%i:3 1", "100%25_a%5Fb 1"])
    );
    assert!(folder.run(&["convert", "corpus.a2c", "-o", "s.txt.gz"]).status.success());
    let mut unpacked = String::new();
    let packed = fs::File::open(folder.path("s.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, expected);

    // The same words as those of a model's vectors: what another program learns under them finds its artists again.
    let trained = folder.run(&[
        "train",
        "corpus.a2c",
        "-o",
        "m.a2m",
        "--epochs",
        "1",
        "--vector-size",
        "2",
        "--min-count",
        "1",
        "--sample",
        "0",
    ]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    assert!(folder.run(&["convert", "m.a2m", "-o", "v.txt"]).status.success());
    let vectors = fs::read_to_string(folder.path("v.txt")).unwrap();
    let words: BTreeSet<&str> = vectors.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(words, expected.split_whitespace().collect());

    for (arguments, part) in [
        (&["-o", "s.csv"][..], "written as .txt, .txt.gz or .parquet"),
        (&["-o", "s.gz"], "written as .txt, .txt.gz or .parquet"),
        (&["-o", "s.txt", "--matrix", "both"], "a corpus has no vectors"),
        (&["-o", "no/s.txt"], "cannot write"),
    ] {
        let error = folder.failure(&[&["convert", "corpus.a2c"], arguments].concat(), 1);
        assert!(error.contains(part), "{error}");
    }
    assert!(!Path::new(&folder.path("s.csv")).exists());
}
