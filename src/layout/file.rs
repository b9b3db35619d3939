//! The layout file (`.a2l`): a place in space for every artist of one model.

use std::path::Path;

use crate::catalog::container::{self, Container, FileKind, Tag};
use crate::catalog::metadata::{Provenance, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError};
use crate::files::{self, ArtefactError};

/// The kind of file that layout writes.
pub static LAYOUT: FileKind = FileKind {
    tag: *b"LAYT",
    name: "layout",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Compute it anew with `artist2vec layout`, or copy it again from where it came.",
    remedy_older: "Compute it anew with `artist2vec layout`.",
    remedy_newer: "Update artist2vec.",
};

const META: Tag = *b"META";
const MODEL_DIGEST: Tag = *b"MDIG";
const POSITIONS: Tag = *b"POSN";

/// Positions of all artists of one model, about the unit ball around the origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Number of artists.
    pub artists: usize,
    /// `x y z` of each artist, in the model's order: `3 × artists` finite numbers.
    pub positions: Vec<f32>,
    /// [`crate::training::Model::digest`] of the model whose artists these are.
    pub model_digest: String,
    /// The model's provenance and the step "layout".
    pub provenance: Provenance,
}

impl Layout {
    /// Reads and verifies a layout.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be read or is not a sound layout.
    pub fn read(path: &Path) -> Result<Self, ArtefactError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(&bytes).map_err(|source| ArtefactError::format(path, source))
    }

    /// Writes the layout atomically.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ArtefactError> {
        let bytes = self.encode().map_err(|source| ArtefactError::format(path, source))?;
        Ok(files::write_bytes(path, bytes.as_slice())?)
    }

    fn encode(&self) -> Result<AlignedBytes, FormatError> {
        let too_large = |what| FormatError::Damaged { kind: LAYOUT.name, what, remedy: LAYOUT.remedy };
        let metadata = encode_metadata(&self.provenance).ok_or_else(|| too_large("its provenance exceeds 1 MiB"))?;
        let sections: [(Tag, &[u8]); 3] = [
            (META, &metadata),
            (MODEL_DIGEST, self.model_digest.as_bytes()),
            (POSITIONS, bytemuck::cast_slice(&self.positions)),
        ];
        container::encode(&LAYOUT, &sections).ok_or_else(|| too_large("it exceeds this machine's memory"))
    }

    fn decode(bytes: &AlignedBytes) -> Result<Self, FormatError> {
        let container = Container::open(&LAYOUT, bytes.as_slice())?;
        container.verify(&LAYOUT)?;
        let positions = container.column::<f32>(POSITIONS)?.to_vec();
        if !positions.len().is_multiple_of(3) || positions.iter().any(|x| !x.is_finite()) {
            return Err(container.bad_column(POSITIONS));
        }
        let model_digest = str::from_utf8(container.section(MODEL_DIGEST)?)
            .map_err(|_| container.bad_column(MODEL_DIGEST))?
            .to_owned();
        let provenance = decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        Ok(Self { artists: positions.len() / 3, positions, model_digest, provenance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;
    use crate::training::{Model, TitleWords};

    fn model(names: [&str; 2]) -> Model {
        Model {
            artists: Artists {
                names: names.map(String::from).to_vec(),
                ids: vec![String::new(); 2],
                mentions: vec![2, 1],
            },
            dimensions: 1,
            input: vec![0.5, -0.5],
            output: vec![],
            squares: Vec::new(),
            weights: Vec::new(),
            bias: Vec::new(),
            words: TitleWords::default(),
            provenance: Provenance::default(),
        }
    }

    #[test]
    fn a_layout_comes_back_and_damage_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("map.a2l");
        let layout = Layout {
            artists: 2,
            positions: vec![1.0, -2.0, 3.0, 0.0, 0.5, 0.25],
            model_digest: model(["Drake", "Björk"]).digest(),
            provenance: Provenance::default(),
        };
        layout.write(&path).unwrap();
        assert_eq!(Layout::read(&path).unwrap(), layout);

        Layout { positions: vec![f32::NAN; 6], ..layout }.write(&path).unwrap();
        let error = Layout::read(&path).unwrap_err().to_string();
        assert!(error.contains("map.a2l") && error.contains("POSN"), "{error}");
        std::fs::write(&path, b"not a layout").unwrap();
        assert!(Layout::read(&path).unwrap_err().to_string().contains("layout"));
    }

    #[test]
    fn the_digest_tells_models_apart() {
        let one = model(["ab", "c"]);
        let mut moved = one.clone();
        moved.input[1] = -0.25;
        assert_eq!(one.digest(), one.clone().digest());
        assert_ne!(one.digest(), model(["a", "bc"]).digest());
        assert_ne!(one.digest(), moved.digest());
    }
}
