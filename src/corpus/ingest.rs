//! Ingest: inputs in, a corpus file and a report out.
//!
//! Two passes. First all inputs are read, several at a time, and merged in their order: every playlist is spooled to
//! temporary files as numbers of spellings (an id and a name as they stand there). Then the spellings become artists and
//! the spool is written with their ranks. Memory holds the spellings and a few batches, never the playlists; the result
//! does not depend on which thread was faster.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use crate::catalog::metadata::{CorpusSummary, Provenance, Source, Step};
use crate::files::{ArtefactError, FileError};
use crate::progress::Progress;

use super::file::{self, count_playlist};
use super::identity::{self, Identities, Known, Spelling};
use super::inputs::{self, Unit};
use super::playlist::{Found, Playlist, Wanted};
use super::spool::Spool;

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct IngestSettings {
    /// Zips, folders and files with playlists; their order is that of the corpus.
    pub inputs: Vec<PathBuf>,
    /// Files with known ids and names.
    pub artists: Vec<PathBuf>,
    /// Those of the inputs (or files in them) whose tab-separated playlists stand in their real order. Slices always do.
    pub ordered: Vec<PathBuf>,
    /// Stop at the first damage and write nothing.
    pub strict: bool,
}

/// A place that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file; for a member of a zip the zip's path, a slash and the member's.
    pub input: String,
    /// The first damaged place, in bytes from the start of the file (of what was packed, where it is packed).
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
    /// Further damaged places in the same file.
    pub more: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: byte {}: {}", self.input, self.offset, self.reason)?;
        match self.more {
            0 => Ok(()),
            1 => write!(f, " (and one more place)"),
            more => write!(f, " (and {more} more places)"),
        }
    }
}

/// Ingest could not be done.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The corpus cannot be written.
    #[error(transparent)]
    Corpus(#[from] ArtefactError),
    /// A path that says nothing about its content.
    #[error(
        "{path}: not a kind of input that can be read. Give a .zip of slices, a folder of them, .json, .json.gz, .tsv, \
         .tsv.gz or .parquet",
        path = path.display()
    )]
    UnknownKind {
        /// The path.
        path: PathBuf,
    },
    /// A folder without playlists.
    #[error(
        "{path}: no .json, .json.gz, .tsv, .tsv.gz, .parquet or .zip lies in this folder. Folders inside it are not searched: \
         give the one with the slices",
        path = path.display()
    )]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file of known artists that has none.
    #[error(
        "{path}: no line has an artist's id and name. Known artists are tab-separated: the columns uri and name by a \
         header, or the first two",
        path = path.display()
    )]
    ArtistsFile {
        /// The file.
        path: PathBuf,
    },
    /// A path whose order is said to be real, but that is not read.
    #[error(
        "{path}: --ordered names what is no input; give the path of an input, or of a file in a folder that is one",
        path = path.display()
    )]
    OrderedIsNoInput {
        /// The path.
        path: PathBuf,
    },
    /// The corpus would replace one of its inputs.
    #[error("{path}: this is an input, too; name another file to write", path = path.display())]
    OutputIsInput {
        /// The path.
        path: PathBuf,
    },
    /// Damage, and the caller wanted none.
    #[error("{0}. Nothing was written; without --strict all whole playlists are kept")]
    Strict(Damage),
    /// Not one playlist.
    #[error("no playlist was found; nothing was written{}", first.as_ref().map(|damage| format!(". {damage}")).unwrap_or_default())]
    NoPlaylists {
        /// The first damage, where there was any.
        first: Option<Damage>,
    },
    /// More spellings than the spool can number.
    #[error("more than 4 billion different spellings of artists: split the inputs")]
    TooManySpellings,
    /// The user asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IngestReport {
    /// Playlists, those without any artist included.
    pub playlists: u64,
    /// Playlists whose order is real.
    pub ordered: u64,
    /// Mentions, repeats counted.
    pub mentions: u64,
    /// Artists in the vocabulary.
    pub artists: u64,
    /// Tracks that name no artist and were passed over.
    pub nameless: u64,
    /// What became of ids and names.
    pub identities: Identities,
    /// Damaged files.
    pub damaged: Vec<Damage>,
    /// Which corpus it is (see [`CorpusSummary::digest`]).
    pub digest: String,
}

