//! Playlists on their way: between reading the inputs and knowing the ranks they wait in temporary files, not in memory.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::files::FileError;

/// The temporary files beside an output: mentions, playlist lengths and titles. They vanish when it is dropped.
pub(super) struct Spool {
    /// `u32` per mention: the number of its spelling.
    pub(super) mentions: Part,
    /// Two `u32` per playlist: its mentions, and the bytes of its title.
    pub(super) lengths: Part,
    /// The titles, UTF-8, end to end.
    pub(super) titles: Part,
    /// `u8` per playlist: 1 where its order is real.
    pub(super) ordered: Part,
}

/// One temporary file: first written, then read as often as needed.
pub(super) struct Part {
    path: PathBuf,
    file: BufWriter<File>,
    length: u64,
}

impl Spool {
    /// Makes the temporary files beside `output`.
    ///
    /// # Errors
    /// [`FileError`] where the folder is missing or cannot be written.
    pub(super) fn create(output: &Path) -> Result<Self, FileError> {
        Ok(Self {
            mentions: Part::create(output, "mentions")?,
            lengths: Part::create(output, "lengths")?,
            titles: Part::create(output, "titles")?,
            ordered: Part::create(output, "ordered")?,
        })
    }
}

impl Part {
    fn create(output: &Path, what: &str) -> Result<Self, FileError> {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.{what}.tmp", std::process::id()));
        let path = output.with_file_name(name);
        let open = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        // The user knows the output's name, not ours.
        let file = open.map_err(|source| FileError::write(output, source))?;
        // An open file needs no name there, and without one nothing is left behind even where the process is killed.
        if cfg!(unix) {
            let _ = fs::remove_file(&path);
        }
        Ok(Self { path, file: BufWriter::with_capacity(1 << 18, file), length: 0 })
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.length += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|source| FileError::write(&self.path, source))
    }

    /// Hands all bytes to `each` in order, in pieces whose lengths are multiples of eight but for the last.
    pub(super) fn read<E: From<FileError>>(&mut self, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let fail = |path: &Path, source| FileError::read(path, source);
        self.file.flush().map_err(|source| FileError::write(&self.path, source))?;
        self.file.rewind().map_err(|source| fail(&self.path, source))?;
        let mut reader = BufReader::new(self.file.get_ref());
        let mut left = self.length;
        let mut piece = vec![0; 1 << 16];
        while left > 0 {
            let length = left.min(piece.len() as u64) as usize;
            reader.read_exact(&mut piece[..length]).map_err(|source| fail(&self.path, source))?;
            each(&piece[..length])?;
            left -= length as u64;
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Where it still has its name. Best effort: a leftover temporary file harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}
