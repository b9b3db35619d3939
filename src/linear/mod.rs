//! Linear algebra that several rooms need: dot products of all pairs of rows, eigenvectors of small matrices.
//!
//! Knows nothing of artists or playlists.

mod dot_products;
mod eigen;

pub use dot_products::dot_products;
pub use eigen::eigenvectors;
