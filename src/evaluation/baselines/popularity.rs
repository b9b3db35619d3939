//! The same list for everyone.

use super::incidence::places;
use crate::corpus::Corpus;
use crate::evaluation::{Recommender, Roster};
use crate::progress::Progress;

/// Recommends the artists that are mentioned most in the training playlists, whatever is asked.
#[derive(Clone, Debug)]
pub struct Popularity {
    /// Artists with any mention, most mentioned first.
    order: Vec<u32>,
}

impl Popularity {
    /// Counts mentions, repeats inside a playlist too.
    pub fn new(train: &Corpus, roster: &Roster) -> Self {
        let mut mentions = vec![0_u64; roster.len()];
        for (place, &count) in places(train, roster).into_iter().zip(&train.artists.mentions) {
            if let Some(place) = place {
                mentions[place as usize] += u64::from(count);
            }
        }
        let mut order: Vec<u32> = (0..roster.len() as u32).filter(|&artist| mentions[artist as usize] > 0).collect();
        order.sort_by_key(|&artist| (std::cmp::Reverse(mentions[artist as usize]), artist));
        Self { order }
    }

    fn best_but(&self, left_out: &[u32], k: usize) -> Vec<u32> {
        self.order.iter().filter(|artist| !left_out.contains(artist)).take(k).copied().collect()
    }
}

impl Recommender for Popularity {
    fn name(&self) -> &str {
        "popularity"
    }

    fn similar(&self, artists: &[u32], k: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        Some(artists.iter().map(|artist| self.best_but(&[*artist], k)).collect())
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        Some(playlists.iter().map(|playlist| self.best_but(playlist, k)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::baselines::oracle::artists;
    use crate::progress::Silent;

    #[test]
    fn everyone_gets_the_most_mentioned_of_the_training_playlists() {
        let mut mentioned = artists(4);
        mentioned.mentions = vec![5, 9, 0, 5];
        let popularity = Popularity::new(&Corpus::in_memory(mentioned, &[], &[]), &Roster::new(artists(5)));
        assert_eq!(popularity.similar(&[1, 2], 2, &Silent).unwrap(), [[0, 3], [1, 0]]);
        assert_eq!(popularity.continuations(&[vec![0, 4], vec![]], 9, &Silent).unwrap(), [vec![1, 3], vec![1, 0, 3]]);
        let nobody = Popularity::new(&Corpus::in_memory(artists(0), &[], &[]), &Roster::new(artists(0)));
        assert_eq!(nobody.continuations(&[vec![0]], 9, &Silent).unwrap(), [[0; 0]]);
    }
}
