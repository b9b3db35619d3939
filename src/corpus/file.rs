//! The corpus file (`.a2c`): playlists as lists of artist indices, their titles, and the artists.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};
use std::ops::Range;
use std::path::Path;

use crate::catalog::container::{self, ALIGNMENT, Container, Entry, FileKind, Tag};
use crate::catalog::metadata::{CorpusSummary, Provenance, Source, Step, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError, Strings, encode_strings};
use crate::files::{self, ArtefactError, Bytes, FileError};

use super::artists::Artists;
use super::spool::Spool;

/// The kind of file that ingest writes.
pub static CORPUS: FileKind = FileKind {
    tag: *b"CORP",
    name: "corpus",
    // Version 0 did not say which playlists' order is real.
    version: 1,
    oldest_readable: 1,
    oldest_reader: 1,
    remedy: "Make it anew with `artist2vec ingest`, or copy it again from where it came.",
    remedy_older: "Make it anew with `artist2vec ingest`.",
    remedy_newer: "Update artist2vec.",
};

/// `u64` per playlist: where its mentions end in [`MENTIONS`].
const ENDS: Tag = *b"ENDS";
/// `u32` per mention: the artist's index.
const MENTIONS: Tag = *b"PLAY";
/// Titles, one a playlist.
const TITLE_ENDS: Tag = *b"TITO";
const TITLE_TEXT: Tag = *b"TITL";
/// `u8` per playlist: 1 where the order of its mentions is the one that its maker gave it, else 0.
const ORDERED: Tag = *b"ORDR";
/// [`Provenance`]. It stands last because it holds the digest of all others.
const META: Tag = *b"META";
/// The five sections of [`Artists::encode`] and those above.
const SECTIONS: usize = 11;

/// Playlists in the order of the inputs, in memory or where they lie in a file, which may be larger than memory.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The vocabulary: every artist that is mentioned, most mentioned first.
    pub artists: Artists,
    /// What the corpus looks like.
    pub summary: CorpusSummary,
    steps: Vec<Step>,
    bytes: Bytes,
    ends: Range<usize>,
    mentions: Range<usize>,
    title_ends: Range<usize>,
    title_text: Range<usize>,
    ordered: Range<usize>,
}

/// Playlists as owned columns, on their way into a [`Corpus`]; each is what the section of its name holds.
#[derive(Default)]
struct Columns {
    ends: Vec<u64>,
    mentions: Vec<u32>,
    title_ends: Vec<u32>,
    title_text: Vec<u8>,
    ordered: Vec<u8>,
}

impl Corpus {
    /// Maps and verifies a corpus; the file must stay as it is while it is used ([`files::map`]).
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be read or is not a sound corpus.
    pub fn open(path: &Path) -> Result<Self, ArtefactError> {
        Self::decode(files::map(path)?).map_err(|source| ArtefactError::format(path, source))
    }

    /// Makes a corpus of playlists in memory; `titles` may be shorter than `playlists`. For tests and experiments.
    ///
    /// Mentions of indices that `artists` does not have are left out. The order of all playlists counts as real;
    /// [`Self::with_order`] says otherwise.
    pub fn in_memory(artists: Artists, playlists: &[Vec<u32>], titles: &[String]) -> Self {
        let known = |&&artist: &&u32| (artist as usize) < artists.len();
        let mut columns = Columns { ordered: vec![1; playlists.len()], ..Columns::default() };
        for playlist in playlists {
            columns.mentions.extend(playlist.iter().filter(known));
            columns.ends.push(columns.mentions.len() as u64);
        }
        let titles = (0..playlists.len()).map(|i| titles.get(i).map_or("", String::as_str));
        (columns.title_ends, columns.title_text) = encode_strings(titles).unwrap_or_default();
        Self::from_columns(artists, &columns, Vec::new(), Vec::new())
    }

