//! From a score an artist to the list that is shown.
//!
//! Owns what all questions that answer with a list have in common: how long it is, who may be on it, the dial from obscure to
//! popular, and diversity.

use alloc::vec::Vec;
use core::ops::Range;

use super::diversity;
use super::terms::Item;
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};
use crate::catalog::top::Best;

/// How the answers to a question are listed. The default lists the 20 best, whoever they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The most artists to list.
    pub limit: usize,
    /// Artists that are not to be listed, such as those that somebody knows already; in any order. The question's own
    /// artists are never listed.
    pub excluded: Vec<ArtistId>,
    /// Only artists of these popularity ranks, which are their ids: `0..1000` are the 1,000 most mentioned.
    pub ranks: Range<ArtistId>,
    /// The dial from obscure (−1) to popular (1); 0 changes nothing.
    ///
    /// It adds to each artist's score, for the order alone, `temper` · s · ln(mentions + 1). In [`Pack::recommend`] with
    /// biases s is ½: scores there are ln p(artist | the others) − ½ ln p(artist) as trained by default (docs/TRAINING.md),
    /// so that 1 asks for the likeliest artists and −1 for those most peculiar to the question (pointwise mutual
    /// information). Elsewhere s makes a dial at its end as strong: see `COSINE_TEMPER`.
    pub temper: f32,
    /// How much the first 200 of the list avoid artists like those above them, from 0 (not at all) to 1; see `diversity`.
    pub diversity: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { limit: 20, excluded: Vec::new(), ranks: 0..ArtistId::MAX, temper: 0.0, diversity: 0.0 }
    }
}

impl Options {
    /// The `limit` best, whoever they are.
    pub fn limit(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Says of artists whether they may be listed where these were asked for.
    pub(super) fn admits(&self, asked: &[ArtistId]) -> impl Fn(ArtistId) -> bool + use<> {
        let mut left_out: Vec<ArtistId> = asked.iter().chain(&self.excluded).copied().collect();
        left_out.sort_unstable();
        let ranks = self.ranks.clone();
        move |artist| ranks.contains(&artist) && left_out.binary_search(&artist).is_err()
    }

    fn check(&self) -> Result<(), QueryError> {
        let within = |name, value: f32, lowest: f32| {
            let sound = value >= lowest && value <= 1.0;
            if sound { Ok(()) } else { Err(QueryError::Dial { name, value, lowest, highest: 1.0 }) }
        };
        within("temper", self.temper, -1.0)?;
        within("diversity", self.diversity, 0.0)
    }
}

/// What [`Options::temper`] at 1 adds to a cosine for each unit of ln(mentions + 1).
///
/// Measured on the demo's vectors: the median popularity rank of the answers moves about as far as that of recommendations
/// with biases does.
pub(super) const COSINE_TEMPER: f32 = 0.04;

/// What it adds to a score with bias.
pub(super) const BIAS_TEMPER: f32 = 0.5;

impl Pack {
    /// The best artists by their scores, one a row, best first; never those of `left_out`.
    ///
    /// Answers carry the scores given; temper and diversity change the order alone.
    ///
    /// # Errors
    /// [`QueryError::Dial`] where an option is out of its range.
    pub(super) fn list(
        &self,
        scores: &[f32],
        left_out: &[ArtistId],
        temper: f32,
        options: &Options,
    ) -> Result<Vec<Neighbour>, QueryError> {
        options.check()?;
        let admits = options.admits(left_out);
        let temper = options.temper * temper;
        let logs = if temper == 0.0 { Vec::new() } else { self.log_mentions() };
        let mut best = Best::new(diversity::candidates(options).min(scores.len()));
        for (row, &score) in scores.iter().enumerate() {
            let artist = row as ArtistId;
            let score = logs.get(row).map_or(score, |log| score + temper * log);
            if score > best.threshold && admits(artist) && self.vectors.has_direction(artist) {
                best.offer(Neighbour { artist, score });
            }
        }
        let mut listed = self.diversified(best.into_sorted(), options);
        for neighbour in &mut listed {
            neighbour.score = scores[neighbour.artist as usize];
        }
        Ok(listed)
    }

