//! The reference step: one target at a time, gensim's CBOW update by plain gradient descent. The yardstick, kept plain.
//!
//! Owns the update. Knows nothing of the schedule.

use std::ops::Range;

use super::matrix::{Matrix, add_scaled, load};
use super::sampling::NegativeTable;
use super::schedule::{Batch, Loss};
use super::sigmoid::SIGMOID;
use crate::rng::Rng;

/// One worker's buffers.
pub(super) struct Reference {
    /// What the context predicts with: the mean or the sum of its input vectors.
    hidden: Vec<f32>,
    /// The change of the context vectors.
    change: Vec<f32>,
    /// A copy of one row.
    row: Vec<f32>,
    negatives: Vec<u32>,
    cbow_mean: bool,
}

impl Reference {
    /// Buffers for rows of `stride` numbers and `negative` negatives a target.
    pub(super) fn new(stride: usize, negative: usize, cbow_mean: bool) -> Self {
        let zeros = || vec![0.0; stride];
        Self { hidden: zeros(), change: zeros(), row: zeros(), negatives: vec![0; negative], cbow_mean }
    }

    /// Learns from every target of a batch.
    pub(super) fn train(
        &mut self,
        input: &Matrix,
        output: &Matrix,
        batch: &Batch,
        noise: &NegativeTable,
        alpha: f32,
        rng: &mut Rng,
    ) -> Loss {
        let mut negatives = std::mem::take(&mut self.negatives);
        let mut loss = Loss::default();
        for (target, window) in batch.windows.iter().enumerate() {
            negatives.fill_with(|| noise.draw(rng));
            loss.sum += self.update(input, output, &batch.tokens, target, window.clone(), &negatives, alpha);
            loss.targets += 1;
        }
        self.negatives = negatives;
        loss
    }

    /// Learns that `tokens[target]` stands among the other tokens of `window`, and the negatives do not.
    ///
    /// The objective is ln σ(h·o) + Σ ln σ(−h·n) (Mikolov et al. 2013, "Distributed Representations of Words and
    /// Phrases", eq. 4). With `cbow_mean`, h is the mean of the context vectors, and as in word2vec.c and gensim every
    /// context vector gets the whole gradient of h, not its share; without, h is the sum and the gradient is divided.
    /// Returns the loss before the update.
    #[expect(clippy::too_many_arguments, reason = "the update's own variables; a struct would only rename them")]
    pub(super) fn update(
        &mut self,
        input: &Matrix,
        output: &Matrix,
        tokens: &[u32],
        target: usize,
        window: Range<usize>,
        negatives: &[u32],
        alpha: f32,
    ) -> f64 {
        let context = || window.clone().filter(|&place| place != target).map(|place| tokens[place]);
        let count = window.len() - 1;
        if count == 0 {
            return 0.0;
        }
        let share = 1.0 / count as f32;
        self.hidden.fill(0.0);
        for artist in context() {
            load(input.row(artist), &mut self.row);
            axpy(1.0, &self.row, &mut self.hidden);
        }
        if self.cbow_mean {
            self.hidden.iter_mut().for_each(|number| *number *= share);
        }
        self.change.fill(0.0);
        let mut loss = 0.0;
        let negatives =
            negatives.iter().filter(|&&negative| negative != tokens[target]).map(|&negative| (negative, 0.0));
        for (artist, label) in std::iter::once((tokens[target], 1.0)).chain(negatives) {
            load(output.row(artist), &mut self.row);
            let score: f32 = self.hidden.iter().zip(&self.row).map(|(a, b)| a * b).sum();
            loss += f64::from(SIGMOID.loss(if label == 1.0 { score } else { -score }));
            if let Some(probability) = SIGMOID.value(score) {
                let gradient = (label - probability) * alpha;
                axpy(gradient, &self.row, &mut self.change);
                add_scaled(output.row(artist), gradient, &self.hidden);
            }
        }
        for artist in context() {
            add_scaled(input.row(artist), if self.cbow_mean { 1.0 } else { share }, &self.change);
        }
        loss
    }
}

fn axpy(scale: f32, from: &[f32], into: &mut [f32]) {
    for (into, from) in into.iter_mut().zip(from) {
        *into += scale * from;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// tests/oracles/cbow_gensim.py wrote it with gensim's compiled code.
    const GENSIM: &str = include_str!("../../tests/oracles/cbow_gensim.json");

    fn numbers(value: &Value) -> Vec<f32> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
    }

    fn indices(value: &Value) -> Vec<u32> {
        value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
    }

    #[test]
    fn the_update_is_gensims() {
        let oracle: Value = serde_json::from_str(GENSIM).unwrap();
        let cases = oracle["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 4);
        for case in cases {
            let columns = case["columns"].as_u64().unwrap() as usize;
            let matrix = |name: &str| {
                let numbers = numbers(&case[name]);
                let matrix = Matrix::zeros(numbers.len() / columns, columns).unwrap();
                let mut numbers = numbers.into_iter();
                (0..matrix.to_vec().len() / columns)
                    .for_each(|row| matrix.fill_row(row as u32, || numbers.next().unwrap()));
                matrix
            };
            let (input, output) = (matrix("input"), matrix("output"));
            let tokens = indices(&case["tokens"]);
            let mut step = Reference::new(input.stride(), 5, case["cbow_mean"].as_bool().unwrap());
            for (target, window) in case["windows"].as_array().unwrap().iter().enumerate() {
                let window = indices(window);
                let negatives = indices(&case["negatives"][target]);
                let alpha = case["alpha"].as_f64().unwrap() as f32;
                let window = window[0] as usize..window[1] as usize;
                step.update(&input, &output, &tokens, target, window, &negatives, alpha);
            }
            for (found, expected) in [(input, "expected_input"), (output, "expected_output")] {
                for (found, expected) in found.to_vec().into_iter().zip(numbers(&case[expected])) {
                    assert!((found - expected).abs() < 1e-5, "{}: {found} for {expected}", case["name"]);
                }
            }
        }
    }
}
