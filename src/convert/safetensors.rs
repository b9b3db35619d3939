//! safetensors: all that a model knows about its artists in one file.
//!
//! The form of Hugging Face's library: eight bytes with the length of a JSON header, the header (each tensor's type,
//! shape and place), the tensors end to end. This program writes, where the model has them: `input`, `output` (f32,
//! artists × dimensions), `bias` (f32), `mentions` (u32), `names` and `ids` (u8: a JSON list of strings), and for the
//! words of titles `title_words` (as `names`), `title_mentions`, `title_input` and `title_output`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Matrix;
use super::vectors::{VectorsError, check_numbers, doubles, floats};
use crate::catalog::metadata::Provenance;
use crate::corpus::Artists;
use crate::training::{Model, TitleWords};

/// Where the reference implementation gives up on a header.
const MAX_HEADER: usize = 100_000_000;

/// Begins the name of every tensor about words of titles.
const TITLE: &str = "title_";

/// Writes the matrix asked for, or both, and everything else that the model knows about its artists.
pub(super) fn write(writer: &mut impl Write, model: &Model, matrix: Matrix) -> io::Result<()> {
    let Model { artists, dimensions, words, .. } = model;
    let (names, ids) = (serde_json::to_vec(&artists.names)?, serde_json::to_vec(&artists.ids)?);
    let title_words = serde_json::to_vec(&words.words)?;
    let (output, title_output) = model.output_vectors();
    let mut tensors: Vec<(&str, &str, Vec<usize>, &[u8])> = Vec::new();
    let mut add = |name, kind, shape: &[usize], bytes| tensors.push((name, kind, shape.to_vec(), bytes));
    let (rows, title_rows) = ([artists.len(), *dimensions], [words.len(), *dimensions]);
    if matrix.has_input() {
        add("input", "F32", &rows, bytemuck::cast_slice(&model.input));
        add("title_input", "F32", &title_rows, bytemuck::cast_slice(&words.input));
    }
    if matrix.has_output() {
        add("output", "F32", &rows, bytemuck::cast_slice(&output));
        add("title_output", "F32", &title_rows, bytemuck::cast_slice(&title_output));
    }
    add("bias", "F32", &[artists.len()], bytemuck::cast_slice(&model.bias));
    add("mentions", "U32", &[artists.len()], bytemuck::cast_slice(&artists.mentions));
    add("title_mentions", "U32", &[words.len()], bytemuck::cast_slice(&words.mentions));
    add("names", "U8", &[names.len()], &names);
    add("ids", "U8", &[ids.len()], &ids);
    add("title_words", "U8", &[title_words.len()], if words.is_empty() { &[] } else { &title_words });
    tensors.retain(|(_, _, _, bytes)| !bytes.is_empty());

    let program = concat!("artist2vec ", env!("CARGO_PKG_VERSION"));
    let mut header = Map::from_iter([("__metadata__".to_owned(), json!({ "program": program }))]);
    let mut at = 0;
    for (name, kind, shape, bytes) in &tensors {
        let place = [at, at + bytes.len()];
        at = place[1];
        header.insert((*name).to_owned(), json!({ "dtype": kind, "shape": shape, "data_offsets": place }));
    }
    let mut header = serde_json::to_vec(&header)?;
    // Tensors begin at a multiple of 8, as the reference implementation has it.
    header.resize(header.len().next_multiple_of(8), b' ');
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(&header)?;
    tensors.iter().try_for_each(|(_, _, _, bytes)| writer.write_all(bytes))
}

/// Reads what [`write()`] wrote, or another program's file with one two-dimensional tensor of floats.
///
/// `names` are those of a file beside it, for a file that has no tensor of this name.
///
/// # Errors
/// [`VectorsError`] where the bytes are no such file or the tensors do not fit together.
pub(super) fn read(bytes: &[u8], matrix: Matrix, names: Option<Vec<String>>) -> Result<Model, VectorsError> {
    let tensors = Tensors::read(bytes)?;
    let (name, dimensions, input) = tensors.only_matrix()?;
    let rows = input.len() / dimensions;
    let names = tensors.strings("names")?.or(names);
    let names = names.ok_or_else(|| VectorsError::NoNames { beside: "FILE.names.tsv".into() })?;
    if names.len() != rows {
        return Err(VectorsError::Names { names: names.len(), rows });
    }
    check_numbers(&input, dimensions, |row| names[row].clone())?;
    let mut words = TitleWords { words: tensors.strings("title_words")?.unwrap_or_default(), ..TitleWords::default() };
    match tensors.rows(&format!("{TITLE}{name}"), words.len(), dimensions)? {
        Some(input) => words.input = input,
        None => words.words.clear(),
    }
    words.mentions = vec![0; words.len()];
    if let Some(mentions) = tensors.counts("title_mentions", words.len())? {
        words.mentions = mentions;
    }
    let mut output = Vec::new();
    if matrix.has_output() {
        let missing = || VectorsError::Damaged { what: "it has no tensor `output`: read it with --matrix input" };
        output = tensors.rows("output", rows, dimensions)?.ok_or_else(missing)?;
        words.output = tensors.rows("title_output", words.len(), dimensions)?.unwrap_or_default();
    }
    Ok(Model {
        artists: Artists {
            ids: match tensors.strings("ids")? {
                Some(ids) if ids.len() == rows => ids,
                Some(_) => return Err(MISFIT),
                None => vec![String::new(); rows],
            },
            mentions: tensors.counts("mentions", rows)?.unwrap_or_else(|| vec![0; rows]),
            names,
        },
        dimensions,
        input,
        output,
        squares: Vec::new(),
        weights: Vec::new(),
        bias: tensors.rows("bias", rows, 1)?.unwrap_or_default(),
        words,
        provenance: Provenance::default(),
    })
}