    /// The same playlists, where `ordered` says of each whether its order is real.
    #[must_use]
    pub fn with_order(self, ordered: impl Fn(usize) -> bool) -> Self {
        let columns = Columns {
            ends: self.column(&self.ends).to_vec(),
            mentions: self.column(&self.mentions).to_vec(),
            title_ends: self.column(&self.title_ends).to_vec(),
            title_text: self.column(&self.title_text).to_vec(),
            ordered: (0..self.len()).map(|i| u8::from(ordered(i))).collect(),
        };
        Self::from_columns(self.artists, &columns, self.summary.sources, self.steps)
    }

    /// The corpus that these playlists alone make; `playlists` is a set: each stands once, in the order of `self`.
    ///
    /// Artists that nobody mentions there are gone; the others are counted and ranked anew, by the rule of [`Artists`].
    /// The summary is that of the part, the steps are those of the whole: [`Self::push_step`] adds what was done.
    #[must_use]
    pub fn subset(&self, playlists: &[usize]) -> Self {
        let mut chosen: Vec<usize> = playlists.iter().copied().filter(|&i| i < self.len()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let mut counts = vec![0_u32; self.artists.len()];
        for &artist in chosen.iter().flat_map(|&i| self.playlist(i)) {
            // No part counts more than the whole, which fitted.
            counts[artist as usize] += 1;
        }
        let (artists, ranks) = self.artists.recounted(&counts);
        let mut columns = Columns::default();
        let (mut source, mut source_end) = (0, 0);
        let mut sources: Vec<Source> =
            self.summary.sources.iter().map(|whole| Source { name: whole.name.clone(), ..Source::default() }).collect();
        for &i in &chosen {
            let playlist = self.playlist(i);
            columns.mentions.extend(playlist.iter().map(|&artist| ranks[artist as usize]));
            columns.ends.push(columns.mentions.len() as u64);
            columns.title_text.extend_from_slice(self.title(i).as_bytes());
            // Titles of a part are no longer than those of the whole, which fitted.
            columns.title_ends.push(columns.title_text.len() as u32);
            columns.ordered.push(u8::from(self.is_ordered(i)));
            // Playlists stand in the order of their sources.
            while let Some(whole) = self.summary.sources.get(source)
                && i as u64 >= source_end + whole.playlists
            {
                source_end += whole.playlists;
                source += 1;
            }
            if let Some(part) = sources.get_mut(source) {
                part.playlists += 1;
                part.mentions += playlist.len() as u64;
            }
        }
        Self::from_columns(artists, &columns, sources, self.steps.clone())
    }

    /// Puts columns end to end, counts them, and computes the digest that they have as a file.
    fn from_columns(artists: Artists, columns: &Columns, sources: Vec<Source>, steps: Vec<Step>) -> Self {
        let mut summary = CorpusSummary { sources, artists: artists.len() as u64, ..CorpusSummary::default() };
        let mut start = 0;
        for &end in &columns.ends {
            count_playlist(&mut summary, (end - start) as usize);
            start = end;
        }
        let columns: [&[u8]; 5] = [
            bytemuck::cast_slice(&columns.ends),
            bytemuck::cast_slice(&columns.mentions),
            bytemuck::cast_slice(&columns.title_ends),
            &columns.title_text,
            &columns.ordered,
        ];
        let mut digest = crc32fast::Hasher::new();
        artists.encode().iter().flatten().for_each(|(_, bytes)| digest.update(&crc32fast::hash(bytes).to_le_bytes()));
        let mut bytes =
            AlignedBytes::zeroed(columns.iter().map(|column| column.len().next_multiple_of(ALIGNMENT)).sum());
        let mut at = 0;
        let [ends, mentions, title_ends, title_text, ordered] = columns.map(|column| {
            let range = at..at + column.len();
            bytes.as_mut_slice()[range.clone()].copy_from_slice(column);
            digest.update(&crc32fast::hash(column).to_le_bytes());
            at = range.end.next_multiple_of(ALIGNMENT);
            range
        });
        summary.digest = format!("{:08x}", digest.finalize());
        let bytes = Bytes::Owned(bytes);
        Self { artists, summary, steps, bytes, ends, mentions, title_ends, title_text, ordered }
    }

    /// Writes the corpus atomically; [`Self::open`] reads it back.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be written or the content exceeds the format.
    pub fn write(&self, path: &Path) -> Result<(), ArtefactError> {
        files::write_atomically(path, |writer| {
            let mut file = Sections::begin(path, writer)?;
            file.artists(&self.artists)?;
            for (tag, range) in [
                (ENDS, &self.ends),
                (MENTIONS, &self.mentions),
                (TITLE_ENDS, &self.title_ends),
                (TITLE_TEXT, &self.title_text),
                (ORDERED, &self.ordered),
            ] {
                file.section(tag, |section| section.write(self.column(range)))?;
            }
            file.end(self.provenance()).map(drop)
        })
    }

    /// Adds what was done to the corpus since it was read.
    pub fn push_step(&mut self, step: Step) {
        self.steps.push(step);
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

    /// Whether the order of a playlist's mentions is the one that its maker gave it; some data sets have lost it.
    pub fn is_ordered(&self, i: usize) -> bool {
        self.column::<u8>(&self.ordered).get(i).is_some_and(|&ordered| ordered == 1)
    }

    /// The corpus and the steps that led to it, for what is made from it.
    pub fn provenance(&self) -> Provenance {
        Provenance { corpus: self.summary.clone(), steps: self.steps.clone() }
    }

    fn column<T: bytemuck::AnyBitPattern>(&self, range: &Range<usize>) -> &[T] {
        bytemuck::cast_slice(&self.bytes.as_slice()[range.clone()])
    }

    fn decode(bytes: Bytes) -> Result<Self, FormatError> {
        let container = Container::open(&CORPUS, bytes.as_slice())?;
        container.verify(&CORPUS)?;
        let artists = Artists::decode(&container)?;
        artists.expect_ranked(&container)?;
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
        let ordered = container.section(ORDERED)?;
        if ordered.len() != titles.len() || ordered.iter().any(|&ordered| ordered > 1) {
            return Err(container.bad_column(ORDERED));
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
        let (title_ends, title_text, ordered) = (place(TITLE_ENDS), place(TITLE_TEXT), place(ORDERED));
        Ok(Self { artists, summary, steps, bytes, ends, mentions, title_ends, title_text, ordered })
    }
}

/// Writes a corpus atomically and section by section; `ranks` says which artist each spooled spelling is.
///
/// Gives back the provenance with the corpus's digest in it.
///
/// # Errors
/// [`ArtefactError`] where a file cannot be written or read back, or where the content exceeds the format.
pub(super) fn write(
    path: &Path,
    artists: &Artists,
    spool: &mut Spool,
    ranks: &[u32],
    provenance: Provenance,
) -> Result<Provenance, ArtefactError> {
    files::write_atomically(path, |writer| {
        let mut file = Sections::begin(path, writer)?;
        file.artists(artists)?;
        file.section(ENDS, |section| {
            let mut end = 0_u64;
            spool.lengths.read(|piece| {
                let ends = lengths(piece).map(|(mentions, _)| {
                    end += u64::from(mentions);
                    end.to_le_bytes()
                });
                section.write(&ends.collect::<Vec<_>>().concat())
            })
        })?;
        file.section(MENTIONS, |section| {
            spool.mentions.read(|piece| {
                let ranked = numbers(piece).map(|spelling| ranks[spelling as usize].to_le_bytes());
                section.write(&ranked.collect::<Vec<_>>().concat())
            })
        })?;
        file.section(TITLE_ENDS, |section| {
            let mut end = 0_u32;
            spool.lengths.read(|piece| {
                let mut ends = Vec::with_capacity(piece.len() / 2);
                for (_, title) in lengths(piece) {
                    end = end.checked_add(title).ok_or_else(|| too_large(path, "its titles exceed 4 GiB"))?;
                    ends.extend_from_slice(&end.to_le_bytes());
                }
                section.write(&ends)
            })
        })?;
        file.section(TITLE_TEXT, |section| spool.titles.read(|piece| section.write(piece)))?;
        file.section(ORDERED, |section| spool.ordered.read(|piece| section.write(piece)))?;
        file.end(provenance)
    })
}

fn too_large(path: &Path, what: &'static str) -> ArtefactError {
    let remedy = "Split the inputs into several corpora.";
    ArtefactError::format(path, FormatError::Damaged { kind: CORPUS.name, what, remedy })
}

fn numbers(piece: &[u8]) -> impl Iterator<Item = u32> {
    piece.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes))
}

/// Mentions and title bytes of playlists.
fn lengths(piece: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    let pairs: &[[u8; 8]] = piece.as_chunks().0;
    pairs.iter().map(|&[a, b, c, d, e, f, g, h]| (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])))
}

