//! Playlists on disk: reading every form in which people have them, and the corpus file that training streams from.
//!
//! Owns input formats, artist identity, the corpus file, which playlists are nearly the same, how a corpus is split,
//! words of titles, and the generator of artificial playlists. Must not know training, packs or the page.

mod artists;
mod duplicates;
mod file;
pub mod generate;
mod identity;
mod ingest;
mod inputs;
#[cfg(feature = "parquet")]
mod parquet;
mod playlist;
mod slice;
mod split;
mod spool;
mod titles;
mod tsv;
pub(crate) mod words;

pub use artists::Artists;
pub use duplicates::{NEAR_DUPLICATE, near_duplicates};
pub use file::{CORPUS, Corpus};
pub use identity::{Count, Identities};
pub use ingest::{Damage, IngestError, IngestReport, IngestSettings, ingest};
pub use split::{Side, Split, SplitError, SplitSettings, split, write_split};
pub use titles::{TitleVocabulary, TitleWord, title_words};
