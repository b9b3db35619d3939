//! The exact nearest neighbours of every row, by a blocked scan over all pairs.

use rayon::prelude::*;

use super::{LayoutError, Metric};
use crate::linear::dot_products;
use crate::progress::Progress;

/// Rows whose neighbours one task finds.
const ROWS: usize = 256;

/// Rows that are compared with those at once: the products of a block stay in the second-level cache.
const COLUMNS: usize = 512;

/// The nearest neighbours of every row, nearest first; each row stands first in its own list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Neighbours {
    /// Neighbours per row, the row itself included.
    pub(super) k: usize,
    /// Row numbers, `k` a row.
    pub(super) indices: Vec<u32>,
    /// Distances, `k` a row, rising.
    pub(super) distances: Vec<f32>,
}

/// Finds the `k` nearest rows of every row, itself included, under `metric`; ties go to the smaller row number.
///
/// Candidates are ranked by f32 dot products, then their distances are computed anew in f64, so that equal rows have
/// distance 0 exactly. `rows` must be unit vectors for [`Metric::Cosine`]. The same bits on any number of threads.
///
/// # Errors
/// [`LayoutError::Interrupted`].
pub(super) fn nearest_neighbours(
    rows: &[f32],
    dimensions: usize,
    k: usize,
    metric: Metric,
    progress: &dyn Progress,
) -> Result<Neighbours, LayoutError> {
    let n = rows.len() / dimensions;
    let k = k.min(n);
    // |x − y|² = |x|² + |y|² − 2 x·y: the nearest y has the largest x·y − |y|²/2, and unit vectors need no correction.
    let half_norms: Vec<f32> = match metric {
        Metric::Cosine => vec![0.0; n],
        Metric::Euclidean => {
            rows.chunks_exact(dimensions).map(|row| row.iter().map(|x| x * x).sum::<f32>() / 2.0).collect()
        }
    };
    progress.stage("neighbours", Some(n as u64));
    let mut indices = vec![0_u32; n * k];
    let mut distances = vec![0_f32; n * k];
    indices.par_chunks_mut(ROWS * k).zip(distances.par_chunks_mut(ROWS * k)).enumerate().try_for_each(
        |(block, (indices, distances))| {
            if progress.interrupted() {
                return Err(LayoutError::Interrupted);
            }
            let first = block * ROWS;
            let count = indices.len() / k;
            let nearest = block_candidates(rows, dimensions, first, count, k - 1, &half_norms);
            for (i, mut candidates) in nearest.into_iter().enumerate() {
                let row = first + i;
                for (distance, other) in &mut candidates {
                    *distance = exact_distance(rows, dimensions, row, *other as usize, metric);
                }
                candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                indices[i * k] = row as u32;
                for (j, (distance, other)) in candidates.into_iter().enumerate() {
                    indices[i * k + 1 + j] = other;
                    distances[i * k + 1 + j] = distance;
                }
            }
            progress.advance(count as u64);
            Ok(())
        },
    )?;
    Ok(Neighbours { k, indices, distances })
}

/// The `wanted` rows with the largest scores for each of `count` rows from `first` on, as (score, row number).
fn block_candidates(
    rows: &[f32],
    dimensions: usize,
    first: usize,
    count: usize,
    wanted: usize,
    half_norms: &[f32],
) -> Vec<Vec<(f32, u32)>> {
    let left = &rows[first * dimensions..(first + count) * dimensions];
    let mut products = vec![0.0; count * COLUMNS];
    // Best first; ties in the order of row numbers, which is the order of arrival.
    let mut best: Vec<Vec<(f32, u32)>> = vec![Vec::with_capacity(wanted + 1); count];
    if wanted == 0 {
        return best;
    }
    for (block, right) in rows.chunks(COLUMNS * dimensions).enumerate() {
        let columns = right.len() / dimensions;
        let products = &mut products[..count * columns];
        dot_products(left, right, dimensions, products);
        let start = block * COLUMNS;
        for (i, (products, best)) in products.chunks_exact(columns).zip(&mut best).enumerate() {
            let mut worst = if best.len() == wanted { best[wanted - 1].0 } else { f32::NEG_INFINITY };
            for (j, (product, half_norm)) in products.iter().zip(&half_norms[start..]).enumerate() {
                let score = product - half_norm;
                if (score > worst || best.len() < wanted) && start + j != first + i {
                    let at = best.partition_point(|&(other, _)| other >= score);
                    best.insert(at, (score, (start + j) as u32));
                    best.truncate(wanted);
                    if best.len() == wanted {
                        worst = best[wanted - 1].0;
                    }
                }
            }
        }
    }
    best
}

/// Cosine distance 1 − cos, or Euclidean distance.
fn exact_distance(rows: &[f32], dimensions: usize, a: usize, b: usize, metric: Metric) -> f32 {
    let row = |i: usize| &rows[i * dimensions..(i + 1) * dimensions];
    let squared: f64 = row(a).iter().zip(row(b)).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum();
    match metric {
        // For unit vectors |x − y|² = 2 − 2 cos.
        Metric::Cosine => (squared / 2.0) as f32,
        Metric::Euclidean => squared.sqrt() as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::rng::Rng;

    fn points(n: usize, dimensions: usize) -> Vec<f32> {
        let mut rng = Rng::new(5);
        let mut rows: Vec<f32> = (0..n * dimensions).map(|_| rng.next_f32() - 0.5).collect();
        // Two equal rows far apart.
        let copy = rows[..dimensions].to_vec();
        rows[(n - 1) * dimensions..].copy_from_slice(&copy);
        rows
    }

    fn plain(rows: &[f32], dimensions: usize, k: usize) -> (Vec<u32>, Vec<f32>) {
        let n = rows.len() / dimensions;
        let (mut indices, mut distances) = (Vec::new(), Vec::new());
        for i in 0..n {
            let mut all: Vec<(f32, bool, u32)> =
                (0..n).map(|j| (exact_distance(rows, dimensions, i, j, Metric::Euclidean), i != j, j as u32)).collect();
            all.sort_by(|a, b| a.partial_cmp(b).unwrap());
            indices.extend(all[..k].iter().map(|x| x.2));
            distances.extend(all[..k].iter().map(|x| x.0));
        }
        (indices, distances)
    }

    #[test]
    fn equals_the_plain_search() {
        for (n, k) in [(700, 15), (20, 15), (3, 15), (2, 2), (1, 1)] {
            let rows = points(n, 8);
            let found = nearest_neighbours(&rows, 8, k, Metric::Euclidean, &Silent).unwrap();
            let (indices, distances) = plain(&rows, 8, k.min(n));
            assert_eq!(found.k, k.min(n));
            assert_eq!(found.indices, indices, "{n}");
            assert_eq!(found.distances, distances, "{n}");
        }
    }

    #[test]
    fn cosine_distance_of_equal_rows_is_zero() {
        let unit = [0.6_f32, 0.8, 0.0, 0.8, 0.6, 0.0, 0.6, 0.8, 0.0];
        let found = nearest_neighbours(&unit, 3, 3, Metric::Cosine, &Silent).unwrap();
        assert_eq!(found.indices, [0, 2, 1, 1, 0, 2, 2, 0, 1]);
        assert_eq!(found.distances[..2], [0.0, 0.0]);
        assert!((found.distances[2] - 0.04).abs() < 1e-6);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let rows = points(1200, 16);
        let search = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| nearest_neighbours(&rows, 16, 10, Metric::Euclidean, &Silent)).unwrap()
        };
        assert_eq!(search(1), search(4));
    }
}
