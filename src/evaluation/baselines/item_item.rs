//! Artists that stand in the same playlists.

use rayon::prelude::*;

use super::incidence::Incidence;
use crate::corpus::Corpus;
use crate::evaluation::best::Best;
use crate::evaluation::{Recommender, Roster};
use crate::progress::Progress;

/// Queries that one task answers with the same scratch memory.
const QUERIES: usize = 16;

/// Item-item cosine: artists are as similar as their columns of the playlist–artist incidence matrix (Sarwar, Karypis,
/// Konstan & Riedl 2001; Deshpande & Karypis 2004).
///
/// cos(i, j) = playlists with both / √(playlists with i · playlists with j), and a playlist is continued by the artists
/// of the largest Σ over visible i of cos(i, j). Nothing is cut to the nearest neighbours. Rows of the matrix of
/// cosines are computed when they are asked for, from each artist's playlists and their artists: memory grows with the
/// mentions, not with pairs of artists. Artists who share no playlist with any of those asked for are not recommended.
#[derive(Clone, Debug)]
pub struct ItemItem {
    incidence: Incidence,
}

impl ItemItem {
    /// Reads the training playlists.
    pub fn new(train: &Corpus, roster: &Roster) -> Self {
        Self { incidence: Incidence::new(train, roster) }
    }

    fn answer(&self, queries: &[&[u32]], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let task = |queries: &[&[u32]]| -> Option<Vec<Vec<u32>>> {
            let mut scratch = Scratch::new(&self.incidence);
            let mut answers = Vec::with_capacity(queries.len());
            for query in queries {
                if progress.interrupted() {
                    return None;
                }
                answers.push(scratch.best(&self.incidence, query, k));
                progress.advance(1);
            }
            Some(answers)
        };
        let tasks: Vec<Vec<Vec<u32>>> = queries.par_chunks(QUERIES).map(task).collect::<Option<_>>()?;
        Some(tasks.into_iter().flatten().collect())
    }
}

/// Dense sums of one query, cleared by the places that it touched.
struct Scratch {
    weights: Vec<f64>,
    touched_playlists: Vec<u32>,
    scores: Vec<f64>,
    touched_artists: Vec<u32>,
}

impl Scratch {
    fn new(incidence: &Incidence) -> Self {
        Self {
            weights: vec![0.0; incidence.playlists()],
            touched_playlists: Vec::new(),
            scores: vec![0.0; incidence.artists()],
            touched_artists: Vec::new(),
        }
    }

    /// Σ over visible i of cos(i, j) = (1/√n_j) Σ over playlists p with j of w_p, where w_p = Σ over visible i in p of
    /// 1/√n_i: each playlist is walked once, however many of the visible artists it holds.
    fn best(&mut self, incidence: &Incidence, visible: &[u32], k: usize) -> Vec<u32> {
        for &artist in visible {
            let playlists = incidence.playlists_of(artist);
            for &playlist in playlists {
                let weight = &mut self.weights[playlist as usize];
                if *weight == 0.0 {
                    self.touched_playlists.push(playlist);
                }
                *weight += 1.0 / (playlists.len() as f64).sqrt();
            }
        }
        for playlist in self.touched_playlists.drain(..) {
            let weight = std::mem::take(&mut self.weights[playlist as usize]);
            for &artist in incidence.artists_of(playlist) {
                let score = &mut self.scores[artist as usize];
                if *score == 0.0 {
                    self.touched_artists.push(artist);
                }
                *score += weight;
            }
        }
        self.touched_artists.sort_unstable();
        let mut best = Best::new(k.min(incidence.artists()));
        for artist in self.touched_artists.drain(..) {
            let sum = std::mem::take(&mut self.scores[artist as usize]);
            let score = (sum / (incidence.playlists_of(artist).len() as f64).sqrt()) as f32;
            if score > best.floor() && !visible.contains(&artist) {
                best.push(score, artist);
            }
        }
        best.into_sorted().into_iter().map(|(_, artist)| artist).collect()
    }
}

impl Recommender for ItemItem {
    fn name(&self) -> &str {
        "item-item cosine"
    }

    fn similar(&self, artists: &[u32], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let queries: Vec<&[u32]> = artists.iter().map(std::slice::from_ref).collect();
        progress.stage("similar artists", Some(queries.len() as u64));
        self.answer(&queries, k, progress)
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let queries: Vec<&[u32]> = playlists.iter().map(Vec::as_slice).collect();
        progress.stage("continuations", Some(queries.len() as u64));
        self.answer(&queries, k, progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::baselines::oracle::{Oracle, artists};
    use crate::progress::Silent;

    #[test]
    fn cosines_are_scikit_learns() {
        let oracle = Oracle::read();
        let model = ItemItem::new(&oracle.corpus(), &oracle.roster());
        let all: Vec<u32> = (0..oracle.artists as u32).collect();
        // A list is right where scores fall along it, and where nobody left out scores more than the last.
        let check = |asked: &[u32], list: &[u32], k: usize| {
            let score = |j: u32| asked.iter().map(|&i| oracle.of_pair(&oracle.item_item, i, j)).sum::<f64>();
            let scores: Vec<f64> = list.iter().map(|&j| score(j)).collect();
            assert!(scores.windows(2).all(|pair| pair[0] > pair[1] - 1e-6), "{asked:?} {scores:?}");
            let left_out = all.iter().filter(|j| !asked.contains(j) && !list.contains(j)).map(|&j| score(j));
            let best_left_out = left_out.fold(0.0, f64::max);
            let worst = if list.len() < k { 0.0 } else { scores[k - 1] };
            assert!(best_left_out <= worst + 1e-6 && list.iter().all(|j| !asked.contains(j)), "{asked:?}");
            assert!(scores.iter().all(|&score| score > 0.0));
        };
        for (artist, list) in all.iter().zip(model.similar(&all, 10, &Silent).unwrap()) {
            check(&[*artist], &list, 10);
        }
        let playlists = vec![vec![0, 5, 9], vec![77, 3, 40, 41, 42], vec![79, 1], (0..60).collect()];
        for (playlist, list) in playlists.iter().zip(model.continuations(&playlists, 50, &Silent).unwrap()) {
            check(playlist, &list, 50);
        }
        // Artist 78 is always alone, 79 in no playlist.
        let lists = model.continuations(&[vec![78], vec![79], vec![]], 5, &Silent).unwrap();
        assert_eq!(lists, [[0; 0]; 3]);
    }

    #[test]
    fn ties_go_to_the_smaller_index() {
        let train = Corpus::in_memory(artists(5), &[vec![4, 2, 0, 3]], &[]);
        let model = ItemItem::new(&train, &Roster::new(artists(5)));
        assert_eq!(model.similar(&[2, 1], 2, &Silent).unwrap(), [vec![0, 3], vec![]]);
        let nobody = ItemItem::new(&Corpus::in_memory(artists(0), &[], &[]), &Roster::new(artists(0)));
        assert_eq!(nobody.similar(&[0], 2, &Silent).unwrap(), [[0; 0]]);
    }
}
