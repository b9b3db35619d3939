//! The batched step: gensim's update in gensim's order, many times as fast because targets share their work.
//!
//! Owns the arithmetic of a batch of playlists. Knows nothing of the schedule.
//!
//! - **Blocks.** One target of each of [`BLOCK`] playlists makes a block, which shares its negatives: scores, the change of
//!   every context and the change of every negative are three products of small dense matrices. (Neighbouring targets of
//!   one playlist push a negative in nearly the same direction; hence different playlists.)
//! - **Nothing is stale inside a block.** Adding up gradients of many targets at the same weights diverges at any useful
//!   rate: all vectors share one steep direction, popularity, and each target's step repeats the correction that its
//!   predecessor made. What predecessors change is known without changing it: after target i moved negative n by
//!   gᵢₙ hᵢ, target j scores hⱼ · n + gᵢₙ (hᵢ · hⱼ), and its context changes by gⱼₙ gᵢₙ hᵢ more. So two triangular products,
//!   with the hidden vectors' scalar products and with the steps', give what one target after the other would have given.
//! - **Contexts are sums.** Up to [`SEGMENT`] neighbouring targets of a playlist, a segment, take their windows' sums from
//!   prefix sums, kept only where a window begins or ends, and send back what they learned as differences, again only
//!   there. Each window's cost does not depend on its width. Inside a segment, a context's sum is corrected by each
//!   predecessor's change, times how often that change reached the context: an artist mentioned k times in one window and
//!   m times in the other counts k · m times.
//!
//! - **Skip-gram** needs no sums: each artist of a context is a prediction of its own, one after the other, so that a block
//!   holds one pair of each of its playlists. **Hierarchical softmax** shares nothing: every target walks its own path, with
//!   the same kernels.
//!
//! So plain gradient descent works here at learning rates of gensim's size, and for playlists without a common artist and
//! the same negatives the weights equal the reference's.

use std::ops::Range;

use super::Settings;
use super::kernel::{Kernel, Operand, Segment};
use super::matrix::{LINE, Matrix};
use super::network::{HierarchicalSoftmax, Network};
use super::schedule::{Batch, Loss};
use super::sigmoid::surprise;
use crate::rng::Rng;

/// Targets that share negatives: one of each of so many playlists.
pub(super) const BLOCK: usize = 2 * LINE;

/// The fewest negatives that a block shares. Where fewer are asked for, each counts for so much less: the mean of what is
/// learned is the same, and no artist stands for all others.
pub(super) const FEWEST: usize = 32;

/// Neighbouring targets of a playlist between two updates of the shared input vectors.
pub(super) const SEGMENT: usize = 16;

/// Longer playlists are learned from in pieces of this many targets, side by side.
pub(super) const LONGEST: usize = 512;

/// The loss is measured on one block of this many, a random one, since the first blocks hold the longest playlists: enough
/// for a mean over thousands of targets.
const LOSS_EVERY: usize = 128;

/// One worker's buffers.
pub(super) struct Batched {
    kernel: Kernel,
    sg: bool,
    cbow_mean: bool,
    compute_loss: bool,
    /// Playlists that learn side by side.
    strands: Vec<Strand>,
    /// Pieces of playlists yet to begin, the shortest first.
    waiting: Vec<Range<usize>>,
    contexts: Contexts,
    block: Block,
}

impl Batched {
    /// Buffers for `tokens` tokens and rows of `stride` numbers.
    pub(super) fn new(kernel: Kernel, tokens: usize, stride: usize, settings: &Settings) -> Self {
        let &Settings { sg, cbow_mean, compute_loss, negative, .. } = settings;
        Self {
            kernel,
            sg,
            cbow_mean,
            compute_loss,
            strands: (0..BLOCK).map(|_| Strand::new(stride)).collect(),
            waiting: Vec::new(),
            contexts: Contexts::new(kernel, if sg { 0 } else { tokens }),
            block: Block::new(kernel, stride, negative),
        }
    }

    /// The size of a worker's buffers, about; `None` where it cannot be counted.
    pub(super) fn bytes(tokens: usize, stride: usize, settings: &Settings) -> Option<usize> {
        let n = settings.negative.max(FEWEST).checked_next_multiple_of(LINE)?;
        let width = n.checked_add(BLOCK)?;
        // `BLOCK` rows of hidden vectors, twice as columns, and of two kinds of changes; as many strands; and the vectors.
        let per_column = (5 * BLOCK + BLOCK * SEGMENT).checked_add(width)?;
        // Products, and the steps in four forms.
        let per_width = 5 * BLOCK;
        let further = BLOCK * SEGMENT * SEGMENT + BLOCK * BLOCK;
        let numbers = stride.checked_mul(per_column)?.checked_add(width.checked_mul(per_width)?)?;
        let tokens = if settings.sg { 0 } else { tokens };
        numbers.checked_add(further)?.checked_add(tokens)?.checked_mul(size_of::<f32>())
    }

