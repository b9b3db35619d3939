//! The tied step: the artists of a playlist predict one another, all with the same vectors.
//!
//! Owns the arithmetic of a playlist as a set. Knows nothing of the schedule.
//!
//! Word2Vec has two vectors a word because a word hardly ever stands beside itself in a sentence. In a playlist order says
//! little and each artist counts once, so one vector can ask and answer. What tells artists apart by popularity alone goes
//! into one number an artist, the bias, and no longer into the vectors: neighbours are better for it, and what belongs into
//! a playlist is found by the same vectors with the bias added.
//!
//! - **Score** of artist j where artist i is known: s(i, j) = vᵢ · vⱼ + bⱼ. A playlist's score is the mean over its artists.
//! - **Objective**: softmax over j and K negatives that the whole piece shares, for every pair of its artists (van den Oord et
//!   al. 2018, eq. 4). At its optimum s(i, j) = ln p(j | i) − `ns_exponent` · ln p(j) and a constant: the exponent is the
//!   dial from what is likely (0) to what is peculiar (1). Every artist of a playlist asks with the same weight,
//!   however many answers there are: 1 / (n − 1) a pair.
//! - **Optimizer**: Adagrad (Duchi et al. 2011) with one rate a row: alpha / (mean squared gradients so far)^(9/16). A rare artist
//!   learns as much from its few mentions as a frequent one from many.
//!
//! A playlist of more than [`PIECE`] artists is learned from in random pieces, new ones in every epoch.

use super::Settings;
use super::kernel::{Kernel, Operand};
use super::matrix::{self, LINE, Matrix};
use super::network::{Network, TiedOutput};
use super::schedule::{Batch, Loss};
use crate::rng::Rng;

/// Artists that predict one another at once.
pub(super) const PIECE: usize = 128;

/// Added to a sum of squares before the root is taken.
const EPSILON: f32 = 1e-6;

/// Columns of the state that each artist's bias and optimizer keep, see [`TiedOutput::state`]; from `BIAS_SQUARES` on they are
/// running sums.
pub(super) const BIAS: usize = 0;
pub(super) const BIAS_SQUARES: usize = 1;
pub(super) const SQUARES: usize = 2;
/// How many columns there are.
pub(super) const STATE: usize = 3;

/// One worker's buffers. A piece has n artists who ask, and m who may answer: itself and its negatives. `s` is the padded
/// length of a row.
pub(super) struct Tied {
    kernel: Kernel,
    dimensions: usize,
    stride: usize,
    /// The most who may answer, a multiple of [`LINE`].
    most: usize,
    compute_loss: bool,
    /// A playlist's artists, each once.
    artists: Vec<u32>,
    /// Those of a piece, then its negatives.
    ids: Vec<u32>,
    /// For every artist the last piece that it stood in.
    piece_of: Vec<u32>,
    pieces: u32,
    /// Their states, m × [`LINE`].
    states: Vec<f32>,
    /// Their vectors, m × s.
    vectors: Operand,
    /// The askers' vectors transposed, s × n, for every number of whole lines that n may take.
    asking: [Operand; PIECE / LINE],
    /// Steps, m × n and n × m: how far each score is to be raised.
    steps_by_answer: [Operand; PIECE / LINE],
    steps_by_asker: Operand,
    /// Scores, then steps, as `most` × n and as n × `most`.
    by_answer: Vec<f32>,
    by_asker: Vec<f32>,
    /// Vectors on their way from one form to another: n × s and s × n.
    rows: Vec<f32>,
    columns: Vec<f32>,
    /// What is to be added to each vector before the rate: by those who ask, m × s, and by those who answer, n × s.
    changes: Vec<f32>,
    further: Vec<f32>,
}

