//! Vectors by counting: the factorised matrix of who stands in playlists with whom more often than chance.

use rayon::prelude::*;

use super::incidence::Incidence;
use crate::corpus::Corpus;
use crate::evaluation::{Centring, Roster, Vectors};
use crate::linear::leading_eigenpairs;
use crate::progress::Progress;

/// Products with the whole matrix that the factorisation takes. On the demo corpus the hundredth eigenvalue, the last
/// to converge, is then within one per cent, and scores are those of thirty iterations.
const ITERATIONS: usize = 12;

/// Rows of the matrix that one task computes with the same scratch memory.
const ROWS: usize = 64;

/// How the matrix is factorised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PpmiSvd {
    /// Numbers per vector.
    pub dimensions: usize,
    /// Singular values are raised to this power (Levy, Goldberg & Dagan 2015, "Improving distributional similarity with
    /// lessons learned from word embeddings", their p): 1 the classical, 0.5 mostly the better.
    pub power: f64,
    /// Seed of the random start.
    pub seed: u64,
}

impl Default for PpmiSvd {
    fn default() -> Self {
        Self { dimensions: 100, power: 0.5, seed: 1 }
    }
}

/// Factorises the positive pointwise mutual information of artists in playlists (Levy & Goldberg 2014, "Neural word
/// embedding as implicit matrix factorization"); `None` where `progress` is interrupted.
///
/// With c(i, j) the playlists that hold both, r(i) = Σ over j ≠ i of c(i, j) and D = Σ r(i), the matrix is max(0,
/// ln(c(i, j) D / (r(i) r(j)))) off its diagonal, and 0 on it. It is symmetric, so its singular vectors are its
/// eigenvectors, and its singular values the sizes of its eigenvalues: the vectors are the rows of U |Λ|^power for the
/// eigenvalues of the largest size, negative ones among them, as in any SVD. They are few but matter: of the demo
/// corpus's hundred only one is negative, which sets popular artists apart from the rest, and without it a quarter of
/// the recall is lost.
///
/// The matrix is never stored: each of the twelve products with it counts again, row by row, which costs less than the
/// arithmetic with the rows, and memory grows with mentions and artists, not with pairs.
pub fn ppmi_svd(train: &Corpus, roster: &Roster, settings: &PpmiSvd, progress: &dyn Progress) -> Option<Vectors> {
    let matrix = Ppmi::new(Incidence::new(train, roster));
    let n = roster.len();
    progress.stage("PPMI-SVD", Some((ITERATIONS * n) as u64));
    let product = |rows: &[f32], columns: usize| matrix.product(rows, columns, progress);
    let pairs = leading_eigenpairs(n, settings.dimensions, ITERATIONS, settings.seed, product)?;
    let weights: Vec<f32> = pairs.values.iter().map(|value| value.abs().powf(settings.power) as f32).collect();
    let mut rows = vec![0.0; n * settings.dimensions];
    let found = pairs.vectors.chunks_exact(weights.len().max(1));
    for (row, found) in rows.chunks_exact_mut(settings.dimensions.max(1)).zip(found) {
        row.iter_mut().zip(found).zip(&weights).for_each(|((x, found), weight)| *x = found * weight);
    }
    Some(Vectors::new("PPMI-SVD", settings.dimensions, rows, Vec::new(), Centring::None))
}

/// The matrix by what it is made of.
struct Ppmi {
    incidence: Incidence,
    /// ln r(i); artists who are always alone have none.
    log_marginals: Vec<f64>,
    log_total: f64,
}

impl Ppmi {
    fn new(incidence: Incidence) -> Self {
        let others = |&playlist: &u32| incidence.artists_of(playlist).len() as u64 - 1;
        let marginals: Vec<u64> = (0..incidence.artists() as u32)
            .map(|artist| incidence.playlists_of(artist).iter().map(others).sum())
            .collect();
        let log_total = (marginals.iter().sum::<u64>() as f64).ln();
        let log_marginals = marginals.iter().map(|&count| (count as f64).ln()).collect();
        Self { incidence, log_marginals, log_total }
    }

