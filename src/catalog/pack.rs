//! The pack: everything the page shows and every vector it asks, as far as it has arrived.
//!
//! Owns the parts in memory and the look-ups of one artist. A pack never changes: a part that arrives makes a new one that
//! shares all that was there, so nobody is ever torn between two states, and a copy costs nothing. Every part is
//! verified before a byte of it is used.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::aligned::AlignedBytes;
use super::blocks::Blocks;
use super::container::Container;
use super::error::PackError;
use super::manifest::{Manifest, PartEntry};
use super::metadata::Provenance;
use super::names::fold;
use super::parts::{About, Facts, Names, PACK, Pictures, Role, Together, Words, check_place, read_ids, read_positions};
use super::query::ArtistId;
use super::questions::Usual;
use super::search::{MatchKind, NameMatch, search_names};
use super::strings::Texts;
use super::vectors::{Axes, VectorBlock, Vectors};

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

/// A pack as far as it has arrived.
///
/// It is made part by part, in the manifest's order; each is useful as soon as it is there.
///
/// ```
/// use artist2vec::catalog::{Pack, PackContent};
///
/// # let content = PackContent {
/// #     names: ["Drake", "Björk"].map(String::from).to_vec(),
/// #     ids: vec![String::new(); 2],
/// #     mentions: vec![9, 7],
/// #     positions: vec![0.0; 6],
/// #     dimensions: 2,
/// #     vectors: vec![1.0, 0.0, 0.0, 1.0],
/// #     ..PackContent::default()
/// # };
/// # let encoded = content.encode()?;
/// // From a manifest and a file for each of its parts, wherever they come from.
/// let mut pack = Pack::begin(encoded.manifest)?;
/// while let Some((number, part)) = pack.next_part(|_| true) {
///     assert!(part.file.ends_with(".a2v"));
///     pack = pack.with_part(number, &encoded.parts[number])?;
///     assert_eq!(pack.name(0), "Drake");
/// }
/// assert_eq!((pack.named(), pack.answering()), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pack {
    manifest: Arc<Manifest>,
    /// Which parts are there.
    arrived: Arc<[bool]>,
    names: Blocks<Names>,
    mentions: Arc<Vec<u32>>,
    positions: Arc<Vec<f32>>,
    pub(super) vectors: Vectors,
    ids: Blocks<Texts>,
    words: Option<Arc<Words>>,
    pub(super) word_vectors: Vectors,
    /// What cosines to artists are usual for each word; computed when it is first asked for, of the vectors that are there.
    pub(super) usual_words: Arc<OnceLock<Vec<Usual>>>,
    about: Arc<About>,
    facts: Blocks<Facts>,
    pictures: Blocks<Pictures>,
    together: Blocks<Together>,
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("title", &self.title()).field("artists", &self.len()).finish()
    }
}

impl Pack {
    /// Begins a pack of which nothing has arrived yet.
    ///
    /// # Errors
    /// [`PackError`] where the manifest cannot be trusted.
    pub fn begin(manifest: Manifest) -> Result<Self, PackError> {
        manifest.check()?;
        Ok(Self {
            arrived: manifest.parts.iter().map(|_| false).collect(),
            manifest: Arc::new(manifest),
            names: Blocks::default(),
            mentions: Arc::default(),
            positions: Arc::default(),
            vectors: Vectors::default(),
            ids: Blocks::default(),
            words: None,
            word_vectors: Vectors::default(),
            usual_words: Arc::default(),
            about: Arc::default(),
            facts: Blocks::default(),
            pictures: Blocks::default(),
            together: Blocks::default(),
        })
    }

    /// Which pack this is, and its parts.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The parts that have not arrived, in the manifest's order: the number of each and what the manifest says of it.
    /// Those that this program does not know are left out.
    pub fn missing(&self) -> impl Iterator<Item = (usize, &PartEntry)> {
        let missing = |&(i, part): &(usize, &PartEntry)| !self.arrived[i] && Role::of_name(&part.role).is_some();
        self.manifest.parts.iter().enumerate().filter(missing)
    }

