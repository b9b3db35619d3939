//! Similar artists, and arithmetic with artists and title words.

use alloc::vec;
use alloc::vec::Vec;

use super::list::{COSINE_TEMPER, Options};
use super::terms::{Term, artists_of, heaviest_of};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};

/// The most terms that [`Method::Multiply`] takes: it scans all artists once a term.
const MOST_FACTORS: usize = 8;

/// Weights of [`Method::Multiply`] are made smaller together until none is larger: a power of all products changes no
/// order, and keeps them in the range of f32 but for artists who are opposite to several terms.
const LARGEST_POWER: f32 = 4.0;

/// Keeps a factor from zero, as gensim's `most_similar_cosmul` does.
const EPSILON: f32 = 1e-6;

/// How terms are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// 3CosAdd: the cosine to Σ weight · unit direction (Mikolov, Yih & Zweig 2013, "Linguistic regularities in continuous
    /// space word representations"). One scan, any number of terms.
    #[default]
    Add,
    /// 3CosMul: Π ((1 + cos) / 2 + ε) ^ weight over the terms (Levy & Goldberg 2014, "Linguistic regularities in sparse
    /// and explicit word representations", equation 4), with ε = 10⁻⁶ as gensim has it. No single large cosine can decide
    /// alone. One scan a term, at most 8 terms. Weights above 4 are scaled together, and the scores with them.
    Multiply,
}

/// What the negative terms of a question did to its list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subtraction {
    /// Who would be listed without them and is not with them, best first, with their scores without.
    pub removed: Vec<Neighbour>,
    /// Who is listed only because of them, best first, with their scores in the question.
    pub brought: Vec<Neighbour>,
}

impl Pack {
    /// The artists nearest to one artist by the cosine of their directions, best first.
    ///
    /// # Errors
    /// [`QueryError`] where there is no such artist or it has no direction.
    pub fn similar(&self, artist: ArtistId, options: &Options) -> Result<Vec<Neighbour>, QueryError> {
        self.blend(&[Term::artist(artist, 1.0)], Method::Add, options)
    }

    /// The artists nearest to weighted artists and title words, best first, the terms' own artists left out.
    ///
    /// "a is to b as x is to whom?" is the blend x + b − a.
    ///
    /// # Errors
    /// [`QueryError`] where there is nothing to ask, the terms cancel out, or [`Method::Multiply`] has too many.
    pub fn blend(&self, terms: &[Term], method: Method, options: &Options) -> Result<Vec<Neighbour>, QueryError> {
        self.list_blend(terms, &artists_of(terms), method, options)
    }

    /// Says which artists the negative terms of a blend removed from its list, and which they brought.
    ///
    /// The question is asked with and without them. Artists that are terms are never listed, subtracted ones neither. Both
    /// lists are empty where no term is negative, or where no other is left.
    ///
    /// # Errors
    /// As [`Self::blend`].
    pub fn subtraction(&self, terms: &[Term], method: Method, options: &Options) -> Result<Subtraction, QueryError> {
        let positive: Vec<Term> = terms.iter().filter(|term| term.weight > 0.0).copied().collect();
        if positive.is_empty() || positive.len() == terms.len() {
            return Ok(Subtraction::default());
        }
        let left_out = artists_of(terms);
        let with = self.list_blend(terms, &left_out, method, options)?;
        let without = self.list_blend(&positive, &left_out, method, options)?;
        let only = |these: &[Neighbour], those: &[Neighbour]| {
            let is_new = |one: &&Neighbour| those.iter().all(|other| other.artist != one.artist);
            these.iter().filter(is_new).copied().collect()
        };
        Ok(Subtraction { removed: only(&without, &with), brought: only(&with, &without) })
    }

    fn list_blend(
        &self,
        terms: &[Term],
        left_out: &[ArtistId],
        method: Method,
        options: &Options,
    ) -> Result<Vec<Neighbour>, QueryError> {
        match method {
            Method::Add => self.list_nearest(&self.direction(terms)?, left_out, options),
            Method::Multiply => self.list(&self.products(terms)?, left_out, COSINE_TEMPER, options),
        }
    }

