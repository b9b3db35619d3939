//! A training from its first to its last epoch, as a library uses it: begun, continued, kept safe, turned into a model.
//!
//! Owns the road from settings to a model: where the weights come from (chance, a model, a checkpoint), when a checkpoint is
//! written, what stops the training, and what the model says about it. Knows nothing of how an epoch is worked through.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::checkpoint::{self, Checkpoint};
use super::principal_axes::{as_trained, on_principal_axes, with_weights};
use super::schedule::{End, Pace, Position, Run};
use super::{Model, Settings, StepFunction, TrainingError};
use crate::catalog::metadata::Step;
use crate::corpus::Corpus;
use crate::files::{self, ArtefactError};
use crate::progress::{Progress, Silent};

/// A checkpoint at an epoch's end may cost one part in this many of the training's time.
const CHECKPOINT_COST: u32 = 50;

/// How many epochs' losses a model records at most, the last ones: metadata is limited.
const RECORDED_LOSSES: usize = 10_000;

/// Learns one vector an artist from the playlists of a corpus: the long form of [`super::train`].
///
/// Say what it needs, then [`Self::train`]:
///
/// ```
/// use artist2vec::corpus::{Artists, Corpus};
/// use artist2vec::training::{Settings, Trainer};
///
/// let artists = Artists {
///     names: ["Drake", "Björk", "Sigur Rós"].map(String::from).to_vec(),
///     ids: vec![String::new(); 3],
///     mentions: vec![3, 2, 1],
/// };
/// let corpus = Corpus::in_memory(artists, &[vec![0, 1, 0], vec![1, 2, 0]], &[]);
/// let settings = Settings { vector_size: 8, epochs: 3.into(), min_count: 1, sample: 0.0, ..Settings::default() };
/// let model = Trainer::new(&corpus).settings(settings).train()?;
/// assert_eq!((model.artists.len(), model.row(0).len()), (3, 8));
/// # Ok::<(), artist2vec::training::TrainingError>(())
/// ```
pub struct Trainer<'a> {
    corpus: &'a Corpus,
    settings: Settings,
    progress: &'a dyn Progress,
    start_from: Option<&'a Model>,
    checkpoints: Option<(PathBuf, Duration)>,
    resume: bool,
}

impl<'a> Trainer<'a> {
    /// A training on `corpus` with the default settings, silent, without checkpoints.
    pub fn new(corpus: &'a Corpus) -> Self {
        let settings = Settings::default();
        Self { corpus, settings, progress: &Silent, start_from: None, checkpoints: None, resume: false }
    }

