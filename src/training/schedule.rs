//! The schedule: epochs, learning rate, subsampling, windows and threads, the same for all steps.
//!
//! Owns what is learned from when. Knows nothing of how a step changes the weights.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Instant;

use super::batched::Batched;
use super::kernel::Kernel;
use super::matrix::Changes;
use super::network::Network;
use super::reference::Reference;
use super::sampling::{keep, keep_thresholds};
use super::tied::Tied;
use super::vocabulary::Vocabulary;
use super::{Settings, StepFunction, TitleWords, TrainingError};
use crate::corpus::{Artists, Corpus};
use crate::progress::Progress;
use crate::rng::Rng;

/// The learning rate falls, a thread takes work and progress is reported in blocks of mentions: about this many in an epoch,
const BLOCKS: u64 = 32;

/// but no shorter than this many mentions
const SHORTEST_BLOCK: u64 = 4096;

/// and no longer than that many: enough playlists to learn side by side.
const LONGEST_BLOCK: u64 = 16_384;

/// So many blocks make a round of a deterministic training: the most threads that it can use.
const ROUND: usize = 8;

/// Mentions of a block of a deterministic training, about: the fewer, the less is learned at outdated weights, and the more
/// rows are copied.
const ROUND_BLOCK: u64 = 4096;

/// Longer playlists are learned from in pieces of this many mentions (gensim drops what is beyond 10,000).
const LONGEST: usize = 4096;

/// Tokens to learn from together, each a target in its window.
#[derive(Default)]
pub(super) struct Batch {
    /// Artists and words of titles, playlist after playlist.
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
    /// Why the last checkpoint could not be written; empty where it could.
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
    pub(super) network: Network<'a>,
    /// What the batched and the tied step compute with.
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
        let vocabulary = Vocabulary::new(corpus, settings);
        let kept = vocabulary.artists;
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

    /// The words of titles, without vectors.
    pub(super) fn words(&self) -> TitleWords {
        let words = &self.vocabulary.words.words;
        TitleWords {
            words: words.iter().map(|word| word.word.clone()).collect(),
            mentions: words.iter().map(|word| word.playlists).collect(),
            ..TitleWords::default()
        }
    }

    /// The artists of the vocabulary.
    pub(super) fn artists(&self) -> Artists {
        let kept = self.vocabulary.artists;
        Artists {
            names: self.corpus.artists.names[..kept].to_vec(),
            ids: self.corpus.artists.ids[..kept].to_vec(),
            mentions: self.corpus.artists.mentions[..kept].to_vec(),
        }
    }

    /// How many mentions were worked through before a position, epochs added up.
    pub(super) fn mentions_before(&self, position: &Position) -> u64 {
        self.mentions * u64::from(position.epoch) + self.epoch(position.epoch).before(position.block)
    }

