//! `artist2vec convert` as its users run it, and gensim's own files and readers as the judges.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use artist2vec::catalog::metadata::Provenance;
use artist2vec::corpus::Artists;
use artist2vec::training::{Model, TitleWords};

const ARTIST2VEC: &str = env!("CARGO_BIN_EXE_artist2vec");

fn oracle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(name)
}

fn convert(arguments: &[&Path]) -> Output {
    Command::new(ARTIST2VEC).arg("convert").args(arguments).output().unwrap()
}

fn succeed(arguments: &[&Path]) -> String {
    let output = convert(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fail(arguments: &[&Path]) -> String {
    let output = convert(arguments);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// Names that try each rule: spaces, the stand-ins themselves, other white space, namesakes, other scripts.
fn model() -> Model {
    let rows = [
        ("Drake", "spotify:artist:drake"),
        ("Miles Davis", "spotify:artist:miles"),
        ("Björk", ""),
        ("100% Silk", ""),
        ("under_score", ""),
        ("tab\tand\nline", ""),
        ("宇多田\u{3000}ヒカル", ""),
        ("Prince", "spotify:artist:prince"),
        ("Prince", "spotify:artist:other"),
        ("Prince", ""),
    ];
    let dimensions = 3;
    let values = |offset: f32| (0..rows.len() * dimensions).map(|i| (i as f32 / 7.0).sin() + offset).collect();
    Model {
        artists: Artists {
            names: rows.iter().map(|row| row.0.to_owned()).collect(),
            ids: rows.iter().map(|row| row.1.to_owned()).collect(),
            mentions: (0..rows.len() as u32).map(|i| 100 - 3 * i).collect(),
        },
        dimensions,
        input: values(0.0),
        output: values(5.0),
        squares: Vec::new(),
        weights: Vec::new(),
        bias: (0..rows.len()).map(|i| i as f32 / 2.0).collect(),
        words: TitleWords {
            words: vec!["gym".into()],
            mentions: vec![7],
            input: vec![0.5; dimensions],
            output: vec![-0.5; dimensions],
        },
        provenance: Provenance::default(),
    }
}

#[test]
fn gensims_own_files_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("model.a2m");
    let mut expected: Vec<f32> =
        (0..20).map(|i| (f64::from((7 * (i / 4) + 3 * (i % 4)) % 11) / 3.0 - 1.5) as f32).collect();
    expected[16..].copy_from_slice(&[1e-20, -1e20, 0.0, -0.0]);
    for ending in ["bin", "txt"] {
        let vectors = oracle("word2vec_gensim").with_extension(ending);
        let said = succeed(&[&vectors, "-o".as_ref(), &out, "--counts".as_ref(), &oracle("word2vec_gensim.counts")]);
        assert!(said.contains("5 artists × 4 dimensions"), "{said}");
        let model = Model::read(&out).unwrap();
        assert_eq!(model.artists.names, ["Drake", "Miles Davis", "Björk", "宇多田ヒカル", "AC/DC"]);
        assert_eq!(model.artists.mentions, [900, 80, 70, 6, 5]);
        let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&model.input), bits(&expected), "{ending}");
        assert_eq!(model.provenance.steps[0].command, "convert");

        succeed(&[&vectors, "-o".as_ref(), &out]);
        assert_eq!(Model::read(&out).unwrap().artists.mentions, [0; 5]);
    }
}

