//! The schedule: epochs, learning rate, subsampling, windows and threads, the same for both steps.
//!
//! Owns what is learned from when. Knows nothing of how a step changes the weights.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::batched::Batched;
use super::kernel::Kernel;
use super::network::Network;
use super::reference::Reference;
use super::sampling::{keep, keep_thresholds};
use super::tied::Tied;
use super::vocabulary::Vocabulary;
use super::{Settings, StepFunction, TrainingError};
use crate::corpus::{Artists, Corpus};
use crate::progress::Progress;
use crate::rng::Rng;

/// The learning rate falls, a thread takes work and progress is reported in blocks of mentions: about this many in an epoch,
const BLOCKS: u64 = 32;

/// but no shorter than this many mentions
const SHORTEST_BLOCK: u64 = 4096;

/// and no longer than that many: enough playlists to learn side by side.
const LONGEST_BLOCK: u64 = 16_384;

/// Longer playlists are learned from in pieces of this many mentions (gensim drops what is beyond 10,000).
const LONGEST: usize = 4096;

/// Tokens to learn from together, each a target in its window.
#[derive(Default)]
pub(super) struct Batch {
    /// Artists, playlist after playlist.
    pub(super) tokens: Vec<u32>,
    /// For every token the places of its context and of itself; never beyond its playlist.
    pub(super) windows: Vec<Range<usize>>,
    /// The places of each playlist.
    pub(super) playlists: Vec<Range<usize>>,
}

/// −ln of the model's probability of what it saw, summed over targets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Loss {
    /// Over all questions about a target: itself and its negatives, the nodes of its path, or both.
    pub(super) sum: f64,
    /// One a mention; none where `compute-loss` is off.
    pub(super) targets: u64,
}

impl Loss {
    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.targets += other.targets;
    }

    /// The mean; `None` where nothing was measured.
    pub(super) fn mean(self) -> Option<f64> {
        (self.targets > 0).then(|| self.sum / self.targets as f64)
    }
}

/// Where a training stands: before a block of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Position {
    /// The epoch, counted from 0.
    pub(super) epoch: u32,
    /// The block, counted from 0.
    pub(super) block: usize,
    /// What was measured in this epoch.
    pub(super) loss: Loss,
}

/// Why [`Run::go_on`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The epoch is done.
    Epoch,
    /// The time to pause has come.
    Paused,
    /// The user asked to stop.
    Interrupted,
    /// Numbers grow beyond all bounds.
    Diverged,
}

/// How fast it goes, for messages.
pub(super) struct Pace {
    /// When this process began to train.
    pub(super) start: Instant,
    /// Mentions worked through since then.
    pub(super) mentions: u64,
    /// What the user should know besides.
    pub(super) warning: String,
}

/// What all threads of a training share.
pub(super) struct Run<'a> {
    corpus: &'a Corpus,
    settings: &'a Settings,
    /// All mentions of the corpus, those of left-out artists too: what words/s and the learning rate count.
    pub(super) mentions: u64,
    pub(super) vocabulary: Vocabulary,
    /// How often each token's mentions are learned from, see [`keep`].
    keep: Vec<u32>,
    pub(super) network: Network,
    /// What the batched step computes with.
    pub(super) kernel: Kernel,
}

/// Consecutive playlists of an epoch's order that one thread takes at once.
struct Block {
    playlists: Range<usize>,
    /// Mentions before it in the epoch.
    before: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(corpus: &'a Corpus, settings: &'a Settings) -> Result<Self, TrainingError> {
        if corpus.is_empty() || corpus.artists.is_empty() {
            return Err(TrainingError::EmptyCorpus);
        }
        let vocabulary = Vocabulary::new(&corpus.artists.mentions, settings);
        let kept = vocabulary.counts.len();
        let teaches = |playlist: &[u32]| playlist.iter().filter(|&&artist| (artist as usize) < kept).count() >= 2;
        if kept < 2 || !(0..corpus.len()).any(|i| teaches(corpus.playlist(i))) {
            return Err(TrainingError::TooFewArtists { kept, min_count: vocabulary.min_count });
        }
        Ok(Self {
            corpus,
            settings,
            mentions: (0..corpus.len()).map(|i| corpus.playlist(i).len() as u64).sum(),
            keep: keep_thresholds(&vocabulary.counts, settings.sample),
            network: Network::new(&vocabulary.counts, settings)?,
            vocabulary,
            kernel: Kernel::choose(settings.kernel)?,
        })
    }

    /// The artists of the vocabulary.
    pub(super) fn artists(&self) -> Artists {
        let kept = self.vocabulary.counts.len();
        Artists {
            names: self.corpus.artists.names[..kept].to_vec(),
            ids: self.corpus.artists.ids[..kept].to_vec(),
            mentions: self.corpus.artists.mentions[..kept].to_vec(),
        }
    }

    /// How many mentions were worked through before a position, epochs added up.
    pub(super) fn mentions_before(&self, position: &Position) -> u64 {
        let blocks = self.blocks(&self.order(position.epoch));
        let in_epoch = blocks.get(position.block).map_or(self.mentions, |block| block.before);
        self.mentions * u64::from(position.epoch) + in_epoch
    }