    /// Learns from every target of a batch.
    pub(super) fn train(&mut self, network: &Network, batch: &Batch, alpha: f32, rng: &mut Rng) -> Loss {
        // Drawn whether or not the loss is measured, so that this does not change what is learned.
        let mut chance = Rng::new(rng.next_u64());
        let mut draw = || network.sampling.as_ref().map_or(0, |sampling| sampling.noise.draw(rng));
        self.learn(network, batch, &mut draw, &mut |blocks| chance.below(blocks as u64) as usize, alpha)
    }

    /// [`Self::train`] with negatives from anywhere, and `pick` to choose one of so many blocks to be measured.
    fn learn(
        &mut self,
        network: &Network,
        batch: &Batch,
        draw: &mut impl FnMut() -> u32,
        pick: &mut impl FnMut(usize) -> usize,
        alpha: f32,
    ) -> Loss {
        if !self.sg {
            self.contexts.enter(batch);
        }
        let pieces = |playlist: &Range<usize>| {
            let end = playlist.end;
            playlist.clone().step_by(LONGEST).map(move |start| start..(start + LONGEST).min(end))
        };
        self.waiting.clear();
        self.waiting.extend(batch.playlists.iter().flat_map(pieces));
        // The longest first, so that all strands end at about the same time.
        self.waiting.sort_by_key(ExactSizeIterator::len);
        if let Some(sampling) = &network.sampling {
            self.block.draw(&sampling.output, draw);
        }
        let mut loss = Loss::default();
        // There are at least as many blocks, so even a small batch has one that is measured.
        let longest = self.waiting.last().map_or(0, ExactSizeIterator::len);
        let at_least = longest.max(batch.tokens.len() / BLOCK).clamp(1, LOSS_EVERY);
        let mut measured = 0;
        for block in 0.. {
            if block % LOSS_EVERY == 0 {
                measured = block + pick(if block == 0 { at_least } else { LOSS_EVERY });
            }
            self.block.measured = self.compute_loss && block == measured;
            if !self.predict(network, batch, alpha) {
                break;
            }
            if let Some(sampling) = &network.sampling {
                self.block.learn(&sampling.output, alpha);
                self.block.draw(&sampling.output, draw);
            }
            self.send_back(network, batch);
            loss.add(self.block.loss);
        }
        loss
    }

    /// Fills the block with the next prediction of every strand; `false` where none is left.
    fn predict(&mut self, network: &Network, batch: &Batch, alpha: f32) -> bool {
        self.block.clear();
        for strand in &mut self.strands {
            if !strand.next(self.sg, batch) {
                let Some(piece) = self.waiting.pop() else { continue };
                strand.begin(piece);
                strand.next(self.sg, batch);
            }
            let place = strand.place;
            if !self.sg && place == strand.places.end {
                strand.places = place..(place + SEGMENT).min(place + 1 + strand.targets.len());
                self.contexts.gather(strand, &network.input, batch, self.cbow_mean);
            }
            let target = batch.tokens[place];
            if let Some(sampling) = &network.sampling {
                self.kernel.prefetch(sampling.output.row(target));
            }
            let measured = self.block.measured && (!self.sg || strand.is_first(batch));
            let (hidden, change) = self.block.push(target, measured);
            if self.sg {
                self.kernel.load(network.input.row(batch.tokens[strand.word]), hidden);
            } else {
                strand.hide(self.kernel, hidden);
            }
            if let Some(hierarchy) = &network.hierarchy {
                let loss = walk(self.kernel, hierarchy, target, hidden, change, alpha);
                // Negative sampling sees the context as hierarchical softmax has left it.
                let mut times = 1.0;
                if !self.sg {
                    if !self.cbow_mean {
                        scale(change, share(&batch.windows[place]));
                    }
                    times = strand.own_times();
                }
                self.kernel.add_rows(&[times], change, hidden.len(), hidden);
                if measured {
                    self.block.loss.sum += loss;
                }
            }
        }
        !self.block.targets.is_empty()
    }

    /// Gives every strand what its target learned for its context.
    fn send_back(&mut self, network: &Network, batch: &Batch) {
        let s = network.input.stride();
        let mut changes = self.block.changes.chunks_exact(s).zip(self.block.walked.chunks_exact(s));
        for strand in self.strands.iter_mut().filter(|strand| strand.learning) {
            let Some((change, walked)) = changes.next() else { break };
            if self.sg {
                let row = network.input.row(batch.tokens[strand.word]);
                self.kernel.add_to_shared(1.0, change, row);
                if network.hierarchy.is_some() {
                    self.kernel.add_to_shared(1.0, walked, row);
                }
                continue;
            }
            let (place, own) = (strand.place, strand.change());
            own.copy_from_slice(change);
            if !self.cbow_mean {
                scale(own, share(&batch.windows[place]));
            }
            if network.hierarchy.is_some() {
                self.kernel.add_rows(&[1.0], walked, s, own);
            }
            if strand.place + 1 == strand.places.end {
                self.kernel.scatter(&network.input, &strand.segment, &batch.tokens, &strand.rows);
            }
        }
    }
}

