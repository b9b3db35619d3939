//! Word2Vec on playlists: from a corpus to one vector an artist.
//!
//! Owns vocabulary, sampling, the schedule, the step functions and the model file. Must not know packs, the page or how
//! playlists were read.
//!
//! [`train`] is one schedule with two step functions: `reference` is gensim's update, one target at a time, small and
//! plain, the yardstick; `batched` is the same update over dense copies that many targets share.

mod batched;
mod kernel;
mod matrix;
mod model;
mod reference;
mod sampling;
mod schedule;
mod settings;
mod sigmoid;

pub use model::{MODEL, Model, TitleWords};
pub use schedule::train;
pub use settings::{
    MAX_NEGATIVE, MAX_VECTOR_SIZE, MAX_WINDOW, PARAMETERS, Parameter, Settings, StepFunction, parameter_names,
    read_settings,
};

/// Training could not begin or had to stop.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainingError {
    /// A setting is out of its range.
    #[error("{name} must be {range}")]
    Setting {
        /// The setting's name.
        name: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A setting that does not exist.
    #[error("there is no parameter {name}; the parameters are {}", parameter_names())]
    UnknownSetting {
        /// The name that was asked for.
        name: String,
    },
    /// There is nothing in the corpus.
    #[error("the corpus holds no playlists with artists; ingest some first")]
    EmptyCorpus,
    /// Two artists in one playlist are the least that can be learned from.
    #[error(
        "{kept} artists are mentioned {min_count} times or more, and no playlist has two of them; lower --min-count or \
         ingest more playlists"
    )]
    TooFewArtists {
        /// Artists left by `min_count`.
        kept: usize,
        /// The least number of mentions.
        min_count: u32,
    },
    /// The two matrices do not fit.
    #[error(
        "{artists} artists × {vector_size} numbers do not fit into memory; lower --vector-size or raise --min-count"
    )]
    Memory {
        /// Artists of the vocabulary.
        artists: usize,
        /// Numbers per artist.
        vector_size: usize,
    },
    /// Numbers grew beyond all bounds.
    #[error("training diverged in epoch {epoch}; nothing was written. Train again with an --alpha below {alpha}")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: u32,
        /// The first learning rate.
        alpha: f32,
    },
}
