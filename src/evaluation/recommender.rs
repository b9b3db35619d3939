//! Whatever answers the two questions that are scored.

use crate::progress::Progress;

/// Answers "who is similar?" and "who else belongs in this playlist?" about the artists of a roster.
///
/// Lists are best first, hold no artist twice, and break ties by the smaller index, so that every run gives the same. Where
/// `progress` is interrupted, methods return `None`.
pub trait Recommender: Sync {
    /// The name in tables and reports.
    fn name(&self) -> &str;

    /// The `k` artists most similar to each of `artists`, itself left out; shorter or empty where it knows fewer.
    fn similar(&self, artists: &[u32], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>>;

    /// The `k` artists that best continue each playlist, given by its distinct visible artists, those left out.
    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>>;
}
