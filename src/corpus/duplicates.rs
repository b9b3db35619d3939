//! Playlists that are nearly the same: copies, and copies that somebody has edited a little.
//!
//! Owns the exact set-similarity join that finds them. Two playlists are near-duplicates where the Jaccard similarity of
//! their sets of distinct artists, |x ∩ y| / |x ∪ y|, reaches a threshold; groups are what such pairs connect.
//!
//! The join visits few pairs and misses none: where all sets are sorted from rare to frequent artists, two sets of
//! similarity t share an artist among their first |x| − ⌈t |x|⌉ + 1 (prefix filter: Bayardo, Ma & Srikant, "Scaling up all
//! pairs similarity search", 2007), the smaller has at least t times the elements of the larger (length filter), and what
//! stands behind the shared artist bounds their overlap (positional filter: Xiao, Wang, Lin & Yu, "Efficient similarity
//! joins for near duplicate detection" (PPJoin), 2008).

use std::collections::HashMap;

use crate::progress::Progress;

use super::file::Corpus;

/// The similarity from which on playlists count as near-duplicates where nobody says otherwise: of ten different artists
/// one was exchanged, or two were added.
pub const NEAR_DUPLICATE: f64 = 0.8;

/// Filters give way by this much, so that rounding never drops a pair; what decides is the exact quotient.
const SLACK: f64 = 1e-9;

/// Says for every playlist which group of near-duplicates it belongs to: the index of the group's first playlist.
///
/// `threshold` is a Jaccard similarity above 0, at most 1; what lies outside is moved to the nearest such number. With 1
/// only playlists of the very same artists are a group. A playlist without artists is a group of its own. `None` where
/// the user interrupts. The result does not depend on the order in which pairs are found.
pub fn near_duplicates(corpus: &Corpus, threshold: f64, progress: &dyn Progress) -> Option<Vec<u32>> {
    progress.stage("duplicates", Some(corpus.len() as u64));
    let threshold = threshold.clamp(SLACK, 1.0);
    let mut groups = Groups::new(corpus.len());
    let sets = distinct_sets(corpus, &mut groups, progress)?;
    join(&sets, threshold, &mut groups, progress)?;
    Some((0..corpus.len() as u32).map(|i| groups.root(i)).collect())
}

/// A set of artists, and the first playlist that has it.
struct Set {
    /// Distinct artists, the least popular (largest index) first.
    artists: Box<[u32]>,
    playlist: u32,
}

/// Every different set of artists once, from small to large; playlists of the same set become one group. Copies are by far
/// the most frequent near-duplicates, and many copies of one playlist would be as many squared pairs.
fn distinct_sets(corpus: &Corpus, groups: &mut Groups, progress: &dyn Progress) -> Option<Vec<Set>> {
    let mut first: HashMap<Box<[u32]>, u32> = HashMap::new();
    let mut set = Vec::new();
    for i in 0..corpus.len() {
        if i % 1024 == 0 && progress.interrupted() {
            return None;
        }
        set.clear();
        set.extend_from_slice(corpus.playlist(i));
        set.sort_unstable_by(|a, b| b.cmp(a));
        set.dedup();
        if set.is_empty() {
            progress.advance(1);
            continue;
        }
        match first.get(set.as_slice()) {
            Some(&same) => {
                groups.unite(same, i as u32);
                progress.advance(1);
            }
            None => {
                first.insert(set.as_slice().into(), i as u32);
            }
        }
    }
    let mut sets: Vec<Set> = first.into_iter().map(|(artists, playlist)| Set { artists, playlist }).collect();
    sets.sort_unstable_by_key(|set| (set.artists.len(), set.playlist));
    Some(sets)
}

/// Unites the playlists of all pairs of sets whose similarity reaches the threshold. `sets` stand from small to large.
fn join(sets: &[Set], threshold: f64, groups: &mut Groups, progress: &dyn Progress) -> Option<()> {
    let at_least = |x: f64| (x - SLACK).ceil().max(1.0) as usize;
    let artists = sets.iter().filter_map(|set| set.artists.first()).max().map_or(0, |&artist| artist as usize + 1);
    // For each artist the sets so far that have it in their prefix, and where. Sets grow, so those that have become too
    // small stand in front, and `live` says how many.
    let mut index: Vec<Vec<(u32, u32)>> = vec![Vec::new(); artists];
    let mut live = vec![0_usize; artists];
    // Of each smaller set: how many artists it shares with this one so far; `IMPOSSIBLE` where too few are left.
    const IMPOSSIBLE: u32 = u32::MAX;
    let mut shared = vec![0_u32; sets.len()];
    let mut candidates: Vec<u32> = Vec::new();
    for (number, x) in sets.iter().enumerate() {
        if number % 64 == 0 && progress.interrupted() {
            return None;
        }
        let size = x.artists.len();
        let smallest = at_least(threshold * size as f64);
        let prefix = size - smallest.min(size) + 1;
        for (i, &artist) in x.artists[..prefix].iter().enumerate() {
            let list = &index[artist as usize];
            let live = &mut live[artist as usize];
            while list.get(*live).is_some_and(|&(y, _)| sets[y as usize].artists.len() < smallest) {
                *live += 1;
            }
            for &(y, j) in &list[*live..] {
                let count = &mut shared[y as usize];
                if *count == IMPOSSIBLE {
                    continue;
                }
                if *count == 0 {
                    candidates.push(y);
                }
                let other = sets[y as usize].artists.len();
                let needed = at_least(threshold / (1.0 + threshold) * (size + other) as f64);
                let left = 1 + (size - i - 1).min(other - j as usize - 1);
                *count = if *count as usize + left >= needed { *count + 1 } else { IMPOSSIBLE };
            }
        }
        for y in candidates.drain(..) {
            let possible = std::mem::take(&mut shared[y as usize]) != IMPOSSIBLE;
            let y = &sets[y as usize];
            if possible
                && groups.root(x.playlist) != groups.root(y.playlist)
                && jaccard(&x.artists, &y.artists) >= threshold
            {
                groups.unite(x.playlist, y.playlist);
            }
        }
        // No larger set follows whose partner this one could be by less than this: a shorter prefix is enough to be found.
        let indexed = size - at_least(2.0 * threshold / (1.0 + threshold) * size as f64).min(size) + 1;
        for (i, &artist) in x.artists[..indexed].iter().enumerate() {
            index[artist as usize].push((number as u32, i as u32));
        }
        progress.advance(1);
    }
    Some(())
}

