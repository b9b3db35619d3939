//! word2vec's own files, binary and text, as the C program and gensim write and read them.
//!
//! Both begin with a line `count dimensions`. Binary: each word, a space, and `dimensions` little-endian f32; the C
//! program adds a line break before the next word, gensim does not. Text: each word and its numbers on a line, spaces
//! between.

use std::collections::HashMap;
use std::io::{self, Write};

use super::write_numbers;
use crate::training::MAX_VECTOR_SIZE;

/// A file is no sound word2vec file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Word2VecError {
    /// The first line is not `count dimensions` with numbers above zero.
    #[error(
        "the first line must be the number of words and of dimensions, as in \"30000 100\": this is no word2vec file"
    )]
    Header,
    /// More dimensions than a pack can hold.
    #[error("its first line promises {dimensions} numbers a word; more than {MAX_VECTOR_SIZE} are not supported")]
    TooWide {
        /// Numbers a word promised.
        dimensions: usize,
    },
    /// The file is shorter than its first line says.
    #[error(
        "its first line promises {rows} words of {dimensions} numbers, but it ends before: copy or export it again"
    )]
    Truncated {
        /// Words promised.
        rows: usize,
        /// Numbers a word promised.
        dimensions: usize,
    },
    /// The file is longer than its first line says.
    #[error("its first line promises {rows} words, but more follows: correct the number or export it again")]
    Trailing {
        /// Words promised.
        rows: usize,
    },
    /// A word is not UTF-8.
    #[error("word {row} is not UTF-8: is it the right file (.bin binary, .txt text) and encoding?")]
    NotUtf8 {
        /// Which word, counted from 1.
        row: usize,
    },
    /// A row of text has too few numbers, or something else where a number should stand.
    #[error("word {row}: {found:?} stands where {dimensions} numbers were expected: is it the right file?")]
    NotANumber {
        /// Which word, counted from 1.
        row: usize,
        /// Numbers expected.
        dimensions: usize,
        /// The beginning of what was found.
        found: String,
    },
    /// A number is infinite or no number.
    #[error(
        "word {row} ({word:?}) holds a number that is infinite or NaN: its training diverged, or the file is damaged"
    )]
    NotFinite {
        /// Which word, counted from 1.
        row: usize,
        /// The word.
        word: String,
    },
    /// A line of a counts file is not `word count`.
    #[error("line {line} is not a word, a space and its count")]
    CountLine {
        /// Which line, counted from 1.
        line: usize,
    },
    /// A counts file lacks a word of the vectors.
    #[error("the word {word:?} has no count: does this file belong to these vectors?")]
    NoCount {
        /// The word.
        word: String,
    },
}

/// What a word2vec file holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vectors {
    /// The words in the file's order.
    pub(super) words: Vec<String>,
    /// Numbers per word; at least 1.
    pub(super) dimensions: usize,
    /// One row a word: `words.len() × dimensions` finite numbers.
    pub(super) values: Vec<f32>,
}

/// Writes the binary form.
pub(super) fn write_binary<'a>(
    writer: &mut impl Write,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> io::Result<()> {
    writeln!(writer, "{} {dimensions}", words.len())?;
    for (word, row) in words.iter().zip(rows) {
        write!(writer, "{word} ")?;
        writer.write_all(bytemuck::cast_slice(row))?;
    }
    Ok(())
}

/// Writes the text form; its numbers read back to the same bits.
pub(super) fn write_text<'a>(
    writer: &mut impl Write,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> io::Result<()> {
    writeln!(writer, "{} {dimensions}", words.len())?;
    for (word, row) in words.iter().zip(rows) {
        write!(writer, "{word} ")?;
        write_numbers(writer, row, ' ')?;
        writeln!(writer)?;
    }
    Ok(())
}

/// Writes a word and its count a line, as gensim's `fvocab`.
pub(super) fn write_counts(writer: &mut impl Write, words: &[String], counts: &[u32]) -> io::Result<()> {
    words.iter().zip(counts).try_for_each(|(word, count)| writeln!(writer, "{word} {count}"))
}