    /// The artists nearest to a direction, as [`Self::list`] has them; without all scores where that can be.
    pub(super) fn list_nearest(
        &self,
        direction: &[f32],
        left_out: &[ArtistId],
        options: &Options,
    ) -> Result<Vec<Neighbour>, QueryError> {
        options.check()?;
        let scan = self.vectors.scan(direction).ok_or(QueryError::CancelsOut)?;
        if options.temper != 0.0 {
            return self.list(&scan.cosines(), left_out, COSINE_TEMPER, options);
        }
        let nearest = scan.nearest(diversity::candidates(options), options.admits(left_out), |_| 0.0);
        Ok(self.diversified(nearest, options))
    }

    fn diversified(&self, listed: Vec<Neighbour>, options: &Options) -> Vec<Neighbour> {
        if options.diversity == 0.0 {
            return listed;
        }
        diversity::diversified(&listed, |one| self.unit(Item::Artist(one.artist)), options)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random};
    use super::*;

    fn ids(listed: &[Neighbour]) -> Vec<ArtistId> {
        listed.iter().map(|one| one.artist).collect()
    }

    #[test]
    fn who_may_be_listed() {
        let pack = open(&circle(&[0.0, 10.0, 20.0, 30.0, 40.0]));
        let ask = |options: &Options| ids(&pack.similar(0, options).unwrap());
        assert_eq!(ask(&Options::default()), [1, 2, 3, 4]);
        assert_eq!(ask(&Options::limit(2)), [1, 2]);
        assert_eq!(ask(&Options { excluded: vec![3, 1, 99], ..Options::default() }), [2, 4]);
        assert_eq!(ask(&Options { ranks: 2..4, ..Options::default() }), [2, 3]);
        assert_eq!(ask(&Options { ranks: 4..ArtistId::MAX, ..Options::default() }), [4]);
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = Options { ranks: 9..2, ..Options::default() };
        assert!(ask(&reversed).is_empty());
        assert!(ask(&Options::limit(0)).is_empty());
    }

    #[test]
    fn temper_prefers_the_obscure_or_the_popular_and_leaves_scores() {
        let mut content = circle(&[0.0, 22.0, 21.0, 20.0]);
        content.mentions = vec![9_000, 8_000, 80, 8];
        let pack = open(&content);
        let ask = |temper| pack.similar(0, &Options { temper, ..Options::default() }).unwrap();
        assert_eq!([-1.0, 0.0, 1.0].map(|temper| ids(&ask(temper))), [[3, 2, 1], [3, 2, 1], [1, 2, 3]]);
        content.vectors = super::super::fixture::points(&[0.0, 20.0, 21.0, 22.0]);
        let pack = open(&content);
        let ask = |temper| pack.similar(0, &Options { temper, ..Options::default() }).unwrap();
        assert_eq!(ids(&ask(-1.0)), [3, 2, 1]);
        for (one, other) in ask(-1.0).iter().rev().zip(ask(0.0)) {
            assert_eq!(one.score.to_bits(), other.score.to_bits());
        }
    }

    #[test]
    fn dials_have_their_range() {
        let pack = open(&circle(&[0.0, 10.0]));
        for options in [
            Options { temper: -1.5, ..Options::default() },
            Options { temper: f32::NAN, ..Options::default() },
            Options { diversity: -0.1, ..Options::default() },
            Options { diversity: f32::INFINITY, ..Options::default() },
        ] {
            assert!(matches!(pack.similar(0, &options), Err(QueryError::Dial { .. })));
        }
    }

    #[test]
    fn the_short_way_and_the_long_way_list_the_same() {
        let mut content = random(700, 5, 3);
        content.vectors[50..55].fill(0.0);
        let pack = open(&content);
        for artist in [0, 11, 699] {
            let direction = pack.unit(Item::Artist(artist));
            let scores = pack.cosines(&direction).unwrap();
            for options in [
                Options::limit(30),
                Options::limit(5000),
                Options { diversity: 0.5, excluded: vec![5, 600], ..Options::default() },
            ] {
                let short = pack.list_nearest(&direction, &[artist], &options).unwrap();
                assert_eq!(short, pack.list(&scores, &[artist], COSINE_TEMPER, &options).unwrap());
                assert!(short.iter().all(|one| one.artist != 10 && one.artist != artist), "10 has no direction");
            }
        }
    }
}
