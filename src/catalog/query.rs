//! Questions about nearness: which artists lie in the direction of a weighted sum of artists.
//!
//! Owns the arithmetic from terms to a ranked list. The answer is exact over the codes and the same bits everywhere:
//! every f32 operation below happens in the order written, sums from first to last, and ties go to the smaller id.

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::kernel::{CodeMatrix, QueryCodes, query_limit};
use super::quantise::norm;

/// An artist's place in the order of popularity: 0 is the most mentioned.
pub type ArtistId = u32;

/// One summand of a question: +1 adds the artist, −1 subtracts it, other weights do so more or less strongly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Which artist.
    pub artist: ArtistId,
    /// Its weight; any finite number.
    pub weight: f32,
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Which artist.
    pub artist: ArtistId,
    /// Cosine similarity to the question, in [−1, 1] up to the rounding of the codes.
    pub score: f32,
}

/// A question that has no answer.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// There are no terms.
    #[error("the question names no artist. Add at least one")]
    Empty,
    /// A term names an artist that the pack does not have.
    #[error("the pack has {artists} artists, so there is no artist number {artist}")]
    UnknownArtist {
        /// The number asked for.
        artist: ArtistId,
        /// How many the pack has.
        artists: usize,
    },
    /// A weight is infinite or not a number.
    #[error("a weight in the question is not a finite number")]
    BadWeight,
    /// What is added and what is subtracted cancel out, or the artists have no direction.
    #[error(
        "nothing is left of this question: what is added and what is subtracted cancel out. Remove or change an artist"
    )]
    CancelsOut,
}

/// Rows of codes with their scales: what a scan runs over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) dimensions: usize,
    pub(super) codes: &'a CodeMatrix,
    pub(super) scales: &'a [f32],
}

/// Rows scanned at a time: their sums stay in the nearest cache.
const BLOCK: usize = 512;

/// A sum shorter than this (unit vectors have length 1) is rounding noise of vectors that cancel out.
const SHORTEST: f32 = 1e-3;

impl Rows<'_> {
    /// Ranks all artists but the terms' own by cosine similarity to Σ weight · unit vector (3CosAdd: Mikolov, Yih &
    /// Zweig 2013, "Linguistic regularities in continuous space word representations").
    pub(super) fn nearest(&self, terms: &[Term], limit: usize) -> Result<Vec<Neighbour>, QueryError> {
        let (codes, scale) = self.encode_query(terms)?;
        let mut excluded: Vec<ArtistId> = terms.iter().map(|term| term.artist).collect();
        excluded.sort_unstable();
        excluded.dedup();
        let mut best = Best::new(limit);
        let mut sums = [0_i32; BLOCK];
        for (block, scales) in self.scales.chunks(BLOCK).enumerate() {
            let first = block * BLOCK;
            let sums = &mut sums[..scales.len()];
            self.codes.dots(&codes, first, sums);
            for (i, (&sum, &row_scale)) in sums.iter().zip(scales).enumerate() {
                // Adding zero turns −0 into +0, so that the order of scores is the order of numbers.
                let score = sum as f32 * (row_scale * scale) + 0.0;
                if score > best.threshold {
                    let artist = (first + i) as ArtistId;
                    if excluded.binary_search(&artist).is_err() {
                        best.offer(Neighbour { artist, score });
                    }
                }
            }
        }
        Ok(best.into_sorted())
    }

    /// The question's direction as codes, and the factor that turns code sums into cosines.
    fn encode_query(&self, terms: &[Term]) -> Result<(QueryCodes, f32), QueryError> {
        if terms.is_empty() {
            return Err(QueryError::Empty);
        }
        let mut direction = vec![0_f32; self.dimensions];
        let mut codes = vec![0; self.dimensions];
        for term in terms {
            let artists = self.codes.rows();
            let row = term.artist as usize;
            if row >= artists {
                return Err(QueryError::UnknownArtist { artist: term.artist, artists });
            }
            if !term.weight.is_finite() {
                return Err(QueryError::BadWeight);
            }
            let factor = term.weight * self.scales[row];
            self.codes.copy_row(row, &mut codes);
            for (sum, &code) in direction.iter_mut().zip(&codes) {
                *sum += factor * f32::from(code);
            }
        }
        let length = norm(&direction);
        let longest_weight = terms.iter().fold(0_f32, |longest, term| longest.max(term.weight.abs()));
        // A comparison that NaN and infinity fail as well.
        if !(length > SHORTEST * longest_weight && length.is_finite()) {
            return Err(QueryError::CancelsOut);
        }
        let largest = direction.iter().fold(0_f32, |largest, &x| largest.max(x.abs()));
        let step = largest / query_limit(self.dimensions) as f32;
        let codes: Vec<i16> = direction.iter().map(|&x| libm::roundf(x / step) as i16).collect();
        Ok((QueryCodes::new(&codes), step / length))
    }
}

