//! numpy's array file (`.npy`, format versions 1 to 3) and the names beside it.

use std::io::{self, Write};

use super::one_line;
use super::vectors::{VectorsError, check_width, doubles, floats};
use crate::corpus::Artists;

/// What every version begins with, as numpy's `numpy.lib.format` describes it.
const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The version written: 1.0.
const VERSION: [u8; 2] = [1, 0];

/// numpy wants the array to start at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// Writes `values` as little-endian f32: with `Some(dimensions)` as rows of so many, else as one row.
pub(super) fn write_array(writer: &mut impl Write, values: &[f32], dimensions: Option<usize>) -> io::Result<()> {
    let shape = match dimensions {
        Some(dimensions) => format!("({}, {dimensions})", values.len() / dimensions),
        None => format!("({},)", values.len()),
    };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version, two bytes of header length, and the header with its line break end at the alignment.
    let unpadded = MAGIC.len() + VERSION.len() + 2 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    header.push('\n');
    writer.write_all(MAGIC)?;
    writer.write_all(&VERSION)?;
    // Two numbers of at most 20 digits: the header never exceeds 128 bytes.
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    writer.write_all(bytemuck::cast_slice(values))
}

/// Writes one name a line, in row order.
pub(super) fn write_names(writer: &mut impl Write, names: &[String]) -> io::Result<()> {
    names.iter().try_for_each(|name| writeln!(writer, "{}", one_line(name)))
}

/// Reads an array of one or two dimensions of f32 or f64: the numbers row by row, and how many a row has (1 where there
/// is one dimension).
///
/// # Errors
/// [`VectorsError`] where the bytes are no such array.
pub(super) fn read_array(bytes: &[u8]) -> Result<(usize, Vec<f32>), VectorsError> {
    let no_header =
        || VectorsError::Header { form: "numpy", expected: "\\x93NUMPY, a version and a description of one array" };
    let [major, _minor, rest @ ..] = bytes.strip_prefix(MAGIC).ok_or_else(no_header)? else {
        return Err(no_header());
    };
    let (length, rest) = match major {
        1 => rest.split_first_chunk::<2>().map(|(&length, rest)| (u32::from(u16::from_le_bytes(length)), rest)),
        2 | 3 => rest.split_first_chunk::<4>().map(|(&length, rest)| (u32::from_le_bytes(length), rest)),
        _ => None,
    }
    .ok_or_else(no_header)?;
    let (header, data) = rest.split_at_checked(length as usize).ok_or_else(no_header)?;
    let header = str::from_utf8(header).map_err(|_| no_header())?;
    let field = |name: &str| header.split_once(&format!("'{name}':")).map(|(_, value)| value.trim_start());
    let (Some(kind), Some(order), Some(shape)) = (field("descr"), field("fortran_order"), field("shape")) else {
        return Err(no_header());
    };
    let shape = shape.strip_prefix('(').and_then(|shape| shape.split_once(')')).ok_or_else(no_header)?.0;
    let shape: Result<Vec<usize>, _> =
        shape.split(',').map(str::trim).filter(|side| !side.is_empty()).map(str::parse).collect();
    let (rows, dimensions) = match *shape.map_err(|_| no_header())? {
        [rows] => (rows, 1),
        [rows, dimensions] => (rows, dimensions),
        ref shape => {
            let found = format!("an array of {} dimensions", shape.len());
            return Err(VectorsError::Unsupported { found, instead: "save one row an artist" });
        }
    };
    check_width(dimensions)?;
    let kind: String = kind.chars().skip(1).take_while(|&c| !matches!(c, '\'' | '"')).collect();
    let width = match kind.as_str() {
        "<f4" => 4,
        "<f8" => 8,
        _ => {
            let found = format!("numbers of numpy's type {kind:?}");
            return Err(VectorsError::Unsupported { found, instead: "save array.astype(\"<f4\")" });
        }
    };
    let needed = rows.checked_mul(dimensions).and_then(|count| count.checked_mul(width));
    if needed.is_none_or(|needed| needed > data.len()) {
        return Err(VectorsError::Truncated { rows, dimensions });
    }
    if needed != Some(data.len()) {
        return Err(VectorsError::Trailing { rows });
    }
    let values = if width == 4 { floats(data) } else { doubles(data) };
    if order.starts_with("True") {
        // Column by column.
        let value = |row: usize| (0..dimensions).map(move |column| column * rows + row);
        return Ok((dimensions, (0..rows).flat_map(value).map(|at| values[at]).collect()));
    }
    Ok((dimensions, values))
}

