//! What lists of neighbours say together: how far two recommenders agree, and whether a few artists are everyone's
//! neighbours.

use serde::Serialize;

use super::metrics::gini;
use super::statistics::skewness;
use super::{Recommender, Vectors};
use crate::progress::Progress;

/// The `k` most similar artists of every artist of the roster, in its order; `None` where `progress` is interrupted.
pub fn all_neighbours(
    recommender: &dyn Recommender,
    artists: usize,
    k: usize,
    progress: &dyn Progress,
) -> Option<Vec<Vec<u32>>> {
    recommender.similar(&(0..artists as u32).collect::<Vec<_>>(), k, progress)
}

/// Overlap of two recommenders' neighbours, one value an artist: neighbours that both lists hold / the longer's length,
/// of the first `k` each. `None` for an artist that either does not know.
///
/// Between two seeds of the same training this is its stability, between a pack and its model the cost of quantisation.
pub fn agreement(a: &[Vec<u32>], b: &[Vec<u32>], k: usize) -> Vec<Option<f64>> {
    let overlap = |(a, b): (&Vec<u32>, &Vec<u32>)| {
        let (a, b) = (&a[..a.len().min(k)], &b[..b.len().min(k)]);
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let mut sorted = b.to_vec();
        sorted.sort_unstable();
        let shared = a.iter().filter(|artist| sorted.binary_search(artist).is_ok()).count();
        Some(shared as f64 / a.len().max(b.len()) as f64)
    };
    a.iter().zip(b).map(overlap).collect()
}

/// Mean absolute difference of the cosines that two sets of vectors give an artist and its `neighbours`, one value an
/// artist. `None` for an artist without neighbours, or where one set has no direction for any of them.
pub fn score_error(neighbours: &[Vec<u32>], a: &Vectors, b: &Vectors) -> Vec<Option<f64>> {
    let error = |(artist, neighbours): (usize, &Vec<u32>)| {
        let artist = artist as u32;
        let errors = neighbours.iter().filter_map(|&n| Some((a.cosine(artist, n)? - b.cosine(artist, n)?).abs()));
        let (sum, n) = errors.fold((0.0, 0_usize), |(sum, n), error| (sum + error, n + 1));
        (n > 0).then(|| sum / n as f64)
    };
    neighbours.iter().enumerate().map(error).collect()
}

/// How unevenly artists occur in each other's lists of neighbours (Radovanović, Nanopoulos & Ivanović 2010, "Hubs in
/// space").
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hubness {
    /// Neighbours per list.
    pub k: usize,
    /// Skewness of the k-occurrence N_k, in how many lists each artist is: 0 where even, above 1 where there are hubs.
    pub skewness: f64,
    /// The largest N_k.
    pub largest: u64,
    /// The artist that has it, the most popular of them; 0 where there are no lists.
    pub largest_artist: u32,
    /// The share of artists who are in nobody's list: anti-hubs.
    pub anti_hubs: f64,
    /// The Robin Hood index: the share of all places in lists that would have to change hands for all to have equally
    /// many (Feldbauer, Leodolter, Plant & Flexer 2018).
    pub robin_hood: f64,
    /// The Gini coefficient of N_k.
    pub gini: f64,
}

/// Measures the hubness of the first `k` of all artists' neighbours. Only artists with a list of their own count, so
/// that those without a direction are not taken for anti-hubs.
pub fn hubness(neighbours: &[Vec<u32>], k: usize) -> Hubness {
    let counts = super::metrics::recommendations(neighbours.iter().map(Vec::as_slice), k, neighbours.len());
    let known = neighbours.iter().zip(counts).enumerate().filter(|(_, (list, _))| !list.is_empty());
    let (artists, counts): (Vec<u32>, Vec<u64>) = known.map(|(artist, (_, count))| (artist as u32, count)).unzip();
    let n = counts.len().max(1) as f64;
    let values: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let sum: f64 = values.iter().sum();
    let apart: f64 = values.iter().map(|x| (x - sum / n).abs()).sum();
    let largest = counts.iter().copied().max().unwrap_or(0);
    let largest_artist = artists.iter().zip(&counts).find(|(_, count)| **count == largest).map_or(0, |(&a, _)| a);
    Hubness {
        k,
        skewness: skewness(&values),
        largest,
        largest_artist,
        anti_hubs: counts.iter().filter(|&&count| count == 0).count() as f64 / n,
        robin_hood: if sum > 0.0 { apart / (2.0 * sum) } else { 0.0 },
        gini: gini(&counts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Centring;
    use crate::progress::Silent;

    #[test]
    fn agreement_is_the_shared_part_of_both_lists() {
        let a = [vec![1, 2, 3, 4], vec![], vec![0, 1], vec![5]];
        let b = [vec![4, 9, 1, 2], vec![0], vec![1, 0], vec![]];
        assert_eq!(agreement(&a, &b, 4), [Some(0.75), None, Some(1.0), None]);
        assert_eq!(agreement(&a, &b, 2), [Some(0.0), None, Some(1.0), None]);
        assert_eq!(agreement(&a, &b, 0), [None; 4]);
        assert_eq!(agreement(&[], &[], 4), []);
    }

    #[test]
    fn a_hub_is_found() {
        // Everyone's neighbour is 0; 0's is 1; nobody knows artist 4.
        let lists = [vec![1], vec![0], vec![0], vec![0], vec![]];
        let found = hubness(&lists, 1);
        assert_eq!((found.largest, found.largest_artist, found.anti_hubs), (3, 0, 0.5));
        assert!((found.robin_hood - 0.5).abs() < 1e-12);
        // Of 3, 1, 0, 0: both moments are 6 / 4.
        assert!((found.skewness - 1.5 / 1.5_f64.powf(1.5)).abs() < 1e-12);
        assert!((found.gini - gini(&[3, 1, 0, 0])).abs() < 1e-12);
    }

    #[test]
    fn even_lists_and_no_lists_have_no_hubs() {
        let even = hubness(&[vec![1, 2], vec![2, 0], vec![0, 1]], 2);
        assert_eq!((even.skewness, even.largest, even.anti_hubs, even.robin_hood, even.gini), (0.0, 2, 0.0, 0.0, 0.0));
        let none = hubness(&[], 5);
        assert_eq!((none.skewness, none.largest, none.anti_hubs, none.robin_hood), (0.0, 0, 0.0, 0.0));
    }

    #[test]
    fn the_score_error_is_that_of_the_cosines() {
        let a = Vectors::new("a", 2, vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0], vec![], Centring::None);
        let b = Vectors::new("b", 2, vec![1.0, 0.0, 0.6, 0.8, 0.0, 1.0, 0.0, 0.0], vec![], Centring::None);
        let lists = all_neighbours(&a, 4, 2, &Silent).unwrap();
        let errors = score_error(&lists, &a, &b);
        // Artist 0: |1 − 0.6| and |0 − 0|.
        assert!((errors[0].unwrap() - 0.2).abs() < 1e-6);
        assert_eq!(errors[3], None);
    }
}
