//! The parts of a pack: what each one holds on the wire, and what becomes of it in memory.
//!
//! Owns the sections of every part for reading; `content` writes them, docs/FORMAT.md is the specification of both. What
//! comes out of here is sound: questions need no further checks.

use alloc::vec::Vec;

use super::container::{Container, FileKind, Tag};
use super::entropy::{Reader, decode_text};
use super::error::FormatError;
use super::metadata::decode_metadata;
use super::pack::PackMetadata;
use super::query::ArtistId;
use super::search::NameIndex;
use super::strings::Texts;
use super::vectors::{Axes, VectorBlock};

/// The kind of file that every part is.
pub static PACK: FileKind = FileKind {
    tag: *b"PACK",
    name: "pack",
    version: 1,
    oldest_readable: 1,
    oldest_reader: 1,
    remedy: "Load it again; if that does not help, export it anew with `artist2vec export`",
    remedy_older: "Export it anew with `artist2vec export`",
    remedy_newer: "Update artist2vec, or reload the page",
};

/// More dimensions than this are refused: query codes would be left with too few bits.
pub(super) const MAX_DIMENSIONS: usize = 4096;

/// No axis takes more columns of codes.
pub(super) const MAX_WIDTH: u8 = 8;

/// No link to a picture is longer, in bytes.
pub const MAX_PICTURE_LINK: usize = 2048;

/// No thumbnail is larger, in bytes.
pub const MAX_THUMBNAIL: usize = 1 << 16;

/// How every JPEG file begins: start of image, and the first byte of the next marker (ITU-T T.81, B.1.1.3).
pub(super) const JPEG_START: [u8; 3] = [0xff, 0xd8, 0xff];

/// Stands in the followers' column for an artist of whom nothing is known.
pub(super) const UNKNOWN_FOLLOWERS: u32 = u32::MAX;

/// Counts of shared playlists take no more bytes in one part.
const MAX_TOGETHER: usize = 1 << 26;

/// Map positions reach from −32,767 to 32,767 of these parts of the map's radius.
pub(super) const POSITION_LIMIT: f32 = 32_767.0;

pub(super) mod tag {
    //! The names of all sections.
    use super::Tag;

    pub(in super::super) const PART: Tag = *b"PART";
    pub(in super::super) const NAMES: Tag = *b"NAME";
    pub(in super::super) const MENTIONS: Tag = *b"MENT";
    pub(in super::super) const RADIUS: Tag = *b"RADI";
    pub(in super::super) const POSITIONS: Tag = *b"POSN";
    pub(in super::super) const STEPS: Tag = *b"STEP";
    pub(in super::super) const WIDTHS: Tag = *b"WIDE";
    pub(in super::super) const WEIGHTS: Tag = *b"WGTS";
    pub(in super::super) const CODES: Tag = *b"CODE";
    pub(in super::super) const NORMS: Tag = *b"NORM";
    pub(in super::super) const BIASES: Tag = *b"BIAS";
    pub(in super::super) const IDS: Tag = *b"IDS ";
    pub(in super::super) const WORDS: Tag = *b"WORD";
    pub(in super::super) const WORD_TITLES: Tag = *b"WTIT";
    pub(in super::super) const GENRES: Tag = *b"GENR";
    pub(in super::super) const GENRE_COUNTS: Tag = *b"GENC";
    pub(in super::super) const ARTIST_GENRES: Tag = *b"AGEN";
    pub(in super::super) const FOLLOWERS: Tag = *b"FOLW";
    pub(in super::super) const PICTURES: Tag = *b"PICT";
    pub(in super::super) const THUMBNAIL_ENDS: Tag = *b"THMO";
    pub(in super::super) const THUMBNAILS: Tag = *b"THUM";
    pub(in super::super) const METADATA: Tag = *b"META";
    pub(in super::super) const CREDITS: Tag = *b"CRED";
    pub(in super::super) const TOGETHER: Tag = *b"TOGE";
}

/// What a part holds; the numbers stand in the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Names and mentions: enough to search.
    Names = 1,
    /// Positions on the map.
    Map = 2,
    /// Vectors: enough to answer.
    Vectors = 3,
    /// Stable ids.
    Ids = 4,
    /// Words of playlist titles, with vectors in the artists' space.
    Words = 5,
    /// Title, terms, provenance, measurements, credits.
    About = 6,
    /// Genres and followers.
    Facts = 7,
    /// Links to pictures, and thumbnails.
    Pictures = 8,
    /// How many playlists artists share with those that they share most with.
    Together = 9,
}

impl Role {
    /// All roles, in load order.
    pub const ALL: [Self; 9] = [
        Self::Names,
        Self::Map,
        Self::Vectors,
        Self::Ids,
        Self::Words,
        Self::About,
        Self::Facts,
        Self::Together,
        Self::Pictures,
    ];

