//! Vectors as text: a word and its numbers on a line, spaces between.
//!
//! word2vec's and fastText's files begin with a line `count dimensions`, GloVe's do not. They are told apart by the
//! first line: two whole numbers and nothing else are a heading. (So a GloVe file of one dimension whose first word is
//! a number is taken for the other kind; nobody makes such.)

use std::io::{self, Write};

use super::vectors::{Vectors, VectorsError, check_width};
use super::write_numbers;

/// Writes the rows, below a heading where `heading`; the numbers read back to the same bits.
pub(super) fn write<'a>(
    writer: &mut impl Write,
    heading: bool,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> io::Result<()> {
    if heading {
        writeln!(writer, "{} {dimensions}", words.len())?;
    }
    for (word, row) in words.iter().zip(rows) {
        write!(writer, "{word} ")?;
        write_numbers(writer, row, ' ')?;
        writeln!(writer)?;
    }
    Ok(())
}

/// Reads a file with or without a heading.
///
/// A row's numbers are its last fields, so that a word with spaces, which other programs do write, stays whole.
///
/// # Errors
/// [`VectorsError`] where the bytes are no such file; nothing is allocated that the bytes could not fill.
pub(super) fn read(bytes: &[u8]) -> Result<Vectors, VectorsError> {
    let (first, below) = split_line(bytes).ok_or(VectorsError::Empty)?;
    match read_header(first)? {
        Some((rows, dimensions)) => read_rows(below, Some(rows), dimensions),
        None => read_rows(bytes, None, width(first)?),
    }
}

/// Rows and dimensions, where a line is `count dimensions` and nothing else.
///
/// # Errors
/// [`VectorsError`] where one of them is 0 or more than is supported.
pub(super) fn read_header(line: &[u8]) -> Result<Option<(usize, usize)>, VectorsError> {
    let mut fields = str::from_utf8(line).unwrap_or_default().split_ascii_whitespace();
    // Rows are counted in u32 in every file of this program.
    let mut number = || fields.next()?.parse::<u32>().ok().map(|number| number as usize);
    match (number(), number(), fields.next()) {
        (Some(0), Some(_), None) | (Some(_), Some(0), None) => Err(VectorsError::Empty),
        (Some(rows), Some(dimensions), None) => check_width(dimensions).map(|()| Some((rows, dimensions))),
        _ => Ok(None),
    }
}

/// How many numbers end the first row of a file without heading; its first field is a word even if it looks like one.
fn width(line: &[u8]) -> Result<usize, VectorsError> {
    let line = str::from_utf8(line.trim_ascii_end()).map_err(|_| VectorsError::NotUtf8 { row: 1 })?;
    let numbers = line.rsplit(' ').take_while(|field| field.parse::<f32>().is_ok()).count();
    match numbers.min(line.split(' ').count() - 1) {
        0 => Err(VectorsError::Header {
            form: "word2vec, fastText or GloVe text",
            expected: "the number of words and of dimensions on a line, as in \"30000 100\", or with a word and its \
                       numbers",
        }),
        dimensions => check_width(dimensions).map(|()| dimensions),
    }
}

/// Reads `rows` rows (where unknown: all there are) and nothing else.
fn read_rows(bytes: &[u8], rows: Option<usize>, dimensions: usize) -> Result<Vectors, VectorsError> {
    let truncated = |rows| VectorsError::Truncated { rows, dimensions };
    // A number takes at least a space and a digit.
    let most = bytes.len() / (2 * dimensions);
    if let Some(rows) = rows.filter(|&rows| rows > most) {
        return Err(truncated(rows));
    }
    let expected = rows.unwrap_or_default();
    let (mut words, mut values) = (Vec::with_capacity(expected), Vec::with_capacity(expected * dimensions));
    let mut rest = bytes;
    while rows.is_none_or(|rows| words.len() < rows) {
        let Some((line, tail)) = split_line(rest) else {
            match rows {
                Some(rows) => return Err(truncated(rows)),
                None => break,
            }
        };
        if rows.is_none() && rest.trim_ascii().is_empty() {
            break;
        }
        rest = tail;
        let row = words.len() + 1;
        let mut word = str::from_utf8(line.trim_ascii_end()).map_err(|_| VectorsError::NotUtf8 { row })?;
        let not_a_number =
            |found: &str| VectorsError::NotANumber { row, dimensions, found: found.chars().take(40).collect() };
        let (line, start) = (word, values.len());
        for _ in 0..dimensions {
            let (head, number) = word.rsplit_once(' ').ok_or_else(|| not_a_number(line))?;
            values.push(number.parse().map_err(|_| not_a_number(number))?);
            word = head;
        }
        values[start..].reverse();
        // Without a heading nothing but the first row says how many numbers a word has.
        if let (None, Some((_, number))) = (rows, word.rsplit_once(' '))
            && number.parse::<f32>().is_ok()
        {
            return Err(not_a_number(line));
        }
        words.push(word.to_owned());
    }
    if let Some(rows) = rows.filter(|_| !rest.trim_ascii().is_empty()) {
        return Err(VectorsError::Trailing { rows });
    }
    Vectors::new(words, dimensions, values)
}