/// Learns the way to the target in the tree; `change` becomes what that teaches the context. Returns −ln of the way's
/// probability before.
fn walk(
    kernel: Kernel,
    hierarchy: &HierarchicalSoftmax,
    target: u32,
    hidden: &[f32],
    change: &mut [f32],
    alpha: f32,
) -> f64 {
    change.fill(0.0);
    let (nodes, codes) = hierarchy.huffman.path(target);
    let mut loss = 0.0;
    for (&node, &code) in nodes.iter().zip(codes) {
        let label = if code == 0 { 1.0 } else { 0.0 };
        let score = kernel.learn_shared(hierarchy.nodes.row(node), hidden, label, alpha, change);
        loss += surprise(if code == 0 { score } else { -score });
    }
    loss
}

fn scale(numbers: &mut [f32], factor: f32) {
    numbers.iter_mut().for_each(|number| *number *= factor);
}

/// A block's targets and negatives, and all products between them. `s` is the padded length of a row, `n` the number of
/// negatives, made even.
struct Block {
    kernel: Kernel,
    stride: usize,
    /// The tokens that stand at the targets' places.
    targets: Vec<u32>,
    /// What their contexts predict with, `BLOCK` × s, zero behind the last target.
    hidden: Vec<f32>,
    /// What they learn for their contexts from output vectors, `BLOCK` × s.
    changes: Vec<f32>,
    /// What they learn for their contexts from the tree, `BLOCK` × s.
    walked: Vec<f32>,
    /// The negatives, and behind them what no token is.
    negatives: Vec<u32>,
    negative: usize,
    /// How much one negative counts.
    weight: f32,
    /// Whether to measure the loss, and of which targets.
    measured: bool,
    measure: Vec<bool>,
    loss: Loss,
    /// The negatives' vectors and below them the hidden ones, (n + `BLOCK`) × s.
    vectors: Operand,
    /// The hidden vectors as columns, s × `BLOCK`.
    hidden_columns: Vec<f32>,
    hidden_right: Operand,
    /// Scalar products of the negatives and below them of the hidden vectors with each hidden vector, (n + `BLOCK`) ×
    /// `BLOCK`.
    products: Vec<f32>,
    /// Each target's scores, then steps, one a negative, and beside them what predecessors add to its context's change;
    /// `BLOCK` rows.
    steps: Vec<f32>,
    steps_left: Operand,
    /// The steps as columns.
    step_columns: Vec<f32>,
    step_columns_both: Operand,
    /// Scalar products of the targets' steps, `BLOCK` × `BLOCK`.
    step_products: Vec<f32>,
}

impl Block {
    fn new(kernel: Kernel, stride: usize, asked: usize) -> Self {
        let negative = if asked == 0 { 0 } else { asked.max(FEWEST) };
        let n = negative.next_multiple_of(2);
        let width = (n + BLOCK).next_multiple_of(LINE);
        Self {
            kernel,
            stride,
            targets: Vec::with_capacity(BLOCK),
            hidden: vec![0.0; BLOCK * stride],
            changes: vec![0.0; BLOCK * stride],
            walked: vec![0.0; BLOCK * stride],
            negatives: vec![u32::MAX; n.next_multiple_of(LINE)],
            negative,
            weight: asked as f32 / negative.max(1) as f32,
            measured: false,
            measure: Vec::with_capacity(BLOCK),
            loss: Loss::default(),
            vectors: Operand::new(kernel, n + BLOCK, stride),
            hidden_columns: vec![0.0; stride * BLOCK],
            hidden_right: Operand::new(kernel, stride, BLOCK),
            products: vec![0.0; (n + BLOCK) * BLOCK],
            steps: vec![0.0; BLOCK * width],
            steps_left: Operand::new(kernel, BLOCK, width),
            step_columns: vec![0.0; width * BLOCK],
            step_columns_both: Operand::new(kernel, width, BLOCK),
            step_products: vec![0.0; BLOCK * BLOCK],
        }
    }

    fn clear(&mut self) {
        self.targets.clear();
        self.measure.clear();
        self.loss = Loss::default();
    }

    /// Adds a target; returns its hidden vector and what it learns from the tree, to be filled in.
    fn push(&mut self, target: u32, measured: bool) -> (&mut [f32], &mut [f32]) {
        let (s, slot) = (self.stride, self.targets.len());
        self.targets.push(target);
        self.measure.push(measured);
        self.loss.targets += u64::from(measured);
        (&mut self.hidden[slot * s..][..s], &mut self.walked[slot * s..][..s])
    }

