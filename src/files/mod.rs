//! Reading or mapping whole files into aligned memory, and writing files that are either complete or absent.
//!
//! Owns the two ways in which the native program touches its own artefacts (corpora, models, layouts, packs), and how their
//! failures read. What stands in them is the business of whoever decodes and encodes.

mod mapped;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::catalog::container::{self, FileKind, Tag};
use crate::catalog::{AlignedBytes, FormatError};

pub use mapped::{Bytes, map};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: cannot {action}: {source}", path = path.display())]
pub struct FileError {
    /// The file in question.
    pub path: PathBuf,
    /// What was tried: "read", "write".
    pub action: &'static str,
    /// What the operating system said.
    pub source: io::Error,
}

/// One of the project's own files could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArtefactError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its content.
    #[error("{path}: {source}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
}

/// A text file that a person wrote could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its content.
    #[error("{path}, line {line}: {reason}", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there and what would be right.
        reason: String,
    },
}

impl TextFileError {
    /// Reads a whole text file.
    ///
    /// # Errors
    /// [`Self::File`] where it cannot be read or is no UTF-8.
    pub fn read(path: &Path) -> Result<String, Self> {
        Ok(fs::read_to_string(path).map_err(|source| FileError::read(path, source))?)
    }

    /// Says what is wrong at byte `at` of the file's text.
    pub fn content(path: &Path, text: &str, at: usize, reason: String) -> Self {
        let before = &text.as_bytes()[..at.min(text.len())];
        Self::Content { path: path.to_owned(), line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(), reason }
    }
}

impl ArtefactError {
    /// Says which file's content is wrong.
    pub fn format(path: &Path, source: FormatError) -> Self {
        Self::Format { path: path.to_owned(), source }
    }
}

impl FileError {
    /// Wraps an error of reading `path`.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), action: "read", source }
    }

    /// Wraps an error of writing `path`.
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), action: "write", source }
    }
}

/// Reads a whole file into 64-byte-aligned memory, so that its columns can be used where they lie.
///
/// # Errors
/// [`FileError`] where the file cannot be opened or read.
pub fn read_aligned(path: &Path) -> Result<AlignedBytes, FileError> {
    let fail = |source| FileError::read(path, source);
    let mut file = File::open(path).map_err(fail)?;
    let length = usize::try_from(file.metadata().map_err(fail)?.len())
        .map_err(|_| fail(io::Error::from(io::ErrorKind::FileTooLarge)))?;
    let mut bytes = AlignedBytes::zeroed(length);
    file.read_exact(bytes.as_mut_slice()).map_err(fail)?;
    Ok(bytes)
}

/// How much is read of a file that is too long: enough to say what it may be instead.
const HEAD: u64 = 1024;

/// Reads an ordinary file of at most `most` bytes as [`read_aligned`] does, of a longer one only its beginning, and says
/// whether that is all of it. For files from elsewhere: no length is believed, and nobody waits at the end of a pipe.
///
/// # Errors
/// [`FileError`] where the file cannot be opened or read, or is no ordinary one.
pub fn read_at_most(path: &Path, most: u64) -> Result<(AlignedBytes, bool), FileError> {
    let fail = |source| FileError::read(path, source);
    // Asked before it is opened: opening a pipe waits for whoever writes into it.
    if !fs::metadata(path).map_err(fail)?.is_file() {
        return Err(fail(io::Error::other("it is a folder, a device or a pipe; put the file itself there")));
    }
    let mut file = File::open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let whole = length <= most;
    let wanted = if whole { length } else { most.min(HEAD) };
    let wanted = usize::try_from(wanted).map_err(|_| fail(io::ErrorKind::FileTooLarge.into()))?;
    let mut bytes = AlignedBytes::zeroed(wanted);
    file.read_exact(bytes.as_mut_slice()).map_err(fail)?;
    Ok((bytes, whole))
}

