//! Word2Vec on playlists: from a corpus to one vector an artist.
//!
//! Owns vocabulary, sampling, the schedule, the step functions and the model file. Must not know packs, the page or how
//! playlists were read.
//!
//! [`train`] is one schedule with two step functions: `reference` is gensim's update, one target at a time, small and
//! plain, the yardstick; `batched` is the same update over dense copies that many targets share. Both change one network:
//! input vectors, and the output side of negative sampling, of hierarchical softmax, or of both.

mod batched;
mod epochs;
mod huffman;
mod kernel;
mod matrix;
mod model;
mod network;
mod preset;
mod reference;
mod sampling;
mod schedule;
mod settings;
mod sigmoid;
mod vocabulary;

pub use epochs::Epochs;
pub use model::{MODEL, Model, TitleWords};
pub use preset::Preset;
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
    /// Neither objective was chosen.
    #[error(
        "negative is 0 and hs is 0, so there is nothing to learn from: set negative to 1 or more (negative sampling), or hs \
         to 1 (hierarchical softmax)"
    )]
    NoObjective,
    /// The step knows a part of the family only.
    #[error("the batched step cannot learn with {setting} yet; add --step reference")]
    BatchedCannot {
        /// The setting that it does not know.
        setting: &'static str,
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
        "{kept} artists are mentioned {min_count} times or more, and no playlist has two of them; lower --min-count, raise \
         --max-final-vocab and --max-vocab-size where given, or ingest more playlists"
    )]
    TooFewArtists {
        /// Artists left in the vocabulary.
        kept: usize,
        /// The least number of mentions: `min-count`, or more where the vocabulary's size is limited.
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