    /// Draws the next negatives, early, so that their vectors are near when they are needed.
    fn draw(&mut self, output: &Matrix, draw: &mut impl FnMut() -> u32) {
        for negative in &mut self.negatives[..self.negative] {
            *negative = draw();
            self.kernel.prefetch(output.row(*negative));
        }
    }

    /// Learns that the targets stand at their places and that none of the negatives does.
    fn learn(&mut self, output: &Matrix, alpha: f32) {
        let (kernel, s) = (self.kernel, self.stride);
        let n = self.negative.next_multiple_of(2);
        let (lines, width) = (n.next_multiple_of(LINE), self.steps.len() / BLOCK);
        self.hidden[self.targets.len() * s..].fill(0.0);
        self.vectors.take(output, &self.negatives[..self.negative]);
        self.vectors.set(n, &self.hidden);
        kernel.transpose((&self.hidden, s), (&mut self.hidden_columns, BLOCK), BLOCK, s);
        self.hidden_right.set(0, &self.hidden_columns);
        kernel.multiply(&self.vectors, &self.hidden_right, s, &mut self.products);
        kernel.transpose((&self.products, BLOCK), (&mut self.steps, width), lines, BLOCK);
        let hidden_products = &self.products[n * BLOCK..];
        for (j, &target) in self.targets.iter().enumerate() {
            let (earlier, steps) = self.steps.split_at_mut(j * width);
            let steps = &mut steps[..lines];
            kernel.add_rows(&hidden_products[j * BLOCK..][..j], earlier, width, steps);
            if self.measure[j] {
                let others = steps.iter().zip(&self.negatives[..self.negative]).filter(|&(_, &other)| other != target);
                let sum: f64 = others.map(|(score, _)| surprise(-score)).sum();
                self.loss.sum += f64::from(self.weight) * sum;
            }
            kernel.negative_steps(steps, &self.negatives, target, self.weight * alpha);
            steps[self.negative..].fill(0.0);
        }
        self.steps[self.targets.len() * width..].fill(0.0);
        kernel.transpose((&self.steps, width), (&mut self.step_columns, BLOCK), BLOCK, lines);
        self.step_columns_both.set(0, &self.step_columns);
        self.steps_left.set(0, &self.steps);
        kernel.multiply(&self.steps_left, &self.step_columns_both, n, &mut self.step_products);
        for (j, (steps, products)) in
            self.steps.chunks_exact_mut(width).zip(self.step_products.chunks_exact(BLOCK)).enumerate()
        {
            steps[n..n + j].copy_from_slice(&products[..j]);
            steps[n + j..].fill(0.0);
        }
        self.steps_left.set(0, &self.steps);
        kernel.multiply(&self.steps_left, &self.vectors, n + BLOCK, &mut self.changes);
        let (columns, negatives) = (&self.step_columns_both, &self.negatives[..self.negative]);
        kernel.multiply_into_shared(columns, (&self.vectors, n), BLOCK, output, negatives);
        let vectors = self.hidden.chunks_exact(s).zip(self.changes.chunks_exact_mut(s));
        for ((&target, &measured), (hidden, change)) in self.targets.iter().zip(&self.measure).zip(vectors) {
            let score = kernel.learn_shared(output.row(target), hidden, 1.0, alpha, change);
            if measured {
                self.loss.sum += surprise(score);
            }
        }
    }
}

/// A playlist that is being learned from, prediction after prediction. `s` is the padded length of a row.
struct Strand {
    /// Whether there is a current prediction.
    learning: bool,
    /// The places of the targets to come.
    targets: Range<usize>,
    /// The current target's place.
    place: usize,
    /// Skip-gram's context: the places to come, and the current one.
    words: Range<usize>,
    word: usize,
    /// CBOW's segment: the places of its targets.
    places: Range<usize>,
    segment: Segment,
    /// For the segment's targets to come what their contexts predicted with at its start, for those that have learned
    /// what they add to their contexts' vectors. `SEGMENT` × s.
    rows: Vec<f32>,
    /// How much of the change of one target (column) reaches what the context of another (row) predicts with: its weight
    /// for each pair of mentions of an artist in both contexts. `SEGMENT` × `SEGMENT`.
    times: Vec<f32>,
}

impl Strand {
    fn new(stride: usize) -> Self {
        Self {
            learning: false,
            targets: 0..0,
            place: 0,
            words: 0..0,
            word: 0,
            places: 0..0,
            segment: Segment::default(),
            rows: vec![0.0; SEGMENT * stride],
            times: vec![0.0; SEGMENT * SEGMENT],
        }
    }

    /// Takes on a piece of a playlist.
    fn begin(&mut self, piece: Range<usize>) {
        self.places = piece.start..piece.start;
        self.words = 0..0;
        self.targets = piece;
    }

