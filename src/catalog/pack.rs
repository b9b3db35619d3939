//! The pack: everything the page shows and every vector it asks, as far as it has arrived.
//!
//! Owns the parts in memory and the look-ups of one artist. A pack never changes: a part that arrives makes a new one that
//! shares all that was there, so nobody is ever torn between two states, and a copy costs nothing. Every part is
//! verified before a byte of it is used.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::aligned::AlignedBytes;
use super::blocks::Blocks;
use super::container::Container;
use super::error::{FormatError, PackError};
use super::manifest::{Manifest, PartEntry};
use super::metadata::Provenance;
use super::names::fold;
use super::parts::{About, Facts, Names, PACK, Pictures, Role, Words, check_place, read_ids, read_positions};
use super::query::{ArtistId, Neighbour, QueryError, Term};
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
#[derive(Clone)]
pub struct Pack {
    manifest: Arc<Manifest>,
    /// Which parts are there.
    arrived: Arc<[bool]>,
    names: Blocks<Names>,
    mentions: Arc<Vec<u32>>,
    positions: Arc<Vec<f32>>,
    vectors: Vectors,
    ids: Blocks<Texts>,
    words: Option<Arc<Words>>,
    word_vectors: Vectors,
    about: Arc<About>,
    facts: Blocks<Facts>,
    pictures: Blocks<Pictures>,
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
            about: Arc::default(),
            facts: Blocks::default(),
            pictures: Blocks::default(),
        })
    }

    /// Which pack this is, and its parts.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The next part to load, in the manifest's order: its number and what the manifest says of it. `None` where all are
    /// there. Parts that this program does not know are left out.
    pub fn next_part(&self) -> Option<(usize, &PartEntry)> {
        let missing = |(i, part): &(usize, &PartEntry)| !self.arrived[*i] && Role::of_name(&part.role).is_some();
        self.manifest.parts.iter().enumerate().find(missing)
    }

    /// The same pack with one part more, verified to the last byte: length, SHA-256, every checksum, and everything that
    /// checksums cannot know. A part that is there already, or of an unknown kind, changes nothing.
    ///
    /// # Errors
    /// [`PackError`] where the part is not the one that the manifest names, is damaged, or comes before one that it
    /// continues.
    pub fn with_part(&self, part: usize, bytes: &AlignedBytes) -> Result<Self, PackError> {
        let Some(entry) = self.manifest.parts.get(part) else { return Err(PackError::NoSuchPart { part }) };
        let Some(role) = Role::of_name(&entry.role).filter(|_| !self.arrived[part]) else { return Ok(self.clone()) };
        entry.verify(bytes.as_slice())?;
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
            Role::Words | Role::About => first,
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
                if first + rows > self.len() {
                    return Err(FormatError::OtherPart {
                        role: role.name(),
                        first: entry.first,
                        rows: entry.rows,
                        remedy: PACK.remedy,
                    }
                    .into());
                }
                pack.mentions = Arc::new([self.mentions.as_slice(), &names.mentions].concat());
                pack.names = self.names.with(names, rows);
            }
            Role::Map => {
                pack.positions = Arc::new([self.positions.as_slice(), &read_positions(&container, rows)?].concat());
            }
            Role::Vectors => {
                let axes = Axes::read(&container)?;
                let block = VectorBlock::read(&container, &axes, rows)?;
                if first == 0 {
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
            "" => self.names.find(artist as usize).map_or("", |(names, place)| names.folded.get(place)).into(),
            id => id.into(),
        }
    }

    /// All artists of exactly this folded name, most mentioned first.
    fn of_folded_name<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = ArtistId> + 'a {
        self.names
            .iter()
            .flat_map(move |(first, names)| names.folded.exact(folded).map(move |place| place + first as ArtistId))
    }

    /// Finds the artist of a [`Self::key`].
    ///
    /// A stable id is tried first; then an artist without a stable id of that folded name; then, as an artist may have
    /// got its id since the link was made, the most mentioned of that name.
    pub fn find_key(&self, key: &str) -> Option<ArtistId> {
        if key.is_empty() {
            return None;
        }
        let ids = self.ids.iter().flat_map(|(_, ids)| ids.iter());
        if let Some(artist) = ids.enumerate().find(|&(_, id)| id == key).map(|(artist, _)| artist) {
            return Some(artist as ArtistId);
        }
        let folded = fold(key);
        let without_id = self.of_folded_name(&folded).find(|&artist| self.stable_id(artist).is_empty());
        without_id.or_else(|| self.of_folded_name(&folded).next())
    }

    /// Finds the artist that a person means by a name or stable id.
    ///
    /// The exact spelling wins, capitals aside ("-M-" is not "M"); otherwise the most mentioned of the folded name.
    pub fn find_name(&self, name: &str) -> Option<ArtistId> {
        let folded = fold(name);
        let spelling = name.to_lowercase();
        let spelled = self.of_folded_name(&folded).find(|&artist| self.name(artist).to_lowercase() == spelling);
        spelled.or_else(|| self.of_folded_name(&folded).next()).or_else(|| self.find_key(name))
    }

    /// The artists whose names match what was typed, best match first, then the more mentioned; at most `limit`.
    ///
    /// Case, diacritics, punctuation and spaces do not count. The whole name comes first, then names of which a word
    /// begins so, then those that have it inside.
    pub fn search(&self, typed: &str, limit: usize) -> Vec<ArtistId> {
        super::search::search(self.names.iter().map(|(first, names)| (first, &names.folded)), typed, limit)
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

    /// The artists nearest to a weighted sum of artists, best first, at most `limit`, the terms' own artists left out.
    ///
    /// Scores are cosines, exact over the pack's codes; ties go to the more mentioned artist. Native and browser give
    /// the same bits.
    ///
    /// # Errors
    /// [`QueryError`] where there is nothing to ask or where the terms cancel out.
    pub fn query(&self, terms: &[Term], limit: usize) -> Result<Vec<Neighbour>, QueryError> {
        let direction = self.vectors.blend(terms)?;
        let mut asked: Vec<ArtistId> = terms.iter().map(|term| term.artist).collect();
        asked.sort_unstable();
        let scan = self.vectors.scan(&direction).ok_or(QueryError::CancelsOut)?;
        Ok(scan.nearest(limit, &asked))
    }
}
