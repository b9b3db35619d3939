//! The model file (`.a2m`): both matrices at full precision, the artists, and how they came to be.

use std::path::Path;

use crate::catalog::container::{self, Container, FileKind, Tag};
use crate::catalog::metadata::{Provenance, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError};
use crate::corpus::Artists;
use crate::files::{self, ArtefactError};

/// The kind of file that training writes.
pub static MODEL: FileKind = FileKind {
    tag: *b"MODL",
    name: "model",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Train it anew with `artist2vec train`, or copy it again from where it came.",
};

const META: Tag = *b"META";
const DIMENSIONS: Tag = *b"DIMS";
const INPUT: Tag = *b"VECI";
const OUTPUT: Tag = *b"VECO";

/// Trained vectors: one row an artist, in the order of [`Artists`].
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The vocabulary.
    pub artists: Artists,
    /// Numbers per row.
    pub dimensions: usize,
    /// Input vectors, row-major, `artists.len() × dimensions`: what export makes directions of, and layout a map.
    pub input: Vec<f32>,
    /// Output vectors of the same shape; empty where the model came from a file that has none.
    pub output: Vec<f32>,
    /// Corpus, settings and measurements.
    pub provenance: Provenance,
}

impl Model {
    /// The input vector of an artist, `dimensions` numbers.
    pub fn row(&self, artist: usize) -> &[f32] {
        &self.input[artist * self.dimensions..(artist + 1) * self.dimensions]
    }

    /// Reads and verifies a model.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be read or is not a sound model.
    pub fn read(path: &Path) -> Result<Self, ArtefactError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(&bytes).map_err(|source| ArtefactError::format(path, source))
    }

    /// Writes the model atomically.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be written or the model is too large for the format.
    pub fn write(&self, path: &Path) -> Result<(), ArtefactError> {
        let bytes = self.encode().map_err(|source| ArtefactError::format(path, source))?;
        Ok(files::write_bytes(path, bytes.as_slice())?)
    }

    fn encode(&self) -> Result<AlignedBytes, FormatError> {
        let too_large = |what| FormatError::Damaged { kind: MODEL.name, what, remedy: MODEL.remedy };
        let metadata = encode_metadata(&self.provenance).ok_or_else(|| too_large("its provenance exceeds 1 MiB"))?;
        let table = self.artists.encode()?;
        let mut sections: Vec<(Tag, &[u8])> = vec![(META, &metadata)];
        sections.extend(table.iter().map(|(tag, bytes)| (*tag, bytes.as_slice())));
        let dimensions = (self.dimensions as u32).to_le_bytes();
        sections.push((DIMENSIONS, &dimensions));
        sections.push((INPUT, bytemuck::cast_slice(&self.input)));
        sections.push((OUTPUT, bytemuck::cast_slice(&self.output)));
        container::encode(&MODEL, &sections).ok_or_else(|| too_large("it exceeds this machine's memory"))
    }

    fn decode(bytes: &AlignedBytes) -> Result<Self, FormatError> {
        let container = Container::open(&MODEL, bytes.as_slice())?;
        container.verify(&MODEL)?;
        let artists = Artists::decode(&container)?;
        let dimensions = match container.column::<u32>(DIMENSIONS)? {
            &[dimensions] if dimensions > 0 => dimensions as usize,
            _ => return Err(container.bad_column(DIMENSIONS)),
        };
        let input = container.column::<f32>(INPUT)?.to_vec();
        let output = container.column::<f32>(OUTPUT)?.to_vec();
        let expected = artists.len().checked_mul(dimensions);
        if expected != Some(input.len()) {
            return Err(container.bad_column(INPUT));
        }
        if !output.is_empty() && output.len() != input.len() {
            return Err(container.bad_column(OUTPUT));
        }
        let provenance = decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        Ok(Self { artists, dimensions, input, output, provenance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.a2m");
        let model = Model {
            artists: Artists {
                names: vec!["Drake".into(), "Björk".into()],
                ids: vec!["spotify:artist:3TVXtAsR1Inumwj472S9r4".into(), String::new()],
                mentions: vec![5, 3],
            },
            dimensions: 3,
            input: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            output: vec![],
            provenance: Provenance::default(),
        };
        model.write(&path).unwrap();
        assert_eq!(Model::read(&path).unwrap(), model);
        assert_eq!(model.row(1), [4.0, 5.0, 6.0]);

        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last - 60] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = Model::read(&path).unwrap_err().to_string();
        assert!(error.contains("model.a2m") && error.contains("damaged"), "{error}");
    }
}
