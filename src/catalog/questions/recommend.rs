//! Who belongs into a playlist with these?

use alloc::vec;
use alloc::vec::Vec;

use super::list::{BIAS_TEMPER, Options};
use super::terms::{Term, artists_of, weight_scale};
use crate::catalog::pack::Pack;
use crate::catalog::quantise::norm;
use crate::catalog::query::{Neighbour, QueryError};

/// How much a dislike counts beside a like.
///
/// Measured on the demo's held-out playlists of which five artists are known, when the first recommended who are not in the
/// playlist are disliked. Of one dislike and of three, most of the others are found where dislikes take away a tenth to a
/// seventh of what likes give (R-precision .265 for .262, and .276 for .272 without); from a third on they do harm (at a half
/// .201 and .220).
const DISLIKE: f32 = 0.25;

impl Pack {
    /// The artists that belong most into a playlist with the terms' artists and title words, best first.
    ///
    /// Positive weights are liked, negative ones disliked. Where training left biases, artist *j* scores
    /// Σₖ wₖ mₖ xⱼₖ + biasⱼ, what the tied training learned to predict (docs/TRAINING.md): x are vectors as trained, w the
    /// weight of each axis, m = (Σ weight · liked vector) / L − ¼ (Σ |weight| · disliked vector) / max(L, D), where L
    /// and D are the sums of liked and of disliked weights (Rocchio
    /// 1971, "Relevance feedback in information retrieval"). Where it left none, the score is the cosine to m, made of
    /// unit vectors. On the demo's held-out playlists the first finds more (docs/EVALUATION.md, R-precision .175 and .141).
    ///
    /// # Errors
    /// [`QueryError`] where nothing is liked, a term is none, or likes and dislikes cancel out.
    pub fn recommend(&self, terms: &[Term], options: &Options) -> Result<Vec<Neighbour>, QueryError> {
        self.check_terms(terms)?;
        let scale = weight_scale(terms);
        let biased = self.vectors.has_biases();
        let sum = |sign: f32| {
            let (mut sum, mut total) = (vec![0_f32; self.dimensions()], 0.0);
            for term in terms.iter().filter(|term| term.weight * sign > 0.0) {
                let (vectors, row) = self.row_of(term.item);
                let weight = term.weight / scale * sign;
                vectors.add_unit(row, if biased { weight * vectors.norm(row) } else { weight }, &mut sum);
                total += weight;
            }
            (sum, total)
        };
        let ((liked, total), (disliked, against)) = (sum(1.0), sum(-1.0));
        if total == 0.0 {
            return Err(QueryError::NothingLiked);
        }
        // However many are disliked, what is liked counts more.
        let dislike = DISLIKE / total.max(against);
        let mut direction: Vec<f32> = liked.iter().zip(&disliked).map(|(x, y)| x / total - dislike * y).collect();
        let left_out = artists_of(terms);
        if !biased {
            return self.list_nearest(&direction, &left_out, options);
        }
        direction.iter_mut().zip(&self.vectors.axes().weights).for_each(|(x, weight)| *x *= weight);
        let mut scores = self.cosines(&direction)?;
        self.vectors.belonging(norm(&direction), &mut scores);
        self.list(&scores, &left_out, BIAS_TEMPER, options)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random, words};
    use super::super::terms::{Item, dot};
    use super::super::{Method, Options};
    use super::*;
    use crate::catalog::PackContent;

    #[test]
    fn scores_are_what_training_learned_to_predict() {
        let weights = vec![0.5, 1.0, 2.0, 1.5];
        let content = PackContent { weights: weights.clone(), ..random(90, 4, 8) };
        let pack = open(&content);
        let vector = |artist: u32| {
            let norm = pack.vectors.norm(artist);
            pack.unit(Item::Artist(artist)).iter().map(|x| x * norm).collect::<Vec<f32>>()
        };
        let answer = pack.recommend(&[Term::artist(3, 1.0), Term::artist(40, 3.0)], &Options::limit(90)).unwrap();
        assert_eq!(answer.len(), 88);
        let mean: Vec<f32> = vector(3).iter().zip(vector(40)).map(|(x, y)| (x + 3.0 * y) / 4.0).collect();
        let asked: Vec<f32> = mean.iter().zip(&weights).map(|(x, weight)| x * weight).collect();
        for one in &answer {
            let expected = dot(&asked, &vector(one.artist)) + pack.vectors.bias(one.artist);
            assert!((one.score - expected).abs() < 2e-3, "{} {expected}", one.score);
        }
        assert!(answer.is_sorted_by(|a, b| a.score >= b.score));
    }

    #[test]
    fn without_biases_it_is_the_cosine_of_the_mean() {
        let pack = open(&circle(&[0.0, 80.0, 30.0, 45.0, 150.0]));
        let terms = [Term::artist(0, 1.0), Term::artist(1, 2.0)];
        let recommended = pack.recommend(&terms, &Options::default()).unwrap();
        let blended = pack.blend(&terms, Method::Add, &Options::default()).unwrap();
        assert_eq!(recommended.iter().map(|one| one.artist).collect::<Vec<_>>(), [3, 2, 4]);
        for (a, b) in recommended.iter().zip(&blended) {
            assert!(a.artist == b.artist && (a.score - b.score).abs() < 1e-4);
        }
    }

    #[test]
    fn dislikes_turn_away_and_are_not_answers() {
        let content = PackContent { words: words(&["up"], &[90.0]), ..circle(&[0.0, 40.0, 42.0, -45.0]) };
        let pack = open(&content);
        let ask = |terms: &[Term]| {
            let answer = pack.recommend(terms, &Options::default())?;
            Ok(answer.iter().map(|one| one.artist).collect::<Vec<_>>())
        };
        assert_eq!(ask(&[Term::artist(0, 1.0)]), Ok(vec![1, 2, 3]));
        assert_eq!(ask(&[Term::artist(0, 1.0), Term::artist(1, -1.0)]), Ok(vec![3, 2]));
        assert_eq!(ask(&[Term::artist(0, 1.0), Term::word(0, -1.0)]), Ok(vec![3, 1, 2]));
        assert_eq!(ask(&[Term::artist(0, -1.0)]), Err(QueryError::NothingLiked));
        assert_eq!(ask(&[Term::artist(0, 0.0)]), Err(QueryError::NothingLiked));
        assert_eq!(ask(&[]), Err(QueryError::Empty));
    }

    #[test]
    fn the_dial_reaches_from_peculiar_to_likely() {
        let content = PackContent { biases: vec![0.0; 4], norms: vec![1.0; 4], ..circle(&[0.0, 30.0, 20.0, 40.0]) };
        let pack = open(&PackContent { mentions: vec![500, 400, 40, 2], ..content });
        let first = |temper| pack.recommend(&[Term::artist(0, 1.0)], &Options { temper, ..Options::default() });
        assert_eq!([-1.0, 0.0, 1.0].map(|temper| first(temper).unwrap()[0].artist), [3, 2, 1]);
    }
}