impl Tied {
    /// Buffers for a vocabulary of `tokens` and rows of `stride` numbers.
    pub(super) fn new(kernel: Kernel, tokens: usize, stride: usize, settings: &Settings) -> Self {
        let most = (PIECE + settings.negative).next_multiple_of(LINE);
        let operand = |rows, width| Operand::new(kernel, rows, width);
        Self {
            kernel,
            dimensions: settings.vector_size,
            stride,
            most,
            compute_loss: settings.compute_loss,
            artists: Vec::new(),
            ids: Vec::with_capacity(most),
            piece_of: vec![0; tokens],
            pieces: 0,
            states: vec![0.0; most * LINE],
            vectors: operand(most, stride),
            asking: std::array::from_fn(|lines| operand(stride, (lines + 1) * LINE)),
            steps_by_answer: std::array::from_fn(|lines| operand(most, (lines + 1) * LINE)),
            steps_by_asker: operand(PIECE, most),
            by_answer: vec![0.0; most * PIECE],
            by_asker: vec![0.0; PIECE * most],
            rows: vec![0.0; PIECE * stride],
            columns: vec![0.0; stride * PIECE],
            changes: vec![0.0; most * stride],
            further: vec![0.0; PIECE * stride],
        }
    }

    /// The size of a worker's buffers, about; `None` where it cannot be counted.
    pub(super) fn bytes(tokens: usize, stride: usize, settings: &Settings) -> Option<usize> {
        let most = (PIECE.checked_add(settings.negative)?).checked_next_multiple_of(LINE)?;
        // Of the operands `asking` and `steps_by_answer` there is one for every number of lines.
        let all_lines: usize = (1..=PIECE / LINE).map(|lines| lines * LINE).sum();
        let per_row = (LINE + all_lines + 3 * PIECE).checked_add(stride.checked_mul(2)?)?;
        let per_column = all_lines + 3 * PIECE;
        let numbers = most.checked_mul(per_row)?.checked_add(stride.checked_mul(per_column)?)?.checked_add(tokens)?;
        numbers.checked_mul(size_of::<f32>())
    }

    /// Learns from every playlist of a batch.
    pub(super) fn train(&mut self, network: &Network, batch: &Batch, alpha: f32, rng: &mut Rng) -> Loss {
        let mut loss = Loss::default();
        let (input, Some(output)) = (&network.input, &network.tied) else { return loss };
        let mut artists = std::mem::take(&mut self.artists);
        for playlist in &batch.playlists {
            artists.clear();
            artists.extend_from_slice(&batch.tokens[playlist.clone()]);
            artists.sort_unstable();
            artists.dedup();
            rng.shuffle(&mut artists);
            let pieces = artists.len().div_ceil(PIECE);
            for piece in 0..pieces {
                // All of about the same size, so that none is too small to teach.
                let of = |piece: usize| artists.len() * piece / pieces;
                let piece = &artists[of(piece)..of(piece + 1)];
                if piece.len() >= 2 {
                    loss.add(self.learn(input, output, piece, alpha, rng));
                }
            }
        }
        self.artists = artists;
        loss
    }

    /// Learns that these artists stand together.
    fn learn(&mut self, input: &Matrix, output: &TiedOutput, piece: &[u32], alpha: f32, rng: &mut Rng) -> Loss {
        self.pieces = self.pieces.wrapping_add(1);
        self.ids.clear();
        self.ids.extend_from_slice(piece);
        piece.iter().for_each(|&artist| self.piece_of[artist as usize] = self.pieces);
        // Who stands in the piece is no negative of it.
        let drawn = (0..output.negative).map(|_| output.noise.draw(rng));
        self.ids.extend(drawn.filter(|&artist| self.piece_of[artist as usize] != self.pieces));
        for (&id, state) in self.ids.iter().zip(self.states.chunks_exact_mut(LINE)) {
            matrix::load(output.state.row(id), state);
        }
        self.score(input, piece.len());
        let loss = self.weigh(piece.len());
        self.change(piece.len());
        self.put_back(input, output, piece.len(), alpha);
        loss
    }

