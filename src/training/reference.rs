//! The reference step: one target at a time, gensim's update by plain gradient descent. The yardstick, kept plain.
//!
//! Owns the update. Knows nothing of the schedule.
//!
//! CBOW and skip-gram, negative sampling and hierarchical softmax are one update here. A target is predicted from *h*:
//! with CBOW from the mean or the sum of its context's input vectors, with skip-gram from each of them alone, one after the
//! other. (So in gensim and word2vec.c it is the context's *input* vector that predicts the centre, against the papers'
//! figure; over a whole playlist each pair comes in both roles.) The prediction is a few yes-or-no questions about h, each
//! the logistic function of a dot product with some vector *v*: is this the target's output vector, and not a negative's;
//! and does the target lie on the left of this inner node of the tree?

use super::matrix::{Line, Matrix, add_scaled, load};
use super::network::Network;
use super::schedule::{Batch, Loss};
use super::sigmoid::{SIGMOID, surprise};
use super::{Settings, sampling::NegativeTable};
use crate::rng::Rng;

/// One worker's buffers.
pub(super) struct Reference {
    sg: bool,
    cbow_mean: bool,
    compute_loss: bool,
    /// Whether the loss of the current prediction is wanted.
    measured: bool,
    /// What the target is predicted from.
    hidden: Vec<f32>,
    /// The change of the context vectors.
    change: Vec<f32>,
    /// A copy of one row.
    row: Vec<f32>,
}

impl Reference {
    /// Buffers for rows of `stride` numbers.
    pub(super) fn new(stride: usize, settings: &Settings) -> Self {
        let zeros = || vec![0.0; stride];
        let &Settings { sg, cbow_mean, compute_loss, .. } = settings;
        Self { sg, cbow_mean, compute_loss, measured: false, hidden: zeros(), change: zeros(), row: zeros() }
    }

    /// The size of a worker's buffers; `None` where it cannot be counted.
    pub(super) fn bytes(stride: usize) -> Option<usize> {
        stride.checked_mul(3 * size_of::<f32>())
    }

    /// Learns from every target of a batch.
    pub(super) fn train(&mut self, network: &Network, batch: &Batch, alpha: f32, rng: &mut Rng) -> Loss {
        let mut draw = |noise: &NegativeTable| noise.draw(rng);
        let mut loss = Loss::default();
        for target in 0..batch.tokens.len() {
            loss.add(self.update(network, batch, target, &mut draw, alpha));
        }
        loss
    }

    /// Learns that the token at the place `target` stands in its window.
    ///
    /// `draw` is asked for each negative. Returns −ln of the probability of what was seen, before the update; it is empty
    /// where it is not wanted. With skip-gram it is that of the target's first pair: for all others, the network has just
    /// been told the answer, and the loss would be the lower the more hastily it learns.
    pub(super) fn update(
        &mut self,
        network: &Network,
        batch: &Batch,
        target: usize,
        draw: &mut impl FnMut(&NegativeTable) -> u32,
        alpha: f32,
    ) -> Loss {
        let token = batch.tokens[target];
        let context = batch.windows[target].clone().filter(|&place| place != target).map(|place| batch.tokens[place]);
        if context.clone().next().is_none() {
            return Loss::default();
        }
        self.measured = self.compute_loss;
        let mut sum = 0.0;
        if self.sg {
            for word in context {
                sum += self.predict(network, std::iter::once(word), token, draw, alpha);
                self.measured = false;
            }
        } else {
            sum = self.predict(network, context, token, draw, alpha);
        }
        if self.compute_loss { Loss { sum, targets: 1 } } else { Loss::default() }
    }

    /// Learns to predict `target` from `context`, which must not be empty, by each objective that the network has: by
    /// both, hierarchical softmax comes first, and each sees the context's vectors as the one before has left them.
    fn predict(
        &mut self,
        network: &Network,
        context: impl Iterator<Item = u32> + Clone,
        target: u32,
        draw: &mut impl FnMut(&NegativeTable) -> u32,
        alpha: f32,
    ) -> f64 {
        let mut sum = 0.0;
        if let Some(hierarchy) = &network.hierarchy {
            let share = self.hide(&network.input, context.clone());
            let (nodes, codes) = hierarchy.huffman.path(target);
            for (&node, &code) in nodes.iter().zip(codes) {
                sum += self.learn(hierarchy.nodes.row(node), code == 0, alpha);
            }
            self.send_back(&network.input, context.clone(), share);
        }
        if let Some(sampling) = &network.sampling {
            let share = self.hide(&network.input, context.clone());
            sum += self.learn(sampling.output.row(target), true, alpha);
            for _ in 0..sampling.negative {
                let negative = draw(&sampling.noise);
                if negative != target {
                    sum += self.learn(sampling.output.row(negative), false, alpha);
                }
            }
            self.send_back(&network.input, context, share);
        }
        sum
    }

