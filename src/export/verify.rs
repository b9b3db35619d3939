//! Whether a published pack is whole, part by part, and what a publisher should know about it.

use std::fs;
use std::path::{Path, PathBuf};

use super::open::{OpenError, read_manifest, read_part};
use super::place::Place;
use crate::catalog::{ArtistId, Manifest, Pack, PackError, PartEntry, Role};
use crate::progress::Progress;

/// What was found of one part.
#[derive(Debug)]
pub struct VerifiedPart {
    /// What the manifest says of it.
    pub entry: PartEntry,
    /// In what state it is.
    pub state: PartState,
}

/// In what state a part is.
#[derive(Debug)]
pub enum PartState {
    /// Every byte of it is as it should be.
    Whole,
    /// Its own bytes are those that the manifest promises, but what they mean depends on a part before it that is missing or
    /// damaged.
    NotChecked,
    /// It is missing, damaged, or not what the manifest says.
    NotWhole(OpenError),
}

/// What was found of a pack.
#[derive(Debug)]
pub struct Verification {
    /// The manifest.
    pub manifest: Manifest,
    /// Its parts, in its order.
    pub parts: Vec<VerifiedPart>,
    /// Things that are no fault, but that a publisher should know, as whole sentences.
    pub remarks: Vec<String>,
}

impl Verification {
    /// How many parts are not known to be whole.
    pub fn faults(&self) -> usize {
        self.parts.iter().filter(|part| !matches!(part.state, PartState::Whole)).count()
    }
}

/// Checks every byte of a pack in a folder or on the web, and goes on behind a fault. `None` where the user interrupts.
///
/// # Errors
/// [`OpenError`] where the manifest cannot be read or trusted.
pub fn verify(path: &Path, progress: &dyn Progress) -> Result<Option<Verification>, OpenError> {
    let place = Place::of(path)?;
    let manifest = read_manifest(&place)?;
    let begun = Pack::begin(manifest.clone());
    let mut pack = begun.map_err(|source| OpenError::Pack { place: place.clone(), source })?;
    progress.stage("verify", Some(manifest.bytes()));
    let mut parts: Vec<VerifiedPart> = Vec::new();
    for (i, entry) in manifest.parts.iter().enumerate() {
        if progress.interrupted() {
            return Ok(None);
        }
        let part = place.beside(&entry.file);
        let untrusted = |source: PackError| OpenError::Pack { place: part.clone(), source };
        let state = match read_part(&part, entry).map(|bytes| pack.with_part(i, &bytes)) {
            Ok(Ok(more)) => {
                pack = more;
                PartState::Whole
            }
            // Where all before it are whole, the manifest has them in a wrong order.
            Ok(Err(PackError::TooEarly { .. })) if parts.iter().any(|part| !matches!(part.state, PartState::Whole)) => {
                PartState::NotChecked
            }
            Ok(Err(source)) => PartState::NotWhole(untrusted(source)),
            Err(fault) => PartState::NotWhole(fault),
        };
        parts.push(VerifiedPart { entry: entry.clone(), state });
        progress.advance(entry.bytes);
    }
    let mut remarks = Vec::new();
    for entry in manifest.parts.iter().filter(|part| Role::of_name(&part.role).is_none()) {
        remarks.push(format!("{} is of a kind that this program does not know: readers leave it out.", entry.file));
    }
    if parts.iter().all(|part| matches!(part.state, PartState::Whole)) {
        remarks.extend(remarks_on(&pack));
    }
    if let Place::Folder(path) = &place {
        remarks.extend(not_named(path, &manifest).iter().map(|path| {
            format!("{} is not named by the manifest: it may serve visitors of the pack before.", path.display())
        }));
    }
    Ok(Some(Verification { manifest, parts, remarks }))
}

/// What is missing that a visitor would miss.
fn remarks_on(pack: &Pack) -> Vec<String> {
    let mut remarks = Vec::new();
    if pack.answering() < pack.len() {
        let artists = pack.answering();
        remarks.push(format!("Only {artists} of {} artists have vectors: the others are missing.", pack.len()));
    }
    let without = (0..pack.answering() as ArtistId).filter(|&artist| !pack.has_direction(artist)).count();
    if without > 0 {
        remarks.push(format!("{without} artists have no direction: they are near to nobody."));
    }
    if pack.metadata().terms.is_empty() {
        remarks.push("The pack names no terms of use (`artist2vec export --terms`).".into());
    }
    remarks
}

/// Parts in the manifest's folder that it does not name.
pub(super) fn not_named(manifest_path: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    let folder = manifest_path.parent().unwrap_or(Path::new(""));
    let named =
        |path: &Path| manifest.parts.iter().any(|part| path.file_name().is_some_and(|name| name == part.file.as_str()));
    let Ok(entries) = fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "a2v") && !named(path))
        .collect();
    found.sort();
    found
}