/// |x ∩ y| / |x ∪ y| of two sets, each in falling order; 1 where both are empty.
fn jaccard(x: &[u32], y: &[u32]) -> f64 {
    let (mut i, mut j, mut shared) = (0, 0, 0_usize);
    while let (Some(a), Some(b)) = (x.get(i), y.get(j)) {
        shared += usize::from(a == b);
        i += usize::from(a >= b);
        j += usize::from(b >= a);
    }
    let all = x.len() + y.len() - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}

/// Union-find whose roots are the smallest members.
struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    fn new(length: usize) -> Self {
        Self { parents: (0..length as u32).collect() }
    }

    fn root(&mut self, mut member: u32) -> u32 {
        // Path halving.
        while self.parents[member as usize] != member {
            let above = self.parents[self.parents[member as usize] as usize];
            self.parents[member as usize] = above;
            member = above;
        }
        member
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::Artists;
    use crate::progress::Silent;

    fn corpus(playlists: &[Vec<u32>]) -> Corpus {
        let most = playlists.iter().flatten().max().map_or(0, |&artist| artist + 1);
        let artists = Artists {
            names: (0..most).map(|i| format!("artist {i}")).collect(),
            ids: vec![String::new(); most as usize],
            mentions: vec![1; most as usize],
        };
        Corpus::in_memory(artists, playlists, &[])
    }

    /// By comparing all pairs until nothing changes.
    fn by_all_pairs(playlists: &[Vec<u32>], threshold: f64) -> Vec<u32> {
        let sets: Vec<std::collections::BTreeSet<u32>> =
            playlists.iter().map(|playlist| playlist.iter().copied().collect()).collect();
        let mut groups: Vec<u32> = (0..sets.len() as u32).collect();
        loop {
            let before = groups.clone();
            for i in 0..sets.len() {
                for j in 0..i {
                    let shared = sets[i].intersection(&sets[j]).count() as f64;
                    let all = sets[i].union(&sets[j]).count() as f64;
                    if all > 0.0 && shared / all >= threshold {
                        let smaller = groups[i].min(groups[j]);
                        (groups[i], groups[j]) = (smaller, smaller);
                    }
                }
            }
            if before == groups {
                return groups;
            }
        }
    }

    #[test]
    fn copies_and_small_edits_are_found() {
        let ten: Vec<u32> = (0..10).collect();
        let playlists = vec![
            ten.clone(),
            vec![20, 21],
            ten.iter().rev().chain(&[3, 3]).copied().collect(),
            (0..9).chain([30]).collect(),
            (0..8).collect(),
            vec![],
            (0..7).collect(),
            vec![],
            vec![21, 20, 21],
        ];
        // 9 of 11 artists are shared by the first and the fourth, 8 of 10 by the first and the fifth, 7 of 8 then.
        let groups = near_duplicates(&corpus(&playlists), NEAR_DUPLICATE, &Silent).unwrap();
        assert_eq!(groups, [0, 1, 0, 0, 0, 5, 0, 7, 1]);
        let same = near_duplicates(&corpus(&playlists), 1.0, &Silent).unwrap();
        assert_eq!(same, [0, 1, 0, 3, 4, 5, 6, 7, 1]);
        assert_eq!(near_duplicates(&corpus(&[]), NEAR_DUPLICATE, &Silent).unwrap(), [0; 0]);
    }

    #[test]
    fn the_user_may_stop_it() {
        struct Stopped;
        impl Progress for Stopped {
            fn stage(&self, _: &str, _: Option<u64>) {}
            fn advance(&self, _: u64) {}
            fn message(&self, _: &str) {}
            fn interrupted(&self) -> bool {
                true
            }
        }
        assert_eq!(near_duplicates(&corpus(&[vec![1]]), NEAR_DUPLICATE, &Stopped), None);
    }

    proptest! {
        #[test]
        fn no_pair_is_missed(
            // Few artists and sizes, so that many pairs lie just at, above and below the threshold.
            playlists in prop::collection::vec(prop::collection::vec(0..14_u32, 0..12), 0..24),
            threshold in prop::sample::select(vec![0.3, 0.5, 0.6, 2.0 / 3.0, 0.75, 0.8, 0.9, 1.0]),
        ) {
            let groups = near_duplicates(&corpus(&playlists), threshold, &Silent).unwrap();
            prop_assert_eq!(groups, by_all_pairs(&playlists, threshold));
        }
    }
}
