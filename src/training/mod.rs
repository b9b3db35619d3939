//! Word2Vec on playlists: from a corpus to one vector an artist.
//!
//! Owns vocabulary, sampling, the schedule, the step functions and the model file. Must not know packs, the page or how
//! playlists were read.
//!
//! [`train`] is one schedule with three step functions: `reference` is gensim's update, one target at a time, small and
//! plain, the yardstick; `batched` is the same update over dense copies that many targets share; `tied` learns from
//! playlists as sets. All change one network: input vectors, and the output side of an objective, or of two.

mod batched;
mod checkpoint;
mod epochs;
mod huffman;
mod kernel;
mod matrix;
mod model;
mod network;
mod preset;
mod principal_axes;
mod reference;
mod roofline;
mod sampling;
mod schedule;
mod settings;
mod sigmoid;
mod tied;
mod trainer;
mod vocabulary;

pub use epochs::Epochs;
pub use model::{MODEL, Model, TitleWords};
pub use preset::Preset;
pub use roofline::{Roofline, Work, bandwidth, roofline, work};
pub use settings::{
    KernelChoice, MAX_NEGATIVE, MAX_VECTOR_SIZE, MAX_WINDOW, PARAMETERS, Parameter, Settings, StepFunction,
    parameter_names, read_settings,
};
pub use trainer::Trainer;

use std::path::{Path, PathBuf};

use crate::corpus::Corpus;
use crate::files::ArtefactError;
use crate::progress::Progress;

/// Learns one vector an artist from the playlists of a corpus; [`Trainer`] is the long form.
///
/// Every epoch goes through all playlists in a new random order. With one worker the result is the same bit for bit on
/// the same kind of machine; with several, threads race for the shared rows. Where `progress` is interrupted, what was
/// learned so far is returned, and its provenance says how many epochs that was.
///
/// # Errors
/// [`TrainingError`]: a setting out of range, too few artists, too little memory, or divergence.
pub fn train(corpus: &Corpus, settings: &Settings, progress: &dyn Progress) -> Result<Model, TrainingError> {
    Trainer::new(corpus).settings(settings.clone()).progress(progress).train()
}

/// Training could not begin or had to stop.
#[derive(Debug, thiserror::Error)]
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
    /// A setting of windows where there are none.
    #[error(
        "{name} means nothing to the tied step, which learns from whole playlists: leave it out, or choose --step batched"
    )]
    NotOfStep {
        /// The setting's name.
        name: &'static str,
    },
    /// A preset for windows where there are none.
    #[error(
        "the preset {preset} is Word2Vec with windows, which the tied step has not: leave one of --preset and --step out"
    )]
    PresetNotOfStep {
        /// The preset's name.
        preset: &'static str,
    },
    /// The processor lacks what was asked for.
    #[error(
        "this processor cannot run the kernel {kernel}; it can run {available}. Leave --kernel out for the fastest"
    )]
    Kernel {
        /// What was asked for.
        kernel: &'static str,
        /// What there is.
        available: String,
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
    /// What the threads compute in does not fit.
    #[error(
        "what {workers} threads compute in does not fit into memory; lower --workers, --negative, --vector-size or raise \
         --min-count"
    )]
    Buffers {
        /// The number of threads.
        workers: usize,
    },
    /// Numbers grew beyond all bounds.
    #[error(
        "training diverged in epoch {epoch}: its numbers grew beyond all bounds. Train again with an --alpha below \
         {alpha}{}", kept(.last_good.as_deref())
    )]
    Diverged {
        /// The epoch, counted from 1.
        epoch: u32,
        /// The first learning rate.
        alpha: f32,
        /// The last checkpoint before that, if any.
        last_good: Option<PathBuf>,
    },
    /// A checkpoint would be replaced.
    #[error(
        "{path} holds a training that was not finished: go on with it by --resume, or delete it to begin anew",
        path = path.display()
    )]
    CheckpointExists {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A checkpoint of another corpus.
    #[error(
        "{path} was written while training on another corpus; give that one, or delete it to begin anew",
        path = path.display()
    )]
    OtherCorpus {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A checkpoint of other settings.
    #[error(
        "{path} was written with {name} = {there:?}, not {here:?}; resume with the same settings, or delete it to begin \
         anew",
        path = path.display()
    )]
    OtherSettings {
        /// The checkpoint.
        path: PathBuf,
        /// The first setting that differs.
        name: String,
        /// Its value in the checkpoint; empty where there is none.
        there: String,
        /// Its value now.
        here: String,
    },
    /// The model to start from has vectors of another length.
    #[error("the model to start from has {model} numbers per artist, not {here}; add --vector-size {model}")]
    OtherDimensions {
        /// Numbers per artist in the model.
        model: usize,
        /// Numbers per artist in this training.
        here: usize,
    },
    /// The model to start from is no sound one.
    #[error(
        "the model to start from holds numbers that are infinite, NaN or beyond all bounds: its training diverged, or it \
         came from a damaged file. Start from another one"
    )]
    UnsoundStart,
    /// The model to start from is about others.
    #[error("the model to start from knows none of the corpus's artists; check that both belong together")]
    NothingKnown,
    /// A checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] ArtefactError),
}

/// Where the last good state is, as the end of a sentence.
fn kept(last_good: Option<&Path>) -> String {
    match last_good {
        Some(path) => format!(
            ". What was learned until shortly before is in {}: a model, from which --start-from goes on",
            path.display()
        ),
        None => "; nothing was written".to_owned(),
    }
}
