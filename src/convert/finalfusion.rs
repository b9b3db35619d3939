//! finalfusion's file (`.fifu`, format version 0), as its FORMAT.md and its Rust and Python readers have it.
//!
//! A header `FiFu`, version, and the kinds of its chunks; then the chunks, each its kind (u32), its length in bytes
//! (u64) and its data: words, their vectors of length 1, and the lengths (norms) that the vectors had before. All
//! numbers are little-endian; arrays begin at a multiple of their number's size.

use std::io::{self, Write};

use super::vectors::{Vectors, VectorsError, check_width, floats};

const MAGIC: &[u8; 4] = b"FiFu";
const VERSION: u32 = 0;
const SIMPLE_VOCAB: u32 = 1;
const ARRAY: u32 = 2;
const METADATA: u32 = 5;
const NORMS: u32 = 6;
const F32: u32 = 10;

/// Writes words, unit vectors and norms. A row without direction stays zero and has the norm 0.
pub(super) fn write<'a>(
    writer: &mut impl Write,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> io::Result<()> {
    let mut unit = Vec::with_capacity(words.len() * dimensions);
    let mut norms = Vec::with_capacity(words.len());
    for row in rows {
        let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        unit.extend(row.iter().map(|&x| (f64::from(x) * scale) as f32));
        norms.push(norm as f32);
    }
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        at += bytes.len();
        writer.write_all(bytes)?;
        io::Result::Ok(at)
    };
    put(MAGIC)?;
    for number in [VERSION, 3, SIMPLE_VOCAB, ARRAY, NORMS] {
        put(&number.to_le_bytes())?;
    }
    let vocabulary: usize = words.iter().map(|word| 4 + word.len()).sum();
    put(&SIMPLE_VOCAB.to_le_bytes())?;
    put(&(8 + vocabulary as u64).to_le_bytes())?;
    let mut end = put(&(words.len() as u64).to_le_bytes())?;
    for word in words {
        // A word has at most the bytes of a name; names fit into 4 GiB together.
        put(&(word.len() as u32).to_le_bytes())?;
        end = put(word.as_bytes())?;
    }
    let array = |start: usize, head: usize, bytes: usize| {
        // The kind, the length and what stands before the padding.
        let padding = padding(start + 12 + head);
        ((head + padding + bytes) as u64, vec![0_u8; padding])
    };
    let (length, padding) = array(end, 16, unit.len() * 4);
    put(&ARRAY.to_le_bytes())?;
    put(&length.to_le_bytes())?;
    put(&(words.len() as u64).to_le_bytes())?;
    put(&(dimensions as u32).to_le_bytes())?;
    put(&F32.to_le_bytes())?;
    put(&padding)?;
    let end = put(bytemuck::cast_slice(&unit))?;
    let (length, padding) = array(end, 12, norms.len() * 4);
    put(&NORMS.to_le_bytes())?;
    put(&length.to_le_bytes())?;
    put(&(norms.len() as u64).to_le_bytes())?;
    put(&F32.to_le_bytes())?;
    put(&padding)?;
    put(bytemuck::cast_slice(&norms)).map(drop)
}

/// Reads words and their vectors; where there are norms, the vectors at their original lengths.
///
/// # Errors
/// [`VectorsError`] where the bytes are no such file, or one with subword units or quantised vectors; nothing is
/// allocated that the bytes could not fill.
pub(super) fn read(bytes: &[u8]) -> Result<Vectors, VectorsError> {
    let header = VectorsError::Header { form: "finalfusion", expected: "\"FiFu\", its version and a list of chunks" };
    let mut file = Reader { bytes, at: 0 };
    if file.take(4) != Some(MAGIC) {
        return Err(header);
    }
    match file.u32() {
        Some(VERSION) => {}
        Some(version) => {
            return Err(VectorsError::Unsupported {
                found: format!("finalfusion's format version {version}"),
                instead: "export it in version 0, the only one there was when this was written",
            });
        }
        None => return Err(header),
    }
    let count = file.u32().and_then(|count| usize::try_from(count).ok()).and_then(|count| count.checked_mul(4));
    let listed = count.and_then(|bytes| file.take(bytes)).ok_or(header)?;
    let (mut words, mut array, mut norms) = (None, None, None);
    while !file.is_at_end() {
        let cut = VectorsError::Damaged { what: "one of its chunks is longer than the rest of the file" };
        let (Some(kind), Some(length)) = (file.u32(), file.u64()) else { return Err(cut) };
        let mut chunk = file.part(length).ok_or(cut)?;
        match kind {
            METADATA => {}
            SIMPLE_VOCAB => words = Some(read_words(&mut chunk)?),
            ARRAY => array = Some(read_array(&mut chunk)?),
            NORMS => norms = Some(read_norms(&mut chunk)?),
            _ => {
                let found = match kind {
                    4 => "quantised vectors".to_owned(),
                    3 | 7..=9 => "subword units".to_owned(),
                    kind => format!("a chunk of the kind {kind}"),
                };
                let instead = "convert it to word2vec's text with finalfusion's own tools first";
                return Err(VectorsError::Unsupported { found, instead });
            }
        }
    }
    // Older programs do not list the norms that they write.
    let lists_norms = listed.as_chunks::<4>().0.iter().any(|&kind| u32::from_le_bytes(kind) == NORMS);
    if lists_norms && norms.is_none() {
        return Err(VectorsError::Damaged { what: "it lacks the norms that its header lists" });
    }
    let (Some(words), Some((dimensions, mut values))) = (words, array) else {
        return Err(VectorsError::Damaged { what: "it lacks its words or its vectors" });
    };
    if let Some(norms) = norms {
        if norms.len() != words.len() {
            return Err(VectorsError::Damaged { what: "its words and norms differ in number" });
        }
        for (row, norm) in values.chunks_exact_mut(dimensions).zip(norms) {
            row.iter_mut().for_each(|x| *x *= norm);
        }
    }
    Vectors::new(words, dimensions, values)
}

