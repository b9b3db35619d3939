//! The two tab-separated files that the TensorFlow embedding projector (projector.tensorflow.org) loads.

use std::io::{self, Write};
use std::str::FromStr;

use super::text::split_line;
use super::vectors::{VectorsError, check_numbers, check_width};
use super::{numpy, one_line, write_numbers};
use crate::corpus::Artists;

/// Writes one row a line, without a heading: the projector wants none.
pub(super) fn write_vectors<'a>(writer: &mut impl Write, rows: impl Iterator<Item = &'a [f32]>) -> io::Result<()> {
    for row in rows {
        write_numbers(writer, row, '\t')?;
        writeln!(writer)?;
    }
    Ok(())
}

/// Writes name, id, mentions and, where there is one, bias of every artist under a heading: the projector wants one
/// where columns are several.
pub(super) fn write_metadata(writer: &mut impl Write, artists: &Artists, bias: &[f32]) -> io::Result<()> {
    writeln!(writer, "name\tid\tmentions{}", if bias.is_empty() { "" } else { "\tbias" })?;
    for i in 0..artists.len() {
        write!(writer, "{}\t{}\t{}", one_line(&artists.names[i]), one_line(&artists.ids[i]), artists.mentions[i])?;
        match bias.get(i) {
            Some(bias) => writeln!(writer, "\t{bias:?}")?,
            None => writeln!(writer)?,
        }
    }
    Ok(())
}

/// Reads rows of numbers: how many a row has, and the numbers.
///
/// # Errors
/// [`VectorsError`] where something else stands there, or rows differ in length.
pub(super) fn read_vectors(bytes: &[u8]) -> Result<(usize, Vec<f32>), VectorsError> {
    let (mut rest, mut values, mut dimensions) = (bytes, Vec::new(), 0);
    let mut row = 0;
    while let Some((line, tail)) = split_line(rest).filter(|_| !rest.trim_ascii().is_empty()) {
        (rest, row) = (tail, row + 1);
        let line = str::from_utf8(line).map_err(|_| VectorsError::NotUtf8 { row })?.trim_end();
        let found = |text: &str| text.chars().take(40).collect();
        let fields = line.split('\t').count();
        if row == 1 {
            check_width(fields)?;
            dimensions = fields;
        } else if fields != dimensions {
            return Err(VectorsError::NotANumber { row, dimensions, found: found(line) });
        }
        for field in line.split('\t') {
            let number = field.trim().parse();
            values.push(number.map_err(|_| VectorsError::NotANumber { row, dimensions, found: found(field) })?);
        }
    }
    if dimensions == 0 { Err(VectorsError::Empty) } else { Ok((dimensions, values)) }
}

/// Reads the artists and their biases (empty where there are none) of `rows` rows.
///
/// One column is a name a line, without a heading. Of several the heading says which are `name` (else the first
/// column), `id`, `mentions` and `bias`; others are ignored.
///
/// # Errors
/// [`VectorsError`] where the lines are not as many as the rows, or a number is none.
pub(super) fn read_metadata(bytes: &[u8], rows: usize) -> Result<(Artists, Vec<f32>), VectorsError> {
    let mut lines = numpy::read_names(bytes)?;
    let heading = lines.first().filter(|line| line.contains('\t')).cloned();
    if heading.is_some() {
        lines.remove(0);
    }
    if lines.len() != rows {
        return Err(VectorsError::Names { names: lines.len(), rows });
    }
    let heading: Vec<&str> = heading.as_deref().unwrap_or("name").split('\t').collect();
    let column = |name: &str| heading.iter().position(|title| *title == name);
    let cells = |column: Option<usize>| {
        let cell = move |line: &String| line.split('\t').nth(column?).map(str::to_owned);
        lines.iter().map(move |line| cell(line).unwrap_or_default()).collect::<Vec<String>>()
    };
    let mut artists =
        Artists { names: cells(column("name").or(Some(0))), ids: cells(column("id")), mentions: vec![0; rows] };
    if let Some(mentions) = column("mentions") {
        artists.mentions = numbers(&cells(Some(mentions)), "mentions")?;
    }
    let bias: Vec<f32> = match column("bias") {
        Some(bias) => numbers(&cells(Some(bias)), "bias")?,
        None => Vec::new(),
    };
    if !bias.is_empty() {
        check_numbers(&bias, 1, |row| artists.names[row].clone())?;
    }
    Ok((artists, bias))
}

