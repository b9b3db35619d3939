//! A number a word, in a text file beside the vectors: a word, a space and its number on a line.
//!
//! gensim's `fvocab` has the counts of words in this form; the biases of artists are written in it, too.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io::{self, Write};
use std::str::FromStr;

use super::vectors::VectorsError;

/// Writes a word and its number a line; a float reads back to the same bits.
pub(super) fn write<T: Debug>(writer: &mut impl Write, words: &[String], numbers: &[T]) -> io::Result<()> {
    // Debug, unlike Display, writes very small and large floats with an exponent.
    words.iter().zip(numbers).try_for_each(|(word, number)| writeln!(writer, "{word} {number:?}"))
}

/// Reads the number of each of `words`; other words are ignored.
///
/// # Errors
/// [`VectorsError`] where a line is malformed or a word is missing.
pub(super) fn read<T: FromStr + Copy>(bytes: &[u8], words: &[String]) -> Result<Vec<T>, VectorsError> {
    let mut numbers = HashMap::new();
    for (i, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        let malformed = || VectorsError::NumberLine { line: i + 1 };
        let line = str::from_utf8(line).map_err(|_| malformed())?;
        let (word, number) = line.rsplit_once(' ').ok_or_else(malformed)?;
        numbers.insert(word, number.parse::<T>().map_err(|_| malformed())?);
    }
    words
        .iter()
        .map(|word| numbers.get(word.as_str()).copied().ok_or_else(|| VectorsError::NoNumber { word: word.clone() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_word() {
        let words = ["a".to_owned(), "b".to_owned()];
        assert_eq!(read::<u32>(b"b 2\nextra 9\na 1\r\n", &words), Ok(vec![1, 2]));
        assert_eq!(read::<u32>(b"b 2\n", &words), Err(VectorsError::NoNumber { word: "a".into() }));
        for bad in [&b"a 1\nb\n"[..], b"a 1\nb -2\n", b"a 1\nb 4294967296", b"a 1\n\xff 1"] {
            assert_eq!(read::<u32>(bad, &words), Err(VectorsError::NumberLine { line: 2 }));
        }
        let mut bytes = Vec::new();
        write(&mut bytes, &words, &[1e-20_f32, -0.1]).unwrap();
        assert_eq!((&bytes[..], read(&bytes, &words)), (&b"a 1e-20\nb -0.1\n"[..], Ok(vec![1e-20_f32, -0.1])));
    }
}