    /// Every artist's product of factors.
    fn products(&self, terms: &[Term]) -> Result<Vec<f32>, QueryError> {
        self.check_terms(terms)?;
        if terms.len() > MOST_FACTORS {
            return Err(QueryError::TooManyTerms { terms: terms.len(), most: MOST_FACTORS });
        }
        let heaviest = heaviest_of(terms).max(LARGEST_POWER);
        let mut products = vec![1_f32; self.answering()];
        for term in terms {
            for (product, cosine) in products.iter_mut().zip(self.cosines(&self.unit(term.item))?) {
                // Rounding of codes can take a cosine a little below −1.
                let factor = ((1.0 + cosine) / 2.0).max(0.0) + EPSILON;
                *product *= match term.weight * (LARGEST_POWER / heaviest) {
                    1.0 => factor,
                    -1.0 => 1.0 / factor,
                    weight => libm::powf(factor, weight),
                };
                // Not to infinity, which times zero were no number.
                *product = product.clamp(f32::MIN_POSITIVE, f32::MAX);
            }
        }
        Ok(products)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random};
    use super::super::terms::Item;
    use super::*;

    #[test]
    fn products_are_those_of_the_paper() {
        let pack = open(&random(60, 6, 1));
        let terms = [Term::artist(1, 1.0), Term::artist(7, -1.0), Term::artist(30, 0.5)];
        let answer = pack.blend(&terms, Method::Multiply, &Options::limit(60)).unwrap();
        assert_eq!(answer.len(), 57);
        for one in &answer {
            let factor = |artist: ArtistId| {
                let cosine = pack.similarity(Item::Artist(artist), Item::Artist(one.artist)).unwrap();
                f64::from(1.0 + cosine) / 2.0 + 1e-6
            };
            let expected = factor(1) / factor(7) * factor(30).sqrt();
            assert!((f64::from(one.score) - expected).abs() < 2e-3 * expected, "{} {expected}", one.score);
        }
        assert!(answer.is_sorted_by(|a, b| a.score >= b.score));
    }

    #[test]
    fn one_term_ranks_the_same_by_both_methods() {
        let pack = open(&random(300, 8, 5));
        let ask = |method| {
            let answer = pack.blend(&[Term::artist(9, 1.0)], method, &Options::limit(50)).unwrap();
            answer.iter().map(|one| one.artist).collect::<Vec<_>>()
        };
        assert_eq!(ask(Method::Add), ask(Method::Multiply));
    }

    #[test]
    fn products_have_a_limit_and_no_nan() {
        let pack = open(&circle(&[0.0, 90.0, 180.0]));
        let nine: Vec<Term> = (0..9).map(|i| Term::artist(i % 3, 1.0)).collect();
        let error = pack.blend(&nine, Method::Multiply, &Options::default());
        assert_eq!(error, Err(QueryError::TooManyTerms { terms: 9, most: 8 }));
        let pack = open(&random(60, 6, 1));
        let ask = |weights: [f32; 2]| {
            let terms = [Term::artist(0, weights[0]), Term::artist(2, weights[1])];
            let answer = pack.blend(&terms, Method::Multiply, &Options::default()).unwrap();
            assert!(answer.iter().all(|one| one.score.is_finite() && one.score > 0.0), "{answer:?}");
            answer.iter().map(|one| one.artist).collect::<Vec<_>>()
        };
        for weights in [[1.0, -1.0], [2.0, -0.5], [-3.0, -4.0]] {
            let huge = ask(weights.map(|weight| weight * 1e7));
            assert_eq!(huge, ask(weights.map(|weight| weight * (4.0 / weights[0].abs().max(weights[1].abs())))));
        }
        ask([f32::MAX, f32::MIN]);
    }

    #[test]
    fn a_subtraction_says_what_it_did() {
        // Asked for 0° without 60°: what lies between goes, what lies beyond comes.
        let pack = open(&circle(&[0.0, 60.0, 30.0, 40.0, -50.0, -70.0]));
        let terms = [Term::artist(0, 1.0), Term::artist(1, -1.0)];
        let answer = pack.subtraction(&terms, Method::Add, &Options::limit(2)).unwrap();
        let ids = |listed: &[Neighbour]| listed.iter().map(|one| one.artist).collect::<Vec<_>>();
        assert_eq!((ids(&answer.removed), ids(&answer.brought)), (vec![2, 3], vec![5, 4]));
        for terms in [&terms[..1], &terms[1..]] {
            assert_eq!(pack.subtraction(terms, Method::Add, &Options::limit(2)).unwrap(), Subtraction::default());
        }
    }
}
