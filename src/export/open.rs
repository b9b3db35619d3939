//! Opening a pack that was exported, from its folder or from the web.

use std::path::Path;

use super::place::Place;
use crate::catalog::{EncodedPack, MAX_PART, Manifest, Pack, PackError};
use crate::files::FileError;

/// No manifest is longer, in bytes.
const MAX_MANIFEST: u64 = 1 << 20;

/// A pack could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A host does not hand out a file.
    #[error("{address}: {reason}. Check the address, and that the whole folder is published")]
    Web {
        /// The file's address.
        address: String,
        /// What went wrong.
        reason: Box<ureq::Error>,
    },
    /// The manifest is no manifest.
    #[error("{place}: not a manifest of `artist2vec export`{hint}: {source}")]
    NotAManifest {
        /// The file.
        place: Place,
        /// What it seems to be instead.
        hint: &'static str,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The manifest, or a part that it names, cannot be trusted.
    #[error("{place}: {source}")]
    Pack {
        /// The manifest or the part.
        place: Place,
        /// What is wrong with it.
        source: PackError,
    },
}

/// A pack and its files.
#[derive(Debug)]
pub struct OpenedPack {
    /// The pack, verified.
    pub pack: Pack,
    /// The files that it came in; those of kinds that this program does not know as well.
    pub files: EncodedPack,
}

/// Opens a pack by its folder, its manifest, or the web address of either; every byte of it is verified.
///
/// # Errors
/// [`OpenError`] where anything cannot be read, or is not what it should be.
pub fn open_pack(path: &Path) -> Result<Pack, OpenError> {
    Ok(open_parts(path)?.pack)
}

/// Opens a pack as [`open_pack`] does and keeps its files' bytes.
///
/// # Errors
/// As [`open_pack`].
pub fn open_parts(path: &Path) -> Result<OpenedPack, OpenError> {
    let place = Place::of(path);
    let untrusted = |place: &Place, source| OpenError::Pack { place: place.clone(), source };
    let manifest = read_manifest(&place)?;
    let mut pack = Pack::begin(manifest.clone()).map_err(|source| untrusted(&place, source))?;
    let mut parts = Vec::new();
    for (i, entry) in manifest.parts.iter().enumerate() {
        let part = place.beside(&entry.file);
        // One byte more than promised tells a file that is too long.
        let bytes = part.read(entry.bytes.min(MAX_PART) + 1)?;
        pack = pack.with_part(i, &bytes).map_err(|source| untrusted(&part, source))?;
        parts.push(bytes);
    }
    Ok(OpenedPack { pack, files: EncodedPack { manifest, parts } })
}

/// What a manifest of any version says.
#[derive(serde::Deserialize)]
struct Announced {
    version: serde_json::Value,
}

/// The version that a manifest announces, as a number or as a text; `None` where it is neither.
fn announced_version(json: &[u8]) -> Option<u16> {
    match serde_json::from_slice::<Announced>(json).ok()?.version {
        serde_json::Value::Number(version) => Some(u16::try_from(version.as_u64()?).unwrap_or(u16::MAX)),
        serde_json::Value::String(version) => version.parse().ok(),
        _ => None,
    }
}

pub(super) fn read_manifest(place: &Place) -> Result<Manifest, OpenError> {
    let json = place.read(MAX_MANIFEST)?;
    if let Some(version) = announced_version(json.as_slice()) {
        let known = Manifest::check_version(version);
        known.map_err(|source| OpenError::Pack { place: place.clone(), source: source.into() })?;
    }
    serde_json::from_slice(json.as_slice()).map_err(|source| {
        let first = json.as_slice().iter().find(|byte| !byte.is_ascii_whitespace());
        let hint = match first {
            Some(b'<') => " (it is a web page: the host answers so where it has no such file)",
            Some(0x89) => " (it is one part of a pack: name the folder that it lies in)",
            _ => "",
        };
        OpenError::NotAManifest { place: place.clone(), hint, source }
    })
}
