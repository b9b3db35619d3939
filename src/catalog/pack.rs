//! The pack (`.a2v`): one file that holds everything the page shows and every vector it asks.
//!
//! Owns the sections of a pack, for writing and for reading, side by side; docs/FORMAT.md is their specification. After
//! [`Pack::open`] every column is known to be sound, so that questions need no further checks.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::aligned::AlignedBytes;
use super::container::{self, Container, Entry, FileKind, Tag};
use super::error::FormatError;
use super::kernel::CodeMatrix;
use super::manifest::sha256_hex;
use super::metadata::{Provenance, decode_metadata, encode_metadata};
use super::names::fold;
use super::quantise::Quantised;
use super::query::{ArtistId, Neighbour, QueryError, Rows, Term};
use super::search::FoldedNames;
use super::strings::{Strings, encode_strings};

/// The kind of file that the page reads.
pub static PACK: FileKind = FileKind {
    tag: *b"PACK",
    name: "pack",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Load it again; if that does not help, export it anew with `artist2vec export`",
};

// In load order: what comes first is useful first.
const META: Tag = *b"META";
const NAME_ENDS: Tag = *b"NAMO";
const NAME_TEXT: Tag = *b"NAME";
const MENTIONS: Tag = *b"MENT";
const ID_ENDS: Tag = *b"IDSO";
const ID_TEXT: Tag = *b"IDS ";
const GENRE_ENDS: Tag = *b"GENO";
const GENRE_TEXT: Tag = *b"GENR";
const ARTIST_GENRE_ENDS: Tag = *b"AGNO";
const ARTIST_GENRES: Tag = *b"AGEN";
const POSITIONS: Tag = *b"POSN";
const DIMENSIONS: Tag = *b"DIMS";
const SCALES: Tag = *b"SCAL";
const CODES: Tag = *b"CODE";
const FOLLOWERS: Tag = *b"FOLW";
const PICTURE_ENDS: Tag = *b"PICO";
const PICTURE_TEXT: Tag = *b"PICT";
const THUMBNAIL_ENDS: Tag = *b"THMO";
const THUMBNAILS: Tag = *b"THUM";
const CREDIT_ENDS: Tag = *b"CREO";
const CREDIT_TEXT: Tag = *b"CRED";

/// More dimensions than this are refused: query codes would be left with too few bits.
pub(super) const MAX_DIMENSIONS: usize = 4096;

/// Stands in the followers' column for an artist of whom nothing is known.
const UNKNOWN_FOLLOWERS: u32 = u32::MAX;

/// No link to a picture is longer, in bytes.
pub const MAX_PICTURE_LINK: usize = 2048;

/// No thumbnail is larger, in bytes.
pub const MAX_THUMBNAIL: usize = 1 << 16;

/// How every JPEG file begins: start of image, and the first byte of the next marker (ITU-T T.81, B.1.1.3).
const JPEG_START: [u8; 3] = [0xff, 0xd8, 0xff];

/// What quantisation cost, measured when the pack was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuantisationLoss {
    /// How many artists were asked for their neighbours, evenly spread over popularity.
    pub sample: u32,
    /// Mean share of the 20 nearest by full-precision cosine that are among the pack's 20 nearest, in [0, 1].
    pub recall_at_20: f64,
    /// Mean absolute difference between the pack's score and the full-precision cosine, over those neighbours.
    pub mean_score_error: f64,
}

/// A pack's facts for people: shown, never computed with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PackMetadata {
    /// What the collection is called.
    pub title: String,
    /// Terms of use, as whole sentences; may be empty.
    pub terms: String,
    /// Corpus, settings and measurements of every step.
    pub provenance: Provenance,
    /// What quantisation cost.
    pub quantisation: QuantisationLoss,
}

/// Everything that goes into a pack, artists in the order of popularity.
#[derive(Clone, Debug, Default)]
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
    /// The vectors.
    pub vectors: Quantised,
    /// Followers, one number an artist where it is known; no numbers at all where nothing is known of followers.
    pub followers: Vec<Option<u32>>,
    /// Addresses of pictures, one an artist, `https` and at most [`MAX_PICTURE_LINK`] bytes, empty where there is none;
    /// or no addresses at all.
    pub picture_links: Vec<String>,
    /// Small pictures as JPEG files, one an artist, at most [`MAX_THUMBNAIL`] bytes, empty where there is none; or none
    /// at all.
    pub thumbnails: Vec<Vec<u8>>,
    /// Who is to be named for genres, followers and pictures, as whole lines.
    pub credits: Vec<String>,
}

