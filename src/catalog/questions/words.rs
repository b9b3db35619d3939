//! Words of playlist titles that describe an artist, or anything else that has a direction.

use alloc::vec;
use alloc::vec::Vec;

use super::terms::{Item, WordId};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, QueryError};

/// How many artists stand for all of them where something usual is asked.
const SAMPLE: usize = 512;

/// A word and how near it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearWord {
    /// Which word.
    pub word: WordId,
    /// The cosine of its direction.
    pub cosine: f32,
    /// How far the cosine is above what is usual for this word, in standard deviations over all artists.
    pub deviations: f32,
}

/// What cosines to artists are usual for a word.
#[derive(Clone, Copy, Debug)]
pub(in crate::catalog) struct Usual {
    mean: f32,
    deviation: f32,
}

impl Pack {
    /// At most `most` artists with vectors, evenly spread over popularity.
    pub(super) fn sample(&self, most: usize) -> impl Iterator<Item = ArtistId> + use<> {
        let artists = self.answering();
        let sampled = artists.min(most);
        (0..sampled).map(move |i| (i * artists / sampled) as ArtistId)
    }

    /// The title words that describe an artist best, best first, at most `limit`.
    ///
    /// Some words are near to everybody, others to nobody. What counts is how far the cosine of an artist and a word
    /// is above the word's mean over artists, in standard deviations (taken from 512 of them); only words above the mean
    /// are listed.
    ///
    /// # Errors
    /// [`QueryError`] where the pack does not have the artist or it has no direction.
    pub fn descriptive_words(&self, artist: ArtistId, limit: usize) -> Result<Vec<NearWord>, QueryError> {
        self.check_item(Item::Artist(artist))?;
        Ok(best_words(self.near_words(&self.unit(Item::Artist(artist)))?, limit))
    }

    /// All words, each with how near it is to a direction.
    pub(super) fn near_words(&self, direction: &[f32]) -> Result<Vec<NearWord>, QueryError> {
        if self.word_vectors.len() == 0 {
            return Ok(Vec::new());
        }
        let cosines = self.word_vectors.scan(direction).ok_or(QueryError::CancelsOut)?.cosines();
        let usual = self.usual_words.get_or_init(|| self.count_usual_words());
        let near = cosines.iter().zip(usual).enumerate().map(|(word, (&cosine, usual))| NearWord {
            word: word as WordId,
            cosine,
            deviations: (cosine - usual.mean) / usual.deviation,
        });
        Ok(near.collect())
    }

    /// Counts what is usual for each word.
    fn count_usual_words(&self) -> Vec<Usual> {
        let words = self.word_vectors.len();
        let (mut sums, mut squares, mut artists) = (vec![0_f32; words], vec![0_f32; words], 0.0);
        for artist in self.sample(SAMPLE) {
            let Some(scan) = self.word_vectors.scan(&self.unit(Item::Artist(artist))) else { continue };
            scan.for_each(|word, cosine| {
                sums[word as usize] += cosine;
                squares[word as usize] += cosine * cosine;
            });
            artists += 1.0;
        }
        let usual = |(sum, square): (&f32, &f32)| {
            let mean = sum / artists;
            // Far above rounding, far below what vectors have.
            Usual { mean, deviation: libm::sqrtf((square / artists - mean * mean).max(1e-6)) }
        };
        sums.iter().zip(&squares).map(usual).collect()
    }
}

/// Words above what is usual, best first.
pub(super) fn best_words(mut words: Vec<NearWord>, limit: usize) -> Vec<NearWord> {
    // NaN is not above.
    words.retain(|word| word.deviations > 0.0);
    words.sort_by(|a, b| b.deviations.total_cmp(&a.deviations).then(a.word.cmp(&b.word)));
    words.truncate(limit);
    words
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, words};
    use super::*;
    use crate::catalog::PackContent;

    #[test]
    fn words_that_are_near_to_everybody_describe_nobody() {
        // All but one artist lie about 0°, where "music" is; two words lie farther out.
        let degrees = [0.0, 5.0, -5.0, 8.0, -8.0, 3.0, -40.0];
        let content =
            PackContent { words: words(&["music", "left", "right"], &[-12.0, 70.0, -80.0]), ..circle(&degrees) };
        let pack = open(&content);
        let of = |artist| {
            let words = pack.descriptive_words(artist, 3).unwrap();
            words.iter().map(|near| pack.word(near.word as usize)).collect::<Vec<_>>()
        };
        assert_eq!(of(6)[0], "right");
        assert_eq!(of(3)[0], "left");
        assert!(!of(6).contains(&"left"));
        let nearest = pack.near_words(&pack.unit(Item::Artist(3))).unwrap();
        assert!(nearest[0].cosine > nearest[1].cosine, "\"music\" is nearer, but not more than usual");
        assert_eq!(pack.descriptive_words(7, 3), Err(QueryError::UnknownArtist { artist: 7, artists: 7 }));
    }

    #[test]
    fn packs_without_words_have_none() {
        let pack = open(&circle(&[0.0, 10.0]));
        assert_eq!(pack.descriptive_words(0, 5), Ok(vec![]));
    }

    #[test]
    fn a_sample_is_spread_evenly_and_no_larger_than_all() {
        let pack = open(&circle(&[0.0; 10]));
        assert_eq!(pack.sample(3).collect::<Vec<_>>(), [0, 3, 6]);
        assert_eq!(pack.sample(50).count(), 10);
    }
}
