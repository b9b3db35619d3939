//! Vectors in the forms that other programs read and write, and playlists in the forms that they train on.
//!
//! Owns one file a form (word2vec's binary, text as word2vec, fastText and GloVe have it, finalfusion, numpy,
//! safetensors, the TensorFlow projector, Parquet), and training text. Must not know layouts, packs or how the vectors
//! were trained.

mod beside;
mod finalfusion;
mod numpy;
#[cfg(feature = "parquet")]
mod parquet;
mod projector;
mod read;
mod safetensors;
mod sentences;
mod text;
mod vectors;
mod word2vec;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use crate::corpus::Corpus;
use crate::files::{ArtefactError, FileError};

pub use read::read_vectors;
pub use vectors::VectorsError;
pub use write::{write_playlists, write_vectors};

/// Vectors could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The model could not be read or written.
    #[error(transparent)]
    Model(#[from] ArtefactError),
    /// The file's ending names no form of vectors.
    #[error(
        "{path}: unknown ending; vectors are .bin, .txt (word2vec), .vec (fastText), .glove.txt (GloVe), .fifu \
         (finalfusion), .npy (numpy), .safetensors, .tsv (projector), .parquet or .spark (a folder, as Spark saves \
         models)",
        path = path.display()
    )]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
    /// The file's ending names no form in which playlists can be written.
    #[error("{path}: unknown ending; playlists are written as .txt, .txt.gz or .parquet", path = path.display())]
    UnknownPlaylists {
        /// The file.
        path: PathBuf,
    },
    /// Parquet is a feature, and this program was built without it.
    #[error(
        "{path}: this program was built without Parquet; build it with `cargo build --release \
         --features parquet`",
        path = path.display()
    )]
    NoParquet {
        /// The file.
        path: PathBuf,
    },
    /// The model has no output vectors.
    #[error("this model has no output vectors (it came from a file without them): convert it with --matrix input")]
    NoOutputVectors,
    /// A model cannot be made of output vectors alone.
    #[error("a model needs input vectors: read --matrix input or both")]
    NoInputVectors,
    /// The file is no sound file of vectors.
    #[error("{path}: {source}", path = path.display())]
    Vectors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: VectorsError,
    },
}

/// Which of a model's two matrices are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// Input vectors: what neighbours are computed from.
    Input,
    /// Output vectors: what training predicts with.
    Output,
    /// Both, in one file or two.
    Both,
}

impl Matrix {
    fn has_input(self) -> bool {
        self != Self::Output
    }

    fn has_output(self) -> bool {
        self != Self::Input
    }
}

/// What is known about the words of a file of vectors beside the vectors.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Nothing: the file's order is taken for the order of popularity, and mentions are 0.
    Nothing,
    /// A file of words and their counts, as gensim's `fvocab`.
    Counts(&'a Path),
    /// The corpus that the words were written from ([`write_playlists`]): it knows ids and mentions.
    Corpus(&'a Corpus),
}

/// What was written, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Words of titles that the form has no place for.
    pub title_words_left_out: usize,
}

/// A form of vectors, as a file's ending names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Word2Vec,
    Text,
    GloVe,
    Finalfusion,
    Numpy,
    Safetensors,
    Projector,
    #[cfg(feature = "parquet")]
    Parquet,
    /// A folder, as Spark saves a model.
    #[cfg(feature = "parquet")]
    Spark,
}

impl Form {
    fn of(path: &Path) -> Result<Self, ConvertError> {
        match ending(path) {
            "bin" => Ok(Self::Word2Vec),
            "txt" if ending(&path.with_extension("")) == "glove" => Ok(Self::GloVe),
            "txt" | "vec" => Ok(Self::Text),
            "fifu" => Ok(Self::Finalfusion),
            "npy" => Ok(Self::Numpy),
            "safetensors" => Ok(Self::Safetensors),
            "tsv" => Ok(Self::Projector),
            #[cfg(feature = "parquet")]
            "parquet" if !path.is_dir() => Ok(Self::Parquet),
            #[cfg(feature = "parquet")]
            ending if ending == "spark" || path.is_dir() => Ok(Self::Spark),
            #[cfg(not(feature = "parquet"))]
            ending if matches!(ending, "parquet" | "spark") || path.is_dir() => {
                Err(ConvertError::NoParquet { path: path.to_owned() })
            }
            _ => Err(ConvertError::UnknownForm { path: path.to_owned() }),
        }
    }

    /// Whether it has words, and with them a place for those of titles.
    fn has_words(self) -> bool {
        !matches!(self, Self::Numpy | Self::Projector | Self::Safetensors)
    }
}

/// Says whether a path's ending names a form of vectors that [`read_vectors`] reads.
pub fn is_vectors(path: &Path) -> bool {
    !matches!(Form::of(path), Err(ConvertError::UnknownForm { .. }))
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `NAME.ENDING` with `part` between, and another ending where one is given.
fn beside_path(path: &Path, part: &str, other_ending: Option<&str>) -> PathBuf {
    let double = if matches!(Form::of(path), Ok(Form::GloVe)) { ".glove" } else { "" };
    let stem = path.with_extension("").to_string_lossy().into_owned();
    let stem = stem.strip_suffix(double).unwrap_or(&stem);
    match other_ending {
        Some(ending) => format!("{stem}.{part}.{ending}").into(),
        None => format!("{stem}.{part}{double}.{}", ending(path)).into(),
    }
}

fn bias_path(form: Form, path: &Path) -> PathBuf {
    beside_path(path, "bias", Some(if form == Form::Numpy { "npy" } else { "txt" }))
}

fn fail(path: &Path, source: VectorsError) -> ConvertError {
    ConvertError::Vectors { path: path.to_owned(), source }
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
mod tests;
