//! Facts about artists from services on the web, kept in a cache: related artists, genres, pictures, followers.
//!
//! Owns the services' shapes (one file a source), politeness, and the cache. Must not know training or packs. The one room
//! that talks to the network.

pub mod cache;
mod source;

pub use cache::{Cache, CacheError, Facts, Origin, Picture, RelatedArtist, RelatedRow};
pub use source::{Key, Source, What};
