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
use super::vocabulary::Vocabulary;
use super::{Model, Settings, StepFunction, TitleWords, TrainingError};
use crate::corpus::{Artists, Corpus};
use crate::progress::Progress;
use crate::rng::Rng;

/// The learning rate falls, a thread takes work and progress is reported in blocks of about this many mentions.
const BLOCK: usize = 4096;

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
#[derive(Clone, Copy, Debug, Default)]
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

    fn mean(self) -> f64 {
        self.sum / self.targets as f64
    }
}

/// Learns one vector an artist from the playlists of a corpus.
///
/// Every epoch goes through all playlists in a new random order. With one worker the result is the same bit for bit on
/// the same kind of machine; with several, threads race for the shared rows. Where `progress` is interrupted, what was
/// learned so far is returned, and its provenance says how many epochs that was.
///
/// # Errors
/// [`TrainingError`]: a setting out of range, too few artists, too little memory, or divergence.
pub fn train(corpus: &Corpus, settings: &Settings, progress: &dyn Progress) -> Result<Model, TrainingError> {
    settings.check()?;
    let run = Run::new(corpus, settings)?;
    let epochs = settings.epochs.total();
    progress.stage("training", Some(run.mentions.saturating_mul(epochs.into())));
    let start = Instant::now();
    let mut order: Vec<u32> = (0..corpus.len() as u32).collect();
    let mut losses = Vec::new();
    let mut epochs_done = 0.0;
    for epoch in 0..epochs {
        Rng::stream(settings.seed, u64::from(epoch) << 32 | 0xffff_ffff).shuffle(&mut order);
        let done = run.epoch(epoch, &order, start, progress);
        if !run.network.matrices().iter().all(|(_, matrix)| matrix.is_sound()) {
            return Err(TrainingError::Diverged { epoch: epoch + 1, alpha: settings.alpha });
        }
        if done.loss.targets > 0 {
            losses.push(format!("{:.4}", done.loss.mean()));
        }
        epochs_done = f64::from(epoch) + done.mentions as f64 / run.mentions as f64;
        if done.mentions < run.mentions {
            break;
        }
    }
    let mut step = settings
        .record()
        .measurement("kernel", if settings.step == StepFunction::Batched { Kernel::detect().name() } else { "plain" })
        .measurement("epochs-done", format!("{epochs_done:.3}").trim_end_matches('0').trim_end_matches('.'));
    if run.vocabulary.min_count > settings.min_count {
        step = step.measurement("min-count-used", run.vocabulary.min_count);
    }
    if settings.compute_loss {
        step = step.measurement("loss-per-epoch", losses.join(" "));
    }
    let mut provenance = corpus.provenance();
    provenance.steps.push(step);
    let kept = run.vocabulary.counts.len();
    let artists = Artists {
        names: corpus.artists.names[..kept].to_vec(),
        ids: corpus.artists.ids[..kept].to_vec(),
        mentions: corpus.artists.mentions[..kept].to_vec(),
    };
    Ok(Model {
        artists,
        dimensions: settings.vector_size,
        input: run.network.input.to_vec(),
        output: run.network.sampling.as_ref().map(|sampling| sampling.output.to_vec()).unwrap_or_default(),
        bias: Vec::new(),
        words: TitleWords::default(),
        provenance,
    })
}

/// What all threads of a training share.
struct Run<'a> {
    corpus: &'a Corpus,
    settings: &'a Settings,
    /// All mentions of the corpus, those of left-out artists too: what words/s and the learning rate count.
    mentions: u64,
    vocabulary: Vocabulary,
    /// How often each token's mentions are learned from, see [`keep`].
    keep: Vec<u32>,
    network: Network,
}

/// How far an epoch came.
#[derive(Clone, Copy, Default)]
struct Done {
    mentions: u64,
    loss: Loss,
}

/// Consecutive playlists of an epoch's order that one thread takes at once.
struct Block {
    playlists: Range<usize>,
    /// Mentions before it in the epoch.
    before: u64,
}

impl<'a> Run<'a> {
    fn new(corpus: &'a Corpus, settings: &'a Settings) -> Result<Self, TrainingError> {
        if corpus.is_empty() || corpus.artists.is_empty() {
            return Err(TrainingError::EmptyCorpus);
        }
        if settings.step == StepFunction::Batched && (settings.sg || settings.hs) {
            return Err(TrainingError::BatchedCannot { setting: if settings.sg { "sg 1" } else { "hs 1" } });
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
        })
    }

    /// One pass over all playlists in the given order, or until interrupted.
    fn epoch(&self, epoch: u32, order: &[u32], start: Instant, progress: &dyn Progress) -> Done {
        let blocks = self.blocks(order);
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let done = Mutex::new(Done::default());
        let work = || {
            let mut worker = Worker::new(self);
            while !stop.load(Relaxed) {
                if progress.interrupted() {
                    stop.store(true, Relaxed);
                    break;
                }
                let index = next.fetch_add(1, Relaxed);
                let Some(block) = blocks.get(index) else { break };
                let mentions = blocks.get(index + 1).map_or(self.mentions, |next| next.before) - block.before;
                let fallen = self.settings.epochs.fallen(epoch, block.before as f64 / self.mentions as f64);
                let alpha = self.settings.alpha - (self.settings.alpha - self.settings.min_alpha) * fallen as f32;
                let mut rng = Rng::stream(self.settings.seed, u64::from(epoch) << 32 | index as u64);
                let loss = worker.block(&order[block.playlists.clone()], alpha, &mut rng);
                let now = {
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.mentions += mentions;
                    done.loss.add(loss);
                    *done
                };
                progress.advance(mentions);
                let speed = (self.mentions * u64::from(epoch) + now.mentions) as f64 / start.elapsed().as_secs_f64();
                let loss = if now.loss.targets > 0 { format!("  loss {:.3}", now.loss.mean()) } else { String::new() };
                let epochs = self.settings.epochs.total();
                progress.message(&format!("epoch {}/{epochs}  {speed:.0} words/s{loss}", epoch + 1));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.settings.workers.min(blocks.len()) {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn blocks(&self, order: &[u32]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut first, mut before, mut mentions) = (0, 0, 0);
        for (place, &playlist) in order.iter().enumerate() {
            mentions += self.corpus.playlist(playlist as usize).len();
            if mentions >= BLOCK || place + 1 == order.len() {
                blocks.push(Block { playlists: first..place + 1, before });
                before += mentions as u64;
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
    Batched(Batched),
}

impl<'a> Worker<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        let stride = run.network.input.stride();
        let step = match run.settings.step {
            StepFunction::Reference => Step::Reference(Reference::new(stride, run.settings)),
            StepFunction::Batched => Step::Batched(Batched::new(run.keep.len(), stride, run.settings)),
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
