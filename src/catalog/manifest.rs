//! The manifest: a few lines of JSON, fetched first, that name the pack by its content.
//!
//! Pack files are immutable and named by their hash, so only the manifest ever changes in place.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The manifest's own version.
pub(super) const MANIFEST_VERSION: u16 = 0;

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Which pack to load and how to know that it arrived whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The manifest version of the program that wrote it.
    pub version: u16,
    /// What the collection is called.
    pub title: String,
    /// The pack's file name, beside the manifest.
    pub file: String,
    /// The pack's length in bytes.
    pub bytes: u64,
    /// SHA-256 of the pack, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// A manifest or the pack it names cannot be trusted.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Written by a newer program.
    #[error(
        "the manifest has version {found}; this program reads version {MANIFEST_VERSION}. Update the program, or export the pack anew"
    )]
    OtherVersion {
        /// The version found.
        found: u16,
    },
    /// The named file is a path or an address.
    #[error("the manifest names {file:?} as its pack, which is no plain file name beside it. Export the pack anew")]
    BadFileName {
        /// The name found.
        file: String,
    },
    /// The pack's length differs.
    #[error(
        "the pack has {found} bytes where the manifest promises {expected}: it arrived incomplete, or belongs to another manifest. Load it again"
    )]
    OtherLength {
        /// Bytes promised.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The pack's content differs.
    #[error("the pack is not the one that the manifest names (SHA-256 differs). Load it again")]
    OtherContent,
}

impl Manifest {
    /// Names a pack by its content: `artists-<16 hex digits>.a2v`.
    pub fn of(title: &str, pack: &[u8]) -> Self {
        let sha256 = sha256_hex(pack);
        Self {
            version: MANIFEST_VERSION,
            title: title.into(),
            file: format!("artists-{}.a2v", &sha256[..16]),
            bytes: pack.len() as u64,
            sha256,
        }
    }

    /// Checks what the manifest itself says, before anything is loaded.
    ///
    /// # Errors
    /// [`ManifestError`] for another version, or for a file name that would lead elsewhere.
    pub fn check(&self) -> Result<(), ManifestError> {
        if self.version != MANIFEST_VERSION {
            return Err(ManifestError::OtherVersion { found: self.version });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.file.starts_with('.') || !self.file.ends_with(".a2v") || !self.file.chars().all(plain) {
            return Err(ManifestError::BadFileName { file: self.file.clone() });
        }
        Ok(())
    }

    /// Checks that `pack` is the one that the manifest names.
    ///
    /// # Errors
    /// [`ManifestError`] where length or content differ.
    pub fn verify(&self, pack: &[u8]) -> Result<(), ManifestError> {
        if pack.len() as u64 != self.bytes {
            return Err(ManifestError::OtherLength { expected: self.bytes, found: pack.len() as u64 });
        }
        if sha256_hex(pack) != self.sha256 {
            return Err(ManifestError::OtherContent);
        }
        Ok(())
    }
}

/// SHA-256 as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 64 bits of the SHA-256 as a number, the first byte the most significant: a hash that is the same everywhere and
/// for ever.
pub fn sha256_u64(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_sha_256() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_u64(b"abc"), 0xba78_16bf_8f01_cfea);
    }

    #[test]
    fn a_manifest_knows_its_pack() {
        let manifest = Manifest::of("Demo", b"abc");
        assert_eq!(manifest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(manifest.file, "artists-ba7816bf8f01cfea.a2v");
        manifest.check().unwrap();
        manifest.verify(b"abc").unwrap();
        assert_eq!(manifest.verify(b"abd"), Err(ManifestError::OtherContent));
        assert!(matches!(manifest.verify(b"ab"), Err(ManifestError::OtherLength { .. })));
    }

    #[test]
    fn a_manifest_cannot_lead_elsewhere() {
        for file in ["../secret.a2v", "https://example.org/x.a2v", "", ".a2v", "a b.a2v", "pack.js"] {
            let manifest = Manifest { file: file.into(), ..Manifest::of("", b"") };
            assert!(matches!(manifest.check(), Err(ManifestError::BadFileName { .. })), "{file}");
        }
        let newer = Manifest { version: 1, ..Manifest::of("", b"") };
        assert_eq!(newer.check(), Err(ManifestError::OtherVersion { found: 1 }));
    }
}