#[test]
fn reference_implementations_files_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("model.a2m");
    let expected: Vec<f32> =
        (0..20).map(|i| (f64::from((7 * (i / 4) + 3 * (i % 4)) % 11) / 3.0 - 1.5) as f32).collect();
    let read = |name: &str, matrix: &str| {
        let vectors = oracle("vectors").join(name);
        succeed(&[&vectors, "-o".as_ref(), &out, "--matrix".as_ref(), matrix.as_ref()]);
        Model::read(&out).unwrap()
    };
    for name in [
        "c.npy",
        "fortran.npy",
        "plain.safetensors",
        "full.safetensors",
        "norms.fifu",
        "plain.fifu",
        "gensim.glove.txt",
    ] {
        let model = read(name, "input");
        assert_eq!(model.artists.names, ["Drake", "Miles Davis", "Björk", "宇多田ヒカル", "AC/DC"], "{name}");
        for (a, b) in model.input.iter().zip(&expected) {
            // Unit vectors and their norms are rounded apart.
            assert!(a == b || name == "norms.fifu" && (a - b).abs() < 1e-6, "{name}: {a} {b}");
        }
        assert!(model.output.is_empty());
        let has_bias = matches!(name, "c.npy" | "full.safetensors");
        assert_eq!(model.bias, if has_bias { vec![0.0, 1.0, 2.0, 3.0, 4.0] } else { vec![] }, "{name}");
    }
    let model = read("full.safetensors", "both");
    assert_eq!(model.output, expected.iter().map(|x| -x).collect::<Vec<_>>());
    assert_eq!((model.artists.mentions, &model.artists.ids[4]), (vec![900, 80, 70, 6, 5], &"id:4".to_owned()));
    assert_eq!((model.words.words, model.words.mentions), (vec!["gym".to_owned()], vec![3]));
    assert_eq!((model.words.input, model.words.output), (vec![1.0; 4], vec![2.0; 4]));
}

#[test]
fn a_model_comes_back_through_word2vec() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    model().write(&at("model.a2m")).unwrap();
    for (name, matrix, expected) in
        [("v.bin", "input", model().input), ("v.txt", "both", model().input), ("v.bin", "output", model().output)]
    {
        let options: [&Path; 4] = ["--counts".as_ref(), &at("counts"), "--matrix".as_ref(), matrix.as_ref()];
        let said = succeed(&[&[&at("model.a2m"), Path::new("-o"), &at(name)][..], &options].concat());
        assert!(said.contains("10 artists × 3 dimensions, output vectors, a bias, 1 words of titles"), "{said}");
        assert!(said.contains("v.bias.txt") && said.contains("v.output.txt") == (matrix == "both"), "{said}");
        let matrix = if matrix == "both" { "both" } else { "input" };
        let options: [&Path; 4] = ["--counts".as_ref(), &at("counts"), "--matrix".as_ref(), matrix.as_ref()];
        succeed(&[&[&at(name), Path::new("-o"), &at("back.a2m")][..], &options].concat());
        let back = Model::read(&at("back.a2m")).unwrap();
        assert_eq!(back.artists.names, model().artists.names);
        assert_eq!(back.artists.mentions, model().artists.mentions);
        assert_eq!(back.artists.ids[8], "spotify:artist:other");
        assert_eq!(back.input, expected);
        assert_eq!(back.output, if matrix == "both" { model().output } else { vec![] });
        assert_eq!((back.bias, back.words.words, back.words.mentions), (model().bias, model().words.words, vec![7]));
    }
}

#[test]
fn numpy_and_projector_files_stand_beside_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    model().write(&at("model.a2m")).unwrap();
    let said = succeed(&[&at("model.a2m"), "-o".as_ref(), &at("x.npy")]);
    assert!(said.contains("x.npy") && said.contains("x.names.tsv") && said.contains("x.bias.npy"), "{said}");
    assert!(said.contains("left out 1 words of titles"), "{said}");
    let names = std::fs::read_to_string(at("x.names.tsv")).unwrap();
    assert_eq!(names.lines().count(), 10);
    assert_eq!(names.lines().nth(1), Some("Miles Davis"));
    let array = std::fs::read(at("x.npy")).unwrap();
    assert_eq!(array[128..], *bytemuck::cast_slice::<f32, u8>(&model().input));

    succeed(&[&at("model.a2m"), "-o".as_ref(), &at("p.tsv")]);
    let vectors = std::fs::read_to_string(at("p.tsv")).unwrap();
    let numbers: Vec<f32> = vectors.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers, model().input);
    let metadata = std::fs::read_to_string(at("p.metadata.tsv")).unwrap();
    assert_eq!(metadata.lines().nth(2), Some("Miles Davis\tspotify:artist:miles\t97\t0.5"));
    assert_eq!(metadata.lines().count(), vectors.lines().count() + 1);

    succeed(&[&at("p.tsv"), "-o".as_ref(), &at("back.a2m")]);
    let back = Model::read(&at("back.a2m")).unwrap();
    assert_eq!((back.artists.ids, back.artists.mentions), (model().artists.ids, model().artists.mentions));
    assert_eq!((back.input, back.bias), (model().input, model().bias));
}

