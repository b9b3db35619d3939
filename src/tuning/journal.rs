//! The journal: one line a finished trial, so that a search that ends at any moment goes on where it was.
//!
//! Owns the file `journal.jsonl`: every line is `{"crc32":"…","entry":{…}}`, the checksum over the entry's text. The
//! first entry says which search it is; the others are finished trials in the order in which they ended. A line is on
//! the disk before the search goes on. What a killed program left of an unfinished line is dropped; any other damage,
//! and a journal of another search, are errors, and the file stays as it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::objective::Scores;
use crate::files::FileError;

/// Version of the journal's form, which says how entries are read.
const VERSION: u32 = 1;

/// A journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process has it open.
    #[error(
        "{path}: another `artist2vec tune` works in this folder; wait for it, or name another folder",
        path = path.display()
    )]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// A line is not what was written.
    #[error(
        "{path}, line {line}: damaged: {reason}. Nothing was changed. Remove this line and what follows to keep the \
         trials before it, or name another folder",
        path = path.display()
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// It was written by a newer program.
    #[error(
        "{path}: written by artist2vec {program} in version {version} of its form; this program reads version \
         {VERSION}. Use a newer program, or name another folder",
        path = path.display()
    )]
    Newer {
        /// The journal.
        path: PathBuf,
        /// The program that wrote it.
        program: String,
        /// The version of its form.
        version: u64,
    },
    /// It belongs to another search.
    #[error(
        "{path}: its trials belong to another {what} ({found}, here {expected}). Nothing was changed; name \
         another folder with -o",
        path = path.display()
    )]
    OtherSearch {
        /// The journal.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it is in the journal.
        found: String,
        /// What it is now.
        expected: String,
    },
}

/// Which search a journal belongs to: the first entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Header {
    /// [`VERSION`].
    pub(super) version: u32,
    /// The program's version, for people: a search goes on with any program that reads the form.
    pub(super) program: String,
    /// SHA-256 of the space file.
    pub(super) space: String,
    /// The corpus's digest.
    pub(super) corpus: String,
    /// SHA-256 of the lists of related artists, in order.
    pub(super) truth: String,
    /// Seed of the search.
    pub(super) seed: u64,
}

impl Header {
    pub(super) fn new(space: String, corpus: String, truth: String, seed: u64) -> Self {
        Self { version: VERSION, program: env!("CARGO_PKG_VERSION").into(), space, corpus, truth, seed }
    }
}

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Trial {
    /// Its number: 0 are the defaults, the others in the order in which the method comes to them.
    pub number: usize,
    /// The rung of successive halving, from 0; 0 for other methods.
    pub rung: usize,
    /// All settings but the number of threads, under the names of [`PARAMETERS`](crate::training::PARAMETERS).
    pub settings: Table,
    /// How it ended.
    pub outcome: Outcome,
    /// How long training and scoring took.
    pub seconds: f64,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was trained and scored.
    Scored(Scores),
    /// It could not be trained, and why.
    Failed(String),
}

