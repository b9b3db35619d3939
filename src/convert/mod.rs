//! Vectors in the forms that other programs read and write, and playlists in the form that they train on.
//!
//! Owns word2vec's binary and text files (both ways), numpy's `.npy`, the TensorFlow projector's TSVs, word2vec's training
//! text, and how names become words without spaces. Must not know layouts, packs or how the vectors were trained.

mod numpy;
mod projector;
mod sentences;
mod word2vec;
mod words;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::catalog::metadata::{Provenance, Step};
use crate::corpus::{Artists, Corpus};
use crate::files::{self, ArtefactError, FileError};
use crate::training::{Model, TitleWords};

pub use word2vec::Word2VecError;

/// Vectors could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The model could not be read or written.
    #[error(transparent)]
    Model(#[from] ArtefactError),
    /// The file's ending names no form that can be written.
    #[error(
        "{path}: unknown ending; vectors are written as .bin, .txt (word2vec), .npy (numpy) or .tsv (projector)",
        path = path.display()
    )]
    UnknownOutput {
        /// The file.
        path: PathBuf,
    },
    /// The file's ending names no form that can be read.
    #[error("{path}: unknown ending; vectors are read from .bin or .txt (word2vec)", path = path.display())]
    UnknownInput {
        /// The file.
        path: PathBuf,
    },
    /// The file's ending names no form in which playlists can be written.
    #[error("{path}: unknown ending; playlists are written as .txt or .txt.gz", path = path.display())]
    UnknownSentences {
        /// The file.
        path: PathBuf,
    },
    /// The model has no output vectors.
    #[error("this model has no output vectors (it came from a file without them): convert it without --output-vectors")]
    NoOutputVectors,
    /// The file is no sound word2vec file.
    #[error("{path}: {source}", path = path.display())]
    Word2Vec {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Word2VecError,
    },
}

/// Which of a model's two matrices is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// Input vectors: what neighbours are computed from.
    Input,
    /// Output vectors: what training predicts with.
    Output,
}

/// Writes one matrix of `model` in the form that the ending of `path` names, and returns the files written.
///
/// - `.bin`, `.txt`: word2vec's binary and text form, most mentioned artist first. Spaces in names become underscores;
///   characters that would then be ambiguous or break the file become `%XX` as in URLs; a namesake of a more popular
///   artist carries `%%` and its id. [`read_vectors`] undoes all of it.
/// - `.npy`: numpy's array file, and beside it `.names.tsv` with one name a line in row order.
/// - `.tsv`: the TensorFlow projector's vectors, and beside it `.metadata.tsv` with name, id and mentions.
///
/// `counts` also writes each word and its mentions, as gensim's `fvocab` has them.
///
/// # Errors
/// [`ConvertError`] where the ending is unknown, the matrix is absent or a file cannot be written.
pub fn write_vectors(
    model: &Model,
    matrix: Matrix,
    path: &Path,
    counts: Option<&Path>,
) -> Result<Vec<PathBuf>, ConvertError> {
    let values = match matrix {
        Matrix::Input => &model.input,
        Matrix::Output if model.output.is_empty() => return Err(ConvertError::NoOutputVectors),
        Matrix::Output => &model.output,
    };
    let rows = || values.chunks_exact(model.dimensions);
    let artists = &model.artists;
    let mut written = vec![path.to_owned()];
    match ending(path) {
        "bin" => write(path, |w| word2vec::write_binary(w, &words::encode_all(artists), model.dimensions, rows()))?,
        "txt" => write(path, |w| word2vec::write_text(w, &words::encode_all(artists), model.dimensions, rows()))?,
        "npy" => {
            let names = path.with_extension("names.tsv");
            write(&names, |w| numpy::write_names(w, &artists.names))?;
            write(path, |w| numpy::write_array(w, values, model.dimensions))?;
            written.push(names);
        }
        "tsv" => {
            let metadata = path.with_extension("metadata.tsv");
            write(&metadata, |w| projector::write_metadata(w, artists))?;
            write(path, |w| projector::write_vectors(w, rows()))?;
            written.push(metadata);
        }
        _ => return Err(ConvertError::UnknownOutput { path: path.to_owned() }),
    }
    if let Some(counts) = counts {
        write(counts, |w| word2vec::write_counts(w, &words::encode_all(artists), &artists.mentions))?;
        written.push(counts.to_owned());
    }
    Ok(written)
}

