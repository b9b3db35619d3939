//! The best of many scores, kept while a scan goes on.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::query::Neighbour;

/// The best so far, at most `limit` of them.
pub(super) struct Best {
    limit: usize,
    /// Only scores above it can still enter: ids rise during the scan, so an equal score comes too late.
    pub(super) threshold: f32,
    heap: BinaryHeap<Worst>,
}

/// Ordered so that the heap's top is the worst answer: the lowest score and, among equals, the largest id.
#[derive(PartialEq)]
struct Worst(Neighbour);

impl Eq for Worst {}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.artist.cmp(&other.0.artist))
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    /// Keeps at most `limit`.
    pub(super) fn new(limit: usize) -> Self {
        let threshold = if limit == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { limit, threshold, heap: BinaryHeap::new() }
    }

    /// Takes an answer whose score is above [`Self::threshold`], in the order of ids.
    pub(super) fn offer(&mut self, neighbour: Neighbour) {
        if self.heap.len() == self.limit {
            self.heap.pop();
        }
        self.heap.push(Worst(neighbour));
        if self.heap.len() == self.limit {
            self.threshold = self.heap.peek().map_or(self.threshold, |worst| worst.0.score);
        }
    }

    /// Best first.
    pub(super) fn into_sorted(self) -> Vec<Neighbour> {
        self.heap.into_sorted_vec().into_iter().map(|worst| worst.0).collect()
    }
}