const MISFIT: VectorsError = VectorsError::Damaged { what: "its tensors are not of the same artists" };

/// A tensor as the header describes it.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// The tensors by name, each as long as its type and shape say.
struct Tensors<'a>(BTreeMap<String, (Entry, &'a [u8])>);

impl<'a> Tensors<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, VectorsError> {
        let no_header = || VectorsError::Header {
            form: "safetensors",
            expected: "the length of a JSON header (8 bytes) and this header",
        };
        let (length, rest) = bytes.split_first_chunk().ok_or_else(no_header)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|&length| length <= MAX_HEADER);
        let (header, data) = length.and_then(|length| rest.split_at_checked(length)).ok_or_else(no_header)?;
        let header: Map<String, Value> = serde_json::from_slice(header).map_err(|_| no_header())?;
        let mut tensors = BTreeMap::new();
        for (name, value) in header.into_iter().filter(|(name, _)| name != "__metadata__") {
            let entry: Entry = serde_json::from_value(value).map_err(|_| no_header())?;
            let (start, end) = entry.data_offsets;
            let bytes = data.get(start..end);
            let bytes =
                bytes.ok_or(VectorsError::Damaged { what: "one of its tensors lies beyond the end of the file" })?;
            let width = match entry.dtype.as_str() {
                "U8" | "I8" | "BOOL" => 1,
                "F16" | "BF16" | "I16" | "U16" => 2,
                "F32" | "I32" | "U32" => 4,
                "F64" | "I64" | "U64" => 8,
                // Of no use here, whatever it is.
                _ => continue,
            };
            if entry.shape.iter().try_fold(width, |size: usize, &side| size.checked_mul(side)) != Some(bytes.len()) {
                return Err(VectorsError::Damaged {
                    what: "one of its tensors has another length than its shape says",
                });
            }
            tensors.insert(name, (entry, bytes));
        }
        Ok(Self(tensors))
    }

    /// The matrix `input`, or the only one there is: its name, its columns and its numbers.
    fn only_matrix(&self) -> Result<(&str, usize, Vec<f32>), VectorsError> {
        let is_float = |entry: &Entry| matches!(entry.dtype.as_str(), "F16" | "BF16" | "F32" | "F64");
        let mut matrices = self
            .0
            .iter()
            .filter(|(name, (entry, _))| entry.shape.len() == 2 && is_float(entry) && !name.starts_with(TITLE))
            .map(|(name, _)| name.as_str());
        let name = match (self.0.contains_key("input"), matrices.next(), matrices.next()) {
            (true, _, _) => "input",
            (false, Some(only), None) => only,
            (false, None, _) => return Err(VectorsError::Empty),
            (false, Some(one), Some(other)) => {
                let found = format!("several matrices ({one}, {other}, …) and none called `input`");
                return Err(VectorsError::Unsupported { found, instead: "call the artists' vectors `input`" });
            }
        };
        let values = self.floats(name)?.ok_or(VectorsError::Empty)?;
        match self.0.get(name).map(|(entry, _)| entry.shape.as_slice()) {
            Some(&[_, dimensions]) if !values.is_empty() => Ok((name, dimensions, values)),
            _ => Err(VectorsError::Empty),
        }
    }

    /// Finite floats of exactly this shape.
    fn rows(&self, name: &str, rows: usize, dimensions: usize) -> Result<Option<Vec<f32>>, VectorsError> {
        let Some(values) = self.floats(name)? else { return Ok(None) };
        if rows.checked_mul(dimensions) != Some(values.len()) {
            return Err(MISFIT);
        }
        check_numbers(&values, dimensions, |_| name.to_owned()).map(|()| Some(values))
    }

    fn floats(&self, name: &str) -> Result<Option<Vec<f32>>, VectorsError> {
        let Some((entry, bytes)) = self.0.get(name) else { return Ok(None) };
        match entry.dtype.as_str() {
            "F32" => Ok(Some(floats(bytes))),
            "F64" => Ok(Some(doubles(bytes))),
            other => Err(VectorsError::Unsupported {
                found: format!("a tensor `{name}` of type {other}"),
                instead: "save it as 32-bit floats (F32)",
            }),
        }
    }

    fn counts(&self, name: &str, rows: usize) -> Result<Option<Vec<u32>>, VectorsError> {
        let Some((entry, bytes)) = self.0.get(name) else { return Ok(None) };
        if entry.dtype != "U32" || bytes.len() != 4 * rows {
            return Err(MISFIT);
        }
        Ok(Some(bytes.as_chunks::<4>().0.iter().map(|&count| u32::from_le_bytes(count)).collect()))
    }

    fn strings(&self, name: &str) -> Result<Option<Vec<String>>, VectorsError> {
        let Some((_, bytes)) = self.0.get(name) else { return Ok(None) };
        let what = "its names are no JSON list of strings";
        serde_json::from_slice(bytes).map(Some).map_err(|_| VectorsError::Damaged { what })
    }
}
