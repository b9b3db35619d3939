//! The corpus file (`.a2c`): playlists as lists of artist indices, their titles, and the artists.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::catalog::container::{ALIGNMENT, Container, Entry, FileKind, Tag};
use crate::catalog::metadata::{CorpusSummary, Provenance, Step, decode_metadata};
use crate::catalog::{AlignedBytes, FormatError, Strings, encode_strings};
use crate::files::{self, FileError};

use super::artists::Artists;

/// The kind of file that ingest writes.
pub static CORPUS: FileKind = FileKind {
    tag: *b"CORP",
    name: "corpus",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Make it anew with `artist2vec ingest`, or copy it again from where it came.",
};

/// `u64` per playlist: where its mentions end in [`MENTIONS`].
const ENDS: Tag = *b"ENDS";
/// `u32` per mention: the artist's index.
const MENTIONS: Tag = *b"PLAY";
/// Titles, one a playlist.
const TITLE_ENDS: Tag = *b"TITO";
const TITLE_TEXT: Tag = *b"TITL";
/// [`Provenance`]. It stands last because it holds the digest of all others.
const META: Tag = *b"META";

/// A corpus file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
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

/// Playlists in memory, in the order of the inputs.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The vocabulary: every artist that is mentioned, most mentioned first.
    pub artists: Artists,
    /// What the corpus looks like.
    pub summary: CorpusSummary,
    steps: Vec<Step>,
    bytes: AlignedBytes,
    ends: Range<usize>,
    mentions: Range<usize>,
    title_ends: Range<usize>,
    title_text: Range<usize>,
}

impl Corpus {
    /// Reads and verifies a corpus.
    ///
    /// # Errors
    /// [`CorpusError`] where the file cannot be read or is not a sound corpus.
    pub fn open(path: &Path) -> Result<Self, CorpusError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(bytes).map_err(|source| CorpusError::Format { path: path.to_owned(), source })
    }

    /// Makes a corpus of playlists in memory; `titles` may be shorter than `playlists`. For tests and experiments.
    ///
    /// Mentions of indices that `artists` does not have are left out.
    pub fn in_memory(artists: Artists, playlists: &[Vec<u32>], titles: &[String]) -> Self {
        let known = |&&artist: &&u32| (artist as usize) < artists.len();
        let mut summary = CorpusSummary { artists: artists.len() as u64, ..CorpusSummary::default() };
        let (mut ends, mut mentions) = (Vec::<u64>::new(), Vec::<u32>::new());
        for playlist in playlists {
            let before = mentions.len();
            mentions.extend(playlist.iter().filter(known));
            count_playlist(&mut summary, mentions.len() - before);
            ends.push(mentions.len() as u64);
        }
        let titles = (0..playlists.len()).map(|i| titles.get(i).map_or("", String::as_str));
        let (title_ends, title_text) = encode_strings(titles).unwrap_or_default();
        let columns: [&[u8]; 4] = [
            bytemuck::cast_slice(&ends),
            bytemuck::cast_slice(&mentions),
            bytemuck::cast_slice(&title_ends),
            &title_text,
        ];
        let mut digest = crc32fast::Hasher::new();
        artists.encode().iter().flatten().for_each(|(_, bytes)| digest.update(&crc32fast::hash(bytes).to_le_bytes()));
        let mut bytes =
            AlignedBytes::zeroed(columns.iter().map(|column| column.len().next_multiple_of(ALIGNMENT)).sum());
        let mut at = 0;
        let [ends, mentions, title_ends, title_text] = columns.map(|column| {
            let range = at..at + column.len();
            bytes.as_mut_slice()[range.clone()].copy_from_slice(column);
            digest.update(&crc32fast::hash(column).to_le_bytes());
            at = range.end.next_multiple_of(ALIGNMENT);
            range
        });
        summary.digest = format!("{:08x}", digest.finalize());
        Self { artists, summary, steps: Vec::new(), bytes, ends, mentions, title_ends, title_text }
    }

    /// The number of playlists.
    pub fn len(&self) -> usize {
        self.column::<u64>(&self.ends).len()
    }

    /// Says whether there are no playlists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A playlist's artists as indices into [`Self::artists`], in order, repeats kept; empty beyond the end.
    pub fn playlist(&self, i: usize) -> &[u32] {
        let ends = self.column::<u64>(&self.ends);
        let Some(&end) = ends.get(i) else { return &[] };
        let start = if i == 0 { 0 } else { ends[i - 1] };
        &self.column::<u32>(&self.mentions)[start as usize..end as usize]
    }

    /// A playlist's title; empty where it has none.
    pub fn title(&self, i: usize) -> &str {
        let ends = self.column::<u32>(&self.title_ends);
        let Some(&end) = ends.get(i) else { return "" };
        let start = if i == 0 { 0 } else { ends[i - 1] };
        let text = &self.bytes.as_slice()[self.title_text.clone()];
        std::str::from_utf8(&text[start as usize..end as usize]).unwrap_or_default()
    }

    /// The corpus and the steps that led to it, for what is made from it.
    pub fn provenance(&self) -> Provenance {
        Provenance { corpus: self.summary.clone(), steps: self.steps.clone() }
    }

    fn column<T: bytemuck::AnyBitPattern>(&self, range: &Range<usize>) -> &[T] {
        bytemuck::cast_slice(&self.bytes.as_slice()[range.clone()])
    }

    fn decode(bytes: AlignedBytes) -> Result<Self, FormatError> {
        let container = Container::open(&CORPUS, bytes.as_slice())?;
        container.verify(&CORPUS)?;
        let artists = Artists::decode(&container)?;
        let mentions = container.column::<u32>(MENTIONS)?;
        let mut previous = 0;
        for &end in container.column::<u64>(ENDS)? {
            if end < previous || end > mentions.len() as u64 {
                return Err(container.bad_column(ENDS));
            }
            previous = end;
        }
        if previous != mentions.len() as u64 {
            return Err(container.bad_column(ENDS));
        }
        if mentions.iter().any(|&artist| artist as usize >= artists.len()) {
            return Err(container.bad_column(MENTIONS));
        }
        let titles = Strings::read(&container, TITLE_ENDS, TITLE_TEXT)?;
        if titles.len() != container.column::<u64>(ENDS)?.len() {
            return Err(container.bad_column(TITLE_ENDS));
        }
        let Provenance { corpus: summary, steps } =
            decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        if summary.digest != digest(container.entries()) {
            return Err(container.bad_column(META));
        }
        let place = |tag| {
            let entry = container.entries().iter().find(|entry| entry.tag == tag);
            entry.map_or(0..0, |entry| entry.offset as usize..(entry.offset + entry.length) as usize)
        };
        let (ends, mentions) = (place(ENDS), place(MENTIONS));
        let (title_ends, title_text) = (place(TITLE_ENDS), place(TITLE_TEXT));
        Ok(Self { artists, summary, steps, bytes, ends, mentions, title_ends, title_text })
    }
}