    /// Fills `by_asker` with every score but the bias.
    fn score(&mut self, input: &Matrix, n: usize) {
        let (s, kernel, wide) = (self.stride, self.kernel, n.next_multiple_of(LINE));
        self.vectors.take(input, &self.ids);
        for (&id, row) in self.ids.iter().zip(self.rows.chunks_exact_mut(s)).take(n) {
            kernel.load(input.row(id), row);
        }
        self.rows[n * s..wide * s].fill(0.0);
        kernel.transpose((&self.rows, s), (&mut self.columns, wide), wide, s);
        let asking = &mut self.asking[wide / LINE - 1];
        asking.set(0, &self.columns[..s * wide]);
        let tall = self.ids.len().next_multiple_of(LINE);
        kernel.multiply(&self.vectors, asking, s, &mut self.by_answer[..tall * wide]);
        kernel.transpose((&self.by_answer, wide), (&mut self.by_asker, self.most), tall, wide);
    }

    /// Turns the scores of `by_asker` into steps: the objective's gradient by each of them.
    fn weigh(&mut self, n: usize) -> Loss {
        let (m, most) = (self.ids.len(), self.most);
        let weight = 1.0 / (n - 1) as f32;
        let mut loss = Loss::default();
        for (i, row) in self.by_asker.chunks_exact_mut(most).enumerate().take(n.next_multiple_of(LINE)) {
            row[m..].fill(0.0);
            if i >= n {
                row.fill(0.0);
                continue;
            }
            let scores = &mut row[..m];
            for (score, state) in scores.iter_mut().zip(self.states.chunks_exact(LINE)) {
                *score += state[BIAS];
            }
            scores[i] = f32::NEG_INFINITY; // Nobody asks for itself.
            let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            self.kernel.exponentials(scores, largest);
            let (answers, negatives) = scores.split_at_mut(n);
            let others: f32 = negatives.iter().sum();
            // Each answer competes with the negatives, not with the other answers.
            let mut share = 0.0;
            for (_, answer) in answers.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                let sum = (*answer + others).max(f32::MIN_POSITIVE);
                let probability = *answer / sum;
                if self.compute_loss {
                    loss.sum -= f64::from(weight) * f64::from(probability.max(f32::MIN_POSITIVE)).ln();
                }
                share += weight / sum;
                *answer = weight * (1.0 - probability);
            }
            negatives.iter_mut().for_each(|negative| *negative *= -share);
            answers[i] = 0.0;
        }
        loss.targets = if self.compute_loss { n as u64 } else { 0 };
        loss
    }

    /// Adds up what the steps ask of every vector: steps × the askers' vectors for who answers, and steps × the answers'
    /// vectors for who asks.
    fn change(&mut self, n: usize) {
        let (s, kernel, wide) = (self.stride, self.kernel, n.next_multiple_of(LINE));
        let (m, tall) = (self.ids.len(), self.ids.len().next_multiple_of(LINE));
        kernel.transpose((&self.by_asker, self.most), (&mut self.by_answer, wide), wide, tall);
        let by_answer = &mut self.steps_by_answer[wide / LINE - 1];
        by_answer.set(0, &self.by_answer[..tall * wide]);
        self.steps_by_asker.set(0, &self.by_asker[..wide * self.most]);
        kernel.multiply(by_answer, &self.vectors, n, &mut self.changes[..m * s]);
        kernel.multiply(&self.steps_by_asker, &self.vectors, m, &mut self.further[..n * s]);
        self.changes.iter_mut().zip(&self.further[..n * s]).for_each(|(change, further)| *change += further);
    }

    /// Adds the changes to what all threads share.
    fn put_back(&self, input: &Matrix, output: &TiedOutput, n: usize, alpha: f32) {
        let (s, wide) = (self.stride, n.next_multiple_of(LINE));
        let rate = |squares: f32| alpha / to_nine_sixteenths(squares + EPSILON);
        for (j, &id) in self.ids.iter().enumerate() {
            let change = &self.changes[j * s..(j + 1) * s];
            let squares = matrix::square(change) / self.dimensions as f32;
            let bias: f32 = self.by_answer[j * wide..j * wide + n].iter().sum();
            let state = &self.states[j * LINE..(j + 1) * LINE];
            self.kernel.add_to_shared(rate(state[SQUARES] + squares), change, input.row(id));
            let mut added = [0.0; LINE];
            added[BIAS] = rate(state[BIAS_SQUARES] + bias * bias) * bias;
            added[BIAS_SQUARES] = bias * bias;
            added[SQUARES] = squares;
            matrix::add_scaled(output.state.row(id), 1.0, &added);
        }
    }
}