impl PackContent {
    /// Encodes the pack.
    ///
    /// # Errors
    /// [`FormatError`] where the content contradicts itself or does not fit; the bytes always pass [`Pack::open`].
    pub fn encode(&self) -> Result<AlignedBytes, FormatError> {
        let too_large = |what| FormatError::Damaged { kind: PACK.name, what, remedy: PACK.remedy };
        let encode = |strings: &[String]| encode_strings(strings).ok_or_else(|| too_large("its texts exceed 4 GiB"));
        let metadata = encode_metadata(&self.metadata).ok_or_else(|| too_large("its metadata exceeds 1 MiB"))?;
        let (name_ends, name_text) = encode(&self.names)?;
        let (id_ends, id_text) = encode(&self.ids)?;

        let mut genres: Vec<String> = self.genres.iter().flatten().cloned().collect();
        genres.sort_unstable();
        genres.dedup();
        let number_of = |genre: &String| genres.binary_search(genre).ok().and_then(|i| u16::try_from(i).ok());
        let mut artist_genre_ends = Vec::new();
        let mut artist_genres: Vec<u16> = Vec::new();
        for list in &self.genres {
            for genre in list {
                artist_genres.push(number_of(genre).ok_or_else(|| too_large("it has more than 65,536 genres"))?);
            }
            artist_genre_ends.push(artist_genres.len() as u32);
        }
        let (genre_ends, genre_text) = encode(&genres)?;
        let dimensions = [self.dimensions as u32];
        let followers: Vec<u32> = self
            .followers
            .iter()
            .map(|known| known.map_or(UNKNOWN_FOLLOWERS, |count| count.min(UNKNOWN_FOLLOWERS - 1)))
            .collect();
        let (picture_ends, picture_text) = encode(&self.picture_links)?;
        let mut thumbnail_ends = Vec::new();
        let mut end = 0_u32;
        for thumbnail in &self.thumbnails {
            end = u32::try_from(thumbnail.len())
                .ok()
                .and_then(|length| end.checked_add(length))
                .ok_or_else(|| too_large("its thumbnails exceed 4 GiB"))?;
            thumbnail_ends.push(end);
        }
        let thumbnails = self.thumbnails.concat();
        let (credit_ends, credit_text) = encode(&self.credits)?;

        let mut sections: Vec<(Tag, &[u8])> = alloc::vec![
            (META, metadata.as_slice()),
            (NAME_ENDS, bytemuck::cast_slice(&name_ends)),
            (NAME_TEXT, &name_text),
            (MENTIONS, bytemuck::cast_slice(&self.mentions)),
            (ID_ENDS, bytemuck::cast_slice(&id_ends)),
            (ID_TEXT, &id_text),
        ];
        if self.genres.iter().any(|list| !list.is_empty()) {
            sections.extend([
                (GENRE_ENDS, bytemuck::cast_slice(&genre_ends)),
                (GENRE_TEXT, genre_text.as_slice()),
                (ARTIST_GENRE_ENDS, bytemuck::cast_slice(&artist_genre_ends)),
                (ARTIST_GENRES, bytemuck::cast_slice(&artist_genres)),
            ]);
        }
        sections.extend([
            (POSITIONS, bytemuck::cast_slice(&self.positions)),
            (DIMENSIONS, bytemuck::cast_slice(&dimensions)),
            (SCALES, bytemuck::cast_slice(&self.vectors.scales)),
            (CODES, bytemuck::cast_slice(&self.vectors.codes)),
        ]);
        if self.followers.iter().any(Option::is_some) {
            sections.push((FOLLOWERS, bytemuck::cast_slice(&followers)));
        }
        for (ends_tag, ends, tag, bytes) in [
            (PICTURE_ENDS, &picture_ends, PICTURE_TEXT, &picture_text),
            (THUMBNAIL_ENDS, &thumbnail_ends, THUMBNAILS, &thumbnails),
            (CREDIT_ENDS, &credit_ends, CREDIT_TEXT, &credit_text),
        ] {
            if !bytes.is_empty() {
                sections.extend([(ends_tag, bytemuck::cast_slice(ends)), (tag, bytes.as_slice())]);
            }
        }
        let bytes = container::encode(&PACK, &sections).ok_or_else(|| too_large("it exceeds this machine's memory"))?;
        check(&bytes)?;
        Ok(bytes)
    }
}

