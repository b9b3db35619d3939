//! How near artists are to one another, and who does not fit: what gensim's `KeyedVectors` answers.

use alloc::vec::Vec;

use super::terms::{Item, Term, dot};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};

impl Pack {
    /// The cosine of two items' directions, in [−1, 1] up to rounding; 0 where one has none. One less it is gensim's
    /// `distance`.
    ///
    /// # Errors
    /// [`QueryError`] where the pack does not have one of them.
    pub fn similarity(&self, a: Item, b: Item) -> Result<f32, QueryError> {
        self.check_item(a)?;
        self.check_item(b)?;
        Ok(dot(&self.unit(a), &self.unit(b)))
    }

    /// The place of `b` in the list of all artists similar to `a`, from 1. It is seldom the place of `a` in that of `b`.
    ///
    /// gensim's `rank`, but that of equals the more mentioned come first, as in [`Self::similar`].
    ///
    /// # Errors
    /// [`QueryError`] where the pack does not have one of them or `a` has no direction.
    pub fn rank(&self, a: Item, b: ArtistId) -> Result<usize, QueryError> {
        self.check_item(Item::Artist(b))?;
        let cosines = self.cosines(&self.direction(&[Term { item: a, weight: 1.0 }])?)?;
        let score = cosines[b as usize];
        let is_before = |&(artist, &cosine): &(usize, &f32)| {
            let artist = artist as ArtistId;
            let nearer = cosine > score || cosine == score && artist < b;
            nearer && Item::Artist(artist) != a && self.vectors.has_direction(artist)
        };
        Ok(1 + cosines.iter().enumerate().filter(is_before).count())
    }

    /// How well each of some artists fits the others: its cosine to the mean of all their directions, best first. The last
    /// one is the odd one out, gensim's `doesnt_match`.
    ///
    /// # Errors
    /// [`QueryError`] where there are none, the pack does not have one, or they cancel out.
    pub fn fits(&self, artists: &[ArtistId]) -> Result<Vec<Neighbour>, QueryError> {
        let direction = self.direction(&Term::artists(artists))?;
        let unit = super::terms::normalised(&direction).ok_or(QueryError::CancelsOut)?;
        let fit = |&artist: &ArtistId| Neighbour { artist, score: dot(&unit, &self.unit(Item::Artist(artist))) };
        let mut fits: Vec<Neighbour> = artists.iter().map(fit).collect();
        fits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.artist.cmp(&b.artist)));
        Ok(fits)
    }

    /// Which of some artists is nearest to an item, gensim's `most_similar_to_given`; of equals the more mentioned.
    ///
    /// # Errors
    /// [`QueryError`] where there are none, or the pack does not have one.
    pub fn nearest_of(&self, item: Item, artists: &[ArtistId]) -> Result<Neighbour, QueryError> {
        let mut nearest: Option<Neighbour> = None;
        for &artist in artists {
            let next = Neighbour { artist, score: self.similarity(item, Item::Artist(artist))? };
            let is_nearer = |best: &Neighbour| (next.score, best.artist) > (best.score, next.artist);
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some(next);
            }
        }
        nearest.ok_or(QueryError::Empty)
    }
}
