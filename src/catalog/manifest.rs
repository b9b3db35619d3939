//! The manifest: a few lines of JSON, fetched first, that name a pack's parts by their content.
//!
//! Parts are immutable files named by their hash, so only the manifest ever changes in place. Owns the order in which
//! parts are loaded and the first check of each; what a part holds belongs to `parts`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::parts::{PACK, Role};

/// The manifest's own version.
pub(super) const MANIFEST_VERSION: u16 = 1;

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";

/// No pack has more artists.
pub(super) const MAX_ARTISTS: u32 = 1 << 24;

/// No part is longer, in bytes: it would not fit into a page's memory.
pub const MAX_PART: u64 = 1 << 30;

/// No manifest has more parts.
const MAX_PARTS: usize = 1024;

/// One part of a pack: a file beside the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartEntry {
    /// What it holds, such as `names` or `vectors`: see [`Role`]. A reader leaves out what it does not know.
    pub role: String,
    /// The first row that it holds: an artist, for most roles.
    pub first: u32,
    /// How many rows it holds.
    pub rows: u32,
    /// The file's name, beside the manifest.
    pub file: String,
    /// The file's length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Which parts make a pack, in the order in which they are best loaded, and how to know that each arrived whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The manifest version of the program that wrote it.
    pub version: u16,
    /// What the collection is called.
    pub title: String,
    /// The number of artists.
    pub artists: u32,
    /// The parts.
    pub parts: Vec<PartEntry>,
}

/// A manifest or a part that it names cannot be trusted.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Written by another program version.
    #[error(
        "the manifest has version {found}; this program reads version {MANIFEST_VERSION}. {}",
        if *found > MANIFEST_VERSION { PACK.remedy_newer } else { PACK.remedy_older }
    )]
    OtherVersion {
        /// The version found.
        found: u16,
    },
    /// A named file is a path or an address.
    #[error("the manifest names {file:?} as a part, which is no plain file name beside it. Export the pack anew")]
    BadFileName {
        /// The name found.
        file: String,
    },
    /// Something else in the manifest cannot be.
    #[error("the manifest contradicts itself: {what}. Export the pack anew")]
    Contradiction {
        /// What was found.
        what: String,
    },
    /// More or fewer artists than names.
    #[error("the manifest promises {artists} artists, but its parts hold the names of {named}. Export the pack anew")]
    OtherArtists {
        /// Artists promised.
        artists: u32,
        /// Rows of all parts that hold names.
        named: u32,
    },
    /// A part's length differs.
    #[error(
        "{file} has {found} bytes where the manifest promises {expected}: it arrived incomplete, or belongs to another manifest. Load it again"
    )]
    OtherLength {
        /// The part.
        file: String,
        /// Bytes promised.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// A web page stands where a part should.
    #[error("{file} is a web page and no part: the host that it comes from has no such file. Upload it there")]
    WebPage {
        /// The part.
        file: String,
    },
    /// A part's content differs.
    #[error("{file} is not the part that the manifest names (SHA-256 differs). Load it again")]
    OtherContent {
        /// The part.
        file: String,
    },
}

impl PartEntry {
    /// Names a part by its content: `<role>-<first row>-<16 hex digits>.a2v`.
    pub(super) fn of(role: &str, first: u32, rows: u32, part: &[u8]) -> Self {
        let sha256 = sha256_hex(part);
        let file = format!("{role}-{first}-{}.a2v", &sha256[..16]);
        Self { role: role.into(), first, rows, file, bytes: part.len() as u64, sha256 }
    }

    /// Checks that `part` is the one that this entry names.
    ///
    /// # Errors
    /// [`ManifestError`] where length or content differ.
    pub fn verify(&self, part: &[u8]) -> Result<(), ManifestError> {
        if part.len() as u64 != self.bytes {
            return Err(self.other_length(part.len() as u64, part));
        }
        if sha256_hex(part) != self.sha256 {
            let file = self.file.clone();
            return Err(match is_web_page(part) {
                true => ManifestError::WebPage { file },
                false => ManifestError::OtherContent { file },
            });
        }
        Ok(())
    }