    /// The first of the [missing](Self::missing) parts that is wanted. `None` where all are there.
    pub fn next_part(&self, wanted: impl Fn(&PartEntry) -> bool) -> Option<(usize, &PartEntry)> {
        self.missing().find(|(_, part)| wanted(part))
    }

    /// The same pack with one part more, verified to the last byte: length, SHA-256, every checksum, and everything that
    /// checksums cannot know. A part that is there already changes nothing, nor does one of an unknown kind, of which
    /// length and SHA-256 are verified.
    ///
    /// # Errors
    /// [`PackError`] where the part is not the one that the manifest names, is damaged, or comes before one that it
    /// continues.
    pub fn with_part(&self, part: usize, bytes: &AlignedBytes) -> Result<Self, PackError> {
        let Some(entry) = self.manifest.parts.get(part) else { return Err(PackError::NoSuchPart { part }) };
        entry.verify(bytes.as_slice())?;
        let Some(role) = Role::of_name(&entry.role).filter(|_| !self.arrived[part]) else { return Ok(self.clone()) };
        let container = Container::open(&PACK, bytes.as_slice())?;
        container.verify(&PACK)?;
        check_place(&container, role, entry.first, entry.rows)?;
        let (first, rows) = (entry.first as usize, entry.rows as usize);
        let next = match role {
            Role::Names => self.names.len(),
            Role::Map => self.positions.len() / 3,
            Role::Vectors => self.vectors.len(),
            Role::Ids => self.ids.len(),
            Role::Facts => self.facts.len(),
            Role::Pictures => self.pictures.len(),
            Role::Together => self.together.len(),
            // One part each.
            Role::Words | Role::About => 0,
        };
        // Everything about an artist comes behind its name, and words behind the vectors whose axes they share.
        let of_artists = !matches!(role, Role::Words | Role::About | Role::Names);
        let named = !of_artists || first + rows <= self.names.len();
        if next != first || !named || role == Role::Words && self.vectors.dimensions() == 0 {
            return Err(PackError::TooEarly { file: entry.file.clone() });
        }
        let mut pack = self.clone();
        match role {
            Role::Names => {
                let most = self.mentions.last().copied().unwrap_or(u32::MAX);
                let names = Names::read(&container, rows, most)?;
                pack.mentions = Arc::new([self.mentions.as_slice(), &names.mentions].concat());
                pack.names = self.names.with(names, rows);
            }
            Role::Map => {
                pack.positions = Arc::new([self.positions.as_slice(), &read_positions(&container, rows)?].concat());
            }
            Role::Vectors => {
                let axes = Axes::read(&container)?;
                let block = VectorBlock::read(&container, &axes, rows)?;
                // Not where the first row is: a part before may have had none, and words lie on the axes by now.
                if self.vectors.dimensions() == 0 {
                    pack.vectors = Vectors::new(axes).with_block(block);
                } else if axes == *self.vectors.axes() {
                    pack.vectors = self.vectors.with_block(block);
                } else {
                    return Err(container.bad_column(super::parts::tag::STEPS).into());
                }
            }
            Role::Ids => pack.ids = self.ids.with(read_ids(&container, rows)?, rows),
            Role::Words => {
                let (words, block) = Words::read(&container, self.vectors.axes(), rows)?;
                pack.word_vectors = Vectors::new(self.vectors.axes().clone()).with_block(block);
                pack.words = Some(Arc::new(words));
            }
            Role::About => pack.about = Arc::new(About::read(&container, rows)?),
            Role::Facts => pack.facts = self.facts.with(Facts::read(&container, rows)?, rows),
            Role::Pictures => pack.pictures = self.pictures.with(Pictures::read(&container, rows)?, rows),
            Role::Together => {
                let together = Together::read(&container, entry.first, rows, self.manifest.artists)?;
                pack.together = self.together.with(together, rows);
            }
        }
        if matches!(role, Role::Vectors | Role::Words) {
            pack.usual_words = Arc::default();
        }
        let arrived = self.arrived.iter().enumerate();
        pack.arrived = arrived.map(|(i, &arrived)| arrived || i == part).collect();
        Ok(pack)
    }