/// Reads the binary form.
///
/// # Errors
/// [`Word2VecError`] where the bytes are no such file; nothing is allocated that the bytes could not fill.
pub(super) fn read_binary(bytes: &[u8]) -> Result<Vectors, Word2VecError> {
    let (rows, dimensions, mut rest) = read_header(bytes)?;
    let truncated = Word2VecError::Truncated { rows, dimensions };
    // A row takes at least a space (the word may be empty) and its numbers.
    let row_bytes = dimensions.checked_mul(4).ok_or_else(|| truncated.clone())?;
    let needed = row_bytes.checked_add(1).and_then(|bytes| bytes.checked_mul(rows));
    if needed.is_none_or(|needed| needed > rest.len()) {
        return Err(truncated);
    }
    let mut vectors =
        Vectors { words: Vec::with_capacity(rows), dimensions, values: Vec::with_capacity(rows * dimensions) };
    for row in 1..=rows {
        while let [b'\n', tail @ ..] = rest {
            rest = tail;
        }
        let space = rest.iter().position(|&byte| byte == b' ').ok_or_else(|| truncated.clone())?;
        let word = str::from_utf8(&rest[..space]).map_err(|_| Word2VecError::NotUtf8 { row })?;
        let numbers = rest.get(space + 1..space + 1 + row_bytes).ok_or_else(|| truncated.clone())?;
        vectors.values.extend(numbers.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)));
        vectors.push(row, word)?;
        rest = &rest[space + 1 + row_bytes..];
    }
    vectors.finish(rows, rest)
}

/// Reads the text form.
///
/// A row's numbers are its last fields, so that a word with spaces, which other programs do write, stays whole.
///
/// # Errors
/// [`Word2VecError`] where the bytes are no such file; nothing is allocated that the bytes could not fill.
pub(super) fn read_text(bytes: &[u8]) -> Result<Vectors, Word2VecError> {
    let (rows, dimensions, mut rest) = read_header(bytes)?;
    let truncated = Word2VecError::Truncated { rows, dimensions };
    // A number takes at least a space and a digit.
    let needed = dimensions.checked_mul(2).and_then(|row| row.checked_mul(rows));
    if needed.is_none_or(|needed| needed > rest.len()) {
        return Err(truncated);
    }
    let mut vectors =
        Vectors { words: Vec::with_capacity(rows), dimensions, values: Vec::with_capacity(rows * dimensions) };
    for row in 1..=rows {
        let Some((line, tail)) = split_line(rest) else { return Err(truncated) };
        rest = tail;
        let line = str::from_utf8(line.trim_ascii_end()).map_err(|_| Word2VecError::NotUtf8 { row })?;
        let not_a_number =
            |found: &str| Word2VecError::NotANumber { row, dimensions, found: found.chars().take(40).collect() };
        let start = vectors.values.len();
        let mut word = line;
        for _ in 0..dimensions {
            let (head, number) = word.rsplit_once(' ').ok_or_else(|| not_a_number(line))?;
            vectors.values.push(number.parse().map_err(|_| not_a_number(number))?);
            word = head;
        }
        vectors.values[start..].reverse();
        vectors.push(row, word)?;
    }
    vectors.finish(rows, rest)
}

/// Reads the count of each of `words` from a file of one word and its count a line; other words are ignored.
///
/// # Errors
/// [`Word2VecError`] where a line is malformed or a word is missing.
pub(super) fn read_counts(bytes: &[u8], words: &[String]) -> Result<Vec<u32>, Word2VecError> {
    let mut counts = HashMap::new();
    for (i, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        let malformed = || Word2VecError::CountLine { line: i + 1 };
        let line = str::from_utf8(line).map_err(|_| malformed())?;
        let (word, count) = line.rsplit_once(' ').ok_or_else(malformed)?;
        counts.insert(word, count.parse::<u32>().map_err(|_| malformed())?);
    }
    words
        .iter()
        .map(|word| counts.get(word.as_str()).copied().ok_or_else(|| Word2VecError::NoCount { word: word.clone() }))
        .collect()
}

impl Vectors {
    /// Adds the word whose numbers were just added.
    fn push(&mut self, row: usize, word: &str) -> Result<(), Word2VecError> {
        if self.values[self.values.len() - self.dimensions..].iter().any(|x| !x.is_finite()) {
            return Err(Word2VecError::NotFinite { row, word: word.chars().take(80).collect() });
        }
        self.words.push(word.to_owned());
        Ok(())
    }

