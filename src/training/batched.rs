//! The batched step: gensim's update in gensim's order, many times as fast because targets share their work.
//!
//! Owns the arithmetic of a batch of playlists. Knows nothing of the schedule.
//!
//! - **Negatives** are shared by up to 32 targets: their output vectors are copied once into a dense matrix that stays in
//!   the processor's nearest caches, and a target's scores and gradients are one pass each over it. Neighbouring targets
//!   push a negative in nearly the same direction; therefore the targets that share come in turn from [`GROUP`] playlists.
//! - **Contexts** are sums: the prefix sums over a playlist's input vectors give the sum of any window, and what a target
//!   sends back to its window goes into a difference array. Both cost the same for every window.
//! - **Nothing is stale inside a segment** of [`SEGMENT`] targets. Adding up gradients of many targets at the same weights
//!   diverges at any useful rate: all vectors share one steep direction, popularity, and each target's step repeats the
//!   correction that its predecessor made. Therefore a target sees the negatives as its predecessors left them, and its
//!   context's sum is corrected by each predecessor's change, times how often that change reached the context: an artist
//!   mentioned k times in one window and m times in the other counts k · m times.
//!
//! So plain gradient descent works here at learning rates of gensim's size, and for one playlist and the same negatives
//! the weights after a segment equal the reference's.

use std::ops::Range;

use super::Settings;
use super::kernel::Kernel;
use super::matrix::{LINE, Matrix};
use super::network::Network;
use super::schedule::{Batch, Loss};
use super::sigmoid::SIGMOID;
use crate::rng::Rng;

/// Neighbouring targets of a playlist between two updates of the shared input vectors.
const SEGMENT: usize = 16;

/// Segments of different playlists that learn in turn.
const GROUP: usize = 16;

/// How many targets share `negative` negatives: at most 32, and few where negatives are few, or too few different artists
/// would be drawn.
fn share(negative: usize) -> usize {
    (negative / 3).clamp(4, 32)
}

/// The loss is measured on one set of negatives of this many, enough for a mean over thousands of targets.
const LOSS_EVERY: u64 = 4;

/// One worker's buffers.
pub(super) struct Batched {
    kernel: Kernel,
    cbow_mean: bool,
    compute_loss: bool,
    /// Targets that share negatives.
    share: usize,
    segments: Vec<Segment>,
    /// Scratch: a place of each artist.
    place_of: Vec<u32>,
    negatives: Negatives,
    /// What a context predicts with.
    hidden: Vec<f32>,
    row: Vec<f32>,
    /// Sets of negatives drawn so far.
    sets: u64,
}

impl Batched {
    /// Buffers for rows of `stride` numbers.
    pub(super) fn new(artists: usize, stride: usize, settings: &Settings) -> Self {
        let kernel = Kernel::detect();
        let &Settings { negative, cbow_mean, compute_loss, .. } = settings;
        Self {
            kernel,
            cbow_mean,
            compute_loss,
            share: share(negative),
            segments: (0..GROUP).map(|_| Segment::new(kernel, stride)).collect(),
            place_of: vec![0; artists],
            negatives: Negatives {
                kernel,
                artists: vec![0; negative],
                rows: vec![0.0; negative * stride],
                before: vec![0.0; negative * stride],
                scores: vec![0.0; negative.next_multiple_of(LINE)],
            },
            hidden: vec![0.0; stride],
            row: vec![0.0; stride],
            sets: 0,
        }
    }

    /// Learns from every target of a batch, by CBOW with negative sampling; without it, nothing.
    pub(super) fn train(&mut self, network: &Network, batch: &Batch, alpha: f32, rng: &mut Rng) -> Loss {
        // Nothing is carried over from the batch before, so that training can stop and go on between any two. The first set
        // is measured: a small batch has few.
        self.sets = LOSS_EVERY - 1;
        let mut loss = Loss::default();
        let Some(sampling) = &network.sampling else { return loss };
        let (input, output, noise) = (&network.input, &sampling.output, &sampling.noise);
        // All first segments, then all second ones, so that those of a group come from different playlists.
        let (mut group, mut first) = (0, 0);
        let longest = batch.playlists.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        for start in (0..longest).step_by(SEGMENT) {
            for playlist in &batch.playlists {
                if start < playlist.len() {
                    let targets = playlist.start + start..(playlist.start + start + SEGMENT).min(playlist.end);
                    if group == 0 {
                        first = playlist.start;
                    } else if group == self.segments.len() || playlist.start == first {
                        loss.add(self.learn(group, input, output, batch, &mut || noise.draw(rng), alpha));
                        (group, first) = (0, playlist.start);
                    }
                    self.segments[group].targets = targets;
                    group += 1;
                }
            }
        }
        loss.add(self.learn(group, input, output, batch, &mut || noise.draw(rng), alpha));
        loss
    }