/// Reads all inputs and writes the corpus to `output`, atomically.
///
/// # Errors
/// [`IngestError`]; nothing is written then.
pub fn ingest(
    settings: &IngestSettings,
    output: &std::path::Path,
    progress: &dyn Progress,
) -> Result<IngestReport, IngestError> {
    let (units, damaged) = inputs::list(&settings.inputs, &settings.ordered)?;
    // An output that is not there yet is nobody's input.
    if let Ok(replaced) = output.canonicalize() {
        let given = settings.inputs.iter().chain(&settings.artists).map(PathBuf::as_path);
        let mut files = given.chain(units.iter().map(Unit::file));
        if files.any(|file| file.canonicalize().is_ok_and(|file| file == replaced)) {
            return Err(IngestError::OutputIsInput { path: output.to_owned() });
        }
    }
    let mut known = Known::default();
    for path in &settings.artists {
        known.read(path)?;
    }
    let names = settings.inputs.iter().map(|path| file_name(path));
    let sources = names.map(|name| Source { name, ..Source::default() }).collect();
    let mut merger = Merger {
        spool: Spool::create(output)?,
        spellings: HashMap::new(),
        mentions: Vec::new(),
        summary: CorpusSummary { sources, ..CorpusSummary::default() },
        report: IngestReport { damaged, ..IngestReport::default() },
    };
    if let (true, Some(damage)) = (settings.strict, merger.report.damaged.first()) {
        return Err(IngestError::Strict(damage.clone()));
    }
    progress.stage("reading", Some(units.iter().map(|unit| unit.size).sum()));
    read_in_order(&units, |unit, batches| merger.merge(unit, &batches, settings.strict, progress))?;

    progress.stage("writing", None);
    let Merger { mut spool, spellings, mentions, summary, mut report } = merger;
    if summary.playlists == 0 {
        return Err(IngestError::NoPlaylists { first: report.damaged.into_iter().next() });
    }
    let mut ordered: Vec<(Box<str>, u32)> = spellings.into_iter().collect();
    ordered.sort_unstable_by_key(|&(_, number)| number);
    let spellings: Vec<Box<str>> = ordered.into_iter().map(|(spelling, _)| spelling).collect();
    let (artists, ranks, identities) = identity::resolve(&spellings, &mentions, &known);
    if progress.interrupted() {
        return Err(IngestError::Interrupted);
    }
    (report.playlists, report.mentions) = (summary.playlists, summary.mentions);
    (report.artists, report.identities) = (artists.len() as u64, identities);
    let step = step(settings, &report);
    let corpus = CorpusSummary { artists: report.artists, ..summary };
    let provenance = file::write(output, &artists, &mut spool, &ranks, Provenance { corpus, steps: vec![step] })?;
    report.digest = provenance.corpus.digest;
    Ok(report)
}

fn step(settings: &IngestSettings, report: &IngestReport) -> Step {
    let list = |paths: &[PathBuf]| paths.iter().map(|path| file_name(path)).collect::<Vec<_>>().join(", ");
    Step::new("ingest")
        .setting("inputs", list(&settings.inputs))
        .setting("artists", list(&settings.artists))
        .setting("ordered", list(&settings.ordered))
        .setting("strict", settings.strict)
        .measurement("playlists-in-real-order", report.ordered)
        .measurement("ids-in-playlists", report.identities.with_id.artists)
        .measurement("names-joined-to-an-id", report.identities.joined.artists)
        .measurement("names-of-several-ids", report.identities.ambiguous.artists)
        .measurement("names-without-id", report.identities.unknown.artists)
        .measurement("damaged-files", report.damaged.len())
}

/// The last part of a path: no artefact tells where its maker keeps files.
fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Playlists on their way from a reading thread, in numbers of the batch's own spellings.
#[derive(Debug, Default)]
struct Batch {
    spellings: HashMap<Box<str>, u32>,
    mentions: Vec<u32>,
    /// Mentions and title bytes of each playlist.
    lengths: Vec<(u32, u32)>,
    titles: String,
    nameless: u64,
}

/// A batch is sent off when it has this many mentions: a slice of the dataset has about as many.
const BATCH: usize = 1 << 16;

#[derive(Debug)]
enum Message {
    Batch(Batch),
    /// The unit's first damage: sent at once, since with `strict` it ends the run.
    Damage {
        offset: u64,
        reason: String,
    },
    /// How many damaged places came after it.
    MoreDamage(usize),
}

impl Batch {
    /// Adds a playlist; `key` is scratch.
    fn push(&mut self, playlist: &Playlist<'_>, key: &mut String) {
        let before = self.mentions.len();
        for track in &playlist.tracks {
            let id = track.artist_uri.as_ref().map_or("", |id| &id.0);
            let name = track.artist_name.as_ref().map_or("", |name| &name.0);
            Spelling::pack(id, name, key);
            if key == "\t" {
                self.nameless += 1;
                continue;
            }
            let number = self.spellings.get(key.as_str()).copied().unwrap_or_else(|| {
                // A batch has far fewer mentions than u32 can count, so far fewer spellings.
                let number = self.spellings.len() as u32;
                self.spellings.insert(key.as_str().into(), number);
                number
            });
            self.mentions.push(number);
        }
        let title = playlist.name.as_ref().map_or("", |title| &title.0);
        self.titles.push_str(title);
        // Neither exceeds the bytes of one playlist, which are bounded.
        self.lengths.push(((self.mentions.len() - before) as u32, title.len() as u32));
    }
}

