//! Who belongs into a playlist with these?

use alloc::vec;
use alloc::vec::Vec;

use super::list::{BIAS_TEMPER, Options};
use super::terms::{Term, artists_of};
use crate::catalog::pack::Pack;
use crate::catalog::query::{Neighbour, QueryError};
use crate::catalog::vectors::length;

/// How much the mean of what is disliked counts beside the mean of what is liked.
const DISLIKE: f32 = 0.5;

impl Pack {
    /// The artists that belong most into a playlist with the terms' artists and title words, best first.
    ///
    /// Positive weights are liked, negative ones disliked. Where training left biases, artist *j* scores
    /// Σₖ wₖ mₖ xⱼₖ + biasⱼ, what the tied training learned to predict (docs/TRAINING.md): x are vectors as trained, w the
    /// weight of each axis, m the weighted mean of the liked vectors less `DISLIKE` times that of the disliked (Rocchio
    /// 1971, "Relevance feedback in information retrieval"). Where it left none, the score is the cosine to m, made of
    /// unit vectors. On the demo's held-out playlists the first finds more (docs/EVALUATION.md, R-precision .175 and .141).
    ///
    /// # Errors
    /// [`QueryError`] where nothing is liked, a term is none, or likes and dislikes cancel out.
    pub fn recommend(&self, terms: &[Term], options: &Options) -> Result<Vec<Neighbour>, QueryError> {
        self.check_terms(terms)?;
        let biased = self.vectors.has_biases();
        let mean = |sign: f32| {
            let (mut sum, mut total) = (vec![0_f32; self.dimensions()], 0.0);
            for term in terms.iter().filter(|term| term.weight * sign > 0.0) {
                let (vectors, row) = self.row_of(term.item);
                let weight = term.weight * sign;
                vectors.add_unit(row, if biased { weight * vectors.norm(row) } else { weight }, &mut sum);
                total += weight;
            }
            sum.iter_mut().for_each(|x| *x /= if total > 0.0 { total } else { 1.0 });
            (sum, total)
        };
        let ((liked, total), (disliked, _)) = (mean(1.0), mean(-1.0));
        if total == 0.0 {
            return Err(QueryError::NothingLiked);
        }
        let mut direction: Vec<f32> = liked.iter().zip(&disliked).map(|(x, y)| x - DISLIKE * y).collect();
        let left_out = artists_of(terms);
        if !biased {
            return self.list_nearest(&direction, &left_out, options);
        }
        direction.iter_mut().zip(&self.vectors.axes().weights).for_each(|(x, weight)| *x *= weight);
        let mut scores = self.cosines(&direction)?;
        let size = length(&direction);
        for (row, score) in scores.iter_mut().enumerate() {
            let row = row as u32;
            // Adding zero turns −0 into +0.
            *score = *score * (size * self.vectors.norm(row)) + self.vectors.bias(row) + 0.0;
        }
        self.list(&scores, &left_out, BIAS_TEMPER, options)
    }
}
