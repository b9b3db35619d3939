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
/// cos(i, j) = playlists with both / √(playlists with i · playlists with j), and a playlist is continued by the artists of
/// the largest Σ over visible i of cos(i, j). Nothing is cut to the nearest neighbours. Rows of the matrix of cosines are
/// computed when they are asked for, from each artist's playlists and their artists: memory grows with the mentions, not
/// with pairs of artists. Artists who share no playlist with any of those asked for are not recommended.
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