    /// The role's name in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Map => "map",
            Self::Vectors => "vectors",
            Self::Ids => "ids",
            Self::Words => "words",
            Self::About => "about",
            Self::Facts => "facts",
            Self::Pictures => "pictures",
            Self::Together => "together",
        }
    }

    /// The role of a name; `None` where this program does not know it.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Says whether a part is what its place in the manifest says, so that parts of two packs are not mixed.
pub(super) fn check_place(container: &Container<'_>, role: Role, first: u32, rows: u32) -> Result<(), FormatError> {
    if container.column::<u32>(tag::PART)? == [role as u32, first, rows] {
        Ok(())
    } else {
        Err(FormatError::OtherPart { role: role.name(), first, rows, remedy: PACK.remedy })
    }
}

/// Names and mentions.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) names: Texts,
    pub(super) index: NameIndex,
    pub(super) mentions: Vec<u32>,
}

/// Reads a text section of `rows` strings.
fn texts(container: &Container<'_>, tag: Tag, rows: usize) -> Result<Texts, FormatError> {
    let texts = decode_text(container.section(tag)?).filter(|texts| texts.len() == rows);
    texts.ok_or_else(|| container.bad_column(tag))
}

impl Names {
    /// `most` is the mentions of the artist before.
    pub(super) fn read(container: &Container<'_>, rows: usize, most: u32) -> Result<Self, FormatError> {
        let names = texts(container, tag::NAMES, rows)?;
        let mentions = falling(container.section(tag::MENTIONS)?, rows);
        let mentions = mentions.filter(|mentions| mentions.first().is_none_or(|&first| first <= most));
        let mentions = mentions.ok_or_else(|| container.bad_column(tag::MENTIONS))?;
        Ok(Self { index: NameIndex::new(names.iter()), names, mentions })
    }
}

/// Bytes that are written as their number and a coded column, at most `most`.
fn coded_bytes(section: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut reader = Reader::new(section);
    let length = Some(reader.number()? as usize).filter(|&length| length <= most)?;
    let bytes = reader.column(length, 0..=255)?;
    reader.is_at_end().then(|| bytes.iter().map(|&byte| byte as u8).collect())
}

/// Numbers that never rise, of which the first and then each fall are written as numbers, their bytes as a column.
fn falling(bytes: &[u8], rows: usize) -> Option<Vec<u32>> {
    // No number takes more than five bytes.
    let numbers = coded_bytes(bytes, rows.checked_mul(5)?)?;
    let (mut falls, mut mentions) = (Reader::new(&numbers), Vec::new());
    mentions.try_reserve_exact(rows).ok()?;
    let mut last: Option<u32> = None;
    for _ in 0..rows {
        let number = falls.number()?;
        let next = last.map_or(Some(number), |last| last.checked_sub(number))?;
        mentions.push(next);
        last = Some(next);
    }
    falls.is_at_end().then_some(mentions)
}

/// Reads map positions: x, y, z of every artist.
pub(super) fn read_positions(container: &Container<'_>, rows: usize) -> Result<Vec<f32>, FormatError> {
    let radius = match container.column::<f32>(tag::RADIUS)? {
        &[radius] if radius.is_finite() && radius >= 0.0 => radius,
        _ => return Err(container.bad_column(tag::RADIUS)),
    };
    let numbers = container.column::<i16>(tag::POSITIONS)?;
    if rows.checked_mul(3) != Some(numbers.len()) {
        return Err(container.bad_column(tag::POSITIONS));
    }
    Ok(numbers.iter().map(|&number| f32::from(number) * (radius / POSITION_LIMIT)).collect())
}

impl Axes {
    pub(super) fn read(container: &Container<'_>) -> Result<Self, FormatError> {
        let steps = container.column::<f32>(tag::STEPS)?;
        // NaN fails this too.
        if !(1..=MAX_DIMENSIONS).contains(&steps.len())
            || !steps.iter().all(|&step| (f32::MIN_POSITIVE..=1.0).contains(&step))
        {
            return Err(container.bad_column(tag::STEPS));
        }
        let widths = container.section(tag::WIDTHS)?;
        if widths.len() != steps.len() || !widths.iter().all(|width| (1..=MAX_WIDTH).contains(width)) {
            return Err(container.bad_column(tag::WIDTHS));
        }
        let weights =
            if container.optional(tag::WEIGHTS).is_some() { container.column::<f32>(tag::WEIGHTS)? } else { &[] };
        if !weights.is_empty() && weights.len() != steps.len() || !weights.iter().all(|&w| w > 0.0 && w.is_finite()) {
            return Err(container.bad_column(tag::WEIGHTS));
        }
        Ok(Self { steps: steps.to_vec(), widths: widths.to_vec(), weights: weights.to_vec() })
    }
}

