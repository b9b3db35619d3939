//! Lists whose members differ from one another: maximal marginal relevance.
//!
//! Carbonell & Goldstein 1998, "The use of MMR, diversity-based reranking for reordering documents and producing
//! summaries": the next member of the list is the candidate with the largest
//! λ · relevance − (1 − λ) · (its largest cosine to those chosen). Here λ is 1 − diversity. Scores of different questions
//! have different scales, so relevance is a candidate's place between the worst candidate (0) and the best ([`RANGE`]).

use alloc::vec;
use alloc::vec::Vec;

use super::list::Options;
use super::terms::dot;
use crate::catalog::query::Neighbour;

/// Candidates for each place of a diverse list.
const CANDIDATES: usize = 5;

/// The range of relevance: about that of cosines among the candidates, as if relevance were the cosine to the question.
const RANGE: f32 = 0.25;

/// How many of the best scores the list is made from.
pub(super) fn candidates(options: &Options) -> usize {
    if options.diversity > 0.0 { options.limit.saturating_mul(CANDIDATES) } else { options.limit }
}

/// The list of [`Options::limit`] members out of candidates, best first, each with its unit direction.
pub(super) fn diversified(candidates: &[Neighbour], units: &[Vec<f32>], options: &Options) -> Vec<Neighbour> {
    let lambda = 1.0 - options.diversity;
    let (Some(best), Some(worst)) = (candidates.first(), candidates.last()) else { return Vec::new() };
    let scale = RANGE / (best.score - worst.score).max(f32::MIN_POSITIVE);
    // Of each candidate that is left the largest cosine to those chosen; nobody is like an empty list.
    let mut likeness = vec![0_f32; candidates.len()];
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < options.limit && !left.is_empty() {
        let value = |i: usize| lambda * ((candidates[i].score - worst.score) * scale) - options.diversity * likeness[i];
        // The first of equals, which is the better candidate.
        let place = (1..left.len()).fold(0, |best, i| if value(left[i]) > value(left[best]) { i } else { best });
        let next = left.remove(place);
        for &i in &left {
            let cosine = dot(&units[i], &units[next]);
            likeness[i] = if chosen.is_empty() { cosine } else { likeness[i].max(cosine) };
        }
        chosen.push(candidates[next]);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open};
    use super::*;

    #[test]
    fn a_diverse_list_leaves_out_who_is_like_those_above() {
        // Two on each side of the question; the nearer pair are all but twins.
        let pack = open(&circle(&[0.0, 20.0, 21.0, -24.0, -60.0]));
        let ask = |diversity| {
            let options = Options { limit: 2, diversity, ..Options::default() };
            pack.similar(0, &options).unwrap().iter().map(|one| one.artist).collect::<Vec<_>>()
        };
        assert_eq!(ask(0.0), [1, 2]);
        assert_eq!(ask(0.3), [1, 3]);
        assert_eq!(ask(1.0), [1, 4], "relevance does not count");
    }

    #[test]
    fn short_lists_and_none_stay_what_they_are() {
        let options = Options { diversity: 0.5, ..Options::default() };
        assert!(diversified(&[], &[], &options).is_empty());
        let one = Neighbour { artist: 3, score: 0.5 };
        assert_eq!(diversified(&[one], &[vec![1.0]], &options), [one]);
        let pack = open(&circle(&[0.0, 20.0, 40.0]));
        assert_eq!(pack.similar(0, &options).unwrap().len(), 2);
    }
}
