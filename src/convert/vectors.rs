//! What a file of vectors holds, and what can be wrong with one, whatever its form.

use std::collections::HashSet;

use crate::training::MAX_VECTOR_SIZE;

/// A file is no sound file of vectors in the form that its ending names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    /// It does not begin as such files do.
    #[error(
        "this is no {form} file: it must begin with {expected}. Is it the right file, and its ending the right one?"
    )]
    Header {
        /// The form.
        form: &'static str,
        /// What files of this form begin with.
        expected: &'static str,
    },
    /// There are no vectors.
    #[error("it holds no vectors: export it again")]
    Empty,
    /// More dimensions than a model can hold.
    #[error("it has {dimensions} numbers a word; more than {MAX_VECTOR_SIZE} are not supported")]
    TooWide {
        /// Numbers a word.
        dimensions: usize,
    },
    /// The file is shorter than it says.
    #[error("it promises {rows} words of {dimensions} numbers, but ends before: copy or export it again")]
    Truncated {
        /// Words promised.
        rows: usize,
        /// Numbers a word promised.
        dimensions: usize,
    },
    /// The file is longer than it says.
    #[error("it promises {rows} words, but more follows: correct the number or export it again")]
    Trailing {
        /// Words promised.
        rows: usize,
    },
    /// The file is no sound Parquet file of vectors.
    #[cfg(feature = "parquet")]
    #[error(transparent)]
    Columns(#[from] crate::columns::ColumnsError),
    /// Its parts contradict each other or do not fit into it.
    #[error("{what}: it is damaged; copy or export it again")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
    /// A sound file of a kind that is not read.
    #[error("it holds {found}, which is not read here: {instead}")]
    Unsupported {
        /// What it holds.
        found: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// A word is not UTF-8.
    #[error("word {row} is not UTF-8: is it the right file (.bin is binary, .txt text) and encoding?")]
    NotUtf8 {
        /// Which word, counted from 1.
        row: usize,
    },
    /// A row of text has too few numbers, or something else where a number should stand.
    #[error("row {row}: {found:?} stands where {dimensions} numbers were expected: is it the right file?")]
    NotANumber {
        /// Which row, counted from 1.
        row: usize,
        /// Numbers expected.
        dimensions: usize,
        /// The beginning of what was found.
        found: String,
    },
    /// A number is infinite or no number.
    #[error(
        "row {row} ({word:?}) holds a number that is infinite or NaN: its training diverged, or the file is damaged"
    )]
    NotFinite {
        /// Which row, counted from 1.
        row: usize,
        /// The word; empty where the file has none.
        word: String,
    },
    /// A word stands twice.
    #[error("word {row} ({word:?}) stands in the file before: which of the two is meant? Leave one out")]
    Duplicate {
        /// Which word, counted from 1.
        row: usize,
        /// The word.
        word: String,
    },
    /// A list of names is not as long as the array that it belongs to.
    #[error("it has {names} names for {rows} vectors: one line a row is wanted, in row order")]
    Names {
        /// Names found.
        names: usize,
        /// Rows of the array.
        rows: usize,
    },
    /// Nothing says whose vectors they are.
    #[error("it does not say whose vectors these are: put the names, one a line in row order, into {beside}")]
    NoNames {
        /// The file that could say it, beside this one.
        beside: String,
    },
    /// A cell of a table of artists is no number.
    #[error("row {row} has no number in the column {column}")]
    Cell {
        /// Which artist, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// A line is not a word and a number.
    #[error("line {line} is not a word, a space and a number")]
    NumberLine {
        /// Which line, counted from 1.
        line: usize,
    },
    /// A list lacks a word of the vectors.
    #[error("the word {word:?} is missing in it: does this file belong to these vectors?")]
    NoNumber {
        /// The word.
        word: String,
    },
    /// The corpus does not know a word of the vectors.
    #[error("the corpus has no artist {word:?}: give the corpus that the words came from")]
    NotInCorpus {
        /// The word.
        word: String,
    },
    /// The output vectors are not those of the same artists.
    #[error("these output vectors belong to other input vectors: {reason}")]
    OtherOutput {
        /// Where they differ.
        reason: String,
    },
}

/// Words and one vector each, as a file has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vectors {
    /// The words in the file's order, each different from all others.
    pub(super) words: Vec<String>,
    /// Numbers per word; at least 1.
    pub(super) dimensions: usize,
    /// One row a word: `words.len() × dimensions` finite numbers.
    pub(super) values: Vec<f32>,
}

impl Vectors {
    /// Checks what every form has in common.
    ///
    /// # Errors
    /// [`VectorsError`] where there are no words, one stands twice, or a number is not finite.
    pub(super) fn new(words: Vec<String>, dimensions: usize, values: Vec<f32>) -> Result<Self, VectorsError> {
        if words.len().checked_mul(dimensions) != Some(values.len()) {
            return Err(VectorsError::Damaged { what: "its words and vectors differ in number" });
        }
        check_numbers(&values, dimensions, |row| words[row].clone())?;
        let mut seen = HashSet::with_capacity(words.len());
        if let Some(row) = words.iter().position(|word| !seen.insert(word.as_str())) {
            return Err(VectorsError::Duplicate { row: row + 1, word: shortened(&words[row]) });
        }
        Ok(Self { words, dimensions, values })
    }
}

/// Checks that there are vectors, of a width that models have, of finite numbers.
pub(super) fn check_numbers(
    values: &[f32],
    dimensions: usize,
    word: impl Fn(usize) -> String,
) -> Result<(), VectorsError> {
    if values.is_empty() || dimensions == 0 {
        return Err(VectorsError::Empty);
    }
    check_width(dimensions)?;
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let row = at / dimensions;
            Err(VectorsError::NotFinite { row: row + 1, word: shortened(&word(row)) })
        }
    }
}

/// Refuses more dimensions than a model can hold.
pub(super) fn check_width(dimensions: usize) -> Result<(), VectorsError> {
    if dimensions > MAX_VECTOR_SIZE { Err(VectorsError::TooWide { dimensions }) } else { Ok(()) }
}

/// As much of a word as a message should show.
fn shortened(word: &str) -> String {
    word.chars().take(80).collect()
}

/// Little-endian f32 from bytes whose number is a multiple of 4.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&number| f32::from_le_bytes(number)).collect()
}

/// Little-endian f64 from bytes whose number is a multiple of 8, rounded to f32.
pub(super) fn doubles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<8>().0.iter().map(|&number| f64::from_le_bytes(number) as f32).collect()
}
