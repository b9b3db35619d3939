//! The batched step: the same gradient as the reference's, computed as small dense matrix products, with row-wise Adagrad.
//!
//! Owns the arithmetic of a batch. Knows nothing of the schedule.
//!
//! For all targets of a batch, the context sums come from prefix sums over the tokens' input vectors, and the gradients
//! of the contexts go back through a difference array; both cost the same for every window. Targets go through in chunks
//! that share their negatives: scores are then one matrix product, and so are the gradients of hidden and output vectors.
//!
//! Plain gradient descent diverges here, because many gradients computed at the same weights are added up. Row-wise
//! Adagrad (Duchi, Hazan & Singer 2011, with one accumulator a row) is stable: a row moves by
//! `alpha` · g / √(Σ |g|² / columns).

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::kernel::{Kernel, Left};
use super::matrix::{LINE, Matrix, add_scaled, load};
use super::sampling::NegativeTable;
use super::schedule::{Batch, Loss};
use super::sigmoid::SIGMOID;
use crate::rng::Rng;

/// Targets that share negatives: one line of numbers, the width of the scores' matrix.
const CHUNK: usize = LINE;

/// The loss is measured on one chunk of this many, enough for a mean over thousands of targets.
const LOSS_EVERY: u64 = 8;

/// One worker's buffers. `n` is the number of tokens of a batch, `s` the padded length of a row.
pub(super) struct Batched {
    kernel: Kernel,
    cbow_mean: bool,
    stride: usize,
    columns: usize,
    /// How many negatives each shared one stands for.
    negative_weight: f32,
    /// The tokens' input vectors, n × s.
    vectors: Vec<f32>,
    /// Their prefix sums, (n + 1) × s.
    prefix: Vec<f32>,
    /// The gradients of the hidden vectors, n × s.
    hidden_gradients: Vec<f32>,
    /// Differences of the gradients that flow back to neighbouring tokens, (n + 1) × s.
    differences: Vec<f32>,
    /// The chunk's hidden vectors, `CHUNK` × s.
    hidden: Vec<f32>,
    /// The same, transposed: columns × `CHUNK`.
    hidden_transposed: Vec<f32>,
    negatives: Vec<u32>,
    /// The negatives' output vectors, negatives × s, and their gradients.
    negative_rows: Vec<f32>,
    negative_gradients: Vec<f32>,
    /// Scores of the negatives, then their gradients: negatives × `CHUNK`.
    scores: Vec<f32>,
    row: Vec<f32>,
    chunks: u64,
}

/// Sums of squared gradients, one a row.
pub(super) struct Squares(Vec<AtomicU32>);

impl Squares {
    pub(super) fn new(rows: usize) -> Self {
        Self((0..rows).map(|_| AtomicU32::new(0)).collect())
    }
}

impl Batched {
    pub(super) fn new(stride: usize, columns: usize, negative: usize, cbow_mean: bool) -> Self {
        Self {
            kernel: Kernel::detect(),
            cbow_mean,
            stride,
            columns,
            negative_weight: 1.0,
            vectors: Vec::new(),
            prefix: Vec::new(),
            hidden_gradients: Vec::new(),
            differences: Vec::new(),
            hidden: vec![0.0; CHUNK * stride],
            hidden_transposed: vec![0.0; columns * CHUNK],
            negatives: vec![0; negative],
            negative_rows: vec![0.0; negative * stride],
            negative_gradients: vec![0.0; negative * stride],
            scores: vec![0.0; negative * CHUNK],
            row: vec![0.0; stride],
            chunks: 0,
        }
    }

    pub(super) fn train(
        &mut self,
        input: (&Matrix, &Squares),
        output: (&Matrix, &Squares),
        batch: &Batch,
        noise: &NegativeTable,
        alpha: f32,
        rng: &mut Rng,
    ) -> Loss {
        let mut loss = Loss::default();
        self.gather(input.0, &batch.tokens);
        for start in (0..batch.tokens.len()).step_by(CHUNK) {
            let mut negatives = std::mem::take(&mut self.negatives);
            negatives.fill_with(|| noise.draw(rng));
            let end = (start + CHUNK).min(batch.tokens.len());
            self.chunk(output, batch, start..end, &negatives, alpha, &mut loss);
            self.negatives = negatives;
        }
        self.scatter(input, &batch.tokens, alpha);
        loss
    }

    /// Copies the tokens' input vectors and sums them up.
    fn gather(&mut self, input: &Matrix, tokens: &[u32]) {
        let s = self.stride;
        let (rows, places) = (tokens.len() * s, (tokens.len() + 1) * s);
        if self.vectors.len() < rows {
            self.vectors.resize(rows, 0.0);
            self.hidden_gradients.resize(rows, 0.0);
            self.prefix.resize(places, 0.0);
            self.differences.resize(places, 0.0);
        }
        self.differences[..places].fill(0.0);
        for (place, &artist) in tokens.iter().enumerate() {
            let vector = &mut self.vectors[place * s..(place + 1) * s];
            load(input.row(artist), vector);
            let (before, after) = self.prefix[place * s..(place + 2) * s].split_at_mut(s);
            for ((after, before), number) in after.iter_mut().zip(&*before).zip(&*vector) {
                *after = before + number;
            }
        }
    }

