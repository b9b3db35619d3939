//! Why is this artist among the answers?

use alloc::vec::Vec;

use super::list::{COSINE_TEMPER, Options};
use super::terms::{Item, Term, artists_of};
use super::words::{NearWord, best_words};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};

/// What an answer has in common with its question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why<'a> {
    /// The cosine of the answer to the question, in [−1, 1] up to rounding.
    pub cosine: f32,
    /// Its place among all artists by that, from 1, the question's own left out. Far behind, whatever else stands here is little.
    pub place: usize,
    /// Title words that are nearer to both than is usual for them, best first; each with the lesser of its two nearnesses.
    pub words: Vec<NearWord>,
    /// Artists that are near to both, best first; scores are the lesser of the two cosines.
    pub bridges: Vec<Neighbour>,
    /// Genres that the answer shares with an artist that is asked for.
    pub genres: Vec<&'a str>,
    /// Artists that are asked for, each with the number of playlists that it shares with the answer, as far as the pack
    /// knows it.
    pub playlists: Vec<(ArtistId, u32)>,
}

impl Pack {
    /// Says what an artist has in common with a question: title words, artists that stand between, genres.
    ///
    /// [`Options`] are those of the list of bridges; its `limit` is that of the words, too.
    ///
    /// # Errors
    /// [`QueryError`] as in [`Self::blend`], and where the pack does not have the artist or it has no direction.
    pub fn why(&self, terms: &[Term], answer: ArtistId, options: &Options) -> Result<Why<'_>, QueryError> {
        self.check_item(Item::Artist(answer))?;
        let (question, unit) = (self.direction(terms)?, self.unit(Item::Artist(answer)));
        let lesser = |(a, b): (NearWord, NearWord)| if b.deviations < a.deviations { b } else { a };
        let words = self.near_words(&question)?.into_iter().zip(self.near_words(&unit)?).map(lesser).collect();
        let mut cosines = self.cosines(&question)?;
        let mut ends = artists_of(terms);
        let (cosine, place) = (cosines[answer as usize], self.place(&cosines, answer, &ends));
        cosines.iter_mut().zip(self.cosines(&unit)?).for_each(|(a, b)| *a = a.min(b));
        ends.push(answer);
        let bridges = self.list(&cosines, &ends, COSINE_TEMPER, options)?;
        let asked = terms.iter().filter(|term| term.weight > 0.0).filter_map(|term| match term.item {
            Item::Artist(artist) => Some(self.genres(artist)),
            Item::Word(_) => None,
        });
        let asked: Vec<&str> = asked.flatten().collect();
        let playlists = terms.iter().filter(|term| term.weight > 0.0).filter_map(|term| match term.item {
            Item::Artist(artist) => Some((artist, self.playlists_together(artist, answer)?)),
            Item::Word(_) => None,
        });
        let playlists = playlists.collect();
        let mut genres = self.genres(answer);
        genres.retain(|genre| asked.contains(genre));
        Ok(Why { cosine, place, words: best_words(words, options.limit), bridges, genres, playlists })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, words};
    use super::*;
    use crate::catalog::PackContent;

    #[test]
    fn what_two_have_in_common() {
        let mut content = circle(&[0.0, 40.0, 20.0, 25.0, 180.0, 220.0, 270.0]);
        content.words = words(&["between", "away"], &[20.0, 200.0]);
        content.genres = [&["rap", "pop"][..], &["pop", "jazz"], &["jazz"], &[], &[], &[], &[]]
            .map(|genres| genres.iter().map(|&genre| genre.into()).collect())
            .to_vec();
        content.together = vec![vec![(1, 7), (2, 7), (3, 2)], vec![], vec![(1, 1)], vec![], vec![], vec![], vec![]];
        let pack = open(&content);
        let why = pack.why(&[Term::artist(0, 1.0)], 1, &Options::limit(2)).unwrap();
        assert_eq!(why.words.iter().map(|near| near.word).collect::<Vec<_>>(), [0]);
        assert_eq!(why.bridges.iter().map(|one| one.artist).collect::<Vec<_>>(), [2, 3]);
        assert!((why.bridges[0].score - libm::cosf(20_f32.to_radians())).abs() < 3e-3);
        assert_eq!(why.genres, ["pop"]);
        assert!((why.cosine - libm::cosf(40_f32.to_radians())).abs() < 3e-3);
        assert_eq!(why.place, 3, "behind the two between");
        assert_eq!(why.playlists, [(0, 7)]);
        let known = [(0, 1), (1, 0), (3, 0), (2, 1), (1, 3)].map(|(a, b)| pack.playlists_together(a, b));
        assert_eq!(known, [Some(7), Some(7), Some(2), Some(1), None]);
        let away = pack.why(&[Term::artist(0, 1.0), Term::artist(2, -2.0)], 1, &Options::limit(2)).unwrap();
        assert_eq!(away.genres, ["pop"], "what is subtracted shares nothing");
        assert!(pack.why(&[], 1, &Options::default()).is_err());
        assert!(pack.why(&[Term::artist(0, 1.0)], 7, &Options::default()).is_err());
    }

    #[test]
    fn packs_without_words_and_genres_still_have_bridges() {
        let pack = open(&PackContent { genres: Vec::new(), ..circle(&[0.0, 40.0, 20.0]) });
        let why = pack.why(&[Term::artist(0, 1.0)], 1, &Options::default()).unwrap();
        assert!(why.words.is_empty() && why.genres.is_empty());
        assert_eq!(why.bridges.len(), 1);
    }
}