/// Verifies checksums and everything that checksums cannot know.
fn check(bytes: &AlignedBytes) -> Result<Container<'_>, FormatError> {
    let container = Container::open(&PACK, bytes.as_slice())?;
    container.verify(&PACK)?;
    let bad = |tag| Err(container.bad_column(tag));
    let artists = Strings::read(&container, NAME_ENDS, NAME_TEXT)?.len();
    if Strings::read(&container, ID_ENDS, ID_TEXT)?.len() != artists {
        return bad(ID_ENDS);
    }
    let mentions = container.column::<u32>(MENTIONS)?;
    if mentions.len() != artists || !mentions.is_sorted_by(|a, b| a >= b) {
        return bad(MENTIONS);
    }
    if [GENRE_ENDS, GENRE_TEXT, ARTIST_GENRE_ENDS, ARTIST_GENRES].iter().any(|&tag| container.optional(tag).is_some()) {
        let names = Strings::read(&container, GENRE_ENDS, GENRE_TEXT)?;
        let ends = container.column::<u32>(ARTIST_GENRE_ENDS)?;
        let numbers = container.column::<u16>(ARTIST_GENRES)?;
        if ends.len() != artists || !covers(ends, numbers.len()) {
            return bad(ARTIST_GENRE_ENDS);
        }
        if numbers.iter().any(|&number| usize::from(number) >= names.len()) {
            return bad(ARTIST_GENRES);
        }
    }
    let positions = container.column::<f32>(POSITIONS)?;
    let fits = u32::try_from(artists).is_ok() && artists.checked_mul(3) == Some(positions.len());
    if !fits || !positions.iter().all(|x| x.is_finite()) {
        return bad(POSITIONS);
    }
    let dimensions = match container.column::<u32>(DIMENSIONS)? {
        &[dimensions] if (1..=MAX_DIMENSIONS).contains(&(dimensions as usize)) => dimensions as usize,
        _ => return bad(DIMENSIONS),
    };
    // A unit vector's largest number is at most 1, so no honest scale exceeds 1. NaN fails this too.
    let scales = container.column::<f32>(SCALES)?;
    if scales.len() != artists || !scales.iter().all(|scale| (0.0..=1.0).contains(scale)) {
        return bad(SCALES);
    }
    // −128 has no place: the bound on sums counts on 127.
    let codes = container.column::<i8>(CODES)?;
    if artists.checked_mul(dimensions) != Some(codes.len()) || codes.contains(&i8::MIN) {
        return bad(CODES);
    }
    check_extras(&container, artists)?;
    Ok(container)
}

/// Verifies what a publisher may add: followers, pictures, credits.
fn check_extras(container: &Container<'_>, artists: usize) -> Result<(), FormatError> {
    let has = |tags: &[Tag]| tags.iter().any(|&tag| container.optional(tag).is_some());
    let bad = |tag| Err(container.bad_column(tag));
    if has(&[FOLLOWERS]) && container.column::<u32>(FOLLOWERS)?.len() != artists {
        return bad(FOLLOWERS);
    }
    if has(&[PICTURE_ENDS, PICTURE_TEXT]) {
        let links = Strings::read(container, PICTURE_ENDS, PICTURE_TEXT)?;
        // A link is followed: nothing but the web's own scheme.
        let sound = |link: &str| link.starts_with("https://") && link.len() <= MAX_PICTURE_LINK;
        if links.len() != artists || !links.iter().all(|link| link.is_empty() || sound(link)) {
            return bad(PICTURE_TEXT);
        }
    }
    if has(&[THUMBNAIL_ENDS, THUMBNAILS]) {
        let ends = container.column::<u32>(THUMBNAIL_ENDS)?;
        let bytes = container.section(THUMBNAILS)?;
        if ends.len() != artists || !covers(ends, bytes.len()) {
            return bad(THUMBNAIL_ENDS);
        }
        let sound = |file: &[u8]| file.starts_with(&JPEG_START) && file.len() <= MAX_THUMBNAIL;
        if !(0..artists).map(|artist| &bytes[run(ends, artist)]).all(|file| file.is_empty() || sound(file)) {
            return bad(THUMBNAILS);
        }
    }
    if has(&[CREDIT_ENDS, CREDIT_TEXT]) {
        Strings::read(container, CREDIT_ENDS, CREDIT_TEXT)?;
    }
    Ok(())
}

