//! Corpora that are damaged, odd or out of all proportion, as `artist2vec train` meets them: the real program.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use artist2vec::corpus::{Artists, Corpus};
use artist2vec::training::Model;
use tempfile::TempDir;

fn artist2vec(arguments: &[&str], paths: [&Path; 2]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
    command.arg(arguments[0]).arg(paths[0]).arg("-o").arg(paths[1]).args(&arguments[1..]).output().unwrap()
}

/// `n` artists, of whom each is mentioned as often as `playlists` do.
fn corpus(n: usize, playlists: &[Vec<u32>]) -> Corpus {
    let mut mentions = vec![0; n];
    playlists.iter().flatten().for_each(|&artist| mentions[artist as usize] += 1);
    let names = (0..n).map(|i| format!("artist {i}")).collect();
    Corpus::in_memory(Artists { names, ids: vec![String::new(); n], mentions }, playlists, &[])
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Trains on a corpus with few numbers and one thread.
    fn train(&self, corpus: &Corpus) -> Result<Model, String> {
        let (path, model) = (self.path("corpus.a2c"), self.path("model.a2m"));
        corpus.write(&path).unwrap();
        self.train_file(&path).map(|()| Model::read(&model).unwrap())
    }

    fn train_file(&self, path: &Path) -> Result<(), String> {
        let options = ["train", "--vector-size", "8", "--epochs", "2", "--negative", "3", "--min-count", "1"];
        let options = [&options[..], &["--sample", "0", "--workers", "1"]].concat();
        let done = artist2vec(&options, [path, &self.path("model.a2m")]);
        let message = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!message.contains("panicked"), "{message}");
        if done.status.success() {
            return Ok(());
        }
        assert_eq!(done.status.code(), Some(1), "{message}");
        assert!(!self.path("model.a2m").exists());
        Err(message)
    }
}

/// Ten artists, each in the company of the next.
fn ring() -> Vec<Vec<u32>> {
    (0..30).map(|i| vec![i % 10, (i + 1) % 10, (i + 2) % 10]).collect()
}

#[test]
fn nothing_to_learn_from_is_said() {
    let folder = Folder::new();
    for (name, corpus) in [
        ("no playlists", corpus(0, &[])),
        ("playlists without artists", corpus(0, &[vec![], vec![]])),
        ("a vocabulary of one", corpus(1, &[vec![0, 0, 0], vec![0]])),
        ("playlists of one", corpus(3, &[vec![0], vec![1], vec![2]])),
    ] {
        let error = folder.train(&corpus).unwrap_err();
        assert!(error.contains("ingest"), "{name}: {error}");
    }
}

#[test]
fn playlists_of_none_and_one_change_nothing_for_the_others() {
    let folder = Folder::new();
    let with = |more: &[Vec<u32>]| folder.train(&corpus(10, &[ring(), more.to_vec()].concat())).unwrap();
    let (plain, more) = (with(&[]), with(&[vec![], vec![]]));
    assert_eq!(plain.artists, more.artists);
    assert!(plain.input.iter().chain(&more.input).all(|number| number.is_finite()));
    // One mention counts, though nothing is learned from it.
    assert_eq!(with(&[vec![0]]).artists.mentions[0], plain.artists.mentions[0] + 1);
}

#[test]
fn a_playlist_of_200_000_tracks_is_read_and_learned_from() {
    let folder = Folder::new();
    let (input, path) = (folder.path("long.tsv"), folder.path("corpus.a2c"));
    let line: String = (0..200_000_u32).map(|i| format!("artist {}\t", i.wrapping_mul(2_654_435_761) % 500)).collect();
    fs::write(&input, line + "\nartist 1\tartist 2\n").unwrap();
    let done = artist2vec(&["ingest"], [&input, &path]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let corpus = Corpus::open(&path).unwrap();
    assert_eq!((corpus.playlist(0).len(), corpus.len()), (200_000, 2));
    folder.train_file(&path).unwrap();
    let model = Model::read(&folder.path("model.a2m")).unwrap();
    assert_eq!(model.artists.len(), 500);
    assert!(model.input.iter().all(|number| number.is_finite()));
}

#[test]
fn a_corpus_cut_short_or_altered_is_refused_with_what_to_do() {
    let folder = Folder::new();
    let (path, broken) = (folder.path("corpus.a2c"), folder.path("broken.a2c"));
    corpus(10, &ring()).write(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in [0, 1, 63, 64, 400, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&broken, &bytes[..length]).unwrap();
        let error = folder.train_file(&broken).unwrap_err();
        assert!(error.contains("broken.a2c"), "{length}: {error}");
    }
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        fs::write(&broken, flipped).unwrap();
        let error = folder.train_file(&broken).unwrap_err();
        assert!(error.contains("broken.a2c"), "{at}: {error}");
    }
    fs::write(&broken, [bytes.as_slice(), &[0; 64]].concat()).unwrap();
    assert!(folder.train_file(&broken).unwrap_err().contains("ingest"));
    let error = folder.train_file(folder.0.path()).unwrap_err();
    assert!(error.contains("cannot read"), "{error}");
}