    /// The threads' buffers, for all of a training.
    ///
    /// # Errors
    /// [`TrainingError::Buffers`] and [`TrainingError::Memory`] where they do not fit, before any of them is made.
    pub(super) fn workers(&self) -> Result<Workers<'_>, TrainingError> {
        let Settings { workers: threads, deterministic, step, .. } = *self.settings;
        let threads = if deterministic { threads.min(ROUND) } else { threads };
        let (tokens, stride) = (self.keep.len(), self.network.input.stride());
        let bytes = match step {
            StepFunction::Reference => Reference::bytes(stride),
            StepFunction::Batched => Batched::bytes(tokens, stride, self.settings),
            StepFunction::Tied => Tied::bytes(tokens, stride, self.settings),
        };
        let too_large = || TrainingError::Buffers { workers: threads };
        let bytes = bytes.and_then(|bytes| bytes.checked_mul(threads)).ok_or_else(too_large)?;
        // One reservation of them all says what many small ones would not: a system that promises more memory than it has
        // refuses what is beyond all of it.
        Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| too_large())?;
        let mut workers = Vec::with_capacity(threads);
        for _ in 0..threads {
            let private = deterministic.then(|| self.network.private()).transpose()?;
            workers.push(Worker::new(self, private));
        }
        let turns = if deterministic { ROUND } else { 0 };
        Ok(Workers { workers, turns: (0..turns).map(|_| RwLock::default()).collect(), missing: 0 })
    }

    /// Works on until the epoch's end, for at least one block; `position` is then where it came to.
    ///
    /// With one worker, and by rounds with any number, stopping and going on gives the same bits as not stopping.
    pub(super) fn go_on(
        &self,
        workers: &mut Workers<'_>,
        position: &mut Position,
        pause: Option<Instant>,
        pace: &mut Pace,
        progress: &dyn Progress,
    ) -> End {
        let epoch = self.epoch(position.epoch);
        let report = Report { run: self, epoch: &epoch, pause, progress };
        let end = if self.settings.deterministic {
            self.take_rounds(workers, &epoch, position, pace, &report)
        } else {
            race(workers, &epoch, position, pace, &report)
        };
        match end {
            End::Diverged => end,
            _ if position.block == epoch.blocks.len() => End::Epoch,
            end => end,
        }
    }

    /// By rounds: some blocks, always as many, learn from the same weights, each on private copies of the rows that it uses,
    /// and then their changes are added in the order of the blocks. So it does not matter which thread did what.
    fn take_rounds(
        &self,
        workers: &mut Workers<'_>,
        epoch: &Epoch,
        position: &mut Position,
        pace: &mut Pace,
        report: &Report<'_>,
    ) -> End {
        let shared = self.network.matrices();
        while position.block < epoch.blocks.len() {
            let first = position.block;
            let blocks = ROUND.min(epoch.blocks.len() - first);
            let next = AtomicUsize::new(0);
            workers.all(blocks, |_, worker, turns| {
                loop {
                    let i = next.fetch_add(1, Relaxed);
                    if i >= blocks {
                        break;
                    }
                    let Turn { done, changes } = &mut *turns[i].write().unwrap_or_else(PoisonError::into_inner);
                    *done = worker.block(epoch, first + i);
                    changes.resize_with(shared.len(), Changes::default);
                    worker.take_changes(changes);
                }
            });
            let parts = workers.workers.len();
            workers.all(parts, |part, _, turns| {
                for (number, (_, matrix)) in shared.iter().enumerate() {
                    let guards: Vec<_> =
                        turns[..blocks].iter().map(|t| t.read().unwrap_or_else(PoisonError::into_inner)).collect();
                    let changes: Vec<&Changes> = guards.iter().map(|turn| &turn.changes[number]).collect();
                    matrix.add_changes(&changes, part, parts);
                }
            });
            position.block += blocks;
            let (mut mentions, mut sound) = (0, true);
            for turn in &workers.turns[..blocks] {
                let done = turn.read().unwrap_or_else(PoisonError::into_inner).done;
                position.loss.add(done.loss);
                mentions += done.mentions;
                sound &= done.sound;
            }
            if let Some(end) = report.done(mentions, sound, position.loss, pace) {
                return end;
            }
        }
        End::Epoch
    }

    /// The playlists in the order of an epoch, and its blocks.
    fn epoch(&self, number: u32) -> Epoch {
        let mut order: Vec<u32> = (0..self.corpus.len() as u32).collect();
        Rng::stream(self.settings.seed, u64::from(number) << 32 | 0xffff_ffff).shuffle(&mut order);
        let long = match self.settings.deterministic {
            true => ROUND_BLOCK,
            false => (self.mentions / BLOCKS).clamp(SHORTEST_BLOCK, LONGEST_BLOCK),
        };
        let mut blocks = Vec::new();
        let (mut first, mut before, mut mentions) = (0, 0, 0);
        for (place, &playlist) in order.iter().enumerate() {
            mentions += self.corpus.playlist(playlist as usize).len() as u64;
            if mentions >= long || place + 1 == order.len() {
                blocks.push(Block { playlists: first..place + 1, before });
                before += mentions;
                (first, mentions) = (place + 1, 0);
            }
        }
        Epoch { number, order, blocks, mentions: self.mentions }
    }

    /// The learning rate where `before` mentions of an epoch are done.
    fn alpha(&self, epoch: u32, before: u64) -> f32 {
        let Settings { alpha, min_alpha, .. } = *self.settings;
        alpha - (alpha - min_alpha) * self.settings.epochs.fallen(epoch, before as f64 / self.mentions as f64) as f32
    }
}