/// Counts one playlist with `mentions` mentions.
pub(super) fn count_playlist(summary: &mut CorpusSummary, mentions: usize) {
    /// Bins of ten; the last one (241 to 250 in the Million Playlist Dataset, whose longest have 250) takes the rest.
    const BINS: usize = 25;
    summary.playlist_lengths.resize(BINS, 0);
    summary.playlists += 1;
    summary.mentions += mentions as u64;
    if mentions > 0 {
        summary.playlist_lengths[((mentions - 1) / 10).min(BINS - 1)] += 1;
    }
}

/// Which corpus it is: the CRC-32 of the checksums of all sections but the metadata, in file order.
fn digest(entries: &[Entry]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for entry in entries.iter().filter(|entry| entry.tag != META) {
        hasher.update(&entry.crc32.to_le_bytes());
    }
    format!("{:08x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artists() -> Artists {
        Artists {
            names: vec!["Drake".into(), "Björk".into(), "!!!".into()],
            ids: vec!["spotify:artist:3TVXtAsR1Inumwj472S9r4".into(), String::new(), String::new()],
            mentions: vec![3, 2, 1],
        }
    }

    #[test]
    fn a_corpus_in_memory_answers() {
        let corpus = Corpus::in_memory(artists(), &[vec![0, 1, 0], vec![], vec![2, 1, 9, 0]], &["Täglich".into()]);
        assert_eq!(corpus.len(), 3);
        assert_eq!(corpus.playlist(0), [0, 1, 0]);
        assert_eq!((corpus.playlist(1).len(), corpus.playlist(3).len()), (0, 0));
        assert_eq!(corpus.playlist(2), [2, 1, 0]);
        assert_eq!(corpus.title(0), "Täglich");
        assert_eq!((corpus.title(2), corpus.title(3)), ("", ""));
        assert_eq!((corpus.summary.playlists, corpus.summary.mentions), (3, 6));
        assert_eq!(corpus.summary.playlist_lengths[0], 2);
    }
}