    /// Says whether every part of these kinds is there that the manifest names.
    pub fn has(&self, roles: &[Role]) -> bool {
        let wanted = |part: &PartEntry| Role::of_name(&part.role).is_some_and(|role| roles.contains(&role));
        self.manifest.parts.iter().zip(self.arrived.iter()).all(|(part, &arrived)| arrived || !wanted(part))
    }

    /// What the collection is called.
    pub fn title(&self) -> &str {
        &self.manifest.title
    }

    /// The number of artists that the pack has once all of it is there.
    pub fn len(&self) -> usize {
        self.manifest.artists as usize
    }

    /// Says whether the pack has no artists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many artists have a name so far: these can be searched.
    pub fn named(&self) -> usize {
        self.names.len()
    }

    /// How many artists have a vector so far: these can be asked for and can be answers.
    pub fn answering(&self) -> usize {
        self.vectors.len()
    }

    /// Numbers a vector; 0 before the first vectors are there.
    pub fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// Whether an artist's vector has a direction; without one, it is near to nobody.
    pub fn has_direction(&self, artist: ArtistId) -> bool {
        self.vectors.has_direction(artist)
    }

    /// Facts for people: title, terms, provenance, measured loss; empty before they are there.
    pub fn metadata(&self) -> &PackMetadata {
        &self.about.metadata
    }

    /// An artist's name as people write it; empty where there is no such artist, or not yet.
    pub fn name(&self, artist: ArtistId) -> &str {
        self.names.find(artist as usize).map_or("", |(names, place)| names.names.get(place))
    }

    /// An artist's stable id such as `spotify:artist:…`; empty where none is known.
    pub fn stable_id(&self, artist: ArtistId) -> &str {
        self.ids.find(artist as usize).map_or("", |(ids, place)| ids.get(place))
    }

    /// What links and files call an artist, today and after another training: its stable id, else its folded name.
    pub fn key(&self, artist: ArtistId) -> String {
        match self.stable_id(artist) {
            "" => fold(self.name(artist)),
            id => id.into(),
        }
    }

    /// All artists of exactly this folded name, most mentioned first.
    fn of_folded_name(&self, folded: &str) -> Vec<ArtistId> {
        let alike = |(first, names): (usize, &Names)| {
            let places: Vec<usize> = names.index.spelled_alike(folded).collect();
            places.into_iter().map(move |place| (first + place) as ArtistId)
        };
        self.names.iter().flat_map(alike).filter(|&artist| fold(self.name(artist)) == folded).collect()
    }

    /// Finds the artist of a [`Self::key`].
    ///
    /// A stable id is tried first; then an artist without a stable id of that folded name; then, as an artist may have
    /// got its id since the link was made, the most mentioned of that name.
    pub fn find_key(&self, key: &str) -> Option<ArtistId> {
        if key.is_empty() {
            return None;
        }
        self.find_id(key).or_else(|| {
            let alike = self.of_folded_name(&fold(key));
            let without_id = alike.iter().find(|&&artist| self.stable_id(artist).is_empty());
            without_id.or(alike.first()).copied()
        })
    }

    /// Finds the artist of a stable id.
    fn find_id(&self, id: &str) -> Option<ArtistId> {
        if id.is_empty() {
            return None;
        }
        self.ids.iter().find_map(|(first, ids)| Some((first + ids.position(id)?) as ArtistId))
    }

    /// Finds the artist that a person means by a name or stable id.
    ///
    /// The exact spelling wins, capitals aside ("-M-" is not "M"); otherwise the most mentioned of the folded name; otherwise
    /// whoever is called so but for "the", spaces, script or signs that are read as letters ("weeknd", "asap rocky").
    pub fn find_name(&self, name: &str) -> Option<ArtistId> {
        self.find_spelled(name).or_else(|| self.find_loosely(name))
    }