/// The first line without its break, and the rest; `None` where nothing is left.
pub(super) fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    Some((&bytes[..end], bytes.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Result<Vectors, VectorsError> {
        Err(VectorsError::Header {
            form: "word2vec, fastText or GloVe text",
            expected: "the number of words and of dimensions on a line, as in \"30000 100\", or with a word and its \
                       numbers",
        })
    }

    fn vectors(words: &[&str], dimensions: usize, values: &[f32]) -> Vectors {
        Vectors { words: words.iter().map(|word| (*word).to_owned()).collect(), dimensions, values: values.to_vec() }
    }

    #[test]
    fn the_first_line_tells_the_kind() {
        let expected = vectors(&["ab", "c"], 2, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(read(b"2 2\nab 1 2\nc 3 4\n"), Ok(expected.clone()));
        assert_eq!(read(b"ab 1 2\nc 3 4"), Ok(expected));
        // The C program ends rows with a space.
        assert_eq!(read(b"2 1\nab 1.000000 \nc 2 \n"), Ok(vectors(&["ab", "c"], 1, &[1.0, 2.0])));
        assert_eq!(read(b"1 2\r\nMiles Davis 1 2\r\n").unwrap().words, ["Miles Davis"]);
        // Words with spaces, and words that are numbers.
        assert_eq!(read(b". . 1 2\n7 3 4\n\n"), Ok(vectors(&[". .", "7"], 2, &[1.0, 2.0, 3.0, 4.0])));
        assert_eq!(read(b"1 2 3\n"), Ok(vectors(&["1"], 2, &[2.0, 3.0])));
    }

    #[test]
    fn absurd_headings_are_refused_before_anything_is_allocated() {
        for text in ["\n", "5\n", "a b\n", "\n1 2\n"] {
            assert_eq!(read(text.as_bytes()), header(), "{text:?}");
        }
        for text in ["", "0 5\n", "5 0\n"] {
            assert_eq!(read(text.as_bytes()), Err(VectorsError::Empty), "{text:?}");
        }
        for text in ["4294967295 4096\nword 1 2", "4294967295 1\nword 1", "1 4096\nword 1"] {
            assert!(matches!(read(text.as_bytes()), Err(VectorsError::Truncated { .. })), "{text:?}");
        }
        for text in ["1 4097\nword 1", "4294967295 4294967295\n", &format!("a{}\n", " 1".repeat(4097))] {
            assert!(matches!(read(text.as_bytes()), Err(VectorsError::TooWide { .. })));
        }
    }

    #[test]
    fn bad_rows_are_named() {
        assert_eq!(read(b"1 1\n\xff\xfe 1\n"), Err(VectorsError::NotUtf8 { row: 1 }));
        assert_eq!(read(b"\xff 1\n"), Err(VectorsError::NotUtf8 { row: 1 }));
        let not_a_number =
            |row, dimensions, found: &str| Err(VectorsError::NotANumber { row, dimensions, found: found.into() });
        assert_eq!(read(b"1 2\na 1 b\n"), not_a_number(1, 2, "b"));
        assert_eq!(read(b"1 2\nabcd 1\n"), not_a_number(1, 2, "abcd 1"));
        assert_eq!(read(b"1 1\na 1\nb 2\n"), Err(VectorsError::Trailing { rows: 1 }));
        // A heading whose number is too large is none; rows of another length betray it.
        assert_eq!(read(b"99999999999 1\nword 1 2\n"), not_a_number(2, 1, "word 1 2"));
        assert_eq!(read(b"a 1 2\nb 1\n"), not_a_number(2, 2, "b 1"));
        assert_eq!(read(b"2 1\na 1\nb 1e99\n"), Err(VectorsError::NotFinite { row: 2, word: "b".into() }));
    }
}