    /// Learns the output vectors of one chunk and collects the gradients of its contexts.
    fn chunk(
        &mut self,
        output: (&Matrix, &Squares),
        batch: &Batch,
        targets: std::ops::Range<usize>,
        negatives: &[u32],
        alpha: f32,
        loss: &mut Loss,
    ) {
        let s = self.stride;
        let tokens = &batch.tokens[targets.clone()];
        let windows = &batch.windows[targets.clone()];
        // Hidden vectors.
        self.hidden[tokens.len() * s..].fill(0.0);
        for (i, window) in windows.iter().enumerate() {
            let place = targets.start + i;
            let hidden = &mut self.hidden[i * s..(i + 1) * s];
            let count = window.len() - 1;
            let share = match (count, self.cbow_mean) {
                (0, _) => 0.0,
                (_, true) => 1.0 / count as f32,
                (_, false) => 1.0,
            };
            let start = &self.prefix[window.start * s..][..s];
            let end = &self.prefix[window.end * s..][..s];
            let own = &self.vectors[place * s..][..s];
            for (((hidden, start), end), own) in hidden.iter_mut().zip(start).zip(end).zip(own) {
                *hidden = (end - start - own) * share;
            }
        }
        for (i, row) in self.hidden.chunks_exact(s).enumerate() {
            for (column, &number) in self.hidden_transposed.chunks_exact_mut(CHUNK).zip(row) {
                column[i] = number;
            }
        }
        // Scores of the negatives, and their gradients.
        for (&negative, row) in negatives.iter().zip(self.negative_rows.chunks_exact_mut(s)) {
            load(output.0.row(negative), row);
        }
        let rows = Left { numbers: &self.negative_rows, row_stride: s, column_stride: 1 };
        self.kernel.product(negatives.len(), CHUNK, self.columns, rows, &self.hidden_transposed, &mut self.scores);
        let measured = self.chunks.is_multiple_of(LOSS_EVERY);
        self.chunks += 1;
        for (negative, scores) in negatives.iter().zip(self.scores.chunks_exact_mut(CHUNK)) {
            for (score, target) in scores.iter_mut().zip(tokens) {
                if target == negative {
                    *score = f32::NAN; // learned from by no one
                } else if measured {
                    loss.sum += f64::from(self.negative_weight * SIGMOID.loss(-*score));
                }
            }
        }
        self.kernel.negative_gradients(&mut self.scores, self.negative_weight);
        let gradients = Left { numbers: &self.scores, row_stride: 1, column_stride: CHUNK };
        let hidden_gradients = &mut self.hidden_gradients[targets.start * s..targets.end * s];
        self.kernel.product(tokens.len(), s, negatives.len(), gradients, &self.negative_rows, hidden_gradients);
        let gradients = Left { numbers: &self.scores, row_stride: CHUNK, column_stride: 1 };
        self.kernel.product(negatives.len(), s, CHUNK, gradients, &self.hidden, &mut self.negative_gradients);
        for (&negative, gradient) in negatives.iter().zip(self.negative_gradients.chunks_exact(s)) {
            move_row(output, negative, gradient, alpha, self.columns);
        }
        // The targets themselves.
        for (i, (&target, window)) in tokens.iter().zip(windows).enumerate() {
            let hidden = &mut self.hidden[i * s..(i + 1) * s];
            let hidden_gradient = &mut hidden_gradients[i * s..(i + 1) * s];
            load(output.0.row(target), &mut self.row);
            let score: f32 = hidden.iter().zip(&self.row).map(|(a, b)| a * b).sum();
            if measured {
                loss.sum += f64::from(SIGMOID.loss(score));
                loss.targets += 1;
            }
            if let Some(probability) = SIGMOID.value(score) {
                let gradient = 1.0 - probability;
                for (hidden_gradient, number) in hidden_gradient.iter_mut().zip(&self.row) {
                    *hidden_gradient += gradient * number;
                }
                hidden.iter_mut().for_each(|number| *number *= gradient);
                move_row(output, target, hidden, alpha, self.columns);
            }
            // Back to the contexts.
            let count = (window.len() - 1).max(1) as f32;
            if !self.cbow_mean {
                hidden_gradient.iter_mut().for_each(|number| *number /= count);
            }
            for (difference, number) in self.differences[window.start * s..][..s].iter_mut().zip(&*hidden_gradient) {
                *difference += number;
            }
            for (difference, number) in self.differences[window.end * s..][..s].iter_mut().zip(&*hidden_gradient) {
                *difference -= number;
            }
        }
    }

    /// Moves the tokens' input vectors by what all targets sent back.
    fn scatter(&mut self, input: (&Matrix, &Squares), tokens: &[u32], alpha: f32) {
        let s = self.stride;
        self.row.fill(0.0);
        for (place, &artist) in tokens.iter().enumerate() {
            let difference = &self.differences[place * s..][..s];
            let own = &mut self.hidden_gradients[place * s..][..s];
            for ((sum, difference), own) in self.row.iter_mut().zip(difference).zip(own) {
                *sum += difference;
                *own = *sum - *own;
            }
            let gradient = &self.hidden_gradients[place * s..][..s];
            move_row(input, artist, gradient, alpha, self.columns);
        }
    }
}

/// One step of row-wise Adagrad along `gradient`.
#[inline]
fn move_row((matrix, squares): (&Matrix, &Squares), row: u32, gradient: &[f32], alpha: f32, columns: usize) {
    let mut lanes = [0.0_f32; LINE];
    for line in gradient.chunks_exact(LINE) {
        for (lane, number) in lanes.iter_mut().zip(line) {
            *lane += number * number;
        }
    }
    let square = lanes.iter().sum::<f32>() / columns as f32;
    if square > 0.0 {
        let cell = &squares.0[row as usize];
        let sum = f32::from_bits(cell.load(Relaxed)) + square;
        cell.store(sum.to_bits(), Relaxed);
        add_scaled(matrix.row(row), alpha / sum.sqrt(), gradient);
    }
}