    /// Makes h of the context's input vectors; returns 1 / their number.
    fn hide(&mut self, input: &Matrix, context: impl Iterator<Item = u32>) -> f32 {
        self.hidden.fill(0.0);
        self.change.fill(0.0);
        let mut count = 0.0;
        for token in context {
            load(input.row(token), &mut self.row);
            axpy(1.0, &self.row, &mut self.hidden);
            count += 1.0;
        }
        let share = 1.0 / count;
        if self.cbow_mean {
            self.hidden.iter_mut().for_each(|number| *number *= share);
        }
        share
    }

    /// One question about h: moves v (`row`) towards answering `yes`, and notes the change of h. Returns −ln P(answer) where
    /// it is measured.
    ///
    /// The objective is ln σ(h·v) for yes and ln σ(−h·v) for no (Mikolov et al. 2013, "Distributed Representations of
    /// Words and Phrases", eq. 3 and 4). The logistic function is gensim's table, [`SIGMOID`]; beyond its cut-off nothing
    /// is learned, as in gensim. (word2vec.c takes 0 or 1 there for negative sampling, and learns.)
    fn learn(&mut self, row: &[Line], yes: bool, alpha: f32) -> f64 {
        load(row, &mut self.row);
        let score: f32 = self.hidden.iter().zip(&self.row).map(|(a, b)| a * b).sum();
        if let Some(probability) = SIGMOID.value(score) {
            let gradient = (f32::from(u8::from(yes)) - probability) * alpha;
            axpy(gradient, &self.row, &mut self.change);
            add_scaled(row, gradient, &self.hidden);
        }
        if self.measured { surprise(if yes { score } else { -score }) } else { 0.0 }
    }

    /// Adds the change of h to the context's vectors.
    ///
    /// As in word2vec.c and gensim, every vector gets the whole gradient of a mean, not its share; that of a sum is
    /// divided (gensim's choice; word2vec.c has no sums).
    fn send_back(&self, input: &Matrix, context: impl Iterator<Item = u32>, share: f32) {
        for token in context {
            add_scaled(input.row(token), if self.cbow_mean { 1.0 } else { share }, &self.change);
        }
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

    use super::super::huffman::Huffman;
    use super::super::network::{HierarchicalSoftmax, NegativeSampling};
    use super::*;

    /// tests/oracles/training_gensim.py wrote it with gensim's compiled code.
    const GENSIM: &str = include_str!("../../tests/oracles/training_gensim.json");

    fn indices(value: &Value) -> Vec<u32> {
        value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
    }

    #[test]
    fn the_update_is_gensims() {
        let oracle: Value = serde_json::from_str(GENSIM).unwrap();
        let cases = oracle["updates"].as_array().unwrap();
        assert_eq!(cases.len(), 12);
        for case in cases {
            let name = case["name"].as_str().unwrap();
            let columns = case["columns"].as_u64().unwrap() as usize;
            let numbers = |key: &str| -> Vec<f32> {
                case[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
            };
            let matrix = |key: &str| {
                let numbers = numbers(key);
                let matrix = Matrix::zeros(numbers.len() / columns, columns).unwrap();
                for (row, numbers) in numbers.chunks_exact(columns).enumerate() {
                    let mut numbers = numbers.iter().copied();
                    matrix.fill_row(row as u32, || numbers.next().unwrap());
                }
                matrix
            };
            let flag = |key: &str| case[key] == 1;
            let counts = indices(&case["counts"]);
            let negative = case["negative"].as_u64().unwrap() as usize;
            let network = Network {
                input: matrix("input"),
                sampling: (negative > 0).then(|| NegativeSampling {
                    output: matrix("output"),
                    noise: NegativeTable::new(&counts, 0.75),
                    negative,
                }),
                hierarchy: flag("hs")
                    .then(|| HierarchicalSoftmax { nodes: matrix("nodes"), huffman: Huffman::new(&counts) }),
                tied: None,
            };
            let tokens = indices(&case["tokens"]);
            let windows = case["windows"].as_array().unwrap().iter().map(|window| {
                let window = indices(window);
                window[0] as usize..window[1] as usize
            });
            let batch =
                Batch { windows: windows.collect(), playlists: std::iter::once(0..tokens.len()).collect(), tokens };
            let settings = Settings { sg: flag("sg"), cbow_mean: flag("cbow_mean"), ..Settings::default() };
            let mut step = Reference::new(network.input.stride(), &settings);
            let mut negatives = indices(&case["negatives"]).into_iter();
            let mut loss = Loss::default();
            for target in 0..batch.tokens.len() {
                let alpha = case["alpha"].as_f64().unwrap() as f32;
                loss.add(step.update(&network, &batch, target, &mut |_| negatives.next().unwrap(), alpha));
            }
            assert_eq!((negatives.next(), loss.targets), (None, case["targets"].as_u64().unwrap()), "{name}");
            let expected = case["loss"].as_f64().unwrap();
            assert!((loss.sum - expected).abs() < 1e-4 * expected, "{name}: loss {} for {expected}", loss.sum);
            for (part, matrix) in network.matrices() {
                let expected = numbers(&format!("expected_{part}"));
                assert_eq!(matrix.to_vec().len(), expected.len());
                for (found, expected) in matrix.to_vec().into_iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-5, "{name}, {part}: {found} for {expected}");
                }
            }
        }
    }
}
