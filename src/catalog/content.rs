//! From what a publisher has to the parts of a pack.
//!
//! Owns the sections of every part for writing; `parts` reads them back, and every part is read back before it leaves
//! here. Knows nothing of where the content comes from.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::aligned::AlignedBytes;
use super::container::{self, Container, Entry, Tag};
use super::entropy::{encode_text, put_column, put_number};
use super::error::{FormatError, PackError};
use super::manifest::{MANIFEST_VERSION, Manifest, PartEntry};
use super::metadata::encode_metadata;
use super::pack::{Pack, PackMetadata};
use super::parts::{PACK, POSITION_LIMIT, Role, UNKNOWN_FOLLOWERS, tag};
use super::quantise::{FINE_STEP, axes, numbers, units};
use super::query::ArtistId;
use super::vectors::Axes;

/// The first part of each kind holds this many artists, the most mentioned: a phone may stop there.
pub const FIRST_BLOCK: usize = 20_000;

/// Each further part holds this many artists.
pub const NEXT_BLOCK: usize = 50_000;

/// Words of playlist titles and what was learned of them.
#[derive(Clone, Debug, Default)]
pub struct WordContent {
    /// The words.
    pub words: Vec<String>,
    /// How many titles have each word.
    pub titles: Vec<u32>,
    /// A vector a word, in the space of the artists' vectors.
    pub vectors: Vec<f32>,
    /// The length of each vector as training made it; or none.
    pub norms: Vec<f32>,
}

/// Everything that goes into a pack, artists in the order of popularity.
///
/// ```
/// use artist2vec::catalog::PackContent;
/// use artist2vec::catalog::questions::Options;
///
/// let content = PackContent {
///     names: ["Drake", "Björk", "Orbital"].map(String::from).to_vec(),
///     ids: vec![String::new(); 3],
///     mentions: vec![9, 7, 2],
///     positions: vec![0.0; 9],
///     dimensions: 2,
///     vectors: vec![1.0, 0.0, 0.1, 1.0, 0.3, 0.9],
///     ..PackContent::default()
/// };
/// // A manifest and parts, as they lie in a pack's folder; opened again from memory.
/// let encoded = content.encode()?;
/// assert_eq!(encoded.manifest.parts[0].role, "names");
/// let pack = encoded.open()?;
///
/// let nearest = pack.similar(1, &Options::limit(1))?;
/// assert_eq!(pack.name(nearest[0].artist), "Orbital");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PackContent {
    /// Facts for people.
    pub metadata: PackMetadata,
    /// Names, one an artist.
    pub names: Vec<String>,
    /// Stable ids, one an artist; empty where there is none.
    pub ids: Vec<String>,
    /// Mentions, one an artist, never rising.
    pub mentions: Vec<u32>,
    /// Genres, a list an artist; no lists at all where nothing is known of genres.
    pub genres: Vec<Vec<String>>,
    /// Map positions: x, y, z of every artist.
    pub positions: Vec<f32>,
    /// Numbers a vector.
    pub dimensions: usize,
    /// The vectors, a row an artist; only their directions are kept. Axes of falling variance come out smallest.
    pub vectors: Vec<f32>,
    /// What one code is worth: [`FINE_STEP`], [`COMPACT_STEP`](super::COMPACT_STEP) or another part of the unit length.
    pub step: f32,
    /// What each axis counts in the question of who belongs with whom; or none.
    pub weights: Vec<f32>,
    /// The length of each artist's vector as training made it; or none.
    pub norms: Vec<f32>,
    /// What is added to each artist's score in that question; or none.
    pub biases: Vec<f32>,
    /// Words of playlist titles.
    pub words: WordContent,
    /// Followers, one number an artist where it is known; no numbers at all where nothing is known of followers.
    pub followers: Vec<Option<u32>>,
    /// Addresses of pictures, one an artist, `https` and at most [`MAX_PICTURE_LINK`](super::MAX_PICTURE_LINK) bytes,
    /// empty where there is none; or no addresses at all.
    pub picture_links: Vec<String>,
    /// Small pictures as JPEG files, one an artist, at most [`MAX_THUMBNAIL`](super::MAX_THUMBNAIL) bytes, empty where
    /// there is none; or none at all.
    pub thumbnails: Vec<Vec<u8>>,
    /// With whom each artist shares playlists, and how many, most first; a list an artist, or no lists at all.
    pub together: Vec<Vec<(ArtistId, u32)>>,
    /// Who is to be named for genres, followers and pictures, as whole lines.
    pub credits: Vec<String>,
    /// How many artists the first part of each kind holds.
    pub first_block: usize,
    /// How many artists each further part holds.
    pub next_block: usize,
}

