//! Word2Vec on playlists: from a corpus to one vector an artist.
//!
//! Owns vocabulary, sampling, the schedule, the step functions and the model file. Must not know packs, the page or how
//! playlists were read.

mod model;

pub use model::{MODEL, Model, ModelError};