    /// Checks that nothing but line breaks is left.
    fn finish(self, rows: usize, rest: &[u8]) -> Result<Self, Word2VecError> {
        if rest.trim_ascii().is_empty() { Ok(self) } else { Err(Word2VecError::Trailing { rows }) }
    }
}

/// Reads `count dimensions` and returns what follows the line.
fn read_header(bytes: &[u8]) -> Result<(usize, usize, &[u8]), Word2VecError> {
    let (line, rest) = split_line(bytes).ok_or(Word2VecError::Header)?;
    let mut fields = str::from_utf8(line).map_err(|_| Word2VecError::Header)?.split_ascii_whitespace();
    // More dimensions than training accepts would not fit into a pack either; rows are counted in u32.
    let mut number = || fields.next()?.parse::<u32>().ok().filter(|&n| n > 0).map(|n| n as usize);
    match (number(), number(), fields.next()) {
        (Some(rows), Some(dimensions), None) if dimensions <= MAX_VECTOR_SIZE => Ok((rows, dimensions, rest)),
        (Some(_), Some(dimensions), None) => Err(Word2VecError::TooWide { dimensions }),
        _ => Err(Word2VecError::Header),
    }
}

/// The first line without its break, and the rest; `None` where nothing is left.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    Some((&bytes[..end], bytes.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Reader = fn(&[u8]) -> Result<Vectors, Word2VecError>;

    fn written(vectors: &Vectors) -> [(Vec<u8>, Reader); 2] {
        let rows = || vectors.values.chunks_exact(vectors.dimensions);
        let (mut binary, mut text) = (Vec::new(), Vec::new());
        write_binary(&mut binary, &vectors.words, vectors.dimensions, rows()).unwrap();
        write_text(&mut text, &vectors.words, vectors.dimensions, rows()).unwrap();
        [(binary, read_binary), (text, read_text)]
    }

    fn vectors(words: &[&str], dimensions: usize) -> Vectors {
        Vectors {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            dimensions,
            values: (0..words.len() * dimensions).map(|i| i as f32 * 0.1 - 0.3).collect(),
        }
    }

    #[test]
    fn files_of_the_c_program_are_read() {
        // It ends each row with a line break, and its text rows with a space before.
        let mut binary = b"2 1\nab ".to_vec();
        binary.extend(1.0_f32.to_le_bytes());
        binary.extend(b"\nc ");
        binary.extend(2.0_f32.to_le_bytes());
        binary.push(b'\n');
        let expected = Vectors { words: vec!["ab".into(), "c".into()], dimensions: 1, values: vec![1.0, 2.0] };
        assert_eq!(read_binary(&binary).unwrap(), expected);
        assert_eq!(read_text(b"2 1\nab 1.000000 \nc 2 \n").unwrap(), expected);
        assert_eq!(read_text(b"1 2\r\nMiles Davis 1 2\r\n").unwrap().words, ["Miles Davis"]);
    }

    #[test]
    fn absurd_headers_are_refused_before_anything_is_allocated() {
        for header in
            ["", "\n", "5\n", "0 5\n", "5 0\n", "a b\n", "-1 5\n", "1 2 3\n", "99999999999 1\n", "\u{fffd} 1\n"]
        {
            assert_eq!(read_binary(header.as_bytes()), Err(Word2VecError::Header), "{header:?}");
            assert_eq!(read_text(header.as_bytes()), Err(Word2VecError::Header), "{header:?}");
        }
        for header in ["4294967295 4096\nword 1 2", "4294967295 1\nword 1", "1 4096\nword 1"] {
            assert!(matches!(read_binary(header.as_bytes()), Err(Word2VecError::Truncated { .. })), "{header:?}");
            assert!(matches!(read_text(header.as_bytes()), Err(Word2VecError::Truncated { .. })), "{header:?}");
        }
        for header in ["1 4097\nword 1", "4294967295 4294967295\n"] {
            assert!(matches!(read_binary(header.as_bytes()), Err(Word2VecError::TooWide { .. })), "{header:?}");
            assert!(matches!(read_text(header.as_bytes()), Err(Word2VecError::TooWide { .. })), "{header:?}");
        }
    }

    #[test]
    fn bad_rows_are_named() {
        let not_finite = Word2VecError::NotFinite { row: 2, word: "b".into() };
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut vectors = vectors(&["a", "b"], 2);
            vectors.values[2] = bad;
            for (bytes, read) in written(&vectors) {
                assert_eq!(read(&bytes), Err(not_finite.clone()));
            }
        }
        assert_eq!(read_text(b"2 1\na 1\nb 1e99\n"), Err(not_finite));
        assert_eq!(read_text(b"1 1\n\xff\xfe 1\n"), Err(Word2VecError::NotUtf8 { row: 1 }));
        assert_eq!(read_binary(b"1 1\n\xff 1234"), Err(Word2VecError::NotUtf8 { row: 1 }));
        let not_a_number = |found: &str| Word2VecError::NotANumber { row: 1, dimensions: 2, found: found.into() };
        assert_eq!(read_text(b"1 2\na 1 b\n"), Err(not_a_number("b")));
        assert_eq!(read_text(b"1 2\nabcd 1\n"), Err(not_a_number("abcd 1")));
        assert_eq!(read_text(b"1 1\na 1\nb 2\n"), Err(Word2VecError::Trailing { rows: 1 }));
        assert_eq!(read_binary(b"1 1\na 1234b 1234"), Err(Word2VecError::Trailing { rows: 1 }));
    }

    #[test]
    fn counts_are_found_by_word() {
        let words = ["a".to_owned(), "b".to_owned()];
        assert_eq!(read_counts(b"b 2\nextra 9\na 1\r\n", &words), Ok(vec![1, 2]));
        assert_eq!(read_counts(b"b 2\n", &words), Err(Word2VecError::NoCount { word: "a".into() }));
        for bad in [&b"a 1\nb\n"[..], b"a 1\nb -2\n", b"a 1\nb 4294967296", b"a 1\n\xff 1"] {
            assert_eq!(read_counts(bad, &words), Err(Word2VecError::CountLine { line: 2 }));
        }
    }

    #[test]
    fn every_truncation_is_an_error() {
        for (form, (bytes, read)) in written(&vectors(&["Miles_Davis", "Björk", ""], 3)).into_iter().enumerate() {
            let whole = read(&bytes).unwrap();
            // Text may lose its last line break or the last digits of its last number; nothing else.
            for length in 0..bytes.len() {
                if let Ok(cut) = read(&bytes[..length]) {
                    assert_eq!(cut.words, whole.words);
                    assert_eq!(cut.values[..8], whole.values[..8]);
                    assert!(form == 1 && length + 4 > bytes.len(), "{length} of {}", bytes.len());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_vectors_come_back(
            words in prop::collection::vec("[^\\s]{0,12}", 1..8),
            dimensions in 1_usize..6,
            seed in prop::collection::vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 48),
        ) {
            let values = seed[..words.len() * dimensions].to_vec();
            let vectors = Vectors { words, dimensions, values };
            for (bytes, read) in written(&vectors) {
                let back = read(&bytes).unwrap();
                prop_assert_eq!(&back.words, &vectors.words);
                prop_assert_eq!(bytemuck::cast_slice::<f32, u32>(&back.values), bytemuck::cast_slice::<f32, u32>(&vectors.values));
            }
        }

        #[test]
        fn damaged_files_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            for (mut bytes, read) in written(&vectors(&["Miles_Davis", "Björk", "%%"], 4)) {
                for (at, value) in &flips {
                    let at = at.index(bytes.len());
                    bytes[at] = *value;
                }
                if let Ok(vectors) = read(&bytes) {
                    prop_assert_eq!(vectors.values.len(), vectors.words.len() * vectors.dimensions);
                    prop_assert!(vectors.values.iter().all(|x| x.is_finite()));
                }
                let _ = read(&bytes[..cut.index(bytes.len())]);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
            rows in 0_u32..9,
            dims in 0_u32..9,
        ) {
            let bytes = [format!("{rows} {dims}\n").as_bytes(), &body].concat();
            for read in [read_binary as Reader, read_text as Reader] {
                let _ = read(&bytes);
                let _ = read(&body);
            }
            let _ = read_counts(&body, &["a".into()]);
        }
    }
}