    /// Goes on to the next prediction; `false` where there is none.
    fn next(&mut self, sg: bool, batch: &Batch) -> bool {
        self.learning = loop {
            if let Some(word) = self.words.next() {
                if word != self.place {
                    self.word = word;
                    break true;
                }
            } else if let Some(place) = self.targets.next() {
                self.place = place;
                if !sg {
                    break true;
                }
                self.words = batch.windows[place].clone();
            } else {
                break false;
            }
        };
        self.learning
    }

    /// Whether skip-gram's prediction is the first of its target.
    fn is_first(&self, batch: &Batch) -> bool {
        let start = batch.windows[self.place].start;
        self.word == if start == self.place { start + 1 } else { start }
    }

    /// What the context predicts with, as the target's predecessors in the segment have left it.
    fn hide(&self, kernel: Kernel, hidden: &mut [f32]) {
        let (turn, s) = (self.place - self.places.start, hidden.len());
        hidden.copy_from_slice(&self.rows[turn * s..][..s]);
        kernel.add_rows(&self.times[turn * SEGMENT..][..turn], &self.rows, s, hidden);
    }

    /// How much of the target's change reaches what its own context predicts with.
    fn own_times(&self) -> f32 {
        self.times[(self.place - self.places.start) * (SEGMENT + 1)]
    }

    /// What the target adds to its context's vectors.
    fn change(&mut self) -> &mut [f32] {
        let s = self.rows.len() / SEGMENT;
        &mut self.rows[(self.place - self.places.start) * s..][..s]
    }
}

/// What segments get from and give to the shared input vectors.
struct Contexts {
    kernel: Kernel,
    /// For every place of the batch one place of the same artist in its playlist, the same for all its places.
    same: Vec<u32>,
    /// Scratch: a place of each artist.
    place_of: Vec<u32>,
    /// Scratch: how often each artist, by [`Self::same`], stands in each target's context.
    counts: Matrix<'static>,
    /// A one for each target in its own column.
    ones: Vec<f32>,
}

impl Contexts {
    fn new(kernel: Kernel, tokens: usize) -> Self {
        let ones = (0..SEGMENT * SEGMENT).map(|i| if i % SEGMENT == i / SEGMENT { 1.0 } else { 0.0 }).collect();
        let (same, place_of) = (Vec::new(), vec![0; tokens]);
        Self { kernel, same, place_of, counts: Matrix::empty(SEGMENT), ones }
    }

    /// Prepares for a batch.
    fn enter(&mut self, batch: &Batch) {
        self.same.resize(batch.tokens.len(), 0);
        self.counts.grow(batch.tokens.len());
        for playlist in &batch.playlists {
            let tokens = &batch.tokens[playlist.clone()];
            for (place, &artist) in playlist.clone().zip(tokens) {
                self.place_of[artist as usize] = place as u32;
            }
            for (same, &artist) in self.same[playlist.clone()].iter_mut().zip(tokens) {
                *same = self.place_of[artist as usize];
            }
        }
    }

    /// Sums up the contexts of a new segment.
    fn gather(&mut self, strand: &mut Strand, input: &Matrix, batch: &Batch, cbow_mean: bool) {
        let windows = &batch.windows[strand.places.clone()];
        let mut weights = [1.0; SEGMENT];
        if cbow_mean {
            weights.iter_mut().zip(windows).for_each(|(weight, window)| *weight = share(window));
        }
        let Strand { segment, rows, times, .. } = strand;
        segment.set(strand.places.start, windows);
        self.kernel.gather(input, segment, &batch.tokens, &weights, rows);
        // A context gets of a target's change what it would get of a one in the target's own column.
        self.kernel.clear(&self.counts, &self.same[segment.reach()]);
        self.kernel.scatter(&self.counts, segment, &self.same, &self.ones);
        self.kernel.gather(&self.counts, segment, &self.same, &weights, times);
    }
}

/// The share of each vector in the mean of a context.
fn share(window: &Range<usize>) -> f32 {
    1.0 / (window.len() - 1) as f32
}

#[cfg(test)]
mod tests {
    use super::super::huffman::Huffman;
    use super::super::network::NegativeSampling;
    use super::super::reference::Reference;
    use super::super::sampling::NegativeTable;
    use super::*;

    /// Tokens a playlist.
    const PLAYLIST: usize = 20;
    /// Different ones, of its own.
    const OWN: usize = 12;

    /// So small that one entry of the sigmoid's table more or less, where rounding moves a score, is below the tolerance.
    const ALPHA: f32 = 0.002;

