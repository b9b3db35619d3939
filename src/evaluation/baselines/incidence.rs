//! Who is in which playlist, by the roster's numbers.

use crate::corpus::Corpus;
use crate::evaluation::Roster;

/// The playlists of a corpus as sets of the roster's artists, and each artist's playlists.
#[derive(Clone, Debug)]
pub(crate) struct Incidence {
    artists: Lists,
    playlists: Lists,
}

/// Lists of numbers one after the other.
#[derive(Clone, Debug, Default)]
struct Lists {
    ends: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    fn get(&self, i: u32) -> &[u32] {
        let i = i as usize;
        let Some(&end) = self.ends.get(i) else { return &[] };
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.items[start..end]
    }
}

impl Incidence {
    /// Reads a corpus, whose artists are found in the roster by id or name; those that are not in it are left out.
    pub(crate) fn new(train: &Corpus, roster: &Roster) -> Self {
        let places = places(train, roster);
        let mut artists = Lists::default();
        let mut counts = vec![0_usize; roster.len()];
        let mut members = Vec::new();
        for playlist in 0..train.len() {
            members.clear();
            members.extend(train.playlist(playlist).iter().filter_map(|&artist| places[artist as usize]));
            members.sort_unstable();
            members.dedup();
            members.iter().for_each(|&artist| counts[artist as usize] += 1);
            artists.items.extend_from_slice(&members);
            artists.ends.push(artists.items.len());
        }
        // Starts of the lists, moved to their ends as the lists fill.
        let mut ends = Vec::with_capacity(counts.len());
        let mut sum = 0;
        for count in counts {
            ends.push(sum);
            sum += count;
        }
        let mut playlists = Lists { ends, items: vec![0; sum] };
        for playlist in 0..artists.ends.len() as u32 {
            for &artist in artists.get(playlist) {
                let end = &mut playlists.ends[artist as usize];
                playlists.items[*end] = playlist;
                *end += 1;
            }
        }
        Self { artists, playlists }
    }

    /// The number of artists in the roster.
    pub(crate) fn artists(&self) -> usize {
        self.playlists.ends.len()
    }

    /// The number of playlists.
    pub(super) fn playlists(&self) -> usize {
        self.artists.ends.len()
    }

    /// The artists of a playlist, each once, rising.
    pub(crate) fn artists_of(&self, playlist: u32) -> &[u32] {
        self.artists.get(playlist)
    }

    /// The playlists of an artist, rising.
    pub(crate) fn playlists_of(&self, artist: u32) -> &[u32] {
        self.playlists.get(artist)
    }
}

/// The place of each of the corpus's artists in the roster.
pub(super) fn places(train: &Corpus, roster: &Roster) -> Vec<Option<u32>> {
    train.artists.ids.iter().zip(&train.artists.names).map(|(id, name)| roster.find(id, name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::baselines::oracle::artists;

    #[test]
    fn playlists_are_sets_of_the_rosters_artists() {
        // The roster has them in another order, and does not know artist 3.
        let mut known = artists(3);
        known.names.reverse();
        let roster = Roster::new(known);
        let train = Corpus::in_memory(artists(4), &[vec![0, 1, 0, 3], vec![], vec![3], vec![2, 0]], &[]);
        let incidence = Incidence::new(&train, &roster);
        assert_eq!((incidence.artists(), incidence.playlists()), (3, 4));
        let expected: [&[u32]; 4] = [&[1, 2], &[], &[], &[0, 2]];
        assert!((0..4).all(|i| incidence.artists_of(i) == expected[i as usize]));
        let expected: [&[u32]; 3] = [&[3], &[0], &[0, 3]];
        assert!((0..3).all(|i| incidence.playlists_of(i) == expected[i as usize]));
        assert!(incidence.playlists_of(99).is_empty() && incidence.artists_of(99).is_empty());
    }

    #[test]
    fn two_spellings_of_one_artist_count_as_one() {
        let mut train = artists(2);
        train.names = vec!["Björk".into(), "bjork".into()];
        let train = Corpus::in_memory(train, &[vec![0, 1]], &[]);
        let mut known = artists(1);
        known.names = vec!["BJÖRK".into()];
        let incidence = Incidence::new(&train, &Roster::new(known));
        assert_eq!((incidence.artists_of(0), incidence.playlists_of(0)), ([0].as_slice(), [0].as_slice()));
    }
}
