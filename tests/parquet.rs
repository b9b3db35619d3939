//! Parquet both ways: files that pyarrow and Spark wrote are read, and Spark reads ours.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use artist2vec::convert::{Known, Matrix, read_vectors};
use artist2vec::corpus::{Corpus, IngestSettings, ingest};
use artist2vec::progress::Silent;
use artist2vec::training::Model;
use proptest::prelude::*;

const ARTIST2VEC: &str = env!("CARGO_BIN_EXE_artist2vec");

fn oracle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/parquet").join(name)
}

/// A folder to work in, and the program in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(ARTIST2VEC).args(arguments).current_dir(&self.0).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str], complaint: &str) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(complaint) && !said.contains("panicked"), "{arguments:?}: {said}");
    }

    /// The titles and the names of the playlists of an input.
    fn ingested(&self, input: &Path) -> Vec<(String, Vec<String>)> {
        self.done(&["ingest", input.to_str().unwrap(), "-o", "in.a2c"]);
        let corpus = Corpus::open(&self.path("in.a2c")).unwrap();
        let names = |i: usize| corpus.playlist(i).iter().map(|&a| corpus.artists.names[a as usize].clone()).collect();
        (0..corpus.len()).map(|i| (corpus.title(i).to_owned(), names(i))).collect()
    }
}

fn playlists(titled: bool) -> Vec<(String, Vec<String>)> {
    [
        ("one", &["Drake", "Miles Davis", "Drake"][..]),
        ("empty", &[]),
        ("null", &[]),
        // No title; a null among the names is passed over.
        ("", &["Björk", "宇多田ヒカル"]),
        ("täglich", &["AC/DC"]),
    ]
    .map(|(title, names)| {
        (if titled { title.to_owned() } else { String::new() }, names.iter().map(|&name| name.to_owned()).collect())
    })
    .to_vec()
}

#[test]
fn playlists_of_pyarrow_and_spark_are_read() {
    let folder = Folder::new();
    for name in ["snappy", "gzip", "zstd", "none"] {
        assert_eq!(folder.ingested(&oracle(&format!("{name}.parquet"))), playlists(true), "{name}");
    }
    assert_eq!(folder.ingested(&oracle("large.parquet")), [(); 4].map(|()| playlists(false)).concat());
    // A folder as Spark writes it, and words as `convert` does.
    let of_spark = folder.ingested(&oracle("spark_playlists"));
    assert_eq!(of_spark.len(), 15);
    assert_eq!(of_spark[1].1, ["Miles Davis", "Björk", "Drake"]);
    assert_eq!(of_spark[2].1, ["Björk", "Prince"]);

    for name in ["no_list", "two_lists"] {
        let output = folder.run(&["ingest", oracle(&format!("{name}.parquet")).to_str().unwrap(), "-o", "no.a2c"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("no column artists (list of string)"), "{said}");
    }
}

#[test]
fn a_corpus_comes_back_through_parquet() {
    let folder = Folder::new();
    let slice = r#"{"playlists": [
        {"name": "Gym", "tracks": [{"artist_name": "Miles Davis", "artist_uri": "i:1"}, {"artist_name": "Prince", "artist_uri": "i:2"},
            {"artist_name": "Prince", "artist_uri": "i:3"}, {"artist_name": "Miles Davis", "artist_uri": "i:1"}]},
        {"name": "nobody", "tracks": []},
        {"name": "täglich", "tracks": [{"artist_name": "100% a_b", "artist_uri": "i:4"}, {"artist_name": "Prince", "artist_uri": "i:2"}]}]}"#;
    fs::write(folder.path("a.json"), slice).unwrap();
    folder.done(&["ingest", "a.json", "-o", "corpus.a2c"]);
    let said = folder.done(&["convert", "corpus.a2c", "-o", "playlists.parquet", "--counts", "counts"]);
    assert!(said.contains("wrote playlists.parquet"), "{said}");
    let back = folder.ingested(&folder.path("playlists.parquet"));
    let expected: [(&str, &[&str]); 2] =
        [("Gym", &["Miles Davis", "Prince", "Prince", "Miles Davis"]), ("täglich", &["100% a_b", "Prince"])];
    let expected = expected.map(|(title, names)| (title.to_owned(), names.iter().map(|&n| n.to_owned()).collect()));
    assert_eq!(back, expected);
    let corpus = Corpus::open(&folder.path("in.a2c")).unwrap();
    assert!(corpus.artists.ids.contains(&"i:3".to_owned()), "namesakes keep apart: {:?}", corpus.artists.ids);

    folder.refused(&["convert", "corpus.a2c", "-o", "x.orc"], "written as .txt, .txt.gz or .parquet");
}

#[test]
fn a_model_that_spark_saved_is_read() {
    let folder = Folder::new();
    let expected: BTreeMap<String, Vec<f64>> =
        serde_json::from_slice(&fs::read(oracle("spark_model.json")).unwrap()).unwrap();
    let part = fs::read_dir(oracle("spark_model/data")).unwrap().map(|entry| entry.unwrap().path());
    let part = part.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "parquet")).unwrap();
    for path in [oracle("spark_model"), oracle("spark_model/data"), part] {
        folder.done(&["convert", path.to_str().unwrap(), "-o", "model.a2m"]);
        let model = Model::read(&folder.path("model.a2m")).unwrap();
        assert_eq!((model.artists.len(), model.dimensions), (expected.len(), 4));
        for (i, name) in model.artists.names.iter().enumerate() {
            let word = if name == "Prince" { "Prince%%2".to_owned() } else { name.replace(' ', "_") };
            let vector: Vec<f64> = model.row(i).iter().map(|&x| f64::from(x)).collect();
            assert_eq!(vector, expected[&word], "{name}");
        }
    }
    folder.done(&["convert", oracle("vectors_double.parquet").to_str().unwrap(), "-o", "model.a2m"]);
    assert_eq!(Model::read(&folder.path("model.a2m")).unwrap().input, [1.0, 2.0, 3.0, 4.5]);
}

