//! The two tab-separated files that the TensorFlow embedding projector (projector.tensorflow.org) loads.

use std::io::{self, Write};

use super::{one_line, write_numbers};
use crate::corpus::Artists;

/// Writes one row a line, without a heading: the projector wants none.
pub(super) fn write_vectors<'a>(writer: &mut impl Write, rows: impl Iterator<Item = &'a [f32]>) -> io::Result<()> {
    for row in rows {
        write_numbers(writer, row, '\t')?;
        writeln!(writer)?;
    }
    Ok(())
}

/// Writes name, id and mentions of every artist under a heading: the projector wants one where columns are several.
pub(super) fn write_metadata(writer: &mut impl Write, artists: &Artists) -> io::Result<()> {
    writeln!(writer, "name\tid\tmentions")?;
    for ((name, id), mentions) in artists.names.iter().zip(&artists.ids).zip(&artists.mentions) {
        writeln!(writer, "{}\t{}\t{mentions}", one_line(name), one_line(id))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_have_a_line_an_artist() {
        let (mut vectors, mut metadata) = (Vec::new(), Vec::new());
        write_vectors(&mut vectors, [1.0, -0.5, 1e-20, 3.0].chunks_exact(2)).unwrap();
        assert_eq!(vectors, b"1.0\t-0.5\n1e-20\t3.0\n");
        let artists = Artists {
            names: vec!["Drake".into(), "A\tB".into()],
            ids: vec!["spotify:artist:x".into(), String::new()],
            mentions: vec![5, 3],
        };
        write_metadata(&mut metadata, &artists).unwrap();
        assert_eq!(metadata, b"name\tid\tmentions\nDrake\tspotify:artist:x\t5\nA B\t\t3\n");
    }
}
