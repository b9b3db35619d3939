//! Words of titles as users meet them: the real program on generated playlists, whose titles name planted clusters, moods
//! that belong to clusters, and things that say nothing.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use artist2vec::corpus::Corpus;
use artist2vec::training::Model;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn with_corpus() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.done(&["generate", "slices", "--playlists", "900", "--artists", "240", "--clusters", "8"]);
        folder.done(&["ingest", "slices", "-o", "corpus.a2c"]);
        folder
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
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn train(&self, corpus: &str, model: &str, options: &[&str]) -> Model {
        let small = ["--vector-size", "16", "--epochs", "8", "--workers", "1"];
        self.done(&[&["train", corpus, "-o", model], &small[..], options].concat());
        Model::read(&self.path(model)).unwrap()
    }
}

/// What a cluster is called in titles.
fn genre(artist: &str) -> String {
    artist.split(' ').next().unwrap().to_lowercase()
}

#[test]
fn words_of_titles_find_the_artists_that_they_are_about() {
    let folder = Folder::with_corpus();
    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let rows = corpus.artists.ids.iter().zip(&corpus.artists.names);
    let table: String = rows.map(|(id, name)| format!("{id}\t{} music\n", genre(name))).collect();
    fs::write(folder.path("genres.tsv"), format!("uri\tgenres\n{table}")).unwrap();
    let word2vec = ["--window", "30", "--negative", "10", "--sample", "1e-3"];
    let batched = [&["--step", "batched"], &word2vec[..]].concat();
    let reference = [&["--step", "reference"], &word2vec[..]].concat();
    for options in [&[][..], &batched, &reference] {
        let model = folder.train("corpus.a2c", "model.a2m", options);
        let words = &model.words;
        for word in ["jazz", "metal", "techno", "folk", "reggae", "opera", "punk", "soul", "night", "gym", "party"] {
            assert!(words.words.iter().any(|known| known == word), "{word}: {:?}", words.words);
        }
        for word in ["my", "good", "stuff", "mix", "2017", "favorites", "playlist"] {
            assert!(!words.words.iter().any(|known| known == word), "{word}: {:?}", words.words);
        }
        assert_eq!((words.mentions.len(), words.input.len()), (words.len(), 16 * words.len()));
        assert!(words.mentions.is_sorted_by(|a, b| a >= b));
        let arguments =
            ["evaluate", "model.a2m", "--genres", "genres.tsv", "--title-words", "Jazz,gym", "-o", "report"];
        let printed = folder.done(&arguments);
        assert!(printed.contains("Words of titles: what lies nearest"), "{printed}");
        let evaluation: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path("report/evaluation.json")).unwrap()).unwrap();
        let scores = &evaluation["words"][0];
        assert_eq!(
            (scores["words"].as_array().unwrap().len(), scores["learned"].as_u64()),
            (8, Some(words.len() as u64))
        );
        let (precision, chance) = (scores["precision"]["mean"].as_f64().unwrap(), scores["chance"].as_f64().unwrap());
        assert!((chance - 0.125).abs() < 0.01 && precision > 0.7, "{options:?}: {precision}, by chance {chance}");
        // "gym" is the mood of the second cluster.
        for (place, genre) in ["jazz", "metal"].into_iter().enumerate() {
            let near = evaluation["near_words"][place]["artists"].as_array().unwrap();
            let right = near.iter().filter(|near| self::genre(near[0].as_str().unwrap()) == genre).count();
            assert!(right >= 7, "{options:?} {genre}: {near:?}");
        }
        assert!(fs::read_to_string(folder.path("report/report.html")).unwrap().contains("Words of titles"));
    }
    let done = folder.run(&["evaluate", "model.a2m", "--title-words", "polka"]);
    let message = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && message.contains("polka") && message.contains("such as"), "{message}");
}

#[test]
fn titles_that_are_not_learned_change_nothing() {
    let folder = Folder::with_corpus();
    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let playlists: Vec<Vec<u32>> = (0..corpus.len()).map(|i| corpus.playlist(i).to_vec()).collect();
    Corpus::in_memory(corpus.artists.clone(), &playlists, &[]).write(&folder.path("untitled.a2c")).unwrap();
    let with = folder.train("corpus.a2c", "with.a2m", &[]);
    let off = folder.train("corpus.a2c", "off.a2m", &["--title-words", "false"]);
    let many = folder.train("corpus.a2c", "many.a2m", &["--title-min-count", "1000"]);
    let untitled = folder.train("untitled.a2c", "untitled.a2m", &[]);
    assert!(!with.words.is_empty() && off.words.is_empty() && many.words.is_empty() && untitled.words.is_empty());
    assert!(off.input == untitled.input && many.input == untitled.input && with.input != off.input);
    assert_eq!(with.artists, off.artists);
    let original = folder.train("corpus.a2c", "original.a2m", &["--preset", "gensim"]);
    assert!(original.words.is_empty(), "gensim knows no titles");
}