impl Default for PackContent {
    fn default() -> Self {
        Self {
            metadata: PackMetadata::default(),
            names: Vec::new(),
            ids: Vec::new(),
            mentions: Vec::new(),
            genres: Vec::new(),
            positions: Vec::new(),
            dimensions: 0,
            vectors: Vec::new(),
            step: FINE_STEP,
            weights: Vec::new(),
            norms: Vec::new(),
            biases: Vec::new(),
            words: WordContent::default(),
            followers: Vec::new(),
            picture_links: Vec::new(),
            thumbnails: Vec::new(),
            together: Vec::new(),
            credits: Vec::new(),
            first_block: FIRST_BLOCK,
            next_block: NEXT_BLOCK,
        }
    }
}

/// A pack's files, in memory.
#[derive(Clone, Debug)]
pub struct EncodedPack {
    /// What [`MANIFEST_FILE`](super::MANIFEST_FILE) holds, as JSON.
    pub manifest: Manifest,
    /// The files that it names, in its order.
    pub parts: Vec<AlignedBytes>,
}

impl EncodedPack {
    /// Every section with its place, and the part that it stands in. Parts of unknown kinds may have none.
    pub fn sections(&self) -> impl Iterator<Item = (&PartEntry, Entry)> {
        self.manifest.parts.iter().zip(&self.parts).flat_map(|(part, bytes)| {
            let container = Container::open(&PACK, bytes.as_slice());
            let entries = container.map_or_else(|_| Vec::new(), |container| container.entries().to_vec());
            entries.into_iter().map(move |entry| (part, entry))
        })
    }

    /// Verifies and opens all parts.
    ///
    /// # Errors
    /// [`PackError`] where a part is not what the manifest says.
    pub fn open(&self) -> Result<Pack, PackError> {
        let begun = Pack::begin(self.manifest.clone())?;
        self.parts.iter().enumerate().try_fold(begun, |pack, (i, part)| pack.with_part(i, part))
    }
}

/// Sections of one part while it is written.
type Sections = Vec<(Tag, Vec<u8>)>;

fn unfit(what: &'static str) -> FormatError {
    FormatError::Damaged { kind: PACK.name, what, remedy: PACK.remedy }
}

impl PackContent {
    /// Encodes the pack.
    ///
    /// # Errors
    /// [`PackError`] where the content contradicts itself or does not fit; the parts always pass [`EncodedPack::open`].
    pub fn encode(&self) -> Result<EncodedPack, PackError> {
        Ok(self.encode_and_open()?.0)
    }

