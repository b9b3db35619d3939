//! Where a pack lies: a folder, or an address on the web.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::open::OpenError;
use crate::catalog::{AlignedBytes, MANIFEST_FILE};
use crate::files;

/// How long a host may take to answer one request.
const PATIENCE: Duration = Duration::from_secs(120);

/// A manifest and the folder that its parts lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Files on this machine, by the manifest's path.
    Folder(PathBuf),
    /// Files on the web, by the manifest's address.
    Web(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(manifest) => write!(f, "{}", manifest.display()),
            Self::Web(address) => f.write_str(address),
        }
    }
}

impl Place {
    /// Understands a folder, a manifest's path, or the address of either.
    pub fn of(path: &Path) -> Self {
        match path.to_str().filter(|text| text.starts_with("https://") || text.starts_with("http://")) {
            Some(address) if address.ends_with(".json") => Self::Web(address.to_owned()),
            Some(address) => Self::Web(format!("{}/{MANIFEST_FILE}", address.trim_end_matches('/'))),
            None if path.is_dir() => Self::Folder(path.join(MANIFEST_FILE)),
            None => Self::Folder(path.to_owned()),
        }
    }

    /// Another file beside this one.
    pub fn beside(&self, file: &str) -> Self {
        match self {
            Self::Folder(manifest) => Self::Folder(manifest.with_file_name(file)),
            Self::Web(address) => {
                Self::Web(format!("{}/{file}", address.rsplit_once('/').map_or("", |(folder, _)| folder)))
            }
        }
    }

    /// The file's bytes; from the web, no more than `most`.
    ///
    /// # Errors
    /// [`OpenError`] where the file cannot be read, or the host does not hand it out.
    pub fn read(&self, most: u64) -> Result<AlignedBytes, OpenError> {
        let address = match self {
            Self::Folder(path) => return Ok(files::read_aligned(path)?),
            Self::Web(address) => address,
        };
        let fail = |source| OpenError::Web { address: address.clone(), reason: Box::new(source) };
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let mut response = agent.get(address).call().map_err(fail)?;
        let bytes = response.body_mut().with_config().limit(most).read_to_vec().map_err(fail)?;
        Ok(AlignedBytes::from(bytes.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_beside_the_manifest() {
        for (given, manifest, part) in [
            ("https://a.example/pack", "https://a.example/pack/manifest.json", "https://a.example/pack/x.a2v"),
            ("https://a.example/pack/", "https://a.example/pack/manifest.json", "https://a.example/pack/x.a2v"),
            ("http://a.example/m.json", "http://a.example/m.json", "http://a.example/x.a2v"),
            ("nowhere/manifest.json", "nowhere/manifest.json", "nowhere/x.a2v"),
        ] {
            let place = Place::of(Path::new(given));
            assert_eq!((place.to_string(), place.beside("x.a2v").to_string()), (manifest.into(), part.into()));
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Place::of(folder.path()), Place::Folder(folder.path().join(MANIFEST_FILE)));
    }
}
