//! Files in memory without reading them first: the operating system brings in what is touched, and forgets it again when
//! memory is short.
//!
//! Owns the one `unsafe` call that this takes, and its argument.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::{FileError, read_aligned};
use crate::catalog::AlignedBytes;

/// Bytes at an address that is a multiple of 64, in this program's memory or in a file.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// In this program's memory.
    Owned(AlignedBytes),
    /// In a file, which must stay as it is: see [`map`].
    Mapped(Arc<Mmap>),
}

impl Bytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes.as_slice(),
            Self::Mapped(bytes) => bytes,
        }
    }
}

/// Maps a file into memory, so that it may be larger than the machine's; what cannot be mapped is read.
///
/// Whoever writes into the file afterwards changes the bytes, and whoever shortens it ends this program when it touches what
/// is gone (SIGBUS). This program does neither: it writes files anew and renames them ([`super::write_atomically`]), which
/// leaves a mapped one as it was.
///
/// # Errors
/// [`FileError`] where the file cannot be opened or read.
pub fn map(path: &Path) -> Result<Bytes, FileError> {
    let fail = |source| FileError::read(path, source);
    let file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    if metadata.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    if metadata.is_file() && metadata.len() > 0 {
        // SAFETY: the mapping is read-only and private to this process, and unmapped when the last `Arc` goes. What remains is
        // that nobody else changes the file meanwhile. No program can rule that out; this one never does it itself, as said
        // above. All that is read from the bytes are plain numbers and text, which is checked as UTF-8 every time it is used.
        if let Ok(mapping) = unsafe { Mmap::map(&file) } {
            return Ok(Bytes::Mapped(Arc::new(mapping)));
        }
    }
    Ok(Bytes::Owned(read_aligned(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_is_what_was_read_even_when_it_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let content: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
        super::super::write_bytes(&path, &content).unwrap();
        let mapped = map(&path).unwrap();
        assert!(matches!(mapped, Bytes::Mapped(_)) && mapped.as_slice().as_ptr().addr().is_multiple_of(64));
        super::super::write_bytes(&path, b"new").unwrap();
        assert_eq!(mapped.as_slice(), content);
        assert_eq!(map(&path).unwrap().as_slice(), b"new");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(mapped.clone().as_slice(), content);
    }

    #[test]
    fn what_cannot_be_mapped_is_read_or_named() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty");
        std::fs::write(&empty, b"").unwrap();
        assert!(map(&empty).unwrap().as_slice().is_empty());
        let error = map(&directory.path().join("none")).unwrap_err().to_string();
        assert!(error.contains("none: cannot read"), "{error}");
        assert!(map(directory.path()).unwrap_err().to_string().contains("cannot read"));
    }
}
