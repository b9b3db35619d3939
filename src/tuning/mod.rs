//! The search for training settings: which to try, what a trial is worth, and a journal that survives.
//!
//! Owns the space of settings, the strategies, the journal and the report. Must not know the terminal.
//!
//! # Protocol
//! 1. The playlists are split into a training, a validation and a test side, near-duplicates on one side; each list of
//!    related artists is split into a tuning and a final half, by its artists.
//! 2. Every trial trains on the training side. It is scored on the tuning half and the validation side, as `evaluation`
//!    describes, over all artists that any trial may know (the least `min-count`): who leaves artists out, misses them.
//!    Vectors are compared as a pack holds them, by direction and centred.
//! 3. Trial 0 are the program's defaults, and every other is measured by them ([`Scores::objective`]).
//! 4. The best of all trials is trained and scored once more, as are the defaults, on the final half and the test side,
//!    which nothing was chosen by; their difference is tested query by query.

mod journal;
mod objective;
mod report;
mod search;
mod space;
mod strategy;

pub use journal::{JournalError, Outcome, Trial};
pub use objective::{Score, Scores};
pub use report::FinalScore;
pub use search::{Ended, Limits, Parallel, Tuned, digest_of, tune};
pub use space::{Choice, Method, Space, Weights};
pub use strategy::Halving;

use crate::evaluation::{ContinuationError, TruthError};
use crate::files::FileError;

/// A search could not begin or had to stop; finished trials stand in the journal.
#[derive(Debug, thiserror::Error)]
pub enum TuningError {
    /// Related artists count, and there are none.
    #[error(
        "related artists weigh {weight} in the objective, but there is no list of them: give one with --truth, or set \
         related = 0 in [objective] of the space file"
    )]
    NoTruth {
        /// Their weight.
        weight: f64,
    },
    /// No playlist fell on a side.
    #[error(
        "no playlist falls on the side of {side}: the corpus has only {playlists}. Take larger shares in [split] of \
         the space file, another seed, or a larger corpus"
    )]
    EmptySide {
        /// "train", "validation" or "test".
        side: &'static str,
        /// Playlists in the corpus.
        playlists: usize,
    },
    /// Nothing to learn from.
    #[error(
        "the {playlists} playlists to learn from mention {kept} artists {least} times or more, too few; lower \
         min-count in the space file, or take a larger corpus"
    )]
    TooFewArtists {
        /// Artists left.
        kept: usize,
        /// The least `min-count` of all trials.
        least: i64,
        /// Playlists of the training side.
        playlists: usize,
    },
    /// A list leaves nothing to choose with, or nothing to score with in the end.
    #[error(
        "{name}: all its {artists} artists fall into the same half, so that nothing is left to choose with or to score \
         with in the end. Give the whole list: `tune` halves it itself, and needs none of the files that `split` made of it"
    )]
    EmptyHalf {
        /// The list's name.
        name: String,
        /// Its artists.
        artists: usize,
    },
    /// Nothing of the lists, or of a half of them, speaks of the artists.
    #[error(transparent)]
    Truth(#[from] TruthError),
    /// The validation or the test playlists cannot be continued.
    #[error(transparent)]
    Continuation(#[from] ContinuationError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A journaled trial is not what this program would do.
    #[error(
        "trial {number} in the journal has other settings than this program gives it: the journal was written by \
         another version. Nothing was changed; name another folder with -o"
    )]
    OtherTrial {
        /// Which trial.
        number: usize,
    },
    /// What all is measured by could not be trained.
    #[error("the default settings, by which all others are measured, could not be trained: {reason}")]
    Defaults {
        /// Why.
        reason: String,
    },
    /// What all is measured by scores nothing.
    #[error(
        "the default settings score 0 on {measure}, so that nothing can be measured relative to them: there is too \
         little to learn from or to ask for. Set its weight to 0 in [objective], or take more data"
    )]
    Zero {
        /// What was scored.
        measure: &'static str,
    },
    /// The best settings could not be trained again.
    #[error("trial {number}, the best, could not be trained again for the final score: {reason}")]
    Final {
        /// Its number.
        number: usize,
        /// Why.
        reason: String,
    },
    /// The budget did not reach for the defaults.
    #[error("the time was up before the default settings were trained and scored; give a larger --budget")]
    NoTime,
    /// The user asked to stop.
    #[error("interrupted; {trials} finished trials are kept. Run the same command again to go on")]
    Interrupted {
        /// Trials in the journal.
        trials: usize,
    },
}