    /// The matrix times rows of `columns` numbers; `None` where interrupted.
    fn product(&self, rows: &[f32], columns: usize, progress: &dyn Progress) -> Option<Vec<f32>> {
        let mut products = vec![0.0; rows.len()];
        products.par_chunks_mut(ROWS * columns).enumerate().try_for_each(|(task, products)| {
            if progress.interrupted() {
                return None;
            }
            let mut counts = vec![0_u32; self.incidence.artists()];
            let mut touched = Vec::new();
            for (i, product) in products.chunks_exact_mut(columns).enumerate() {
                self.row((task * ROWS + i) as u32, &mut counts, &mut touched, |artist, pmi| {
                    let row = &rows[artist as usize * columns..][..columns];
                    product.iter_mut().zip(row).for_each(|(sum, x)| *sum += pmi * x);
                });
            }
            progress.advance((products.len() / columns) as u64);
            Some(())
        })?;
        Some(products)
    }

    /// Hands the non-zero entries of a row to `entry`. `counts` are zeros before and after.
    fn row(&self, artist: u32, counts: &mut [u32], touched: &mut Vec<u32>, mut entry: impl FnMut(u32, f32)) {
        for &playlist in self.incidence.playlists_of(artist) {
            for &other in self.incidence.artists_of(playlist) {
                let count = &mut counts[other as usize];
                if *count == 0 {
                    touched.push(other);
                }
                *count += 1;
            }
        }
        let shift = self.log_total - self.log_marginals[artist as usize];
        for other in touched.drain(..) {
            let count = std::mem::take(&mut counts[other as usize]);
            let pmi = f64::from(count).ln() + shift - self.log_marginals[other as usize];
            if other != artist && pmi > 0.0 {
                entry(other, pmi as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Recommender as _;
    use crate::evaluation::baselines::oracle::{Oracle, artists};
    use crate::progress::Silent;

    #[test]
    fn eigenvalues_and_cosines_are_numpys() {
        let oracle = Oracle::read();
        let matrix = Ppmi::new(Incidence::new(&oracle.corpus(), &oracle.roster()));
        let product = |rows: &[f32], columns: usize| matrix.product(rows, columns, &Silent);
        let pairs = leading_eigenpairs(oracle.artists, oracle.dimensions, 30, 1, product).unwrap();
        assert_eq!(pairs.values.len(), oracle.dimensions);
        for (value, expected) in pairs.values.iter().zip(&oracle.eigenvalues) {
            assert!((value - expected).abs() < 1e-4, "{value} {expected}");
        }
        let settings = PpmiSvd { dimensions: oracle.dimensions, ..PpmiSvd::default() };
        let vectors = ppmi_svd(&oracle.corpus(), &oracle.roster(), &settings, &Silent).unwrap();
        for a in 0..78 {
            for b in 0..78 {
                let expected = oracle.of_pair(&oracle.ppmi_svd, a, b);
                assert!((vectors.cosine(a, b).unwrap() - expected).abs() < 1e-4, "{a} {b} {expected}");
            }
        }
        // Who is always alone, or in no playlist, has no direction.
        assert!(!vectors.has_direction(78) && !vectors.has_direction(79));
    }

    #[test]
    fn the_same_for_a_seed_on_any_number_of_threads() {
        let oracle = Oracle::read();
        let rows = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let settings = PpmiSvd { dimensions: 5, ..PpmiSvd::default() };
            pool.install(|| ppmi_svd(&oracle.corpus(), &oracle.roster(), &settings, &Silent).unwrap())
        };
        let (one, four) = (rows(1), rows(4));
        assert!((0..78).all(|b| one.cosine(3, b) == four.cosine(3, b)));
    }

    #[test]
    fn tiny_corpora_are_no_trouble() {
        for playlists in [vec![], vec![vec![0]], vec![vec![0, 1]], vec![vec![0, 1], vec![1, 2], vec![2, 3]]] {
            for n in [0, 1, 4] {
                let train = Corpus::in_memory(artists(n), &playlists, &[]);
                let found = ppmi_svd(&train, &Roster::new(artists(n)), &PpmiSvd::default(), &Silent).unwrap();
                assert_eq!(found.len(), n);
                assert!(found.similar(&[0], 5, &Silent).unwrap()[0].len() < n.max(1));
            }
        }
    }
}