    /// Encodes the pack, and opens what was encoded.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encode_and_open(&self) -> Result<(EncodedPack, Pack), PackError> {
        let artists = self.names.len();
        self.check_lengths()?;
        let units = units(&self.vectors, self.dimensions);
        let axes = axes(&units, self.dimensions, self.step, &self.weights);
        let numbers = numbers(&units, &axes);
        let mut blocks = Vec::new();
        let mut end = 0;
        while end < artists || blocks.is_empty() {
            let first = end;
            let size = if first == 0 { self.first_block } else { self.next_block };
            end = first.saturating_add(size.max(1)).min(artists);
            blocks.push(first..end);
        }
        let mut parts: Vec<(Role, usize, usize, Sections)> = Vec::new();
        for (i, block) in blocks.iter().enumerate() {
            let mut push = |role, sections| parts.push((role, block.start, block.len(), sections));
            push(Role::Names, self.names_part(block.clone())?);
            push(Role::Map, self.map_part(block.clone()));
            push(Role::Vectors, self.vectors_part(block.clone(), &axes, &numbers)?);
            if self.ids.iter().any(|id| !id.is_empty()) {
                push(Role::Ids, vec![(tag::IDS, text(&self.ids[block.clone()])?)]);
            }
            if i == 0 && !self.words.words.is_empty() {
                parts.push((Role::Words, 0, self.words.words.len(), self.words_part(&axes)?));
            }
        }
        parts.push((Role::About, 0, self.credits.len(), self.about_part()?));
        for (role, part) in [
            (Role::Facts, Self::facts_part as fn(&Self, Range<usize>) -> Result<Sections, FormatError>),
            (Role::Together, Self::together_part),
            (Role::Pictures, Self::pictures_part),
        ] {
            for block in &blocks {
                parts.push((role, block.start, block.len(), part(self, block.clone())?));
            }
            // Nothing is known at all: no part.
            if parts.iter().all(|(this, .., sections)| *this != role || sections.is_empty()) {
                parts.retain(|(this, ..)| *this != role);
            }
        }
        let mut encoded = EncodedPack {
            manifest: Manifest {
                version: MANIFEST_VERSION,
                title: self.metadata.title.clone(),
                artists: artists as u32,
                parts: Vec::new(),
            },
            parts: Vec::new(),
        };
        for (role, first, rows, mut sections) in parts {
            let place: [u32; 3] = [role as u32, first as u32, rows as u32];
            sections.insert(0, (tag::PART, bytemuck::cast_slice(&place).to_vec()));
            let borrowed: Vec<(Tag, &[u8])> = sections.iter().map(|(tag, bytes)| (*tag, bytes.as_slice())).collect();
            let part = container::encode(&PACK, &borrowed).ok_or_else(|| unfit("it exceeds this machine's memory"))?;
            encoded.manifest.parts.push(PartEntry::of(role.name(), first as u32, rows as u32, part.as_slice()));
            encoded.parts.push(part);
        }
        let pack = encoded.open()?;
        Ok((encoded, pack))
    }

    /// Refuses columns of different lengths, which slices would panic at.
    fn check_lengths(&self) -> Result<(), FormatError> {
        let artists = self.names.len();
        let fits = |length: usize| length == artists;
        let may = |length: usize| length == 0 || length == artists;
        let rows = |numbers: usize, rows: usize| rows.checked_mul(self.dimensions) == Some(numbers);
        let words = &self.words;
        let checks = [
            (
                (1..=super::parts::MAX_DIMENSIONS).contains(&self.dimensions),
                "its vectors have no number of dimensions that can be",
            ),
            (self.step > 0.0 && self.step <= 1.0, "its step is not between 0 and 1"),
            (fits(self.ids.len()), "its ids are not as many as its names"),
            (fits(self.mentions.len()), "its mentions are not as many as its names"),
            (artists.checked_mul(3) == Some(self.positions.len()), "its positions are not as many as its names"),
            (rows(self.vectors.len(), artists), "its vectors are not as many as its names"),
            (may(self.genres.len()), "its genres are not as many as its names"),
            (may(self.norms.len()) && may(self.biases.len()), "its norms or biases are not as many as its names"),
            (may(self.followers.len()), "its followers are not as many as its names"),
            (may(self.together.len()), "its lists of shared playlists are not as many as its names"),
            (may(self.picture_links.len()) && may(self.thumbnails.len()), "its pictures are not as many as its names"),
            (
                words.titles.len() == words.words.len()
                    && rows(words.vectors.len(), words.words.len())
                    && (words.norms.is_empty() || words.norms.len() == words.words.len()),
                "the columns of its title words differ in length",
            ),
        ];
        checks.into_iter().find(|(sound, _)| !sound).map_or(Ok(()), |(_, what)| Err(unfit(what)))
    }

    fn names_part(&self, block: Range<usize>) -> Result<Sections, FormatError> {
        let mut numbers = Vec::new();
        let mut last = None;
        for &count in &self.mentions[block.clone()] {
            put_number(&mut numbers, fall(&mut last, count).ok_or_else(|| unfit("its mentions rise"))?);
        }
        let section = coded_bytes(&numbers)?;
        Ok(vec![(tag::NAMES, text(&self.names[block])?), (tag::MENTIONS, section)])
    }

    fn map_part(&self, block: Range<usize>) -> Sections {
        let radius = self.positions.iter().fold(0_f32, |radius, x| radius.max(x.abs()));
        let step = radius / POSITION_LIMIT;
        let numbers: Vec<i16> = self.positions[3 * block.start..3 * block.end]
            .iter()
            .map(|&x| if step > 0.0 { libm::roundf(x / step) as i16 } else { 0 })
            .collect();
        vec![
            (tag::RADIUS, bytemuck::cast_slice(&[radius]).to_vec()),
            (tag::POSITIONS, bytemuck::cast_slice(&numbers).to_vec()),
        ]
    }

    fn vectors_part(&self, block: Range<usize>, axes: &Axes, numbers: &[i16]) -> Result<Sections, FormatError> {
        let d = self.dimensions;
        let mut sections = vec![
            (tag::STEPS, bytemuck::cast_slice(&axes.steps).to_vec()),
            (tag::WIDTHS, axes.widths.clone()),
            (tag::CODES, codes(&numbers[block.start * d..block.end * d], d)?),
        ];
        if !axes.weights.is_empty() {
            sections.push((tag::WEIGHTS, bytemuck::cast_slice(&axes.weights).to_vec()));
        }
        for (tag, column) in [(tag::NORMS, &self.norms), (tag::BIASES, &self.biases)] {
            if !column.is_empty() {
                sections.push((tag, byte_column(column, block.clone())));
            }
        }
        Ok(sections)
    }

    fn words_part(&self, axes: &Axes) -> Result<Sections, FormatError> {
        let WordContent { words, titles, vectors, norms } = &self.words;
        let mut sections = vec![
            (tag::WORDS, text(words)?),
            (tag::WORD_TITLES, bytemuck::cast_slice(titles).to_vec()),
            (tag::CODES, codes(&numbers(&units(vectors, self.dimensions), axes), self.dimensions)?),
        ];
        if !norms.is_empty() {
            sections.push((tag::NORMS, byte_column(norms, 0..norms.len())));
        }
        Ok(sections)
    }

    fn about_part(&self) -> Result<Sections, FormatError> {
        let metadata = encode_metadata(&self.metadata).ok_or_else(|| unfit("its metadata exceeds 1 MiB"))?;
        Ok(vec![(tag::METADATA, metadata), (tag::CREDITS, text(&self.credits)?)])
    }

    fn facts_part(&self, block: Range<usize>) -> Result<Sections, FormatError> {
        let mut sections = Vec::new();
        if self.genres.iter().any(|list| !list.is_empty()) {
            let lists = &self.genres[block.clone()];
            let mut genres: Vec<&String> = lists.iter().flatten().collect();
            genres.sort_unstable();
            genres.dedup();
            let number_of = |genre: &String| genres.binary_search(&genre).ok().and_then(|i| u16::try_from(i).ok());
            let numbers: Option<Vec<u16>> = lists.iter().flatten().map(number_of).collect();
            let numbers = numbers.ok_or_else(|| unfit("it has more than 65,536 genres"))?;
            let counts: Vec<i16> = lists.iter().map(|list| list.len().min(i16::MAX as usize) as i16).collect();
            let mut section = Vec::new();
            if !counts.is_empty() {
                column(&mut section, &counts)?;
            }
            sections.extend([
                (tag::GENRES, text(&genres)?),
                (tag::GENRE_COUNTS, section),
                (tag::ARTIST_GENRES, bytemuck::cast_slice(&numbers).to_vec()),
            ]);
        }
        if self.followers.iter().any(Option::is_some) {
            let count = |known: &Option<u32>| known.map_or(UNKNOWN_FOLLOWERS, |count| count.min(UNKNOWN_FOLLOWERS - 1));
            let followers: Vec<u32> = self.followers[block].iter().map(count).collect();
            sections.push((tag::FOLLOWERS, bytemuck::cast_slice(&followers).to_vec()));
        }
        Ok(sections)
    }

    fn together_part(&self, block: Range<usize>) -> Result<Sections, FormatError> {
        if self.together.iter().all(Vec::is_empty) {
            return Ok(Sections::new());
        }
        let mut numbers = Vec::new();
        for list in &self.together[block] {
            put_number(&mut numbers, list.len() as u32);
            let mut last = None;
            for &(artist, count) in list {
                put_number(&mut numbers, artist);
                put_number(&mut numbers, fall(&mut last, count).ok_or_else(|| unfit("its shared playlists rise"))?);
            }
        }
        Ok(vec![(tag::TOGETHER, coded_bytes(&numbers)?)])
    }

    fn pictures_part(&self, block: Range<usize>) -> Result<Sections, FormatError> {
        let mut sections = Vec::new();
        if self.picture_links.iter().any(|link| !link.is_empty()) {
            sections.push((tag::PICTURES, text(&self.picture_links[block.clone()])?));
        }
        if self.thumbnails.iter().any(|file| !file.is_empty()) {
            let files = &self.thumbnails[block];
            let mut end = 0_u32;
            let ends: Option<Vec<u32>> = files
                .iter()
                .map(|file| {
                    end = end.checked_add(u32::try_from(file.len()).ok()?)?;
                    Some(end)
                })
                .collect();
            let ends = ends.ok_or_else(|| unfit("its thumbnails exceed 4 GiB"))?;
            sections.extend([
                (tag::THUMBNAIL_ENDS, bytemuck::cast_slice(&ends).to_vec()),
                (tag::THUMBNAILS, files.concat()),
            ]);
        }
        Ok(sections)
    }
}