/// Reads one name a line.
///
/// # Errors
/// [`VectorsError`] where the bytes are no text.
pub(super) fn read_names(bytes: &[u8]) -> Result<Vec<String>, VectorsError> {
    let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    // What follows the last line break is no line.
    lines.pop_if(|line| line.is_empty());
    let text = |(i, line): (usize, &[u8])| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        str::from_utf8(line).map(str::to_owned).map_err(|_| VectorsError::NotUtf8 { row: i + 1 })
    };
    lines.into_iter().enumerate().map(text).collect()
}

/// Artists of whom nothing but their names is known, of an array of `rows` rows.
///
/// # Errors
/// [`VectorsError`] where the bytes are no text or not so many lines.
pub(super) fn read_artists(bytes: &[u8], rows: usize) -> Result<Artists, VectorsError> {
    let names = read_names(bytes)?;
    if names.len() != rows {
        return Err(VectorsError::Names { names: names.len(), rows });
    }
    Ok(Artists { names, ids: vec![String::new(); rows], mentions: vec![0; rows] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_array_is_what_numpy_writes() {
        let mut bytes = Vec::new();
        write_array(&mut bytes, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Some(3)).unwrap();
        // numpy.save(file, numpy.arange(1, 7, dtype="f4").reshape(2, 3)), numpy 2.
        let mut expected =
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".to_vec();
        expected.resize(127, b' ');
        expected.push(b'\n');
        for value in 1_u8..7 {
            expected.extend(f32::from(value).to_le_bytes());
        }
        assert_eq!(bytes, expected);
        assert_eq!(read_array(&bytes), Ok((3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));
        bytes.clear();
        write_array(&mut bytes, &[1.0, 2.0], None).unwrap();
        assert_eq!(read_array(&bytes), Ok((1, vec![1.0, 2.0])));
    }

    fn array(description: &str, data: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0][..], &(description.len() as u16).to_le_bytes(), description.as_bytes(), data].concat()
    }

    #[test]
    fn other_orders_and_widths_are_read_and_other_types_named() {
        let numbers = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let by_column =
            array("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }\n", &numbers(&[1., 2., 3., 4.]));
        assert_eq!(read_array(&by_column), Ok((2, vec![1.0, 3.0, 2.0, 4.0])));
        for (description, complaint) in [
            ("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2), }", "\">f4\""),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }", "3 dimensions"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5000), }", "5000 numbers"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999, 99), }", "ends before"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (9, 2), }", "ends before"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "more follows"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, -1), }", "no numpy file"),
            ("{'descr': '<f4', 'shape': (1, 1), }", "no numpy file"),
        ] {
            let error = read_array(&array(description, &[0; 8])).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn one_name_a_line() {
        let mut bytes = Vec::new();
        write_names(&mut bytes, &["Miles Davis".into(), "odd\nname".into(), String::new()]).unwrap();
        assert_eq!(bytes, b"Miles Davis\nodd name\n\n");
        assert_eq!(read_names(&bytes).unwrap(), ["Miles Davis", "odd name", ""]);
        assert_eq!(read_names(b"a\r\nb").unwrap(), ["a", "b"]);
        assert_eq!(read_names(b"a\n\xff\n"), Err(VectorsError::NotUtf8 { row: 2 }));
    }
}
