//! Opening a pack that was exported: the file itself, its manifest, or the folder of both.

use std::path::{Path, PathBuf};

use crate::catalog::{MANIFEST_FILE, Manifest, ManifestError, Pack};
use crate::files::{self, ArtefactError, FileError};

/// A pack could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The manifest cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The manifest is no manifest.
    #[error("{path}: not a manifest of `artist2vec export`: {source}", path = path.display())]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The manifest, or the pack that it names, cannot be trusted.
    #[error("{path}: {source}", path = path.display())]
    Manifest {
        /// The manifest or the pack.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// The pack cannot be read or is damaged.
    #[error(transparent)]
    Pack(#[from] ArtefactError),
}

/// Opens a pack, checked against its manifest where that or its folder was named.
///
/// # Errors
/// [`OpenError`] where anything cannot be read, or is not what it should be.
pub fn open_pack(path: &Path) -> Result<Pack, OpenError> {
    let manifest_path = if path.is_dir() {
        path.join(MANIFEST_FILE)
    } else if path.extension().is_some_and(|extension| extension == "json") {
        path.to_owned()
    } else {
        return open(path, None);
    };
    let json = files::read_aligned(&manifest_path)?;
    let manifest: Manifest = serde_json::from_slice(json.as_slice())
        .map_err(|source| OpenError::NotAManifest { path: manifest_path.clone(), source })?;
    manifest.check().map_err(|source| OpenError::Manifest { path: manifest_path.clone(), source })?;
    open(&manifest_path.with_file_name(&manifest.file), Some(&manifest))
}

fn open(path: &Path, manifest: Option<&Manifest>) -> Result<Pack, OpenError> {
    let bytes = files::read_aligned(path).map_err(ArtefactError::File)?;
    if let Some(manifest) = manifest {
        manifest.verify(bytes.as_slice()).map_err(|source| OpenError::Manifest { path: path.to_owned(), source })?;
    }
    Ok(Pack::open(bytes).map_err(|source| ArtefactError::format(path, source))?)
}