/// The temporary neighbour that becomes `path` when it is complete.
fn temporary_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// Refuses to replace a folder, a device or a pipe.
fn expect_replaceable(path: &Path) -> Result<(), FileError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            Err(FileError::write(path, io::Error::other("something other than a file is there; name another output")))
        }
        _ => Ok(()),
    }
}

/// Removes the temporary neighbours of `path` that earlier processes left behind when they were killed.
///
/// Whatever cannot be removed does no harm.
fn remove_leftovers(path: &Path) {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return };
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let neighbour = entry.file_name();
        let process = neighbour.to_str().and_then(|neighbour| neighbour.strip_prefix(name)?.strip_prefix('.'));
        if process.and_then(|rest| rest.strip_suffix(".tmp")).is_some_and(|id| id.parse::<u32>().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a rename last even if the power fails. Not every system can be asked to; the file itself is safe in any case.
fn sync_folder_of(path: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = path;
}

/// Says before long work whether its result could be written after it, and clears away what earlier attempts left half
/// written beside it.
///
/// # Errors
/// [`FileError`] where `path` is one of the inputs, is no ordinary file, or lies where nothing can be written.
pub fn expect_writable(path: &Path, inputs: &[&Path]) -> Result<(), FileError> {
    let fail = |source| FileError::write(path, source);
    expect_replaceable(path)?;
    if let Ok(output) = path.canonicalize()
        && inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == output))
    {
        return Err(fail(io::Error::other("it is an input, too; name another output")));
    }
    remove_leftovers(path);
    let probe = temporary_of(path);
    File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(fail)
}

/// Says before long work whether files of these names could be written into `folder` after it, which need not be there yet.
///
/// # Errors
/// As [`expect_writable`], or where the folder could not be made.
pub fn expect_writable_folder(folder: &Path, names: &[&str], inputs: &[&Path]) -> Result<(), FileError> {
    let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    if folder.exists() && !folder.is_dir() {
        return Err(FileError::write(folder, io::Error::other("it is no folder; name another one")));
    }
    match folder.ancestors().take_while(missing).last() {
        Some(first_missing) => expect_writable(first_missing, inputs),
        None => names.iter().try_for_each(|name| expect_writable(&folder.join(name), inputs)),
    }
}

/// Writes `path` through a temporary neighbour that is renamed at the end, so that no reader ever sees half a file.
///
/// `write` may seek. On any error the temporary file is removed and what stood at `path` stays.
///
/// # Errors
/// Whatever `write` returns, and [`FileError`] (converted) where the file cannot be created, flushed or renamed.
pub fn write_atomically<T, E: From<FileError>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    let fail = |source| FileError::write(path, source);
    expect_replaceable(path)?;
    let temporary = temporary_of(path);
    let attempt = || {
        let mut writer = BufWriter::with_capacity(1 << 20, File::create(&temporary).map_err(fail)?);
        let value = write(&mut writer)?;
        writer.flush().map_err(fail)?;
        writer.get_ref().sync_all().map_err(fail)?;
        drop(writer);
        fs::rename(&temporary, path).map_err(fail)?;
        sync_folder_of(path);
        Ok(value)
    };
    let result = attempt();
    if result.is_err() {
        // Best effort: the error that matters is the one above.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Writes `bytes` to `path` atomically.
///
/// # Errors
/// [`FileError`] where the file cannot be written.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_atomically(path, |writer| writer.write_all(bytes).map_err(|source| FileError::write(path, source)))
}

/// A section on its way into a file: its name and its bytes.
pub type Section<'a> = (Tag, Cow<'a, [u8]>);

