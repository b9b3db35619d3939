//! What a question is made of, and the direction that it points in.

use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, QueryError};
use crate::catalog::vectors::{Vectors, length};

/// A title word's place in the pack's list: 0 is in most titles.
pub type WordId = u32;

/// What can be asked for: everything that has a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// An artist.
    Artist(ArtistId),
    /// A word of playlist titles.
    Word(WordId),
}

/// One summand of a question: +1 adds, −1 subtracts, other weights do so more or less strongly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Whom or what.
    pub item: Item,
    /// Its weight; any finite number.
    pub weight: f32,
}

impl Term {
    /// An artist with a weight.
    pub fn artist(artist: ArtistId, weight: f32) -> Self {
        Self { item: Item::Artist(artist), weight }
    }

    /// A title word with a weight.
    pub fn word(word: WordId, weight: f32) -> Self {
        Self { item: Item::Word(word), weight }
    }

    /// Each of some artists with weight 1.
    pub fn artists(artists: &[ArtistId]) -> Vec<Self> {
        artists.iter().map(|&artist| Self::artist(artist, 1.0)).collect()
    }
}

/// A sum shorter than this (unit vectors have length 1) is rounding noise of vectors that cancel out.
const SHORTEST: f32 = 1e-3;

/// The artists among the terms, in rising order: no question answers with what was asked.
pub(super) fn artists_of(terms: &[Term]) -> Vec<ArtistId> {
    let artist = |term: &Term| match term.item {
        Item::Artist(artist) => Some(artist),
        Item::Word(_) => None,
    };
    let mut artists: Vec<ArtistId> = terms.iter().filter_map(artist).collect();
    artists.sort_unstable();
    artists
}

impl Pack {
    /// The rows that an item is one of, and which.
    pub(super) fn row_of(&self, item: Item) -> (&Vectors, u32) {
        match item {
            Item::Artist(artist) => (&self.vectors, artist),
            Item::Word(word) => (&self.word_vectors, word),
        }
    }

    /// Fails where the pack does not have an item, or its vector has not arrived.
    pub(super) fn check_item(&self, item: Item) -> Result<(), QueryError> {
        let (vectors, row) = self.row_of(item);
        match item {
            _ if (row as usize) < vectors.len() => Ok(()),
            Item::Artist(artist) => Err(QueryError::UnknownArtist { artist, artists: vectors.len() }),
            Item::Word(word) => Err(QueryError::UnknownWord { word, words: vectors.len() }),
        }
    }

    /// Fails where there are no terms, or one names nothing or weighs nothing that is a number.
    pub(super) fn check_terms(&self, terms: &[Term]) -> Result<(), QueryError> {
        if terms.is_empty() {
            return Err(QueryError::Empty);
        }
        for term in terms {
            self.check_item(term.item)?;
            if !term.weight.is_finite() {
                return Err(QueryError::BadWeight);
            }
        }
        Ok(())
    }

    /// An item's unit direction; zeros where it has none.
    pub(super) fn unit(&self, item: Item) -> Vec<f32> {
        let (vectors, row) = self.row_of(item);
        vectors.unit(row)
    }

    /// Σ weight · unit direction, term by term in their order.
    ///
    /// # Errors
    /// [`QueryError`] where a term is none, or where nothing is left of the sum.
    pub(super) fn direction(&self, terms: &[Term]) -> Result<Vec<f32>, QueryError> {
        self.check_terms(terms)?;
        let mut direction = vec![0_f32; self.dimensions()];
        for term in terms {
            let (vectors, row) = self.row_of(term.item);
            vectors.add_unit(row, term.weight, &mut direction);
        }
        let heaviest = terms.iter().fold(0_f32, |heaviest, term| heaviest.max(term.weight.abs()));
        // A comparison that NaN and infinity fail as well.
        let length = length(&direction);
        if length > SHORTEST * heaviest && length.is_finite() { Ok(direction) } else { Err(QueryError::CancelsOut) }
    }

    /// Every artist's cosine to a direction.
    pub(super) fn cosines(&self, direction: &[f32]) -> Result<Vec<f32>, QueryError> {
        Ok(self.vectors.scan(direction).ok_or(QueryError::CancelsOut)?.cosines())
    }

    /// The natural logarithm of one more than each artist's mentions, of those whose vectors are there.
    pub(super) fn log_mentions(&self) -> Vec<f32> {
        let (mut last, mut log) = (0, 0.0);
        let logs = self.mentions().iter().map(|&count| {
            // Mentions fall, and most are the same as the one before.
            if count != last {
                (last, log) = (count, libm::logf(count as f32 + 1.0));
            }
            log
        });
        let mut logs: Vec<f32> = logs.take(self.answering()).collect();
        logs.resize(self.answering(), 0.0);
        logs
    }
}

/// The dot product, products added from first to last; −0 becomes +0.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

/// The same direction with length 1; `None` where it has no length, or none that is finite.
pub(super) fn normalised(direction: &[f32]) -> Option<Vec<f32>> {
    let length = length(direction);
    length.is_normal().then(|| direction.iter().map(|x| x / length).collect())
}