/// One pass over the corpus.
struct Epoch {
    /// Counted from 0.
    number: u32,
    /// Playlists.
    order: Vec<u32>,
    blocks: Vec<Block>,
    mentions: u64,
}

impl Epoch {
    /// Mentions before a block, or of all where there is no such block.
    fn before(&self, block: usize) -> u64 {
        self.blocks.get(block).map_or(self.mentions, |block| block.before)
    }
}

/// What a block of work came to.
#[derive(Clone, Copy, Default)]
struct Done {
    mentions: u64,
    loss: Loss,
    /// Whether numbers stayed within bounds, as far as one can see at once.
    sound: bool,
}

/// A block's part of a round.
#[derive(Default)]
struct Turn {
    done: Done,
    /// One a matrix.
    changes: Vec<Changes>,
}

/// All threads of a training.
pub(super) struct Workers<'a> {
    workers: Vec<Worker<'a>>,
    /// Where rounds leave what their blocks came to; empty without rounds.
    turns: Vec<RwLock<Turn>>,
    /// Threads that the system refused to start, at worst: the others have done their work.
    pub(super) missing: usize,
}

impl<'a> Workers<'a> {
    /// Lets the first `wanted` workers do their part, each in a thread. Where no further thread can be started, those that
    /// there are do one worker's part after the other's.
    fn all(&mut self, wanted: usize, act: impl Fn(usize, &mut Worker<'a>, &[RwLock<Turn>]) + Sync) {
        let wanted = wanted.min(self.workers.len());
        let turns = &self.turns;
        let parts = Mutex::new(self.workers[..wanted].iter_mut().enumerate());
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            while let Some((part, worker)) = next() {
                act(part, worker, turns);
            }
        };
        let started = std::thread::scope(|scope| {
            let start = || std::thread::Builder::new().spawn_scoped(scope, work).is_ok();
            let started = (1..wanted).take_while(|_| start()).count();
            work();
            started
        });
        self.missing = self.missing.max(wanted.saturating_sub(1 + started));
    }
}

/// All threads at once on the shared matrices.
fn race(
    workers: &mut Workers<'_>,
    epoch: &Epoch,
    position: &mut Position,
    pace: &mut Pace,
    report: &Report<'_>,
) -> End {
    let next = AtomicUsize::new(position.block);
    let stop = AtomicBool::new(false);
    let state = Mutex::new((&mut position.loss, pace, End::Epoch));
    workers.all(epoch.blocks.len().saturating_sub(position.block), |_, worker, _| {
        while !stop.load(Relaxed) {
            let block = next.fetch_add(1, Relaxed);
            if block >= epoch.blocks.len() {
                break;
            }
            let done = worker.block(epoch, block);
            let (sum, pace, end) = &mut *state.lock().unwrap_or_else(PoisonError::into_inner);
            sum.add(done.loss);
            if let Some(ending) = report.done(done.mentions, done.sound, **sum, pace) {
                stop.store(true, Relaxed);
                // Divergence comes first: what other threads wanted does not matter then.
                if *end != End::Diverged {
                    *end = ending;
                }
            }
        }
    });
    let (_, _, end) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Every block that was taken was worked through.
    position.block = next.into_inner().min(epoch.blocks.len());
    end
}

/// Who hears of finished work, and says whether it goes on.
struct Report<'a> {
    run: &'a Run<'a>,
    epoch: &'a Epoch,
    pause: Option<Instant>,
    progress: &'a dyn Progress,
}

