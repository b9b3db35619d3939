//! How near artists are to one another, and who does not fit: what gensim's `KeyedVectors` answers.

use alloc::vec::Vec;

use super::terms::{Item, Term, dot};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};

impl Pack {
    /// The cosine of two items' directions, in [−1, 1]; 0 where one has none. One less it is gensim's
    /// `distance`.
    ///
    /// # Errors
    /// [`QueryError`] where the pack does not have one of them.
    pub fn similarity(&self, a: Item, b: Item) -> Result<f32, QueryError> {
        self.check_item(a)?;
        self.check_item(b)?;
        // Lengths are rounded, so that an artist could be a little nearer to itself than can be.
        Ok(dot(&self.unit(a), &self.unit(b)).clamp(-1.0, 1.0))
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
        let asked = match a {
            Item::Artist(artist) => Some(artist),
            Item::Word(_) => None,
        };
        Ok(self.place(&cosines, b, asked.as_slice()))
    }

    /// The place of an artist by everybody's cosines, from 1; those asked for are not counted.
    pub(super) fn place(&self, cosines: &[f32], artist: ArtistId, asked: &[ArtistId]) -> usize {
        let cosine = cosines[artist as usize];
        let is_before = |&(other, &cosine_of_other): &(usize, &f32)| {
            let other = other as ArtistId;
            let nearer = cosine_of_other > cosine || cosine_of_other == cosine && other < artist;
            // Without direction the cosine is 0, so that hardly anybody has to be looked up.
            nearer && !asked.contains(&other) && (cosine_of_other != 0.0 || self.vectors.has_direction(other))
        };
        1 + cosines.iter().enumerate().filter(is_before).count()
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random};
    use super::super::{Method, Options};
    use super::*;

    #[test]
    fn a_rank_is_the_place_in_the_list() {
        let pack = open(&random(400, 6, 2));
        let listed = pack.similar(17, &Options::limit(400)).unwrap();
        for (place, one) in listed.iter().enumerate().step_by(37) {
            assert_eq!(pack.rank(Item::Artist(17), one.artist), Ok(place + 1));
        }
        let ties = open(&circle(&[0.0, 20.0, 20.0, -20.0, 10.0]));
        assert_eq!([4, 1, 2, 3].map(|artist| ties.rank(Item::Artist(0), artist).unwrap()), [1, 2, 3, 4]);
        assert!(ties.rank(Item::Artist(0), 9).is_err() && ties.rank(Item::Artist(9), 0).is_err());
        let listed = ties.blend(&[Term::artist(0, 1.0)], Method::Add, &Options::default()).unwrap();
        assert_eq!(listed.iter().map(|one| one.artist).collect::<Vec<_>>(), [4, 1, 2, 3]);
    }

    #[test]
    fn the_odd_one_out_comes_last() {
        let pack = open(&circle(&[0.0, 10.0, 130.0, 20.0]));
        let fits = pack.fits(&[2, 3, 0, 1]).unwrap();
        assert_eq!(fits.iter().map(|one| one.artist).collect::<Vec<_>>(), [3, 1, 0, 2]);
        assert_eq!(pack.fits(&[]), Err(QueryError::Empty));
        assert_eq!(pack.fits(&[4]), Err(QueryError::UnknownArtist { artist: 4, artists: 4 }));
    }

    #[test]
    fn the_nearest_of_some() {
        let pack = open(&circle(&[0.0, 10.0, 130.0, 20.0, 20.0]));
        assert_eq!(pack.nearest_of(Item::Artist(0), &[2, 4, 3]).unwrap().artist, 3);
        assert_eq!(pack.nearest_of(Item::Artist(0), &[]), Err(QueryError::Empty));
        let similarity = pack.similarity(Item::Artist(0), Item::Artist(2)).unwrap();
        assert!((similarity - libm::cosf(130_f32.to_radians())).abs() < 3e-3);
    }
}