/// The best so far, at most `limit` of them.
struct Best {
    limit: usize,
    /// Only scores above it can still enter: ids rise during the scan, so an equal score comes too late.
    threshold: f32,
    heap: BinaryHeap<Worst>,
}

/// Ordered so that the heap's top is the worst answer: the lowest score and, among equals, the largest id.
#[derive(PartialEq)]
struct Worst(Neighbour);

impl Eq for Worst {}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.artist.cmp(&other.0.artist))
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    fn new(limit: usize) -> Self {
        let threshold = if limit == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { limit, threshold, heap: BinaryHeap::new() }
    }

    fn offer(&mut self, neighbour: Neighbour) {
        if self.heap.len() == self.limit {
            self.heap.pop();
        }
        self.heap.push(Worst(neighbour));
        if self.heap.len() == self.limit {
            self.threshold = self.heap.peek().map_or(self.threshold, |worst| worst.0.score);
        }
    }

    fn into_sorted(self) -> Vec<Neighbour> {
        self.heap.into_sorted_vec().into_iter().map(|worst| worst.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantise::quantise;
    use super::*;

    const VECTORS: [f32; 10] = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, -1.0, 0.0, 0.9, 0.1];

    fn ask(terms: &[(ArtistId, f32)], limit: usize) -> Result<Vec<Neighbour>, QueryError> {
        let quantised = quantise(&VECTORS, 2);
        let codes = CodeMatrix::new(2, &quantised.codes);
        let rows = Rows { dimensions: 2, codes: &codes, scales: &quantised.scales };
        let terms: Vec<Term> = terms.iter().map(|&(artist, weight)| Term { artist, weight }).collect();
        rows.nearest(&terms, limit)
    }

    fn ids(answer: &[Neighbour]) -> Vec<ArtistId> {
        answer.iter().map(|neighbour| neighbour.artist).collect()
    }

    #[test]
    fn neighbours_are_ranked_and_ties_go_to_the_smaller_id() {
        let answer = ask(&[(0, 1.0)], 10).unwrap();
        assert_eq!(ids(&answer), [1, 4, 2, 3]);
        assert!((answer[0].score - 0.993_88).abs() < 1e-3);
        assert_eq!(answer[0].score.to_bits(), answer[1].score.to_bits());
        assert!((answer[3].score + 1.0).abs() < 1e-4);
        assert_eq!(ids(&ask(&[(0, 1.0)], 1).unwrap()), [1]);
        assert!(ask(&[(0, 1.0)], 0).unwrap().is_empty());
    }

    #[test]
    fn subtraction_turns_away_and_inputs_never_return() {
        // Right minus up points down-right: what is most up comes last.
        let answer = ask(&[(0, 1.0), (2, -1.0)], 10).unwrap();
        assert_eq!(ids(&answer), [1, 4, 3]);
        assert!(answer[2].score < 0.0);
    }

    #[test]
    fn questions_without_an_answer_say_why() {
        assert_eq!(ask(&[], 5), Err(QueryError::Empty));
        assert_eq!(ask(&[(5, 1.0)], 5), Err(QueryError::UnknownArtist { artist: 5, artists: 5 }));
        assert_eq!(ask(&[(0, f32::NAN)], 5), Err(QueryError::BadWeight));
        assert_eq!(ask(&[(0, 1.0), (0, -1.0)], 5), Err(QueryError::CancelsOut));
        assert_eq!(ask(&[(0, 1.0), (3, 1.0)], 5), Err(QueryError::CancelsOut));
        assert_eq!(ask(&[(0, 0.0)], 5), Err(QueryError::CancelsOut));
        assert_eq!(ask(&[(0, f32::MAX), (1, f32::MAX)], 5), Err(QueryError::CancelsOut));
        assert_eq!(ids(&ask(&[(0, 1e-9)], 1).unwrap()), [1], "only the ratio of weights counts");
    }

    #[test]
    fn the_best_agree_with_a_full_sort() {
        let vectors: Vec<f32> = (0..4000_u32).map(|i| ((i * 7919) % 101) as f32 - 50.0).collect();
        let quantised = quantise(&vectors, 4);
        let codes = CodeMatrix::new(4, &quantised.codes);
        let rows = Rows { dimensions: 4, codes: &codes, scales: &quantised.scales };
        let terms = [Term { artist: 17, weight: 1.0 }, Term { artist: 500, weight: 0.5 }];
        let mut all = rows.nearest(&terms, 1000).unwrap();
        assert_eq!(all.len(), 998);
        assert_eq!(rows.nearest(&terms, 30).unwrap(), all[..30]);
        all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.artist.cmp(&b.artist)));
        assert_eq!(rows.nearest(&terms, 998).unwrap(), all);
    }
}
