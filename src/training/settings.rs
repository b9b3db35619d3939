//! What a user may set, under gensim's names, and which values make sense.
//!
//! Owns the settings, their ranges and their record in the provenance. Knows nothing of how they are used.

use super::TrainingError;
use crate::catalog::metadata::Step;

/// The largest accepted `vector_size`: beyond it, memory runs out long before quality grows.
pub const MAX_VECTOR_SIZE: usize = 4096;

/// The largest accepted `window`: beyond any playlist, and far from where places overflow.
pub const MAX_WINDOW: usize = 1 << 30;

/// The largest accepted `negative`.
pub const MAX_NEGATIVE: usize = 10_000;

/// How one piece of work changes the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepFunction {
    /// One target at a time, gensim's update, plain gradient descent: the yardstick.
    Reference,
    /// The same update for targets that share negatives and context sums: many times as fast.
    Batched,
}

impl StepFunction {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Batched => "batched",
        }
    }

    /// The first learning rate where the user gives none.
    ///
    /// gensim's for `reference`. A little less for `batched`, whose targets of different playlists do not see each
    /// other's latest changes and so go a little too far: at the original's settings every measure is better with it
    /// (benches/gensim/README.md).
    pub fn default_alpha(self) -> f32 {
        match self {
            Self::Reference => 0.025,
            Self::Batched => 0.015,
        }
    }
}

/// All parameters of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Numbers per artist, 1 to [`MAX_VECTOR_SIZE`].
    pub vector_size: usize,
    /// The farthest context artist, in places before and after the target.
    pub window: usize,
    /// Negative samples a target, 1 to [`MAX_NEGATIVE`].
    pub negative: usize,
    /// Passes over the corpus.
    pub epochs: u32,
    /// Threads.
    pub workers: usize,
    /// The first learning rate; it falls in a straight line over all mentions. [`StepFunction::default_alpha`] suits the step.
    pub alpha: f32,
    /// The last learning rate.
    pub min_alpha: f32,
    /// Artists that make up more than this share of all mentions are skipped at random; 0 skips none, and from 1 on it
    /// is a number of mentions, as in gensim.
    pub sample: f64,
    /// Negatives are drawn in proportion to mentions raised to this power.
    pub ns_exponent: f64,
    /// Artists with fewer mentions are left out.
    pub min_count: u32,
    /// Draw every target's window uniformly from 1 to `window`.
    pub shrink_windows: bool,
    /// Predict from the mean of the context vectors instead of their sum.
    pub cbow_mean: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// The step function.
    pub step: StepFunction,
}

/// What suits a corpus like the Million Playlist Dataset (benches/gensim/README.md has the measurements). A window of a few
/// places and strong subsampling find better neighbours than the original's whole playlists, in a fraction of its time.
impl Default for Settings {
    fn default() -> Self {
        Self {
            vector_size: 100,
            window: 10,
            negative: 20,
            epochs: 20,
            workers: 1,
            alpha: StepFunction::Batched.default_alpha(),
            min_alpha: 0.0001,
            sample: 1e-4,
            ns_exponent: 0.75,
            min_count: 5,
            shrink_windows: true,
            cbow_mean: true,
            seed: 1,
            step: StepFunction::Batched,
        }
    }
}

impl Settings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] naming the first setting out of range.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        let ranges = [
            ("vector-size", (1..=MAX_VECTOR_SIZE).contains(&self.vector_size), "1 to 4096"),
            ("window", (1..=MAX_WINDOW).contains(&self.window), "1 to 1073741824"),
            ("negative", (1..=MAX_NEGATIVE).contains(&self.negative), "1 to 10000"),
            ("epochs", self.epochs >= 1, "1 or more"),
            ("workers", (1..=1024).contains(&self.workers), "1 to 1024"),
            ("alpha", self.alpha.is_finite() && self.alpha > 0.0, "a number above 0"),
            ("min-alpha", (0.0..=self.alpha).contains(&self.min_alpha), "a number from 0 to alpha"),
            ("sample", self.sample.is_finite() && self.sample >= 0.0, "a number from 0"),
            ("ns-exponent", self.ns_exponent.is_finite() && self.ns_exponent.abs() <= 4.0, "a number from -4 to 4"),
        ];
        match ranges.into_iter().find(|(_, valid, _)| !valid) {
            Some((name, _, range)) => Err(TrainingError::Setting { name, range }),
            None => Ok(()),
        }
    }

    /// Records all settings.
    pub(super) fn record(&self) -> Step {
        Step::new("train")
            .setting("step", self.step.name())
            .setting("vector-size", self.vector_size)
            .setting("window", self.window)
            .setting("negative", self.negative)
            .setting("epochs", self.epochs)
            .setting("workers", self.workers)
            .setting("alpha", self.alpha)
            .setting("min-alpha", self.min_alpha)
            .setting("sample", self.sample)
            .setting("ns-exponent", self.ns_exponent)
            .setting("min-count", self.min_count)
            .setting("shrink-windows", self.shrink_windows)
            .setting("cbow-mean", self.cbow_mean)
            .setting("seed", self.seed)
    }
}