#[test]
fn what_cannot_be_converted_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let words = TitleWords { output: vec![], ..model().words };
    Model { output: vec![], words, ..model() }.write(&at("model.a2m")).unwrap();
    std::fs::write(at("absurd.bin"), b"4000000000 4000000000\nword 1234").unwrap();
    std::fs::write(at("cut.txt"), "3 2\na 1 2\nb 1 2\n").unwrap();
    std::fs::write(at("twice.vec"), "2 1\na 1\na 2\n").unwrap();
    std::fs::copy(oracle("vectors/c.npy"), at("bare.npy")).unwrap();
    for (input, output, complaint) in [
        ("model.a2m", "x.csv", "unknown ending"),
        ("cut.txt", "x.npy", "become a model, .a2m"),
        ("bare.npy", "x.a2m", "bare.names.tsv"),
        ("x.csv", "x.a2m", "unknown ending"),
        ("missing.bin", "x.a2m", "cannot read"),
        ("absurd.bin", "x.a2m", "more than 4096 are not supported"),
        ("cut.txt", "x.a2m", "ends before"),
        ("twice.vec", "x.a2m", "word 2 (\"a\") stands in the file before"),
    ] {
        let said = fail(&[&at(input), "-o".as_ref(), &at(output)]);
        assert!(said.contains(complaint), "{input} {output}: {said}");
        assert!(!at(output).exists());
    }
    for matrix in ["output", "both"] {
        let said = fail(&[&at("model.a2m"), "-o".as_ref(), &at("x.bin"), "--matrix".as_ref(), matrix.as_ref()]);
        assert!(said.contains("no output vectors"), "{said}");
    }
    let said = fail(&[&at("model.a2m"), "-o".as_ref(), &at("x.bin"), "--corpus".as_ref(), &at("c.a2c")]);
    assert!(said.contains("vectors that another program trained"), "{said}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_its_files_are_named_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    model().write(&at("model.a2m")).unwrap();
    for name in ["x.parquet", "x.spark"] {
        let said = fail(&[&at("model.a2m"), "-o".as_ref(), &at(name)]);
        assert!(said.contains("built without Parquet; build it with"), "{said}");
    }
    let (input, output) = (oracle("parquet/snappy.parquet"), at("c.a2c"));
    let ingest = Command::new(ARTIST2VEC).args([Path::new("ingest"), &input, Path::new("-o"), &output]).output();
    let said = ingest.unwrap().stderr;
    assert!(String::from_utf8_lossy(&said).contains("built without Parquet"));
}

/// gensim, numpy and, where they are installed, safetensors and finalfusion load what `convert` wrote. The interpreter is
/// `$PYTHON`, else `python3`.
#[test]
fn gensim_loads_what_convert_wrote() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if !Command::new(&python).args(["-c", "import gensim, numpy"]).output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: {python} cannot import gensim");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    model().write(&at("model.a2m")).unwrap();
    succeed(&[&at("model.a2m"), "-o".as_ref(), &at("v.bin"), "--counts".as_ref(), &at("v.counts")]);
    for name in ["v.bin", "v.txt", "v.vec", "v.glove.txt", "v.npy", "v.safetensors", "v.fifu"] {
        succeed(&[&at("model.a2m"), "-o".as_ref(), &at(name), "--matrix".as_ref(), "both".as_ref()]);
    }
    let check = Command::new(&python).arg(oracle("gensim_loads.py")).arg(directory.path()).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    eprint!("{}", String::from_utf8_lossy(&check.stdout));
}