    /// Learns from the first `group` segments, in turn one target of each.
    fn learn(
        &mut self,
        group: usize,
        input: &Matrix,
        output: &Matrix,
        batch: &Batch,
        draw: &mut impl FnMut() -> u32,
        alpha: f32,
    ) -> Loss {
        let mut loss = Loss::default();
        for segment in &mut self.segments[..group] {
            segment.gather(input, batch, &mut self.place_of);
        }
        let mut learned = 0;
        for turn in 0..SEGMENT {
            for segment in &mut self.segments[..group] {
                let place = segment.targets.start + turn;
                if place >= segment.targets.end {
                    continue;
                }
                if learned % self.share == 0 {
                    if learned > 0 {
                        self.negatives.put_back(output);
                    }
                    self.negatives.take(output, draw);
                    self.sets += 1;
                }
                learned += 1;
                let measured = self.compute_loss && self.sets.is_multiple_of(LOSS_EVERY);
                let target = batch.tokens[place];
                let share = 1.0 / (batch.windows[place].len() - 1) as f32;
                segment.hide(&batch.windows, place, &mut self.hidden);
                if self.cbow_mean {
                    self.hidden.iter_mut().for_each(|number| *number *= share);
                }
                let change = &mut segment.changes[turn * self.row.len()..][..self.row.len()];
                change.fill(0.0);
                self.kernel.load(output.row(target), &mut self.row);
                let mut score = [0.0];
                self.kernel.scores(&self.row, &self.hidden, &mut score);
                if let Some(probability) = SIGMOID.value(score[0]) {
                    let step = (1.0 - probability) * alpha;
                    self.kernel.add_scaled(step, &self.row, change);
                    self.kernel.add_to_shared(step, &self.hidden, output.row(target));
                }
                if measured {
                    loss.sum += f64::from(SIGMOID.loss(score[0]));
                    loss.targets += 1;
                }
                loss.sum += self.negatives.learn(target, &self.hidden, alpha, measured, change);
                if !self.cbow_mean {
                    change.iter_mut().for_each(|number| *number *= share);
                }
                segment.send_back(turn, &batch.windows[place]);
            }
        }
        if learned > 0 {
            self.negatives.put_back(output);
        }
        for segment in &mut self.segments[..group] {
            segment.scatter(input, batch, &mut self.hidden, &mut self.row);
        }
        loss
    }
}

/// The negatives that a chunk of targets shares.
struct Negatives {
    kernel: Kernel,
    artists: Vec<u32>,
    /// Their output vectors as the chunk changes them, one after the other, and as they were.
    rows: Vec<f32>,
    before: Vec<f32>,
    /// Their scores, then their steps.
    scores: Vec<f32>,
}

impl Negatives {
    /// Draws new ones and copies their vectors.
    fn take(&mut self, output: &Matrix, draw: &mut impl FnMut() -> u32) {
        self.artists.fill_with(draw);
        for (&artist, row) in self.artists.iter().zip(self.rows.chunks_exact_mut(output.stride())) {
            self.kernel.load(output.row(artist), row);
        }
        self.before.copy_from_slice(&self.rows);
    }

    /// Adds what was learned to the shared vectors.
    fn put_back(&mut self, output: &Matrix) {
        self.kernel.add_scaled(-1.0, &self.before, &mut self.rows);
        for (&artist, row) in self.artists.iter().zip(self.rows.chunks_exact(output.stride())) {
            self.kernel.add_to_shared(1.0, row, output.row(artist));
        }
    }

    /// Learns that none of them stands at the target's place; returns the loss where it is measured.
    fn learn(&mut self, target: u32, hidden: &[f32], alpha: f32, measured: bool, change: &mut [f32]) -> f64 {
        let count = self.artists.len();
        self.kernel.scores(&self.rows, hidden, &mut self.scores[..count]);
        let mut loss = 0.0;
        if measured {
            let others = self.scores.iter().zip(&self.artists).filter(|&(_, &artist)| artist != target);
            loss = others.map(|(score, _)| f64::from(SIGMOID.loss(-score))).sum();
        }
        for (score, &artist) in self.scores.iter_mut().zip(&self.artists) {
            if artist == target {
                *score = f32::NAN; // No number, no step.
            }
        }
        self.kernel.negative_steps(&mut self.scores, alpha);
        self.kernel.learn(&mut self.rows, &self.scores[..count], hidden, change);
        loss
    }
}