impl Report<'_> {
    /// Reports; says why to stop, if that is so. `loss` is the epoch's so far.
    fn done(&self, mentions: u64, sound: bool, loss: Loss, pace: &mut Pace) -> Option<End> {
        pace.mentions += mentions;
        let speed = pace.mentions as f64 / pace.start.elapsed().as_secs_f64();
        let loss = loss.mean().map_or_else(String::new, |mean| format!("  loss {mean:.3}"));
        let (epoch, epochs) = (self.epoch.number + 1, self.run.settings.epochs.total());
        self.progress.advance(mentions);
        let warning = if pace.warning.is_empty() { "" } else { "  no checkpoint: " };
        let message = format!("epoch {epoch}/{epochs}  {speed:.0} words/s{loss}{warning}{}", pace.warning);
        self.progress.message(&message);
        if !sound {
            Some(End::Diverged)
        } else if self.progress.interrupted() {
            Some(End::Interrupted)
        } else {
            self.pause.filter(|&pause| Instant::now() >= pause).map(|_| End::Paused)
        }
    }
}

/// One thread's part: its buffers.
struct Worker<'a> {
    run: &'a Run<'a>,
    /// What it learns in, where that is not the shared network.
    private: Option<Network<'a>>,
    batch: Batch,
    step: Step,
}

enum Step {
    Reference(Reference),
    Batched(Box<Batched>),
    Tied(Box<Tied>),
}

impl<'a> Worker<'a> {
    fn new(run: &'a Run<'a>, private: Option<Network<'a>>) -> Self {
        let stride = run.network.input.stride();
        let step = match run.settings.step {
            StepFunction::Reference => Step::Reference(Reference::new(stride, run.settings)),
            StepFunction::Batched => {
                Step::Batched(Box::new(Batched::new(run.kernel, run.keep.len(), stride, run.settings)))
            }
            StepFunction::Tied => Step::Tied(Box::new(Tied::new(run.kernel, run.keep.len(), stride, run.settings))),
        };
        Self { run, private, batch: Batch::default(), step }
    }

    /// Learns from a block. What it is does not depend on the blocks before.
    fn block(&mut self, epoch: &Epoch, block: usize) -> Done {
        let Block { ref playlists, before } = epoch.blocks[block];
        let alpha = self.run.alpha(epoch.number, before);
        let rng = &mut Rng::stream(self.run.settings.seed, u64::from(epoch.number) << 32 | block as u64);
        self.batch.tokens.clear();
        self.batch.windows.clear();
        self.batch.playlists.clear();
        for &playlist in &epoch.order[playlists.clone()] {
            for piece in self.run.corpus.playlist(playlist as usize).chunks(LONGEST) {
                self.push(piece, self.run.vocabulary.words.of(playlist as usize), rng);
            }
        }
        let network = self.private.as_ref().unwrap_or(&self.run.network);
        let loss = match &mut self.step {
            Step::Reference(step) => step.train(network, &self.batch, alpha, rng),
            Step::Batched(step) => step.train(network, &self.batch, alpha, rng),
            Step::Tied(step) => step.train(network, &self.batch, alpha, rng),
        };
        let sound = loss.sum.is_finite() && network.seems_sound(&self.batch.tokens);
        Done { mentions: epoch.before(block + 1) - before, loss, sound }
    }

    /// Moves what its private network has changed into `changes`, one a matrix.
    fn take_changes(&self, changes: &mut [Changes]) {
        let matrices = self.private.iter().flat_map(Network::matrices);
        matrices.zip(changes).for_each(|((_, matrix), changes)| matrix.take_changes(changes));
    }

    /// Adds what subsampling keeps of a playlist to the batch, and draws the windows.
    ///
    /// A title is about all of its playlist, so its words stand at random places among the artists, others in every epoch.
    fn push(&mut self, playlist: &[u32], words: &[u32], rng: &mut Rng) {
        let Batch { tokens, windows, playlists } = &mut self.batch;
        let start = tokens.len();
        let (artists, of_words) = self.run.keep.split_at(self.run.vocabulary.artists);
        for &artist in playlist {
            if let Some(&threshold) = artists.get(artist as usize)
                && keep(threshold, rng)
            {
                tokens.push(artist);
            }
        }
        // Words alone teach nothing about artists.
        let words = if tokens.len() > start { words } else { &[] };
        for &word in words {
            if keep(of_words[word as usize], rng) {
                let place = start + rng.below((tokens.len() - start + 1) as u64) as usize;
                tokens.insert(place, artists.len() as u32 + word);
            }
        }
        if tokens.len() < start + 2 {
            // A token alone has no context.
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