    /// Playlists without a common token, and the weights of so many tokens and of negatives that are in none: then it does
    /// not matter that a block's contexts are as the block before left them.
    fn setting(playlists: usize, columns: usize, window: u64, settings: &Settings) -> (Network<'static>, Batch) {
        let mut rng = Rng::new(3);
        let mut batch = Batch::default();
        for playlist in 0..playlists {
            let start = playlist * PLAYLIST;
            batch.playlists.push(start..start + PLAYLIST);
            for place in start..start + PLAYLIST {
                let window = 1 + rng.below(window) as usize;
                batch.windows.push(place.saturating_sub(window).max(start)..(place + window + 1).min(start + PLAYLIST));
                batch.tokens.push((playlist * OWN) as u32 + rng.below(OWN as u64) as u32);
            }
        }
        let tokens = playlists * OWN + settings.negative;
        let mut weights = |rows: usize| {
            let matrix = Matrix::zeros(rows, columns).unwrap();
            (0..rows as u32).for_each(|row| matrix.fill_row(row, || rng.next_f32() * 1.6 - 0.8));
            matrix
        };
        let counts: Vec<u32> = (0..tokens as u32).map(|i| 1000 - i).collect();
        let network = Network {
            input: weights(tokens),
            sampling: (settings.negative > 0).then(|| NegativeSampling {
                output: weights(tokens),
                noise: NegativeTable::new(&counts, 0.75),
                negative: settings.negative,
            }),
            hierarchy: settings
                .hs
                .then(|| HierarchicalSoftmax { nodes: weights(tokens - 1), huffman: Huffman::new(&counts) }),
            tied: None,
        };
        (network, batch)
    }

    #[test]
    fn targets_learn_as_the_references_do_one_after_the_other() {
        let cbow = Settings { negative: 40, ..Settings::default() };
        // The tree's inner nodes are common to all: with it, only one playlist's order is the reference's.
        for (playlists, columns, window, settings) in [
            (BLOCK, 20, 12, cbow.clone()),
            (7, 20, 12, Settings { cbow_mean: false, negative: 37, ..cbow.clone() }),
            (3, 100, 7, Settings { negative: 100, ..cbow.clone() }),
            (1, 20, 12, Settings { hs: true, negative: 0, ..cbow.clone() }),
            (1, 20, 12, Settings { hs: true, ..cbow.clone() }),
            (1, 20, 12, Settings { hs: true, cbow_mean: false, ..cbow.clone() }),
            (1, 20, 4, Settings { hs: true, sg: true, ..cbow.clone() }),
            (1, 20, 4, Settings { sg: true, ..cbow.clone() }),
        ] {
            let (expected, _) = setting(playlists, columns, window, &settings);
            let negatives = || (0..settings.negative).map(|i| (playlists * OWN + i) as u32).cycle();
            let mut reference = Reference::new(expected.input.stride(), &settings);
            let mut first_loss = Loss::default();
            for turn in 0..PLAYLIST {
                let (_, batch) = setting(playlists, columns, window, &settings);
                for playlist in batch.playlists.iter().rev() {
                    let (mut next, place) = (negatives(), playlist.start + turn);
                    let loss = reference.update(&expected, &batch, place, &mut |_| next.next().unwrap(), ALPHA);
                    if turn == 0 {
                        first_loss.add(loss);
                    }
                }
            }
            for kernel in Kernel::all() {
                let name =
                    format!("{kernel:?}, sg {}, hs {}, {} × {columns}", settings.sg, settings.hs, settings.negative);
                let (found, batch) = setting(playlists, columns, window, &settings);
                let start = setting(playlists, columns, window, &settings).0;
                let tokens = playlists * OWN + settings.negative;
                let mut batched = Batched::new(kernel, tokens, found.input.stride(), &settings);
                let mut next = negatives();
                let loss = batched.learn(&found, &batch, &mut || next.next().unwrap(), &mut |_| 0, ALPHA);
                assert_eq!(loss.targets, first_loss.targets, "{name}");
                assert!((loss.sum / first_loss.sum - 1.0).abs() < 0.01, "{name}: {loss:?} for {first_loss:?}");
                for (((part, found), (_, expected)), (_, start)) in
                    found.matrices().into_iter().zip(expected.matrices()).zip(start.matrices())
                {
                    let (found, expected, start) = (found.to_vec(), expected.to_vec(), start.to_vec());
                    let largest = |from: &[f32]| {
                        from.iter().zip(&expected).map(|(from, to)| (to - from).abs()).fold(0.0_f32, f32::max)
                    };
                    let learned = largest(&start);
                    assert!(
                        learned > 1e-3,
                        "{name}, {part}: {learned} is too little for the comparison to mean anything"
                    );
                    // Products of rounded numbers are close only.
                    let tolerance = (2.0 * kernel.rounding() * learned).max(1e-5);
                    assert!(largest(&found) < tolerance, "{name}, {part}: {} beside {learned}", largest(&found));
                }
            }
        }
    }

