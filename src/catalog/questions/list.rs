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
    /// How much the list avoids artists like those above them, from 0 (not at all) to 1; see `diversity`.
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

    /// Who is not to be listed, in rising order.
    fn left_out(&self, asked: &[ArtistId]) -> Vec<ArtistId> {
        let mut left_out: Vec<ArtistId> = asked.iter().chain(&self.excluded).copied().collect();
        left_out.sort_unstable();
        left_out
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
    /// The best artists by their scores, one a row, best first; `left_out` in rising order.
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
        let left_out = options.left_out(left_out);
        let temper = options.temper * temper;
        let logs = if temper == 0.0 { Vec::new() } else { self.log_mentions() };
        let end = scores.len().min(options.ranks.end as usize);
        let start = end.min(options.ranks.start as usize);
        let mut best = Best::new(diversity::candidates(options).min(scores.len()));
        for (place, &score) in scores[start..end].iter().enumerate() {
            let row = start + place;
            let score = logs.get(row).map_or(score, |log| score + temper * log);
            if score > best.threshold {
                let artist = row as ArtistId;
                if left_out.binary_search(&artist).is_err() && self.vectors.has_direction(artist) {
                    best.offer(Neighbour { artist, score });
                }
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
        if options.temper == 0.0 && options.ranks.start == 0 && options.ranks.end as usize >= self.answering() {
            let nearest = scan.nearest(diversity::candidates(options), &options.left_out(left_out));
            return Ok(self.diversified(nearest, options));
        }
        self.list(&scan.cosines(), left_out, COSINE_TEMPER, options)
    }

    fn diversified(&self, listed: Vec<Neighbour>, options: &Options) -> Vec<Neighbour> {
        if options.diversity == 0.0 {
            return listed;
        }
        let units: Vec<Vec<f32>> = listed.iter().map(|one| self.unit(Item::Artist(one.artist))).collect();
        diversity::diversified(&listed, &units, options)
    }
}
