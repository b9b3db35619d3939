//! What a corpus looks like: counts, distributions, words, duplicates.
//!
//! Owns the numbers of `artist2vec analyze` and the report about them. Must not know training or packs.