    /// So small that nothing moves: then what is learned is the gradient times this, to the last digit.
    const FROZEN: f32 = 1.0 / (1_u64 << 40) as f32;

    /// Weights so small that no score comes near the cut-off, and a batch in which skip-gram's contexts hold one artist.
    fn frozen(settings: &Settings) -> (Network<'static>, Batch) {
        let (network, mut batch) = setting(8, 20, 12, settings);
        for (_, matrix) in network.matrices() {
            let halves: Vec<f32> = matrix.to_vec().into_iter().map(|number| number / 2.0).collect();
            assert!(matrix.fill([&halves, &[]]));
        }
        if settings.sg {
            for (place, window) in batch.windows.iter_mut().enumerate() {
                *window = if place % PLAYLIST == 0 { place..place + 2 } else { place - 1..place + 1 };
            }
        }
        (network, batch)
    }

    fn numbers(network: &Network) -> Vec<Vec<f32>> {
        network.matrices().iter().map(|(_, matrix)| matrix.to_vec()).collect()
    }

    /// Lets the batched step learn these targets in one block; what their contexts learn goes into `into`.
    fn learn_block(
        batched: &mut Batched,
        network: &Network,
        into: &Network,
        batch: &Batch,
        places: &[usize],
        rate: f32,
    ) {
        if !batched.sg {
            batched.contexts.enter(batch);
        }
        batched.waiting = places.iter().map(|&place| place..place + 1).collect();
        let mut next = (8 * OWN) as u32..;
        if let Some(sampling) = &network.sampling {
            batched.block.draw(&sampling.output, &mut || next.next().unwrap());
        }
        assert!(batched.predict(network, batch, rate));
        assert_eq!(batched.block.targets.len(), places.len());
        if let Some(sampling) = &network.sampling {
            batched.block.learn(&sampling.output, rate);
        }
        batched.send_back(into, batch);
    }

    /// Holds what was found against the reference's gradient, relative to its largest number.
    fn assert_close(found: &[f32], expected: &[f32], kernel: Kernel, what: &str) {
        let largest = |numbers: &mut dyn Iterator<Item = f32>| numbers.fold(0.0, |a: f32, b| a.max(b.abs()));
        let size = largest(&mut expected.iter().copied());
        let error = largest(&mut found.iter().zip(expected).map(|(a, b)| a - b));
        assert!(found.len() == expected.len() && size > 0.05, "{what}: {size} is too little to compare");
        // A kernel that rounds to bfloat16 may be off by 1/256 for each factor of a product, and so may the step in it.
        let tolerance = (4.0 * kernel.rounding()).max(1e-5);
        assert!(error <= tolerance * size, "{kernel:?}, {what}: {error} beside {size}");
    }

    #[test]
    fn the_gradient_is_the_references() {
        let cbow = Settings { negative: 40, ..Settings::default() };
        for settings in [
            cbow.clone(),
            Settings { cbow_mean: false, negative: 37, ..cbow.clone() },
            Settings { sg: true, ..cbow.clone() },
            Settings { hs: true, negative: 0, ..cbow.clone() },
            Settings { hs: true, negative: 0, sg: true, ..cbow.clone() },
        ] {
            let name = format!("sg {}, hs {}, negative {}", settings.sg, settings.hs, settings.negative);
            let batched = |kernel| Batched::new(kernel, 8 * OWN + settings.negative, 32, &settings);
            for turn in [0, 7, PLAYLIST - 1] {
                let places: Vec<usize> = (0..8).map(|playlist| playlist * PLAYLIST + turn).collect();
                let mut sums: Vec<Vec<f32>> = Vec::new();
                for &place in &places {
                    // The gradient is what a rate of 1 adds.
                    let added = |learn: &mut dyn FnMut(&Network, &Batch)| -> Vec<Vec<f32>> {
                        let (network, batch) = frozen(&settings);
                        let before = numbers(&network);
                        learn(&network, &batch);
                        let after = numbers(&network).into_iter().zip(before);
                        after.map(|(after, before)| after.iter().zip(before).map(|(a, b)| a - b).collect()).collect()
                    };
                    let expected = added(&mut |network, batch| {
                        let mut next = (8 * OWN) as u32..;
                        let mut reference = Reference::new(network.input.stride(), &settings);
                        reference.update(network, batch, place, &mut |_| next.next().unwrap(), 1.0);
                    });
                    // One target alone: all that it adds.
                    for kernel in Kernel::all() {
                        let found = added(&mut |network, batch| {
                            learn_block(&mut batched(kernel), network, network, batch, &[place], 1.0);
                        });
                        for (found, expected) in found.iter().zip(&expected) {
                            assert_close(found, expected, kernel, &name);
                        }
                    }
                    sums.resize_with(expected.len(), Vec::new);
                    for (sum, expected) in sums.iter_mut().zip(expected) {
                        sum.resize(expected.len(), 0.0);
                        sum.iter_mut().zip(expected).for_each(|(sum, number)| *sum += number);
                    }
                }
                // A target of every playlist at once, at the same weights: what contexts and negatives learn.
                for kernel in Kernel::all() {
                    let (network, batch) = frozen(&settings);
                    let zeros = |matrix: &Matrix| Matrix::zeros(matrix.rows(), matrix.columns()).unwrap();
                    let hierarchy = network.hierarchy.as_ref().map(|hierarchy| HierarchicalSoftmax {
                        nodes: zeros(&hierarchy.nodes),
                        huffman: hierarchy.huffman.clone(),
                    });
                    let found = Network { input: zeros(&network.input), sampling: None, hierarchy, tied: None };
                    let mut batched = batched(kernel);
                    learn_block(&mut batched, &network, &found, &batch, &places, FROZEN);
                    let by_rate = |numbers: &[f32]| numbers.iter().map(|x| x / FROZEN).collect::<Vec<_>>();
                    assert_close(&by_rate(&found.input.to_vec()), &sums[0], kernel, &format!("{name}, together"));
                    if settings.negative > 0 {
                        let Block { step_columns_both, vectors, negatives, negative, .. } = &batched.block;
                        let output = zeros(&network.input);
                        let n = negative.next_multiple_of(2);
                        let negatives = &negatives[..*negative];
                        kernel.multiply_into_shared(step_columns_both, (vectors, n), BLOCK, &output, negatives);
                        let of_negatives = 8 * OWN * 20;
                        let found = &by_rate(&output.to_vec())[of_negatives..];
                        assert_close(found, &sums[1][of_negatives..], kernel, &format!("{name}, negatives"));
                    }
                }
            }
        }
    }

