//! `artist2vec analyze` as users meet it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use artist2vec::corpus::{Artists, Corpus};
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

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output =
            Command::new(env!("CARGO_BIN_EXE_artist2vec")).args(arguments).current_dir(self.0.path()).output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
        output
    }

    /// Ingests `slice` and analyses it into `report/`; gives back the JSON.
    fn analyze(&self, slice: &str) -> Value {
        fs::write(self.path("a.json"), slice).unwrap();
        let made = self.run(&["ingest", "a.json", "-o", "corpus.a2c"]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let output = self.run(&["analyze", "corpus.a2c", "-o", "report", "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed, serde_json::from_str::<Value>(&self.read("report/analysis.json")).unwrap());
        let html = self.read("report/report.html");
        assert!(!html.contains("<script") && !html.contains("NaN") && !html.contains("inf %"), "{html}");
        assert!(html.matches("<svg").count() == 4 && html.matches("</svg>").count() == 4);
        printed
    }
}

#[test]
fn a_report_tells_what_generated_playlists_are_like() {
    let folder = Folder::new();
    let made = folder.run(&["generate", "slices", "--playlists", "400", "--artists", "300", "--clusters", "5"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    fs::write(folder.path("list.tsv"), "Only One\tAnother <b>\nOnly One\tAnother <b>\n").unwrap();
    assert!(folder.run(&["ingest", "slices", "list.tsv", "-o", "corpus.a2c"]).status.success());
    let output = folder.run(&["analyze", "corpus.a2c", "-o", "new/report"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("402 playlists") && printed.contains("report.html"), "{printed}");

    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let json: Value = serde_json::from_str(&folder.read("new/report/analysis.json")).unwrap();
    let counts = &json["counts"];
    assert_eq!((&counts["playlists"], &counts["ordered"], &counts["titled"]), (&402.into(), &400.into(), &400.into()));
    assert_eq!(counts["mentions"], corpus.summary.mentions);
    let sets = (0..corpus.len()).map(|i| corpus.playlist(i).iter().collect::<BTreeSet<_>>());
    assert_eq!(counts["pairs"], sets.map(|set| set.len()).sum::<usize>());
    for (i, artist) in json["artists"].as_array().unwrap().iter().enumerate() {
        assert_eq!(artist["mentions"], corpus.artists.mentions[i]);
        assert_eq!(artist["name"], corpus.artists.names[i]);
        let playlists = (0..corpus.len()).filter(|&p| corpus.playlist(p).contains(&(i as u32))).count();
        assert_eq!(artist["playlists"], playlists);
    }
    assert_eq!(json["artists"].as_array().unwrap().len(), 100);
    assert!((0.5..1.3).contains(&json["zipf"]["exponent"].as_f64().unwrap()), "{}", json["zipf"]);
    assert_eq!(json["copies"]["same_sequence"], 1);
    let steps = json["provenance"]["steps"].as_array().unwrap();
    assert_eq!((&steps[0]["command"], &steps[1]["command"]), (&"ingest".into(), &"analyze".into()));
    assert_eq!(json["provenance"]["corpus"]["digest"], corpus.summary.digest);

    let html = folder.read("new/report/report.html");
    for part in ["402 playlists", "Table 1.", "Figure 4.", "Another &lt;b&gt;", "list.tsv", &corpus.summary.digest] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("Another <b>") && !html.contains("https:"));
    let artists = folder.read("new/report/artists.csv");
    assert_eq!(artists.lines().count(), 101);
    let first = format!("1,{},{},{},", corpus.artists.names[0], corpus.artists.ids[0], corpus.artists.mentions[0]);
    assert!(artists.lines().nth(1).unwrap().starts_with(&first), "{artists}");
    let tables = fs::read_dir(folder.path("new/report")).unwrap().map(|entry| entry.unwrap().file_name());
    let tables: BTreeSet<String> = tables.map(|name| name.into_string().unwrap()).collect();
    for name in ["counts", "sources", "lengths", "length-histogram", "repeats-histogram", "title-words", "min-count"] {
        assert!(tables.contains(&format!("{name}.csv")), "{tables:?}");
    }
    assert!(tables.iter().all(|name| !name.ends_with(".tmp")), "{tables:?}");

    // Once more over it: the same bytes.
    assert!(folder.run(&["analyze", "corpus.a2c", "-o", "new/report"]).status.success());
    assert_eq!(folder.read("new/report/report.html"), html);
}

#[test]
fn corpora_with_next_to_nothing_are_told_as_such() {
    let folder = Folder::new();
    let nobody = folder.analyze(r#"{"playlists": [{"tracks": []}, {"name": "x", "tracks": []}]}"#);
    assert_eq!((&nobody["counts"]["empty"], &nobody["counts"]["artists"]), (&2.into(), &0.into()));
    assert_eq!((&nobody["zipf"], &nobody["copies"]["near"]), (&Value::Null, &0.into()));
    assert!(folder.read("report/report.html").contains("no mentions to count"));

    let one = folder.analyze(r#"{"playlists": [{"tracks": [{"artist_name": "A"}]}]}"#);
    assert_eq!((&one["long_tail"]["gini"], &one["lengths"]["mentions"]["median"]), (&0.0.into(), &1.0.into()));
    assert_eq!(one["repeats"]["same_as_previous"], Value::Null);
    assert!(folder.read("report/report.html").contains("No playlist of this corpus has a title."));

    let again = folder.analyze(r#"{"playlists": [{"tracks": [{"artist_name": "A"}, {"artist_name": "A"}]}]}"#);
    assert_eq!(again["repeats"]["same_as_previous"], 1.0);
    assert_eq!(again["repeats"]["playlists_without"], 0.0);

    Corpus::in_memory(Artists::default(), &[], &[]).write(&folder.path("empty.a2c")).unwrap();
    let output = folder.run(&["analyze", "empty.a2c", "-o", "empty"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(folder.read("empty/report.html").contains("0 playlists"));
}

#[test]
fn what_cannot_be_written_or_read_is_said_before_the_work() {
    let folder = Folder::new();
    folder.analyze(r#"{"playlists": [{"tracks": [{"artist_name": "A"}]}]}"#);
    let failure = |arguments: &[&str]| {
        let output = folder.run(&[&["analyze"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        text(&output.stderr)
    };
    assert!(failure(&["corpus.a2c", "-o", "a.json"]).contains("a.json: cannot write"));
    assert!(failure(&["corpus.a2c", "-o", "a.json/deeper"]).contains("deeper: cannot write"));
    fs::create_dir_all(folder.path("taken/report.html")).unwrap();
    assert!(failure(&["corpus.a2c", "-o", "taken"]).contains("other than a file"));
    assert!(failure(&["a.json", "-o", "new"]).contains("not an artist2vec corpus"));
    assert!(failure(&["nowhere.a2c", "-o", "new"]).contains("cannot read"));
    assert!(!folder.path("new").exists());
}