/// Writes one of the project's own files atomically, section after section: the whole never stands in memory twice.
///
/// # Errors
/// [`FileError`] where the file cannot be written.
pub fn write_container(path: &Path, kind: &FileKind, sections: &[Section<'_>]) -> Result<(), ArtefactError> {
    let fail = |source| FileError::write(path, source);
    let lengths: Vec<_> = sections.iter().map(|(tag, bytes)| (*tag, bytes.len() as u64)).collect();
    let (mut entries, total) = container::place(&lengths).ok_or_else(|| fail(io::ErrorKind::FileTooLarge.into()))?;
    for (entry, (_, bytes)) in entries.iter_mut().zip(sections) {
        entry.crc32 = crc32fast::hash(bytes);
    }
    let head = container::encode_head(kind, &entries, total);
    const ZEROS: [u8; container::ALIGNMENT] = [0; container::ALIGNMENT];
    let padding = |length: usize| &ZEROS[..length.next_multiple_of(container::ALIGNMENT) - length];
    Ok(write_atomically(path, |writer| {
        writer.write_all(&head).map_err(fail)?;
        for (_, bytes) in sections {
            writer.write_all(bytes).and_then(|()| writer.write_all(padding(bytes.len()))).map_err(fail)?;
        }
        Ok::<_, FileError>(())
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_bytes(&path, b"old").unwrap();
        let failed: Result<(), FileError> = write_atomically(&path, |writer| {
            writer.write_all(b"half").unwrap();
            Err(FileError::write(&path, io::Error::other("full")))
        });
        assert!(failed.unwrap_err().to_string().contains("cannot write: full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(read_aligned(&path).unwrap().as_slice(), b"old");
    }

    #[test]
    fn outputs_that_cannot_be_are_refused_before_the_work() {
        let directory = tempfile::tempdir().unwrap();
        let input = directory.path().join("model.a2m");
        fs::write(&input, b"model").unwrap();
        let refused = |path: &Path| expect_writable(path, &[&input]).unwrap_err().to_string();
        assert!(refused(&directory.path().join(".").join("model.a2m")).contains("it is an input, too"));
        assert!(refused(directory.path()).contains("other than a file"));
        assert!(refused(&directory.path().join("nowhere/map.a2l")).contains("cannot write"));
        assert!(write_bytes(directory.path(), b"").unwrap_err().to_string().contains("other than a file"));
        expect_writable(&directory.path().join("map.a2l"), &[&input]).unwrap();
        let folder = |path: &Path| expect_writable_folder(path, &["model.a2m"], &[&input]);
        assert!(folder(directory.path()).unwrap_err().to_string().contains("it is an input"));
        assert!(folder(&input.join("of/a file")).is_err());
        let new = directory.path().join("not/yet/there");
        folder(&new).unwrap();
        assert!(!directory.path().join("not").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn leftovers_of_killed_processes_are_cleared_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.a2m");
        for name in ["model.a2m.17.tmp", "model.a2m.4000000000.tmp"] {
            fs::write(directory.path().join(name), b"half").unwrap();
        }
        let others =
            ["model.a2m", "model.a2m.checkpoint.17.tmp", "model.a2m.old.tmp", "model.a2m.17", "other.a2m.17.tmp"];
        for name in others {
            fs::write(directory.path().join(name), b"whole").unwrap();
        }
        expect_writable(&path, &[]).unwrap();
        let mut left: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut others = others;
        others.sort_unstable();
        assert_eq!(left, others);
    }

    #[test]
    fn files_from_elsewhere_are_ordinary_and_no_longer_than_expected() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("part.a2v");
        fs::write(&path, b"12345").unwrap();
        let read = |most| read_at_most(&path, most).map(|(bytes, whole)| (bytes.as_slice().to_vec(), whole)).unwrap();
        assert_eq!((read(5), read(4)), ((b"12345".to_vec(), true), (b"1234".to_vec(), false)));
        // Sparse, larger than any machine's memory: nothing is allocated for it.
        File::create(&path).unwrap().set_len(1 << 42).unwrap();
        assert_eq!(read(1 << 30), (vec![0; 1024], false));
        let error = read_at_most(directory.path(), 9).unwrap_err().to_string();
        assert!(error.contains("put the file itself there"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn nobody_waits_for_a_pipe() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read_at_most(&pipe, 9).unwrap_err().to_string().contains("a pipe"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_aligned(Path::new("no/such/file")).unwrap_err();
        assert!(error.to_string().starts_with("no/such/file: cannot read"));
    }
}