fn read_words(chunk: &mut Reader<'_>) -> Result<Vec<String>, VectorsError> {
    let cut = || VectorsError::Damaged { what: "its list of words ends before its last word" };
    let count = chunk.u64().and_then(|count| usize::try_from(count).ok()).ok_or_else(cut)?;
    // A word takes at least its length.
    if count.checked_mul(4).is_none_or(|needed| needed > chunk.left()) {
        return Err(cut());
    }
    let mut words = Vec::with_capacity(count);
    for row in 1..=count {
        let length = chunk.u32().ok_or_else(cut)?;
        let word = chunk.take(length as usize).ok_or_else(cut)?;
        words.push(str::from_utf8(word).map_err(|_| VectorsError::NotUtf8 { row })?.to_owned());
    }
    Ok(words)
}

/// The dimensions and the rows.
fn read_array(chunk: &mut Reader<'_>) -> Result<(usize, Vec<f32>), VectorsError> {
    let bad = || VectorsError::Damaged { what: "its vectors are not as many as it says" };
    let rows = chunk.u64().and_then(|rows| usize::try_from(rows).ok()).ok_or_else(bad)?;
    let dimensions = chunk.u32().ok_or_else(bad)? as usize;
    let values = read_numbers(chunk, rows.checked_mul(dimensions).ok_or_else(bad)?)?.ok_or_else(bad)?;
    check_width(dimensions)?;
    if values.is_empty() { Err(VectorsError::Empty) } else { Ok((dimensions, values)) }
}

fn read_norms(chunk: &mut Reader<'_>) -> Result<Vec<f32>, VectorsError> {
    let bad = || VectorsError::Damaged { what: "its norms are not as many as it says" };
    let count = chunk.u64().and_then(|count| usize::try_from(count).ok()).ok_or_else(bad)?;
    read_numbers(chunk, count)?.ok_or_else(bad)
}

/// The type, the padding and exactly `count` numbers; `None` where they are not there.
fn read_numbers(chunk: &mut Reader<'_>, count: usize) -> Result<Option<Vec<f32>>, VectorsError> {
    let Some(number) = chunk.u32() else { return Ok(None) };
    if number != F32 {
        let found = format!("numbers of finalfusion's type {number}");
        return Err(VectorsError::Unsupported { found, instead: "export it with 32-bit floats (type 10)" });
    }
    let numbers = chunk.take(padding(chunk.at)).and_then(|_| chunk.take(count.checked_mul(4)?));
    Ok(numbers.filter(|_| chunk.is_at_end()).map(floats))
}

/// What stands before f32 at this place: a whole number's width, too, where the place is a multiple of it already, as
/// both of finalfusion's implementations have it.
fn padding(at: usize) -> usize {
    4 - at % 4
}

/// Bytes of a file up to an end, and how many of them are read.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.take(8)?.first_chunk()?))
    }

    /// The next `length` bytes, at their places in the file, since padding depends on them.
    fn part(&mut self, length: u64) -> Option<Self> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        let part = Self { bytes: self.bytes.get(..end)?, at: self.at };
        self.at = end;
        Some(part)
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn is_at_end(&self) -> bool {
        self.left() == 0
    }
}