/// Says whether runs that end at `ends` lie end to end over `length` values.
fn covers(ends: &[u32], length: usize) -> bool {
    ends.is_sorted() && ends.last().map_or(0, |&end| end as usize) == length
}

/// Where an artist's run lies, by the ends of all runs; empty where there is no such artist.
fn run(ends: &[u32], artist: usize) -> Range<usize> {
    let Some(&end) = ends.get(artist) else { return 0..0 };
    let start = if artist == 0 { 0 } else { ends[artist - 1] };
    start as usize..end as usize
}

/// Where a section lies in the pack's bytes.
type Place = Range<usize>;

/// An opened pack: verified, indexed by name, ready for questions.
pub struct Pack {
    bytes: AlignedBytes,
    entries: Vec<Entry>,
    metadata: PackMetadata,
    folded: FoldedNames,
    dimensions: usize,
    matrix: CodeMatrix,
    names: [Place; 2],
    ids: [Place; 2],
    mentions: Place,
    genre_names: [Place; 2],
    artist_genres: [Place; 2],
    positions: Place,
    scales: Place,
    codes: Place,
    // Empty places where the pack has no such sections: every look-up then finds nothing.
    followers: Place,
    picture_links: [Place; 2],
    thumbnails: [Place; 2],
    credits: [Place; 2],
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("title", &self.metadata.title).field("artists", &self.len()).finish()
    }
}

impl Pack {
    /// Verifies a pack's bytes, every one of them, and opens it.
    ///
    /// # Errors
    /// [`FormatError`] where the bytes are no pack, of another version, cut short or altered anywhere.
    pub fn open(bytes: AlignedBytes) -> Result<Self, FormatError> {
        let container = check(&bytes)?;
        let metadata = decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        let entries = container.entries().to_vec();
        let place = |tag| {
            let entry = entries.iter().find(|entry| entry.tag == tag);
            entry.map_or(0..0, |entry| entry.offset as usize..(entry.offset + entry.length) as usize)
        };
        // `check` has walked the names already.
        let names = Strings::trusted(container.column(NAME_ENDS)?, container.section(NAME_TEXT)?);
        let dimensions = container.column::<u32>(DIMENSIONS)?.first().map_or(0, |&dimensions| dimensions as usize);
        Ok(Self {
            folded: FoldedNames::new(names.iter()),
            matrix: CodeMatrix::new(dimensions, container.column(CODES)?),
            dimensions,
            names: [NAME_ENDS, NAME_TEXT].map(place),
            ids: [ID_ENDS, ID_TEXT].map(place),
            mentions: place(MENTIONS),
            genre_names: [GENRE_ENDS, GENRE_TEXT].map(place),
            artist_genres: [ARTIST_GENRE_ENDS, ARTIST_GENRES].map(place),
            positions: place(POSITIONS),
            scales: place(SCALES),
            codes: place(CODES),
            followers: place(FOLLOWERS),
            picture_links: [PICTURE_ENDS, PICTURE_TEXT].map(place),
            thumbnails: [THUMBNAIL_ENDS, THUMBNAILS].map(place),
            credits: [CREDIT_ENDS, CREDIT_TEXT].map(place),
            entries,
            metadata,
            bytes,
        })
    }

    /// A section as numbers; [`check`] has seen that it is aligned and whole.
    fn column<T: bytemuck::AnyBitPattern>(&self, place: &Place) -> &[T] {
        bytemuck::cast_slice(&self.bytes.as_slice()[place.clone()])
    }

