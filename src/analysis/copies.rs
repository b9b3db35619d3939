//! Playlists that stand there more than once.

use std::cmp::Reverse;
use std::collections::HashSet;

use serde::Serialize;

use crate::corpus::{Corpus, NEAR_DUPLICATE, near_duplicates};
use crate::progress::Progress;

/// Playlists that stand there more than once, of those that mention anybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Copies {
    /// Playlists beyond the first of those with the same mentions in the same order.
    pub same_sequence: u64,
    /// Playlists beyond the first of those with the same artists, whatever the order and the repeats.
    pub same_artists: u64,
    /// Playlists beyond the first of their group of near-duplicates.
    pub near: u64,
    /// The Jaccard similarity of the sets of artists from which on two playlists are near-duplicates.
    pub threshold: f64,
    /// Groups of two or more near-duplicates.
    pub groups: u64,
    /// Playlists in them.
    pub playlists: u64,
    /// The largest groups, at most twenty, ties by the first playlist.
    pub largest: Vec<Group>,
}

/// A group of near-duplicates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Playlists in it.
    pub playlists: u64,
    /// The first one's number in the corpus, from 0.
    pub first: usize,
    /// The first one's title.
    pub title: String,
    /// The first one's first different artists, at most five.
    pub artists: Vec<String>,
    /// How many different artists the first one has.
    pub different_artists: usize,
}

/// Groups that are listed.
const LARGEST: usize = 20;
/// Artists that are named.
const NAMED: usize = 5;

/// Finds copies; `None` where the user interrupts.
pub(super) fn find(corpus: &Corpus, progress: &dyn Progress) -> Option<Copies> {
    let near = near_duplicates(corpus, NEAR_DUPLICATE, progress)?;
    let same = near_duplicates(corpus, 1.0, progress)?;
    let beyond_first =
        |groups: &[u32]| groups.iter().enumerate().filter(|&(i, &group)| i != group as usize).count() as u64;
    let filled = || (0..corpus.len()).map(|i| corpus.playlist(i)).filter(|playlist| !playlist.is_empty());
    let different: HashSet<&[u32]> = filled().collect();
    let mut sizes = vec![0_u64; corpus.len()];
    near.iter().for_each(|&group| sizes[group as usize] += 1);
    let mut groups: Vec<usize> = (0..corpus.len()).filter(|&i| sizes[i] > 1).collect();
    let playlists = groups.iter().map(|&first| sizes[first]).sum();
    groups.sort_by_key(|&first| Reverse(sizes[first]));
    let largest = groups.iter().take(LARGEST).map(|&first| {
        let (mut artists, mut seen) = (corpus.playlist(first).to_vec(), HashSet::new());
        artists.retain(|&artist| seen.insert(artist));
        let names = artists.iter().take(NAMED).map(|&artist| corpus.artists.names[artist as usize].clone());
        Group {
            playlists: sizes[first],
            first,
            title: corpus.title(first).to_owned(),
            artists: names.collect(),
            different_artists: artists.len(),
        }
    });
    Some(Copies {
        same_sequence: (filled().count() - different.len()) as u64,
        same_artists: beyond_first(&same),
        near: beyond_first(&near),
        threshold: NEAR_DUPLICATE,
        groups: groups.len() as u64,
        playlists,
        largest: largest.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;
    use crate::progress::Silent;

    #[test]
    fn copies_are_counted_by_how_much_they_agree() {
        let artists = Artists {
            names: (0..8).map(|i| format!("n{i}")).collect(),
            ids: vec![String::new(); 8],
            mentions: vec![9; 8],
        };
        let playlists = [
            vec![0, 1, 2, 3],
            vec![0, 1, 2, 3],
            vec![3, 2, 2, 1, 0],
            vec![0, 1, 2, 3, 4],
            vec![],
            vec![],
            vec![6, 6, 5],
            vec![5, 6],
        ];
        let titles = ["first", "", "", "", "", "", "pair"].map(String::from);
        let copies = find(&Corpus::in_memory(artists, &playlists, &titles), &Silent).unwrap();
        assert_eq!((copies.same_sequence, copies.same_artists, copies.near), (1, 3, 4));
        assert_eq!((copies.groups, copies.playlists), (2, 6));
        let [first, pair] = &copies.largest[..] else { panic!("{copies:?}") };
        assert_eq!((first.playlists, first.first, first.title.as_str(), first.different_artists), (4, 0, "first", 4));
        assert_eq!((pair.playlists, pair.first, pair.artists.join(" ")), (2, 6, "n6 n5".into()));
    }
}
