//! How many playlists artists share: evidence that a pack can carry.

use rayon::prelude::*;

use crate::catalog::ArtistId;
use crate::corpus::{Artists, Corpus};
use crate::evaluation::Roster;
use crate::evaluation::baselines::Incidence;
use crate::progress::Progress;

/// Fewer than this say nothing that a visitor should read.
const FEWEST: u32 = 2;

/// Artists that one task counts with the same scratch memory.
const ARTISTS: usize = 64;

/// For each artist the `most` others with whom it shares most playlists, two at least, most first, ties to the more mentioned;
/// `None` where the user interrupts.
pub(super) fn count(
    corpus: &Corpus,
    artists: &Artists,
    most: usize,
    progress: &dyn Progress,
) -> Option<Vec<Vec<(ArtistId, u32)>>> {
    let incidence = Incidence::new(corpus, &Roster::new(artists.clone()));
    let all: Vec<ArtistId> = (0..artists.len() as ArtistId).collect();
    progress.stage("together", Some(all.len() as u64));
    let task = |artists: &[ArtistId]| -> Option<Vec<Vec<(ArtistId, u32)>>> {
        let mut counts = vec![0_u32; incidence.artists()];
        let mut lists = Vec::with_capacity(artists.len());
        for &artist in artists {
            if progress.interrupted() {
                return None;
            }
            let mut met = Vec::new();
            for &playlist in incidence.playlists_of(artist) {
                for &other in incidence.artists_of(playlist).iter().filter(|&&other| other != artist) {
                    if counts[other as usize] == 0 {
                        met.push(other);
                    }
                    counts[other as usize] += 1;
                }
            }
            let mut list: Vec<(ArtistId, u32)> =
                met.into_iter().map(|other| (other, std::mem::take(&mut counts[other as usize]))).collect();
            list.retain(|&(_, count)| count >= FEWEST);
            list.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            list.truncate(most);
            lists.push(list);
            progress.advance(1);
        }
        Some(lists)
    };
    let lists: Vec<_> = all.par_chunks(ARTISTS).map(task).collect::<Option<_>>()?;
    Some(lists.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn shared_playlists_are_counted_once_each() {
        let artists = Artists {
            names: ["a", "b", "c", "d"].map(String::from).to_vec(),
            ids: vec![String::new(); 4],
            mentions: vec![4, 3, 2, 1],
        };
        let playlists = [vec![0, 1, 0, 1], vec![0, 1, 2], vec![2, 0, 3], vec![1, 0]];
        let corpus = Corpus::in_memory(artists.clone(), &playlists, &[]);
        let lists = count(&corpus, &artists, 5, &Silent).unwrap();
        assert_eq!(lists, [vec![(1, 3), (2, 2)], vec![(0, 3)], vec![(0, 2)], vec![]]);
        assert_eq!(count(&corpus, &artists, 1, &Silent).unwrap()[0], [(1, 3)]);
    }
}
