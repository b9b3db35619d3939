//! `artist2vec layout` as its users run it.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use artist2vec::catalog::metadata::{Provenance, Step};
use artist2vec::corpus::Artists;
use artist2vec::layout::Layout;
use artist2vec::rng::Rng;
use artist2vec::training::{Model, TitleWords};

fn layout(arguments: &[&str], directory: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_artist2vec");
    Command::new(program).arg("layout").args(arguments).current_dir(directory).output().unwrap()
}

/// `n` artists in two clusters, even and odd.
fn model(n: usize) -> Model {
    let mut rng = Rng::new(4);
    let input = (0..n * 8).map(|i| rng.next_f32() - 0.5 + if i / 8 % 2 == i % 2 { 2.0 } else { -2.0 }).collect();
    Model {
        artists: Artists {
            names: (0..n).map(|i| format!("Artist {i}")).collect(),
            ids: vec![String::new(); n],
            mentions: vec![1; n],
        },
        dimensions: 8,
        input,
        output: vec![],
        squares: Vec::new(),
        weights: Vec::new(),
        bias: Vec::new(),
        words: TitleWords::default(),
        provenance: Provenance { steps: vec![Step::new("train")], ..Provenance::default() },
    }
}

#[test]
fn a_map_keeps_clusters_apart_and_says_where_it_comes_from() {
    let directory = tempfile::tempdir().unwrap();
    let model = model(120);
    model.write(&directory.path().join("model.a2m")).unwrap();
    let run = |output: &str, threads: &str, seed: &str| {
        let program = env!("CARGO_BIN_EXE_artist2vec");
        let arguments = ["layout", "model.a2m", "-o", output, "--epochs", "100", "--seed", seed];
        let done = Command::new(program)
            .args(arguments)
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // No bars where standard error is no terminal.
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
        assert!(String::from_utf8_lossy(&done.stdout).contains("120 artists"));
        std::fs::read(directory.path().join(output)).unwrap()
    };
    let first = run("one.a2l", "1", "1");
    assert_eq!(first, run("two.a2l", "2", "1"));
    assert_ne!(first, run("other.a2l", "2", "2"));

    let map = Layout::read(&directory.path().join("one.a2l")).unwrap();
    assert_eq!(map.artists, 120);
    assert_eq!(map.model_digest, model.digest());
    let commands: Vec<_> = map.provenance.steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!(commands, ["train", "layout"]);
    let centre = |parity: usize| -> [f32; 3] {
        std::array::from_fn(|axis| (parity..120).step_by(2).map(|i| map.positions[3 * i + axis]).sum::<f32>() / 60.0)
    };
    let (even, odd) = (centre(0), centre(1));
    let distance = |i: usize, c: [f32; 3]| (0..3).map(|d| (map.positions[3 * i + d] - c[d]).powi(2)).sum::<f32>();
    for i in 0..120 {
        assert_eq!(distance(i, even) < distance(i, odd), i % 2 == 0, "artist {i}");
    }
}

#[test]
fn few_artists_are_all_neighbours() {
    let directory = tempfile::tempdir().unwrap();
    for n in [1, 2, 3, 9] {
        model(n).write(&directory.path().join("model.a2m")).unwrap();
        let done = layout(&["model.a2m", "-o", "map.a2l"], directory.path());
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("fewer artists than neighbours (15)"), "{said}");
        assert_eq!(Layout::read(&directory.path().join("map.a2l")).unwrap().artists, n);
    }
}

#[test]
fn what_makes_no_map_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut model = model(30);
    model.write(&directory.path().join("good.a2m")).unwrap();
    model.input[17] = f32::NAN;
    model.write(&directory.path().join("nan.a2m")).unwrap();
    std::fs::write(directory.path().join("other.a2m"), "no model").unwrap();
    for (arguments, code, complaint) in [
        (&["nan.a2m"][..], 1, "nan.a2m: the vector of artist \"Artist 2\""),
        (&["other.a2m"], 1, "other.a2m"),
        (&["missing.a2m"], 1, "missing.a2m: cannot read"),
        (&["good.a2m", "--neighbours", "1"], 2, "from 2 to 1000"),
        (&["good.a2m", "--min-dist", "2"], 2, "between 0 and 1"),
        (&["good.a2m", "--epochs", "0"], 2, "at least 1"),
        (&["good.a2m", "--metric", "hamming"], 2, "euclidean"),
    ] {
        let done = layout(&[arguments, &["-o", "map.a2l"]].concat(), directory.path());
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{said}");
        assert!(said.contains(complaint), "{said}");
        assert!(!directory.path().join("map.a2l").exists());
    }
}