/// A container that is written section by section: its head comes last, into the space that was left for it.
struct Sections<'a> {
    path: &'a Path,
    writer: &'a mut BufWriter<File>,
    entries: Vec<Entry>,
}

/// A section that is being written.
struct Section<'a> {
    path: &'a Path,
    writer: &'a mut BufWriter<File>,
    crc: crc32fast::Hasher,
    length: u64,
}

impl Section<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ArtefactError> {
        self.crc.update(bytes);
        self.length += bytes.len() as u64;
        Ok(self.writer.write_all(bytes).map_err(|source| FileError::write(self.path, source))?)
    }
}

impl<'a> Sections<'a> {
    fn begin(path: &'a Path, writer: &'a mut BufWriter<File>) -> Result<Self, ArtefactError> {
        let mut file = Self { path, writer, entries: Vec::new() };
        let head = container::encode_head(&CORPUS, &[Entry { tag: META, crc32: 0, offset: 0, length: 0 }; SECTIONS], 0);
        file.pad(head.len() as u64)?;
        Ok(file)
    }

    fn section(
        &mut self,
        tag: Tag,
        fill: impl FnOnce(&mut Section<'_>) -> Result<(), ArtefactError>,
    ) -> Result<(), ArtefactError> {
        let mut section = Section { path: self.path, writer: self.writer, crc: crc32fast::Hasher::new(), length: 0 };
        fill(&mut section)?;
        let (length, crc32) = (section.length, section.crc.finalize());
        self.entries.push(Entry { tag, crc32, offset: 0, length });
        self.pad(length.next_multiple_of(ALIGNMENT as u64) - length)
    }

    fn artists(&mut self, artists: &Artists) -> Result<(), ArtefactError> {
        for (tag, bytes) in artists.encode().map_err(|source| ArtefactError::format(self.path, source))? {
            self.section(tag, |section| section.write(&bytes))?;
        }
        Ok(())
    }

    /// Adds the provenance, with the digest of all sections before it, and the head; gives back the provenance.
    fn end(mut self, mut provenance: Provenance) -> Result<Provenance, ArtefactError> {
        provenance.corpus.digest = digest(&self.entries);
        let metadata = encode_metadata(&provenance)
            .ok_or_else(|| too_large(self.path, "the list of inputs exceeds 1 MiB: give their folder instead"))?;
        self.section(META, |section| section.write(&metadata))?;
        let fail = |source| FileError::write(self.path, source);
        let lengths: Vec<_> = self.entries.iter().map(|entry| (entry.tag, entry.length)).collect();
        let (placed, total) = container::place(&lengths).ok_or_else(|| fail(io::ErrorKind::FileTooLarge.into()))?;
        let entries: Vec<Entry> =
            self.entries.iter().zip(placed).map(|(entry, place)| Entry { offset: place.offset, ..*entry }).collect();
        self.writer.rewind().map_err(fail)?;
        self.writer.write_all(&container::encode_head(&CORPUS, &entries, total)).map_err(fail)?;
        Ok(provenance)
    }

    fn pad(&mut self, length: u64) -> Result<(), ArtefactError> {
        let copied = io::copy(&mut io::repeat(0).take(length), self.writer);
        Ok(copied.map(drop).map_err(|source| FileError::write(self.path, source))?)
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
    fn a_written_corpus_comes_back_and_damage_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("corpus.a2c");
        let mut spool = Spool::create(&path).unwrap();
        // Spellings 0 and 3 are the same artist.
        for spelling in [3_u32, 1, 0, 2, 1, 0] {
            spool.mentions.write(&spelling.to_le_bytes()).unwrap();
        }
        for number in [3_u32, 8, 0, 0, 3, 0] {
            spool.lengths.write(&number.to_le_bytes()).unwrap();
        }
        spool.titles.write("Täglich".as_bytes()).unwrap();
        spool.ordered.write(&[1, 0, 1]).unwrap();
        let provenance = Provenance { steps: vec![Step::new("ingest")], ..Provenance::default() };
        let provenance = write(&path, &artists(), &mut spool, &[0, 1, 2, 0], provenance).unwrap();
        drop(spool);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);

        let corpus = Corpus::open(&path).unwrap();
        assert_eq!(corpus.provenance(), provenance);
        assert_eq!(corpus.artists, artists());
        let twin = Corpus::in_memory(artists(), &[vec![0, 1, 0], vec![], vec![2, 1, 0]], &["Täglich".into()]);
        let twin = twin.with_order(|i| i != 1);
        assert_eq!(corpus.len(), 3);
        for i in 0..4 {
            let all = |corpus: &Corpus| (corpus.playlist(i).to_vec(), corpus.title(i).to_owned(), corpus.is_ordered(i));
            assert_eq!(all(&corpus), all(&twin));
        }
        let copy = directory.path().join("copy.a2c");
        corpus.write(&copy).unwrap();
        assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&path).unwrap());
        assert_eq!(corpus.summary.digest, twin.summary.digest);

        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            assert!(Corpus::decode(Bytes::Owned(AlignedBytes::from(&bytes[..cut]))).is_err(), "{cut}");
        }
        for at in 0..bytes.len() {
            let mut damaged = AlignedBytes::from(bytes.as_slice());
            damaged.as_mut_slice()[at] ^= 0x10;
            assert!(Corpus::decode(Bytes::Owned(damaged)).is_err(), "{at}");
        }
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        let file = |ends: &[u64], mentions: &[u32], title_ends: &[u32], ordered: &[u8]| {
            let table = artists().encode().unwrap();
            let mut sections: Vec<(Tag, &[u8])> = table.iter().map(|(tag, bytes)| (*tag, bytes.as_slice())).collect();
            sections.push((ENDS, bytemuck::cast_slice(ends)));
            sections.push((MENTIONS, bytemuck::cast_slice(mentions)));
            sections.push((TITLE_ENDS, bytemuck::cast_slice(title_ends)));
            sections.push((TITLE_TEXT, &[]));
            sections.push((ORDERED, ordered));
            let entries: Vec<Entry> = sections
                .iter()
                .map(|(tag, bytes)| Entry { tag: *tag, crc32: crc32fast::hash(bytes), offset: 0, length: 0 })
                .collect();
            let summary = CorpusSummary { digest: digest(&entries), ..CorpusSummary::default() };
            let metadata = encode_metadata(&Provenance { corpus: summary, steps: vec![] }).unwrap();
            sections.push((META, &metadata));
            Corpus::decode(Bytes::Owned(container::encode(&CORPUS, &sections).unwrap()))
        };
        assert!(file(&[1, 3], &[0, 1, 2], &[0, 0], &[0, 1]).is_ok());
        assert!(file(&[], &[], &[], &[]).is_ok());
        for (ends, mentions, title_ends, ordered) in [
            (&[1, 3][..], &[0, 1, 3][..], &[0, 0][..], &[0, 1][..]),
            (&[1, 2], &[0, 1, 2], &[0, 0], &[0, 1]),
            (&[1, 4], &[0, 1, 2], &[0, 0], &[0, 1]),
            (&[3, 1], &[0, 1, 2], &[0, 0], &[0, 1]),
            (&[1, 3], &[0, 1, 2], &[0], &[0, 1]),
            (&[1, 3], &[0, 1, 2], &[0, 0], &[0]),
            (&[1, 3], &[0, 1, 2], &[0, 0], &[0, 2]),
            (&[], &[0], &[], &[]),
        ] {
            let error = file(ends, mentions, title_ends, ordered).unwrap_err();
            assert!(matches!(error, FormatError::BadColumn { .. }), "{ends:?} {mentions:?} {title_ends:?} {ordered:?}");
        }
    }

    #[test]
    fn an_artist_twice_and_artists_out_of_order_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("corpus.a2c");
        let id = artists().ids[0].clone();
        for (artists, section) in [
            (Artists { ids: vec![id.clone(), String::new(), id], ..artists() }, "IDS "),
            (Artists { mentions: vec![1, 2, 3], ..artists() }, "MENT"),
        ] {
            Corpus::in_memory(artists, &[vec![0, 1, 2]], &[]).write(&path).unwrap();
            let error = Corpus::open(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("{section:?}")) || error.contains(section), "{error}");
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

    #[test]
    fn a_part_is_a_corpus_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let playlists = [vec![0, 1, 0], vec![], vec![2, 1, 0]];
        let titles = ["a", "bé", "c"].map(String::from);
        let mut whole = Corpus::in_memory(artists(), &playlists, &titles).with_order(|i| i == 2);
        let source = |name: &str, playlists, mentions| Source { name: name.into(), playlists, mentions };
        whole.summary.sources = vec![source("first", 2, 3), source("none", 0, 0), source("last", 1, 3)];
        whole.push_step(Step::new("ingest"));
        let part = whole.subset(&[2, 1, 7, 2]);
        // All three are mentioned once now: without an id first, then by name.
        assert_eq!(part.artists.names, ["!!!", "Björk", "Drake"]);
        assert_eq!(part.artists.ids[2], artists().ids[0]);
        assert_eq!(part.artists.mentions, [1, 1, 1]);
        assert_eq!((part.playlist(0).len(), part.playlist(1)), (0, &[0, 1, 2][..]));
        assert_eq!((part.title(0), part.title(1)), ("bé", "c"));
        assert_eq!((part.is_ordered(0), part.is_ordered(1), part.is_ordered(2)), (false, true, false));
        assert_eq!(part.summary.sources, [source("first", 1, 0), source("none", 0, 0), source("last", 1, 3)]);
        assert_eq!((part.summary.playlists, part.summary.mentions, part.summary.artists), (2, 3, 3));
        assert_eq!(part.provenance().steps, whole.provenance().steps);

        let first = whole.subset(&[0]);
        assert_eq!((first.artists.names.join(" "), first.artists.mentions.clone()), ("Drake Björk".into(), vec![2, 1]));
        for corpus in [&whole.subset(&[0, 1, 2]), &first, &part, &whole.subset(&[])] {
            let path = directory.path().join("part.a2c");
            corpus.write(&path).unwrap();
            let back = Corpus::open(&path).unwrap();
            assert_eq!((back.artists, back.summary), (corpus.artists.clone(), corpus.summary.clone()));
        }
        assert_eq!(whole.subset(&[0, 1, 2]).summary, whole.summary);
    }
}
