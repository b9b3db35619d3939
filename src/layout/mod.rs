//! The map: a place in 3-D space for every artist, so that similar artists lie together.
//!
//! Owns UMAP, from the exact neighbour graph to the optimised positions, and the layout file. Must not know playlists,
//! packs, the page or how the vectors were trained.

mod file;

pub use file::{LAYOUT, Layout, LayoutFileError, model_digest};