fn numbers<T: FromStr>(cells: &[String], column: &'static str) -> Result<Vec<T>, VectorsError> {
    let number = |(i, cell): (usize, &String)| cell.parse().map_err(|_| VectorsError::Cell { row: i + 1, column });
    cells.iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artists() -> Artists {
        Artists {
            names: vec!["Drake".into(), "A\tB".into()],
            ids: vec!["spotify:artist:x".into(), String::new()],
            mentions: vec![5, 3],
        }
    }

    #[test]
    fn both_files_have_a_line_an_artist() {
        let (mut vectors, mut metadata) = (Vec::new(), Vec::new());
        write_vectors(&mut vectors, [1.0, -0.5, 1e-20, 3.0].chunks_exact(2)).unwrap();
        assert_eq!(vectors, b"1.0\t-0.5\n1e-20\t3.0\n");
        assert_eq!(read_vectors(&vectors), Ok((2, vec![1.0, -0.5, 1e-20, 3.0])));
        write_metadata(&mut metadata, &artists(), &[]).unwrap();
        assert_eq!(metadata, b"name\tid\tmentions\nDrake\tspotify:artist:x\t5\nA B\t\t3\n");
        let back = Artists { names: vec!["Drake".into(), "A B".into()], ..artists() };
        assert_eq!(read_metadata(&metadata, 2), Ok((back.clone(), vec![])));
        metadata.clear();
        write_metadata(&mut metadata, &artists(), &[0.5, -2.0]).unwrap();
        assert_eq!(read_metadata(&metadata, 2), Ok((back, vec![0.5, -2.0])));
    }

    #[test]
    fn other_metadata_is_read_by_its_heading() {
        let names = |bytes, rows| read_metadata(bytes, rows).map(|(artists, _)| artists.names);
        assert_eq!(names(b"Drake\r\nBj\xc3\xb6rk\n", 2).unwrap(), ["Drake", "Björk"]);
        assert_eq!(names(b"word\tgenre\nDrake\trap\n", 1).unwrap(), ["Drake"]);
        assert_eq!(names(b"genre\tname\nrap\tDrake\n", 1).unwrap(), ["Drake"]);
        assert_eq!(names(b"Drake\n", 2), Err(VectorsError::Names { names: 1, rows: 2 }));
        let cell = |column| Err(VectorsError::Cell { row: 2, column });
        assert_eq!(names(b"name\tmentions\na\t1\nb\t-1\n", 2), cell("mentions"));
        assert_eq!(names(b"name\tbias\na\t1\nb\n", 2), cell("bias"));
        for bad in [&b"name\tbias\na\t1\nb\tnan\n"[..], b"name\tbias\na\t1\nb\t-inf\n"] {
            assert_eq!(names(bad, 2), Err(VectorsError::NotFinite { row: 2, word: "b".into() }));
        }
    }

    #[test]
    fn rows_that_are_no_numbers_are_named() {
        assert_eq!(read_vectors(b" \n\n"), Err(VectorsError::Empty));
        let bad = |row, dimensions, found: &str| Err(VectorsError::NotANumber { row, dimensions, found: found.into() });
        assert_eq!(read_vectors(b"1\t2\n1\n"), bad(2, 2, "1"));
        assert_eq!(read_vectors(b"name\tid\n"), bad(1, 2, "name"));
        assert_eq!(read_vectors(b"1\n\xff\n"), Err(VectorsError::NotUtf8 { row: 2 }));
    }
}