/// Reads units on all processors and hands each one's messages to `merge`, one unit after the other in their order.
fn read_in_order(
    units: &[Unit],
    mut merge: impl FnMut(&Unit, Receiver<Message>) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    // What is read ahead of the merging is bounded: by units through this channel, in each unit by its own.
    let (announce, announced) = sync_channel(threads);
    let queue = Mutex::new((units.iter(), announce));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let (unit, sender) = {
                        let (units, announce) = &mut *queue.lock().unwrap_or_else(PoisonError::into_inner);
                        let Some(unit) = units.next() else { return };
                        let (sender, receiver) = sync_channel(2);
                        // Waiting here with the lock held is right: whoever comes next would have to wait, too.
                        if announce.send(receiver).is_err() {
                            return;
                        }
                        (unit, sender)
                    };
                    if read_unit(unit, &sender).is_break() {
                        return;
                    }
                }
            });
        }
        // Moved in here, so that an early return lets the threads' sends fail and end them.
        let announced = announced;
        for unit in units {
            let Ok(batches) = announced.recv() else { break };
            merge(unit, batches)?;
        }
        Ok(())
    })
}

fn read_unit(unit: &Unit, sender: &SyncSender<Message>) -> Wanted {
    let send = |message| sender.send(message).map_or(Wanted::Break(()), Wanted::Continue);
    let (mut batch, mut key) = (Batch::default(), String::new());
    let (mut damaged, mut more) = (false, 0);
    unit.read(&mut |found| match found {
        Found::Playlist(playlist) => {
            batch.push(&playlist, &mut key);
            if batch.mentions.len() + batch.lengths.len() < BATCH {
                return Wanted::Continue(());
            }
            send(Message::Batch(std::mem::take(&mut batch)))
        }
        Found::Damage { offset, reason } if !damaged => {
            damaged = true;
            send(Message::Damage { offset, reason })
        }
        // One message each would take longer than all the reading where much is damaged.
        Found::Damage { .. } => {
            more += 1;
            if more < BATCH {
                return Wanted::Continue(());
            }
            send(Message::MoreDamage(std::mem::take(&mut more)))
        }
    })?;
    send(Message::MoreDamage(more))?;
    send(Message::Batch(batch))
}

/// What all units have together.
struct Merger {
    spool: Spool,
    /// Every packed spelling and its number.
    spellings: HashMap<Box<str>, u32>,
    /// Mentions of each spelling.
    mentions: Vec<u64>,
    summary: CorpusSummary,
    report: IngestReport,
}

impl Merger {
    fn merge(
        &mut self,
        unit: &Unit,
        messages: &Receiver<Message>,
        strict: bool,
        progress: &dyn Progress,
    ) -> Result<(), IngestError> {
        let mut damage: Option<Damage> = None;
        for message in messages {
            if progress.interrupted() {
                return Err(IngestError::Interrupted);
            }
            match message {
                Message::Batch(batch) => self.add(unit, batch)?,
                Message::MoreDamage(places) => {
                    if let Some(damage) = &mut damage {
                        damage.more += places as u64;
                    }
                }
                Message::Damage { offset, reason } => {
                    let first = Damage { input: unit.label.clone(), offset, reason, more: 0 };
                    if strict {
                        return Err(IngestError::Strict(first));
                    }
                    damage = Some(first);
                }
            }
            progress.message(&format!("{} playlists", self.summary.playlists));
        }
        self.report.damaged.extend(damage);
        progress.advance(unit.size);
        Ok(())
    }

    fn add(&mut self, unit: &Unit, batch: Batch) -> Result<(), IngestError> {
        let mut spellings: Vec<(Box<str>, u32)> = batch.spellings.into_iter().collect();
        spellings.sort_unstable_by_key(|&(_, number)| number);
        let mut numbers = Vec::with_capacity(spellings.len());
        for (spelling, _) in spellings {
            let next = u32::try_from(self.mentions.len()).map_err(|_| IngestError::TooManySpellings)?;
            let number = *self.spellings.entry(spelling).or_insert(next);
            if number == next {
                self.mentions.push(0);
            }
            numbers.push(number);
        }
        let mut bytes = Vec::with_capacity(batch.mentions.len() * 4);
        for mention in &batch.mentions {
            let number = numbers[*mention as usize];
            self.mentions[number as usize] += 1;
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.spool.mentions.write(&bytes)?;
        bytes.clear();
        for &(mentions, title) in &batch.lengths {
            count_playlist(&mut self.summary, mentions as usize);
            bytes.extend_from_slice(&mentions.to_le_bytes());
            bytes.extend_from_slice(&title.to_le_bytes());
        }
        self.spool.lengths.write(&bytes)?;
        self.spool.titles.write(batch.titles.as_bytes())?;
        self.spool.ordered.write(&vec![u8::from(unit.ordered); batch.lengths.len()])?;
        self.report.ordered += if unit.ordered { batch.lengths.len() as u64 } else { 0 };
        if let Some(source) = self.summary.sources.get_mut(unit.source) {
            source.playlists += batch.lengths.len() as u64;
            source.mentions += batch.mentions.len() as u64;
        }
        self.report.nameless += batch.nameless;
        Ok(())
    }
}
