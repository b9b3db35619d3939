//! `artist2vec tune` as users meet it: the real program on generated playlists with planted clusters.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use artist2vec::corpus::{Corpus, generate};
use serde_json::Value;
use tempfile::TempDir;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a corpus, a list of related artists, and space files.
struct Folder(TempDir);

const QUICK: &str = "[fixed]\nvector-size = 8\nsample = 0.01\n";

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let run = |arguments: &[&str], paths: &[&Path]| {
            let done = Command::new(env!("CARGO_BIN_EXE_artist2vec")).args(arguments).args(paths).output().unwrap();
            assert!(done.status.success(), "{}", text(&done.stderr));
        };
        let (slices, corpus) = (folder.path("slices"), folder.path("corpus.a2c"));
        run(&["generate", "--playlists", "400", "--artists", "120", "--clusters", "6"], &[&slices]);
        run(&["ingest", "-o"], &[&corpus, &slices]);
        // Artists of one planted cluster are related.
        let artists = Corpus::open(&corpus).unwrap().artists.names;
        let mut truth = "artist_uri\tartist_name\trelated_uri\trelated_name\n".to_owned();
        for a in &artists {
            for b in artists.iter().filter(|b| *b != a && generate::cluster_of(b) == generate::cluster_of(a)) {
                truth += &format!("\t{a}\t\t{b}\n");
            }
        }
        fs::write(folder.path("truth.tsv"), truth).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, space: &str, output: &str, options: &[&str]) -> Command {
        let file = self.path("space.toml");
        fs::write(&file, space).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
        command.arg("tune").arg(self.path("corpus.a2c")).arg("--space").arg(file);
        command.arg("-o").arg(self.path(output)).args(options);
        if !options.contains(&"--workers") {
            command.args(["--workers", "1"]);
        }
        command
    }

    fn tune(&self, space: &str, output: &str, options: &[&str]) -> Output {
        self.command(space, output, options).output().unwrap()
    }

    fn truth(&self) -> String {
        self.path("truth.tsv").display().to_string()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn json(&self, output: &str) -> Value {
        serde_json::from_str(&self.read(&format!("{output}/trials.json"))).unwrap()
    }
}

/// The number of finished trials in a journal.
fn journaled(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count().saturating_sub(1))
}

#[test]
fn a_grid_ends_with_settings_that_train_takes_and_a_report() {
    let folder = Folder::new();
    let space = format!("method = \"grid\"\n{QUICK}[space]\nepochs = [1, 6]\nnegative = [2, 8]\n");
    let done = folder.tune(&space, "tuned", &["--truth", &folder.truth()]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    assert!(
        said.contains("On what no trial has seen") && said.contains("4 trials and the defaults; 0 failed"),
        "{said}"
    );

    let json = folder.json("tuned");
    let trials = json["trials"].as_array().unwrap();
    assert_eq!((trials.len(), trials[0]["objective"].as_f64()), (5, Some(1.0)));
    for (i, trial) in trials.iter().enumerate() {
        assert_eq!(trial["number"], i);
        for score in ["related", "continuation"] {
            let overall = trial["outcome"]["scored"][score]["overall"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&overall), "{trial}");
        }
    }
    // The objective is what it is said to be.
    let overall = |i: usize, score: &str| trials[i]["outcome"]["scored"][score]["overall"].as_f64().unwrap();
    let expected =
        (overall(2, "related") / overall(0, "related") + overall(2, "continuation") / overall(0, "continuation")) / 2.0;
    assert!((trials[2]["objective"].as_f64().unwrap() - expected).abs() < 1e-12);
    let best = json["best"].as_u64().unwrap() as usize;
    let objective = |trial: &Value| trial["objective"].as_f64().unwrap();
    assert!(trials.iter().all(|trial| objective(trial) <= objective(&trials[best])));
    assert!(json["final"].as_array().unwrap().iter().any(|row| row["metric"] == "ndcg@500"));

    // `train` takes the settings of the best.
    let settings = folder.read("tuned/settings.toml");
    assert!(settings.starts_with("# Training settings chosen by artist2vec"), "{settings}");
    let epochs = &trials[best]["settings"]["epochs"];
    assert!(settings.contains(&format!("\nepochs = {epochs}\n")) && !settings.contains("workers"), "{settings}");
    let trained = Command::new(env!("CARGO_BIN_EXE_artist2vec"))
        .arg("train")
        .arg(folder.path("corpus.a2c"))
        .arg("--settings")
        .arg(folder.path("tuned/settings.toml"))
        .arg("-o")
        .arg(folder.path("model.a2m"))
        .output()
        .unwrap();
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    assert!(text(&trained.stdout).contains(&format!("of {epochs} epochs")), "{}", text(&trained.stdout));

    let csv = folder.read("tuned/trials.csv");
    assert_eq!(csv.lines().count(), 6);
    assert!(csv.starts_with("trial,rung,objective,related,related top"), "{csv}");
    let report = folder.read("tuned/report.html");
    for part in ["epochs and negative: related artists found, mean", "Objective by trial", "The effect of negative"] {
        assert!(report.contains(part), "{part}");
    }
    assert!(!report.contains("<script"));

    // Again: everything is in the journal already, and the result is the same.
    let again = folder.tune(&space, "tuned", &["--truth", &folder.truth()]);
    assert!(text(&again.stdout).contains("5 trials were taken from the journal"), "{}", text(&again.stdout));
    assert_eq!(folder.read("tuned/settings.toml"), settings);
}

