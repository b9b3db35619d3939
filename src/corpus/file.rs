//! The corpus file (`.a2c`): playlists as lists of artist indices, their titles, and the artists.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};
use std::ops::Range;
use std::path::Path;

use crate::catalog::container::{self, ALIGNMENT, Container, Entry, FileKind, Tag};
use crate::catalog::metadata::{CorpusSummary, Provenance, Step, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError, Strings, encode_strings};
use crate::files::{self, ArtefactError, FileError};

use super::artists::Artists;
use super::spool::Spool;

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
/// The five sections of [`Artists::encode`] and those above.
const SECTIONS: usize = 10;

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
    /// [`ArtefactError`] where the file cannot be read or is not a sound corpus.
    pub fn open(path: &Path) -> Result<Self, ArtefactError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(bytes).map_err(|source| ArtefactError::format(path, source))
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
    mut provenance: Provenance,
) -> Result<Provenance, ArtefactError> {
    let too_large = |what| {
        let source = FormatError::Damaged { kind: CORPUS.name, what, remedy: "Split the inputs into several corpora." };
        ArtefactError::format(path, source)
    };
    let format = |source| ArtefactError::format(path, source);
    files::write_atomically(path, |writer| {
        let mut file = Sections::begin(path, writer)?;
        for (tag, bytes) in artists.encode().map_err(format)? {
            file.section(tag, |section| section.write(&bytes))?;
        }
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
                    end = end.checked_add(title).ok_or_else(|| too_large("its titles exceed 4 GiB"))?;
                    ends.extend_from_slice(&end.to_le_bytes());
                }
                section.write(&ends)
            })
        })?;
        file.section(TITLE_TEXT, |section| spool.titles.read(|piece| section.write(piece)))?;
        provenance.corpus.digest = digest(&file.entries);
        let metadata = encode_metadata(&provenance)
            .ok_or_else(|| too_large("the list of inputs exceeds 1 MiB: give their folder instead"))?;
        file.section(META, |section| section.write(&metadata))?;
        file.end()
    })?;
    Ok(provenance)
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

    fn end(self) -> Result<(), ArtefactError> {
        let fail = |source| FileError::write(self.path, source);
        let lengths: Vec<_> = self.entries.iter().map(|entry| (entry.tag, entry.length)).collect();
        let (placed, total) = container::place(&lengths).ok_or_else(|| fail(io::ErrorKind::FileTooLarge.into()))?;
        let entries: Vec<Entry> =
            self.entries.iter().zip(placed).map(|(entry, place)| Entry { offset: place.offset, ..*entry }).collect();
        self.writer.rewind().map_err(fail)?;
        Ok(self.writer.write_all(&container::encode_head(&CORPUS, &entries, total)).map_err(fail)?)
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
        let provenance = Provenance { steps: vec![Step::new("ingest")], ..Provenance::default() };
        let provenance = write(&path, &artists(), &mut spool, &[0, 1, 2, 0], provenance).unwrap();
        drop(spool);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);

        let corpus = Corpus::open(&path).unwrap();
        assert_eq!(corpus.provenance(), provenance);
        assert_eq!(corpus.artists, artists());
        let twin = Corpus::in_memory(artists(), &[vec![0, 1, 0], vec![], vec![2, 1, 0]], &["Täglich".into()]);
        assert_eq!(corpus.len(), 3);
        for i in 0..4 {
            assert_eq!((corpus.playlist(i), corpus.title(i)), (twin.playlist(i), twin.title(i)));
        }
        assert_eq!(corpus.summary.digest, twin.summary.digest);

        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            assert!(Corpus::decode(AlignedBytes::from(&bytes[..cut])).is_err(), "{cut}");
        }
        for at in 0..bytes.len() {
            let mut damaged = AlignedBytes::from(bytes.as_slice());
            damaged.as_mut_slice()[at] ^= 0x10;
            assert!(Corpus::decode(damaged).is_err(), "{at}");
        }
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        let file = |ends: &[u64], mentions: &[u32], title_ends: &[u32]| {
            let table = artists().encode().unwrap();
            let mut sections: Vec<(Tag, &[u8])> = table.iter().map(|(tag, bytes)| (*tag, bytes.as_slice())).collect();
            sections.push((ENDS, bytemuck::cast_slice(ends)));
            sections.push((MENTIONS, bytemuck::cast_slice(mentions)));
            sections.push((TITLE_ENDS, bytemuck::cast_slice(title_ends)));
            sections.push((TITLE_TEXT, &[]));
            let entries: Vec<Entry> = sections
                .iter()
                .map(|(tag, bytes)| Entry { tag: *tag, crc32: crc32fast::hash(bytes), offset: 0, length: 0 })
                .collect();
            let summary = CorpusSummary { digest: digest(&entries), ..CorpusSummary::default() };
            let metadata = encode_metadata(&Provenance { corpus: summary, steps: vec![] }).unwrap();
            sections.push((META, &metadata));
            Corpus::decode(container::encode(&CORPUS, &sections).unwrap())
        };
        assert!(file(&[1, 3], &[0, 1, 2], &[0, 0]).is_ok());
        assert!(file(&[], &[], &[]).is_ok());
        for (ends, mentions, title_ends) in [
            (&[1, 3][..], &[0, 1, 3][..], &[0, 0][..]),
            (&[1, 2], &[0, 1, 2], &[0, 0]),
            (&[1, 4], &[0, 1, 2], &[0, 0]),
            (&[3, 1], &[0, 1, 2], &[0, 0]),
            (&[1, 3], &[0, 1, 2], &[0]),
            (&[], &[0], &[]),
        ] {
            let error = file(ends, mentions, title_ends).unwrap_err();
            assert!(matches!(error, FormatError::BadColumn { .. }), "{ends:?} {mentions:?} {title_ends:?}");
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