    /// What is wrong with a part of `found` bytes, another number than this entry promises, that begins with `head`.
    pub(crate) fn other_length(&self, found: u64, head: &[u8]) -> ManifestError {
        let file = self.file.clone();
        match is_web_page(head) {
            true => ManifestError::WebPage { file },
            false => ManifestError::OtherLength { file, expected: self.bytes, found },
        }
    }
}

/// Says whether bytes begin as a web page does: many a host sends one, with a status of success, where it has no file.
pub fn is_web_page(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |mark: &[u8]| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    begins(b"<!doctype") || begins(b"<html")
}

impl Manifest {
    /// Checks a manifest's version, before anything else of it is read: another one may say all the rest otherwise.
    ///
    /// # Errors
    /// [`ManifestError::OtherVersion`] where this program does not read it.
    pub fn check_version(version: u16) -> Result<(), ManifestError> {
        if version == MANIFEST_VERSION { Ok(()) } else { Err(ManifestError::OtherVersion { found: version }) }
    }

    /// Checks what the manifest itself says, before anything is loaded.
    ///
    /// # Errors
    /// [`ManifestError`] for another version, a file name that would lead elsewhere, parts that cannot be, or names of
    /// more or fewer artists than there are.
    pub fn check(&self) -> Result<(), ManifestError> {
        Self::check_version(self.version)?;
        let bad = |what: String| Err(ManifestError::Contradiction { what });
        if self.artists > MAX_ARTISTS || self.parts.len() > MAX_PARTS {
            return bad(format!("{} artists in {} parts are too many", self.artists, self.parts.len()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        for (i, part) in self.parts.iter().enumerate() {
            let before = &self.parts[..i];
            let PartEntry { role, first, rows, file, bytes, .. } = part;
            if file.starts_with('.') || !file.ends_with(".a2v") || file.len() > 200 || !file.chars().all(plain) {
                return Err(ManifestError::BadFileName { file: file.clone() });
            }
            if before.iter().any(|other| other.file == *file) {
                return bad(format!("{file} stands in it twice"));
            }
            if *bytes > MAX_PART {
                return bad(format!("{file} with {bytes} bytes is too large"));
            }
            // Parts of one kind continue each other, so that none is left out and none overlaps.
            let next =
                before.iter().rev().find(|other| other.role == *role).map_or(0, |other| other.first + other.rows);
            if *first != next {
                return bad(format!("{file} begins with row {first} where {next} is the next"));
            }
            if first.checked_add(*rows).is_none_or(|end| end > MAX_ARTISTS) {
                return bad(format!("{file} has {rows} rows, which are too many"));
            }
        }
        // They continue each other: the last one's end is the number of all.
        let names = self.parts.iter().rev().find(|part| part.role == Role::Names.name());
        let named = names.map_or(0, |part| part.first + part.rows);
        if named != self.artists {
            return Err(ManifestError::OtherArtists { artists: self.artists, named });
        }
        Ok(())
    }

    /// The length of all parts in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    /// A hash of all that the parts hold, 64 lower-case hexadecimal digits: which pack exactly.
    pub fn digest(&self) -> String {
        let hashes: String = self.parts.iter().map(|part| format!("{}\n", part.sha256)).collect();
        sha256_hex(hashes.as_bytes())
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
    use alloc::vec;

    use super::*;

    fn manifest(parts: Vec<PartEntry>) -> Manifest {
        Manifest { version: MANIFEST_VERSION, title: "Test".into(), artists: 3, parts }
    }

    #[test]
    fn digests_are_those_of_sha_256() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_u64(b"abc"), 0xba78_16bf_8f01_cfea);
    }

    #[test]
    fn an_entry_knows_its_part() {
        let entry = PartEntry::of("names", 0, 3, b"abc");
        assert_eq!(entry.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(entry.file, "names-0-ba7816bf8f01cfea.a2v");
        manifest(vec![entry.clone()]).check().unwrap();
        entry.verify(b"abc").unwrap();
        assert!(matches!(entry.verify(b"abd"), Err(ManifestError::OtherContent { .. })));
        assert!(matches!(entry.verify(b"ab"), Err(ManifestError::OtherLength { found: 2, .. })));
    }

    #[test]
    fn a_web_page_is_told_from_a_damaged_part() {
        let page = b"\n <!DOCTYPE html><title>Not found";
        let entry = PartEntry::of("names", 0, 3, b"abc");
        let as_long = PartEntry { bytes: page.len() as u64, ..entry.clone() };
        for entry in [entry, as_long] {
            let error = entry.verify(page).unwrap_err();
            assert!(matches!(error, ManifestError::WebPage { .. }), "{error}");
        }
        assert!(
            is_web_page(b"\xef\xbb\xbf<HTML>") && !is_web_page(b"<htm") && !is_web_page(b"") && !is_web_page(b"{}")
        );
    }

    #[test]
    fn a_manifest_cannot_lead_elsewhere() {
        for file in ["../secret.a2v", "https://example.org/x.a2v", "", ".a2v", "a b.a2v", "pack.js"] {
            let entry = PartEntry { file: file.into(), ..PartEntry::of("names", 0, 3, b"") };
            assert!(matches!(manifest(vec![entry]).check(), Err(ManifestError::BadFileName { .. })), "{file}");
        }
    }

    #[test]
    fn other_versions_say_what_to_do() {
        for (found, what) in [(0, "Export it anew"), (2, "Update artist2vec, or reload the page")] {
            let error = Manifest { version: found, ..manifest(vec![]) }.check().unwrap_err();
            assert_eq!(error, ManifestError::OtherVersion { found });
            assert!(format!("{error}").contains(what), "{error}");
        }
    }

    #[test]
    fn a_manifest_that_lies_is_refused() {
        let refused = |parts: Vec<PartEntry>, because: &str| {
            let error = format!("{}", manifest(parts).check().unwrap_err());
            assert!(error.contains(because), "{error}");
        };
        let part = |first, rows, content: &[u8]| PartEntry::of("names", first, rows, content);
        refused(vec![part(0, 2, b"a"), part(0, 2, b"b")], "begins with row 0 where 2 is the next");
        refused(vec![part(1, 2, b"a")], "begins with row 1");
        refused(vec![part(0, u32::MAX, b"a")], "too many");
        refused(vec![part(0, 1, b"a"), part(1, u32::MAX, b"b")], "too many");
        refused(vec![part(0, 0, b"a"), part(0, 0, b"a")], "twice");
        refused(vec![PartEntry { bytes: u64::MAX, ..part(0, 1, b"a") }], "too large");
        let crowd = Manifest { artists: u32::MAX, ..manifest(vec![]) };
        assert!(matches!(crowd.check(), Err(ManifestError::Contradiction { .. })));
    }

    #[test]
    fn every_artist_has_a_name_and_every_name_an_artist() {
        let part = |role, first, rows| PartEntry::of(role, first, rows, role.as_bytes());
        let other = |parts: Vec<PartEntry>, named| {
            assert_eq!(manifest(parts).check(), Err(ManifestError::OtherArtists { artists: 3, named }));
        };
        other(vec![], 0);
        other(vec![part("vectors", 0, 3)], 0);
        other(vec![part("names", 0, 2)], 2);
        other(vec![part("names", 0, 4)], 4);
        let second = PartEntry { file: "second.a2v".into(), ..part("names", 2, 1) };
        manifest(vec![part("names", 0, 2), part("vectors", 0, 2), second]).check().unwrap();
        Manifest { artists: 0, ..manifest(vec![]) }.check().unwrap();
    }
}
