//! Linear algebra that several rooms need: dot products of all pairs of rows, directions of rows, how they spread, eigenvectors of small
//! matrices and of large ones that are only known by their products.
//!
//! Knows nothing of artists or playlists.

mod directions;
mod dot_products;
mod eigen;
mod krylov;
mod moments;
mod principal_axes;

pub use directions::{centre, unit_rows};
pub use dot_products::dot_products;
pub use eigen::eigenvectors;
pub use krylov::{Eigenpairs, leading_eigenpairs};
pub use moments::second_moments;
pub use principal_axes::PrincipalAxes;