    /// Learns with these settings.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Tells `progress` where the training is, and asks it after every block whether to go on. Where it is interrupted,
    /// [`Self::train`] returns what was learned so far.
    #[must_use]
    pub fn progress(mut self, progress: &'a dyn Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Begins with the vectors of `model`, for all artists that it knows, by [`Artists::key`](crate::corpus::Artists::key); new
    /// ones begin as usual.
    ///
    /// Artists that only the model knows are kept as they are, so that playlists may come in instalments.
    #[must_use]
    pub fn start_from(mut self, model: &'a Model) -> Self {
        self.start_from = Some(model);
        self
    }

    /// Writes to `path` whatever it takes to go on: every `interval`, at an epoch's end where that costs little, and when
    /// the training is interrupted; where `interval` is zero, only then.
    ///
    /// The file is a model as well, of what was learned so far. Remove it when the finished model is safe.
    #[must_use]
    pub fn checkpoints(mut self, path: &Path, interval: Duration) -> Self {
        self.checkpoints = Some((path.to_owned(), interval));
        self
    }

    /// Goes on from the checkpoint where there is one, instead of refusing to replace it.
    ///
    /// Corpus and settings must be those that it was written with, but for the number of workers. With one worker, or
    /// `deterministic`, the result is the same, bit for bit, as without the interruption.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Trains.
    ///
    /// # Errors
    /// [`TrainingError`]: a setting out of range, too few artists, too little memory, a checkpoint or a model that does not
    /// fit, or divergence. Whether a checkpoint could be written while training does not matter for the result.
    pub fn train(self) -> Result<Model, TrainingError> {
        self.settings.check()?;
        let run = Run::new(self.corpus, &self.settings)?;
        let mut training = Training {
            trainer: &self,
            position: Position::default(),
            losses: Vec::new(),
            kernel: match self.settings.step {
                StepFunction::Batched | StepFunction::Tied => run.kernel.name().to_owned(),
                StepFunction::Reference => "plain".to_owned(),
            },
            run,
        };
        match (self.checkpoint_to_resume()?, self.start_from) {
            (Some(checkpoint), _) => training.restore(&checkpoint)?,
            (None, Some(model)) => {
                training.run.network.start_from(
                    &as_trained(model),
                    &training.run.artists(),
                    &training.run.words().words,
                )?;
                // Also what only the model knows ends up in the result.
                if !are_finite(model) || !training.run.network.is_sound() {
                    return Err(TrainingError::UnsoundStart);
                }
            }
            (None, None) => {}
        }
        training.go_on()?;
        Ok(training.finished_model())
    }

    /// Says whether `model` is what this training would come to: it has learned all epochs, from this corpus with these
    /// settings.
    pub fn has_finished(&self, model: &Model) -> bool {
        let Some(step) = model.provenance.steps.last() else { return false };
        step.command == "train"
            && value(step, "epochs-done") == self.settings.epochs.total().to_string()
            && model.provenance.corpus.digest == self.corpus.summary.digest
            && other_setting(step, &self.settings_record()).is_none()
    }

    /// All that shapes the result.
    fn settings_record(&self) -> Step {
        let step = self.settings.record();
        match self.start_from {
            Some(model) => step.setting("start-from", model.digest()),
            None => step,
        }
    }

    /// What to go on from. A checkpoint that must not be touched is an error, and so is one that could not be written,
    /// before any work.
    fn checkpoint_to_resume(&self) -> Result<Option<Checkpoint>, TrainingError> {
        if let Some((path, _)) = &self.checkpoints {
            files::expect_writable(path, &[]).map_err(ArtefactError::from)?;
        }
        match &self.checkpoints {
            Some((path, _)) if path.exists() && self.resume => Ok(Some(Checkpoint::read(path)?)),
            Some((path, _)) if path.exists() => Err(TrainingError::CheckpointExists { path: path.clone() }),
            _ => Ok(None),
        }
    }
}

/// A training on its way.
struct Training<'a> {
    trainer: &'a Trainer<'a>,
    run: Run<'a>,
    position: Position,
    /// The mean loss of every finished epoch.
    losses: Vec<f64>,
    /// What computed: the kernel, or several one after the other where a checkpoint has moved between machines.
    kernel: String,
}

