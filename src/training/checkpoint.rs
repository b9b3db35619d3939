//! The checkpoint file: a model of what was learned so far, and what it takes to go on from there.
//!
//! Owns the sections that a checkpoint adds to a model. It is a model to every other reader.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::model::{MODEL, Model};
use super::schedule::{Loss, Position};
use crate::catalog::FormatError;
use crate::catalog::container::{Container, Tag};
use crate::catalog::metadata::{decode_metadata, encode_metadata};
use crate::files::{self, ArtefactError};

/// [`Stand`].
const STAND: Tag = *b"CKPT";
/// `f64` per finished epoch: its mean loss.
const LOSSES: Tag = *b"LOSS";

/// The section of the matrix with this number in [`Stand::further`].
fn further_tag(number: usize) -> Tag {
    [b'M', b'X', b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// Where a training stood, and all that it had learned.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checkpoint {
    /// What was learned. Its provenance names the corpus and the settings.
    pub(super) model: Model,
    pub(super) position: Position,
    /// The mean loss of every finished epoch.
    pub(super) losses: Vec<f64>,
    /// Matrices that a model has no use for, by name, rows end to end.
    pub(super) further: Vec<(String, Vec<f32>)>,
}

/// How the position stands in the file.
#[derive(Serialize, Deserialize)]
struct Stand {
    epoch: u32,
    block: u64,
    loss: f64,
    targets: u64,
    further: Vec<String>,
}

impl Checkpoint {
    /// Reads and verifies a checkpoint.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be read or is not a sound checkpoint.
    pub(super) fn read(path: &Path) -> Result<Self, ArtefactError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(bytes.as_slice()).map_err(|source| ArtefactError::format(path, source))
    }

    fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let container = Container::open(&MODEL, bytes)?;
        container.verify(&MODEL)?;
        let stand: Stand = decode_metadata(container.section(STAND)?).ok_or_else(|| container.bad_column(STAND))?;
        let further = stand.further.into_iter().enumerate();
        Ok(Self {
            model: Model::from_container(&container)?,
            position: Position {
                epoch: stand.epoch,
                block: usize::try_from(stand.block).map_err(|_| container.bad_column(STAND))?,
                loss: Loss { sum: stand.loss, targets: stand.targets },
            },
            losses: container.column(LOSSES)?.to_vec(),
            further: further
                .map(|(number, name)| Ok((name, container.column(further_tag(number))?.to_vec())))
                .collect::<Result<_, FormatError>>()?,
        })
    }

    /// Writes the checkpoint atomically.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be written or the content exceeds the format.
    pub(super) fn write(&self, path: &Path) -> Result<(), ArtefactError> {
        let fail = |source| ArtefactError::format(path, source);
        let stand = Stand {
            epoch: self.position.epoch,
            block: self.position.block as u64,
            loss: self.position.loss.sum,
            targets: self.position.loss.targets,
            further: self.further.iter().map(|(name, _)| name.clone()).collect(),
        };
        let stand = encode_metadata(&stand).ok_or_else(|| fail(unsound()))?;
        let mut sections = self.model.sections().map_err(fail)?;
        sections.push((STAND, stand.into()));
        sections.push((LOSSES, bytemuck::cast_slice(&self.losses).into()));
        for (number, (_, numbers)) in self.further.iter().enumerate() {
            sections.push((further_tag(number), bytemuck::cast_slice(numbers).into()));
        }
        files::write_container(path, &MODEL, &sections)
    }
}

/// The error for a checkpoint whose parts do not fit each other or the training.
pub(super) fn damaged(path: &Path) -> ArtefactError {
    ArtefactError::format(path, unsound())
}

fn unsound() -> FormatError {
    FormatError::Damaged {
        kind: "checkpoint",
        what: "its parts do not fit each other",
        remedy: "Delete it and train from the beginning.",
    }
}
