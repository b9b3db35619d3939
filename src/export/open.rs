//! Opening a pack that was exported, from its folder or from the web.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::place::Place;
use crate::catalog::{AlignedBytes, EncodedPack, MAX_PART, Manifest, Pack, PackError, PartEntry};
use crate::files::FileError;

/// No manifest is longer, in bytes.
const MAX_MANIFEST: u64 = 1 << 20;

/// A pack could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no manifest.
    #[error(
        "{place}: cannot read: there is no such file. Name the folder of a pack that `artist2vec export` wrote, or its manifest"
    )]
    NoPack {
        /// Where it should lie.
        place: Place,
    },
    /// A part that the manifest names is not there.
    #[error(
        "{place}: cannot read: this part of the pack is missing. Copy it from where the pack was made, or export the pack anew"
    )]
    NoPart {
        /// Where it should lie.
        place: Place,
    },
    /// A file is longer than it can be.
    #[error(
        "{place}: it has more than {most} bytes, and so is not the file that belongs there. Copy or upload the pack anew"
    )]
    TooLong {
        /// The file.
        place: Place,
        /// No file there has more bytes.
        most: u64,
    },
    /// An address that this program does not fetch.
    #[error("{address}: packs are fetched only by http and https, not by {scheme}. Give such an address, or a folder")]
    OtherScheme {
        /// The address.
        address: String,
        /// How it is to be fetched.
        scheme: String,
    },
    /// A host does not hand out a file.
    #[error("{address}: {}", in_words(.reason))]
    Web {
        /// The file's address.
        address: String,
        /// What went wrong.
        reason: Box<ureq::Error>,
    },
    /// The manifest is no manifest.
    #[error("{place}: not a manifest of `artist2vec export`{hint}. In detail: {source}")]
    NotAManifest {
        /// The file.
        place: Place,
        /// What it seems to be instead, and what to do.
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
    /// The files that it came in; those of kinds that this program does not know are not read, and empty here.
    pub files: EncodedPack,
}

/// Opens a pack by its folder, its manifest, or the web address of either; every byte of it is verified. Parts of kinds
/// that this program does not know are left out, be they there or not.
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
    let place = Place::of(path)?;
    let untrusted = |place: &Place, source| OpenError::Pack { place: place.clone(), source };
    let manifest = read_manifest(&place)?;
    let mut pack = Pack::begin(manifest.clone()).map_err(|source| untrusted(&place, source))?;
    let mut parts = vec![AlignedBytes::zeroed(0); manifest.parts.len()];
    while let Some((number, entry)) = pack.next_part(|_| true) {
        let part = place.beside(&entry.file);
        let bytes = read_part(&part, entry)?;
        pack = pack.with_part(number, &bytes).map_err(|source| untrusted(&part, source))?;
        parts[number] = bytes;
    }
    Ok(OpenedPack { pack, files: EncodedPack { manifest, parts } })
}

/// Reads the part that `entry` promises from where it lies, as long as promised at most.
pub(super) fn read_part(place: &Place, entry: &PartEntry) -> Result<AlignedBytes, OpenError> {
    place.read(entry.bytes.min(MAX_PART)).map_err(|error| match error {
        OpenError::File(FileError { source, .. }) if is_missing(&source) => OpenError::NoPart { place: place.clone() },
        other => other,
    })
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Why a host does not hand out a file, and what to do.
fn in_words(reason: &ureq::Error) -> String {
    match reason {
        ureq::Error::Timeout(_) => "the server did not answer in time. Check the connection, or try again later".into(),
        ureq::Error::HostNotFound => {
            "there is no such host. Check the address, and that this machine is connected".into()
        }
        ureq::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "the server broke off in the middle. Try again".into()
        }
        other => format!("{other}. Check the address, and that the whole folder is published"),
    }
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
    let json = place.read(MAX_MANIFEST).map_err(|error| match error {
        OpenError::File(FileError { source, .. }) if is_missing(&source) => OpenError::NoPack { place: place.clone() },
        other => other,
    })?;
    if let Some(version) = announced_version(json.as_slice()) {
        let known = Manifest::check_version(version);
        known.map_err(|source| OpenError::Pack { place: place.clone(), source: source.into() })?;
    }
    serde_json::from_slice(json.as_slice()).map_err(|source| {
        let first = json.as_slice().iter().find(|byte| !byte.is_ascii_whitespace());
        let hint = match first {
            Some(b'<') => " (it is a web page: the host answers so where it has no such file). Upload the whole folder",
            Some(0x89) => " (it is one part of a pack). Name the folder that it lies in",
            _ => ". Copy it anew from where the pack was made, or export the pack anew",
        };
        OpenError::NotAManifest { place: place.clone(), hint, source }
    })
}
