//! What a question is made of, and the direction that it points in.

use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::pack::Pack;
use crate::catalog::quantise::norm;
use crate::catalog::query::{ArtistId, QueryError};
use crate::catalog::vectors::Vectors;

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

/// The largest magnitude among the terms' weights.
pub(super) fn heaviest_of(terms: &[Term]) -> f32 {
    terms.iter().fold(0.0, |heaviest, term| heaviest.max(term.weight.abs()))
}

/// What weights are divided by: only their ratio counts, but squares of very large or small ones would leave the range of
/// f32. 1 for weights that anybody would write.
pub(super) fn weight_scale(terms: &[Term]) -> f32 {
    let heaviest = heaviest_of(terms);
    if heaviest == 0.0 || (1e-12..=1e12).contains(&heaviest) { 1.0 } else { heaviest }
}

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
            Item::Artist(artist) if (artist as usize) < self.len() => Err(QueryError::NoVector { artist }),
            Item::Artist(artist) => Err(QueryError::UnknownArtist { artist, artists: self.len() }),
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
        let scale = weight_scale(terms);
        let heaviest = heaviest_of(terms) / scale;
        let mut direction = vec![0_f32; self.dimensions()];
        for term in terms {
            let (vectors, row) = self.row_of(term.item);
            vectors.add_unit(row, term.weight / scale, &mut direction);
        }
        // A comparison that NaN and infinity fail as well.
        let length = norm(&direction);
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
    let length = norm(direction);
    length.is_normal().then(|| direction.iter().map(|x| x / length).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, words};
    use super::super::{Method, Options};
    use super::*;
    use crate::catalog::PackContent;

    fn ask(terms: &[(ArtistId, f32)]) -> Result<Vec<ArtistId>, QueryError> {
        let pack = open(&circle(&[0.0, 6.0, 90.0, 180.0, 6.0]));
        let terms: Vec<Term> = terms.iter().map(|&(artist, weight)| Term::artist(artist, weight)).collect();
        let answer = pack.blend(&terms, Method::Add, &Options::default())?;
        Ok(answer.iter().map(|one| one.artist).collect())
    }

    #[test]
    fn questions_without_an_answer_say_why() {
        assert_eq!(ask(&[]), Err(QueryError::Empty));
        assert_eq!(ask(&[(5, 1.0)]), Err(QueryError::UnknownArtist { artist: 5, artists: 5 }));
        assert_eq!(ask(&[(0, f32::NAN)]), Err(QueryError::BadWeight));
        for cancelling in [
            &[(0, 1.0), (0, -1.0)][..],
            &[(0, 1.0), (3, 1.0)],
            &[(1, 1.0), (4, -1.0)],
            &[(0, 0.0)],
            &[(0, f32::MAX), (0, f32::MIN)],
        ] {
            assert_eq!(ask(cancelling), Err(QueryError::CancelsOut), "{cancelling:?}");
        }
        for weight in [1e-40, 1e-30, 1e-9, 1e9, 1e30, f32::MAX] {
            assert_eq!(ask(&[(0, weight)]).unwrap()[0], 1, "only the ratio of weights counts: {weight}");
            assert_eq!(ask(&[(0, weight), (2, weight)]), ask(&[(0, 1.0), (2, 1.0)]), "{weight}");
        }
    }

    #[test]
    fn words_are_terms() {
        let pack =
            open(&PackContent { words: words(&["up", "left"], &[90.0, 180.0]), ..circle(&[0.0, 45.0, 100.0, 170.0]) });
        let ask = |terms: &[Term]| {
            let answer = pack.blend(terms, Method::Add, &Options::default()).unwrap();
            answer.iter().map(|one| one.artist).collect::<Vec<_>>()
        };
        assert_eq!(ask(&[Term::word(0, 1.0)]), [2, 1, 3, 0]);
        assert_eq!(ask(&[Term::artist(0, 1.0), Term::word(0, 1.0)])[0], 1);
        let unknown = pack.blend(&[Term::word(2, 1.0)], Method::Add, &Options::default());
        assert_eq!(unknown, Err(QueryError::UnknownWord { word: 2, words: 2 }));
    }
}