    /// The artist of this very name, but for what folding takes away, or of this stable id.
    pub(super) fn find_spelled(&self, name: &str) -> Option<ArtistId> {
        let alike = self.of_folded_name(&fold(name));
        let spelling = name.to_lowercase();
        let spelled = alike.iter().find(|&&artist| self.name(artist).to_lowercase() == spelling);
        spelled.or(alike.first()).copied().or_else(|| self.find_id(name))
    }

    /// The most mentioned artist whose name is the same to the search.
    pub(super) fn find_loosely(&self, name: &str) -> Option<ArtistId> {
        let found = self.search(name, 1).into_iter().next();
        found.filter(|found| found.kind == MatchKind::Exact).map(|found| found.artist)
    }

    /// The artists whose names match what was typed, best match first, then the more mentioned; at most `limit`.
    ///
    /// Case, diacritics, punctuation and spaces do not count, nor does the script, as far as tables spell it in Latin
    /// letters. The whole name comes first, then names of which a word begins so, then those that have it inside, then
    /// those of which a word begins so with one or two errors of typing.
    ///
    /// ```
    /// use artist2vec::catalog::MatchKind;
    /// # use artist2vec::catalog::PackContent;
    /// # let pack = PackContent {
    /// #     names: ["Drake", "Johnny Cash", "Björk"].map(String::from).to_vec(),
    /// #     ids: vec![String::new(); 3],
    /// #     mentions: vec![9, 7, 2],
    /// #     positions: vec![0.0; 9],
    /// #     dimensions: 2,
    /// #     vectors: vec![1.0, 0.1, 0.1, 1.0, 0.6, 0.8],
    /// #     ..PackContent::default()
    /// # }
    /// # .encode()?
    /// # .open()?;
    /// let found = pack.search("bjork", 5);
    /// assert_eq!((pack.name(found[0].artist), found[0].kind), ("Björk", MatchKind::Exact));
    /// assert_eq!(pack.search("jonny cash", 5)[0].kind, MatchKind::Typo);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn search(&self, typed: &str, limit: usize) -> Vec<NameMatch> {
        let blocks: Vec<_> = self.names.iter().map(|(first, names)| (first, &names.index)).collect();
        search_names(&blocks, typed, limit)
    }

    /// How often each artist is mentioned in the playlists, repeats counted; never rises. Those that have arrived.
    pub fn mentions(&self) -> &[u32] {
        &self.mentions
    }

    /// An artist's genres; empty where the pack knows none.
    pub fn genres(&self, artist: ArtistId) -> Vec<&str> {
        self.facts.find(artist as usize).map_or_else(Vec::new, |(facts, place)| facts.genres(place).collect())
    }

    /// How many people follow an artist, on the service that [`Self::credits`] names; `None` where that is not known.
    pub fn followers(&self, artist: ArtistId) -> Option<u32> {
        self.facts.find(artist as usize).and_then(|(facts, place)| facts.followers(place))
    }

    /// The `https` address of an artist's picture on another site; empty where the pack knows none.
    pub fn picture_link(&self, artist: ArtistId) -> &str {
        self.pictures.find(artist as usize).map_or("", |(pictures, place)| pictures.link(place))
    }

    /// An artist's small square picture, a JPEG file; empty where the pack has none.
    ///
    /// Only its first bytes and its length have been checked: what a decoder finds in it may still be damaged.
    pub fn thumbnail(&self, artist: ArtistId) -> &[u8] {
        self.pictures.find(artist as usize).map_or(&[], |(pictures, place)| pictures.thumbnail(place))
    }

    /// How many playlists two artists share; `None` where the pack does not know, or not yet: it holds the largest such
    /// numbers of each artist only, if any.
    pub fn playlists_together(&self, a: ArtistId, b: ArtistId) -> Option<u32> {
        let listed =
            |a: ArtistId, b| self.together.find(a as usize).and_then(|(together, place)| together.with(place, b));
        listed(a, b).or_else(|| listed(b, a))
    }

    /// Who is to be named for genres, followers and pictures, as whole lines for people.
    pub fn credits(&self) -> impl Iterator<Item = &str> {
        self.about.credits.iter()
    }

    /// Map positions: x, y, z of every artist, about the unit ball around the origin. Those that have arrived.
    pub fn positions(&self) -> &[f32] {
        &self.positions
    }

    /// The number of words of playlist titles.
    pub fn words(&self) -> usize {
        self.words.as_ref().map_or(0, |words| words.words.len())
    }

    /// A word of playlist titles; empty where there is no such word.
    pub fn word(&self, word: usize) -> &str {
        self.words.as_ref().map_or("", |words| words.words.get(word))
    }

    /// How many titles have a word.
    pub fn word_titles(&self, word: usize) -> u32 {
        self.words.as_ref().and_then(|words| words.titles.get(word).copied()).unwrap_or_default()
    }

    /// Unit vectors as the codes give them back, [`Self::answering`] rows of [`Self::dimensions`] numbers, row-major;
    /// zeros for artists without direction.
    pub fn vectors(&self) -> Vec<f32> {
        (0..self.vectors.len()).flat_map(|artist| self.vectors.unit(artist as ArtistId)).collect()
    }

    /// Whether training left scores of who belongs with whom that differ from cosines: see [`Self::recommend`].
    pub fn has_biases(&self) -> bool {
        self.vectors.has_biases()
    }

    /// The length of the vector that training made for an artist; 1 where it is not known.
    pub fn trained_length(&self, artist: ArtistId) -> f32 {
        self.vectors.norm(artist)
    }

    /// What is added to an artist's score in [`Self::recommend`]; 0 where nothing is.
    pub fn bias(&self, artist: ArtistId) -> f32 {
        self.vectors.bias(artist)
    }

    /// What each axis counts in the scores of [`Self::recommend`]; empty where all count alike.
    pub fn axis_weights(&self) -> &[f32] {
        &self.vectors.axes().weights
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use super::super::parts::JPEG_START;
    use super::super::{MAX_PICTURE_LINK, MAX_THUMBNAIL};
    use super::super::{ManifestError, PackContent};
    use super::*;
    use crate::catalog::questions::Options;
    use crate::catalog::{FormatError, QueryError};

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
            vectors: vectors.to_vec(),
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
        content.encode().unwrap().open().unwrap()
    }

    #[test]
    fn everything_comes_back() {
        let pack = open(&content());
        assert_eq!((pack.len(), pack.dimensions(), pack.title()), (5, 2, "Test"));
        assert_eq!((pack.name(1), pack.stable_id(0), pack.stable_id(1)), ("Björk", "spotify:artist:a", ""));
        assert_eq!(pack.mentions(), [9, 7, 7, 2, 1]);
        assert_eq!(pack.genres(0), ["rap", "pop"]);
        assert_eq!((pack.genres(1).len(), pack.genres(99).len(), pack.name(99)), (0, 0, ""));
        assert_eq!(pack.positions().len(), 15);
        assert!((pack.positions()[14] - 14.0).abs() < 1e-3 && (pack.positions()[1] - 1.0).abs() < 1e-3);
        for (back, vector) in pack.vectors().iter().zip([1.0, 0.0, 0.8, 0.6]) {
            assert!((back - vector).abs() < 0.005, "{back} {vector}");
        }
        assert_eq!(pack.search("bj", 5), [NameMatch { artist: 1, kind: MatchKind::Start }]);
        let answer = pack.similar(0, &Options::limit(2)).unwrap();
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
        assert_eq!(["the drake", "orb ital", "drak"].map(|name| pack.find_name(name)), [Some(0), Some(2), None]);
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
        refused(&|c| c.dimensions = 0);
        refused(&|c| c.dimensions = 3);
        refused(&|c| c.step = f32::NAN);
        refused(&|c| c.weights = vec![1.0, 0.0]);
        refused(&|c| c.weights = vec![1.0]);
        refused(&|c| c.biases = vec![1.0]);
        refused(&|c| c.names[1] = "a\0b".into());
    }

    #[test]
    fn an_empty_pack_and_one_without_genres_open() {
        let empty = open(&PackContent { dimensions: 1, ..Default::default() });
        assert!(empty.is_empty());
        assert!(empty.search("a", 5).is_empty());
        assert!(empty.similar(0, &Options::default()).is_err());
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
    fn a_pack_without_extras_has_no_parts_for_them() {
        let nothing = PackContent {
            followers: vec![None; 5],
            picture_links: vec![String::new(); 5],
            thumbnails: vec![vec![]; 5],
            ..content()
        };
        assert_eq!(nothing.encode().unwrap().manifest, content().encode().unwrap().manifest);
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
        refused("PICT", &|c| c.picture_links[1] = "javascript:alert(1)".into());
        refused("PICT", &|c| c.picture_links[1] = alloc::format!("https://{}", "a".repeat(MAX_PICTURE_LINK)));
        refused("THUM", &|c| c.thumbnails[1] = b"GIF89a".to_vec());
        refused("THUM", &|c| c.thumbnails[1].resize(MAX_THUMBNAIL + 1, 0));
    }

    /// Everything in three blocks.
    fn in_blocks() -> PackContent {
        PackContent { first_block: 2, next_block: 2, biases: vec![0.1, 0.2, 0.3, 0.4, 0.5], ..rich() }
    }

    #[test]
    fn a_pack_in_blocks_is_the_same_pack() {
        let whole = open(&PackContent { biases: in_blocks().biases, ..rich() });
        let encoded = in_blocks().encode().unwrap();
        let roles: Vec<_> = encoded.manifest.parts.iter().map(|part| (part.role.as_str(), part.first)).collect();
        assert_eq!(roles[..5], [("names", 0), ("map", 0), ("vectors", 0), ("ids", 0), ("names", 2)]);
        let pack = encoded.open().unwrap();
        assert_eq!((pack.named(), pack.answering(), pack.mentions()), (5, 5, whole.mentions()));
        assert_eq!((pack.positions(), pack.vectors()), (whole.positions(), whole.vectors()));
        for artist in 0..5 {
            assert_eq!((pack.name(artist), pack.key(artist)), (whole.name(artist), whole.key(artist)));
            assert_eq!((pack.genres(artist), pack.followers(artist)), (whole.genres(artist), whole.followers(artist)));
            assert_eq!(pack.thumbnail(artist), whole.thumbnail(artist));
            assert_eq!(pack.similar(artist, &Options::limit(5)), whole.similar(artist, &Options::limit(5)));
        }
        let found: Vec<_> = pack.search("orbital", 5).iter().map(|found| (found.artist, found.kind)).collect();
        assert_eq!(found, [(2, MatchKind::Exact), (3, MatchKind::Exact)], "over two blocks");
    }

    #[test]
    fn what_has_arrived_is_useful_and_nothing_else_changes() {
        let encoded = in_blocks().encode().unwrap();
        let mut pack = Pack::begin(encoded.manifest.clone()).unwrap();
        assert_eq!((pack.len(), pack.named(), pack.answering()), (5, 0, 0));
        let ask = |artist| pack.similar(artist, &Options::limit(5)).unwrap_err();
        assert_eq!(ask(0), QueryError::NoVector { artist: 0 });
        assert_eq!(ask(5), QueryError::UnknownArtist { artist: 5, artists: 5 });
        let mut order = Vec::new();
        while let Some((number, _)) = pack.next_part(|_| true) {
            order.push(number);
            let before = pack.clone();
            pack = pack.with_part(number, &encoded.parts[number]).unwrap();
            // Whoever holds the pack from before sees nothing of it.
            assert_eq!(before.next_part(|_| true).map(|(number, _)| number), Some(number));
            if number == 0 {
                assert_eq!((pack.search("drake", 5).len(), pack.search("orbital", 5).len()), (1, 0));
                assert!(pack.has(&[Role::Words]) && !pack.has(&[Role::Names]));
            }
            if number == 2 {
                assert_eq!(pack.similar(0, &Options::limit(5)).unwrap().len(), 1);
            }
        }
        assert_eq!(order, (0..encoded.parts.len()).collect::<Vec<_>>());
        let again = pack.with_part(0, &encoded.parts[0]).unwrap();
        assert_eq!(again.named(), 5, "a part that is there already changes nothing");
    }

    #[test]
    fn parts_that_do_not_belong_are_refused() {
        let encoded = in_blocks().encode().unwrap();
        let begun = Pack::begin(encoded.manifest.clone()).unwrap();
        let too_early =
            |part: usize| matches!(begun.with_part(part, &encoded.parts[part]), Err(PackError::TooEarly { .. }));
        // Vectors without names; names of the second block without the first.
        assert!(too_early(2) && too_early(4));
        assert!(matches!(begun.with_part(99, &encoded.parts[0]), Err(PackError::NoSuchPart { part: 99 })));
        assert!(matches!(
            begun.with_part(0, &encoded.parts[1]),
            Err(PackError::Manifest(ManifestError::OtherLength { .. } | ManifestError::OtherContent { .. }))
        ));
        // A manifest that names a part of another role, first row or length behind the right hash.
        let mut lying = encoded.clone();
        lying.manifest.parts.swap(0, 1);
        lying.parts.swap(0, 1);
        lying.manifest.parts[0].role = "names".into();
        lying.manifest.parts[1].role = "map".into();
        assert!(matches!(lying.open(), Err(PackError::Format(FormatError::OtherPart { role: "names", .. }))));
        // Parts of another export with the same rows: their steps differ.
        let finer = PackContent { step: 0.001, ..in_blocks() }.encode().unwrap();
        let mut mixed = encoded.clone();
        let second = |pack: &crate::catalog::EncodedPack| {
            pack.manifest.parts.iter().position(|part| part.role == "vectors" && part.first == 2).unwrap()
        };
        let (here, there) = (second(&mixed), second(&finer));
        mixed.manifest.parts[here] = finer.manifest.parts[there].clone();
        mixed.parts[here] = finer.parts[there].clone();
        assert!(matches!(mixed.open(), Err(PackError::Format(FormatError::BadColumn { .. }))));
        // More names than artists, and fewer.
        for artists in [3, 6] {
            let lying = Manifest { artists, ..encoded.manifest.clone() };
            let refused = ManifestError::OtherArtists { artists, named: 5 };
            assert_eq!(Pack::begin(lying).map(|_| ()), Err(PackError::Manifest(refused)));
        }
    }

    #[test]
    fn parts_of_unknown_kinds_are_left_out() {
        let mut encoded = content().encode().unwrap();
        encoded.manifest.parts[4].role = "lyrics".into();
        let pack = encoded.open().unwrap();
        assert_eq!((pack.answering(), pack.metadata().title.as_str()), (5, ""));
        assert!(pack.next_part(|_| true).is_none());
    }

    #[test]
    fn words_share_the_artists_space() {
        let words = crate::catalog::WordContent {
            words: vec!["rap".into(), "chill".into()],
            titles: vec![30, 20],
            vectors: vec![1.0, 0.0, 0.0, 1.0],
            norms: vec![2.0, 3.0],
        };
        let pack = open(&PackContent { words, ..content() });
        assert_eq!((pack.words(), pack.word(1), pack.word_titles(1), pack.word(2)), (2, "chill", 20, ""));
        assert!((pack.word_vectors.unit(1)[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn errors_say_what_to_do() {
        let mut encoded = content().encode().unwrap();
        let bytes = &mut encoded.parts[2];
        let last = bytes.len() - 60;
        bytes.as_mut_slice()[last] ^= 1;
        let error = encoded.open().unwrap_err().to_string();
        assert!(error.contains("vectors-0-") && error.contains("Load it again"), "{error}");
        // As a manifest that was made for the damage would show it.
        encoded.manifest.parts[2].sha256 = crate::catalog::sha256_hex(encoded.parts[2].as_slice());
        let error = encoded.open().unwrap_err().to_string();
        assert!(error.contains("damaged") && error.contains("Load it again"), "{error}");
    }
}