/// Reads a word2vec file, `.bin` or `.txt`, as a model without output vectors.
///
/// Such a file knows no mentions. gensim and this program write the most frequent word first, so the file's order is
/// taken for the order of popularity and all mentions are 0. With `counts` (gensim's `fvocab`: a word and its count a
/// line) mentions are known and artists stand in their order.
///
/// # Errors
/// [`ConvertError`] where a file cannot be read, is damaged, or `counts` lacks a word.
pub fn read_vectors(path: &Path, counts: Option<&Path>) -> Result<Model, ConvertError> {
    let read = match ending(path) {
        "bin" => word2vec::read_binary,
        "txt" => word2vec::read_text,
        _ => return Err(ConvertError::UnknownInput { path: path.to_owned() }),
    };
    let fail = |path: &Path, source| ConvertError::Word2Vec { path: path.to_owned(), source };
    let vectors = read(files::read_aligned(path)?.as_slice()).map_err(|source| fail(path, source))?;
    let (names, ids) = vectors.words.iter().map(|word| words::decode(word)).unzip();
    let mut artists = Artists { names, ids, mentions: vec![0; vectors.words.len()] };
    let mut input = vectors.values;
    if let Some(counts) = counts {
        let bytes = files::read_aligned(counts)?;
        artists.mentions =
            word2vec::read_counts(bytes.as_slice(), &vectors.words).map_err(|source| fail(counts, source))?;
        (artists, input) = by_popularity(&artists, &input, vectors.dimensions);
    }
    let file_name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut step = Step::new("convert").setting("input", file_name(path));
    if let Some(counts) = counts {
        step = step.setting("counts", file_name(counts));
    }
    let provenance = Provenance { steps: vec![step], ..Provenance::default() };
    let (bias, words) = (Vec::new(), TitleWords::default());
    Ok(Model { artists, dimensions: vectors.dimensions, input, output: Vec::new(), bias, words, provenance })
}

/// Writes a corpus as training text for other programs: `.txt`, or `.txt.gz`; one playlist a line, artists as words.
///
/// gensim's `LineSentence`, word2vec.c and fastText read it. The words are those of [`write_vectors`], so [`read_vectors`]
/// finds the artists again in what such a program has learned. Playlists without artists are left out. `counts` also writes
/// each word and its mentions, as gensim's `fvocab` has them.
///
/// # Errors
/// [`ConvertError`] where the ending is unknown or a file cannot be written.
pub fn write_sentences(corpus: &Corpus, path: &Path, counts: Option<&Path>) -> Result<Vec<PathBuf>, ConvertError> {
    let words = words::encode_all(&corpus.artists);
    let unpacked = if ending(path) == "gz" { path.with_extension("") } else { path.to_owned() };
    match (ending(&unpacked), unpacked == path) {
        ("txt", true) => write(path, |w| sentences::write(w, corpus, &words))?,
        ("txt", false) => write(path, |w| {
            let mut packed = GzEncoder::new(w, Compression::default());
            sentences::write(&mut packed, corpus, &words)?;
            packed.finish().map(drop)
        })?,
        _ => return Err(ConvertError::UnknownSentences { path: path.to_owned() }),
    }
    let mut written = vec![path.to_owned()];
    if let Some(counts) = counts {
        write(counts, |w| word2vec::write_counts(w, &words, &corpus.artists.mentions))?;
        written.push(counts.to_owned());
    }
    Ok(written)
}

/// Puts artists and their rows into the order that [`Artists`] promises: by mentions, then id, then name.
fn by_popularity(artists: &Artists, rows: &[f32], dimensions: usize) -> (Artists, Vec<f32>) {
    let mut order: Vec<usize> = (0..artists.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |i: usize| (std::cmp::Reverse(artists.mentions[i]), &artists.ids[i], &artists.names[i]);
        key(a).cmp(&key(b))
    });
    let sorted = Artists {
        names: order.iter().map(|&i| artists.names[i].clone()).collect(),
        ids: order.iter().map(|&i| artists.ids[i].clone()).collect(),
        mentions: order.iter().map(|&i| artists.mentions[i]).collect(),
    };
    let rows = order.iter().flat_map(|&i| &rows[i * dimensions..(i + 1) * dimensions]).copied().collect();
    (sorted, rows)
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn write(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), FileError> {
    files::write_atomically(path, |writer| write(writer).map_err(|source| FileError::write(path, source)))
}