impl Trial {
    /// The scores, where it has some.
    pub fn scores(&self) -> Option<&Scores> {
        match &self.outcome {
            Outcome::Scored(scores) => Some(scores),
            Outcome::Failed(_) => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Line<T> {
    crc32: String,
    entry: T,
}

/// An open journal, locked against other processes while it lives.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

/// What an opened journal held.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) journal: Journal,
    /// Trials in the order in which they ended.
    pub(super) trials: Vec<Trial>,
    /// An unfinished line was dropped.
    pub(super) torn: bool,
}

impl Journal {
    /// Opens or begins the journal of this search.
    ///
    /// # Errors
    /// [`JournalError`]; the file is then as it was.
    pub(super) fn open(path: &Path, header: &Header) -> Result<Opened, JournalError> {
        let fail = |source| FileError::write(path, source);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { path: path.to_owned() }),
            // Some network file systems have no locks: better to go on without one.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(fail(error).into()),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| FileError::read(path, source))?;
        let first = line_of(header).map_err(fail)?;
        // Also an empty file, and one that was cut short while its first line was written.
        let begins = first.as_bytes().starts_with(&bytes);
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let read = if begins { None } else { read(path, &bytes[..whole], header)? };
        let keep = if read.is_some() { whole } else { 0 };
        let torn = whole < bytes.len();
        let mut journal = Self { path: path.to_owned(), file };
        journal.file.set_len(keep as u64).map_err(fail)?;
        journal.file.seek(SeekFrom::End(0)).map_err(fail)?;
        if read.is_none() {
            journal.append(&first).map_err(fail)?;
        }
        Ok(Opened { journal, trials: read.unwrap_or_default(), torn })
    }

    /// Records a finished trial; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub(super) fn record(&mut self, trial: &Trial) -> Result<(), FileError> {
        let line = line_of(trial).and_then(|line| self.append(&line));
        line.map_err(|source| FileError::write(&self.path, source))
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()
    }
}

fn line_of<T: Serialize>(entry: &T) -> io::Result<String> {
    let crc32 = format!("{:08x}", crc32fast::hash(serde_json::to_string(entry)?.as_bytes()));
    Ok(serde_json::to_string(&Line { crc32, entry })? + "\n")
}

/// Reads whole lines: the header, which must be this search's, and trials. `None` where another search left no trials,
/// so that nothing is lost by beginning anew.
fn read(path: &Path, bytes: &[u8], header: &Header) -> Result<Option<Vec<Trial>>, JournalError> {
    let damaged = |line, reason: &str| JournalError::Damaged { path: path.to_owned(), line, reason: reason.to_owned() };
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let Some((first, lines)) = lines.split_first() else {
        return Err(damaged(1, "it does not begin as a journal does"));
    };
    expect_readable(path, first)?;
    let found: Header = entry(first).map_err(|reason| damaged(1, &reason))?;
    for (what, found, expected) in [
        ("space file", &found.space, &header.space),
        ("corpus", &found.corpus, &header.corpus),
        ("choice of --truth", &found.truth, &header.truth),
        ("seed", &found.seed.to_string(), &header.seed.to_string()),
    ] {
        if found != expected {
            if lines.is_empty() {
                return Ok(None);
            }
            let (path, found, expected) = (path.to_owned(), short(found), short(expected));
            return Err(JournalError::OtherSearch { path, what, found, expected });
        }
    }
    let mut trials: Vec<Trial> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let trial: Trial = entry(line).map_err(|reason| damaged(i + 2, &reason))?;
        if trials.iter().any(|other| other.number == trial.number) {
            return Err(damaged(i + 2, &format!("trial {} stands there twice", trial.number)));
        }
        trials.push(trial);
    }
    Ok(Some(trials))
}

/// The beginning of a digest, enough to tell two apart.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// Refuses a newer form before anything else is read of it.
fn expect_readable(path: &Path, first: &[u8]) -> Result<(), JournalError> {
    let value: serde_json::Value = serde_json::from_slice(first).unwrap_or_default();
    match value["entry"]["version"].as_u64() {
        Some(version) if version > u64::from(VERSION) => Err(JournalError::Newer {
            path: path.to_owned(),
            program: value["entry"]["program"].as_str().unwrap_or("of unknown version").to_owned(),
            version,
        }),
        _ => Ok(()),
    }
}