#[test]
fn a_killed_search_goes_on_and_ends_with_the_same_settings() {
    let folder = Folder::new();
    let space = "method = \"halving\"\ntrials = 9\n[fixed]\nvector-size = 8\nsample = 0.01\n[space]\n\
                 negative = { min = 2, max = 20, scale = \"log\" }\nwindow = [2, 5, 20]\n\
                 [halving]\nmin-epochs = 2\nmax-epochs = 18\n";
    let truth = folder.truth();
    let whole = folder.tune(space, "whole", &["--truth", &truth]);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
    let json = folder.json("whole");
    let epochs = |trial: &Value| trial["settings"]["epochs"].as_u64().unwrap();
    let trials = json["trials"].as_array().unwrap();
    let rungs: Vec<u64> = trials[1..].iter().map(epochs).collect();
    assert_eq!(rungs, [2, 2, 2, 2, 2, 2, 2, 2, 2, 6, 6, 6, 18]);

    // Killed in the middle, again and again; between, the last line is cut as a kill in the middle of a write would.
    let journal = folder.path("killed/journal.jsonl");
    for stop in [1, 4, 10] {
        let mut child = folder
            .command(space, "killed", &["--truth", &truth])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while journaled(&journal) < stop {
            assert!(start.elapsed() < Duration::from_secs(120), "no progress");
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // On Unix this is SIGKILL.
        let _ = child.kill();
        child.wait().unwrap();
        let bytes = fs::read(&journal).unwrap();
        fs::write(&journal, &bytes[..bytes.len() - 9]).unwrap();
    }
    let before = journaled(&journal);
    assert!(before >= 4, "{before}");
    let resumed = folder.tune(space, "killed", &["--truth", &truth]);
    assert!(resumed.status.success(), "{}", text(&resumed.stderr));
    let said = text(&resumed.stdout);
    assert!(
        said.contains("unfinished line, which was dropped") && said.contains("were taken from the journal"),
        "{said}"
    );
    assert_eq!(folder.read("killed/settings.toml"), folder.read("whole/settings.toml"));

    // Side by side, the same again.
    let runs = folder.tune(space, "runs", &["--truth", &truth, "--parallel", "runs", "--workers", "2"]);
    assert!(runs.status.success(), "{}", text(&runs.stderr));
    assert_eq!(folder.read("runs/settings.toml"), folder.read("whole/settings.toml"));
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_finished_trials() {
    let folder = Folder::new();
    let space = format!(
        "method = \"random\"\ntrials = 1000\n\
         {QUICK}[objective]\ncontinuation = 1\n[space]\nseed = {{ min = 1, max = 100000 }}\n"
    );
    let child = folder.command(&space, "tuned", &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let journal = folder.path("tuned/journal.jsonl");
    let start = Instant::now();
    while journaled(&journal) < 2 {
        assert!(start.elapsed() < Duration::from_secs(120), "no progress");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let kept = journaled(&journal);
    let said = text(&ended.stderr);
    assert!(said.contains(&format!("interrupted; {kept} finished trials are kept")), "{said}");
    assert!(!folder.path("tuned/settings.toml").exists());

    // With a limit, it stops there and reports what it has.
    let limited = folder.tune(&space, "tuned", &["--trials", &(kept + 1).to_string()]);
    assert!(limited.status.success(), "{}", text(&limited.stderr));
    let said = text(&limited.stdout);
    assert!(said.contains(&format!("{} trials and the defaults of 1000; more were not asked for", kept + 1)), "{said}");
}

#[test]
fn the_budget_ends_a_search_in_time_with_a_result() {
    let folder = Folder::new();
    let space = format!(
        "method = \"random\"\ntrials = 100000\n\
         {QUICK}[objective]\ncontinuation = 1\n[space]\nseed = {{ min = 1, max = 1000000 }}\n"
    );
    let start = Instant::now();
    let done = folder.tune(&space, "tuned", &["--budget", "6s"]);
    // Generous: the machine may be busy.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("the time was up"), "{}", text(&done.stdout));
    assert!(folder.path("tuned/settings.toml").exists() && folder.path("tuned/report.html").exists());
}

#[test]
fn a_trial_that_diverges_is_recorded_and_the_search_goes_on() {
    let folder = Folder::new();
    let space = format!("method = \"grid\"\n{QUICK}[space]\nalpha = [0.02, 1e30]\n");
    let done = folder.tune(&space, "tuned", &["--truth", &folder.truth()]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("1 failed"), "{}", text(&done.stdout));
    let json = folder.json("tuned");
    let reason = json["trials"][2]["outcome"]["failed"].as_str().unwrap();
    assert!(reason.contains("diverged in epoch 1"), "{reason}");
    assert!(folder.read("tuned/report.html").contains("diverged in epoch 1"));
}

#[test]
fn bad_input_is_refused_and_nothing_is_lost() {
    let folder = Folder::new();
    let good = format!("method = \"grid\"\n{QUICK}[objective]\ncontinuation = 1\n[space]\nepochs = [1]\n");
    let refused = |space: &str, output: &str, options: &[&str], message: &str| {
        let refused = folder.tune(space, output, options);
        let said = text(&refused.stderr);
        assert!(matches!(refused.status.code(), Some(1 | 2)), "{message}: {said}");
        assert!(said.contains(message) && !said.contains("panicked"), "{message}: {said}");
    };
    let related = good.replace("continuation = 1", "related = 1");
    refused(&good.replace("epochs = [1]", "epoch = [1]"), "a", &[], "space.toml, line 8: there is no parameter epoch");
    refused(&related, "a", &[], "there is no list of them: give one with --truth");
    refused(&good, "corpus.a2c", &[], "corpus.a2c: it is a file; name a folder");
    refused(&good, "a", &["--truth", "no/such.tsv"], "no/such.tsv");
    refused(&good, "a", &["--budget", "soon"], "not a time such as");
    refused(&good, "a", &["--trials", "0"], "--trials");
    let strangers: String = (0..20).map(|i| format!("Nobody {i}\tNo one\n")).collect();
    fs::write(folder.path("strangers.tsv"), format!("artist_name\trelated_name\n{strangers}")).unwrap();
    let strangers = folder.path("strangers.tsv").display().to_string();
    refused(&related, "a", &["--truth", &strangers], "is one of the");
    let one = folder.path("one.tsv").display().to_string();
    fs::write(&one, "artist_name\trelated_name\nA\tB\n").unwrap();
    refused(&related, "a", &["--truth", &one], "all its 1 artists fall into the same half");
    refused(&format!("{good}[split]\ntest = 0.000001\n"), "a", &[], "no playlist falls on the side of test");
    refused(
        &good
            .replace("[space]", "min-count = 1000000\n[space]")
            .replace("[objective]\ncontinuation = 1\n", "")
            .replace("[fixed]", "[objective]\ncontinuation = 1\n[fixed]"),
        "a",
        &[],
        "too few; lower min-count",
    );
    let missing = Command::new(env!("CARGO_BIN_EXE_artist2vec"))
        .args(["tune", "corpus.a2c", "--space", "no/space.toml", "-o"])
        .arg(folder.path("a"))
        .output()
        .unwrap();
    assert!(text(&missing.stderr).contains("no/space.toml: cannot read"), "{}", text(&missing.stderr));

    // A journal that cannot be used stays as it is.
    let done = folder.tune(&good, "tuned", &[]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let journal = folder.path("tuned/journal.jsonl");
    let bytes = fs::read(&journal).unwrap();
    let newer = text(&bytes).replacen("\"version\":1", "\"version\":9", 1);
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    for (content, space, message) in [
        (bytes.as_slice(), good.replace("[1]", "[2]"), "belong to another space file"),
        (newer.as_bytes(), good.clone(), "in version 9 of its form"),
        (damaged.as_slice(), good.clone(), "damaged"),
    ] {
        fs::write(&journal, content).unwrap();
        refused(&space, "tuned", &[], message);
        assert!(fs::read(&journal).unwrap() == content, "{message}: the journal was changed");
    }
    fs::write(&journal, &bytes).unwrap();
    refused(&good, "tuned", &["--seed", "5"], "belong to another seed");
}