    fn strings(&self, [ends, text]: &[Place; 2]) -> Strings<'_> {
        Strings::trusted(self.column(ends), self.column(text))
    }

    /// The number of artists.
    pub fn len(&self) -> usize {
        self.mentions().len()
    }

    /// Says whether the pack has no artists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// All sections in file order, with their places and checksums.
    pub fn sections(&self) -> &[Entry] {
        &self.entries
    }

    /// The pack's length in bytes.
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 of the pack's bytes as its manifest has it, 64 lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        sha256_hex(self.bytes.as_slice())
    }

    /// Facts for people: title, terms, provenance, measured loss.
    pub fn metadata(&self) -> &PackMetadata {
        &self.metadata
    }

    /// An artist's name as people write it; empty where there is no such artist.
    pub fn name(&self, artist: ArtistId) -> &str {
        self.strings(&self.names).get(artist as usize)
    }

    /// An artist's stable id such as `spotify:artist:…`; empty where none is known.
    pub fn stable_id(&self, artist: ArtistId) -> &str {
        self.strings(&self.ids).get(artist as usize)
    }

    /// What links and files call an artist, today and after another training: its stable id, else its folded name.
    pub fn key(&self, artist: ArtistId) -> String {
        match self.stable_id(artist) {
            "" => self.folded.get(artist as usize).into(),
            id => id.into(),
        }
    }

    /// Finds the artist of a [`Self::key`].
    ///
    /// A stable id is tried first; then an artist without a stable id of that folded name; then, as an artist may have
    /// got its id since the link was made, the most mentioned of that name.
    pub fn find_key(&self, key: &str) -> Option<ArtistId> {
        if key.is_empty() {
            return None;
        }
        let ids = self.strings(&self.ids);
        if let Some(artist) = (0..ids.len()).find(|&artist| ids.get(artist) == key) {
            return Some(artist as ArtistId);
        }
        let folded = fold(key);
        let without_id = self.folded.exact(&folded).find(|&artist| self.stable_id(artist).is_empty());
        without_id.or_else(|| self.folded.exact(&folded).next())
    }

    /// Finds the artist that a person means by a name or stable id.
    ///
    /// The exact spelling wins, capitals aside ("-M-" is not "M"); otherwise the most mentioned of the folded name.
    pub fn find_name(&self, name: &str) -> Option<ArtistId> {
        let folded = fold(name);
        let spelling = name.to_lowercase();
        let spelled = self.folded.exact(&folded).find(|&artist| self.name(artist).to_lowercase() == spelling);
        spelled.or_else(|| self.folded.exact(&folded).next()).or_else(|| self.find_key(name))
    }

    /// The artists whose names match what was typed, best match first, then the more mentioned; at most `limit`.
    ///
    /// Case, diacritics, punctuation and spaces do not count. The whole name comes first, then names of which a word
    /// begins so, then those that have it inside.
    pub fn search(&self, typed: &str, limit: usize) -> Vec<ArtistId> {
        self.folded.search(typed, limit)
    }

    /// How often each artist is mentioned in the playlists, repeats counted; never rises.
    pub fn mentions(&self) -> &[u32] {
        self.column(&self.mentions)
    }

    /// An artist's genres; empty where the pack knows none.
    pub fn genres(&self, artist: ArtistId) -> Vec<&str> {
        let names = self.strings(&self.genre_names);
        let [ends, numbers] = &self.artist_genres;
        let numbers: &[u16] = &self.column(numbers)[run(self.column(ends), artist as usize)];
        numbers.iter().map(|&number| names.get(number.into())).collect()
    }

    /// How many people follow an artist, on the service that [`Self::credits`] names; `None` where that is not known.
    pub fn followers(&self, artist: ArtistId) -> Option<u32> {
        self.column(&self.followers).get(artist as usize).copied().filter(|&count| count != UNKNOWN_FOLLOWERS)
    }

    /// The `https` address of an artist's picture on another site; empty where the pack knows none.
    pub fn picture_link(&self, artist: ArtistId) -> &str {
        self.strings(&self.picture_links).get(artist as usize)
    }

    /// An artist's small square picture, a JPEG file; empty where the pack has none.
    ///
    /// Only its first bytes and its length have been checked: what a decoder finds in it may still be damaged.
    pub fn thumbnail(&self, artist: ArtistId) -> &[u8] {
        let [ends, files] = &self.thumbnails;
        &self.column(files)[run(self.column(ends), artist as usize)]
    }

    /// Who is to be named for genres, followers and pictures, as whole lines for people.
    pub fn credits(&self) -> impl Iterator<Item = &str> {
        self.strings(&self.credits).iter()
    }

    /// Map positions: x, y, z of every artist, about the unit ball around the origin.
    pub fn positions(&self) -> &[f32] {
        self.column(&self.positions)
    }

    /// The vectors as the codes give them back, `len() × dimensions()` numbers, row-major; about unit length.
    pub fn vectors(&self) -> Vec<f32> {
        let (codes, scales): (&[i8], &[f32]) = (self.column(&self.codes), self.column(&self.scales));
        let rows = codes.chunks_exact(self.dimensions.max(1)).zip(scales);
        rows.flat_map(|(row, &scale)| row.iter().map(move |&code| f32::from(code) * scale)).collect()
    }

    /// The artists nearest to a weighted sum of artists, best first, at most `limit`, the terms' own artists left out.
    ///
    /// Scores are cosines, exact over the pack's codes; ties go to the more mentioned artist. Native and browser give
    /// the same bits.
    ///
    /// # Errors
    /// [`QueryError`] where there is nothing to ask or where the terms cancel out.
    pub fn query(&self, terms: &[Term], limit: usize) -> Result<Vec<Neighbour>, QueryError> {
        let rows = Rows { dimensions: self.dimensions, codes: &self.matrix, scales: self.column(&self.scales) };
        rows.nearest(terms, limit)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use super::super::quantise::quantise;
    use super::*;

    fn content() -> PackContent {
        let names = ["Drake", "Björk", "Orbital", "Orbital", "!!!"];
        let ids = ["spotify:artist:a", "", "spotify:artist:o", "", ""];
        let vectors = [1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -1.0, 0.0, 0.7, 0.7];
        PackContent {
            metadata: PackMetadata { title: "Test".into(), ..Default::default() },
            names: names.map(String::from).to_vec(),
            ids: ids.map(String::from).to_vec(),
            mentions: vec![9, 7, 7, 2, 1],
            genres: vec![vec!["rap".into(), "pop".into()], vec![], vec!["techno".into()], vec![], vec!["pop".into()]],
            positions: (0..15_u8).map(f32::from).collect(),
            dimensions: 2,
            vectors: quantise(&vectors, 2),
            ..Default::default()
        }
    }

    /// Everything that a publisher may add.
    fn rich() -> PackContent {
        let jpeg = |byte| [&JPEG_START[..], &[byte; 5]].concat();
        PackContent {
            followers: vec![Some(1_200_000), None, Some(0), Some(u32::MAX), None],
            picture_links: ["https://pictures.example/drake", "", "", "https://a.example/ö", ""]
                .map(String::from)
                .to_vec(),
            thumbnails: vec![vec![], jpeg(1), vec![], jpeg(2), vec![]],
            credits: vec!["Followers: Example, 2026-11-22".into()],
            ..content()
        }
    }

    fn open(content: &PackContent) -> Pack {
        Pack::open(content.encode().unwrap()).unwrap()
    }

    #[test]
    fn everything_comes_back() {
        let pack = open(&content());
        assert_eq!((pack.len(), pack.dimensions(), pack.metadata().title.as_str()), (5, 2, "Test"));
        assert_eq!((pack.name(1), pack.stable_id(0), pack.stable_id(1)), ("Björk", "spotify:artist:a", ""));
        assert_eq!(pack.mentions(), [9, 7, 7, 2, 1]);
        assert_eq!(pack.genres(0), ["rap", "pop"]);
        assert_eq!((pack.genres(1).len(), pack.genres(99).len(), pack.name(99)), (0, 0, ""));
        assert_eq!(pack.positions().len(), 15);
        for (back, vector) in pack.vectors().iter().zip([1.0, 0.0, 0.8, 0.6]) {
            assert!((back - vector).abs() < 0.005, "{back} {vector}");
        }
        assert_eq!(pack.search("bj", 5), [1]);
        let answer = pack.query(&[Term { artist: 0, weight: 1.0 }], 2).unwrap();
        assert_eq!(answer.iter().map(|n| n.artist).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn keys_find_their_artist_again() {
        let pack = open(&content());
        for artist in 0..5 {
            assert_eq!(pack.find_key(&pack.key(artist)), Some(artist), "{}", pack.key(artist));
        }
        assert_eq!(pack.find_name("ORBITAL"), Some(2), "a person means the better known");
        assert_eq!(pack.find_name("spotify:artist:o"), Some(2));
        assert_eq!((pack.find_key("nobody"), pack.find_key("")), (None, None));
        // A link made before Drake had an id.
        assert_eq!(pack.find_key("drake"), Some(0));
    }

    #[test]
    fn contradictions_with_right_checksums_are_refused() {
        let refused = |change: &dyn Fn(&mut PackContent)| {
            let mut changed = content();
            change(&mut changed);
            assert!(changed.encode().is_err());
        };
        refused(&|c| c.mentions[0] = 1);
        refused(&|c| {
            c.mentions.pop();
        });
        refused(&|c| {
            c.ids.pop();
        });
        refused(&|c| {
            c.genres.pop();
        });
        refused(&|c| c.positions[3] = f32::NAN);
        refused(&|c| c.vectors.scales[1] = f32::NAN);
        refused(&|c| c.vectors.scales[1] = -1.0);
        refused(&|c| c.vectors.codes[1] = i8::MIN);
        refused(&|c| c.dimensions = 0);
        refused(&|c| c.dimensions = 3);
    }

    #[test]
    fn an_empty_pack_and_one_without_genres_open() {
        let empty = open(&PackContent { dimensions: 1, ..Default::default() });
        assert!(empty.is_empty());
        assert!(empty.search("a", 5).is_empty());
        assert!(empty.query(&[Term { artist: 0, weight: 1.0 }], 5).is_err());
        let plain = open(&PackContent { genres: vec![], ..content() });
        assert!(plain.genres(0).is_empty());
    }

    #[test]
    fn what_a_publisher_adds_comes_back() {
        let pack = open(&rich());
        assert_eq!(
            [0, 1, 2, 3, 99].map(|artist| pack.followers(artist)),
            [Some(1_200_000), None, Some(0), Some(u32::MAX - 1), None]
        );
        assert_eq!(
            [0, 1, 3, 99].map(|artist| pack.picture_link(artist)),
            ["https://pictures.example/drake", "", "https://a.example/ö", ""]
        );
        assert_eq!(
            [0, 1, 2, 3, 99].map(|artist| pack.thumbnail(artist).last().copied()),
            [None, Some(1), None, Some(2), None]
        );
        assert_eq!(pack.thumbnail(1).len(), 8);
        assert_eq!(pack.credits().collect::<Vec<_>>(), ["Followers: Example, 2026-11-22"]);
    }

    #[test]
    fn a_pack_without_extras_is_as_long_as_ever() {
        let nothing = PackContent {
            followers: vec![None; 5],
            picture_links: vec![String::new(); 5],
            thumbnails: vec![vec![]; 5],
            ..content()
        };
        assert_eq!(nothing.encode().unwrap().as_slice(), content().encode().unwrap().as_slice());
        let pack = open(&nothing);
        assert_eq!(
            (pack.followers(0), pack.picture_link(0), pack.thumbnail(0), pack.credits().count()),
            (None, "", &[][..], 0)
        );
    }

    #[test]
    fn extras_that_contradict_themselves_are_refused() {
        let refused = |tag: &str, change: &dyn Fn(&mut PackContent)| {
            let mut changed = rich();
            change(&mut changed);
            let error = changed.encode().unwrap_err().to_string();
            assert!(error.contains(tag), "{error}");
        };
        refused("FOLW", &|c| {
            c.followers.pop();
        });
        refused("PICT", &|c| c.picture_links.push(String::new()));
        refused("PICT", &|c| c.picture_links[1] = "javascript:alert(1)".into());
        refused("PICT", &|c| c.picture_links[1] = alloc::format!("https://{}", "a".repeat(MAX_PICTURE_LINK)));
        refused("THMO", &|c| {
            c.thumbnails.pop();
        });
        refused("THUM", &|c| c.thumbnails[1] = b"GIF89a".to_vec());
        refused("THUM", &|c| c.thumbnails[1].resize(MAX_THUMBNAIL + 1, 0));
    }

    #[test]
    fn errors_say_what_to_do() {
        let mut bytes = content().encode().unwrap();
        let last = bytes.len() - 60;
        bytes.as_mut_slice()[last] ^= 1;
        let error = Pack::open(bytes).unwrap_err().to_string();
        assert!(error.contains("CODE") && error.contains("Load it again"), "{error}");
    }
}