/// Up to [`SEGMENT`] neighbouring targets of a playlist and all that their windows reach. `s` is the padded length of a
/// row.
struct Segment {
    kernel: Kernel,
    stride: usize,
    targets: Range<usize>,
    /// The places that the targets' windows reach.
    reach: Range<usize>,
    /// The input vectors there, places × s.
    vectors: Vec<f32>,
    /// Their prefix sums, (places + 1) × s.
    prefix: Vec<f32>,
    /// Differences of the changes from one place to the next, (places + 1) × s.
    differences: Vec<f32>,
    /// What each target adds to its context's vectors, `SEGMENT` × s.
    changes: Vec<f32>,
    /// For every place one place of the same artist, the same for all its places.
    same: Vec<u32>,
    /// Scratch: how often each artist stands in a window, by [`Self::same`].
    counts: Vec<u32>,
    /// For every target the sums, from place to place, of how often its change reaches that place's vector: once for
    /// each mention of the artist in the target's context. `SEGMENT` × (places + 1).
    touched: Vec<u32>,
}

impl Segment {
    fn new(kernel: Kernel, stride: usize) -> Self {
        let changes = vec![0.0; SEGMENT * stride];
        let (vectors, prefix, differences) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            kernel,
            stride,
            targets: 0..0,
            reach: 0..0,
            vectors,
            prefix,
            differences,
            changes,
            same: Vec::new(),
            counts: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// Copies the input vectors in reach and sums them up.
    fn gather(&mut self, input: &Matrix, batch: &Batch, place_of: &mut [u32]) {
        let s = self.stride;
        let windows = &batch.windows[self.targets.clone()];
        let start = windows.iter().map(|window| window.start).min().unwrap_or(0);
        self.reach = start..windows.iter().map(|window| window.end).max().unwrap_or(start);
        let (rows, places) = (self.reach.len() * s, (self.reach.len() + 1) * s);
        if self.vectors.len() < rows {
            self.vectors.resize(rows, 0.0);
            self.prefix.resize(places, 0.0);
            self.differences.resize(places, 0.0);
            self.same.resize(self.reach.len(), 0);
            self.counts.resize(self.reach.len(), 0);
            self.touched.resize(SEGMENT * (self.reach.len() + 1), 0);
        }
        self.differences[..places].fill(0.0);
        let tokens = &batch.tokens[self.reach.clone()];
        for (place, &artist) in tokens.iter().enumerate() {
            place_of[artist as usize] = place as u32;
        }
        for (same, &artist) in self.same.iter_mut().zip(tokens) {
            *same = place_of[artist as usize];
        }
        for (place, &artist) in batch.tokens[self.reach.clone()].iter().enumerate() {
            let vector = &mut self.vectors[place * s..(place + 1) * s];
            self.kernel.load(input.row(artist), vector);
            let (before, after) = self.prefix[place * s..(place + 2) * s].split_at_mut(s);
            for ((after, before), number) in after.iter_mut().zip(&*before).zip(&*vector) {
                *after = before + number;
            }
        }
    }

    /// Sums up the context of the target at `place` as its predecessors in the segment have left it.
    fn hide(&self, windows: &[Range<usize>], place: usize, hidden: &mut [f32]) {
        let s = self.stride;
        let window = &windows[place];
        let row = |column: usize| (column - self.reach.start) * s..(column - self.reach.start + 1) * s;
        let (start, end) = (&self.prefix[row(window.start)], &self.prefix[row(window.end)]);
        let own = &self.vectors[row(place)];
        for (((hidden, start), end), own) in hidden.iter_mut().zip(start).zip(end).zip(own) {
            *hidden = end - start - own;
        }
        let places = self.reach.len() + 1;
        let [start, end, own] = [window.start, window.end, place].map(|place| place - self.reach.start);
        let earlier = self.touched.chunks_exact(places).zip(self.changes.chunks_exact(s));
        for (touched, change) in earlier.take(place - self.targets.start) {
            let times = touched[end] - touched[start] - (touched[own + 1] - touched[own]);
            self.kernel.add_scaled(times as f32, change, hidden);
        }
    }

    /// Notes that the change of the segment's target number `turn` goes to all places of `window`.
    fn send_back(&mut self, turn: usize, window: &Range<usize>) {
        let s = self.stride;
        let change = &self.changes[turn * s..(turn + 1) * s];
        let places = self.reach.len();
        let same = &self.same[..places];
        self.counts[..places].fill(0);
        for place in window.clone().filter(|&place| place != self.targets.start + turn) {
            self.counts[same[place - self.reach.start] as usize] += 1;
        }
        let mut sum = 0;
        let touched = &mut self.touched[turn * (places + 1)..(turn + 1) * (places + 1)];
        touched[0] = 0;
        for (touched, &same) in touched[1..].iter_mut().zip(same) {
            sum += self.counts[same as usize];
            *touched = sum;
        }
        self.kernel.add_scaled(1.0, change, &mut self.differences[(window.start - self.reach.start) * s..][..s]);
        self.kernel.add_scaled(-1.0, change, &mut self.differences[(window.end - self.reach.start) * s..][..s]);
    }

    /// Adds to the shared input vectors what all targets sent back; a target gets nothing from itself.
    fn scatter(&self, input: &Matrix, batch: &Batch, own: &mut [f32], sum: &mut [f32]) {
        let s = self.stride;
        sum.fill(0.0);
        for (difference, place) in self.differences.chunks_exact(s).zip(self.reach.clone()) {
            let row = input.row(batch.tokens[place]);
            self.kernel.add_scaled(1.0, difference, sum);
            if self.targets.contains(&place) {
                own.copy_from_slice(sum);
                self.kernel.add_scaled(-1.0, &self.changes[(place - self.targets.start) * s..][..s], own);
                self.kernel.add_to_shared(1.0, own, row);
            } else {
                self.kernel.add_to_shared(1.0, sum, row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::NegativeSampling;
    use super::super::reference::Reference;
    use super::super::sampling::NegativeTable;
    use super::*;

    #[test]
    fn a_chunk_learns_as_the_reference_does_one_target_after_the_other() {
        const ARTISTS: u32 = 60;
        let weights = |columns, seed| {
            let matrix = Matrix::zeros(ARTISTS as usize, columns).unwrap();
            let mut rng = Rng::new(seed);
            (0..ARTISTS).for_each(|row| matrix.fill_row(row, || rng.next_f32() * 1.6 - 0.8));
            matrix
        };
        for (columns, window, cbow_mean) in [(20, 40, true), (20, 40, false), (100, 7, true)] {
            // No artist twice, and none both target and negative: then the order of all updates is the same. Windows of
            // all sizes, some wider than the playlist.
            let mut rng = Rng::new(3);
            let mut batch = Batch {
                tokens: (0..40).map(|i| if i < 30 { i } else { i % 3 }).collect(),
                windows: Vec::new(),
                playlists: std::iter::once(0..40).collect(),
            };
            rng.shuffle(&mut batch.tokens);
            for place in 0..40_usize {
                let window = 1 + rng.below(window) as usize;
                batch.windows.push(place.saturating_sub(window)..(place + window + 1).min(40));
            }
            let negatives: Vec<u32> = (40..ARTISTS).collect();
            let settings = Settings { negative: negatives.len(), cbow_mean, ..Settings::default() };
            let network = || {
                let noise = NegativeTable::new(&[1; ARTISTS as usize], 1.0);
                let sampling = NegativeSampling { output: weights(columns, 2), noise, negative: negatives.len() };
                Network { input: weights(columns, 1), sampling: Some(sampling), hierarchy: None, tied: None }
            };
            let (found, expected) = (network(), network());
            let (input, output) = (&found.input, &found.sampling.as_ref().unwrap().output);
            let mut batched = Batched::new(ARTISTS as usize, input.stride(), &settings);
            let mut reference = Reference::new(input.stride(), &settings);
            let mut loss = 0.0;
            for start in (0..40).step_by(SEGMENT) {
                batched.segments[0].targets = start..(start + SEGMENT).min(40);
                let mut next = negatives.iter().copied().cycle();
                batched.learn(1, input, output, &batch, &mut || next.next().unwrap(), 0.05);
            }
            for target in 0..40 {
                let mut next = negatives.iter().copied();
                loss += reference.update(&expected, &batch, target, &mut |_| next.next().unwrap(), 0.05).sum;
            }
            assert!(loss > 0.0);
            let start = network();
            for ((found, expected), start) in found.matrices().iter().zip(expected.matrices()).zip(start.matrices()) {
                let (found, expected, start) = (found.1, expected.1, start.1.to_vec());
                let mut largest = 0.0_f32;
                for ((found, expected), start) in found.to_vec().iter().zip(expected.to_vec()).zip(start) {
                    assert!((found - expected).abs() < 2e-5, "{columns} {cbow_mean}: {found} for {expected}");
                    largest = largest.max((expected - start).abs());
                }
                assert!(largest > 0.05, "too little was learned for the comparison to mean anything");
            }
        }
    }
}