    #[test]
    fn buffers_are_as_large_as_they_say() {
        for settings in [
            Settings { negative: 1000, ..Settings::default() },
            Settings { negative: 33, sg: true, ..Settings::default() },
            Settings { negative: 0, hs: true, ..Settings::default() },
        ] {
            for kernel in Kernel::all() {
                let Batched { strands, contexts, block: b, .. } = Batched::new(kernel, 5000, 112, &settings);
                let numbers = [&b.hidden, &b.changes, &b.walked, &b.hidden_columns, &b.products, &b.steps];
                let numbers = numbers.into_iter().chain([&b.step_columns, &b.step_products]);
                let strands = strands.iter().flat_map(|strand| [&strand.rows, &strand.times]);
                let operands = [&b.vectors, &b.hidden_right, &b.steps_left, &b.step_columns_both];
                let found = 4 * numbers.chain(strands).map(Vec::len).sum::<usize>()
                    + 4 * contexts.place_of.len()
                    + operands.into_iter().map(Operand::bytes).sum::<usize>();
                let said = Batched::bytes(5000, 112, &settings).unwrap();
                assert!(found <= said && said < found + found / 4, "{kernel:?}: {found} for {said}");
            }
        }
        assert_eq!(Batched::bytes(usize::MAX / 2, 112, &Settings::default()), None);
    }

    #[test]
    fn every_target_is_learned_once() {
        // Playlists of all lengths, longer than pieces and far longer than the others.
        let mut batch = Batch::default();
        for length in [2, 3, 700, 16, 17, 31, 1100, 5] {
            let start = batch.tokens.len();
            batch.playlists.push(start..start + length);
            batch.tokens.extend((0..length as u32).map(|i| i % 50));
            batch.windows.extend(
                (start..start + length)
                    .map(|place| place.saturating_sub(3).max(start)..(place + 4).min(start + length)),
            );
        }
        for (sg, predictions) in [(false, batch.tokens.len()), (true, batch.windows.iter().map(|w| w.len() - 1).sum())]
        {
            let settings = Settings { sg, negative: 5, ..Settings::default() };
            let (network, _) = setting(5, 16, 3, &settings);
            let mut batched = Batched::new(Kernel::PORTABLE, 65, network.input.stride(), &settings);
            let mut blocks = 0;
            let (mut learned, mut drawn) = (0, 0);
            batched.learn(
                &network,
                &batch,
                &mut || {
                    drawn += 1;
                    60
                },
                &mut |blocks| blocks - 1,
                0.01,
            );
            assert_eq!(drawn % FEWEST, 0);
            for strand in &mut batched.strands {
                assert!(!strand.learning && strand.targets.is_empty() && strand.words.is_empty());
            }
            // The same once more, counted.
            batched.waiting = batch.playlists.clone();
            while batched.predict(&network, &batch, 0.01) {
                learned += batched.block.targets.len();
                blocks += 1;
                batched.send_back(&network, &batch);
            }
            assert_eq!(learned, predictions);
            assert!(blocks > predictions / BLOCK);
        }
    }
}
