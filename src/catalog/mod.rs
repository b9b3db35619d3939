//! The heart: what a pack holds, and every question asked of it.
//!
//! Owns the format, the vectors' codes, the scan, the arithmetic and the search by name. Must not know files, network,
//! threads, clocks or any platform: bytes come in, answers go out, and the same bytes give the same answers everywhere.
//! Ties are broken by id; scores are fixed sequences of f32 operations.

pub mod container;
pub mod metadata;

mod aligned;
mod crc32;
mod error;
mod kernel;
mod manifest;
mod names;
mod pack;
mod quantise;
mod query;
mod search;
mod strings;
#[rustfmt::skip]
mod unicode_tables;

pub use aligned::AlignedBytes;
pub use error::FormatError;
pub use manifest::{MANIFEST_FILE, Manifest, ManifestError, sha256_hex, sha256_u64};
pub use names::fold;
pub use pack::{MAX_PICTURE_LINK, MAX_THUMBNAIL, PACK, Pack, PackContent, PackMetadata, QuantisationLoss};
pub use quantise::{Quantised, norm, quantise};
pub use query::{ArtistId, Neighbour, QueryError, Term};
pub use strings::{Strings, encode_strings};

#[cfg(target_endian = "big")]
compile_error!("columns are little-endian and used where they lie: big-endian machines are not supported");
