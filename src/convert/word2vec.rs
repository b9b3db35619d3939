//! word2vec's binary file, as the C program and gensim write and read it.
//!
//! A line `count dimensions`, then each word, a space, and `dimensions` little-endian f32; the C program adds a line
//! break before the next word, gensim does not.

use std::io::{self, Write};

use super::text::{read_header, split_line};
use super::vectors::{Vectors, VectorsError, floats};

/// Writes a word and its row each, in this order.
pub(super) fn write<'a>(
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

/// Reads what [`write()`] wrote, or another program.
///
/// # Errors
/// [`VectorsError`] where the bytes are no such file; nothing is allocated that the bytes could not fill.
pub(super) fn read(bytes: &[u8]) -> Result<Vectors, VectorsError> {
    let header = VectorsError::Header {
        form: "word2vec",
        expected: "the number of words and of dimensions on a line, as in \"30000 100\"",
    };
    let (line, mut rest) = split_line(bytes).ok_or_else(|| header.clone())?;
    let (rows, dimensions) = read_header(line)?.ok_or(header)?;
    let truncated = VectorsError::Truncated { rows, dimensions };
    // A row takes at least a space (the word may be empty) and its numbers.
    let row_bytes = dimensions * 4;
    if (row_bytes + 1).checked_mul(rows).is_none_or(|needed| needed > rest.len()) {
        return Err(truncated);
    }
    let (mut words, mut values) = (Vec::with_capacity(rows), Vec::with_capacity(rows * dimensions));
    for row in 1..=rows {
        while let [b'\n', tail @ ..] = rest {
            rest = tail;
        }
        let space = rest.iter().position(|&byte| byte == b' ').ok_or_else(|| truncated.clone())?;
        let word = str::from_utf8(&rest[..space]).map_err(|_| VectorsError::NotUtf8 { row })?;
        let numbers = rest.get(space + 1..space + 1 + row_bytes).ok_or_else(|| truncated.clone())?;
        values.extend(floats(numbers));
        words.push(word.to_owned());
        rest = &rest[space + 1 + row_bytes..];
    }
    if !rest.trim_ascii().is_empty() {
        return Err(VectorsError::Trailing { rows });
    }
    Vectors::new(words, dimensions, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_c_program_are_read() {
        // It ends each row with a line break.
        let mut bytes = b"2 1\nab ".to_vec();
        bytes.extend(1.0_f32.to_le_bytes());
        bytes.extend(b"\nc ");
        bytes.extend(2.0_f32.to_le_bytes());
        bytes.push(b'\n');
        let expected = Vectors { words: vec!["ab".into(), "c".into()], dimensions: 1, values: vec![1.0, 2.0] };
        assert_eq!(read(&bytes), Ok(expected));
    }

    #[test]
    fn absurd_headings_are_refused_before_anything_is_allocated() {
        for text in ["", "\n", "5\n", "a b\n", "-1 5\n", "1 2 3\n", "99999999999 1\n", "\u{fffd} 1\n"] {
            assert!(matches!(read(text.as_bytes()), Err(VectorsError::Header { .. })), "{text:?}");
        }
        assert_eq!((read(b"0 5\n"), read(b"5 0\n")), (Err(VectorsError::Empty), Err(VectorsError::Empty)));
        for text in ["4294967295 4096\nword 1 2", "4294967295 1\nword 1", "1 4096\nword 1"] {
            assert!(matches!(read(text.as_bytes()), Err(VectorsError::Truncated { .. })), "{text:?}");
        }
        for text in ["1 4097\nword 1", "4294967295 4294967295\n"] {
            assert!(matches!(read(text.as_bytes()), Err(VectorsError::TooWide { .. })), "{text:?}");
        }
        assert_eq!(read(b"1 1\n\xff 1234"), Err(VectorsError::NotUtf8 { row: 1 }));
        assert_eq!(read(b"1 1\na 1234b 1234"), Err(VectorsError::Trailing { rows: 1 }));
    }
}