    /// Works on until the epoch's end, for at least one block; `position` is then where it came to.
    ///
    /// With one worker, stopping and going on gives the same bits as not stopping.
    pub(super) fn go_on(
        &self,
        position: &mut Position,
        pause: Option<Instant>,
        pace: &mut Pace,
        progress: &dyn Progress,
    ) -> End {
        let epoch = position.epoch;
        let order = self.order(epoch);
        let blocks = self.blocks(&order);
        let next = AtomicUsize::new(position.block);
        let stop = AtomicBool::new(false);
        let state = Mutex::new((position.loss, &mut *pace, End::Epoch));
        let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
        let work = || {
            let mut worker = Worker::new(self);
            while !stop.load(Relaxed) {
                let index = next.fetch_add(1, Relaxed);
                let Some(block) = blocks.get(index) else { break };
                let mentions = blocks.get(index + 1).map_or(self.mentions, |next| next.before) - block.before;
                let alpha = self.alpha(epoch, block.before);
                let mut rng = Rng::stream(self.settings.seed, u64::from(epoch) << 32 | index as u64);
                let loss = worker.block(&order[block.playlists.clone()], alpha, &mut rng);
                let sound = loss.sum.is_finite() && self.network.seems_sound(&worker.batch.tokens);
                progress.advance(mentions);
                let (message, ending) = {
                    let (sum, pace, end) = &mut *lock();
                    sum.add(loss);
                    pace.mentions += mentions;
                    let ending = if !sound {
                        Some(End::Diverged)
                    } else if progress.interrupted() {
                        Some(End::Interrupted)
                    } else {
                        pause.filter(|&pause| Instant::now() >= pause).map(|_| End::Paused)
                    };
                    // Divergence comes first: what other threads wanted does not matter then.
                    if let Some(ending) = ending.filter(|_| *end != End::Diverged) {
                        *end = ending;
                    }
                    (self.message(epoch, *sum, pace), ending)
                };
                progress.message(&message);
                if ending.is_some() {
                    stop.store(true, Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.settings.workers.min(blocks.len()) {
                scope.spawn(work);
            }
            work();
        });
        let (loss, _, end) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Every block that was taken was worked through.
        *position = Position { epoch, block: next.into_inner().min(blocks.len()), loss };
        match end {
            End::Diverged => end,
            _ if position.block == blocks.len() => End::Epoch,
            end => end,
        }
    }

    /// The learning rate where `before` mentions of an epoch are done.
    fn alpha(&self, epoch: u32, before: u64) -> f32 {
        let Settings { alpha, min_alpha, .. } = *self.settings;
        alpha - (alpha - min_alpha) * self.settings.epochs.fallen(epoch, before as f64 / self.mentions as f64) as f32
    }

    fn message(&self, epoch: u32, loss: Loss, pace: &Pace) -> String {
        let speed = pace.mentions as f64 / pace.start.elapsed().as_secs_f64();
        let loss = loss.mean().map_or_else(String::new, |mean| format!("  loss {mean:.3}"));
        let epochs = self.settings.epochs.total();
        format!("epoch {}/{epochs}  {speed:.0} words/s{loss}{}", epoch + 1, pace.warning)
    }

    /// The playlists in the order of an epoch.
    fn order(&self, epoch: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.corpus.len() as u32).collect();
        Rng::stream(self.settings.seed, u64::from(epoch) << 32 | 0xffff_ffff).shuffle(&mut order);
        order
    }

    fn blocks(&self, order: &[u32]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut first, mut before, mut mentions) = (0, 0, 0);
        let long = (self.mentions / BLOCKS).clamp(SHORTEST_BLOCK, LONGEST_BLOCK);
        for (place, &playlist) in order.iter().enumerate() {
            mentions += self.corpus.playlist(playlist as usize).len() as u64;
            if mentions >= long || place + 1 == order.len() {
                blocks.push(Block { playlists: first..place + 1, before });
                before += mentions;
                (first, mentions) = (place + 1, 0);
            }
        }
        blocks
    }
}

/// One thread's part: its buffers.
struct Worker<'a> {
    run: &'a Run<'a>,
    batch: Batch,
    step: Step,
}

enum Step {
    Reference(Reference),
    Batched(Box<Batched>),
    Tied(Tied),
}

impl<'a> Worker<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        let stride = run.network.input.stride();
        let step = match run.settings.step {
            StepFunction::Reference => Step::Reference(Reference::new(stride, run.settings)),
            StepFunction::Batched => {
                Step::Batched(Box::new(Batched::new(run.kernel, run.keep.len(), stride, run.settings)))
            }
            StepFunction::Tied => Step::Tied(Tied::new(run.kernel, run.keep.len(), stride, run.settings)),
        };
        Self { run, batch: Batch::default(), step }
    }

    fn block(&mut self, playlists: &[u32], alpha: f32, rng: &mut Rng) -> Loss {
        self.batch.tokens.clear();
        self.batch.windows.clear();
        self.batch.playlists.clear();
        for &playlist in playlists {
            for piece in self.run.corpus.playlist(playlist as usize).chunks(LONGEST) {
                self.push(piece, rng);
            }
        }
        match &mut self.step {
            Step::Reference(step) => step.train(&self.run.network, &self.batch, alpha, rng),
            Step::Batched(step) => step.train(&self.run.network, &self.batch, alpha, rng),
            Step::Tied(step) => step.train(&self.run.network, &self.batch, alpha, rng),
        }
    }

    /// Adds what subsampling keeps of a playlist to the batch, and draws the windows.
    fn push(&mut self, playlist: &[u32], rng: &mut Rng) {
        let Batch { tokens, windows, playlists } = &mut self.batch;
        let start = tokens.len();
        for &artist in playlist {
            if let Some(&threshold) = self.run.keep.get(artist as usize)
                && keep(threshold, rng)
            {
                tokens.push(artist);
            }
        }
        if tokens.len() < start + 2 {
            // An artist alone has no context.
            tokens.truncate(start);
            return;
        }
        let end = tokens.len();
        playlists.push(start..end);
        for place in start..end {
            let window = if self.run.settings.shrink_windows {
                rng.below(self.run.settings.window as u64) as usize + 1
            } else {
                self.run.settings.window
            };
            windows.push(place.saturating_sub(window).max(start)..place.saturating_add(window + 1).min(end));
        }
    }
}