impl VectorBlock {
    pub(super) fn read(container: &Container<'_>, axes: &Axes, rows: usize) -> Result<Self, FormatError> {
        let dimensions = axes.steps.len();
        let bad = || container.bad_column(tag::CODES);
        let mut numbers: Vec<i16> = Vec::new();
        let length = rows.checked_mul(dimensions).ok_or_else(bad)?;
        numbers.try_reserve_exact(length).map_err(|_| bad())?;
        numbers.resize(length, 0);
        let mut reader = Reader::new(container.section(tag::CODES)?);
        for axis in 0..dimensions {
            let limit = axes.limit(axis);
            let column = reader.column(rows, -limit..=limit).ok_or_else(bad)?;
            for (row, number) in numbers.chunks_exact_mut(dimensions).zip(column) {
                row[axis] = number;
            }
        }
        if !reader.is_at_end() {
            return Err(bad());
        }
        let norms = read_bytes(container, tag::NORMS, rows)?;
        let biases = read_bytes(container, tag::BIASES, rows)?;
        Ok(Self::new(axes, &numbers, norms, biases))
    }
}

/// Reads numbers that are written as a lowest, a step and a byte each; none where the section is missing.
fn read_bytes(container: &Container<'_>, tag: Tag, rows: usize) -> Result<Vec<f32>, FormatError> {
    let Some(section) = container.optional(tag) else { return Ok(Vec::new()) };
    let bad = || container.bad_column(tag);
    let (head, bytes) = section.split_at_checked(8).filter(|(_, bytes)| bytes.len() == rows).ok_or_else(bad)?;
    let number = |at: usize| f32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (lowest, step) = (number(0), number(4));
    if !(lowest.is_finite() && step >= 0.0 && (lowest + 255.0 * step).is_finite()) {
        return Err(bad());
    }
    Ok(bytes.iter().map(|&byte| lowest + f32::from(byte) * step).collect())
}

/// Reads stable ids.
pub(super) fn read_ids(container: &Container<'_>, rows: usize) -> Result<Texts, FormatError> {
    texts(container, tag::IDS, rows)
}

/// Words of playlist titles.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) words: Texts,
    /// How many titles have each word.
    pub(super) titles: Vec<u32>,
}

impl Words {
    pub(super) fn read(
        container: &Container<'_>,
        axes: &Axes,
        rows: usize,
    ) -> Result<(Self, VectorBlock), FormatError> {
        let words = texts(container, tag::WORDS, rows)?;
        let titles = container.column::<u32>(tag::WORD_TITLES)?;
        if titles.len() != rows {
            return Err(container.bad_column(tag::WORD_TITLES));
        }
        Ok((Self { words, titles: titles.to_vec() }, VectorBlock::read(container, axes, rows)?))
    }
}

/// What is told about the pack.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) metadata: PackMetadata,
    pub(super) credits: Texts,
}

impl About {
    pub(super) fn read(container: &Container<'_>, rows: usize) -> Result<Self, FormatError> {
        let metadata = decode_metadata(container.section(tag::METADATA)?);
        let metadata = metadata.ok_or_else(|| container.bad_column(tag::METADATA))?;
        Ok(Self { metadata, credits: texts(container, tag::CREDITS, rows)? })
    }
}

/// Genres and followers; either may be missing.
#[derive(Debug)]
pub(super) struct Facts {
    genres: Texts,
    /// Where each artist's genres end; empty where nothing is known of genres.
    ends: Vec<u32>,
    numbers: Vec<u16>,
    followers: Vec<u32>,
}

impl Facts {
    pub(super) fn read(container: &Container<'_>, rows: usize) -> Result<Self, FormatError> {
        let mut facts = Self { genres: Texts::default(), ends: Vec::new(), numbers: Vec::new(), followers: Vec::new() };
        if container.optional(tag::GENRES).is_some() {
            facts.genres =
                decode_text(container.section(tag::GENRES)?).ok_or_else(|| container.bad_column(tag::GENRES))?;
            let mut reader = Reader::new(container.section(tag::GENRE_COUNTS)?);
            let counts = reader.column(rows, 0..=i32::from(i16::MAX)).unwrap_or_default();
            let mut end = 0_u32;
            facts.ends.extend(counts.iter().map(|&count| {
                end = end.saturating_add(count.unsigned_abs().into());
                end
            }));
            facts.numbers = container.column::<u16>(tag::ARTIST_GENRES)?.to_vec();
            if counts.len() != rows || !reader.is_at_end() || end as usize != facts.numbers.len() {
                return Err(container.bad_column(tag::GENRE_COUNTS));
            }
            if facts.numbers.iter().any(|&number| usize::from(number) >= facts.genres.len()) {
                return Err(container.bad_column(tag::ARTIST_GENRES));
            }
        }
        if container.optional(tag::FOLLOWERS).is_some() {
            facts.followers = container.column::<u32>(tag::FOLLOWERS)?.to_vec();
            if facts.followers.len() != rows {
                return Err(container.bad_column(tag::FOLLOWERS));
            }
        }
        Ok(facts)
    }