/// Writes numbers so that reading them gives the same bits, `separator` between them.
fn write_numbers(writer: &mut impl io::Write, numbers: &[f32], separator: char) -> io::Result<()> {
    for (i, number) in numbers.iter().enumerate() {
        if i > 0 {
            write!(writer, "{separator}")?;
        }
        // Debug, unlike Display, writes very small and large numbers with an exponent.
        write!(writer, "{number:?}")?;
    }
    Ok(())
}

/// The name on one line and in one cell: each tab and line break, in any script's sense, becomes a space.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        Model {
            artists: Artists {
                names: ["Miles Davis", "Björk", "Prince", "Prince"].map(String::from).to_vec(),
                ids: ["spotify:artist:a", "", "spotify:artist:b", "spotify:artist:c"].map(String::from).to_vec(),
                mentions: vec![9, 5, 5, 1],
            },
            dimensions: 2,
            input: vec![0.1, -1e-20, 1.0, 2.0, f32::MAX, f32::MIN_POSITIVE, -0.0, 5e-45],
            output: vec![1.0; 8],
            bias: Vec::new(),
            words: TitleWords::default(),
            provenance: Provenance::default(),
        }
    }

    #[test]
    fn word2vec_files_come_back_bit_for_bit() {
        let directory = tempfile::tempdir().unwrap();
        for ending in ["bin", "txt"] {
            let path = directory.path().join("vectors").with_extension(ending);
            let counts = directory.path().join("counts.txt");
            assert_eq!(
                write_vectors(&model(), Matrix::Input, &path, Some(&counts)).unwrap(),
                [path.clone(), counts.clone()]
            );
            let back = read_vectors(&path, None).unwrap();
            assert_eq!(back.artists.names, model().artists.names);
            assert_eq!(back.artists.ids, ["", "", "", "spotify:artist:c"]);
            assert_eq!(back.artists.mentions, [0; 4]);
            let bits = |model: &Model| model.input.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&back), bits(&model()));
            assert_eq!(back.provenance.steps[0].command, "convert");
            assert_eq!(read_vectors(&path, Some(&counts)).unwrap().artists.mentions, model().artists.mentions);
        }
    }

    #[test]
    fn counts_set_the_order() {
        let directory = tempfile::tempdir().unwrap();
        let (path, counts) = (directory.path().join("v.txt"), directory.path().join("counts"));
        std::fs::write(&path, "3 1\na 1\nb 2\nc 3\n").unwrap();
        std::fs::write(&counts, "c 7\na 2\nb 7\n").unwrap();
        let model = read_vectors(&path, Some(&counts)).unwrap();
        assert_eq!(model.artists.names, ["b", "c", "a"]);
        assert_eq!(model.artists.mentions, [7, 7, 2]);
        assert_eq!(model.input, [2.0, 3.0, 1.0]);

        std::fs::write(&counts, "a 2\n").unwrap();
        let error = read_vectors(&path, Some(&counts)).unwrap_err().to_string();
        assert!(error.contains("counts") && error.contains("\"b\""), "{error}");
    }

    #[test]
    fn output_vectors_on_request() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vectors.txt");
        write_vectors(&model(), Matrix::Output, &path, None).unwrap();
        assert_eq!(read_vectors(&path, None).unwrap().input, [1.0; 8]);
        let without = Model { output: vec![], ..model() };
        assert!(matches!(write_vectors(&without, Matrix::Output, &path, None), Err(ConvertError::NoOutputVectors)));
    }

    #[test]
    fn unknown_endings_are_refused() {
        let path = Path::new("vectors.csv");
        assert!(matches!(write_vectors(&model(), Matrix::Input, path, None), Err(ConvertError::UnknownOutput { .. })));
        assert!(matches!(read_vectors(path, None), Err(ConvertError::UnknownInput { .. })));
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(one_line("a\tb\nc\r\u{85}\u{2028}\u{a0}d"), "a b c   \u{a0}d");
    }
}