impl Training<'_> {
    /// Trains to the end, or until interrupted, and tells what went wrong on the way.
    fn go_on(&mut self) -> Result<(), TrainingError> {
        let Trainer { progress, checkpoints, .. } = self.trainer;
        let mut pace = Pace { start: Instant::now(), mentions: 0, warning: String::new() };
        let end = self.epochs(&mut pace);
        if let Some((path, _)) = checkpoints.as_ref().filter(|_| !pace.warning.is_empty()) {
            let older = if path.exists() { "what stands there is older" } else { "there is none" };
            progress.warn(&format!("the last checkpoint could not be written, and {older}: {}", pace.warning));
        }
        end
    }

    /// Works through the epochs that are left.
    fn epochs(&mut self, pace: &mut Pace) -> Result<(), TrainingError> {
        let Trainer { settings, progress, checkpoints, .. } = self.trainer;
        let epochs = settings.epochs.total();
        progress.stage("training", Some(self.run.mentions.saturating_mul(epochs.into())));
        progress.advance(self.run.mentions_before(&self.position));
        let mut workers = self.run.workers()?;
        let periodic = checkpoints.as_ref().map(|(_, interval)| *interval).filter(|interval| !interval.is_zero());
        let mut written = Instant::now();
        let mut cost = Duration::ZERO;
        while self.position.epoch < epochs {
            let pause = periodic.and_then(|interval| written.checked_add(interval));
            let missing = workers.missing;
            let end = self.run.go_on(&mut workers, &mut self.position, pause, pace, *progress);
            if missing == 0 && workers.missing > 0 {
                let all = settings.workers;
                progress.warn(&format!("the system starts no more than {} of {all} threads", all - workers.missing));
            }
            if end == End::Diverged || !self.run.network.is_sound() {
                return Err(self.diverged());
            }
            let due = match end {
                End::Epoch => {
                    if let Some(mean) = self.position.loss.mean() {
                        self.losses.push(mean);
                    }
                    self.position = Position { epoch: self.position.epoch + 1, ..Position::default() };
                    periodic.is_some() && self.position.epoch < epochs && written.elapsed() >= cost * CHECKPOINT_COST
                }
                End::Paused | End::Interrupted | End::Diverged => true,
            };
            if let Some((path, _)) = checkpoints.as_ref().filter(|_| due) {
                let start = Instant::now();
                let checkpoint = self.checkpoint();
                pace.warning = match checkpoint.write(path) {
                    Ok(()) => String::new(),
                    // No reason to lose the training itself; the next attempt may succeed.
                    Err(error) => error.to_string(),
                };
                written = Instant::now();
                cost = start.elapsed();
            }
            if end == End::Interrupted {
                break;
            }
        }
        Ok(())
    }

    /// Names what happened, and puts the last checkpoint where the next attempt does not replace it.
    fn diverged(&self) -> TrainingError {
        let keep = |(path, _): &(PathBuf, Duration)| {
            let kept = path.with_extension("last-good");
            std::fs::rename(path, &kept).ok().map(|()| kept)
        };
        TrainingError::Diverged {
            epoch: self.position.epoch + 1,
            alpha: self.trainer.settings.alpha,
            last_good: self.trainer.checkpoints.as_ref().and_then(keep),
        }
    }

    /// What was learned so far, about the artists of the corpus.
    fn model(&self) -> Model {
        let Trainer { corpus, settings, .. } = self.trainer;
        let mut provenance = corpus.provenance();
        let mentions = self.run.mentions_before(&self.position);
        let epochs_done = format!("{:.3}", mentions as f64 / self.run.mentions as f64);
        let mut step = self
            .trainer
            .settings_record()
            .measurement("kernel-used", &self.kernel)
            .measurement("epochs-done", epochs_done.trim_end_matches('0').trim_end_matches('.'));
        if self.run.vocabulary.min_count > settings.min_count {
            step = step.measurement("min-count-used", self.run.vocabulary.min_count);
        }
        if settings.compute_loss {
            let recorded = self.losses.iter().skip(self.losses.len().saturating_sub(RECORDED_LOSSES));
            let unfinished = self.position.loss.mean();
            let losses: Vec<String> = recorded.copied().chain(unfinished).map(|loss| format!("{loss:.4}")).collect();
            step = step.measurement("loss-per-epoch", losses.join(" "));
        }
        provenance.steps.push(step);
        self.run.network.to_model(self.run.artists(), self.run.words(), provenance)
    }

    /// The model with what only the one that it began with knows, ready to be asked.
    fn finished_model(&self) -> Model {
        let mut model = self.model();
        let start = self.trainer.start_from;
        if let Some(old) = start {
            model = model.with_absent(&as_trained(old));
        }
        match (self.trainer.settings.step, start) {
            // The axes stay, so that vectors can be compared with the old ones.
            (StepFunction::Tied, Some(old)) if !old.weights.is_empty() => with_weights(model, &old.weights),
            (StepFunction::Tied, _) => on_principal_axes(model),
            (StepFunction::Batched | StepFunction::Reference, _) => model,
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            model: self.model(),
            position: self.position,
            losses: self.losses.clone(),
            further: self.run.network.further(),
        }
    }

    /// Puts the training where a checkpoint was written.
    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainingError> {
        let path = || self.trainer.checkpoints.as_ref().map_or_else(PathBuf::new, |(path, _)| path.clone());
        let damaged = || TrainingError::from(checkpoint::damaged(&path()));
        let mut provenance = checkpoint.model.provenance.clone();
        let step = provenance.steps.pop().ok_or_else(damaged)?;
        let here = self.trainer.settings_record();
        if let Some(name) = other_setting(&step, &here) {
            let (there, here) = (value(&step, name).to_owned(), value(&here, name).to_owned());
            return Err(TrainingError::OtherSettings { path: path(), name: name.to_owned(), there, here });
        }
        if provenance.corpus.digest != self.trainer.corpus.summary.digest {
            return Err(TrainingError::OtherCorpus { path: path() });
        }
        if checkpoint.position.epoch >= self.trainer.settings.epochs.total()
            || !self.run.network.restore(&checkpoint.model, &checkpoint.further)
        {
            return Err(damaged());
        }
        let before = value(&step, "kernel-used");
        if before.rsplit(", ").next() != Some(self.kernel.as_str()) {
            self.kernel = format!("{before}, {}", self.kernel);
        }
        self.position = checkpoint.position;
        self.losses.clone_from(&checkpoint.losses);
        Ok(())
    }
}