#[test]
fn vectors_come_back_through_parquet() {
    let folder = Folder::new();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/vectors/full.safetensors");
    folder.done(&["convert", files.to_str().unwrap(), "-o", "model.a2m", "--matrix", "both"]);
    let model = Model::read(&folder.path("model.a2m")).unwrap();
    for name in ["v.parquet", "v.spark"] {
        folder.done(&["convert", "model.a2m", "-o", name, "--matrix", "both", "--counts", "counts"]);
        folder.done(&["convert", name, "-o", "back.a2m", "--matrix", "both", "--counts", "counts"]);
        let back = Model::read(&folder.path("back.a2m")).unwrap();
        assert_eq!((&back.artists.names, &back.artists.mentions), (&model.artists.names, &model.artists.mentions));
        assert_eq!((&back.input, &back.output, &back.bias), (&model.input, &model.output, &model.bias));
        assert_eq!(back.words, model.words);
    }
    // Spark refuses to save over a model, and so does this.
    folder.refused(&["convert", "model.a2m", "-o", "v.spark"], "v.spark: cannot write");
    assert!(
        fs::read_dir(&folder.0).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().contains(".tmp"))
    );
}

#[test]
fn what_is_no_model_is_refused() {
    let folder = Folder::new();
    let vectors = |name: &str| oracle(&format!("{name}.parquet")).to_str().unwrap().to_owned();
    for (input, complaint) in [
        (vectors("vectors_ragged"), "row 2: \"a vector of 1 numbers\" stands where 2 numbers were expected"),
        (vectors("vectors_null"), "a word or a number of a vector is null"),
        (vectors("vectors_nan"), "row 2 (\"b\") holds a number that is infinite or NaN"),
        (vectors("snappy"), "no column word (string); its columns are title (string), artists (list of string)"),
        (
            oracle("spark_udt").to_str().unwrap().to_owned(),
            "vector_to_array); its columns are word (string), vector (nested)",
        ),
        (oracle("").to_str().unwrap().to_owned(), "its columns are"),
    ] {
        folder.refused(&["convert", &input, "-o", "x.a2m"], complaint);
    }
    fs::create_dir_all(folder.path("other/metadata")).unwrap();
    folder.refused(&["convert", "other", "-o", "x.a2m"], "no model that Spark saved");
    fs::write(folder.path("other/metadata/part-00000"), "{\"class\":\"org.apache.spark.ml.feature.HashingTF\"}")
        .unwrap();
    folder.refused(&["convert", "other", "-o", "x.a2m"], "a model of org.apache.spark.ml.feature.HashingTF");
    fs::remove_dir_all(folder.path("other/metadata")).unwrap();
    folder.refused(&["convert", "other", "-o", "x.a2m"], "it holds no vectors");
}

#[test]
fn every_truncation_is_an_error() {
    let folder = Folder::new();
    let part = oracle("vectors_double.parquet");
    let bytes = fs::read(part).unwrap();
    let path = folder.path("cut.parquet");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(read_vectors(&path, Matrix::Input, Known::Nothing).is_err(), "{length} of {}", bytes.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_files_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        file in prop::sample::select(vec!["snappy", "gzip", "zstd", "large", "vectors_double", "vectors_null"]),
    ) {
        let folder = Folder::new();
        let mut bytes = fs::read(oracle(&format!("{file}.parquet"))).unwrap();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let path = folder.path("damaged.parquet");
        fs::write(&path, &bytes).unwrap();
        if let Ok(model) = read_vectors(&path, Matrix::Input, Known::Nothing) {
            prop_assert_eq!(model.input.len(), model.artists.len() * model.dimensions);
        }
        let settings = IngestSettings { inputs: vec![path], ..IngestSettings::default() };
        let _ = ingest(&settings, &folder.path("out.a2c"), &Silent);
    }
}

/// Spark loads what `convert` wrote. The interpreter is `$PYTHON`, else `python3`.
#[test]
fn spark_loads_what_convert_wrote() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let works = |command: &str, arguments: &[&str]| {
        Command::new(command).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    if !works(&python, &["-c", "import pyspark"]) || !works("java", &["-version"]) {
        eprintln!("skipped: {python} cannot import pyspark, or there is no Java");
        return;
    }
    let folder = Folder::new();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/vectors/full.safetensors");
    folder.done(&["convert", files.to_str().unwrap(), "-o", "model.a2m", "--matrix", "both"]);
    folder.done(&["convert", "model.a2m", "-o", "v.spark"]);
    folder.done(&["convert", "model.a2m", "-o", "v.npy"]);
    folder.done(&["ingest", oracle("zstd.parquet").to_str().unwrap(), "-o", "corpus.a2c"]);
    folder.done(&["convert", "corpus.a2c", "-o", "playlists.parquet"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/spark_loads.py");
    let check = Command::new(&python).arg(script).arg(folder.0.path()).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