fn entry<T: Serialize + DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let read: Line<T> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    // Written again it is the same text, checksum included, or something in it was changed.
    match line_of(&read.entry) {
        Ok(written) if written.as_bytes() == line => Ok(read.entry),
        _ => Err("its content and its checksum contradict each other".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::Score;

    fn header() -> Header {
        Header::new("a1".into(), "c0".into(), "00".into(), 1)
    }

    fn trial(number: usize) -> Trial {
        let settings = toml::from_str("alpha = 0.0123\nwindow = 5\nstep = \"batched\"").unwrap();
        let score = Score { overall: 0.1 + number as f64 / 3.0, top: Some(0.7), mid: None, low: None };
        let scores = Scores { continuation: Some(score), ..Scores::default() };
        let outcome = if number == 2 { Outcome::Failed("diverged".into()) } else { Outcome::Scored(scores) };
        Trial { number, rung: 0, settings, outcome, seconds: 1.5 }
    }

    /// A journal with three trials, closed.
    fn written(directory: &Path) -> PathBuf {
        let path = directory.join("journal.jsonl");
        let mut opened = Journal::open(&path, &header()).unwrap();
        assert!(opened.trials.is_empty() && !opened.torn);
        for number in 0..3 {
            opened.journal.record(&trial(number)).unwrap();
        }
        path
    }

    #[test]
    fn trials_come_back_and_the_journal_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path());
        let mut opened = Journal::open(&path, &header()).unwrap();
        assert!(!opened.torn);
        assert_eq!(opened.trials, [0, 1, 2].map(trial));
        opened.journal.record(&trial(3)).unwrap();
        let held = Journal::open(&path, &header()).unwrap_err();
        assert!(held.to_string().contains("another `artist2vec tune` works in this folder"), "{held}");
        drop(opened);
        assert_eq!(Journal::open(&path, &header()).unwrap().trials.len(), 4);
    }

    #[test]
    fn wherever_it_is_cut_whole_lines_stay() {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path());
        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let mut opened = Journal::open(&path, &header()).unwrap();
            let whole = bytes[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(opened.trials.len(), whole.saturating_sub(1), "{cut}");
            assert_eq!(opened.torn, cut > 0 && bytes[cut - 1] != b'\n', "{cut}");
            for number in opened.trials.len()..3 {
                opened.journal.record(&trial(number)).unwrap();
            }
            drop(opened);
            assert!(std::fs::read(&path).unwrap() == bytes, "{cut}");
        }
    }

    #[test]
    fn damage_and_other_searches_are_refused_and_nothing_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path());
        let bytes = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8], header: &Header| {
            std::fs::write(&path, bytes).unwrap();
            let error = Journal::open(&path, header).unwrap_err().to_string();
            assert!(std::fs::read(&path).unwrap() == bytes, "changed after: {error}");
            error
        };
        // Any byte but the line ends' own: within a line by parsing or by its checksum.
        let last_line = bytes[..bytes.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap();
        for at in (0..last_line).step_by(7) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x01;
            let error = refused(&damaged, &header());
            assert!(["damaged", "another", "newer"].iter().any(|word| error.contains(word)), "{at}: {error}");
        }
        let text = String::from_utf8(bytes.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let error = refused((lines[..3].join("\n") + "\n" + lines[2] + "\n").as_bytes(), &header());
        assert!(error.contains("line 4: damaged: trial 1 stands there twice"), "{error}");
        let error = refused(b"dear diary", &header());
        assert!(error.contains("line 1: damaged"), "{error}");
        for (other, message) in [
            (Header { space: "b2".into(), ..header() }, "belong to another space file (a1, here b2)"),
            (Header { corpus: "c1".into(), ..header() }, "another corpus"),
            (Header { truth: "11".into(), ..header() }, "another choice of --truth"),
            (Header { seed: 2, ..header() }, "another seed"),
        ] {
            let error = refused(&bytes, &other);
            assert!(error.contains(message), "{error}");
        }
        // A search that has no trials yet has nothing to lose.
        let head_only = format!("{}\n", lines[0]);
        std::fs::write(&path, &head_only).unwrap();
        drop(Journal::open(&path, &Header { space: "b2".into(), ..header() }).unwrap());
        assert!(std::fs::read_to_string(&path).unwrap().contains("\"b2\""));
        let newer = text.replacen("\"version\":1", "\"version\":2,\"more\":[]", 1);
        let error = refused(newer.as_bytes(), &header());
        assert!(error.contains("in version 2 of its form"), "{error}");
    }
}
