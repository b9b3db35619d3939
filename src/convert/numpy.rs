//! numpy's array file (`.npy`, format 1.0) and the names beside it.

use std::io::{self, Write};

use super::one_line;

/// Magic and format version 1.0, as numpy's `numpy.lib.format` describes them.
const MAGIC: [u8; 8] = *b"\x93NUMPY\x01\x00";

/// numpy wants the array to start at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// Writes `values` as a two-dimensional little-endian f32 array with `dimensions` columns.
pub(super) fn write_array(writer: &mut impl Write, values: &[f32], dimensions: usize) -> io::Result<()> {
    let rows = values.len() / dimensions;
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimensions}), }}");
    // Magic, two bytes of header length, and the header with its line break end at the alignment.
    let unpadded = MAGIC.len() + 2 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    header.push('\n');
    writer.write_all(&MAGIC)?;
    // Two numbers of at most 20 digits: the header never exceeds 128 bytes.
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    writer.write_all(bytemuck::cast_slice(values))
}

/// Writes one name a line, in row order.
pub(super) fn write_names(writer: &mut impl Write, names: &[String]) -> io::Result<()> {
    names.iter().try_for_each(|name| writeln!(writer, "{}", one_line(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_array_is_what_numpy_writes() {
        let mut bytes = Vec::new();
        write_array(&mut bytes, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3).unwrap();
        // numpy.save(file, numpy.arange(1, 7, dtype="f4").reshape(2, 3)), numpy 2.
        let mut expected =
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".to_vec();
        expected.resize(127, b' ');
        expected.push(b'\n');
        for value in 1_u8..7 {
            expected.extend(f32::from(value).to_le_bytes());
        }
        assert_eq!(bytes, expected);
    }

    #[test]
    fn one_name_a_line() {
        let mut bytes = Vec::new();
        write_names(&mut bytes, &["Miles Davis".into(), "odd\nname".into()]).unwrap();
        assert_eq!(bytes, b"Miles Davis\nodd name\n");
    }
}