/// x^(9/16), by roots alone: the same bits on every machine.
///
/// Adagrad's own exponent is ½. A little more lets those who are often seen settle sooner: their neighbours are better, and more
/// would cost the rare ones' agreement between two trainings (docs/TRAINING.md).
fn to_nine_sixteenths(x: f32) -> f32 {
    let root = x.sqrt();
    root * root.sqrt().sqrt().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTISTS: u32 = 30;
    const COLUMNS: usize = 20;

    /// The objective of one piece, in plain loops and 64 bits: the sum over pairs of weight · −ln p.
    fn objective(rows: &[f64], bias: &[f64], piece: &[u32], negatives: &[u32]) -> f64 {
        let score = |i: u32, j: u32| {
            let row = |artist: u32| &rows[artist as usize * COLUMNS..(artist as usize + 1) * COLUMNS];
            row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum::<f64>() + bias[j as usize]
        };
        let mut sum = 0.0;
        for &i in piece {
            let others: f64 = negatives.iter().map(|&k| score(i, k).exp()).sum();
            for &j in piece.iter().filter(|&&j| j != i) {
                let answer = score(i, j).exp();
                sum -= (answer / (answer + others)).ln() / (piece.len() - 1) as f64;
            }
        }
        sum
    }

    #[test]
    fn a_step_follows_the_objectives_gradient_at_adagrads_rate() {
        for (kernel, negative) in Kernel::all().into_iter().flat_map(|kernel| [(kernel, 1), (kernel, 17)]) {
            let settings = Settings { vector_size: COLUMNS, negative, ..Settings::default() };
            let counts: Vec<u32> = (0..ARTISTS).map(|i| 100 - i).collect();
            let network = Network::new(&counts, &settings).unwrap();
            let output = network.tied.as_ref().unwrap();
            let mut chance = Rng::new(7);
            for artist in 0..ARTISTS {
                network.input.fill_row(artist, || chance.next_f32() - 0.5);
                output.state.set_row(artist, &[chance.next_f32() - 0.5, 0.5, 0.25]);
            }
            let before = network.input.to_vec();
            let rows: Vec<f64> = before.iter().copied().map(f64::from).collect();
            let bias: Vec<f64> = output.state.column(BIAS).into_iter().map(f64::from).collect();
            let piece = [3, 11, 4, 20, 9];
            let mut draws = Rng::new(negative as u64);
            let negatives: Vec<u32> =
                (0..negative).map(|_| output.noise.draw(&mut draws)).filter(|id| !piece.contains(id)).collect();
            let mut tied = Tied::new(kernel, ARTISTS as usize, network.input.stride(), &settings);
            let alpha = 0.1;
            let loss = tied.learn(&network.input, output, &piece, alpha, &mut Rng::new(negative as u64));
            if negatives.is_empty() {
                continue;
            }
            let expected = objective(&rows, &bias, &piece, &negatives);
            // Numbers that a kernel rounds to bfloat16 keep three digits.
            let tolerance = if kernel.name().contains("bf16") { 2e-2 } else { 1e-4 };
            assert!((loss.sum - expected).abs() < tolerance * expected, "{kernel:?}: {} for {expected}", loss.sum);
            assert_eq!(loss.targets, 5);

            type Nudge<'a> = &'a dyn Fn(&mut [f64], &mut [f64], f64);
            let slope = |change: Nudge<'_>| {
                let at = |step: f64| {
                    let (mut rows, mut bias) = (rows.clone(), bias.clone());
                    change(&mut rows, &mut bias, step);
                    objective(&rows, &bias, &piece, &negatives)
                };
                (at(-1e-5) - at(1e-5)) / 2e-5
            };
            let after = network.input.to_vec();
            let (biases, squares) = (output.state.column(BIAS), output.state.column(SQUARES));
            for artist in 0..ARTISTS as usize {
                let row = artist * COLUMNS..(artist + 1) * COLUMNS;
                let gradient: Vec<f64> =
                    row.clone().map(|at| slope(&|rows: &mut [f64], _, step| rows[at] += step)).collect();
                // A negative drawn twice moves twice, each time at the rate of one.
                let times = negatives.iter().filter(|&&id| id as usize == artist).count().max(1) as f64;
                let mean = gradient.iter().map(|g| (g / times).powi(2)).sum::<f64>() / COLUMNS as f64;
                let rate = f64::from(alpha) / (0.25 + mean).powf(9.0 / 16.0);
                for (at, gradient) in row.zip(&gradient) {
                    let moved = f64::from(after[at]) - f64::from(before[at]);
                    assert!((moved - rate * gradient).abs() < tolerance * 0.1, "{kernel:?} {artist}: {moved}");
                }
                assert!((f64::from(squares[artist]) - 0.25 - mean * times).abs() < tolerance);
                let gradient = slope(&|_, bias: &mut [f64], step| bias[artist] += step);
                let rate = f64::from(alpha) / (0.5 + (gradient / times).powi(2)).powf(9.0 / 16.0);
                let moved = f64::from(biases[artist]) - bias[artist];
                assert!((moved - rate * gradient).abs() < tolerance * 0.1, "{kernel:?} {artist}: bias {moved}");
            }
            assert!(before.iter().zip(&after).any(|(a, b)| (a - b).abs() > 0.01));
        }
    }

    #[test]
    fn buffers_are_as_large_as_they_say() {
        let settings = Settings { negative: 1000, ..Settings::default() };
        for kernel in Kernel::all() {
            let t = Tied::new(kernel, 5000, 112, &settings);
            let operands = [&t.vectors, &t.steps_by_asker].into_iter().chain(&t.asking).chain(&t.steps_by_answer);
            let numbers = [&t.states, &t.by_answer, &t.by_asker, &t.rows, &t.columns, &t.changes, &t.further];
            let found = operands.map(Operand::bytes).sum::<usize>()
                + 4 * numbers.into_iter().map(Vec::len).sum::<usize>()
                + 4 * t.piece_of.len();
            assert_eq!(Tied::bytes(5000, 112, &settings), Some(found), "{kernel:?}");
        }
        assert_eq!(Tied::bytes(usize::MAX / 2, 112, &settings), None);
    }

    #[test]
    fn a_playlist_of_any_length_teaches() {
        let settings = Settings { vector_size: 4, ..Settings::default() };
        let counts = vec![5; 300];
        let network = Network::new(&counts, &settings).unwrap();
        let mut tied = Tied::new(Kernel::PORTABLE, counts.len(), network.input.stride(), &settings);
        for (artists, targets) in [(1, 0), (2, 2), (65, 65), (300, 300)] {
            // Every artist twice: once is what counts.
            let tokens: Vec<u32> = (0..artists).chain(0..artists).collect();
            let end = tokens.len();
            let batch = Batch { tokens, windows: Vec::new(), playlists: std::iter::once(0..end).collect() };
            assert_eq!(tied.train(&network, &batch, 0.1, &mut Rng::new(1)).targets, targets);
        }
        assert!(network.is_sound());
    }
}