    pub(super) fn genres(&self, place: usize) -> impl Iterator<Item = &str> {
        let numbers = self.numbers.get(run(&self.ends, place)).unwrap_or_default();
        numbers.iter().map(|&number| self.genres.get(number.into()))
    }

    pub(super) fn followers(&self, place: usize) -> Option<u32> {
        self.followers.get(place).copied().filter(|&count| count != UNKNOWN_FOLLOWERS)
    }
}

/// Where a row's run lies, by the ends of all runs; empty where there is no such row.
fn run(ends: &[u32], place: usize) -> core::ops::Range<usize> {
    let Some(&end) = ends.get(place) else { return 0..0 };
    let start = if place == 0 { 0 } else { ends[place - 1] };
    start as usize..end as usize
}

/// Links to pictures, and thumbnails; either may be missing.
#[derive(Debug)]
pub(super) struct Pictures {
    links: Texts,
    ends: Vec<u32>,
    thumbnails: Vec<u8>,
}

impl Pictures {
    pub(super) fn read(container: &Container<'_>, rows: usize) -> Result<Self, FormatError> {
        let mut pictures = Self { links: Texts::default(), ends: Vec::new(), thumbnails: Vec::new() };
        if container.optional(tag::PICTURES).is_some() {
            pictures.links = texts(container, tag::PICTURES, rows)?;
            // A link is followed: nothing but the web's own scheme.
            let sound = |link: &str| link.starts_with("https://") && link.len() <= MAX_PICTURE_LINK;
            if !pictures.links.iter().all(|link| link.is_empty() || sound(link)) {
                return Err(container.bad_column(tag::PICTURES));
            }
        }
        if container.optional(tag::THUMBNAILS).is_some() {
            pictures.ends = container.column::<u32>(tag::THUMBNAIL_ENDS)?.to_vec();
            pictures.thumbnails = container.section(tag::THUMBNAILS)?.to_vec();
            let covers = pictures.ends.is_sorted()
                && pictures.ends.last().map_or(0, |&end| end as usize) == pictures.thumbnails.len();
            if pictures.ends.len() != rows || !covers {
                return Err(container.bad_column(tag::THUMBNAIL_ENDS));
            }
            let sound = |file: &[u8]| file.starts_with(&JPEG_START) && file.len() <= MAX_THUMBNAIL;
            if !(0..rows).map(|place| pictures.thumbnail(place)).all(|file| file.is_empty() || sound(file)) {
                return Err(container.bad_column(tag::THUMBNAILS));
            }
        }
        Ok(pictures)
    }

    pub(super) fn link(&self, place: usize) -> &str {
        self.links.get(place)
    }

    pub(super) fn thumbnail(&self, place: usize) -> &[u8] {
        self.thumbnails.get(run(&self.ends, place)).unwrap_or_default()
    }
}

/// How many playlists artists share.
#[derive(Debug)]
pub(super) struct Together {
    /// Where each artist's run ends.
    ends: Vec<u32>,
    /// Another artist and the playlists that both are in, most first.
    shared: Vec<(ArtistId, u32)>,
}

impl Together {
    /// `artists` is how many the pack has.
    pub(super) fn read(container: &Container<'_>, first: u32, rows: usize, artists: u32) -> Result<Self, FormatError> {
        let section = container.section(tag::TOGETHER)?;
        Self::decode(section, first, rows, artists).ok_or_else(|| container.bad_column(tag::TOGETHER))
    }

    fn decode(section: &[u8], first: u32, rows: usize, artists: u32) -> Option<Self> {
        let bytes = coded_bytes(section, MAX_TOGETHER)?;
        let mut numbers = Reader::new(&bytes);
        let mut together = Self { ends: Vec::new(), shared: Vec::new() };
        together.ends.try_reserve_exact(rows).ok()?;
        for row in 0..rows {
            let mut last: Option<u32> = None;
            for _ in 0..numbers.number()? {
                let (other, number) = (numbers.number()?, numbers.number()?);
                let count = last.map_or(Some(number), |last| last.checked_sub(number))?;
                if other >= artists || other as usize == first as usize + row || count == 0 {
                    return None;
                }
                together.shared.push((other, count));
                last = Some(count);
            }
            together.ends.push(u32::try_from(together.shared.len()).ok()?);
        }
        numbers.is_at_end().then_some(together)
    }

    pub(super) fn with(&self, place: usize, other: ArtistId) -> Option<u32> {
        let run = self.shared.get(run(&self.ends, place))?;
        run.iter().find(|(artist, _)| *artist == other).map(|&(_, count)| count)
    }
}
