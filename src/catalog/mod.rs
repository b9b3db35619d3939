//! The heart: what a pack holds, and every question asked of it.
//!
//! Owns the format, the vectors' codes, the scan, the arithmetic and the search by name. Must not know files, network,
//! threads, clocks or any platform: bytes come in, answers go out, and the same bytes give the same answers everywhere.
//! Ties are broken by id; scores are fixed sequences of f32 operations.

pub mod container;
pub mod metadata;
pub mod questions;

mod aligned;
mod blocks;
mod content;
mod crc32;
mod entropy;
mod error;
mod kernel;
mod manifest;
mod names;
mod pack;
mod parts;
mod quantise;
mod query;
mod search;
mod strings;
mod top;
mod transliterate;
#[rustfmt::skip]
mod unicode_tables;
mod vectors;

pub use aligned::AlignedBytes;
pub use content::{EncodedPack, FIRST_BLOCK, NEXT_BLOCK, PackContent, WordContent};
pub use error::{FormatError, PackError};
pub use manifest::{MANIFEST_FILE, MAX_PART, Manifest, ManifestError, PartEntry, is_web_page, sha256_hex, sha256_u64};
pub use names::fold;
pub use pack::{Pack, PackMetadata, QuantisationLoss};
pub use parts::{MAX_PICTURE_LINK, MAX_THUMBNAIL, PACK, Role};
pub use quantise::{COMPACT_STEP, FINE_STEP, norm};
pub use query::{ArtistId, Neighbour, QueryError};
pub use search::{MatchKind, NameIndex, NameMatch, search_names};
pub use strings::{Strings, encode_strings};

#[cfg(target_endian = "big")]
compile_error!("columns are little-endian and used where they lie: big-endian machines are not supported");