/// By how much a number is less than the one before; the first as it is. `None` where it is more.
fn fall(last: &mut Option<u32>, number: u32) -> Option<u32> {
    let fall = last.map_or(Some(number), |last| last.checked_sub(number));
    *last = Some(number);
    fall
}

/// Bytes as their number and a coded column.
fn coded_bytes(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    let mut section = Vec::new();
    put_number(&mut section, bytes.len() as u32);
    if !bytes.is_empty() {
        column(&mut section, &bytes.iter().map(|&byte| byte.into()).collect::<Vec<_>>())?;
    }
    Ok(section)
}

fn text<S: AsRef<str>>(strings: &[S]) -> Result<Vec<u8>, FormatError> {
    encode_text(strings).ok_or_else(|| unfit("one of its texts has a zero byte, or they exceed 64 MiB"))
}

fn column(section: &mut Vec<u8>, values: &[i16]) -> Result<(), FormatError> {
    put_column(section, values).ok_or_else(|| unfit("numbers of one column spread over more than 4,096 values"))
}

/// Rows as columns, axis by axis.
fn codes(numbers: &[i16], dimensions: usize) -> Result<Vec<u8>, FormatError> {
    let mut section = Vec::new();
    if !numbers.is_empty() {
        for axis in 0..dimensions {
            let values: Vec<i16> = numbers.iter().skip(axis).step_by(dimensions).copied().collect();
            column(&mut section, &values)?;
        }
    }
    Ok(section)
}

/// A block of a column as a lowest, a step and a byte each; lowest and step are those of the whole column.
fn byte_column(column: &[f32], block: Range<usize>) -> Vec<u8> {
    let finite = |x: f32| if x.is_finite() { x } else { 0.0 };
    let lowest = column.iter().fold(f32::MAX, |lowest, &x| lowest.min(finite(x)));
    let highest = column.iter().fold(f32::MIN, |highest, &x| highest.max(finite(x)));
    let step = (highest - lowest) / 255.0;
    let byte = |&x: &f32| if step > 0.0 { libm::roundf((finite(x) - lowest) / step) as u8 } else { 0 };
    let numbers = [lowest, step];
    bytemuck::cast_slice(&numbers).iter().copied().chain(column[block].iter().map(byte)).collect()
}