/// What a step says about its setting or measurement; empty where it says nothing.
fn value<'a>(step: &'a Step, name: &str) -> &'a str {
    let setting = step.settings.iter().chain(&step.measured).find(|setting| setting.name == name);
    setting.map_or("", |setting| &setting.value)
}

/// The first setting in which two steps differ. Threads do not change what is learned, only who does it.
fn other_setting<'a>(there: &'a Step, here: &'a Step) -> Option<&'a str> {
    let mut names = here.settings.iter().chain(&there.settings).map(|setting| setting.name.as_str());
    names.find(|&name| name != "workers" && value(there, name) != value(here, name))
}

/// Says whether all that a training could take over from a model are numbers.
fn are_finite(model: &Model) -> bool {
    let Model { input, output, weights, bias, squares, words, .. } = model;
    [input, output, weights, bias, squares, &words.input, &words.output]
        .iter()
        .all(|part| part.iter().all(|x| x.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;

    /// Asks to stop after the first block.
    struct Impatient;

    impl Progress for Impatient {
        fn interrupted(&self) -> bool {
            true
        }
    }

    fn corpus() -> Corpus {
        let artists = Artists {
            names: (0..40).map(|i| format!("artist {i}")).collect(),
            ids: vec![String::new(); 40],
            mentions: (0..40).map(|i| 400 - i).collect(),
        };
        let playlists: Vec<Vec<u32>> = (0..500).map(|i| (0..40).map(|j| (i * j + i + j) % 40).collect()).collect();
        Corpus::in_memory(artists, &playlists, &[])
    }

    fn settings() -> Settings {
        Settings { vector_size: 8, epochs: 3.into(), sample: 0.0, ..Settings::of(StepFunction::Batched) }
    }

    #[test]
    fn divergence_is_noticed_within_a_block_and_the_last_checkpoint_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.a2m.checkpoint");
        let trainer = |corpus| Trainer::new(corpus).settings(settings()).checkpoints(&path, Duration::ZERO);
        let corpus = corpus();
        trainer(&corpus).progress(&Impatient).train().unwrap();
        let mut checkpoint = Checkpoint::read(&path).unwrap();
        assert_eq!((checkpoint.position.epoch, checkpoint.position.block), (0, 1));
        checkpoint.model.input[..8].fill(1e5);
        checkpoint.model.output[..8].fill(f32::NAN);
        checkpoint.write(&path).unwrap();
        let error = trainer(&corpus).resume(true).train().unwrap_err();
        let kept = directory.path().join("model.a2m.last-good");
        let TrainingError::Diverged { epoch: 1, last_good: Some(last_good), .. } = &error else { panic!("{error}") };
        assert_eq!(*last_good, kept);
        assert!(error.to_string().contains("--start-from"), "{error}");
        assert!(kept.exists() && !path.exists());
    }
}
